import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts.subjects import Subject
from storage.database import Database
from tests.support.databases import fresh_database
from tests.support.organisation import Bureau, a_small_bureau, a_subject


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bureau, Subject]:
    """A database with a small bureau and one case in it, made once."""
    path = tmp_path_factory.mktemp("founded") / "fairwatch.sqlite"

    async def found() -> tuple[Bureau, Subject]:
        async with fresh_database(path) as database:
            bureau = await a_small_bureau(database)
            return bureau, await a_subject(database, bureau.officer, bureau.office)

    return path, *asyncio.run(found())


@pytest.fixture
async def database(founded: tuple[Path, Bureau, Subject], tmp_path: Path) -> AsyncIterator[Database]:
    """The test's own copy of it."""
    path = tmp_path / "fairwatch.sqlite"
    path.write_bytes(founded[0].read_bytes())
    opened = await Database.open(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.close()


@pytest.fixture
def bureau(founded: tuple[Path, Bureau, Subject]) -> Bureau:
    return founded[1]


@pytest.fixture
def subject(founded: tuple[Path, Bureau, Subject]) -> Subject:
    return founded[2]
