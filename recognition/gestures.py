"""Gestures seen in a stream of moments: each has what it must reach, and for how long.

Thresholds are those of real clips (`tests/recognition/test_gestures.py` prints what they reach); a nod, coming closer
and a hand were never seen on a real clip of ours, only on drawn ones. A gesture alone proves no life: a hand-held
photograph blinked three times in 317 frames, and every recorded clip contains some of them.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recognition.mesh import Mesh
from recognition.moments import THUMB_HEIGHT, THUMB_WIDTH, Moment

HELD_S = 0.16  # from the first to the last of five pictures at 25 a second
FEWEST_HELD = 3  # pictures, of however slow a stream
TURN_DEG = 18  # people reach 25–60; a waved print stays within 6
BLINK = 0.83  # of the open eye, which is the OPEN-th percentile of the last OPEN_S
OPEN, OPEN_S = 80, 3.0
FEWEST_OPEN = 5  # pictures before an eye is known
LONGEST_BLINK_S = 0.6
MOUTH, MOUTH_MORE = 0.40, 0.20  # and so much more than before: one of our six talkers has .35 all the time
NOD_DEG, NOD_BACK_DEG = 10, 5
CLOSER = 1.25  # times the distance between the eyes
CELL_CHANGED = 30  # grey values, the change of the whole picture's light taken off
HAND_COVERS, HAND_GONE = 0.3, 0.12  # of the face's cells
FLAG_DROPS = 8


class Gesture(StrEnum):
    """What can be seen."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"
    NOD = "nod"
    COME_CLOSER = "come_closer"
    HAND = "hand"


def began_at(gesture: Gesture, before: Sequence[Moment], during: Sequence[Moment]) -> float | None:
    """When the gesture began, if it was made `during`; `before` says how the person looked until then."""
    if gesture is Gesture.HAND:
        return _hand(before, during)
    if gesture is Gesture.BLINK:
        return _blink(before, during)
    if gesture is Gesture.NOD:
        return _nod(before, during)
    # Without a look at the person beforehand the first pictures have to do.
    rest = _meshes(before) or _meshes(during[:FEWEST_HELD])
    if not rest:
        return None
    return _held(during, _REACHED[gesture](rest))


def _turned(rest: Sequence[Mesh], side: int) -> Callable[[Moment], bool]:
    start = float(np.median([one.yaw_deg for one in rest]))
    return lambda one: one.mesh is not None and one.whole and side * (one.mesh.yaw_deg - start) >= TURN_DEG


def _opened(rest: Sequence[Mesh]) -> Callable[[Moment], bool]:
    least = max(MOUTH, float(np.percentile([one.mouth_aspect for one in rest], 25)) + MOUTH_MORE)
    return lambda one: one.mesh is not None and one.mesh.mouth_aspect >= least


def _closer(rest: Sequence[Mesh]) -> Callable[[Moment], bool]:
    start = float(np.median([one.eyes_apart_px for one in rest]))
    return lambda one: one.mesh is not None and one.mesh.eyes_apart_px >= CLOSER * start


_REACHED: dict[Gesture, Callable[[Sequence[Mesh]], Callable[[Moment], bool]]] = {
    Gesture.TURN_LEFT: lambda rest: _turned(rest, 1),
    Gesture.TURN_RIGHT: lambda rest: _turned(rest, -1),
    Gesture.OPEN_MOUTH: _opened,
    Gesture.COME_CLOSER: _closer,
}


def _held(during: Sequence[Moment], reached: Callable[[Moment], bool]) -> float | None:
    """When a run of moments begins that all reach it, long enough."""
    run: list[Moment] = []
    for one in during:
        run = [*run, one] if reached(one) else []
        if len(run) >= FEWEST_HELD and run[-1].at_s - run[0].at_s >= HELD_S - 1e-6:
            return run[0].at_s
    return None


def blinks(moments: Sequence[Moment]) -> list[tuple[float, float]]:
    """From when to when eyes were closed and opened again, of any moments in their order."""
    found: list[tuple[float, float]] = []
    seen: list[tuple[float, float]] = []  # when, and how far the eyes were open
    since: float | None = None
    for one in moments:
        if one.mesh is None:
            since = None
            continue
        at_s, eyes = one.at_s, one.mesh.eye_aspect
        seen = [pair for pair in seen if at_s - pair[0] <= OPEN_S]
        if len(seen) >= FEWEST_OPEN and eyes < BLINK * float(np.percentile([aspect for _, aspect in seen], OPEN)):
            since = at_s if since is None else since
        elif since is not None:
            if at_s - since <= LONGEST_BLINK_S:
                found.append((since, at_s))
            since = None
        seen.append((at_s, eyes))
    return found


def _blink(before: Sequence[Moment], during: Sequence[Moment]) -> float | None:
    first = during[0].at_s if during else 0
    return next((since for since, _ in blinks([*before, *during]) if since >= first), None)


def _nod(before: Sequence[Moment], during: Sequence[Moment]) -> float | None:
    """Down, or up, and back."""
    rest = _meshes(before) or _meshes(during[:FEWEST_HELD])
    if not rest:
        return None
    start = float(np.median([one.pitch_deg for one in rest]))
    away: float | None = None
    for one in during:
        if one.mesh is None:
            continue
        tilt = abs(one.mesh.pitch_deg - start)
        if tilt >= NOD_DEG and away is None:
            away = one.at_s
        if away is not None and tilt <= NOD_BACK_DEG:
            return away
    return None


def _hand(before: Sequence[Moment], during: Sequence[Moment]) -> float | None:
    """Something comes between the camera and the face, as the pixels and the mesh both say, and goes again."""
    clear = [one for one in before if one.mesh is not None]
    if not clear:
        return None
    there = _cells(clear[-1])
    usual = np.median([one.thumb for one in clear[-FEWEST_OPEN:]], axis=0)
    flag = float(np.median([one.flag for one in _meshes(clear)]))
    since: float | None = None
    for one in during:
        share = _changed(one.thumb.astype(np.float64), usual, there)
        dropped = one.mesh is None or one.mesh.flag <= flag - FLAG_DROPS
        if since is None and share >= HAND_COVERS and dropped:
            since = one.at_s
        if since is not None and share <= HAND_GONE and not dropped:
            return since
    return None


def _cells(moment: Moment) -> NDArray[np.bool_]:
    """The thumbnail's cells that the face fills."""
    left, top, right, bottom = moment.box
    x, y = (np.arange(THUMB_WIDTH) + 0.5) / THUMB_WIDTH, (np.arange(THUMB_HEIGHT) + 0.5) / THUMB_HEIGHT
    return np.logical_and.outer((y > top) & (y < bottom), (x > left) & (x < right))


def _changed(thumb: NDArray[np.float64], usual: NDArray[np.float64], there: NDArray[np.bool_]) -> float:
    """The share of the face's cells that look otherwise than usual."""
    difference = thumb - usual
    difference -= np.median(difference.reshape(-1, 3), axis=0)  # a cloud, or a camera that opens its eye
    return float((np.abs(difference).max(axis=2) > CELL_CHANGED)[there].mean()) if there.any() else 0.0


def _meshes(moments: Sequence[Moment]) -> list[Mesh]:
    return [one.mesh for one in moments if one.mesh is not None]
