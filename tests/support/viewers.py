"""Publications without a network: frames of one packet each, and viewers that keep what they get."""

from dataclasses import dataclass, field

from media.forward import Forward, Outgoing, PayloadTypes
from media.frames import Codec, Kind
from media.guard import Counters
from media.picture import picture_of
from media.publication import Publication, Track
from media.rtcp import Report, parse
from media.rtp import HEADER, payload_of
from tests.support.two_peers import DELTA, KEYFRAME, vp8

FRAME = 3000  # RTP time between two of 30 a second


@dataclass
class Viewer:
    """What one viewer gets: RTP as (payload type, sequence number, RTP time, SSRC, payload), and reports."""

    kind: Kind = Kind.VIDEO
    rtx: int | None = 97
    codecs: tuple[Codec, ...] = (Codec.OPUS, Codec.VP8)
    extension: bytes = b""
    packets: list[tuple[int, int, int, int, bytes]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = {
            Codec.OPUS: PayloadTypes(96),
            Codec.VP8: PayloadTypes(96, self.rtx),
            Codec.H264: PayloadTypes(98, 99),
        }
        types = {codec: numbers[codec] for codec in self.codecs if codec.kind is self.kind}
        outgoing = Outgoing(self.kind, 10, types, self.extension, "cname", 11)
        self.forward = Forward(outgoing, self._take, lambda packet: self.reports.extend(parse(packet)))

    def _take(self, packet: bytes) -> None:
        _, second, number, rtp_time, ssrc = HEADER.unpack_from(packet)
        self.packets.append((second & 0x7F, number, rtp_time, ssrc, payload_of(packet)))

    @property
    def numbers(self) -> list[int]:
        return [number for _, number, _, _, _ in self.packets]

    @property
    def rtp_times(self) -> list[int]:
        return [rtp_time for _, _, rtp_time, _, _ in self.packets]

    @property
    def pictures(self) -> list[int]:
        return [picture[0] for *_, payload in self.packets if (picture := picture_of(payload))]


def publication(clock: list[float] | None = None) -> Publication:
    time = clock or [0.0]
    return Publication(lambda: time[0], 1_500_000, Counters())


def publish(track: Track, frames: str, *, first: int = 0, rtp_time: int = 0, picture: int = 0, at: float = 0.0) -> None:
    """Frames of one packet each, from one source: K a keyframe, d a delta, - one that is lost on the way to us."""
    for index, frame in enumerate(frames):
        if frame != "-":
            data = vp8(picture + index, KEYFRAME if frame == "K" else DELTA)
            track.publish(first + index, (rtp_time + index * FRAME) & 0xFFFFFFFF, True, data, at + index / 30)  # noqa: FBT003 (the marker)
