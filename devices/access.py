"""The one way to get at a device: the right power, in a post still held, over the unit the device belongs to."""

import re
from datetime import datetime

from sqlalchemy import Select, select

from accounts.access import in_a_post_of
from accounts.actor import Actor
from accounts.audit import note_in
from accounts.organisation import UnitRow, units_beneath
from accounts.powers import POWERS, NotYours, Power
from devices.device import Device, DeviceId
from devices.store import DeviceRow
from storage.database import Database

_AN_ID = re.compile(r"[0-9a-f]{20}")


async def access_device(database: Database, actor: Actor, device: DeviceId, power: Power, at: datetime) -> Device:
    """The device, for an actor who may do this with it at `at`; otherwise NotYours, and the refusal is audited.

    Scope is worked out anew on every call: a post that ended a moment ago opens nothing.
    """
    well_formed = _AN_ID.fullmatch(device) is not None
    if well_formed and power in POWERS[actor.role]:
        async with database.reading() as session:
            query = devices_in_area(actor).where(DeviceRow.id == device, in_a_post_of(actor, at))
            found = (await session.execute(query)).one_or_none()
        if found is not None:
            row, unit_name = found
            return device_of(row, unit_name)
    thing = f"device/{device}" if well_formed else "device/malformed"
    async with database.transaction() as session:
        await note_in(session, actor, power.value, thing, at, allowed=False)
    raise NotYours


def devices_in_area(actor: Actor) -> Select[DeviceRow, str]:
    """The devices of the actor's unit and of those beneath it, with their units' names."""
    area = units_beneath(actor.unit)
    return (
        select(DeviceRow, UnitRow.name)
        .join(UnitRow, UnitRow.id == DeviceRow.unit)
        .where(DeviceRow.unit.in_(select(area.c.id)))
    )


def device_of(row: DeviceRow, unit_name: str) -> Device:
    """The value of a row."""
    return Device(
        id=row.id,
        name=row.name,
        kind=row.kind,
        unit=row.unit,
        unit_name=unit_name,
        added_at=row.added_at,
        token_since=row.token_since,
        revoked_at=row.revoked_at,
        seen_at=row.seen_at,
    )
