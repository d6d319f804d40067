"""What devices record: one file after the other, whole after kill -9, none where the disk is full."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devices.device import DeviceRecordingId, Stage, StreamState
from devices.policy import DiskRules, RecordingRules
from devices.recording import Recordings
from devices.store import DeviceRecordingRow
from media import webm
from storage.database import DatabaseBusy
from storage.ids import new_id
from tests.support.devices import POLICY, Yard, a_yard, an_offer
from tests.support.records import audited
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
TEN_MINUTES = replace(POLICY, recording=RecordingRules(longest_min=10, overlap_s=3))


def working(tmp_path: Path) -> list[Path]:
    """The folders in which something is being written."""
    return sorted({path.parent for path in tmp_path.glob("files/working/devices/*/*/*.cluster")})


def sealed(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.glob("files/sealed/devices/*/*.webm"))


def times(yard: Yard, name: str) -> list[int]:
    data = yard.files.path(name).read_bytes()
    return [block.ms for cluster in webm.clusters(data) for block in cluster.blocks]


async def test_a_device_that_streams_all_day_makes_one_file_after_the_other(tmp_path: Path) -> None:
    async with a_yard(tmp_path, TEN_MINUTES) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)
        yard.clock.advance(10 * 60 - 3)
        await until(lambda: len(working(tmp_path)) == 2)  # for a moment both are written
        assert yard.live.state_of(device.id) is StreamState.LIVE
        yard.clock.advance(3)
        newest, first = await yard.sealed(device, 1)
        assert (first.stage, newest.stage) == (Stage.SEALED, Stage.WRITING)
        await yard.live.end(device.id)
        newest, _ = await yard.sealed(device, 2)
        assert newest.stage is Stage.SEALED
        for one in (first, newest):
            assert one.name is not None
            assert times(yard, one.name)


async def test_a_stream_that_ends_while_two_files_overlap_leaves_both_whole(tmp_path: Path) -> None:
    async with a_yard(tmp_path, TEN_MINUTES) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)
        yard.clock.advance(10 * 60 - 3)
        await until(lambda: len(working(tmp_path)) == 2)
        await yard.live.end(device.id)
        yard.clock.advance(3)
        found = await yard.sealed(device, 2)
        assert [one.stage for one in found] == [Stage.SEALED, Stage.SEALED]


async def test_a_disk_that_has_filled_up_ends_the_stream_at_its_next_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limited = replace(TEN_MINUTES, disk=DiskRules(least_free_mb=1))
    async with a_yard(tmp_path, limited) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)
        monkeypatch.setattr(type(yard.files), "free", lambda _files: 0)
        yard.clock.advance(10 * 60)
        [recording] = await yard.sealed(device, 1)
        assert recording.stage is Stage.SEALED
        assert yard.live.state_of(device.id) is StreamState.AWAY
    assert f"device {device.id} is hung up: the disk has too little room" in caplog.text


async def test_a_device_that_cannot_be_recorded_is_not_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def busy(*_: object) -> None:
        raise DatabaseBusy

    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        monkeypatch.setattr(Recordings, "begin", busy)
        answered = await yard.post(await an_offer(), token)
        assert (answered.status, answered.headers["Retry-After"]) == (503, "30")
        assert "cannot be recorded and is hung up" in caplog.text
        assert yard.live.state_of(device.id) is StreamState.AWAY
        assert await yard.recordings(device) == []


async def test_a_database_that_is_busy_at_the_next_file_ends_the_stream_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise DatabaseBusy

    async with a_yard(tmp_path, TEN_MINUTES) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)
        monkeypatch.setattr(Recordings, "begin", busy)
        yard.clock.advance(10 * 60)
        [recording] = await yard.sealed(device, 1)
        assert recording.stage is Stage.SEALED
        await yard.becomes(device, StreamState.AWAY)


async def killed_in_mid_recording(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.record_until_killed", str(folder), "vp8", cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    while float(await process.stdout.readline()) < 2.5:
        pass
    process.kill()
    await process.communicate()


async def test_what_kill_9_left_is_sealed_at_the_next_start(tmp_path: Path) -> None:
    recording = DeviceRecordingId(new_id())
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        began_at = yard.clock.now()
        async with yard.database.transaction() as session:
            session.add(
                DeviceRecordingRow(
                    id=recording, device=device.id, began_at=began_at, stage=Stage.WRITING, seconds=0.0, gaps="[]"
                )
            )
        await killed_in_mid_recording(yard.files.working_folder(f"devices/{device.id}/{recording}"))
        await yard.live.catch_up()
        [found] = await yard.recordings(device)
        assert found.stage is Stage.SEALED_WITH_GAP
        assert found.starts_at is not None
        assert 0 <= (found.starts_at - began_at).total_seconds() < 1
        assert found.seconds > 1
        assert found.name is not None
        assert times(yard, found.name)
        [entry] = [one for one in await audited(yard.database, f"device/{device.id}") if "seal" in one.verb]
        assert (entry.detail["sha256"], entry.detail["stage"]) == (found.sha256, "sealed_with_gap")
        await yard.live.catch_up()
        assert await yard.recordings(device) == [found]
        assert yard.files.unfinished() == []


async def test_a_crash_between_the_seal_and_the_row_loses_nothing(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)
        await yard.live.end(device.id)
        [before] = await yard.recordings(device)
        async with yard.database.transaction() as session:
            row = await session.get(DeviceRecordingRow, before.id)
            assert row is not None
            row.stage, row.name, row.sha256, row.size, row.starts_at = Stage.WRITING, None, None, None, None
        await yard.live.catch_up()
        [after] = await yard.recordings(device)
        assert after == replace(before, stage=Stage.SEALED_WITH_GAP)


async def test_a_busy_database_delays_what_is_on_file_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_yard(tmp_path) as yard, StockClient() as camera:
        device, token = await yard.camera()
        await yard.publish(camera, token)
        await until(lambda: len(working(tmp_path)) == 1)

        async def busy(*_: object, **__: object) -> None:
            raise DatabaseBusy

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr("devices.recording.note_in", busy)
            await yard.live.end(device.id)
        [found] = await yard.recordings(device)
        assert found.stage is Stage.WRITING
        await yard.live.catch_up()
        [found] = await yard.recordings(device)
        assert found.stage is Stage.SEALED


async def test_when_the_server_stops_what_streams_is_put_away(tmp_path: Path) -> None:
    async with StockClient() as camera:
        async with a_yard(tmp_path) as yard:
            _, token = await yard.camera()
            await yard.publish(camera, token)
            await until(lambda: len(working(tmp_path)) == 1)
        assert yard.files.unfinished() == []
    assert len(sealed(tmp_path)) == 1
