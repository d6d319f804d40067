"""Rows as they stand in a table, for those who check them: whatever was put there, fetching it never fails."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, String, select, type_coerce

from storage.database import Base, UtcDateTime


def as_it_stands(model: type[Base]) -> Select[Any]:
    """The rows of `model` with their moments unread, for moment_of() and stamp() to read."""
    return select(
        *(
            type_coerce(column, String).label(column.name) if isinstance(column.type, UtcDateTime) else column
            for column in model.__table__.columns
        )
    )


def moment_of(found: object) -> datetime:
    """The moment that stands there, in UTC. ValueError or TypeError for what is none."""
    moment = found if isinstance(found, datetime) else datetime.fromisoformat(cast(str, found))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def stamp(found: object) -> str:
    """The moment as a hash chain covers it; for what is none a text that no chain has ever covered."""
    try:
        return moment_of(found).isoformat(timespec="microseconds")
    except (ValueError, TypeError):
        return "no moment"
