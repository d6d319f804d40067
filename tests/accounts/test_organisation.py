import pytest

from accounts.actor import UnitId
from accounts.details import BadDetail
from accounts.organisation import Organisation, UnitKind, phone_of
from accounts.powers import NotYours
from storage.database import Database
from tests.support.organisation import NINE, Bureau
from tests.support.records import audited

pytestmark = pytest.mark.rim


async def test_units_stand_after_their_parents(database: Database, bureau: Bureau) -> None:
    units = await Organisation(database).units()
    assert [(unit.name, unit.kind) for unit in units] == [
        ("明川县司法局", UnitKind.BUREAU),
        ("执法大队", UnitKind.BRIGADE),
        ("一中队", UnitKind.SQUADRON),
        ("河东司法所", UnitKind.OFFICE),
        ("二中队", UnitKind.SQUADRON),
        ("河西司法所", UnitKind.OFFICE),
    ]
    known: set[UnitId | None] = {None}
    for unit in units:
        assert unit.parent in known
        known.add(unit.id)


async def test_an_area_is_a_unit_and_all_beneath_it(database: Database, bureau: Bureau) -> None:
    organisation = Organisation(database)
    assert await organisation.below(bureau.bureau) == {unit.id for unit in await organisation.units()}
    assert await organisation.below(bureau.squadron) == {bureau.squadron, bureau.office}
    assert await organisation.below(bureau.office) == {bureau.office}
    assert await organisation.below(UnitId("nowhere")) == frozenset()


async def test_an_administrator_adds_a_unit_and_the_log_says_so(database: Database, bureau: Bureau) -> None:
    organisation = Organisation(database)
    unit = await organisation.add_unit("城东司法所", UnitKind.OFFICE, bureau.squadron, NINE, by=bureau.administrator)
    assert unit.id in await organisation.below(bureau.squadron)
    entry = (await audited(database, f"unit/{unit.id}"))[-1]
    assert (entry.verb, entry.post) == ("add_unit", bureau.administrator.post)


async def test_an_office_has_a_number_to_call_or_that_of_the_next_above_it(database: Database, bureau: Bureau) -> None:
    organisation = Organisation(database)

    async def number() -> str | None:
        async with database.reading() as session:
            return await phone_of(session, bureau.office)

    assert await number() is None
    await organisation.set_phone(bureau.bureau, "0571-1234 5678", NINE, by=bureau.administrator)
    assert await number() == "057112345678"
    await organisation.set_phone(bureau.office, "+8657187654321", NINE, by=bureau.administrator)
    assert await number() == "+8657187654321"
    await organisation.set_phone(bureau.office, " ", NINE, by=bureau.administrator)
    assert await number() == "057112345678"
    assert (await audited(database, f"unit/{bureau.office}"))[-1].verb == "set_phone"
    with pytest.raises(NotYours):
        await organisation.set_phone(bureau.office, "057112345678", NINE, by=bureau.officer)
    with pytest.raises(BadDetail, match="phone: form"):
        await organisation.set_phone(bureau.office, "call me", NINE)
    with pytest.raises(BadDetail, match="unit: unknown"):
        await organisation.set_phone(UnitId("nowhere"), "057112345678", NINE)


async def test_an_officer_cannot_add_a_unit(database: Database, bureau: Bureau) -> None:
    with pytest.raises(NotYours):
        await Organisation(database).add_unit("城东司法所", UnitKind.OFFICE, bureau.squadron, NINE, by=bureau.officer)


@pytest.mark.parametrize(
    ("name", "parent", "field", "reason"),
    [("", None, "name", "missing"), ("城东司法所", UnitId("nowhere"), "parent", "unknown")],
)
async def test_a_unit_that_cannot_be_is_refused(
    empty: Database, name: str, parent: UnitId | None, field: str, reason: str
) -> None:
    with pytest.raises(BadDetail) as caught:
        await Organisation(empty).add_unit(name, UnitKind.OFFICE, parent, NINE)
    assert (caught.value.field, caught.value.reason_code) == (field, reason)
    assert await Organisation(empty).units() == []
