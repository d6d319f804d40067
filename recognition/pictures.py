"""Pixels from a picture that somebody sent us: little, JPEG or PNG, and measured before it is decoded."""

import re
import struct
import warnings
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from recognition.engines import Pixels

MOST_BYTES = 5_000_000  # a 12-megapixel photograph of a phone is 3–4 MB
LONGEST_SIDE_PX = 4096
SHORTEST_SIDE_PX = 48
WORKING_SIDE_PX = 1280  # no engine here sees more in a larger picture
MOST_SCANS = 32  # of a progressive JPEG, each a pass over the whole picture; encoders make about ten

SENT = ("JPEG", "PNG")  # what we take from strangers
ON_FILE = (*SENT, "PPM", "BMP", "WEBP")  # what collections of faces on our own disk come in as well

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # of a segment: no stuffed byte, no restart (ITU-T T.81, B.1.1.3)
_SCAN, _END = 0xDA, 0xD9


class BadPicture(Exception):
    """Not a picture we read; the message says why and may be shown."""


def check_size(data: bytes) -> None:
    """BadPicture for what need not even be looked at."""
    if not data:
        raise BadPicture("the picture is empty")
    if len(data) > MOST_BYTES:
        raise BadPicture(f"the picture is larger than {MOST_BYTES // 1_000_000} MB")


def scans_in(jpeg: bytes) -> int:
    """How many passes over the picture a JPEG asks for: 128 KB can ask for three thousand, half a minute's work."""
    count, position = 0, 2
    while (marker := _MARKER.search(jpeg, position)) and (code := marker[0][1]) != _END:
        count += code == _SCAN
        position = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
    return count


def pixels_of(data: bytes, kinds: tuple[str, ...] = SENT) -> Pixels:
    """Decoded, upright by its EXIF orientation, at most WORKING_SIDE_PX a side; BadPicture for anything hostile."""
    check_size(data)
    if data.startswith(b"\xff\xd8") and scans_in(data) > MOST_SCANS:
        raise BadPicture(f"the picture takes more than {MOST_SCANS} passes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd EXIF data: it costs nothing but the orientation
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=kinds) as picture:
                if max(picture.size) > LONGEST_SIDE_PX or min(picture.size) < SHORTEST_SIDE_PX:
                    raise BadPicture(f"a side is over {LONGEST_SIDE_PX} or under {SHORTEST_SIDE_PX} pixels")
                if picture.format != "MPO" and getattr(picture, "is_animated", False):
                    # Who looks at it sees other faces than the first, which we would compare. An MPO is a phone's
                    # JPEG with a depth map or the like behind it, which browsers do not show either.
                    raise BadPicture("the picture is animated: one still is needed")
                picture.draft("RGB", (WORKING_SIDE_PX, WORKING_SIDE_PX))
                upright = _as_seen(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("the picture says it is far too large") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise BadPicture(f"the picture is broken, or none of {', '.join(kinds)}") from error
    return np.ascontiguousarray(np.asarray(upright)[:, :, ::-1])


def _as_seen(picture: Image.Image) -> Image.Image:
    """Small enough, and on white where it is transparent: what nobody sees on a page is not compared either."""
    if picture.mode.startswith("I"):  # sixteen bits of grey, which convert() would burn out
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    seen = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    seen.thumbnail((WORKING_SIDE_PX, WORKING_SIDE_PX))
    if seen.mode == "RGB":
        return seen
    white = Image.new("RGBA", seen.size, "white")
    white.alpha_composite(seen)
    return white.convert("RGB")
