"""Check-ins with somebody in them: who may sit where, when there is a call, and that no end is lost."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import av
import pytest
from sqlalchemy import delete

from accounts.passwords import Passwords
from accounts.people import People
from accounts.powers import NotYours
from accounts.subjects import SubjectId
from cases.entries import EngineCited, FileCited, Mute, NoteFiled, PicturePause, StillFiled
from checkins.appointment import Appointment
from checkins.call import NotAdmitted
from checkins.checkin import CheckInId, CheckInState
from checkins.folders import files_of, marks_folder, recording_folder
from checkins.identity import IdentityState
from checkins.marks import IdentityStands, Marks, MediaFlow
from checkins.news import IdentityNews, NoteSoFar, OfferAgain, PauseSoFar, Presence, Seat, SoFar, Standing
from checkins.notice import Choice
from checkins.store import SubjectSessionRow
from checkins.turns import Muting, Pausing
from live.grace import UNSEATED_S
from live.notices import Language
from live.resumed import Resumed
from media.contract import SeatState
from media.negotiation import BadOffer
from media.plane import MediaPlane
from media.recorder import Recorder
from media.room import Room
from recognition.engines import Pixels
from recognition.enrolment import Reference
from recognition.verdict import Comparison, Reason, Verdict
from statetable import IllegalCue
from storage.database import DatabaseBusy
from storage.files import FileStore, SealedFile
from tests.support.calls import BusyProgress, CallHouse, Ear, Files, call_house
from tests.support.check_ins import Desk
from tests.support.encoded_clip import encoded_clip
from tests.support.fake_engine import JPEG, FakeVerifier
from tests.support.records import audited
from tests.support.two_peers import StockClient, browser

pytestmark = pytest.mark.rim

SUBJECT, OFFICER = Seat.SUBJECT, Seat.OFFICER
S = CheckInState
NO_ROOM = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
async def house(desk: Desk, tmp_path: Path) -> AsyncIterator[CallHouse]:
    """Nobody's media flows here, and time stands still until a test lets it pass."""
    async with call_house(desk, tmp_path) as opened:
        yield opened


@pytest.fixture
async def with_media(desk: Desk, tmp_path: Path) -> AsyncIterator[CallHouse]:
    """Media has a clock that runs."""
    async with call_house(desk, tmp_path, monotonic=asyncio.get_running_loop().time) as opened:
        await opened.enrolled()
        yield opened


async def connect(
    house: CallHouse, check_in: CheckInId, seat: Seat, peers: AsyncExitStack, codec: str | None = None
) -> StockClient:
    """The seat's browser offers its media; the connection comes about on its own."""
    client = await peers.enter_async_context(StockClient(codec))
    await client.offer_to(lambda sdp: house.live.offer(check_in, seat, sdp))
    return client


async def connect_both(house: CallHouse, check_in: CheckInId, peers: AsyncExitStack) -> dict[Seat, StockClient]:
    """Both browsers' media flows, and each has seen and heard something of the other."""
    clients = {seat: await connect(house, check_in, seat, peers) for seat in Seat}
    for client in clients.values():
        await client.decodes(5)
    return clients


async def seen(officer: Ear, stills: int = 1) -> None:
    """Until so many stills were judged: by then the subject's recording has something to play as well."""
    await officer.until(lambda ear: any(news.stills >= stills for news in ear.of(IdentityNews)))


# the seats


async def test_whoever_arrives_waits_and_whoever_leaves_does_not(house: CallHouse) -> None:
    check_in = await house.agreed()
    officer = await house.sits(check_in, OFFICER)
    subject = await house.sits(check_in, SUBJECT)
    await house.leaves(subject)
    assert officer.states == [S.SCHEDULED, S.WAITING, S.SCHEDULED]
    told = [standing.subject for standing in officer.of(Standing)]
    assert told == [Presence.ABSENT, Presence.PRESENT, Presence.ABSENT]
    assert await house.state(check_in) is S.SCHEDULED


async def test_people_are_told_how_many_wait_before_them_until_it_is_their_turn(house: CallHouse) -> None:
    first, second = await house.agreed(), await house.agreed(in_minutes=30)
    before = await house.sits(first, SUBJECT)
    house.clock.advance(1)
    waiting = await house.sits(second, SUBJECT)
    assert waiting.standing.ahead == 1
    await house.leaves(before)
    await waiting.until(lambda ear: ear.standing.ahead == 0)


async def test_an_admission_moves_the_others_up(house: CallHouse) -> None:
    first, second = await house.agreed(), await house.agreed(in_minutes=30)
    await house.sits(first, SUBJECT)
    house.clock.advance(1)
    waiting = await house.sits(second, SUBJECT)
    await house.sits(first, OFFICER)
    await house.live.admit(first, house.desk.bureau.officer, house.desk.now)
    await waiting.until(lambda ear: ear.standing.ahead == 0)


@pytest.mark.parametrize("seat", Seat)
async def test_another_browser_of_the_same_person_takes_the_seat_over(house: CallHouse, seat: Seat) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, SUBJECT)
    first = await house.sits(check_in, seat)
    second = await house.sits(check_in, seat)
    assert (first.is_replaced, second.is_replaced) == (True, False)
    await house.leaves(first)
    assert second.standing.state is S.WAITING
    assert getattr(second.standing, seat.value) is Presence.PRESENT


@pytest.mark.parametrize("seat", Seat)
async def test_a_try_that_the_network_held_back_takes_nothing_from_its_successor(house: CallHouse, seat: Seat) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, SUBJECT)
    second = await house.sits(check_in, seat, resumed=Resumed("page", 2))
    late = await house.sits(check_in, seat, resumed=Resumed("page", 1))
    assert (late.is_replaced, late.heard, second.is_replaced) == (True, [], False)
    third = await house.sits(check_in, seat, resumed=Resumed("page", 3))
    other_page = await house.sits(check_in, seat, resumed=Resumed("other", 1))
    assert (second.is_replaced, third.is_replaced, other_page.is_replaced) == (True, True, False)


async def test_a_try_that_comes_after_its_page_has_left_sits_nowhere(house: CallHouse) -> None:
    check_in = await house.agreed()
    officer = await house.sits(check_in, OFFICER)
    await house.leaves(await house.sits(check_in, SUBJECT, resumed=Resumed("page", 2)))
    late = await house.sits(check_in, SUBJECT, resumed=Resumed("page", 2))
    assert late.is_replaced
    assert officer.standing.subject is Presence.ABSENT


async def test_an_officer_who_takes_the_seat_over_in_mid_call_hears_where_identity_stands(house: CallHouse) -> None:
    check_in, _, first = await house.admitted(Choice.OTHER_WAY)
    second = await house.sits(check_in, OFFICER)
    assert first.is_replaced
    assert second.standing.state is S.LIVE
    assert second.of(IdentityNews) == first.of(IdentityNews)[-1:]


async def test_an_officer_whose_page_begins_anew_is_told_what_the_call_has_come_to(house: CallHouse) -> None:
    check_in, subject, officer = await house.admitted(Choice.OTHER_WAY)
    house.clock.advance(3)
    await house.live.note(check_in, "周边安静")
    again = await house.sits(check_in, OFFICER)
    assert again.of(SoFar) == [SoFar((), (), (NoteSoFar(3.0, "周边安静"),))]
    assert officer.of(SoFar) == subject.of(SoFar) == []


async def test_the_officers_seat_is_one_persons_until_they_leave_it(house: CallHouse) -> None:
    check_in = await house.agreed()
    officer = await house.sits(check_in, OFFICER)
    with pytest.raises(NotYours):
        await house.sits(check_in, OFFICER, house.desk.bureau.leader)
    assert not officer.is_replaced
    await house.leaves(officer)
    await house.sits(check_in, OFFICER, house.desk.bureau.leader)


async def test_from_admission_on_the_call_is_the_hosts(house: CallHouse) -> None:
    check_in, _, officer = await house.admitted()
    await house.leaves(officer)
    with pytest.raises(NotYours):
        await house.sits(check_in, OFFICER, house.desk.bureau.leader)
    assert (await house.sits(check_in, OFFICER)).standing.state is S.LIVE


async def test_who_may_not_host_finds_nothing(house: CallHouse) -> None:
    check_in = await house.agreed()
    for actor in (house.desk.bureau.other_officer, house.desk.bureau.assistant, house.desk.bureau.director):
        with pytest.raises(NotYours):
            await house.sits(check_in, OFFICER, actor)
    with pytest.raises(NotYours):
        await house.live.arrive(check_in, OFFICER, Ear(), house.desk.now, actor=None)
    with pytest.raises(NotYours):
        await house.sits(CheckInId("0" * 20), SUBJECT)


async def test_where_nobody_sits_nothing_can_be_done(house: CallHouse) -> None:
    check_in = await house.agreed()
    at, officer = house.desk.now, house.desk.bureau.officer
    for asked in (
        house.live.admit(check_in, officer, at),
        house.live.offer(check_in, SUBJECT, "v=0"),
        house.live.note(check_in, "x"),
        house.live.end(check_in, OFFICER, at),
    ):
        with pytest.raises(NotYours):
            await asked
    await house.live.depart(check_in, SUBJECT, Ear(), at)
    await house.live.dismiss(check_in, SUBJECT, Ear())


@pytest.mark.parametrize("state", [S.ENDED, S.MISSED, S.CANCELLED, S.FILED])
async def test_who_comes_to_what_is_over_is_told_so_and_changes_nothing(house: CallHouse, state: CheckInState) -> None:
    check_in = await house.desk.in_state(state)
    before = await house.progress.load(check_in)
    for seat in Seat:
        assert (await house.sits(check_in, seat)).standing.state is state
    with pytest.raises(IllegalCue):
        await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)
    with pytest.raises(NotAdmitted):
        await house.live.offer(check_in, SUBJECT, "v=0")
    assert await house.progress.load(check_in) == before


async def test_who_comes_at_the_moment_the_window_closes_is_told_that_it_has(house: CallHouse) -> None:
    check_in = await house.agreed()
    officer = await house.sits(check_in, OFFICER)
    house.clock.advance(minutes=40)
    await house.desk.appointments.sweep(house.desk.now)
    subject = await house.sits(check_in, SUBJECT)
    assert subject.states == [S.MISSED]
    assert officer.states == [S.SCHEDULED, S.MISSED]


async def test_who_cannot_be_seated_for_now_pushes_nobody_out(house: CallHouse) -> None:
    check_in = await house.agreed()
    first = await house.sits(check_in, SUBJECT)
    house.progress.busy = frozenset({"walk"})
    with pytest.raises(DatabaseBusy):
        await house.sits(check_in, SUBJECT)
    assert not first.is_replaced


async def test_a_seat_that_could_not_be_left_is_free_after_the_next_sweep(house: CallHouse) -> None:
    check_in = await house.agreed()
    subject, officer = await house.sits(check_in, SUBJECT), await house.sits(check_in, OFFICER)
    house.progress.busy = frozenset({"walk"})
    with pytest.raises(DatabaseBusy):
        await house.leaves(subject)
    house.progress.busy = frozenset()
    await house.live.catch_up()
    assert officer.standing.state is S.SCHEDULED


# admission


async def test_nobody_is_admitted_who_is_not_there(house: CallHouse) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, OFFICER)
    with pytest.raises(IllegalCue, match="admitted is not possible while scheduled"):
        await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)


async def test_nobody_is_admitted_twice(house: CallHouse) -> None:
    check_in, subject, _ = await house.admitted()
    with pytest.raises(IllegalCue):
        await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)
    assert subject.states == [S.WAITING, S.LIVE]


async def test_whose_post_has_ended_admits_nobody(house: CallHouse) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, SUBJECT)
    await house.sits(check_in, OFFICER)
    passwords = Passwords()
    await People(house.desk.database, passwords).end_post(house.desk.bureau.officer.post, house.desk.now)
    passwords.close()
    with pytest.raises(NotYours):
        await house.live.admit(check_in, house.desk.bureau.officer, house.clock.advance(1))
    assert await house.state(check_in) is S.WAITING


async def test_an_admission_names_the_host(house: CallHouse) -> None:
    check_in = await house.agreed()
    leader = house.desk.bureau.leader
    await house.sits(check_in, SUBJECT)
    await house.sits(check_in, OFFICER, leader)
    await house.live.admit(check_in, leader, house.desk.now)
    assert (await house.progress.load(check_in)).host_post == leader.post
    audit = await audited(house.desk.database, f"check-in/{check_in}")
    assert (audit[-1].verb, audit[-1].post) == ("host", leader.post)


@pytest.mark.parametrize("trouble", ["busy", "no room"])
async def test_an_admission_that_fails_leaves_nothing_and_is_done_again(
    house: CallHouse, tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_in = await house.agreed()
    subject = await house.sits(check_in, SUBJECT)
    await house.sits(check_in, OFFICER)

    def no_folder(_name: str) -> Path:
        raise NO_ROOM

    with monkeypatch.context() as patched:
        if trouble == "busy":
            house.progress.busy = frozenset({"walk"})
        else:
            patched.setattr(house.files, "working_folder", no_folder)
        with pytest.raises((DatabaseBusy, OSError)):
            await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)
    house.progress.busy = frozenset()
    with pytest.raises(NotAdmitted):
        await house.live.offer(check_in, SUBJECT, "v=0")
    assert subject.states == [S.WAITING]
    assert not (tmp_path / "files" / "working" / files_of(check_in)).exists()
    await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)
    assert subject.states == [S.WAITING, S.LIVE]


async def test_before_admission_no_media_and_no_note_is_taken(house: CallHouse) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, SUBJECT)
    with pytest.raises(NotAdmitted):
        await house.live.offer(check_in, SUBJECT, "v=0")
    with pytest.raises(NotAdmitted):
        await house.live.note(check_in, "x")


async def test_a_bad_offer_changes_nothing(house: CallHouse) -> None:
    check_in, subject, _ = await house.admitted()
    with pytest.raises(BadOffer):
        await house.live.offer(check_in, SUBJECT, "v=0")
    assert subject.standing.subject is Presence.PRESENT


# what faces say


async def test_where_another_way_was_chosen_nothing_is_ever_compared(with_media: CallHouse) -> None:
    async with AsyncExitStack() as peers:
        check_in, _, officer = await with_media.admitted(Choice.OTHER_WAY)
        await connect_both(with_media, check_in, peers)
        await with_media.live.end(check_in, OFFICER, with_media.desk.now)
    assert set(officer.of(IdentityNews)) == {IdentityNews(IdentityState.OPEN, None, None, (), 0, 0, "off")}
    [ended] = await with_media.filed()
    assert (ended.identity_state, ended.stills, ended.engine) == ("open", (), None)
    assert ended.consent.choice == "other_way"


async def test_a_way_that_is_chosen_in_the_middle_of_the_admission_is_the_one_that_counts(
    with_media: CallHouse,
) -> None:
    """By another link, on another browser; once the call has begun no link lets anybody in."""
    desk, progress = with_media.desk, with_media.progress
    check_in = await with_media.agreed(Choice.FACE)
    await with_media.sits(check_in, SUBJECT)
    officer = await with_media.sits(check_in, OFFICER)
    link = await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)
    reference_of = progress.reference_of

    async def meanwhile(subject: SubjectId) -> Reference | None:
        await desk.appointments.accept(link, Choice.OTHER_WAY, desk.policy.notice.version, Language.ZH, desk.now)
        return await reference_of(subject)

    progress.reference_of = meanwhile  # type: ignore[method-assign]
    async with AsyncExitStack() as peers:
        await with_media.live.admit(check_in, desk.bureau.officer, desk.now)
        await connect_both(with_media, check_in, peers)
        await with_media.live.end(check_in, OFFICER, desk.now)
    assert [news.engine for news in officer.of(IdentityNews)] == ["off"]
    [ended] = await with_media.filed()
    assert (ended.consent.choice, ended.stills, ended.engine) == ("other_way", (), None)


@pytest.mark.parametrize("first", [OFFICER, SUBJECT])
@pytest.mark.parametrize(("choice", "verdict"), [(Choice.OTHER_WAY, None), (Choice.FACE, Verdict.UNABLE)])
async def test_whoever_may_let_somebody_in_knows_before_that_nothing_will_be_compared(
    house: CallHouse, first: Seat, choice: Choice, verdict: Verdict | None
) -> None:
    check_in = await house.agreed(choice)
    second = SUBJECT if first is OFFICER else OFFICER
    ears = {seat: await house.sits(check_in, seat) for seat in (first, second)}
    [news] = ears[OFFICER].of(IdentityNews)
    assert (news.verdict, news.engine) == (verdict, "off")
    assert not ears[SUBJECT].of(IdentityNews)


async def test_before_a_comparison_nothing_is_said_about_it(with_media: CallHouse) -> None:
    check_in = await with_media.agreed()
    await with_media.sits(check_in, SUBJECT)
    officer = await with_media.sits(check_in, OFFICER)
    assert not officer.of(IdentityNews)


class NoEngine(FakeVerifier):
    def __init__(self) -> None:
        super().__init__()
        self.engine = None


@pytest.mark.parametrize(
    ("verifier", "reason"), [(FakeVerifier(), Reason.NOT_ENROLLED), (NoEngine(), Reason.ENGINE_FAILED)]
)
async def test_where_stills_would_say_nothing_a_person_is_told_to_look(
    desk: Desk, tmp_path: Path, verifier: FakeVerifier, reason: Reason
) -> None:
    async with call_house(desk, tmp_path, verifier=verifier) as house:
        check_in, _, officer = await house.admitted()
        before, news = officer.of(IdentityNews)
        assert (before.state, before.reasons) == (IdentityState.OPEN, (reason,))
        assert (news.state, news.reasons) == (IdentityState.INCONCLUSIVE, (reason,))
        await house.live.end(check_in, OFFICER, house.desk.now)
        [ended] = await house.filed()
        assert (ended.identity_state, ended.engine, ended.unable_because) == ("inconclusive", None, (reason,))
        assert (await house.progress.load(check_in)).identity is IdentityState.INCONCLUSIVE


async def test_the_subject_is_not_told_what_the_machine_says(house: CallHouse) -> None:
    _, subject, officer = await house.admitted()
    assert officer.of(IdentityNews)
    assert not subject.of(IdentityNews)


class SlowVerifier(FakeVerifier):
    """Says nothing before a test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self.fault: Exception | None = None

    async def compare(self, reference: Reference, pixels: Pixels) -> Comparison:
        self.asked.set()
        await self.may_answer.wait()
        if self.fault is not None:
            raise self.fault
        return await super().compare(reference, pixels)


async def test_what_is_judged_after_the_end_is_not_on_file(desk: Desk, tmp_path: Path) -> None:
    verifier = SlowVerifier()
    clock = asyncio.get_running_loop().time
    async with call_house(desk, tmp_path, verifier=verifier, monotonic=clock) as house, AsyncExitStack() as peers:
        await house.enrolled()
        check_in, _, officer = await house.admitted()
        await connect(house, check_in, SUBJECT, peers)
        await verifier.asked.wait()
        await house.live.end(check_in, OFFICER, house.desk.now)
        told = officer.of(IdentityNews)
        verifier.may_answer.set()
    [ended] = await house.filed()
    assert (ended.stills, ended.verdicts, ended.identity_state) == ((), {}, "open")
    assert officer.of(IdentityNews) == told
    assert not (tmp_path / "files" / "sealed" / files_of(check_in) / "stills").exists()


async def test_a_bug_in_a_comparison_ends_no_call(desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    verifier = SlowVerifier()
    verifier.fault = ZeroDivisionError("a bug")
    clock = asyncio.get_running_loop().time
    async with call_house(desk, tmp_path, verifier=verifier, monotonic=clock) as house, AsyncExitStack() as peers:
        await house.enrolled()
        check_in, _, officer = await house.admitted()
        await connect(house, check_in, SUBJECT, peers)
        await verifier.asked.wait()
        verifier.fault = None
        verifier.may_answer.set()
        await seen(officer)
        await house.live.end(check_in, OFFICER, house.desk.now)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# a network that is too slow for a picture


async def test_both_are_told_that_a_picture_is_paused_and_that_it_is_back(house: CallHouse) -> None:
    check_in, subject, officer = await house.admitted()
    for paused in (True, True, False):
        house.clock.advance(2)
        await house.live.turn(check_in, SUBJECT, Pausing(paused=paused))
    for ear in (subject, officer):
        assert [standing.paused for standing in ear.of(Standing)[-3:]] == [(), (SUBJECT,), ()]
        assert ear.standing.state is S.LIVE  # the call goes on
    await house.live.end(check_in, OFFICER, house.desk.now)
    [ended] = await house.filed()
    assert ended.pauses == (PicturePause("subject", 2.0, 6.0, None, None, None),)
    assert (ended.verdicts, ended.drops) == ({}, ())


async def test_an_officer_whose_page_begins_anew_knows_that_the_picture_is_paused(house: CallHouse) -> None:
    check_in, _, _ = await house.admitted()
    house.clock.advance(2)
    await house.live.turn(check_in, SUBJECT, Pausing(paused=True))
    again = await house.sits(check_in, OFFICER)
    assert again.standing.paused == (SUBJECT,)
    assert again.of(SoFar)[-1].pauses == (PauseSoFar(2.0, None),)


async def test_a_new_connection_begins_with_a_picture(with_media: CallHouse) -> None:
    async with AsyncExitStack() as peers:
        check_in, subject, _ = await with_media.admitted(Choice.OTHER_WAY)
        await with_media.live.turn(check_in, SUBJECT, Pausing(paused=True))
        await connect(with_media, check_in, SUBJECT, peers)
        assert subject.standing.paused == ()
        await subject.sees(SUBJECT, Presence.CONNECTED)  # aiortc's client ends only what has begun
        await with_media.live.end(check_in, OFFICER, with_media.desk.now)


async def test_before_admission_there_is_no_picture_to_pause(house: CallHouse) -> None:
    check_in = await house.agreed()
    await house.sits(check_in, SUBJECT)
    with pytest.raises(NotAdmitted):
        await house.live.turn(check_in, SUBJECT, Pausing(paused=True))


# a microphone or camera that the person has put out


async def test_both_are_told_who_has_put_out_a_microphone_or_a_camera_and_it_is_on_file(house: CallHouse) -> None:
    check_in, subject, officer = await house.admitted()
    for turn in (
        Muting(sound=True, picture=False),
        Muting(sound=True, picture=False),
        Muting(sound=True, picture=True),
        Muting(sound=False, picture=True),
    ):
        house.clock.advance(2)
        await house.live.turn(check_in, OFFICER, turn)
    house.clock.advance(2)
    await house.live.turn(check_in, SUBJECT, Muting(sound=True, picture=False))
    for ear in (subject, officer):
        assert [(one.silenced, one.hidden) for one in ear.of(Standing)[-5:]] == [
            ((), ()),
            ((OFFICER,), ()),
            ((OFFICER,), (OFFICER,)),
            ((), (OFFICER,)),
            ((SUBJECT,), (OFFICER,)),
        ]
        assert ear.standing.state is S.LIVE
    house.clock.advance(2)
    await house.live.end(check_in, OFFICER, house.desk.now)
    [ended] = await house.filed()
    assert ended.mutes == (
        Mute("officer", "audio", 2.0, 8.0),
        Mute("officer", "video", 6.0, 12.0),
        Mute("subject", "audio", 10.0, 12.0),
    )
    assert (ended.verdicts, ended.drops, ended.pauses) == ({}, (), ())


async def test_a_mute_outlasts_a_connection_until_the_page_says_otherwise(with_media: CallHouse) -> None:
    async with AsyncExitStack() as peers:
        check_in, subject, _ = await with_media.admitted(Choice.OTHER_WAY)
        await with_media.live.turn(check_in, SUBJECT, Muting(sound=True, picture=False))
        await connect(with_media, check_in, SUBJECT, peers)
        await subject.sees(SUBJECT, Presence.CONNECTED)
        assert subject.standing.silenced == (SUBJECT,)
        again = await with_media.sits(check_in, SUBJECT)
        await with_media.live.turn(check_in, SUBJECT, Muting(sound=False, picture=False))
        # By the first a page that begins anew knows what to put right.
        assert [standing.silenced for standing in again.of(Standing)] == [(SUBJECT,), ()]
        await with_media.live.end(check_in, OFFICER, with_media.desk.now)


# a whole call


def pictures_in(path: Path) -> int:
    """How many pictures a recording shows."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


async def test_a_whole_call_is_on_file_with_all_that_happened_in_it(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        for seat in Seat:
            await officer.sees(seat, Presence.CONNECTED)
        await officer.until(lambda ear: ear.of(IdentityNews)[-1].state is IdentityState.MATCHED)
        await house.live.note(check_in, "近况平稳")
        ended_at = house.clock.advance(minutes=3)
        await house.live.end(check_in, SUBJECT, ended_at)
        with pytest.raises(NotAdmitted):
            await house.live.note(check_in, "too late")
        with pytest.raises(NotAdmitted):
            await house.live.offer(check_in, SUBJECT, "v=0")
    [ended] = await house.filed()
    assert (ended.ended_by, ended.ended_at, ended.identity_state) == ("subject", ended_at, "matched")
    assert ended.engine is not None
    assert [note.text for note in ended.notes] == ["近况平稳"]
    assert ended.drops == ()
    assert [recording.state for recording in ended.recordings] == ["sealed", "sealed"]
    for recording in ended.recordings:
        assert recording.file is not None
        assert pictures_in(house.files.path(recording.file.name)) > 0
    assert ended.verdicts == {"match": len(ended.stills)}
    for still in ended.stills:
        assert still.file is not None
        assert house.files.find(still.file.name) is not None
        assert still.at_s > 0
    assert house.files.unfinished() == []
    assert subject.receipts == officer.receipts
    [receipt] = subject.receipts
    assert receipt is not None
    assert receipt.ended_at == ended_at
    assert await house.state(check_in) is S.ENDED


async def test_two_who_end_it_at_once_end_it_once(house: CallHouse) -> None:
    check_in, subject, officer = await house.admitted()
    at = house.desk.now
    ends = [house.live.end(check_in, seat, at) for seat in Seat]
    first, second = await asyncio.gather(*ends, return_exceptions=True)
    assert first is None
    assert isinstance(second, IllegalCue)
    assert len(await house.filed()) == len(subject.receipts) == len(officer.receipts) == 1


async def test_a_lost_connection_interrupts_and_a_new_one_goes_on(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        first = await connect(house, check_in, SUBJECT, peers)
        await seen(officer)
        await first.hang_up()
        await officer.sees(SUBJECT, Presence.LOST)
        assert await house.state(check_in) is S.INTERRUPTED
        await connect(house, check_in, SUBJECT, peers)
        await officer.sees(SUBJECT, Presence.CONNECTED)
        assert officer.states == [S.WAITING, S.LIVE, S.INTERRUPTED, S.LIVE]
        await house.live.end(check_in, OFFICER, house.desk.now)
    [ended] = await house.filed()
    [drop] = ended.drops
    assert drop.seat == SUBJECT
    assert 0 < drop.from_s < drop.to_s
    [subjects, officers] = ended.recordings
    assert subjects.state == "sealed"
    assert officers == replace(
        subjects, seat="officer", state="empty", file=None, seconds=0, starts_at_s=0, gaps=(), sizes=()
    )


async def test_an_officer_who_says_that_they_leave_has_lost_no_connection(with_media: CallHouse) -> None:
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await with_media.admitted()
        await connect_both(with_media, check_in, peers)
        await officer.sees(OFFICER, Presence.CONNECTED)
        at = with_media.desk.now
        await with_media.live.depart(check_in, OFFICER, officer, at, said=True)
        await subject.sees(OFFICER, Presence.ABSENT)
        assert subject.standing.state is S.LIVE
        again = await with_media.sits(check_in, OFFICER)
        await subject.sees(OFFICER, Presence.PRESENT)
        await connect(with_media, check_in, OFFICER, peers)
        await again.sees(OFFICER, Presence.CONNECTED)
        await with_media.live.end(check_in, OFFICER, at)
    [ended] = await with_media.filed()
    assert [(drop.seat, drop.cause) for drop in ended.drops if drop.seat == OFFICER] == [("officer", "left")]


async def test_a_connection_that_is_away_at_the_end_was_away_until_then(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        clients = await connect_both(house, check_in, peers)
        await clients[OFFICER].hang_up()
        await officer.sees(OFFICER, Presence.LOST)
        assert officer.standing.state is S.LIVE  # the officer's own drop interrupts nothing
        await house.live.end(check_in, SUBJECT, house.desk.now)
    [ended] = await house.filed()
    [drop] = ended.drops
    assert drop.seat == OFFICER
    assert drop.from_s < drop.to_s


async def test_a_drop_is_told_also_while_the_board_has_to_wait_for_it(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        clients = await connect_both(house, check_in, peers)
        house.progress.busy = frozenset({"walk"})
        await clients[SUBJECT].hang_up()
        await officer.sees(SUBJECT, Presence.LOST)
        assert await house.state(check_in) is S.LIVE
        house.progress.busy = frozenset()
        await house.live.catch_up()
        assert await house.state(check_in) is S.INTERRUPTED
        assert officer.standing.state is S.INTERRUPTED
        await house.live.end(check_in, OFFICER, house.desk.now)


async def test_whoever_is_dismissed_neither_hears_nor_sees(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        await house.live.dismiss(check_in, OFFICER, officer)
        await subject.sees(OFFICER, Presence.LOST)
        await house.live.end(check_in, SUBJECT, house.desk.now)


async def test_whoever_gives_up_the_conversation_and_keeps_the_media_is_hung_up(with_media: CallHouse) -> None:
    """Nobody could ask any more whether the post or the session is still theirs."""
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        await subject.sees(OFFICER, Presence.CONNECTED)
        await house.live.depart(check_in, OFFICER, officer, house.desk.now)
        await asyncio.sleep(0)
        house.clock.advance(UNSEATED_S - 1)
        back = await house.sits(check_in, OFFICER)
        await asyncio.sleep(0)
        house.clock.advance(UNSEATED_S)
        assert back.standing.officer is Presence.CONNECTED
        await house.live.depart(check_in, OFFICER, back, house.desk.now)
        await asyncio.sleep(0)
        house.clock.advance(UNSEATED_S)
        await subject.sees(OFFICER, Presence.LOST)
        await house.live.end(check_in, SUBJECT, house.desk.now)


async def test_whose_media_we_have_lost_ourselves_is_asked_to_offer_again_and_the_record_says_whose_fault_it_was(
    with_media: CallHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Callable[[str, SeatState], None]] = []
    open_room = MediaPlane.open_room

    def remembered(plane: MediaPlane, name: str, on_seat: Callable[[str, SeatState], None], seats: int) -> Room:
        opened.append(on_seat)
        return open_room(plane, name, on_seat, seats)

    monkeypatch.setattr(MediaPlane, "open_room", remembered)
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await with_media.admitted()
        await connect_both(with_media, check_in, peers)
        [on_seat] = opened
        on_seat("subject", SeatState.FAILED)
        assert subject.heard[-1] == OfferAgain()
        await officer.until(lambda ear: ear.standing.state is S.INTERRUPTED)
        await officer.sees(SUBJECT, Presence.LOST)
        assert officer.of(OfferAgain) == []
        await connect(with_media, check_in, SUBJECT, peers)
        await officer.sees(SUBJECT, Presence.CONNECTED)
        await with_media.live.end(check_in, OFFICER, with_media.desk.now)
    [ended] = await with_media.filed()
    assert [(drop.seat, drop.cause) for drop in ended.drops] == [("subject", "server")]


async def test_whoever_has_lost_the_seat_dismisses_nobody_from_it(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, first, officer = await house.admitted()
        await house.sits(check_in, SUBJECT)
        await connect_both(house, check_in, peers)
        await officer.sees(SUBJECT, Presence.CONNECTED)
        for nobody_there in (first, Ear()):
            await house.live.dismiss(check_in, SUBJECT, nobody_there)
        await house.live.end(check_in, OFFICER, house.desk.now)
    [ended] = await house.filed()
    assert ended.drops == ()


# grace


async def test_where_nobody_ever_connects_the_call_ends_after_the_grace(house: CallHouse) -> None:
    check_in, subject, officer = await house.admitted()
    house.clock.advance(59)
    await asyncio.sleep(0)
    assert await house.state(check_in) is S.LIVE
    house.clock.advance(1)
    await subject.until(lambda ear: ear.receipts)
    [ended] = await house.filed()
    assert (ended.ended_by, [recording.state for recording in ended.recordings]) == ("grace", ["empty", "empty"])
    assert len(officer.receipts) == 1


async def test_one_who_talks_alone_for_as_long_as_the_grace_is_let_go(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect(house, check_in, SUBJECT, peers)
        await seen(officer)
        house.clock.advance(60)
        await subject.until(lambda ear: ear.receipts)
    [ended] = await house.filed()
    assert (ended.ended_by, [recording.state for recording in ended.recordings]) == ("grace", ["sealed", "empty"])


async def test_who_is_back_within_the_grace_goes_on_and_may_be_away_again(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        clients = await connect_both(house, check_in, peers)
        await clients[SUBJECT].hang_up()
        await officer.sees(SUBJECT, Presence.LOST)
        house.clock.advance(59)
        back = await connect(house, check_in, SUBJECT, peers)
        await back.decodes(5)
        house.clock.advance(3600)
        await back.hang_up()
        await officer.sees(SUBJECT, Presence.LOST)
        assert not officer.receipts
        house.clock.advance(60)
        await officer.until(lambda ear: ear.receipts)
    assert [ended.ended_by for ended in await house.filed()] == ["grace"]


async def test_a_page_that_offers_again_and_again_and_never_connects_is_away_and_let_go(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        await officer.sees(SUBJECT, Presence.CONNECTED)
        offering = await peers.enter_async_context(browser())
        for _ in range(3):
            await house.live.offer(check_in, SUBJECT, offering.offer())
        await officer.sees(SUBJECT, Presence.LOST)
        assert await house.state(check_in) is S.INTERRUPTED
        house.clock.advance(60)
        await officer.until(lambda ear: ear.receipts)
    [ended] = await house.filed()
    [drop] = ended.drops  # what makes the recording's gap the connection's and not the camera's
    assert (ended.ended_by, drop.seat) == ("grace", SUBJECT)


async def test_the_grace_of_a_call_that_is_over_ends_nothing(house: CallHouse) -> None:
    check_in, subject, _ = await house.admitted()
    await house.live.end(check_in, OFFICER, house.desk.now)
    house.clock.advance(minutes=5)
    await house.live.catch_up()
    assert [ended.ended_by for ended in await house.filed()] == ["officer"]
    assert len(subject.receipts) == 1


# an end that cannot be filed


async def cut_short(house: CallHouse) -> tuple[CheckInId, Ear, Ear]:
    """A call with both recordings, a still and a note in it, that was ended and is not on file."""
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        await seen(officer)
        await house.live.note(check_in, "说到一半")
        await house.live.end(check_in, OFFICER, house.desk.now)
    assert subject.receipts == officer.receipts == [None]
    assert await house.state(check_in) is S.LIVE
    assert await house.filed() == []
    return check_in, subject, officer


async def check_that_all_is_on_file(house: CallHouse, check_in: CheckInId) -> None:
    """The end as the officer made it, whatever came between."""
    [ended] = await house.filed()
    assert (ended.check_in, ended.ended_by) == (check_in, "officer")
    assert ended.ended_at < house.desk.now
    assert [recording.state for recording in ended.recordings] == ["sealed", "sealed"]
    for cited in [*(recording.file for recording in ended.recordings), *(still.file for still in ended.stills)]:
        assert cited is not None
        assert house.files.find(cited.name) == SealedFile(cited.name, cited.sha256, cited.size)
    assert ended.stills
    assert [note.text for note in ended.notes] == ["说到一半"]
    assert house.files.unfinished() == []
    assert await house.state(check_in) is S.ENDED


async def fail(house: CallHouse, trouble: str) -> None:
    if trouble == "busy":
        house.progress.busy = frozenset({"close_and_file"})
    else:
        house.files.fails[trouble] = NO_ROOM


TROUBLES = ["subject.webm", "officer.webm", "busy"]  # nothing sealed yet; half of it; all of it


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_end_that_cannot_be_filed_is_said_and_filed_as_soon_as_it_can(
    with_media: CallHouse, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    house = with_media
    await fail(house, trouble)
    check_in, subject, officer = await cut_short(house)
    house.clock.advance(minutes=5)
    await house.live.catch_up()
    late = await house.sits(check_in, SUBJECT)
    assert late.receipts == [None]
    assert late.heard[0] == late.heard[-1]  # that it is over is all there is to say
    with pytest.raises(NotAdmitted):
        await house.live.offer(check_in, SUBJECT, "v=0")
    with pytest.raises(IllegalCue):
        await house.live.end(check_in, OFFICER, house.desk.now)
    house.files.fails.clear()
    house.progress.busy = frozenset()
    await house.live.catch_up()
    await check_that_all_is_on_file(house, check_in)
    assert late.receipts[-1] == officer.receipts[-1] is not None
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_end_that_was_not_filed_before_the_server_stopped_is_filed_by_the_next(
    desk: Desk, tmp_path: Path, trouble: str
) -> None:
    clock = asyncio.get_running_loop().time
    async with call_house(desk, tmp_path, monotonic=clock) as house:
        await house.enrolled()
        await fail(house, trouble)
        check_in, _, _ = await cut_short(house)
    async with call_house(desk, tmp_path) as house:
        house.clock.advance(minutes=5)
        await check_that_all_is_on_file(house, check_in)


async def test_a_disk_that_cannot_read_what_it_wrote_is_said_on_file(
    with_media: CallHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house = with_media
    house.files.fails["subject.webm"] = OSError(errno.EIO, "Input/output error")
    async with AsyncExitStack() as peers:
        check_in, subject, officer = await house.admitted()
        await connect_both(house, check_in, peers)
        await seen(officer)
        await house.live.end(check_in, OFFICER, house.desk.now)
    assert subject.receipts != [None]
    [ended] = await house.filed()
    assert [recording.state for recording in ended.recordings] == ["not_joined", "sealed"]
    assert f"{files_of(check_in)}/subject" in house.files.unfinished()
    assert f"something of check-in {check_in} stays in the working folder" in caplog.messages


@pytest.mark.parametrize("trouble", ["", "subject.mkv"])
async def test_a_phone_that_sends_h264_only_is_compared_and_sealed_as_what_it_is(
    with_media: CallHouse, trouble: str
) -> None:
    house = with_media
    if trouble:
        await fail(house, trouble)
    async with AsyncExitStack() as peers:
        check_in, _, officer = await house.admitted()
        clients = [await connect(house, check_in, seat, peers, "H264") for seat in Seat]
        for client in clients:
            await client.decodes(5)
        await seen(officer)
        await house.live.end(check_in, OFFICER, house.desk.now)
    house.files.fails.clear()
    await house.live.catch_up()
    [ended] = await house.filed()
    cited = [recording.file for recording in ended.recordings]
    assert [file.name.rpartition("/")[2] for file in cited if file is not None] == ["subject.mkv", "officer.mkv"]
    assert all(
        file is not None and house.files.unchanged(SealedFile(file.name, file.sha256, file.size)) for file in cited
    )
    assert ended.stills


async def test_a_still_that_the_disk_does_not_take_counts_all_the_same(with_media: CallHouse) -> None:
    house = with_media
    async with AsyncExitStack() as peers:
        house.files.fails[".jpg"] = NO_ROOM
        check_in, _, officer = await house.admitted()
        await connect(house, check_in, SUBJECT, peers)
        await officer.until(lambda ear: ear.of(IdentityNews)[-1].state is IdentityState.MATCHED)
        await house.live.end(check_in, OFFICER, house.desk.now)
    [ended] = await house.filed()
    assert {still.file for still in ended.stills} == {None}
    assert ended.verdicts["match"] == len(ended.stills) >= 3
    assert ended.identity_state == "matched"


# a server that stops, and one that is killed


async def test_a_server_that_stops_in_mid_call_files_the_end_as_its_own(desk: Desk, tmp_path: Path) -> None:
    clock = asyncio.get_running_loop().time
    async with AsyncExitStack() as peers, call_house(desk, tmp_path, monotonic=clock) as house:
        await house.enrolled()
        check_in, _, officer = await house.admitted()
        await connect(house, check_in, SUBJECT, peers)
        await seen(officer)
    [ended] = await house.filed()
    assert (ended.ended_by, [recording.state for recording in ended.recordings]) == ("restart", ["sealed", "empty"])
    assert await house.state(check_in) is S.ENDED


async def left_by_a_killed_server(desk: Desk, files: FileStore) -> CheckInId:
    """The record says live; there are parts of the subject's recording, and marks, the last of them cut off."""
    check_in = (await desk.admitted()).id
    folder = recording_folder(files, check_in, SUBJECT)
    recorder = Recorder(folder, 0.0, lambda: None)
    for frame in encoded_clip(3.0).frames():
        recorder.offer(frame)
    await recorder.finish()
    (folder / "recording.webm").rename(folder / "000001.cluster")
    (folder / "init.webm").touch()
    picture = files.keep(JPEG, f"{files_of(check_in)}/stills/0001.jpg")
    await Marks(marks_folder(files, check_in)).add(
        EngineCited("sface", "0b" * 32),
        MediaFlow(SUBJECT, 0.4, flows=True),
        StillFiled(1.5, "match", 0.8, (), FileCited(picture.name, picture.sha256, picture.size)),
        IdentityStands(IdentityState.MATCHED),
        NoteFiled(2.0, "说到一半"),
        MediaFlow(SUBJECT, 2.5, flows=False),
    )
    with (marks_folder(files, check_in) / "marks.jsonl").open("ab") as file:
        file.write(b'{"note":{"at_s":2.6,"te')
    return check_in


async def test_what_a_killed_server_left_is_filed_before_anybody_is_let_in(desk: Desk, tmp_path: Path) -> None:
    check_in = await left_by_a_killed_server(desk, Files(tmp_path / "files"))
    admitted_at = desk.now
    desk.clock.advance(minutes=60)
    async with call_house(desk, tmp_path) as house:
        [ended] = await house.filed()
        assert await house.state(check_in) is S.ENDED
        subject = await house.sits(check_in, SUBJECT)
    assert subject.states == [S.ENDED]
    assert (ended.ended_by, ended.identity_state, ended.verdicts) == ("restart", "matched", {"match": 1})
    assert (ended.ended_at - admitted_at).total_seconds() == pytest.approx(2.98, abs=0.1)  # not when we came back
    [still], [note], [drop] = ended.stills, ended.notes, ended.drops
    assert still.file is not None
    assert house.files.find(still.file.name) is not None
    assert note.text == "说到一半"
    assert (drop.seat, drop.from_s) == (SUBJECT, 2.5)
    subjects, officers = ended.recordings
    assert (subjects.state, officers.state) == ("sealed_with_gap", "empty")
    assert subjects.file is not None
    assert pictures_in(house.files.path(subjects.file.name)) == 75
    assert house.files.unfinished() == []


@pytest.mark.parametrize("crash", ["before it was sealed", "before it was filed", "before it was tidied"])
async def test_a_start_that_is_killed_as_well_is_made_up_for_by_the_next(
    desk: Desk, tmp_path: Path, crash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_in = await left_by_a_killed_server(desk, Files(tmp_path / "files"))

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        match crash:
            case "before it was sealed":
                patched.setattr(Files, "seal", killed)
            case "before it was filed":
                patched.setattr(BusyProgress, "close_and_file", killed)
            case _:
                patched.setattr("checkins.folders.tidy", killed)
        with pytest.raises(Killed):
            async with call_house(desk, tmp_path):
                pass
    for _ in range(2):  # the second finds nothing to do
        async with call_house(desk, tmp_path) as house:
            [ended] = await house.filed()
            assert await house.state(check_in) is S.ENDED
            assert house.files.unfinished() == []
        assert ended.recordings[0].state == "sealed_with_gap"
        assert ended.recordings[0].seconds == pytest.approx(3.0)
        assert len(ended.stills) == len(ended.notes) == 1


async def test_of_a_call_that_left_no_file_the_record_says_so(desk: Desk, tmp_path: Path) -> None:
    live = await desk.admitted()
    await desk.progress.keep_identity(live.id, IdentityState.INCONCLUSIVE)
    desk.clock.advance(minutes=60)
    async with call_house(desk, tmp_path) as house:
        [ended] = await house.filed()
    assert (ended.ended_by, ended.ended_at) == ("restart", live.check_in.admitted_at)
    assert [recording.state for recording in ended.recordings] == ["empty", "empty"]
    assert ended.identity_state == "inconclusive"  # the board knew


async def test_what_cannot_be_filed_keeps_nobody_from_starting(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    odd = await desk.in_state(S.LIVE)
    async with desk.database.transaction() as session:
        await session.execute(delete(SubjectSessionRow))  # nobody agreed to it: no path of ours leads here
    desk.clock.advance(minutes=60)
    check_in = await left_by_a_killed_server(desk, Files(tmp_path / "files"))
    async with call_house(desk, tmp_path) as house:
        await house.live.catch_up()
        assert [ended.check_in for ended in await house.filed()] == [check_in]
        assert await house.state(odd) is S.LIVE
        assert (await house.sits(odd, SUBJECT)).receipts == [None]
    [said] = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert said == f"check-in {odd} is over and cannot be filed now; it is tried again"


async def test_whoever_waited_when_a_server_was_killed_is_not_waiting_any_more(desk: Desk, tmp_path: Path) -> None:
    check_in = (await desk.arrived()).id
    async with call_house(desk, tmp_path) as house:
        assert await house.state(check_in) is S.SCHEDULED
        assert (await house.sits(check_in, SUBJECT)).states == [S.WAITING]


async def test_what_lies_there_of_a_check_in_that_no_row_knows_stays_and_keeps_nobody_out(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A database from before it was put back."""
    files = FileStore(tmp_path / "files")
    folder = files.working_folder("check-ins/unknown")
    (folder / "marks.jsonl").write_text("what is left", encoding="utf-8")
    check_in = (await desk.arrived()).id
    async with call_house(desk, tmp_path) as house:
        assert (await house.sits(check_in, SUBJECT)).states == [S.WAITING]
    assert (folder / "marks.jsonl").read_text(encoding="utf-8") == "what is left"
    assert "check-in unknown has files and no row" in caplog.messages


async def test_parts_that_no_disk_could_read_stay_from_start_to_start(desk: Desk, tmp_path: Path) -> None:
    check_in = (await desk.ended()).appointment.id
    files = Files(tmp_path / "files")
    (recording_folder(files, check_in, SUBJECT) / "000001.cluster").write_bytes(b"what could be read")
    async with call_house(desk, tmp_path):
        pass
    assert files.unfinished() == [f"{files_of(check_in)}/subject"]


# what happens elsewhere


async def test_what_happens_elsewhere_is_told_here_once(house: CallHouse) -> None:
    check_in = await house.agreed()
    officer = await house.sits(check_in, OFFICER)
    await house.live.catch_up()
    await house.desk.appointments.call_off(house.desk.bureau.officer, check_in, "改到下周", house.desk.now)
    await house.live.catch_up()
    await house.live.catch_up()
    assert officer.states == [S.SCHEDULED, S.CANCELLED]
    assert len(officer.heard) == 2


async def test_a_call_goes_on_while_the_house_catches_up(house: CallHouse) -> None:
    check_in, subject, _ = await house.admitted()
    told = list(subject.heard)
    await house.live.catch_up()
    assert subject.heard == told
    assert await house.state(check_in) is S.LIVE


async def test_one_check_in_that_cannot_catch_up_keeps_no_other_from_it(
    house: CallHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = await house.agreed(), await house.agreed(in_minutes=30)
    ears = [await house.sits(check_in, OFFICER) for check_in in (broken, other)]
    load = house.progress.load

    async def load_all_but_one(check_in: CheckInId) -> Appointment:
        if check_in == broken:
            raise ZeroDivisionError("a bug")
        return await load(check_in)

    for check_in in (broken, other):
        await house.desk.appointments.call_off(house.desk.bureau.officer, check_in, "改到下周", house.desk.now)
    with monkeypatch.context() as patched:
        patched.setattr(house.progress, "load", load_all_but_one)
        await house.live.catch_up()
    assert [ear.states[-1] for ear in ears] == [S.SCHEDULED, S.CANCELLED]
    assert "a live check-in met a fault of ours" in caplog.messages


async def test_who_joins_while_the_last_one_leaves_sits_where_the_others_find_them(house: CallHouse) -> None:
    check_in = await house.agreed()
    subject = await house.sits(check_in, SUBJECT)
    _, officer = await asyncio.gather(house.leaves(subject), house.sits(check_in, OFFICER))
    await house.sits(check_in, SUBJECT)
    await house.live.admit(check_in, house.desk.bureau.officer, house.desk.now)
    assert officer.standing.state is S.LIVE
