"""An officer in a call presses something else: the call is not left by mistake, and leaving is not called a drop."""

import pytest
from playwright.async_api import Dialog, expect

from tests.journeys.conftest import Journey

pytestmark = pytest.mark.journey


async def test_a_call_is_not_left_by_one_click_and_whoever_leaves_was_not_cut_off(journey: Journey) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    await subject.agrees("other_way")
    await subject.waits()
    await officer.admits()
    await subject.sees_the_other()
    await officer.sees_the_other()
    await officer.reads("林小雨", "9900**********0013")
    await expect(officer.part("who").get_by_role("img")).to_be_visible()
    await officer.presses("显示完整号码")
    await expect(officer.part("id-number")).to_have_text("990000199003070013")
    await journey.looked_at(officer, "who-it-should-be-desk")

    await officer.presses("静音")
    await subject.reads("李矫正官关了麦克风")
    await officer.presses("关画面")
    await subject.reads("李矫正官关了摄像头和麦克风")
    await journey.looked_at(subject, "officer-muted-phone")
    await subject.part("mute").click()
    await officer.reads("对方关了麦克风")
    await journey.looked_at(officer, "subject-muted-desk")
    await subject.part("mute").click()
    await officer.reads_nowhere("对方关了麦克风")

    await officer.page.get_by_role("link", name="人员").click()
    await officer.reads("离开这一页，对方就看不到、也听不到您了。")
    await journey.looked_at(officer, "leaving-question-desk")
    async with officer.page.context.expect_page() as opened:
        await officer.presses("在新标签页打开")
    beside = type(officer)(await opened.value, officer.origin)
    await beside.reads("通话还在进行", "回到通话")
    await journey.looked_at(beside, "call-bar-beside")
    await beside.page.close()
    await officer.page.get_by_role("link", name="人员").click()
    await officer.presses("留在通话")
    await expect(officer.part("recording")).to_be_visible()

    async def accept(dialog: Dialog) -> None:
        await dialog.accept()

    officer.page.on("dialog", accept)
    await officer.opens("/today")
    await subject.reads("李矫正官暂时离开了，通话还在")
    await subject.reads_nowhere("断线")
    await journey.looked_at(subject, "officer-has-left-phone")
    await officer.page.locator(".call-bar").get_by_role("link", name="回到通话").click()
    await officer.sees_the_other()
    await subject.reads_nowhere("暂时离开了")
    await subject.reads_nowhere("李矫正官关了")  # a page that begins anew has its camera and microphone on
    await officer.ends_the_call()
    await officer.goes_to_the_review()
    lane = await officer.part("lane-network-officer").get_attribute("aria-label")
    assert lane is not None
    assert "离开了这一页" in lane
    assert "网络原因" not in lane
    assert "自己关了麦克风" in lane
    assert "自己关了摄像头" in lane
    await officer.reads("以浏览器所说为准")
    their_lane = await officer.part("lane-network-subject").get_attribute("aria-label")
    assert "自己关了麦克风" in (their_lane or "")
    await journey.looked_at(officer, "muted-review")
