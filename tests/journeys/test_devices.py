"""A room camera: an administrator sets it up, an officer watches it live and plays what it recorded."""

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from tests.journeys.conftest import Journey
from tests.support.browsers import DARK, NARROW, misfits
from tests.support.two_peers import StockClient

pytestmark = pytest.mark.journey

PICTURE_MOVES = """() => {
  const video = document.querySelector('video[data-part="picture"]');
  return video && video.videoWidth > 2 && video.currentTime > 0.5;
}"""


async def test_a_camera_is_set_up_watched_and_its_recording_played(journey: Journey) -> None:
    administrator, officer = await journey.desk("admin"), await journey.desk()
    await officer.opens("/devices")
    await officer.reads("还没有设备")
    await journey.looked_at(officer, "devices-empty")

    await administrator.opens("/devices")
    await administrator.page.get_by_label("名称").fill("二楼谈话室")
    await administrator.page.get_by_label("类别").select_option("房间摄像头")
    await administrator.page.locator("form[action='/devices'] [name='unit']").select_option(label="梅溪司法所")
    await administrator.presses("添加")
    await administrator.reads("这个令牌只显示这一次。")
    await journey.looked_at(administrator, "device-token")
    token = await administrator.page.locator("#token").input_value()
    await administrator.presses("已经填好")
    await administrator.reads("您管理设备，但看不到它拍到的内容。", "不在线")
    await journey.looked_at(administrator, "device-managed")

    await officer.opens("/devices")
    await officer.presses("二楼谈话室")
    await officer.reads("还没有录像")
    await officer.presses("看实时画面")
    await officer.reads("设备不在线。它一推流，画面就会出现在这里。")
    async with ClientSession() as device, StockClient() as camera:
        headers = {"Authorization": f"Bearer {token}"}
        sessions: list[str] = []

        async def whip(offer: str) -> str:
            sdp = {**headers, "Content-Type": "application/sdp"}
            async with device.post(f"{journey.server.origin}/whip", data=offer, headers=sdp) as reply:
                assert reply.status == 201, await reply.text()
                sessions.append(reply.headers["Location"])
                return await reply.text()

        await camera.offer_to(whip)
        await officer.page.wait_for_function(PICTURE_MOVES)
        await expect(officer.part("status")).to_be_hidden()
        await journey.looked_at(officer, "device-live")
        await officer.page.set_viewport_size(NARROW["viewport"])
        await journey.looked_at(officer, "device-live-narrow")
        async with device.delete(journey.server.origin + sessions[0], headers=headers) as reply:
            assert reply.status == 200
    await officer.reads("设备不在线。它一推流，画面就会出现在这里。")

    device_page = officer.page.url.removesuffix("/live")
    await officer.opens(device_page)
    await officer.reads("已封存")
    await journey.looked_at(officer, "device-narrow")
    await officer.page.get_by_role("link", name="播放").first.click()
    await officer.page.locator("video").evaluate("(video) => { video.muted = true; video.play(); }")
    await officer.page.wait_for_function(PICTURE_MOVES)
    await journey.looked_at(officer, "device-recording-narrow")
    await officer.page.emulate_media(**DARK)
    await officer.page.context.add_cookies([{"name": "lang", "value": "en", "url": officer.origin}])
    for path, name in (("/devices", "devices"), (device_page, "device"), (officer.page.url, "device-recording")):
        await officer.opens(path)
        await journey.looked_at(officer, f"{name}-english")
        assert await misfits(officer.page) == []
