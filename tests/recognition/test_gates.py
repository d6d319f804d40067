"""Which pictures are compared, and what a person is told about the others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.engines import Face, Limits, Pixels
from recognition.gates import aligned, counting, failed_gates, light, yaw_deg
from recognition.verdict import Reason

pytestmark = pytest.mark.unit

LIMITS = Limits(confidence=0.8, height_px=90)
NOISE = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)

SMOOTH = (np.add.outer(np.linspace(60, 120, 480), np.linspace(0, 100, 640))[:, :, None] * np.ones(3)).astype(np.uint8)


def face(height: float = 200, confidence: float = 0.95, yaw: float = 0) -> Face:
    """In the middle of a 640×480 picture."""
    eyes = np.array([[320 - height / 5, 220], [320 + height / 5, 220]])
    return Face(320 - height / 2, 240 - height / 2, height, height, confidence, eyes, yaw, eyes)


def check(one: Face, pixels: Pixels, *reasons: Reason) -> None:
    assert failed_gates(one, pixels, LIMITS, None) == reasons


@pytest.mark.parametrize(
    ("one", "reasons"),
    [
        (face(), ()),
        (face(height=90), ()),
        (face(height=89), (Reason.TOO_SMALL,)),
        (face(yaw=30), ()),
        (face(yaw=31), (Reason.TURNED_AWAY,)),
        (face(yaw=-31), (Reason.TURNED_AWAY,)),
        (face(confidence=0.8), ()),
        (face(confidence=0.79), (Reason.LOW_CONFIDENCE,)),
        (face(height=50, yaw=45, confidence=0.6), (Reason.TOO_SMALL, Reason.TURNED_AWAY, Reason.LOW_CONFIDENCE)),
    ],
)
def test_a_face_must_be_large_sure_and_towards_the_camera(one: Face, reasons: tuple[Reason, ...]) -> None:
    check(one, NOISE, *reasons)


@pytest.mark.parametrize(("flag", "reasons"), [(None, ()), (10, ()), (9.9, (Reason.LOW_CONFIDENCE,))])
def test_a_mesh_that_sees_no_whole_face_has_the_last_word(flag: float | None, reasons: tuple[Reason, ...]) -> None:
    assert failed_gates(face(confidence=0.99), NOISE, LIMITS, flag) == reasons


@pytest.mark.parametrize(
    ("pixels", "reasons"),
    [
        (NOISE, ()),
        (NOISE // 12, (Reason.TOO_DARK, Reason.FLAT)),
        (255 - NOISE // 12, (Reason.TOO_BRIGHT, Reason.FLAT)),
        (np.full_like(NOISE, 128), (Reason.BLURRED, Reason.FLAT)),
        (SMOOTH, (Reason.BLURRED,)),  # its only edges are those between whole grey values
        (np.zeros_like(NOISE), (Reason.TOO_DARK, Reason.BLURRED, Reason.FLAT)),  # the first is the one to act on
    ],
)
def test_light_comes_before_everything_it_spoils(pixels: Pixels, reasons: tuple[Reason, ...]) -> None:
    check(face(), pixels, *reasons)


@pytest.mark.parametrize(("width", "height", "passes"), [(640, 480, True), (480, 640, True), (1280, 960, False)])
def test_a_face_is_measured_against_its_picture(width: int, height: int, *, passes: bool) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert (Reason.TOO_SMALL not in failed_gates(face(height=100), pixels, LIMITS, None)) is passes


@pytest.mark.parametrize(
    ("faces", "counted"),
    [
        ([], []),
        ([(200, 0.9)], [200]),
        ([(79, 0.9), (200, 0.9)], [200]),  # a picture on the wall
        ([(80, 0.9), (200, 0.9)], [200, 80]),  # somebody beside the person
        ([(150, 0.5), (200, 0.9)], [200]),  # a pattern that might be a face
        ([(250, 0.5), (200, 0.9)], [200]),
        ([(100, 0.5), (200, 0.6)], [200]),  # one doubtful face is called doubtful, not absent
    ],
)
def test_only_faces_that_are_sure_and_near_count(faces: list[tuple[int, float]], counted: list[int]) -> None:
    assert [one.height for one in counting([face(*one) for one in faces], LIMITS)] == counted


@pytest.mark.parametrize(
    ("grey", "reasons"), [(19, (Reason.TOO_DARK,)), (20, ()), (235, ()), (236, (Reason.TOO_BRIGHT,))]
)
def test_the_light_is_judged_leniently(grey: int, reasons: tuple[Reason, ...]) -> None:
    assert light(np.full((4, 4), grey, np.uint8)) == reasons


@pytest.mark.parametrize(("nose", "yaw"), [((320, 300), 0), ((345, 300), 26.6), ((295, 300), -26.6), ((370, 300), 45)])
def test_the_nose_tells_how_far_the_head_is_turned(nose: tuple[int, int], yaw: float) -> None:
    eyes, down = np.array([[270.0, 240], [370, 240]]), np.array([0.0, 100])
    assert yaw_deg(eyes, down, np.array(nose, np.float64), nose_depth=0.5) == pytest.approx(yaw, abs=0.1)


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-60, 60))
def test_tilting_the_head_or_coming_closer_is_not_turning_away(tilt: float, zoom: float, beside: float) -> None:
    def placed(x: float, y: float) -> tuple[float, float]:
        return zoom * (x * np.cos(tilt) - y * np.sin(tilt)), zoom * (x * np.sin(tilt) + y * np.cos(tilt))

    def yaw(points: list[tuple[float, float]]) -> float:
        left, right, chin, nose = np.array(points)
        return yaw_deg(np.array([left, right]), chin - (left + right) / 2, nose, nose_depth=0.5)

    upright = [(-50.0, 0.0), (50.0, 0.0), (0.0, 100.0), (beside, 60.0)]
    assert yaw([placed(*point) for point in upright]) == pytest.approx(yaw(upright), abs=0.01)


def test_the_crop_has_the_eyes_level_at_their_place() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    eyes = np.array([[300.0, 200], [340, 260]])
    for x, y in eyes.astype(int):
        pixels[y - 4 : y + 5, x - 4 : x + 5] = 255
    crop = aligned(pixels, eyes)
    assert crop.shape == (112, 112)
    assert crop[52, 38] > 200
    assert crop[52, 74] > 200
    assert crop[52, 56] == 0
