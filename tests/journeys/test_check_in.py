"""From a link to a filed check-in, in real browsers with a face before the camera."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.journeys.conftest import Journey

pytestmark = pytest.mark.journey


async def accept(phone: Page, choice: str) -> None:
    """Make the choice and wait in the room."""
    await phone.get_by_role("button", name=choice).click()
    await phone.locator('[data-part="ready"]').click()
    await expect(phone.locator('[data-part="waiting-title"]')).to_be_visible()


async def admit(desk: Page) -> None:
    """From the board into the call."""
    await desk.get_by_role("link", name=re.compile("请进")).first.click()
    await desk.locator('[data-part="admit"]').click()


async def sees_the_other(page: Page) -> None:
    """Pictures of the other side arrive and move."""
    await page.wait_for_function(
        """() => { const v = document.querySelector('video[data-part="other"]'); return v && v.currentTime > 0.5 && v.videoWidth > 0 }"""
    )


async def test_a_check_in_goes_from_the_link_to_the_filed_conclusion(journey: Journey) -> None:
    phone, desk = await journey.phone(), await journey.desk()
    await journey.looked_at(phone, "1-invitation")
    await accept(phone, "刷脸开始")
    await journey.looked_at(phone, "2-waiting")
    await journey.looked_at(desk, "3-board")
    await admit(desk)
    await sees_the_other(phone)
    await sees_the_other(desk)
    await expect(desk.locator('[data-part="verdict"]')).to_contain_text("系统比对一致")
    await desk.locator('[data-part="note"]').fill("近况平稳，上周开始上班。")
    await desk.locator('[data-part="note-send"]').click()
    await journey.looked_at(phone, "4-call-phone")
    await journey.looked_at(desk, "5-call-desk")
    await desk.locator('[data-part="end"]').click()
    await desk.get_by_role("dialog").get_by_role("button", name="结束").click()
    await expect(phone.locator('[data-part="receipt-code"]')).to_have_text(re.compile("^[0-9A-F]{4}-[0-9A-F]{4}$"))
    await journey.looked_at(phone, "6-receipt")
    await desk.get_by_role("link", name="去复核").click()
    await expect(desk.locator("fw-review video")).to_have_count(2)
    await desk.wait_for_function(
        "() => [...document.querySelectorAll('fw-review video')].every((v) => v.readyState >= 2 && v.seekable.length > 0)"
    )
    await desk.locator('[data-part="toggle"]').click()
    await desk.wait_for_function(
        """() => {
          const [a, b] = [...document.querySelectorAll('fw-review video')].map((v) => v.currentTime);
          return a > 1 && b > 1 && Math.abs(a - b) < 0.25;
        }"""
    )
    await journey.looked_at(desk, "7-review")
    await desk.get_by_role("button", name="是本人", exact=True).click()
    await expect(desk.get_by_text("是本人").first).to_be_visible()
    await desk.goto(f"{journey.server.origin}/today")
    await expect(desk.get_by_text("是本人").first).to_be_visible()
    await journey.looked_at(desk, "8-board-afterwards")
