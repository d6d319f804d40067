"""A whole check-in in English, on narrow screens in the dark."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.support.browsers import DARK, NARROW

pytestmark = pytest.mark.journey


async def test_a_check_in_in_english_on_narrow_screens_in_the_dark(journey: Journey) -> None:
    subject, officer = await journey.invited(**NARROW, **DARK), await journey.desk(**NARROW, **DARK)
    for person in (subject, officer):
        await person.presses("English")
    await subject.reads("李矫正官 would like to see you by video", "Start with my face", "Use another way")
    await journey.looked_at(subject, "english-invitation")
    await subject.agrees()
    await expect(subject.part("mark-light")).to_have_attribute("data-mark", "good")
    await journey.looked_at(subject, "english-device-check")
    await subject.waits()
    await journey.looked_at(subject, "english-waiting")
    await officer.sees_somebody_waiting()
    await journey.looked_at(officer, "english-board")
    await officer.admits()
    await subject.sees_the_other()
    await expect(officer.part("verdict")).to_contain_text("The system sees a match")
    await journey.looked_at(subject, "english-call-phone")
    await journey.looked_at(officer, "english-call-desk")
    await officer.ends_the_call()
    await subject.gets_the_receipt()
    await journey.looked_at(subject, "english-receipt")
    await officer.goes_to_the_review()
    await journey.looked_at(officer, "english-review")
    await officer.concludes("confirmed")
    await officer.opens("/people")
    await officer.page.locator("tbody a.btn").first.click()
    await journey.looked_at(officer, "english-case")
    await subject.page.reload()
    await subject.gets_the_receipt()
