"""Faces made of points, and moments of them: what a mesh would say of a person who does as a test tells."""

from collections.abc import Callable, Iterator

import numpy as np

from recognition.engines import Points
from recognition.mesh import (
    CHIN,
    EYES,
    FOREHEAD,
    LIPS_ABOVE,
    LIPS_BELOW,
    LIPS_LEFT,
    LIPS_RIGHT,
    Mesh,
    mesh_of,
)
from recognition.moments import THUMB_HEIGHT, THUMB_WIDTH, Moment, Thumb

GREY: Thumb = np.full((THUMB_HEIGHT, THUMB_WIDTH, 3), 120, np.uint8)
BOX = (0.3, 0.25, 0.7, 0.85)
FPS = 12.5


def drawn(eyes_open: float = 12.0, mouth_open: float = 0.0) -> Points:
    """A face straight ahead of 200 px, its middle at (320, 240); eyes are 40 px wide, the mouth is 60."""
    points = np.zeros((468, 3))
    for (outer, up1, up2, inner, low1, low2), left in zip(EYES, (250.0, 350.0), strict=True):
        points[[outer, inner]] = [left, 220, 0], [left + 40, 220, 0]
        for place, above, below in ((12, up1, low2), (28, up2, low1)):
            points[above] = left + place, 220 - eyes_open / 2, 0
            points[below] = left + place, 220 + eyes_open / 2, 0
    points[FOREHEAD], points[CHIN] = (320, 140, 0), (320, 340, 0)
    points[LIPS_LEFT], points[LIPS_RIGHT] = (290, 300, 0), (350, 300, 0)
    points[LIPS_ABOVE], points[LIPS_BELOW] = (320, 300 - mouth_open / 2, 0), (320, 300 + mouth_open / 2, 0)
    return points


def turned(points: Points, axis: str, degrees: float) -> Points:
    """About the face's middle, as a head is; the eyes are before it, the camera in -z."""
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    turn = {
        "yaw": [[c, 0, -s], [0, 1, 0], [s, 0, c]],
        "pitch": [[1, 0, 0], [0, c, s], [0, -s, c]],
        "roll": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }[axis]
    middle = np.array([320, 240, 0])
    return np.asarray((points - middle) @ np.array(turn).T + middle, np.float64)


def a_mesh(turn: tuple[str, float] = ("yaw", 0), eyes: float = 12, mouth: float = 0, flag: float = 30) -> Mesh:
    """A face turned about one axis, its eyes and mouth so far open."""
    return mesh_of(turned(drawn(eyes, mouth), *turn), flag)


def stream(
    seconds: float, at: Callable[[float], Mesh | None], thumb: Callable[[float], Thumb] = lambda _: GREY
) -> list[Moment]:
    """What `at` and `thumb` say at each moment, as often as challenges are looked at."""
    return list(_moments(seconds, at, thumb))


def _moments(seconds: float, at: Callable[[float], Mesh | None], thumb: Callable[[float], Thumb]) -> Iterator[Moment]:
    for number in range(round(seconds * FPS)):
        at_s = number / FPS
        mesh = at(at_s)
        yield Moment(at_s, int(mesh is not None), thumb(at_s), mesh, BOX if mesh is not None else (0, 0, 0, 0))
