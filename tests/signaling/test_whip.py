"""A device by WHIP: what each request is answered, and what that does to its stream and its recording."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from devices.device import Stage, StreamState
from devices.policy import DiskRules
from media import webm
from signaling.relays import Relays
from signaling.whip import OFFERS, WRONG_TOKENS
from tests.support.devices import POLICY, Answered, Yard, a_yard, an_offer
from tests.support.no_media import NoRooms
from tests.support.records import audited
from tests.support.two_peers import StockClient
from tests.support.waiting import until

pytestmark = pytest.mark.rim

FRAGMENT = "application/trickle-ice-sdpfrag"


async def streaming(yard: Yard, client: StockClient, token: str) -> Answered:
    answered = await yard.publish(client, token)
    await client.is_connected()
    return answered


async def test_a_device_streams_and_what_it_sends_is_recorded_and_sealed(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as client:
            answered = await streaming(yard, client, token)
            assert answered.headers["Content-Type"].startswith("application/sdp")
            assert answered.headers["ETag"].startswith('"')
            assert answered.location.startswith("/whip/sessions/")
            assert len(answered.location) > 50
            assert answered.text.count("a=recvonly") == 2
            await yard.becomes(device, StreamState.LIVE)
            await until(lambda: any(tmp_path.glob("files/working/devices/*/*/*.cluster")))
            ended = await yard.ask("DELETE", answered.location, token=token)
        assert ended.status == 200
        assert yard.live.state_of(device.id) is StreamState.AWAY
        [recording] = await yard.recordings(device)
        assert recording.stage is Stage.SEALED
        assert recording.name is not None
        kinds = {block.kind for cluster in webm.clusters(yard.files.path(recording.name).read_bytes())
                 for block in cluster.blocks}  # fmt: skip
        assert kinds == {"audio", "video"}
        found = yard.files.find(recording.name)
        assert found is not None
        assert (found.sha256, found.size) == (recording.sha256, recording.size)
        entries = await audited(yard.database, f"device/{device.id}")
        assert [entry.verb for entry in entries] == ["add_device", "seal_device_recording"]
        assert entries[1].detail["sha256"] == recording.sha256
        assert yard.files.unfinished() == []
        again = await yard.ask("DELETE", answered.location, token=token)
        assert again.status == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}])
async def test_without_a_token_nobody_is_let_in(tmp_path: Path, headers: dict[str, str]) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        answered = await yard.ask("POST", "/whip", "v=0", Content_Type="application/sdp", **headers)
        assert answered.status == 401
        assert answered.headers["WWW-Authenticate"] == 'Bearer realm="fairwatch"'
        assert answered.headers["Content-Type"].startswith("application/problem+json")


async def test_a_token_that_is_wrong_or_was_revoked_or_renewed_lets_nobody_in(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        leader, now = yard.bureau.leader, yard.clock.now()
        offer = await an_offer()
        assert (await yard.post(offer, token + "x")).status == 401
        _, newer = await yard.register.renew(leader, device.id, now)
        assert (await yard.post(offer, token)).status == 401
        assert (await yard.post(offer, newer)).status == 201
        await yard.register.revoke(leader, device.id, now)
        refused = await yard.post(offer, newer)
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        ("{}", "application/json", 415, "the body must be application/sdp"),
        ("x" * 70_000, "application/sdp", 413, "the body may have 64 KiB"),
        (b"\xff\xfe", "application/sdp", 400, "the body is no UTF-8"),
        ("", "application/sdp", 422, "not a session description"),
        ("v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "application/sdp", 422, "nothing else"),
    ],
)
async def test_what_is_no_offer_of_ours_is_refused_with_a_reason(
    tmp_path: Path, body: str | bytes, content_type: str, status: int, says: str
) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        answered = await yard.ask("POST", "/whip", body, token, Content_Type=content_type)
        assert (answered.status, says in answered.text) == (status, True)
        assert yard.live.state_of(device.id) is StreamState.AWAY
        assert await yard.recordings(device) == []


async def test_a_device_that_offers_to_watch_is_told_that_it_must_send(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        _, token = await yard.camera()
        answered = await yard.post((await an_offer()).replace("sendrecv", "recvonly"), token)
        assert (answered.status, "must send" in answered.text) == (422, True)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_told_what_is_taken(tmp_path: Path, method: str) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        answered = await yard.ask(method, "/whip")
        assert (answered.status, answered.headers["Allow"]) == (405, "POST, OPTIONS")
        if method in ("GET", "HEAD", "PUT"):
            answered = await yard.ask(method, "/whip/sessions/x")
            assert (answered.status, answered.headers["Allow"]) == (405, "PATCH, DELETE, OPTIONS")


async def test_a_page_of_another_origin_may_ask_but_gets_nothing_without_a_token(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        asked = await yard.ask("OPTIONS", "/whip", Origin="https://elsewhere.example")
        assert (asked.status, asked.headers["Accept-Post"]) == (200, "application/sdp")
        assert asked.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in asked.headers
        refused = await yard.ask("POST", "/whip", Origin="https://elsewhere.example")
        assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, "*")


async def test_candidates_are_accepted_and_an_ice_restart_is_refused_while_the_session_goes_on(
    tmp_path: Path,
) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as client:
            answered = await streaming(yard, client, token)
            await yard.becomes(device, StreamState.LIVE)
            tag = answered.headers["ETag"]
            candidate = "a=mid:0\r\na=candidate:1 1 udp 2122260223 10.0.0.7 5000 typ host\r\n"
            restart = f"a=ice-ufrag:newer\r\na=ice-pwd:{'p' * 24}\r\n{candidate}"

            async def patch(body: str, content_type: str = FRAGMENT, **condition: str) -> int:
                reply = await yard.ask("PATCH", answered.location, body, token, Content_Type=content_type, **condition)
                return reply.status

            assert await patch(candidate, If_Match=tag) == 204
            assert await patch(candidate, If_Match=f'"other", {tag}') == 204
            assert await patch(candidate, If_Match="*") == 204
            assert await patch(candidate) == 428
            assert await patch(candidate, If_Match='"of another session"') == 412
            assert await patch(restart, If_Match="*") == 422
            assert await patch(candidate, "text/plain", If_Match=tag) == 415
            assert await patch("a" * 20_000, If_Match=tag) == 413
            assert yard.live.state_of(device.id) is StreamState.LIVE


async def test_a_device_that_comes_back_takes_over_and_its_recording_goes_on(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as lost, StockClient() as back:
            first = await streaming(yard, lost, token)
            await yard.becomes(device, StreamState.LIVE)
            second = await streaming(yard, back, token)
            await yard.becomes(device, StreamState.LIVE)
            assert (await yard.ask("DELETE", first.location, token=token)).status == 404
            assert yard.live.state_of(device.id) is StreamState.LIVE
            assert (await yard.ask("DELETE", second.location, token=token)).status == 200
        [recording] = await yard.recordings(device)
        assert recording.stage is not Stage.WRITING


async def test_a_session_is_the_device_s_own(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        _, other = await yard.camera()
        async with StockClient() as client:
            answered = await streaming(yard, client, token)
            assert (await yard.ask("DELETE", answered.location, token=other)).status == 404
            assert (await yard.ask("DELETE", answered.location)).status == 401
            assert (await yard.ask("DELETE", answered.location[:-1], token=token)).status == 404
            assert yard.live.state_of(device.id) is not StreamState.AWAY


async def test_while_no_media_is_there_a_device_is_asked_to_come_back(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        _, token = await yard.camera()
        answered = await yard.post(await an_offer(), token)
        assert (answered.status, answered.headers["Retry-After"]) == (503, "5")


async def test_a_full_disk_lets_no_device_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    full = replace(POLICY, disk=DiskRules(least_free_mb=1 << 40))
    async with a_yard(tmp_path, full) as yard:
        device, token = await yard.camera()
        answered = await yard.post(await an_offer(), token)
        assert (answered.status, answered.headers["Retry-After"]) == (503, "30")
        assert yard.live.state_of(device.id) is StreamState.AWAY
    assert f"device {device.id} was not let in: the disk has too little room for recordings" in caplog.text


async def test_guessing_tokens_is_slow_and_keeps_no_device_out_that_has_one(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        for n in range(WRONG_TOKENS):
            assert (await yard.post("v=0", f"guess{n}")).status == 401
        refused = await yard.post("v=0", "another guess")
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        yard.clock.advance(60)
        assert (await yard.post("v=0", "another guess")).status == 401


async def test_right_tokens_use_up_no_tries_of_their_address_and_offers_are_counted_by_device(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        tokens = [(await yard.camera())[1] for _ in range(3)]
        for token in tokens:
            answers = [(await yard.post("v=0", token)).status for _ in range(OFFERS + 1)]
            assert answers == [503] * OFFERS + [429]


async def test_many_devices_of_one_address_dial_in_at_the_same_moment(tmp_path: Path) -> None:
    async with a_yard(tmp_path, media=NoRooms()) as yard:
        tokens = [(await yard.camera())[1] for _ in range(2 * WRONG_TOKENS)]
        async with asyncio.TaskGroup() as tasks:
            posted = [tasks.create_task(yard.post("v=0", token)) for token in tokens]
        assert {answered.result().status for answered in posted} == {503}  # each was let in, and no media is there


async def test_a_device_behind_a_network_that_blocks_udp_is_told_of_the_relay(tmp_path: Path) -> None:
    relays = Relays(("turn:turn.example:3478?transport=tcp", "turns:turn.example:443"), "s" * 22)
    async with a_yard(tmp_path, relays=relays) as yard:
        _, token = await yard.camera()
        answered = await yard.post(await an_offer(), token)
        assert answered.status == 201
        assert [link.partition(";")[0] for link in answered.links] == [f"<{url}>" for url in relays.urls]
        for part in ('rel="ice-server"', 'username="', 'credential="', 'credential-type="password"'):
            assert part in answered.links[0]


async def test_who_offers_and_never_comes_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.peer.JOIN_LIMIT_S", 0.1)
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        answered = await yard.post(await an_offer(), token)
        await yard.becomes(device, StreamState.AWAY)
        assert (await yard.ask("DELETE", answered.location, token=token)).status == 404

        async def nothing_is_left() -> bool:
            return await yard.recordings(device) == []

        await until(nothing_is_left)
        assert yard.files.unfinished() == []


async def test_a_device_that_is_away_too_long_has_ended(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as client:
            await streaming(yard, client, token)
            await yard.becomes(device, StreamState.LIVE)
        await yard.becomes(device, StreamState.LOST)
        await asyncio.sleep(0)
        yard.clock.advance(POLICY.stream.away_grace_s)
        [recording] = await yard.sealed(device, 1)
        assert recording.stage in (Stage.SEALED, Stage.EMPTY)
        assert yard.live.state_of(device.id) is StreamState.AWAY


async def test_a_device_that_dials_in_again_and_does_not_come_has_ended_as_well(tmp_path: Path) -> None:
    async with a_yard(tmp_path) as yard:
        device, token = await yard.camera()
        async with StockClient() as client:
            await streaming(yard, client, token)
            await yard.becomes(device, StreamState.LIVE)
        await yard.becomes(device, StreamState.LOST)
        assert (await yard.post(await an_offer(), token)).status == 201
        for _ in range(5):
            await asyncio.sleep(0)
        yard.clock.advance(POLICY.stream.away_grace_s)
        await yard.sealed(device, 1)
        await yard.becomes(device, StreamState.AWAY)
