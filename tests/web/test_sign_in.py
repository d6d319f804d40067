"""Signing in and out, once links, posts: one clear answer each, and nobody learns who has an account."""

from datetime import timedelta

import pytest

from accounts.actor import Role
from tests.support.house import House
from web.security import STAFF_COOKIE

pytestmark = pytest.mark.rim

LONG = "一句只有自己知道的话 2026"


async def an_account(house: House, login: str = "wang.fang") -> None:
    """An officer with a password."""
    person = await house.rooms.people.add_staff(login, "王芳", LONG, house.rooms.now())
    await house.rooms.people.give_post(person.id, Role.OFFICER, house.desk.bureau.office, house.rooms.now())


async def test_a_password_opens_the_day(house: House) -> None:
    await an_account(house)
    browser = house.browser()
    reply = await browser.post("/sign-in", {"login": "wang.fang", "password": LONG, "next": ""})
    assert (reply.status, reply.headers["Location"]) == (303, "/")
    assert (await browser.get("/")).headers["Location"] == "/today"
    assert (await browser.get("/today")).status == 200


async def test_one_comes_back_to_the_page_one_wanted(house: House) -> None:
    await an_account(house)
    browser = house.browser()
    sent = await browser.get("/people?q=x")
    assert sent.headers["Location"] == "/sign-in?next=/people?q%3Dx"
    assert 'value="/people?q=x"' in await (await browser.get(sent.headers["Location"])).text()
    reply = await browser.post("/sign-in", {"login": "wang.fang", "password": LONG, "next": "/people?q=x"})
    assert reply.headers["Location"] == "/people?q=x"


async def test_no_page_sends_one_away_from_here(house: House) -> None:
    await an_account(house)
    reply = await house.browser().post(
        "/sign-in", {"login": "wang.fang", "password": LONG, "next": "//elsewhere.example"}
    )
    assert reply.headers["Location"] == "/"


async def test_a_wrong_password_and_an_unknown_account_get_the_same_page(house: House) -> None:
    await an_account(house)
    pages = []
    for login in ("wang.fang", "nobody.atall"):
        reply = await house.browser().post("/sign-in", {"login": login, "password": "wrong", "next": ""})
        assert reply.status == 422
        pages.append((await reply.text()).replace(login, ""))
        assert "wrong" not in pages[-1].replace("-wrong", "")
    assert pages[0] == pages[1]
    assert "账号或密码不对" in pages[0]


async def test_too_many_tries_are_told_when_to_come_back(house: House) -> None:
    await an_account(house)
    browser = house.browser()
    for _ in range(5):
        await browser.post("/sign-in", {"login": "wang.fang", "password": "wrong"})
    reply = await browser.post("/sign-in", {"login": "wang.fang", "password": LONG})
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0
    assert "请稍等" in await reply.text()


async def test_the_language_is_chosen_on_a_once_links_page_without_using_it_up(house: House) -> None:
    officer = house.desk.bureau.officer.person
    path = f"/sign-in/once/{await house.rooms.sign_in.once_link(officer, house.rooms.now(), timedelta(minutes=5))}"
    browser = house.browser()
    page = await (await browser.get(path)).text()
    assert f'name="back" value="{path}"' in page
    reply = await browser.post("/language", {"lang": "en", "back": path})
    assert (reply.status, reply.headers["Location"]) == (303, path)
    assert '<html lang="en">' in await (await browser.get(path)).text()
    assert (await browser.post(path)).status == 303


async def test_looking_at_a_once_link_does_not_use_it_up(house: House) -> None:
    token = await house.rooms.sign_in.once_link(
        house.desk.bureau.officer.person, house.rooms.now(), timedelta(minutes=5)
    )
    browser = house.browser()
    assert (await browser.get(f"/sign-in/once/{token}")).status == 200
    assert (await browser.post(f"/sign-in/once/{token}")).status == 303
    again = await house.browser().post(f"/sign-in/once/{token}")
    assert again.status == 410
    assert "已经用过或过期" in await again.text()


async def test_signing_in_gives_a_new_session_and_ends_the_former(house: House) -> None:
    browser = await house.signed_in(house.desk.bureau.officer)
    former = browser.cookie(STAFF_COOKIE)
    token = await house.rooms.sign_in.once_link(
        house.desk.bureau.officer.person, house.rooms.now(), timedelta(minutes=5)
    )
    await browser.post(f"/sign-in/once/{token}")
    assert browser.cookie(STAFF_COOKIE) != former
    assert await house.rooms.sign_in.actor(former, house.rooms.now()) is None


async def test_signing_out_ends_the_session_on_the_server_too(house: House) -> None:
    browser = await house.signed_in(house.desk.bureau.officer)
    token = browser.cookie(STAFF_COOKIE)
    reply = await browser.post("/sign-out")
    assert (reply.status, reply.headers["Location"]) == (303, "/sign-in")
    assert browser.cookie(STAFF_COOKIE) == ""
    assert await house.rooms.sign_in.actor(token, house.rooms.now()) is None


async def test_after_a_quarter_of_an_hour_away_one_signs_in_again(house: House) -> None:
    browser = await house.signed_in(house.desk.bureau.officer)
    house.desk.clock.advance(minutes=15)
    assert (await browser.get("/today")).headers["Location"].startswith("/sign-in")


async def test_a_board_that_renews_itself_keeps_nobody_signed_in(house: House) -> None:
    browser = await house.signed_in(house.desk.bureau.officer)
    answers = []
    for _ in range(3):
        house.desk.clock.advance(minutes=5)
        answers.append((await browser.get("/today", {"HX-Request": "true"})).status)
    assert answers == [200, 200, 401]


async def test_a_board_that_renews_itself_takes_the_whole_page_to_sign_in(house: House) -> None:
    reply = await house.browser().get("/today", {"HX-Request": "true"})
    assert (reply.status, reply.headers["HX-Redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize(
    ("who", "where"), [("officer", "/today"), ("counsellor", "/counselling"), ("administrator", "/accounts")]
)
async def test_each_post_has_its_own_front_page(house: House, who: str, where: str) -> None:
    browser = await house.signed_in(getattr(house.desk.bureau, who))
    assert (await browser.get("/")).headers["Location"] == where
    assert (await browser.get(where)).status == 200
    assert (await browser.get("/sign-in")).headers["Location"] == where


async def test_whoever_holds_several_posts_chooses_one_first(house: House) -> None:
    officer, bureau = house.desk.bureau.officer, house.desk.bureau
    second = await house.rooms.people.give_post(
        officer.person, Role.SQUADRON_LEADER, bureau.squadron, house.rooms.now()
    )
    browser = house.browser()
    token = await house.rooms.sign_in.once_link(officer.person, house.rooms.now(), timedelta(minutes=5))
    reply = await browser.post(f"/sign-in/once/{token}")
    assert reply.headers["Location"] == "/post"
    page = await (await browser.get("/post")).text()
    assert "矫正官" in page
    assert "中队长" in page
    former = browser.cookie(STAFF_COOKIE)
    for post, unit in ((officer.post, "河东司法所"), (second.id, "一中队")):
        assert (await browser.post("/post", {"post": post})).status == 303
        assert f"{unit} · 王芳" in await (await browser.get("/today")).text()
    assert await house.rooms.sign_in.actor(former, house.rooms.now()) is None


async def test_a_post_of_somebody_else_is_not_there(house: House) -> None:
    browser = await house.signed_in(house.desk.bureau.officer)
    assert (await browser.post("/post", {"post": house.desk.bureau.director.post})).status == 404
