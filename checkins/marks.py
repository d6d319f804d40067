"""What happens in a call, written down line by line as it happens, so that kill -9 loses none of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from cases.entries import DropCause, EngineCited, NoteFiled, StillFiled
from checkins.identity import IdentityState
from checkins.news import Seat
from checkins.quality import Quality
from live.marks import Kinds, WrittenMarks
from recognition.verdict import Reason

EndedBy: TypeAlias = Literal["officer", "subject", "grace", "restart"]


@dataclass(frozen=True, slots=True)
class IdentityStands:
    """What the machine says from here on; `because` is why it will look at nothing in this call."""

    state: IdentityState
    because: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFlow:
    """A seat's media flows from `at_s` on, or is away: lost, or lost through a fault of ours, or they said goodbye."""

    seat: Seat
    at_s: float
    flows: bool
    cause: DropCause = "connection"


@dataclass(frozen=True, slots=True)
class SignalTurned:
    """A seat's connection is weak from `at_s` on, or no longer; `worst` is the worst reading of it so far."""

    seat: Seat
    at_s: float
    weak: bool
    worst: Quality


@dataclass(frozen=True, slots=True)
class PictureTurned:
    """A seat's browser sends no picture from `at_s` on because its network is too slow, or sends it again.

    `measured` is what we knew of the connection ourselves at that moment: the browser's word is not all there is.
    """

    seat: Seat
    at_s: float
    paused: bool
    measured: Quality | None


@dataclass(frozen=True, slots=True)
class MuteTurned:
    """Whether whoever sits there keeps their microphone silent and their camera dark from `at_s` on.

    By the page's own buttons, and by the browser's word: what comes is silence and black pictures either way.
    """

    seat: Seat
    at_s: float
    sound: bool
    picture: bool


@dataclass(frozen=True, slots=True)
class BrokeOff:
    """A seat's recording stopped before it was told to."""

    seat: Seat


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over, and by whose word."""

    by: EndedBy
    at: datetime
    at_s: float


# `at_s` is seconds since admission. An engine's mark stands before the first still: this engine compares.
Mark: TypeAlias = (
    EngineCited
    | IdentityStands
    | StillFiled
    | NoteFiled
    | MediaFlow
    | SignalTurned
    | PictureTurned
    | MuteTurned
    | BrokeOff
    | CallEnded
)

KINDS: Kinds[Mark] = Kinds(
    {
        EngineCited: "engine",
        IdentityStands: "identity",
        StillFiled: "still",
        NoteFiled: "note",
        MediaFlow: "media",
        SignalTurned: "signal",
        PictureTurned: "picture",
        MuteTurned: "mute",
        BrokeOff: "broke_off",
        CallEnded: "ended",
    }
)


class Marks(WrittenMarks[Mark]):
    """The marks of one call."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, KINDS)


def read_marks(folder: Path) -> list[Mark]:
    """What is written down in the folder, as far as it is whole. Blocking; OSError, UnreadableMark."""
    return KINDS.read(folder)
