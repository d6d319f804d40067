"""Filing: a record that does not hold together is a fault of ours that is said, never a page with a part left out."""

import pytest

from accounts.actor import PostId
from cases.ledger import Unreadable
from cases.review import EntryId
from checkins.filing import end_on_file, holder_of, receipt_code
from tests.support.check_ins import Desk

pytestmark = pytest.mark.rim


async def test_an_end_that_is_not_on_file_is_an_entry_that_cannot_be_read(desk: Desk) -> None:
    async with desk.database.reading() as session:
        with pytest.raises(Unreadable, match="^nothing$"):
            await end_on_file(session, desk.subject.id, EntryId("nothing"))


async def test_a_conclusion_is_not_taken_for_an_end(desk: Desk) -> None:
    filed = await desk.appointments.file_missed(desk.bureau.officer, (await desk.missed()).id, "村里停电", desk.now)
    assert filed.conclusion is not None
    async with desk.database.reading() as session:
        with pytest.raises(Unreadable, match=filed.conclusion):
            await end_on_file(session, desk.subject.id, filed.conclusion)


async def test_a_post_that_nobody_ever_held_is_a_fault_of_ours(desk: Desk) -> None:
    async with desk.database.reading() as session:
        with pytest.raises(LookupError, match="not among the posts"):
            await holder_of(session, PostId("nobody"))


def test_a_receipts_code_is_the_beginning_of_the_entrys_digest() -> None:
    assert receipt_code("3f9a12c4" + "0" * 56) == "3F9A-12C4"
