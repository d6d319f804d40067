"""One media worker seen from the server: started, ordered, heard, and ended; whatever goes wrong is WorkerLost."""

import asyncio
import logging
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self, TypeVar

from media import orders
from media.contract import SeatState
from media.negotiation import BadOffer
from media.orders import Answer, Asked, Begin, Order
from media.pipe import Pipe, PipeBroken
from media.sampler import Still

T = TypeVar("T")

log = logging.getLogger(__name__)

OUR_CODE = str(Path(__file__).parents[1])


class WorkerLost(Exception):
    """The worker did not start, crashed, or said nonsense. Nothing of it is left when `serve` has said so."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a worker may take, in seconds."""

    starting: float = 60  # half a second on a quick machine, and the machine may be starting everything at once
    ending: float = 5
    silence: float = 5  # it beats every second; a browser takes its media for lost after two


@dataclass(frozen=True, slots=True)
class Ears:
    """Who in the server hears what a room says; none of them waits."""

    seat: Callable[[str, SeatState], None]
    still: Callable[[str, Still], None]


class WorkerProcess:
    """Its rooms go by numbers of the server's. What it is ordered after its end is lost, as it would be just before."""

    def __init__(self, number: int, process: Process, pipe: Pipe, patience: Patience) -> None:
        self.number = number
        self.pid = process.pid
        self.port = 0
        self._process = process
        self._pipe = pipe
        self._patience = patience
        self._ears: dict[int, Ears] = {}
        self._requests = count(1)
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._lost = False
        self._heard = 0  # messages

    @classmethod
    async def start(cls, number: int, port: socket.socket, begin: Begin, patience: Patience) -> Self:
        """A worker that is ready, on a port that stays bound here as well; WorkerLost."""
        # What hears strangers' packets is told no setting: a database's address may hold a password.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FAIRWATCH_")}
        environment["PYTHONPATH"] = os.pathsep.join([OUR_CODE, *filter(None, [environment.get("PYTHONPATH")])])
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                handed = (theirs.fileno(), port.fileno())
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "media.worker", *map(str, handed)),
                    stdin=DEVNULL,
                    stdout=DEVNULL,  # ours may be somebody's pipe, which must end when we do
                    env=environment,
                    pass_fds=handed,
                    start_new_session=True,  # Ctrl-C in our terminal is ours to answer
                )
        except OSError as error:
            ours.close()
            raise WorkerLost(f"it cannot be started: {error.strerror or error}") from error
        worker = cls(number, process, await Pipe.on(ours), patience)
        try:
            async with asyncio.timeout(patience.starting):
                await worker._until_ready(begin)
        except BaseException as error:
            worker._kill()
            await worker.end()
            if isinstance(error, PipeBroken | TimeoutError | ValueError):
                raise WorkerLost(str(error) or "it takes too long") from error
            raise
        return worker

    async def _until_ready(self, begin: Begin) -> None:
        self._pipe.say(begin)
        while True:
            head, body = await self._pipe.hear()
            match orders.said_by(head):
                case orders.Ready(port=port):
                    self.port = port
                    return
                case said:
                    self._hear(said, body)

    @property
    def rooms(self) -> int:
        """How many it holds."""
        return len(self._ears)

    def open_room(self, order: orders.OpenRoom, ears: Ears) -> None:
        self._ears[order.room] = ears
        self.order(order)

    def forget_room(self, room: int) -> None:
        if self._ears.pop(room, None) is not None:
            self.order(orders.Forget(room=room))

    def order(self, order: Order) -> None:
        self._pipe.say(order)

    async def ask(self, order: Callable[[int], Asked]) -> Answer:
        """What comes of the order that is made for a number; BadOffer, WorkerLost."""
        if self._lost:
            raise WorkerLost("it is gone")
        number = next(self._requests)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self.order(order(number))
            found = await answer
        finally:
            self._asked.pop(number, None)
        match found:
            case orders.Refused(reason=reason):
                raise BadOffer(reason)
            case orders.Failed():
                raise RuntimeError("a media worker met a fault of ours; a log record of its own says which")
            case _:
                return found

    async def serve(self) -> str:
        """Hear it until it is lost, or hangs; how that came about. Nothing of it runs any more then."""
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(self._hear_until_lost(), name="media worker heard")
            how = await self._until_silent(hearing)
            hearing.cancel()
        self._kill()
        await self.end()
        return how

    async def _until_silent(self, hearing: asyncio.Task[str]) -> str:
        """How it was lost; in steps, so that a stall of the server's own counts for one of them at most."""
        silent_s = 0.0
        while silent_s < self._patience.silence:
            heard = self._heard
            await asyncio.wait([hearing], timeout=orders.BEAT_S)
            if hearing.done():
                return hearing.result()
            silent_s = silent_s + orders.BEAT_S if self._heard == heard else 0.0
        return f"it has said nothing for {silent_s:.0f} s"

    async def _hear_until_lost(self) -> str:
        while True:
            try:
                head, body = await self._pipe.hear()
                self._heard += 1
                self._hear(orders.said_by(head), body)
            except PipeBroken as broken:
                return str(broken)
            except ValueError:
                return "it said what no worker says"

    def _hear(self, said: orders.Said, body: bytes) -> None:
        match said:
            case orders.SeatIs(room=room) if room in self._ears:
                self._tell(self._ears[room].seat, said.seat, said.state)
            case orders.StillMade(room=room) if room in self._ears:
                self._tell(self._ears[room].still, said.seat, orders.still_of(said, body))
                self.order(orders.StillTaken(room=room, seat=said.seat))
            case orders.Logged():
                log.log(said.level, "media worker %d: %s", self.number, said.text)
            case orders.Request():
                asked = self._asked.get(said.request)
                if asked is not None and not asked.done():
                    asked.set_result(said)
            case _:  # a beat, or of a room that has been closed meanwhile
                pass

    def _tell(self, ear: Callable[[str, T], None], seat: str, news: T) -> None:
        """One room's fault ends no other."""
        try:
            ear(seat, news)
        except Exception:
            log.exception("what a room said met a fault of ours")

    def _kill(self) -> None:
        """At once: whoever takes its rooms over must not find it still writing."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """End it in good order, if it is there to hear that; no process is left."""
        self._lost = True
        await self._pipe.close()
        try:
            async with asyncio.timeout(self._patience.ending):
                await self._process.wait()
        except TimeoutError:
            self._kill()
            await self._process.wait()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(WorkerLost("it died"))
