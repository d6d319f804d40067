"""The language, which is each browser's own choice, and the other small addresses."""

import pytest

from tests.support.house import House

pytestmark = pytest.mark.rim


async def test_chinese_comes_first_whatever_the_browser_prefers(house: House) -> None:
    reply = await house.browser().get("/sign-in", {"Accept-Language": "en-GB,en;q=0.9"})
    page = await reply.text()
    assert '<html lang="zh-CN">' in page
    assert "工作人员入口" in page


async def test_the_language_is_chosen_in_the_page_head_and_kept(house: House) -> None:
    browser = house.browser()
    reply = await browser.post("/language", {"lang": "en", "back": "/sign-in?next=/people"})
    assert (reply.status, reply.headers["Location"]) == (303, "/sign-in?next=/people")
    page = await (await browser.get("/sign-in")).text()
    assert '<html lang="en">' in page
    assert "for staff" in page
    await browser.post("/language", {"lang": "zh-CN", "back": "/"})
    assert '<html lang="zh-CN">' in await (await browser.get("/sign-in")).text()


async def test_an_unknown_language_is_chinese_and_the_way_back_stays_here(house: House) -> None:
    browser = house.browser()
    reply = await browser.post("/language", {"lang": "xx", "back": "https://elsewhere.example"})
    assert reply.headers["Location"] == "/"
    assert '<html lang="zh-CN">' in await (await browser.get("/sign-in")).text()


async def test_every_page_of_an_officer_speaks_english_when_asked(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    await officer.post("/language", {"lang": "en", "back": "/"})
    pages = {
        "/today": "Needs you",
        "/people": "Register a person",
        f"/people/{house.desk.subject.id}": "Chain is whole",
        f"/check-ins/{check_in}/review": "Why you are asked",
        "/review": "The longest wait is on top",
        "/nowhere": "There is no such page",
    }
    for path, sentence in pages.items():
        assert sentence in await (await officer.get(path)).text(), path


async def test_scripts_get_their_words(house: House) -> None:
    browser = house.browser()
    assert (await (await browser.get("/words.json?lang=en")).json())["已复制"] == "Copied"
    assert await (await browser.get("/words.json?lang=zh-CN")).json() == {}


async def test_a_watchdog_is_answered(house: House) -> None:
    assert await (await house.browser().get("/healthz")).text() == "ok\n"


async def test_the_conversation_is_handed_on(house: House) -> None:
    assert await (await house.browser().get("/signal")).text() == "a conversation"
