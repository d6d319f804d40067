"""Pictures that are none of a living room: black, nothing to be seen, frozen, or the same again and again.

They are cues for a person to look, and each has innocent causes: a network that stalls freezes a picture too.
"""

from collections.abc import Sequence
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.moments import Thumb

GRID_WIDTH, GRID_HEIGHT = 32, 24  # cells of 20 × 20 px: a camera's grain is averaged away
DARK, EVEN = 14, 6  # mean grey value, and its standard deviation over the cells
NOTHING, NOTHING_SHARE = 9, 0.2  # standard deviation, and over the mean: a finger, a cloth, a bare wall
LASTS_S = 2.0  # before black or nothing is more than a camera that is being moved
FROZEN_S = 3.0
# Grey values of the cell that changed most. Real people at rest reach 10 and more in three seconds; see the test.
UNCHANGED = 5.0
CHANGED = 10.0
SHORTEST_LOOP_S = 1.0
REPEATED_S = 2.0
FEWEST_REPEATED = 4  # pictures, however rarely they are taken

Seen = Sequence[tuple[float, Thumb]]  # (at_s, picture) in order of time, a quarter of a minute of them


class Oddity(StrEnum):
    """What is odd about the last pictures."""

    BLACK = "black"
    NOTHING_TO_SEE = "nothing_to_see"  # a covered lens
    FROZEN = "frozen"
    LOOPED = "looped"


def oddities(seen: Seen) -> frozenset[Oddity]:
    """What is odd about these pictures; a black one is not called frozen as well."""
    if not seen:
        return frozenset()
    at_s = np.array([one for one, _ in seen])
    cells = np.array([_cells(thumb) for _, thumb in seen])
    mean, spread = cells.mean(axis=1), cells.std(axis=1)
    if _lately(at_s, (mean < DARK) & (spread < EVEN)) >= LASTS_S:
        return frozenset({Oddity.BLACK})
    if _lately(at_s, (spread < NOTHING) & (spread < NOTHING_SHARE * mean)) >= LASTS_S:
        return frozenset({Oddity.NOTHING_TO_SEE})
    if _lately(at_s, _apart(cells, cells[-1]) < UNCHANGED) >= FROZEN_S:
        return frozenset({Oddity.FROZEN})
    return frozenset({Oddity.LOOPED}) if _looped(at_s, cells) else frozenset()


def _cells(thumb: Thumb) -> NDArray[np.float64]:
    grey = cv2.cvtColor(thumb, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey.astype(np.float32), (GRID_WIDTH, GRID_HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64).reshape(-1)


def _apart(some: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the cell changed that changed most."""
    return np.asarray(np.abs(some - other).max(axis=-1), np.float64)


def _lately(at_s: NDArray[np.float64], so: NDArray[np.bool_]) -> float:
    """How long it has been so without a break, until the last picture."""
    since = len(so) - int(np.argmin(so[::-1])) if not so.all() else 0
    return float(at_s[-1] - at_s[since]) if since < len(so) else 0.0


def _looped(at_s: NDArray[np.float64], cells: NDArray[np.float64]) -> bool:
    """Whether a stretch in which something moved came before, picture for picture."""
    if len(at_s) <= FEWEST_REPEATED:
        return False
    interval = float(np.median(np.diff(at_s)))
    # On an even grid, so that a lag is a number of places.
    even = np.arange(at_s[0], at_s[-1] + interval / 2, interval)
    cells = cells[np.abs(even[:, None] - at_s).argmin(axis=1)]
    stretch = max(FEWEST_REPEATED, round(REPEATED_S / interval))
    for lag in range(max(1, round(SHORTEST_LOOP_S / interval)), len(even) - stretch + 1):
        same = _apart(cells[lag:], cells[:-lag]) < UNCHANGED
        for start in _runs(same, stretch):
            part = cells[lag + start : lag + start + stretch]
            if _apart(part, part[0]).max() >= CHANGED:
                return True
    return False


def _runs(same: NDArray[np.bool_], length: int) -> list[int]:
    """Where stretches of that length begin in which all is the same."""
    if len(same) < length:
        return []
    counts = np.convolve(same, np.ones(length, int), mode="valid")
    return [int(one) for one in np.flatnonzero(counts == length)]
