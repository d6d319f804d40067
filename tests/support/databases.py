"""Databases for tests: fresh, on a real file, gone afterwards."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.database import Base, Database


@asynccontextmanager
async def fresh_database() -> AsyncIterator[Database]:
    """An open SQLite database with the tables of all rooms that are imported."""
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite+aiosqlite:///{folder}/fairwatch.sqlite")
        try:
            async with database.transaction() as session:
                connection = await session.connection()
                await connection.run_sync(Base.metadata.create_all)
            yield database
        finally:
            await database.close()
