"""A planned lesson: who teaches whom, when, how far it has come; and how it is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import PostId, UnitId
from accounts.powers import NotYours
from accounts.subjects import SubjectId, SubjectRow
from cases.review import EntryId
from courses.floor import Place
from courses.lesson import Lesson, LessonId
from courses.store import LessonPlaceRow, LessonRow


@dataclass(frozen=True, slots=True)
class Learner:
    """One learner of a lesson; `place` is all that the other learners know of them."""

    id: str
    place: Place
    subject: SubjectId
    name: str
    entry: EntryId | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One lesson with its learners in the order of their places."""

    lesson: Lesson
    unit: UnitId
    title: str
    starts_at: datetime
    teacher_post: PostId
    called_off_because: str | None
    learners: tuple[Learner, ...]

    @property
    def id(self) -> LessonId:
        return self.lesson.id

    def learner(self, place: Place) -> Learner:
        """Whose place this is; NotYours if nobody's."""
        for learner in self.learners:
            if learner.place == place:
                return learner
        raise NotYours


def lesson_of(row: LessonRow) -> Lesson:
    return Lesson(row.id, row.state, row.opened_at, row.ended_at)


def keep(row: LessonRow, lesson: Lesson) -> None:
    """Write down how far a lesson has come; the one place where its state reaches the table."""
    row.state, row.opened_at, row.ended_at = lesson.state, lesson.opened_at, lesson.ended_at


async def row_of(session: AsyncSession, lesson: LessonId) -> LessonRow:
    """The row to be changed within the transaction under way; NotYours for what does not exist."""
    row = await session.get(LessonRow, lesson)
    if row is None:
        raise NotYours
    return row


async def plan_in(session: AsyncSession, lesson: LessonId) -> Plan:
    """The lesson with its learners; NotYours for what does not exist."""
    row = await row_of(session, lesson)
    query = (
        select(LessonPlaceRow, SubjectRow.name)
        .join(SubjectRow, SubjectRow.id == LessonPlaceRow.subject)
        .where(LessonPlaceRow.lesson == lesson)
        .order_by(LessonPlaceRow.n)
    )
    learners = tuple(
        Learner(place.id, place.n, place.subject, name, place.entry) for place, name in await session.execute(query)
    )
    return Plan(lesson_of(row), row.unit, row.title, row.starts_at, row.teacher_post, row.called_off_because, learners)
