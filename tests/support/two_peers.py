"""Two browsers for a room, over loopback: stock aiortc clients, and one played packet by packet."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar
from unittest.mock import patch

import aioice
import aioice.ice
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCCertificate,
    RTCConfiguration,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError

from media import rtcp
from media.contract import CallRoom, SeatState
from media.frames import Kind
from media.plane import BITRATE_CEILING, MediaPlane
from media.room import Room
from media.rtp import HEADER, payload_of

R_co = TypeVar("R_co", bound=CallRoom, covariant=True)

WAIT_S = 30.0  # a test that waits longer has failed

AUDIO, VIDEO, RTX, H264 = 111, 96, 97, 98

# VP8 payloads of one packet a frame: a descriptor with a picture id of 15 bits, then the frame (RFC 7741, RFC 6386).
KEYFRAME = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00"
DELTA = b"\x11\x00\x00delta"


def vp8(picture: int, frame: bytes, *, begins: bool = True) -> bytes:
    return bytes([0x90 if begins else 0x80, 0x80]) + (0x8000 | picture & 0x7FFF).to_bytes(2, "big") + frame


class StageOf(Generic[R_co]):
    """A room, and what its seats have gone through."""

    def __init__(self, open_room: Callable[[Callable[[str, SeatState], None]], R_co]) -> None:
        """`open_room` is handed who hears of the seats."""
        self.seats: list[tuple[str, SeatState]] = []
        self._changed = asyncio.Event()
        self.room = open_room(self._hear)

    def face_each_other(self) -> None:
        """From now on subject and officer see each other."""
        self.room.watch("subject", "officer")
        self.room.watch("officer", "subject")

    async def reached(self, seat: str, state: SeatState) -> None:
        async with asyncio.timeout(WAIT_S):
            while (seat, state) not in self.seats:
                self._changed.clear()
                await self._changed.wait()

    def _hear(self, seat: str, state: SeatState) -> None:
        self.seats.append((seat, state))
        self._changed.set()


class Stage(StageOf[Room]):
    """One on a plane of this process."""

    def __init__(self, plane: MediaPlane, seats: int) -> None:
        super().__init__(lambda on_seat: plane.open_room("test", on_seat, seats))
        self.plane = plane


@asynccontextmanager
async def stage(
    clock: Callable[[], float] = time.monotonic, bitrate_ceiling: int = BITRATE_CEILING, seats: int = 2
) -> AsyncIterator[Stage]:
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], clock, bitrate_ceiling)
    try:
        on = Stage(plane, seats)
        on.face_each_other()
        yield on
    finally:
        await plane.close()


@dataclass(frozen=True, slots=True)
class Heard:
    """An RTP packet as a browser got it."""

    payload_type: int
    sequence_number: int
    rtp_time: int
    ssrc: int
    marker: bool
    payload: bytes


class _LoopbackConnection(aioice.Connection):
    """aioice gathers no candidates on loopback by itself."""

    def __init__(self, host: str) -> None:
        super().__init__(ice_controlling=True)
        self._host = host

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 (aioice's signature)
    ) -> list[aioice.Candidate]:
        return await super().get_component_candidates(component, [self._host], timeout)


class _OpenDtls(RTCDtlsTransport):
    """Hands decrypted packets over instead of parsing them."""

    def __init__(self, ice: RTCIceTransport, certificate: RTCCertificate, browser: "Browser") -> None:
        super().__init__(ice, [certificate])
        self._browser = browser

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        self._browser.hear(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._browser.hear_control(data)


class Browser:
    """Real ICE, DTLS and SRTP; every RTP and RTCP packet is the test's. `heard` and `reports` are what it got."""

    def __init__(self, host: str = "127.0.0.1", *, h264: bool = False) -> None:
        """`h264`: whether it takes and sends that, too."""
        self._h264 = h264
        self.heard: list[Heard] = []
        self.reports: list[rtcp.Report] = []
        self.ssrcs = {kind: secrets.randbits(31) | 1 for kind in (AUDIO, VIDEO, RTX)}
        self.ssrcs[H264] = self.ssrcs[VIDEO]  # one camera
        self.answer = ""
        self._changed = asyncio.Event()
        self._certificate = RTCCertificate.generateCertificate()
        gatherer = RTCIceGatherer(iceServers=[])
        self.connection = gatherer._connection = _LoopbackConnection(host)
        self._gatherer = gatherer
        self._ice = RTCIceTransport(gatherer)
        self.dtls = _OpenDtls(self._ice, self._certificate, self)
        self.dtls._set_role("client")

    @property
    def address(self) -> tuple[str, int]:
        """Where its packets come from."""
        candidate = self.connection.local_candidates[0]
        return candidate.host, candidate.port

    def offer(self) -> str:
        algorithm, digest = "sha-256", self._certificate.getFingerprints()[0].value
        transport = (
            f"a=ice-ufrag:{self.connection.local_username}\r\na=ice-pwd:{self.connection.local_password}\r\n"
            f"a=fingerprint:{algorithm} {digest}\r\na=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\n"
        )
        h264 = (
            f"a=rtpmap:{H264} H264/90000\r\na=fmtp:{H264} packetization-mode=1;profile-level-id=42e01f\r\n"
            if self._h264
            else ""
        )
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a v\r\n"
            f"m=audio 9 UDP/TLS/RTP/SAVPF {AUDIO}\r\na=mid:a\r\na=rtpmap:{AUDIO} opus/48000/2\r\n{transport}"
            f"m=video 9 UDP/TLS/RTP/SAVPF {VIDEO} {RTX} {H264}\r\n{h264}a=mid:v\r\na=rtpmap:{VIDEO} VP8/90000\r\n"
            f"a=rtpmap:{RTX} rtx/90000\r\na=fmtp:{RTX} apt={VIDEO}\r\na=rtcp-fb:{VIDEO} nack\r\n"
            f"a=rtcp-fb:{VIDEO} nack pli\r\na=rtcp-fb:{VIDEO} goog-remb\r\n"
            f"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n{transport}"
        )

    async def join(self, stage: StageOf[CallRoom], seat: str) -> None:
        """Take the seat; connected when this returns."""
        await self.ask(stage, seat)
        await self.connect()
        await stage.reached(seat, SeatState.CONNECTED)

    async def ask(self, stage: StageOf[CallRoom], seat: str) -> None:
        stage.seats[:] = [entry for entry in stage.seats if entry[0] != seat]
        await self.offer_to(lambda sdp: stage.room.connect(seat, sdp))

    async def offer_to(self, server: Callable[[str], Awaitable[str]]) -> None:
        await self.gather()
        self.answer = await server(self.offer())

    async def gather(self) -> None:
        """From now on its offer says how it can be reached."""
        await self._gatherer.gather()

    async def connect(self) -> None:
        await self.prove_itself()
        await self.shake_hands()

    async def prove_itself(self) -> None:
        """ICE: from now on the plane listens to its address."""
        await self.connection.add_remote_candidate(aioice.Candidate.from_sdp(self._answered("candidate")))
        async with asyncio.timeout(WAIT_S):
            await self._ice.start(RTCIceParameters(self._answered("ice-ufrag"), self._answered("ice-pwd")))

    async def shake_hands(self) -> None:
        """DTLS: from now on it can send and hear."""
        algorithm, digest = self._answered("fingerprint").split(" ")
        async with asyncio.timeout(WAIT_S):
            await self.dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(algorithm, digest)]))
        assert self.dtls.state == "connected"

    def _answered(self, attribute: str) -> str:
        prefix = f"a={attribute}:"
        return next(line.removeprefix(prefix) for line in self.answer.split("\r\n") if line.startswith(prefix))

    async def leave(self) -> None:
        loop = self.dtls._task
        await self.dtls.stop()
        await self._ice.stop()
        if loop is not None:
            await asyncio.gather(loop, return_exceptions=True)

    def send(
        self, payload_type: int, sequence_number: int, rtp_time: int, payload: bytes, *, marker: bool = True
    ) -> bytes:
        """Send a packet; what went over the wire."""
        second = payload_type | (0x80 if marker else 0)
        header = HEADER.pack(0x80, second, sequence_number & 0xFFFF, rtp_time & 0xFFFFFFFF, self.ssrcs[payload_type])
        protected: bytes = self.dtls._tx_srtp.protect(header + payload)
        self.send_raw(protected)
        return protected

    def send_control(self, packet: bytes) -> None:
        self.send_raw(self.dtls._tx_srtp.protect_rtcp(packet))

    def send_raw(self, datagram: bytes) -> None:
        pair = self.connection._nominated[1]
        pair.protocol.transport.sendto(datagram, pair.remote_addr)

    def hear(self, packet: bytes) -> None:
        _, second, sequence_number, rtp_time, ssrc = HEADER.unpack_from(packet)
        marker = bool(second & 0x80)
        self.heard.append(Heard(second & 0x7F, sequence_number, rtp_time, ssrc, marker, payload_of(packet)))
        self._changed.set()

    def hear_control(self, packet: bytes) -> None:
        self.reports.extend(rtcp.parse(packet))
        self._changed.set()

    def of(self, payload_type: int) -> list[Heard]:
        return [packet for packet in self.heard if packet.payload_type == payload_type]

    async def until(self, condition: Callable[[], object]) -> None:
        """Until it has heard enough."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def browser(host: str = "127.0.0.1", *, h264: bool = False) -> AsyncIterator[Browser]:
    played = Browser(host, h264=h264)
    try:
        yield played
    finally:
        await played.leave()


@contextmanager
def candidates_on_loopback() -> Iterator[None]:
    with patch.object(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"]):
        yield


class StockClient:
    """An aiortc peer connection that sends aiortc's own picture and tone, and decodes what it gets."""

    def __init__(self, codec: str | None = None) -> None:
        """`codec` is the one of which it sends and shows pictures; without it, it does as the answer asks."""
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._frames = dict.fromkeys(Kind, 0)
        self._changed = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._pc.on("track", self._on_track)
        self._pc.on("connectionstatechange", self._changed.set)
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            self._pc.addTrack(track)
        if codec is not None:
            video = next(one for one in self._pc.getTransceivers() if one.kind == "video")
            known = RTCRtpSender.getCapabilities("video").codecs
            video.setCodecPreferences([one for one in known if one.mimeType in ("video/rtx", f"video/{codec}")])

    async def __aenter__(self) -> "StockClient":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pc.close()
        await self._tasks.__aexit__(None, None, None)

    async def join(self, stage: StageOf[CallRoom], seat: str) -> None:
        await self.offer_to(lambda sdp: stage.room.connect(seat, sdp))

    async def offer_to(self, server: Callable[[str], Awaitable[str]]) -> None:
        """Offer to whoever answers with an SDP."""
        with candidates_on_loopback():
            await self._pc.setLocalDescription(await self._pc.createOffer())
        answer = await server(self._pc.localDescription.sdp)
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hang_up(self) -> None:
        """Gone, and the server is told."""
        await self._pc.close()

    async def is_connected(self) -> None:
        """Until its own side of the connection is up; one that is closed before leaves tasks of aiortc's behind."""
        async with asyncio.timeout(WAIT_S):
            while self._pc.connectionState != "connected":
                self._changed.clear()
                await self._changed.wait()

    @property
    def is_over(self) -> bool:
        """Whether the server, or it itself, has hung up."""
        return self._pc.connectionState == "closed"

    @property
    def pictures(self) -> int:
        """How many it has decoded."""
        return self._frames[Kind.VIDEO]

    async def decodes(self, frames: int) -> None:
        """Until it has decoded so many frames of picture and of sound."""
        await self._until(lambda: min(self._frames.values()) >= frames)

    async def hears(self, frames: int) -> None:
        """The same, of sound."""
        await self._until(lambda: self._frames[Kind.AUDIO] >= frames)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.create_task(self._take(track))

    async def _take(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self._frames[Kind(track.kind)] += 1
                self._changed.set()
        except MediaStreamError:
            pass
