"""The links that invite learners to a lesson, and the browsers that they let in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import PostId
from accounts.tokens import hashed, new_token
from cases.entries import NoticeRead
from courses.floor import Place
from courses.lesson import INVITING, LessonId, LessonState
from courses.policy import LessonRules
from courses.store import LearnerSessionRow, LessonConsentRow, LessonLinkRow, LessonPlaceRow, LessonRow
from live.links import LinkTrouble, WrongInvitation
from live.notices import Notice
from storage.ids import new_id


@dataclass(frozen=True, slots=True)
class LearnerSession:
    """What a link has let a learner's browser into: this one place in this one lesson, and nothing else."""

    lesson: LessonId
    place: Place


@dataclass(frozen=True, slots=True)
class LinkLife:
    """What has become of a learner's newest link."""

    sent_at: datetime
    used_at: datetime | None


def is_inviting(lesson: LessonRow, rules: LessonRules, at: datetime) -> bool:
    """Whether learners may still come: it goes on, or may yet begin."""
    forgotten = lesson.state is LessonState.PLANNED and at >= lesson.starts_at + rules.forgotten_after
    return lesson.state in INVITING and not forgotten


def trouble_with(link: LessonLinkRow, lesson: LessonRow, rules: LessonRules, at: datetime) -> LinkTrouble | None:
    """What is wrong with a known link at `at`, what helps the person most first; None when it may be looked at."""
    if lesson.state not in INVITING:
        return LinkTrouble.OVER
    if link.replaced_at is not None:
        return LinkTrouble.REPLACED
    if link.used_at is not None:
        return LinkTrouble.USED
    return None if is_inviting(lesson, rules, at) else LinkTrouble.EXPIRED


async def issue(session: AsyncSession, place: str, by: PostId, at: datetime) -> str:
    """A new link's token; every former link of this place is replaced by it."""
    former = (LessonLinkRow.place == place) & LessonLinkRow.replaced_at.is_(None)
    await session.execute(update(LessonLinkRow).where(former).values(replaced_at=at))
    token = new_token()
    session.add(LessonLinkRow(token_hash=hashed(token), place=place, sent_at=at, sent_by=by))
    return token


async def link_of(session: AsyncSession, token: str) -> LessonLinkRow:
    """The link with this token; WrongInvitation(UNKNOWN)."""
    row = await session.get(LessonLinkRow, hashed(token))
    if row is None:
        raise WrongInvitation(LinkTrouble.UNKNOWN)
    return row


async def let_in(session: AsyncSession, place: str, notice: Notice, at: datetime, until: datetime) -> str:
    """A token for the browser that used a link, and what was read kept; browsers that former links let in are out."""
    consent = LessonConsentRow(
        id=new_id(),
        place=place,
        notice_version=notice.version,
        notice_sha256=notice.sha256,
        language=notice.language,
        at=at,
    )
    session.add(consent)
    await session.flush()
    await session.execute(delete(LearnerSessionRow).where(LearnerSessionRow.place == place))
    token = new_token()
    session.add(LearnerSessionRow(token_hash=hashed(token), place=place, consent=consent.id, until=until))
    return token


async def session_of(session: AsyncSession, token: str, at: datetime) -> LearnerSession | None:
    """Who this browser is, while it may stay; None otherwise."""
    query = (
        select(LessonPlaceRow.lesson, LessonPlaceRow.n)
        .join(LearnerSessionRow, LearnerSessionRow.place == LessonPlaceRow.id)
        .where(LearnerSessionRow.token_hash == hashed(token), LearnerSessionRow.until > at)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else LearnerSession(*found)


async def link_lives(session: AsyncSession, lesson: LessonId) -> Mapping[str, LinkLife]:
    """The newest link of each place of a lesson that has one, by the place's id."""
    query = (
        select(LessonLinkRow)
        .join(LessonPlaceRow, LessonPlaceRow.id == LessonLinkRow.place)
        .where(LessonPlaceRow.lesson == lesson, LessonLinkRow.replaced_at.is_(None))
    )
    return {row.place: LinkLife(row.sent_at, row.used_at) for row in await session.scalars(query)}


async def notices_read(session: AsyncSession, lesson: LessonId) -> Mapping[str, NoticeRead]:
    """What the learner in the browser let in last has read, by the place's id."""
    query = (
        select(LessonPlaceRow.id, LessonConsentRow)
        .join(LearnerSessionRow, LearnerSessionRow.place == LessonPlaceRow.id)
        .join(LessonConsentRow, LessonConsentRow.id == LearnerSessionRow.consent)
        .where(LessonPlaceRow.lesson == lesson)
    )
    return {
        place: NoticeRead(row.notice_version, row.notice_sha256, row.language, row.at)
        for place, row in await session.execute(query)
    }
