"""The ledger in a real database: it only grows, and whatever is done to it behind its back is found."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from accounts.subjects import Subject
from cases.entries import Body, Concluded, EntryKind, parse
from cases.ledger import Ledger, Unreadable, readable_in
from cases.review import Conclusion, EntryId
from storage.chain import GENESIS, Link, first_break, link
from storage.database import Database
from tests.support.filed import TEN, an_ended_check_in
from tests.support.organisation import Bureau, a_subject
from tests.support.records import appended

pytestmark = pytest.mark.rim


def a_conclusion(bureau: Bureau, note: str = "") -> Concluded:
    return Concluded("c1", EntryId("e1"), Conclusion.CONFIRMED, note, bureau.officer.person)


async def test_an_entry_is_read_back_as_it_was_filed(database: Database, bureau: Bureau, subject: Subject) -> None:
    ledger = Ledger(database)
    body = an_ended_check_in("c1", bureau.officer.post)
    filed = await appended(database, subject.id, body, bureau.officer.post, TEN)
    assert (filed.n, filed.kind, filed.body, filed.previous) == (1, EntryKind.CHECK_IN_ENDED, body, GENESIS)
    assert await ledger.entries(subject.id) == [filed]
    assert await ledger.find(subject.id, filed.id) == filed


async def test_entries_of_one_case_follow_each_other(database: Database, bureau: Bureau, subject: Subject) -> None:
    ledger = Ledger(database)
    first = await appended(database, subject.id, an_ended_check_in("c1", bureau.officer.post), None, TEN)
    second = await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    assert (second.n, second.previous) == (2, first.digest)
    assert await ledger.head(subject.id) == second.digest
    assert await ledger.verify(subject.id) is None


async def test_each_case_has_its_own_chain(database: Database, bureau: Bureau, subject: Subject) -> None:
    other = await a_subject(database, bureau.officer, bureau.office, "李雷", "990000198511020018")
    ledger = Ledger(database)
    mine = await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    theirs = await appended(database, other.id, a_conclusion(bureau), bureau.officer.post, TEN)
    assert (mine.n, theirs.n) == (1, 1)
    assert await ledger.find(other.id, mine.id) is None


async def test_an_empty_case_starts_at_the_beginning(database: Database, subject: Subject) -> None:
    ledger = Ledger(database)
    assert (await ledger.head(subject.id), await ledger.verify(subject.id)) == (GENESIS, None)


async def test_appends_at_the_same_time_get_consecutive_places(
    database: Database, bureau: Bureau, subject: Subject
) -> None:
    ledger = Ledger(database)
    filing = [appended(database, subject.id, a_conclusion(bureau, str(i)), bureau.officer.post, TEN) for i in range(12)]
    assert sorted(entry.n for entry in await asyncio.gather(*filing)) == list(range(1, 13))
    assert await ledger.verify(subject.id) is None


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET n = n + 1", "DELETE FROM ledger_entry"])
async def test_the_database_refuses_to_change_or_remove_an_entry(
    statement: str, database: Database, bureau: Bureau, subject: Subject
) -> None:
    await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    with pytest.raises(IntegrityError, match="only grows"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_two_entries_cannot_have_the_same_place(database: Database, bureau: Bureau, subject: Subject) -> None:
    await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO ledger_entry (id, subject, n, kind, body, at, previous, digest) "
                    "SELECT 'another', subject, n, kind, body, at, previous, digest FROM ledger_entry"
                )
            )


@pytest.mark.parametrize(
    ("tampering", "found_at"),
    [
        ("UPDATE ledger_entry SET body = replace(body, 'note', 'Note') WHERE n = 3", 3),
        ("UPDATE ledger_entry SET body = 'no JSON at all' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET kind = 'face_enrolled' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET kind = 'no kind at all' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET at = '2026-11-23 02:00:01.000000' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET at = 'at noon' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET at = 12 WHERE n = 3", 3),
        ("UPDATE ledger_entry SET body = x'00' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET body = CAST(x'ff' AS TEXT) WHERE n = 3", 3),
        ("UPDATE ledger_entry SET digest = x'ff' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET n = 'three' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET by = NULL WHERE n = 3", 3),
        ("UPDATE ledger_entry SET id = 'another' WHERE n = 3", 3),
        ("UPDATE ledger_entry SET digest = previous WHERE n = 3", 3),
        ("DELETE FROM ledger_entry WHERE n = 3", 3),
        ("DELETE FROM ledger_entry WHERE n = 1", 1),
        ("UPDATE ledger_entry SET n = CASE n WHEN 3 THEN -4 WHEN 4 THEN -3 ELSE n END", 1),
        (
            "INSERT INTO ledger_entry SELECT 'another', subject, 6, kind, body, by, at, digest, previous "
            "FROM ledger_entry WHERE n = 5",
            6,
        ),
    ],
)
async def test_whatever_is_done_behind_the_ledgers_back_is_found(
    tampering: str, found_at: int, database: Database, bureau: Bureau, subject: Subject
) -> None:
    ledger = Ledger(database)
    for i in range(5):
        await appended(database, subject.id, a_conclusion(bureau, str(i)), bureau.officer.post, TEN)
    async with database.transaction() as session:
        await session.execute(text("DROP TRIGGER ledger_entry_no_update"))
        await session.execute(text("DROP TRIGGER ledger_entry_no_delete"))
        await session.execute(text(tampering))
    assert await ledger.verify(subject.id) == found_at


@pytest.mark.parametrize(
    "tampering",
    [
        "body = '{'",
        "body = '{}'",
        "body = '[]'",
        "body = CAST(x'ff' AS TEXT)",
        "body = replace(body, '的', CAST(x'ff' AS TEXT))",
        "body = replace(body, '的', char(92) || 'ud800')",
        f"body = '{'[' * 100_000}'",
        "kind = 'no kind at all'",
        "kind = 'check_in_ended'",
        "at = 'at noon'",
        "at = 12",
    ],
)
async def test_an_entry_that_cannot_be_read_is_named_and_not_quoted(
    tampering: str, database: Database, bureau: Bureau, subject: Subject
) -> None:
    ledger = Ledger(database)
    entry = await appended(database, subject.id, a_conclusion(bureau, "王五的说明"), bureau.officer.post, TEN)
    async with database.transaction() as session:
        await session.execute(text("DROP TRIGGER ledger_entry_no_update"))
        await session.execute(text(f"UPDATE ledger_entry SET {tampering}"))
    with pytest.raises(Unreadable) as unreadable:
        await ledger.entries(subject.id)
    assert str(unreadable.value) == entry.id
    assert unreadable.value.__suppress_context__
    with pytest.raises(Unreadable, match=f"^{entry.id}$"):
        await ledger.find(subject.id, entry.id)


async def test_an_entry_that_cannot_be_read_keeps_nobody_from_filing_the_next(
    database: Database, bureau: Bureau, subject: Subject
) -> None:
    ledger = Ledger(database)
    await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    async with database.transaction() as session:
        await session.execute(text("DROP TRIGGER ledger_entry_no_update"))
        await session.execute(text("UPDATE ledger_entry SET at = 'at noon', body = '{'"))
    assert (await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)).n == 2
    assert await ledger.verify(subject.id) == 1


def chain(length: int) -> list[Link]:
    links: list[Link] = []
    for i in range(length):
        links.append(link(links[-1] if links else None, {"id": f"e{i}", "n": i + 1, "body": '{"note":""}'}))
    return links


def a_changed_entry(links: list[Link], at: int) -> None:
    links[at] = replace(links[at], content={**links[at].content, "body": '{"note":"!"}'})


def a_removed_entry(links: list[Link], at: int) -> None:
    del links[at]


def a_reordered_entry(links: list[Link], at: int) -> None:
    links.insert(at + 1, links.pop(at))


def an_inserted_entry(links: list[Link], at: int) -> None:
    links.insert(at, link(links[at - 1] if at else None, {"id": "another", "n": at + 1, "body": "{}"}))


@pytest.mark.parametrize("harm", [a_changed_entry, a_removed_entry, a_reordered_entry, an_inserted_entry])
@given(data=st.data())
def test_harm_before_the_last_entry_is_found_where_it_was_done(
    harm: Callable[[list[Link], int], None], data: st.DataObject
) -> None:
    links = chain(data.draw(st.integers(2, 12)))
    at = data.draw(st.integers(0, len(links) - 2))
    harm(links, at)
    assert first_break(links) is not None
    assert first_break(links[:at]) is None


async def test_only_a_head_noted_elsewhere_shows_that_the_end_was_cut_off(
    database: Database, bureau: Bureau, subject: Subject
) -> None:
    ledger = Ledger(database)
    for _ in range(2):
        await appended(database, subject.id, a_conclusion(bureau), bureau.officer.post, TEN)
    noted = await ledger.head(subject.id)
    async with database.transaction() as session:
        await session.execute(text("DROP TRIGGER ledger_entry_no_delete"))
        await session.execute(text("DELETE FROM ledger_entry WHERE n = 2"))
    assert await ledger.verify(subject.id) is None
    assert await ledger.head(subject.id) != noted


async def test_a_long_case_is_read_in_another_thread(
    database: Database, bureau: Bureau, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds, and calls go on meanwhile."""
    threads: set[threading.Thread] = set()

    def noted(kind: EntryKind, content: Mapping[str, object]) -> Body:
        threads.add(threading.current_thread())
        return parse(kind, content)

    await appended(database, subject.id, a_conclusion(bureau), None, TEN)
    monkeypatch.setattr("cases.ledger.parse", noted)
    assert len(await Ledger(database).entries(subject.id)) == 1
    async with database.reading() as session:
        assert len(await readable_in(session, subject.id)) == 1
    assert threads
    assert threading.main_thread() not in threads
