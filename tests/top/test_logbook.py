"""A log line is one line, says who spoke, and cannot be forged."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from unicodedata import bidirectional, category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logbook import OURS, SafeLines, open_log
from tests.support.logs import logged_at

pytestmark = pytest.mark.unit


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with logged_at("DEBUG") as stream:
        yield stream


TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
TRICKS = st.text(
    st.sampled_from("\r\n\x1b\x00\x85\u2028\u2029\u202e\u2066\u200f[31m2026 INFO web: x") | st.characters()
)


@given(message=TRICKS, sent=TRICKS)
def test_whatever_somebody_sends_is_one_record_that_paints_nothing(message: str, sent: str) -> None:
    record = logging.LogRecord("web", logging.ERROR, "", 0, "%s", (message,), (ValueError, ValueError(sent), None))
    first, *more = SafeLines().format(record).split("\n")
    assert " ERROR web: " in first
    assert all(line.startswith("    ") for line in more)
    assert {category(character) for line in (first, *more) for character in line} & {"Cc", "Zl", "Zp"} == set()
    assert {bidirectional(character) for line in (first, *more) for character in line} & TURNS == set()


def test_our_rooms_speak_at_the_operators_level_and_libraries_do_not(log: io.StringIO) -> None:
    logging.getLogger("checkins.live").debug("said by a room")
    logging.getLogger("aiosqlite").debug("INSERT ... ('张伟')")
    logging.getLogger("aioice.ice").info("from 192.0.2.7")
    logging.getLogger("aiohttp.websocket").warning("192.0.2.7: something")
    logging.getLogger("asyncio").warning("a warning of a library")
    assert [line.partition(" DEBUG ")[2] or line.partition(" WARNING ")[2] for line in log.getvalue().splitlines()] == [
        "checkins.live: said by a room",
        "asyncio: a warning of a library",
    ]


def test_a_level_that_is_none_is_refused(log: io.StringIO) -> None:
    with pytest.raises(ValueError, match="LOUD"):
        open_log("LOUD", log)


def test_every_room_is_ours() -> None:
    rooms = {path.parent.name for path in Path(__file__).parents[2].glob("*/__init__.py")}
    assert rooms <= set(OURS)
