"""What comes in plain text while a browser joins, also from its own address: the handshake ends as if nothing had."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from media.guard import Discard
from tests.support.attacks import ALERT, CLIENT_HELLO, RTCP, RTP, a_stranger
from tests.support.two_peers import KEYFRAME, VIDEO, Browser, Stage, browser, stage, vp8

pytestmark = pytest.mark.rim

GARBAGE = b"\x16\xfe\xfd" + bytes(8) + b"\xff\xff" + b"\xff" * 40
CLOSE_NOTIFY = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x01\x00"
CHANGE_CIPHER_SPEC = b"\x14\xfe\xfd" + bytes(8) + b"\x00\x01\x01"
APPLICATION_DATA = b"\x17\xfe\xfd" + bytes(8) + b"\x00\x04data"
PLAIN = {
    "alert": ALERT,
    "alert behind another record": APPLICATION_DATA + ALERT,
    "goodbye": CLOSE_NOTIFY,
    "ClientHello": CLIENT_HELLO,
    "garbage": GARBAGE,
    "half a header": ALERT[:7],
    "ChangeCipherSpec": CHANGE_CIPHER_SPEC,
    "data": APPLICATION_DATA,
}


@asynccontextmanager
async def about_to_shake_hands() -> AsyncIterator[tuple[Stage, Browser, Browser]]:
    """A browser whose address is known and whose handshake has not begun."""
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.ask(on, "subject")
        await subject.prove_itself()
        yield on, subject, officer


async def shake_hands_and_see(on: Stage, subject: Browser, officer: Browser) -> None:
    await subject.shake_hands()
    await officer.join(on, "officer")
    subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
    await officer.until(lambda: officer.of(VIDEO))


@pytest.mark.parametrize("name", PLAIN)
async def test_a_handshake_survives_from_a_stranger_an(name: str) -> None:
    async with about_to_shake_hands() as (on, subject, officer):
        with a_stranger(on) as send:
            for _ in range(20):
                send(PLAIN[name])
        await shake_hands_and_see(on, subject, officer)
        assert on.plane.counters[Discard.STRANGER] == 20


@pytest.mark.parametrize("name", PLAIN)
async def test_a_handshake_survives_from_the_browser_s_own_address_an(name: str) -> None:
    async with about_to_shake_hands() as (on, subject, officer):
        for _ in range(20):
            subject.send_raw(PLAIN[name])
        await asyncio.sleep(0)
        await shake_hands_and_see(on, subject, officer)


@pytest.mark.parametrize("name", PLAIN)
async def test_a_handshake_under_way_survives_from_the_browser_s_own_address_an(name: str) -> None:
    async with about_to_shake_hands() as (on, subject, officer), asyncio.TaskGroup() as tasks:

        async def attack() -> None:
            for _ in range(200):
                subject.send_raw(PLAIN[name])
                await asyncio.sleep(0)

        attacking = tasks.create_task(attack())
        await shake_hands_and_see(on, subject, officer)
        attacking.cancel()


@pytest.mark.parametrize("datagram", [RTP, RTCP])
async def test_media_from_a_stranger_before_the_handshake_is_a_stranger_s(datagram: bytes) -> None:
    async with about_to_shake_hands() as (on, subject, officer):
        with a_stranger(on) as send:
            send(datagram)
        await shake_hands_and_see(on, subject, officer)
        assert dict(on.plane.counters) == {Discard.STRANGER: 1}
