"""A server under test as the driver sees it: a process to measure, and a way in for publishers and viewers."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from bench import description
from bench.client import Client
from bench.description import Ssrcs

LONGEST_LINE = 1 << 20  # bytes: an offer or an answer in JSON
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Server(Protocol):
    """It runs, records whoever publishes, and says by which of two ways a client comes to see others."""

    host: str
    """Where the clients have their sockets."""
    pid: int
    both_ways: bool
    """Whether who publishes views the other of two on the same connection."""
    offers_to_viewers: bool

    async def publish(self, room: str, name: str, watched: str | None, client: Client, ssrcs: Ssrcs) -> None:
        """Connect `client`, which sends under `ssrcs` and is recorded; if `both_ways` it sees `watched` as well."""

    async def view(self, room: str, name: str, watched: str, client: Client) -> None:
        """Connect `client`, which sees `watched` of the same room."""


class Worker:
    """A Python process of ours that answers JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def running(cls, module: str, *arguments: str) -> AsyncIterator["Worker"]:
        """`python -m module arguments`, ready; it has ended, with its recordings whole, when this ends."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdin=pipe, stdout=pipe, limit=LONGEST_LINE
        )
        worker = cls(process)
        try:
            await worker._hear()
            yield worker
        finally:
            assert process.stdin is not None
            process.stdin.close()  # which tells it to end
            await process.wait()

    async def ask(self, **question: str) -> Any:
        """One answer to one question; ConnectionError when the worker has died."""
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            return await self._hear()

    async def _hear(self) -> Any:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("the server under test has died")
        return json.loads(line)


class Answering:
    """The driver's side of a server that is a module of ours, run as a worker."""

    module: ClassVar[str]
    host = "127.0.0.1"
    offers_to_viewers = False

    def __init__(self, worker: Worker) -> None:
        self.pid = worker.pid
        self._worker = worker

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Self]:
        """It records into `folder`, and its recordings are whole when this ends."""
        async with Worker.running(cls.module, str(folder)) as worker:
            yield cls(worker)


async def answering(answer: Callable[[dict[str, str]], Awaitable[object]]) -> None:
    """The worker's side: answer each line until there are no more."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say("ready")
    while line := await reader.readline():
        _say(await answer(json.loads(line)))


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def offering(client: Client, ssrcs: Ssrcs, direction: str, ask: Callable[[str], Awaitable[str]]) -> None:
    """Connect with an offer of ours, to which `ask` brings the answer."""
    answer = await ask(description.offer(await client.gather(), ssrcs, direction))
    await client.connect(description.read(answer))


def cpu_s(pid: int) -> float:
    """User and system time of a process and its threads so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))
