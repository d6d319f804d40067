"""Lessons on file: who may plan them for whom, links that work once, and what learners are not told."""

from datetime import timedelta

import pytest

from accounts.details import BadDetail
from accounts.powers import NotYours
from accounts.subjects import Level, Subjects
from courses.floor import Place
from courses.lesson import LessonState
from courses.lessons import NoLinksNow
from demo.people import with_check
from live.links import LinkTrouble, WrongInvitation
from live.notices import Language
from statetable import IllegalCue
from tests.support.lessons import School
from tests.support.organisation import NINE

pytestmark = pytest.mark.rim


async def test_learners_are_numbered_as_they_were_chosen(school: School) -> None:
    lesson = await school.planned()
    page = await school.lessons.page(school.bureau.assistant, lesson, NINE)
    assert [(one.place, one.name) for one in page.plan.learners] == [(1, "陈安"), (2, "何平"), (3, "林小雨")]
    assert page.plan.lesson.state is LessonState.PLANNED


async def test_who_does_not_teach_plans_nothing_and_the_area_is_the_limit(school: School) -> None:
    chosen = [school.subjects[0].id]
    for actor in (school.bureau.captain, school.bureau.counsellor, school.bureau.other_officer):
        with pytest.raises(NotYours):
            await school.lessons.plan(actor, "法律", NINE, chosen, NINE)


@pytest.mark.parametrize(
    ("title", "days", "learners", "wrong"),
    [
        ("  ", 0, 1, ("title", "missing")),
        ("法律", -1, 1, ("starts_at", "past")),
        ("法律", 0, 0, ("learners", "none")),
    ],
)
async def test_what_cannot_be_is_refused(
    school: School, title: str, days: int, learners: int, wrong: tuple[str, str]
) -> None:
    chosen = [subject.id for subject in school.subjects[:learners]]
    with pytest.raises(BadDetail) as bad:
        await school.lessons.plan(school.bureau.officer, title, NINE + timedelta(days=days), chosen, NINE)
    assert (bad.value.field, bad.value.reason_code) == wrong


async def test_minors_are_taught_apart_from_adults(school: School) -> None:
    officer, office = school.bureau.officer, school.bureau.office
    number = with_check("99000020120101001")
    minor = await Subjects(school.database).register(
        officer, "小明", number, "13800138000", Level.GENERAL, office, NINE
    )
    with pytest.raises(BadDetail, match="minors_apart"):
        await school.lessons.plan(officer, "法律", NINE, [minor.id, school.subjects[0].id], NINE)
    await school.lessons.plan(officer, "法律", NINE, [minor.id], NINE)


async def test_a_link_works_once_and_a_newer_one_replaces_it(school: School) -> None:
    lesson, version = await school.planned(1), school.lessons.policy.notice.version
    officer = school.bureau.officer
    [old] = (await school.lessons.send_links(officer, lesson, NINE)).values()
    [new] = (await school.lessons.send_links(officer, lesson, NINE)).values()
    with pytest.raises(WrongInvitation) as replaced:
        await school.lessons.open_link(old, NINE)
    assert replaced.value.reason is LinkTrouble.REPLACED
    session = await school.lessons.accept(new, version, Language.ZH, NINE)
    with pytest.raises(WrongInvitation) as used:
        await school.lessons.accept(new, version, Language.ZH, NINE)
    assert used.value.reason is LinkTrouble.USED
    learner = await school.lessons.learner_session(session, NINE)
    assert learner is not None
    assert (learner.lesson, learner.place) == (lesson, Place(1))
    assert await school.lessons.learner_session(new, NINE) is None


async def test_links_for_all_are_made_for_whoever_has_not_used_one(school: School) -> None:
    lesson = await school.planned()
    await school.accepted(lesson)
    assert await school.lessons.send_links(school.bureau.officer, lesson, NINE) == {}
    [again] = await school.lessons.send_links(school.bureau.officer, lesson, NINE, Place(2))
    assert again == 2
    with pytest.raises(NotYours):
        await school.lessons.send_links(school.bureau.officer, lesson, NINE, Place(9))


async def test_nobody_comes_in_before_the_waiting_room_opens_nor_with_another_text(school: School) -> None:
    officer = school.bureau.officer
    lesson = await school.lessons.plan(officer, "法律", NINE + timedelta(hours=2), [school.subjects[0].id], NINE)
    [token] = (await school.lessons.send_links(officer, lesson, NINE)).values()
    with pytest.raises(BadDetail, match="changed"):
        await school.lessons.accept(token, "another", Language.ZH, NINE)
    with pytest.raises(WrongInvitation) as early:
        await school.lessons.accept(token, school.lessons.policy.notice.version, Language.ZH, NINE)
    assert early.value.reason is LinkTrouble.EARLY


async def test_a_lesson_that_was_called_off_lets_nobody_in(school: School) -> None:
    lesson = await school.planned(1)
    [token] = (await school.lessons.send_links(school.bureau.officer, lesson, NINE)).values()
    await school.lessons.call_off(school.bureau.officer, lesson, NINE)
    with pytest.raises(WrongInvitation) as over:
        await school.lessons.open_link(token, NINE)
    assert over.value.reason is LinkTrouble.OVER
    with pytest.raises(NoLinksNow):
        await school.lessons.send_links(school.bureau.officer, lesson, NINE)
    with pytest.raises(IllegalCue):
        await school.lessons.call_off(school.bureau.officer, lesson, NINE)


async def test_an_invitation_names_the_teacher_and_no_other_learner(school: School) -> None:
    lesson = await school.planned()
    links = await school.lessons.send_links(school.bureau.officer, lesson, NINE)
    invitation = await school.lessons.open_link(links[Place(2)], NINE)
    assert (invitation.place, invitation.teacher, invitation.title) == (2, "王芳", "社区矫正法")


async def test_a_neighbouring_squadron_sees_nothing_of_it(school: School) -> None:
    lesson = await school.planned()
    with pytest.raises(NotYours):
        await school.lessons.page(school.bureau.other_officer, lesson, NINE)
    assert await school.lessons.lines(school.bureau.other_officer) == []
    assert len(await school.lessons.lines(school.bureau.director)) == 1
    with pytest.raises(NotYours):
        await school.lessons.lines(school.bureau.counsellor)
