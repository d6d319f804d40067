"""Watching a device by WHEP: who may, what they see, and when it ends."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.organisation import Organisation, UnitKind
from accounts.people import PostRow
from devices.device import Device, StreamState
from devices.policy import StreamRules
from tests.support.devices import POLICY, Answered, Yard, a_yard, an_offer
from tests.support.no_media import NoRooms
from tests.support.records import audited
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = pytest.mark.rim


def watches(yard: Yard, device: Device, answered: Answered) -> bool:
    return yard.live.watches(device.id, answered.location.rpartition("/")[2])


async def test_a_viewer_may_come_before_the_device_and_sees_it_come_go_and_come_back(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as viewer:
            watching = await yard.publish(viewer, None, f"/whep/{device.id}")
            assert watching.text.count("a=sendonly") == 2
            await viewer.is_connected()
            async with StockClient() as camera:
                streaming = await yard.publish(camera, token)
                await viewer.decodes(10)
                await yard.ask("DELETE", streaming.location, token=token)
            assert yard.live.state_of(device.id) is StreamState.AWAY
            async with StockClient() as camera:
                await yard.publish(camera, token)
                await viewer.decodes(30)
                assert (await yard.ask("DELETE", watching.location)).status == 200
                assert (await yard.ask("DELETE", watching.location)).status == 404
                assert yard.live.state_of(device.id) is StreamState.LIVE
        entries = await audited(yard.database, f"device/{device.id}")
        assert [(entry.verb, entry.person) for entry in entries if entry.verb == "watch_device"] == [
            ("watch_device", yard.bureau.officer.person)
        ]


async def test_only_posts_over_the_unit_may_watch(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        bureau, offer, answers = yard.bureau, await an_offer(), {}
        for name in ("director", "captain", "leader", "officer", "assistant", "administrator", "other_officer"):
            yard.actor = getattr(bureau, name)
            answers[name] = (await yard.post(offer, None, f"/whep/{device.id}")).status
        watch = dict.fromkeys(("director", "captain", "leader", "officer"), 201)
        assert answers == watch | dict.fromkeys(("assistant", "administrator", "other_officer"), 404)
        refused = [entry for entry in await audited(yard.database, f"device/{device.id}") if not entry.allowed]
        assert {entry.person for entry in refused} == {
            actor.person for actor in (bureau.assistant, bureau.administrator, bureau.other_officer)
        }


async def test_nobody_signed_in_no_such_device_and_no_media_are_said_plainly(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        device, _ = await yard.camera()
        offer = await an_offer()
        assert (await yard.post(offer, None, f"/whep/{'0' * 20}")).status == 404
        assert (await yard.post(offer, None, "/whep/x")).status == 404
        assert (await yard.post(offer, None, f"/whep/{device.id}")).status == 503
        assert (await yard.ask("GET", f"/whep/{device.id}")).status == 405
        assert (await yard.ask("OPTIONS", f"/whep/{device.id}")).headers["Accept-Post"] == "application/sdp"
        yard.actor = None
        assert (await yard.post(offer, None, f"/whep/{device.id}")).status == 401


async def test_a_viewer_who_offers_to_send_only_is_told_that_it_must_receive(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        answered = await yard.post((await an_offer()).replace("sendrecv", "sendonly"), None, f"/whep/{device.id}")
        assert (answered.status, "must receive" in answered.text) == (422, True)


async def test_so_many_may_watch_and_no_more_until_one_leaves(tmp_path: Path) -> None:
    two = replace(POLICY, stream=StreamRules(away_grace_s=60, most_viewers=2))
    async with a_yard(tmp_path, two) as yard:
        device, _ = await yard.camera()
        offer = await an_offer()
        first, _, third = [await yard.post(offer, None, f"/whep/{device.id}") for _ in range(3)]
        assert (third.status, third.headers["Retry-After"]) == (503, "30")
        await yard.ask("DELETE", first.location)
        assert (await yard.post(offer, None, f"/whep/{device.id}")).status == 201


async def test_whoever_signs_out_or_loses_the_post_watches_no_more(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        offer = await an_offer()
        for over in ("signed out", "post ended"):
            yard.actor = yard.bureau.officer
            answered = await yard.post(offer, None, f"/whep/{device.id}")
            await yard.whep.look_again()
            assert watches(yard, device, answered)
            if over == "signed out":
                yard.actor = None
            else:
                async with yard.database.transaction() as session:
                    row = await session.get(PostRow, yard.bureau.officer.post)
                    assert row is not None
                    row.until = yard.clock.now() - timedelta(seconds=1)
            await yard.whep.look_again()
            assert not watches(yard, device, answered)
            yard.actor = yard.bureau.officer
            assert (await yard.ask("DELETE", answered.location)).status == 404


async def test_a_session_is_its_viewer_s_own(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        answered = await yard.post(await an_offer(), None, f"/whep/{device.id}")
        tag, fragment = answered.headers["ETag"], {"Content_Type": "application/trickle-ice-sdpfrag"}
        assert (await yard.ask("PATCH", answered.location, "", If_Match=tag, **fragment)).status == 204
        assert (await yard.ask("PATCH", answered.location, "", **fragment)).status == 204  # by a client that has none
        assert (await yard.ask("PATCH", answered.location, "", If_Match='"x"', **fragment)).status == 412
        yard.actor = yard.bureau.leader
        assert (await yard.ask("DELETE", answered.location)).status == 404
        assert watches(yard, device, answered)


async def test_a_viewer_who_never_comes_gives_the_place_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 0.1)
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        answered = await yard.post(await an_offer(), None, f"/whep/{device.id}")
        await until(lambda: not watches(yard, device, answered))


async def test_a_viewer_whose_connection_is_gone_before_the_goodbye_says_it_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 0.1)
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        answered = await yard.post(await an_offer(), None, f"/whep/{device.id}")
        await until(lambda: not watches(yard, device, answered))
        fragment = {"Content_Type": "application/trickle-ice-sdpfrag"}
        assert (await yard.ask("PATCH", answered.location, "", If_Match="*", **fragment)).status == 404
        assert (await yard.ask("DELETE", answered.location)).status == 200
        assert (await yard.ask("DELETE", answered.location)).status == 404


async def test_a_viewing_that_is_over_ends_nothing_for_whoever_has_its_seat_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 0.1)
    async with a_yard(tmp_path) as yard:
        device, _ = await yard.camera()
        former = await yard.post(await an_offer(), None, f"/whep/{device.id}")
        await until(lambda: not watches(yard, device, former))
        monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 60)
        yard.actor = yard.bureau.leader
        present = await yard.post(await an_offer(), None, f"/whep/{device.id}")
        yard.actor = yard.bureau.officer
        assert (await yard.ask("DELETE", former.location)).status == 200
        assert watches(yard, device, present)


async def test_a_device_of_a_unit_beneath_is_watched_from_above(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        organisation = Organisation(yard.database)
        unit = await organisation.add_unit("三中队", UnitKind.SQUADRON, yard.bureau.bureau, yard.clock.now())
        device, _ = await yard.camera(unit.id)
        offer = await an_offer()
        assert (await yard.post(offer, None, f"/whep/{device.id}")).status == 404
        yard.actor = yard.bureau.director
        assert (await yard.post(offer, None, f"/whep/{device.id}")).status == 201
