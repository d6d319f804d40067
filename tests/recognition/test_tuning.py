"""Figures in; the least strict thresholds that no condition speaks against, and a table that policy.toml can hold."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from recognition.as_in_calls import CallErrors, Calls
from recognition.engines import EngineInfo
from recognition.evaluation import Condition, Errors, Evaluation, Figures
from recognition.policy import IN_FORCE, EnginePolicy
from recognition.rates import Rate
from recognition.tuning import TooLittle, proposed, table
from recognition.verdict import DLIB, SFACE, Thresholds

pytestmark = pytest.mark.unit


def condition(nearest: float | None, farthest: float | None, quiet: float) -> Condition:
    errors = CallErrors(Rate(0, 700), Rate(1, 90), 0, nearest, farthest)
    figures = Figures(300, Errors(0.42, Rate(3, 200), Rate(2, 100)), None)
    return Condition(figures, {}, [], [], quiet, 80, 4, {}, Calls(5, 8, 80, 1, 2, errors, {}))


def evaluation(thresholds: Thresholds, *conditions: Condition) -> Evaluation:
    named = dict(zip(("clean", "dark"), conditions, strict=False))
    return Evaluation(EngineInfo(thresholds.engine, "5f", thresholds), named, [])


@pytest.mark.parametrize(
    ("thresholds", "conditions", "match", "no_match"),
    [
        (SFACE, [(0.30, 0.90, 0.33)], 0.33, 0.27),  # the quiet of single pictures decides
        (SFACE, [(0.3999, 0.70, 0.36)], 0.42, 0.36),  # the nearest of different people
        (SFACE, [(0.30, 0.90, 0.33), (0.3999, 0.70, 0.2)], 0.42, 0.36),  # in whichever condition
        (SFACE, [(0.30, 0.31, 0.33)], 0.33, 0.27),
        (SFACE, [(0.30, 0.20, 0.33)], 0.33, 0.18),  # the farthest of one person is never said to be another
        (SFACE, [(0.38, 0.90, -1.0)], 0.40, 0.34),  # hundredths stay what they are
        (DLIB, [(0.4537, 0.5394, -0.48)], 0.43, 0.56),
        (DLIB, [(0.60, 0.30, -0.45)], 0.45, 0.51),
    ],
)
def test_thresholds_leave_room_to_the_nearest_and_to_the_farthest(
    thresholds: Thresholds, conditions: list[tuple[float, float, float]], match: float, no_match: float
) -> None:
    found = proposed(evaluation(thresholds, *(condition(*one) for one in conditions)))
    assert (found.match, found.no_match) == pytest.approx((match, no_match))
    assert (found.engine, found.higher_is_closer) == (thresholds.engine, thresholds.higher_is_closer)


@pytest.mark.parametrize("one", [condition(None, 0.9, 0.3), replace(condition(0.3, 0.9, 0.3), calls=None)])
def test_without_people_to_tell_apart_nothing_is_proposed(one: Condition) -> None:
    with pytest.raises(TooLittle):
        proposed(evaluation(SFACE, one))


@pytest.mark.parametrize("thresholds", [SFACE, DLIB])
def test_the_printed_table_is_one_that_the_policy_takes(thresholds: Thresholds) -> None:
    found = evaluation(thresholds, condition(0.4, 0.7, 0.36), condition(0.4, 0.7, 0.36))
    policy = IN_FORCE.engines[thresholds.engine]
    printed = table(found, policy, 'two "people"\n\\', "fairwatch …", date(2026, 11, 24))
    read = EnginePolicy(**tomllib.loads(printed)[thresholds.engine])
    assert (read.match, read.no_match, read.agree, read.repeat) == (
        *(thresholds.match, thresholds.no_match),
        *(policy.agree, policy.repeat),
    )
    assert read.evidence["data"] == 'two "people"\n\\'
    assert read.evidence["date"] == date(2026, 11, 24)
    assert read.evidence["dark"]["false_matches"] == [3, 200]
    assert read.evidence["clean"]["calls_false_non_matches"] == [1, 90]
