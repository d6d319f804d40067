"""The register: who may add, renew and revoke a device, and who sees which."""

from pathlib import Path

import pytest

from accounts.actor import UnitId
from accounts.details import BadDetail
from accounts.powers import NotYours
from devices.device import DeviceId, DeviceKind, DeviceRecordingId
from devices.register import Register
from tests.support.databases import fresh_database
from tests.support.organisation import NINE, a_small_bureau
from tests.support.records import audited

pytestmark = pytest.mark.rim


async def test_a_device_is_added_with_a_token_that_is_kept_nowhere(tmp_path: Path) -> None:
    async with fresh_database(tmp_path / "x.sqlite") as database:
        bureau, register = await a_small_bureau(database), Register(database)
        device, token = await register.add("执法仪 07", DeviceKind.BODY_WORN, bureau.office, NINE, by=bureau.leader)
        assert (device.name, device.unit_name, device.seen_at) == ("执法仪 07", "河东司法所", None)
        assert await register.holder(token) == device
        [entry] = await audited(database, f"device/{device.id}")
        assert (entry.verb, entry.person) == ("add_device", bureau.leader.person)
    assert token.encode() not in (tmp_path / "x.sqlite").read_bytes()


async def test_who_manages_devices_does_so_in_their_own_area_alone() -> None:
    async with fresh_database() as database:
        bureau, register = await a_small_bureau(database), Register(database)
        with pytest.raises(BadDetail, match="unit: unknown"):
            await register.add("x", DeviceKind.ENCODER, bureau.other_office, NINE, by=bureau.leader)
        with pytest.raises(BadDetail, match="unit: unknown"):
            await register.add("x", DeviceKind.ENCODER, UnitId("nowhere"), NINE)
        with pytest.raises(BadDetail, match="name: missing"):
            await register.add("  ", DeviceKind.ENCODER, bureau.office, NINE, by=bureau.leader)
        for actor in (bureau.officer, bureau.captain, bureau.assistant, bureau.counsellor):
            with pytest.raises(NotYours):
                await register.add("x", DeviceKind.ENCODER, bureau.office, NINE, by=actor)
        device, _ = await register.add("x", DeviceKind.ENCODER, bureau.other_office, NINE, by=bureau.administrator)
        for change in (register.renew, register.revoke):
            with pytest.raises(NotYours):
                await change(bureau.leader, device.id, NINE)
        await register.revoke(bureau.administrator, device.id, NINE)


async def test_a_revoked_device_stays_on_the_list_and_may_get_a_new_token() -> None:
    async with fresh_database() as database:
        bureau, register = await a_small_bureau(database), Register(database)
        device, token = await register.add("x", DeviceKind.ENCODER, bureau.office, NINE)
        await register.revoke(bureau.leader, device.id, NINE)
        assert await register.holder(token) is None
        [listed] = await register.in_area(bureau.officer)
        assert listed.revoked_at == NINE
        _, newer = await register.renew(bureau.leader, device.id, NINE)
        assert await register.holder(token) is None
        found = await register.holder(newer)
        assert found is not None
        assert (found.id, found.revoked_at) == (device.id, None)
        verbs = [entry.verb for entry in await audited(database, f"device/{device.id}") if entry.allowed]
        assert verbs == ["add_device", "revoke_device", "renew_device_token"]


async def test_a_list_is_of_one_s_own_area_and_for_those_who_watch_or_manage() -> None:
    async with fresh_database() as database:
        bureau, register = await a_small_bureau(database), Register(database)
        ours, _ = await register.add("ours", DeviceKind.ROOM_CAMERA, bureau.office, NINE)
        theirs, _ = await register.add("theirs", DeviceKind.ROOM_CAMERA, bureau.other_office, NINE)
        assert [device.id for device in await register.in_area(bureau.officer)] == [ours.id]
        assert [device.id for device in await register.in_area(bureau.other_officer)] == [theirs.id]
        assert len(await register.in_area(bureau.administrator)) == 2
        for actor in (bureau.assistant, bureau.counsellor):
            with pytest.raises(NotYours):
                await register.in_area(actor)


async def test_an_administrator_sees_the_device_and_not_what_it_sees() -> None:
    async with fresh_database() as database:
        bureau, register = await a_small_bureau(database), Register(database)
        device, _ = await register.add("x", DeviceKind.ROOM_CAMERA, bureau.office, NINE)
        assert (await register.get(bureau.administrator, device.id, NINE)).id == device.id
        with pytest.raises(NotYours):
            await register.recordings(bureau.administrator, device.id, NINE)
        with pytest.raises(NotYours):
            await register.recording(bureau.officer, device.id, DeviceRecordingId("0" * 20), NINE)
        with pytest.raises(NotYours):
            await register.get(bureau.officer, DeviceId("not an id"), NINE)
        [entry] = await audited(database, "device/malformed")
        assert (entry.allowed, entry.verb) == (False, "watch_device")
