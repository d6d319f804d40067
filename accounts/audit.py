"""The audit log: who did or was refused what, in which post; append-only and hash-chained; ids, never names."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import Actor, PersonId, PostId
from storage.append_only import append_only
from storage.as_it_stands import as_it_stands, stamp
from storage.chain import GENESIS, Link, canonical, digest, first_break
from storage.database import Base, Database

Detail = Mapping[str, str | int | float]
NOTHING_MORE: Detail = MappingProxyType({})

_PAGE = 1000  # entries checked at a time: the whole log need not fit into memory

# Printable ASCII: ids, verbs and codes fit, names do not, and no line of a log can be forged with it.
_CODE = re.compile(r"[\x21-\x7e]{1,120}")


@append_only
class AuditRow(Base):
    """The audit log.

    .. pii: which person of the staff did or was refused what, to answer for access to cases; ids only; kept as long as
       the cases; supervisors and auditors see it.
    """

    __tablename__ = "audit_entry"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    person: Mapped[PersonId | None] = mapped_column(String(20))  # no foreign keys: the log outlives what it speaks of
    post: Mapped[PostId | None] = mapped_column(String(20))
    verb: Mapped[str]
    thing: Mapped[str] = mapped_column(index=True)
    allowed: Mapped[bool]
    detail: Mapped[str] = mapped_column(Text)  # canonical JSON
    previous: Mapped[str]
    digest: Mapped[str]


class Audit:
    """The log in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self,
        actor: Actor | None,
        verb: str,
        thing: str,
        at: datetime,
        *,
        allowed: bool = True,
        detail: Detail = NOTHING_MORE,
    ) -> None:
        """Appends one entry. `thing` is what it was done to, as "subject/<id>"; ValueError for what is not a code."""
        async with self._database.transaction() as session:
            await note_in(session, actor, verb, thing, at, allowed=allowed, detail=detail)

    async def verify(self) -> int | None:
        """The number of the first entry that does not follow from those before it, or None when all do."""
        last: Link | None = None
        async with self._database.reading() as session:
            while True:
                page = as_it_stands(AuditRow).order_by(AuditRow.n).limit(_PAGE)
                if last is not None:
                    page = page.where(AuditRow.n > last.n)
                links = [_link_of(row) for row in await session.execute(page)]
                broken = first_break(links, after=last)
                if broken is not None or len(links) < _PAGE:
                    return broken
                last = links[-1]


async def note_in(
    session: AsyncSession,
    actor: Actor | None,
    verb: str,
    thing: str,
    at: datetime,
    *,
    allowed: bool = True,
    detail: Detail = NOTHING_MORE,
) -> None:
    """Audit.note() within a transaction that is under way: the act and its entry stand or fall together."""
    for code in (verb, thing, *(value for value in detail.values() if isinstance(value, str))):
        if not _CODE.fullmatch(code):
            raise ValueError("the audit log takes codes and ids only")
    newest = select(AuditRow.n, AuditRow.digest).order_by(AuditRow.n.desc()).limit(1)
    last = (await session.execute(newest)).one_or_none()  # no more of it: one that cannot be read keeps nobody waiting
    n, previous = (0, GENESIS) if last is None else (last.n, last.digest)
    row = AuditRow(
        n=n + 1,
        at=at,
        person=actor.person if actor else None,
        post=actor.post if actor else None,
        verb=verb,
        thing=thing,
        allowed=allowed,
        detail=canonical(detail).decode(),
        previous=previous,
        digest="",
    )
    row.digest = digest(previous, _content(row))
    session.add(row)
    await session.flush()


def _content(row: AuditRow | Row[Any]) -> dict[str, object]:
    return {
        "n": row.n,
        "at": stamp(row.at),
        "person": row.person,
        "post": row.post,
        "verb": row.verb,
        "thing": row.thing,
        "allowed": row.allowed,
        "detail": row.detail,
    }


def _link_of(row: Row[Any]) -> Link:
    return Link(n=row.n, content=_content(row), previous=row.previous, digest=row.digest)
