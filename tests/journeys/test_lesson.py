"""A live lesson from its plan to its record, in real browsers: a teacher, two learners, the word, a shared screen."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.journeys.people import Member, Subject
from tests.support.browsers import browsers

pytestmark = pytest.mark.journey

LOW = {"width": 360, "height": 640}

MOVES = """(name) => {
  const video = document.querySelector(`video[data-part="${name}"]`);
  return video && video.videoWidth > 2 && video.currentTime > 0.5;
}"""
ALL_PLAY = """async () => {
  const videos = [...document.querySelectorAll(".recordings video")];
  for (const video of videos) video.muted = true;
  await Promise.all(videos.map((video) => video.play()));
  return videos.length;
}"""
ALL_HAVE_PLAYED = (
    """() => [...document.querySelectorAll(".recordings video")].every((each) => each.currentTime > 0.5)"""
)


async def sees(person: Subject | Member, name: str) -> None:
    await person.page.wait_for_function(MOVES, arg=name)


async def planned(journey: Journey, teacher: Member) -> list[str]:
    """A lesson for two people, planned by somebody new to it; their links."""
    await teacher.opens("/lessons")
    await teacher.reads("还没有安排过直播课")
    await journey.looked_at(teacher, "lessons-empty")
    await teacher.presses("安排一节课")
    await teacher.fills(title="社区矫正法第四章")
    for name in ("林*雨", "陈*"):
        await teacher.page.locator("label.choice", has_text=name).click()
    await teacher.reads("已选 2 人")
    await journey.looked_at(teacher, "lesson-new")
    await teacher.presses("安排")
    await teacher.presses("给没用过链接的人生成链接")
    fields = teacher.page.locator(".one-link input")
    await expect(fields).to_have_count(2)
    await journey.looked_at(teacher, "lesson-links")
    return [await field.input_value() for field in await fields.all()]


async def comes(journey: Journey, link: str, name: str = "") -> Subject:
    """From the link into the waiting room."""
    learner = await journey.phone("subject", viewport=LOW)
    await learner.opens(link)
    if name:
        await journey.looked_at(learner, f"{name}-invitation")
    await learner.presses("去上课")
    await expect(learner.part("ready")).to_be_visible()
    if name:
        await journey.looked_at(learner, f"{name}-check")
    await learner.waits()
    return learner


async def who_may_share(journey: Journey, films: Path) -> Member:
    """A desk whose browser shares a made-up screen, and asks nobody which."""
    willing = await journey.opened.enter_async_context(browsers(films, flags=["--use-fake-ui-for-media-stream"]))
    return await replace(journey, browsers=willing).desk()


async def test_a_lesson_goes_from_the_plan_to_the_record(journey: Journey, films: Path) -> None:
    teacher = await who_may_share(journey, films)
    one, other = await planned(journey, teacher)
    await teacher.presses("进教室")
    first, second = await comes(journey, one, "learner"), await comes(journey, other)
    await teacher.reads("2 人已经到了")
    await journey.looked_at(first, "learner-waiting")
    await journey.looked_at(teacher, "teacher-before")
    await teacher.presses("开始上课")
    for learner in (first, second):
        await sees(learner, "teacher")
    await expect(teacher.page.get_by_text("在课堂")).to_have_count(2)
    await journey.looked_at(first, "learner-listens")
    await first.part("hand").click()
    await teacher.reads("1 人举手", "举手 第 1 个")
    await journey.looked_at(teacher, "teacher-hand")
    await teacher.page.get_by_role("button", name="请发言：林小雨").click()
    await first.reads("现在轮到您发言，大家能看到和听到您")
    await sees(teacher, "word")
    await sees(second, "word")
    await second.reads("学员 1")
    await second.reads_nowhere("林小雨")
    await journey.looked_at(first, "learner-speaks")
    await journey.looked_at(second, "learner-watches")
    await journey.looked_at(teacher, "teacher-word")
    await teacher.part("share").click()
    await sees(first, "screen")
    await sees(second, "screen")
    await journey.looked_at(second, "learner-screen")
    await journey.looked_at(teacher, "teacher-screen")
    await teacher.page.get_by_role("button", name="收回 林小雨 的发言").click()
    await expect(first.part("call-note")).to_be_hidden()
    await teacher.part("share").click()
    await expect(second.part("screen-figure")).to_be_hidden()
    await teacher.part("end").click()
    await journey.looked_at(teacher, "teacher-end-question")
    await teacher.part("end-question").locator('[value="yes"]').click()
    await first.reads("下课了，您的学习已经记下")
    await journey.looked_at(first, "learner-record")
    await teacher.reads("按时间排列，时间从上课算起。", "林小雨 发言")
    assert await teacher.page.evaluate(ALL_PLAY) == 3  # the teacher, the word, the screen
    await teacher.page.wait_for_function(ALL_HAVE_PLAYED)
    await journey.looked_at(teacher, "lesson-record")
