"""A whole check-in at DEBUG, and nothing that is written down beside the record says whose it was."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

import accounts.tokens
from cases.review import Conclusion
from demo import people
from demo.scripted import check_in
from settings import Settings
from tests.support.logs import logged_at

pytestmark = pytest.mark.rim

SECRET = "only-a-test-knows-this-one"  # which a relay shares with us
RELAY = {"FAIRWATCH_TURN_URLS": "turn:turn.example", "FAIRWATCH_TURN_SECRET": SECRET}

# What the demo check-in is about; the pages, the record and the database are full of it.
PLANTED = [
    people.PHONE,
    *(name for name, _, _ in (people.SUBJECT, *people.OTHERS)),
    *(people.with_check(number) for _, number, _ in (people.SUBJECT, *people.OTHERS)),
    *(member.name for member in people.STAFF),
    SECRET,
]


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Every link and every session, as they are made."""
    made: list[str] = []
    new_token = accounts.tokens.new_token

    def remembered() -> str:
        made.append(new_token())
        return made[-1]

    for module in list(sys.modules.values()):
        if getattr(module, "new_token", None) is new_token:
            monkeypatch.setattr(module, "new_token", remembered)
    return made


async def test_a_whole_check_in_leaves_no_name_number_or_token_in_the_log(
    tokens: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with logged_at("DEBUG") as log:
        outcome = await check_in(
            Settings.from_env(os.environ | RELAY), "same", Conclusion.CONFIRMED, Console(quiet=True)
        )
    assert outcome.check_in_state == "filed"
    assert "connection 1: closed" in log.getvalue()
    assert len(tokens) >= 4  # two links, two sessions
    printed = capfd.readouterr()  # other processes of ours write there, the face worker for one
    everything = log.getvalue() + printed.out + printed.err
    assert [planted for planted in (*PLANTED, *tokens) if planted in everything] == []
