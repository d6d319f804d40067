"""Databases for tests: fresh, on a real file; the tables are those of the models, with which the migrations agree."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import text

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


async def tamper(database: Database, *statements: str) -> None:
    """What somebody does who has the database in hand: in a program of their own, with no trigger in the way."""
    async with database.reading() as session:
        (_, _, path), *_ = (await session.execute(text("PRAGMA database_list"))).all()
    with closing(sqlite3.connect(path)) as another_program, another_program:
        for (trigger,) in another_program.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            another_program.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            another_program.execute(statement)
