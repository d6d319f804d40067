"""What the doctor sees, and that looking changes nothing."""

import os
import socket
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import coturn
import doctor
from addresses import Interface
from cases.review import Conclusion
from checkins.enrolment import Enrolments
from checkins.policy import read_policy
from doctor import Finding, examine
from recognition.models import ENGINE
from settings import Settings
from storage.database import Database
from storage.files import FileStore
from tests.support.check_ins import Desk
from tests.support.clocks import ManualClock
from tests.support.databases import tamper
from tests.support.fake_engine import JPEG, FakeVerifier
from tests.support.models import sface_models
from tests.support.organisation import a_small_bureau, a_subject
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


async def test_without_the_face_mesh_faces_are_compared_and_it_is_said(settings: Settings, tmp_path: Path) -> None:
    source = sface_models()
    for file in ENGINE:
        (tmp_path / file.name).symlink_to(source / file.name)
    found = about(await examine(replace(settings, models=tmp_path)), "no face mesh")
    assert not found.needed
    assert "models fetch" in found.advice
    assert about(await examine(replace(settings, models=source)), "SFace and the face mesh").ok


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
    findings = await examine(settings)
    assert about(findings, "the database opens").ok
    assert about(findings, "no tables yet").ok


@pytest.mark.parametrize("url", ["nonsense", "no-such-driver://x/y"])
async def test_a_database_that_cannot_be_opened_keeps_us_from_serving(settings: Settings, url: str) -> None:
    findings = await examine(replace(settings, database=url))
    assert not about(findings, "database cannot be opened").ok
    assert not fit_to_serve(findings)


async def test_a_file_that_is_no_database_keeps_us_from_serving(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    (settings.data / "fairwatch.db").write_text("hello, I am no database at all, but long enough to be taken for one")
    assert not about(await examine(settings), "database cannot be opened").ok


# the record


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """An installation with one case in it, at whose end is a concluded check-in."""
    database = await Database.open(settings.database_url)
    await database.migrate()
    bureau = await a_small_bureau(database)
    subject = await a_subject(database, bureau.officer, bureau.office)
    desk = Desk(database, read_policy(), bureau, subject, ManualClock())
    check_in = (await desk.ended()).appointment.id
    await desk.appointments.conclude(bureau.officer, check_in, Conclusion.CONFIRMED, "", desk.now)
    yield desk
    await database.close()


async def test_a_record_that_is_whole_is_said_to_be(settings: Settings, desk: Desk) -> None:
    await a_subject(desk.database, desk.bureau.officer, desk.bureau.office, "李雷", "990000198511020018")
    findings = await examine(settings)
    assert fit_to_serve(findings)
    assert about(findings, "audit log: whole").ok
    assert about(findings, "ledgers: 2 checked, all whole").ok


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE audit_entry SET verb = 'x' WHERE n = 3", "audit log: entry 3 does not follow"),
        ("UPDATE audit_entry SET at = 'at noon' WHERE n = 3", "audit log: entry 3 does not follow"),
        ("UPDATE ledger_entry SET at = 'at noon' WHERE n = 1", "ledger of SUBJECT: entry 1 does not follow"),
        ("DELETE FROM ledger_entry WHERE n = 2", "ledger of SUBJECT: check-in CHECK_IN is not as it is on file"),
        ("UPDATE check_in SET identity = 'rejected'", "ledger of SUBJECT: check-in CHECK_IN is not as it is on file"),
        ("UPDATE check_in SET identity = 'guilty'", "ledger of SUBJECT: check-in CHECK_IN is not as it is on file"),
        ("UPDATE check_in SET state = 'gone'", "ledger of SUBJECT: check-in CHECK_IN is not as it is on file"),
        ("UPDATE ledger_entry SET subject = 'gone' WHERE n = 2", "ledger of gone: entry 1 does not follow"),
    ],
)
async def test_a_record_that_was_altered_is_named_by_its_ids_and_keeps_us_from_serving(
    settings: Settings, desk: Desk, tampering: str, says: str
) -> None:
    [row] = await desk.appointments.of_case(desk.bureau.officer, desk.subject.id, desk.now)
    await tamper(desk.database, tampering)
    findings = await examine(settings)
    found = about(findings, says.replace("SUBJECT", desk.subject.id).replace("CHECK_IN", row.appointment.id))
    assert not found.ok
    assert "altered" in found.advice
    assert not fit_to_serve(findings)
    assert not any("all whole" in finding.what for finding in findings if "ledger" in says)


async def test_an_enrolled_face_that_was_exchanged_is_named_and_keeps_us_from_serving(
    settings: Settings, desk: Desk
) -> None:
    enrolments = Enrolments(desk.database, FakeVerifier(), FileStore(settings.data / "files"))
    await enrolments.enrol(desk.bureau.officer, desk.subject.id, [JPEG] * 3, desk.now)
    assert about(await examine(settings), "all whole").ok
    await tamper(desk.database, "UPDATE reference_face SET template = zeroblob(512)")
    findings = await examine(settings)
    assert "is not as it is on file" in about(findings, "reference face").what
    assert not fit_to_serve(findings)


async def test_what_somebody_put_in_the_place_of_an_id_is_not_repeated(settings: Settings, desk: Desk) -> None:
    await tamper(desk.database, "UPDATE ledger_entry SET subject = char(27) || '[2J[green]李雷' WHERE n = 2")
    findings = await examine(settings)
    assert not fit_to_serve(findings)
    about(findings, "ledger of (what is no id): entry 1 does not follow")
    assert not any("李雷" in finding.what for finding in findings)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
async def test_looking_leaves_the_database_as_it_is(settings: Settings, desk: Desk, mode: str) -> None:
    path = settings.data / "fairwatch.db"
    await desk.database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    before = path.read_bytes()
    assert about(await examine(settings), "audit log: whole").ok
    assert path.read_bytes() == before


async def test_an_empty_file_stays_empty(settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    path = settings.data / "fairwatch.db"
    path.touch()
    assert about(await examine(settings), "no tables yet").ok
    assert path.read_bytes() == b""


async def test_a_record_that_cannot_be_checked_keeps_us_from_serving(settings: Settings, desk: Desk) -> None:
    await tamper(desk.database, "UPDATE check_in SET since = 'at noon'")
    findings = await examine(settings)
    assert not about(findings, "the record cannot be checked: ValueError").ok
    assert not fit_to_serve(findings)


async def test_of_many_that_are_broken_only_the_first_are_named(
    settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tamper(desk.database, "UPDATE ledger_entry SET body = '{'")
    monkeypatch.setattr(doctor, "MOST_NAMED", 1)
    findings = await examine(settings)
    assert not about(findings, "entry 1 does not follow").ok
    assert about(findings, "ledgers: and 1 more").needed


async def test_what_takes_too_long_to_check_is_left_and_said_to_be(settings: Settings, desk: Desk) -> None:
    findings = await examine(settings, longest_check_s=0)
    assert "--whole-record" in about(findings, "the audit log is longer than could be checked").advice
    assert "--whole-record" in about(findings, "ledgers: 0 of 1 checked").advice
    assert fit_to_serve(findings)
    assert about(await examine(settings, longest_check_s=None), "all whole").ok


@pytest.mark.parametrize("step", ["0001_first_light", "9999_from_the_future"])
async def test_the_record_of_another_version_is_not_checked(settings: Settings, desk: Desk, step: str) -> None:
    await tamper(desk.database, f"UPDATE alembic_version SET version_num = '{step}'")
    findings = await examine(settings)
    assert "migrate" in about(findings, f"not checked: the database's tables are those of step {step}").advice
    assert fit_to_serve(findings)


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


async def test_the_ports_of_all_media_processes_are_looked_at(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        second = taken.getsockname()[1]
        findings = await examine(replace(settings, udp_port=second - 1, workers=2))
    assert not about(findings, f"UDP port {second} for media").ok
    about(findings, f"UDP port {second - 1} for media")
    assert about(findings, f"UDP ports {second - 1} to {second}").ok


async def test_a_machine_with_loopback_only_needs_a_flag(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "interfaces", list)
    found = about(await examine(settings), "loopback")
    assert not found.ok
    assert "--allow-loopback-in-peer-connection" in found.advice


WITH_RELAY = Settings(udp_announced=("203.0.113.9",), turn_urls=("turn:turn.example",), turn_secret="x" * 22)


@pytest.mark.parametrize(
    ("version", "ok"), [(None, True), ((4, 6, 1), False), ((4, 8, 9), False), ((4, 9, 0), True), ((4, 10), True)]
)
async def test_a_coturn_that_takes_mapped_addresses_for_public_ones_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, version: coturn.Version | None, *, ok: bool
) -> None:
    monkeypatch.setattr(coturn, "installed", lambda: version)
    findings = await examine(replace(WITH_RELAY, data=settings.data, port=0, udp_port=0))
    assert "which leads to 203.0.113.9" in about(findings, "the relay turn:turn.example").what
    assert [finding.ok for finding in findings if "CVE-2026-27624" in finding.what] == ([] if ok else [False])
    assert fit_to_serve(findings)


async def test_a_relay_that_could_lead_nowhere_is_named(settings: Settings) -> None:
    findings = await examine(replace(settings, turn_urls=WITH_RELAY.turn_urls, turn_secret=WITH_RELAY.turn_secret))
    assert not about(findings, "names no address that it could lead to").ok


async def test_without_a_relay_it_is_said_who_cannot_join(settings: Settings) -> None:
    assert "turn config" in about(await examine(settings), "blocks UDP cannot join").advice
