"""Who gets which page: every route, every role, the own area and a foreign one; a new route without a row fails."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pytest
from aiohttp import ClientResponse

from accounts.actor import Actor
from tests.support.house import Browser, House
from web.security import HEADERS

pytestmark = pytest.mark.rim

Answer = Literal["yes", "no", "sign in"]

SEEING = {"director", "captain", "leader", "officer", "assistant"}
REVIEWING = SEEING - {"assistant"}
HOSTING = {"captain", "leader", "officer"}
SCHEDULING = {"leader", "officer", "assistant"}
IN_CHARGE = {"leader", "officer"}
STAFF = SEEING | {"counsellor", "administrator"}
NOBODY: set[str] = set()
MANAGING = {"leader", "administrator"}
WATCHING = {"director", "captain", "leader", "officer"}

# Method and path of every route, and who of the first squadron's people is answered. About its own area the officer
# of the other squadron may do what any officer may: that is the second table. `{s}` is a subject, `{c}` a check-in.
ABOUT_A_CASE: Mapping[tuple[str, str], set[str]] = {
    ("GET", "/people/{s}"): SEEING,
    ("POST", "/people/{s}/check-ins"): SCHEDULING,
    ("GET", "/people/{s}/face"): IN_CHARGE,
    ("POST", "/people/{s}/face"): IN_CHARGE,
    ("POST", "/people/{s}/face/look"): IN_CHARGE,
    ("GET", "/people/{s}/face/portrait.jpg"): SEEING,
    ("GET", "/check-ins/{c}"): SEEING,
    ("POST", "/check-ins/{c}/link"): SCHEDULING,
    ("POST", "/check-ins/{c}/call-off"): SCHEDULING,
    ("POST", "/check-ins/{c}/missed"): IN_CHARGE,
    ("GET", "/check-ins/{c}/live"): HOSTING,
    ("POST", "/check-ins/{c}/id-number"): HOSTING,
    ("GET", "/check-ins/{c}/review"): REVIEWING,
    ("POST", "/check-ins/{c}/conclusion"): IN_CHARGE,
    ("POST", "/check-ins/{c}/correction"): IN_CHARGE,
    ("GET", "/check-ins/{c}/recordings/subject.webm"): REVIEWING,
    ("GET", "/check-ins/{c}/recordings/subject.mkv"): NOBODY,  # what is sealed there is a WebM
    ("GET", "/check-ins/{c}/recordings/subject.mp4"): NOBODY,  # until it is made; the next line lets the same people
    ("POST", "/check-ins/{c}/recordings/subject/copy"): REVIEWING,
    ("GET", "/check-ins/{c}/stills/1.jpg"): REVIEWING,
}
ABOUT_NO_CASE: Mapping[tuple[str, str], set[str]] = {
    ("GET", "/today"): SEEING,
    ("GET", "/people"): SEEING,
    ("POST", "/people"): SEEING,
    ("GET", "/people/new"): IN_CHARGE,
    ("POST", "/people/new"): IN_CHARGE,
    ("GET", "/review"): REVIEWING,
    ("GET", "/lessons"): SEEING,
    ("GET", "/lessons/new"): SCHEDULING,
    ("POST", "/lessons"): SCHEDULING,
    ("GET", "/counselling"): {"counsellor"},
    ("GET", "/accounts"): {"administrator"},
    ("POST", "/accounts/staff"): {"administrator"},
    ("POST", "/accounts/posts"): {"administrator"},
    ("POST", "/accounts/posts/0/end"): {"administrator"},
    ("POST", "/accounts/units"): {"administrator"},
    ("GET", "/devices"): WATCHING | MANAGING,
    ("POST", "/devices"): MANAGING,
    ("POST", "/accounts/units/1/phone"): {"administrator"},
    ("GET", "/post"): STAFF,
    ("GET", "/password"): STAFF,
    ("POST", "/password"): STAFF,
    ("POST", "/post"): NOBODY,  # of the posts that are not one's own, which is the one sent here
}
# `{d}` is a device of the first office, `{r}` a recording of it.
ABOUT_A_DEVICE: Mapping[tuple[str, str], set[str]] = {
    ("GET", "/devices/{d}"): WATCHING | MANAGING,
    ("GET", "/devices/{d}/live"): WATCHING,
    ("GET", "/devices/{d}/state"): WATCHING,
    ("GET", "/devices/{d}/recordings/{r}"): WATCHING,
    ("GET", "/devices/{d}/recordings/{r}.webm"): WATCHING,
    ("GET", "/devices/{d}/recordings/{r}.mkv"): WATCHING,
    ("GET", "/devices/{d}/recordings/{r}.mp4"): NOBODY,  # until it is made; the next line lets the same people
    ("POST", "/devices/{d}/recordings/{r}/copy"): WATCHING,
    ("POST", "/devices/{d}/renew"): MANAGING,
    ("POST", "/devices/{d}/revoke"): MANAGING,
}
ABOUT_A_LESSON: Mapping[tuple[str, str], set[str]] = {
    ("GET", "/lessons/{l}"): SEEING,
    ("POST", "/lessons/{l}/links"): SCHEDULING,
    ("POST", "/lessons/{l}/links/1"): SCHEDULING,
    ("GET", "/lessons/{l}/live"): SCHEDULING,
    ("GET", "/lessons/{l}/recordings/teacher.webm"): NOBODY,  # there is none before its end
    ("GET", "/lessons/{l}/recordings/teacher.mkv"): NOBODY,
    ("POST", "/lessons/{l}/call-off"): SCHEDULING,
}
# Open to whoever comes; what they do with a session is their own tests' matter.
PUBLIC = {
    "/",
    "/sign-in",
    "/sign-in/once/{token}",
    "/sign-out",
    "/language",
    "/words.json",
    "/healthz",
    "/signal",
    "/static/{version}/{name}",
    "/c/{token}",
    "/my/check-in",
    "/my/check-in/look",
    "/my/receipt",
    "/signal/lesson",
    "/l/{token}",
    "/my/lesson",
}
FIELDS = {
    "/people/{s}/check-ins": {"starts_at": "2026-12-01T10:00"},
    "/check-ins/{c}/call-off": {"reason": "改期"},
    "/check-ins/{c}/missed": {"reason": "停电"},
    "/check-ins/{c}/conclusion": {"conclusion": "confirmed"},
    "/check-ins/{c}/correction": {"conclusion": "confirmed"},  # without a reason: told so, or not answered
    "/post": {"post": "0" * 20},
}


@dataclass(frozen=True, slots=True)
class Ids:
    """What a path is filled with."""

    s: str = ""
    c: str = ""
    d: str = ""
    r: str = ""
    lesson: str = ""


def answer_of(reply: ClientResponse) -> Answer:
    """What the status amounts to. What is out of turn or badly filled in was let through to be told so."""
    if reply.status == 404:
        return "no"
    if reply.status == 401 or reply.headers.get("Location", "").startswith("/sign-in"):
        return "sign in"
    assert reply.status in {200, 303, 409, 415, 422}, f"{reply.method} {reply.url.path}: {reply.status}"
    return "yes"


async def ask(browser: Browser, route: tuple[str, str], ids: Ids) -> Answer:
    """One request, whose answer carries the headers like every answer."""
    method, path = route
    target = path.format(s=ids.s, c=ids.c, d=ids.d, r=ids.r, l=ids.lesson)
    if method == "GET":
        reply = await browser.get(target)
    else:
        reply = await browser.post(target, FIELDS.get(path, {"nothing": ""}))
    missing = {name for name in HEADERS if name not in reply.headers}
    assert not missing, f"{route}: without {missing}"
    assert reply.headers["Cache-Control"] == "no-store", route
    return answer_of(reply)


async def check(house: House, table: Mapping[tuple[str, str], set[str]], ids: Ids, who: Mapping[str, Actor]) -> None:
    """Every route for each of `who`; the table says for whom there is an answer, for all others it is "no"."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, actor in who.items():
        browser = await house.signed_in(actor)
        for route in table:
            answer = await ask(browser, route, ids)
            assert answer != "sign in", (name, route)
            found.setdefault(route, set()).update({name} if answer == "yes" else ())
    assert found == {route: allowed & who.keys() for route, allowed in table.items()}


def people_of(house: House) -> dict[str, Actor]:
    bureau = house.desk.bureau
    names = ("director", "captain", "leader", "officer", "assistant", "counsellor", "administrator")
    return {name: getattr(bureau, name) for name in names}


async def ended(house: House) -> Ids:
    """A case with an enrolled face, and a check-in of it that has ended with everything on file."""
    device, recording = await house.a_device_with_a_recording()
    return Ids(house.desk.subject.id, await house.ended_with_footage(), device, recording)


async def test_each_role_is_answered_about_its_own_area_as_its_post_allows(house: House) -> None:
    ids = await ended(house)
    await check(house, ABOUT_A_CASE, ids, people_of(house))


async def test_each_role_is_answered_about_a_device_of_its_own_area_as_its_post_allows(house: House) -> None:
    ids = await ended(house)
    await check(house, ABOUT_A_DEVICE, ids, people_of(house))


async def test_nobody_is_answered_about_a_foreign_area(house: House) -> None:
    ids = await ended(house)
    foreign = dict.fromkeys((*ABOUT_A_CASE, *ABOUT_A_DEVICE), NOBODY)
    await check(house, foreign, ids, {"other officer": house.desk.bureau.other_officer})


async def test_each_role_is_answered_about_no_case_as_its_post_allows(house: House) -> None:
    await check(house, ABOUT_NO_CASE, Ids(), people_of(house))


async def a_lesson(house: House) -> Ids:
    """One that is planned for one person."""
    desk, now = house.desk, house.rooms.now()
    lesson = await house.rooms.lessons.plan(desk.bureau.officer, "法律", now, [desk.subject.id], now)
    return Ids(lesson=lesson)


async def test_each_role_is_answered_about_a_lesson_of_its_area_as_its_post_allows(house: House) -> None:
    await check(house, ABOUT_A_LESSON, await a_lesson(house), people_of(house))


async def test_a_foreign_lesson_is_nobodys(house: House) -> None:
    foreign = dict.fromkeys(ABOUT_A_LESSON, NOBODY)
    await check(house, foreign, await a_lesson(house), {"other officer": house.desk.bureau.other_officer})


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(house: House) -> None:
    ids = replace(await ended(house), lesson=(await a_lesson(house)).lesson)
    browser = house.browser()
    routes = (*ABOUT_A_CASE, *ABOUT_A_DEVICE, *ABOUT_NO_CASE, *ABOUT_A_LESSON)
    answers = {route: await ask(browser, route, ids) for route in routes}
    assert set(answers.values()) == {"sign in"}


async def test_what_is_foreign_looks_exactly_like_what_does_not_exist(house: House) -> None:
    ids = await ended(house)
    stranger = await house.signed_in(house.desk.bureau.other_officer)
    for method, path in (*ABOUT_A_CASE, *ABOUT_A_DEVICE):
        pages = []
        for those in (ids, Ids(*["0" * 20] * 4), Ids(*["not an id"] * 4)):
            target, fields = path.format(s=those.s, c=those.c, d=those.d, r=those.r), FIELDS.get(path, {"nothing": ""})
            reply = await (stranger.get(target) if method == "GET" else stranger.post(target, fields))
            pages.append((reply.status, await reply.text()))
        assert pages[0] == pages[1] == pages[2], path
        assert pages[0][0] == 404


async def test_a_post_that_has_ended_opens_nothing_from_that_moment(house: House) -> None:
    ids = await ended(house)
    officer = await house.signed_in(house.desk.bureau.officer)
    assert (await officer.get(f"/people/{ids.s}")).status == 200
    await house.rooms.people.end_post(house.desk.bureau.officer.post, house.rooms.now())
    reply = await officer.get(f"/people/{ids.s}")
    assert reply.headers["Location"].startswith("/sign-in")


async def test_every_route_has_its_row(house: House) -> None:
    shape = {("s", "{subject}"), ("c", "{check_in}"), ("d", "{device}"), ("r", "{recording}"), ("l", "{lesson}")}
    known = set(PUBLIC)
    for _, path in (*ABOUT_A_CASE, *ABOUT_A_DEVICE, *ABOUT_NO_CASE, *ABOUT_A_LESSON):
        for short, name in shape:
            path = path.replace("{" + short + "}", name)
        known.add(
            path.replace("recordings/subject", "recordings/{seat}")
            .replace("/1.jpg", "/{n}.jpg")
            .replace("/links/1", "/links/{place}")
            .replace("/teacher.", "/{seat}.")
            .replace("/0/", "/{post}/")
            .replace("/units/1/", "/units/{unit}/")
        )
    routes = {resource.canonical for resource in house.server.app.router.resources()}
    assert routes == known
