"""A conclusion that was wrong: another one cites it and gives the reason; what was said first stays on file."""

import pytest

from accounts.details import BadDetail
from accounts.powers import NotYours
from cases.entries import Concluded, Corrected
from cases.ledger import Ledger
from cases.review import Conclusion, EntryId
from checkins.appointment import Appointment
from checkins.checkin import CheckInState
from checkins.filing import Correction
from checkins.identity import IdentityState
from statetable import IllegalCue
from tests.support.check_ins import Desk
from tests.support.databases import tamper
from tests.support.records import audited

pytestmark = pytest.mark.rim


async def concluded(desk: Desk) -> Appointment:
    """By the officer, who took the wrong button."""
    check_in = (await desk.ended("contested")).appointment.id
    return await desk.appointments.conclude(desk.bureau.officer, check_in, Conclusion.REJECTED, "不像", desk.now)


def of(filed: Appointment, conclusion: Conclusion = Conclusion.CONFIRMED, reason: str = "点错了") -> Correction:
    """In place of the conclusion that stands."""
    assert filed.conclusion is not None
    return Correction(filed.conclusion, conclusion, reason)


async def test_a_correction_is_a_new_entry_that_cites_the_former_and_gives_a_reason(desk: Desk) -> None:
    officer, filed = desk.bureau.officer, await concluded(desk)
    corrected = await desk.appointments.correct(officer, filed.id, of(filed), desk.now)
    _, first, second = await Ledger(desk.database).entries(desk.subject.id)
    assert isinstance(first.body, Concluded)
    assert second.body == Corrected(filed.id, first.id, Conclusion.CONFIRMED, "点错了", officer.person)
    assert (corrected.identity, corrected.check_in.state) == (IdentityState.CONFIRMED, CheckInState.FILED)
    assert corrected.conclusion == second.id
    assert (await audited(desk.database, f"check-in/{filed.id}"))[-1].verb == "correct"
    assert await desk.appointments.at_odds(desk.subject.id) == set()


async def test_the_review_page_has_every_word_in_its_order(desk: Desk) -> None:
    filed, leader, officer = await concluded(desk), desk.bureau.leader, desk.bureau.officer
    by_leader = await desk.appointments.correct(leader, filed.id, of(filed, Conclusion.CONCERN, "看不清"), desk.now)
    await desk.appointments.correct(leader, filed.id, of(by_leader, Conclusion.CONFIRMED, "看清了"), desk.now)
    page = await desk.appointments.review(officer, filed.id, desk.now)
    assert [(word.conclusion, word.note, word.by) for word in page.words] == [
        (Conclusion.REJECTED, "不像", officer),
        (Conclusion.CONCERN, "看不清", leader),
        (Conclusion.CONFIRMED, "看清了", leader),
    ]
    assert page.said == page.words[-1]
    assert await desk.appointments.at_odds(desk.subject.id) == set()


async def test_whoever_drew_it_and_whoever_leads_may_correct_it_and_nobody_else(desk: Desk) -> None:
    filed, bureau = await concluded(desk), desk.bureau
    may = {}
    for who in (bureau.officer, bureau.leader, bureau.captain, bureau.director):
        may[who] = (await desk.appointments.review(who, filed.id, desk.now)).may_correct
    assert [who for who, can in may.items() if can] == [bureau.officer, bureau.leader]
    for who in (bureau.captain, bureau.director, bureau.assistant, bureau.other_officer):
        with pytest.raises(NotYours):
            await desk.appointments.correct(who, filed.id, of(filed), desk.now)
    by_leader = await desk.appointments.correct(bureau.leader, filed.id, of(filed), desk.now)
    with pytest.raises(NotYours):  # what a leader said is not for the officer to undo
        await desk.appointments.correct(bureau.officer, filed.id, of(by_leader), desk.now)


async def test_of_two_who_correct_at_once_the_second_is_told(desk: Desk) -> None:
    filed = await concluded(desk)
    await desk.appointments.correct(desk.bureau.leader, filed.id, of(filed), desk.now)
    with pytest.raises(BadDetail, match="conclusion: meanwhile"):
        await desk.appointments.correct(desk.bureau.leader, filed.id, of(filed, Conclusion.CONCERN), desk.now)
    assert len(await Ledger(desk.database).entries(desk.subject.id)) == 3


async def test_a_correction_without_a_reason_is_none(desk: Desk) -> None:
    filed = await concluded(desk)
    with pytest.raises(BadDetail, match="note: missing"):
        await desk.appointments.correct(desk.bureau.officer, filed.id, of(filed, reason=" "), desk.now)


@pytest.mark.parametrize("state", [CheckInState.ENDED, CheckInState.FILED])
async def test_there_is_nothing_to_correct_where_nobody_concluded(state: CheckInState, desk: Desk) -> None:
    check_in = await desk.in_state(state)  # filed here means a miss
    correction = Correction(EntryId("nothing"), Conclusion.CONFIRMED, "点错了")
    with pytest.raises(IllegalCue):
        await desk.appointments.correct(desk.bureau.officer, check_in, correction, desk.now)


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM ledger_entry WHERE kind = 'correction'",
        "DELETE FROM ledger_entry WHERE kind = 'conclusion'",
        "UPDATE check_in SET identity = 'rejected', conclusion = (FIRST)",
        "UPDATE check_in SET identity = 'rejected'",
        "UPDATE ledger_entry SET body = replace(body, '\"cites\":\"', '\"cites\":\"0') WHERE kind = 'correction'",
    ],
)
async def test_a_correction_that_was_touched_is_found(tampering: str, desk: Desk) -> None:
    filed = await concluded(desk)
    await desk.appointments.correct(desk.bureau.officer, filed.id, of(filed), desk.now)
    first = "SELECT id FROM ledger_entry WHERE kind = 'conclusion'"
    await tamper(desk.database, tampering.replace("FIRST", first))
    assert await desk.appointments.at_odds(desk.subject.id) == {filed.id}


async def test_words_of_which_one_is_not_on_file_are_none(desk: Desk) -> None:
    filed = await concluded(desk)
    await desk.appointments.correct(desk.bureau.officer, filed.id, of(filed), desk.now)
    itself = "UPDATE ledger_entry SET body = replace(body, 'FIRST', id) WHERE kind = 'correction'"
    await tamper(desk.database, itself.replace("FIRST", str(filed.conclusion)))
    page = await desk.appointments.review(desk.bureau.officer, filed.id, desk.now)
    assert (page.words, page.may_correct) == ((), False)
