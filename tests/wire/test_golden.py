"""Every message as it stands on the wire, kept as a file for each version: what a second client is written against."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkins.checkin import CheckInState
from checkins.identity import IdentityState
from checkins.news import Presence, Seat
from checkins.quality import Signal
from recognition.verdict import Reason, Verdict
from signaling.messages import (
    VERSION,
    Admit,
    Answer,
    Beat,
    DropSoFar,
    End,
    Ended,
    GoingAway,
    Hello,
    Identity,
    Join,
    Leave,
    Message,
    Mute,
    Note,
    NoteSoFar,
    Offer,
    OfferAgain,
    PauseSoFar,
    Picture,
    Quality,
    Receipt,
    Refusal,
    Refused,
    Relay,
    Resume,
    Said,
    SaidKind,
    SoFar,
    Standing,
    StillHere,
    StillSoFar,
    Told,
    ToldKind,
    Welcome,
    dump,
    parse,
    parse_told,
)

pytestmark = pytest.mark.rim

GOLDEN = Path(__file__).parent / "golden" / str(VERSION)

SAID: dict[str, Said] = {
    "hello": Hello(v=1),
    "join": Join(check_in="4f1c2b7a9e0d8c6b5a3f", resume=Resume(page="5d41402abc4b2a76b9719d911017c592", turn=3)),
    "join-without-a-page": Join(check_in="4f1c2b7a9e0d8c6b5a3f"),
    "beat": Beat(),
    "admit": Admit(),
    "offer": Offer(sdp="v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"),
    "picture": Picture(paused=True),
    "mute": Mute(sound=True, picture=False),
    "note": Note(text="周边安静，\n神情自然"),
    "end": End(),
    "leave": Leave(),
}
TOLD: dict[str, Told] = {
    "welcome": Welcome(),
    "relay": Relay(
        urls=("turn:turn.example:3478", "turn:turn.example:3478?transport=tcp"),
        username="1795400405:4f1c2b7a9e0d8c6b5a3f-subject",
        password="6Vl8S8dQmUYfTHn0Ot9lyVj0dnA=",
        lifetime_s=600,
    ),
    "standing": Standing(
        state=CheckInState.LIVE,
        ahead=0,
        subject=Presence.CONNECTED,
        officer=Presence.LOST,
        live_s=75.25,
        paused=(Seat.SUBJECT,),
        silenced=(Seat.SUBJECT, Seat.OFFICER),
        hidden=(Seat.OFFICER,),
        unshown=(Seat.OFFICER,),
    ),
    "standing-before-admission": Standing(
        state=CheckInState.WAITING,
        ahead=2,
        subject=Presence.PRESENT,
        officer=Presence.ABSENT,
        live_s=None,
        paused=(),
        silenced=(),
        hidden=(),
        unshown=(),
    ),
    "answer": Answer(sdp="v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"),
    "identity": Identity(
        state=IdentityState.OPEN,
        verdict=Verdict.UNABLE,
        at_s=12.5,
        reasons=(Reason.TOO_DARK, Reason.BLURRED),
        usable=2,
        stills=3,
        engine="sface",
    ),
    "identity-the-other-way": Identity(
        state=IdentityState.OPEN, verdict=None, at_s=None, reasons=(), usable=0, stills=0, engine="off"
    ),
    "quality": Quality(signal=Signal.WEAK, loss=0.125, rtt_ms=640, kbit_s=212),
    "so_far": SoFar(
        stills=(
            StillSoFar(at_s=4.5, verdict=Verdict.UNABLE, reasons=(Reason.TOO_DARK,)),
            StillSoFar(at_s=7.25, verdict=Verdict.MATCH, reasons=()),
        ),
        drops=(
            DropSoFar(from_s=9.0, to_s=12.5, cause="server"),
            DropSoFar(from_s=40.0, to_s=None, cause="connection"),
        ),
        pauses=(PauseSoFar(from_s=20.0, to_s=32.5),),
        notes=(NoteSoFar(at_s=30.0, text="周边安静"),),
    ),
    "offer_again": OfferAgain(),
    "ended": Ended(
        receipt=Receipt(
            code="7QK4-M2XD",
            started_at=datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC),
            ended_at=datetime(2026, 11, 23, 2, 9, 41, 500_000, tzinfo=UTC),
            officer="李静",
            unit="城关司法所",
            gap_s=3.5,
        )
    ),
    "ended-before-it-is-on-file": Ended(receipt=None),
    "refused": Refused(about=SaidKind.OFFER, code=Refusal.BAD_OFFER, reason="the offer has more than 8 sections"),
    "going_away": GoingAway(),
    "beat-of-ours": StillHere(),
}
ALL: dict[str, Message] = {**SAID, **TOLD}


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_a_message_is_written_as_its_golden_file(name: str) -> None:
    assert json.loads(dump(ALL[name])) == json.loads(golden(name))  # type: ignore[arg-type]  # each is of one union


@pytest.mark.parametrize("name", SAID)
def test_a_golden_file_is_heard_by_the_server(name: str) -> None:
    assert parse(golden(name)) == SAID[name]


@pytest.mark.parametrize("name", TOLD)
def test_a_golden_file_is_heard_by_a_client(name: str) -> None:
    assert parse_told(golden(name)) == TOLD[name]


def test_every_kind_has_a_golden_file_and_every_file_a_test() -> None:
    assert {message.type for message in SAID.values()} == set(SaidKind)
    assert {message.type for message in TOLD.values()} == set(ToldKind)
    assert {file.stem for file in GOLDEN.iterdir()} == set(ALL)
