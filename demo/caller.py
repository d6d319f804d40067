"""A participant without a browser: cookies, the signalling socket, and a clip sent as real WebRTC over UDP."""

import asyncio
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError


class Refused(Exception):
    """The server did not do what the script asked; the message is its answer."""


class ClipTrack(MediaStreamTrack):
    """One stream of a clip, over and over, packet by packet as it was encoded: nothing is encoded here."""

    def __init__(self, clip: Path, kind: str) -> None:
        super().__init__()
        self.kind = kind
        with av.open(clip) as container:
            stream = container.streams.get(**{kind: 0})[0]
            self._packets = [packet for packet in container.demux(stream) if packet.size]
            self._time_base = Fraction(stream.time_base or 1)
            self._length = round(Fraction(container.duration or 0, av.time_base) / self._time_base)
        self._sent = 0
        self._started: float | None = None

    async def recv(self) -> Any:
        """The next packet, when its time has come."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        self._started = self._started if self._started is not None else loop.time()
        rounds, index = divmod(self._sent, len(self._packets))
        source = self._packets[index]
        packet = av.Packet(bytes(source))
        packet.pts = packet.dts = (source.pts or 0) + rounds * self._length
        packet.time_base = self._time_base
        self._sent += 1
        await asyncio.sleep(max(0.0, self._started + float(packet.pts * self._time_base) - loop.time()))
        return packet


class Caller:
    """One person's phone or desk, as the server sees it."""

    def __init__(self, origin: str, clip: Path) -> None:
        self.first_frame: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        """The loop's time when the first picture of the other side was decoded."""
        self.heard: list[dict[str, Any]] = []
        self.played: Counter[str] = Counter()
        """How many frames of the other side were decoded: pictures ("video"), and 20 ms each of "audio"."""
        self._origin = origin
        self._clip = clip
        self._http = ClientSession(cookie_jar=CookieJar(unsafe=True), headers={"Origin": origin})
        self._tasks = asyncio.TaskGroup()
        self._socket: ClientWebSocketResponse | None = None
        self._peer: RTCPeerConnection | None = None
        self._news = asyncio.Condition()
        self._hung_up = False

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._peer is not None:
            await self._peer.close()
        await self._tasks.__aexit__(kind, error, trace)
        await self._http.close()

    async def get(self, path: str) -> str:
        """A page's text; Refused if it is not there."""
        async with self._http.get(self._origin + path) as response:
            text = await response.text()
            if response.status != 200:
                raise Refused(f"GET {path}: {response.status}")
            return text

    async def post(self, path: str, **form: str) -> str:
        """The page that follows a form; Refused if the form was not taken."""
        async with self._http.post(self._origin + path, data=form) as response:
            text = await response.text()
            if response.status != 200:
                raise Refused(f"POST {path}: {response.status}")
            return text

    def path(self, link: str) -> str:
        """The path of a link to this server."""
        return link.removeprefix(self._origin)

    async def join(self, check_in: str, seat: str) -> None:
        """Take the seat: open the socket, say hello and join."""
        self._socket = await self._http.ws_connect(f"{self._origin}/signal?seat={seat}")
        self._tasks.create_task(self._listen(self._socket))
        await self.say({"type": "hello", "v": 1})
        await self.hear("welcome")
        await self.say({"type": "join", "check_in": check_in})
        await self.hear("standing")

    async def say(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            raise Refused("not joined")
        await self._socket.send_json(message)

    async def _listen(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                async with self._news:
                    self.heard.append(message.json())
                    self._news.notify_all()
        async with self._news:
            self._hung_up = True
            self._news.notify_all()

    async def hear(self, kind: str, **fields: object) -> dict[str, Any]:
        """The first message of this kind, heard already or still to come, whose `fields` are as given."""
        return await self.hear_if(
            lambda told: told["type"] == kind and all(told[name] == value for name, value in fields.items())
        )

    async def hear_if(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that fits; Refused if the server refuses something or hangs up meanwhile."""
        async with self._news:
            await self._news.wait_for(lambda: self._hung_up or any(map(fits, self.heard)) or self._refusals())
        for told in self.heard:
            if fits(told):
                return told
        raise Refused(str(self._refusals() or "the server hung up"))

    async def has_played(self, frames: int) -> None:
        """Until so many frames of the other side's picture and sound were decoded."""
        async with self._news:
            await self._news.wait_for(lambda: min(self.played[kind] for kind in ("audio", "video")) >= frames)

    def _refusals(self) -> list[dict[str, Any]]:
        return [told for told in self.heard if told["type"] == "refused"]

    async def call(self) -> None:
        """Offer one audio and one video, take the answer, and play the other side; again, when the former is lost."""
        if self._peer is not None:
            await self._peer.close()
        self.heard = [told for told in self.heard if told["type"] != "answer"]
        self._peer = peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in ("audio", "video"):
            peer.addTrack(ClipTrack(self._clip, kind))
        peer.on("track", lambda track: self._tasks.create_task(self._play(track)))
        await peer.setLocalDescription(await peer.createOffer())
        await self.say({"type": "offer", "sdp": peer.localDescription.sdp})
        answer = await self.hear("answer")
        await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def _play(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                async with self._news:
                    self.played[track.kind] += 1
                    self._news.notify_all()
                if track.kind == "video" and not self.first_frame.done():
                    self.first_frame.set_result(asyncio.get_running_loop().time())
        except MediaStreamError:
            return
