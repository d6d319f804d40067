"""From RTP packets to whole frames: back in order, and nothing handed out that cannot be decoded."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from media.access_unit import Pictures
from media.frames import Codec, EncodedFrame, KeyframeWish, begins_frame, descriptor_length, is_keyframe
from media.h264 import BadPayload, begins_keyframe
from media.timeline import Timeline

WINDOW = 512  # packets; half a second of 1080p and its keyframe
PATIENCE_S = 0.5  # two NACK round trips on a bad mobile network; a recording need not hurry
LARGEST_FRAME = 2 << 20  # bytes; far above a 1080p keyframe at the finest quantizer in use

T = TypeVar("T")


class Reorder(Generic[T]):
    """A bounded window that hands items on by 16-bit sequence number, and says `lost()` before one that follows a gap.

    A missing packet is waited for until WINDOW packets or PATIENCE_S have passed it; what comes after that, or twice,
    is dropped. There is no timer: the packets' own `heard_at` is the clock, and `release` the end.
    """

    def __init__(self, hand_on: Callable[[T], None], lost: Callable[[], None]) -> None:
        self._hand_on = hand_on
        self._lost = lost
        self._expected: int | None = None
        self._waiting: dict[int, tuple[T, float]] = {}
        self._waiting_since = 0.0
        self._farthest = 0  # the sequence number that waits for most

    def packet(self, sequence_number: int, item: T, heard_at: float) -> None:
        if self._expected is None:
            self._expected = sequence_number
        ahead = (sequence_number - self._expected) & 0xFFFF
        if ahead == 0:
            self._expected = (sequence_number + 1) & 0xFFFF
            self._hand_on(item)
            if self._waiting:
                self._release(self._expected)
        elif ahead <= 0xFFFF - WINDOW:  # otherwise it is late, or a copy
            if not self._waiting:
                self._waiting_since = heard_at
                self._farthest = sequence_number
            elif ahead > (self._farthest - self._expected) & 0xFFFF:
                self._farthest = sequence_number
            self._waiting.setdefault(sequence_number, (item, heard_at))
            self._give_up_on_missing(self._expected, heard_at)

    def release(self) -> None:
        """Hand on what waits: nothing more is expected."""
        expected = self._expected
        while self._waiting and expected is not None:
            expected = self._skip(expected)

    def _give_up_on_missing(self, expected: int, heard_at: float) -> None:
        while self._waiting:
            farthest = (self._farthest - expected) & 0xFFFF
            if heard_at - self._waiting_since <= PATIENCE_S and farthest <= WINDOW:
                return
            expected = self._skip(expected)

    def _skip(self, expected: int) -> int:
        """Give up on what is missing before the next that waits."""
        self._lost()
        return self._release((expected + min((n - expected) & 0xFFFF for n in self._waiting)) & 0xFFFF)

    def _release(self, expected: int) -> int:
        """Hand on what stands in a row from `expected`; the rest waits for the packet that is now expected."""
        while expected in self._waiting:
            item, _ = self._waiting.pop(expected)
            self._hand_on(item)
            expected = (expected + 1) & 0xFFFF
        self._expected = expected
        if self._waiting:
            _, self._waiting_since = next(iter(self._waiting.values()))  # they stand as they arrived
        return expected


class _Packet(NamedTuple):
    rtp_time: int
    marker: bool
    payload: bytes
    heard_at: float


class Assembler:
    """Whole frames from the packets of one SSRC; `packet` is called once for each, in the order of arrival.

    Opus: a packet is a frame, and a gap stays a gap. VP8 and H.264: a frame goes out only if it is a keyframe or the
    direct successor of the one before; after any loss nothing goes out until the next keyframe, and one is asked for.
    """

    def __init__(
        self, codec: Codec, sink: Callable[[EncodedFrame], None], timeline: Timeline, ask_keyframe: Callable[[], None]
    ) -> None:
        self._codec = codec
        self._sink = sink
        self._timeline = timeline
        self._wish = KeyframeWish(ask_keyframe)
        match codec:
            case Codec.OPUS:
                self._reorder = Reorder(self._opus, lost=lambda: None)
            case Codec.VP8:
                self._reorder = Reorder(self._vp8, self._lost)
            case Codec.H264:
                self._pictures = Pictures()
                self._reorder = Reorder(self._h264, self._pictures.lost)
        self._parts: list[bytes] = []
        self._size = 0
        self._frame_rtp_time = 0
        self._decodable = False  # the next frame, if nothing of it is missing

    def packet(self, sequence_number: int, rtp_time: int, marker: bool, payload: bytes, heard_at: float) -> None:  # noqa: FBT001 (a header field)
        self._reorder.packet(sequence_number, _Packet(rtp_time, marker, payload, heard_at), heard_at)

    def release(self) -> None:
        """Hand out what can be of the packets that still wait for others."""
        self._reorder.release()

    def _opus(self, packet: _Packet) -> None:
        if packet.payload:
            self._hand_out(packet, packet.payload, keyframe=True)

    def _vp8(self, packet: _Packet) -> None:
        if not packet.payload:
            return  # padding that probes the bandwidth; its number counts, and it carries nothing
        length = descriptor_length(packet.payload)
        part = packet.payload[length:]
        if length and begins_frame(packet.payload):
            if self._parts:
                self._lost()  # the frame before never ended
            if is_keyframe(part):
                self._decodable = True
                self._wish.fulfilled()
            self._frame_rtp_time = packet.rtp_time
        elif not length or not self._parts or packet.rtp_time != self._frame_rtp_time:
            self._lost()
        if not self._decodable:
            self._wish.repeat(packet.heard_at)
            return
        self._parts.append(part)
        self._size += len(part)
        if self._size > LARGEST_FRAME:
            self._lost()
        elif packet.marker:
            data = b"".join(self._parts)
            self._drop_parts()
            self._hand_out(packet, data, keyframe=is_keyframe(data))

    def _h264(self, packet: _Packet) -> None:
        if not packet.payload:
            return
        if packet.rtp_time != self._frame_rtp_time and self._pictures.begun:
            self._pictures.lost()  # the picture before never ended
        self._frame_rtp_time = packet.rtp_time
        if not (self._pictures.decodable or self._pictures.begun or begins_keyframe(packet.payload)):
            self._wish.repeat(packet.heard_at)
            return
        try:
            picture = self._pictures.add(packet.payload, ends=packet.marker)
        except BadPayload:
            self._wish.repeat(packet.heard_at)
            return
        if picture is not None:
            data, keyframe = picture
            if keyframe:
                self._wish.fulfilled()
            self._hand_out(packet, data, keyframe=keyframe)

    def _hand_out(self, packet: _Packet, data: bytes, *, keyframe: bool) -> None:
        at = self._timeline.at(packet.rtp_time, packet.heard_at)
        self._sink(EncodedFrame(self._codec, data, packet.rtp_time, keyframe, packet.heard_at, at))

    def _lost(self) -> None:
        self._decodable = False
        self._drop_parts()

    def _drop_parts(self) -> None:
        self._parts.clear()
        self._size = 0
