"""Filing: a record that does not hold together is a fault of ours that is said, never a page with a part left out."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.actor import PostId
from cases.entries import CheckInEnded, StillFiled
from cases.ledger import Unreadable
from cases.review import Conclusion, EntryId
from checkins.checkin import CheckInId, CheckInState
from checkins.filing import end_of, end_on_file, holder_of, receipt_code
from tests.support.check_ins import Desk
from tests.support.databases import tamper

pytestmark = pytest.mark.rim


async def test_an_end_that_is_not_on_file_is_an_entry_that_cannot_be_read(desk: Desk) -> None:
    async with desk.database.reading() as session:
        with pytest.raises(Unreadable, match="^nothing$"):
            await end_on_file(session, CheckInId("c1"), desk.subject.id, EntryId("nothing"))


async def test_a_conclusion_is_not_taken_for_an_end(desk: Desk) -> None:
    filed = await desk.appointments.file_missed(desk.bureau.officer, (await desk.missed()).id, "村里停电", desk.now)
    assert filed.conclusion is not None
    async with desk.database.reading() as session:
        with pytest.raises(Unreadable, match=filed.conclusion):
            await end_on_file(session, filed.id, desk.subject.id, filed.conclusion)


async def test_another_check_ins_end_is_not_taken_for_this_ones(desk: Desk) -> None:
    first, second = await desk.ended(), await desk.ended()
    async with desk.database.reading() as session:
        with pytest.raises(Unreadable, match=second.entry.id):
            await end_on_file(session, first.appointment.id, desk.subject.id, second.entry.id)


@pytest.mark.parametrize(
    "said",
    [
        {"identity_state": "certainly"},
        {"stills": (StillFiled(1.0, "guilty", None, (), None),)},
        {"stills": (StillFiled(1.0, "no_face", None, ("because",), None),)},
    ],
)
async def test_words_that_no_machine_of_ours_says_are_nothing_that_we_file(desk: Desk, said: dict[str, Any]) -> None:
    ended = await desk.ended()
    assert isinstance(ended.entry.body, CheckInEnded)
    altered = replace(ended.entry, body=replace(ended.entry.body, **said))
    assert end_of(ended.appointment.id, ended.entry) == ended.entry.body
    with pytest.raises(Unreadable, match=ended.entry.id):
        end_of(ended.appointment.id, altered)


async def test_nobody_concludes_about_an_end_that_is_another_check_ins(desk: Desk) -> None:
    first, second = await desk.ended(), await desk.ended()
    await tamper(desk.database, f"UPDATE check_in SET entry = '{second.entry.id}' WHERE id = '{first.appointment.id}'")
    with pytest.raises(Unreadable):
        await desk.appointments.conclude(desk.bureau.officer, first.appointment.id, Conclusion.CONFIRMED, "", desk.now)
    assert (await desk.progress.load(first.appointment.id)).check_in.state is CheckInState.ENDED


async def test_a_post_that_nobody_ever_held_is_a_fault_of_ours(desk: Desk) -> None:
    async with desk.database.reading() as session:
        with pytest.raises(LookupError, match="not among the posts"):
            await holder_of(session, PostId("nobody"))


def test_a_receipts_code_is_the_beginning_of_the_entrys_digest() -> None:
    assert receipt_code("3f9a12c4" + "0" * 56) == "3F9A-12C4"
