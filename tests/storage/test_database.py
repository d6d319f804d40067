import asyncio
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import MetaData, String, UniqueConstraint, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage import database as database_module
from storage.append_only import append_only
from storage.database import Base, Database, DatabaseBusy, DatabaseFull

pytestmark = pytest.mark.rim

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


class Own(DeclarativeBase):
    """Apart from Base, so that no other test meets these tables."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Thing(Own):
    __tablename__ = "thing"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    colour: Mapped[Colour | None]
    at: Mapped[datetime | None]


@append_only
class Entry(Own):
    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("place"),)
    n: Mapped[str] = mapped_column(primary_key=True)  # not the row's number in SQLite, as it would be as an integer
    words: Mapped[str]
    place: Mapped[int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "fairwatch.sqlite"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{path}")
    async with opened.transaction() as session:
        await (await session.connection()).run_sync(Own.metadata.create_all)
    yield opened
    await opened.close()


async def count(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.scalars(select(Thing))).all())


async def test_a_transaction_is_kept_on_a_clean_exit_and_undone_on_an_error(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1"))

    async def fail() -> None:
        async with database.transaction() as session:
            session.add(Thing(id="2"))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database) == 1


async def test_sqlite_is_opened_for_safety(database: Database, path: Path) -> None:
    async with database.transaction() as session:
        found = [
            await session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_what_was_read_cannot_change_before_it_is_written(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="counter", colour=None, at=NOON))

    async def add_a_second() -> None:
        async with database.transaction() as session:
            thing = (await session.scalars(select(Thing))).one()
            before = thing.at
            assert before is not None
            await asyncio.sleep(0)  # lets the others in, if anything does
            thing.at = before + timedelta(seconds=1)

    async with asyncio.TaskGroup() as together:
        for _ in range(20):
            together.create_task(add_a_second())
    async with database.reading() as session:
        assert (await session.scalars(select(Thing.at))).one() == NOON + timedelta(seconds=20)


async def test_reading_goes_on_while_somebody_writes_and_sees_nothing_by_halves(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1"))
        await session.flush()
        assert await count(database) == 0
    assert await count(database) == 1


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        async with database.reading() as session:
            session.add(Thing(id="1"))
    assert await count(database) == 0


async def test_a_writer_that_never_ends_makes_others_busy_and_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LONGEST_WAIT_S", 0)
    impatient = await Database.open(f"sqlite+aiosqlite:///{path}")
    another_program = sqlite3.connect(path, isolation_level=None)
    try:
        another_program.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseBusy):
            async with impatient.transaction():
                pytest.fail("two writers at once")
        another_program.execute("COMMIT")
        async with impatient.transaction():
            with pytest.raises(DatabaseBusy):
                async with impatient.transaction():
                    pytest.fail("a transaction inside another")
        async with impatient.transaction() as session:
            assert await session.scalar(text("SELECT 1")) == 1
    finally:
        another_program.close()
        await impatient.close()


async def test_a_full_disk_is_said_and_what_was_begun_is_undone(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1"))
        pages = await session.scalar(text("PRAGMA page_count"))
        await session.execute(text(f"PRAGMA max_page_count = {pages}"))

    async def write_too_much() -> None:
        async with database.transaction() as session:
            session.add(Thing(id="2"))
            await session.flush()
            await session.execute(text("INSERT INTO entry (n, words, place) VALUES ('1', zeroblob(100000), 1)"))

    with pytest.raises(DatabaseFull):
        await write_too_much()
    assert await count(database) == 1
    async with database.transaction() as session:  # somebody has made room
        await session.execute(text("PRAGMA max_page_count = 1000000"))
        session.add(Thing(id="2"))
    assert await count(database) == 2


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY, reason="files are limited")
async def test_a_disk_that_takes_no_more_of_a_file_is_full_too(database: Database, path: Path) -> None:
    """The write itself fails here, as it does on a disk that is full or broken."""
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((path.parent / f"{path.name}-wal").stat().st_size + 1, largest[1]))
    try:
        with pytest.raises(DatabaseFull):
            async with database.transaction() as session:
                session.add(Thing(id="1"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, largest)
        signal.signal(signal.SIGXFSZ, before)
    assert await count(database) == 0


async def test_a_file_that_another_program_will_not_let_go_of_is_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "LONGEST_WAIT_S", 0)
    path.parent.mkdir()
    another_program = sqlite3.connect(path, isolation_level=None)
    try:
        another_program.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseBusy):
            await Database.open(f"sqlite+aiosqlite:///{path}")
        another_program.execute("COMMIT")
        await (await Database.open(f"sqlite+aiosqlite:///{path}")).close()
    finally:
        another_program.close()


def test_a_file_that_is_no_database_is_not_touched(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"somebody's letter, long enough to be told from an empty database" * 20)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        asyncio.run(Database.open(f"sqlite+aiosqlite:///{path}"))
    assert path.read_bytes().startswith(b"somebody's letter")


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1", at=NOON))
    async with database.reading() as session:
        found = (await session.scalars(select(Thing.at))).one()
    assert found == NOON
    assert found is not None
    assert found.tzinfo is UTC


async def test_moments_of_different_zones_compare_as_moments(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1", at=NOON))
    async with database.reading() as session:
        assert (
            await session.scalar(select(Thing.id).where(Thing.at < NOON.astimezone(UTC) + timedelta(seconds=1))) == "1"
        )
        assert await session.scalar(select(Thing.id).where(Thing.at > NOON.astimezone(UTC))) is None


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs a time zone"):
        async with database.transaction() as session:
            session.add(Thing(id="1", at=NOON.replace(tzinfo=None)))


async def test_an_enum_is_kept_as_its_value(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Thing(id="1", colour=Colour.DARK_BLUE))
    async with database.reading() as session:
        assert await session.scalar(text("SELECT colour FROM thing")) == "dark_blue"
        assert (await session.scalars(select(Thing.colour))).one() is Colour.DARK_BLUE


@pytest.mark.parametrize("change", ["UPDATE entry SET words = 'other'", "DELETE FROM entry"])
async def test_a_table_that_only_grows_refuses_every_other_change(database: Database, change: str) -> None:
    async with database.transaction() as session:
        session.add(Entry(n="1", words="as it was", place=1))
    with pytest.raises(IntegrityError, match="entry only grows"):
        async with database.transaction() as session:
            await session.execute(text(change))
    async with database.reading() as session:
        assert (await session.scalars(select(Entry.words))).all() == ["as it was"]


REPLACING = [
    "INSERT OR REPLACE INTO entry (n, words, place) VALUES (1, 'other', 2)",
    "INSERT OR REPLACE INTO entry (n, words, place) VALUES (2, 'other', 1)",
    "INSERT OR REPLACE INTO entry (rowid, n, words, place) VALUES (1, 2, 'other', 2)",
    "REPLACE INTO entry (n, words, place) VALUES (1, 'other', 1)",
    "UPDATE OR REPLACE entry SET words = 'other'",
    "INSERT INTO entry (n, words, place) VALUES (1, 'other', 2) ON CONFLICT DO UPDATE SET words = 'other'",
]


@pytest.mark.parametrize("change", REPLACING)
async def test_another_program_cannot_replace_what_only_grows(database: Database, path: Path, change: str) -> None:
    async with database.transaction() as session:
        session.add(Entry(n="1", words="as it was", place=1))
    with closing(sqlite3.connect(path)) as another_program:
        with pytest.raises(sqlite3.IntegrityError, match="entry only grows"):
            another_program.execute(change)
        another_program.execute("INSERT INTO entry (n, words, place) VALUES (2, 'the next', 2)")
        assert another_program.execute("SELECT words FROM entry").fetchall() == [("as it was",), ("the next",)]
