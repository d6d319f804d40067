"""The subjects of community corrections: one subject is one case, and each belongs to one judicial office."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from accounts import details
from accounts.actor import Actor, PostId, UnitId
from accounts.audit import note_in
from accounts.details import BadDetail
from accounts.organisation import UnitRow, units_beneath
from accounts.people import PostRow
from accounts.powers import NotYours, Power, require
from storage.database import Base, Database
from storage.ids import new_id

SubjectId = NewType("SubjectId", str)


class Level(StrEnum):
    """How closely a subject is supervised."""

    NEW = "new"  # 新入矫
    LENIENT = "lenient"  # 宽管
    GENERAL = "general"  # 普管
    STRICT = "strict"  # 严管


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject, and at once the case about them: the case is named by the subject's id."""

    id: SubjectId
    name: str
    id_number: str
    phone: str
    level: Level
    office: UnitId
    office_name: str
    minor: bool  # at registration
    registered_at: datetime

    @property
    def masked_name(self) -> str:
        """张*伟"""
        return details.masked_name(self.name)

    @property
    def masked_id_number(self) -> str:
        """4110**********1234"""
        return details.masked_id_number(self.id_number)


class SubjectRow(Base):
    """The subjects; a row is had through access_case() or Subjects only.

    .. pii: name, citizen's ID number, phone and level of a person under community corrections, to know whom a check-in
       is with; kept until release and then as the archive schedule says; staff whose post covers the office see them.
    """

    __tablename__ = "subject"

    id: Mapped[SubjectId] = mapped_column(String(20), primary_key=True)
    name: Mapped[str]
    id_number: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    level: Mapped[Level]
    office: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"), index=True)
    minor: Mapped[bool]
    registered_at: Mapped[datetime]
    registered_by: Mapped[PostId] = mapped_column(ForeignKey(PostRow.id))


class Subjects:
    """The subjects in one database, as far as the actor's area reaches. A single case is had through access_case()."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(
        self, actor: Actor, name: str, id_number: str, phone: str, level: Level, office: UnitId, at: datetime
    ) -> Subject:
        """A new case. NotYours if the office is outside the actor's area; BadDetail: name, id_number, phone.

        A number is registered once in the whole installation. That tells whoever holds a person's number that there is
        a case somewhere; two cases about one person would be worse. The attempt is in the audit log.
        """
        require(actor, Power.REGISTER_SUBJECT)
        number = details.checked_id_number(id_number, at)
        row = SubjectRow(
            id=SubjectId(new_id()),
            name=details.checked_name("name", name),
            id_number=number,
            phone=details.checked_phone(phone),
            level=level,
            office=office,
            minor=details.is_minor(details.birth_date(number), at),
            registered_at=at,
            registered_by=actor.post,
        )
        async with self._database.transaction() as session:
            area = units_beneath(actor.unit)
            office_name = await session.scalar(
                select(UnitRow.name).where(UnitRow.id == office, UnitRow.id.in_(select(area.c.id)))
            )
            known = await session.scalar(select(SubjectRow.id).where(SubjectRow.id_number == number))
            allowed = office_name is not None and known is None
            if allowed:
                session.add(row)
            thing = f"subject/{known or row.id}"
            await note_in(session, actor, Power.REGISTER_SUBJECT.value, thing, at, allowed=allowed)
        if office_name is None:
            raise NotYours
        if known is not None:
            raise BadDetail("id_number", "registered_already")
        return subject_of(row, office_name)

    async def in_area(self, actor: Actor) -> list[Subject]:
        """All cases of the actor's unit and of those beneath it, by name; NotYours for a post without cases."""
        require(actor, Power.SEE_CASE)
        area = units_beneath(actor.unit)
        query = (
            select(SubjectRow, UnitRow.name)
            .join(UnitRow, UnitRow.id == SubjectRow.office)
            .where(SubjectRow.office.in_(select(area.c.id)))
            .order_by(SubjectRow.name, SubjectRow.id)
        )
        async with self._database.reading() as session:
            return [subject_of(row, office_name) for row, office_name in await session.execute(query)]


def subject_of(row: SubjectRow, office_name: str) -> Subject:
    """The value of a row."""
    return Subject(
        id=row.id,
        name=row.name,
        id_number=row.id_number,
        phone=row.phone,
        level=row.level,
        office=row.office,
        office_name=office_name,
        minor=row.minor,
        registered_at=row.registered_at,
    )
