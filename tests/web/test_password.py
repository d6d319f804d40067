"""One's own password: the old one is asked, sessions elsewhere end, and each try is in the audit log."""

import pytest

from accounts.actor import PersonId, Role
from tests.support.house import Browser, House

pytestmark = pytest.mark.rim

FORMER, WANTED = "一句只有自己知道的话 2026", "另一句只有自己知道的话"


async def an_account(house: House) -> PersonId:
    person = await house.rooms.people.add_staff("wang.fang", "王芳", FORMER, house.rooms.now())
    await house.rooms.people.give_post(person.id, Role.OFFICER, house.desk.bureau.office, house.rooms.now())
    return person.id


async def signed_in(house: House, password: str = FORMER) -> Browser:
    browser = house.browser()
    assert (await browser.post("/sign-in", {"login": "wang.fang", "password": password})).status == 303
    return browser


def typed(former: str = FORMER, wanted: str = WANTED, again: str | None = None) -> dict[str, str]:
    return {"former": former, "password": wanted, "again": wanted if again is None else again}


async def test_a_new_password_counts_and_the_old_one_no_more(house: House) -> None:
    person = await an_account(house)
    here, elsewhere = await signed_in(house), await signed_in(house)
    assert "/password" in await (await here.get("/today")).text()
    reply = await here.post("/password", typed())
    assert (reply.status, "密码已经改好" in await reply.text()) == (200, True)
    assert (await here.get("/today")).status == 200
    assert (await elsewhere.get("/today")).headers["Location"].startswith("/sign-in")
    assert (await house.verbs(f"staff/{person}"))[-1] == "change_password"
    refused = await house.browser().post("/sign-in", {"login": "wang.fang", "password": FORMER})
    assert refused.status == 422
    await signed_in(house, WANTED)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (typed(former="not it at all"), "现在的密码不对"),
        (typed(wanted="tiny7"), "这个密码只有 5 个字符，至少要 10 个"),
        (typed(wanted="x" * 129), "这个密码有 129 个字符，最多 128 个"),
        (typed(wanted=FORMER), "新密码和现在的一样"),
        (typed(again="something else"), "两次输入的新密码不一样"),
        ({}, "现在的密码不对"),
    ],
)
async def test_what_does_not_fit_changes_nothing(house: House, form: dict[str, str], sentence: str) -> None:
    await an_account(house)
    here, elsewhere = await signed_in(house), await signed_in(house)
    reply = await here.post("/password", form)
    page = await reply.text()
    assert (reply.status, sentence in page) == (422, True)
    assert not any(value in page for value in form.values() if value)
    assert ("密码不会留在页面上" in page, "您填的内容都还在" in page) == (True, False)
    assert (await elsewhere.get("/today")).status == 200
    await signed_in(house)


async def test_a_wrong_old_password_is_in_the_audit_log_and_cannot_be_guessed_at(house: House) -> None:
    """Whoever finds a desk unlocked shall not learn the password, nor change it."""
    person = await an_account(house)
    here = await signed_in(house)
    for _ in range(5):
        await here.post("/password", typed(former="wrong"))
    reply = await here.post("/password", typed())
    assert (reply.status, "请稍等" in await reply.text()) == (422, True)
    assert (await house.verbs(f"staff/{person}")).count("change_password") == 5


async def test_who_has_no_password_yet_cannot_give_themselves_one(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post("/password", typed(former=""))
    assert (reply.status, "现在的密码不对" in await reply.text()) == (422, True)
