import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.actor import Actor, Role
from accounts.passwords import Passwords
from accounts.people import People
from accounts.sign_in import SignIn
from storage.database import Database
from tests.support.databases import fresh_database
from tests.support.organisation import NINE, PASSWORD, Bureau, a_small_bureau

HOME = "192.0.2.1"


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bureau]:
    """A database with a small bureau in it, made once, and the bureau."""
    path = tmp_path_factory.mktemp("founded") / "fairwatch.sqlite"

    async def found() -> Bureau:
        async with fresh_database(path) as database:
            return await a_small_bureau(database)

    return path, asyncio.run(found())


@pytest.fixture
async def database(founded: tuple[Path, Bureau], tmp_path: Path) -> AsyncIterator[Database]:
    """The test's own copy of the database with the bureau."""
    path = tmp_path / "fairwatch.sqlite"
    path.write_bytes(founded[0].read_bytes())
    opened = await Database.open(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.close()


@pytest.fixture
def bureau(founded: tuple[Path, Bureau]) -> Bureau:
    return founded[1]


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database(tmp_path / "empty.sqlite") as database:
        yield database


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()


@pytest.fixture
def people(database: Database, passwords: Passwords) -> People:
    return People(database, passwords)


@pytest.fixture
def sign_in(database: Database, passwords: Passwords) -> SignIn:
    return SignIn(database, passwords)


@pytest.fixture
async def li_na(people: People, bureau: Bureau) -> Actor:
    """An officer with a password, login li.na."""
    person = await people.add_staff("li.na", "李娜", PASSWORD, NINE)
    post = await people.give_post(person.id, Role.OFFICER, bureau.office, NINE)
    return await people.who_acted(post.id)
