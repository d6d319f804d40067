"""The audit log read, and a ledger written, as only tests want to."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from accounts.actor import PersonId, PostId
from accounts.audit import AuditRow, Detail
from accounts.subjects import SubjectId
from cases.entries import Body
from cases.ledger import Entry, append_in
from storage.database import Database


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act or refusal. `person` and `post` are None where nobody had signed in."""

    n: int
    at: datetime
    person: PersonId | None
    post: PostId | None
    verb: str
    thing: str
    allowed: bool
    detail: Detail


async def audited(database: Database, thing: str | None = None) -> list[AuditEntry]:
    """What the audit log says about one thing, or about all; oldest first."""
    query = select(AuditRow).order_by(AuditRow.n)
    if thing is not None:
        query = query.where(AuditRow.thing == thing)
    async with database.reading() as session:
        rows = (await session.scalars(query)).all()
    return [
        AuditEntry(row.n, row.at, row.person, row.post, row.verb, row.thing, row.allowed, json.loads(row.detail))
        for row in rows
    ]


async def appended(database: Database, subject: SubjectId, body: Body, by: PostId | None, at: datetime) -> Entry:
    """A new last entry of the case, with nothing else to it."""
    async with database.transaction() as session:
        return await append_in(session, subject, body, by, at)
