"""The one way any state changes: a table from (state, cue) to state, and step()."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

S = TypeVar("S", bound=StrEnum)
C = TypeVar("C", bound=StrEnum)

Table: TypeAlias = Mapping[tuple[S, C], S]


class IllegalCue(Exception):
    """`cue` means nothing in `state`; nothing has happened."""

    def __init__(self, state: StrEnum, cue: StrEnum) -> None:
        super().__init__(f"{cue.value} is not possible while {state.value}")
        self.state = state
        self.cue = cue


def step(table: Table[S, C], state: S, cue: C) -> S:
    """The state after `cue`, or IllegalCue; nothing else may change a state."""
    try:
        return table[state, cue]
    except KeyError:
        raise IllegalCue(state, cue) from None


def final_states(table: Table[S, C]) -> frozenset[S]:
    """The states of the table's enum that no cue leaves."""
    first, _ = next(iter(table))
    return frozenset(type(first)) - {state for state, _ in table}


def markdown(title: str, table: Table[S, C]) -> str:
    """The table under its title, complete, and as a diagram without the cues that change nothing."""
    state, cue = next(iter(table))
    states, cues = list(type(state)), list(type(cue))
    arrows: dict[tuple[S, S], list[C]] = {}
    for (before, on), after in table.items():
        if after is not before:
            arrows.setdefault((before, after), []).append(on)
    return "\n".join(
        [
            f"## {title}",
            "",
            f"| state ↓ cue → | {' | '.join(cues)} |",
            "|---" * (len(cues) + 1) + "|",
            *(f"| **{s}** | {' | '.join(table.get((s, c), '–') for c in cues)} |" for s in states),
            "",
            "```mermaid",
            "stateDiagram-v2",
            *(f"    {a} --> {b}: {', '.join(on)}" for (a, b), on in arrows.items()),
            *(f"    {s} --> [*]" for s in states if s in final_states(table)),
            "```",
            "",
        ]
    )
