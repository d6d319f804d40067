"""Live lessons from the plan to the record: what staff do with them, and what a learner's link opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import access_unit
from accounts.actor import Actor
from accounts.audit import note_in
from accounts.details import BadDetail, checked_name
from accounts.organisation import units_beneath
from accounts.people import actor_of
from accounts.powers import POWERS, NotYours, Power, require
from accounts.subjects import Subject, SubjectId, Subjects
from cases.entries import LessonAttended
from cases.ledger import find_in
from courses.floor import Place
from courses.lesson import Lesson, LessonCue, LessonId, LessonState
from courses.links import (
    LearnerSession,
    LinkLife,
    is_inviting,
    issue,
    let_in,
    link_lives,
    link_of,
    session_of,
    trouble_with,
)
from courses.notice import lesson_notice
from courses.plan import Plan, keep, lesson_of, plan_in, row_of
from courses.policy import LessonPolicy
from courses.store import LessonPlaceRow, LessonRow
from live.links import LinkTrouble, WrongInvitation
from live.notices import Language, Notice
from storage.database import Database
from storage.ids import new_id

MAY_LOOK = frozenset({Power.TEACH, Power.REVIEW})
MAY_TEACH = frozenset({Power.TEACH})


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in a list: how many learners it has."""

    lesson: Lesson
    title: str
    starts_at: datetime
    learners: int


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson as its page shows it: with the newest link of each learner, and what is on file once it is over."""

    plan: Plan
    teacher: Actor
    links: Mapping[str, LinkLife]
    inviting: bool
    attended: Mapping[Place, LessonAttended]


@dataclass(frozen=True, slots=True)
class LessonInvitation:
    """What a learner's link says. Times are wall time, UTC."""

    title: str
    teacher: str
    unit: str
    place: Place
    starts_at: datetime
    opens_at: datetime


class NoLinksNow(Exception):
    """Nobody is invited to this lesson any more."""


class Lessons:
    """The live lessons of one database. Every call of a member of staff goes through access_unit()."""

    def __init__(self, database: Database, policy: LessonPolicy) -> None:
        self._database = database
        self.policy = policy

    # What staff do

    async def plan(
        self, actor: Actor, title: str, starts_at: datetime, subjects: Sequence[SubjectId], at: datetime
    ) -> LessonId:
        """A new lesson of the actor's unit. BadDetail: title; starts_at past; learners none, too_many, minors_apart.

        NotYours when one of the learners is not in the actor's area.
        """
        require(actor, Power.TEACH)
        title = checked_name("title", title)
        if starts_at + self.policy.lesson.forgotten_after <= at:
            raise BadDetail("starts_at", "past")
        area = {subject.id: subject for subject in await Subjects(self._database).in_area(actor)}
        if not set(subjects) <= area.keys():
            raise NotYours
        learners = checked_learners([area[one] for one in dict.fromkeys(subjects)], self.policy.lesson.most_learners)
        lesson = LessonId(new_id())
        async with self._database.transaction() as session:
            session.add(
                LessonRow(
                    id=lesson,
                    unit=actor.unit,
                    title=title,
                    starts_at=starts_at,
                    planned_by=actor.post,
                    planned_at=at,
                    teacher_post=actor.post,
                    state=LessonState.PLANNED,
                )
            )
            await session.flush()
            for n, subject in enumerate(learners, start=1):
                session.add(LessonPlaceRow(id=new_id(), lesson=lesson, n=Place(n), subject=subject.id))
            await session.flush()
            await note_in(session, actor, "plan_lesson", f"lesson/{lesson}", at, detail={"learners": len(learners)})
        return lesson

    async def send_links(
        self, actor: Actor, lesson: LessonId, at: datetime, place: Place | None = None
    ) -> dict[Place, str]:
        """New links' tokens by place, to be handed to the learners; former links work no more. NoLinksNow.

        For one place, or for all whose link has not been used.
        """
        await self._may(actor, lesson, MAY_TEACH, at)
        async with self._database.transaction() as session:
            if not is_inviting(await row_of(session, lesson), self.policy.lesson, at):
                raise NoLinksNow
            lives = await link_lives(session, lesson)
            learners = (await plan_in(session, lesson)).learners
            unused = [one for one in learners if one.id not in lives or lives[one.id].used_at is None]
            wanted = unused if place is None else [one for one in learners if one.place == place]
            if place is not None and not wanted:
                raise NotYours
            await note_in(session, actor, "send_lesson_links", f"lesson/{lesson}", at, detail={"links": len(wanted)})
            return {one.place: await issue(session, one.id, actor.post, at) for one in wanted}

    async def call_off(self, actor: Actor, lesson: LessonId, at: datetime) -> None:
        """The lesson will not take place; IllegalCue once it has begun."""
        await self._may(actor, lesson, MAY_TEACH, at)
        async with self._database.transaction() as session:
            row = await row_of(session, lesson)
            keep(row, lesson_of(row).on(LessonCue.CALLED_OFF, at))
            await note_in(session, actor, "call_off_lesson", f"lesson/{lesson}", at)

    # What staff see

    async def choosable(self, actor: Actor) -> list[Subject]:
        """Whom a lesson may be planned for; NotYours for a post that does not teach."""
        require(actor, Power.TEACH)
        return await Subjects(self._database).in_area(actor)

    async def lines(self, actor: Actor) -> list[LessonLine]:
        """The lessons of the actor's unit and of those beneath it, the newest first."""
        if not MAY_LOOK & POWERS[actor.role]:
            raise NotYours
        area = units_beneath(actor.unit)
        counted = select(LessonPlaceRow.lesson, func.count().label("learners")).group_by(LessonPlaceRow.lesson)
        places = counted.subquery()
        query = (
            select(LessonRow, places.c.learners)
            .join(places, places.c.lesson == LessonRow.id)
            .where(LessonRow.unit.in_(select(area.c.id)))
            .order_by(LessonRow.starts_at.desc(), LessonRow.id)
        )
        async with self._database.reading() as session:
            return [
                LessonLine(lesson_of(row), row.title, row.starts_at, learners)
                for row, learners in await session.execute(query)
            ]

    async def page(self, actor: Actor, lesson: LessonId, at: datetime) -> LessonPage:
        """One lesson, for an actor who may look at it."""
        await self._may(actor, lesson, MAY_LOOK, at)
        async with self._database.reading() as session:
            plan = await plan_in(session, lesson)
            teacher = await actor_of(session, plan.teacher_post)
            if teacher is None:
                raise LookupError(f"post {plan.teacher_post} is on record and not among the posts")
            return LessonPage(
                plan=plan,
                teacher=teacher,
                links=await link_lives(session, lesson),
                inviting=is_inviting(await row_of(session, lesson), self.policy.lesson, at),
                attended=await attended_in(session, plan),
            )

    async def may_teach(self, actor: Actor, lesson: LessonId, at: datetime) -> None:
        """NotYours unless the actor may teach this lesson."""
        await self._may(actor, lesson, MAY_TEACH, at)

    # What a learner's link opens

    def notice(self, language: Language) -> Notice:
        """The text that is shown before a lesson."""
        return lesson_notice(self.policy, language)

    async def open_link(self, token: str, at: datetime) -> LessonInvitation:
        """What the link's page says; looking does not use it up. WrongInvitation."""
        async with self._database.reading() as session:
            place, row = await self._invited(session, token, at)
            return await self._invitation(session, row, place.n)

    async def accept(self, token: str, notice_version: str, language: Language, at: datetime) -> str:
        """A session's token for the learner's browser; the link is used up and what was read is kept.

        WrongInvitation, also when it is too early; BadDetail("notice", "changed") when another text is in force.
        """
        notice = self.notice(language)
        async with self._database.reading() as session:
            await self._invited(session, token, at)  # whoever makes a link up shall not stand in line to write
        async with self._database.transaction() as session:
            place, row = await self._invited(session, token, at)
            if notice.version != notice_version:
                raise BadDetail("notice", "changed")
            if at < row.starts_at - self.policy.lesson.opens_before and row.state is LessonState.PLANNED:
                raise WrongInvitation(LinkTrouble.EARLY)
            (await link_of(session, token)).used_at = at
            await note_in(session, None, "accept_lesson_link", f"lesson/{row.id}", at, detail={"place": place.n})
            return await let_in(session, place.id, notice, at, until=at + self.policy.session.longest)

    async def learner_session(self, token: str, at: datetime) -> LearnerSession | None:
        """The learner behind a browser that a link let in; None for any other."""
        async with self._database.reading() as session:
            return await session_of(session, token, at)

    async def invitation(self, learner: LearnerSession) -> LessonInvitation:
        """What the link said, for the browser that it let in."""
        async with self._database.reading() as session:
            return await self._invitation(session, await row_of(session, learner.lesson), learner.place)

    async def own_record(self, learner: LearnerSession) -> LessonAttended | None:
        """What is on file of this learner's attendance; None while the lesson has not ended."""
        async with self._database.reading() as session:
            plan = await plan_in(session, learner.lesson)
            return (await attended_in(session, plan)).get(learner.place)

    async def _may(self, actor: Actor, lesson: LessonId, powers: frozenset[Power], at: datetime) -> None:
        async with self._database.reading() as session:
            row = await session.get(LessonRow, lesson)
        thing = f"lesson/{lesson}" if row is not None else "lesson/unknown"
        await access_unit(self._database, actor, None if row is None else row.unit, thing, powers, at)

    async def _invited(self, session: AsyncSession, token: str, at: datetime) -> tuple[LessonPlaceRow, LessonRow]:
        link = await link_of(session, token)
        place = await session.get_one(LessonPlaceRow, link.place)
        row = await row_of(session, place.lesson)
        trouble = trouble_with(link, row, self.policy.lesson, at)
        if trouble is not None:
            raise WrongInvitation(trouble)
        return place, row

    async def _invitation(self, session: AsyncSession, row: LessonRow, place: Place) -> LessonInvitation:
        teacher = await actor_of(session, row.teacher_post)
        if teacher is None:
            raise LookupError(f"post {row.teacher_post} is on record and not among the posts")
        opens_at = row.starts_at - self.policy.lesson.opens_before
        return LessonInvitation(row.title, teacher.name, teacher.unit_name, place, row.starts_at, opens_at)


def checked_learners(learners: Sequence[Subject], most: int) -> Sequence[Subject]:
    """BadDetail("learners"): none, too_many; minors_apart, because minors are taught apart from adults (LAW 52)."""
    if not learners:
        raise BadDetail("learners", "none")
    if len(learners) > most:
        raise BadDetail("learners", "too_many")
    if len({learner.minor for learner in learners}) > 1:
        raise BadDetail("learners", "minors_apart")
    return learners


async def attended_in(session: AsyncSession, plan: Plan) -> dict[Place, LessonAttended]:
    """What is on file of each learner's attendance, as far as it can be read."""
    found = {}
    for learner in plan.learners:
        entry = await find_in(session, learner.subject, learner.entry) if learner.entry else None
        if entry is not None and isinstance(entry.body, LessonAttended) and entry.body.lesson == plan.id:
            found[learner.place] = entry.body
    return found
