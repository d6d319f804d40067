"""What marks come to: stays with their causes, and turns."""

import pytest

from cases.entries import Stay, Turn
from courses.attendance import cause_by, stays_of, turns_in
from courses.floor import Place
from courses.marks import Flow, Mark, RecordingBegan, RecordingEnded
from media.frames import Kind
from media.recording import Gap

pytestmark = pytest.mark.unit

ONE, TWO = Place(1), Place(2)


def came(at_s: float, place: Place = ONE) -> Mark:
    return Flow(place, at_s, flows=True)


def went(at_s: float, cause: str = "connection", place: Place = ONE) -> Mark:
    return Flow(place, at_s, flows=False, cause=cause)  # type: ignore[arg-type]  # a row of a test


@pytest.mark.parametrize(
    ("marks", "stays"),
    [
        ([], ()),
        ([came(1)], (Stay(1, 60, "lesson_over"),)),
        ([came(1), went(20), came(25)], (Stay(1, 20, "connection"), Stay(25, 60, "lesson_over"))),
        ([came(1), went(20, "left")], (Stay(1, 20, "left"),)),
        ([came(1), went(20), went(21, "left")], (Stay(1, 20, "left"),)),  # the goodbye came by another way, later
        ([came(1), went(20), went(40, "left")], (Stay(1, 20, "connection"),)),  # that was no goodbye of this
        ([came(1), went(20, "server"), came(22), went(60)], (Stay(1, 20, "server"), Stay(22, 60, "connection"))),
        ([came(1, TWO), came(3)], (Stay(3, 60, "lesson_over"),)),
    ],
)
def test_a_learner_was_there_between_coming_and_going(marks: list[Mark], stays: tuple[Stay, ...]) -> None:
    assert stays_of(ONE, marks, 60) == stays


def test_turns_are_those_of_learners_and_one_that_was_cut_off_goes_to_the_end() -> None:
    marks: list[Mark] = [
        RecordingBegan("teacher", 0.0),
        RecordingBegan("word-1", 5.0, TWO),
        RecordingEnded("word-1", 9.0, broke=False),
        RecordingBegan("word-2", 12.0, ONE),
    ]
    assert turns_in(marks, 60) == (Turn(TWO, 5.0, 9.0, "word-1"), Turn(ONE, 12.0, 60, "word-2"))


def test_a_gap_is_the_connections_where_that_was_away_and_else_a_silence() -> None:
    cause = cause_by((Stay(0, 20, "connection"), Stay(30, 60, "lesson_over")))
    assert cause(Gap(Kind.VIDEO, 19.5, 30.5)) == "connection"
    assert cause(Gap(Kind.AUDIO, 40, 42)) == "silent"
