"""What an installation does to its own records from the command line: tables, staff, the first administrator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from accounts.actor import Role
from accounts.details import BadDetail, checked_name
from accounts.organisation import Organisation, Unit, UnitKind
from accounts.passwords import Passwords
from accounts.people import People
from devices.device import DeviceKind
from devices.register import Register
from server import wall_clock  # and with it every room: all tables are known
from settings import Settings
from storage.database import Database


@asynccontextmanager
async def migrated_database(settings: Settings) -> AsyncIterator[Database]:
    """The database with this version's tables, open for one command."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await Database.open(settings.database_url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.close()


async def migrated(settings: Settings) -> None:
    """Bring the tables up to date."""
    async with migrated_database(settings):
        pass


async def new_step(settings: Settings, title: str) -> Path:
    """A migration step written for the tables as they are in the code now; ValueError."""
    async with migrated_database(settings) as database:
        return await database.write_step(title)


async def add_staff(settings: Settings, login: str, name: str, password: str, role: str, unit: str) -> None:
    """One account with one post; BadDetail for what cannot be used."""
    if role not in set(Role):
        raise BadDetail("role", "unknown")
    async with migrated_database(settings) as database, people_of(database) as people:
        place = await unit_named(Organisation(database), unit)
        staff = await people.add_staff(login, name, password, wall_clock())
        await people.give_post(staff.id, Role(role), place.id, wall_clock())


async def add_device(settings: Settings, name: str, kind: str, unit: str) -> str:
    """A device that may stream to us; its token, which is kept nowhere. BadDetail for what cannot be used."""
    if kind not in set(DeviceKind):
        raise BadDetail("kind", "unknown")
    async with migrated_database(settings) as database:
        place = await unit_named(Organisation(database), unit)
        _, token = await Register(database).add(name, DeviceKind(kind), place.id, wall_clock())
    return token


async def unit_named(organisation: Organisation, name: str) -> Unit:
    """The one unit of that name; BadDetail when there is none, or more."""
    units = [known for known in await organisation.units() if known.name == name]
    if len(units) != 1:
        raise BadDetail("unit", "several_of_that_name" if units else "unknown")
    return units[0]


async def add_administrator(settings: Settings, login: str, name: str, password: str, bureau: str | None) -> None:
    """An administrator of the bureau, which is founded if there is none; BadDetail for what cannot be used."""
    async with migrated_database(settings) as database, people_of(database) as people:
        organisation = Organisation(database)
        units = await organisation.units()
        if units and bureau is not None:
            raise BadDetail("bureau", "founded_already")
        founded = None if units else checked_name("bureau", bureau or "")
        staff = await people.add_staff(login, name, password, wall_clock())  # first: a bad detail founds nothing
        top = units[0] if founded is None else await organisation.add_unit(founded, UnitKind.BUREAU, None, wall_clock())
        await people.give_post(staff.id, Role.ADMINISTRATOR, top.id, wall_clock())


async def set_phone(settings: Settings, unit: str, phone: str) -> None:
    """The telephone number of a unit's office; BadDetail for what cannot be used."""
    async with migrated_database(settings) as database:
        organisation = Organisation(database)
        await organisation.set_phone((await unit_named(organisation, unit)).id, phone, wall_clock())


@asynccontextmanager
async def people_of(database: Database) -> AsyncIterator[People]:
    """The staff of a database, for one command."""
    passwords = Passwords()
    try:
        yield People(database, passwords)
    finally:
        passwords.close()
