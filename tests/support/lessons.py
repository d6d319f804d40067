"""A school for tests: a bureau, people to teach, lessons planned and held over real rooms."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from accounts.subjects import Level, Subject, Subjects
from cases.entries import LessonAttended
from cases.ledger import Ledger
from courses.floor import Place
from courses.lesson import LessonId
from courses.lessons import Lessons
from courses.live import LiveLessons
from courses.news import ClassNews, News, Over, Standing
from courses.progress import LessonProgress
from courses.surroundings import LessonSurroundings
from demo.people import with_check
from live.notices import Language
from live.resumed import Resumed
from media.plane import MediaPlane
from storage.database import Database
from storage.files import FileStore
from tests.support.clocks import ManualClock
from tests.support.live_check_ins import SleepingClock
from tests.support.organisation import NINE, Bureau

WAIT_S = 30.0  # a test that waits longer has failed
N = TypeVar("N", bound=News)

NAMES = ("陈安", "何平", "林小雨")
TEACHER = Place(0)


async def people_of(database: Database, bureau: Bureau) -> list[Subject]:
    """Three adults of the officer's office."""
    subjects = Subjects(database)
    numbers = [with_check(f"99000019{85 + n}0101001") for n in range(3)]
    return [
        await subjects.register(bureau.officer, name, number, "13800138000", Level.GENERAL, bureau.office, NINE)
        for name, number in zip(NAMES, numbers, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class School:
    """Everything a lesson needs, and a clock that stands at nine."""

    database: Database
    bureau: Bureau
    subjects: list[Subject]
    lessons: Lessons
    files: FileStore
    clock: ManualClock

    async def planned(self, learners: int = 3) -> LessonId:
        """A lesson that begins now."""
        chosen = [subject.id for subject in self.subjects[:learners]]
        now = self.clock.now()
        return await self.lessons.plan(self.bureau.officer, "社区矫正法", now, chosen, now)

    async def accepted(self, lesson: LessonId) -> dict[Place, str]:
        """Everybody has opened their link; their browsers' sessions."""
        now = self.clock.now()
        links = await self.lessons.send_links(self.bureau.officer, lesson, now)
        version = self.lessons.policy.notice.version
        return {place: await self.lessons.accept(token, version, Language.ZH, now) for place, token in links.items()}

    async def filed(self, subject: Subject) -> list[LessonAttended]:
        """What is on file of one person's lessons."""
        entries = await Ledger(self.database).entries(subject.id)
        return [entry.body for entry in entries if isinstance(entry.body, LessonAttended)]


class Ear:
    """A browser in a seat: `heard` is what it was told."""

    def __init__(self, resumed: Resumed | None = None) -> None:
        self.heard: list[News] = []
        self.is_replaced = False
        self.resumed = resumed
        self._changed = asyncio.Event()

    def tell(self, news: News) -> None:
        self.heard.append(news)
        self._changed.set()

    def replaced(self) -> None:
        self.is_replaced = True

    def of(self, kind: type[N]) -> list[N]:
        return [news for news in self.heard if isinstance(news, kind)]

    @property
    def standing(self) -> Standing:
        return self.of(Standing)[-1]

    @property
    def in_class(self) -> ClassNews:
        return self.of(ClassNews)[-1]

    @property
    def is_over(self) -> bool:
        return bool(self.of(Over))

    async def until(self, fits: Callable[["Ear"], object]) -> None:
        """Until it has heard enough."""
        async with asyncio.timeout(WAIT_S):
            while not fits(self):
                self._changed.clear()
                await self._changed.wait()


@dataclass(slots=True)
class LiveSchool:
    """One server's live lessons, and whoever sits in them."""

    school: School
    clock: SleepingClock
    live: LiveLessons

    async def sits(self, lesson: LessonId, place: Place, resumed: Resumed | None = None) -> Ear:
        """Somebody takes the seat: a learner, or the teacher."""
        ear = Ear(resumed)
        actor = self.school.bureau.officer if place == TEACHER else None
        await self.live.arrive(lesson, place, ear, self.clock.now(), actor=actor)
        return ear

    async def opened(self, learners: int = 3) -> tuple[LessonId, Ear, dict[Place, Ear]]:
        """A lesson that has just begun, with everybody in their seats."""
        lesson = await self.school.planned(learners)
        await self.school.accepted(lesson)
        teacher = await self.sits(lesson, TEACHER)
        ears = {Place(n): await self.sits(lesson, Place(n)) for n in range(1, learners + 1)}
        await self.live.open(lesson, self.school.bureau.officer, self.clock.now())
        return lesson, teacher, ears

    async def pass_s(self, seconds: float) -> None:
        """Let time pass, and everybody who waited for it act."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.clock.advance(seconds)
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def live_school(school: School, monotonic: Callable[[], float] | None = None) -> AsyncIterator[LiveSchool]:
    """A server's life. With `monotonic` media has a clock of its own; without it all clocks are the manual one."""
    clock = SleepingClock()
    school = replace(school, clock=clock)
    seconds = monotonic or clock.clock
    plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], seconds)
    try:
        near = LessonSurroundings(
            school.database,
            LessonProgress(school.database),
            plane,
            school.files,
            school.lessons.policy,
            clock.now,
            seconds,
            clock.sleep,
        )
        async with LiveLessons(near) as live:
            house = LiveSchool(school, clock, live)
            yield house
            await house.pass_s(1)  # whoever is still to be told is told
    finally:
        await plane.close()
