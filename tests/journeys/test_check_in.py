"""From a link to a filed check-in, in real browsers with a face before the camera."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey

pytestmark = pytest.mark.journey


async def test_a_check_in_goes_from_the_link_to_the_filed_conclusion(journey: Journey) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    await journey.looked_at(subject, "1-invitation")
    await subject.agrees("face")
    for mark in ("light", "distance", "sound", "network"):
        await expect(subject.part(f"mark-{mark}")).to_have_attribute("data-mark", "good")
    await subject.waits()
    await journey.looked_at(subject, "2-waiting")
    await officer.sees_somebody_waiting()
    await journey.looked_at(officer, "3-board")
    await officer.admits()
    await subject.sees_the_other()
    await officer.sees_the_other()
    await expect(officer.part("verdict")).to_contain_text("系统比对一致")
    await officer.reads("对方信号")
    await officer.notes("近况平稳，上周开始上班。")
    await journey.looked_at(subject, "4-call-phone")
    await journey.looked_at(officer, "5-call-desk")
    await officer.ends_the_call()
    await subject.gets_the_receipt()
    await journey.looked_at(subject, "6-receipt")
    await officer.goes_to_the_review()
    await officer.plays_both()
    await journey.looked_at(officer, "7-review")
    await officer.concludes("confirmed")
    await expect(officer.page.locator("aside .tag")).to_have_text("是本人")
    await officer.opens("/today")
    await expect(officer.page.locator("#board table .tag")).to_have_text("是本人")
    await journey.looked_at(officer, "board-afterwards")
