import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from accounts.audit import Audit
from accounts.organisation import Organisation
from accounts.passwords import Passwords
from accounts.people import People
from accounts.sign_in import SignIn
from accounts.subjects import Subject, Subjects
from cases.ledger import Ledger
from checkins.enrolment import Enrolments
from checkins.policy import read_policy
from courses.lessons import Lessons
from courses.policy import read_lesson_policy
from devices.live import LiveDevices
from devices.policy import read_device_policy
from devices.register import Register
from media.viewing_copies import ViewingCopies
from storage.database import Database
from storage.files import FileStore
from tests.support.check_ins import Desk
from tests.support.clocks import ManualClock
from tests.support.databases import fresh_database
from tests.support.fake_engine import FakeVerifier
from tests.support.house import House
from tests.support.no_media import NoRooms
from tests.support.organisation import Bureau, a_small_bureau, a_subject
from web.app import make_app
from web.neighbours import Neighbours
from web.proxies import Proxies
from web.rendering import Paper, read_paper
from web.uploads import Uploads


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bureau, Subject]:
    """A database with a small bureau and one case in it, made once."""
    path = tmp_path_factory.mktemp("founded") / "fairwatch.sqlite"

    async def found() -> tuple[Bureau, Subject]:
        async with fresh_database(path) as database:
            bureau = await a_small_bureau(database)
            return bureau, await a_subject(database, bureau.officer, bureau.office)

    return path, *asyncio.run(found())


@pytest.fixture(scope="session")
def paper() -> Paper:
    """What pages are made of, read once for all tests."""
    return read_paper()


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


@pytest.fixture
def proxies() -> Proxies:
    """None; a test that has some names them."""
    return Proxies()


@pytest.fixture
def uploads() -> Uploads:
    """As many as usual; a test that needs fewer says so."""
    return Uploads()


@pytest.fixture
async def house(
    founded: tuple[Path, Bureau, Subject],
    paper: Paper,
    passwords: Passwords,
    proxies: Proxies,
    uploads: Uploads,
    tmp_path: Path,
) -> AsyncIterator[House]:
    """The pages over the test's own copy of it; no camera, no call, no browser."""
    path, bureau, subject = founded
    own = tmp_path / "fairwatch.sqlite"
    own.write_bytes(path.read_bytes())
    database = await Database.open(f"sqlite+aiosqlite:///{own}")
    desk = Desk(database, read_policy(), bureau, subject, ManualClock())
    files = FileStore(tmp_path / "files")
    verifier = FakeVerifier()
    copies = ViewingCopies(tmp_path / "viewing-copies", desk.clock.now)
    devices = LiveDevices(database, NoRooms(), files, read_device_policy(), desk.clock.now, desk.clock.clock)
    rooms = Neighbours(
        database=database,
        sign_in=SignIn(database, passwords),
        organisation=Organisation(database),
        people=People(database, passwords),
        subjects=Subjects(database),
        audit=Audit(database),
        appointments=desk.appointments,
        lessons=Lessons(database, read_lesson_policy()),
        enrolments=Enrolments(database, verifier, files),
        verifier=verifier,
        ledger=Ledger(database),
        files=files,
        copies=copies,
        policy=desk.policy,
        devices=Register(database),
        live_devices=devices,
        device_policy=read_device_policy(),
        now=desk.clock.now,
    )

    async def signal(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="a conversation")

    server = TestServer(
        make_app(rooms, signal=signal, signal_lesson=signal, proxies=proxies, uploads=uploads, paper=paper)
    )
    await server.start_server()
    house = House(server, rooms, desk, tmp_path / "viewing-copies")
    async with copies, devices:
        yield house
        await house.close()
    await database.close()
