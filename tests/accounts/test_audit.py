from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from accounts import audit as audit_module
from accounts.audit import Audit
from storage.database import Database
from tests.support.organisation import NINE, Bureau
from tests.support.records import AuditEntry, audited

pytestmark = pytest.mark.rim


async def three_entries(database: Database) -> Audit:
    audit = Audit(database)
    for n in range(3):
        await audit.note(None, "look", f"subject/{n}", NINE + timedelta(seconds=n), detail={"n": n})
    return audit


async def tamper(database: Database, *statements: str) -> None:
    """What somebody with the database file in hand would do."""
    async with database.transaction() as session:
        connection = await session.connection()
        for change in ("update", "delete"):
            await connection.exec_driver_sql(f"DROP TRIGGER audit_entry_no_{change}")
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def test_an_entry_says_who_did_what_in_which_post(database: Database, bureau: Bureau) -> None:
    audit = Audit(database)
    before = len(await audited(database))
    await audit.note(bureau.officer, "play", "check-in/01", NINE, detail={"from_s": 1.5, "seat": "subject"})
    await audit.note(bureau.officer, "play", "check-in/02", NINE, allowed=False)
    (entry,) = await audited(database, "check-in/01")
    assert entry == AuditEntry(
        n=before + 1,
        at=NINE,
        person=bureau.officer.person,
        post=bureau.officer.post,
        verb="play",
        thing="check-in/01",
        allowed=True,
        detail={"from_s": 1.5, "seat": "subject"},
    )
    assert [entry.allowed for entry in await audited(database, "check-in/02")] == [False]


async def test_an_untouched_log_verifies_page_by_page(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = await three_entries(empty)
    for page in (1, 2, 3, 4):
        monkeypatch.setattr(audit_module, "_PAGE", page)
        assert await audit.verify() is None


async def test_an_empty_log_verifies(empty: Database) -> None:
    assert await Audit(empty).verify() is None


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["UPDATE audit_entry SET thing = 'subject/9' WHERE n = 2"], 2),
        (["UPDATE audit_entry SET at = '2026-11-23 02:00:00.000000' WHERE n = 2"], 2),
        (["UPDATE audit_entry SET at = 'at noon' WHERE n = 2"], 2),
        (["UPDATE audit_entry SET detail = x'00' WHERE n = 2"], 2),
        (["UPDATE audit_entry SET thing = CAST(x'ff' AS TEXT) WHERE n = 2"], 2),
        (["UPDATE audit_entry SET n = -1 WHERE n = 3"], 1),
        (["UPDATE audit_entry SET allowed = 0 WHERE n = 1"], 1),
        (["UPDATE audit_entry SET detail = '{\"n\":7}' WHERE n = 3"], 3),
        (["UPDATE audit_entry SET person = 'somebody' WHERE n = 3"], 3),
        (["DELETE FROM audit_entry WHERE n = 1"], 1),
        (["DELETE FROM audit_entry WHERE n = 2"], 2),
        (["DELETE FROM audit_entry WHERE n = 2", "UPDATE audit_entry SET n = 2 WHERE n = 3"], 2),
        (
            [
                "UPDATE audit_entry SET n = 9 WHERE n = 1",
                "UPDATE audit_entry SET n = 1 WHERE n = 2",
                "UPDATE audit_entry SET n = 2 WHERE n = 9",
            ],
            1,
        ),
    ],
)
@pytest.mark.parametrize("page", [1, 1000])
async def test_a_tampered_log_breaks_where_it_was_touched(
    empty: Database, monkeypatch: pytest.MonkeyPatch, statements: list[str], broken: int, page: int
) -> None:
    monkeypatch.setattr(audit_module, "_PAGE", page)
    audit = await three_entries(empty)
    await tamper(empty, *statements)
    assert await audit.verify() == broken


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET verb = 'x'", "DELETE FROM audit_entry"])
async def test_the_log_only_grows(empty: Database, change: str) -> None:
    audit = await three_entries(empty)

    async def try_it() -> None:
        async with empty.transaction() as session:
            await session.execute(text(change))

    with pytest.raises(IntegrityError, match="audit_entry only grows"):
        await try_it()
    assert await audit.verify() is None


@pytest.mark.parametrize(
    ("verb", "thing", "detail"),
    [
        ("看", "subject/01", {}),
        ("look", "张伟", {}),
        ("look", "subject/01\nlook subject/02", {}),
        ("look", "subject/\x1b[2J", {}),
        ("look", "x" * 121, {}),
        ("look", "", {}),
        ("look", "subject/01", {"name": "张伟"}),
        ("look", "subject/01", {"note": "two words"}),
    ],
)
async def test_only_codes_and_ids_are_taken(
    empty: Database, verb: str, thing: str, detail: dict[str, str | int | float]
) -> None:
    audit = Audit(empty)
    with pytest.raises(ValueError, match="codes and ids only"):
        await audit.note(None, verb, thing, NINE, detail=detail)
    assert await audited(empty) == []
