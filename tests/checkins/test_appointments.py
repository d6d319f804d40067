"""Check-ins as officers run them: agreed, called off, missed, concluded; and nobody else's."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from accounts.actor import Actor, Role
from accounts.audit import Audit
from accounts.details import BadDetail
from accounts.powers import POWERS, NotYours, Power
from cases.entries import CheckInMissed, Concluded
from cases.ledger import Ledger
from cases.review import Conclusion
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.notice import Choice, notice_in_force
from checkins.standing import MayFile, Shown
from live.notices import Language
from statetable import IllegalCue
from tests.support.check_ins import Desk
from tests.support.filed import an_ended_check_in
from tests.support.organisation import a_subject
from tests.support.records import audited

pytestmark = pytest.mark.rim

Act = Callable[[Desk, Actor, CheckInId], Awaitable[object]]

# Every call of an officer about one check-in: what it needs, and a check-in it can be done to.
ACTS: dict[str, tuple[Power, CheckInState, Act]] = {
    "get": (Power.SEE_CASE, CheckInState.SCHEDULED, lambda d, a, c: d.appointments.get(a, c, d.now)),
    "send_link": (Power.SCHEDULE, CheckInState.SCHEDULED, lambda d, a, c: d.appointments.send_link(a, c, d.now)),
    "call_off": (Power.SCHEDULE, CheckInState.WAITING, lambda d, a, c: d.appointments.call_off(a, c, "生病", d.now)),
    "review": (Power.REVIEW, CheckInState.ENDED, lambda d, a, c: d.appointments.review(a, c, d.now)),
    "conclude": (
        Power.CONCLUDE,
        CheckInState.ENDED,
        lambda d, a, c: d.appointments.conclude(a, c, Conclusion.CONFIRMED, "", d.now),
    ),
    "file_missed": (
        Power.CONCLUDE,
        CheckInState.MISSED,
        lambda d, a, c: d.appointments.file_missed(a, c, "村里停电", d.now),
    ),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", Role)
async def test_each_post_may_do_what_its_powers_say_and_nothing_else(role: Role, act: str, desk: Desk) -> None:
    power, state, do = ACTS[act]
    check_in, actor = await desk.in_state(state), desk.bureau.actors()[role]
    if power in POWERS[role]:
        await do(desk, actor, check_in)
    else:
        with pytest.raises(NotYours):
            await do(desk, actor, check_in)


@pytest.mark.parametrize("act", ACTS)
async def test_another_squadrons_check_in_is_as_if_it_did_not_exist(act: str, desk: Desk) -> None:
    _power, state, do = ACTS[act]
    check_in = await desk.in_state(state)
    for unknown in (check_in, CheckInId("0123456789abcdef0123"), CheckInId("' OR 1=1 --")):
        with pytest.raises(NotYours):
            await do(desk, desk.bureau.other_officer, unknown)


async def test_scheduling_for_another_squadrons_subject_is_refused(desk: Desk) -> None:
    with pytest.raises(NotYours):
        await desk.appointments.schedule(desk.bureau.other_officer, desk.subject.id, desk.now, desk.now)
    with pytest.raises(NotYours):
        await desk.appointments.of_case(desk.bureau.other_officer, desk.subject.id, desk.now)


# Agreeing


async def test_an_agreed_check_in_stands_on_the_board_of_those_in_charge_only(desk: Desk) -> None:
    agreed = await desk.scheduled()
    for actor in (desk.bureau.officer, desk.bureau.assistant, desk.bureau.captain):
        (row,) = await desk.appointments.today(actor, desk.now)
        assert (row.appointment, row.subject.id) == (agreed, desk.subject.id)
    assert await desk.appointments.today(desk.bureau.other_officer, desk.now) == []
    with pytest.raises(NotYours):
        await desk.appointments.today(desk.bureau.counsellor, desk.now)


@pytest.mark.parametrize(("minutes", "refused"), [(0, True), (29, True), (-29, True), (30, False), (-30, False)])
async def test_two_open_check_ins_of_one_subject_do_not_overlap(minutes: int, refused: bool, desk: Desk) -> None:  # noqa: FBT001 (a column of the table)
    at_two = desk.now + timedelta(hours=4)
    await desk.scheduled(at_two)
    if refused:
        with pytest.raises(BadDetail, match="starts_at: overlaps"):
            await desk.scheduled(at_two + timedelta(minutes=minutes))
    else:
        await desk.scheduled(at_two + timedelta(minutes=minutes))


@pytest.mark.parametrize("state", [CheckInState.CANCELLED, CheckInState.ENDED])
async def test_what_is_over_makes_room_for_another(state: CheckInState, desk: Desk) -> None:
    former = (await desk.progress.load(await desk.in_state(state))).starts_at
    await desk.scheduled(former)


async def test_another_subjects_check_in_may_be_at_the_same_time(desk: Desk) -> None:
    other = await a_subject(desk.database, desk.bureau.officer, desk.bureau.office, "李雷", "990000198511020018")
    await desk.scheduled()
    await desk.appointments.schedule(desk.bureau.officer, other.id, desk.now, desk.now)


async def test_a_window_that_is_over_cannot_be_agreed_on(desk: Desk) -> None:
    with pytest.raises(BadDetail, match="starts_at: past"):
        await desk.scheduled(desk.now - timedelta(minutes=30))
    await desk.scheduled(desk.now - timedelta(minutes=29))


# Calling off, and missing


async def test_a_called_off_check_in_keeps_the_reason(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    with pytest.raises(BadDetail, match="reason: missing"):
        await desk.appointments.call_off(desk.bureau.officer, check_in, "  ", desk.now)
    with pytest.raises(BadDetail, match="reason: too_long"):
        await desk.appointments.call_off(desk.bureau.officer, check_in, "病" * 2001, desk.now)
    called_off = await desk.appointments.call_off(desk.bureau.officer, check_in, " 生病 ", desk.now)
    assert (called_off.check_in.state, called_off.called_off_because) == (CheckInState.CANCELLED, "生病")


async def test_a_call_that_goes_on_cannot_be_called_off(desk: Desk) -> None:
    live = await desk.admitted()
    with pytest.raises(IllegalCue):
        await desk.appointments.call_off(desk.bureau.officer, live.id, "生病", desk.now)
    assert (await desk.progress.load(live.id)).check_in.state is CheckInState.LIVE


@pytest.mark.parametrize("state", CheckInState)
async def test_the_sweep_takes_only_those_whom_nobody_let_in(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)
    desk.clock.advance(minutes=60)
    swept = await desk.appointments.sweep(desk.now)
    if state in (CheckInState.SCHEDULED, CheckInState.WAITING):
        assert swept == [check_in]
        assert (await desk.progress.load(check_in)).check_in.state is CheckInState.MISSED
    else:
        assert swept == []
        assert (await desk.progress.load(check_in)).check_in.state is state


async def test_nobody_is_missed_before_the_grace_is_over(desk: Desk) -> None:
    await desk.scheduled()
    desk.clock.advance(minutes=desk.policy.window.length_min + desk.policy.window.grace_min - 1)
    assert await desk.appointments.sweep(desk.now) == []


async def test_a_miss_is_filed_with_its_reason_and_says_that_somebody_came(desk: Desk) -> None:
    arrived = await desk.arrived()
    desk.clock.advance(minutes=60)
    await desk.appointments.sweep(desk.now)
    filed = await desk.appointments.file_missed(desk.bureau.officer, arrived.id, "我们忙不过来", desk.now)
    (entry,) = await Ledger(desk.database).entries(desk.subject.id)
    assert (filed.check_in.state, filed.shown) == (CheckInState.FILED, Shown.MISSED)
    assert isinstance(entry.body, CheckInMissed)
    assert (entry.body.reason, entry.body.arrived_at) == ("我们忙不过来", arrived.check_in.since)
    assert (entry.by, entry.body.by_person) == (desk.bureau.officer.post, desk.bureau.officer.person)


@pytest.mark.parametrize("state", [state for state in CheckInState if state is not CheckInState.MISSED])
async def test_only_what_was_missed_is_filed_as_missed(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)
    before = await Ledger(desk.database).entries(desk.subject.id)
    with pytest.raises(IllegalCue):
        await desk.appointments.file_missed(desk.bureau.officer, check_in, "没来", desk.now)
    assert await Ledger(desk.database).entries(desk.subject.id) == before


# Concluding


@pytest.mark.parametrize(
    ("conclusion", "identity"),
    [
        (Conclusion.CONFIRMED, IdentityState.CONFIRMED),
        (Conclusion.CONCERN, IdentityState.CONCERN),
        (Conclusion.REJECTED, IdentityState.REJECTED),
    ],
)
async def test_a_conclusion_is_filed_and_cites_the_end(
    conclusion: Conclusion, identity: IdentityState, desk: Desk
) -> None:
    ended = await desk.ended("inconclusive")
    officer = desk.bureau.officer
    filed = await desk.appointments.conclude(officer, ended.appointment.id, conclusion, "看过录像", desk.now)
    end, concluded = await Ledger(desk.database).entries(desk.subject.id)
    assert (filed.check_in.state, filed.identity) == (CheckInState.FILED, identity)
    assert concluded.body == Concluded(filed.id, end.id, conclusion, "看过录像", officer.person)
    assert concluded.by == officer.post


async def test_nobody_concludes_twice(desk: Desk) -> None:
    check_in = (await desk.ended()).appointment.id
    await desk.appointments.conclude(desk.bureau.officer, check_in, Conclusion.CONFIRMED, "", desk.now)
    with pytest.raises(IllegalCue):
        await desk.appointments.conclude(desk.bureau.leader, check_in, Conclusion.REJECTED, "不是", desk.now)
    assert len(await Ledger(desk.database).entries(desk.subject.id)) == 2


@pytest.mark.parametrize("state", [state for state in CheckInState if state is not CheckInState.ENDED])
async def test_only_what_has_ended_is_concluded_about(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)
    before = await Ledger(desk.database).entries(desk.subject.id)
    with pytest.raises(IllegalCue):
        await desk.appointments.conclude(desk.bureau.officer, check_in, Conclusion.CONFIRMED, "", desk.now)
    assert await Ledger(desk.database).entries(desk.subject.id) == before


@pytest.mark.parametrize("conclusion", [Conclusion.CONCERN, Conclusion.REJECTED])
async def test_a_doubt_about_a_person_needs_words(conclusion: Conclusion, desk: Desk) -> None:
    check_in = (await desk.ended()).appointment.id
    with pytest.raises(BadDetail, match="note: missing"):
        await desk.appointments.conclude(desk.bureau.officer, check_in, conclusion, " ", desk.now)


# Reviewing


async def test_what_ended_waits_for_review_until_somebody_concludes(desk: Desk) -> None:
    officer, check_in = desk.bureau.officer, (await desk.ended("not_matched")).appointment.id
    (waiting,) = await desk.appointments.waiting_for_review(officer, desk.now)
    assert (waiting.appointment.id, waiting.severity, waiting.held_by) == (check_in, "differs", None)
    assert await desk.appointments.waiting_for_review(desk.bureau.other_officer, desk.now) == []
    await desk.appointments.review(officer, check_in, desk.now)
    (opened,) = await desk.appointments.waiting_for_review(officer, desk.now)
    assert opened.held_by == officer.post
    await desk.appointments.conclude(officer, check_in, Conclusion.CONFIRMED, "", desk.now)
    assert await desk.appointments.waiting_for_review(officer, desk.now) == []


async def test_whoever_may_only_look_does_not_take_the_review(desk: Desk) -> None:
    check_in = (await desk.ended()).appointment.id
    await desk.appointments.review(desk.bureau.captain, check_in, desk.now)
    (waiting,) = await desk.appointments.waiting_for_review(desk.bureau.captain, desk.now)
    assert waiting.held_by is None
    with pytest.raises(NotYours):
        await desk.appointments.waiting_for_review(desk.bureau.assistant, desk.now)


async def test_the_review_page_has_what_was_filed_and_later_who_concluded(desk: Desk) -> None:
    ended, officer = await desk.ended(), desk.bureau.officer
    page = await desk.appointments.review(officer, ended.appointment.id, desk.now)
    assert (page.ended, page.receipt, page.host) == (ended.entry.body, ended.receipt, officer)
    assert (page.appointment.shown, page.may_file, page.said) == (Shown.TO_LOOK_AT, MayFile.AFTER_A_LOOK, None)
    await desk.appointments.conclude(desk.bureau.leader, ended.appointment.id, Conclusion.CONCERN, "光线暗", desk.now)
    page = await desk.appointments.review(officer, ended.appointment.id, desk.now)
    assert page.said is not None
    assert (page.said.conclusion, page.said.note, page.said.by) == (Conclusion.CONCERN, "光线暗", desk.bureau.leader)
    assert page.appointment.shown is Shown.CONCERN


@pytest.mark.parametrize("state", [CheckInState.SCHEDULED, CheckInState.LIVE, CheckInState.MISSED])
async def test_there_is_no_review_page_of_what_has_not_ended(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)
    with pytest.raises(NotYours):
        await desk.appointments.review(desk.bureau.officer, check_in, desk.now)


async def test_acts_and_views_stand_in_the_audit_log_with_who_did_them(desk: Desk) -> None:
    officer, check_in = desk.bureau.officer, (await desk.ended()).appointment.id
    await desk.appointments.review(officer, check_in, desk.now)
    await desk.appointments.conclude(officer, check_in, Conclusion.CONFIRMED, "", desk.now)
    noted = await audited(desk.database, f"check-in/{check_in}")
    assert [entry.verb for entry in noted] == ["schedule", "send_link", "accept_link", "host", "review", "conclude"]
    assert {entry.post for entry in noted if entry.verb != "accept_link"} == {officer.post}
    assert await Audit(desk.database).verify() is None


# Lists


async def test_lists_show_what_became_of_the_newest_link(desk: Desk) -> None:
    agreed, officer = await desk.scheduled(), desk.bureau.officer

    async def seen() -> tuple[datetime | None, datetime | None, Choice | None]:
        row = await desk.appointments.get(officer, agreed.id, desk.now)
        assert [row] == await desk.appointments.of_case(officer, desk.subject.id, desk.now)
        return row.link_sent_at, row.link_used_at, row.choice

    assert await seen() == (None, None, None)
    first = desk.now
    await desk.appointments.send_link(officer, agreed.id, first)
    assert await seen() == (first, None, None)
    second = desk.clock.advance(minutes=1)
    await desk.accepted(agreed.id, Choice.OTHER_WAY)
    assert await seen() == (second, second, Choice.OTHER_WAY)


async def test_the_board_is_of_this_day_in_china_and_of_what_still_goes_on(desk: Desk) -> None:
    live = await desk.admitted()
    desk.clock.advance(minutes=14 * 60 - 1)  # one minute before midnight in China
    soon = await desk.scheduled(desk.now + timedelta(minutes=2))
    assert [row.appointment.id for row in await desk.appointments.today(desk.bureau.officer, desk.now)] == [live.id]
    desk.clock.advance(minutes=1)
    today = await desk.appointments.today(desk.bureau.officer, desk.now)
    assert [row.appointment.id for row in today] == [live.id, soon.id]


async def test_a_case_lists_its_check_ins_newest_first(desk: Desk) -> None:
    later = await desk.scheduled(desk.now + timedelta(hours=2))
    sooner = await desk.scheduled()
    rows = await desk.appointments.of_case(desk.bureau.officer, desk.subject.id, desk.now)
    assert [row.appointment.id for row in rows] == [later.id, sooner.id]


async def test_the_oldest_end_is_reviewed_first(desk: Desk) -> None:
    ids = [(await desk.ended()).appointment.id for _ in range(3)]
    waiting = await desk.appointments.waiting_for_review(desk.bureau.officer, desk.now)
    assert [row.appointment.id for row in waiting] == ids


async def test_a_subject_reads_their_receipt_once_it_is_over(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    browser = await desk.appointments.subject_session(await desk.accepted(check_in), desk.now)
    assert browser is not None
    assert await desk.appointments.receipt(browser) is None
    for cue in (CheckInCue.SUBJECT_ARRIVED, CheckInCue.ADMITTED):
        await desk.progress.walk(check_in, cue, desk.now)
    closed = await desk.progress.close_and_file(
        check_in, an_ended_check_in(check_in, desk.bureau.officer.post), desk.now
    )
    assert await desk.appointments.receipt(browser) == closed.receipt


async def test_the_browser_that_was_let_in_reads_whom_it_will_meet_as_its_link_did(desk: Desk) -> None:
    check_in = (await desk.scheduled()).id
    token = await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)
    invitation = await desk.appointments.open_link(token, desk.now)
    session = await desk.appointments.subject_session(await desk.accepted(check_in), desk.now)
    assert session is not None
    assert await desk.appointments.invitation(session) == invitation


@pytest.mark.parametrize("language", Language)
def test_the_notice_is_the_one_that_policy_names(language: Language, desk: Desk) -> None:
    assert desk.appointments.notice(language) == notice_in_force(desk.policy, language)
