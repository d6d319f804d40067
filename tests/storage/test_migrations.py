import asyncio
import importlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

import storage
from storage import append_only, migrations
from storage.database import Base, Database
from storage.migrations import NewerDatabase, newest_step, step_of
from tests.support.databases import fresh_database

pytestmark = pytest.mark.rim

# Storage itself knows no room's tables; whoever compares them must have met them all.
HOUSE = Path(storage.__file__).parents[1]
for source in HOUSE.glob("[a-z]*/*.py"):
    if "__tablename__" in source.read_text():
        importlib.import_module(".".join(source.relative_to(HOUSE).with_suffix("").parts))

ONLY_GROW = ("audit_entry", "ledger_entry", "consent", "lesson_consent")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/fairwatch.sqlite"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


async def tables(database: Database) -> set[str]:
    async with database.reading() as session:
        return await (await session.connection()).run_sync(lambda connection: {*inspect(connection).get_table_names()})


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_models_and_migrations_agree(database: Database) -> None:
    await database.migrate()
    async with database.reading() as session:
        assert await (await session.connection()).run_sync(differences) == []
    assert await tables(database) == {*Base.metadata.tables, "alembic_version"}


async def test_a_second_start_has_nothing_to_do(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await database.migrate()
    monkeypatch.setattr(command, "upgrade", lambda *_: pytest.fail("there is nothing to do"))
    await database.migrate()


async def test_two_programs_that_start_at_once_migrate_once(url: str) -> None:
    programs = [await Database.open(url) for _ in range(3)]
    try:
        await asyncio.gather(*(program.migrate() for program in programs))
        async with programs[0].reading() as session:
            assert await (await session.connection()).run_sync(step_of) == newest_step()
    finally:
        for program in programs:
            await program.close()


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> tuple[str, ...]:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(append_only, "refuse_changes", fail)
        with pytest.raises(OSError, match="the disk is full"):
            await database.migrate()
    assert await tables(database) == set()
    await database.migrate()
    assert "audit_entry" in await tables(database)


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    await database.migrate()
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))
    with pytest.raises(NewerDatabase, match="9999_from_the_future"):
        await database.migrate()


@pytest.mark.parametrize("table", ONLY_GROW)
@pytest.mark.parametrize(
    "change", ["UPDATE {0} SET at = at", "DELETE FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"]
)
async def test_the_record_and_the_audit_log_only_grow(database: Database, table: str, change: str) -> None:
    await database.migrate()
    async with database.transaction() as session:
        await session.execute(text("PRAGMA defer_foreign_keys = ON"))
        columns = [column.name for column in Base.metadata.tables[table].columns]
        values = ", ".join("1" for _ in columns)
        await session.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"))
        with pytest.raises(DatabaseError, match=f"{table} only grows"):
            await session.execute(text(change.format(table)))
        await session.rollback()


async def test_tables_made_of_models_are_guarded_as_those_of_migrations(database: Database, tmp_path: Path) -> None:
    await database.migrate()
    async with fresh_database(tmp_path / "of_models.sqlite") as of_models:
        assert await triggers(of_models) == await triggers(database)


async def triggers(database: Database) -> set[str]:
    async with database.reading() as session:
        found = await session.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'"))
        return set(found)


def test_steps_are_numbered_named_and_follow_each_other() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.STEPS.parent))
    steps = [step.revision for step in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]
    assert steps == sorted(path.stem for path in migrations.STEPS.glob("*.py"))
    assert steps[-1] == newest_step()
    for n, step in enumerate(steps, start=1):
        assert re.fullmatch(rf"{n:04}_[a-z_]+", step)
        assert len(step) <= 32  # what alembic_version has room for


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_table_says_what_it_knows_about_people(table: str) -> None:
    """What and why; how long; who may see. Or "none" and why it is none."""
    (model,) = (mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is Base.metadata.tables[table])
    _, found, said = (model.__doc__ or "").partition(".. pii: ")
    assert found
    said = " ".join(said.split())
    assert said.startswith("none; ") or said.count(";") >= 2


@pytest.mark.skipif("FAIRWATCH_TEST_POSTGRES" not in os.environ, reason="FAIRWATCH_TEST_POSTGRES names no database")
async def test_postgresql_takes_the_same_steps() -> None:
    """On an empty database, as postgresql+asyncpg://user@host/name."""
    database = await Database.open(os.environ["FAIRWATCH_TEST_POSTGRES"])
    try:
        await database.migrate()
        await database.migrate()
        async with database.reading() as session:
            assert await (await session.connection()).run_sync(differences) == []
    finally:
        await database.close()
