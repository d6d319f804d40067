"""Devices as they stream: the one door for them and for whoever watches, and what a crash has left undone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import update

from devices.device import DeviceId, StreamState
from devices.live_device import LiveDevice, Surroundings
from devices.policy import DevicePolicy
from devices.recording import Recordings
from devices.store import DeviceRow
from live.tasks import CallOff, Work
from media.contract import Media
from storage.database import Database, DatabaseBusy
from storage.files import FileStore

log = logging.getLogger(__name__)


class LiveDevices:
    """All devices that stream or are watched."""

    def __init__(
        self,
        database: Database,
        media: Media,
        files: FileStore,
        policy: DevicePolicy,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` is monotonic seconds, `sleep` waits on it."""
        self._database = database
        self._now = now
        self._recordings = Recordings(database, files, now, clock)
        self._near = Surroundings(media, self._recordings, files, policy, self._seen, sleep)
        self._here: dict[DeviceId, LiveDevice] = {}
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """What a former run left in mid-recording is sealed before anybody is let in."""
        await self._tasks.__aenter__()
        await self.catch_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The server stops: streams end and are put away."""
        for live in list(self._here.values()):
            await self._logged(live.end())
            for viewer in sorted(live.viewers):
                await self._logged(live.leave(viewer))
        for task in list(self._running):
            task.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    # the devices themselves

    async def publish(self, device: DeviceId, offer: str) -> tuple[int, str]:
        """The number of this connection, and the answer; whichever it had before is replaced.

        BadOffer, NoMedia, DiskFull; and nothing has changed.
        """
        async with self._held(device) as live:
            answer = await live.publish(offer)
            return live.connection, answer

    def carries(self, device: DeviceId, connection: int) -> bool:
        """Whether this connection is the device's, and not over."""
        live = self._here.get(device)
        return live is not None and live.state is not StreamState.AWAY and live.connection == connection

    async def end(self, device: DeviceId, connection: int | None = None) -> None:
        """The stream of this connection is over; None: whichever the device has."""
        if device in self._here:
            async with self._held(device) as live:
                await live.end(connection)

    def state_of(self, device: DeviceId) -> StreamState:
        """Where its stream stands."""
        live = self._here.get(device)
        return StreamState.AWAY if live is None else live.state

    # whoever watches

    async def watch(self, device: DeviceId, viewer: str, offer: str) -> tuple[str, str]:
        """The seat and the answer of a viewer, who has a name of their own; BadOffer, NoMedia, TooManyViewers.

        Whether they may, the caller has asked.
        """
        async with self._held(device) as live:
            return await live.watch(viewer, offer)

    def watches(self, device: DeviceId, viewer: str) -> bool:
        """Whether this viewer is still there."""
        live = self._here.get(device)
        return live is not None and viewer in live.viewers

    async def leave(self, device: DeviceId, viewer: str) -> None:
        """They watch no more."""
        if device in self._here:
            async with self._held(device) as live:
                await live.leave(viewer)

    # what has to be done without anybody asking

    async def catch_up(self) -> None:
        """Put away what is over and not on file yet, and forget who is not here any more.

        Below `least_free` all are hung up: of many that stream, each has half an hour to fill the disk.
        """
        await self._recordings.catch_up()
        if self._here and await asyncio.to_thread(self._near.files.free) < self._near.policy.disk.least_free:
            for live in list(self._here.values()):
                await self._logged(live.make_room())
        for device, live in list(self._here.items()):
            if live.idle:
                del self._here[device]

    @asynccontextmanager
    async def _held(self, device: DeviceId) -> AsyncIterator[LiveDevice]:
        """The one value of this device, for as long as somebody is there."""
        live = self._here.setdefault(device, LiveDevice(device, self._near, self._own))
        live.askers += 1
        try:
            yield live
        finally:
            live.askers -= 1
            if live.idle:
                self._here.pop(device, None)

    async def _seen(self, device: DeviceId) -> None:
        """For a list: a database that is busy may leave it out."""
        try:
            async with self._database.transaction() as session:
                await session.execute(update(DeviceRow).where(DeviceRow.id == device).values(seen_at=self._now()))
        except DatabaseBusy:
            log.info("when device %s was seen is not written down", device)

    def _own(self, work: Work) -> CallOff:
        task = self._tasks.create_task(self._logged(work))
        self._running.add(task)

        def over(done: asyncio.Task[None]) -> None:
            self._running.discard(done)
            work.close()  # what is called off before it began is never awaited

        task.add_done_callback(over)
        return task.cancel

    async def _logged(self, work: Work) -> None:
        """One device's fault ends no other."""
        try:
            await work
        except Exception:
            log.exception("a live device met a fault of ours")
