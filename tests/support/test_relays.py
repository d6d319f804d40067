"""The relays lose, hold back and readdress what goes through them as a network does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from tests.support.live_check_ins import SleepingClock
from tests.support.relays import Address, TcpRelay, UdpRelay, Way, hang_up, tcp_relay

pytestmark = pytest.mark.rim

FAILS_AFTER_S = 10


class Waiting(SleepingClock):
    """A manual clock that says for how long somebody waits on it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_s: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.asked_s.put_nowait(seconds)
        await super().sleep(seconds)


class Wire:
    """A server, a relay before it, and phones that open connections through it."""

    def __init__(self, relay: TcpRelay, way: Way, clock: Waiting, here: Address) -> None:
        self.relay = relay
        self.way = way
        self.clock = clock
        self.arrived: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self.writers: list[asyncio.StreamWriter] = []
        self._here = here

    def arrives(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.arrived.put_nowait((reader, writer))

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self._here)
        self.writers.append(writer)
        return reader, writer


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    way, clock = Way(), Waiting()
    wires: list[Wire] = []
    server = await asyncio.start_server(lambda *ends: wires[0].arrives(*ends), "127.0.0.1", 0)
    async with (
        asyncio.timeout(FAILS_AFTER_S),
        tcp_relay(way, server.sockets[0].getsockname(), clock.clock, clock.sleep) as (relay, here),
    ):
        wires.append(Wire(relay, way, clock, here))
        yield wires[0]
        await hang_up(wires[0].writers)
    server.close()


async def test_what_is_sent_arrives_in_both_directions_and_so_does_the_end(wire: Wire) -> None:
    phone, to_server = await wire.opened()
    server, to_phone = await wire.arrived.get()
    to_server.write(b"hello")
    assert await server.readexactly(5) == b"hello"
    to_phone.write(b"welcome")
    assert await phone.readexactly(7) == b"welcome"
    to_phone.close()
    assert await phone.read() == b""
    to_server.close()
    assert await server.read() == b""


async def test_what_is_lost_is_sent_again_later_and_later_and_a_new_connection_overtakes_it(wire: Wire) -> None:
    _, former = await wire.opened()
    server, _ = await wire.arrived.get()
    wire.way.is_cut = True
    former.write(b"old")
    assert await wire.clock.asked_s.get() == 1
    wire.clock.advance(1)
    assert await wire.clock.asked_s.get() == 2
    wire.way.is_cut = False
    _, newer = await wire.opened()
    newer.write(b"new")
    overtaking, _ = await wire.arrived.get()
    assert await overtaking.readexactly(3) == b"new"
    wire.clock.advance(2)
    assert await server.readexactly(3) == b"old"


async def test_a_connection_opened_while_nothing_goes_through_comes_about_afterwards(wire: Wire) -> None:
    wire.way.is_cut = True
    _, to_server = await wire.opened()
    to_server.write(b"hello")
    assert await wire.clock.asked_s.get() == 1
    assert wire.arrived.empty()
    wire.way.is_cut = False
    wire.clock.advance(1)
    server, _ = await wire.arrived.get()
    assert await server.readexactly(5) == b"hello"


async def test_after_a_move_the_server_sees_another_address_and_what_was_open_leads_nowhere(wire: Wire) -> None:
    _, former = await wire.opened()
    _, to_former = await wire.arrived.get()
    wire.way.source = "127.0.0.3"
    wire.relay.move()
    former.write(b"lost for good")
    for wait_s in (1, 2, 4, 8, 16, 32):
        assert await wire.clock.asked_s.get() == wait_s
        wire.clock.advance(wait_s)
    _, newer = await wire.opened()
    newer.write(b"new")
    server, to_newer = await wire.arrived.get()
    assert await server.readexactly(3) == b"new"
    sources = [writer.get_extra_info("peername")[0] for writer in (to_former, to_newer)]
    assert sources == ["127.0.0.1", "127.0.0.3"]
    to_former.close()
    to_newer.close()


@pytest.fixture
def datagrams() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as end:
        end.setblocking(False)  # noqa: FBT003 (the socket's own interface)
        end.bind(("127.0.0.1", 0))
        yield end


async def test_datagrams_go_both_ways_are_lost_while_cut_and_come_from_elsewhere_after_a_move(
    datagrams: socket.socket,
) -> None:
    loop, way = asyncio.get_running_loop(), Way()
    relay = UdpRelay(way)
    relay.lead_to(datagrams.getsockname())
    with closing(relay), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as phone:
        phone.setblocking(False)  # noqa: FBT003 (the socket's own interface)
        phone.connect(relay.address)
        async with asyncio.timeout(FAILS_AFTER_S):
            await loop.sock_sendall(phone, b"one")
            data, first = await loop.sock_recvfrom(datagrams, 100)
            assert data == b"one"
            await loop.sock_sendto(datagrams, b"back", first)
            assert await loop.sock_recv(phone, 100) == b"back"

            way.is_cut = True
            await loop.sock_sendall(phone, b"two")
            await loop.sock_sendto(datagrams, b"nor this", first)
            await relay.heard(4)  # of what either side has sent
            way.is_cut = False
            await loop.sock_sendall(phone, b"three")
            assert await loop.sock_recvfrom(datagrams, 100) == (b"three", first)

            way.source = "127.0.0.3"
            relay.move()
            await loop.sock_sendto(datagrams, b"to the former address", first)
            await loop.sock_sendall(phone, b"four")
            data, second = await loop.sock_recvfrom(datagrams, 100)
            assert (data, second[0]) == (b"four", "127.0.0.3")
            await loop.sock_sendto(datagrams, b"to the new one", second)
            assert await loop.sock_recv(phone, 100) == b"to the new one"
