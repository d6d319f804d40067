"""The organisation: a tree of units, from the bureau down to the judicial offices."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from sqlalchemy import CTE, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.database import Base

UnitId = NewType("UnitId", str)


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


class UnitRow(Base):
    """The units of the organisation.

    .. pii: none; names of public offices.
    """

    __tablename__ = "unit"

    id: Mapped[UnitId] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[UnitKind]
    parent: Mapped[UnitId | None] = mapped_column(ForeignKey("unit.id"), index=True)


def units_beneath(unit: UnitId) -> CTE:
    """The ids of `unit` and of all units beneath it, as `.c.id` to select from or to join with."""
    beneath = select(UnitRow.id).where(UnitRow.id == unit).cte("units_beneath", recursive=True)
    return beneath.union_all(select(UnitRow.id).join(beneath, UnitRow.parent == beneath.c.id))
