"""Nothing that can be on a screen is without a word, and no machine's doubt is red."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from accounts.actor import Role
from accounts.organisation import UnitKind
from accounts.subjects import Level
from cases.entries import EntryKind
from cases.review import Conclusion
from checkins.standing import Shown
from recognition.verdict import Reason, Verdict
from web import wording

pytestmark = pytest.mark.unit

TABLES: list[tuple[type[StrEnum], Mapping[Any, object]]] = [
    (Role, wording.ROLES),
    (UnitKind, wording.UNIT_KINDS),
    (Level, wording.LEVELS),
    (Shown, wording.SHOWN),
    (Conclusion, wording.CONCLUSIONS),
    (Verdict, wording.VERDICTS),
    (Reason, wording.REASONS),
    (EntryKind, wording.ENTRIES),
]


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=lambda value: getattr(value, "__name__", ""))
def test_every_member_has_its_word(kind: type[StrEnum], table: Mapping[Any, object]) -> None:
    assert set(table) == set(kind)


def test_red_is_for_nothing_that_a_machine_or_an_officer_says_of_a_person() -> None:
    tags = [*wording.SHOWN.values(), *wording.CONCLUSIONS.values(), *wording.VERDICTS.values()]
    assert {tag.look for tag in tags} <= {"ok", "doubt", "info", "tech"}
