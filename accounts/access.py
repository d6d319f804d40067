"""The one way to get at a case, or at what a unit does: the right power, in a post still held, over that unit."""

import re
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import Actor, UnitId
from accounts.audit import note_in
from accounts.organisation import UnitRow, units_beneath
from accounts.people import PostRow, held
from accounts.powers import POWERS, NotYours, Power
from accounts.subjects import Subject, SubjectId, SubjectRow, subject_of
from storage.database import Database

_AN_ID = re.compile(r"[0-9a-f]{20}")


async def access_case(database: Database, actor: Actor, subject: SubjectId, power: Power, at: datetime) -> Subject:
    """The case, for an actor who may do this with it at `at`; otherwise NotYours, and the refusal is in the audit log.

    Scope is worked out anew on every call: a post that ended a moment ago opens nothing.
    """
    well_formed = _AN_ID.fullmatch(subject) is not None
    async with database.reading() as session:
        found = await _case_in_area(session, actor, subject, at) if well_formed else None
    if found is not None and power in POWERS[actor.role]:
        return found
    thing = f"subject/{subject}" if well_formed else "subject/malformed"
    async with database.transaction() as session:
        await note_in(session, actor, power.value, thing, at, allowed=False)
    raise NotYours


async def access_unit(
    database: Database, actor: Actor, unit: UnitId | None, thing: str, powers: frozenset[Power], at: datetime
) -> None:
    """NotYours unless the actor may do one of this with what belongs to `unit`; a refusal about `thing` is in the audit
    log. `unit` is None for what does not exist.
    """
    async with database.reading() as session:
        area = units_beneath(actor.unit)
        covered = select(area.c.id).where(area.c.id == unit, in_a_post_of(actor, at))
        in_area = unit is not None and await session.scalar(covered) is not None
    if in_area and powers & POWERS[actor.role]:
        return
    async with database.transaction() as session:
        await note_in(session, actor, min(powers).value, thing, at, allowed=False)
    raise NotYours


def in_a_post_of(actor: Actor, at: datetime) -> ColumnElement[bool]:
    """The condition that the actor holds, at `at`, the very post that they act in."""
    return exists().where(
        PostRow.id == actor.post,
        PostRow.person == actor.person,
        PostRow.role == actor.role,
        PostRow.unit == actor.unit,
        held(at),
    )


async def _case_in_area(session: AsyncSession, actor: Actor, subject: SubjectId, at: datetime) -> Subject | None:
    area = units_beneath(actor.unit)
    query = (
        select(SubjectRow, UnitRow.name)
        .join(UnitRow, UnitRow.id == SubjectRow.office)
        .where(SubjectRow.id == subject, SubjectRow.office.in_(select(area.c.id)), in_a_post_of(actor, at))
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else subject_of(*row)
