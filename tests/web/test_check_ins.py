"""One check-in before it has ended: its link shown once, the way into the call, calling it off, why it was missed."""

import re

import pytest

from cases.entries import CheckInMissed
from checkins.checkin import CheckInState
from tests.support.fake_engine import JPEG
from tests.support.house import House

pytestmark = pytest.mark.rim

PASTED = "本人\0住院，\x1b[2J\x9b\u202e明天\u2066再约\u2069。\r\n\t家属来电"
AS_KEPT = "本人住院，[2J明天再约。\n\t家属来电"
LINK = re.compile(r'value="(http[^"]+/c/[\w-]{43})"')


async def test_a_link_is_shown_once_with_a_code_to_scan(house: House) -> None:
    check_in = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    sent = await (await officer.post(f"/check-ins/{check_in}/link")).text()
    link = LINK.search(sent)
    assert link
    assert link[1].startswith(officer.origin)
    assert "<svg" in sent[sent.index('class="qr"') :]
    later = await (await officer.get(f"/check-ins/{check_in}")).text()
    assert not LINK.search(later)
    assert "再发链接" in later


async def test_a_new_link_replaces_the_one_before(house: House) -> None:
    check_in = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    first, second = [LINK.search(await (await officer.post(f"/check-ins/{check_in}/link")).text()) for _ in range(2)]
    assert first
    assert second
    phone = house.browser()
    assert (await phone.get(first[1].removeprefix(phone.origin))).status == 410
    assert (await phone.get(second[1].removeprefix(phone.origin))).status == 200


async def test_no_link_is_sent_when_it_is_too_late(house: House) -> None:
    check_in = await house.desk.in_state(CheckInState.LIVE)
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/check-ins/{check_in}/link")
    assert reply.status == 422
    assert "不能再发链接" in await reply.text()


async def test_calling_off_needs_a_reason_and_shows_it(house: House) -> None:
    check_in = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/check-ins/{check_in}/call-off", {"reason": "  "})
    assert reply.status == 422
    assert "请写明原因" in await reply.text()
    assert (await officer.post(f"/check-ins/{check_in}/call-off", {"reason": "本人住院"})).status == 303
    page = await (await officer.get(f"/check-ins/{check_in}")).text()
    assert "已取消" in page
    assert "本人住院" in page


async def test_what_nobody_can_see_of_a_reason_is_not_kept(house: House) -> None:
    missed = await house.desk.in_state(CheckInState.MISSED)
    called_off = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    await officer.post(f"/check-ins/{called_off}/call-off", {"reason": PASTED})
    actor, now = house.desk.bureau.officer, house.desk.now
    kept = await house.rooms.appointments.get(actor, called_off, now)
    assert kept.appointment.called_off_because == AS_KEPT
    await officer.post(f"/check-ins/{missed}/missed", {"reason": PASTED})
    filed = (await house.rooms.ledger.entries(house.desk.subject.id))[-1].body
    assert isinstance(filed, CheckInMissed)
    assert filed.reason == AS_KEPT
    page = await (await officer.get(f"/check-ins/{called_off}")).text()
    assert not set(page) & set("\0\x1b\x9b\u202e\u2066\u2069")


async def test_a_reason_of_which_nothing_can_be_seen_is_missing(house: House) -> None:
    missed = await house.desk.in_state(CheckInState.MISSED)
    scheduled = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    for check_in, act in ((scheduled, "call-off"), (missed, "missed")):
        reply = await officer.post(f"/check-ins/{check_in}/{act}", {"reason": "\0\u202e"})
        assert reply.status == 422
        assert "请写明原因" in await reply.text()


async def test_calling_off_twice_is_out_of_turn(house: House) -> None:
    check_in = await house.desk.in_state(CheckInState.CANCELLED)
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/check-ins/{check_in}/call-off", {"reason": "再取消一次"})
    assert reply.status == 409
    assert "现在不能做这一步" in await reply.text()


async def test_a_miss_is_filed_with_the_reason_a_person_found(house: House) -> None:
    check_in = await house.desk.in_state(CheckInState.MISSED)
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}")).text()
    assert "这次为什么没有核查" in page
    assert (await officer.post(f"/check-ins/{check_in}/missed", {"reason": ""})).status == 422
    assert (await officer.post(f"/check-ins/{check_in}/missed", {"reason": "村里停电"})).status == 303
    assert "这次为什么没有核查" not in await (await officer.get(f"/check-ins/{check_in}")).text()


@pytest.mark.parametrize(
    ("state", "door"),
    [
        (CheckInState.SCHEDULED, "先进去等"),
        (CheckInState.WAITING, "去请进"),
        (CheckInState.LIVE, "回到通话"),
        (CheckInState.INTERRUPTED, "回到通话"),
        (CheckInState.CANCELLED, None),
        (CheckInState.MISSED, None),
    ],
)
async def test_the_way_into_the_call_is_open_while_there_may_be_one(
    house: House, state: CheckInState, door: str | None
) -> None:
    check_in = await house.desk.in_state(state)
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}")).text()
    assert (f"/check-ins/{check_in}/live" in page) is (door is not None)
    assert door is None or door in page
    live = await officer.get(f"/check-ins/{check_in}/live")
    assert live.status == (200 if door else 303)


async def test_the_room_says_whom_it_is_with_and_masks_the_number(house: House) -> None:
    check_in = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}/live")).text()
    subject = house.desk.subject
    assert f'<fw-live check-in="{check_in}" subject="张*伟" full-name="{subject.name}"' in page
    assert f'id-number="{subject.masked_id_number}"' in page
    assert subject.id_number not in page
    assert "portrait.jpg" not in page  # of somebody who has none


async def test_the_room_has_the_reference_picture_to_compare_by_eye(house: House) -> None:
    officer, subject = house.desk.bureau.officer, house.desk.subject
    await house.rooms.enrolments.enrol(officer, subject.id, [JPEG] * 3, house.rooms.now())
    check_in = (await house.desk.scheduled()).id
    browser = await house.signed_in(officer)
    page = await (await browser.get(f"/check-ins/{check_in}/live")).text()
    assert f'portrait="/people/{subject.id}/face/portrait.jpg"' in page


async def test_a_whole_number_is_shown_on_request_and_whoever_asked_is_on_record(house: House) -> None:
    check_in = (await house.desk.scheduled()).id
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/check-ins/{check_in}/id-number")
    assert await reply.json() == {"id_number": house.desk.subject.id_number}
    assert (await house.verbs(f"check-in/{check_in}"))[-1] == "see_id_number"


async def test_once_ended_the_page_leads_to_the_review(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    assert f"/check-ins/{check_in}/review" in await (await officer.get(f"/check-ins/{check_in}")).text()


async def test_every_look_at_a_check_in_is_in_the_audit_log(house: House) -> None:
    check_in = await house.desk.in_state(CheckInState.WAITING)
    officer = await house.signed_in(house.desk.bureau.officer)
    for path, verb in ((f"/check-ins/{check_in}", "open_check_in"), (f"/check-ins/{check_in}/live", "open_live")):
        assert (await officer.get(path)).status == 200
        assert (await house.verbs(f"check-in/{check_in}"))[-1] == verb
    refused = await officer.post(f"/check-ins/{check_in}/call-off", {"reason": ""})
    assert "张*伟" in await refused.text()
    assert (await house.verbs(f"check-in/{check_in}")).count("open_check_in") == 2
