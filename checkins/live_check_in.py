"""One check-in with somebody in it: its seats and its call; where media, recognition and the record meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from accounts.actor import Actor, PersonId
from checkins.appointment import Appointment
from checkins.call import Call, NotAdmitted
from checkins.checkin import CHECK_IN, GOING_ON, INVITING, CheckInCue, CheckInState
from checkins.comparing import Comparing, outlook
from checkins.ending import Ending
from checkins.folders import make_folders, tidy_up
from checkins.marks import EndedBy, MediaFlow
from checkins.measuring import Measuring
from checkins.news import Caller, Ended, OfferAgain, Presence, Seat
from checkins.seats import Seats
from checkins.so_far import so_far
from checkins.surroundings import Surroundings
from checkins.turns import Pausing, Turn
from live.grace import UNSEATED_S, Grace
from live.tasks import CallOff, Own
from media.contract import SeatState
from statetable import IllegalCue, step


class LiveCheckIn:
    """One check-in with somebody in it, or with an end that is not on file yet. Every change happens under one lock."""

    def __init__(self, appointment: Appointment, near: Surroundings, own: Own) -> None:
        self.id = appointment.id
        self.subject = appointment.subject
        self.askers = 0
        """How many are at work on this value: as long as there are any, it is not forgotten."""
        self._appointment = appointment
        self._near = near
        self._own = own
        self._lock = asyncio.Lock()
        self._seats = Seats()
        self._to_officer = partial(self._seats.tell, Seat.OFFICER)
        self._call: Call | None = None
        self._grace = Grace[Seat](near.policy.call.reconnect_grace_s, near.sleep, own, self._end_unless_back)
        self._unseated = Grace[Seat](UNSEATED_S, near.sleep, own, self._hang_up_unless_seated)
        self._ending = Ending(near)
        self._measuring: CallOff = lambda: None

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
        return self.state in GOING_ON and self._call is None

    @property
    def idle(self) -> bool:
        """Nobody is here, and nothing is left to do: this value may be forgotten."""
        return self._seats.empty and not self.askers and self.state not in GOING_ON

    # the seats

    async def arrive(self, seat: Seat, caller: Caller, officer: PersonId | None, at: datetime) -> None:
        """Take the seat, from another connection of the same person if need be, and be told where things stand.

        NotYours for an officer while another one sits there, and once another one has admitted the subject. A page
        that has come back since keeps its seat: this one is told that it is not needed any more.
        """
        async with self._lock:
            if seat is Seat.OFFICER:
                self._seats.check_free_for(officer)
            if self._seats.is_overtaken(seat, caller):
                caller.replaced()
                return
            self._appointment = await self._near.progress.load(self.id)
            if seat is Seat.SUBJECT and self.state in INVITING:
                await self._walk_if_possible(CheckInCue.SUBJECT_ARRIVED, at)
            self._seats.take(seat, caller, officer)
            self._unseated.stop(seat)
            await self._tell_standing()
            if self._call is not None and seat is Seat.OFFICER:
                caller.tell(so_far(self._call.marks))
                caller.tell(self._call.identity_news())
            elif self.state is CheckInState.WAITING:
                await self._tell_outlook()

    async def depart(self, seat: Seat, caller: Caller, at: datetime, *, said: bool = False) -> None:
        """Leave the seat. Media goes on for UNSEATED_S: whoever lost only this connection is back in a moment.

        Unless an officer `said` that they leave: then it ends, and is not taken for a connection that was lost.
        """
        async with self._lock:
            if not self._seats.held_by(seat, caller):
                return  # the seat was taken over; nobody has left
            self._seats.leave(seat, kept=self.going_on)
            if self.going_on:
                self._unseated.start(seat)
            if said and self._call is not None and seat is Seat.OFFICER:
                await self._let_go(self._call, seat)
            if seat is Seat.SUBJECT and self.state is CheckInState.WAITING:
                await self._walk_if_possible(CheckInCue.SUBJECT_LEFT, at)
            await self._tell_standing()

    async def dismiss(self, seat: Seat, caller: Caller) -> None:
        """This caller may not sit there any more: they neither hear nor see from now on."""
        if self._call is not None and self._seats.held_by(seat, caller):  # else it is somebody else's by now
            await self._call.disconnect(seat)

    async def _let_go(self, call: Call, seat: Seat) -> None:
        """They have left a call on purpose; it waits for them as long as for a connection."""
        flow = await call.left(seat)
        if flow is None:
            return
        self._grace.start(seat)
        await call.mark(flow)

    async def _hang_up_unless_seated(self, seat: Seat) -> None:
        async with self._lock:
            if self._call is not None and not self._seats.taken(seat):
                await self._call.disconnect(seat)

    # the call

    async def admit(self, host: Actor, at: datetime) -> None:
        """From here on there is media: the room opens, both recorders run, stills are taken if the face was chosen."""
        async with self._lock:
            step(CHECK_IN, self.state, CheckInCue.ADMITTED)  # before anything is made ready
            if not self._seats.taken(Seat.SUBJECT):
                raise IllegalCue(self.state, CheckInCue.ADMITTED)
            reference = await self._near.progress.reference_of(self.subject)
            await asyncio.to_thread(make_folders, self._near.files, self.id)
            room = self._near.plane.open_room(self.id, self._on_seat, len(Seat))
            call = Call(self.id, room, self._near.files, self._near.clock)
            try:
                await self._walk(CheckInCue.ADMITTED, at, host=host)
            except BaseException:
                await call.abandon()
                await tidy_up(self._near.files, self.id)
                raise
            self._call = call
            self._seats.keep_for(host.person)
            self._grace.start(*Seat)
            await self._tell_standing()
            # After the admission: until then another link could still bring another choice.
            if (await self._near.progress.consent_of(self.id)).choice == "face":
                await Comparing(call, self._near, self._own, self._alone_in, self._to_officer).begin(reference)
            self._to_officer(call.identity_news())
            measuring = Measuring(call, self._near.sleep, self._alone_in, self._to_officer, self._tell_standing)
            self._measuring = self._own(measuring.go_on())

    async def offer(self, seat: Seat, sdp: str) -> str:
        """The answer to a browser's offer; raises NotAdmitted, or BadOffer and NoMedia from the media plane."""
        answer = await self._admitted().connect(seat, sdp)
        async with self._lock:
            if self._call is not None:
                await self._turn(self._call, seat, Pausing(paused=False))  # a new connection begins with a picture
        return answer

    async def turn(self, seat: Seat, turn: Turn) -> None:
        """The seat's browser says what it does with its media from now on; NotAdmitted."""
        async with self._lock:
            await self._turn(self._admitted(), seat, turn)

    async def _turn(self, call: Call, seat: Seat, turn: Turn) -> None:
        turned = call.turned(seat, turn)
        if turned is not None:
            await call.mark(turned)
            await self._tell_standing()

    async def note(self, text: str) -> None:
        """An officer's note; NotAdmitted."""
        await self._admitted().note(text)

    def _admitted(self) -> Call:
        if self._call is None:
            raise NotAdmitted(self.id)
        return self._call

    # the end

    async def end(self, by: EndedBy, at: datetime) -> None:
        """End the call for everybody: recordings are sealed, then the entry is filed. IllegalCue when there is none."""
        async with self._lock:
            await self._end(by, at)

    async def _end_unless_back(self, seat: Seat) -> None:
        """The grace is over. A connection that came back, or is expected anew, ends nothing."""
        async with self._lock:
            if self._call is None or self._call.presence[seat] is Presence.CONNECTED or self._grace.runs(seat):
                return
            await self._end("grace", self._near.now())

    async def _end(self, by: EndedBy, at: datetime) -> None:
        call, self._call = self._call, None
        if call is None:
            raise IllegalCue(self.state, CheckInCue.CALL_ENDED)
        self._grace.stop(*Seat)
        self._unseated.stop(*Seat)
        self._measuring()
        self._ending = Ending(self._near, call.marks)
        await call.finish(by, at)
        await self._file()

    async def _file(self) -> None:
        """Both seats are told what came of it; what could not be filed is tried again by catch_up()."""
        was_held_up = self._ending.held_up
        closed = await self._ending.file(self._appointment)
        if closed is not None:
            self._appointment = closed.appointment
            self._seats.tell_both(Ended(closed.receipt))
            await tidy_up(self._near.files, self.id)
        elif not was_held_up:
            self._seats.tell_both(Ended(None))

    # what media says

    def _on_seat(self, seat: str, state: SeatState) -> None:
        if self._call is None:
            return
        if state is SeatState.FAILED:
            self._seats.tell(Seat(seat), OfferAgain())
        flow = self._call.seat_changed(Seat(seat), state)
        if flow is None:
            return
        if flow.flows:
            self._grace.stop(flow.seat)
        else:
            self._grace.start(flow.seat)
        self._own(self._media_changed(self._call, flow))

    async def _media_changed(self, call: Call, flow: MediaFlow) -> None:
        async with self._alone_in(call) as goes_on:
            if not goes_on:
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

    @asynccontextmanager
    async def _alone_in(self, call: Call) -> AsyncIterator[bool]:
        """Nobody else changes anything meanwhile; whether this call still goes on."""
        async with self._lock:
            yield self._call is call

    # what has happened elsewhere

    async def tell_ahead(self) -> None:
        """Somebody else's waiting may have ended: tell the subject how many are left before them."""
        async with self._lock:
            if self.state is CheckInState.WAITING:
                await self._tell_standing()

    async def catch_up(self) -> None:
        """Do what is left to do, and tell what has happened elsewhere.

        A window has closed, an officer has called it off, whoever waited is gone, or an end is not on file yet.
        """
        async with self._lock:
            former = self.state
            self._appointment = await self._near.progress.load(self.id)
            if self.over:
                await self._file()
                return
            if self._call is not None:
                await self._follow_media(self._call, self._near.now())
            elif self.state is CheckInState.WAITING and not self._seats.taken(Seat.SUBJECT):
                await self._walk_if_possible(CheckInCue.SUBJECT_LEFT, self._near.now())
            if self.state is not former:
                await self._tell_standing()

    async def _tell_standing(self) -> None:
        if self.over:
            self._seats.tell_both(Ended(None))
            return
        ahead = await self._near.progress.waiting_before(self.id) if self.state is CheckInState.WAITING else 0
        self._seats.tell_standing(self.state, ahead, self._call)

    async def _tell_outlook(self) -> None:
        """The officer knows before letting anybody in that nothing will be compared, and why."""
        consent = await self._near.progress.consent_of(self.id)
        reference = await self._near.progress.reference_of(self.subject)
        news = outlook(consent.choice, self._near.verifier.engine, reference)
        if news is not None:
            self._to_officer(news)

    # the record

    async def _walk(self, cue: CheckInCue, at: datetime, *, host: Actor | None = None) -> None:
        self._appointment = await self._near.progress.walk(self.id, cue, at, host=host)

    async def _walk_if_possible(self, cue: CheckInCue, at: datetime) -> None:
        self._appointment = await self._near.progress.walk_if_possible(self.id, cue, at)
