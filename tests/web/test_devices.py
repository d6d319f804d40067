"""The pages about devices: the list, a token shown once, what was recorded, and every look in the audit log."""

import re

import pytest

from devices.device import DeviceKind
from tests.support.house import RECORDING, House

pytestmark = pytest.mark.rim


async def test_without_devices_the_page_says_what_to_do(house: House) -> None:
    bureau = house.desk.bureau
    for actor, says in ((bureau.leader, "只显示一次的令牌"), (bureau.officer, "由中队长或系统管理员添加后")):
        page = await (await (await house.signed_in(actor)).get("/devices")).text()
        assert "还没有设备" in page
        assert says in page


async def test_a_device_is_added_and_its_token_is_shown_once_and_lets_it_in(house: House) -> None:
    bureau = house.desk.bureau
    browser = await house.signed_in(bureau.leader)
    reply = await browser.post("/devices", {"name": "二楼谈话室", "kind": "room_camera", "unit": bureau.office})
    page = await reply.text()
    found = re.search(r'id="token" value="([^"]+)"', page)
    assert found is not None
    assert f'value="{browser.origin}/whip"' in page
    device = await house.rooms.devices.holder(found[1])
    assert device is not None
    assert device.name == "二楼谈话室"
    for path in ("/devices", f"/devices/{device.id}"):
        page = await (await browser.get(path)).text()
        assert "二楼谈话室" in page
        assert "不在线" in page
        assert found[1] not in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "", "kind": "room_camera"}, "请填写设备名称。"),
        ({"name": "x" * 61, "kind": "room_camera"}, "名称太长了，最多 60 个字。"),
        ({"name": "x", "kind": "spaceship"}, "请选择类别。"),
        ({"name": "x", "kind": "encoder", "unit": "elsewhere"}, "请选择您辖区里的单位。"),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_sentence(house: House, fields: dict[str, str], says: str) -> None:
    browser = await house.signed_in(house.desk.bureau.leader)
    reply = await browser.post("/devices", {"unit": house.desk.bureau.office, **fields})
    assert reply.status == 422
    assert says in await reply.text()


async def test_a_squadron_leader_adds_no_device_to_another_squadron(house: House) -> None:
    bureau = house.desk.bureau
    browser = await house.signed_in(bureau.leader)
    reply = await browser.post("/devices", {"name": "x", "kind": "encoder", "unit": bureau.other_office})
    assert reply.status == 422


async def test_a_device_taken_out_of_use_says_so_and_comes_back_with_a_new_token(house: House) -> None:
    bureau = house.desk.bureau
    at = house.rooms.now()
    device, token = await house.rooms.devices.add("x", DeviceKind.ENCODER, bureau.office, at)
    browser = await house.signed_in(bureau.leader)
    reply = await browser.post(f"/devices/{device.id}/revoke")
    assert reply.headers["Location"] == f"/devices/{device.id}"
    assert await house.rooms.devices.holder(token) is None
    page = await (await browser.get(f"/devices/{device.id}")).text()
    assert "已停用" in page
    assert "看实时画面" not in page
    page = await (await browser.post(f"/devices/{device.id}/renew")).text()
    found = re.search(r'id="token" value="([^"]+)"', page)
    assert found is not None
    assert await house.rooms.devices.holder(found[1]) is not None


async def test_a_recording_is_played_by_ranges_and_each_look_is_in_the_audit_log(house: House) -> None:
    device, recording = await house.a_device_with_a_recording()
    browser = await house.signed_in(house.desk.bureau.officer)
    page = await (await browser.get(f"/devices/{device}")).text()
    assert f"/devices/{device}/recordings/{recording}" in page
    assert "1 处没有画面或声音" in page
    page = await (await browser.get(f"/devices/{device}/recordings/{recording}")).text()
    assert "00:12" in page
    assert "没有画面" in page
    address = f"/devices/{device}/recordings/{recording}.webm"
    reply = await browser.get(address, {"Range": "bytes=100-199"})
    assert (reply.status, await reply.read()) == (206, RECORDING[100:200])
    assert (await browser.get(address, {"Range": "bytes=9999-"})).status == 416
    verbs = await house.verbs(f"device/{device}")
    assert verbs == ["add_device", "open_device", "view_device_recording"]


async def test_an_administrator_sees_that_it_is_there_and_nothing_that_it_saw(house: House) -> None:
    device, recording = await house.a_device_with_a_recording()
    browser = await house.signed_in(house.desk.bureau.administrator)
    page = await (await browser.get(f"/devices/{device}")).text()
    assert "您管理设备，但看不到它拍到的内容。" in page
    assert recording not in page
    assert (await browser.get(f"/devices/{device}/live")).status == 404


async def test_a_page_asks_where_the_stream_stands(house: House) -> None:
    device, _ = await house.a_device_with_a_recording()
    browser = await house.signed_in(house.desk.bureau.officer)
    assert await (await browser.get(f"/devices/{device}/state")).json() == {"state": "away"}
