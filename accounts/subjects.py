"""The subjects of community corrections: one subject is one case, and each belongs to one judicial office."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from accounts import details
from accounts.organisation import UnitId
from accounts.people import PostId
from storage.database import Base

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

    id: Mapped[SubjectId] = mapped_column(primary_key=True)
    name: Mapped[str]
    id_number: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    level: Mapped[Level]
    office: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"), index=True)
    minor: Mapped[bool]
    registered_at: Mapped[datetime]
    registered_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
