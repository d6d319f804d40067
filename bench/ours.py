"""Our media plane alone, as a server: rooms and recorders as a check-in has them, without accounts and pages."""

import asyncio
import sys
from pathlib import Path

import uvloop

from bench.client import Client
from bench.description import Ssrcs
from bench.server import Answering, answering, offering
from media.contract import CallRoom, Recording
from media.plane import MediaPlane

MOST_SEATS = 200


class Ours(Answering):
    """The driver's side. Whoever publishes and views does both on one connection."""

    module = "bench.ours"
    both_ways = True

    async def publish(self, room: str, name: str, watched: str | None, client: Client, ssrcs: Ssrcs) -> None:
        watches = {} if watched is None else {"watches": watched}

        async def ask(offer: str) -> str:
            return str(await self._worker.ask(room=room, seat=name, offer=offer, record="yes", **watches))

        await offering(client, ssrcs, "sendrecv", ask)

    async def arrive(
        self, room: str, name: str, watched: str, client: Client, ssrcs: Ssrcs, bits_per_second: int
    ) -> None:
        """Connect `client`, which sends no more than that under `ssrcs`, is not recorded, and sees `watched`."""

        async def ask(offer: str) -> str:
            limit = str(bits_per_second)
            return str(await self._worker.ask(room=room, seat=name, offer=offer, watches=watched, limit=limit))

        await offering(client, ssrcs, "sendrecv", ask)

    async def turn(self, room: str, name: str, watched: str) -> None:
        """From now on it sees that one."""
        await self._worker.ask(room=room, seat=name, watches=watched)

    async def record(self, room: str, name: str) -> None:
        await self._worker.ask(room=room, seat=name, record="yes")

    async def view(self, room: str, name: str, watched: str, client: Client) -> None:
        async def ask(offer: str) -> str:
            return str(await self._worker.ask(room=room, seat=name, watches=watched, offer=offer))

        await offering(client, Ssrcs(), "recvonly", ask)


class _Plane:
    def __init__(self, plane: MediaPlane, folder: Path) -> None:
        self._plane = plane
        self._folder = folder
        self._rooms: dict[str, CallRoom] = {}
        self._recordings: list[Recording] = []

    async def answer(self, question: dict[str, str]) -> str:
        name, seat = question["room"], question["seat"]
        room = self._rooms.get(name)
        if room is None:
            room = self._rooms[name] = self._plane.open_room(name, lambda seat, state: None, MOST_SEATS)
        if "limit" in question:
            room.limit(seat, int(question["limit"]))
        if "watches" in question:
            room.watch(seat, question["watches"] or None)
        answer = await room.connect(seat, question["offer"]) if "offer" in question else ""
        if "record" not in question:
            return answer
        folder = self._folder / f"{name}-{seat}"
        folder.mkdir()
        self._recordings.append(room.record(seat, folder, asyncio.get_running_loop().time()))
        return answer

    async def close(self) -> None:
        await self._plane.close()
        for recording in self._recordings:
            await recording.finish()


async def _serve(folder: Path) -> None:
    clock = asyncio.get_running_loop().time
    plane = _Plane(await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], clock), folder)
    await answering(plane.answer)
    await plane.close()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
