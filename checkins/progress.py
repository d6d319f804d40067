"""What a live check-in reads and writes down as it goes: internal, so nobody's access is looked at here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from accounts.actor import Actor
from accounts.audit import note_in
from accounts.powers import Power
from accounts.subjects import SubjectId
from cases.entries import CheckInEnded, ConsentCited
from cases.ledger import Entry
from checkins.appointment import Appointment, appointment_of, keep, readable, row_of
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.filing import end_on_file, file_end, holder_of, receipt_of
from checkins.identity import IdentityState
from checkins.news import Receipt
from checkins.store import CheckInRow, ConsentRow, ReferenceFaceRow, SubjectSessionRow
from recognition.enrolment import Reference
from statetable import IllegalCue
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Closed:
    """A call that is over and on file."""

    appointment: Appointment
    entry: Entry
    receipt: Receipt


class Progress:
    """The check-ins of one database, as they go on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, check_in: CheckInId) -> Appointment:
        """Where a check-in stands; NotYours if there is none."""
        async with self._database.reading() as session:
            return appointment_of(await row_of(session, check_in))

    async def walk(
        self, check_in: CheckInId, cue: CheckInCue, at: datetime, *, host: Actor | None = None
    ) -> Appointment:
        """The check-in after `cue`, written down, or IllegalCue and nothing has happened.

        Whoever admits is named as `host` and stays the host from then on.
        """
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            keep(row, appointment_of(row).check_in.on(cue, at))
            if host is not None:
                row.host_post = host.post
                await note_in(session, host, Power.HOST.value, f"check-in/{check_in}", at)
            return appointment_of(row)

    async def walk_if_possible(self, check_in: CheckInId, cue: CheckInCue, at: datetime) -> Appointment:
        """The check-in after `cue`, or as it stands: a window may close, or an officer call it off, at this moment."""
        try:
            return await self.walk(check_in, cue, at)
        except IllegalCue:
            return await self.load(check_in)

    async def keep_identity(self, check_in: CheckInId, state: IdentityState) -> None:
        """Where the machine stands now, for the board, and for the record should we be killed in mid-call."""
        async with self._database.transaction() as session:
            (await row_of(session, check_in)).identity = state

    async def waiting_before(self, check_in: CheckInId) -> int:
        """How many people have waited longer for the same officer."""
        async with self._database.reading() as session:
            mine = await row_of(session, check_in)
            ahead = select(func.count()).where(
                CheckInRow.host_post == mine.host_post,
                CheckInRow.state == CheckInState.WAITING,
                CheckInRow.since < mine.since,
                CheckInRow.id != mine.id,
            )
            return await session.scalar(ahead) or 0

    async def consent_of(self, check_in: CheckInId) -> ConsentCited:
        """What the subject in the browser let in last agreed to. LookupError before, when nobody can have arrived."""
        query = (
            select(ConsentRow)
            .join(SubjectSessionRow, SubjectSessionRow.consent == ConsentRow.id)
            .where(SubjectSessionRow.check_in == check_in)
        )
        async with self._database.reading() as session:
            row = await session.scalar(query)
        if row is None:
            raise LookupError(f"nobody has agreed to check-in {check_in}")
        return ConsentCited(row.notice_version, row.notice_sha256, row.language, row.choice.value, row.at)

    async def reference_of(self, subject: SubjectId) -> Reference | None:
        """The face that stills are compared with; None when none is enrolled."""
        query = select(ReferenceFaceRow).where(
            ReferenceFaceRow.subject == subject, ReferenceFaceRow.superseded_at.is_(None)
        )
        async with self._database.reading() as session:
            row = await session.scalar(query)
        return None if row is None else Reference(row.engine, row.model_sha256, row.template)

    async def going_on(self) -> list[Appointment]:
        """The check-ins that somebody should be in: waiting or in the call."""
        states = (CheckInState.WAITING, CheckInState.LIVE, CheckInState.INTERRUPTED)
        async with self._database.reading() as session:
            rows = await session.scalars(select(CheckInRow).where(CheckInRow.state.in_(states), readable()))
            return [appointment_of(row) for row in rows]

    async def close_and_file(self, check_in: CheckInId, ended: CheckInEnded, at: datetime) -> Closed:
        """The call is over and its entry on file, both or neither. A second time it is what it was the first time."""
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            filed = row.entry or (await file_end(session, row, ended, at)).id
            entry, body = await end_on_file(session, row.id, row.subject, filed)
            host = await holder_of(session, body.officer_post)
            return Closed(appointment_of(row), entry, receipt_of(entry, body, host))
