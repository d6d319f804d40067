"""Every page that stands still: in both languages, light and dark, wide and as narrow as a small phone."""

from datetime import timedelta

import pytest

from demo import people as demo_people
from tests.journeys.conftest import Journey
from tests.journeys.people import Person
from tests.support.browsers import DARK, DESK, NARROW, misfits

pytestmark = pytest.mark.journey


async def looked_at_in_every_way(journey: Journey, person: Person, path: str, name: str) -> None:
    """In Chinese by day, wide and narrow; in English in the dark, narrow."""
    page = person.page
    await person.opens(path)
    await journey.looked_at(person, f"page-{name}")
    await page.set_viewport_size(NARROW["viewport"])
    assert await misfits(page) == [], name
    await page.emulate_media(**DARK)
    await page.context.add_cookies([{"name": "lang", "value": "en", "url": person.origin}])
    await page.reload()
    await journey.looked_at(person, f"page-{name}-english")
    await page.context.clear_cookies(name="lang")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESK["viewport"])


async def test_the_pages_of_an_officer(journey: Journey) -> None:
    soon = await journey.appointed(timedelta(minutes=90))
    missed = await journey.appointed(name="陈安")
    off = await journey.appointed(name="何平")
    await journey.call_off(off)
    journey.day.passes(timedelta(hours=1))
    await journey.server.rooms.appointments.sweep(journey.day.now())
    officer = await journey.desk()
    case = str(await case_of(officer))
    for name, path in (
        ("today", "/today"),
        ("people", "/people"),
        ("people-none", "/people?level=strict&enrolled=yes"),
        ("person-new", "/people/new"),
        ("case", case),
        ("face", f"{case}/face"),
        ("check-in", f"/check-ins/{soon.check_in}"),
        ("missed", f"/check-ins/{missed.check_in}"),
        ("called-off", f"/check-ins/{off.check_in}"),
        ("live", f"/check-ins/{soon.check_in}/live"),
        ("lessons", "/lessons"),
        ("lesson-new", "/lessons/new"),
        ("review-empty", "/review"),
        ("not-found", "/nonsense"),
    ):
        await looked_at_in_every_way(journey, officer, path, name)


async def case_of(officer: Person) -> str | None:
    await officer.opens("/people")
    return await officer.page.get_by_role("link", name="打开 林*雨 的档案").get_attribute("href")


async def test_the_pages_of_the_others(journey: Journey) -> None:
    somebody = await journey.passer_by()
    await looked_at_in_every_way(journey, somebody, "/sign-in", "sign-in")
    await looked_at_in_every_way(journey, somebody, "/sign-in/once/nonsense", "once-link")
    await somebody.opens("/sign-in/once/nonsense")
    await somebody.presses("进入")
    await somebody.reads("这个链接已经用过或过期了")
    await journey.looked_at(somebody, "once-link-over")
    for path, name in (("/c/nonsense", "link-wrong"), ((await journey.appointed()).link, "invitation")):
        await looked_at_in_every_way(journey, somebody, path, name)
    await looked_at_in_every_way(journey, await journey.desk(demo_people.COUNSELLOR), "/counselling", "counselling")
    await looked_at_in_every_way(journey, await journey.desk("admin"), "/accounts", "accounts")
    two_posts = await journey.desk("captain")
    await looked_at_in_every_way(journey, two_posts, "/post", "post")
