"""The review page without a mouse."""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.people import Member

pytestmark = pytest.mark.journey


async def stands_at(officer: Member, second: int) -> None:
    """The playhead."""
    await expect(officer.part("time")).to_have_text(re.compile(f"^00:{second:02} / "))


async def test_a_check_in_is_noted_searched_and_concluded_by_keyboard_alone(journey: Journey) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    await subject.agrees()
    await subject.waits()
    await officer.the_way_in().press("Enter")
    await expect(officer.part("admit")).to_be_visible()
    await officer.part("admit").press("Enter")
    await officer.sees_the_other()
    keyboard = officer.page.keyboard
    await expect(officer.part("recording")).to_contain_text(re.compile("00:0[4-9]"))
    await keyboard.press("n")
    await keyboard.type("问了工作情况")
    await keyboard.press("Enter")
    await expect(officer.part("notes")).to_contain_text("问了工作情况")
    await expect(officer.part("recording")).to_contain_text(re.compile("00:1[2-9]"))
    await officer.part("end").press("Enter")
    await officer.part("end-question").locator('[value="yes"]').press("Enter")
    await officer.goes_to_the_review()

    for key, second in (("l", 10), ("j", 0), ("ArrowRight", 5), (".", 6), (",", 5), ("ArrowLeft", 0)):
        await keyboard.press(key)
        await stands_at(officer, second)
    await keyboard.press("]")
    await expect(officer.part("rate")).to_have_value("1.5")
    await keyboard.press("k")
    await expect(officer.part("toggle")).to_have_text("暂停")
    await keyboard.press("k")
    await expect(officer.part("toggle")).to_have_text("播放")

    slider = officer.page.get_by_role("slider", name="播放位置")
    await slider.focus()
    await keyboard.press("Home")
    await expect(slider).to_have_attribute("aria-valuenow", "0")
    await keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuenow", "5")
    await expect(officer.part("still")).to_be_visible()
    await journey.looked_at(officer, "review-by-keyboard")
    await keyboard.press("Home")

    note = officer.page.locator(".note-list button")
    await note.focus()
    await keyboard.press("Enter")
    await expect(officer.part("time")).to_have_text(re.compile(f"^{await note.inner_text()} / "))

    await officer.page.get_by_label("说明").focus()
    await keyboard.type("jkl")
    await expect(officer.page.get_by_label("说明")).to_have_value("jkl")
    await keyboard.press("Tab")
    await keyboard.press("Enter")  # asks once more
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(officer.page.locator("aside .tag").first).to_have_text("是本人")
