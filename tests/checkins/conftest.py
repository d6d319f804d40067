import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts.subjects import Subject
from checkins.policy import read_policy
from storage.database import Database
from tests.support.check_ins import Desk
from tests.support.clocks import ManualClock
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
async def desk(founded: tuple[Path, Bureau, Subject], tmp_path: Path) -> AsyncIterator[Desk]:
    """The test's own copy of it, and the officer's desk in it."""
    path, bureau, subject = founded
    own = tmp_path / "fairwatch.sqlite"
    own.write_bytes(path.read_bytes())
    database = await Database.open(f"sqlite+aiosqlite:///{own}")
    yield Desk(database, read_policy(), bureau, subject, ManualClock())
    await database.close()
