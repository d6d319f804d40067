"""The live part of a check-in, from admission to its end: a room, a recorder a seat, stills and what they said."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import permutations

from cases.entries import DropCause, EngineCited, FileCited, NoteFiled, StillFiled, ThresholdsCited
from checkins.checkin import CheckInId
from checkins.folders import files_of, marks_folder, recording_folder
from checkins.identity import IdentityCheck, IdentityCue
from checkins.marks import (
    BrokeOff,
    CallEnded,
    EndedBy,
    IdentityStands,
    Mark,
    Marks,
    MediaFlow,
    MuteTurned,
    PictureTurned,
)
from checkins.news import IdentityNews, Presence, Seat
from checkins.quality import Quality
from checkins.turns import Muting, Pausing, Turn
from media.contract import CallRoom, SeatState, Traffic
from media.sampler import Pause, Still
from recognition.engines import EngineInfo
from recognition.verdict import SFACE, Comparison, Reason, Verdict, verdict_of
from storage.files import FileStore

log = logging.getLogger(__name__)

MOST_PAUSES = 200  # of a call; whoever says more of them is no page of ours, and each is a line on the disk
MOST_MUTES = 200  # the same


class NotAdmitted(Exception):
    """Media or a note was offered where no call is: before a person admitted the subject, or after the end."""


class Call:
    """One admitted check-in while it lasts. Its clock starts at admission; both recordings and every mark lie on it.

    Whatever it comes to is on the disk at any moment: ending.ended_entry() makes an entry of that.
    """

    def __init__(self, check_in: CheckInId, room: CallRoom, files: FileStore, clock: Callable[[], float]) -> None:
        self.engine: EngineInfo | None = None
        self.identity = IdentityCheck(SFACE)  # unread as long as no still is taken
        self.presence = dict.fromkeys(Seat, Presence.PRESENT)
        self.paused: tuple[Seat, ...] = ()
        """The seats that send no picture, because their network is too slow."""
        self.silenced: tuple[Seat, ...] = ()
        """The seats whose microphone the person keeps silent."""
        self.hidden: tuple[Seat, ...] = ()
        """The seats whose camera the person keeps dark."""
        self.unshown: tuple[Seat, ...] = ()
        """The seats whose picture the other one's browser cannot show."""
        self.measured: dict[Seat, Quality] = {}
        """How good the connections are that something came from lately."""
        self._pauses = 0
        self._mutes = 0
        self._room = room
        self.check_in = check_in
        self._files = files
        self._clock = clock
        self._zero = clock()
        self._marks = Marks(marks_folder(files, check_in))
        self._unable_because: tuple[Reason, ...] = ()
        self._recordings = {
            seat: room.record(seat, recording_folder(files, check_in, seat), self._zero) for seat in Seat
        }
        for seat, other in permutations(Seat, 2):
            room.watch(seat, other)

    @property
    def marks(self) -> Sequence[Mark]:
        """All that happened so far."""
        return self._marks.made

    def elapsed(self) -> float:
        """Seconds since admission."""
        return self._clock() - self._zero

    # media

    async def connect(self, seat: Seat, offer: str) -> str:
        """The answer to a browser's offer; BadOffer, NoMedia."""
        return await self._room.connect(seat, offer)

    async def disconnect(self, seat: Seat) -> None:
        """Whoever sits there neither hears nor sees any more."""
        await self._room.disconnect(seat)

    def seat_changed(self, seat: Seat, state: SeatState) -> MediaFlow | None:
        """A seat's media flows, or stopped: the mark to be made of it, None when that is no news."""
        flows = state is SeatState.CONNECTED
        if flows is (self.presence[seat] is Presence.CONNECTED):
            return None  # a connection that never came about is no drop either
        self.presence[seat] = Presence.CONNECTED if flows else Presence.LOST
        cause: DropCause = "server" if state is SeatState.FAILED else "connection"
        return MediaFlow(seat, self.elapsed(), flows, cause)

    async def traffic(self, seat: Seat) -> Traffic:
        """What has come from the seat's present connection."""
        return await self._room.traffic(seat)

    async def left(self, seat: Seat) -> MediaFlow | None:
        """Whoever sits there said goodbye: no connection was lost. The mark to be made of it, if media ever flowed."""
        flowed = self.presence[seat] is not Presence.PRESENT
        self.presence[seat] = Presence.PRESENT  # as before any media: who sits there says the rest
        await self._room.disconnect(seat)
        return MediaFlow(seat, self.elapsed(), flows=False, cause="left") if flowed else None

    def turned(self, seat: Seat, turn: Turn) -> PictureTurned | MuteTurned | None:
        """A seat's browser says what it does with its media: the mark to make of it, None when that is no news."""
        match turn:
            case Pausing(paused):
                return self._picture_turned(seat, paused=paused)
            case Muting():
                return self._mute_turned(seat, turn)

    def _picture_turned(self, seat: Seat, *, paused: bool) -> PictureTurned | None:
        if paused is (seat in self.paused) or (paused and self._pauses == MOST_PAUSES):
            return None
        self._pauses += paused
        self.paused = _with(self.paused, seat, there=paused)
        return PictureTurned(seat, self.elapsed(), paused, self.measured.get(seat))

    def _mute_turned(self, seat: Seat, muting: Muting) -> MuteTurned | None:
        former = Muting(seat in self.silenced, seat in self.hidden)
        more = (muting.sound and not former.sound) or (muting.picture and not former.picture)
        if muting == former or (more and self._mutes == MOST_MUTES):
            return None
        self._mutes += more
        self.silenced = _with(self.silenced, seat, there=muting.sound)
        self.hidden = _with(self.hidden, seat, there=muting.picture)
        return MuteTurned(seat, self.elapsed(), muting.sound, muting.picture)

    def cannot_show(self, viewer: Seat, *, unshown: bool) -> bool:
        """A viewer's browser can show what it is sent, or cannot; whether that is news."""
        former = self.unshown
        self.unshown = tuple(one for one in Seat if (one in former if one is viewer else unshown))
        return self.unshown != former

    async def mark(self, mark: Mark) -> None:
        """Write down what happened."""
        await self._marks.add(mark)

    async def note(self, text: str) -> None:
        """An officer's note, at this moment of the call."""
        await self._marks.add(NoteFiled(self.elapsed(), text))

    # stills

    async def take_stills(self, engine: EngineInfo, pause: Pause, on_still: Callable[[Still], object]) -> None:
        """From now on the subject's camera is sampled: after each pause `on_still` is given one picture."""
        self.engine = engine
        self.identity = IdentityCheck(engine.thresholds)
        thresholds = ThresholdsCited(engine.thresholds.match, engine.thresholds.no_match)
        await self._marks.add(EngineCited(engine.name, engine.model_sha256, thresholds))

        def admitted(still: Still) -> None:
            if still.at >= self._zero:  # a sender may have held pictures back: from before, none is looked at
                on_still(still)

        self._room.sample(Seat.SUBJECT, pause, admitted)

    async def unable(self, reason: Reason) -> None:
        """Stills would say nothing (no engine, no enrolled face): a person looks, and is told why at once."""
        self.identity = self.identity.on(IdentityCue.ENGINE_UNABLE)
        self._unable_because = (reason,)
        await self._marks.add(IdentityStands(self.identity.state, self._unable_because))

    async def judged(self, still: Still, comparison: Comparison) -> IdentityNews:
        """Take what one still said into the identity check, and keep its picture."""
        verdict, reasons = verdict_of(comparison, self.identity.thresholds)
        stood, self.identity = self.identity.state, self.identity.on_still(verdict, reasons, comparison.score)
        picture = await self._kept(still, f"{files_of(self.check_in)}/stills/{self.identity.stills:04}.jpg")
        filed = StillFiled(still.at - self._zero, verdict, comparison.score, reasons, picture)
        moved = [IdentityStands(self.identity.state)] if self.identity.state is not stood else []
        await self._marks.add(filed, *moved)
        return self.identity_news(filed)

    async def _kept(self, still: Still, name: str) -> FileCited | None:
        """The sealed picture; None when the disk does not take it: what was seen in it counts all the same."""
        try:
            kept = await asyncio.to_thread(self._files.keep, still.jpeg, name)
        except OSError as error:
            log.warning("a still of %s was not kept: %s", self.check_in, error.strerror)
            return None
        return FileCited(kept.name, kept.sha256, kept.size)

    def identity_news(self, still: StillFiled | None = None) -> IdentityNews:
        """Where identity stands, after this still or by itself."""
        check = self.identity
        verdict = Verdict(still.verdict) if still is not None else Verdict.UNABLE if self._unable_because else None
        return IdentityNews(
            state=check.state,
            verdict=verdict,
            at_s=None if still is None else still.at_s,
            reasons=self._unable_because if still is None else tuple(map(Reason, still.reasons)),
            usable=check.usable,
            stills=check.stills,
            engine=self.engine.name if self.engine is not None else "off",
        )

    # the end

    async def finish(self, by: EndedBy, at: datetime) -> None:
        """Nobody is seen or heard any more, and both recordings are complete. Nothing of the call runs afterwards."""
        ended = CallEnded(by, at, self.elapsed())
        await self._close_room()
        await self._marks.add(ended)
        whole = await self._finish_recordings()
        await self._marks.add(*(BrokeOff(seat) for seat in Seat if seat not in whole))

    async def abandon(self) -> None:
        """The admission did not come about; nobody was here yet."""
        await self._close_room()
        await self._finish_recordings()

    async def _close_room(self) -> None:
        try:
            await self._room.close()
        except Exception:
            log.exception("room %s did not close in order; its recordings are finished all the same", self.check_in)

    async def _finish_recordings(self) -> set[Seat]:
        """The seats whose recordings came to their end; the others' are salvaged from their parts."""
        finishing = (recording.finish() for recording in self._recordings.values())
        whole: set[Seat] = set()
        for seat, finished in zip(
            self._recordings, await asyncio.gather(*finishing, return_exceptions=True), strict=True
        ):
            if isinstance(finished, BaseException):
                log.error("a recorder of %s failed; its parts are salvaged", self.check_in, exc_info=finished)
            elif not finished.broken:
                whole.add(seat)
        return whole


def _with(seats: Sequence[Seat], seat: Seat, *, there: bool) -> tuple[Seat, ...]:
    """The same seats, this one among them or not."""
    return tuple(one for one in Seat if (there if one is seat else one in seats))
