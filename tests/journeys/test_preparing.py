"""What an officer does before a check-in: a new case, its face, an appointment, its link."""

import pytest
from playwright.async_api import FilePayload, expect

from demo.clips import enrolment_pictures
from demo.people import with_check
from tests.journeys.conftest import Journey
from tests.journeys.people import Member

pytestmark = pytest.mark.journey

NUMBER = with_check("990000199202020010")
WRONG_LAST = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")


async def adds(officer: Member, name: str, id_number: str) -> None:
    """Fill in the form for a new case and send it."""
    await officer.opens("/people/new")
    await officer.fills(name=name, id_number=id_number, phone="13900000000")
    await officer.page.get_by_label("司法所").select_option("竹林司法所")
    await officer.presses("登记")


async def takes_three_pictures(officer: Member) -> None:
    """With the camera."""
    for taken in (1, 2, 3):
        await officer.presses("拍这一张")
        await officer.reads(f"已有 {taken} 张，要 3 到 5 张")


async def test_a_person_is_added_and_their_face_is_enrolled_from_files(journey: Journey) -> None:
    officer = await journey.desk()
    await adds(officer, "王建国", WRONG_LAST)
    await officer.reads("身份证号的最后一位对不上，很可能有一位输错了。")
    await expect(officer.page.get_by_label("姓名")).to_have_value("王建国")
    await expect(officer.page.get_by_label("司法所").locator("option:checked")).to_have_text("竹林司法所")
    await journey.looked_at(officer, "person-with-a-wrong-number")
    await officer.fills(id_number=NUMBER)
    await officer.presses("登记")
    await officer.reads("还没有登记照。没有也能核查，只是系统不能帮您比对。")
    await journey.looked_at(officer, "case-without-a-face")
    await officer.presses("登记人脸")
    pictures = enrolment_pictures("subject", 3)
    files = [FilePayload(name=f"{n}.jpg", mimeType="image/jpeg", buffer=data) for n, data in enumerate(pictures)]
    await officer.part("files").set_input_files(files[:2])
    await officer.reads("已有 2 张，要 3 到 5 张")
    await expect(officer.page.get_by_role("button", name="检查并登记")).to_be_disabled()
    await officer.part("files").set_input_files(files[2:])
    await journey.looked_at(officer, "face-from-files")
    await officer.presses("检查并登记")
    await officer.reads("已登记", "登记了人脸")
    await journey.looked_at(officer, "case-with-a-face")


async def test_a_face_is_enrolled_with_the_camera(journey: Journey) -> None:
    officer = await journey.desk(before_camera="subject")
    await adds(officer, "赵春", NUMBER)
    await officer.presses("登记人脸")
    await takes_three_pictures(officer)
    await expect(officer.part("shots").get_by_text("可以用")).to_have_count(3)
    await journey.looked_at(officer, "face-with-the-camera")
    await officer.presses("检查并登记")
    await officer.reads("已登记")


async def test_pictures_that_do_not_serve_are_refused_with_what_is_wrong_with_each(journey: Journey) -> None:
    officer = await journey.desk(before_camera="nobody")
    await adds(officer, "赵春", NUMBER)
    await officer.presses("登记人脸")
    await takes_three_pictures(officer)
    await officer.presses("检查并登记")
    await officer.reads("能用的照片不够 3 张。请看下面的提示，重拍不合格的。")
    await expect(officer.part("shots").get_by_role("listitem")).to_have_text(["没有看到脸"] * 3)
    await journey.looked_at(officer, "face-refused")


async def test_of_pictures_that_were_refused_only_the_bad_one_is_replaced(journey: Journey) -> None:
    officer = await journey.desk()
    await adds(officer, "赵春", NUMBER)
    await officer.presses("登记人脸")
    one, two, three = (
        FilePayload(name=f"{n}.jpg", mimeType="image/jpeg", buffer=data)
        for n, data in enumerate(enrolment_pictures("subject", 3))
    )
    await officer.part("files").set_input_files([one, two, one])
    await officer.presses("检查并登记")
    await officer.reads("有几张几乎是同一张照片", "已有 2 张，要 3 到 5 张")
    kept = officer.part("shots").get_by_role("listitem")
    await expect(kept).to_have_text(["可以用", "可以用", "和前面的一张几乎一样"])
    await journey.looked_at(officer, "face-one-refused")
    await officer.part("files").set_input_files([three])
    await expect(kept).to_have_text(["可以用", "可以用", ""])
    await officer.presses("检查并登记")
    await officer.reads("已登记", "登记了人脸")


async def test_a_link_is_made_with_its_code_and_a_new_one_replaces_it(journey: Journey) -> None:
    officer = await journey.desk()
    await officer.opens("/people")
    await officer.page.get_by_role("link", name="打开 陈* 的档案").click()
    await officer.presses("安排")
    await officer.presses("生成链接")
    await expect(officer.page.locator(".qr svg")).to_be_visible()
    await journey.looked_at(officer, "check-in-with-its-link")
    first = await officer.page.get_by_label("核查链接").input_value()
    await officer.presses("再发链接")
    second = officer.page.get_by_label("核查链接")
    await expect(second).not_to_have_value(first)
    subject = await journey.phone()
    await subject.opens(first)
    await subject.reads(
        "这是旧的链接，不能用了", "请回到收到链接的地方，点最新的那一个，那个能用。", "找不到新的链接？"
    )
    await subject.reads_nowhere("重新要一个链接就行")  # which would make the newest one old as well
    await journey.looked_at(subject, "link-replaced")
    await subject.opens(await second.input_value())
    await subject.reads("李矫正官想和您视频见个面", "刷脸开始", "换一种方式")
