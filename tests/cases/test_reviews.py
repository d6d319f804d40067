"""Reviews in a real database: they wait, oldest first, until one person decides once."""

from datetime import timedelta

import pytest

from accounts.subjects import Subject
from cases.review import EntryId, ReviewState, Severity
from cases.reviews import await_review, decide_review, open_review, undecided_reviews
from statetable import IllegalCue
from storage.database import Database
from tests.support.filed import TEN, an_ended_check_in
from tests.support.organisation import Bureau
from tests.support.records import appended

pytestmark = pytest.mark.rim


async def waiting_entry(database: Database, bureau: Bureau, subject: Subject, minutes: int = 0) -> EntryId:
    at = TEN + timedelta(minutes=minutes)
    entry = await appended(database, subject.id, an_ended_check_in("c1", bureau.officer.post), None, at)
    async with database.transaction() as session:
        await await_review(session, entry.id, subject.id, Severity.UNDECIDED, at)
    return entry.id


async def test_the_oldest_review_comes_first(database: Database, bureau: Bureau, subject: Subject) -> None:
    entries = [await waiting_entry(database, bureau, subject, minutes) for minutes in (5, 1, 9)]
    async with database.reading() as session:
        waiting = await undecided_reviews(session)
    assert [review.entry for review in waiting] == [entries[1], entries[0], entries[2]]
    assert {review.severity for review in waiting} == {Severity.UNDECIDED}


async def test_an_opened_review_says_who_has_it(database: Database, bureau: Bureau, subject: Subject) -> None:
    entry = await waiting_entry(database, bureau, subject)
    for actor in (bureau.officer, bureau.leader):
        async with database.transaction() as session:
            await open_review(session, entry, actor.post)
    async with database.reading() as session:
        (review,) = await undecided_reviews(session)
    assert (review.state, review.held_by) == (ReviewState.OPEN, bureau.leader.post)


async def test_a_decided_review_waits_no_more_and_is_not_decided_again(
    database: Database, bureau: Bureau, subject: Subject
) -> None:
    entry = await waiting_entry(database, bureau, subject)
    async with database.transaction() as session:
        await decide_review(session, entry, bureau.officer.post)
    with pytest.raises(IllegalCue):
        async with database.transaction() as session:
            await decide_review(session, entry, bureau.leader.post)
    async with database.transaction() as session:
        await open_review(session, entry, bureau.leader.post)  # looking at it later changes nothing
        assert await undecided_reviews(session) == []
