"""Scores, comparisons and windows in; verdicts out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.verdict import (
    DLIB,
    MACHINE_TROUBLE,
    SFACE,
    WINDOW,
    Comparison,
    Reason,
    Thresholds,
    Verdict,
    judge,
    verdict_of,
    was_usable,
)

pytestmark = pytest.mark.unit

MATCH, NO_MATCH, UNABLE = Verdict.MATCH, Verdict.NO_MATCH, Verdict.UNABLE
ENGINES = st.sampled_from([SFACE, DLIB])
SCORES = st.floats(min_value=-1, max_value=2)


def check(thresholds: Thresholds, scores: list[float], expected: Verdict) -> None:
    assert judge(scores, thresholds) is expected


@pytest.mark.parametrize(
    ("thresholds", "score", "expected"),
    [
        (SFACE, 0.42, MATCH),
        (SFACE, 0.4199, UNABLE),
        (SFACE, 0.36, UNABLE),
        (SFACE, 0.3599, NO_MATCH),
        (SFACE, -0.2, NO_MATCH),
        (SFACE, math.nan, UNABLE),
        (DLIB, 0.42, MATCH),
        (DLIB, 0.4201, UNABLE),
        (DLIB, 0.60, UNABLE),
        (DLIB, 0.6001, NO_MATCH),
        (DLIB, math.nan, UNABLE),
    ],
)
def test_the_settled_thresholds_hold_to_the_last_digit(thresholds: Thresholds, score: float, expected: Verdict) -> None:
    check(thresholds, [score] * WINDOW, expected)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], UNABLE),
        ([0.9], UNABLE),
        ([0.9, 0.9], UNABLE),  # two stills decide nothing
        ([0.9, 0.9, 0.0], MATCH),  # one odd frame decides nothing
        ([0.0, 0.1, 0.9], NO_MATCH),
        ([0.1, 0.4, 0.9], UNABLE),
        ([0.1, 0.9, 0.1, 0.9], MATCH),  # an even window: the mean of the middle two
    ],
)
def test_a_window_is_judged_by_the_median_of_at_least_three(scores: list[float], expected: Verdict) -> None:
    check(SFACE, scores, expected)


@pytest.mark.parametrize(
    ("faces", "score", "reasons", "expected"),
    [
        (1, 0.9, (), (MATCH, ())),
        (1, 0.1, (), (NO_MATCH, ())),
        (1, 0.4, (), (UNABLE, (Reason.BETWEEN,))),
        (0, None, (), (Verdict.NO_FACE, ())),
        (0, None, (Reason.TOO_DARK,), (Verdict.NO_FACE, (Reason.TOO_DARK,))),
        (2, None, (), (Verdict.SEVERAL_FACES, ())),
        (1, None, (Reason.TOO_SMALL,), (UNABLE, (Reason.TOO_SMALL,))),
        (1, 0.1, (Reason.BLURRED,), (UNABLE, (Reason.BLURRED,))),  # a gated-out still never says no match
        (1, None, (), (UNABLE, (Reason.ENGINE_FAILED,))),
        (0, None, (Reason.ENGINE_FAILED,), (UNABLE, (Reason.ENGINE_FAILED,))),
    ],
)
def test_a_still_gets_one_verdict_and_its_reasons(
    faces: int, score: float | None, reasons: tuple[Reason, ...], expected: tuple[Verdict, tuple[Reason, ...]]
) -> None:
    assert verdict_of(Comparison(faces, score, reasons, SFACE.engine, "…"), SFACE) == expected


def test_a_score_of_another_engine_is_never_judged() -> None:
    foreign = Comparison(1, 0.1, (), DLIB.engine, "…")
    assert verdict_of(foreign, SFACE) == (UNABLE, (Reason.OTHER_ENGINE,))


COMPARISONS = st.builds(
    Comparison,
    faces=st.integers(0, 3),
    score=st.none() | SCORES,
    reasons=st.lists(st.sampled_from(Reason), unique=True, max_size=3).map(tuple),
    engine=st.sampled_from([SFACE.engine, DLIB.engine]),
    model_sha256=st.just("…"),
)


@given(COMPARISONS, ENGINES)
def test_only_a_usable_still_of_the_same_engine_is_judged(comparison: Comparison, thresholds: Thresholds) -> None:
    verdict, reasons = verdict_of(comparison, thresholds)
    if verdict in (MATCH, NO_MATCH):
        assert comparison.usable
        assert comparison.engine == thresholds.engine
        assert reasons == ()
    if MACHINE_TROUBLE.intersection(comparison.reasons):
        assert verdict is UNABLE


FROM_ENGINES = COMPARISONS.filter(
    lambda comparison: Reason.BETWEEN not in comparison.reasons
)  # that one is ours to say


@given(FROM_ENGINES, ENGINES)
def test_what_is_on_file_of_a_still_says_whether_it_was_usable(comparison: Comparison, thresholds: Thresholds) -> None:
    ours = comparison.engine == thresholds.engine
    assert was_usable(*verdict_of(comparison, thresholds)) == (comparison.usable and ours)


@given(st.lists(SCORES, min_size=WINDOW, max_size=9), ENGINES)
def test_the_order_of_the_stills_changes_nothing(scores: list[float], thresholds: Thresholds) -> None:
    assert judge(scores, thresholds) is judge(sorted(scores), thresholds)


@given(st.lists(SCORES, min_size=WINDOW, max_size=9), st.floats(min_value=0, max_value=1), ENGINES)
def test_coming_closer_never_turns_a_match_away(scores: list[float], by: float, thresholds: Thresholds) -> None:
    closer = [s + by if thresholds.higher_is_closer else s - by for s in scores]
    if judge(scores, thresholds) is MATCH:
        assert judge(closer, thresholds) is MATCH
