"""The rim, with a real server and real WebSockets: who gets in, how it ends, and that the other one never notices."""

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMessage, WSMsgType, WSServerHandshakeError, web

import signaling.browser
from accounts.actor import Actor, PersonId, PostId, Role, UnitId
from accounts.powers import NotYours
from checkins.call import NotAdmitted
from checkins.checkin import GOING_ON, CheckInCue, CheckInId, CheckInState
from checkins.links import SubjectSession
from checkins.live import LiveCheckIns
from checkins.news import Ended, Receipt, Seat
from checkins.notice import Choice
from live.resumed import Resumed
from media.contract import NoMedia
from media.negotiation import BadOffer
from signaling.browser import ASKED_EVERY, BEAT_EVERY, OUTBOX, Clocks
from signaling.door import AT_ONCE
from signaling.messages import (
    LARGEST_FRAME,
    Admit,
    Beat,
    End,
    Hello,
    Join,
    Leave,
    Note,
    Offer,
    Resume,
    Said,
    SaidKind,
    StillHere,
    dump,
)
from signaling.relays import Relays
from signaling.socket import Signaling
from statetable import IllegalCue
from storage.database import DatabaseBusy
from tests.support.live_check_ins import WAITING, SleepingClock, StandInLive
from tests.support.logs import logged_at

pytestmark = pytest.mark.rim

OURS = "https://fairwatch.example"
OFFICER = Actor(PersonId("p1"), "李静", PostId("post1"), Role.OFFICER, UnitId("u1"), "城关司法所")
SUBJECT = SubjectSession(CheckInId("c1"), Choice.FACE)
RELAYS = Relays(("turn:turn.example",), "only-a-test-knows-this-one")
WELCOME = {"type": "welcome", "v": 1}
STANDING = {
    "type": "standing", "state": "waiting", "ahead": 0, "subject": "present", "officer": "present", "live_s": None,
    "paused": [],
    "silenced": [],
    "hidden": [],
    "unshown": [],
}  # fmt: skip


class Browser:
    """One WebSocket, seen from a page."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.beats = 0

    async def say(self, *messages: Said | str) -> None:
        for message in messages:
            await self.socket.send_str(message if isinstance(message, str) else dump(message))

    async def hear(self) -> dict[str, object]:
        message = await self._receive()
        assert message.type is WSMsgType.TEXT, message
        return cast(dict[str, object], json.loads(message.data))

    async def closing(self) -> tuple[int | None, str | None]:
        """The code and the reason of the close; 1006 when the connection just ends."""
        message = await self._receive()
        if message.type is WSMsgType.CLOSE:
            return message.data, message.extra
        assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR), message
        return self.socket.close_code, None

    async def is_heard(self) -> bool:
        """Whether the server still listens: a refused message answers, and changes nothing."""
        await self.say(Offer(sdp="v=0"))
        return await self.hear() == {"type": "answer", "sdp": "the answer"}

    async def _receive(self) -> WSMessage:
        async with asyncio.timeout(10):  # only so that a failing test ends
            while (message := await self.socket.receive()).data == dump(StillHere()):
                self.beats += 1
            return message


def raw(browser: Browser) -> asyncio.Transport:
    """What is below the browser's WebSocket."""
    connection = browser.socket._response.connection  # aiohttp shows the transport's details only
    assert connection is not None
    return cast(asyncio.Transport, connection.transport)


@dataclass
class House:
    """A server with nothing behind its door but stand-ins."""

    live: StandInLive
    clock: SleepingClock
    signaling: Signaling
    address: str
    http: ClientSession
    busy: bool = False
    staff: Actor | None = OFFICER
    subject: SubjectSession | None = SUBJECT
    sockets: list[ClientWebSocketResponse] = field(default_factory=list)

    async def open(self, query: str = "?seat=officer", origin: str | None = OURS) -> Browser:
        headers = {} if origin is None else {"Origin": origin}
        socket = await self.http.ws_connect(self.address + query, headers=headers)
        self.sockets.append(socket)
        return Browser(socket)

    async def seated(self, seat: Seat = Seat.OFFICER, check_in: str = "c1") -> Browser:
        browser = await self.open(f"?seat={seat}")
        await browser.say(Hello(v=1), Join(check_in=check_in))
        assert await browser.hear() == WELCOME
        assert await browser.hear() == STANDING
        return browser


@pytest.fixture
async def house() -> AsyncIterator[House]:
    live, clock = StandInLive(), SleepingClock()

    async def staff(_request: web.Request) -> Actor | None:
        if opened.busy:
            raise DatabaseBusy
        return opened.staff

    async def subject(_request: web.Request) -> SubjectSession | None:
        return opened.subject

    signaling = Signaling(
        cast(LiveCheckIns, live),
        staff=staff,
        subject=subject,
        origin=lambda _request: OURS,
        clocks=Clocks(clock.now, clock.clock, clock.sleep),
        relays=RELAYS,
    )
    app = web.Application()
    app.router.add_get("/signal", signaling.signal)
    runner = web.AppRunner(app)  # as server.py has it; aiohttp's own TestServer cancels handlers, a server does not
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as http:
        host, port = runner.addresses[0]
        address = f"http://{host}:{port}/signal"
        opened = House(live, clock, signaling, address, http)
        yield opened
        await signaling.close()
        for socket in opened.sockets:
            await socket.close()
    await runner.cleanup()


@pytest.mark.parametrize("door", ["arrive", "admit", "offer", "note", "end", "depart", "dismiss"])
def test_the_stand_in_has_the_doors_of_the_live_check_ins(door: str) -> None:
    assert inspect.signature(getattr(StandInLive, door)) == inspect.signature(getattr(LiveCheckIns, door))


# who gets in


@pytest.mark.parametrize(
    "origin", [None, "null", "", "https://evil.example", "http://fairwatch.example", OURS + ".evil.example", OURS + "/"]
)
async def test_a_page_that_is_not_ours_gets_no_conversation(house: House, origin: str | None) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.open(origin=origin)
    assert refused.value.status == 403
    assert house.signaling.counters == {"foreign origin": 1}


async def test_one_session_has_so_many_conversations_and_no_more(house: House) -> None:
    browsers = [await house.open("?seat=subject") for _ in range(AT_ONCE)]
    assert await (await house.open("?seat=subject")).closing() == (4429, "too many windows")
    await house.seated(Seat.OFFICER)  # somebody else's session
    for browser in browsers:
        await browser.say(Hello(v=1))
        assert await browser.hear() == WELCOME
    first_ended = next(iter(house.signaling._conversations.values()))
    await browsers[0].socket.close()
    await first_ended.wait()
    await house.seated(Seat.SUBJECT)


@pytest.mark.parametrize("query", ["", "?seat=", "?seat=counsellor"])
async def test_a_browser_that_holds_both_sessions_says_which_it_means(house: House, query: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.open(query)
    assert refused.value.status == 400


@pytest.mark.parametrize("seat", Seat)
async def test_a_browser_with_one_session_means_that_one(house: House, seat: Seat) -> None:
    house.staff, house.subject = (OFFICER, None) if seat is Seat.OFFICER else (None, SUBJECT)
    browser = await house.open("")
    await browser.say(Hello(v=1), Join(check_in="c1"))
    assert await browser.hear() == WELCOME
    assert await browser.hear() == STANDING
    assert set(house.live.seats) == {seat}


async def test_what_is_no_websocket_is_a_bad_request(house: House) -> None:
    async with house.http.get(house.address + "?seat=officer", headers={"Origin": OURS}) as response:
        assert response.status == 400


@pytest.mark.parametrize("seat", Seat)
async def test_a_browser_without_a_session_is_told_so(house: House, seat: Seat) -> None:
    house.staff = house.subject = None
    browser = await house.open(f"?seat={seat}")
    assert await browser.closing() == (4401, "no session")


async def test_the_session_that_counts_is_that_of_the_seat(house: House) -> None:
    house.subject = None
    assert await (await house.open("?seat=subject")).closing() == (4401, "no session")
    await house.seated(Seat.OFFICER)
    assert house.live.heard == [("arrive", "c1", Seat.OFFICER, OFFICER)]


@pytest.mark.parametrize("seat", Seat)
async def test_a_check_in_that_is_not_theirs_answers_like_one_that_is_not(house: House, seat: Seat) -> None:
    house.live.raises["arrive"] = NotYours()
    browser = await house.open(f"?seat={seat}")
    await browser.say(Hello(v=1), Join(check_in="c1"))
    assert await browser.hear() == WELCOME
    assert await browser.closing() == (4404, "no such check-in")
    assert house.live.seats == {}


async def test_a_link_opens_its_own_check_in_only(house: House) -> None:
    browser = await house.open("?seat=subject")
    await browser.say(Hello(v=1), Join(check_in="c2"))
    assert await browser.hear() == WELCOME
    assert await browser.closing() == (4404, "no such check-in")
    assert house.live.heard == []


async def test_who_cannot_be_seated_for_now_is_told_to_join_again_and_no_bug_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.live.raises["arrive"] = DatabaseBusy()
    browser = await house.open("?seat=officer")
    await browser.say(Hello(v=1), Join(check_in="c1"))
    assert await browser.hear() == WELCOME
    assert await browser.closing() == (1011, "busy")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# who still may be there


@pytest.mark.parametrize("seat", Seat)
async def test_a_beat_of_whoever_has_no_session_any_more_ends_everything_for_them_at_once(
    house: House, seat: Seat
) -> None:
    browser = await house.seated(seat)
    await browser.say(Beat())
    assert await browser.is_heard()
    house.staff = house.subject = None
    await browser.say(Beat())
    assert await browser.closing() == (4401, "the session is over")
    await house.live.departed.wait()
    assert house.live.heard[-2:] == [("dismiss", "c1", seat, True), ("depart", "c1", seat)]


async def test_a_beat_before_the_seat_asks_as_well(house: House) -> None:
    browser = await house.open()
    await browser.say(Hello(v=1))
    assert await browser.hear() == WELCOME
    house.staff = None
    await browser.say(Beat())
    assert await browser.closing() == (4401, "the session is over")
    assert house.live.heard == []


@pytest.mark.parametrize(
    "said", [Admit(), Offer(sdp="v=0"), Note(text="正常"), End(), Leave()], ids=lambda said: said.type
)
async def test_nothing_is_done_for_whoever_has_no_session_any_more(house: House, said: Said) -> None:
    browser = await house.seated()
    house.staff = None
    await browser.say(said)
    assert await browser.closing() == (4401, "the session is over")
    await house.live.departed.wait()
    assert house.live.acts() == ["arrive", "dismiss", "depart"]


async def test_a_connection_opened_before_takes_no_seat_after_the_session(house: House) -> None:
    browser = await house.open("?seat=subject")
    await browser.say(Hello(v=1))
    assert await browser.hear() == WELCOME
    house.subject = None  # a newer link was used, elsewhere
    await browser.say(Join(check_in="c1"))
    assert await browser.closing() == (4401, "the session is over")
    assert house.live.heard == []


@pytest.mark.parametrize("sends", ["ping", "pong"])
async def test_whoever_never_beats_is_asked_all_the_same(house: House, sends: str) -> None:
    browser = await house.seated(Seat.SUBJECT)
    house.subject = None
    house.clock.advance(ASKED_EVERY)
    await getattr(browser.socket, sends)()
    assert await browser.closing() == (4401, "the session is over")


async def test_whoever_changed_their_post_acts_in_the_new_one_after_the_next_beat(house: House) -> None:
    browser = await house.seated()
    house.staff = replace(OFFICER, post=PostId("post2"))
    await browser.say(Beat(), Admit())
    assert await browser.is_heard()
    assert ("admit", "c1", house.staff) in house.live.heard


async def test_a_busy_database_throws_nobody_out(house: House) -> None:
    browser = await house.seated()
    house.busy = True
    await browser.say(Beat())
    assert await browser.is_heard()


# whether we still are there


async def test_whoever_has_said_hello_hears_every_second_that_we_are_here(house: House) -> None:
    browser = await house.seated()
    for _ in range(3):
        house.clock.advance(BEAT_EVERY)
        assert await browser.is_heard()
    assert browser.beats == 3


async def test_whoever_has_not_said_hello_hears_nothing(house: House) -> None:
    browser = await house.open()
    house.clock.advance(BEAT_EVERY)
    await browser.say(Hello(v=1))
    assert await browser.hear() == WELCOME
    assert browser.beats == 0


# what is said is done


async def test_a_page_that_comes_back_says_which_one_it_is(house: House) -> None:
    browser = await house.open()
    await browser.say(Hello(v=1), Join(check_in="c1", resume=Resume(page="0f" * 16, turn=2)))
    assert [await browser.hear(), await browser.hear()] == [WELCOME, STANDING]
    assert house.live.seats[Seat.OFFICER].resumed == Resumed("0f" * 16, 2)


async def test_what_comes_late_from_a_connection_that_lost_the_seat_changes_nothing(house: House) -> None:
    former = await house.seated()
    house.live.seats[Seat.OFFICER].replaced()
    await former.say(Offer(sdp="of a connection that nobody has any more"))
    assert await former.closing() == (4409, "another connection of yours took the seat")
    await house.live.departed.wait()
    assert house.live.acts() == ["arrive", "depart"]


async def test_everything_an_officer_says_reaches_the_check_in(house: House) -> None:
    browser = await house.seated()
    await browser.say(Admit(), Offer(sdp="v=0"), Note(text="周边安静"), Beat(), End(), Leave())
    assert await browser.hear() == {"type": "answer", "sdp": "the answer"}
    await house.live.departed.wait()
    assert house.live.heard == [
        ("arrive", "c1", Seat.OFFICER, OFFICER),
        ("admit", "c1", OFFICER),
        ("offer", "c1", Seat.OFFICER, "v=0"),
        ("note", "c1", "周边安静"),
        ("end", "c1", Seat.OFFICER),
        ("depart", "c1", Seat.OFFICER),
    ]


@pytest.mark.parametrize(
    ("door", "said", "raised", "code", "reason"),
    [
        ("offer", Offer(sdp="v=0"), NotAdmitted(), "not_admitted", "nobody has been admitted"),
        ("offer", Offer(sdp="v=0"), BadOffer("no video section"), "bad_offer", "no video section"),
        ("admit", Admit(), NotYours(), "not_yours", "this is not for your post"),
        ("note", Note(text="x"), NotAdmitted(), "not_admitted", "nobody has been admitted"),
        ("admit", Admit(), DatabaseBusy(), "busy", "busy; nothing has happened"),
        ("offer", Offer(sdp="v=0"), NoMedia(), "busy", "busy; nothing has happened"),
        (
            "end",
            End(),
            IllegalCue(CheckInState.ENDED, CheckInCue.CALL_ENDED),
            "not_possible",
            "call_ended is not possible while ended",
        ),
    ],
)
async def test_a_message_that_does_nothing_is_refused_and_the_conversation_goes_on(
    house: House, door: str, said: Said, raised: Exception, code: str, reason: str
) -> None:
    browser = await house.seated()
    house.live.raises[door] = raised
    await browser.say(said)
    assert await browser.hear() == {"type": "refused", "about": door, "code": code, "reason": reason}
    house.live.raises.clear()
    assert await browser.is_heard()


# how it ends


async def check_that_only_one_ends(
    house: House, bad: Browser, other: Browser, *, code: int, reason: str | None = None
) -> None:
    """`bad` is closed with `code` and gives its seat up; `other` hears nothing of it and goes on."""
    closed, why = await bad.closing()
    assert closed == code
    assert reason is None or why == reason
    await house.live.departed.wait()
    assert set(house.live.seats) == {Seat.SUBJECT}
    assert await other.is_heard()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("{", "a message is one JSON object"),
        ('{"type": "beat", "x": 1}', "beat has a field too many"),
        (dump(Hello(v=1)), "hello is not possible while in_room"),
    ],
)
async def test_a_mistake_of_theirs_closes_their_connection_and_changes_nothing_else(
    house: House, said: str, reason: str
) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    await bad.say(said)
    await check_that_only_one_ends(house, bad, other, code=4400, reason=reason)
    assert house.live.acts() == ["arrive", "arrive", "depart", "offer"]


async def test_a_binary_frame_is_a_mistake(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    await bad.socket.send_bytes(b"\x00")
    await check_that_only_one_ends(house, bad, other, code=4400, reason="a message is a text frame")


async def test_a_frame_that_is_too_large_is_not_read(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    await bad.say("a" * (LARGEST_FRAME + 1))
    await check_that_only_one_ends(house, bad, other, code=1009)


async def test_a_frame_is_refused_by_the_length_it_announces(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    text_frame, masked, length = 0x81, 0x80, 5 * 1024 * 1024
    raw(bad).write(bytes([text_frame, masked | 127]) + length.to_bytes(8, "big") + b"mask")
    await check_that_only_one_ends(house, bad, other, code=1009)


async def test_who_sends_5_mib_all_the_same_is_cut_off(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    with suppress(ConnectionError):  # still sending when we hang up; whether it reads why is the network's affair
        await bad.say("a" * (5 * 1024 * 1024))
    await house.live.departed.wait()
    assert await other.is_heard()
    await house.signaling.close()
    assert house.signaling.counters["closed 1009"] == 1


async def test_text_that_is_not_utf_8_is_not_read(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    await bad.socket.send_frame(b"\xff\xfe", WSMsgType.TEXT)
    await check_that_only_one_ends(house, bad, other, code=1007)


async def test_a_thousand_messages_in_a_second_close_the_connection(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    await bad.say(*[Beat()] * 1000)
    await check_that_only_one_ends(house, bad, other, code=4429, reason="more than 20 messages in a second")


async def test_pings_count_as_messages_too(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    for _ in range(100):
        await bad.socket.ping()
    await check_that_only_one_ends(house, bad, other, code=4429)


async def test_twenty_messages_a_second_are_welcome(house: House) -> None:
    browser = await house.seated()
    for _ in range(10):
        house.clock.advance(1)
        await browser.say(*[Beat()] * 19)
        assert await browser.is_heard()


async def test_who_is_silent_for_30_s_is_closed(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    house.clock.advance(29)
    assert await other.is_heard()
    house.clock.advance(1)
    await check_that_only_one_ends(house, bad, other, code=4408, reason="silent for 30 s")


async def test_a_browser_that_lets_its_outbox_fill_up_is_cut_off(house: House) -> None:
    bad = await house.seated()
    for _ in range(OUTBOX + 1):  # in one turn of the loop: the writer has no chance to send
        house.live.seats[Seat.OFFICER].tell(WAITING)
    other = await house.seated(Seat.SUBJECT)
    await check_that_only_one_ends(house, bad, other, code=1006)


async def test_nobody_waits_for_a_browser_that_does_not_read(house: House) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    raw(bad).pause_reading()
    large = Ended(Receipt("x" * 1_000_000, house.clock.now(), house.clock.now(), "李静", "城关司法所", 0.0))
    for _ in range(1000):  # some megabytes fit between the two, then the outbox fills up
        if Seat.OFFICER not in house.live.seats:
            break
        house.live.seats[Seat.OFFICER].tell(large)
        await asyncio.sleep(0)
    raw(bad).abort()
    assert set(house.live.seats) == {Seat.SUBJECT}
    assert await other.is_heard()
    await house.signaling.close()
    assert house.signaling.counters["closed 1006"] == 1


async def test_a_message_that_cannot_leave_in_time_cuts_the_browser_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signaling.browser, "LONGEST_SEND", 0)  # what needs no waiting still leaves
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    raw(bad).pause_reading()
    large = Ended(Receipt("x" * 10_000_000, house.clock.now(), house.clock.now(), "李静", "城关司法所", 0.0))
    house.live.seats[Seat.OFFICER].tell(large)
    await house.live.departed.wait()
    raw(bad).abort()
    assert await other.is_heard()


async def test_a_pong_that_nobody_asked_for_is_no_message(house: House) -> None:
    browser = await house.seated()
    await browser.socket.pong()
    assert await browser.is_heard()


@pytest.mark.parametrize("state", CheckInState)
async def test_a_pass_for_the_relay_comes_before_every_standing_by_which_there_may_be_media(
    house: House, state: CheckInState
) -> None:
    browser = await house.seated()
    for _ in range(2):
        house.clock.advance(10)
        house.live.tell(replace(WAITING, state=state))
        if state in GOING_ON:
            fresh = RELAYS.pass_for(CheckInId("c1"), Seat.OFFICER, house.clock.now())
            assert await browser.hear() == json.loads(dump(fresh))
        assert await browser.hear() == {**STANDING, "state": state}


async def test_a_second_connection_of_the_same_person_takes_the_seat_over(house: House) -> None:
    first = await house.seated()
    second = await house.seated()
    assert await first.closing() == (4409, "another connection of yours took the seat")
    await house.live.departed.wait()
    assert set(house.live.seats) == {Seat.OFFICER}
    assert await second.is_heard()


@pytest.mark.parametrize(("door", "said"), [("offer", Offer(sdp="v=0")), ("end", End()), ("admit", Admit())])
async def test_a_bug_of_ours_is_one_log_line_and_one_closed_connection(
    house: House, caplog: pytest.LogCaptureFixture, door: str, said: Said
) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    house.live.raises[door] = ZeroDivisionError("a bug")
    await bad.say(said)
    assert await bad.closing() == (1011, "our fault")
    await house.live.departed.wait()
    house.live.raises.clear()
    assert await other.is_heard()
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage() == "connection 1: our fault"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_news_that_cannot_be_told_is_our_fault(house: House, caplog: pytest.LogCaptureFixture) -> None:
    bad, other = await house.seated(), await house.seated(Seat.SUBJECT)
    house.live.seats[Seat.OFFICER].tell(cast(Ended, "no news at all"))
    await check_that_only_one_ends(house, bad, other, code=1011)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_a_bug_while_leaving_is_one_log_line_too(house: House, caplog: pytest.LogCaptureFixture) -> None:
    browser = await house.seated()
    house.live.raises["depart"] = ZeroDivisionError("a bug")
    await browser.socket.close()
    await house.live.departed.wait()
    await house.signaling.close()
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


async def test_who_vanishes_without_a_word_has_left(house: House) -> None:
    browser, other = await house.seated(), await house.seated(Seat.SUBJECT)
    raw(browser).abort()
    await house.live.departed.wait()
    assert set(house.live.seats) == {Seat.SUBJECT}
    assert await other.is_heard()


async def test_who_has_left_the_seat_departs_once(house: House) -> None:
    browser = await house.seated()
    await browser.say(Leave())
    await house.live.departed.wait()
    await browser.socket.close()
    await house.signaling.close()
    assert house.live.acts() == ["arrive", "depart"]


async def test_a_server_that_stops_says_so_to_everybody_and_waits_for_them(house: House) -> None:
    browsers = [await house.seated(), await house.seated(Seat.SUBJECT), await house.open()]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.signaling.close())
        for browser in browsers:
            assert await browser.hear() == {"type": "going_away"}
            assert await browser.closing() == (1001, "the server is stopping")
    assert house.live.seats == {}


async def test_a_server_that_stops_lets_nobody_in(house: House) -> None:
    await house.signaling.close()
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.open()
    assert refused.value.status == 503


async def test_every_end_and_every_refusal_is_counted_and_the_log_says_so_at_the_end(house: House) -> None:
    with logged_at("INFO") as log:
        browser = await house.seated()
        house.live.raises["offer"] = NotAdmitted()
        await browser.say(Offer(sdp="v=0"), Offer(sdp="v=0"), "{")
        assert [(await browser.hear())["about"] for _ in range(2)] == [SaidKind.OFFER] * 2
        assert (await browser.closing())[0] == 4400
        await house.signaling.close()
    assert house.signaling.counters == {"closed 4400": 1, "refused not_admitted": 2}
    assert "connection 1: closed 4400 a message is one JSON object (refused not_admitted 2)\n" in log.getvalue()
    assert "signalling has stopped; since its start: refused not_admitted 2, closed 4400 1\n" in log.getvalue()
