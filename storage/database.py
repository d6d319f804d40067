"""The database: one connection for writing, several for reading, and what all rooms' tables have in common."""

import asyncio
import enum
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import quote

from sqlalchemy import DateTime, Dialect, Enum, MetaData, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from storage import migrations

# What SQLite says when the disk is full, or refuses a write in another way.
NO_MORE_ROOM = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)

LONGEST_WAIT_S = 5  # for another writer; a form that takes longer is better told to try again


class DatabaseBusy(Exception):
    """Somebody else kept writing for more than LONGEST_WAIT_S; nothing has happened, and trying again may work."""


class DatabaseFull(DatabaseBusy):
    """The disk took no more; nothing has happened, and trying again works once somebody has made room."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: kept as UTC, given back aware. A naive one is a ValueError, for nobody knows which moment it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses what has no time zone; SQLite keeps no zone, so all are put into one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of all rooms; each room defines its own. A table's docstring has a `.. pii:` line.

    Enums are kept as their values in text columns: a new member is then no migration.
    """

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=False,
            length=40,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


class Database:
    """One database. `transaction()` writes, `reading()` only reads; neither is ever held across anything slow."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Opens "sqlite+aiosqlite:///path" (made if it is not there) or another async URL. DatabaseBusy."""
        parsed = make_url(url)
        # Parameters are hidden: an error that reaches the log must not carry a name.
        engine_of = partial(create_async_engine, parsed, pool_timeout=LONGEST_WAIT_S, hide_parameters=True)
        if parsed.get_backend_name() != "sqlite":
            engine = engine_of(isolation_level="SERIALIZABLE")
            return cls(engine, engine)
        await asyncio.to_thread(_make_file, Path(parsed.database or ""))
        # SQLite has one writer. One connection makes writers queue in order, where several would poll for the lock.
        writer = engine_of(pool_size=1, max_overflow=0, connect_args={"isolation_level": None})
        reader = engine_of(connect_args={"isolation_level": None})
        for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_with(begin))
        event.listen(reader.sync_engine, "connect", _only_read)
        return cls(writer, reader)

    @classmethod
    async def look(cls, url: str) -> "Database":
        """Opens one that is there for reading only: SQLite's file stays, to the byte, what it is."""
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return await cls.open(url)
        there = parsed.set(database=f"file:{quote(parsed.database or '')}", query={"mode": "ro", "uri": "true"})
        reader = create_async_engine(
            there, pool_timeout=LONGEST_WAIT_S, hide_parameters=True, connect_args={"isolation_level": None}
        )
        event.listen(reader.sync_engine, "connect", _set_up_sqlite)
        event.listen(reader.sync_engine, "begin", _begin_with("BEGIN"))
        return cls(reader, reader)

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One fact: committed on a clean exit, rolled back on an error. What it has read cannot change under it.

        DatabaseBusy when another writer does not come to an end, also when one is opened inside another; DatabaseFull.
        """
        return _session(self._writer)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A consistent view for reading only; never waits for a writer."""
        return _session(self._reader)

    async def migrate(self) -> None:
        """Brings the tables to the shape this version knows, all or none. NewerDatabase, DatabaseBusy, DatabaseFull."""
        with _trouble_is_said():
            async with self._writer.begin() as connection:
                await connection.run_sync(migrations.upgrade)

    async def write_step(self, title: str) -> Path:
        """A new migration step for tables that have changed, for a person to read. ValueError."""
        async with self._writer.begin() as connection:
            return await connection.run_sync(migrations.write_step, title)

    async def close(self) -> None:
        """Closes every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


@asynccontextmanager
async def _session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    with _trouble_is_said():
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            _ = await session.connection()  # begins now, so that waiting for the writer before us ends here
            yield session


@contextmanager
def _trouble_is_said() -> Iterator[None]:
    """DatabaseBusy and DatabaseFull, in one way whatever the statement was."""
    try:
        yield
    except PoolTimeout:
        raise DatabaseBusy from None
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_BUSY:
            raise DatabaseBusy from None
        if code in NO_MORE_ROOM:
            raise DatabaseFull from None
        raise


def _make_file(path: Path) -> None:
    """Makes the database's file, for its owner only, and has it keep a write-ahead log; both last.

    Names and ID numbers lie in it; SQLite itself would let everybody read it. The log's file takes over its mode.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Only ever a new file: to close a descriptor of one in use would take SQLite's own locks on it away.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        for _ in range(1 + LONGEST_WAIT_S * 100):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(0.01)  # two programs' first start at once; SQLite does not wait here by itself
            else:
                return
    raise DatabaseBusy


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LONGEST_WAIT_S * 1000}")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL loses acknowledged commits when the power fails
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
    # Text that is no UTF-8 was not written by us. SQLite's own complaint would quote the record, in our log.
    cast(Any, connection).driver_connection.text_factory = _text_of


def _text_of(stored: bytes) -> str:
    return stored.decode(errors="surrogateescape")


def _only_read(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin_with(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin
