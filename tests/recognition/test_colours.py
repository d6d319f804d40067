"""Whether a face is lit as its screen shines: on drawn lights, with a camera that balances them and is noisy.

No real phone has been measured.
"""

from random import Random

import numpy as np
import pytest

from recognition.challenges import Asked, Challenge, Kind, Trial, draw
from recognition.colours import Flash, Reflection, reflection
from recognition.moments import Moment
from tests.support.faces_of_points import FPS, GREY, a_mesh

pytestmark = pytest.mark.unit

SCREEN = {"red": (0, 0, 1), "green": (0, 1, 0), "blue": (1, 0, 0), "white": (1, 1, 1)}  # blue, green, red
SHOWN_AT_S = 1.0


def flashes(seed: int) -> tuple[Flash, ...]:
    (shown,) = (one.flashes for one in draw([Kind.COLOURS, Kind.NOD], 2, 5.0, Random(seed)) if one.flashes)
    return shown


def film(shown: tuple[Flash, ...], strength: float, lag_s: float, seed: int, seconds: float = 6.0) -> list[Moment]:
    """A lit face before a wall that gets a tenth of it; the camera's white balance follows within a second."""
    noise = np.random.default_rng(seed)
    gain = np.ones(3)
    moments = []
    for number in range(round(seconds * FPS)):
        at_s = number / FPS
        light = np.array(screen(shown, at_s - SHOWN_AT_S - lag_s))
        face = np.array([90.0, 110, 150]) * (1 + strength * light)
        wall = np.array([140.0, 145, 150]) * (1 + 0.1 * strength * light)
        mean = face / 3 + wall * 2 / 3
        gain += (mean.mean() / mean - gain) * 0.1
        face, wall = (one * gain + noise.normal(0, 0.6, 3) for one in (face, wall))
        moments.append(
            Moment(
                at_s, 1, GREY, a_mesh(), (0.3, 0.2, 0.7, 0.8), (face[0], face[1], face[2]), (wall[0], wall[1], wall[2])
            )
        )
    return moments


def screen(shown: tuple[Flash, ...], since_s: float) -> tuple[int, int, int]:
    for flash in shown:
        if 0 <= since_s < flash.lasts_s:
            return SCREEN[flash.colour]
        since_s -= flash.lasts_s
    return (0, 0, 0)


def found(strength: float, lag_s: float = 0.2, seed: int = 1, asked: int | None = None) -> Reflection:
    seen = reflection(film(flashes(seed), strength, lag_s, seed), flashes(seed if asked is None else asked), SHOWN_AT_S)
    assert seen is not None
    return seen


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("strength", [0.07, 0.2])
def test_a_face_before_its_screen_is_seen_to_follow_it_and_when(strength: float, seed: int) -> None:
    seen = found(strength, 0.28, seed)
    assert seen.seen
    assert seen.lag_s == pytest.approx(0.28, abs=0.1)


@pytest.mark.parametrize("seed", range(20))
def test_a_face_that_no_screen_shines_on_is_not(seed: int) -> None:
    assert not found(0.0, seed=seed).seen


def test_other_colours_than_were_asked_for_hardly_ever_pass() -> None:
    wrong = [found(0.2, seed=seed, asked=other).seen for seed in range(15) for other in range(100, 115)]
    assert sum(wrong) <= len(wrong) // 50


@pytest.mark.parametrize("lag_s", [1.2, 2.0])
def test_the_right_colours_too_late_are_not_the_right_ones(lag_s: float) -> None:
    assert sum(found(0.2, lag_s, seed).seen for seed in range(20)) <= 1


def test_too_few_moments_with_a_face_say_nothing() -> None:
    shown = flashes(1)
    assert reflection(film(shown, 0.2, 0.2, 1)[:19], shown, SHOWN_AT_S) is None
    dark = [Moment(one.at_s, 1, GREY, a_mesh(), one.box, (3, 3, 3), one.around) for one in film(shown, 0.2, 0.2, 1)]
    assert reflection(dark, shown, SHOWN_AT_S) is None


def test_a_colour_challenge_is_met_when_all_of_it_came_back_and_its_reaction_is_the_lag() -> None:
    shown = flashes(3)
    trial = Trial(Challenge("02", Kind.COLOURS, 0.0, 5.0, shown)).shown(SHOWN_AT_S)
    moments = film(shown, 0.2, 0.2, 3)
    assert trial.looked_at(moments[:30], 30 / FPS).state is Asked.SHOWN
    met = trial.looked_at(moments, 6.0)
    assert met.state is Asked.MET
    assert met.reaction_s == pytest.approx(0.2, abs=0.1)
    assert trial.looked_at(film(shown, 0.0, 0.2, 3, seconds=7), 7.0).state is Asked.NOT_IN_TIME
