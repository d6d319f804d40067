"""What a live check-in tells the browsers in it: plain values, and who is told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from cases.entries import DropCause
from checkins.checkin import CheckInState
from checkins.identity import IdentityState
from checkins.quality import Quality
from live.resumed import Resumed
from recognition.verdict import Reason, Verdict


class Seat(StrEnum):
    """The two places in a check-in; each holds one browser at a time."""

    SUBJECT = "subject"
    OFFICER = "officer"


class Presence(StrEnum):
    """How much of a person is here, seen from the server."""

    ABSENT = "absent"
    PRESENT = "present"  # a browser is here
    CONNECTED = "connected"  # and its media connection is up
    LOST = "lost"  # that is gone or silent; we expect them back


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the check-in stands, for one seat: told on arrival and after every change.

    `ahead` counts the people waiting longer for the same officer; it is 0 for officers. `live_s` is the seconds since
    admission on the server's clock, None before. `paused` are the seats whose picture their network does not carry,
    `silenced` and `hidden` those whose person keeps the microphone silent or the camera dark, `unshown` those whose
    picture the other one's browser cannot show.
    """

    state: CheckInState
    ahead: int
    subject: Presence
    officer: Presence
    live_s: float | None
    paused: tuple[Seat, ...] = ()
    silenced: tuple[Seat, ...] = ()
    hidden: tuple[Seat, ...] = ()
    unshown: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityNews:
    """What one still said and where identity stands after it; for officers only.

    `at_s` is seconds since admission. `verdict` and `at_s` are None when no still is meant: when the subject chose the
    other way than the face (`engine` is then "off"). Where nothing will be compared this is told before admission, too.
    `usable` of `stills` had one good face.
    """

    state: IdentityState
    verdict: Verdict | None
    at_s: float | None
    reasons: tuple[Reason, ...]
    usable: int
    stills: int
    engine: str


@dataclass(frozen=True, slots=True)
class QualityNews:
    """How good the subject's connection has been in the last seconds; for officers only."""

    quality: Quality


@dataclass(frozen=True, slots=True)
class StillSoFar:
    """What one still said, `at_s` after admission."""

    at_s: float
    verdict: Verdict
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class DropSoFar:
    """When the subject's connection was away, and through whom; `to_s` is None while it is."""

    from_s: float
    to_s: float | None
    cause: DropCause = "connection"


@dataclass(frozen=True, slots=True)
class PauseSoFar:
    """When the subject's network carried sound only; `to_s` is None while it does."""

    from_s: float
    to_s: float | None


@dataclass(frozen=True, slots=True)
class NoteSoFar:
    """What the officer wrote down, `at_s` after admission."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a call has come to, the newest of it in order of time; for an officer whose page begins anew."""

    stills: tuple[StillSoFar, ...]
    drops: tuple[DropSoFar, ...]
    notes: tuple[NoteSoFar, ...]
    pauses: tuple[PauseSoFar, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What both people may keep to prove that the check-in took place; `gap_s` is the time the connection was down."""

    code: str
    started_at: datetime
    ended_at: datetime
    officer: str
    unit: str
    gap_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The check-in is over for everybody. `receipt` is None while the end is not on file: a second one brings it."""

    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class OfferAgain:
    """The media connection of this browser was lost through a fault of ours, which it cannot see."""


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The server is stopping; the check-in is not over."""


News: TypeAlias = Standing | IdentityNews | QualityNews | SoFar | Ended | OfferAgain | GoingAway


class Caller(Protocol):
    """One browser in a seat, as a live check-in sees it."""

    @property
    def resumed(self) -> Resumed | None:
        """What its page said when it asked for the seat; None from a client that does not say."""

    def tell(self, news: News) -> None:
        """Take `news` to the browser. Never awaits and never raises: a browser that does not read is dropped."""

    def replaced(self) -> None:
        """Another connection of the same person has taken the seat; this one is told so and closed."""
