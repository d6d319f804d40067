"""One check-in with somebody in it: the seats, the call and its end; where media, recognition and record meet."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import TypeAlias

from accounts.actor import Actor, PersonId
from accounts.powers import NotYours
from accounts.subjects import SubjectId
from cases.entries import CheckInEnded
from checkins.appointment import Appointment
from checkins.call import Call
from checkins.checkin import CHECK_IN, CheckInCue, CheckInId, CheckInState
from checkins.footage import ended_entry, make_folders, tidy
from checkins.marks import EndedBy, Mark, MediaFlow
from checkins.news import Caller, Ended, News, Presence, Seat, Standing
from checkins.policy import Policy
from checkins.progress import Progress
from media.plane import MediaPlane
from media.room import SeatState
from media.sampler import Still
from recognition.verdict import Reason
from recognition.verifier import FaceVerifier, Reference
from statetable import IllegalCue, step
from storage.database import Database
from storage.files import FileStore

log = logging.getLogger(__name__)

Work: TypeAlias = Coroutine[None, None, object]
CallOff: TypeAlias = Callable[[], object]

_MAY_COME = (CheckInState.SCHEDULED, CheckInState.WAITING)
_GOING_ON = (CheckInState.LIVE, CheckInState.INTERRUPTED)


class NotAdmitted(Exception):
    """Media or a note was offered where no call is: before a person admitted the subject, or after the end."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a live check-in brings together. `clock` is monotonic seconds, `sleep` waits on it."""

    database: Database
    progress: Progress
    plane: MediaPlane
    verifier: FaceVerifier
    files: FileStore
    policy: Policy
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class LiveCheckIn:
    """One check-in with somebody in it, or with an end that is not on file yet. Every change happens under one lock."""

    def __init__(self, appointment: Appointment, near: Neighbours, own: Callable[[Work], CallOff]) -> None:
        """`own` starts a task, whose failure is logged and ends nobody else's, and says how to call it off."""
        self.callers: dict[Seat, Caller] = {}
        self.askers = 0
        """How many are at work on this value: as long as there are any, it is not forgotten."""
        self._appointment = appointment
        self._near = near
        self._own = own
        self._lock = asyncio.Lock()
        self._officer: PersonId | None = None
        self._call: Call | None = None
        self._grace: dict[Seat, CallOff] = {}
        self._marks: Sequence[Mark] | None = None
        self._entry: CheckInEnded | None = None
        self._filing_failed = False

    @property
    def id(self) -> CheckInId:
        return self._appointment.id

    @property
    def subject(self) -> SubjectId:
        return self._appointment.subject

    @property
    def state(self) -> CheckInState:
        return self._appointment.check_in.state

    @property
    def going_on(self) -> bool:
        """Whether there is a call."""
        return self._call is not None

    @property
    def over(self) -> bool:
        """The record says that it goes on, and there is no call: it has ended and is not on file yet."""
        return self.state in _GOING_ON and self._call is None

    @property
    def idle(self) -> bool:
        """Nobody is here, and nothing is left to do: this value may be forgotten."""
        return not self.callers and not self.askers and self.state not in _GOING_ON

    # the seats

    async def arrive(self, seat: Seat, caller: Caller, officer: PersonId | None, at: datetime) -> None:
        """Take the seat, from another connection of the same person if need be, and be told where things stand.

        NotYours for an officer while another one sits there, and once another one has admitted the subject.
        """
        async with self._lock:
            if seat is Seat.OFFICER and self._officer not in (None, officer):
                raise NotYours
            await self._reload()
            if seat is Seat.SUBJECT and self.state in _MAY_COME:
                await self._walk_if_possible(CheckInCue.SUBJECT_ARRIVED, at)
            former, self.callers[seat] = self.callers.get(seat), caller
            self._officer = officer or self._officer
            if former is not None:
                former.replaced()
            await self._tell_standing()
            if self._call is not None and seat is Seat.OFFICER:
                caller.tell(self._call.identity_news())

    async def depart(self, seat: Seat, caller: Caller, at: datetime) -> None:
        """Leave the seat. Media goes on: whoever lost only this connection is back in a moment."""
        async with self._lock:
            if self.callers.get(seat) is not caller:
                return  # the seat was taken over; nobody has left
            del self.callers[seat]
            if seat is Seat.OFFICER and self._call is None:
                self._officer = None
            if seat is Seat.SUBJECT and self.state is CheckInState.WAITING:
                await self._walk_if_possible(CheckInCue.SUBJECT_LEFT, at)
            await self._tell_standing()

    async def dismiss(self, seat: Seat, caller: Caller) -> None:
        """This caller may not sit there any more: they neither hear nor see from now on."""
        if self._call is not None and self.callers.get(seat) is caller:  # else it is somebody else's by now
            await self._call.disconnect(seat)

    # the call

    async def admit(self, host: Actor, at: datetime) -> None:
        """From here on there is media: the room opens, both recorders run, stills are taken if the face was chosen."""
        async with self._lock:
            step(CHECK_IN, self.state, CheckInCue.ADMITTED)  # before anything is made ready
            if Seat.SUBJECT not in self.callers:
                raise IllegalCue(self.state, CheckInCue.ADMITTED)
            consent = await self._near.progress.consent_of(self.id)
            reference = await self._near.progress.reference_of(self.subject)
            await asyncio.to_thread(make_folders, self._near.files, self.id)
            room = self._near.plane.open_room(self.id, self._on_seat)
            call = Call(self.id, room, self._near.files, self._near.clock)
            try:
                await self._walk(CheckInCue.ADMITTED, at, host=host)
            except BaseException:
                await call.abandon()
                await self._tidy_up()
                raise
            self._call, self._officer = call, host.person
            for seat in Seat:
                self._start_grace(seat)
            await self._tell_standing()
            if consent.choice == "face":
                await self._compare(call, reference)
            self._tell(Seat.OFFICER, call.identity_news())

    async def _compare(self, call: Call, reference: Reference | None) -> None:
        """Stills are taken only where they can say something."""
        engine = self._near.verifier.engine
        if engine is None or reference is None:
            await call.unable(Reason.ENGINE_FAILED if engine is None else Reason.NOT_ENROLLED)
            self._own(self._keep_identity())
            return
        sampling = self._near.policy.sampling
        await call.take_stills(
            engine,
            lambda: SystemRandom().uniform(sampling.shortest_s, sampling.longest_s),
            lambda still: self._own(self._judge(call, reference, still)),
        )

    async def offer(self, seat: Seat, sdp: str) -> str:
        """The answer to a browser's offer; raises NotAdmitted, or BadOffer from the media plane."""
        if self._call is None:
            raise NotAdmitted(self.id)
        return await self._call.connect(seat, sdp)

    async def note(self, text: str) -> None:
        """An officer's note; NotAdmitted."""
        if self._call is None:
            raise NotAdmitted(self.id)
        await self._call.note(text)

    async def end(self, by: EndedBy, at: datetime) -> None:
        """End the call for everybody: recordings are sealed, then the entry is filed. IllegalCue when there is none."""
        async with self._lock:
            await self._end(by, at)

    async def _end(self, by: EndedBy, at: datetime) -> None:
        call, self._call = self._call, None
        if call is None:
            raise IllegalCue(self.state, CheckInCue.CALL_ENDED)
        for seat in Seat:
            self._stop_grace(seat)
        self._marks = call.marks
        await call.finish(by, at)
        await self._file()

    async def _file(self) -> None:
        """Seal and file what the call left; both seats are told what came of it.

        Whatever is in the way (a full disk, a busy database), nothing is lost by it, and catch_up() tries again.
        """
        try:
            consent = await self._near.progress.consent_of(self.id)
            self._entry = self._entry or await ended_entry(self._near.files, self._appointment, consent, self._marks)
            closed = await self._near.progress.close_and_file(self.id, self._entry, self._near.now())
        except Exception:
            if not self._filing_failed:  # the next ones would say the same, every few seconds
                log.exception("check-in %s is over and cannot be filed now; it is tried again", self.id)
                self._filing_failed = True
                self._tell_both(Ended(None))
            return
        self._appointment = closed.appointment
        self._tell_both(Ended(closed.receipt))
        await self._tidy_up()

    async def _tidy_up(self) -> None:
        try:
            gone = await asyncio.to_thread(tidy, self._near.files, self.id)
        except OSError:
            gone = False
        if not gone:
            log.warning("something of check-in %s stays in the working folder", self.id)

    # what media and faces say

    def _on_seat(self, seat: str, state: SeatState) -> None:
        if self._call is None:
            return
        flow = self._call.seat_changed(Seat(seat), state)
        if flow is None:
            return
        if flow.flows:
            self._stop_grace(flow.seat)
        else:
            self._start_grace(flow.seat)
        self._own(self._media_changed(self._call, flow))

    async def _media_changed(self, call: Call, flow: MediaFlow) -> None:
        async with self._lock:
            if self._call is not call:
                return
            await call.mark(flow)
            try:
                await self._follow_media(call, self._near.now())
            finally:
                await self._tell_standing()  # who is connected is true also when the board has to wait for it

    async def _follow_media(self, call: Call, at: datetime) -> None:
        """A call is interrupted as long as the subject's media is lost."""
        lost = call.presence[Seat.SUBJECT] is Presence.LOST
        if lost and self.state is CheckInState.LIVE:
            await self._walk(CheckInCue.SUBJECT_LEFT, at)
        elif not lost and self.state is CheckInState.INTERRUPTED:
            await self._walk(CheckInCue.SUBJECT_ARRIVED, at)

    async def _judge(self, call: Call, reference: Reference, still: Still) -> None:
        comparison = await self._near.verifier.compare(reference, still.pixels)
        async with self._lock:
            if self._call is not call:
                return  # it ended meanwhile, and what it said is on file
            stood = call.identity.state
            self._tell(Seat.OFFICER, await call.judged(still, comparison))
            if call.identity.state is not stood:
                self._own(self._keep_identity())

    async def _keep_identity(self) -> None:
        """For the board; the record has it from the call's marks."""
        async with self._lock:
            if self._call is not None:
                await self._near.progress.keep_identity(self.id, self._call.identity.state)

    # grace: a connection that is away is expected back for a while

    def _start_grace(self, seat: Seat) -> None:
        self._stop_grace(seat)
        self._grace[seat] = self._own(self._expect(seat))

    def _stop_grace(self, seat: Seat) -> None:
        call_off = self._grace.pop(seat, None)
        if call_off is not None:
            call_off()

    async def _expect(self, seat: Seat) -> None:
        await self._near.sleep(self._near.policy.call.reconnect_grace_s)
        del self._grace[seat]  # from here on nobody may cancel us: what follows is the end
        async with self._lock:
            back = self._call is None or self._call.presence[seat] is Presence.CONNECTED or seat in self._grace
            if not back:
                await self._end("grace", self._near.now())

    # telling

    async def tell_ahead(self) -> None:
        """Somebody else's waiting may have ended: tell the subject how many are left before them."""
        async with self._lock:
            if self.state is CheckInState.WAITING:
                await self._tell_standing()

    async def catch_up(self) -> None:
        """Do what is left to do, and tell what has happened elsewhere.

        A window has closed, an officer has called it off; whoever waited is gone, or the end is not on file yet,
        because the database was busy or a former run was killed.
        """
        async with self._lock:
            former = self.state
            await self._reload()
            if self.over:
                await self._file()
                return
            if self._call is not None:
                await self._follow_media(self._call, self._near.now())
            elif self.state is CheckInState.WAITING and Seat.SUBJECT not in self.callers:
                await self._walk_if_possible(CheckInCue.SUBJECT_LEFT, self._near.now())
            if self.state is not former:
                await self._tell_standing()

    async def _tell_standing(self) -> None:
        if self.over:
            self._tell_both(Ended(None))
            return
        ahead = await self._near.progress.waiting_before(self.id) if self.state is CheckInState.WAITING else 0
        live_s = self._call.elapsed() if self._call is not None else None
        subject, officer = self._presence(Seat.SUBJECT), self._presence(Seat.OFFICER)
        self._tell(Seat.SUBJECT, Standing(self.state, ahead, subject, officer, live_s))
        self._tell(Seat.OFFICER, Standing(self.state, 0, subject, officer, live_s))

    def _presence(self, seat: Seat) -> Presence:
        if self._call is not None and self._call.presence[seat] is not Presence.PRESENT:
            return self._call.presence[seat]
        return Presence.PRESENT if seat in self.callers else Presence.ABSENT

    def _tell_both(self, news: News) -> None:
        for seat in Seat:
            self._tell(seat, news)

    def _tell(self, seat: Seat, news: News) -> None:
        if seat in self.callers:
            self.callers[seat].tell(news)

    # the record

    async def _reload(self) -> None:
        self._appointment = await self._near.progress.load(self.id)

    async def _walk(self, cue: CheckInCue, at: datetime, *, host: Actor | None = None) -> None:
        self._appointment = await self._near.progress.walk(self.id, cue, at, host=host)

    async def _walk_if_possible(self, cue: CheckInCue, at: datetime) -> None:
        """A window may close, or an officer call the check-in off, at this very moment: then that is what is told."""
        try:
            await self._walk(cue, at)
        except IllegalCue:
            await self._reload()
