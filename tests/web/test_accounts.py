"""The administrator's page: units, staff, posts given and ended; what is wrong is said where it was typed."""

import pytest

from accounts.actor import Role
from accounts.organisation import UnitKind
from tests.support.house import House

pytestmark = pytest.mark.rim

LONG = "一句只有自己知道的话"


async def test_a_new_person_gets_a_post_and_may_sign_in(house: House) -> None:
    administrator = await house.signed_in(house.desk.bureau.administrator)
    reply = await administrator.post("/accounts/staff", {"name": "何静", "login": "he.jing", "password": f" {LONG} "})
    assert (reply.status, reply.headers["Location"]) == (303, "/accounts#staff")
    assert "没有岗位，不能登录" in await (await administrator.get("/accounts")).text()
    (person,) = [staff for staff in await house.rooms.people.staff() if staff.login == "he.jing"]
    given = {"person": person.id, "role": Role.COUNSELLOR, "unit": house.desk.bureau.bureau}
    assert (await administrator.post("/accounts/posts", given)).status == 303
    signed_in = await house.browser().post("/sign-in", {"login": "he.jing", "password": f" {LONG} "})
    assert signed_in.status == 303


async def test_an_ended_post_is_gone_from_the_page(house: House) -> None:
    administrator = await house.signed_in(house.desk.bureau.administrator)
    post = house.desk.bureau.assistant.post
    assert f"/accounts/posts/{post}/end" in await (await administrator.get("/accounts")).text()
    assert (await administrator.post(f"/accounts/posts/{post}/end")).status == 303
    assert f"/accounts/posts/{post}/end" not in await (await administrator.get("/accounts")).text()
    again = await administrator.post(f"/accounts/posts/{post}/end")
    assert again.status == 422
    assert "这个岗位已经结束了" in await again.text()


async def test_a_unit_has_its_place_in_the_tree(house: House) -> None:
    administrator = await house.signed_in(house.desk.bureau.administrator)
    added = {"name": "梅溪司法所", "kind": UnitKind.OFFICE, "parent": house.desk.bureau.squadron}
    assert (await administrator.post("/accounts/units", added)).status == 303
    assert '<li class="depth-3"><span>梅溪司法所</span>' in await (await administrator.get("/accounts")).text()


async def test_an_office_gets_a_telephone_number(house: House) -> None:
    administrator = await house.signed_in(house.desk.bureau.administrator)
    path = f"/accounts/units/{house.desk.bureau.office}/phone"
    assert (await administrator.post(path, {"phone": "0571-12345678"})).status == 303
    assert "电话 057112345678" in await (await administrator.get("/accounts")).text()
    reply = await administrator.post(path, {"phone": "call me"})
    assert (reply.status, "电话号码用 7 到 15 个数字" in await reply.text()) == (422, True)


@pytest.mark.parametrize(
    ("form", "typed", "sentence"),
    [
        ("staff", {"name": "", "login": "a.b", "password": LONG}, "请填写姓名或名称。"),
        ("staff", {"name": "何静", "login": "何静", "password": LONG}, "账号用 2 到 40 个小写字母"),
        ("staff", {"name": "何静", "login": "officer", "password": LONG}, "这个账号已经有人用了"),
        ("staff", {"name": "何静", "login": "a.b", "password": "pass1234"}, "这个密码只有 8 个字符，至少要 10 个"),
        ("staff", {"name": "何静", "login": "a.b", "password": "x" * 129}, "这个密码有 129 个字符，最多 128 个"),
        ("posts", {"person": "0", "role": "officer", "unit": "{bureau}"}, "请选择一位工作人员。"),
        ("posts", {"person": "{person}", "role": "king", "unit": "{bureau}"}, "请选择。"),
        ("posts", {"person": "{person}", "role": "officer", "unit": "0"}, "请选择一个单位。"),
        ("units", {"name": "新所", "kind": "office", "parent": "0"}, "请选择上级单位。"),
        ("units", {"name": "新所", "kind": "castle", "parent": "{bureau}"}, "请选择。"),
        ("units", {"name": "", "kind": "office", "parent": "{bureau}"}, "请填写姓名或名称。"),
    ],
)
async def test_what_is_wrong_is_said_under_its_field(
    house: House, form: str, typed: dict[str, str], sentence: str
) -> None:
    bureau = house.desk.bureau
    administrator = await house.signed_in(bureau.administrator)
    filled = {name: value.format(bureau=bureau.bureau, person=bureau.officer.person) for name, value in typed.items()}
    reply = await administrator.post(f"/accounts/{form}", filled)
    assert reply.status == 422
    page = await reply.text()
    assert sentence in page
    assert page.count('class="wrong"') == 1
    assert "pass1234" not in page
    if filled.get("name"):
        assert f'value="{filled["name"]}"' in page


async def test_the_administrator_sees_no_case(house: House) -> None:
    administrator = await house.signed_in(house.desk.bureau.administrator)
    assert house.desk.subject.masked_name not in await (await administrator.get("/accounts")).text()
