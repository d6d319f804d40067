"""Lessons as they happen: the one door for browsers, and whatever a crash or a full disk has left undone."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from accounts.access import access_unit
from accounts.actor import Actor
from accounts.powers import NotYours
from courses.class_room import TEACHER
from courses.floor import Place
from courses.lesson import LessonId
from courses.lessons import MAY_TEACH
from courses.live_lesson import LiveLesson
from courses.news import Caller, Line
from courses.surroundings import LessonSurroundings
from live.tasks import CallOff, Work
from statetable import IllegalCue

log = logging.getLogger(__name__)


class LiveLessons:
    """All lessons with somebody in them, and those whose end is not on file yet."""

    def __init__(self, near: LessonSurroundings) -> None:
        self._near = near
        self._here: dict[LessonId, LiveLesson] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        """What a former run left in mid-lesson is sealed and filed before anybody is let in."""
        await self._tasks.__aenter__()
        await self.catch_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The server stops: lessons end and are filed."""
        for live in list(self._here.values()):
            if live.going_on:
                await self._logged(live.end("restart", self._near.now()))
        await self._tasks.__aexit__(kind, error, trace)

    # the seats

    async def arrive(
        self, lesson: LessonId, place: Place, caller: Caller, at: datetime, *, actor: Actor | None
    ) -> None:
        """Take a seat, and be told where the lesson stands. NotYours for whose post does not teach it."""
        async with self._held(lesson) as live:
            if place == TEACHER:
                await self._may_teach(lesson, actor, at)
            await live.arrive(place, caller, actor)

    async def _may_teach(self, lesson: LessonId, actor: Actor | None, at: datetime) -> None:
        if actor is None:
            raise NotYours
        unit = (await self._near.progress.load(lesson)).unit
        await access_unit(self._near.database, actor, unit, f"lesson/{lesson}", MAY_TEACH, at)

    async def depart(self, lesson: LessonId, place: Place, caller: Caller, *, said: bool = False) -> None:
        """Leave the seat; nothing happens when another connection has taken it over."""
        if lesson in self._here:
            async with self._held(lesson) as live:
                await live.depart(place, caller, said=said)

    async def dismiss(self, lesson: LessonId, place: Place, caller: Caller) -> None:
        """This caller may not sit there any more: no media reaches them from now on."""
        if lesson in self._here:
            await self._here[lesson].dismiss(place, caller)

    # the lesson

    async def open(self, lesson: LessonId, actor: Actor, at: datetime) -> None:
        """The lesson begins. NotYours for whom it has gone from; IllegalCue when it has begun, or will not."""
        async with self._sat_in(lesson) as live:
            await self._may_teach(lesson, actor, at)
            await live.open(actor, at)

    async def offer(self, lesson: LessonId, place: Place, line: Line, sdp: str) -> str:
        """The answer to a browser's offer; NotOpen, BadOffer, NoMedia."""
        async with self._sat_in(lesson) as live:
            return await live.offer(place, line, sdp)

    async def hand(self, lesson: LessonId, place: Place, *, up: bool) -> None:
        """A learner raises their hand or lowers it; NotOpen."""
        async with self._sat_in(lesson) as live:
            await live.hand(place, up=up)

    async def word(self, lesson: LessonId, place: Place | None) -> None:
        """The teacher gives the word, or takes it back with None; NotOpen, IllegalCue for whoever is not there."""
        async with self._sat_in(lesson) as live:
            await live.word(place)

    async def share(self, lesson: LessonId, *, on: bool) -> None:
        """The teacher shows a screen, or no more; NotOpen."""
        async with self._sat_in(lesson) as live:
            await live.share(on=on)

    async def end(self, lesson: LessonId, at: datetime) -> None:
        """End it for everybody; IllegalCue when there is none."""
        async with self._sat_in(lesson) as live:
            await live.end("teacher", at)

    async def catch_up(self) -> None:
        """File ends that are not on file yet, and tell what has changed elsewhere."""
        for lesson in {*await self._near.progress.going_on(), *self._here}:
            await self._logged(self._catch_up(lesson))

    async def _catch_up(self, lesson: LessonId) -> None:
        async with self._held(lesson) as live:
            await live.catch_up()

    # who is here

    @asynccontextmanager
    async def _held(self, lesson: LessonId) -> AsyncIterator[LiveLesson]:
        """The one value of this lesson, for as long as somebody works on it, sits in it, or it is not on file."""
        if lesson not in self._here:
            plan = await self._near.progress.load(lesson)
            self._here.setdefault(lesson, LiveLesson(plan, self._near, self._own))
        live = self._here[lesson]
        live.askers += 1
        try:
            yield live
        finally:
            live.askers -= 1
            if live.idle:
                self._here.pop(lesson, None)

    @asynccontextmanager
    async def _sat_in(self, lesson: LessonId) -> AsyncIterator[LiveLesson]:
        """The one somebody sits in; whoever asks does."""
        if lesson not in self._here:
            raise NotYours
        async with self._held(lesson) as live:
            yield live

    def _own(self, work: Work) -> CallOff:
        task = self._tasks.create_task(self._logged(work))
        task.add_done_callback(lambda _: work.close())  # what is called off before it began is never awaited
        return task.cancel

    async def _logged(self, work: Work) -> None:
        """One lesson's fault ends no other."""
        try:
            await work
        except IllegalCue as late:
            log.info("came too late: %s", late)
        except Exception:
            log.exception("a live lesson met a fault of ours")
