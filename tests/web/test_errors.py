"""Failures: one plain page for people, problem+json for scripts, a reference for ours, and never a traceback."""

import logging
import re
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from accounts.details import BadDetail
from accounts.powers import NotYours
from accounts.sign_in import TooManyTries
from checkins.checkin import CheckInCue, CheckInState
from statetable import IllegalCue
from storage.database import DatabaseBusy, DatabaseFull
from tests.support.house import House
from web import errors
from web.rendering import PAPER, Paper

pytestmark = pytest.mark.rim

SECRET = "张建伟 11010519491231002X"

RAISED = {
    "not-yours": (NotYours(), 404),
    "out-of-turn": (IllegalCue(CheckInState.FILED, CheckInCue.ADMITTED), 409),
    "too-many": (TooManyTries(17), 429),
    "busy": (DatabaseBusy(), 503),
    "full": (DatabaseFull(), 507),
    "bad": (BadDetail("name", "missing"), 400),
    "teapot": (web.HTTPUnprocessableEntity(), 422),
    "ours": (RuntimeError(SECRET), 500),
    "gone": (ConnectionResetError("Connection lost"), 400),
}


def client_of_failures(paper: Paper) -> TestClient[web.Request, web.Application]:
    """An application in which everything goes wrong, each thing under its own name."""
    app = web.Application(middlewares=[errors.answer_errors])
    app[PAPER] = paper

    async def fail(request: web.Request) -> web.StreamResponse:
        raise RAISED[request.match_info["how"]][0]

    app.router.add_get("/{how}", fail)
    return TestClient(TestServer(app))


@pytest.mark.parametrize(("how", "status"), [(how, status) for how, (_, status) in RAISED.items()])
async def test_each_failure_has_its_status_and_one_plain_page(paper: Paper, how: str, status: int) -> None:
    async with client_of_failures(paper) as client:
        reply = await client.get(f"/{how}")
        assert reply.status == status
        page = await reply.text()
        assert "Traceback" not in page
        assert SECRET not in page
        if how != "gone":
            assert "回到首页" in page


async def test_who_tries_too_often_is_told_when_to_come_back(paper: Paper) -> None:
    async with client_of_failures(paper) as client:
        assert (await client.get("/too-many")).headers["Retry-After"] == "17"
        assert (await client.get("/busy")).headers["Retry-After"] == "5"


async def test_a_crash_of_ours_is_found_again_by_its_reference(paper: Paper, caplog: pytest.LogCaptureFixture) -> None:
    async with client_of_failures(paper) as client:
        page = await (await client.get("/ours")).text()
    reference = re.search(r'class="num">([0-9a-f]{8})<', page)
    assert reference
    (record,) = [record for record in caplog.records if record.name == "web.errors"]
    assert reference[1] in record.getMessage()
    assert record.exc_info


async def test_a_browser_that_went_away_is_no_crash(paper: Paper, caplog: pytest.LogCaptureFixture) -> None:
    async with client_of_failures(paper) as client:
        await client.get("/gone")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/problem+json"),
        ("application/problem+json, application/json", "application/problem+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("text/html, application/json", "text/html"),
        ("*/*", "text/html"),
    ],
)
async def test_a_script_that_asks_for_json_gets_a_problem(paper: Paper, accept: str, kind: str) -> None:
    async with client_of_failures(paper) as client:
        reply = await client.get("/not-yours", headers={"Accept": accept})
        assert reply.content_type == kind
        if kind != "text/html":
            problem = await reply.json(content_type=None)
            assert problem["status"] == 404
            assert problem["title"] == "没有找到这个页面"


async def test_a_full_disk_is_said_in_words_and_in_one_line_of_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    async with house.desk.database.transaction() as session:
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count = {pages}"))
    with suppress(DatabaseFull):
        while True:  # until what is left of the last pages is full
            await house.rooms.audit.note(None, "fill", "the-disk", house.rooms.now())
    caplog.clear()
    reply = await officer.get(f"/people/{house.desk.subject.id}")  # that it was opened goes into the audit log
    assert reply.status == 507
    assert "服务器的磁盘满了" in await reply.text()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "the database's disk takes no more: make room"
    ]


async def test_a_wrong_method_is_told_which_are_right(house: House) -> None:
    reply = await house.browser().post("/healthz")
    assert reply.status == 405
    assert "GET" in reply.headers["Allow"]
    assert "这个地址不能这样打开" in await reply.text()


async def test_an_unknown_address_is_a_plain_page(house: House) -> None:
    reply = await house.browser().get("/wp-login.php")
    assert reply.status == 404
    assert "没有找到这个页面" in await reply.text()


async def test_a_foreign_page_may_change_nothing(house: House) -> None:
    officer = await house.signed_in(house.desk.bureau.officer)
    reply = await officer.post("/sign-out", headers={"Origin": "https://elsewhere.example"})
    assert reply.status == 403
    assert "没有被接受" in await reply.text()
    assert (await officer.get("/today")).status == 200
