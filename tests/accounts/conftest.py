from collections.abc import AsyncIterator, Iterator

import pytest

from accounts.passwords import Passwords
from storage.database import Database
from tests.support.databases import fresh_database
from tests.support.organisation import Bureau, a_small_bureau


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with fresh_database() as database:
        yield database


@pytest.fixture
async def bureau(database: Database) -> Bureau:
    return await a_small_bureau(database)


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords()
    yield passwords
    passwords.close()
