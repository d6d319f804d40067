"""Tables that only grow: triggers that refuse every UPDATE and DELETE, and every row in the place of another."""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, Table, UniqueConstraint, event, text
from sqlalchemy.orm import DeclarativeBase

M = TypeVar("M", bound=DeclarativeBase)


def refuse_changes(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that make `table` append-only in the database of that dialect.

    A guard against accidents, ours included. Who owns the database can drop a trigger; the hash chain shows it.
    """
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for change in ("UPDATE", "DELETE")
        )
    return (
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} only grows'; END $$",
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()",
    )


def refuse_replacing(table: str, keys: Iterable[Iterable[str]], dialect: str) -> tuple[str, ...]:
    """The statements that keep a new row from taking the place of an old one. `keys`: what is unique in `table`.

    SQLite's REPLACE removes what is in its way, and no DELETE trigger hears of it unless the program that does it has
    asked for that. PostgreSQL knows no REPLACE, and its upserts are updates.
    """
    if dialect != "sqlite":
        return ()
    same = [("rowid",), *keys]  # every row has a number of its own, by which it can be replaced too
    taken = " OR ".join("(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")" for key in same)
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END",
    )


def append_only(model: type[M]) -> type[M]:
    """Makes a table append-only wherever it is created from its model; migrations run the statements themselves."""

    def guard(created: Table, connection: Connection, **_: object) -> None:
        dialect = connection.dialect.name
        unique = [one for one in created.constraints if isinstance(one, UniqueConstraint)]
        keys = [[column.name for column in key.columns] for key in (created.primary_key, *unique)]
        for statement in refuse_changes(created.name, dialect) + refuse_replacing(created.name, keys, dialect):
            connection.execute(text(statement))

    event.listen(model.__table__, "after_create", guard)
    return model
