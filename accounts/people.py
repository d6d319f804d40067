"""The staff, and the posts they hold for a time: whoever acts, acts in a post."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from accounts.organisation import UnitId
from storage.database import Base

PersonId = NewType("PersonId", str)
PostId = NewType("PostId", str)


class Role(StrEnum):
    """What a post is for."""

    DEPUTY_DIRECTOR = "deputy_director"  # 分管副局长
    CAPTAIN = "captain"  # 大队长
    SQUADRON_LEADER = "squadron_leader"  # 中队长
    OFFICER = "officer"  # 矫正官
    ASSISTANT = "assistant"  # 辅助人员
    COUNSELLOR = "counsellor"  # 心理辅导员
    ADMINISTRATOR = "administrator"  # 系统管理员


@dataclass(frozen=True, slots=True)
class Staff:
    """One person who works here; one account a person."""

    id: PersonId
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post one person holds from `since` until before `until`; None: until further notice."""

    id: PostId
    person: PersonId
    role: Role
    unit: UnitId
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which post; every act names it. Having one proves nothing: access_case() looks again."""

    person: PersonId
    name: str
    post: PostId
    role: Role
    unit: UnitId
    unit_name: str


class StaffRow(Base):
    """The people who work here.

    .. pii: name and login of staff, to sign in and to say who acted; kept as long as the records that name them;
       administrators see them, and everybody whose case they act in. The password is kept as an argon2id hash only.
    """

    __tablename__ = "staff"

    id: Mapped[PersonId] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    added_at: Mapped[datetime]


class PostRow(Base):
    """Who held which post in which unit, and when.

    .. pii: which person held which post, to know in what capacity they acted; kept as long as the records that name
       the post; administrators see it.
    """

    __tablename__ = "post"

    id: Mapped[PostId] = mapped_column(primary_key=True)
    person: Mapped[PersonId] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role]
    unit: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
