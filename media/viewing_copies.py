"""Copies of recordings for browsers that cannot play them: made on demand, one at a time, and kept for a week."""

import asyncio
import errno
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)

OUR_CODE = str(Path(__file__).parents[1])
MAKER = ("-m", "media.viewing_copy")
LONGEST_S = 7200.0  # for one copy, also on a machine that is busy with calls
MOST_WAITING = 8  # in line; whoever asks beyond is told to come back
KEPT_S = 7 * 86_400.0  # after it was made: it can be made again from what is sealed
UNFINISHED = ".part"


class CopyState(StrEnum):
    READY = "ready"
    MAKING = "making"
    WAITING = "waiting"
    BUSY = "busy"  # the line is full: ask again later
    FAILED = "failed"  # asked for again, it is tried again


@dataclass(frozen=True, slots=True)
class CopyNews:
    """How far a copy is; `percent` of the one that is being made."""

    state: CopyState
    percent: int = 0


class ViewingCopies:
    """Copies by the SHA-256 of the recording they show, in `folder`, which holds nothing else.

    The copy is no evidence and is cited nowhere. It is made in a process of its own, with the lowest priority and with
    limits to time, memory and size, because what it decodes a stranger's browser has sent.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime], command: Sequence[str] = MAKER) -> None:
        """`command` is what python runs as the maker."""
        self._folder = folder
        self._command = command
        self._now = now
        self._tasks = asyncio.TaskGroup()
        self._line: dict[str, Path] = {}  # by SHA-256: the recordings to copy, the one in the making first
        self._failed: set[str] = set()
        self._percent = 0
        self._maker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        await asyncio.to_thread(self._tidy_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """No process is left; what was not finished is made anew when it is asked for again."""
        self._line.clear()
        if self._maker is not None:
            self._maker.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    def path(self, sha256: str) -> Path | None:
        """The copy, if it is there."""
        path = self._folder / f"{sha256}.mp4"
        return path if path.is_file() else None

    def is_new(self, sha256: str) -> bool:
        """Whether nobody has asked for this copy yet, or not since it was removed."""
        return sha256 not in self._line and self.path(sha256) is None and sha256 not in self._failed

    def want(self, sha256: str, recording: Path) -> CopyNews:
        """How far the copy of this recording is; the first time, and after it failed, it is put in the line."""
        if self.path(sha256) is not None:
            return CopyNews(CopyState.READY)
        if sha256 in self._failed:
            self._failed.discard(sha256)
            return CopyNews(CopyState.FAILED)
        if sha256 not in self._line:
            if len(self._line) > MOST_WAITING:
                return CopyNews(CopyState.BUSY)
            self._line[sha256] = recording
            if self._maker is None:
                self._maker = self._tasks.create_task(self._make_all(), name="viewing copies")
        if sha256 == next(iter(self._line)):
            return CopyNews(CopyState.MAKING, self._percent)
        return CopyNews(CopyState.WAITING)

    async def _make_all(self) -> None:
        """One after the other, until nobody waits."""
        try:
            while self._line:
                sha256, recording = next(iter(self._line.items()))
                self._percent = 0
                try:
                    await self._make(sha256, recording)
                except OSError as error:
                    log.warning("a viewing copy could not be made: %s", error.strerror)
                    if len(self._failed) < 1000:
                        self._failed.add(sha256)
                finally:
                    self._line.pop(sha256, None)
        finally:
            self._maker = None

    async def _make(self, sha256: str, recording: Path) -> None:
        await asyncio.to_thread(self._tidy_up)
        unfinished = self._folder / f"{sha256}{UNFINISHED}"
        # What decodes strangers' media is told no setting: a database's address may hold a password.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWATCH_")}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [OUR_CODE, environment.get("PYTHONPATH")]))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", *self._command, str(recording), str(unfinished)),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            try:
                async with asyncio.timeout(LONGEST_S):
                    await self._follow(process)
            except TimeoutError:
                raise OSError(errno.ETIMEDOUT, "its maker took too long") from None
            if process.returncode != 0:
                raise OSError(errno.EIO, "its maker gave up")
            unfinished.rename(self._folder / f"{sha256}.mp4")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            unfinished.unlink(missing_ok=True)

    async def _follow(self, process: Process) -> None:
        assert process.stdout is not None  # PIPE
        async for line in process.stdout:
            if line.strip().isdigit():
                self._percent = min(99, int(line))
        await process.wait()

    def _tidy_up(self) -> None:
        """Remove what is old, and what a former run did not finish. Blocking."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            if path.suffix == UNFINISHED or path.stat().st_mtime < self._now().timestamp() - KEPT_S:
                path.unlink(missing_ok=True)
