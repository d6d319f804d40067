"""The face mesh: what its numbers mean, on faces made of points, on the demo's clips and on real ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from demo.clips import clip
from recognition import models
from recognition.engines import Engine, EngineFailed, Face, Pixels
from recognition.gates import LEAST_FLAG, examine
from recognition.mesh import LEFT_CORNER, RIGHT_CORNER, SIDE_PX, FaceMesh, Mesh, in_picture, mesh_of, placed
from recognition.verdict import Reason, Thresholds
from tests.support.faces_of_points import drawn, turned

pytestmark = pytest.mark.rim

Load = Callable[[str], tuple[Engine, Thresholds]]


def pose(mesh: Mesh) -> tuple[float, float, float]:
    return mesh.yaw_deg, mesh.pitch_deg, mesh.roll_deg


@pytest.mark.parametrize("degrees", [-40, -18, 0, 5, 30])
@pytest.mark.parametrize(("axis", "place"), [("yaw", 0), ("pitch", 1), ("roll", 2)])
def test_a_turned_head_has_its_angle(axis: str, place: int, degrees: float) -> None:
    expected = [0.0, 0.0, 0.0]
    expected[place] = degrees
    assert pose(mesh_of(turned(drawn(), axis, degrees), 30)) == pytest.approx(expected, abs=0.01)


def test_above_zero_is_to_the_pictures_right_and_up() -> None:
    """The nose stands before the face: where it goes is where the face looks."""
    nose = np.array([[320.0, 240, -50]])
    assert turned(nose, "yaw", 20)[0, 0] > 320
    assert turned(nose, "pitch", 20)[0, 1] < 240


@pytest.mark.parametrize("axis", ["yaw", "pitch", "roll"])
def test_eyes_and_mouth_are_measured_whichever_way_the_head_looks(axis: str) -> None:
    mesh = mesh_of(turned(drawn(eyes_open=12, mouth_open=30), axis, 25), 30)
    assert (mesh.eye_aspect, mesh.mouth_aspect, mesh.eyes_apart_px) == pytest.approx((0.3, 0.5, 100))


def test_points_that_all_lie_in_one_place_are_no_error() -> None:
    mesh = mesh_of(np.zeros((468, 3)), -20)
    assert np.isfinite([*pose(mesh), mesh.eye_aspect, mesh.mouth_aspect, mesh.eyes_apart_px]).all()


def test_the_networks_square_lies_around_the_face_with_its_eyes_level() -> None:
    eyes = np.array([[300.0, 200], [340, 240]])
    to_picture = placed(Face(270, 170, 100, 140, 0.9, eyes, 0, eyes))
    middle = np.full((1, 3), SIDE_PX / 2)
    assert in_picture(middle, to_picture)[0, :2] == pytest.approx([320, 240])
    across = in_picture(np.array([[10.0, 50, 0], [110, 50, 100]]), to_picture)
    step = across[1] - across[0]
    assert step[0] == pytest.approx(step[1])  # as the eyes: 45° down
    assert step[2] == pytest.approx(100 * 1.4 * 140 / SIDE_PX)  # depth is in the picture's pixels too


def test_a_file_that_is_no_mesh_is_said_to_fail() -> None:
    with pytest.raises(EngineFailed):
        FaceMesh(b"not a model")


@pytest.fixture
def mesh(models_folder: Path) -> FaceMesh:
    return FaceMesh(models.MESH.read(models_folder))


def pictures(path: Path, every: int) -> Iterator[Pixels]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def meshes(engine: Engine, mesh: FaceMesh, path: Path, every: int = 1) -> list[Mesh]:
    """Of the largest face of each picture."""
    return [
        mesh.of(pixels, max(faces, key=lambda face: face.height))
        for pixels in pictures(path, every)
        if (faces := engine.faces(pixels))
    ]


@pytest.mark.parametrize("person", ["subject", "stranger"])
def test_the_demos_people_look_into_the_camera_with_open_eyes(mesh: FaceMesh, load_engine: Load, person: str) -> None:
    engine, _ = load_engine("sface")
    seen = meshes(engine, mesh, clip("subject" if person == "subject" else "stranger"), every=10)
    assert len(seen) == 20
    for one in seen:
        assert one.flag > LEAST_FLAG
        assert abs(one.yaw_deg) < 10
        assert 0.2 < one.eye_aspect < 0.4
        assert 80 < one.eyes_apart_px < 120
        assert one.points.shape == (468, 3)


def test_the_points_lie_on_the_face(mesh: FaceMesh, load_engine: Load) -> None:
    engine, _ = load_engine("sface")
    pixels = next(pictures(clip("subject"), 1))
    (face,) = engine.faces(pixels)
    points = mesh.of(pixels, face).points
    corners = (points[[LEFT_CORNER, 133]].mean(axis=0), points[[362, RIGHT_CORNER]].mean(axis=0))
    for eye, corner in zip(face.eyes, corners, strict=True):
        assert np.hypot(*(eye - corner[:2])) < 0.15 * np.hypot(*(face.eyes[1] - face.eyes[0]))


def test_a_face_behind_a_hand_passes_the_detector_and_not_the_mesh(load_engine: Load) -> None:
    engine, _ = load_engine("sface")
    pixels = next(pictures(clip("stranger"), 1))
    (face,) = engine.faces(pixels)
    assert examine(engine, pixels).ok
    below = pixels.copy()
    below[int(face.top + face.height * 0.45) :, int(face.left) - 20 : int(face.left + face.width) + 20] = 120, 150, 200
    (still,) = engine.faces(below)
    assert still.confidence > engine.limits.confidence
    assert examine(engine, below).reasons == (Reason.LOW_CONFIDENCE,)


def test_a_wall_in_a_faces_place_is_no_face(mesh: FaceMesh) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (480, 640, 3), np.uint8)
    wall = np.asarray(cv2.GaussianBlur(noise, (0, 0), 9), np.uint8)
    eyes = np.array([[280.0, 200], [360, 200]])
    assert mesh.of(wall, Face(220, 120, 200, 240, 0.9, eyes, 0, eyes)).flag < 0


# Frames with closed eyes, as SOURCES of the folder say; nobody else of the six closes theirs.
BLINKS = {"grid_bbaf2n": (43, 51), "grid_brbk7n": (21,), "grid_pwij3p": (36, 49)}


def test_real_faces_have_flags_far_above_the_gate_and_eyes_that_close_when_they_blink(
    mesh: FaceMesh, load_engine: Load, test_faces: Path
) -> None:
    engine, _ = load_engine("sface")
    for path in sorted((test_faces / "video").glob("grid_*.mpg")):
        seen = meshes(engine, mesh, path)
        eyes = np.array([one.eye_aspect for one in seen])
        print(path.stem, min(one.flag for one in seen), eyes.min(), np.median(eyes))  # noqa: T201
        assert min(one.flag for one in seen) > 2 * LEAST_FLAG
        assert max(abs(one.yaw_deg) for one in seen) < 10
        for frame in BLINKS.get(path.stem, ()):
            assert eyes[frame - 3 : frame + 4].min() < 0.83 * np.percentile(eyes, 80)


def test_a_head_turned_by_twenty_degrees_each_way_is_measured_so(
    mesh: FaceMesh, load_engine: Load, test_faces: Path
) -> None:
    """A warped still: left and right by 22° each, so some degrees less is expected of a mesh that knows only faces."""
    engine, _ = load_engine("sface")
    yaw = np.array([one.yaw_deg for one in meshes(engine, mesh, test_faces / "video" / "synth_turn_lbbc2a.mp4")])
    assert np.ptp(yaw) > 30
    assert abs(yaw[40] - yaw[0]) > 14
    assert (yaw[40] - yaw[0]) * (yaw[95] - yaw[0]) < 0
