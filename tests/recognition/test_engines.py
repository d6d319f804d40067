"""Both real engines on the two people we ship: plumbing and gates, not accuracy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import ImageFile

from demo.clips import Clip, Person, clip, portrait
from recognition import models
from recognition.engines import Engine, EngineFailed, Pixels, Vector, score
from recognition.gates import examine, vector_of
from recognition.pictures import pixels_of
from recognition.sface import SFace
from recognition.verdict import WINDOW, Reason, Thresholds, Verdict, judge

pytestmark = pytest.mark.rim

Load = Callable[[str], tuple[Engine, Thresholds]]
ENGINES = pytest.mark.parametrize("name", ["sface", "dlib"])
WALL = np.full((480, 640, 3), 200, np.uint8)


def keyframes(path: Path, step: int = 4) -> list[Pixels]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(stream)][::step]


def vectors(engine: Engine, pictures: Sequence[Pixels]) -> list[Vector]:
    """Of those that pass; in these clips that is all of them."""
    found = [vector_of(engine, pixels, examine(engine, pixels)) for pixels in pictures]
    return [vector for vector in found if vector is not None]


@ENGINES
@pytest.mark.parametrize(
    ("enrolled", "on_camera", "verdict"),
    [
        ("subject", "subject", Verdict.MATCH),
        ("stranger", "stranger", Verdict.MATCH),
        ("subject", "stranger", Verdict.NO_MATCH),
        ("stranger", "subject", Verdict.NO_MATCH),
    ],
)
def test_the_demo_clips_are_told_apart(
    load_engine: Load, name: str, enrolled: Person, on_camera: Person, verdict: Verdict
) -> None:
    engine, thresholds = load_engine(name)
    (reference,) = vectors(engine, [pixels_of(portrait(enrolled))])
    stills = vectors(engine, keyframes(clip(on_camera)))
    scores = [score(reference, still, thresholds) for still in stills]
    print(f"{name}: {enrolled} enrolled, {on_camera} on camera: {min(scores):.3f} to {max(scores):.3f}")  # noqa: T201
    assert len(scores) >= WINDOW
    assert judge(scores, thresholds) is verdict
    assert all(thresholds.verdict(one) is verdict for one in scores)


@ENGINES
@pytest.mark.parametrize("who", ["nobody", "officer"])
def test_where_nobody_shows_a_face_none_is_found(load_engine: Load, name: str, who: Clip) -> None:
    engine, _ = load_engine(name)
    seen = [examine(engine, pixels) for pixels in keyframes(clip(who))]
    assert [(one.faces, one.reasons) for one in seen] == [(0, ())] * len(seen)


def before_the_wall(zoom: float) -> Pixels:
    """The subject's portrait at another size before a plain wall."""
    small = np.asarray(cv2.resize(pixels_of(portrait("subject")), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA))
    pixels = WALL.copy()
    pixels[-small.shape[0] :, 100 : 100 + small.shape[1]] = small
    return pixels


def tilted(pixels: Pixels) -> Pixels:
    turn = cv2.getRotationMatrix2D((320, 240), 25, 1)
    return np.asarray(cv2.warpAffine(pixels, turn, (640, 480), borderValue=(200, 200, 200)), np.uint8)


SPOILT: dict[str, tuple[Callable[[Pixels], Pixels], set[Reason]]] = {
    "as it is": (lambda p: p, set()),
    "at a quarter of the light": (lambda p: p // 4, set()),
    "at a twelfth of the light": (lambda p: p // 12, {Reason.TOO_DARK}),
    "against a lamp": (lambda p: 255 - (255 - p) // 12, {Reason.TOO_BRIGHT}),
    "far away": (lambda p: before_the_wall(0.5), {Reason.TOO_SMALL}),
    "near enough": (lambda p: before_the_wall(1.0), set()),
    "with breath on the lens": (lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 6), np.uint8), {Reason.BLURRED}),
    "with the head tilted": (tilted, set()),
}


@ENGINES
@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_picture_says_what_to_do_about_it(load_engine: Load, name: str, how: str) -> None:
    engine, _ = load_engine(name)
    spoil, expected = SPOILT[how]
    seen = examine(engine, spoil(keyframes(clip("subject"))[0]))
    print(name, how, seen.faces, [reason.value for reason in seen.reasons])  # noqa: T201
    assert expected <= set(seen.reasons)
    assert seen.ok is not bool(expected)


@ENGINES
def test_a_second_face_stops_the_comparison(load_engine: Load, name: str) -> None:
    engine, _ = load_engine(name)
    one = keyframes(clip("subject"))[0]
    both = examine(engine, np.hstack([one, keyframes(clip("stranger"))[0]]))
    assert (both.faces, both.ok) == (2, False)
    assert vector_of(engine, one, both) is None


@ENGINES
def test_a_face_turned_left_and_right_is_turned_by_the_same_amount(load_engine: Load, name: str) -> None:
    engine, _ = load_engine(name)
    one = keyframes(clip("subject"))[0]
    (face,) = engine.faces(one)
    (mirrored,) = engine.faces(np.ascontiguousarray(one[:, ::-1]))
    assert face.eyes[0][0] < face.eyes[1][0]
    assert face.yaw_deg == pytest.approx(-mirrored.yaw_deg, abs=8)  # YuNet errs by 3° on either side


def test_files_that_are_no_models_are_said_to_fail() -> None:
    with pytest.raises(EngineFailed):
        SFace(b"not a model", b"nor this")


def test_dlib_does_not_leave_pillow_reading_truncated_pictures(load_engine: Load) -> None:
    load_engine("dlib")
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_full_disk_costs_the_engine_memory_and_no_faces(
    monkeypatch: pytest.MonkeyPatch, models_folder: Path, load_engine: Load
) -> None:
    def no_room(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recognition.sface.NamedTemporaryFile", no_room)
    without_disk = SFace(models.YUNET.read(models_folder), models.SFACE.read(models_folder))
    pixels = pixels_of(portrait("subject"))
    (with_it,) = vectors(load_engine("sface")[0], [pixels])
    (without,) = vectors(without_disk, [pixels])
    assert np.array_equal(with_it, without)
