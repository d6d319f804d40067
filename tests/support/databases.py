"""Databases for tests: fresh, on a real file, with the tables as they are served."""

import functools
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import create_engine

from storage import migrations
from storage.database import Database


@asynccontextmanager
async def fresh_database(path: Path | None = None) -> AsyncIterator[Database]:
    """An open, empty SQLite database that has taken every step; without a path it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = path or Path(folder) / "fairwatch.sqlite"
        path.write_bytes(_migrated())
        database = await Database.open(f"sqlite+aiosqlite:///{path}")
        try:
            yield database
        finally:
            await database.close()


@functools.cache
def _migrated() -> bytes:
    """The file of an empty database, made once for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fairwatch.sqlite"
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            migrations.upgrade(connection)
        engine.dispose()
        return path.read_bytes()
