"""Headers on every answer, the same origin for every change, cookies named by scheme, no way out by a redirect."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from web import security

pytestmark = pytest.mark.rim

Client = TestClient[web.Request, web.Application]


async def change(request: web.Request) -> web.StreamResponse:
    response = web.Response(text="changed")
    security.set_session_cookie(request, response, security.STAFF_COOKIE, "token")
    return response


async def without_cookies(request: web.Request) -> web.StreamResponse:
    return web.Response(text="asks for a token itself")


async def read(request: web.Request) -> web.StreamResponse:
    return web.Response(text=security.session_cookie(request, security.STAFF_COOKIE) or "nobody")


def app(public_origin: str | None = None) -> web.Application:
    made = web.Application(middlewares=[security.require_same_origin])
    made[security.PUBLIC_ORIGIN] = public_origin
    made.on_response_prepare.append(security.add_headers)
    made.router.add_post("/change", change)
    made.router.add_post("/cookieless", without_cookies)
    made[security.COOKIELESS] = frozenset({without_cookies})
    made.router.add_get("/read", read)
    return made


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(app())) as client:
        yield client


@pytest.fixture
async def behind_https() -> AsyncIterator[Client]:
    async with TestClient(TestServer(app("https://fairwatch.example"))) as client:
        yield client


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("{own}", 200),
        ("https://elsewhere.example", 403),
        ("http://127.0.0.1:1", 403),  # the same host, another port
        ("null", 403),  # a sandboxed frame, a data: page
        (None, 403),
    ],
)
async def test_only_our_own_pages_may_change_something(client: Client, origin: str | None, status: int) -> None:
    own = str(client.make_url("/"))[:-1]
    headers = {} if origin is None else {"Origin": origin.replace("{own}", own)}
    assert (await client.post("/change", headers=headers)).status == status


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}])
async def test_what_looks_at_no_cookie_is_open_to_programs_and_other_pages(
    client: Client, headers: dict[str, str]
) -> None:
    assert (await client.post("/cookieless", headers=headers)).status == 200


async def test_reading_needs_no_origin(client: Client) -> None:
    assert (await client.get("/read", headers={"Origin": "https://elsewhere.example"})).status == 200


async def test_before_a_proxy_our_origin_is_the_configured_one(behind_https: Client) -> None:
    own = str(behind_https.make_url("/"))[:-1]
    assert (await behind_https.post("/change", headers={"Origin": own})).status == 403
    assert (await behind_https.post("/change", headers={"Origin": "https://fairwatch.example"})).status == 200


async def test_over_http_the_cookie_has_its_plain_name(client: Client) -> None:
    reply = await client.post("/change", headers={"Origin": str(client.make_url("/"))[:-1]})
    cookie = reply.cookies[security.STAFF_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert await (await client.get("/read")).text() == "token"


async def test_over_https_the_cookie_is_bound_to_this_host(behind_https: Client) -> None:
    reply = await behind_https.post("/change", headers={"Origin": "https://fairwatch.example"})
    cookie = reply.cookies[f"__Host-{security.STAFF_COOKIE}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", True)
    assert cookie["domain"] == ""


async def test_over_https_a_cookie_with_the_plain_name_is_nobody(behind_https: Client) -> None:
    reply = await behind_https.get("/read", headers={"Cookie": f"{security.STAFF_COOKIE}=token"})
    assert await reply.text() == "nobody"


@pytest.mark.parametrize(("path", "status"), [("/read", 200), ("/nowhere", 404), ("/change", 405)])
async def test_every_answer_carries_the_headers(client: Client, path: str, status: int) -> None:
    reply = await client.get(path)
    assert reply.status == status
    for name, value in security.HEADERS.items():
        assert reply.headers[name] == value
    assert reply.headers["Cache-Control"] == "no-store"


async def test_no_answer_says_which_versions_of_what_we_run(client: Client) -> None:
    assert (await client.get("/read")).headers["Server"] == "Fairwatch"


def test_scripts_and_styles_come_from_files_of_ours_only() -> None:
    policy = security.HEADERS["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        ("/people?q=x", True),
        ("/", True),
        ("//elsewhere.example", False),
        ("/\\elsewhere.example", False),
        ("https://elsewhere.example/", False),
        ("javascript:alert(1)", False),
        ("people", False),
        ("/x\r\nSet-Cookie: a=b", False),
        ("/\t/elsewhere.example", False),
        ("//[", False),
        ("", False),
    ],
)
def test_the_way_back_stays_here(target: str, taken: bool) -> None:  # noqa: FBT001  # a row of the table
    assert security.local_path(target, otherwise="/home") == (target if taken else "/home")


def test_our_origin_is_the_one_of_the_request_unless_configured() -> None:
    request = make_mocked_request("GET", "/", headers={"Host": "192.168.1.7:8080"}, app=app())
    assert security.own_origin(request) == "http://192.168.1.7:8080"
