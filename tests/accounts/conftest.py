import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from accounts.passwords import Passwords
from storage.database import Database
from tests.support.databases import fresh_database
from tests.support.organisation import Bureau, a_small_bureau


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
