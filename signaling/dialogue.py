"""Who may say what when, and what is then to be done; sans-IO."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from checkins.checkin import CheckInId
from checkins.news import Seat
from checkins.turns import Muting, Pausing, Turn
from live.resumed import Resumed
from signaling.messages import (
    VERSION,
    Admit,
    Beat,
    End,
    Hello,
    Join,
    Leave,
    Mute,
    Note,
    Offer,
    PeerMistake,
    Picture,
    Said,
    SaidKind,
    Told,
    Welcome,
)
from statetable import IllegalCue, Table, step


class Stage(StrEnum):
    """How far the conversation with one browser has come."""

    CONNECTED = "connected"
    KNOWN = "known"
    IN_ROOM = "in_room"


DIALOGUE: Table[Stage, SaidKind] = {
    (Stage.CONNECTED, SaidKind.HELLO): Stage.KNOWN,
    (Stage.KNOWN, SaidKind.JOIN): Stage.IN_ROOM,
    (Stage.KNOWN, SaidKind.BEAT): Stage.KNOWN,
    (Stage.IN_ROOM, SaidKind.BEAT): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.ADMIT): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.OFFER): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.PICTURE): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.MUTE): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.NOTE): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.END): Stage.IN_ROOM,
    (Stage.IN_ROOM, SaidKind.LEAVE): Stage.KNOWN,
}

FOR_OFFICERS = frozenset({SaidKind.ADMIT, SaidKind.NOTE})


@dataclass(frozen=True, slots=True)
class Tell:
    """Say `message` to the browser."""

    message: Told


@dataclass(frozen=True, slots=True)
class TakeSeat:
    """Take the seat in `check_in`; a page that comes back says the how manieth time."""

    check_in: CheckInId
    resumed: Resumed | None = None


@dataclass(frozen=True, slots=True)
class LetIn:
    """Admit the subject who waits for `check_in`."""

    check_in: CheckInId


@dataclass(frozen=True, slots=True)
class Connect:
    """Answer `sdp`, the browser's offer of media."""

    check_in: CheckInId
    sdp: str


@dataclass(frozen=True, slots=True)
class TurnMedia:
    """What the browser says that it does with its own media in `check_in` from now on."""

    check_in: CheckInId
    turn: Turn


@dataclass(frozen=True, slots=True)
class KeepNote:
    """Keep an officer's note about `check_in`."""

    check_in: CheckInId
    text: str


@dataclass(frozen=True, slots=True)
class EndCall:
    """End `check_in` for everybody."""

    check_in: CheckInId


@dataclass(frozen=True, slots=True)
class GiveUpSeat:
    """Leave the seat, whichever it is."""


Act: TypeAlias = Tell | TakeSeat | LetIn | Connect | TurnMedia | KeepNote | EndCall | GiveUpSeat


class Dialogue:
    """The conversation with one browser, which holds one kind of seat."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.stage = Stage.CONNECTED
        self._check_in = CheckInId("")  # said by `join`; nothing that needs it is legal before

    def hear(self, said: Said) -> Act | None:
        """What is to be done about `said`, if anything; PeerMistake if it came out of turn or is not theirs to say."""
        try:
            stage = step(DIALOGUE, self.stage, said.type)
        except IllegalCue as illegal:
            raise PeerMistake(str(illegal)) from None
        if said.type in FOR_OFFICERS and self.seat is not Seat.OFFICER:
            raise PeerMistake(f"{said.type} is not possible for a {self.seat}")
        act = self._act(said)
        self.stage = stage
        return act

    def _act(self, said: Said) -> Act | None:
        match said:
            case Hello(v=v):
                if v != VERSION:
                    raise PeerMistake(f"version {v} is not spoken here, only {VERSION}")
                return Tell(Welcome())
            case Join(check_in=check_in, resume=resume):
                self._check_in = CheckInId(check_in)
                return TakeSeat(self._check_in, None if resume is None else Resumed(resume.page, resume.turn))
            case Beat():
                return None
            case Admit():
                return LetIn(self._check_in)
            case Offer(sdp=sdp):
                return Connect(self._check_in, sdp)
            case Picture(paused=paused):
                return TurnMedia(self._check_in, Pausing(paused))
            case Mute(sound=sound, picture=picture):
                return TurnMedia(self._check_in, Muting(sound, picture))
            case Note(text=text):
                return KeepNote(self._check_in, text)
            case End():
                return EndCall(self._check_in)
            case Leave():
                return GiveUpSeat()
