"""The network between one phone and a server: relays that lose packets for a while, and that change their address."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]

LARGEST_DATAGRAM = 65_535
CHUNK = 65_536  # bytes
SENT_AGAIN_S = (
    0,
    1,
    3,
    7,
    15,
    31,
    63,
)  # after it was lost; RFC 6298 §2, §5.5: one second, and each wait twice the last


@dataclass(slots=True)
class Way:
    """How packets go at present: not at all while `is_cut`, else towards the server from the host `source`."""

    source: str = "127.0.0.1"
    is_cut: bool = False
    is_squeezed: bool = False
    """One in three packets of the phone is lost: too many for a picture, and sound can do with the rest."""


class UdpRelay:
    """Each address of the phone has an address of its own towards the server; what is lost is lost without a word."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._loop = asyncio.get_running_loop()
        self._server: Address | None = None
        self._ways: dict[Address, socket.socket] = {}
        self._here = self._opened("127.0.0.1", self._from_phone)
        self._heard = self._sent = 0
        self._hears = asyncio.Event()

    @property
    def address(self) -> Address:
        """Where the phone sends to."""
        host, port = self._here.getsockname()
        return host, port

    def lead_to(self, server: Address) -> None:
        self._server = server

    async def heard(self, datagrams: int) -> None:
        """Until so many have come from either side, lost ones too."""
        while self._heard < datagrams:
            self._hears.clear()
            await self._hears.wait()

    def move(self) -> None:
        """Other addresses towards the server from now on; what is sent to the former ones reaches nobody."""
        self._leave()

    def close(self) -> None:
        self._leave()
        self._shut(self._here)

    def _from_phone(self, here: socket.socket) -> None:
        data, phone = here.recvfrom(LARGEST_DATAGRAM)
        self._count()
        self._sent += 1
        squeezed_out = self.way.is_squeezed and self._sent % 3 == 0
        if self.way.is_cut or squeezed_out or self._server is None:
            return
        if phone not in self._ways:
            self._ways[phone] = self._opened(self.way.source, lambda way: self._from_server(way, phone))
        self._ways[phone].sendto(data, self._server)

    def _from_server(self, way: socket.socket, phone: Address) -> None:
        data = way.recv(LARGEST_DATAGRAM)
        self._count()
        if not self.way.is_cut:
            self._here.sendto(data, phone)

    def _count(self) -> None:
        self._heard += 1
        self._hears.set()

    def _opened(self, host: str, hear: Callable[[socket.socket], None]) -> socket.socket:
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.setblocking(False)  # noqa: FBT003 (the socket's own interface)
        end.bind((host, 0))
        self._loop.add_reader(end, hear, end)
        return end

    def _leave(self) -> None:
        for end in self._ways.values():
            self._shut(end)
        self._ways.clear()

    def _shut(self, end: socket.socket) -> None:
        self._loop.remove_reader(end)
        end.close()


class TcpRelay:
    """Connections as TCP has them: lost bytes are sent again after ever longer waits; all that follow wait for them.

    A connection of an address that the phone has no more gets nothing through, and neither end is told.
    """

    def __init__(
        self,
        way: Way,
        server: Address,
        tasks: asyncio.TaskGroup,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.way = way
        self._group = tasks
        self._server = server
        self._clock = clock
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._age = 0

    def move(self) -> None:
        """What is open belongs to an address that is gone."""
        self._age += 1

    def take(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        """A connection that the phone opens."""
        self._writers.append(to_phone)
        self._own(self._connect(phone, to_phone))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await hang_up(self._writers)

    async def _connect(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        age = self._age
        try:
            await self._gets_through(age)
            server, to_server = await asyncio.open_connection(*self._server, local_addr=(self.way.source, 0))
        except ConnectionError:
            return  # it never comes about; the phone has given it up long ago
        self._writers.append(to_server)
        self._own(self._carry(phone, to_server, age))
        self._own(self._carry(server, to_phone, age))

    async def _carry(self, from_: asyncio.StreamReader, to: asyncio.StreamWriter, age: int) -> None:
        with suppress(ConnectionError):  # given up, or broken off: the other end learns no more of it
            while data := await from_.read(CHUNK):
                await self._gets_through(age)
                to.write(data)
                await to.drain()
            await self._gets_through(age)
            to.close()

    async def _gets_through(self, age: int) -> None:
        """Until what is sent now arrives; ConnectionError when its sender has given up."""
        lost_at = self._clock()
        for after_s in SENT_AGAIN_S:
            if (left := lost_at + after_s - self._clock()) > 0:
                await self._sleep(left)
            if age == self._age and not self.way.is_cut:
                return
        raise ConnectionError

    def _own(self, work: Coroutine[None, None, None]) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def hang_up(writers: Iterable[asyncio.StreamWriter]) -> None:
    """Nothing of them is open any more when this returns."""
    for writer in writers:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def tcp_relay(
    way: Way, server: Address, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[tuple[TcpRelay, Address]]:
    """A relay to the server, and where the phone opens its connections."""
    async with asyncio.TaskGroup() as tasks:
        relay = TcpRelay(way, server, tasks, clock, sleep)
        listening = await asyncio.start_server(relay.take, "127.0.0.1", 0)
        try:
            yield relay, listening.sockets[0].getsockname()
        finally:
            listening.close()
            await relay.close()
