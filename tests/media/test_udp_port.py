import asyncio
import socket
import time

import pytest

from media.guard import MOST_ADDRESSES, Address, Counters, Discard
from media.udp_port import UdpPort, bound

pytestmark = pytest.mark.rim


AUTHENTIC = b"\x80rtp"


class Listener:
    """A connection that notes what the port hands to it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.forgotten: list[Address] = []
        self.changed = asyncio.Event()

    def hear_stun(self, datagram: bytes, address: Address, heard_at: float) -> None:
        self._note("stun", datagram)

    def hear_dtls(self, datagram: bytes) -> None:
        self._note("dtls", datagram)

    def hear_media(self, datagram: bytes, heard_at: float) -> bool:
        self._note("media", datagram)
        return datagram == AUTHENTIC

    def forget(self, address: Address) -> None:
        self.forgotten.append(address)

    def _note(self, kind: str, datagram: bytes) -> None:
        self.heard.append((kind, datagram))
        self.changed.set()


def request(fragment: bytes) -> bytes:
    name = fragment + b":x"
    attribute = b"\x00\x06" + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4)
    return b"\x00\x01" + len(attribute).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + attribute


async def check(host: str) -> None:
    """Two connections on one port: requests find theirs by our fragment, everything else by address."""
    port = await UdpPort.on(bound(host, 0), time.monotonic, Counters())
    first, second = Listener(), Listener()
    port.attach("first", first)
    port.attach("second", second)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, port.number))
        address: Address = sock.getsockname()[:2]
        assert port.trust(second, address, time.monotonic())
        for datagram in (request(b"first"), request(b"second"), b"\x01\x01ok", b"\x16dtls", b"\x80rtp"):
            sock.send(datagram)
        async with asyncio.timeout(5):
            while len(second.heard) < 4:
                second.changed.clear()
                await second.changed.wait()
    assert first.heard == [("stun", request(b"first"))]
    assert second.heard == [
        ("stun", request(b"second")),
        ("stun", b"\x01\x01ok"),
        ("dtls", b"\x16dtls"),
        ("media", b"\x80rtp"),
    ]
    await port.close()


async def test_each_datagram_goes_to_the_connection_it_belongs_to() -> None:
    await check("127.0.0.1")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_each_datagram_goes_to_the_connection_it_belongs_to_on_ipv6() -> None:
    await check("::1")


async def test_an_address_is_proven_by_media_that_only_the_browser_can_send() -> None:
    port = await UdpPort.on(bound("127.0.0.1", 0), lambda: 0.0, Counters())
    listener, here = Listener(), ("127.0.0.1", 9)
    port.trust(listener, here, 0.0)
    port.datagram_received(b"\x80forged", here)
    assert not port.proven(listener, here, 0.0)
    port.datagram_received(AUTHENTIC, here)
    assert port.proven(listener, here, 0.0)
    for number in range(MOST_ADDRESSES):
        port.trust(listener, ("127.0.0.2", number), number / 100)
    assert listener.forgotten == [("127.0.0.2", 0)]
    await port.close()


async def test_a_connection_that_is_detached_hears_nothing_more() -> None:
    counters = Counters()
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, counters)
    listener = Listener()
    port.attach("x", listener)
    port.trust(listener, ("127.0.0.1", 9), 0.0)
    port.detach("x", listener)
    port.datagram_received(request(b"x"), ("127.0.0.1", 9))
    port.datagram_received(b"\x80rtp", ("127.0.0.1", 9))
    assert listener.heard == []
    assert counters == {Discard.STRANGER: 2}
    await port.close()


async def test_what_the_system_will_not_send_is_counted() -> None:
    counters = Counters()
    port = await UdpPort.on(bound("127.0.0.1", 0), time.monotonic, counters)
    port.send(b"x", ("127.0.0.1", 0))
    port.error_received(ConnectionRefusedError())
    assert counters == {Discard.UNSENT: 2}
    await port.close()
