"""When the machine does not say yes: it may be off, or in doubt, and a person decides."""

import pytest
from playwright.async_api import Request, expect

from tests.journeys.conftest import Journey
from tests.journeys.people import Member, Person, Subject

pytestmark = pytest.mark.journey


async def meet(subject: Subject, officer: Member, choice: str) -> None:
    """From the two choices to a call in which each sees the other."""
    await subject.agrees(choice)
    await subject.waits()
    await officer.admits()
    await subject.sees_the_other()
    await officer.sees_the_other()


async def nothing_is_red(person: Person) -> None:
    """But the light that says that we record, and the ending of the call."""
    red = person.page.locator(".danger").filter(visible=True).and_(person.page.locator(":not(.rec, button)"))
    await expect(red).to_have_count(0)


async def test_with_the_other_way_no_picture_is_looked_at_and_the_officer_decides_by_sight(journey: Journey) -> None:
    subject, officer = await journey.invited(), await journey.desk()
    sent: list[str] = []

    def write_down(request: Request) -> None:
        sent.append(f"{request.method} {request.url.removeprefix(subject.origin)}")

    subject.page.on("request", write_down)
    await subject.agrees("other_way")
    await subject.reads("画面不做系统比对")
    await expect(subject.page.locator(".oval")).to_have_count(0)
    await journey.looked_at(subject, "other-way-device-check")
    await subject.waits()
    await officer.admits()
    await subject.sees_the_other()
    await officer.sees_the_other()
    await officer.reads("不做人脸比对，由您当场确认")
    await officer.reads("本人选了“换一种方式”，不做系统比对。请您看着视频、凭通话和证件确认身份。")
    await expect(officer.part("lane")).to_be_hidden()
    await journey.looked_at(officer, "other-way-call-desk")
    await officer.notes("已核对身份证。")
    await officer.part("note").fill("还有一句没有记")
    await officer.ends_the_call()
    await officer.reads("这里不能再记。要补充的话，请写在复核页的“说明”里。上面这一笔没有记上，可以复制过去。")
    await expect(officer.part("note")).not_to_be_editable()
    await expect(officer.part("note-send")).to_be_hidden()
    await journey.looked_at(officer, "ended-with-a-note-unsent")
    await officer.goes_to_the_review()
    await officer.reads("本人选了“换一种方式”，这次没有做人脸比对。请您凭通话和证件确认身份。")
    await expect(officer.page.get_by_alt_text("本次截图")).to_have_count(0)
    await expect(officer.part("lane-stills")).to_have_attribute("aria-label", "0 张")
    await journey.looked_at(officer, "other-way-review")
    await officer.concludes("confirmed")
    await officer.opens("/review")
    await officer.reads("都看过了")
    assert [line for line in sent if not line.startswith("GET")] == [sent[0]], sent
    assert sent[0].startswith("POST /c/")


async def test_a_stranger_is_a_doubt_that_a_person_decides_with_a_note(journey: Journey) -> None:
    subject, officer = await journey.invited("stranger"), await journey.desk()
    await meet(subject, officer, "face")
    await expect(officer.part("verdict")).to_contain_text("系统觉得不像，请当场看")
    await expect(officer.part("verdict")).to_have_class("tag doubt")
    await nothing_is_red(officer)
    await nothing_is_red(subject)
    await expect(officer.part("end")).to_be_enabled()
    await expect(subject.part("recording")).to_contain_text("录像中")
    await journey.looked_at(officer, "stranger-call-desk")
    await officer.ends_the_call()
    await officer.goes_to_the_review()
    await officer.reads("系统觉得和登记照不像。可能是光线、角度或照片太旧，也可能不是本人，请您判断。")
    await nothing_is_red(officer)
    await journey.looked_at(officer, "stranger-review")
    await officer.opens("/review")
    await officer.reads("系统觉得和登记照不像")
    await journey.looked_at(officer, "review-queue")
    await officer.presses("复核：林*雨")
    await officer.concludes("concern")
    await officer.reads("请写一句说明，别人才知道您看到了什么。")
    await journey.looked_at(officer, "stranger-review-without-a-note")
    await officer.concludes("concern", "剪短了头发，和登记照差别大，核对过身份证。")
    await expect(officer.page.locator("aside .tag").first).to_have_text("是本人，但有疑点")
    await officer.presses("打开档案")
    await officer.reads("链条完整")
    await journey.looked_at(officer, "case-with-its-ledger")
