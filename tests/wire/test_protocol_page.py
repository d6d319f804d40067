"""docs/protocol.md says what the code does: the same messages, fields, refusals and close codes."""

import re
from pathlib import Path
from typing import get_args

import pytest

from checkins.checkin import CheckInState
from checkins.news import Presence, Seat
from checkins.quality import Signal
from recognition.verdict import Verdict
from signaling.dialogue import DIALOGUE, FOR_OFFICERS
from signaling.messages import CloseCode, Receipt, Refusal, Said, SaidKind, Told

pytestmark = pytest.mark.rim

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[str]]:
    """The table under the line that starts with `head`: its cells, without the two lines of its own head."""
    table = PAGE[PAGE.index(head) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def words(cell: str) -> set[str]:
    """What stands in code quotes, a field's example value aside."""
    return {word.split(":")[0] for word in re.findall(r"`([^`]+)`", cell)}


def test_the_page_has_every_message_of_a_browser_with_its_fields() -> None:
    fields = {cells[0].strip("`"): words(cells[1]) for cells in rows("| type | fields | who")}
    assert fields == {each.model_fields["type"].default: set(each.model_fields) - {"type"} for each in get_args(Said)}


def test_the_page_has_every_message_of_ours_with_its_fields() -> None:
    fields = {cells[0].strip("`"): words(cells[1]) for cells in rows("| type | fields | meaning")}
    assert fields == {each.model_fields["type"].default: set(each.model_fields) - {"type"} for each in get_args(Told)}


@pytest.mark.parametrize("kind", SaidKind)
def test_the_page_says_who_may_say_it_and_when(kind: SaidKind) -> None:
    [(who, stages)] = [cells[2:4] for cells in rows("| type | fields | who") if cells[0] == f"`{kind}`"]
    assert who == (Seat.OFFICER if kind in FOR_OFFICERS else "both")
    assert set(stages.split(", ")) == {stage for stage, said in DIALOGUE if said is kind}


def test_the_page_has_every_close_code() -> None:
    assert {int(cells[0]) for cells in rows("| close code")} == set(CloseCode) - {CloseCode.DONE}


@pytest.mark.parametrize("word", [*Refusal, *CheckInState, *Presence, *Signal, *Verdict, *Receipt.model_fields])
def test_the_page_has_every_word_that_a_page_may_meet(word: str) -> None:
    assert f"`{word}`" in PAGE
