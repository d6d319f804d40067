"""The network between one phone and the server, which can be cut: signalling and media both go through it."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from playwright.async_api import Page, WebSocketRoute

Address: TypeAlias = tuple[str, int]
CANDIDATE = re.compile(r"(\d+\.\d+\.\d+\.\d+) (\d+)( typ host)")  # where the server's answer says to send media
LARGEST_DATAGRAM = 65_535


class Network:
    """While it is cut, sockets end, new ones end at once, and packets are lost without a word."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._is_cut = False
        self._signals: list[WebSocketRoute] = []
        self._server: Address = ("", 0)
        self._ways: dict[Address, socket.socket] = {}
        self._here = self._opened(self._from_phone)

    async def carry(self, page: Page) -> None:
        """The page will reach the server through here; to be said before it opens an address."""
        await page.route_web_socket(re.compile("/signal"), self._connect)

    async def cut(self) -> None:
        self._is_cut = True
        for signal in self._signals:
            await signal.close()
        self._signals.clear()

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        for end in (self._here, *self._ways.values()):
            self._loop.remove_reader(end)
            end.close()

    async def _connect(self, signal: WebSocketRoute) -> None:
        if self._is_cut:
            await signal.close()
            return
        self._signals.append(signal)
        signal.connect_to_server().on_message(lambda said: signal.send(CANDIDATE.sub(self._detour, str(said))))

    def _detour(self, candidate: re.Match[str]) -> str:
        """The server's candidate, with our own address in the place of its."""
        self._server = (candidate[1], int(candidate[2]))
        return "{} {}{}".format(*self._here.getsockname(), candidate[3])

    def _from_phone(self, here: socket.socket) -> None:
        data, phone = here.recvfrom(LARGEST_DATAGRAM)
        if self._is_cut:
            return
        if phone not in self._ways:
            self._ways[phone] = self._opened(lambda way: self._from_server(way, phone))
        self._ways[phone].sendto(data, self._server)

    def _from_server(self, way: socket.socket, phone: Address) -> None:
        data = way.recv(LARGEST_DATAGRAM)
        if not self._is_cut:
            self._here.sendto(data, phone)

    def _opened(self, hear: Callable[[socket.socket], None]) -> socket.socket:
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.settimeout(0)
        end.bind(("127.0.0.1", 0))
        self._loop.add_reader(end, hear, end)
        return end


@contextmanager
def a_network() -> Iterator[Network]:
    """A network that works until it is cut."""
    network = Network(asyncio.get_running_loop())
    try:
        yield network
    finally:
        network.close()
