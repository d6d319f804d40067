"""The crew: media workers, each with a UDP port; who holds which room, and what becomes of it when a worker dies."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

from media import orders
from media.contract import NoMedia, SeatState
from media.orders import Begin
from media.plane import BITRATE_CEILING, usable
from media.process import Patience, WorkerLost, WorkerProcess
from media.remote_room import RemoteRoom
from media.udp_port import bound

log = logging.getLogger(__name__)

STEADY_S = 10.0  # who has lived so long is replaced at once
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0  # before one is started that died early: twice as long each time


def pause_before_next(pause_s: float, lived_s: float) -> float:
    """How long nobody is started where a worker has died, after a pause of `pause_s` before that one."""
    return 0.0 if lived_s >= STEADY_S else min(max(FIRST_PAUSE_S, 2 * pause_s), LONGEST_PAUSE_S)


@dataclass(slots=True)
class _Place:
    """Where a worker works: a port that stays ours while nobody is there."""

    number: int
    port: socket.socket
    worker: WorkerProcess | None = None


class Crew:
    """Media of several processes. A new room goes to the living worker with the fewest."""

    def __init__(
        self,
        begin: Begin,
        ports: Sequence[socket.socket],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        patience: Patience,
    ) -> None:
        self._begin = begin
        self._places = [_Place(number, port) for number, port in enumerate(ports, 1)]
        self._clock = clock
        self._sleep = sleep
        self._patience = patience
        self._numbers = count(1)
        self._rooms: dict[int, RemoteRoom] = {}
        self._closing = AsyncExitStack()

    @classmethod
    async def start(
        cls,
        bind: str,
        ports: Sequence[int],
        announced: Sequence[str],
        clock: Callable[[], float],
        *,
        bitrate_ceiling: int = BITRATE_CEILING,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: Patience | None = None,
    ) -> "Crew":
        """A worker on each of `ports` (0: any free one), all ready.

        OSError if a port is taken, NoMedia if a worker cannot start, ValueError for an announced address that is none.
        """
        addresses = tuple(usable(announced))
        level = logging.getLogger("media").getEffectiveLevel()
        begin = Begin(addresses=addresses, bitrate_ceiling=bitrate_ceiling, log_level=level)
        async with AsyncExitStack() as opened:
            taken = [opened.enter_context(_bound(bind, port)) for port in ports]
            crew = cls(begin, taken, clock, sleep, patience or Patience())
            opened.push_async_callback(crew._end_workers)
            await crew._start_workers()
            tasks = await opened.enter_async_context(asyncio.TaskGroup())
            keeping = [tasks.create_task(crew._keep(place), name="media worker") for place in crew._places]
            for task in keeping:
                opened.callback(task.cancel)
            crew._closing = opened.pop_all()
        return crew

    @property
    def workers(self) -> list[WorkerProcess]:
        """Those who live."""
        return [place.worker for place in self._places if place.worker is not None]

    def open_room(self, name: str, on_seat: Callable[[str, SeatState], None], seats: int) -> RemoteRoom:
        opening = orders.OpenRoom(room=next(self._numbers), name=name, seats=seats)
        room = self._rooms[opening.room] = RemoteRoom(opening, on_seat, self._on_close)
        room.move_to(self._freest())
        return room

    async def close(self) -> None:
        for room in list(self._rooms.values()):
            await room.close()
        await self._closing.aclose()

    def _on_close(self, room: RemoteRoom) -> None:
        self._rooms.pop(room.number, None)

    def _freest(self) -> WorkerProcess | None:
        return min(self.workers, key=lambda worker: worker.rooms, default=None)

    async def _start_workers(self) -> None:
        starting = (self._start(place) for place in self._places)
        for place, failed in zip(self._places, await asyncio.gather(*starting, return_exceptions=True), strict=True):
            if isinstance(failed, WorkerLost):
                raise NoMedia(f"Media worker {place.number} of {len(self._places)} did not start: {failed}.")
            if failed is not None:
                raise failed

    async def _start(self, place: _Place) -> None:
        place.worker = await WorkerProcess.start(place.number, place.port, self._begin, self._patience)

    async def _end_workers(self) -> None:
        await asyncio.gather(*(worker.end() for worker in self.workers))

    async def _keep(self, place: _Place) -> None:
        """Have a worker there as long as there is a crew."""
        pause_s = 0.0
        while True:
            began = self._clock()
            try:
                if place.worker is None:
                    await self._start(place)
                    self._settle_rooms()
                await self._serve(place)
            except WorkerLost as lost:
                log.warning("media worker %d did not start: %s", place.number, lost)
            pause_s = pause_before_next(pause_s, self._clock() - began)
            await self._sleep(pause_s)

    async def _serve(self, place: _Place) -> None:
        worker = place.worker
        assert worker is not None
        lost = await worker.serve()
        place.worker = None
        orphans = [room for room in self._rooms.values() if room.worker is worker]
        log.warning("media worker %d died: %s; rooms that move: %d", place.number, lost, len(orphans))
        for room in orphans:
            room.move_to(self._freest())

    def _settle_rooms(self) -> None:
        """Those that found no worker before."""
        for room in self._rooms.values():
            if room.worker is None:
                room.move_to(self._freest())


def _bound(host: str, number: int) -> socket.socket:
    """As bound(), and an error that says which of several ports cannot be had."""
    try:
        return bound(host, number)
    except OSError as error:
        raise OSError(error.errno, f"UDP port {number}: {error.strerror}") from None
