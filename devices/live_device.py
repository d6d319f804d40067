"""One device with somebody there: its stream, its recording, and whoever watches."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from devices.device import STREAM, DeviceId, StreamCue, StreamState
from devices.policy import DevicePolicy
from devices.recording import Recordings, Taking
from live.grace import Grace
from live.tasks import CallOff, Own, Work
from media.contract import CallRoom, Media, SeatState
from media.negotiation import Way
from statetable import step
from storage.database import DatabaseBusy
from storage.files import FileStore

log = logging.getLogger(__name__)

DEVICE = "device"  # its seat; the others are viewers'


class DiskFull(Exception):
    """So little room is left that no device is let in."""


class NotRecorded(Exception):
    """What comes could not be written, so nothing is taken: a disk or a database that is busy or full."""


class TooManyViewers(Exception):
    """So many watch this device that nobody else may."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a live device brings together; `sleep` waits on the monotonic clock."""

    media: Media
    recordings: Recordings
    files: FileStore
    policy: DevicePolicy
    seen: Callable[[DeviceId], Work]
    """Notes that the device was heard of."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class LiveDevice:
    """From the first offer of a device or of a viewer until nobody is there any more."""

    def __init__(self, device: DeviceId, near: Surroundings, own: Own) -> None:
        self.id = device
        self.state = StreamState.AWAY
        self.connection = 0
        """The number of the device's newest connection: whoever holds an older one has been overtaken."""
        self.viewers: dict[str, str] = {}
        """Their seats, by the names that they were given: a seat is given again, a name is not."""
        self.askers = 0
        """How many are at work on this value: as long as there are any, it is not forgotten."""
        self._near = near
        self._own = own
        self._lock = asyncio.Lock()
        self._room: CallRoom | None = None
        self._taking: Taking | None = None
        self._came = False  # whether the stream under way was ever connected
        self._next_file: CallOff = lambda: None
        self._grace = Grace[str](near.policy.stream.away_grace_s, near.sleep, own, self._give_up)

    @property
    def idle(self) -> bool:
        """Nobody is here, and nothing is left to do: this value may be forgotten."""
        return self._room is None and not self.askers and not self._lock.locked()

    # the device

    async def publish(self, offer: str) -> str:
        """The answer to the device's offer; a connection that it has already is replaced.

        What comes is recorded, from the first packet. BadOffer, NoMedia, DiskFull, NotRecorded: nothing has changed.
        """
        async with self._lock:
            if await asyncio.to_thread(self._near.files.free) < self._near.policy.disk.least_free:
                raise DiskFull
            room = self._open()
            try:
                answer = await room.connect(DEVICE, offer, Way.IN)
            except BaseException:
                await self._close_unless_needed()
                raise
            self.connection += 1
            self._step(StreamCue.OFFERED)
            self._grace.start(DEVICE)
            if self._taking is None:
                await self._begin_file(room)
            return answer

    async def make_room(self) -> None:
        """The disk is nearly full: what it writes is put away as far as it came."""
        async with self._lock:
            if self.state is not StreamState.AWAY:
                log.warning("device %s is hung up: the disk has too little room for recordings", self.id)
                await self._end(StreamCue.ENDED)

    async def end(self, connection: int | None = None) -> None:
        """Its stream is over, at once; None: whichever it has. Nothing happens to one that has been overtaken."""
        async with self._lock:
            if self.state is not StreamState.AWAY and connection in (None, self.connection):
                await self._end(StreamCue.ENDED)

    async def _end(self, cue: StreamCue) -> None:
        self._step(cue)
        self.connection += 1  # nobody speaks for what is over
        self._grace.stop(DEVICE)
        self._next_file()
        taking, self._taking = self._taking, None
        came, self._came = self._came, False
        try:
            if self._room is not None:
                await self._room.disconnect(DEVICE)
        finally:
            if taking is not None:
                await self._near.recordings.finish(taking, came=came)
            if came:
                await self._near.seen(self.id)
            await self._close_unless_needed()

    # viewers

    async def watch(self, name: str, offer: str) -> tuple[str, str]:
        """This viewer's seat and the answer to their offer; they see the device whenever it streams.

        BadOffer, NoMedia, TooManyViewers.
        """
        async with self._lock:
            seat = next((place for place in self._places() if place not in self.viewers.values()), None)
            if seat is None:
                raise TooManyViewers
            room = self._open()
            try:
                room.watch(seat, DEVICE)
                answer = await room.connect(seat, offer, Way.OUT)
            except BaseException:
                await self._close_unless_needed()
                raise
            self.viewers[name] = seat
            return seat, answer

    async def leave(self, name: str) -> None:
        """They watch no more."""
        async with self._lock:
            if name in self.viewers and self._room is not None:
                await self._room.disconnect(self.viewers.pop(name))
                await self._close_unless_needed()

    def _places(self) -> list[str]:
        return [f"viewer-{number}" for number in range(1, self._near.policy.stream.most_viewers + 1)]

    # what media says

    def _on_seat(self, seat: str, state: SeatState) -> None:
        if seat != DEVICE:
            if state in (SeatState.CLOSED, SeatState.FAILED):
                for name in [name for name, place in self.viewers.items() if place == seat]:
                    self._own(self.leave(name))
            return
        if self.state is StreamState.AWAY:
            return  # we hung up ourselves
        if state is SeatState.CONNECTED:
            self._grace.stop(DEVICE)
            if self.state is not StreamState.LIVE:
                self._step(StreamCue.CONNECTED)
            self._came = True
            self._own(self._near.seen(self.id))
        elif self.state is StreamState.LIVE:
            self._step(StreamCue.LOST)
            self._grace.start(DEVICE)
            if state is SeatState.FAILED:  # a device hears no word of ours: hung up, it dials in again
                self._own(self._hang_up(self.connection))
        elif self.state is StreamState.COMING and state is SeatState.CLOSED:
            self._grace.stop(DEVICE)
            self._own(self._give_up(seat))

    async def _hang_up(self, connection: int) -> None:
        """Its recording waits for it to come back."""
        async with self._lock:
            if self._room is not None and self.state is StreamState.LOST and connection == self.connection:
                await self._room.disconnect(DEVICE)

    async def _give_up(self, seat: str) -> None:
        """It has not come, or not come back; unless it is on its way again."""
        async with self._lock:
            if self.state in (StreamState.COMING, StreamState.LOST) and not self._grace.runs(seat):
                await self._end(StreamCue.GIVEN_UP)

    # its recording

    async def _begin_file(self, room: CallRoom) -> None:
        """A stream that cannot be recorded ends."""
        try:
            self._taking = await self._near.recordings.begin(self.id, room, DEVICE)
        except (OSError, DatabaseBusy) as error:
            log.warning("device %s cannot be recorded and is hung up: %s", self.id, type(error).__name__)
            await self._end(StreamCue.ENDED)
            raise NotRecorded from error
        self._next_file = self._own(self._follow_on())

    async def _follow_on(self) -> None:
        """When this file is long enough the next one begins; for a moment both are written, so that nothing is lost."""
        rules = self._near.policy.recording
        await self._near.sleep(rules.longest.total_seconds() - rules.overlap_s)
        async with self._lock:
            former, self._next_file = self._taking, lambda: None
            if former is None or self._room is None:
                return
            if await asyncio.to_thread(self._near.files.free) < self._near.policy.disk.least_free:
                log.warning("device %s is hung up: the disk has too little room for its next recording", self.id)
                await self._end(StreamCue.ENDED)
                return
            with suppress(NotRecorded):  # the former file is put away, and all of it is said
                await self._begin_file(self._room)
            if self._taking is None:
                return
        try:
            await self._near.sleep(rules.overlap_s)
        finally:
            await self._near.recordings.finish(former)

    # the room

    def _open(self) -> CallRoom:
        if self._room is None:
            places = 1 + self._near.policy.stream.most_viewers
            self._room = self._near.media.open_room(self.id, self._on_seat, places)
        return self._room

    async def _close_unless_needed(self) -> None:
        if self._room is not None and self.state is StreamState.AWAY and not self.viewers:
            room, self._room = self._room, None
            await room.close()

    def _step(self, cue: StreamCue) -> None:
        self.state = step(STREAM, self.state, cue)
