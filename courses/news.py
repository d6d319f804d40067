"""What a live lesson tells the browsers in it: plain values, and who is told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from courses.floor import Place
from courses.lesson import LessonState
from live.resumed import Resumed


class Line(StrEnum):
    """The connections of one browser: its own camera, and what more it sees."""

    OWN = "own"  # a camera to us, and back the teacher's picture, or for the teacher the speaker's
    SCREEN = "screen"  # the teacher's second publication; learners see it
    WORD = "word"  # what learners see of whoever has the word


class Presence(StrEnum):
    """How much of a person is here, seen from the server."""

    ABSENT = "absent"
    PRESENT = "present"  # a browser is here
    CONNECTED = "connected"  # and its media connection is up
    LOST = "lost"  # that is gone or silent; we expect them back


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the lesson stands, for one browser: told on arrival, and a moment after changes.

    `place` is None for the teacher. `word` is the number of whoever has it, `hand` where one's own hand is in the line
    of `hands`, None while it is down. Nobody's name is in it.
    """

    state: LessonState
    place: Place | None
    live_s: float | None
    you: Presence
    teacher: Presence
    here: int
    of: int
    word: Place | None
    sharing: bool
    hands: int
    hand: int | None


@dataclass(frozen=True, slots=True)
class InClass:
    """One learner, as the teacher sees them."""

    place: Place
    name: str
    here: Presence


@dataclass(frozen=True, slots=True)
class ClassNews:
    """Who is here, and whose hands are up, in their order; for the teacher only."""

    learners: tuple[InClass, ...]
    hands: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class OfferAgain:
    """We have lost this connection ourselves; a new one is to be offered."""

    line: Line


@dataclass(frozen=True, slots=True)
class Over:
    """The lesson is over for everybody; `filed` once it is on record."""

    filed: bool


News: TypeAlias = Standing | ClassNews | OfferAgain | Over


class Caller(Protocol):
    """One browser in a seat, as a live lesson sees it."""

    @property
    def resumed(self) -> Resumed | None:
        """What its page said when it asked for the seat."""

    def tell(self, news: News) -> None:
        """Take `news` to the browser. Never awaits and never raises: a browser that does not read is dropped."""

    def replaced(self) -> None:
        """Another connection of the same person has taken the seat; this one is told so and closed."""
