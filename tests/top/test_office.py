"""What an installation does to its own records: the first administrator, staff, tables."""

from pathlib import Path

import pytest

from accounts.actor import Role
from accounts.details import BadDetail
from accounts.organisation import Organisation, Unit, UnitKind
from accounts.passwords import Passwords
from accounts.sign_in import SignIn
from devices.register import Register
from office import add_administrator, add_device, add_staff, migrated, migrated_database, new_step, people_of
from server import wall_clock
from settings import Settings
from storage.database import Database
from tests.support.organisation import PASSWORD

pytestmark = pytest.mark.rim


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
async def founded(settings: Settings) -> Settings:
    """An installation with a bureau, its administrator, and two offices of one name."""
    await add_administrator(settings, "admin", "孙亮", PASSWORD, "明川县司法局")
    async with migrated_database(settings) as database:
        organisation = Organisation(database)
        [bureau] = await organisation.units()
        for name in ("一中队", "司法所", "司法所"):
            await organisation.add_unit(name, UnitKind.SQUADRON, bureau.id, wall_clock())
    return settings


async def units_of(settings: Settings) -> list[Unit]:
    async with migrated_database(settings) as database:
        return await Organisation(database).units()


async def actor(database: Database, login: str) -> tuple[str, Role, str]:
    """Who signs in with this login and PASSWORD, in which post of which unit."""
    passwords = Passwords()
    try:
        sign_in = SignIn(database, passwords)
        token = await sign_in.with_password(login, PASSWORD, "127.0.0.1", wall_clock())
        found = await sign_in.actor(token, wall_clock())
        assert found is not None
        return found.name, found.role, found.unit_name
    finally:
        passwords.close()


async def test_the_first_administrator_founds_the_bureau(settings: Settings) -> None:
    await add_administrator(settings, "admin", "孙亮", PASSWORD, "明川县司法局")
    async with migrated_database(settings) as database:
        assert await actor(database, "admin") == ("孙亮", Role.ADMINISTRATOR, "明川县司法局")
    assert settings.data.stat().st_mode & 0o777 == 0o700


async def test_the_second_one_joins_it(founded: Settings) -> None:
    await add_administrator(founded, "admin2", "钱进", PASSWORD, None)
    async with migrated_database(founded) as database:
        assert await actor(database, "admin2") == ("钱进", Role.ADMINISTRATOR, "明川县司法局")
    assert [unit.kind for unit in await units_of(founded)].count(UnitKind.BUREAU) == 1


@pytest.mark.parametrize(
    ("login", "name", "password", "bureau", "wrong"),
    [
        ("admin", "孙亮", PASSWORD, None, "bureau: missing"),
        ("admin", "孙亮", PASSWORD, "  ", "bureau: missing"),
        ("admin", "孙亮", "short", "明川县司法局", "password: too_short"),
        ("-", "孙亮", PASSWORD, "明川县司法局", "login: form"),
        ("admin", "", PASSWORD, "明川县司法局", "name: missing"),
    ],
)
async def test_a_detail_that_cannot_be_used_founds_nothing(
    settings: Settings, login: str, name: str, password: str, bureau: str | None, wrong: str
) -> None:
    with pytest.raises(BadDetail, match=wrong):
        await add_administrator(settings, login, name, password, bureau)
    assert await units_of(settings) == []
    async with migrated_database(settings) as database, people_of(database) as people:
        assert await people.staff() == []


async def test_a_bureau_is_founded_once(founded: Settings) -> None:
    before = await units_of(founded)
    with pytest.raises(BadDetail, match="bureau: founded_already"):
        await add_administrator(founded, "admin2", "钱进", PASSWORD, "另一个司法局")
    assert await units_of(founded) == before


async def test_staff_have_a_post_at_once(founded: Settings) -> None:
    await add_staff(founded, "li", "李静", PASSWORD, "officer", "一中队")
    async with migrated_database(founded) as database:
        assert await actor(database, "li") == ("李静", Role.OFFICER, "一中队")


@pytest.mark.parametrize(
    ("role", "unit", "wrong"),
    [
        ("boss", "一中队", "role: unknown"),
        ("officer", "二中队", "unit: unknown"),
        ("officer", "司法所", "unit: several_of_that_name"),
    ],
)
async def test_an_unknown_role_or_unit_adds_nobody(founded: Settings, role: str, unit: str, wrong: str) -> None:
    with pytest.raises(BadDetail, match=wrong):
        await add_staff(founded, "li", "李静", PASSWORD, role, unit)
    async with migrated_database(founded) as database, people_of(database) as people:
        assert [staff.login for staff in await people.staff()] == ["admin"]


async def test_tables_are_brought_up_to_date_once_and_again(settings: Settings) -> None:
    await migrated(settings)
    await migrated(settings)
    assert await units_of(settings) == []


async def test_where_no_table_has_changed_no_step_is_written(settings: Settings) -> None:
    with pytest.raises(ValueError, match="do not differ"):
        await new_step(settings, "add review reason")


async def test_a_device_is_added_with_a_token_of_its_own(founded: Settings) -> None:
    token = await add_device(founded, "二楼谈话室", "room_camera", "一中队")
    async with migrated_database(founded) as database:
        device = await Register(database).holder(token)
    assert device is not None
    assert (device.name, device.unit_name) == ("二楼谈话室", "一中队")


@pytest.mark.parametrize(
    ("kind", "unit", "wrong"), [("x", "一中队", "kind: unknown"), ("encoder", "x", "unit: unknown")]
)
async def test_an_unknown_kind_or_unit_adds_no_device(founded: Settings, kind: str, unit: str, wrong: str) -> None:
    with pytest.raises(BadDetail, match=wrong):
        await add_device(founded, "二楼谈话室", kind, unit)
