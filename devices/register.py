"""The register of devices: which there are, whose they are, and the token by which each lets itself in."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from accounts.actor import Actor, UnitId
from accounts.audit import note_in
from accounts.details import BadDetail, checked_name
from accounts.organisation import UnitRow, units_beneath
from accounts.powers import NotYours, Power, require
from accounts.tokens import hashed, new_token
from devices.access import access_device, device_of, devices_in_area
from devices.device import Device, DeviceId, DeviceKind, DeviceRecording, DeviceRecordingId, RecordingGap
from devices.store import DeviceRecordingRow, DeviceRow
from storage.database import Database
from storage.ids import new_id

MOST_RECORDINGS = 200  # of one device that a page lists, the newest


class Register:
    """The devices in one database. A token is shown once, to whoever made it; we keep what it hashes to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, name: str, kind: DeviceKind, unit: UnitId, at: datetime, *, by: Actor | None = None
    ) -> tuple[Device, str]:
        """A new device and its token. `by` is None where the installation itself acts: the command line, the demo.

        NotYours if `by` may not manage devices; BadDetail for the name, or a unit outside their area.
        """
        if by is not None:
            require(by, Power.MANAGE_DEVICES)
        token = new_token()
        row = DeviceRow(
            id=DeviceId(new_id()),
            name=checked_name("name", name),
            kind=kind,
            unit=unit,
            token_hash=hashed(token),
            token_since=at,
            added_at=at,
            added_by=by.post if by is not None else None,
        )
        async with self._database.transaction() as session:
            query = select(UnitRow.name).where(UnitRow.id == unit)
            if by is not None:
                query = query.where(UnitRow.id.in_(select(units_beneath(by.unit).c.id)))
            unit_name = await session.scalar(query)
            if unit_name is None:
                raise BadDetail("unit", "unknown")
            session.add(row)
            await session.flush()
            await note_in(session, by, "add_device", f"device/{row.id}", at, detail={"unit": unit, "kind": kind.value})
        return device_of(row, unit_name), token

    async def renew(self, actor: Actor, device: DeviceId, at: datetime) -> tuple[Device, str]:
        """Another token, also for a device that was revoked; the former one opens nothing any more. NotYours."""
        found = await access_device(self._database, actor, device, Power.MANAGE_DEVICES, at)
        token = new_token()
        await self._change(actor, "renew_device_token", found, at, token_hash=hashed(token), token_since=at)
        return found, token

    async def revoke(self, actor: Actor, device: DeviceId, at: datetime) -> None:
        """From now on it lets nobody in; whoever asks has its stream ended. NotYours."""
        found = await access_device(self._database, actor, device, Power.MANAGE_DEVICES, at)
        await self._change(actor, "revoke_device", found, at, revoked_at=at)

    async def _change(self, actor: Actor, verb: str, device: Device, at: datetime, **values: object) -> None:
        changed = {"revoked_at": None, **values}
        async with self._database.transaction() as session:
            await session.execute(update(DeviceRow).where(DeviceRow.id == device.id).values(**changed))
            await note_in(session, actor, verb, f"device/{device.id}", at)

    async def holder(self, token: str) -> Device | None:
        """The device that has this token; None for one that is unknown or was revoked."""
        query = (
            select(DeviceRow, UnitRow.name)
            .join(UnitRow, UnitRow.id == DeviceRow.unit)
            .where(DeviceRow.token_hash == hashed(token), DeviceRow.revoked_at.is_(None))
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        row, unit_name = found
        return device_of(row, unit_name)

    async def in_area(self, actor: Actor) -> list[Device]:
        """The devices of the actor's unit and of those beneath it, by unit and name; NotYours for other posts."""
        may_see(actor)
        query = devices_in_area(actor).order_by(UnitRow.name, DeviceRow.name, DeviceRow.id)
        async with self._database.reading() as session:
            return [device_of(row, unit_name) for row, unit_name in await session.execute(query)]

    async def get(self, actor: Actor, device: DeviceId, at: datetime) -> Device:
        """One device, for whoever may watch or manage it; NotYours."""
        return await access_device(self._database, actor, device, may_see(actor), at)

    async def watched(self, actor: Actor, device: DeviceId, at: datetime) -> Device:
        """One device, for whoever may see what it sees; NotYours."""
        return await access_device(self._database, actor, device, Power.WATCH_DEVICE, at)

    async def recordings(self, actor: Actor, device: DeviceId, at: datetime) -> list[DeviceRecording]:
        """What it recorded, the newest first; NotYours."""
        await self.watched(actor, device, at)
        query = (
            select(DeviceRecordingRow)
            .where(DeviceRecordingRow.device == device)
            .order_by(DeviceRecordingRow.began_at.desc(), DeviceRecordingRow.id.desc())
            .limit(MOST_RECORDINGS)
        )
        async with self._database.reading() as session:
            return [recording_of(row) for row in await session.scalars(query)]

    async def recording(
        self, actor: Actor, device: DeviceId, recording: DeviceRecordingId, at: datetime
    ) -> DeviceRecording:
        """One recording of a device; NotYours."""
        await self.watched(actor, device, at)
        async with self._database.reading() as session:
            row = await session.get(DeviceRecordingRow, recording)
        if row is None or row.device != device:
            raise NotYours
        return recording_of(row)


def may_see(actor: Actor) -> Power:
    """The power by which this post sees the list of devices; NotYours."""
    for power in (Power.WATCH_DEVICE, Power.MANAGE_DEVICES):
        try:
            require(actor, power)
        except NotYours:
            continue
        return power
    raise NotYours


def recording_of(row: DeviceRecordingRow) -> DeviceRecording:
    """The value of a row."""
    return DeviceRecording(
        id=row.id,
        device=row.device,
        began_at=row.began_at,
        stage=row.stage,
        starts_at=row.starts_at,
        seconds=row.seconds,
        gaps=tuple(RecordingGap(*gap) for gap in json.loads(row.gaps)),
        name=row.name,
        sha256=row.sha256,
        size=row.size,
    )


def gaps_as_json(gaps: Iterable[RecordingGap]) -> str:
    """As recording_of() reads them."""
    return json.dumps([[gap.kind, gap.from_s, gap.to_s] for gap in gaps])
