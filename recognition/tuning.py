"""Thresholds out of an evaluation: what the figures propose, and the table of policy.toml that says so."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from recognition.evaluation import Condition, Evaluation
from recognition.policy import EnginePolicy
from recognition.verdict import Thresholds

SPARE = 0.02  # between `match` and the median of different people that came closest, on these few
DOUBT = 0.06  # at least this wide is the band in which neither is said


class TooLittle(Exception):
    """Nobody in the list has pictures enough to be enrolled and seen, or there is nobody else."""


def proposed(evaluation: Evaluation) -> Thresholds:
    """The least strict thresholds, to a hundredth, that no condition speaks against. Raises TooLittle.

    match: SPARE beyond the nearest median of different people, and where no more than one of a thousand single pictures
    of them matches. no_match: SPARE before the farthest median of one person, and DOUBT away from match.
    """
    thresholds = evaluation.engine.thresholds
    sign = 1 if thresholds.higher_is_closer else -1
    nearest, farthest = list[float](), list[float]()
    for condition in evaluation.conditions.values():
        calls = condition.calls
        if calls is None or calls.errors.nearest is None or calls.errors.farthest is None:
            raise TooLittle
        nearest.append(sign * calls.errors.nearest + SPARE)
        nearest.append(condition.quiet)
        farthest.append(sign * calls.errors.farthest - SPARE)
    match = math.ceil(100 * max(nearest) - 1e-6) / 100
    no_match = math.floor(100 * min(*farthest, match - DOUBT) + 1e-6) / 100
    return replace(thresholds, match=sign * match, no_match=sign * no_match)


def table(evaluation: Evaluation, policy: EnginePolicy, data: str, command: str, on: date) -> str:
    """The engine's table of policy.toml with the evaluation's thresholds and what was found at them."""
    thresholds = evaluation.engine.thresholds
    name = thresholds.engine
    head = {
        "model_sha256": evaluation.engine.model_sha256,
        "higher_is_closer": thresholds.higher_is_closer,
        "match": thresholds.match,
        "no_match": thresholds.no_match,
        "agree": policy.agree,
        "repeat": policy.repeat,
    }
    evidence = {"date": on, "data": data, "command": command}
    parts = [_lines(name, head), _lines(f"{name}.evidence", evidence)]
    parts += [_lines(f"{name}.evidence.{way}", found_in(one)) for way, one in evaluation.conditions.items()]
    return "\n".join(parts)


def found_in(condition: Condition) -> Mapping[str, object]:
    """The figures that stand in policy.toml: counts, of which every rate and bound follows."""
    figures, calls = condition.figures, condition.calls
    errors = figures.errors
    found: dict[str, object] = {
        "pictures": condition.pictures,
        "failures_to_acquire": condition.failures_to_acquire,
        "pairs": figures.pairs,
        "eer": -1.0 if figures.equal is None else round(figures.equal.fmr, 5),
        "false_matches": [errors.false_match.errors, errors.false_match.of],
        "false_non_matches": [errors.false_non_match.errors, errors.false_non_match.of],
    }
    if calls is not None:
        found["people"] = calls.people
        found["failures_to_enrol"] = [calls.failures_to_enrol, calls.enrolments]
        found["calls_false_matches"] = [calls.errors.false_match.errors, calls.errors.false_match.of]
        found["calls_false_non_matches"] = [calls.errors.false_non_match.errors, calls.errors.false_non_match.of]
        found["calls_not_judged"] = [calls.not_judged, calls.enrolments]
    return found


def _lines(name: str, values: Mapping[str, object]) -> str:
    return "".join([f"[{name}]\n", *(f"{key} = {_toml(value)}\n" for key, value in values.items())])


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(_character(one) for one in value) + '"'
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return str(value)


def _character(one: str) -> str:
    return one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}"
