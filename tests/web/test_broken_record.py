"""A record that somebody has damaged or altered is said where it is met, and takes nobody else's check-in with it."""

import pytest

from cases.review import Conclusion
from checkins.checkin import CheckInId
from tests.support.databases import tamper
from tests.support.house import House

pytestmark = pytest.mark.rim


async def two_that_wait(house: House) -> tuple[CheckInId, CheckInId]:
    """Two ended check-ins of which the second is as it should be."""
    first = await house.ended_with_footage("inconclusive")
    house.desk.clock.advance(minutes=40)
    return first, await house.ended_with_footage("not_matched")


@pytest.mark.parametrize("path", ["/today", "/review"])
@pytest.mark.parametrize(
    ("tampering", "sentence"),
    [
        ("UPDATE ledger_entry SET body = '{' WHERE id = (ENTRY)", "记录读不出来"),
        ("UPDATE ledger_entry SET body = replace(body, 'inconclusive', 'guilty')", "记录读不出来"),
        ("UPDATE ledger_entry SET at = 'at noon' WHERE id = (ENTRY)", "记录读不出来"),
        ("DELETE FROM ledger_entry WHERE id = (ENTRY)", "记录读不出来"),
        ("UPDATE check_in SET entry = NULL WHERE id = 'FIRST'", "记录读不出来"),
        ("UPDATE check_in SET entry = (SELECT entry FROM check_in WHERE id = 'SECOND')", "记录读不出来"),
        ("UPDATE check_in SET identity = 'matched' WHERE id = 'FIRST'", "记录对不上"),
        (
            "UPDATE check_in SET host_post = (SELECT id FROM post WHERE id != host_post LIMIT 1) WHERE id = 'FIRST'",
            "记录对不上",
        ),
        ("DELETE FROM review WHERE entry = (ENTRY)", "系统拿不准"),
    ],
)
async def test_a_broken_record_is_one_row_that_needs_a_person_beside_all_others(
    house: House, tampering: str, sentence: str, path: str
) -> None:
    first, second = await two_that_wait(house)
    entry = f"SELECT entry FROM check_in WHERE id = '{first}'"
    statement = tampering.replace("ENTRY", entry).replace("FIRST", first).replace("SECOND", second)
    await tamper(house.desk.database, statement)
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.get(path)
    assert reply.status == 200
    page = await reply.text()
    assert sentence in page
    assert f"/check-ins/{first}/review" in page
    assert "系统觉得和登记照不像" in page
    assert f"/check-ins/{second}/review" in page
    assert "2 项等着您" in page


@pytest.mark.parametrize("column", ["state", "identity"])
@pytest.mark.parametrize("path", ["/today", "/review", "case"])
async def test_a_state_that_is_none_is_one_damaged_row_beside_all_others(house: House, path: str, column: str) -> None:
    first, second = await two_that_wait(house)
    officer = await house.signed_in(house.desk.bureau.officer)
    await tamper(house.desk.database, f"UPDATE check_in SET {column} = 'guilty' WHERE id = '{first}'")
    reply = await officer.get(path if path != "case" else f"/people/{house.desk.subject.id}")
    assert reply.status == 200
    page = await reply.text()
    assert f"请把编号 {first} 告诉管理员" in page
    assert f"/check-ins/{second}/review" in page
    assert "guilty" not in page
    alone = await officer.get(f"/check-ins/{first}/review")
    assert (alone.status, first in await alone.text()) == (500, True)


async def test_a_choice_that_is_none_breaks_no_list(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    await tamper(house.desk.database, "UPDATE consent SET choice = 'neither'")
    for path in ("/today", "/review", f"/people/{house.desk.subject.id}", f"/check-ins/{check_in}/review"):
        assert (await officer.get(path)).status == 200, path
    assert AT_ODDS in await (await officer.get(f"/check-ins/{check_in}/review")).text()


AT_ODDS = "核查状态和台账对不上"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE check_in SET identity = 'matched'",
        "UPDATE check_in SET host_post = (SELECT id FROM post WHERE id != host_post LIMIT 1)",
        "UPDATE consent SET choice = 'other_way'",
    ],
)
async def test_a_check_in_that_the_ledger_contradicts_says_so(house: House, tampering: str) -> None:
    check_in = await house.ended_with_footage("inconclusive")
    officer = await house.signed_in(house.desk.bureau.officer)
    pages = (f"/check-ins/{check_in}/review", f"/people/{house.desk.subject.id}")
    for page in pages:
        assert AT_ODDS not in await (await officer.get(page)).text()
    await tamper(house.desk.database, tampering)
    for page in pages:
        assert AT_ODDS in await (await officer.get(page)).text()


async def test_a_conclusion_that_was_cut_off_the_ledgers_end_is_missed(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer, actor = await house.signed_in(house.desk.bureau.officer), house.desk.bureau.officer
    await house.rooms.appointments.conclude(actor, check_in, Conclusion.REJECTED, "是他弟弟", house.rooms.now())
    await tamper(house.desk.database, "DELETE FROM ledger_entry WHERE kind = 'conclusion'")
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    assert AT_ODDS in page
    assert "台账里却没有找到" in page
    assert "/conclusion" not in page
    case = await (await officer.get(f"/people/{house.desk.subject.id}")).text()
    assert AT_ODDS in case
    assert "链条完整" not in case


async def test_an_end_that_was_cut_off_the_ledgers_end_is_missed(house: House) -> None:
    check_in = await house.ended_with_footage()
    await tamper(house.desk.database, "DELETE FROM ledger_entry WHERE kind = 'check_in_ended'")
    officer = await house.signed_in(house.desk.bureau.officer)
    for path in ("review", "recordings/subject.webm", "stills/1.jpg"):
        reply = await officer.get(f"/check-ins/{check_in}/{path}")
        assert reply.status == 500
        assert "可能是台账被改动过，请立即报告" in await reply.text()
