"""What people type is shown as they typed it and is never markup: every text field, and every page that shows it."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.support.house import Browser, House

pytestmark = pytest.mark.rim

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "%(name)s %s {name}",
    "&lt;b&gt; &amp; &#x3c;",
    "\u2028\u2029 ]]>",
    "=1+1|cmd' /C calc",
]


class Tags(HTMLParser):
    """Every tag of a page with its attributes, as a browser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check(page: str, payload: str) -> None:
    """There are our own scripts and no others, no handlers, no addresses that run, and the data block is data."""
    tags = Tags()
    tags.feed(page)
    for tag, attributes in tags.found:
        assert not any(name.startswith("on") for name in attributes), (payload, tag)
        assert not (attributes.get("href") or "").strip().lower().startswith("javascript:"), payload
        if tag == "script":
            ours = (attributes.get("src") or "").startswith("/static/")
            assert ours or attributes == {"type": "application/json"}, payload
        if tag == "img":
            assert (attributes["src"] or "").startswith("/"), payload
    for block in re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL):
        json.loads(block)
        assert "<" not in block


async def pages_of(browser: Browser, *paths: str) -> list[str]:
    return [await (await browser.get(path)).text() for path in paths]


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_an_officer_types_is_never_markup(house: House, payload: str) -> None:
    bureau = house.desk.bureau
    officer = await house.signed_in(bureau.officer)
    typed = {"name": payload, "id_number": payload, "phone": payload, "level": payload, "office": payload}
    check(await (await officer.post("/people/new", typed)).text(), payload)
    typed = {
        "name": payload, "id_number": "410101199003076545", "phone": "13900139000", "level": "new",
        "office": bureau.office,
    }  # fmt: skip
    added = await officer.post("/people/new", typed)
    case = added.headers.get("Location", "/people")
    for path in (f"{case}/check-ins", "/check-ins/x/conclusion"):
        check(await (await officer.post(path, {"starts_at": payload, "note": payload})).text(), payload)
    check_in = await house.ended_with_footage("contested")
    review = f"/check-ins/{check_in}/review"
    concluded = {"conclusion": "concern", "note": payload}
    check(
        await (await officer.post(f"/check-ins/{check_in}/conclusion", {**concluded, "conclusion": payload})).text(),
        payload,
    )
    await officer.post(f"/check-ins/{check_in}/conclusion", concluded)
    called_off = (await house.desk.scheduled(house.desk.clock.advance(minutes=60))).id
    await officer.post(f"/check-ins/{called_off}/call-off", {"reason": payload})
    check(await (await officer.post("/people", {"q": payload, "level": payload})).text(), payload)
    paths = (case, f"{case}/face", review, f"/check-ins/{called_off}", "/today", "/people")
    for page in await pages_of(officer, *paths):
        check(page, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_an_administrator_types_is_never_markup(house: House, payload: str) -> None:
    bureau = house.desk.bureau
    administrator = await house.signed_in(bureau.administrator)
    for path, typed in (
        ("/accounts/staff", {"name": payload, "login": payload, "password": payload}),
        ("/accounts/staff", {"name": payload, "login": "new.one", "password": "long enough a password"}),
        ("/accounts/units", {"name": payload, "kind": "office", "parent": bureau.squadron}),
        ("/accounts/posts", {"person": payload, "role": payload, "unit": payload}),
    ):
        check(await (await administrator.post(path, typed)).text(), payload)
    (page,) = await pages_of(administrator, "/accounts")
    check(page, payload)
    leader = await house.signed_in(bureau.leader)  # sees the new unit among the offices
    (page,) = await pages_of(leader, "/people/new")
    check(page, payload)


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_stands_in_an_address_is_never_markup(house: House, payload: str) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    stranger = house.browser()
    for browser in (officer, stranger):
        for path in ("/people", "/sign-in", "/nowhere", "/sign-in/once/x"):
            reply = await browser.session.get(
                browser.origin + path, params={"q": payload, "level": payload, "next": payload, payload: payload}
            )
            check(await reply.text(), payload)
    check(
        await (await stranger.post("/sign-in", {"login": payload, "password": payload, "next": payload})).text(),
        payload,
    )
    back = await stranger.post("/language", {"lang": payload, "back": payload})
    assert back.headers["Location"] == "/"
