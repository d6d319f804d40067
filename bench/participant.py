"""A publisher, a viewer, or both on one connection: what it sends, what it sees, and what it notes about both."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.client import Client, new_ssrc
from bench.description import PAYLOAD_TYPE, RTX, Ssrcs
from bench.load import Clip, Packet
from media import rtcp
from media.frames import CLOCK_RATE, Kind
from media.rtp import HEADER, MARKER, VERSION_2, payload_of, retransmission

RING = 1024  # video packets that can be asked for again
NTP_EPOCH_S = 2_208_988_800
WARM_UP_S = 2.0


@dataclass(slots=True)
class Sent:
    """What a publisher has sent so far. `at` holds, by packet of the clip, when it was sent last."""

    at: Mapping[Kind, list[float]]
    packets: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    lost: list[tuple[Kind, int, float]] = field(default_factory=list)  # on purpose: kind, index, when


@dataclass(slots=True)
class Seen:
    """What a viewer has seen so far. `at` holds, by packet of the clip, when it came last; NaN for never."""

    at: Mapping[Kind, list[float]]
    packets: int = 0
    latencies_s: list[float] = field(default_factory=list)


class Publisher:
    """The clip as RTP. `loss` is the share of packets that never leave, from `random` as seeded."""

    def __init__(self, clip: Clip, loss: float, seed: int) -> None:
        self.clip = clip
        self.ssrcs = Ssrcs(audio=new_ssrc(), video=new_ssrc(), rtx=new_ssrc())
        self.sent = Sent({Kind.AUDIO: [0.0] * len(clip.audio), Kind.VIDEO: [0.0] * len(clip.video)})
        self.client: Client | None = None
        self._loss = loss
        self._random = random.Random(seed)
        self._sequence_number = {Kind.AUDIO: self._random.getrandbits(15), Kind.VIDEO: self._random.getrandbits(15)}
        self._offset = {kind: self._random.getrandbits(31) for kind in Kind}
        self._ring: list[tuple[int, int, int, bytes]] = [(-1, 0, 0, b"")] * RING
        self._rtx_number = 0
        self._octets = dict.fromkeys(Kind, 0)

    def publish(self, kind: Kind, packet: Packet, media_s: float, at: float) -> None:
        """One packet of the clip, `media_s` into what is sent, now."""
        assert self.client is not None
        number = self._sequence_number[kind]
        self._sequence_number[kind] = number + 1 & 0xFFFF
        rtp_time = int(self._offset[kind] + media_s * CLOCK_RATE[kind]) & 0xFFFF_FFFF
        second = PAYLOAD_TYPE[kind] | (MARKER if packet.marker else 0)
        data = HEADER.pack(VERSION_2, second, number, rtp_time, self.ssrcs.of(kind)) + packet.payload
        if kind is Kind.VIDEO:
            self._ring[number % RING] = number, rtp_time, second & MARKER, packet.payload
        self.sent.packets[kind] += 1
        self._octets[kind] += len(packet.payload)
        self.sent.at[kind][packet.index] = at
        if self._loss and self._random.random() < self._loss:
            self.sent.lost.append((kind, packet.index, at))
        else:
            self.client.send(data)

    def report(self, media_s: float, wall_s: float) -> None:
        """Sender reports, once a second: they tie both streams to one clock."""
        assert self.client is not None
        ntp = int((wall_s + NTP_EPOCH_S) * rtcp.NTP_UNIT)
        for kind in Kind:
            ssrc = self.ssrcs.of(kind)
            rtp_time = int(self._offset[kind] + media_s * CLOCK_RATE[kind]) & 0xFFFF_FFFF
            said = rtcp.SenderReport(ssrc, ntp, rtp_time, self.sent.packets[kind], self._octets[kind] & 0xFFFF_FFFF)
            self.client.send_control(rtcp.sender_report(said) + rtcp.source_description(ssrc, "bench"))

    def hear_control(self, packet: bytes) -> None:
        """Send again what is asked for; everything else is for browsers."""
        assert self.client is not None
        for report in rtcp.parse(packet):
            if isinstance(report, rtcp.Nack) and report.media == self.ssrcs.video:
                for lost in report.lost:
                    number, rtp_time, marker, payload = self._ring[lost % RING]
                    if number == lost and self._random.random() >= self._loss:
                        again = HEADER.pack(VERSION_2, RTX | marker, self._rtx_number, rtp_time, self.ssrcs.rtx)
                        self._rtx_number = self._rtx_number + 1 & 0xFFFF
                        self.client.send(again + retransmission(lost, payload))


class Viewer:
    """Sees one publisher. Knows a packet by its payload, whatever header the server has given it."""

    def __init__(self, clip: Clip, watched: Sent, clock: Callable[[], float]) -> None:
        nan = float("nan")
        self.seen = Seen({Kind.AUDIO: [nan] * len(clip.audio), Kind.VIDEO: [nan] * len(clip.video)})
        self.client: Client | None = None
        self._ssrc = new_ssrc()
        self._watched = watched
        self._clock = clock
        self._index = _indices(clip)
        self._highest: dict[int, int] = {}  # by SSRC

    def hear(self, packet: bytes) -> None:
        at = self._clock()
        found = self._index.get(payload_of(packet)) or self._index.get(payload_of(packet)[2:])
        if found is None:
            return  # padding that probes the bandwidth, or a picture that was encoded anew
        kind, index = found
        self.seen.packets += 1
        self.seen.at[kind][index] = at
        self.seen.latencies_s.append(at - self._watched.at[kind][index])
        _, _, number, _, ssrc = HEADER.unpack_from(packet)
        self._highest[ssrc] = number

    def report(self) -> None:
        """Receiver reports, once a second, as a browser without loss sends them."""
        assert self.client is not None
        blocks = [rtcp.Block(ssrc, 0, 0, number, 0, 0, 0) for ssrc, number in self._highest.items()]
        report = rtcp.receiver_report(self._ssrc, blocks) + rtcp.source_description(self._ssrc, "bench")
        self.client.send_control(report)


_known: dict[int, Mapping[bytes, tuple[Kind, int]]] = {}


def _indices(clip: Clip) -> Mapping[bytes, tuple[Kind, int]]:
    if id(clip) not in _known:
        streams = ((Kind.AUDIO, clip.audio), (Kind.VIDEO, clip.video))
        _known[id(clip)] = {packet.payload: (kind, packet.index) for kind, packets in streams for packet in packets}
    return _known[id(clip)]
