"""What happens in a lesson, as it is written down; `at_s` is seconds since it was opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from courses.floor import Place
from live.marks import Kinds

EndedBy: TypeAlias = Literal["teacher", "grace", "restart"]
FlowCause: TypeAlias = Literal["connection", "left", "server"]


@dataclass(frozen=True, slots=True)
class Flow:
    """Somebody's own connection is there from `at_s` on, or away, and why."""

    place: Place
    at_s: float
    flows: bool
    cause: FlowCause = "connection"


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """From `at_s` on this is recorded: "teacher", a shared screen, or the word of the learner at `place`."""

    seat: str
    at_s: float
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """Until `at_s`; `broke`: it stopped before it was told to."""

    seat: str
    at_s: float
    broke: bool


@dataclass(frozen=True, slots=True)
class LessonOver:
    """The lesson is over, and by whose word."""

    by: EndedBy
    at: datetime
    at_s: float


Mark: TypeAlias = Flow | RecordingBegan | RecordingEnded | LessonOver

KINDS: Kinds[Mark] = Kinds({Flow: "flow", RecordingBegan: "began", RecordingEnded: "ended", LessonOver: "over"})
