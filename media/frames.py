"""Encoded frames as they leave the packets, who may take them, and the few bits of VP8 that we read."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

ASK_AGAIN_S = 1.0  # the request for a keyframe can be lost as well
KEYFRAME_HEAD = 10  # bytes: three of the frame's head, three that begin a keyframe, four of its size
KEYFRAME_START = b"\x9d\x01\x2a"  # RFC 6386 §9.1


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Codec(StrEnum):
    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"

    @property
    def kind(self) -> Kind:
        return Kind.AUDIO if self is Codec.OPUS else Kind.VIDEO


CLOCK_RATE = {Kind.AUDIO: 48_000, Kind.VIDEO: 90_000}  # Hz; RFC 7587 §4.1, RFC 7741 §4.1


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One whole Opus packet, VP8 frame or H.264 picture: its units behind their lengths, a keyframe's with parameters.

    `heard_at` is when its last packet reached us, `at` when it happened; both seconds on the server's monotonic clock.
    """

    codec: Codec
    data: bytes
    rtp_time: int
    keyframe: bool
    heard_at: float
    at: float

    @property
    def kind(self) -> Kind:
        return self.codec.kind


class FrameSink(Protocol):
    """A consumer of one participant's frames: a recorder, a sampler."""

    def offer(self, frame: EncodedFrame) -> None:
        """Take the frame or drop it; never await, never block, never raise."""


class KeyframeWish:
    """Asks for a keyframe at once, and while the wish is repeated and not fulfilled, again every ASK_AGAIN_S."""

    def __init__(self, ask_keyframe: Callable[[], None]) -> None:
        self._ask_keyframe = ask_keyframe
        self._asked_at = float("-inf")

    def repeat(self, heard_at: float) -> None:
        if heard_at - self._asked_at >= ASK_AGAIN_S:
            self._asked_at = heard_at
            self._ask_keyframe()

    def fulfilled(self) -> None:
        self._asked_at = float("-inf")


def descriptor_length(payload: bytes) -> int:
    """Bytes of VP8 payload descriptor before the frame's own (RFC 7741 §4.2); 0 when nothing of a frame follows it."""
    try:
        length = 1
        if payload[0] & 0x80:  # X: extensions
            extensions = payload[1]
            length = 2
            if extensions & 0x80:  # I: a picture id of one byte, or of two when M is set
                length += 2 if payload[2] & 0x80 else 1
            if extensions & 0x40:  # L: TL0PICIDX
                length += 1
            if extensions & 0x30:  # T or K: one byte for both
                length += 1
    except IndexError:
        return 0
    return length if length < len(payload) else 0


def begins_frame(payload: bytes) -> bool:
    """Whether a VP8 payload is the first of its frame: S is set and the partition is 0 (RFC 7741 §4.2)."""
    return payload[0] & 0x17 == 0x10


def is_keyframe(data: bytes) -> bool:
    """Whether a VP8 frame, or its first packet's part of it, can be decoded without another (RFC 6386 §9.1)."""
    return not data[0] & 1


def keyframe_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a VP8 keyframe declares; None if it is none, or its header is not whole (RFC 6386 §9.1)."""
    if len(data) < KEYFRAME_HEAD or not is_keyframe(data) or data[3:6] != KEYFRAME_START:
        return None
    # The upper two bits of each are a hint for scaling.
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
