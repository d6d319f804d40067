"""Check-ins in any state, walked there as people walk them."""

from dataclasses import dataclass
from datetime import datetime

from accounts.subjects import Subject
from checkins.appointment import Appointment
from checkins.appointments import Appointments
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.notice import Choice
from checkins.policy import Policy
from checkins.progress import Closed, Progress
from live.notices import Language
from storage.database import Database
from tests.support.clocks import ManualClock
from tests.support.filed import an_ended_check_in
from tests.support.organisation import Bureau


@dataclass(frozen=True, slots=True)
class Desk:
    """One officer's desk: a database with a bureau, one subject, and a clock that stands at the agreed time."""

    database: Database
    policy: Policy
    bureau: Bureau
    subject: Subject
    clock: ManualClock

    @property
    def appointments(self) -> Appointments:
        return Appointments(self.database, self.policy)

    @property
    def progress(self) -> Progress:
        return Progress(self.database)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def scheduled(self, starts_at: datetime | None = None) -> Appointment:
        """Agreed for now, or for another time."""
        officer, subject = self.bureau.officer, self.subject.id
        return await self.appointments.schedule(officer, subject, starts_at or self.now, self.now)

    async def accepted(self, check_in: CheckInId, choice: Choice = Choice.FACE) -> str:
        """The subject has opened the link and chosen; their browser's session."""
        link = await self.appointments.send_link(self.bureau.officer, check_in, self.now)
        return await self.appointments.accept(link, choice, self.policy.notice.version, Language.ZH, self.now)

    async def arrived(self) -> Appointment:
        """In the waiting room."""
        check_in = (await self.scheduled()).id
        await self.accepted(check_in)
        return await self.progress.walk(check_in, CheckInCue.SUBJECT_ARRIVED, self.now)

    async def admitted(self) -> Appointment:
        """In the call."""
        waiting = await self.arrived()
        return await self.progress.walk(waiting.id, CheckInCue.ADMITTED, self.now, host=self.bureau.officer)

    async def ended(self, identity_state: str = "matched") -> Closed:
        """Over, filed, waiting for a person."""
        live = await self.admitted()
        body = an_ended_check_in(live.id, live.host_post, identity_state)
        return await self.progress.close_and_file(live.id, body, self.clock.advance(minutes=5))

    async def missed(self) -> Appointment:
        """Nobody came."""
        check_in = (await self.scheduled()).id
        window = self.policy.window
        self.clock.advance(minutes=window.length_min + window.grace_min)
        await self.appointments.sweep(self.now)
        return await self.progress.load(check_in)

    async def in_state(self, state: CheckInState) -> CheckInId:
        """A check-in that has come this far."""
        officer, appointments = self.bureau.officer, self.appointments
        match state:
            case CheckInState.SCHEDULED:
                return (await self.scheduled()).id
            case CheckInState.WAITING:
                return (await self.arrived()).id
            case CheckInState.LIVE:
                return (await self.admitted()).id
            case CheckInState.INTERRUPTED:
                live = await self.admitted()
                return (await self.progress.walk(live.id, CheckInCue.SUBJECT_LEFT, self.now)).id
            case CheckInState.ENDED:
                return (await self.ended()).appointment.id
            case CheckInState.MISSED:
                return (await self.missed()).id
            case CheckInState.CANCELLED:
                called_off = await appointments.call_off(officer, (await self.scheduled()).id, "改到下周", self.now)
                return called_off.id
            case CheckInState.FILED:
                return (await appointments.file_missed(officer, (await self.missed()).id, "村里停电", self.now)).id
