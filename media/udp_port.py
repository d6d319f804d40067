"""The one UDP port of all calls: a datagram goes to the connection it belongs to, or is counted and forgotten."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from media.guard import BINDING_SUCCESS, Address, Counters, Discard, Guard, local_fragment

log = logging.getLogger(__name__)

BUFFER = 4 << 20  # bytes each way: 0.2 s of 100 calls while the loop is busy; the system may grant less


class Connection(Protocol):
    """One browser, as the port sees it: three kinds of datagram, each heard synchronously."""

    def hear_stun(self, datagram: bytes, address: Address, heard_at: float) -> None: ...
    def hear_dtls(self, datagram: bytes) -> None: ...
    def hear_media(self, datagram: bytes, heard_at: float) -> bool:
        """True if only the browser can have sent it."""

    def forget(self, address: Address) -> None:
        """Another address has taken its place (Guard.trust)."""


def bound(host: str, number: int) -> socket.socket:
    """A socket on `number` of `host`, or on any free one for 0; OSError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 (the socket's own interface)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        sock.bind((host, number))
    except BaseException:
        sock.close()
        raise
    return sock


class UdpPort(asyncio.DatagramProtocol):
    """Datagrams are sorted by their first byte (RFC 7983), then by address; Binding requests by our user fragment."""

    def __init__(self, sock: socket.socket, clock: Callable[[], float], counters: Counters) -> None:
        self.number: int = sock.getsockname()[1]
        self._socket = sock
        self._clock = clock
        self._counters = counters
        self._guard: Guard[Connection] = Guard(lambda connection, address: connection.forget(address))
        self._by_fragment: dict[str, Connection] = {}
        self._transport: asyncio.BaseTransport | None = None
        self._closed = asyncio.Event()
        self._faulted = False

    @classmethod
    async def on(cls, sock: socket.socket, clock: Callable[[], float], counters: Counters) -> "UdpPort":
        """`sock` is bound, and the port's from now on."""
        try:
            loop = asyncio.get_running_loop()
            _, port = await loop.create_datagram_endpoint(lambda: cls(sock, clock, counters), sock=sock)
        except BaseException:
            sock.close()
            raise
        return port

    def attach(self, fragment: str, connection: Connection) -> None:
        """From now on Binding requests for `fragment` are `connection`'s."""
        self._by_fragment[fragment] = connection

    def detach(self, fragment: str, connection: Connection) -> None:
        self._by_fragment.pop(fragment, None)
        self._guard.forget(connection)

    def trust(self, connection: Connection, address: Address, at: float) -> bool:
        """`connection` answers an authenticated Binding request of `address`; False if it must not (Guard.trust)."""
        return self._guard.trust(connection, address, at)

    def prove(self, connection: Connection, address: Address) -> None:
        """`address` has answered what only `connection`'s browser can answer."""
        self._guard.prove(connection, address)

    def proven(self, connection: Connection, address: Address, at: float) -> bool:
        return self._guard.proven(connection, address, at)

    def send(self, datagram: bytes, address: Address) -> None:
        # On the socket itself: the event loop's transport would queue without a limit when the system's buffer is full.
        try:
            self._socket.sendto(datagram, address)
        except OSError:
            self._counters[Discard.UNSENT] += 1

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()

    # asyncio.DatagramProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    def error_received(self, exc: Exception) -> None:
        self._counters[Discard.UNSENT] += 1  # the network's answer to something we sent

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        try:
            self._hear(data, addr[:2])  # type: ignore[arg-type] # of IPv6's four the first two count
        except Exception:
            self._counters[Discard.FAULT] += 1
            if not self._faulted:
                self._faulted = True
                log.exception("a datagram met a fault of ours; further ones are only counted")

    def _hear(self, data: bytes, address: Address) -> None:
        if not data:
            self._counters[Discard.EMPTY] += 1
            return
        heard_at = self._clock()
        first = data[0]
        if first < 4:
            self._hear_stun(data, address, heard_at)
            return
        connection = self._guard.owner(address, heard_at)
        if connection is None:
            self._counters[Discard.STRANGER] += 1
        elif 127 < first < 192:
            if connection.hear_media(data, heard_at):
                self._guard.prove(connection, address)
        elif 19 < first < 64:
            connection.hear_dtls(data)
        else:
            self._counters[Discard.MALFORMED] += 1

    def _hear_stun(self, data: bytes, address: Address, heard_at: float) -> None:
        fragment = local_fragment(data)
        if fragment is not None:
            connection = self._by_fragment.get(fragment)
        elif data[:2] == BINDING_SUCCESS:
            connection = self._guard.owner(address, heard_at)
        else:
            # Indications say nothing to us, and errors only make the sender of a check try again at once.
            self._counters[Discard.MALFORMED] += 1
            return
        if connection is None:
            self._counters[Discard.STRANGER] += 1
        else:
            connection.hear_stun(data, address, heard_at)
