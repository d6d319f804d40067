"""Who asks under a name that is not ours is told so; what is believed stands in invitations."""

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.support.house import House
from web import hosts, security
from web.hosts import is_ours

pytestmark = pytest.mark.rim


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("[::1]:8080", True),
        ("192.168.1.7", True),  # where the request came to
        ("192.168.1.7:8080", True),
        ("Fairwatch-1:8080", True),
        ("192.168.1.8", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example@127.0.0.1:8080", False),
        ("127.0.0.1:8080@evil.example", False),
        ("127.0.0.1/evil", False),
        ("127.0.0.1:", False),
        ("127.0.0.1, evil.example", False),
        ("[::2]", False),
        ("[", False),
        ("\u212aiosk", False),  # the sign for kelvin, whose small letter is a k
        ("", False),
    ],
)
def test_a_name_is_ours_when_the_machine_has_it(said: str, ours: bool) -> None:  # noqa: FBT001  # a row of the table
    assert is_ours(said, "192.168.1.7", frozenset({"fairwatch-1", "kiosk"})) is ours


def test_of_a_connection_that_has_gone_only_the_known_names_are_ours() -> None:
    assert not is_ours("", "", frozenset())
    assert is_ours("localhost", "", frozenset())


async def test_under_a_strange_name_every_page_is_one_plain_answer(house: House) -> None:
    browser = house.browser()
    for path in ("/sign-in", "/healthz", "/signal", "/nowhere"):
        reply = await browser.get(path, headers={"Host": "evil.example"})
        assert reply.status == 421
        assert "系统不认识这个网址" in await reply.text()
        assert reply.headers["Cache-Control"] == "no-store"
    reply = await browser.get("/sign-in", headers={"Host": "evil.example", "Accept": "application/json"})
    assert json.loads(await reply.text())["status"] == 421


async def test_no_invitation_is_made_under_a_strange_name(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post("/anything", headers={"Host": "evil.example", "Origin": "http://evil.example"})
    assert reply.status == 421


@pytest.mark.parametrize("line", ["GET http://evil.example/ HTTP/1.1", "GET / HTTP/1.0"])
async def test_a_name_in_the_first_line_or_none_at_all_is_not_ours_either(line: str) -> None:
    """Of an absolute address aiohttp believes the host in it; without any it would ask the name service."""
    host = "Host: 127.0.0.1\r\n" if "HTTP/1.1" in line else ""
    async with TestServer(an_app()) as server:
        assert server.port is not None
        assert await status_of(server.port, f"{line}\r\n{host}\r\n") == 421


async def test_before_a_proxy_the_configured_name_is_used_whatever_it_says() -> None:
    async with TestClient(TestServer(an_app("https://fairwatch.example"))) as client:
        assert (await client.get("/", headers={"Host": "backend"})).status == 200


def an_app(public_origin: str | None = None) -> web.Application:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="a page")

    made = web.Application(middlewares=[hosts.require_own_host])
    made[security.PUBLIC_ORIGIN] = public_origin
    made[hosts.OWN_NAMES] = frozenset()
    made.router.add_get("/", page)
    return made


async def status_of(port: int, request: str) -> int:
    """What a raw request is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status
