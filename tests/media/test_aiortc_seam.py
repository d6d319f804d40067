"""The contract with aiortc and aioice: when a release takes a name away, this is what says so."""

import asyncio
import inspect
import itertools
import socket
import time
from collections.abc import Callable
from importlib.metadata import version

import aioice
import pytest
from aioice import stun
from aioice.ice import ConnectionClosed, StunProtocol
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport

from media.aiortc_seam import CHECKS_PER_S, Link, LinkLost, fingerprints, new_certificate, reason_of
from media.contract import SeatState
from media.guard import MOST_ADDRESSES, Counters, Discard
from media.negotiation import Way
from media.udp_port import UdpPort, bound
from tests.support.two_peers import KEYFRAME, VIDEO, WAIT_S, Browser, Stage, browser, stage, vp8

pytestmark = pytest.mark.rim


def test_the_versions_are_those_that_the_seam_was_written_for() -> None:
    assert version("aiortc").startswith("1.16.")
    assert version("aioice").startswith("0.13.")


async def test_every_private_name_exists() -> None:
    connection = aioice.Connection(ice_controlling=False)
    for name in ("_protocols", "_nominated", "_check_list", "_remote_candidates", "_queue", "_query_consent_task"):
        assert hasattr(connection, name), name
    gatherer = RTCIceGatherer(iceServers=[])
    assert hasattr(gatherer, "_connection")
    ice = RTCIceTransport(gatherer)
    assert ice._connection is gatherer._connection
    dtls = RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])
    for name in ("_set_role", "_rx_srtp", "_tx_srtp", "_task"):
        assert hasattr(dtls, name), name


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (aioice.Connection.get_component_candidates, ["self", "component", "addresses", "timeout"]),
        (aioice.Connection.check_complete, ["self", "pair"]),
        (aioice.Connection.get_event, ["self"]),
        (aioice.Connection.query_consent, ["self"]),
        (aioice.Connection.build_request, ["self", "pair", "nominate"]),
        (StunProtocol.request, ["self", "request", "addr", "integrity_key", "retransmissions"]),
        (aioice.Connection.request_received, ["self", "message", "addr", "protocol"]),
        (aioice.Connection.data_received, ["self", "data", "component"]),
        (StunProtocol.connection_made, ["self", "transport"]),
        (stun.Transaction.response_received, ["self", "message", "addr"]),
        (RTCDtlsTransport._set_role, ["self", "role"]),
    ],
)
def test_what_we_override_or_call_takes_what_we_think(method: object, parameters: list[str]) -> None:
    assert callable(method)
    assert list(inspect.signature(method).parameters) == parameters


async def test_a_call_over_loopback_uses_all_of_them() -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        subject.send(VIDEO, 1, 0, vp8(0, KEYFRAME))
        await officer.until(lambda: officer.of(VIDEO))
        assert officer.of(VIDEO)[0].payload == vp8(0, KEYFRAME)
        assert subject.dtls._ssl is not None
        assert subject.dtls._ssl.get_selected_srtp_profile() == b"SRTP_AEAD_AES_256_GCM"


async def test_no_stun_server_is_asked_and_no_candidate_of_the_browser_is_used() -> None:
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, Counters())
    link = Link(port, new_certificate(), Counters(), lambda datagram, heard_at: False)
    assert link._connection.stun_server is None
    assert link._connection.turn_server is None
    assert link._connection.remote_candidates == []
    await link.close()
    await port.close()


async def test_a_link_closed_before_it_began_is_lost() -> None:
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, Counters())
    link = Link(port, new_certificate(), Counters(), lambda datagram, heard_at: False)
    await link.close()
    with pytest.raises(LinkLost):
        await link.connect("abcd", "p" * 22, [])
    await link.close()
    await port.close()


async def test_a_link_that_is_closed_says_so_also_to_whoever_asks_later() -> None:
    """Else aiortc's monitor, begun and not yet run when an offer is replaced, asks in a loop that nothing ends."""
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, Counters())
    link = Link(port, new_certificate(), Counters(), lambda datagram, heard_at: False)
    await link.close()
    for _ in range(2):
        assert isinstance(await link._connection.get_event(), ConnectionClosed)
    await port.close()


@pytest.mark.parametrize("turns", range(8))
async def test_a_link_may_be_closed_at_any_moment_of_its_beginning(turns: int) -> None:
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, Counters())
    link = Link(port, new_certificate(), Counters(), lambda datagram, heard_at: False)
    async with asyncio.TaskGroup() as tasks:
        connecting = tasks.create_task(lost(link))
        for _ in range(turns):
            await asyncio.sleep(0)
        await link.close()
    assert connecting.result()
    await port.close()


async def lost(link: Link) -> bool:
    try:
        await link.connect("abcd", "p" * 22, [])
    except LinkLost:
        return True
    return False


async def test_a_browser_with_another_certificate_than_it_offered_is_not_let_in() -> None:
    async with stage() as on, browser() as subject:
        stranger = Browser()
        subject._certificate = stranger._certificate  # the offer's fingerprint is the stranger's
        await subject.ask(on, "subject")
        await subject.connect()
        await on.reached("subject", SeatState.CLOSED)


@pytest.mark.parametrize("elsewhere", [0, 2 * MOST_ADDRESSES])
async def test_a_browser_that_moves_is_followed_also_when_a_check_was_sent_again_from_elsewhere(elsewhere: int) -> None:
    async with stage() as on, browser() as subject, browser() as officer:
        await subject.join(on, "subject")
        await officer.join(on, "officer")
        ours, loop = officer.connection, asyncio.get_running_loop()
        seen = ours.build_request(ours._nominated[1], nominate=True)
        seen.add_message_integrity(str(ours.remote_password).encode())
        for _ in range(elsewhere):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
                somebody.sendto(bytes(seen), ("127.0.0.1", on.plane.port))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as moved:
            moved.setblocking(False)  # noqa: FBT003 (the socket's own interface)
            moved.connect(("127.0.0.1", on.plane.port))
            check = ours.build_request(ours._nominated[1], nominate=True)
            check.add_message_integrity(str(ours.remote_password).encode())
            moved.send(bytes(check))
            async with asyncio.timeout(WAIT_S):
                while (answered := stun.parse_message(await loop.sock_recv(moved, 2000))).message_class != 0:
                    pass
                answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, answered.transaction_id)
                answer.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", on.plane.port)
                answer.add_message_integrity(ours.local_password.encode())
                moved.send(bytes(answer))
                number, heard = 0, bytes(2)
                while heard[1] & 0x7F != VIDEO:
                    subject.send(VIDEO, number, number * 3000, vp8(number, KEYFRAME))
                    number, heard = number + 1, await loop.sock_recv(moved, 2000)


async def test_checks_that_were_sent_again_from_elsewhere_leave_no_more_behind_than_there_are_places() -> None:
    async with stage() as on, browser() as subject:
        await subject.join(on, "subject")
        peer = on.room._seats["subject"].peer
        assert peer is not None
        link, theirs = peer._link, subject.connection
        check = theirs.build_request(theirs._nominated[1], nominate=True)
        check.add_message_integrity(str(theirs.remote_password).encode())
        at = time.monotonic()
        for port in range(3 * MOST_ADDRESSES):
            link.hear_stun(bytes(check), ("127.0.0.9", 1 + port), at)
        known = [pair.remote_addr for pair in link._connection._check_list]
        assert len(known) == len(link._connection.remote_candidates) == MOST_ADDRESSES
        assert link.address == subject.address
        assert subject.address in known


async def test_checks_from_elsewhere_use_up_nothing_that_is_the_browser_s() -> None:
    async with stage() as on, browser() as subject:
        await subject.join(on, "subject")
        peer = on.room._seats["subject"].peer
        assert peer is not None
        link, theirs = peer._link, subject.connection
        check = theirs.build_request(theirs._nominated[1], nominate=True)
        check.add_message_integrity(str(theirs.remote_password).encode())
        at = time.monotonic()
        for _ in range(2 * int(CHECKS_PER_S)):
            link.hear_stun(bytes(check), ("127.0.0.9", 1), at)
        dropped = on.plane.counters[Discard.FLOOD]
        assert dropped >= CHECKS_PER_S
        link.hear_stun(bytes(check), subject.address, at)
        assert on.plane.counters[Discard.FLOOD] == dropped


async def test_a_browser_that_no_longer_consents_is_closed() -> None:
    async with stage() as on, browser() as subject:
        await subject.join(on, "subject")
        peer = on.room._seats["subject"].peer
        assert peer is not None
        await peer._link._connection.close()  # what aioice does after 30 s without an answer (RFC 7675)
        await on.reached("subject", SeatState.CLOSED)


async def asked_in_vain(
    played: Browser, on: Stage, way: Way, monkeypatch: pytest.MonkeyPatch, goes_on: Callable[[], bool]
) -> None:
    """It connects, answers no check from then on, and sends pictures as long as `goes_on`."""
    monkeypatch.setattr("media.aiortc_seam.CONSENT_INTERVAL", 0.02)
    monkeypatch.setattr("aioice.stun.RETRY_RTO", 0.01)
    await played.gather()
    played.answer = await on.room.connect("subject", played.offer(), way)
    await played.connect()
    await on.reached("subject", SeatState.CONNECTED)
    monkeypatch.setattr(played.connection, "request_received", lambda message, addr, protocol: None)
    for number in itertools.count():
        played.send(VIDEO, number, number * 3000, vp8(number, KEYFRAME))
        await asyncio.sleep(0.01)
        if not goes_on():
            return


async def test_who_only_sends_and_answers_no_checks_is_heard_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # So does FFmpeg's WHIP client.
    async with stage() as on, browser() as device:
        ticks = itertools.count()
        await asked_in_vain(device, on, Way.IN, monkeypatch, lambda: next(ticks) < 100)
        assert ("subject", SeatState.CLOSED) not in on.seats
        await on.reached("subject", SeatState.CLOSED)  # once nothing comes any more


async def test_who_is_sent_media_and_answers_no_checks_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as on, browser() as subject:
        closed = ("subject", SeatState.CLOSED)
        async with asyncio.timeout(WAIT_S):
            await asked_in_vain(subject, on, Way.BOTH, monkeypatch, lambda: closed not in on.seats)


def test_the_fingerprint_is_the_one_that_all_browsers_know() -> None:
    ((algorithm, value),) = fingerprints(new_certificate())
    assert (algorithm, len(value)) == ("sha-256", 95)


@pytest.mark.parametrize(
    ("text", "drop"),
    [
        ("replay check failed (bad index)", Discard.REPLAYED),
        ("replay check failed (index too old)", Discard.REPLAYED),
        ("authentication failure", Discard.FORGED),
        ("error parsing data", Discard.MALFORMED),
    ],
)
def test_srtp_errors_are_counted_by_what_they_mean(text: str, drop: Discard) -> None:
    assert reason_of(Exception(text)) is drop
