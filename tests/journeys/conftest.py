"""A server with demo data, and people at their browsers: what the journeys are made of."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from checkins.checkin import CheckInId
from checkins.policy import Sampling, read_policy
from demo import people as demo_people
from demo.clips import Clip, clip
from server import Running, running
from settings import Settings
from tests.journeys.network import Network
from tests.journeys.people import Member, Person, Subject
from tests.support.browsers import DESK, PATIENCE_MS, PHONE, Browsers, Look, browsers, misfits, violations, window

expect.set_options(timeout=PATIENCE_MS)
STILL_EVERY_S = 0.7
ROOT = Path(__file__).parents[2]
TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning in China, on a Monday
NO_TIME = timedelta()


class Day:
    """A working day's wall clock: it starts at ten, goes on by itself, and can be moved on."""

    def __init__(self, clock: Callable[[], float], starts: datetime = TEN) -> None:
        self._clock = clock
        self._started = starts - timedelta(seconds=clock())

    def now(self) -> datetime:
        return self._started + timedelta(seconds=self._clock())

    def passes(self, time: timedelta) -> None:
        self._started += time


@dataclass(frozen=True, slots=True)
class Appointed:
    """A check-in that was scheduled, and the link that was sent for it."""

    check_in: CheckInId
    link: str


@dataclass(frozen=True, slots=True)
class Journey:
    """One server with the demo bureau, its day, and browsers that are closed at the end."""

    server: Running
    day: Day
    browsers: Browsers
    opened: AsyncExitStack
    shots: Path | None

    async def appointed(self, starts_in: timedelta = NO_TIME, name: str = demo_people.SUBJECT[0]) -> Appointed:
        """A check-in of one of the demo subjects, scheduled by the demo officer."""
        rooms, at = self.server.rooms, self.day.now()
        officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, at)
        subject = next(case.id for case in await rooms.subjects.in_area(officer) if case.name == name)
        check_in = (await rooms.appointments.schedule(officer, subject, at + starts_in, at)).id
        token = await rooms.appointments.send_link(officer, check_in, at)
        return Appointed(check_in, f"{self.server.origin}/c/{token}")

    async def call_off(self, appointed: Appointed) -> None:
        rooms, at = self.server.rooms, self.day.now()
        officer = await demo_people.actor_of(rooms.people, demo_people.OFFICER, at)
        await rooms.appointments.call_off(officer, appointed.check_in, "改到下周", at)

    async def phone(
        self, before_camera: Clip = "subject", *, through: Network | None = None, **look: object
    ) -> Subject:
        """A phone with somebody or nobody before its camera; it has not opened anything yet."""
        page = await self._window(before_camera, {**PHONE, **look})
        if through is None:
            return Subject(page, self.server.origin)
        await through.carry(page)
        return Subject(page, through.origin)

    async def invited(
        self, before_camera: Clip = "subject", *, through: Network | None = None, **look: object
    ) -> Subject:
        """The demo subject's phone, at the invitation to a check-in that begins now."""
        subject = await self.phone(before_camera, through=through, **look)
        link = (await self.appointed()).link
        await subject.opens(link if through is None else through.through(link))
        return subject

    async def desk(
        self,
        login: str = demo_people.OFFICER,
        before_camera: Clip = "officer",
        *,
        through: Network | None = None,
        **look: object,
    ) -> Member:
        """A desk of the demo bureau, signed in with a one-time link."""
        rooms, at = self.server.rooms, self.day.now()
        who = await demo_people.person_of(rooms.people, login)
        token = await rooms.sign_in.once_link(who, at, timedelta(hours=1))
        page = await self._window(before_camera, {**DESK, **look})
        member = Member(page, self.server.origin if through is None else through.origin)
        if through is not None:
            await through.carry(page)
        await member.opens(f"/sign-in/once/{token}")
        await member.page.locator("main form button").click()
        return member

    async def passer_by(self, **look: object) -> Person:
        """Somebody who is not signed in."""
        return Person(await self._window("officer", {**DESK, **look}), self.server.origin)

    async def _window(self, before_camera: Clip, look: Look) -> Page:
        chromium = await self.browsers.facing(clip(before_camera))
        return await self.opened.enter_async_context(window(chromium, look))

    async def looked_at(self, person: Person, name: str) -> None:
        """The page as it stands has no barrier that axe can find, and everything on it fits.

        Its picture is kept where somebody asked for it.
        """
        if self.shots is not None:
            await person.page.screenshot(path=self.shots / f"{name}.png", full_page=True, animations="disabled")
        assert await misfits(person.page) == [], name
        assert await violations(person.page) == [], name


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a demo bureau with an enrolled face, made once; every journey has its own copy."""
    store = tmp_path_factory.mktemp("founded")
    found_in(store, TEN - timedelta(days=30))
    return store


def found_in(store: Path, at: datetime) -> None:
    """The demo bureau, as it was founded then."""

    async def found() -> None:
        async with running(settings_in(store), now=lambda: at) as server:
            rooms = server.rooms
            await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())

    asyncio.run(found())


def settings_in(store: Path) -> Settings:
    """Free loopback ports, and the models that were fetched."""
    return Settings(
        data=store,
        models=ROOT / "data" / "models",
        port=0,
        udp_bind="127.0.0.1",
        udp_port=0,
        udp_announced=("127.0.0.1",),
    )


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """The folder that somebody named to have pictures of what is looked at."""
    named = os.environ.get("FAIRWATCH_SHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def media_workers() -> int:
    """How many processes media lives in; 0: the server's own. A test that wants others parametrizes it."""
    return 0


@pytest.fixture
async def journey(
    tmp_path: Path, founded: Path, films: Path, shots: Path | None, media_workers: int
) -> AsyncIterator[Journey]:
    store = tmp_path / "store"
    shutil.copytree(founded, store)
    day = Day(asyncio.get_running_loop().time)
    policy = replace(read_policy(), sampling=Sampling(STILL_EVERY_S, STILL_EVERY_S))
    settings = replace(settings_in(store), workers=media_workers)
    async with (
        running(settings, now=day.now, policy=policy) as server,
        browsers(films) as chromiums,
        AsyncExitStack() as opened,
    ):
        yield Journey(server, day, chromiums, opened, shots)
