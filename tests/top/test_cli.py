"""The console script: each command does what it says, and what an operator can mend is one sentence."""

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import typer
from aiohttp import ClientSession
from typer.testing import CliRunner, Result

import cli
import shell
from addresses import lan_address
from recognition.models import ALL, present
from tests.support.models import sface_models
from tests.support.organisation import PASSWORD
from tests.support.processes import gone

pytestmark = pytest.mark.rim

ROOT = Path(__file__).parents[2]
LONGEST_START_S = 60


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Settings of an installation of the test's own, on ports that were free."""
    return {
        "FAIRWATCH_DATA": str(tmp_path / "data"),
        "FAIRWATCH_PORT": "0",
        "FAIRWATCH_UDP_PORT": "0",
        "FAIRWATCH_UDP_ANNOUNCED": "127.0.0.1",
    }


def invoke(env: Mapping[str, str], *words: str, stdin: str = "") -> Result:
    """The command in this process."""
    return CliRunner().invoke(cli.app, words, input=stdin, env=dict(env))


def check(result: Result, *, code: int, says: str) -> None:
    """It ends with this code and one sentence, and with no exception but that."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, " ".join(result.stderr.split())) == (code, says)


# staff


def test_the_first_administrator_founds_the_bureau_and_the_second_joins_it(env: dict[str, str]) -> None:
    create = ("admin", "create")
    first = invoke(env, *create, "admin", "--name", "孙亮", "--bureau", "明川县司法局", stdin=f"{PASSWORD}\n")
    check(first, code=0, says="added")
    check(invoke(env, *create, "admin2", "--name", "钱进", stdin=f"{PASSWORD}\n"), code=0, says="added")


@pytest.mark.parametrize(
    ("words", "password", "says"),
    [
        (("admin",), PASSWORD, "bureau: missing"),
        (
            ("admin", "--bureau", "明川县司法局"),
            "short",
            "password: too short It has 5 characters; 10 to 128 are needed.",
        ),
        (("管理员", "--bureau", "明川县司法局"), PASSWORD, "login: form"),
    ],
)
def test_a_detail_that_cannot_be_used_is_named(
    env: dict[str, str], words: tuple[str, ...], password: str, says: str
) -> None:
    result = invoke(env, "admin", "create", "--name", "孙亮", *words, stdin=f"{password}\n")
    check(result, code=2, says=says)


@pytest.mark.parametrize(
    ("role", "unit", "code", "says"),
    [
        ("officer", "明川县司法局", 0, "added"),
        ("boss", "明川县司法局", 2, "role: unknown"),
        ("officer", "另一个司法局", 2, "unit: unknown"),
    ],
)
def test_a_member_of_staff_is_added_with_one_post(
    env: dict[str, str], role: str, unit: str, code: int, says: str
) -> None:
    founding = ("admin", "create", "admin", "--name", "孙亮", "--bureau", "明川县司法局")
    check(invoke(env, *founding, stdin=f"{PASSWORD}\n"), code=0, says="added")
    adding = ("person", "add", "li", "--name", "李静", "--role", role, "--unit", unit)
    check(invoke(env, *adding, stdin=f"{PASSWORD}\n"), code=code, says=says)


def test_an_office_is_given_its_telephone_number(env: dict[str, str]) -> None:
    founding = ("admin", "create", "admin", "--name", "孙亮", "--bureau", "明川县司法局")
    check(invoke(env, *founding, stdin=f"{PASSWORD}\n"), code=0, says="added")
    check(invoke(env, "unit", "phone", "明川县司法局", "0571-12345678"), code=0, says="kept")
    check(invoke(env, "unit", "phone", "明川县司法局", "call me"), code=2, says="phone: form")
    check(invoke(env, "unit", "phone", "别的局", "0571-12345678"), code=2, says="unit: unknown")


def test_at_a_terminal_the_password_is_asked_for_unseen_and_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool, bool]] = []

    def prompt(text: str, *, hide_input: bool, confirmation_prompt: bool) -> str:
        asked.append((text, hide_input, confirmation_prompt))
        return PASSWORD

    monkeypatch.setattr(typer, "prompt", prompt)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert shell.password() == PASSWORD
    assert asked == [("Password", True, True)]


# the database


def test_tables_are_brought_up_to_date(env: dict[str, str]) -> None:
    check(invoke(env, "migrate"), code=0, says="the database is up to date")
    check(invoke(env, "migrate"), code=0, says="the database is up to date")


def test_a_database_of_a_newer_version_is_left_as_it_is(env: dict[str, str], tmp_path: Path) -> None:
    invoke(env, "migrate")
    with sqlite3.connect(tmp_path / "data" / "fairwatch.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_the_future'")
    database.close()
    says = "A newer Fairwatch has changed this database (step 9999_the_future); this one would not understand it."
    check(invoke(env, "migrate"), code=1, says=says)


def test_a_busy_database_is_said(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke(env, "migrate")
    monkeypatch.setattr("storage.database.LONGEST_WAIT_S", 0)
    writer = sqlite3.connect(tmp_path / "data" / "fairwatch.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    adding = ("admin", "create", "admin", "--name", "孙亮", "--bureau", "明川县司法局")
    result = invoke(env, *adding, stdin=f"{PASSWORD}\n")
    writer.close()
    says = "The database is busy: something else has been writing to it for seconds. Try again."
    check(result, code=1, says=says)


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("add review reason", "the tables and the database do not differ"),
        ("Add_Review", "a step is named in a few plain words, as “add review reason”"),
    ],
)
def test_a_step_that_would_say_nothing_is_not_written(env: dict[str, str], title: str, says: str) -> None:
    check(invoke(env, "migrate", "--new", title), code=1, says=says)


def test_changed_tables_get_a_step_that_can_be_taken(env: dict[str, str], tmp_path: Path) -> None:
    """On a copy of the sources; the tree we work in has as many steps as before."""
    steps = set((ROOT / "storage/migrations/versions").glob("*.py"))
    copy = tmp_path / "copy"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".*", "data", "tests", "docs", "clips", "static", "__pycache__")
    )
    store = copy / "checkins" / "store.py"
    column = "    called_off_because: Mapped[str | None] = mapped_column(Text)\n"
    assert column in store.read_text(encoding="utf-8")
    store.write_text(store.read_text(encoding="utf-8").replace(column, f"{column}    mood: Mapped[str | None]\n"))
    for words in (["--new", "add a mood"], []):
        done = subprocess.run(
            [sys.executable, "-m", "cli", "migrate", *words],
            cwd=copy,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    [step] = (copy / "storage/migrations/versions").glob("*_add_a_mood.py")
    assert "mood" in step.read_text(encoding="utf-8")
    with sqlite3.connect(tmp_path / "data" / "fairwatch.db") as database:
        assert "mood" in {row[1] for row in database.execute("PRAGMA table_info(check_in)")}
    database.close()
    assert set((ROOT / "storage/migrations/versions").glob("*.py")) == steps


# models


def test_models_are_taken_from_an_operators_folder(env: dict[str, str], tmp_path: Path) -> None:
    source = sface_models()
    result = invoke(env, "models", "fetch", "--from", str(source))
    assert result.exit_code == 0, result.stderr
    assert "checked by hash" in result.stderr
    assert present(tmp_path / "data" / "models")
    again = invoke(env, "models", "fetch")
    assert again.exit_code == 0
    assert "the face models are in" in again.stderr


def test_a_folder_with_something_else_in_it_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for file in ALL:
        (source / file.name).write_bytes(b"something else")
    result = invoke(env, "models", "fetch", "--from", str(source))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert not (tmp_path / "data" / "models" / ALL[0].name).exists()


# the doctor


def test_the_doctor_lets_a_new_installation_serve(env: dict[str, str]) -> None:
    result = invoke(env, "doctor")
    assert result.exit_code == 0, result.stderr
    assert "there is no database yet" in result.stderr


def test_the_doctor_does_not_where_the_record_was_altered(env: dict[str, str], tmp_path: Path) -> None:
    adding = ("admin", "create", "admin", "--name", "孙亮", "--bureau", "明川县司法局")
    invoke(env, *adding, stdin=f"{PASSWORD}\n")
    whole = invoke(env, "doctor", "--whole-record")
    assert (whole.exit_code, "audit log: whole" in whole.stderr) == (0, True), whole.stderr
    with closing(sqlite3.connect(tmp_path / "data" / "fairwatch.db")) as another_program, another_program:
        another_program.execute("DROP TRIGGER audit_entry_no_update")
        another_program.execute("UPDATE audit_entry SET verb = 'nothing' WHERE n = 1")
    altered = invoke(env, "doctor")
    assert altered.exit_code == 1
    assert "audit log: entry 1 does not follow" in altered.stderr


def test_what_the_doctor_reads_paints_nothing(env: dict[str, str]) -> None:
    result = invoke({**env, "FAIRWATCH_PUBLIC_ORIGIN": "https://[/][red]a\x1b[2J"}, "doctor")
    assert result.exit_code == 0, result.output
    assert "https://[/][red]a\\u001b[2J" in result.stderr
    assert "\x1b[2J" not in result.stderr


def test_the_doctor_does_not_where_a_port_is_taken(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = invoke({**env, "FAIRWATCH_PORT": port}, "doctor")
    assert result.exit_code == 1
    assert f"TCP port {port} for pages: Address already in use" in result.stderr


# settings


@pytest.mark.parametrize("command", [["serve"], ["demo"], ["doctor"], ["migrate"], ["models", "fetch"]])
def test_a_setting_that_cannot_be_used_ends_every_command_with_one_sentence(command: list[str]) -> None:
    result = invoke({"FAIRWATCH_PORT": "http"}, *command)
    check(result, code=2, says="FAIRWATCH_PORT is not a port: 'http'")


def test_a_certificate_needs_its_key(env: dict[str, str]) -> None:
    result = invoke(env, "serve", "--tls-cert", "chain.pem")
    assert result.exit_code == 2
    assert "--tls-cert and --tls-key go together" in result.stderr


def test_without_a_command_there_is_help() -> None:
    result = CliRunner().invoke(cli.app, [])
    for command in ("serve", "demo", "doctor", "migrate", "device", "person", "admin", "models", "turn"):
        assert command in result.output


# the relay

TURN = {"FAIRWATCH_TURN_URLS": "turn:turn.example", "FAIRWATCH_TURN_SECRET": "only-a-test-knows-this-one"}


def test_coturns_configuration_is_printed_for_this_installation() -> None:
    env = TURN | {"FAIRWATCH_UDP_ANNOUNCED": "127.0.0.1,203.0.113.9"}
    result = invoke(env, "turn", "config", "--external-ip", "198.51.100.4", "--last-port", "49160")
    assert (result.exit_code, result.stderr) == (0, "")
    for line in (
        "realm=turn.example",
        "static-auth-secret=only-a-test-knows-this-one",
        "external-ip=198.51.100.4",
        "total-quota=9",
        "allowed-peer-ip=203.0.113.9",
    ):
        assert line in result.stdout.splitlines()
    assert "allowed-peer-ip=127.0.0.1" not in result.stdout


def test_a_relay_that_could_lead_nowhere_is_one_sentence() -> None:
    says = "FAIRWATCH_UDP_ANNOUNCED must say to which address of the media server a relay may lead."
    check(invoke(TURN, "turn", "config"), code=2, says=says)
    says = "Set FAIRWATCH_TURN_URLS and FAIRWATCH_TURN_SECRET (or FAIRWATCH_TURN_SECRET_FILE) first."
    check(invoke({}, "turn", "config"), code=2, says=says)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--tls-cert", "/tls/chain"], "turns: needs --tls-cert and --tls-key"),
        ([], "turns: needs --tls-cert and --tls-key"),
        (["--tls-cert", "/c", "--tls-key", "/k", "--first-port", "50000", "--last-port", "49999"], "--last-port comes"),
    ],
)
def test_a_relay_is_described_whole(words: list[str], says: str) -> None:
    result = invoke(TURN | {"FAIRWATCH_TURN_URLS": "turns:turn.example"}, "turn", "config", *words)
    assert result.exit_code == 2
    assert says in result.stderr


# serving, in a process of its own


async def test_an_installation_with_an_account_is_not_told_to_make_one(env: dict[str, str]) -> None:
    words = ("admin", "create", "sun.liang", "--name", "孙亮", "--bureau", "局")
    made = await asyncio.to_thread(invoke, env, *words, stdin=f"{PASSWORD}\n")  # it has a loop of its own
    assert made.exit_code == 0
    async with serving(env) as served:
        assert "admin create" not in await said_until(served, "Ctrl-C stops")


@asynccontextmanager
async def serving(env: Mapping[str, str], *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`fairwatch serve`, which is ended in good order if it has not ended by then."""
    script = Path(sys.executable).with_name("fairwatch")
    pipe = asyncio.subprocess.PIPE
    served = await asyncio.create_subprocess_exec(
        script, "serve", *words, env={**os.environ, **env}, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(LONGEST_START_S):
            yield served
    finally:
        if served.returncode is None:
            served.kill()
        await served.wait()


async def said_until(served: asyncio.subprocess.Process, word: str) -> str:
    """What it has said on stderr up to this word."""
    assert served.stderr is not None
    said = ""
    while word not in said:
        line = await served.stderr.readline()
        assert line, said
        said += line.decode()
    return said


async def stop(served: asyncio.subprocess.Process) -> tuple[str, str]:
    """End it as systemd does; what else it has said."""
    served.send_signal(signal.SIGTERM)
    out, err = await served.communicate()
    assert served.returncode == 0
    return out.decode(), err.decode()


async def test_it_serves_until_it_is_told_to_stop_and_says_no_more_than_it_must(env: dict[str, str]) -> None:
    async with serving(env) as served:
        said = await said_until(served, "Ctrl-C stops")
        origin = next(word for word in said.split() if word.startswith("http://127.0.0.1:"))
        async with ClientSession() as browser, browser.get(f"{origin}/healthz") as answer:
            assert answer.status == 200
        out, err = await stop(served)
    assert out == ""
    assert "fairwatch admin create LOGIN" in said  # nobody has an account in what was founded just now
    for line in f"{said}{err}".splitlines():
        assert "alembic" not in line
        assert "Traceback" not in line


@pytest.mark.parametrize(("name", "kind"), [("PORT", socket.SOCK_STREAM), ("UDP_PORT", socket.SOCK_DGRAM)])
async def test_a_port_that_is_taken_is_one_sentence(env: dict[str, str], name: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = {f"FAIRWATCH_{name}": str(taken.getsockname()[1]), "FAIRWATCH_UDP_BIND": "127.0.0.1"}
        async with serving({**env, **port}) as served:
            _, err = await served.communicate()
    assert served.returncode == 1
    said = " ".join(err.decode().split())
    assert "ddress already in use" in said
    assert said.endswith("If a port is in use: --port, or FAIRWATCH_UDP_PORT for media.")
    assert said.count(". ") == 1


async def test_a_taken_port_of_a_media_process_is_named(env: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        udp = {"FAIRWATCH_UDP_PORT": port, "FAIRWATCH_UDP_BIND": "127.0.0.1"}
        async with serving({**env, **udp}, "--workers", "1") as served:
            _, err = await served.communicate()
    assert served.returncode == 1
    said = " ".join(err.decode().split())
    assert said.startswith(f"UDP port {port}: Address already in use.")
    assert said.count(". ") == 1


async def test_a_media_process_that_cannot_start_is_one_sentence(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(ENDS_WORKERS)
    async with serving({**env, "PYTHONPATH": str(tmp_path)}, "--workers", "2") as served:
        _, err = await served.communicate()
    assert served.returncode == 1
    assert " ".join(err.decode().split()) == "Media worker 1 of 2 did not start: it is gone."


async def test_it_serves_with_media_processes_and_leaves_none(env: dict[str, str]) -> None:
    async with serving({**env, "FAIRWATCH_WORKERS": "2"}) as served:
        said = await said_until(served, "Ctrl-C stops")
        workers = children_of(served.pid, "media.worker")
        assert len(workers) == 2
        _, err = await stop(served)
    assert "Traceback" not in said + err
    for worker in workers:
        await gone(worker)


ENDS_WORKERS = "import os, sys\nif 'media.worker' in sys.orig_argv: os._exit(3)\n"


def children_of(pid: int, module: str) -> list[int]:
    """The processes that it has started to run this module."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in children if module in Path(f"/proc/{child}/cmdline").read_text().split("\0")]


async def test_a_certificate_that_is_not_there_is_one_sentence(env: dict[str, str]) -> None:
    async with serving(env, "--tls-cert", "no.pem", "--tls-key", "no.pem") as served:
        _, err = await served.communicate()
    assert served.returncode == 2
    says = "the TLS certificate and its key cannot be used: No such file or directory"
    assert " ".join(err.decode().split()) == says


async def test_a_first_try_in_the_lan_is_https_and_shows_a_code_for_the_phone(
    env: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    async with serving(env, "--tls-self-signed", "--demo", "--port", port) as served:
        said = await said_until(served, "Ctrl-C stops")
        origin = f"https://{lan_address()}:{port}"
        link = next(word for word in said.split() if word.startswith(f"{origin}/sign-in/once/"))
        trusting = ssl.create_default_context(cafile=str(tmp_path / "data" / "tls" / f"{lan_address()}.crt"))
        trusting.check_hostname = False  # we reach it over loopback
        async with (
            ClientSession() as browser,
            browser.post(
                link.replace(origin, f"https://127.0.0.1:{port}"),
                headers={"Origin": origin},
                ssl=trusting,
                allow_redirects=False,
            ) as answer,
        ):
            assert answer.status == 303
            assert answer.headers["Set-Cookie"].startswith("__Host-fw_staff=")
        out, _ = await stop(served)
    assert len([line for line in out.splitlines() if "█" in line or "▄" in line]) > 10
