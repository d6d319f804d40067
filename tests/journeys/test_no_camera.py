"""A phone that may not use its camera: the page shows where to tap, and nobody has to stay outside."""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.support.browsers import NO_CAMERA

pytestmark = pytest.mark.journey

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/604.1"


async def test_without_a_permission_the_phone_shows_where_to_tap_and_the_person_may_come_all_the_same(
    journey: Journey,
) -> None:
    officer = await journey.desk()
    subject = await journey.invited(user_agent=ANDROID, **NO_CAMERA)
    await subject.chooses("face")
    await subject.reads("摄像头和麦克风还没有打开", "点地址左边的小图标", "我打开了，再试一次")
    await expect(subject.page.get_by_role("img", name="地址栏左边的小图标")).to_be_visible()
    await journey.looked_at(subject, "no-camera-android")
    await subject.presses("先等着也可以")
    await subject.reads("轮到您时会响铃。请别关这一页，也别锁屏。", "没有画面", "点这里打开")
    await subject.reads("您能看也能听，但矫正官看不到、也听不到您")
    await subject.reads_nowhere("用声音说话")  # with which microphone?
    await expect(subject.part("mark-light")).to_have_text(re.compile("没有摄像头，看不到"))
    await expect(subject.part("mark-distance")).to_have_attribute("data-mark", "blind")
    await subject.presses("English")
    await subject.reads("no camera")
    await subject.presses("中文")
    await subject.reads("轮到您时会响铃。请别关这一页，也别锁屏。")
    await journey.looked_at(subject, "no-camera-waiting")
    await officer.admits()
    await subject.sees_the_other()
    await expect(subject.part("recording")).to_contain_text(re.compile("00:0[4-9]"))  # silence is noticed after two
    await subject.reads("没有画面", "点这里打开", "没有麦克风", "您能看也能听，但矫正官看不到、也听不到您")
    await journey.looked_at(subject, "no-camera-call")
    await expect(subject.part("mute").locator("svg").filter(visible=True)).to_have_count(1)
    await officer.reads("对方没有画面，也没有声音", "系统没有画面可看", "请打电话联系对方。")
    await officer.reads_nowhere("系统还在看")
    await officer.reads_nowhere("凭声音")
    await officer.reads_nowhere("先说话")
    await journey.looked_at(officer, "no-camera-call-desk")

    await subject.presses("没有画面 点这里打开")
    await subject.reads("还是打不开")
    await subject.page.context.grant_permissions(["camera", "microphone"])
    await officer.sees_the_other()
    await officer.reads_nowhere("现在没有画面")
    await expect(officer.part("verdict")).to_contain_text("系统比对一致")
    await subject.reads_nowhere("没有画面")


async def test_a_microphone_that_is_refused_alone_costs_nobody_the_picture(journey: Journey) -> None:
    subject = await journey.invited(permissions=["camera"])
    await subject.chooses("face")
    await subject.reads("麦克风还没有打开", "打不开也可以先等着，矫正官能看到您，但听不到您。")
    await journey.looked_at(subject, "no-microphone")
    await subject.presses("先等着也可以")
    await expect(subject.part("mark-light")).to_have_attribute("data-mark", "good")
    await subject.reads("麦克风没有打开，矫正官听不到您")


async def test_a_permission_that_is_given_later_is_noticed(journey: Journey) -> None:
    subject = await journey.invited(user_agent=IPHONE, **NO_CAMERA)
    await subject.chooses("face")
    await subject.reads("点地址旁边的“大小”或菜单图标")
    await journey.looked_at(subject, "no-camera-iphone")
    await subject.page.context.grant_permissions(["camera", "microphone"])
    await expect(subject.part("ready")).to_be_visible()
