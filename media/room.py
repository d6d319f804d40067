"""Seats, and who of them sees and hears whom; a seat's publication outlives the connections it comes from."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from media.agreement import agreed, shown_by
from media.aiortc_seam import new_certificate
from media.allowance import Allowance
from media.contract import LOWEST_LIMIT, SeatState, Traffic
from media.frames import Codec, FrameSink, Kind
from media.ground import Ground
from media.negotiation import BadOffer, Way, read_offer
from media.peer import Peer, PeerState
from media.publication import Publication
from media.recorder import Recorder
from media.recording import Recorded
from media.sampler import Pause, Sampler, Still

log = logging.getLogger(__name__)

# A seat's, on whatever connections: each is a handshake, and a drop on the record. A page waits longer each time.
OFFERS_PER_S, OFFERS_AT_ONCE = 0.5, 10
MOST_ASKED = 3  # times that one seat offers again for its viewers' sake: each is a drop, and a viewer may mean harm

SEAT_STATE = {
    PeerState.CONNECTED: SeatState.CONNECTED,
    PeerState.LOST: SeatState.LOST,
    PeerState.CLOSED: SeatState.CLOSED,
}


class _Seat:
    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        self.offers = Allowance(OFFERS_PER_S, OFFERS_AT_ONCE)
        self.peer: Peer | None = None
        self.watched: Publication | None = None
        self.asked: Peer | None = None  # the connection that was asked to be made anew, to be answered otherwise
        self.times_asked = 0

    def meet(self) -> None:
        """Show what is to be seen from this seat to whoever is connected there."""
        if self.peer is None:
            return
        if self.watched is None:
            self.peer.stop_watching()
        elif self.peer.state in (PeerState.CONNECTED, PeerState.LOST):
            self.peer.watch(self.watched)


class SeatRecording:
    """A Recording of what is published, to its last packet."""

    def __init__(self, publication: Publication, folder: Path, zero: float) -> None:
        self._publication: Publication | None = publication
        self._recorder = Recorder(folder, zero, publication.ask_keyframe)
        publication.attach(self._recorder)

    async def finish(self) -> Recorded:
        if self._publication is not None:
            self._publication.detach(self._recorder)
            self._publication = None
        return await self._recorder.finish()


class Room:
    """A CallRoom of this process: its packets are handled by this event loop."""

    def __init__(
        self,
        name: str,
        ground: Ground,
        on_seat: Callable[[str, SeatState], None],
        on_close: Callable[["Room"], None],
        seats: int,
    ) -> None:
        self.name = name
        self._places = seats
        self._ground = ground
        self._on_seat = on_seat
        self._on_close = on_close
        self._certificate = new_certificate()
        self._seats: dict[str, _Seat] = {}
        self._samplers: list[Sampler] = []

    async def connect(self, seat: str, offer: str, way: Way = Way.BOTH) -> str:
        read = read_offer(offer, way)
        taken = self._seat(seat)
        if not taken.offers.take(self._ground.clock()):
            raise BadOffer("offers follow each other too fast")
        video = read.section(Kind.VIDEO)
        if video is not None:
            read = read.preferring(agreed(video.codecs, self._viewers_of(taken)))
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

    def watch(self, seat: str, other: str | None) -> None:
        watching = self._seat(seat)
        watching.watched = None if other is None else self._seat(other).publication
        watching.meet()
        self._agree()

    def limit(self, seat: str, bits_per_second: int) -> None:
        if bits_per_second < LOWEST_LIMIT:
            raise ValueError(f"a picture takes {LOWEST_LIMIT} bits a second or more, not {bits_per_second}")
        self._seat(seat).publication.limit(min(bits_per_second, self._ground.bitrate_ceiling))

    async def disconnect(self, seat: str) -> None:
        peer = self._seat(seat).peer
        if peer is not None:
            await peer.close()

    def attach(self, seat: str, sink: FrameSink) -> None:
        """Hand the seat's frames to `sink` from the next keyframe on, also those of later connections."""
        self._seat(seat).publication.attach(sink)

    def record(self, seat: str, folder: Path, zero: float) -> "SeatRecording":
        return SeatRecording(self._seat(seat).publication, folder, zero)

    def sample(self, seat: str, pause: Pause, on_still: Callable[[Still], object]) -> None:
        sampler = Sampler(lambda: self.ask_keyframe(seat), pause.drawn, on_still, self._ground.clock)
        self._samplers.append(sampler)
        self.attach(seat, sampler)

    def ask_keyframe(self, seat: str) -> None:
        self._seat(seat).publication.ask_keyframe()

    async def traffic(self, seat: str) -> Traffic:
        peer = self._seat(seat).peer
        return peer.traffic() if peer is not None else Traffic()

    def tick(self, at: float) -> None:
        """Ten times a second, by the plane."""
        for seat in list(self._seats.values()):
            seat.publication.tick(at)
            if seat.peer is not None:
                seat.peer.tick(at)

    async def close(self) -> None:
        """End every connection and the taking of stills; all of it has stopped when this returns."""
        await asyncio.gather(*(sampler.close() for sampler in self._samplers))
        unreadable = sum(sampler.unreadable for sampler in self._samplers)
        if unreadable:
            log.warning("%d keyframes of %s were due and made no still", unreadable, self.name)
        self._samplers.clear()
        for seat in list(self._seats):
            await self.disconnect(seat)
        self._on_close(self)

    def _seat(self, name: str) -> _Seat:
        if name not in self._seats:
            if len(self._seats) == self._places:
                raise ValueError(f"this room has {self._places} seats, and {name!r} is none of them")
            ground = self._ground
            self._seats[name] = _Seat(Publication(ground.clock, ground.bitrate_ceiling, ground.counters))
        return self._seats[name]

    def _viewers_of(self, seat: _Seat) -> list[tuple[Codec, ...]]:
        """What those who watch it can show; who shows no pictures at all does not count."""
        watching = [one.peer for one in self._seats.values() if one.watched is seat.publication]
        return [peer.shows for peer in watching if peer is not None and peer.shows]

    def _agree(self) -> None:
        """Have a seat offer again whose viewers, most of them, could show another codec than it was answered with."""
        for name, seat in self._seats.items():
            peer = seat.peer
            if peer is None or peer is seat.asked or peer.state is not PeerState.CONNECTED or not peer.sends:
                continue
            viewers = self._viewers_of(seat)
            better = agreed(peer.sends, viewers)
            if shown_by(better, viewers) > shown_by(peer.sends[0], viewers) and seat.times_asked < MOST_ASKED:
                seat.asked = peer
                seat.times_asked += 1
                self._on_seat(name, SeatState.FAILED)

    def _on_peer(self, name: str, peer: Peer) -> None:
        seat = self._seats[name]
        if seat.peer is not peer:
            return
        match peer.state:
            case PeerState.CONNECTED:
                seat.publication.come_from(peer)
                seat.meet()
                self._agree()
            case PeerState.CLOSED:
                seat.publication.come_from(None)
                seat.peer = None
                peer.stop_watching()
            case _:
                pass
        if peer.state in SEAT_STATE:
            self._on_seat(name, SEAT_STATE[peer.state])
