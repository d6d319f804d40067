"""Review: the reasons in words, a conclusion by a person with a note where it is needed, and every view on record."""

import json
import re
from dataclasses import replace

import pytest

from accounts.actor import PostId
from cases.entries import Concluded, FileCited, StillFiled
from cases.review import Conclusion
from checkins.checkin import CheckInId
from checkins.standing import Shown
from tests.support.filed import an_ended_check_in
from tests.support.house import House
from web.pages.review import stills_to_show
from web.wording import SHOWN

pytestmark = pytest.mark.rim


async def test_what_waits_is_in_the_queue_with_its_reason(house: House) -> None:
    check_in = await house.ended_with_footage("not_matched")
    house.desk.clock.advance(minutes=12)
    officer = await house.signed_in(house.desk.bureau.officer)
    for path in ("/review", "/today"):
        page = await (await officer.get(path)).text()
        assert f"/check-ins/{check_in}/review" in page
        assert "系统觉得和登记照不像" in page
        assert "12 分钟" in page
        assert 'aria-label="1 项等着您"' in page


async def test_an_empty_queue_is_good_news(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    assert "都看过了" in await (await officer.get("/review")).text()


async def test_the_review_page_says_why_beside_pictures_of_then_and_now(house: House) -> None:
    check_in = await house.ended_with_footage("contested")
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    for expected in (
        "为什么请您看",
        "系统前后不一致",
        "没有做活体检测",
        f"/people/{house.desk.subject.id}/face/portrait.jpg",
        f"/check-ins/{check_in}/stills/2.jpg",
        "您的查看会被记录",
        "机器只给线索",
        "张*伟",
    ):
        assert expected in page
    assert house.desk.subject.name not in page


async def test_the_player_is_given_everything_on_one_clock(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    block = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert block
    footage = json.loads(block[1])
    assert set(footage) == {"recordings", "stills", "gaps", "drops", "pauses", "mutes", "weak", "notes", "duration_s"}
    assert footage["recordings"] == [
        {
            "seat": "subject",
            "url": f"/check-ins/{check_in}/recordings/subject.webm",
            "seconds": 288.0,
            "starts_at_s": 0.4,
            "sizes": [
                {"from_s": 0.4, "width": 640, "height": 480},
                {"from_s": 112.3, "width": 320, "height": 240},
            ],
        }
    ]
    assert [still["n"] for still in footage["stills"]] == [1, 2]
    assert footage["stills"][1]["url"] == f"/check-ins/{check_in}/stills/2.jpg"
    assert footage["drops"][0] == {"seat": "subject", "from_s": 100.0, "to_s": 112.0, "cause": "connection"}
    assert footage["pauses"] == [{"seat": "subject", "from_s": 200.0, "to_s": 230.0}]
    assert footage["mutes"] == [{"seat": "subject", "kind": "audio", "from_s": 60.0, "to_s": 75.0}]
    assert footage["weak"] == [
        {"seat": "subject", "from_s": 90.0, "to_s": 100.0, "loss": 0.21, "rtt_ms": 420, "kbit_s": 180}
    ]
    assert footage["notes"] == [{"at_s": 52.0, "text": "近况平稳，在找工作"}]
    assert footage["duration_s"] == 300.0


async def test_opening_the_page_is_in_the_audit_log(house: House) -> None:
    check_in = await house.ended_with_footage()
    director = await house.signed_in(house.desk.bureau.director)
    await director.get(f"/check-ins/{check_in}/review")
    assert (await house.verbs(f"check-in/{check_in}"))[-1] == "review"


@pytest.mark.parametrize(
    ("conclusion", "note", "shown"),
    [
        (Conclusion.CONFIRMED, "", Shown.CONFIRMED),
        (Conclusion.CONFIRMED, "一眼就是", Shown.CONFIRMED),
        (Conclusion.CONCERN, "旁边有人提示", Shown.CONCERN),
        (Conclusion.REJECTED, "是他弟弟", Shown.REJECTED),
    ],
)
async def test_a_conclusion_is_filed_and_signed(house: House, conclusion: Conclusion, note: str, shown: Shown) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/check-ins/{check_in}/review"
    await officer.get(path)
    reply = await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": conclusion, "note": note})
    assert (reply.status, reply.headers["Location"]) == (303, path)
    page = await (await officer.get(path)).text()
    assert SHOWN[shown].text in page
    assert "河东司法所 · 王芳（矫正官）" in page
    assert note in page
    last = (await house.rooms.ledger.entries(house.desk.subject.id))[-1]
    assert isinstance(last.body, Concluded)
    assert (last.body.conclusion, last.body.note, last.by) == (conclusion, note, house.desk.bureau.officer.post)


@pytest.mark.parametrize(
    ("conclusion", "note", "sentence"),
    [
        ("concern", "", "请写一句说明"),
        ("rejected", "   ", "请写一句说明"),
        ("rejected", "长" * 2001, "说明太长了"),
        ("", "随便", "请在三个结论里选一个"),
        ("certainly", "", "请在三个结论里选一个"),
    ],
)
async def test_a_conclusion_that_lacks_something_comes_back(
    house: House, conclusion: str, note: str, sentence: str
) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": conclusion, "note": note})
    assert reply.status == 422
    page = await reply.text()
    assert sentence in page
    assert note.strip() in page
    assert "conclude" not in await house.verbs(f"check-in/{check_in}")


async def test_what_nobody_can_see_of_a_note_is_not_kept(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    typed = {"conclusion": "concern", "note": "口型\0对不上，\x1b[2J\u202e左耳\u2066看不清\u2069。\r\n再约"}
    assert (await officer.post(f"/check-ins/{check_in}/conclusion", typed)).status == 303
    filed = (await house.rooms.ledger.entries(house.desk.subject.id))[-1].body
    assert isinstance(filed, Concluded)
    assert filed.note == "口型对不上，[2J左耳看不清。\n再约"
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    assert not set(page) & set("\0\x1b\u202e\u2066\u2069")


async def test_a_doubt_of_which_nothing_can_be_seen_is_missing(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    typed = {"conclusion": "rejected", "note": "\0\u202e"}
    reply = await officer.post(f"/check-ins/{check_in}/conclusion", typed)
    assert reply.status == 422
    assert "请写一句说明" in await reply.text()


async def test_one_click_concludes_nothing(house: House) -> None:
    """Each conclusion opens what it means; the button that files it is inside, and says which one it files."""
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get(f"/check-ins/{check_in}/review")).text()
    form = re.search(r'<form[^>]*/conclusion".*?</form>', page, re.DOTALL)
    assert form
    closed = re.findall(r'<details class="conclude" name="conclusion">(.*?)</details>', form[0], re.DOTALL)
    assert len(closed) == form[0].count("<button") == 3
    for text, inside in zip(("是本人", "是本人，但有疑点", "不是本人"), closed, strict=True):
        assert f"确认记下：{text}</button>" in inside
        assert "记下以后不能删除；写错了只能更正" in inside


async def test_what_came_back_stays_opened(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": "concern"})).text()
    assert page.count('<details class="conclude" name="conclusion" open>') == 1


async def test_a_conclusion_is_corrected_with_a_reason_and_both_are_shown(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer, path = await house.signed_in(house.desk.bureau.officer), f"/check-ins/{check_in}/review"
    await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": "rejected", "note": "不像他"})
    page = await (await officer.get(path)).text()
    cites = re.search(r'name="cites" value="(\w+)"', page)
    assert cites
    correction = {"cites": cites[1], "conclusion": "confirmed", "note": "点错了，是他"}
    without = await officer.post(f"/check-ins/{check_in}/correction", correction | {"note": " "})
    assert (without.status, "请写明为什么更正" in await without.text()) == (422, True)
    assert (await officer.post(f"/check-ins/{check_in}/correction", correction)).status == 303
    page = await (await officer.get(path)).text()
    for expected in ("更正的理由：点错了，是他", "更正以前的结论（1 个，仍在台账里）", "不像他"):
        assert expected in page
    assert page.index("点错了，是他") < page.index("不像他")
    again = await officer.post(f"/check-ins/{check_in}/correction", correction)
    assert (again.status, "刚才已经有人更正过" in await again.text()) == (422, True)
    case = await (await officer.get(f"/people/{house.desk.subject.id}")).text()
    assert "更正了人工核验结论" in case


async def test_after_a_conclusion_nobody_is_asked_any_more(house: House) -> None:
    check_in = await house.ended_with_footage("contested")
    officer, director = [await house.signed_in(who) for who in (house.desk.bureau.officer, house.desk.bureau.director)]
    path, asking = f"/check-ins/{check_in}/review", ("为什么请您看", "请重点看标出的几段", "您的结论", "结论由")
    page = await (await officer.get(path)).text()
    assert [text in page for text in asking] == [True] * 4
    await officer.post(f"/check-ins/{check_in}/conclusion", {"conclusion": "confirmed"})
    for who in (officer, director):
        page = await (await who.get(path)).text()
        assert [text in page for text in asking] == [False] * 4
        assert "系统前后不一致：有几段像本人，有几段不像。" in page
        assert "河东司法所 · 王芳（矫正官）" in page
    assert "结论写错了" not in page  # who may only look may correct nothing either


async def test_nobody_concludes_twice(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    path = f"/check-ins/{check_in}/conclusion"
    assert (await officer.post(path, {"conclusion": "confirmed"})).status == 303
    reply = await officer.post(path, {"conclusion": "rejected", "note": "看错了"})
    assert reply.status == 409
    assert "现在不能做这一步" in await reply.text()


async def test_who_may_only_look_is_told_who_concludes(house: House) -> None:
    check_in = await house.ended_with_footage()
    director = await house.signed_in(house.desk.bureau.director)
    page = await (await director.get(f"/check-ins/{check_in}/review")).text()
    assert "结论由负责的矫正官作出" in page
    assert "/conclusion" not in page


async def test_after_a_conclusion_the_next_one_is_offered(house: House) -> None:
    first = await house.ended_with_footage()
    house.desk.clock.advance(minutes=60)
    second = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    await officer.post(f"/check-ins/{first}/conclusion", {"conclusion": "confirmed"})
    page = await (await officer.get(f"/check-ins/{first}/review")).text()
    assert "看下一个" in page
    assert f"/check-ins/{second}/review" in page


async def test_a_score_is_shown_beside_what_it_meant_on_that_day(house: House) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    assert "最接近的分数 0.30，门槛 0.29" in await (await officer.get(f"/check-ins/{check_in}/review")).text()


# Verdicts and scores of stills, one every ten seconds; which are shown, the one that matters most first.
VERDICT_ROWS = [
    (["match"] * 9, [0.9, 0.8, 0.7, 0.3, 0.8, 0.8, 0.8, 0.95, 0.8], [1, 2, 4, 6, 8]),
    (["match"] * 7 + ["no_match"] + ["match"] * 4, [0.8] * 12, [8, 1, 4, 6, 12]),
    (["unable", "match", "unable"], [None, 0.5, None], [2, 1, 3]),
    (["no_face"], [None], [1]),
    ([], [], []),
]


@pytest.mark.parametrize(("verdicts", "scores", "shown"), VERDICT_ROWS)
def test_the_stills_to_look_at_are_from_all_over_the_call(
    verdicts: list[str], scores: list[float | None], shown: list[int]
) -> None:
    ended = an_ended_check_in("c1", PostId("p1"))
    file = FileCited("x.jpg", "00" * 32, 1)
    stills = tuple(StillFiled(10.0 * n, *one, (), file) for n, one in enumerate(zip(verdicts, scores, strict=True)))
    numbers = [
        int(still.url.split("/")[-1][:-4]) for still in stills_to_show(CheckInId("c1"), replace(ended, stills=stills))
    ]
    assert numbers == shown


@pytest.mark.parametrize("name", ["subject.webm", "stills/0001.jpg"])
@pytest.mark.parametrize("gone", [False, True], ids=["altered", "deleted"])
async def test_a_file_that_is_not_what_was_sealed_is_said_on_the_review_page(
    house: House, name: str, *, gone: bool
) -> None:
    check_in = await house.ended_with_footage()
    officer = await house.signed_in(house.desk.bureau.officer)
    assert "被改动过" not in await (await officer.get(f"/check-ins/{check_in}/review")).text()
    sealed = house.rooms.files.path(f"check-ins/{check_in}/{name}")
    if gone:
        sealed.unlink()
    else:
        sealed.chmod(0o600)
        sealed.write_bytes(sealed.read_bytes()[:-1] + b"!")
    assert "录像或截图被改动过" in await (await officer.get(f"/check-ins/{check_in}/review")).text()
