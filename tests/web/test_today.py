"""The board: figures, one thing to do a row, what needs a person beside it, renewed without the rest of the page."""

import pytest

from checkins.checkin import CheckInState
from tests.support.house import House

pytestmark = pytest.mark.rim


async def test_an_empty_day_says_so(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get("/today")).text()
    assert "今天没有安排核查" in page
    assert "都看过了，没有等着您的" in page
    assert "11 月 23 日 星期一" in page


async def test_whoever_waits_can_be_let_in_with_one_press(house: House) -> None:
    check_in = await house.desk.in_state(CheckInState.WAITING)
    house.desk.clock.advance(minutes=2)
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get("/today")).text()
    assert "等候中 2 分钟" in page
    assert f'href="/check-ins/{check_in}/live" aria-label="请进：张*伟"' in page
    assert "有 1 人在等候" in page


async def test_whoever_has_only_just_come_has_not_waited_zero_minutes(house: House) -> None:
    await house.desk.in_state(CheckInState.WAITING)
    page = await (await (await house.signed_in(house.desk.bureau.officer)).get("/today")).text()
    assert "等候中 · 刚到" in page
    assert "0 分钟" not in page


async def test_the_part_that_renews_itself_is_asked_for_alone(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get("/today")).text()
    part = await (await officer.get("/today", {"HX-Request": "true"})).text()
    assert part.strip().startswith('<div id="board"')
    assert "<html" not in part
    assert part.strip() in page


async def test_the_side_column_holds_the_oldest_and_leads_to_all(house: House) -> None:
    for _ in range(7):
        await house.ended_with_footage("inconclusive")
        house.desk.clock.advance(minutes=40)
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get("/today")).text()
    assert page.count('id="need-') == 6
    assert "看全部 7 项" in page


async def test_nobody_sees_the_day_of_another_area(house: House) -> None:
    await house.desk.in_state(CheckInState.WAITING)
    stranger = await house.signed_in(house.desk.bureau.other_officer)
    page = await (await stranger.get("/today")).text()
    assert "今天没有安排核查" in page
    assert "张*伟" not in page


async def test_every_other_page_leads_back_to_the_call_that_one_hosts(house: House) -> None:
    live = await house.desk.admitted()
    host = await house.signed_in(house.desk.bureau.officer)
    leader = await house.signed_in(house.desk.bureau.leader)
    for path in ("/today", "/people", "/review"):
        assert "call-bar" in await (await host.get(path)).text()
        assert "call-bar" not in await (await leader.get(path)).text()  # whose call it is not
    assert "call-bar" not in await (await host.get(f"/check-ins/{live.id}/live")).text()
