"""The way of the tutorials, as a server: every track relayed, decoded, encoded anew for each viewer, and recorded."""

import asyncio
import itertools
import sys
from pathlib import Path

from aioice import ice
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder, MediaRelay

from bench.client import Client
from bench.description import Ssrcs
from bench.server import Answering, answering, offering


class Tutorial(Answering):
    """The driver's side."""

    module = "bench.tutorial"
    both_ways = False

    async def publish(self, room: str, name: str, watched: str | None, client: Client, ssrcs: Ssrcs) -> None:
        await offering(client, ssrcs, "sendonly", lambda offer: self._worker.ask(publish=f"{room}-{name}", offer=offer))

    async def view(self, room: str, name: str, watched: str, client: Client) -> None:
        await offering(
            client, Ssrcs(), "recvonly", lambda offer: self._worker.ask(view=f"{room}-{watched}", offer=offer)
        )


class _Plane:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._relay = MediaRelay()
        self._tracks: dict[str, list[MediaStreamTrack]] = {}
        self._connections: list[RTCPeerConnection] = []
        self._recorders: list[MediaRecorder] = []
        self._numbers = itertools.count()

    async def answer(self, question: dict[str, str]) -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)
        if "publish" in question:
            tracks = self._tracks.setdefault(question["publish"], [])
            connection.on("track", tracks.append)
            await connection.setRemoteDescription(RTCSessionDescription(question["offer"], "offer"))
            recorder = MediaRecorder(str(self._folder / f"{question['publish']}.mp4"))
            for track in tracks:
                recorder.addTrack(self._relay.subscribe(track))
            await recorder.start()
            self._recorders.append(recorder)
        else:
            for track in self._tracks[question["view"]]:
                connection.addTrack(self._relay.subscribe(track))
            await connection.setRemoteDescription(RTCSessionDescription(question["offer"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    async def close(self) -> None:
        for recorder in self._recorders:
            await recorder.stop()
        for connection in self._connections:
            await connection.close()


async def _serve(folder: Path) -> None:
    plane = _Plane(folder)
    await answering(plane.answer)
    await plane.close()


if __name__ == "__main__":
    # aioice leaves the loopback out; here nothing else may be used.
    ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    asyncio.run(_serve(Path(sys.argv[1])))
