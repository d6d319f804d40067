"""Tables that only grow: triggers that refuse every UPDATE and DELETE."""

from typing import TypeVar

from sqlalchemy import Connection, Table, event, text
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


def append_only(model: type[M]) -> type[M]:
    """Makes a table append-only wherever it is created from its model; migrations run refuse_changes() themselves."""

    def guard(created: Table, connection: Connection, **_: object) -> None:
        for statement in refuse_changes(created.name, connection.dialect.name):
            connection.execute(text(statement))

    event.listen(model.__table__, "after_create", guard)
    return model
