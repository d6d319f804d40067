"""What a log line may be built of: a sentence of ours and values from the list below, each of them looked at."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support.databases import fresh_database

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
SOURCES = [*ROOT.glob("*.py"), *(path for room in ROOT.glob("*/__init__.py") for path in room.parent.rglob("*.py"))]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}

# A name, a number, a face, an address, a token or what somebody wrote is never one of these. Whoever adds a line here
# says in review why it is none.
MAY_BE_LOGGED = {
    "check_in": "a check-in's id",
    "lesson": "a lesson's id",
    "plan.id": "a lesson's id",
    "room.name": "a check-in's or a device's id",
    "reference": "a request's id, shown on the error page",
    "number": "a connection's number",
    "_number": "a connection's number",
    "goodbye.code": "why a connection ended",
    "goodbye.reason": "the same in words, all of them ours",
    "unreadable": "a count",
    "name": "a room's name: a check-in's or a device's id",
    "dropped": "why packets were dropped, and how many",
    "refused": "which kinds of message were refused, and how many",
    "counted": "why connections ended and messages were refused, and how many",
    "late": "an IllegalCue: a cue and a state",
    "_name": "a recording's name: a check-in's id and a seat",
    "error.strerror": "what the operating system says, without the path",
    "job.task.value": "what the face worker was asked to do",
    "lost": "how a worker ended",
    "place.number": "a media worker's number",
    "len(orphans)": "a count",
    "said.text": "a record of a media worker's log, made by the same rules",
    "device": "a device's id",
    "device.id": "a device's id",
    "id": "a device's id",
    "recording": "the id of a device's recording",
    "taking.id": "the id of a device's recording",
    "type(error).__name__": "which error it was",
    "engine.name": "which face engine runs",
    "prefer": "which face engine the operator would rather have",
    "SWEEP_EVERY_S": "a constant",
}


def log_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"log", "logger", "logging"}
        ):
            yield node


def logged(call: ast.Call) -> set[str]:
    """The values of a log call as they are written, without the object they belong to."""
    return {ast.unparse(value).removeprefix("self.") for value in sentence_and_values(call)[1:]}


def sentence_and_values(call: ast.Call) -> list[ast.expr]:
    """What a log call is given; before them log() is given a level."""
    assert isinstance(call.func, ast.Attribute)
    return call.args[1:] if call.func.attr == "log" else call.args


ALL = [(path, call) for path in SOURCES for call in log_calls(path)]


@pytest.mark.parametrize(("path", "call"), ALL, ids=lambda each: getattr(each, "name", None) or str(each.lineno))
def test_a_log_line_is_a_sentence_and_values_that_name_nobody(path: Path, call: ast.Call) -> None:
    assert isinstance(sentence_and_values(call)[0], ast.Constant), (
        "the sentence is written out: no f-string, no %, no variable"
    )
    assert logged(call) <= MAY_BE_LOGGED.keys()


def test_nothing_is_on_the_list_that_nobody_logs() -> None:
    assert set().union(*(logged(call) for _, call in ALL)) >= MAY_BE_LOGGED.keys()


async def test_a_database_error_does_not_carry_what_was_to_be_written(tmp_path: Path) -> None:
    async with fresh_database(tmp_path / "x.sqlite") as database:
        with pytest.raises(DBAPIError) as failed:
            async with database.transaction() as session:
                await session.execute(text("INSERT INTO no_such_table VALUES (:name)"), {"name": "张伟"})
    assert "张伟" not in str(failed.value)
