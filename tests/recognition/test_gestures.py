"""Which gestures are seen: on faces made of points, and on clips of people who were asked for none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from demo.clips import clip
from recognition import models
from recognition.engines import Engine
from recognition.gestures import Gesture, began_at, blinks
from recognition.mesh import FaceMesh, Mesh
from recognition.moments import Moment, moment_of
from recognition.verdict import Thresholds
from tests.support.faces_of_points import GREY, a_mesh, stream

pytestmark = pytest.mark.rim

ASKED_AT_S = 1.0


def between(since: float, until: float, then: Mesh | None, else_: Mesh | None = None) -> Callable[[float], Mesh | None]:
    """A person at rest but for that while."""
    rest = else_ or a_mesh()
    return lambda at_s: then if since <= at_s < until else rest


def seen(gesture: Gesture, moments: list[Moment]) -> float | None:
    before = [one for one in moments if one.at_s < ASKED_AT_S]
    return began_at(gesture, before, [one for one in moments if one.at_s >= ASKED_AT_S])


def check(gesture: Gesture, at: Callable[[float], Mesh | None], began: float | None) -> None:
    found = seen(gesture, stream(6, at))
    assert found == (None if began is None else pytest.approx(began, abs=0.081))


def nearer(times: float) -> Mesh:
    return replace(a_mesh(), eyes_apart_px=100 * times)


def tilted(degrees: float) -> Mesh:
    return a_mesh(("pitch", degrees))


@pytest.mark.parametrize(
    ("gesture", "at", "began"),
    [
        (Gesture.TURN_LEFT, between(2, 3, a_mesh(("yaw", 25))), 2),
        (Gesture.TURN_LEFT, between(2, 3, a_mesh(("yaw", -25))), None),  # to the other side
        (Gesture.TURN_RIGHT, between(2, 3, a_mesh(("yaw", -25))), 2),
        (Gesture.TURN_LEFT, between(2, 3, a_mesh(("yaw", 16))), None),
        (Gesture.TURN_LEFT, between(2, 2.1, a_mesh(("yaw", 40))), None),  # one picture alone
        (Gesture.TURN_LEFT, lambda _: a_mesh(("yaw", 25)), None),  # turned all the time
        (Gesture.TURN_LEFT, between(2, 3, a_mesh(("yaw", 25)), a_mesh(("yaw", 10))), None),  # 15° of a way
        (Gesture.TURN_LEFT, between(0, 9, None), None),
        (Gesture.BLINK, between(2, 2.2, a_mesh(eyes=5)), 2),
        (Gesture.BLINK, between(2, 2.2, a_mesh(eyes=11)), None),
        (Gesture.BLINK, between(2, 4, a_mesh(eyes=5)), None),  # asleep
        (Gesture.BLINK, between(0.5, 0.7, a_mesh(eyes=5)), None),  # before it was asked for
        (Gesture.OPEN_MOUTH, between(2, 3, a_mesh(mouth=36)), 2),
        (Gesture.OPEN_MOUTH, between(2, 3, a_mesh(mouth=20)), None),
        (Gesture.OPEN_MOUTH, between(2, 3, a_mesh(mouth=30), a_mesh(mouth=20)), None),  # talking all the time
        (Gesture.NOD, between(2, 2.5, tilted(-15)), 2),
        (Gesture.NOD, between(2, 2.5, tilted(15)), 2),
        (Gesture.NOD, between(2, 9, tilted(-15)), None),  # and never back
        (Gesture.NOD, between(2, 2.5, tilted(-8)), None),
        (Gesture.COME_CLOSER, between(2, 4, nearer(1.4)), 2),
        (Gesture.COME_CLOSER, between(2, 4, nearer(1.2)), None),
    ],
)
def test_a_gesture_is_seen_when_it_is_made_as_it_is_asked(
    gesture: Gesture, at: Callable[[float], Mesh | None], began: float | None
) -> None:
    check(gesture, at, began)


def test_a_head_that_leaves_the_picture_has_not_turned() -> None:
    moments = [replace(one, box=(-0.1, 0.2, 0.3, 0.8)) for one in stream(6, between(2, 3, a_mesh(("yaw", 25))))]
    assert seen(Gesture.TURN_LEFT, moments) is None


@pytest.mark.parametrize(
    ("covers", "flag", "back", "expected"),
    [
        (True, 5.0, True, 2),
        (True, 30.0, True, None),  # the mesh sees a whole face: the light changed
        (False, 5.0, True, None),
        (True, 5.0, False, None),  # it stays: the lens is covered
    ],
)
def test_a_hand_passes_when_pixels_and_mesh_say_so_and_both_come_back(
    *,
    covers: bool,
    flag: float,
    back: bool,
    expected: float | None,
) -> None:
    hand = GREY.copy()
    hand[20:40, 20:40] = 220
    until = 2.6 if back else 9
    found = stream(
        6,
        between(2, until, a_mesh(flag=flag)),
        lambda at_s: hand if covers and 2 <= at_s < until else GREY,
    )
    assert seen(Gesture.HAND, found) == (None if expected is None else pytest.approx(expected, abs=0.081))


def test_a_lamp_that_is_switched_on_is_no_hand() -> None:
    bright = np.full_like(GREY, 200)
    found = stream(6, between(2, 3, a_mesh(flag=5)), lambda at_s: bright if 2 <= at_s < 3 else GREY)
    assert seen(Gesture.HAND, found) is None


def moments_of(
    load_engine: Callable[[str], tuple[Engine, Thresholds]], folder: Path, path: Path, every: int
) -> list[Moment]:
    engine, _ = load_engine("sface")
    mesh = FaceMesh(models.MESH.read(folder))
    with av.open(str(path)) as container:
        rate = float(container.streams.video[0].average_rate or 25)
        return [
            moment_of(engine, mesh, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), number / rate)
            for number, frame in enumerate(container.decode(video=0))
            if number % every == 0
        ]


def test_a_moved_portrait_makes_no_gesture(
    load_engine: Callable[[str], tuple[Engine, Thresholds]], models_folder: Path
) -> None:
    """The demo's clip is a photograph that is shifted, turned and zoomed a little."""
    moments = moments_of(load_engine, models_folder, clip("subject"), every=4)
    assert all(one.whole and one.faces == 1 for one in moments)
    assert [gesture for gesture in Gesture if seen(gesture, moments) is not None] == []


# When eyes are closed, by frame; SOURCES of the folder counted them.
BLINKS = {"grid_bbaf2n": (43, 51), "grid_brbk7n": (21,), "grid_pwij3p": (36, 49)}


def test_real_people_blink_when_they_do_and_print_no_turn(
    load_engine: Callable[[str], tuple[Engine, Thresholds]], models_folder: Path, test_faces: Path
) -> None:
    false = 0
    for name in (*BLINKS, "grid_lbbc2a", "grid_sbia1a", "grid_swiz3n", "synth_print_brbk7n"):
        path = next((test_faces / "video").glob(f"{name}.*"))
        moments = moments_of(load_engine, models_folder, path, every=1)
        found = [(round(since * 25), round(until * 25)) for since, until in blinks(moments)]
        true = [at for at in BLINKS.get(name, ()) if any(since - 2 <= at <= until + 2 for since, until in found)]
        false += len(found) - len(true)
        print(name, "blinks at", found, "of", BLINKS.get(name, ()))  # noqa: T201
        assert true == list(BLINKS.get(name, ()))
        for turn in (Gesture.TURN_LEFT, Gesture.TURN_RIGHT, Gesture.COME_CLOSER, Gesture.HAND):
            assert seen(turn, moments) is None, (name, turn)
    assert false <= 1
