"""The media plane: one UDP port, its rooms, and the one tick that repairs, reports and notices silence for all."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from media.contract import SeatState
from media.ground import Ground
from media.guard import Counters
from media.room import Room
from media.udp_port import UdpPort, bound

log = logging.getLogger(__name__)

TICK_S = 0.1
BITRATE_CEILING = 1_500_000  # bits a second and publisher: 640×480 at its best in Chromium


class MediaPlane:
    """Media of this process.

    `counters` counts what was dropped, by reason; the log has that as each room closes, never a line a packet.
    """

    def __init__(self, ground: Ground) -> None:
        self.port = ground.port.number
        self.counters = ground.counters
        self._ground = ground
        self._rooms: set[Room] = set()
        self._logged = Counters()
        self._closing = AsyncExitStack()

    @classmethod
    async def open(
        cls,
        bind: str,
        port: int,
        announced: Sequence[str],
        clock: Callable[[], float],
        bitrate_ceiling: int = BITRATE_CEILING,
    ) -> "MediaPlane":
        """Bind the port (0: any free one); OSError if it is taken, ValueError for an address that is none."""
        addresses = usable(announced)
        return await cls.on(bound(bind, port), addresses, clock, bitrate_ceiling)

    @classmethod
    async def on(
        cls, sock: socket.socket, addresses: Sequence[str], clock: Callable[[], float], bitrate_ceiling: int
    ) -> "MediaPlane":
        """`sock` is bound, and the plane's from now on; browsers are told to reach it at `addresses`, in this order.

        `clock`: monotonic seconds, the same for everything that is compared with a frame's `heard_at`.
        """
        async with AsyncExitStack() as opened:
            counters = Counters()
            udp = await UdpPort.on(sock, clock, counters)
            opened.push_async_callback(udp.close)
            tasks = await opened.enter_async_context(asyncio.TaskGroup())
            plane = cls(Ground(udp, addresses, tasks, clock, counters, bitrate_ceiling))
            ticking = tasks.create_task(plane._tick(), name="media tick")
            opened.callback(ticking.cancel)
            plane._closing = opened.pop_all()
        return plane

    def open_room(self, name: str, on_seat: Callable[[str, SeatState], None], seats: int) -> Room:
        room = Room(name, self._ground, on_seat, self._on_close, seats)
        self._rooms.add(room)
        return room

    async def close(self) -> None:
        """Close every room, then the port."""
        for room in list(self._rooms):
            await room.close()
        await self._closing.aclose()
        dropped = _counted(self.counters)
        log.info("media has stopped; dropped since its start: %s", dropped)

    def _on_close(self, room: Room) -> None:
        self._rooms.discard(room)
        dropped = _counted(self.counters - self._logged)  # also what was sent to other rooms, or to nobody's
        self._logged = self.counters.copy()
        log.info("room %s closed; dropped since the room before: %s", room.name, dropped)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            at = self._ground.clock()
            for room in list(self._rooms):
                try:
                    room.tick(at)
                except Exception:
                    log.exception("room %s met a fault of ours", room.name)


def usable(announced: Sequence[str]) -> list[str]:
    """The addresses as an answer names them; ValueError for one that is none, and where there is none."""
    if not announced:
        raise ValueError("browsers need at least one address to reach the media port at")
    return [str(ipaddress.ip_address(address)) for address in announced]  # browsers resolve no names here


def _counted(counters: Counters) -> str:
    """Reasons with their numbers, the most frequent first."""
    return ", ".join(f"{reason} {count}" for reason, count in counters.most_common()) or "nothing"
