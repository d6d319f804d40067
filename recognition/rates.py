"""How often comparisons err: rates with their confidence bounds, the curve of both errors, and where they are equal."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
HALVINGS = 60  # of the interval in which a bound lies: as exact as a float
MOST_POINTS = 200  # of a curve: what a page or a reader can use


@dataclass(frozen=True, slots=True)
class Rate:
    """So many errors of so many comparisons."""

    errors: int
    of: int

    @property
    def value(self) -> float | None:
        return self.errors / self.of if self.of else None

    @property
    def bounds(self) -> tuple[float, float]:
        """Clopper-Pearson at 95 %. Where none (or all) erred, one side is known: then all 5 % lie on the other one,
        which is the rule of three. They hold for comparisons that know nothing of each other."""
        if not self.of:
            return 0.0, 1.0
        beyond = 1 - CONFIDENCE if self.errors in (0, self.of) else (1 - CONFIDENCE) / 2
        low = 1 - _high(self.of - self.errors, self.of, beyond)
        return low, _high(self.errors, self.of, beyond)


def _high(errors: int, of: int, beyond: float) -> float:
    """The rate at which so few errors come about with a chance of `beyond`."""
    if errors == of:
        return 1.0
    counts = np.arange(1, errors + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((of - counts + 1) / counts))])  # ln of "of over errors"
    less, more = 0.0, 1.0
    for _ in range(HALVINGS):
        rate = (less + more) / 2
        terms = ways + np.arange(errors + 1) * np.log(rate) + np.arange(of, of - errors - 1, -1) * np.log1p(-rate)
        if np.exp(terms).sum() > beyond:
            less = rate
        else:
            more = rate
    return (less + more) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How close the two pictures of each pair came, sorted; higher is closer, whatever the engine counts in."""

    same: NDArray[np.float64]
    different: NDArray[np.float64]

    @classmethod
    def of(cls, same: Sequence[float], different: Sequence[float]) -> "Scores":
        return cls(np.sort(np.asarray(same, np.float64)), np.sort(np.asarray(different, np.float64)))

    def false_match(self, least: float) -> Rate:
        """Different people at least as close as this."""
        count = len(self.different)
        return Rate(count - int(np.searchsorted(self.different, least)), count)

    def false_non_match(self, least: float) -> Rate:
        """One person's pictures that are less close."""
        return Rate(int(np.searchsorted(self.same, least)), len(self.same))

    def beyond(self, rate: float) -> float:
        """The least closeness at which no more than this share of different people match."""
        count = len(self.different)
        allowed = int(rate * count)
        return float(np.nextafter(self.different[count - 1 - allowed], np.inf)) if allowed < count else -np.inf


@dataclass(frozen=True, slots=True)
class Point:
    """Of the curve that is called ROC: both errors where `closeness` is the least that matches."""

    closeness: float
    fmr: float
    fnmr: float


def curve(scores: Scores) -> list[Point]:
    """From everybody matches to nobody does; empty where one kind of pair is missing."""
    if not len(scores.same) or not len(scores.different):
        return []
    steps = np.unique(np.concatenate([scores.same, scores.different]))
    steps = np.append(steps, np.nextafter(steps[-1], np.inf))
    fmr = 1 - np.searchsorted(scores.different, steps) / len(scores.different)
    fnmr = np.searchsorted(scores.same, steps) / len(scores.same)
    return [Point(float(c), float(m), float(n)) for c, m, n in zip(steps, fmr, fnmr, strict=True)]


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most MOST_POINTS of them; what lies on a straight line between its neighbours says nothing new."""
    corners = [
        *points[:1],
        *(point for near in zip(points, points[1:], points[2:], strict=False) for point in _turn(*near)),
    ]
    corners += points[1:][-1:]
    if len(corners) <= MOST_POINTS:
        return corners
    kept = np.linspace(0, len(corners) - 1, MOST_POINTS).round().astype(int)
    return [corners[index] for index in kept]


def _turn(before: Point, point: Point, after: Point) -> list[Point]:
    straight = point.fmr == before.fmr == after.fmr or point.fnmr == before.fnmr == after.fnmr
    return [] if straight else [point]


def equal_error(points: Sequence[Point]) -> Point | None:
    """Where both errors are equal, between two points of the curve if need be; in the middle of a gap without any."""
    for before, point in zip(points, points[1:], strict=False):
        over, under = before.fmr - before.fnmr, point.fnmr - point.fmr
        if under < 0:
            continue
        share = over / (over + under)
        error = before.fmr + share * (point.fmr - before.fmr)
        along = 0.5 if under == 0 else share  # equal anywhere after the point before
        return Point(before.closeness + along * (point.closeness - before.closeness), error, error)
    return None
