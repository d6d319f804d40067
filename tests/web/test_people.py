"""The people of an area: found, masked, registered; what is wrong stands beside its field, nothing is lost."""

import re

import pytest

from tests.support.fake_engine import JPEG
from tests.support.house import House
from tests.support.organisation import a_subject

pytestmark = pytest.mark.rim

GOOD = {"name": "李晓红", "id_number": "410101199003076545", "phone": "139 0013 9000", "level": "new"}


def wrongs(page: str) -> dict[str, str]:
    """The sentence under each field that came back."""
    return dict(re.findall(r'id="([a-z_]+)-wrong".*?<span>(.*?)</span>', page, re.DOTALL))


async def test_names_are_masked_until_a_case_is_opened(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    subject = house.desk.subject
    for path in ("/people", "/today", "/review"):
        page = await (await officer.get(path)).text()
        assert subject.name not in page
        assert subject.id_number not in page
    assert subject.masked_name in await (await officer.get("/people")).text()
    case = await (await officer.get(f"/people/{subject.id}")).text()
    assert subject.name in case
    assert subject.masked_id_number in case
    assert subject.id_number not in case


async def test_opening_a_case_is_in_the_audit_log(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    await officer.get(f"/people/{house.desk.subject.id}")
    assert (await house.verbs(f"subject/{house.desk.subject.id}"))[-1] == "open_case"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"q": "张"}, True),
        ({"q": " 建伟 "}, True),
        ({"q": "11010519"}, True),
        ({"q": "nobody"}, False),
        ({"level": "general"}, True),
        ({"level": "strict"}, False),
        ({"enrolled": "yes"}, True),
        ({"enrolled": "no"}, False),
        ({"office": "{office}"}, True),
        ({"office": "0"}, False),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["a page", "a part"])
async def test_the_list_is_narrowed_by_what_is_asked(
    house: House,
    asked: dict[str, str],
    found: bool,  # noqa: FBT001  # a column of the table
    headers: dict[str, str],
) -> None:
    bureau = house.desk.bureau
    await house.rooms.enrolments.enrol(bureau.officer, house.desk.subject.id, [JPEG] * 3, house.rooms.now())
    officer = await house.signed_in(bureau.officer)
    typed = {name: value.format(office=bureau.office) for name, value in asked.items()}
    page = await (await officer.post("/people", typed, headers)).text()
    assert (f"/people/{house.desk.subject.id}" in page) is found
    assert page.startswith("<!doctype html>") is not bool(headers)


async def test_a_search_is_kept_out_of_the_address(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    page = await (await officer.get("/people")).text()
    assert 'method="post" action="/people" hx-post="/people"' in page
    assert 'method="get"' not in page


async def test_an_area_without_people_says_what_to_do(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.other_officer)
    assert "还没有登记的人员" in await (await officer.get("/people")).text()


async def test_a_registered_person_has_a_case_at_once(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post("/people/new", {**GOOD, "office": house.desk.bureau.office})
    assert reply.status == 303
    page = await (await officer.get(reply.headers["Location"])).text()
    assert "李晓红" in page
    assert "13900139000" in page


async def test_everything_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    typed = {"name": "", "id_number": "11010519491231002Y", "phone": "12", "office": house.desk.bureau.office}
    reply = await officer.post("/people/new", typed)
    assert reply.status == 422
    page = await reply.text()
    assert set(wrongs(page)) == {"name", "id_number", "phone", "level"}
    assert 'value="11010519491231002Y"' in page
    assert 'role="alert"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "请填写姓名。"),
        ("name", "王" * 61, "姓名太长了，最多 60 个字。"),
        ("name", "王\u202e芳", "姓名里有看不见的字符，请重新输入。"),
        ("id_number", "", "请填写身份证号。"),
        ("id_number", "1234", "身份证号应为 18 位：前 17 位是数字，最后一位是数字或 X。"),
        ("id_number", "410101199013076546", "身份证号里的出生日期不对，请再核对一遍。"),
        ("id_number", "410101199003076541", "身份证号的最后一位对不上，很可能有一位输错了。"),
        ("id_number", "11010519491231002X", "这个身份证号已经登记过了。请在人员里查找，或联系上级查询。"),
        ("phone", "", "请填写手机号。"),
        ("phone", "call me", "手机号应为 7 到 15 位数字，可以以 + 开头。"),
        ("level", "harmless", "请选择管理等级。"),
        ("office", "{other}", "请选择您辖区里的司法所。"),
        ("office", "", "请选择您辖区里的司法所。"),
    ],
)
async def test_what_is_wrong_with_a_field_is_a_sentence_under_it(
    house: House, field: str, value: str, sentence: str
) -> None:
    bureau = house.desk.bureau
    officer = await house.signed_in(bureau.officer)
    typed = {**GOOD, "office": bureau.office, field: value.format(other=bureau.other_office)}
    reply = await officer.post("/people/new", typed)
    assert reply.status == 422
    assert wrongs(await reply.text()) == {field: sentence}


async def test_only_the_offices_of_ones_own_area_are_offered(house: House) -> None:
    leader = await house.signed_in(house.desk.bureau.leader)
    page = await (await leader.get("/people/new")).text()
    assert "河东司法所" in page
    assert "河西司法所" not in page


async def test_a_minor_is_marked_as_one(house: House) -> None:
    bureau = house.desk.bureau
    await a_subject(house.desk.database, bureau.officer, bureau.office, "何小明", "410101201005050015")
    officer = await house.signed_in(bureau.officer)
    assert "未成年" in await (await officer.get("/people")).text()
