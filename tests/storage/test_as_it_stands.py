"""Rows that are checked can always be fetched; what stands in them is found out afterwards."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.as_it_stands import as_it_stands, moment_of, stamp
from storage.database import Base, Database

pytestmark = pytest.mark.rim

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


class Own(Base):
    """Apart from Base's own tables, so that no other test meets this one."""

    __abstract__ = True
    metadata = MetaData()


class Thing(Own):
    __tablename__ = "thing_as_it_stands"
    n: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]
    at: Mapped[datetime]


async def test_a_row_is_fetched_whatever_was_put_there(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'fairwatch.sqlite'}")
    try:
        async with database.transaction() as session:
            await (await session.connection()).run_sync(Own.metadata.create_all)
            session.add(Thing(n=1, words="as it was", at=NOON))
            await session.flush()
            await session.execute(text("INSERT INTO thing_as_it_stands VALUES (2, CAST(x'ff' AS TEXT), 'at noon')"))
            rows = (await session.execute(as_it_stands(Thing).order_by(Thing.n))).all()
    finally:
        await database.close()
    assert [row.words for row in rows] == ["as it was", "\udcff"]
    assert moment_of(rows[0].at) == NOON
    assert [stamp(row.at) for row in rows] == ["2026-11-23T04:00:00.123456+00:00", "no moment"]


@pytest.mark.parametrize("found", ["at noon", "", 12, 1.5, b"2026-11-23", None])
def test_what_is_no_moment_has_a_stamp_that_no_chain_has_covered(found: object) -> None:
    assert stamp(found) == "no moment"


def test_a_moment_is_read_as_utc_where_no_zone_stands_beside_it() -> None:
    assert moment_of("2026-11-23 02:00:00.000000") == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert moment_of(NOON) == NOON
