"""The whole server: its door, its order, what it does by itself, and what it files when it stops in mid-call."""

import asyncio
import socket
import ssl
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession
from yarl import URL

import server
from cases.entries import CheckInEnded
from checkins.appointments import Appointments
from checkins.checkin import CheckInState
from checkins.live import LiveCheckIns
from demo import people as demo_people
from demo.caller import Caller, Refused
from demo.clips import clip
from demo.greeting import OFFICER, sign_in_links
from demo.scripted import meet
from media.rtcp import Remb
from server import running, wall_clock
from settings import BadSetting
from tests.support.servers import faceless, loopback
from tests.support.two_peers import KEYFRAME, VIDEO, browser, vp8
from tls import self_signed
from web.connections import Limits

pytestmark = pytest.mark.rim


async def test_it_answers_and_says_so(tmp_path: Path) -> None:
    async with faceless(loopback(tmp_path / "data")) as house, ClientSession() as browser:
        async with browser.get(f"{house.origin}/healthz") as answer:
            assert answer.status == 200
        async with browser.get(f"{house.origin}/", allow_redirects=False) as answer:
            assert answer.status in (302, 303)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("name", "kind"), [("port", socket.SOCK_STREAM), ("udp_port", socket.SOCK_DGRAM)])
async def test_a_taken_port_is_said_before_anything_has_begun(
    tmp_path: Path, name: str, kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        settings = replace(loopback(tmp_path / "data"), **{name: taken.getsockname()[1]})
        with pytest.raises(OSError, match="in use"):
            async with running(settings):
                pass
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("cert", ["not there", "no certificate"])
async def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, cert: str) -> None:
    path = tmp_path / "chain.pem"
    if cert == "no certificate":
        path.write_text("hello")
    settings = replace(loopback(tmp_path / "data"), tls_cert=path, tls_key=path)
    with pytest.raises(BadSetting, match="certificate"):
        async with running(settings):
            pass
    assert not (tmp_path / "data").exists()


async def test_over_https_cookies_stay_on_this_host(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path / "tls", "127.0.0.1", wall_clock())
    async with faceless(replace(loopback(tmp_path), tls_cert=cert, tls_key=key)) as house:
        assert house.origin.startswith("https://127.0.0.1:")
        rooms = house.rooms
        await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        links = await sign_in_links(house, rooms.now())
        trusting = ssl.create_default_context(cafile=str(cert))
        async with (
            ClientSession() as browser,
            browser.post(
                links[OFFICER], headers={"Origin": house.origin}, ssl=trusting, allow_redirects=False
            ) as answer,
        ):
            assert answer.status == 303
            [cookie] = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-fw_staff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_who_connects_and_says_nothing_is_shut(tmp_path: Path, scheme: str) -> None:
    """Over HTTPS that is before the handshake."""
    settings = loopback(tmp_path)
    if scheme == "https":
        cert, key = self_signed(tmp_path / "tls", "127.0.0.1", wall_clock())
        settings = replace(settings, tls_cert=cert, tls_key=key)
    async with faceless(settings, Limits(request_s=0.05)) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(house.origin).port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("workers", [0, 1])
async def test_browsers_are_told_the_ceiling_that_is_set(tmp_path: Path, workers: int) -> None:
    settings = replace(loopback(tmp_path), workers=workers, bitrate_ceiling=300_000)
    media = await server._media(settings, time.monotonic)
    try:
        async with browser() as subject:
            room = media.open_room("test", lambda seat, state: None, 1)
            await subject.offer_to(lambda sdp: room.connect("subject", sdp))
            await subject.connect()
            subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
            await subject.until(lambda: any(isinstance(report, Remb) for report in subject.reports))
            told = [report.bitrate for report in subject.reports if isinstance(report, Remb)]
            assert told[0] == pytest.approx(300_000, rel=1e-3)
    finally:
        await media.close()


async def test_a_server_that_stops_in_mid_call_files_the_end_and_says_that_it_goes(tmp_path: Path) -> None:
    """In the order that keeps evidence: browsers are told, the call ends, files are sealed, the entry is filed."""
    async with faceless(loopback(tmp_path)) as house:
        rooms = house.rooms
        await demo_people.found(rooms.organisation, rooms.people, rooms.subjects, rooms.enrolments, rooms.now())
        links = await sign_in_links(house, rooms.now())
        subject, officer = Caller(house.origin, clip("subject")), Caller(house.origin, clip("officer"))
        await subject.__aenter__()
        await officer.__aenter__()
        await meet(subject, officer, links, {})
    for caller in (subject, officer):
        assert await caller.hear("going_away") == {"type": "going_away"}
        with pytest.raises(Refused, match="hung up"):
            await caller.hear("ended")
        await caller.__aexit__(None, None, None)
    async with faceless(loopback(tmp_path)) as house:
        rooms = house.rooms
        by = await demo_people.actor_of(rooms.people, demo_people.OFFICER, rooms.now())
        case = await demo_people.subject_of(rooms.subjects, by)
        [ended] = [entry.body for entry in await rooms.ledger.entries(case) if isinstance(entry.body, CheckInEnded)]
        [row] = await rooms.appointments.of_case(by, case, rooms.now())
    assert ended.ended_by == "restart"
    assert [recording.state for recording in ended.recordings] == ["sealed", "sealed"]
    assert row.appointment.check_in.state is CheckInState.ENDED


async def test_a_sweep_that_fails_keeps_nothing_from_its_turn_and_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swept, caught_up_after, again = 0, set[int](), asyncio.Event()
    catch_up = LiveCheckIns.catch_up

    async def sweep(_appointments: Appointments, _at: datetime) -> list[object]:
        nonlocal swept
        swept += 1
        if swept == 1:
            raise ZeroDivisionError("a bug")
        return []

    async def caught(check_ins: LiveCheckIns) -> None:
        await catch_up(check_ins)
        caught_up_after.add(swept)
        if swept > 1:
            again.set()

    monkeypatch.setattr(server, "SWEEP_EVERY_S", 0)
    monkeypatch.setattr(Appointments, "sweep", sweep)
    monkeypatch.setattr(LiveCheckIns, "catch_up", caught)
    async with faceless(loopback(tmp_path)):
        await again.wait()
    assert 1 in caught_up_after
    assert caplog.messages == ["sweeping failed; the next try is in 0 s"]
