"""How a lesson ends: what it leaves is filed into each learner's case, the same after a good end and after kill -9."""

import asyncio
import logging
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cases.entries import LessonAttended, RecordingFiled
from cases.ledger import append_in
from courses.attendance import cause_by, heard_until, over, stays_of, turns_in
from courses.class_room import TEACHER
from courses.floor import Place
from courses.folders import marks_folder, recording_name
from courses.lesson import LessonCue, LessonState
from courses.links import notices_read
from courses.marks import KINDS, Mark, RecordingBegan, RecordingEnded
from courses.plan import Plan, keep, lesson_of, plan_in, row_of
from courses.store import LessonPlaceRow
from live.recordings import filed_recording, keep_recording
from storage.database import Database
from storage.files import FileStore

log = logging.getLogger(__name__)


class Ending:
    """The end of one lesson, from its last moment until it is on file. Nothing is lost by whatever is in the way."""

    def __init__(self, database: Database, files: FileStore, marks: Sequence[Mark] | None = None) -> None:
        """`marks` are what the lesson remembers; without them the disk does."""
        self.held_up = False
        self._database = database
        self._files = files
        self._marks = marks
        self._attended: dict[Place, LessonAttended] | None = None

    async def file(self, plan: Plan, at: datetime) -> Plan | None:
        """Seal and file what the lesson left. None while something is in the way: then it is to be tried again."""
        try:
            if self._attended is None:
                self._attended = await attended_by(self._database, self._files, plan, self._marks)
            async with self._database.transaction() as session:
                return await _file(session, plan, self._attended, at)
        except Exception:
            if not self.held_up:  # the next ones would say the same, every few seconds
                log.exception("lesson %s is over and cannot be filed now; it is tried again", plan.id)
                self.held_up = True
            return None


async def _file(session: AsyncSession, plan: Plan, attended: dict[Place, LessonAttended], at: datetime) -> Plan:
    """The lesson is over and every learner's entry on file, all or none; a second time it stays as it is."""
    row = await row_of(session, plan.id)
    if row.state is LessonState.OPEN:
        any_of_them = next(iter(attended.values()))
        keep(row, lesson_of(row).on(LessonCue.LESSON_ENDED, any_of_them.ended_at))
        by = row.teacher_post if any_of_them.ended_by == "teacher" else None
        for learner in plan.learners:
            entry = await append_in(session, learner.subject, attended[learner.place], by, at)
            (await session.get_one(LessonPlaceRow, learner.id)).entry = entry.id
        await session.flush()
    return await plan_in(session, plan.id)


async def attended_by(
    database: Database, files: FileStore, plan: Plan, marks: Sequence[Mark] | None
) -> dict[Place, LessonAttended]:
    """What goes on file for each learner of a lesson that is over. `marks` are read from the disk where nobody
    remembers them. It may be done again after whatever kept it from its end. OSError when the disk has no room.
    """
    lesson = plan.lesson
    if lesson.opened_at is None:
        raise LookupError(f"lesson {lesson.id} was open, and nobody opened it")
    if marks is None:
        marks = await asyncio.to_thread(lambda: KINDS.read(marks_folder(files, lesson.id)))
    recordings, until_s = await _recordings(files, plan, marks)
    end = over(marks)
    ended_s = end.at_s if end is not None else max(heard_until(marks), until_s)
    async with database.reading() as session:
        notices = await notices_read(session, lesson.id)
    turns = turns_in(marks, ended_s)
    return {
        learner.place: LessonAttended(
            lesson=lesson.id,
            title=plan.title,
            place=learner.place,
            starts_at=plan.starts_at,
            opened_at=lesson.opened_at,
            ended_at=end.at if end is not None else lesson.opened_at + timedelta(seconds=ended_s),
            ended_by=end.by if end is not None else "restart",
            teacher_post=plan.teacher_post,
            notice=notices.get(learner.id),
            stays=stays_of(learner.place, marks, ended_s),
            turns=turns,
            recordings=recordings,
        )
        for learner in plan.learners
    }


async def _recordings(files: FileStore, plan: Plan, marks: Sequence[Mark]) -> tuple[tuple[RecordingFiled, ...], float]:
    """Every recording of the lesson, sealed, and until when the longest goes."""
    ends = {mark.seat: mark for mark in marks if isinstance(mark, RecordingEnded)}
    filed, until_s = [], 0.0
    for began in (mark for mark in marks if isinstance(mark, RecordingBegan)):
        end = ends.get(began.seat)  # without one it was cut off
        name = recording_name(plan.id, began.seat)
        kept = await asyncio.to_thread(keep_recording, files, name, broke=end is None or end.broke)
        lasts_until = end.at_s if end is not None else kept.until_s
        filed.append(
            filed_recording(kept, began.seat, lasts_until, cause_by(stays_of(began.place or TEACHER, marks, math.inf)))
        )
        until_s = max(until_s, kept.until_s)
    return tuple(filed), until_s
