"""A server with demo data, and people at their browsers: what the journeys are made of."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from checkins.policy import Sampling, read_policy
from demo import people as demo_people
from demo.clips import Clip, clip
from demo.greeting import OFFICER, SUBJECT, sign_in_links
from server import Running, running
from settings import Settings
from tests.support.browsers import DESK, PHONE, as_camera, browser, violations, window

expect.set_options(timeout=20_000)
STILL_EVERY_S = 0.7
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Journey:
    """One server, its sign-in links, and a way to open browsers that are closed at the end."""

    server: Running
    links: dict[str, str]
    films: Path
    open: AsyncExitStack
    shots: Path | None

    async def phone(self, before_camera: Clip = "subject", *, language: str | None = None) -> Page:
        """The subject's phone, with a clip before its camera, at the invitation."""
        chromium = await self.open.enter_async_context(browser(as_camera(clip(before_camera), self.films)))
        page = await self.open.enter_async_context(window(chromium, PHONE))
        await page.goto(self.links[SUBJECT])
        if language is not None:
            await page.get_by_role("button", name=language).click()
        return page

    async def desk(self, who: str = OFFICER) -> Page:
        """A desk, signed in with the one-time link."""
        chromium = await self.open.enter_async_context(browser(as_camera(clip("officer"), self.films)))
        page = await self.open.enter_async_context(window(chromium, DESK))
        await page.goto(self.links[who])
        await page.get_by_role("button", name="进入").click()
        return page

    async def looked_at(self, page: Page, name: str) -> None:
        """The page as it stands has no barrier that axe can find; its picture is kept where somebody asked for it."""
        if self.shots is not None:
            self.shots.mkdir(parents=True, exist_ok=True)
            await page.screenshot(path=self.shots / f"{name}.png")
        assert await violations(page) == [], name


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture
async def journey(tmp_path: Path, films: Path) -> AsyncIterator[Journey]:
    shots = os.environ.get("FAIRWATCH_SHOTS")
    own = Settings(
        data=tmp_path,
        models=ROOT / "data" / "models",
        port=0,
        udp_bind="127.0.0.1",
        udp_port=0,
        udp_announced=("127.0.0.1",),
    )
    policy = replace(read_policy(), sampling=Sampling(STILL_EVERY_S, STILL_EVERY_S))
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(running(own, policy=policy))
        rooms = server.rooms
        await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        links = await sign_in_links(server, rooms.now())
        pages = await opened.enter_async_context(AsyncExitStack())
        yield Journey(server, links, films, pages, Path(shots) if shots else None)
