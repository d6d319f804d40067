"""Somebody without a reference picture: everybody is told the true reason why nothing is compared, always."""

import pytest
from playwright.async_api import expect

from demo import people as demo_people
from tests.journeys.conftest import Journey

pytestmark = pytest.mark.journey

NOT_ENROLLED = demo_people.OTHERS[1][0]


async def test_without_a_reference_picture_call_and_record_say_the_same_reason(journey: Journey) -> None:
    officer = await journey.desk()
    subject = await journey.phone()
    await subject.opens((await journey.appointed(name=NOT_ENROLLED)).link)
    await subject.agrees("face")
    await subject.waits()
    await officer.reads("还没有登记照，由您看着确认")
    await officer.the_way_in().click()
    await officer.reads("请进以后才开始录像。系统没法比对：还没有登记照。")
    await expect(officer.part("lane")).to_be_hidden()
    await journey.looked_at(officer, "not-enrolled-before-admission")
    await officer.part("admit").click()
    await subject.sees_the_other()
    await officer.reads("系统没法比对：还没有登记照。")
    await journey.looked_at(officer, "not-enrolled-call-desk")
    await officer.ends_the_call()
    await officer.part("go-review").click()
    await officer.reads("通话时还没有登记照，系统没法比对。请您看录像确认身份。")
    await journey.looked_at(officer, "not-enrolled-review")
    for path in ("/review", "/today"):
        await officer.opens(path)
        await officer.reads("通话时还没有登记照")
        await officer.reads_nowhere("技术原因")
