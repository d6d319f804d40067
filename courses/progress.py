"""What a live lesson reads and writes down as it goes: internal, so nobody's access is looked at here."""

from datetime import datetime

from sqlalchemy import select

from accounts.actor import Actor
from accounts.audit import note_in
from courses.lesson import LessonCue, LessonId, LessonState
from courses.plan import Plan, keep, lesson_of, plan_in, row_of
from courses.store import LessonRow
from storage.database import Database


class LessonProgress:
    """The lessons of one database, as they go on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, lesson: LessonId) -> Plan:
        """Where a lesson stands; NotYours if there is none."""
        async with self._database.reading() as session:
            return await plan_in(session, lesson)

    async def open(self, lesson: LessonId, teacher: Actor, at: datetime) -> Plan:
        """The lesson begins, written down, or IllegalCue. Whoever opens it is its teacher from then on."""
        async with self._database.transaction() as session:
            row = await row_of(session, lesson)
            keep(row, lesson_of(row).on(LessonCue.OPENED, at))
            row.teacher_post = teacher.post
            await note_in(session, teacher, "teach", f"lesson/{lesson}", at)
            await session.flush()
            return await plan_in(session, lesson)

    async def going_on(self) -> list[LessonId]:
        """The lessons that the record says are open."""
        async with self._database.reading() as session:
            return list(await session.scalars(select(LessonRow.id).where(LessonRow.state == LessonState.OPEN)))
