"""Links that do not open: each says kindly which kind it is, and what to do."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.people import Subject

pytestmark = pytest.mark.journey


async def check(journey: Journey, subject: Subject, link: str, *says: str, name: str) -> None:
    """The link's page says this, offers no choice, and has whom to call."""
    await subject.opens(link)
    await subject.reads(*says)
    await expect(subject.page.locator('[name="choice"]')).to_have_count(0)
    await journey.looked_at(subject, f"link-{name}")


async def test_a_link_that_does_not_open_says_why(journey: Journey) -> None:
    subject = await journey.phone()
    call = "请给您的矫正官打电话"
    await check(
        journey,
        subject,
        "/c/nonsense",
        "这个链接打不开",
        "可能少复制了几个字。请再点一次收到的链接试试。",
        call,
        name="wrong",
    )
    early = await journey.appointed(timedelta(hours=3), "陈安")
    await check(journey, subject, early.link, "还没到时间", "12:30 以后再点开这个链接，就可以进来等候。", name="early")
    off = await journey.appointed(timedelta(), "何平")
    await journey.call_off(off)
    await check(journey, subject, off.link, "这次见面已经结束或取消了", call, name="over")
    missed = await journey.appointed()
    journey.day.passes(timedelta(hours=1))
    await check(journey, subject, missed.link, "约定的时间过了", call, name="expired")


async def test_a_link_works_once_and_the_browser_that_used_it_is_taken_on(journey: Journey) -> None:
    appointed = await journey.appointed()
    subject, other = await journey.phone(), await journey.phone()
    await subject.opens(appointed.link)
    await subject.agrees()
    await check(
        journey, other, appointed.link, "这个链接已经在另一个地方打开过", "请回到当时打开它的手机和浏览器", name="used"
    )
    await check(journey, other, "/my/check-in", "请再点一次收到的链接", name="no-session")
    await subject.opens(appointed.link)
    await subject.waits()
    second_tab = Subject(await subject.page.context.new_page(), subject.origin)
    await second_tab.opens("/my/check-in")
    await second_tab.waits()
    await subject.reads("您在另一个地方打开了这一页", "同一时间只能在一个地方见面。想在这里继续，就点下面。")
    await journey.looked_at(subject, "elsewhere")
    await subject.presses("在这里继续")
    await second_tab.reads("您在另一个地方打开了这一页")
