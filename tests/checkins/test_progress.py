"""What a live check-in writes down: through the table, once, and found again after a crash."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from accounts.details import check_character
from accounts.powers import NotYours
from cases.entries import CheckInEnded
from cases.ledger import Ledger, Unreadable
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.identity import IdentityState
from statetable import IllegalCue
from tests.support.check_ins import Desk
from tests.support.databases import tamper
from tests.support.filed import an_ended_check_in
from tests.support.organisation import a_subject

pytestmark = pytest.mark.rim

EndedBy = Literal["officer", "subject", "grace", "restart"]


async def test_a_walk_is_written_down(desk: Desk) -> None:
    live = await desk.admitted()
    assert await desk.progress.load(live.id) == live
    assert (live.check_in.state, live.check_in.admitted_at) == (CheckInState.LIVE, desk.now)


async def test_an_illegal_cue_changes_nothing(desk: Desk) -> None:
    before = await desk.scheduled()
    with pytest.raises(IllegalCue):
        await desk.progress.walk(before.id, CheckInCue.ADMITTED, desk.now, host=desk.bureau.leader)
    assert await desk.progress.load(before.id) == before


async def test_whoever_admits_is_the_host_from_then_on(desk: Desk) -> None:
    waiting = await desk.arrived()
    live = await desk.progress.walk(waiting.id, CheckInCue.ADMITTED, desk.now, host=desk.bureau.leader)
    assert (waiting.host_post, live.host_post) == (desk.bureau.officer.post, desk.bureau.leader.post)


async def test_what_does_not_exist_is_not_loaded(desk: Desk) -> None:
    with pytest.raises(NotYours):
        await desk.progress.load(CheckInId("0123456789abcdef0123"))


async def test_people_waiting_longer_for_the_same_officer_are_ahead(desk: Desk) -> None:
    officer, ids = desk.bureau.officer, []
    for name, number in (
        ("李雷", "990000198511020018"),
        ("韩梅", "990000197408150012"),
        ("王五", "990000199003070011"),
    ):
        number = number[:17] + check_character(number)
        other = await a_subject(desk.database, officer, desk.bureau.office, name, number)
        host = desk.bureau.leader if name == "韩梅" else officer
        agreed = await desk.appointments.schedule(host, other.id, desk.now, desk.now)
        await desk.accepted(agreed.id)
        await desk.progress.walk(agreed.id, CheckInCue.SUBJECT_ARRIVED, desk.clock.advance(60))
        ids.append(agreed.id)
    assert [await desk.progress.waiting_before(check_in) for check_in in ids] == [0, 0, 1]
    await desk.progress.walk(ids[0], CheckInCue.SUBJECT_LEFT, desk.now)
    assert await desk.progress.waiting_before(ids[2]) == 0


async def test_nobody_has_agreed_before_the_link_was_used(desk: Desk) -> None:
    with pytest.raises(LookupError):
        await desk.progress.consent_of((await desk.scheduled()).id)


async def test_the_end_is_filed_once_and_a_second_time_finds_it(desk: Desk) -> None:
    live = await desk.admitted()
    body = an_ended_check_in(live.id, live.host_post, "contested")
    first = await desk.progress.close_and_file(live.id, body, desk.now)
    again = await desk.progress.close_and_file(live.id, replace(body, notes=()), desk.clock.advance(5))
    assert again == first
    assert (first.appointment.check_in.state, first.appointment.identity) == (
        CheckInState.ENDED,
        IdentityState.CONTESTED,
    )
    assert await Ledger(desk.database).entries(desk.subject.id) == [first.entry]


@pytest.mark.parametrize("ended_by", ["officer", "subject", "grace", "restart"])
async def test_an_entry_names_the_post_only_when_the_officer_ended_it(ended_by: EndedBy, desk: Desk) -> None:
    live = await desk.admitted()
    body = replace(an_ended_check_in(live.id, live.host_post), ended_by=ended_by)
    closed = await desk.progress.close_and_file(live.id, body, desk.now)
    assert closed.entry.by == (live.host_post if ended_by == "officer" else None)


async def test_what_was_not_live_is_neither_ended_nor_filed(desk: Desk) -> None:
    waiting = await desk.arrived()
    with pytest.raises(IllegalCue):
        await desk.progress.close_and_file(waiting.id, an_ended_check_in(waiting.id, waiting.host_post), desk.now)
    assert await desk.progress.load(waiting.id) == waiting
    assert await Ledger(desk.database).entries(desk.subject.id) == []


async def test_an_end_that_cannot_be_filed_leaves_the_call_open(desk: Desk) -> None:
    live = await desk.admitted()
    body = replace(an_ended_check_in(live.id, live.host_post), identity_state="no such state")
    with pytest.raises(ValueError, match="no such state"):
        await desk.progress.close_and_file(live.id, body, desk.now)
    assert await desk.progress.load(live.id) == live
    assert await Ledger(desk.database).entries(desk.subject.id) == []


async def test_what_goes_on_is_found_in_the_record(desk: Desk) -> None:
    interrupted = await desk.in_state(CheckInState.INTERRUPTED)
    await desk.progress.keep_identity(interrupted, IdentityState.MATCHED)
    desk.clock.advance(minutes=60)
    live = await desk.admitted()
    desk.clock.advance(minutes=60)
    waiting = await desk.arrived()
    await desk.scheduled(desk.now + timedelta(hours=3))
    assert {one.id: one.identity for one in await desk.progress.going_on()} == {
        interrupted: IdentityState.MATCHED,
        live.id: IdentityState.OPEN,
        waiting.id: IdentityState.OPEN,
    }


async def test_nobody_has_a_reference_before_they_are_enrolled(desk: Desk) -> None:
    assert await desk.progress.reference_of(desk.subject.id) is None


async def test_a_receipt_says_when_with_whom_and_how_long_the_subject_was_away(desk: Desk) -> None:
    closed = await desk.ended()
    ended = closed.entry.body
    assert isinstance(ended, CheckInEnded)
    receipt = closed.receipt
    assert receipt.code == f"{closed.entry.digest[:4]}-{closed.entry.digest[4:8]}".upper()
    assert (receipt.started_at, receipt.ended_at) == (ended.admitted_at, ended.ended_at)
    assert (receipt.officer, receipt.unit) == (desk.bureau.officer.name, desk.bureau.officer.unit_name)
    assert receipt.gap_s == 12.0  # the officer's own second does not count


@pytest.mark.parametrize("column", ["state", "identity"])
async def test_a_row_that_cannot_be_read_keeps_no_other_check_in_from_going_on(column: str, desk: Desk) -> None:
    """A server that starts, and the sweep, read them all."""
    broken = (await desk.arrived()).id
    desk.clock.advance(minutes=40)
    whole = (await desk.arrived()).id
    await tamper(desk.database, f"UPDATE check_in SET {column} = 'guilty' WHERE id = '{broken}'")
    assert [one.id for one in await desk.progress.going_on()] == [whole]
    desk.clock.advance(minutes=120)
    assert await desk.appointments.sweep(desk.now) == [whole]
    with pytest.raises(Unreadable, match=broken):
        await desk.progress.load(broken)
