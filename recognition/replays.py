"""The same recording again: how a face moved is a signature that no living person repeats.

It holds no picture and no template: four traces of movement, ten values a second. It survives another size, other
light, another encoding, and mostly a screen that somebody holds before the camera. Who hardly moved leaves none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognition.moments import Moment

RATE = 10  # values a second
SHORTEST_S = 4.0  # of what two recordings share
# Mean correlation of the traces that move. The same clip encoded again, or filmed from a screen that sways, has more;
# different clips .47 at most, of some forty pairs (`tests/recognition/test_replays.py`). Over three seconds instead of
# four, slow movements reach it by chance. Years of sessions were not tried.
LEAST = 0.80
FEWEST_TRACES = 3
# Less movement than this in a trace is the mesh's own trembling: degrees, degrees, aspect, aspect.
TREMBLING = (0.6, 0.6, 0.008, 0.012)
LONGEST_GAP_S = 0.6  # without a face; over a longer one nothing is compared

Traces = NDArray[np.float64]  # n × 4: yaw, pitch, eyes, mouth; not a number where no face was seen


@dataclass(frozen=True, slots=True)
class Again:
    """Where a recording was found in an earlier one."""

    likeness: float  # correlation of how the face moved, LEAST to 1
    earlier_s: float  # since the earlier one began


def signature(moments: Sequence[Moment]) -> Traces:
    """How a face moved, on an even grid from the first moment on."""
    if not moments:
        return np.empty((0, 4))
    at_s = np.array([one.at_s for one in moments if one.mesh is not None])
    grid = np.arange(moments[0].at_s, moments[-1].at_s, 1 / RATE)
    if len(at_s) < 2:
        return np.full((len(grid), 4), np.nan)
    values = np.array(
        [
            (one.mesh.yaw_deg, one.mesh.pitch_deg, one.mesh.eye_aspect, one.mesh.mouth_aspect)
            for one in moments
            if one.mesh is not None
        ]
    )
    traces = np.column_stack([np.interp(grid, at_s, column) for column in values.T])
    nearest = np.abs(grid[:, None] - at_s).min(axis=1)
    traces[nearest > LONGEST_GAP_S / 2] = np.nan
    return traces


def seen_again(later: Traces, earlier: Traces) -> Again | None:
    """Where they are most alike, if that is the same recording; else None."""
    window = round(SHORTEST_S * RATE)
    best = Again(-1.0, 0.0)
    for lag in range(window - len(later), len(earlier) - window + 1):
        a = later[max(0, -lag) : len(earlier) - lag]
        b = earlier[max(0, lag) : max(0, lag) + len(a)]
        likeness = max(
            (_likeness(a[at : at + window], b[at : at + window]) for at in range(0, len(a) - window + 1, window // 2)),
            default=-1.0,
        )
        if likeness > best.likeness:
            best = Again(likeness, max(0, lag) / RATE)
    return best if best.likeness >= LEAST else None


def _likeness(one: Traces, other: Traces) -> float:
    """The mean correlation of those traces that move in both."""
    if np.isnan(one).any() or np.isnan(other).any():
        return -1.0
    moving = (one.std(axis=0) > TREMBLING) & (other.std(axis=0) > TREMBLING)
    if moving.sum() < FEWEST_TRACES:
        return -1.0
    a, b = (part[:, moving] - part[:, moving].mean(axis=0) for part in (one, other))
    return float(((a * b).mean(axis=0) / (a.std(axis=0) * b.std(axis=0))).mean())
