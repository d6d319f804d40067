"""What the doctor sees, and that looking changes nothing."""

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import doctor
from addresses import Interface
from doctor import Finding, examine
from settings import Settings
from storage.database import Database
from tests.support.servers import loopback

pytestmark = pytest.mark.rim


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A machine on which nothing was done yet."""
    return loopback(tmp_path / "not" / "there")


def about(findings: Sequence[Finding], word: str) -> Finding:
    """The one finding about this."""
    [found] = [finding for finding in findings if word in finding.what]
    return found


def fit_to_serve(findings: Sequence[Finding]) -> bool:
    return all(finding.ok for finding in findings if finding.needed)


async def test_a_machine_on_which_nothing_was_done_yet_may_serve_and_is_left_so(
    settings: Settings, tmp_path: Path
) -> None:
    findings = await examine(settings)
    assert fit_to_serve(findings)
    assert about(findings, "no database yet").ok
    assert about(findings, "GiB free").ok
    assert "models fetch" in about(findings, "SFace model is not there").advice
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
async def test_a_port_that_is_taken_is_named_and_keeps_us_from_serving(
    settings: Settings, kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        ports = {"port": port} if kind is socket.SOCK_STREAM else {"udp_port": port}
        findings = await examine(replace(settings, **ports))
    found = about(findings, f"port {port} for")
    assert not found.ok
    assert "FAIRWATCH_PORT" in found.advice
    assert not fit_to_serve(findings)


async def test_a_database_that_is_there_is_opened(settings: Settings) -> None:
    database = await Database.open(settings.database_url)
    await database.close()
    assert about(await examine(settings), "the database opens").ok


@pytest.mark.parametrize("url", ["nonsense", "no-such-driver://x/y"])
async def test_a_database_that_cannot_be_opened_keeps_us_from_serving(settings: Settings, url: str) -> None:
    findings = await examine(replace(settings, database=url))
    assert not about(findings, "database cannot be opened").ok
    assert not fit_to_serve(findings)


async def test_a_file_that_is_no_database_keeps_us_from_serving(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    (settings.data / "fairwatch.db").write_text("hello, I am no database at all, but long enough to be taken for one")
    assert not about(await examine(settings), "database cannot be opened").ok


async def test_a_full_disk_is_seen_before_the_day_begins(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ENOUGH_DISK", 1 << 60)
    findings = await examine(settings)
    assert not about(findings, "GiB free").ok
    assert fit_to_serve(findings)  # it is a note: today may be short


@pytest.mark.parametrize(
    ("settings_of_it", "ok"),
    [
        (Settings(), True),
        (Settings(host="0.0.0.0"), False),
        (Settings(host="0.0.0.0", tls_cert=Path("chain.pem"), tls_key=Path("key.pem")), True),
        (Settings(host="0.0.0.0", public_origin="https://jiaozheng.example"), True),
    ],
)
async def test_phones_need_https(settings: Settings, settings_of_it: Settings, *, ok: bool) -> None:
    findings = await examine(replace(settings_of_it, data=settings.data, port=0, udp_port=0))
    origin = replace(settings_of_it, port=0).origin_at(0)
    assert about(findings, origin).ok is ok


async def test_addresses_that_browsers_are_not_told_are_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        doctor, "interfaces", lambda: [Interface("eth0", "192.0.2.1"), Interface("docker0", "172.17.0.1")]
    )
    found = about(await examine(replace(settings, udp_announced=("192.0.2.1",))), "announced at 192.0.2.1, UDP port")
    assert found.ok
    assert found.advice == "not at 172.17.0.1 (docker0); FAIRWATCH_UDP_ANNOUNCED decides otherwise"


async def test_a_machine_with_loopback_only_needs_a_flag(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "interfaces", list)
    found = about(await examine(settings), "loopback")
    assert not found.ok
    assert "--allow-loopback-in-peer-connection" in found.advice
