"""An evaluation on a terminal: a row a condition and a group, each rate with its count and its upper bound."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from recognition.as_in_calls import CallErrors
from recognition.evaluation import Condition, Evaluation, Figures
from recognition.rates import Rate
from recognition.spoiling import CLEAN


def show(evaluations: Sequence[Evaluation], screen: Console) -> None:
    for evaluation in evaluations:
        thresholds, clean = evaluation.engine.thresholds, evaluation.conditions[CLEAN]
        screen.print(f"\n{evaluation.engine.name}, threshold {thresholds.match}; bounds are upper ones at 95 %")
        screen.print(_singles(evaluation))
        if clean.calls is not None:
            calls = clean.calls
            said = f"{calls.people} people, {calls.enrolments} enrolments tried, {calls.failures_to_enrol} failed"
            screen.print(f"As in a call: three pictures to enrol, the median of {calls.frames}. {said}.")
            screen.print(_calls(evaluation))


def _singles(evaluation: Evaluation) -> Table:
    table = Table("", "pairs", "EER", "false match", "false non-match", "not acquired")
    for way, condition in evaluation.conditions.items():
        lost = f"{condition.failures_to_acquire} of {condition.pictures}"
        table.add_row(way, *_figures(condition.figures), lost, end_section=not condition.groups)
        for number, (name, figures) in enumerate(condition.groups.items(), 1):
            table.add_row(f"  {name}", *_figures(figures), "", end_section=number == len(condition.groups))
    return table


def _figures(figures: Figures) -> tuple[str, str, str, str]:
    equal = "–" if figures.equal is None else f"{figures.equal.fmr:.4f}"
    errors = figures.errors
    return f"{figures.pairs}", equal, said(errors.false_match), said(errors.false_non_match)


def _calls(evaluation: Evaluation) -> Table:
    table = Table("", "false match", "false non-match", "of these said no", "not judged", "nearest", "farthest")
    for way, condition in evaluation.conditions.items():
        for name, row in call_rows(way, condition):
            table.add_row(name, *row)
    return table


def call_rows(way: str, condition: Condition) -> list[tuple[str, tuple[str, ...]]]:
    """A row for the condition and one for each of its groups."""
    calls = condition.calls
    if calls is None:
        return []
    first = (way, _call(calls.errors, f"{calls.not_judged} of {calls.enrolments}"))
    return [first, *((f"  {name}", _call(errors, "")) for name, errors in calls.groups.items())]


def _call(errors: CallErrors, not_judged: str) -> tuple[str, ...]:
    ends = ("–" if score is None else f"{score:.3f}" for score in (errors.nearest, errors.farthest))
    return said(errors.false_match), said(errors.false_non_match), str(errors.said_no), not_judged, *ends


def said(rate: Rate) -> str:
    """A rate with what it is made of: ".0007, 14 of 19,000, ≤ .0012"."""
    if rate.value is None:
        return "–"
    return f"{rate.value:.4f}  {rate.errors:,} of {rate.of:,}  ≤ {rate.bounds[1]:.4f}"
