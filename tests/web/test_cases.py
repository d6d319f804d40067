"""The page of one case: what is on file, whether its chain is whole, and a check-in to come."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from cases.entries import LessonAttended, Stay
from cases.ledger import append_in
from cases.review import Conclusion
from tests.support.house import House

pytestmark = pytest.mark.rim


async def test_a_check_in_is_scheduled_at_the_time_on_the_wall_in_china(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/people/{house.desk.subject.id}/check-ins", {"starts_at": "2026-11-24T09:30"})
    assert reply.status == 303
    page = await (await officer.get(reply.headers["Location"])).text()
    assert "11 月 24 日 星期二 09:30" in page
    assert "生成链接" in page


@pytest.mark.parametrize(
    ("starts_at", "sentence"),
    [
        ("", "请选一个日期和时间。"),
        ("tomorrow", "请选一个日期和时间。"),
        ("2026-11-20T09:30", "这个时间已经过了"),
        ("2026-11-24T09:40", "已经安排了一次核查"),
    ],
)
async def test_a_time_that_cannot_be_is_told_why(house: House, starts_at: str, sentence: str) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/people/{house.desk.subject.id}/check-ins"
    await officer.post(path, {"starts_at": "2026-11-24T09:30"})
    reply = await officer.post(path, {"starts_at": starts_at})
    assert reply.status == 422
    page = await reply.text()
    assert sentence in page
    assert f'value="{starts_at}"' in page


async def test_what_is_on_file_is_shown_with_who_did_it_and_its_digest(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer_actor, now = house.desk.bureau.officer, house.rooms.now()
    await house.rooms.appointments.conclude(officer_actor, check_in, Conclusion.CONCERN, "口音不像", now)
    entries = await house.rooms.ledger.entries(house.desk.subject.id)
    officer = await house.signed_in(officer_actor)
    page = await (await officer.get(f"/people/{house.desk.subject.id}")).text()
    for expected in ("登记了人脸", "视频核查结束", "人工核验结论", "是本人，但有疑点", "链条完整", "王芳"):
        assert expected in page
    for entry in entries:
        assert entry.digest[:8] in page


async def test_a_lesson_on_file_says_which_it_was_how_long_they_were_there_and_leads_to_it(house: House) -> None:
    at, post = house.rooms.now(), house.desk.bureau.officer.post
    stays = (Stay(0.0, 60.0, "connection"), Stay(70.0, 135.0, "lesson_over"))
    attended = LessonAttended("l1", "社区矫正法第四章", 3, at, at, at, "teacher", post, None, stays, (), ())
    async with house.desk.database.transaction() as session:
        await append_in(session, house.desk.subject.id, attended, post, at)
        await append_in(session, house.desk.subject.id, replace(attended, lesson="l2", stays=()), post, at)
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/people/{house.desk.subject.id}")).text()
    for expected in ('href="/lessons/l1">社区矫正法第四章', "2 分 5 秒", "没有到课记录"):
        assert expected in page


async def test_a_ledger_that_was_altered_is_not_passed_over_in_silence(house: House) -> None:
    check_in = await house.ended_with_footage()
    async with house.desk.database.transaction() as session:
        await session.execute(text("DROP TRIGGER IF EXISTS ledger_entry_no_update"))
        for (name,) in (
            await session.execute(
                text("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='ledger_entry'")
            )
        ).all():
            await session.execute(text(f"DROP TRIGGER {name}"))
        await session.execute(text("UPDATE ledger_entry SET body = replace(body, 'no_match', 'match')"))
    officer = await house.signed_in(house.desk.bureau.officer)
    assert "台账被改动过" in await (await officer.get(f"/people/{house.desk.subject.id}")).text()
    assert "台账被改动过" in await (await officer.get(f"/check-ins/{check_in}/review")).text()


async def test_who_may_only_look_is_offered_nothing_to_change(house: House) -> None:
    director = await house.signed_in(house.desk.bureau.director)
    page = await (await director.get(f"/people/{house.desk.subject.id}")).text()
    assert "安排视频核查" not in page
    assert "登记人脸" not in page
