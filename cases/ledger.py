"""The ledger (台账) of each case: append-only, hash-chained, one chain a subject."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Result, Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import PostId
from accounts.subjects import SubjectId, SubjectRow
from cases.entries import Body, EntryKind, dump, kind_of, parse
from cases.review import EntryId
from cases.store import LedgerEntryRow
from storage.as_it_stands import as_it_stands, moment_of, stamp
from storage.chain import GENESIS, Link, canonical, digest, first_break
from storage.database import Database
from storage.ids import new_id


class Unreadable(Exception):
    """What stands in the ledger is nothing that we file. The message is the entry's id, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry (档案条目). `n` counts from 1 in its case; `by` is the post that acted, None for the server itself."""

    id: EntryId
    subject: SubjectId
    n: int
    kind: EntryKind
    body: Body
    by: PostId | None
    at: datetime
    previous: str
    digest: str


class Ledger:
    """The ledgers of all cases in one database. Whoever calls has been through access_case()."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(self, subject: SubjectId) -> list[Entry]:
        """The whole case, first entry first. Unreadable."""
        async with self._database.reading() as session:
            rows = (await _rows(session, subject)).all()
        return await asyncio.to_thread(lambda: [_entry_of(row) for row in rows])

    async def find(self, subject: SubjectId, entry: EntryId) -> Entry | None:
        """One entry of the case; None if it is not there, also when it is another case's. Unreadable."""
        async with self._database.reading() as session:
            return await find_in(session, subject, entry)

    async def subjects(self) -> list[SubjectId]:
        """Everybody who has a ledger, also an empty one, or one whose subject is gone."""
        both = select(SubjectRow.id).union(select(LedgerEntryRow.subject))
        async with self._database.reading() as session:
            return sorted(await session.scalars(both))

    async def head(self, subject: SubjectId) -> str:
        """The newest digest: noted elsewhere, it also shows when entries were cut off at the end."""
        async with self._database.reading() as session:
            return (await _head(session, subject))[1]

    async def verify(self, subject: SubjectId) -> int | None:
        """The place of the first entry that does not follow from those before it, or None when all do."""
        async with self._database.reading() as session:
            rows = (await _rows(session, subject)).all()
        return await asyncio.to_thread(lambda: first_break(_link_of(row) for row in rows))


async def append_in(session: AsyncSession, subject: SubjectId, body: Body, by: PostId | None, at: datetime) -> Entry:
    """A new last entry of the case, in the transaction under way: the fact and its entry stand or fall together.

    To correct an entry, append one that cites it.
    """
    n, previous = await _head(session, subject)
    row = LedgerEntryRow(
        id=EntryId(new_id()),
        subject=subject,
        n=n + 1,
        kind=kind_of(body).value,
        body=canonical(dump(body)).decode(),
        by=by,
        at=at,
        previous=previous,
    )
    row.digest = digest(previous, _content(row))
    session.add(row)
    await session.flush()
    return _entry_of(row)


async def find_in(session: AsyncSession, subject: SubjectId, entry: EntryId) -> Entry | None:
    """Ledger.find() within a transaction that is under way."""
    query = as_it_stands(LedgerEntryRow).where(LedgerEntryRow.id == entry, LedgerEntryRow.subject == subject)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _entry_of(row)


async def readable_in(session: AsyncSession, subject: SubjectId) -> list[Entry]:
    """Ledger.entries() without those that cannot be read, within a transaction that is under way."""
    return await asyncio.to_thread(_readable, (await _rows(session, subject)).all())


# A long case takes seconds to read. In another thread calls go on meanwhile: they wait for one entry at most.


def _readable(rows: Sequence[Row[Any]]) -> list[Entry]:
    entries = []
    for row in rows:
        with suppress(Unreadable):
            entries.append(_entry_of(row))
    return entries


async def _rows(session: AsyncSession, subject: SubjectId) -> Result[Any]:
    query = as_it_stands(LedgerEntryRow).where(LedgerEntryRow.subject == subject)
    rows: Result[Any] = await session.execute(query.order_by(LedgerEntryRow.n))
    return rows


async def _head(session: AsyncSession, subject: SubjectId) -> tuple[int, str]:
    """The newest entry's place and digest, and nothing else of it: one that cannot be read keeps nobody from filing."""
    query = select(LedgerEntryRow.n, LedgerEntryRow.digest).where(LedgerEntryRow.subject == subject)
    last = (await session.execute(query.order_by(LedgerEntryRow.n.desc()).limit(1))).one_or_none()
    return (0, GENESIS) if last is None else (last.n, last.digest)


def _content(row: LedgerEntryRow | Row[Any]) -> dict[str, object]:
    return {
        "id": row.id,
        "subject": row.subject,
        "n": row.n,
        "kind": row.kind,
        "body": row.body,  # as it stands in the table, to the byte: what is checked is what was written
        "by": row.by,
        "at": stamp(row.at),
    }


def _link_of(row: Row[Any]) -> Link:
    return Link(n=row.n, content=_content(row), previous=row.previous, digest=row.digest)


def _entry_of(row: LedgerEntryRow | Row[Any]) -> Entry:
    try:
        kind = EntryKind(row.kind)
        content = json.loads(row.body)
        canonical(content)  # half a character passes for text until it meets a page
        body = parse(kind, content)
        at = moment_of(row.at)
    except (ValueError, TypeError, RecursionError):
        raise Unreadable(row.id) from None  # pydantic's own complaint would quote what people wrote
    return Entry(row.id, row.subject, row.n, kind, body, row.by, at, row.previous, row.digest)
