"""The organisation: a tree of units, from the bureau down to the judicial offices."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CTE, ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import Actor, UnitId
from accounts.audit import note_in
from accounts.details import BadDetail, checked_name, checked_phone
from accounts.powers import Power, require
from storage.database import Base, Database
from storage.ids import new_id


class UnitKind(StrEnum):
    """What a unit is called in the organisation."""

    BUREAU = "bureau"  # 局
    BRIGADE = "brigade"  # 大队
    SQUADRON = "squadron"  # 中队
    OFFICE = "office"  # 司法所


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; the top one has no parent."""

    id: UnitId
    name: str
    kind: UnitKind
    parent: UnitId | None
    phone: str | None = None  # of its office


class UnitRow(Base):
    """The units of the organisation.

    .. pii: none; names and telephone numbers of public offices.
    """

    __tablename__ = "unit"

    id: Mapped[UnitId] = mapped_column(String(20), primary_key=True)
    name: Mapped[str]
    kind: Mapped[UnitKind]
    parent: Mapped[UnitId | None] = mapped_column(ForeignKey("unit.id"), index=True)
    phone: Mapped[str | None]


class Organisation:
    """The units in one database. A unit never moves: its place in the tree decides who sees which case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_unit(
        self, name: str, kind: UnitKind, parent: UnitId | None, at: datetime, *, by: Actor | None = None
    ) -> Unit:
        """A new unit beneath `parent`. `by` is None where the installation itself acts: the command line, the demo.

        NotYours if `by` may not manage accounts; BadDetail for the name or an unknown parent.
        """
        if by is not None:
            require(by, Power.MANAGE_ACCOUNTS)
        unit = Unit(UnitId(new_id()), checked_name("name", name), kind, parent)
        async with self._database.transaction() as session:
            if parent is not None and await session.get(UnitRow, parent) is None:
                raise BadDetail("parent", "unknown")
            session.add(UnitRow(id=unit.id, name=unit.name, kind=unit.kind, parent=unit.parent))
            await note_in(session, by, "add_unit", f"unit/{unit.id}", at)
        return unit

    async def set_phone(self, unit: UnitId, phone: str, at: datetime, *, by: Actor | None = None) -> None:
        """The telephone number of the unit's office, for whoever is told to call; an empty one takes it away.

        NotYours, see add_unit(); BadDetail: phone form, unit unknown.
        """
        if by is not None:
            require(by, Power.MANAGE_ACCOUNTS)
        number = checked_phone(phone) if phone.strip() else None
        async with self._database.transaction() as session:
            row = await session.get(UnitRow, unit)
            if row is None:
                raise BadDetail("unit", "unknown")
            row.phone = number
            await note_in(session, by, "set_phone", f"unit/{unit}", at)

    async def units(self) -> list[Unit]:
        """All units, each after its parent, by name beneath one parent."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(UnitRow).order_by(UnitRow.name, UnitRow.id))).all()
        beneath: dict[UnitId | None, list[Unit]] = {}
        for row in rows:
            beneath.setdefault(row.parent, []).append(Unit(row.id, row.name, row.kind, row.parent, row.phone))
        return _in_order(beneath, None)

    async def below(self, unit: UnitId) -> frozenset[UnitId]:
        """The unit itself and all beneath it; nothing for an unknown unit."""
        async with self._database.reading() as session:
            return frozenset(await session.scalars(select(units_beneath(unit).c.id)))


async def phone_of(session: AsyncSession, unit: UnitId) -> str | None:
    """The number to call for a unit: its own, else that of the next above it that has one."""
    at: UnitId | None = unit
    while at is not None:
        row = await session.get(UnitRow, at)
        if row is None or row.phone:
            return row.phone if row else None
        at = row.parent
    return None


def units_beneath(unit: UnitId) -> CTE:
    """The ids of `unit` and of all units beneath it, as `.c.id` to select from or to join with."""
    beneath = select(UnitRow.id).where(UnitRow.id == unit).cte("units_beneath", recursive=True)
    return beneath.union_all(select(UnitRow.id).join(beneath, UnitRow.parent == beneath.c.id))


def _in_order(beneath: dict[UnitId | None, list[Unit]], top: UnitId | None) -> list[Unit]:
    return [found for unit in beneath.get(top, []) for found in (unit, *_in_order(beneath, unit.id))]
