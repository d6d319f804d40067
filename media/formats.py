"""What forwarding reads of each video codec's payloads."""

from collections.abc import Callable
from dataclasses import dataclass

from media import h264, picture
from media.frames import Codec


@dataclass(frozen=True, slots=True)
class Format:
    """`begins_keyframe`: whether a viewer can begin with a payload; `fits`: whether it may, with so large a picture."""

    begins_keyframe: Callable[[bytes], bool]
    fits: Callable[[bytes], bool]


FORMATS = {
    Codec.VP8: Format(picture.begins_keyframe, picture.fits),
    Codec.H264: Format(h264.begins_keyframe, h264.fits),
}
