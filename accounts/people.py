"""The staff, and the posts they hold for a time: whoever acts, acts in a post."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import Actor, PersonId, PostId, Role, UnitId
from accounts.audit import note_in
from accounts.details import BadDetail, checked_login, checked_name, checked_password
from accounts.organisation import UnitRow
from accounts.passwords import Passwords
from accounts.powers import NotYours, Power, require
from storage.database import Base, Database
from storage.ids import new_id


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


class StaffRow(Base):
    """The people who work here.

    .. pii: name and login of staff, to sign in and to say who acted; kept as long as the records that name them;
       administrators see them, and everybody whose case they act in. The password is kept as an argon2id hash only.
    """

    __tablename__ = "staff"

    id: Mapped[PersonId] = mapped_column(String(20), primary_key=True)
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

    id: Mapped[PostId] = mapped_column(String(20), primary_key=True)
    person: Mapped[PersonId] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role]
    unit: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class People:
    """The staff and their posts in one database.

    `by` is None where the installation itself acts: the command line, the demo. Anybody else needs the power to manage
    accounts (NotYours), and every act is in the audit log together with what it did.
    """

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def add_staff(
        self, login: str, name: str, password: str | None, at: datetime, *, by: Actor | None = None
    ) -> Staff:
        """A new account; without a password only a once link opens it. BadDetail: login, name, password; TooBusy."""
        _may_manage(by)
        staff = Staff(PersonId(new_id()), checked_login(login), checked_name("name", name))
        kept = None if password is None else await self._passwords.keep(checked_password(password))
        async with self._database.transaction() as session:
            if await session.scalar(select(StaffRow.id).where(StaffRow.login == staff.login)) is not None:
                raise BadDetail("login", "taken")
            session.add(StaffRow(id=staff.id, login=staff.login, name=staff.name, password_hash=kept, added_at=at))
            await note_in(session, by, "add_staff", f"staff/{staff.id}", at)
        return staff

    async def give_post(
        self, person: PersonId, role: Role, unit: UnitId, at: datetime, *, by: Actor | None = None
    ) -> Post:
        """The person holds this post from `at` on. BadDetail: person or unit unknown."""
        _may_manage(by)
        post = Post(PostId(new_id()), person, role, unit, since=at, until=None)
        async with self._database.transaction() as session:
            if await session.get(StaffRow, person) is None:
                raise BadDetail("person", "unknown")
            if await session.get(UnitRow, unit) is None:
                raise BadDetail("unit", "unknown")
            session.add(PostRow(id=post.id, person=person, role=role, unit=unit, since=at, until=None))
            detail = {"person": person, "role": role.value, "unit": unit}
            await note_in(session, by, "give_post", f"post/{post.id}", at, detail=detail)
        return post

    async def end_post(self, post: PostId, at: datetime, *, by: Actor | None = None) -> None:
        """From `at` on the post opens nothing, also where somebody is signed in with it. BadDetail: not held now."""
        _may_manage(by)
        async with self._database.transaction() as session:
            row = await session.scalar(select(PostRow).where(PostRow.id == post, held(at)))
            if row is None:
                raise BadDetail("post", "unknown")
            row.until = at
            await note_in(session, by, "end_post", f"post/{post}", at)

    async def staff(self) -> list[Staff]:
        """Everybody with an account, by login."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(StaffRow).order_by(StaffRow.login))
            return [Staff(row.id, row.login, row.name) for row in rows]

    async def posts_of(self, person: PersonId, at: datetime) -> list[Post]:
        """The posts the person holds at `at`, the newest first."""
        async with self._database.reading() as session:
            return await posts_held(session, person, at)

    async def who_acted(self, post: PostId) -> Actor:
        """Who acts or acted in the post, for the record to name them, also when it has ended. NotYours: unknown."""
        async with self._database.reading() as session:
            actor = await actor_of(session, post)
        if actor is None:
            raise NotYours
        return actor


def held(at: datetime) -> ColumnElement[bool]:
    """The condition that a post is held at `at`."""
    return (PostRow.since <= at) & or_(PostRow.until.is_(None), PostRow.until > at)


async def posts_held(session: AsyncSession, person: PersonId, at: datetime) -> list[Post]:
    """The posts the person holds at `at`, the newest first."""
    query = select(PostRow).where(PostRow.person == person, held(at)).order_by(PostRow.since.desc(), PostRow.id.desc())
    return [Post(row.id, row.person, row.role, row.unit, row.since, row.until) for row in await session.scalars(query)]


async def actor_of(session: AsyncSession, post: PostId) -> Actor | None:
    """The actor that a post makes of its holder, whether or not it is still held; None for an unknown post."""
    query = (
        select(PostRow, StaffRow.name, UnitRow.name)
        .join(StaffRow, StaffRow.id == PostRow.person)
        .join(UnitRow, UnitRow.id == PostRow.unit)
        .where(PostRow.id == post)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    row, name, unit_name = found
    return Actor(row.person, name, row.id, row.role, row.unit, unit_name)


def _may_manage(by: Actor | None) -> None:
    if by is not None:
        require(by, Power.MANAGE_ACCOUNTS)
