"""Databases for tests: fresh, on a real file; the tables are those of the models, with which the migrations agree."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.database import Base, Database


@asynccontextmanager
async def fresh_database(path: Path | None = None) -> AsyncIterator[Database]:
    """An open, empty SQLite database with the tables of all rooms that are imported; without a path gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite+aiosqlite:///{path or Path(folder) / 'fairwatch.sqlite'}")
        try:
            async with database.transaction() as session:
                connection = await session.connection()
                await connection.run_sync(Base.metadata.create_all)
            yield database
        finally:
            await database.close()
