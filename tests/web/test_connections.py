"""Connections that only cost us are shut; those of slow phones, long conversations and proxies are not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from web.connections import Connections, Limits, household

pytestmark = pytest.mark.rim

PATIENT = Limits(request_s=600, idle_s=600, body_s=600, answer_s=600)  # nothing ends by itself while a test runs
SOON = 0.05  # s
GET = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
LATER = b"POST /later HTTP/1.1\r\nHost: x\r\n\r\n"
HELLO = b"\x81\x85\0\0\0\0hello"  # RFC 6455: one masked text frame; the mask is naught
UPGRADE = (
    b"GET /talk HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


FILM = GET.replace(b"/page", b"/film")


class Caller:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def asks(self, request: bytes = GET) -> str:
        """The answer's body, or what it is when it has none; nothing if the connection ended instead."""
        self.writer.write(request)
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""
        lengths = [int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
        return (await self.reader.readexactly(lengths[0])).decode() if lengths else head.decode()

    async def begins(self, request: bytes) -> None:
        """Say a request's head, and wait until it has been heard."""
        assert "100 Continue" in await self.asks(request[:-2] + b"Expect: 100-continue\r\n\r\n")

    async def is_shut(self) -> bool:
        """Once the other side has ended it; what it had said before is an answer."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


class House:
    """A page, one that takes until it is let, something that reads bodies, and a conversation."""

    def __init__(self, port: int, opened: AsyncExitStack, let: asyncio.Event) -> None:
        self.let = let
        self._port = port
        self._opened = opened

    async def calls(self) -> Caller:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._opened.callback(writer.close)
        return Caller(reader, writer)

    async def answered(self, request: bytes = GET) -> Caller:
        """A caller who was in time with a request: where time is short, a loaded machine may need several."""
        while True:
            caller = await self.calls()
            if await caller.asks(request):
                return caller


@asynccontextmanager
async def dripping(caller: Caller, most: int) -> AsyncIterator[bytearray]:
    """Say a byte in each turn of the loop, up to `most`; yields what was said."""
    sent = bytearray()

    async def drip() -> None:
        while len(sent) < most and not caller.writer.is_closing():
            caller.writer.write(b"a")
            sent.extend(b"a")
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        dripping = tasks.create_task(drip())
        yield sent
        dripping.cancel()


@asynccontextmanager
async def house(limits: Limits, exempt: frozenset[str] = frozenset()) -> AsyncIterator[House]:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="a page")

    async def film(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=bytes(30_000_000))  # more than any system's buffers take

    async def later(_request: web.Request) -> web.StreamResponse:
        await let.wait()
        return web.Response(text="at last")

    async def body(request: web.Request) -> web.StreamResponse:
        return web.Response(text=str(len(await request.read())))

    async def talk(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    let = asyncio.Event()
    app = web.Application()
    app.add_routes(
        [
            web.get("/page", page),
            web.get("/film", film),
            web.post("/later", later),
            web.post("/body", body),
            web.get("/talk", talk),
        ]
    )
    runner = web.AppRunner(app)
    async with AsyncExitStack() as opened, asyncio.timeout(60):  # only so that a failing test ends
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        assert runner.server is not None
        made = Connections(runner.server, limits, exempt)
        listening = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        opened.callback(listening.close)
        opened.callback(let.set)
        yield House(listening.sockets[0].getsockname()[1], opened, let)


@pytest.mark.parametrize("said", [b"", GET[:1], GET[:-2]])
async def test_who_does_not_say_a_whole_request_is_shut(said: bytes) -> None:
    async with house(replace(PATIENT, request_s=SOON)) as server:
        caller = await server.calls()
        caller.writer.write(said)
        assert await caller.is_shut()


@pytest.mark.parametrize("said", [b"GET /zhang.wei HTTP/9.1", GET[:-2] + b"zhang.wei\x01: a", b"zhang.wei"])
async def test_what_is_no_http_is_told_so_and_not_quoted(said: bytes) -> None:
    async with house(PATIENT) as server:
        caller = await server.calls()
        caller.writer.write(said + b"\r\n\r\n")
        head, _, body = (await caller.reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.0 400 ")
        assert b"\r\nServer: Fairwatch" in head
        assert b"nosniff" in head
        assert b"zhang" not in head
        assert body == b""


async def test_who_says_it_byte_by_byte_is_shut() -> None:
    async with house(replace(PATIENT, request_s=SOON)) as server:
        caller = await server.calls()
        caller.writer.write(GET[:-2] + b"X: ")
        async with dripping(caller, most=4000):
            assert await caller.is_shut()


async def test_after_the_first_request_a_connection_may_idle_for_longer() -> None:
    async with house(replace(PATIENT, request_s=SOON)) as server:
        caller = await server.answered()
        assert await (await server.calls()).is_shut()
        assert await caller.asks() == "a page"


@pytest.mark.parametrize("said", [b"", GET[:-2]])
async def test_who_idles_too_long_is_shut(said: bytes) -> None:
    async with house(replace(PATIENT, idle_s=SOON)) as server:
        caller = await server.answered()
        caller.writer.write(said)
        assert await caller.is_shut()


async def test_a_body_that_crawls_is_shut() -> None:
    async with house(replace(PATIENT, body_s=SOON, body_bytes=500)) as server:
        caller = await server.calls()
        caller.writer.write(POST + b"a" * 499)
        assert await caller.is_shut()


async def test_a_slow_body_that_does_not_crawl_arrives() -> None:
    """A byte in each turn of the loop; one that says nothing is ended meanwhile, so it was looked at too."""
    length = 100_000
    async with house(replace(PATIENT, body_s=SOON, body_bytes=1)) as server:
        slow, silent = await server.calls(), await server.calls()
        slow.writer.write(POST.replace(b"1000", str(length).encode()))
        async with dripping(slow, most=length) as sent:
            silent.writer.write(POST)
            assert await silent.is_shut()
        assert await slow.asks(b"a" * (length - len(sent))) == str(length)


async def test_a_conversation_goes_on_whatever_the_limits() -> None:
    async with house(Limits(SOON, SOON, SOON)) as server:
        caller = await server.answered(UPGRADE)
        assert await (await server.calls()).is_shut()
        assert await (await server.calls()).is_shut()
        caller.writer.write(HELLO)
        assert await caller.reader.readexactly(7) == b"\x81\x05hello"


async def test_who_is_answered_and_who_talks_makes_no_room() -> None:
    async with house(replace(PATIENT, at_once=2)) as server:
        waits, talks = await server.calls(), await server.calls()
        await waits.begins(LATER)
        await talks.asks(UPGRADE)
        assert await (await server.calls()).is_shut()
        server.let.set()
        assert await waits.asks(b"") == "at last"
        talks.writer.write(HELLO)
        assert await talks.reader.readexactly(7) == b"\x81\x05hello"


@pytest.mark.parametrize("said", [b"", GET[:1], GET[:-2]])
async def test_whoever_says_no_whole_request_makes_room_before_all_others(said: bytes) -> None:
    async with house(replace(PATIENT, at_once=4)) as server:
        idle = await server.answered()
        silent = [await server.calls() for _ in range(3)]
        for caller in silent:
            caller.writer.write(said)
        assert await (await server.calls()).asks() == "a page"
        assert await silent[0].is_shut()
        assert await silent[1].asks(GET[len(said) :]) == "a page"
        assert await silent[2].asks(GET[len(said) :]) == "a page"
        assert await idle.asks() == "a page"


async def test_whoever_lets_a_body_crawl_makes_room_after_those_that_idle() -> None:
    async with house(replace(PATIENT, at_once=3)) as server:
        quick, slow = await server.calls(), await server.calls()
        await quick.begins(POST)
        quick.writer.write(b"a" * 999)
        await slow.begins(POST)
        idle = await server.answered()
        another = await server.calls()
        await another.begins(LATER)
        assert await idle.is_shut()
        assert await (await server.calls()).asks() == "a page"
        assert await slow.is_shut()
        assert await quick.asks(b"a") == "1000"


async def test_whoever_does_not_read_what_we_say_makes_room_in_the_end() -> None:
    async with house(replace(PATIENT, at_once=2, answer_s=SOON)) as server:
        for _ in range(2):
            silent = await server.calls()
            silent.writer.write(FILM)  # and it reads nothing of it
        assert await (await server.answered()).asks() == "a page"


async def test_a_film_that_is_paused_is_not_cut_for_the_sake_of_one_more() -> None:
    async with house(replace(PATIENT, at_once=1)) as server:
        viewer = await server.calls()
        viewer.writer.write(FILM)
        head = await viewer.reader.readuntil(b"\r\n\r\n")
        assert await (await server.calls()).is_shut()
        length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        assert len(await viewer.reader.readexactly(length)) == length


async def test_a_connection_that_ended_makes_room() -> None:
    async with house(replace(PATIENT, at_once=1)) as server:
        first = await server.calls()
        first.writer.write(POST[:-2] + b"Connection: close\r\n\r\n")
        assert await first.asks(b"a" * 1000) == "1000"
        assert await first.is_shut()
        assert await (await server.calls()).asks() == "a page"


async def test_an_office_behind_one_address_loses_only_what_idles() -> None:
    """Whoever idles longest goes for one that comes; browsers open another when they need it."""
    async with house(replace(PATIENT, at_once=2)) as server:
        longest, shorter = await server.calls(), await server.calls()
        assert await longest.asks() == "a page"
        assert await shorter.asks() == "a page"
        assert await (await server.calls()).asks() == "a page"
        assert await longest.is_shut()
        assert await shorter.asks() == "a page"


async def test_before_a_proxy_everybody_has_one_address() -> None:
    async with house(replace(PATIENT, at_once=1), exempt=frozenset({"127.0.0.1"})) as server:
        for caller in [await server.calls() for _ in range(4)]:
            assert await caller.asks() == "a page"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),  # as a socket for both writes it
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
    ],
)
def test_whoever_has_an_address_of_ipv6_has_many(one: str, other: str, same: bool) -> None:  # noqa: FBT001  # a row
    assert (household(one) == household(other)) is same
