"""Pictures of no living room, as thumbnails made of numbers, and clips of real people that are none of them."""

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from recognition.moments import THUMB_HEIGHT, THUMB_WIDTH, Thumb
from recognition.stillness import Oddity, oddities

pytestmark = pytest.mark.unit

Film = Callable[[float], Thumb]
GRAIN = np.random.default_rng(5).integers(-2, 3, (40, THUMB_HEIGHT, THUMB_WIDTH, 3))
ROOM = np.asarray(
    cv2.resize(np.random.default_rng(6).integers(30, 220, (6, 8, 3), np.uint8), (THUMB_WIDTH, THUMB_HEIGHT)), np.uint8
)


def grainy(picture: Thumb, number: int) -> Thumb:
    """As a camera, or an encoder, gives one picture twice."""
    return np.asarray(np.clip(picture + GRAIN[number % len(GRAIN)], 0, 255), np.uint8)


def head_at(place: float) -> Thumb:
    """The room, and a head that is somewhere in it."""
    picture = ROOM.copy()
    cv2.circle(picture, (round(32 + 12 * place), 24), 11, (120, 150, 200), -1)
    return picture


def alive(at_s: float) -> Thumb:
    """Never the same for long: two sways whose periods have nothing in common."""
    return head_at(0.5 * np.sin(at_s * 1.7) + 0.5 * np.sin(at_s * 1.7 * 1.618 + 1))


def check(film: Film, *expected: Oddity, every_s: float = 0.08, lasts_s: float = 14) -> None:
    seen = [(number * every_s, grainy(film(number * every_s), number)) for number in range(round(lasts_s / every_s))]
    assert oddities(seen) == set(expected)


def dark(_: float) -> Thumb:
    return np.full_like(ROOM, 3)


def cloth(_: float) -> Thumb:
    return np.full_like(ROOM, 90)


def until(ends_s: float, film: Film, then: Film) -> Film:
    return lambda at_s: film(at_s) if at_s < ends_s else then(at_s)


@pytest.mark.parametrize(
    ("film", "expected"),
    [
        (alive, []),
        (dark, [Oddity.BLACK]),
        (cloth, [Oddity.NOTHING_TO_SEE]),
        (lambda _: alive(3), [Oddity.FROZEN]),
        (lambda at_s: alive(at_s % 4), [Oddity.LOOPED]),
        (until(9, alive, lambda _: alive(9)), [Oddity.FROZEN]),
        (until(12, alive, lambda _: alive(12)), []),  # two seconds: a network stalls as long
        (until(9, lambda _: alive(9), alive), []),  # it was frozen, and is no more
        (until(9, alive, dark), [Oddity.BLACK]),
        (until(13, alive, dark), []),
        (until(9, alive, cloth), [Oddity.NOTHING_TO_SEE]),
        (lambda at_s: (alive(at_s) // 4).astype(np.uint8), []),  # a dark room is not a black picture
        (lambda at_s: head_at(0.03 * np.sin(at_s)), [Oddity.FROZEN]),  # nobody is as still as that
        (lambda at_s: head_at((0.7 + 0.2 * np.sin(at_s)) * np.sin(at_s * 9)), []),  # shaking one's head on and on
    ],
)
def test_what_is_odd_about_the_last_pictures_is_named(film: Film, expected: list[Oddity]) -> None:
    check(film, *expected)


@pytest.mark.parametrize("every_s", [0.04, 0.1, 1.0])
def test_a_loop_is_found_however_rarely_one_looks(every_s: float) -> None:
    check(lambda at_s: alive(at_s % 8), Oddity.LOOPED, every_s=every_s, lasts_s=20)
    check(alive, every_s=every_s, lasts_s=20)


def test_no_picture_or_one_is_nothing_odd() -> None:
    assert oddities([]) == frozenset()
    assert oddities([(0, alive(0))]) == frozenset()


def test_real_people_are_neither_frozen_nor_looped(test_faces: Path) -> None:
    for path in sorted((test_faces / "video").iterdir()):
        with av.open(str(path)) as container:
            every = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)][::2]
        thumbs = [
            np.asarray(cv2.resize(one, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_AREA)) for one in every
        ]
        seen = [(number * 0.08, thumb.astype(np.uint8)) for number, thumb in enumerate(thumbs)][:180]
        assert oddities(seen) == frozenset(), path.stem
        again = [(number * 0.08, thumbs[number % 35].astype(np.uint8)) for number in range(120)]
        assert oddities(again) == {Oddity.LOOPED}, path.stem
