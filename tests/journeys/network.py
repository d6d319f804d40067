"""The network between one phone and the server: all of it goes through here, and can be cut and moved."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.support.relays import TcpRelay, UdpRelay, Way, tcp_relay

CANDIDATE = re.compile(r"(\d+\.\d+\.\d+\.\d+) (\d+)( typ host)")  # where the server's answer says to send media
DETOUR = """(() => {
  const set = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function ({ type, sdp }) {
    return set.call(this, { type, sdp: await window.detour(sdp) });
  };
})()"""
OTHER_SOURCES = ("127.0.0.3", "127.0.0.1")  # in turn: a phone's network and a Wi-Fi


class Network:
    """While it is cut, packets are lost without a word. When it moves, the server sees other addresses."""

    def __init__(self, server_origin: str, origin: str, way: Way, tcp: TcpRelay, udp: UdpRelay) -> None:
        self.origin = origin
        """Where a page finds the server through here."""
        self._server_origin = server_origin
        self._way = way
        self._tcp = tcp
        self._udp = udp

    def through(self, link: str) -> str:
        """A link of the server's, as it is opened here."""
        return link.replace(self._server_origin, self.origin)

    async def carry(self, page: Page) -> None:
        """The page's media will go through here; to be said before it opens an address."""
        await page.expose_function("detour", self._detour)
        await page.add_init_script(DETOUR)

    def cut(self) -> None:
        self._way.is_cut = True

    def squeeze(self) -> None:
        """From now on a picture does not get through from the phone, and sound does."""
        self._way.is_squeezed = True

    def mend(self) -> None:
        self._way.is_cut = self._way.is_squeezed = False

    def move(self) -> None:
        """From a phone's network to a Wi-Fi, or back."""
        self._way.source = OTHER_SOURCES[self._way.source == OTHER_SOURCES[0]]
        self._tcp.move()
        self._udp.move()

    def _detour(self, sdp: str) -> str:
        """The server's answer, with our address in the place of its."""
        [(host, port, _)] = CANDIDATE.findall(sdp)
        self._udp.lead_to((host, int(port)))
        here, ours = self._udp.address
        return CANDIDATE.sub(rf"{here} {ours}\3", sdp)


@asynccontextmanager
async def a_network(server_origin: str) -> AsyncIterator[Network]:
    """A network that works until it is cut."""
    server = urlsplit(server_origin)
    assert server.hostname is not None
    assert server.port is not None
    way = Way()
    udp = UdpRelay(way)
    try:
        clock = asyncio.get_running_loop().time
        async with tcp_relay(way, (server.hostname, server.port), clock) as (tcp, (host, port)):
            yield Network(server_origin, f"http://{host}:{port}", way, tcp, udp)
    finally:
        udp.close()
