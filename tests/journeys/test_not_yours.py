"""What is not yours answers like what does not exist."""

import pytest
from playwright.async_api import expect

from demo import people as demo_people
from tests.journeys.conftest import Journey
from tests.journeys.people import Person

pytestmark = pytest.mark.journey


async def what_is_said(person: Person, path: str) -> tuple[int, str]:
    """The status and the words of a page."""
    answer = await person.page.goto(person.origin + path)
    assert answer is not None
    return answer.status, await person.page.locator("main").inner_text()


@pytest.mark.parametrize("login", [demo_people.COUNSELLOR, "squadron1"])
async def test_another_posts_case_looks_like_nonsense(journey: Journey, login: str) -> None:
    officer, other = await journey.desk(), await journey.desk(login)
    await officer.opens("/people")
    case = await officer.page.get_by_role("link", name="打开 林*雨 的档案").get_attribute("href")
    check_in = (await journey.appointed()).check_in
    nonsense = await what_is_said(other, "/nonsense")
    assert nonsense[0] == 404
    for path in (str(case), f"{case}/face", f"{case}/face/portrait.jpg", f"/check-ins/{check_in}"):
        assert await what_is_said(other, path) == nonsense, path
    assert (await what_is_said(officer, str(case)))[0] == 200
    await journey.looked_at(other, "not-found")


async def test_a_counsellor_has_a_day_of_their_own(journey: Journey) -> None:
    counsellor, officer = await journey.desk(demo_people.COUNSELLOR), await journey.desk()
    await counsellor.reads("今天没有安排辅导", "只有您能看到这一页")
    await expect(counsellor.page.get_by_role("navigation").get_by_role("link")).to_have_count(1)
    assert await what_is_said(officer, "/counselling") == await what_is_said(officer, "/nonsense")
