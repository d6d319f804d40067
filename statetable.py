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
