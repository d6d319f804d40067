"""What is read of each video codec: of its payloads to forward them, of its keyframes what they declare."""

from collections.abc import Callable
from dataclasses import dataclass

from media import h264, picture
from media.frames import KEYFRAME_HEAD, Codec, keyframe_size
from media.webm import Picture

DECLARED_WITHIN = {Codec.VP8: KEYFRAME_HEAD, Codec.H264: h264.PARAMETERS_HEAD}  # bytes of a keyframe


@dataclass(frozen=True, slots=True)
class Format:
    """`begins_keyframe`: whether a viewer can begin with a payload; `fits`: whether it may, with so large a picture."""

    begins_keyframe: Callable[[bytes], bool]
    fits: Callable[[bytes], bool]


FORMATS = {
    Codec.VP8: Format(picture.begins_keyframe, picture.fits),
    Codec.H264: Format(h264.begins_keyframe, h264.fits),
}


def declared(codec: Codec, keyframe: bytes) -> Picture | None:
    """What a keyframe's first DECLARED_WITHIN bytes say of its picture; None where they do not."""
    if codec is Codec.VP8:
        size = keyframe_size(keyframe)
        return None if size is None else Picture(codec, *size)
    parameters = h264.parameters_of(keyframe)
    size = None if parameters is None else h264.picture_size(parameters[0])
    if parameters is None or size is None:
        return None
    return Picture(codec, *size, h264.configuration(*parameters))
