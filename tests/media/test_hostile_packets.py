"""What strangers and broken browsers send to the one port during a call: each is dropped, counted and forgotten."""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun

from media.aiortc_seam import CHECKS_PER_S, LONGEST_QUEUE
from media.guard import Discard
from media.rtp import HEADER
from tests.support.attacks import ALERT, CLIENT_HELLO, RTCP, RTP, a_stranger, binding_request, names
from tests.support.logs import logged_at
from tests.support.two_peers import DELTA, KEYFRAME, VIDEO, Browser, Stage, browser, stage, vp8

pytestmark = pytest.mark.rim

SEALED = b"\x17\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x10" + bytes(16)  # DTLS that nobody can open


class Call:
    """A subject whom an officer sees; `goes_on` proves it with one more frame."""

    def __init__(self, on: Stage, subject: Browser, officer: Browser) -> None:
        self.on = on
        self.subject = subject
        self.officer = officer
        self._sent = 0

    async def goes_on(self) -> None:
        self.subject.send(VIDEO, self._sent, self._sent * 3000, vp8(self._sent, DELTA if self._sent else KEYFRAME))
        self._sent += 1
        await self.officer.until(lambda: len(self.officer.of(VIDEO)) == self._sent)

    @property
    def names(self) -> tuple[str, str]:
        return names(self.subject)

    def dropped(self) -> dict[Discard, int]:
        return dict(self.on.plane.counters)


@asynccontextmanager
async def a_call() -> AsyncIterator[Call]:
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        call = Call(on, subject, officer)
        await call.goes_on()
        yield call


STRANGE = [
    (b"", Discard.EMPTY),
    (ALERT, Discard.STRANGER),
    (CLIENT_HELLO, Discard.STRANGER),
    (RTP, Discard.STRANGER),
    (RTCP, Discard.STRANGER),
    (b"\xff", Discard.STRANGER),
    (b"\x00", Discard.MALFORMED),
    (bytes(20), Discard.MALFORMED),
    (binding_request("nobody:x", "p"), Discard.STRANGER),
    (bytes(stun.Message(stun.Method.BINDING, stun.Class.RESPONSE)), Discard.STRANGER),
    (bytes(stun.Message(stun.Method.BINDING, stun.Class.ERROR)), Discard.MALFORMED),
    (bytes(stun.Message(stun.Method.BINDING, stun.Class.INDICATION)), Discard.MALFORMED),
    (bytes(stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)), Discard.MALFORMED),
]


@pytest.mark.parametrize(("datagram", "drop"), STRANGE, ids=map(str, range(len(STRANGE))))
async def test_a_stranger_s_datagram_is_counted_and_the_call_goes_on(
    datagram: bytes, drop: Discard, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_call() as call:
        with a_stranger(call.on) as send:
            for _ in range(3):
                send(datagram)
        await call.goes_on()
        assert call.dropped() == {drop: 3}
        assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


async def test_what_was_dropped_is_said_when_a_room_closes_and_when_media_stops() -> None:
    with logged_at("INFO") as log:
        async with a_call() as call:
            with a_stranger(call.on) as send:
                for datagram in (RTP, ALERT, b""):
                    send(datagram)
            await call.goes_on()
            await call.on.room.close()
            assert "room test closed; dropped since the room before: stranger 2, empty 1\n" in log.getvalue()
            call.on.plane.open_room("quiet", lambda seat, state: None, seats=2)
    assert "room quiet closed; dropped since the room before: nothing\n" in log.getvalue()
    assert "media has stopped; dropped since its start: stranger 2, empty 1\n" in log.getvalue()


async def test_a_check_without_our_password_proves_nothing() -> None:
    async with a_call() as call:
        username, password = call.names
        with a_stranger(call.on) as send:
            send(binding_request(username, "wrong" + password, PRIORITY=1))
            send(binding_request(username, password)[:-28])  # no MESSAGE-INTEGRITY
            send(RTP)
        await call.goes_on()
        dropped = call.dropped()
        assert dropped[Discard.STRANGER] == 1
        assert dropped.get(Discard.FORGED, 0) + dropped.get(Discard.MALFORMED, 0) == 2


async def test_an_authentic_check_that_makes_no_sense_is_dropped() -> None:
    async with a_call() as call:
        username, password = call.names
        call.subject.send_raw(binding_request(username, password))  # no PRIORITY
        call.subject.send_raw(binding_request(username, password, PRIORITY=1, ICE_CONTROLLED=1))
        truncated = binding_request(username, password, PRIORITY=1)
        call.subject.send_raw(truncated[:3] + bytes([truncated[3] + 4]) + truncated[4:])
        await call.goes_on()
        assert call.dropped() == {Discard.MALFORMED: 3}


async def test_a_flood_of_checks_is_answered_only_so_far() -> None:
    async with a_call() as call:
        username, password = call.names
        for _ in range(2 * int(CHECKS_PER_S)):
            call.subject.send_raw(binding_request(username, password, PRIORITY=1))
        await call.goes_on()
        assert 0 < call.dropped()[Discard.FLOOD] <= 2 * CHECKS_PER_S


async def test_a_flood_of_forged_checks_takes_nothing_from_the_browser_s_own() -> None:
    async with a_call() as call:
        username, password = call.names
        forged = 4 * int(CHECKS_PER_S)
        with a_stranger(call.on) as send:
            for _ in range(forged):
                send(binding_request(username, "wrong" + password, PRIORITY=1))
        # Its consent to the call is renewed by nothing else: without an answer it ends within 30 s (RFC 7675).
        call.subject.send_raw(binding_request(username, password, PRIORITY=1))
        await call.goes_on()
        assert call.dropped() == {Discard.FORGED: forged}


@pytest.mark.parametrize(
    ("datagram", "drop"),
    [
        (b"\x80", Discard.MALFORMED),
        (RTP[:11], Discard.MALFORMED),
        (b"\x80" + bytes(1600), Discard.MALFORMED),
        (RTCP, Discard.MALFORMED),
        (b"\x80\xc9" + bytes(30), Discard.FORGED),
        (HEADER.pack(0x80, 5, 1, 2, 3) + bytes(40), Discard.UNKNOWN_STREAM),
        (b"\xc8" + bytes(30), Discard.MALFORMED),
        (b"\x40" + bytes(30), Discard.MALFORMED),  # TURN channel data
    ],
)
async def test_a_browser_s_own_broken_datagram_is_counted_and_its_call_goes_on(datagram: bytes, drop: Discard) -> None:
    async with a_call() as call:
        call.subject.send_raw(datagram)
        await call.goes_on()
        assert call.dropped() == {drop: 1}


@pytest.mark.parametrize("datagram", [ALERT, CLIENT_HELLO])
async def test_plain_dtls_after_the_handshake_means_nothing(datagram: bytes) -> None:
    async with a_call() as call:
        call.subject.send_raw(datagram)
        await call.goes_on()


async def test_packets_that_are_forged_or_come_twice_are_not_forwarded() -> None:
    async with a_call() as call:
        again = call.subject.send(VIDEO, 1, 3000, vp8(1, DELTA))
        await call.officer.until(lambda: len(call.officer.of(VIDEO)) == 2)
        call.subject.send_raw(again)
        call.subject.send_raw(again[:-1] + bytes([again[-1] ^ 1]))
        fresh = HEADER.pack(0x80, VIDEO, 9, 0, call.subject.ssrcs[VIDEO]) + bytes(40)
        call.subject.send_raw(fresh)
        call.subject.send(VIDEO, 2, 6000, vp8(2, DELTA))
        await call.officer.until(lambda: len(call.officer.of(VIDEO)) == 3)
        dropped = call.dropped()
        assert (dropped[Discard.REPLAYED], dropped[Discard.FORGED]) == (2, 1)


@pytest.mark.parametrize(
    "report",
    [
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",  # cut short
        struct.pack("!BBHI", 0x9F, 201, 1, 1),  # 31 blocks that are not there
        b"\x80\xc9\x00\x09" + bytes(4),
    ],
)
async def test_an_authentic_report_that_is_broken_is_counted(report: bytes) -> None:
    async with a_call() as call:
        call.subject.send_control(report)
        await call.goes_on()
        assert call.dropped() == {Discard.MALFORMED: 1}


async def test_an_authentic_packet_whose_header_lies_is_counted() -> None:
    async with a_call() as call:
        lying = HEADER.pack(0xA0, VIDEO, 77, 0, call.subject.ssrcs[VIDEO]) + b"x\xff"
        call.subject.send_raw(call.subject.dtls._tx_srtp.protect(lying))
        await call.goes_on()
        assert call.dropped() == {Discard.MALFORMED: 1}


async def test_dtls_that_comes_faster_than_it_is_read_is_bounded() -> None:
    async with stage() as on, browser() as subject:
        await subject.ask(on, "subject")
        peer = on.room._seats["subject"].peer
        assert peer is not None
        for _ in range(LONGEST_QUEUE + 5):
            peer._link.hear_dtls(SEALED)
        assert dict(on.plane.counters) == {Discard.QUEUE_FULL: 5}


async def test_a_stranger_s_alert_during_the_handshake_does_not_end_it() -> None:
    async with stage() as on, browser() as subject, browser() as officer, asyncio.TaskGroup() as tasks:
        with a_stranger(on) as send:

            async def attack() -> None:
                while True:
                    send(ALERT)
                    await asyncio.sleep(0)

            attacking = tasks.create_task(attack())
            await subject.join(on, "subject")
            attacking.cancel()
        await officer.join(on, "officer")
        subject.send(VIDEO, 0, 0, vp8(0, KEYFRAME))
        await officer.until(lambda: officer.of(VIDEO))
        assert on.plane.counters[Discard.STRANGER] > 0


async def test_media_before_the_handshake_is_counted() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.ask(on, "subject")
        await subject.prove_itself()
        subject.send_raw(RTP)
        await subject.shake_hands()
        await officer.join(on, "officer")
        assert dict(on.plane.counters) == {Discard.EARLY: 1}


async def test_a_packet_that_grows_too_long_on_its_way_is_not_sent() -> None:
    async with a_call() as call:
        call.subject.send(VIDEO, 1, 3000, vp8(1, DELTA + bytes(1330)))  # and the header extension of ours
        call.subject.send(VIDEO, 2, 6000, vp8(2, DELTA))
        await call.officer.until(lambda: len(call.officer.of(VIDEO)) == 2)
        assert call.dropped() == {Discard.UNSENT: 1}


async def test_a_fault_of_ours_is_logged_once_and_the_port_lives(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_call() as call:
        with monkeypatch.context() as broken:
            broken.setattr("media.udp_port.local_fragment", lambda datagram: 1 / 0)
            with a_stranger(call.on) as send:
                for _ in range(3):
                    send(bytes(20))
            await call.goes_on()
        assert call.dropped()[Discard.FAULT] == 3
        assert len(caplog.records) == 1
