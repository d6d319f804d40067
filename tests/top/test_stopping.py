"""How a server starts where faces cannot be compared, and that one that has stopped leaves nothing behind."""

import asyncio
import gc
import logging
import os
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from aiohttp import ClientSession
from rich.console import Console
from yarl import URL

from demo.greeting import greet
from server import Running, running, serving
from tests.support.fake_engine import FakeVerifier
from tests.support.servers import faceless, faces_seen_by, loopback

pytestmark = pytest.mark.rim


async def is_answering(server: Running) -> bool:
    async with ClientSession() as browser, browser.get(f"{server.origin}/healthz") as answer:
        return answer.status == 200


def interrupt() -> None:
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


class Interrupted(FakeVerifier):
    """Somebody presses Ctrl-C once more in the middle of stopping."""

    closed = False

    async def close(self) -> None:
        interrupt()
        await asyncio.sleep(0)
        await super().close()
        self.closed = True


@pytest.fixture
def as_many_files() -> Iterator[None]:
    """A server takes all it may; this process had fewer."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("as_many_files")
async def test_a_second_ctrl_c_while_it_stops_breaks_nothing_off(tmp_path: Path) -> None:
    ports: list[int] = []

    async def stop_at_once(server: Running) -> None:
        assert await is_answering(server)
        ports.append(URL(server.origin).port or 0)
        interrupt()

    verifier = Interrupted()
    with faces_seen_by(verifier):
        await serving(loopback(tmp_path), stop_at_once)
    assert verifier.closed
    with socket.create_server(("127.0.0.1", ports[0])):
        pass  # it is free again


def open_files() -> list[str]:
    """What this process has open; files by their paths, the rest by their kind."""
    gc.collect()
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}").partition(":[")[0])
        except FileNotFoundError:  # the list's own
            continue
    return sorted(found)


async def test_one_that_has_stopped_leaves_no_open_file_and_no_thread(tmp_path: Path) -> None:
    """That it leaves no task every test looks at."""
    left = []
    for _ in range(2):  # the first may load what is kept for good
        async with faceless(loopback(tmp_path)) as server:
            assert await is_answering(server)
        left.append((open_files(), threading.active_count()))
    assert left[0] == left[1]


async def test_without_the_preferred_models_it_runs_and_says_by_what_faces_are_compared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(loopback(tmp_path)) as server:
        assert await is_answering(server)
        assert server.rooms.verifier.engine is not None
        assert server.rooms.verifier.engine.name == "dlib"
    said = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert said == ["sface's files are missing or not the pinned ones: faces are compared by dlib"]


async def test_without_any_engine_it_runs_says_so_and_has_its_demo(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognition.verifier.choose", lambda _models, _prefer: None)
    greeting = StringIO()
    async with running(loopback(tmp_path)) as server:
        assert await is_answering(server)
        await greet(server, Console(file=greeting), with_qr=False)
    assert "each link signs in once" in greeting.getvalue()
    assert "no face engine is installed: every still will be for a person to judge" in caplog.messages
