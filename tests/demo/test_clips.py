"""The shipped clips are what a browser would send, and say that they are a demo's."""

from io import BytesIO
from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest
from PIL import Image

from demo.clips import Clip, Person, clip, enrolment_pictures, portrait

pytestmark = pytest.mark.rim

CLIPS = pytest.mark.parametrize("name", get_args(Clip))
PEOPLE = pytest.mark.parametrize("person", get_args(Person))


@CLIPS
def test_a_clip_is_small_vp8_and_opus_and_loops(name: Clip) -> None:
    assert clip(name).stat().st_size <= 700_000
    with av.open(str(clip(name))) as container:
        (video,) = container.streams.video
        (audio,) = container.streams.audio
        assert (video.codec_context.name, audio.codec_context.name) == ("vp8", "opus")
        assert (video.codec_context.width, video.codec_context.height) == (640, 480)
        assert video.average_rate == 25
        packets = [packet for packet in container.demux(video) if packet.size]
    assert len(packets) == 8 * 25
    assert all(packet.is_keyframe for packet in packets[::12])


@CLIPS
def test_every_clip_carries_its_label(name: Clip) -> None:
    """White words on a dark plate in the corner, in its first frame and in its last."""
    with av.open(str(clip(name))) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    for frame in (frames[0], frames[-1]):
        plate = frame[20:50, 24:200]
        assert np.mean(plate < 90) > 0.5
        assert np.mean(plate > 190) > 0.03


@PEOPLE
def test_the_enrolment_pictures_are_several_and_differ(person: Person) -> None:
    pictures = enrolment_pictures(person, 5)
    assert len(pictures) == 5
    decoded = [np.asarray(Image.open(BytesIO(picture)).convert("L"), np.float64) for picture in pictures]
    assert all(one.shape == (480, 640) for one in decoded)
    assert all(np.abs(decoded[0] - other).mean() > 1 for other in decoded[1:])


@PEOPLE
def test_the_portraits_are_small_pictures_with_a_provenance(person: Person) -> None:
    assert len(portrait(person)) <= 120_000
    assert Image.open(BytesIO(portrait(person))).format == "JPEG"
    provenance = clip("subject").parents[1] / "portraits" / "PROVENANCE.md"
    assert f"`{person}.jpg`" in provenance.read_text()


def test_no_picture_is_shipped_that_has_no_provenance() -> None:
    shipped = {path.stem for path in (Path(clip("subject")).parents[1] / "portraits").glob("*.jpg")}
    assert shipped == set(get_args(Person))
