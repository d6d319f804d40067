"""An evaluation as JSON: flat figures by name, each rate with its count and its bounds."""

from collections.abc import Mapping
from typing import TypeAlias

from recognition.as_in_calls import CallErrors, Calls
from recognition.enrolment import FEWEST_PICTURES
from recognition.evaluation import Condition, Errors, Evaluation, Figures
from recognition.rates import CONFIDENCE, Rate
from recognition.spoiling import CLEAN
from recognition.verdict import Thresholds

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | float | int | None"


def as_json(evaluation: Evaluation) -> Mapping[str, Json]:
    """One engine's: the figures of the pictures as they are at the top, the same of spoilt ones further down."""
    thresholds = evaluation.engine.thresholds
    return {
        **_condition(evaluation.conditions[CLEAN], thresholds),
        "degradations": {
            way: _condition(condition, thresholds) for way, condition in evaluation.conditions.items() if way != CLEAN
        },
        "model_sha256": evaluation.engine.model_sha256,
        "higher_is_closer": thresholds.higher_is_closer,
        "confidence": CONFIDENCE,
        "unread": [{"line": line, "complaint": complaint} for line, complaint in evaluation.unread],
    }


def _condition(condition: Condition, thresholds: Thresholds) -> dict[str, Json]:
    return {
        **_figures(condition.figures, thresholds),
        "pictures": condition.pictures,
        "failures_to_acquire": condition.failures_to_acquire,
        "why_not_acquired": condition.why,
        "groups": {name: _figures(figures, thresholds) for name, figures in condition.groups.items()},
        "thresholds": [_errors(errors) for errors in condition.at],
        "roc": [
            {"threshold": in_unit(point.closeness, thresholds), "fmr": point.fmr, "fnmr": point.fnmr}
            for point in condition.roc
        ],
        "calls": None if condition.calls is None else _calls(condition.calls),
    }


def _figures(figures: Figures, thresholds: Thresholds) -> dict[str, Json]:
    equal = figures.equal
    return {
        "pairs": figures.pairs,
        "eer": None if equal is None else equal.fmr,
        "eer_threshold": None if equal is None else in_unit(equal.closeness, thresholds),
        **_errors(figures.errors),
    }


def _errors(errors: Errors) -> dict[str, Json]:
    return {
        "threshold": errors.threshold,
        **_rate("fmr", "false_matches", "different", errors.false_match),
        **_rate("fnmr", "false_non_matches", "same", errors.false_non_match),
    }


def _calls(calls: Calls) -> dict[str, Json]:
    return {
        "enrolment_pictures": FEWEST_PICTURES,
        "frames": calls.frames,
        "people": calls.people,
        "enrolments": calls.enrolments,
        "failures_to_enrol": calls.failures_to_enrol,
        "windows_not_judged": calls.not_judged,
        **_call_errors(calls.errors),
        "groups": {name: _call_errors(errors) for name, errors in calls.groups.items()},
    }


def _call_errors(errors: CallErrors) -> dict[str, Json]:
    return {
        **_rate("fmr", "false_matches", "different", errors.false_match),
        **_rate("fnmr", "false_non_matches", "same", errors.false_non_match),
        "same_said_no_match": errors.said_no,
        "nearest_different": errors.nearest,
        "farthest_same": errors.farthest,
    }


def _rate(name: str, errors: str, of: str, rate: Rate) -> dict[str, Json]:
    low, high = rate.bounds
    return {name: rate.value, f"{name}_low": low, f"{name}_high": high, errors: rate.errors, of: rate.of}


def in_unit(closeness: float, thresholds: Thresholds) -> float:
    """As the engine counts: a cosine as it is, a distance without our minus."""
    return closeness if thresholds.higher_is_closer else -closeness
