"""What media is to whoever holds a call: rooms, recordings, stills. It does not say in which process they are."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from media.negotiation import Way
from media.recording import Recorded
from media.sampler import Pause, Still

LOWEST_LIMIT = 30_000  # bits a second; below it Chromium sends no picture at all


class SeatState(StrEnum):
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"
    FAILED = "failed"  # the browser cannot see that it has to come back: a fault of ours, or another codec is needed


class NoMedia(Exception):
    """Nothing of ours carries calls just now; in some seconds it may."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has come from a seat's present connection; `rtt_ms` is None until it has answered a report.

    `sound_only`: it is shown no picture for a while, because its network takes far less than the others'.
    `unshown`: what it is to be shown is of a codec that its browser does not know.
    """

    packets: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float | None = None
    bytes: int = 0
    sound_only: bool = False
    unshown: bool = False


class Recording(Protocol):
    """One seat's recording in progress."""

    async def finish(self) -> Recorded:
        """Write what is queued and join it to one seekable file; more calls give the same answer."""


class CallRoom(Protocol):
    """The seats of one call, and who of them sees and hears whom. Seats are named as they are first used."""

    async def connect(self, seat: str, offer: str, way: Way = Way.BOTH) -> str:
        """The answer to a browser's offer; BadOffer or NoMedia, and nothing has changed.

        Media goes no other way than `way`, whatever is offered.

        It replaces the seat's connection: the seat is lost until the new one is up, however soon or late that is.
        """

    async def disconnect(self, seat: str) -> None:
        """Close the seat's connection, if it has one; what is recorded and sampled there goes on with the next."""

    def watch(self, seat: str, other: str | None) -> None:
        """From now on `seat` sees and hears `other`, or nobody, on whatever connections they come.

        It may be turned as often as one likes: to the browser it is one stream that goes on, video at a keyframe.
        """

    def limit(self, seat: str, bits_per_second: int) -> None:
        """What the seat's video may take from now on, on whatever connections it comes; at first, the ceiling.

        ValueError below LOWEST_LIMIT; above the ceiling it is the ceiling.
        """

    def record(self, seat: str, folder: Path, zero: float) -> Recording:
        """Write what comes from the seat into `folder`, on the clock that begins at `zero`, until it is finished.

        Another may begin before one is finished, in a folder of its own.
        """

    def sample(self, seat: str, pause: Pause, on_still: Callable[[Still], object]) -> None:
        """Hand `on_still` a picture of the seat at the first chance and after each pause, until the room closes."""

    def ask_keyframe(self, seat: str) -> None: ...

    async def traffic(self, seat: str) -> Traffic:
        """So far; a connection that replaces another counts from zero."""

    async def close(self) -> None:
        """End every connection and the taking of stills; recordings are finished by whoever began them."""


class Media(Protocol):
    """Where calls find their rooms."""

    def open_room(self, name: str, on_seat: Callable[[str, SeatState], None], seats: int) -> CallRoom:
        """A room for one call of at most so many seats; `on_seat` must not wait. `name` is for logs: no person's.

        `on_seat` hears of a seat's present connection; of one that another replaces, only that it is lost.
        """

    async def close(self) -> None:
        """Close every room, and let go of the ports."""
