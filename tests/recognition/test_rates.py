"""Counts in; rates, bounds, the curve of both errors and the point where they are equal out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.rates import MOST_POINTS, Rate, Scores, curve, equal_error, thinned

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("errors", "of", "low", "high"),
    [
        # Clopper and Pearson's own table, and R's binom.test(3, 19000), (6, 1254) and (10, 10, one-sided)
        (5, 10, 0.1871, 0.8129),
        (1, 20, 0.0013, 0.2487),
        (3, 19_000, 0.0000326, 0.0004614),
        (6, 1_254, 0.0017579, 0.0103850),
        (0, 3_024, 0.0, 0.0009902),  # the rule of three says 3/3024
        (10, 10, 0.7411, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_a_rate_has_the_bounds_of_the_tables(errors: int, of: int, low: float, high: float) -> None:
    assert Rate(errors, of).bounds == pytest.approx((low, high), rel=1e-3, abs=5e-5)


@pytest.mark.parametrize("of", [100, 1_000, 37_800])
def test_of_no_error_at_all_the_bound_is_the_rule_of_three(of: int) -> None:
    assert Rate(0, of).bounds[1] == pytest.approx(3 / of, rel=0.02)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_rate_lies_between_its_bounds(errors: int, more: int) -> None:
    rate = Rate(errors, errors + more)
    low, high = rate.bounds
    assert rate.value is not None
    assert 0 <= low <= rate.value <= high <= 1
    assert Rate(more, errors + more).bounds == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_nothing_compared_is_no_rate() -> None:
    assert Rate(0, 0).value is None
    assert curve(Scores.of([0.5], [])) == []
    assert equal_error(curve(Scores.of([], [0.5]))) is None


@pytest.mark.parametrize(
    ("same", "different", "error", "closeness"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0, 0.5),  # in the middle of the gap
        ([0.2, 0.8, 0.9, 1.0], [0.0, 0.1, 0.3, 0.15], 0.25, 0.25),
        ([0.1, 0.2], [0.8, 0.9], 1.0, 0.5),
        ([0.5], [0.5], 0.5, 0.5),
    ],
)
def test_both_errors_are_equal_somewhere(
    same: list[float], different: list[float], error: float, closeness: float
) -> None:
    found = equal_error(curve(Scores.of(same, different)))
    assert found is not None
    assert (found.fmr, found.closeness) == pytest.approx((error, closeness))
    assert found.fmr == found.fnmr


CLOSENESS = st.floats(-1, 1).map(lambda x: round(x, 2))
SOME = st.lists(CLOSENESS, min_size=1, max_size=40)


@given(SOME, SOME, CLOSENESS)
def test_counts_are_those_of_counting(same: list[float], different: list[float], least: float) -> None:
    scores = Scores.of(same, different)
    assert scores.false_match(least) == Rate(sum(one >= least for one in different), len(different))
    assert scores.false_non_match(least) == Rate(sum(one < least for one in same), len(same))


@given(SOME, SOME)
def test_along_the_curve_one_error_falls_and_the_other_rises(same: list[float], different: list[float]) -> None:
    points = curve(Scores.of(same, different))
    assert (points[0].fmr, points[0].fnmr) == (1, 0)
    assert (points[-1].fmr, points[-1].fnmr) == (0, 1)
    assert points == sorted(points, key=lambda point: (point.closeness, -point.fmr, point.fnmr))
    found = equal_error(points)
    assert found is not None
    assert 0 <= found.fmr <= 1


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    points = curve(Scores.of([math.sin(n) + 1 for n in range(2_000)], [math.sin(n) for n in range(2_000)]))
    thin = thinned(points)
    assert len(thin) == MOST_POINTS < len(points)
    assert (thin[0], thin[-1]) == (points[0], points[-1])


def test_a_curve_of_few_corners_keeps_these_only() -> None:
    points = curve(Scores.of([0.8, 0.9], [0.1, 0.2, 0.3]))
    assert [(point.fmr, point.fnmr) for point in thinned(points)] == [(1, 0), (0, 0), (0, 1)]
    assert thinned([]) == []


@given(SOME, st.floats(0, 1))
def test_beyond_a_rate_no_more_than_it_match(different: list[float], rate: float) -> None:
    scores = Scores.of([0.5], different)
    least = scores.beyond(rate)
    assert scores.false_match(least).errors <= rate * len(different)
    assert Scores.of([], []).beyond(rate) == -math.inf
