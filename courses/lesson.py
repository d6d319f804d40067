"""A live lesson's life (直播课) as a table: which cue leads from which state to which, and the value that walks it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from statetable import Table, step

LessonId = NewType("LessonId", str)


class LessonState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    ENDED = "ended"
    CANCELLED = "cancelled"


class LessonCue(StrEnum):
    OPENED = "opened"
    LESSON_ENDED = "lesson_ended"
    CALLED_OFF = "called_off"


_S, _C = LessonState, LessonCue

# A lesson begins when its teacher opens it, and only then is anything recorded. Whoever drops out of it ends nothing.
LESSON: Table[LessonState, LessonCue] = {
    (_S.PLANNED, _C.OPENED): _S.OPEN,
    (_S.PLANNED, _C.CALLED_OFF): _S.CANCELLED,
    (_S.OPEN, _C.LESSON_ENDED): _S.ENDED,
}

INVITING = frozenset({_S.PLANNED, _S.OPEN})  # learners may still come


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson's life so far. Times are wall time."""

    id: LessonId
    state: LessonState
    opened_at: datetime | None = None
    ended_at: datetime | None = None

    def on(self, cue: LessonCue, at: datetime) -> "Lesson":
        """This lesson after `cue`, or IllegalCue."""
        return replace(
            self,
            state=step(LESSON, self.state, cue),
            opened_at=at if cue is LessonCue.OPENED else self.opened_at,
            ended_at=at if cue is LessonCue.LESSON_ENDED else self.ended_at,
        )
