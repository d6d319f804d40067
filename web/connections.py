"""The connections beneath the pages: how long one may say nothing, how slowly it may send, how many one address has."""

import asyncio
from collections.abc import Container, Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import cast

from aiohttp import web

from web.security import put_headers


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take its time for; precedents in brackets."""

    request_s: float = (
        10.0  # from connecting to the end of the first request's headers, and a TLS handshake (Apache 20)
    )
    idle_s: float = 150.0  # between an answer and the next whole request (nginx 75; proxies before us keep theirs 120)
    body_s: float = 30.0  # in each of which a body that is not complete ...
    body_bytes: int = (
        30 * 1024
    )  # ... brings this many bytes: 1 KB/s (Apache 500 B/s); a bad 2G line brings five times it
    answer_s: float = (
        30.0  # an answer that is still not read after this makes room, after all others (nginx ends it: 60)
    )
    at_once: int = 50  # from one address: seven browsers, more where they idle


class Connections:
    """All of them, and what asyncio makes one with: each is handed to aiohttp; those that only cost us are shut.

    Nothing here cuts a conversation at /signal. An answer may be slowly read, for a film may be paused; only where an
    address has no room left, one that has been under way for long makes some.
    """

    def __init__(self, server: web.Server, limits: Limits, exempt: Container[str]) -> None:
        """`exempt`: addresses of proxies before us, behind each of which is everybody."""
        self.limits = limits
        self._server = server
        self._exempt = exempt
        self._open: dict[str, set[Connection]] = {}
        self._answer = server.request_handler
        server.request_handler = self._answer_heard

    def __call__(self) -> "Connection":
        return Connection(self._server, self)

    def admits(self, connection: "Connection", address: str) -> bool:
        """Whether there is room for one more from there; the one that is missed least makes it."""
        if address in self._exempt:
            return True
        others = self._open.setdefault(household(address), set())
        if len(others) >= self.limits.at_once:
            least = missed_least(others)
            if least is None:
                return False
            others.discard(least)
            least.shut()
        others.add(connection)
        return True

    def forget(self, connection: "Connection", address: str) -> None:
        """It is gone."""
        others = self._open.get(household(address), set())
        others.discard(connection)
        if not others:
            self._open.pop(household(address), None)

    async def _answer_heard(self, request: web.BaseRequest) -> web.StreamResponse:
        """Everything that came as far as a request with all its headers."""
        connection = cast(Connection, request.protocol)
        connection.heard()
        if request.content.is_eof():
            return await self._answer(request)
        body = connection.body = SlowBody(request, self.limits)
        try:
            return await self._answer(request)
        finally:
            body.stop()


class Connection(web.RequestHandler):
    """One browser's TCP connection."""

    def __init__(self, server: web.Server, house: Connections) -> None:
        # A compressed body is refused (security.py); unpacked on its way there, 100 KB of it would be 100 MB.
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have none
            keepalive_timeout=house.limits.idle_s,
            auto_decompress=False,
        )
        self.body: SlowBody | None = None  # of the newest request that had one to wait for
        self._opened_at: float | None = None  # None: a whole request has come
        self._answered_at: float | None = None  # None: a request is at work, or none has come yet
        self._sending_since: float | None = None  # None: no answer is on its way
        self._house = house
        self._address = ""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._house.admits(self, address):
            cast(asyncio.Transport, transport).abort()  # aiohttp never hears of it
            return
        self._address = address
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._opened_at = loop.time()
        self._deadline = loop.call_later(self._house.limits.request_s, self.shut)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.heard()
        self._house.forget(self, self._address)
        super().connection_lost(exc)

    def heard(self) -> None:
        """A whole request is here, but for its body."""
        self._opened_at = None
        self._answered_at = None
        self.body = None
        if self._deadline is not None:
            self._deadline.cancel()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        loop = asyncio.get_running_loop()
        self._sending_since = loop.time()
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._sending_since = None
            self._answered_at = loop.time()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no HTTP. aiohttp would quote what was sent, and name itself and its version."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way already")
        response = web.Response(status=status)
        put_headers(response)
        response.force_close()
        return response

    def idle_since(self) -> float | None:
        """When its last answer had wholly left; None while there is something to do."""
        has_left = self.transport is not None and self.transport.get_write_buffer_size() == 0
        return self._answered_at if has_left else None

    def unread_since(self) -> float | None:
        """Since when an answer has been on its way, if that is longer than it should take."""
        began = self._sending_since if self._sending_since is not None else self._answered_at
        late = began is not None and asyncio.get_running_loop().time() - began >= self._house.limits.answer_s
        return began if late else None

    def missed(self) -> tuple[int, float] | None:
        """How much it would be missed, the least first; None when it would be: it is answered, or talks at /signal."""
        if self._opened_at is not None:
            return 0, self._opened_at
        idle = self.idle_since()
        if idle is not None:
            return 1, idle
        lead = self.body.lead() if self.body is not None else None
        if lead is not None:
            return 2, lead
        unread = self.unread_since()
        return (3, unread) if unread is not None else None

    def shut(self) -> None:
        """End it without a word."""
        if self.transport is not None:
            self.transport.abort()


class SlowBody:
    """A look at a body every `body_s` until it is complete; one that crawls has its connection ended."""

    def __init__(self, request: web.BaseRequest, limits: Limits) -> None:
        self._request = request
        self._limits = limits
        self._had = request.content.total_bytes
        self._began = asyncio.get_running_loop().time()
        self._next = asyncio.get_running_loop().call_later(limits.body_s, self._look)

    def stop(self) -> None:
        self._next.cancel()

    def lead(self) -> float | None:
        """The bytes it is before, or behind, one that is just quick enough; None when we do not wait for more."""
        body = self._request.content
        if body.is_eof() or not self._is_awaited():
            return None
        age = asyncio.get_running_loop().time() - self._began
        return body.total_bytes - age * self._limits.body_bytes / self._limits.body_s

    def _is_awaited(self) -> bool:
        """While we do not read, it is we who are slow."""
        transport = self._request.transport
        return transport is not None and transport.is_reading()

    def _look(self) -> None:
        body, transport = self._request.content, self._request.transport
        if body.is_eof() or transport is None:
            return
        if self._is_awaited() and body.total_bytes - self._had < self._limits.body_bytes:
            transport.abort()
            return
        self._had = body.total_bytes
        self._next = asyncio.get_running_loop().call_later(self._limits.body_s, self._look)


def household(address: str) -> str:
    """What counts as one address: of IPv6 whoever has one has the 2⁶⁴ beside it, but for IPv4's in it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))


def missed_least(connections: Iterable[Connection]) -> Connection | None:
    """Who makes room; browsers open another when they need it. None when all are being answered.

    First whoever has not yet said what it wants, the oldest before the others; then whoever idles, the longest; then
    whoever has us wait for a body, the slowest; then whoever does not read what we say, the longest.
    """
    found = [(missed, id(one), one) for one in connections if (missed := one.missed()) is not None]
    return min(found)[2] if found else None
