"""The subject's pages: a link that looking at does not use up, two equal choices, and one kind refusal a reason."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import ClientResponse

from cases.entries import Drop
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.notice import Choice, notice_in_force
from live.links import LinkTrouble
from live.notices import Language
from tests.support.fake_engine import DARK, JPEG
from tests.support.filed import an_ended_check_in
from tests.support.house import Browser, House
from web.pages.subject import ASK_FOR_ANOTHER, LARGEST_PREVIEW, NO_SESSION, REFUSALS, STOPS, Refusal

pytestmark = pytest.mark.rim

PICTURE = {"Content-Type": "image/jpeg", "Accept": "application/json"}


async def link_to(house: House, check_in: CheckInId | None = None) -> tuple[CheckInId, str]:
    """A check-in and the token of a link to it."""
    desk = house.desk
    check_in = check_in or (await desk.scheduled()).id
    return check_in, await desk.appointments.send_link(desk.bureau.officer, check_in, desk.now)


async def choose(browser: Browser, house: House, token: str, choice: str = "face") -> ClientResponse:
    """Make the choice as the page's form does."""
    version = house.desk.policy.notice.version
    return await browser.post(f"/c/{token}", {"choice": choice, "notice": version})


async def let_in(house: House, choice: str = "face") -> tuple[CheckInId, Browser]:
    """A browser that has used a link."""
    check_in, token = await link_to(house)
    browser = house.browser()
    reply = await choose(browser, house, token, choice)
    assert (reply.status, reply.headers["Location"]) == (303, "/my/check-in")
    return check_in, browser


async def check_refused(reply: ClientResponse, refusal: Refusal) -> None:
    """One refusal, in words, and whom to call."""
    text = unescape(await reply.text())
    assert reply.status == refusal.status
    for sentence in (refusal.title, refusal.text, refusal.ask_title, refusal.ask):
        assert sentence in text


def form_of(text: str) -> str:
    """The page's form, as one string."""
    found = re.search(r"<form class=\"buttons\".*?</form>", text, re.DOTALL)
    assert found, "no form with choices"
    return found[0]


async def test_looking_at_a_link_does_not_use_it_up(house: House) -> None:
    _, token = await link_to(house)
    for _ in range(3):
        assert (await house.browser().get(f"/c/{token}")).status == 200
    assert (await choose(house.browser(), house, token)).status == 303


async def test_beside_each_button_stands_what_choosing_it_agrees_to(house: House) -> None:
    _, token = await link_to(house)
    form = form_of(unescape(await (await house.browser().get(f"/c/{token}")).text()))
    for button, means, words in (
        ("刷脸开始", "face-means", "同意系统用您的脸和登记照比对"),
        ("换一种方式", "other-way-means", "不比对人脸，由矫正官看着视频确认是您"),
    ):
        assert f'aria-describedby="{means}"' in form
        assert f'id="{means}">点“{button}”：{words}' in form
    assert "同意这次通话录像。两种一样算数" in form


async def test_who_is_told_to_call_sees_the_number_of_the_office(house: House) -> None:
    desk, call = house.desk, 'href="tel:057112345678"'
    await house.rooms.organisation.set_phone(desk.bureau.squadron, "0571-12345678", desk.now)
    _, token = await link_to(house)
    browser = house.browser()
    await choose(browser, house, token)
    assert call in await (await browser.get("/my/check-in")).text()
    assert call in await (await house.browser().get(f"/c/{token}")).text()  # used in another browser
    nobodys = await house.browser().get("/c/nonsense")
    assert (nobodys.status, "tel:" in await nobodys.text()) == (404, False)


async def test_the_notice_is_read_whole_before_the_choice(house: House) -> None:
    _, token = await link_to(house)
    text = unescape(await (await house.browser().get(f"/c/{token}")).text())
    notice = notice_in_force(house.desk.policy, Language.ZH)
    for section in notice.sections:
        assert section.heading in text
        assert section.text in text
    assert notice.version in text


async def test_the_two_choices_are_equal(house: House) -> None:
    _, token = await link_to(house)
    form = form_of(await (await house.browser().get(f"/c/{token}")).text())
    buttons = re.findall(r"<button class=\"([^\"]+)\" name=\"choice\" value=\"(\w+)\"", form)
    assert [value for _, value in buttons] == [choice.value for choice in Choice]
    assert len({look for look, _ in buttons}) == 1


async def test_before_the_waiting_room_opens_the_link_says_when(house: House) -> None:
    starts_at = house.desk.now + timedelta(hours=3)
    _, token = await link_to(house, (await house.desk.scheduled(starts_at)).id)
    text = await (await house.browser().get(f"/c/{token}")).text()
    assert "还没到时间" in text
    assert 'name="choice"' not in text
    await check_refused(await choose(house.browser(), house, token), REFUSALS[LinkTrouble.EARLY])


async def test_a_choice_that_is_none_is_not_understood(house: House) -> None:
    _, token = await link_to(house)
    reply = await choose(house.browser(), house, token, "whatever")
    assert reply.status == 400
    assert (await choose(house.browser(), house, token)).status == 303


async def test_a_notice_that_changed_meanwhile_is_shown_again(house: House) -> None:
    _, token = await link_to(house)
    browser = house.browser()
    reply = await browser.post(f"/c/{token}", {"choice": "face", "notice": "2019-01"})
    assert reply.status == 200
    assert "告知书刚刚更新了" in await reply.text()
    assert (await choose(browser, house, token)).status == 303


async def test_each_reason_of_a_wrong_link_has_one_refusal() -> None:
    assert set(REFUSALS) == set(LinkTrouble)
    assert len({refusal.title for refusal in REFUSALS.values()}) == len(REFUSALS)


async def test_a_link_that_nobody_sent_is_unknown(house: House) -> None:
    await check_refused(await house.browser().get("/c/nobody-sent-this"), REFUSALS[LinkTrouble.UNKNOWN])


async def test_a_link_used_on_another_phone_is_refused_there(house: House) -> None:
    _, token = await link_to(house)
    await choose(house.browser(), house, token)
    await check_refused(await house.browser().get(f"/c/{token}"), REFUSALS[LinkTrouble.USED])
    await check_refused(await choose(house.browser(), house, token), REFUSALS[LinkTrouble.USED])


async def test_whoever_taps_their_used_link_again_is_taken_on(house: House) -> None:
    _, token = await link_to(house)
    browser = house.browser()
    await choose(browser, house, token)
    for reply in (await browser.get(f"/c/{token}"), await choose(browser, house, token)):
        assert (reply.status, reply.headers["Location"]) == (303, "/my/check-in")


async def test_an_older_link_points_to_the_newer_one(house: House) -> None:
    check_in, token = await link_to(house)
    await link_to(house, check_in)
    reply = await house.browser().get(f"/c/{token}")
    assert ASK_FOR_ANOTHER not in await reply.text()  # another one would make the one they have old as well
    await check_refused(reply, REFUSALS[LinkTrouble.REPLACED])


async def test_a_link_after_its_window_is_expired(house: House) -> None:
    _, token = await link_to(house)
    window = house.desk.policy.window
    house.desk.clock.advance(minutes=window.length_min + window.grace_min)
    await check_refused(await house.browser().get(f"/c/{token}"), REFUSALS[LinkTrouble.EXPIRED])


async def test_a_link_to_what_was_called_off_says_so(house: House) -> None:
    check_in, token = await link_to(house)
    await house.desk.appointments.call_off(house.desk.bureau.officer, check_in, "改到下周", house.desk.now)
    await check_refused(await house.browser().get(f"/c/{token}"), REFUSALS[LinkTrouble.OVER])


@pytest.mark.parametrize("choice", Choice)
async def test_the_room_knows_the_choice_and_whom_one_will_meet(choice: Choice, house: House) -> None:
    check_in, browser = await let_in(house, choice)
    text = unescape(await (await browser.get("/my/check-in")).text())
    assert f'<fw-checkin check-in="{check_in}" choice="{choice}" officer="{house.desk.bureau.officer.name}"' in text
    assert "现在没有录像，也没有比对。" in text
    assert ("检查用的小图看完就丢" in text) is (choice is Choice.FACE)
    assert ("您选了换一种方式" in text) is (choice is Choice.OTHER_WAY)


@pytest.mark.parametrize("path", ["/my/check-in", "/my/receipt"])
async def test_without_a_link_there_is_no_room(path: str, house: House) -> None:
    await check_refused(await house.browser().get(path), NO_SESSION)


async def test_every_reason_to_stop_stands_on_the_page_once(house: House) -> None:
    _, browser = await let_in(house)
    text = await (await browser.get("/my/check-in")).text()
    reasons = [reason for stop in STOPS for reason in stop.reasons.split()]
    assert len(reasons) == len(set(reasons))
    assert {"elsewhere", "no_session", "not_found", "mistake", "missed", "cancelled"} == set(reasons)
    for stop in STOPS:
        assert f'data-why="{stop.reasons}"' in text


@pytest.mark.parametrize(("picture", "seen"), [(JPEG, []), (DARK, ["too_dark"])])
async def test_a_preview_picture_is_answered_with_hints(picture: bytes, seen: list[str], house: House) -> None:
    _, browser = await let_in(house)
    reply = await browser.post("/my/check-in/look", picture, PICTURE)
    assert json.loads(await reply.text()) == {"faces": 1, "reasons": seen, "ok": not seen}


async def test_with_the_other_way_no_picture_is_taken(house: House) -> None:
    _, browser = await let_in(house, "other_way")
    assert (await browser.post("/my/check-in/look", JPEG, PICTURE)).status == 404
    assert 'class="oval"' not in await (await browser.get("/my/check-in")).text()  # nor is a face asked for


async def test_a_stranger_has_nothing_to_look_at(house: House) -> None:
    assert (await house.browser().post("/my/check-in/look", JPEG, PICTURE)).status == 404


@pytest.mark.parametrize(
    ("picture", "headers", "status"),
    [
        (JPEG, {"Content-Type": "text/plain"}, 415),
        (b"\xff" * (LARGEST_PREVIEW + 1), PICTURE, 413),
    ],
)
async def test_what_no_page_of_ours_sends_is_refused(
    picture: bytes, headers: dict[str, str], status: int, house: House
) -> None:
    _, browser = await let_in(house)
    assert (await browser.post("/my/check-in/look", picture, headers)).status == status


async def test_once_it_is_over_every_way_leads_to_the_receipt(house: House) -> None:
    check_in, token = await link_to(house)
    browser = house.browser()
    await choose(browser, house, token)
    assert (await browser.get("/my/receipt")).headers["Location"] == "/my/check-in"
    closed = await end(house, check_in)
    for path in ("/my/check-in", f"/c/{token}"):
        reply = await browser.get(path)
        assert reply.status == 303
    assert (await browser.get("/my/check-in")).headers["Location"] == "/my/receipt"
    text = await (await browser.get("/my/receipt")).text()
    assert closed in text
    assert "网络或系统原因，不算您的问题" in text


async def end(house: House, check_in: CheckInId) -> str:
    """End the call with a connection that was away for twelve seconds; the receipt's code."""
    desk = house.desk
    for cue in (CheckInCue.SUBJECT_ARRIVED, CheckInCue.ADMITTED):
        await desk.progress.walk(check_in, cue, desk.now)
    ended = an_ended_check_in(check_in, desk.bureau.officer.post)
    body = replace(ended, drops=(Drop("subject", 10.0, 22.0),))
    closed = await desk.progress.close_and_file(check_in, body, desk.clock.advance(minutes=5))
    assert closed.appointment.check_in.state is CheckInState.ENDED
    return closed.receipt.code
