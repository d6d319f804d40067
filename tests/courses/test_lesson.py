"""A lesson's life: every state with every cue."""

from datetime import UTC, datetime
from itertools import product

import pytest

from courses.lesson import INVITING, Lesson, LessonCue, LessonId, LessonState
from statetable import IllegalCue

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)

# Columns: opened, lesson_ended, called_off.
TABLE = {
    LessonState.PLANNED: "open - cancelled",
    LessonState.OPEN: "- ended -",
    LessonState.ENDED: "- - -",
    LessonState.CANCELLED: "- - -",
}


@pytest.mark.parametrize(("state", "cue"), list(product(LessonState, LessonCue)))
def test_a_lesson_goes_as_the_table_says(state: LessonState, cue: LessonCue) -> None:
    expected = dict(zip(LessonCue, TABLE[state].split(), strict=True))[cue]
    lesson = Lesson(LessonId("l"), state)
    if expected == "-":
        with pytest.raises(IllegalCue):
            lesson.on(cue, AT)
    else:
        assert lesson.on(cue, AT).state == expected


def test_when_it_began_and_ended_is_kept() -> None:
    ended = Lesson(LessonId("l"), LessonState.PLANNED).on(LessonCue.OPENED, AT).on(LessonCue.LESSON_ENDED, AT)
    assert (ended.opened_at, ended.ended_at) == (AT, AT)


def test_learners_may_come_before_a_lesson_and_while_it_goes_on() -> None:
    assert set(INVITING) == {LessonState.PLANNED, LessonState.OPEN}
