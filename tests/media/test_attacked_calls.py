"""Two calls under attack, from outside and from a browser in one of them: both go on as before, and the log is quiet.

A frame counts as seen or not, never as late: what is measured is the same on a slow machine. An attack strikes forty
times a frame, a thousand times for each second of the calls, and the calls of the same run without it are the baseline.
"""

import random
import struct
from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import repeat

import pytest

from media import rtcp
from media.guard import Discard
from media.rtp import HEADER
from tests.support.attacks import (
    ALERT,
    CLIENT_HELLO,
    FRAMES_PER_S,
    RTCP,
    RTP,
    Scene,
    a_scene,
    a_stranger,
    binding_request,
    names,
    signed_over_and_over,
    spoken,
    stun_of,
)
from tests.support.two_peers import AUDIO, RTX, VIDEO

pytestmark = pytest.mark.rim

FRAMES = 50  # with the attack, and before it without
HELLO = b"\x16\xfe\xfd" + bytes(8) + b"\x00\x6c\x01\x00\x00\x60" + bytes(5) + b"\x00\x00\x60\xfe\xfd" + bytes(94)
SEALED = b"\x17\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x20" + bytes(32)

STRIKES = 40  # a frame
AT_ONCE = 10
SHARE = 0.95  # of the baseline

Attack = Callable[[Scene], Generator[None]]
"""Sends one datagram at each step."""


def outside(*datagrams: bytes) -> Attack:
    """From a stranger's address."""

    def attack(scene: Scene) -> Generator[None]:
        while True:
            for datagram in datagrams:
                scene.stranger(datagram)
                yield

    return attack


def spoofed(*datagrams: bytes) -> Attack:
    """In plain text from the address of a browser that has done nothing: whoever is on its path can do that."""

    def attack(scene: Scene) -> Generator[None]:
        while True:
            for datagram in datagrams:
                scene.others[0].send_raw(datagram)
                yield

    return attack


def reported(*reports: bytes) -> Attack:
    """RTCP, encrypted by the hostile browser."""

    def attack(scene: Scene) -> Generator[None]:
        while True:
            for report in reports:
                scene.hostile.send_control(report)
                yield

    return attack


def protected(scene: Scene, packet: bytes) -> bytes:
    sealed: bytes = scene.hostile.dtls._tx_srtp.protect(packet)
    return sealed


def broken_headers(scene: Scene) -> Generator[None]:
    """RTP whose extension, sources or padding do not fit, in the hostile browser's own stream."""
    bodies = [
        (0x90, b"\xbe\xde"),
        (0x90, b"\xbe\xde\xff\xff" + bytes(8)),
        (0x9F, bytes(8)),
        (0x8F, b""),
        (0xA0, b"x\xff"),
        (0xA0, b"xx\x00"),
        (0xBF, b"\x10\x00\x00\xff"),
        (0x90, b"\xbe\xde\x00\x01\x1f\xff\xff\xff"),
        (0x90, b"\x10\x00\x00\x02" + bytes(8)),
        (0x80, b""),
    ]
    while True:
        for first, body in bodies:
            try:
                scene.hostile.send_raw(
                    protected(
                        scene, HEADER.pack(first, RTX, scene.own.sent & 0xFFFF, 0, scene.hostile.ssrcs[RTX]) + body
                    )
                )
            except Exception:  # libsrtp itself refuses to write some of them: then they are forged
                scene.hostile.send_raw(HEADER.pack(first, VIDEO, 1, 0, scene.hostile.ssrcs[VIDEO]) + body + bytes(16))
            yield


def strange_pictures(scene: Scene) -> Generator[None]:
    """VP8 descriptors that end too soon, on the stream that repairs."""
    payloads = [
        b"\x90",
        b"\x90\x80",
        b"\x90\x80\x80",
        b"\xff\xff\xff",
        b"\x90\xf0\x80\x00\x00\x00",
        b"\x10",
        b"\x00" * 3,
    ]
    while True:
        for payload in payloads:
            number = scene.own.skip()
            scene.hostile.send(VIDEO, number, 0, payload, marker=False)
            yield


def wrong_sources(scene: Scene) -> Generator[None]:
    """Every SSRC there is room for in 16 bits, as media."""
    for ssrc in range(1 << 16):
        scene.hostile.send_raw(protected(scene, HEADER.pack(0x80, VIDEO, 1, 2, ssrc) + b"x"))
        yield


def wrong_reporters(scene: Scene) -> Generator[None]:
    """As many SSRCs in reports."""
    for ssrc in range(1 << 16):
        scene.hostile.send_control(rtcp.receiver_report(ssrc, ()))
        yield


def sources_that_end_at_once(scene: Scene) -> Generator[None]:
    """Each SSRC begins, and says goodbye for the next to follow."""
    for ssrc in range(1000, 1 << 16):
        scene.hostile.send_raw(protected(scene, HEADER.pack(0x80, RTX, 1, 2, ssrc)))
        yield
        scene.hostile.send_control(struct.pack("!BBHI", 0x81, 203, 1, ssrc))
        yield


def replayed(scene: Scene) -> Generator[None]:
    """What another browser has sent, from there and from elsewhere, as it was and with a bit changed."""
    other = scene.others[0]
    again = other.send(RTX, 0, 0, b"")
    while True:
        other.send_raw(again)
        scene.stranger(again)
        other.send_raw(again[:-1] + bytes([again[-1] ^ 1]))
        yield


def reordered(scene: Scene) -> Generator[None]:
    """The hostile browser's stream in any order, with holes and jumps of half the numbers there are."""
    chance = random.Random(1)
    while True:
        number = scene.own.skip() + chance.choice((-600, -3, 0, 2, 40, 200))
        if number >= 0:
            scene.hostile.send(AUDIO, number, number * 960, b"opus")
        yield


def oversized(scene: Scene) -> Generator[None]:
    """The longest datagrams that UDP can carry, of each kind."""
    username, _ = names(scene.others[0])
    beginnings = (b"\x80\x60", b"\x80\xc9", b"\x16\xfe", b"\x00\x01")
    whole = [stun_of(username, (0x8022, b"x" * 60_000)), signed_over_and_over(username, 65_000)]
    while True:
        for datagram in [first + bytes(65_000) for first in beginnings] + whole:
            scene.hostile.send_raw(datagram)
            yield
            yield from repeat(None, AT_ONCE)  # a system may have room for six of them


def checks_of_others(scene: Scene) -> Generator[None]:
    """STUN for another's connection, wrongly signed or broken, from there and from elsewhere."""
    username, password = names(scene.others[0])
    fragment = username.partition(":")[0]
    checks = [
        binding_request(username, "wrong" + password, PRIORITY=1, USE_CANDIDATE=None),
        binding_request(username, password, PRIORITY=1)[:-28],
        stun_of(fragment),
        stun_of(username, (0x0024, b"")),  # PRIORITY without its number
        stun_of(username, (0x0020, b"\x00\x01")),  # half an address
        stun_of(username, (0x0020, b"\x00\x07" + bytes(6))),  # of no family
        stun_of(username, (0x0014, b"\xff\xfe")),  # REALM that is no text
        stun_of(username, (0x0009, b"\x00")),  # ERROR-CODE
        stun_of(username, (0x8028, bytes(4))),  # FINGERPRINT of something else
        stun_of(username, (0x0008, b"short")),
        stun_of(username, *[(0x8022, b"x")] * 100),
        stun_of(username) + b"\x00",
        stun_of(username, (0x0024, bytes(4)), kind=0x0101),
        stun_of(username, (0x0009, b"\x00\x00\x04\x57"), kind=0x0111),
        b"\x00\x01\xff\xff" + stun_of(username)[4:],
        stun_of(username)[:19],
    ]
    while True:
        for check in checks:
            scene.others[0].send_raw(check)
            scene.stranger(check)
            yield


def checks_of_its_own(scene: Scene) -> Generator[None]:
    """Rightly signed by the hostile browser, from two hundred addresses, with whatever else can stand in one."""
    username, password = names(scene.hostile)
    extras: list[dict[str, object]] = [
        {"PRIORITY": 1, "SOFTWARE": "x" * 400},
        {"PRIORITY": 0xFFFFFFFF, "ICE_CONTROLLING": 0},
        {"PRIORITY": 1, "ICE_CONTROLLED": 1},
        {"PRIORITY": 1, "XOR_MAPPED_ADDRESS": ("127.0.0.9", 9)},
        {"LIFETIME": 1},
    ]
    with ExitStack() as opened:
        strangers = [opened.enter_context(a_stranger(scene.near)) for _ in range(200)]
        while True:
            for send in strangers:
                for extra in extras:
                    send(binding_request(username, password, **extra))
                    yield


def bits_at_random(scene: Scene) -> Generator[None]:
    """Whatever it is, beginning with every byte there is."""
    chance = random.Random(2)
    while True:
        for first in range(256):
            datagram = bytes([first]) + chance.randbytes(chance.randint(0, 60))
            scene.stranger(datagram)
            scene.others[0].send_raw(datagram)
            yield


def reports_at_random(scene: Scene) -> Generator[None]:
    """RTCP that is encrypted rightly and means nothing."""
    chance = random.Random(3)
    while True:
        kind, words = chance.choice((200, 201, 203, 205, 206)), chance.randint(1, 12)
        body = chance.randbytes(4 * words)
        scene.hostile.send_control(struct.pack("!BBH", 0x80 | chance.randrange(64), kind, words) + body)
        yield


def clocks_that_jump(scene: Scene) -> Generator[None]:
    """Sender reports of the hostile browser's from any century."""
    chance = random.Random(4)
    while True:
        for kind in (VIDEO, AUDIO):
            report = rtcp.SenderReport(scene.hostile.ssrcs[kind], chance.getrandbits(64), chance.getrandbits(32), 1, 1)
            scene.hostile.send_control(rtcp.sender_report(report))
        yield


ATTACKS: dict[str, Attack] = {
    "empty datagrams": outside(b""),
    "plain DTLS from a stranger": outside(ALERT, CLIENT_HELLO),
    "plain DTLS from a browser's own address": spoofed(
        ALERT, CLIENT_HELLO, ALERT + CLIENT_HELLO, b"\x14\xfe\xfd", b"\x17" * 90
    ),
    "a hello and sealed DTLS from a browser's own address": spoofed(HELLO, SEALED, HELLO + SEALED),
    "media from a stranger": outside(RTP, RTCP, b"\x80", b"\x80\xc9"),
    "media in the clear from a browser's own address": spoofed(RTP + bytes(40), RTCP + bytes(40), b"\x80", b"\xbf\xff"),
    "malformed and forged checks": checks_of_others,
    "checks of its own from everywhere": checks_of_its_own,
    "bits at random": bits_at_random,
    "datagrams of 65,000 bytes": oversized,
    "packets that come again": replayed,
    "packets in any order": reordered,
    "65,536 sources": wrong_sources,
    "65,536 reporters": wrong_reporters,
    "sources that end at once": sources_that_end_at_once,
    "headers that lie": broken_headers,
    "descriptors that end too soon": strange_pictures,
    "reports cut short": reported(
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\xff\xff\xff\xff",
        b"\x81\xcd\x00\x01" + bytes(4),
        b"\x80\xc8\x00\x01" + bytes(4),
        b"\x9f\xc8\x00\x06" + bytes(24),
        b"\x9f\xc9\x00\x01" + bytes(4),
        b"\x84\xce\x00\x03" + bytes(12),
        b"\x9f\xcb\x00\x01" + bytes(4),
        b"\xbf\xc9\x00\x01" + b"\xff" * 4,
        b"\x80\xc9\xff\xff" + bytes(4),
        b"\x00\x00\x00\x00" * 3,
    ),
    "reports at random": reports_at_random,
    "clocks that jump": clocks_that_jump,
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_the_calls_go_on_while_there_are(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with a_scene() as scene:
        strikes = ATTACKS[name](scene)

        async def nothing(frame: int) -> None:
            pass

        async def strike(frame: int) -> None:
            for _ in range(STRIKES // AT_ONCE):
                for _ in range(AT_ONCE):
                    next(strikes)
                await scene.fence()  # the system's buffer is not what is tested

        before = await scene.play(FRAMES, nothing)
        during = await scene.play(FRAMES, strike)
        strikes.close()
        assert all(share >= SHARE * baseline for share, baseline in zip(during, before, strict=True)), (before, during)
        assert min(before) == 1
        assert scene.closed() == []
        assert scene.dropped(Discard.FAULT) == 0
        assert len(spoken(caplog)) <= FRAMES / FRAMES_PER_S, spoken(caplog)
