"""One recording of a device: begun, and sealed once it is over, the same after a good end and after kill -9."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from accounts.audit import note_in
from devices.device import DeviceId, DeviceRecordingId, RecordingGap, Stage
from devices.register import gaps_as_json
from devices.store import DeviceRecordingRow
from live.recordings import Kept, keep_recording
from media.contract import CallRoom, Recording
from storage.database import Database, DatabaseBusy
from storage.files import FileStore
from storage.ids import new_id

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taking:
    """A recording in progress."""

    id: DeviceRecordingId
    recording: Recording


class Recordings:
    """Begins recordings and puts them away. The row of one that goes on says so: whatever ends us, it is found."""

    def __init__(
        self, database: Database, files: FileStore, now: Callable[[], datetime], clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._files = files
        self._now = now
        self._clock = clock
        self._going_on: set[DeviceRecordingId] = set()
        self._whole: set[DeviceRecordingId] = set()  # those that came to their end while we were there
        self._held_up: set[DeviceRecordingId] = set()

    async def begin(self, device: DeviceId, room: CallRoom, seat: str) -> Taking:
        """What comes from this seat is written from now on. OSError, DatabaseBusy: nothing has begun."""
        row = DeviceRecordingRow(
            id=DeviceRecordingId(new_id()),
            device=device,
            began_at=self._now(),
            stage=Stage.WRITING,
            seconds=0.0,
            gaps="[]",
        )
        zero = self._clock()
        folder = await asyncio.to_thread(self._files.working_folder, _working(device, row.id))
        self._going_on.add(row.id)
        try:
            async with self._database.transaction() as session:
                session.add(row)
            return Taking(row.id, room.record(seat, folder, zero))
        except BaseException:
            self._going_on.discard(row.id)
            raise

    async def finish(self, taking: Taking, *, came: bool = True) -> None:
        """Seal it and have it on file. What is in the way leaves it to catch_up().

        Of a device that never `came` nothing stays, else one that tries every few seconds would fill the list.
        """
        try:
            if not (await taking.recording.finish()).broken:
                self._whole.add(taking.id)
        except Exception:
            log.exception("a recorder of a device failed; its parts are salvaged")
        try:
            await self._put_away(taking.id)
            if not came:
                await self._forget(taking.id)
        except (OSError, DatabaseBusy) as error:
            log.warning("recording %s of a device is put away later: %s", taking.id, type(error).__name__)
        finally:
            self._going_on.discard(taking.id)

    async def _forget(self, recording: DeviceRecordingId) -> None:
        async with self._database.transaction() as session:
            row = await session.get(DeviceRecordingRow, recording)
            if row is not None and row.stage is Stage.EMPTY:
                await session.delete(row)

    async def catch_up(self) -> None:
        """Put away what a former run, a full disk or a busy database has left: all that nobody writes any more."""
        query = select(DeviceRecordingRow.id).where(DeviceRecordingRow.stage == Stage.WRITING)
        async with self._database.reading() as session:
            left = [found for found in await session.scalars(query) if found not in self._going_on]
        for recording in left:
            try:
                await self._put_away(recording)
            except Exception:
                if recording not in self._held_up:  # the next ones would say the same, every few seconds
                    log.exception("recording %s of a device cannot be put away now; it is tried again", recording)
                    self._held_up.add(recording)

    async def _put_away(self, recording: DeviceRecordingId) -> None:
        async with self._database.reading() as session:
            row = await session.get(DeviceRecordingRow, recording)
        if row is None or row.stage is not Stage.WRITING:
            return
        broke = recording not in self._whole  # cut off, whole as it may look
        kept = await asyncio.to_thread(keep_recording, self._files, _working(row.device, recording), broke=broke)
        stage = _stage_of(kept)
        async with self._database.transaction() as session:
            kept_row = await session.get(DeviceRecordingRow, recording)
            if kept_row is None or kept_row.stage is not Stage.WRITING:
                return  # whoever put it away meanwhile
            recorded = kept.recorded
            kept_row.stage = stage
            kept_row.seconds = recorded.seconds
            if kept.file is not None:
                kept_row.starts_at = kept_row.began_at + timedelta(seconds=recorded.starts_at_s)
                kept_row.name, kept_row.sha256, kept_row.size = kept.file.name, kept.file.sha256, kept.file.size
            start = recorded.starts_at_s
            kept_row.gaps = gaps_as_json(
                RecordingGap(gap.kind.value, gap.from_s - start, gap.to_s - start) for gap in recorded.gaps
            )
            if kept.file is not None:
                detail = {
                    "recording": recording,
                    "stage": stage.value,
                    "sha256": kept.file.sha256,
                    "size": kept.file.size,
                }
                thing = f"device/{row.device}"
                await note_in(session, None, "seal_device_recording", thing, self._now(), detail=detail)
        self._whole.discard(recording)


def _working(device: DeviceId, recording: DeviceRecordingId) -> str:
    """Where it grows; sealed, it has the same name with its kind behind it."""
    return f"devices/{device}/{recording}"


def _stage_of(kept: Kept) -> Stage:
    if kept.in_parts:
        return Stage.NOT_JOINED
    if kept.file is None:
        return Stage.EMPTY
    return Stage.SEALED_WITH_GAP if kept.recorded.broken else Stage.SEALED
