"""The demo's pictures: clips to send as a camera's, portraits, and stills of a clip to enrol a face with."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

import av
from PIL import Image

HERE = Path(__file__).parent

Person: TypeAlias = Literal["subject", "stranger"]
Clip: TypeAlias = Literal["subject", "stranger", "nobody", "officer"]


def clip(name: Clip) -> Path:
    """WebM, VP8 640×480 at 25 frames a second and Opus, about 8 s; it loops, with a keyframe each half second."""
    return HERE / "clips" / f"{name}.webm"


def portrait(person: Person) -> bytes:
    """JPEG, head and shoulders; where it comes from is in demo/portraits/PROVENANCE.md."""
    return (HERE / "portraits" / f"{person}.jpg").read_bytes()


def enrolment_pictures(person: Person, count: int = 4) -> Sequence[bytes]:
    """JPEGs of one person, each a little different: keyframes from all over the clip."""
    with av.open(str(clip(person))) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        frames = list(container.decode(stream))
    chosen = frames[:: max(1, len(frames) // count)][:count]
    return [_jpeg(frame) for frame in chosen]


def _jpeg(frame: av.VideoFrame) -> bytes:
    data = BytesIO()
    Image.fromarray(frame.to_ndarray(format="rgb24")).save(data, "JPEG", quality=92)
    return data.getvalue()
