"""Whoever had a device's token and means harm, and viewers who do."""

from dataclasses import replace
from pathlib import Path

import pytest

from devices.device import Device, Stage, StreamState
from devices.policy import DiskRules
from devices.register import Register
from storage.files import FileStore
from tests.support.devices import POLICY, a_yard, an_offer
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = pytest.mark.rim


@pytest.mark.parametrize("looked_up", [1, 2])
async def test_an_offer_that_was_under_way_while_its_token_was_taken_away_lets_nobody_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    """The body of a request may take a minute; whoever knows that has one under way at any time."""
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        times, holder = 0, Register.holder

        async def then_it_is_taken_away(register: Register, asked: str) -> Device | None:
            nonlocal times
            found, times = await holder(register, asked), times + 1
            if times == looked_up:
                await register.revoke(yard.bureau.leader, device.id, yard.clock.now())
                await yard.live.end(device.id)
            return found

        monkeypatch.setattr(Register, "holder", then_it_is_taken_away)
        assert (await yard.post(await an_offer(), token)).status == 401
        assert yard.live.state_of(device.id) is StreamState.AWAY


async def test_a_device_that_a_viewer_wants_in_another_codec_dials_in_again_and_is_not_given_up(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as camera, StockClient("H264") as viewer:
            await yard.publish(camera, token)
            await camera.is_connected()
            await yard.becomes(device, StreamState.LIVE)
            await yard.publish(viewer, None, f"/whep/{device.id}")
            await viewer.is_connected()
            await yard.becomes(device, StreamState.LOST)
            await until(lambda: camera.is_over)
            async with StockClient() as again:
                await yard.publish(again, token)
                await viewer.decodes(10)
                await yard.becomes(device, StreamState.LIVE)


async def test_devices_that_fill_the_disk_together_are_hung_up_long_before_their_files_are_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_yard(tmp_path, replace(POLICY, disk=DiskRules(least_free_mb=1))) as yard:
        device, token = await yard.camera()
        async with StockClient() as camera:
            await yard.publish(camera, token)
            await camera.is_connected()
            await yard.becomes(device, StreamState.LIVE)
            await until(lambda: any(tmp_path.glob("files/working/devices/*/*/*.cluster")))
            await yard.live.catch_up()
            assert yard.live.state_of(device.id) is StreamState.LIVE
            monkeypatch.setattr(FileStore, "free", lambda _: 0)
            await yard.live.catch_up()
            assert yard.live.state_of(device.id) is StreamState.AWAY
            assert (await yard.post(await an_offer(), token)).status == 503
        [recording] = await yard.recordings(device)
        assert recording.stage is Stage.SEALED
    assert f"device {device.id} is hung up: the disk has too little room for recordings" in caplog.text
