"""H.264 as a phone would send it: encoded by libx264, packed as RFC 6184 has it."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from media.frames import Codec, EncodedFrame
from media.h264 import length_prefixed, units_of

PICTURES_PER_S = 25
LARGEST_PAYLOAD = 1200


def encoder(width: int, height: int, profile: str = "baseline") -> VideoCodecContext:
    """A keyframe only first, and where a picture asks for one."""
    made = VideoCodecContext.create("libx264", "w")
    made.width, made.height, made.pix_fmt = width, height, "yuv420p"
    made.time_base, made.framerate = Fraction(1, PICTURES_PER_S), Fraction(PICTURES_PER_S)
    made.gop_size, made.thread_count = 100_000, 1
    # Without a look at what comes: the same pictures give the same bytes, one by one.
    made.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": profile, "bf": "0", "forced-idr": "1"}
    return made


def units_in(stream: bytes) -> list[bytes]:
    """The units between an encoder's start codes."""
    return [unit for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]


def picture_of(stream: bytes) -> bytes:
    """One encoded picture as it lies in a recording: units behind their lengths, parameters first."""
    return length_prefixed(sorted(units_in(stream), key=lambda unit: {7: 0, 8: 1}.get(unit[0] & 0x1F, 2)))


def fragments(unit: bytes, size: int) -> list[bytes]:
    """FU-A payloads; of at least two."""
    body = unit[1:]
    size = max(1, min(size, (len(body) + 1) // 2))
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    last = len(parts) - 1
    head = bytes([unit[0] & 0xE0 | 28])
    return [
        head + bytes([(0x80 if n == 0 else 0) | (0x40 if n == last else 0) | unit[0] & 0x1F]) + part
        for n, part in enumerate(parts)
    ]


def aggregate(some: Sequence[bytes]) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in some)


def h264_packets(picture: bytes, size: int = LARGEST_PAYLOAD) -> list[tuple[bytes, bool]]:
    """RTP payloads with their markers, as browsers pack them: what is small together, what is large in parts."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    for unit in units_of(picture):
        if len(unit) + sum(len(one) + 2 for one in small) < size:
            small.append(unit)
            continue
        payloads += _together(small)
        small = []
        payloads += fragments(unit, size)
    payloads += _together(small)
    return [(payload, n == len(payloads) - 1) for n, payload in enumerate(payloads)]


def _together(some: Sequence[bytes]) -> list[bytes]:
    return [aggregate(some)] if len(some) > 1 else list(some)


def pixels(n: int, width: int, height: int) -> NDArray[np.uint8]:
    """Grey, with a red bar that moves."""
    drawn = np.full((height, width, 3), 128, np.uint8)
    drawn[:, (n * 4) % width : (n * 4) % width + 8] = (0, 0, 255)
    return drawn


@lru_cache
def h264_clip(
    seconds: float, width: int = 160, height: int = 120, keyframe_every: int = PICTURES_PER_S
) -> tuple[EncodedFrame, ...]:
    """Pictures as they lie in a recording; `at` and `heard_at` in seconds from the clip's start."""
    made = encoder(width, height)
    frames: list[EncodedFrame] = []
    for n in range(round(seconds * PICTURES_PER_S)):
        picture = av.VideoFrame.from_ndarray(pixels(n, width, height), format="bgr24")
        picture.pts = n
        wanted = n % keyframe_every == 0
        picture.pict_type = av.video.frame.PictureType.I if wanted else av.video.frame.PictureType.P
        (packet,) = made.encode(picture)
        at = n / PICTURES_PER_S
        frames.append(EncodedFrame(Codec.H264, picture_of(bytes(packet)), n * 3600, packet.is_keyframe, at, at))
    return tuple(frames)


def bits(*fields: int | str) -> bytes:
    """Numbers as exponential Golomb codes, and words of 0 and 1 as they are."""
    text = "".join(field if isinstance(field, str) else golomb(field) for field in fields) + "1"
    return int(text.ljust((len(text) + 7) // 8 * 8, "0"), 2).to_bytes((len(text) + 7) // 8, "big")


def golomb(number: int) -> str:
    return f"{number + 1:b}".rjust(2 * (number + 1).bit_length() - 1, "0")


def sps(
    width: int, height: int, crop: Sequence[int] = (), profile: int = 66, order: Sequence[int] = (2,), frames: str = "1"
) -> bytes:
    """Parameters of pictures of so many blocks of 16, less `crop` on each side in pairs of pixels."""
    cropping: tuple[int | str, ...] = ("1", *crop) if crop else ("0",)
    body = bits(0, 0, *order, 1, "0", width - 1, height - 1, frames, "1", *cropping)
    return b"\x67" + bytes([profile, 0xC0, 31]) + body.replace(b"\0\0\1", b"\0\0\3\1").replace(b"\0\0\0", b"\0\0\3\0")
