"""Signing in: a password or a once link for a session, and from a session the actor it stands for, each time anew."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import Actor, PersonId, PostId
from accounts.audit import note_in
from accounts.details import BadDetail, checked_login, checked_password
from accounts.lines import LineFull, Lines
from accounts.passwords import Passwords, TooBusy
from accounts.people import Post, StaffRow, actor_of, posts_held
from accounts.powers import NotYours
from accounts.tokens import hashed, new_token
from accounts.tries import Lately, Tries, source_of
from storage.database import Base, Database

IDLE = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=12)  # one long shift
SEEN_STEP = timedelta(minutes=1)  # "last seen" is written down this often: a page full of requests is one write

TRIES_WITHIN = timedelta(minutes=1)
TRIES_PER_ACCOUNT = 5  # from one address: whoever guesses from elsewhere locks nobody out
TRIES_PER_ADDRESS = 20  # that were wrong: a whole office may come from one address
QUICK_TRIES_PER_ACCOUNT = 30  # from all addresses together; more than these go one at a time, one in SLOW_S
SLOW_S = 3.0
MOST_IN_LINE = 10  # of one account: half a minute
KNOWN_FOR = timedelta(days=30)  # an address from which an account has signed in stands in no line for it
BUSY_RETRY_S = 5


class WrongPassword(Exception):
    """Login and password do not belong together, or the account holds no post: on purpose nobody can tell which."""


class WrongLink(Exception):
    """The link is unknown, used or over."""


class TooManyTries(Exception):
    """Not now; nothing was checked."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class StaffSessionRow(Base):
    """Who is signed in. The token itself is with the browser only.

    .. pii: when a person of the staff signed in and was last seen, to end idle sessions; gone at sign-out, and when
       somebody signs in after it is over; nobody sees it.
    """

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[PersonId] = mapped_column(ForeignKey("staff.id"))
    post: Mapped[PostId | None] = mapped_column(ForeignKey("post.id"))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class OnceLinkRow(Base):
    """Links that sign somebody in once; only demo data has them. The token itself is in the link only.

    .. pii: which person a link is for; gone when it is used, or when another is used after it is over; nobody sees it.
    """

    __tablename__ = "once_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[PersonId] = mapped_column(ForeignKey("staff.id"))
    until: Mapped[datetime]


class SignIn:
    """Sign-in and sessions in one database."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._sleep = sleep
        self._by_address = Tries(TRIES_PER_ADDRESS, TRIES_WITHIN)
        self._by_account_there = Tries(TRIES_PER_ACCOUNT, TRIES_WITHIN)
        self._by_account = Tries(QUICK_TRIES_PER_ACCOUNT, TRIES_WITHIN)
        self._lines = Lines(MOST_IN_LINE)
        self._known = Lately(KNOWN_FOR)

    async def with_password(self, login: str, password: str, address: str, at: datetime) -> str:
        """A new session's token. WrongPassword, after the same work whatever was wrong; TooManyTries(retry_after_s)."""
        try:
            login = checked_login(login)
        except BadDetail:
            login = ""  # nobody's
        source = source_of(address)
        there = f"{source} {login}"
        for tries, key in ((self._by_address, source), (self._by_account_there, there)):
            if wait_s := tries.take(key, at):
                raise TooManyTries(wait_s)
        async with self._database.reading() as session:
            staff = await session.scalar(select(StaffRow).where(StaffRow.login == login))
        try:
            if not self._known.has(there, at):
                await self._turn(login, at)
            fits = await self._passwords.fits(password, staff.password_hash if staff else None)
        except (LineFull, TooBusy):
            self._by_address.give_back(source, at)
            self._by_account_there.give_back(there, at)
            raise TooManyTries(BUSY_RETRY_S) from None
        async with self._database.transaction() as session:
            actor = await _actor_in(session, staff.id, None, at) if staff and fits else None
            token = await _open_session(session, actor, "sign_in", at) if actor is not None else None
            if token is None:
                thing = f"staff/{staff.id if staff else 'unknown'}"
                await note_in(session, None, "sign_in", thing, at, allowed=False)
        if token is None:
            raise WrongPassword
        self._by_address.give_back(source, at)
        self._known.note(there, at)
        return token

    async def _turn(self, login: str, at: datetime) -> None:
        """Returns at once, but where many addresses guess at one account: there tries go one by one. LineFull."""
        if self._by_account.take(login, at):
            async with self._lines.turn(login):
                await self._sleep(SLOW_S)

    async def once_link(self, person: PersonId, at: datetime, valid: timedelta) -> str:
        """A token that signs the person in once, until `valid` is over. For demo data only."""
        token = new_token()
        async with self._database.transaction() as session:
            session.add(OnceLinkRow(token_hash=hashed(token), person=person, until=at + valid))
        return token

    async def with_once_link(self, token: str, at: datetime) -> str:
        """A new session's token, for a link's; the link is used up. WrongLink."""
        if not await self._is_kept(OnceLinkRow, token):
            raise WrongLink
        async with self._database.transaction() as session:
            link = await session.scalar(
                select(OnceLinkRow).where(OnceLinkRow.token_hash == hashed(token), OnceLinkRow.until > at)
            )
            used_or_over = or_(OnceLinkRow.token_hash == hashed(token), OnceLinkRow.until <= at)
            await session.execute(delete(OnceLinkRow).where(used_or_over))
            actor = await _actor_in(session, link.person, None, at) if link else None
            if actor is not None:
                return await _open_session(session, actor, "sign_in_once", at)
        # Not noted: whose link it was is unknown, and anybody may send us any number of them.
        raise WrongLink

    async def actor(self, token: str, at: datetime) -> Actor | None:
        """Who acts with this token: in the post chosen with hold(), else in the newest one; None if nobody does.

        Posts are read anew each time: a leaver's access ends at once, and an ended post is not followed by another one.
        """
        actor, found = await self._find(token, at)
        if actor is not None and found is not None and at - found.seen_at >= SEEN_STEP:
            async with self._database.transaction() as session:
                await session.execute(
                    update(StaffSessionRow).where(StaffSessionRow.token_hash == found.token_hash).values(seen_at=at)
                )
        return actor

    async def glance(self, token: str, at: datetime) -> Actor | None:
        """The same for what a page does by itself: a board that renews itself does not keep a session from idling."""
        return (await self._find(token, at))[0]

    async def _find(self, token: str, at: datetime) -> tuple[Actor | None, StaffSessionRow | None]:
        async with self._database.reading() as session:
            found = await _living(session, token, at)
            return (await _actor_in(session, found.person, found.post, at) if found else None), found

    async def _is_kept(self, kind: type[OnceLinkRow] | type[StaffSessionRow], token: str) -> bool:
        """Whether there is such a token: read first, for whoever makes one up shall not stand in line to write."""
        async with self._database.reading() as session:
            return await session.get(kind, hashed(token)) is not None

    async def posts(self, token: str, at: datetime) -> list[Post]:
        """The posts that whoever is signed in with this token may choose from, the newest first."""
        async with self._database.reading() as session:
            found = await _living(session, token, at)
            return await posts_held(session, found.person, at) if found else []

    async def hold(self, token: str, post: PostId, at: datetime) -> str:
        """A new token that acts in this post; the old one is no more, for what may be done changes. NotYours."""
        async with self._database.transaction() as session:
            found = await _living(session, token, at)
            actor = await _actor_in(session, found.person, post, at) if found else None
            if found is None or actor is None:
                raise NotYours
            chosen = new_token()
            session.add(
                StaffSessionRow(
                    token_hash=hashed(chosen), person=found.person, post=post, opened_at=found.opened_at, seen_at=at
                )
            )
            await session.delete(found)
            await note_in(session, actor, "hold_post", f"post/{post}", at)
        return chosen

    async def change_password(self, actor: Actor, token: str, former: str, wanted: str, at: datetime) -> None:
        """The actor has another password from now on, and is signed in nowhere but with this token.

        WrongPassword, when `former` is not theirs; BadDetail("password"): too_short, too_long, same; TooManyTries.
        """
        if wait_s := self._by_account_there.take(f"change {actor.person}", at):
            raise TooManyTries(wait_s)
        thing = f"staff/{actor.person}"
        async with self._database.reading() as session:
            kept = (await session.get_one(StaffRow, actor.person)).password_hash
        try:
            fits = await self._passwords.fits(former, kept)
            if fits and checked_password(wanted) == former:
                raise BadDetail("password", "same")
            new = await self._passwords.keep(wanted) if fits else None
        except TooBusy:
            raise TooManyTries(BUSY_RETRY_S) from None
        async with self._database.transaction() as session:
            row = await session.get_one(StaffRow, actor.person)
            changes = new is not None and row.password_hash == kept  # else somebody was quicker
            if changes:
                row.password_hash = new
                elsewhere = (StaffSessionRow.person == actor.person) & (StaffSessionRow.token_hash != hashed(token))
                await session.execute(delete(StaffSessionRow).where(elsewhere))
                await session.execute(delete(OnceLinkRow).where(OnceLinkRow.person == actor.person))
            await note_in(session, actor, "change_password", thing, at, allowed=changes)
        if not changes:
            raise WrongPassword

    async def sign_out(self, token: str) -> None:
        """The token is no more; an unknown one never was."""
        if not await self._is_kept(StaffSessionRow, token):
            return
        async with self._database.transaction() as session:
            await session.execute(delete(StaffSessionRow).where(StaffSessionRow.token_hash == hashed(token)))


async def _open_session(session: AsyncSession, actor: Actor, verb: str, at: datetime) -> str:
    over = or_(StaffSessionRow.seen_at <= at - IDLE, StaffSessionRow.opened_at <= at - LONGEST_SESSION)
    await session.execute(delete(StaffSessionRow).where(over))
    token = new_token()
    session.add(StaffSessionRow(token_hash=hashed(token), person=actor.person, post=None, opened_at=at, seen_at=at))
    await note_in(session, actor, verb, f"staff/{actor.person}", at)
    return token


async def _living(session: AsyncSession, token: str, at: datetime) -> StaffSessionRow | None:
    living = (StaffSessionRow.seen_at > at - IDLE) & (StaffSessionRow.opened_at > at - LONGEST_SESSION)
    return await session.scalar(select(StaffSessionRow).where(StaffSessionRow.token_hash == hashed(token), living))


async def _actor_in(session: AsyncSession, person: PersonId, chosen: PostId | None, at: datetime) -> Actor | None:
    posts = [post.id for post in await posts_held(session, person, at) if chosen in (None, post.id)]
    return await actor_of(session, posts[0]) if posts else None
