"""Check-ins as they happen: who is in which seat, and where media, recognition and the record meet."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from types import TracebackType
from typing import Literal, Self, TypeAlias

from accounts.access import access_case
from accounts.actor import Actor
from accounts.powers import NotYours, Power
from cases.entries import CheckInEnded, ConsentCited, RecordingFiled
from checkins.appointment import Appointment
from checkins.call import Call, Footage, recording_folder, sealed_recording
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.news import Caller, Ended, GoingAway, News, Presence, Seat, Standing
from checkins.policy import Policy
from checkins.progress import Progress
from media.plane import MediaPlane
from media.recorder import salvage
from media.room import SeatState
from media.sampler import Still
from recognition.verdict import Reason
from recognition.verifier import FaceVerifier, Reference
from statetable import IllegalCue
from storage.database import Database
from storage.files import FileStore

log = logging.getLogger(__name__)

EndedBy: TypeAlias = Literal["officer", "subject", "grace", "restart"]
Work: TypeAlias = Coroutine[None, None, None]


class NotAdmitted(Exception):
    """Media or a note was offered where no call is: before a person admitted the subject, or after the end."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a live check-in brings together."""

    database: Database
    progress: Progress
    plane: MediaPlane
    verifier: FaceVerifier
    files: FileStore
    policy: Policy
    now: Callable[[], datetime]
    clock: Callable[[], float]


class LiveCheckIn:
    """One check-in with somebody in it. Every change happens in order, under one lock."""

    def __init__(self, appointment: Appointment, near: Neighbours, own: Callable[[Work], None]) -> None:
        """`own` starts a task whose failure is logged and ends nobody else's."""
        self.callers: dict[Seat, Caller] = {}
        self._appointment = appointment
        self._near = near
        self._own = own
        self._lock = asyncio.Lock()
        self._call: Call | None = None
        self._grace: dict[Seat, asyncio.TimerHandle] = {}

    @property
    def id(self) -> CheckInId:
        return self._appointment.id

    @property
    def state(self) -> CheckInState:
        return self._appointment.check_in.state

    @property
    def idle(self) -> bool:
        """Nobody is here and nothing is recorded: this value may be forgotten."""
        return not self.callers and self._call is None

    # the seats

    async def arrive(self, seat: Seat, caller: Caller, at: datetime) -> None:
        async with self._lock:
            former = self.callers.get(seat)
            self.callers[seat] = caller
            if former is not None:
                former.replaced()
            if seat is Seat.SUBJECT and self.state in (CheckInState.SCHEDULED, CheckInState.WAITING):
                await self._walk(CheckInCue.SUBJECT_ARRIVED, at)
            await self._tell_standing()
            if self._call is not None and seat is Seat.OFFICER:
                caller.tell(self._call.identity_news())

    async def depart(self, seat: Seat, caller: Caller, at: datetime) -> None:
        async with self._lock:
            if self.callers.get(seat) is not caller:
                return  # the seat was taken over; nobody has left
            del self.callers[seat]
            if seat is Seat.SUBJECT and self.state is CheckInState.WAITING:
                await self._walk(CheckInCue.SUBJECT_LEFT, at)
            await self._tell_standing()

    # the call

    async def admit(self, host: Actor, at: datetime) -> None:
        """From here on there is media: the room opens, both recorders run, stills are taken if the face was chosen."""
        async with self._lock:
            if Seat.SUBJECT not in self.callers:
                raise IllegalCue(self.state, CheckInCue.ADMITTED)
            await self._walk(CheckInCue.ADMITTED, at, host=host)
            room = self._near.plane.open_room(self.id, self._on_seat)
            call = self._call = Call(files_of(self.id), room, self._near.files, self._near.clock)
            await self._begin_comparing(call)
            for seat in Seat:
                self._start_grace(seat)
            await self._tell_standing()
            self._tell(Seat.OFFICER, call.identity_news())

    async def _begin_comparing(self, call: Call) -> None:
        """Stills are taken only where the subject chose the face, and only where they can say something."""
        consent = await self._near.progress.consent_of(self.id)
        if consent.choice != "face":
            return
        engine = self._near.verifier.engine
        reference = await self._near.progress.reference_of(self._appointment.subject)
        if engine is None or reference is None:
            call.unable(Reason.ENGINE_FAILED if engine is None else Reason.NOT_ENROLLED)
            await self._near.progress.keep_identity(self.id, call.identity.state)
            return
        sampling = self._near.policy.sampling
        call.take_stills(
            engine,
            lambda: SystemRandom().uniform(sampling.shortest_s, sampling.longest_s),
            lambda still: self._own(self._judge(call, reference, still)),
        )

    async def offer(self, seat: Seat, sdp: str) -> str:
        """The answer to a browser's offer; raises NotAdmitted, or BadOffer from the media plane."""
        if self._call is None:
            raise NotAdmitted(self.id)
        return await self._call.room.connect(seat, sdp)

    def note(self, text: str) -> None:
        if self._call is None:
            raise NotAdmitted(self.id)
        self._call.note(text)

    async def end(self, by: EndedBy, at: datetime) -> None:
        """End the call for everybody: recordings are sealed, then the entry is filed. IllegalCue when there is none."""
        async with self._lock:
            call, self._call = self._call, None
            if call is None:
                raise IllegalCue(self.state, CheckInCue.CALL_ENDED)
            for seat in Seat:
                self._stop_grace(seat)
            footage = await call.finish()
            consent = await self._near.progress.consent_of(self.id)
            entry = ended_entry(self._appointment, consent, footage, by, at)
            closed = await self._near.progress.close_and_file(self.id, entry, at)
            self._appointment = closed.appointment
            for seat in Seat:
                self._tell(seat, Ended(closed.receipt))

    # what media and faces say

    def _on_seat(self, seat: str, state: SeatState) -> None:
        self._own(self._seat_changed(Seat(seat), state, self._near.now()))

    async def _seat_changed(self, seat: Seat, state: SeatState, at: datetime) -> None:
        async with self._lock:
            if self._call is None or not self._call.on_seat(seat, state):
                return
            if state is SeatState.CONNECTED:
                self._stop_grace(seat)
                if seat is Seat.SUBJECT and self.state is CheckInState.INTERRUPTED:
                    await self._walk(CheckInCue.SUBJECT_ARRIVED, at)
            else:
                self._start_grace(seat)
                if seat is Seat.SUBJECT:
                    await self._walk(CheckInCue.SUBJECT_LEFT, at)
            await self._tell_standing()

    async def _judge(self, call: Call, reference: Reference, still: Still) -> None:
        comparison = await self._near.verifier.compare(reference, still.pixels)
        if self._call is not call:
            return  # it ended meanwhile, and what it said is on file
        stood = call.identity.state
        news = await call.judged(still, comparison)
        self._tell(Seat.OFFICER, news)
        if call.identity.state is not stood:
            await self._near.progress.keep_identity(self.id, call.identity.state)

    # grace: a connection that is away is expected back for a while

    def _start_grace(self, seat: Seat) -> None:
        self._stop_grace(seat)
        loop = asyncio.get_running_loop()
        self._grace[seat] = loop.call_later(self._near.policy.call.reconnect_grace_s, self._grace_is_over)

    def _stop_grace(self, seat: Seat) -> None:
        timer = self._grace.pop(seat, None)
        if timer is not None:
            timer.cancel()

    def _grace_is_over(self) -> None:
        self._own(self.end("grace", self._near.now()))

    # telling

    async def tell_ahead(self) -> None:
        """Somebody else's waiting may have ended: tell the subject how many are left before them."""
        async with self._lock:
            if self.state is CheckInState.WAITING:
                await self._tell_standing()

    async def catch_up(self) -> None:
        """What happened to the check-in elsewhere (its window closed, an officer called it off) is told here."""
        async with self._lock:
            former, self._appointment = self.state, await self._near.progress.load(self.id)
            if self.state is not former:
                await self._tell_standing()

    async def _tell_standing(self) -> None:
        ahead = await self._near.progress.waiting_before(self.id) if self.state is CheckInState.WAITING else 0
        live_s = self._call.elapsed() if self._call is not None else None
        subject, officer = self._presence(Seat.SUBJECT), self._presence(Seat.OFFICER)
        self._tell(Seat.SUBJECT, Standing(self.state, ahead, subject, officer, live_s))
        self._tell(Seat.OFFICER, Standing(self.state, 0, subject, officer, live_s))

    def _presence(self, seat: Seat) -> Presence:
        if self._call is not None and self._call.presence[seat] is not Presence.PRESENT:
            return self._call.presence[seat]
        return Presence.PRESENT if seat in self.callers else Presence.ABSENT

    def _tell(self, seat: Seat, news: News) -> None:
        if seat in self.callers:
            self.callers[seat].tell(news)

    async def _walk(self, cue: CheckInCue, at: datetime, *, host: Actor | None = None) -> None:
        self._appointment = await self._near.progress.walk(self.id, cue, at, host=host)


class LiveCheckIns:
    """All check-ins with somebody in them. An asynchronous context: at its end every call is ended and filed."""

    def __init__(self, near: Neighbours) -> None:
        self._near = near
        self._here: dict[CheckInId, LiveCheckIn] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        for appointment in await self._near.progress.left_live():
            await self._salvage(appointment)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        await self._tasks.__aexit__(kind, error, trace)

    async def arrive(
        self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime, *, actor: Actor | None
    ) -> None:
        """Take a seat, and be told where the check-in stands.

        NotYours for an officer whose post does not host this case, and for what does not exist.
        """
        live = self._here.get(check_in)
        if live is None:
            appointment = await self._near.progress.load(check_in)
            await self._may_host(appointment, seat, actor, at)
            live = self._here.setdefault(check_in, LiveCheckIn(appointment, self._near, self._own))
        else:
            await self._may_host(await self._near.progress.load(check_in), seat, actor, at)
        await live.arrive(seat, caller, at)

    async def _may_host(self, appointment: Appointment, seat: Seat, actor: Actor | None, at: datetime) -> None:
        if seat is Seat.SUBJECT:
            return  # their session is bound to this one check-in
        if actor is None:
            raise NotYours
        await access_case(self._near.database, actor, appointment.subject, Power.HOST, at)

    async def depart(self, check_in: CheckInId, seat: Seat, caller: Caller, at: datetime) -> None:
        """Leave the seat; nothing happens when another connection has taken it over."""
        live = self._here.get(check_in)
        if live is None:
            return
        await live.depart(seat, caller, at)
        self._forget(live)
        await self._others_move_up(live)

    async def admit(self, check_in: CheckInId, actor: Actor, at: datetime) -> None:
        live = self._live(check_in)
        await live.admit(actor, at)
        await self._others_move_up(live)

    async def offer(self, check_in: CheckInId, seat: Seat, sdp: str) -> str:
        return await self._live(check_in).offer(seat, sdp)

    async def note(self, check_in: CheckInId, text: str) -> None:
        self._live(check_in).note(text)

    async def end(self, check_in: CheckInId, seat: Seat, at: datetime) -> None:
        live = self._live(check_in)
        await live.end("officer" if seat is Seat.OFFICER else "subject", at)
        self._forget(live)

    async def catch_up(self) -> None:
        """Tell everybody here what has changed on their check-in elsewhere."""
        for live in list(self._here.values()):
            await live.catch_up()

    def _live(self, check_in: CheckInId) -> LiveCheckIn:
        """The one somebody sits in; whoever asks does."""
        try:
            return self._here[check_in]
        except KeyError:
            raise NotYours from None

    def _forget(self, live: LiveCheckIn) -> None:
        if live.idle:
            self._here.pop(live.id, None)

    async def _others_move_up(self, left: LiveCheckIn) -> None:
        for live in list(self._here.values()):
            if live is not left:
                await live.tell_ahead()

    def _own(self, work: Work) -> None:
        self._tasks.create_task(self._logged(work))

    async def _logged(self, work: Work) -> None:
        """One check-in's fault ends no other."""
        try:
            await work
        except IllegalCue as late:
            log.info("came too late: %s", late)
        except Exception:
            log.exception("a live check-in met a fault of ours")

    async def close(self) -> None:
        """The server stops: browsers are told, calls end and are filed."""
        for live in list(self._here.values()):
            for caller in live.callers.values():
                caller.tell(GoingAway())
            if live.state in (CheckInState.LIVE, CheckInState.INTERRUPTED):
                await self._logged(live.end("restart", self._near.now()))

    async def _salvage(self, appointment: Appointment) -> None:
        """A former run was killed in mid-call: seal what it left, file the end, say so."""
        at = self._near.now()
        name = files_of(appointment.id)
        recordings: list[RecordingFiled] = []
        for seat in Seat:
            recorded = await asyncio.to_thread(salvage, recording_folder(self._near.files, name, seat))
            recordings.append(await sealed_recording(self._near.files, name, seat, recorded, []))
        log.warning("check-in %s was cut off by a restart: its recordings are salvaged", appointment.id)
        footage = Footage(tuple(recordings), identity=appointment.identity)
        consent = await self._near.progress.consent_of(appointment.id)
        entry = ended_entry(appointment, consent, footage, "restart", at)
        await self._near.progress.close_and_file(appointment.id, entry, at)


def ended_entry(
    appointment: Appointment, consent: ConsentCited, footage: Footage, by: EndedBy, at: datetime
) -> CheckInEnded:
    """What goes on file about a call that took place."""
    check_in = appointment.check_in
    if check_in.admitted_at is None:
        raise LookupError(f"check-in {check_in.id} is live, and nobody was admitted")
    return CheckInEnded(
        check_in=check_in.id,
        starts_at=appointment.starts_at,
        arrived_at=check_in.arrived_at,
        admitted_at=check_in.admitted_at,
        ended_at=at,
        ended_by=by,
        officer_post=appointment.host_post,
        consent=consent,
        identity_state=footage.identity,
        verdicts=footage.verdicts,
        stills=footage.stills,
        recordings=footage.recordings,
        drops=footage.drops,
        notes=footage.notes,
        engine=footage.engine,
    )


def files_of(check_in: CheckInId) -> str:
    """The prefix of a check-in's files."""
    return f"check-ins/{check_in}"
