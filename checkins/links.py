"""The link that invites a subject, what is wrong with one, and the browser that it let in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import Actor, PostId
from accounts.organisation import phone_of
from accounts.people import PostRow
from accounts.tokens import hashed, new_token
from checkins.appointment import Appointment
from checkins.checkin import GOING_ON, INVITING, CheckInId
from checkins.notice import Choice
from checkins.policy import Window
from checkins.store import CheckInLinkRow, CheckInRow, ConsentRow, SubjectSessionRow
from live.links import LinkTrouble, WrongInvitation
from live.notices import Notice
from storage.database import Database
from storage.ids import new_id


class NoLinkNow(Exception):
    """Nobody is invited to this check-in any more: it has begun, is over, or its window is."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the link's page says: who would like to see the subject, and when. Times are wall time, UTC."""

    check_in: CheckInId
    officer: str
    unit: str
    starts_at: datetime
    opens_at: datetime
    closes_at: datetime
    phone: str | None = None
    """Of the officer's unit, or the next above it that has one."""


@dataclass(frozen=True, slots=True)
class SubjectSession:
    """What a link has let a subject's browser into: this one check-in, and nothing else."""

    check_in_id: CheckInId
    choice: Choice


@dataclass(frozen=True, slots=True)
class LinkLife:
    """What has become of a link."""

    used_at: datetime | None
    replaced_at: datetime | None


async def invitation_of(session: AsyncSession, appointment: Appointment, host: Actor, window: Window) -> Invitation:
    """What the page of this check-in's link says."""
    return Invitation(
        check_in=appointment.id,
        officer=host.name,
        unit=host.unit_name,
        starts_at=appointment.starts_at,
        opens_at=appointment.starts_at - window.opens_before,
        closes_at=appointment.closes_at,
        phone=await phone_of(session, host.unit),
    )


def is_inviting(appointment: Appointment, window: Window, at: datetime) -> bool:
    """Whether somebody may still come: nobody has been let in, and window and grace are not over."""
    return appointment.check_in.state in INVITING and at < appointment.closes_at + window.grace


def trouble_with(link: LinkLife, appointment: Appointment, window: Window, at: datetime) -> LinkTrouble | None:
    """What is wrong with a known link at `at`, what helps the person most first; None when it may be looked at."""
    if appointment.check_in.state not in INVITING | GOING_ON:
        return LinkTrouble.OVER
    if link.replaced_at is not None:
        return LinkTrouble.REPLACED
    if link.used_at is not None:
        return LinkTrouble.USED
    return None if is_inviting(appointment, window, at) else LinkTrouble.EXPIRED


async def issue(session: AsyncSession, check_in: CheckInId, by: PostId, at: datetime) -> str:
    """A new link's token; every former link of the check-in is replaced by it."""
    former = (CheckInLinkRow.check_in == check_in) & CheckInLinkRow.replaced_at.is_(None)
    await session.execute(update(CheckInLinkRow).where(former).values(replaced_at=at))
    token = new_token()
    session.add(CheckInLinkRow(token_hash=hashed(token), check_in=check_in, sent_at=at, sent_by=by))
    return token


async def phone_behind(database: Database, token: str) -> str | None:
    """Whom to call about a link that does not open; None where nobody knows, or it is not one of ours."""
    query = (
        select(PostRow.unit)
        .join(CheckInRow, CheckInRow.host_post == PostRow.id)
        .join(CheckInLinkRow, CheckInLinkRow.check_in == CheckInRow.id)
        .where(CheckInLinkRow.token_hash == hashed(token))
    )
    async with database.reading() as session:
        unit = await session.scalar(query)
        return await phone_of(session, unit) if unit is not None else None


async def link_of(session: AsyncSession, token: str) -> CheckInLinkRow:
    """The link with this token; WrongInvitation(UNKNOWN)."""
    row = await session.get(CheckInLinkRow, hashed(token))
    if row is None:
        raise WrongInvitation(LinkTrouble.UNKNOWN)
    return row


async def keep_consent(session: AsyncSession, check_in: CheckInId, choice: Choice, notice: Notice, at: datetime) -> str:
    """Keep what was agreed to, with proof of the very text; the consent's id."""
    row = ConsentRow(
        id=new_id(),
        check_in=check_in,
        notice_version=notice.version,
        notice_sha256=notice.sha256,
        language=notice.language,
        choice=choice,
        at=at,
    )
    session.add(row)
    await session.flush()
    return row.id


async def let_in(session: AsyncSession, check_in: CheckInId, consent: str, until: datetime) -> str:
    """A token for the browser that used a link; browsers that former links let in are out."""
    await session.execute(delete(SubjectSessionRow).where(SubjectSessionRow.check_in == check_in))
    token = new_token()
    session.add(SubjectSessionRow(token_hash=hashed(token), check_in=check_in, consent=consent, until=until))
    return token


async def session_of(session: AsyncSession, token: str, at: datetime) -> SubjectSession | None:
    """Who this browser is, while it may stay; None otherwise."""
    query = (
        select(SubjectSessionRow.check_in, ConsentRow.choice)
        .join(ConsentRow, ConsentRow.id == SubjectSessionRow.consent)
        .where(SubjectSessionRow.token_hash == hashed(token), SubjectSessionRow.until > at)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else SubjectSession(*found)
