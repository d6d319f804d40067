"""Every message survives the wire, and nothing else comes off it."""

import json
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from checkins import news
from checkins.checkin import CheckInState
from checkins.identity import IdentityState
from checkins.news import Presence, Seat
from checkins.note import readable
from recognition.verdict import Reason, Verdict
from signaling.messages import (
    LARGEST_FRAME,
    LONGEST_NOTE,
    LONGEST_SDP,
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
    Mute,
    Note,
    NoteSoFar,
    Offer,
    OfferAgain,
    PauseSoFar,
    PeerMistake,
    Picture,
    Receipt,
    Refusal,
    Refused,
    Said,
    SaidKind,
    SoFar,
    Standing,
    StillSoFar,
    Told,
    ToldKind,
    Welcome,
    dump,
    parse,
    parse_told,
    told,
)

pytestmark = pytest.mark.unit

SECONDS = st.floats(0, 1e6)
COUNTS = st.integers(0, 10_000)
TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)
NAMES = st.text(max_size=40)
NOTES = st.text(min_size=1, max_size=LONGEST_NOTE).map(readable).filter(bool)

SAID = st.one_of(
    st.builds(Hello, v=st.integers(0, 9999)),
    st.builds(Join, check_in=st.from_regex(r"[0-9a-z]{1,40}", fullmatch=True)),
    st.builds(Offer, sdp=st.text(min_size=1, max_size=200)),
    st.builds(Picture, paused=st.booleans()),
    st.builds(Mute, sound=st.booleans(), picture=st.booleans()),
    st.builds(Note, text=NOTES),
    *(st.builds(plain) for plain in (Beat, Admit, End, Leave)),
)
TOLD = st.one_of(
    st.builds(Welcome, v=COUNTS),
    st.builds(
        Standing,
        state=st.sampled_from(CheckInState),
        ahead=COUNTS,
        subject=st.sampled_from(Presence),
        officer=st.sampled_from(Presence),
        live_s=st.none() | SECONDS,
        paused=st.lists(st.sampled_from(Seat), max_size=2).map(tuple),
        silenced=st.lists(st.sampled_from(Seat), max_size=2).map(tuple),
        hidden=st.lists(st.sampled_from(Seat), max_size=2).map(tuple),
        unshown=st.lists(st.sampled_from(Seat), max_size=2).map(tuple),
    ),
    st.builds(Answer, sdp=st.text(max_size=200)),
    st.builds(
        Identity,
        state=st.sampled_from(IdentityState),
        verdict=st.none() | st.sampled_from(Verdict),
        at_s=st.none() | SECONDS,
        reasons=st.lists(st.sampled_from(Reason), max_size=4).map(tuple),
        usable=COUNTS,
        stills=COUNTS,
        engine=NAMES,
    ),
    st.builds(
        SoFar,
        stills=st.lists(
            st.builds(
                StillSoFar,
                at_s=SECONDS,
                verdict=st.sampled_from(Verdict),
                reasons=st.lists(st.sampled_from(Reason), max_size=2).map(tuple),
            ),
            max_size=3,
        ).map(tuple),
        drops=st.lists(
            st.builds(
                DropSoFar,
                from_s=SECONDS,
                to_s=st.none() | SECONDS,
                cause=st.sampled_from(("connection", "server", "left")),
            ),
            max_size=3,
        ).map(tuple),
        pauses=st.lists(st.builds(PauseSoFar, from_s=SECONDS, to_s=st.none() | SECONDS), max_size=3).map(tuple),
        notes=st.lists(st.builds(NoteSoFar, at_s=SECONDS, text=NAMES), max_size=3).map(tuple),
    ),
    st.builds(
        Ended,
        receipt=st.none()
        | st.builds(Receipt, code=NAMES, started_at=TIMES, ended_at=TIMES, officer=NAMES, unit=NAMES, gap_s=SECONDS),
    ),
    st.builds(Refused, about=st.sampled_from(SaidKind), code=st.sampled_from(Refusal), reason=st.text(max_size=80)),
    st.builds(OfferAgain),
    st.builds(GoingAway),
)


@given(SAID)
def test_what_a_browser_says_is_what_we_hear(message: Said) -> None:
    assert parse(dump(message)) == message


@given(TOLD)
def test_what_we_say_is_what_a_client_hears(message: Told) -> None:
    assert parse_told(dump(message)) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from([*SaidKind]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "v", "sdp", "text", "check_in"]) | st.text(max_size=5), inner)
    ),
    max_leaves=8,
)


def heard_from(text: str) -> Said | PeerMistake:
    try:
        return parse(text)
    except PeerMistake as mistake:
        return mistake


@given(st.one_of(st.text(), JSON.map(str), JSON.map(json.dumps)))
def test_any_text_is_one_message_or_one_mistake_with_a_short_reason(text: str) -> None:
    heard = heard_from(text)
    if isinstance(heard, PeerMistake):
        assert 0 < len(heard.reason.encode()) <= 123  # RFC 6455 §5.5: what a close frame can carry
    else:
        assert heard.type in SaidKind


@pytest.mark.parametrize("field", ["v", "check_in", "sdp", "text", "张伟", "type"])
@pytest.mark.parametrize("kind", SaidKind)
def test_a_reason_quotes_nothing_that_was_said(kind: SaidKind, field: str) -> None:
    secret = "411025199001011234"
    heard = heard_from(json.dumps({"type": kind, field: f"/{secret}\x00", f"{secret}": secret}))
    assert isinstance(heard, PeerMistake)
    assert secret not in heard.reason
    assert "张伟" not in heard.reason


@pytest.mark.parametrize("character", ["a", "\n", "é", "字", "\U0001f600"])
def test_the_largest_offer_that_is_text_fits_into_a_frame(character: str) -> None:
    lines = ("a" * 78 + "\r\n") * (LONGEST_SDP // 80)
    assert len(dump(Offer(sdp=lines)).encode()) <= LARGEST_FRAME
    assert len(dump(Note(text="x" + character * (LONGEST_NOTE - 2) + "x")).encode()) <= LARGEST_FRAME


def test_numbers_that_json_has_not_are_never_sent() -> None:
    with pytest.raises(ValidationError):
        Standing(
            state=CheckInState.LIVE,
            ahead=0,
            subject=Presence.CONNECTED,
            officer=Presence.CONNECTED,
            live_s=float("nan"),
            paused=(),
            silenced=(),
            hidden=(),
            unshown=(),
        )


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (news.Standing(CheckInState.WAITING, 2, Presence.PRESENT, Presence.ABSENT, None), ToldKind.STANDING),
        (
            news.IdentityNews(IdentityState.MATCHED, Verdict.MATCH, 3.5, (Reason.TOO_DARK,), 3, 4, "sface"),
            ToldKind.IDENTITY,
        ),
        (news.Ended(news.Receipt("7QK4", NOON, NOON, "李静", "城关司法所", 1.5)), ToldKind.ENDED),
        (news.Ended(None), ToldKind.ENDED),
        (news.OfferAgain(), ToldKind.OFFER_AGAIN),
        (news.GoingAway(), ToldKind.GOING_AWAY),
    ],
)
def test_news_is_told_with_every_field_it_has(item: news.News, kind: ToldKind) -> None:
    message = told(item)
    assert message.type is kind
    assert _fields(message.receipt if isinstance(message, Ended) else message) == _fields(
        item.receipt if isinstance(item, news.Ended) else item
    )


def test_what_a_call_has_come_to_is_told_with_every_field_it_has() -> None:
    still = news.StillSoFar(2.0, Verdict.UNABLE, (Reason.TOO_DARK,))
    item = news.SoFar((still,), (news.DropSoFar(1.0, None),), (news.NoteSoFar(4.0, "周边安静"),))
    message = told(item)
    assert isinstance(message, SoFar)
    for ours, theirs in zip(
        (*item.stills, *item.drops, *item.notes), (*message.stills, *message.drops, *message.notes), strict=True
    ):
        assert _fields(theirs) == _fields(ours)


def _fields(value: object) -> dict[str, object]:
    names = getattr(type(value), "model_fields", None) or getattr(type(value), "__dataclass_fields__", {})
    return {name: getattr(value, name) for name in names if name != "type"}


def test_every_kind_has_its_class() -> None:
    assert {each.model_fields["type"].default for each in get_args(Said)} == set(SaidKind)
    assert {each.model_fields["type"].default for each in get_args(Told)} == set(ToldKind)
