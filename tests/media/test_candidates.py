"""Where the server sends to, and what it tells of itself: to whoever has proved to be there, and what it was told to.

The interpreter itself says where datagrams go, which names are looked up and what is connected to (its audit events).
"""

import asyncio
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest

from media.plane import MediaPlane
from tests.support.clocks import ManualClock
from tests.support.two_peers import DELTA, KEYFRAME, VIDEO, Browser, Stage, browser, vp8

pytestmark = pytest.mark.rim

INSIDE = [
    "127.0.0.9",
    "::1",
    "::ffff:127.0.0.1",
    "169.254.169.254",
    "64:ff9b::7f00:1",
    "10.0.0.1",
    "224.0.0.251",
    "0.0.0.0",
    "192.0.2.7.xip.example",
    "x.local",
    "4f1c7f4e-0d5a-4f6e-9c57-5d4f6a1b2c3d.local",
]
ANNOUNCED = ["127.0.0.1", "203.0.113.7", "2001:db8::7"]

_told: list[tuple[str, Any]] | None = None


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _told is not None and event in ("socket.sendto", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        _told.append((event, arguments[1] if event.startswith(("socket.sendto", "socket.connect")) else arguments[0]))


sys.addaudithook(_hear)  # for good: the interpreter takes none away again


@contextmanager
def what_is_reached() -> Iterator[list[tuple[str, Any]]]:
    """Every address that this process sends or connects to, and every name that it looks up, meanwhile."""
    global _told
    _told = []
    try:
        yield _told
    finally:
        _told = None


@contextmanager
def a_listener(host: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.setblocking(False)  # noqa: FBT003 (the socket's own interface)
        yield sock


def offering(played: Browser, candidates: list[str]) -> str:
    """The browser's offer with these candidates in each of its sections."""
    return "".join(
        line + ("".join(f"a={each}\r\n" for each in candidates) if line.startswith("a=mid:") else "")
        for line in played.offer().splitlines(keepends=True)
    )


def candidate(number: int, host: str, port: int) -> str:
    return f"candidate:{number} 1 udp {2122260223 - number} {host} {port} typ host"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("kind", ["host", "srflx", "relay", "prflx"])
async def test_nothing_is_ever_sent_to_an_address_that_an_offer_names(kind: str) -> None:
    async with AsyncExitStack() as opened:
        listeners = [opened.enter_context(a_listener(host)) for host in ("127.0.0.9", "127.0.0.1", "::1")]
        ports = [sock.getsockname()[1] for sock in listeners]
        names = [*INSIDE, "127.0.0.1"]
        candidates = [candidate(n, host, ports[n % 3]) for n, host in enumerate(names)]
        candidates = [line.replace("typ host", f"typ {kind}") for line in candidates] + ["end-of-candidates"]
        reached = opened.enter_context(what_is_reached())
        plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], ManualClock().clock)
        opened.push_async_callback(plane.close)
        room = Stage(plane, 2).room
        room.watch("officer", "subject")
        subject, officer = [await opened.enter_async_context(browser()) for _ in range(2)]
        offers = {subject: offering(subject, candidates), officer: officer.offer()}
        for played, seat in ((subject, "subject"), (officer, "officer")):
            await played._gatherer.gather()
            offers[played] = offering(played, candidates) if played is subject else played.offer()
            played.answer = await room.connect(seat, offers[played])
            await played.connect()
        subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
        await officer.until(lambda: officer.of(VIDEO))
        assert "127.0.0.9" in offers[subject]
        there = {("127.0.0.1", plane.port), subject.address, officer.address}
        assert {what for what in reached if what[0] != "socket.sendto" or what[1][:2] not in there} == set()
        assert {event for event, _ in reached} == {"socket.sendto"}
        for sock in listeners:
            with pytest.raises(BlockingIOError):
                sock.recv(2048)


async def test_a_check_says_where_a_browser_is_and_its_answer_to_ours_that_it_is_there() -> None:
    """What stands in for candidates: only who has our password, and answers to its own, is sent media."""
    async with AsyncExitStack() as opened:
        plane = await MediaPlane.open("127.0.0.1", 0, ["127.0.0.1"], ManualClock().clock)
        opened.push_async_callback(plane.close)
        room = plane.open_room("test", lambda seat, state: None, 1)
        played = await opened.enter_async_context(browser())
        with what_is_reached() as reached:
            await played._gatherer.gather()
            await room.connect("subject", offering(played, [candidate(1, *played.address)]))
            for _ in range(20):
                await asyncio.sleep(0)
            assert reached == []


def addresses_in(text: str) -> set[str]:
    return set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|[0-9a-f]{1,4}:[0-9a-f:]*:[0-9a-f:]*", text))


async def test_three_people_learn_the_announced_addresses_and_nobody_s() -> None:
    hosts = ["127.0.0.21", "127.0.0.22", "127.0.0.23"]
    async with AsyncExitStack() as opened:
        plane = await MediaPlane.open("127.0.0.1", 0, ANNOUNCED, ManualClock().clock)
        opened.push_async_callback(plane.close)
        on = Stage(plane, 3)
        people = [await opened.enter_async_context(browser(host)) for host in hosts]
        for number, played in enumerate(people):
            on.room.watch(str(number), str((number + 1) % 3))
            await played.join(on, str(number))
        for number in range(3):
            for played in people:
                played.send(VIDEO, number, number * 3000, vp8(number, DELTA if number else KEYFRAME))
        for played in people:
            await played.until(lambda seen=played: len(seen.of(VIDEO)) == 3)  # type: ignore[misc]
        for played, host in zip(people, hosts, strict=True):
            assert played.address[0] == host
            lines = [line for line in played.answer.split("\r\n") if line.startswith("a=candidate:")]
            assert [line.split(" ")[4:6] for line in lines] == [[host, str(plane.port)] for host in ANNOUNCED]
            assert addresses_in(re.sub("fingerprint:.*", "", played.answer)) <= {*ANNOUNCED, "0.0.0.0"}
            others = [socket.inet_aton(other) for other in hosts if other != host]
            assert not any(other in packet.payload for packet in played.heard for other in others)
            assert not any(other in played.answer for other in hosts)


def test_what_listens_for_what_is_reached_hears_it() -> None:
    with a_listener("127.0.0.9") as there, a_listener("127.0.0.1") as here, what_is_reached() as reached:
        here.sendto(b"x", there.getsockname())
        socket.getaddrinfo("127.0.0.1", 9)
        assert reached == [("socket.sendto", there.getsockname()), ("socket.getaddrinfo", "127.0.0.1")]
