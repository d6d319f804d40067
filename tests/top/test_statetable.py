"""The one way any state changes, and how a table is printed."""

from enum import StrEnum

import pytest

from statetable import IllegalCue, Table, final_states, markdown, step

pytestmark = pytest.mark.unit


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    WALLED_UP = "walled_up"


class Cue(StrEnum):
    PUSH = "push"
    PULL = "pull"
    BUILD = "build"


DOOR: Table[Door, Cue] = {
    (Door.OPEN, Cue.PUSH): Door.SHUT,
    (Door.OPEN, Cue.BUILD): Door.WALLED_UP,
    (Door.SHUT, Cue.PULL): Door.OPEN,
    (Door.SHUT, Cue.PUSH): Door.SHUT,
    (Door.SHUT, Cue.BUILD): Door.WALLED_UP,
}


def test_a_cue_leads_where_the_table_says() -> None:
    assert step(DOOR, Door.OPEN, Cue.PUSH) is Door.SHUT


def test_an_illegal_cue_is_named_with_its_state() -> None:
    with pytest.raises(IllegalCue, match="^pull is not possible while open$") as illegal:
        step(DOOR, Door.OPEN, Cue.PULL)
    assert (illegal.value.state, illegal.value.cue) == (Door.OPEN, Cue.PULL)


def test_a_final_state_is_one_that_no_cue_leaves() -> None:
    assert final_states(DOOR) == {Door.WALLED_UP}


def test_a_table_is_printed_whole_and_its_diagram_without_loops() -> None:
    assert markdown("Door", DOOR).splitlines() == [
        "## Door",
        "",
        "| state ↓ cue → | push | pull | build |",
        "|---|---|---|---|",
        "| **open** | shut | – | walled_up |",
        "| **shut** | shut | open | walled_up |",
        "| **walled_up** | – | – | – |",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    open --> shut: push",
        "    open --> walled_up: build",
        "    shut --> open: pull",
        "    shut --> walled_up: build",
        "    walled_up --> [*]",
        "```",
    ]
