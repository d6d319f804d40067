"""Two seats that hear and see each other; a seat's publication outlives the connections it comes from."""

import itertools
from collections.abc import Callable
from enum import StrEnum

from media.aiortc_seam import new_certificate
from media.frames import FrameSink
from media.ground import Ground
from media.negotiation import read_offer
from media.peer import Peer, PeerState, Traffic
from media.publication import Publication

SEATS = 2


class SeatState(StrEnum):
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


SEAT_STATE = {
    PeerState.CONNECTED: SeatState.CONNECTED,
    PeerState.LOST: SeatState.LOST,
    PeerState.CLOSED: SeatState.CLOSED,
}


class _Seat:
    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        self.peer: Peer | None = None


class Room:
    """`on_seat` hears of a seat's present connection; of one that another replaces, only that it is lost."""

    def __init__(
        self,
        name: str,
        ground: Ground,
        on_seat: Callable[[str, SeatState], None],
        on_close: Callable[["Room"], None],
    ) -> None:
        self.name = name
        self._ground = ground
        self._on_seat = on_seat
        self._on_close = on_close
        self._certificate = new_certificate()
        self._seats: dict[str, _Seat] = {}

    async def connect(self, seat: str, offer: str) -> str:
        """The answer to a browser's offer; BadOffer, and nothing has changed.

        It replaces the seat's connection: the seat is lost until the new one is up, however soon or late that is.
        """
        read = read_offer(offer)
        taken = self._seat(seat)
        replaced = taken.peer
        peer = taken.peer = Peer(
            self._ground, self._certificate, read, taken.publication, lambda peer: self._on_peer(seat, peer)
        )
        self._ground.tasks.create_task(peer.run(), name="media peer")
        if replaced is not None:
            taken.publication.come_from(None)
            replaced.stop_watching()
            if replaced.state is PeerState.CONNECTED:
                self._on_seat(seat, SeatState.LOST)
            await replaced.close()
        return peer.answer()

    async def disconnect(self, seat: str) -> None:
        """Close the seat's connection, if it has one; its publication and its sinks stay."""
        peer = self._seat(seat).peer
        if peer is not None:
            await peer.close()

    def attach(self, seat: str, sink: FrameSink) -> None:
        """Hand the seat's frames to `sink` from the next keyframe on, also those of later connections."""
        self._seat(seat).publication.attach(sink)

    def ask_keyframe(self, seat: str) -> None:
        self._seat(seat).publication.ask_keyframe()

    def traffic(self, seat: str) -> Traffic:
        peer = self._seat(seat).peer
        return peer.traffic() if peer is not None else Traffic()

    def tick(self, at: float) -> None:
        """Ten times a second, by the plane."""
        for seat in list(self._seats.values()):
            seat.publication.tick(at)
            if seat.peer is not None:
                seat.peer.tick(at)

    async def close(self) -> None:
        """End every connection; all of it has stopped when this returns."""
        for seat in list(self._seats):
            await self.disconnect(seat)
        self._on_close(self)

    def _seat(self, name: str) -> _Seat:
        if name not in self._seats:
            if len(self._seats) == SEATS:
                raise ValueError(f"a room has {SEATS} seats, and {name!r} is none of them")
            self._seats[name] = _Seat(Publication(self._ground.clock, self._ground.bitrate_ceiling))
        return self._seats[name]

    def _on_peer(self, name: str, peer: Peer) -> None:
        seat = self._seats[name]
        if seat.peer is not peer:
            return
        match peer.state:
            case PeerState.CONNECTED:
                seat.publication.come_from(peer)
                self._let_them_meet()
            case PeerState.CLOSED:
                seat.publication.come_from(None)
                seat.peer = None
                peer.stop_watching()
            case _:
                pass
        if peer.state in SEAT_STATE:
            self._on_seat(name, SEAT_STATE[peer.state])

    def _let_them_meet(self) -> None:
        for seat, other in itertools.permutations(self._seats.values(), 2):
            peer = seat.peer
            if peer is not None and peer.state is PeerState.CONNECTED and not peer.watching:
                peer.watch(other.publication)
