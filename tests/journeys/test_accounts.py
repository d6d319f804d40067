"""The administrator's accounts, and signing in with a password."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.people import Person

pytestmark = pytest.mark.journey

PASSWORD = "清晨的河边有三只白鹭"


async def signs_in(person: Person, login: str, password: str) -> None:
    await person.opens("/sign-in")
    await person.fills(login=login, password=password)
    await person.presses("登录")


async def test_an_administrator_adds_a_unit_and_an_officer_who_signs_in(journey: Journey) -> None:
    administrator, newcomer = await journey.desk("admin"), await journey.passer_by()
    page = administrator.page
    await page.get_by_label("名称").fill("新桥司法所")
    await page.get_by_label("类别").select_option("司法所")
    await page.get_by_label("上级单位").select_option(label="　　第三中队")
    await page.locator("form[action='/accounts/units'] button").click()
    await administrator.reads("新桥司法所")

    staff = page.locator("form[action='/accounts/staff']")
    await staff.get_by_label("姓名").fill("马晓东")
    await staff.get_by_label("账号").fill("ma.xiaodong")
    await staff.get_by_label("初始密码").fill("短密码")
    await staff.get_by_role("button").click()
    await administrator.reads("这个密码只有 3 个字符，至少要 10 个。一句只有自己知道的话最好记。")
    await expect(staff.get_by_label("姓名")).to_have_value("马晓东")
    await journey.looked_at(administrator, "accounts-short-password")
    await staff.get_by_label("初始密码").fill(PASSWORD)
    await staff.get_by_role("button").click()
    await administrator.reads("没有岗位，不能登录")

    await signs_in(newcomer, "ma.xiaodong", PASSWORD)
    await newcomer.reads("账号或密码不对。请检查大小写，再试一次。")

    post = page.locator("form[action='/accounts/posts']")
    await post.get_by_label("工作人员").select_option("马晓东 · ma.xiaodong")
    await post.get_by_label("岗位").select_option("矫正官")
    await post.get_by_label("单位").select_option(label="　　第三中队")
    await post.get_by_role("button").click()
    await administrator.reads_nowhere("没有岗位，不能登录")
    await journey.looked_at(administrator, "accounts")

    await signs_in(newcomer, "ma.xiaodong", PASSWORD)
    await newcomer.reads("第三中队 · 马晓东（矫正官）", "今天没有安排核查")


async def test_a_password_can_be_tried_five_times_a_minute(journey: Journey) -> None:
    guesser = await journey.passer_by()
    for _ in range(5):
        await signs_in(guesser, "officer", "不是这个密码啊啊啊")
        await guesser.reads("账号或密码不对。请检查大小写，再试一次。")
    await journey.looked_at(guesser, "sign-in-wrong")
    await signs_in(guesser, "officer", "不是这个密码啊啊啊")
    await guesser.reads("试的次数太多了，为了安全请稍等一会儿再试。")
    await journey.looked_at(guesser, "sign-in-too-often")
