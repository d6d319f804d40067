"""Screen colours: whether a face is lit by the colours that its screen shows, when it shows them.

Only synthetic clips have been measured; no real phone. See `tests/recognition/test_colours.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from recognition.moments import Moment

# What each screen colour does to log(red/green) and log(blue/green) of the light that falls on a face.
COLOURS = {"red": (1.0, 0.0), "green": (-1.0, -1.0), "blue": (0.0, 1.0), "white": (0.0, 0.0)}
LONGEST_LAG_S = 0.6  # from our asking to the picture that shows it: two networks, a screen and a camera
LAG_STEP_S = 0.04
FEWEST = 20  # moments with a face
LEAST_MATCH = 0.75
LEAST_STRENGTH = 0.002  # of the light; less is the camera's noise
DARKEST = 8.0  # mean value of a channel below which its logarithm is all noise


@dataclass(frozen=True, slots=True)
class Flash:
    """One colour all over the screen."""

    colour: str  # of COLOURS
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Reflection:
    """How well a face's light follows the screen's; `lag_s` is evidence: a relay adds to it."""

    match: float  # correlation, at most 1
    strength: float  # of the colour on the face, in shares of its light
    lag_s: float

    @property
    def seen(self) -> bool:
        return self.match >= LEAST_MATCH and self.strength >= LEAST_STRENGTH


def reflection(moments: Sequence[Moment], flashes: Sequence[Flash], shown_at_s: float) -> Reflection | None:
    """How a face's colour follows the flashes, the first of which was shown then; None when too little was seen.

    What the camera does to all its picture (white balance, exposure) is taken off by what is beside the face.
    """
    lit = [one for one in moments if one.mesh is not None and min(*one.skin, *one.around) > DARKEST]
    if len(lit) < FEWEST:
        return None
    at_s = np.array([one.at_s for one in lit])
    face = _tint(np.array([one.skin for one in lit]))
    beside = _tint(np.array([one.around for one in lit]))
    tint = _without_drift(face - beside, at_s)
    best = Reflection(-1, 0, 0)
    for lag_s in np.arange(0, LONGEST_LAG_S + LAG_STEP_S / 2, LAG_STEP_S):
        expected = _without_drift(_expected(at_s - shown_at_s - lag_s, flashes), at_s)
        power = float((expected**2).sum())
        if power <= 0:
            continue
        both = float((tint * expected).sum())
        match = both / max(np.sqrt(power * float((tint**2).sum())), 1e-12)
        if match > best.match:
            best = Reflection(float(match), both / power, float(lag_s))
    return best


def _tint(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(red/green) and log(blue/green) of n lights, n × 2."""
    logs = np.log(light)
    return np.column_stack([logs[:, 2] - logs[:, 1], logs[:, 0] - logs[:, 1]])


def _expected(since_s: NDArray[np.float64], flashes: Sequence[Flash]) -> NDArray[np.float64]:
    """What the screen's tint is so long after it began, n × 2; before and after it there is none."""
    ends = list(accumulate(one.lasts_s for one in flashes))
    tints = np.array([(0.0, 0.0), *(COLOURS[one.colour] for one in flashes), (0.0, 0.0)])
    return np.asarray(tints[np.searchsorted([0.0, *ends], since_s, side="right")], np.float64)


def _without_drift(series: NDArray[np.float64], at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column without its mean and its slope."""
    base = np.column_stack([np.ones_like(at_s), at_s - at_s.mean()])
    return np.asarray(series - base @ np.linalg.lstsq(base, series, rcond=None)[0], np.float64)
