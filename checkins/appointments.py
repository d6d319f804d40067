"""Check-ins from the agreement to the filed conclusion: what officers do with them, and what a subject's link opens."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import access_case
from accounts.actor import Actor
from accounts.audit import note_in
from accounts.details import BadDetail
from accounts.powers import POWERS, NotYours, Power, require
from accounts.subjects import Subject, SubjectId, Subjects
from cases.review import Conclusion
from cases.reviews import open_review
from checkins.appointment import Appointment, agreed, appointment_of, keep, overlaps_another, readable, row_of
from checkins.at_odds import at_odds_in
from checkins.checkin import GOING_ON, INVITING, CheckInCue, CheckInId
from checkins.filing import (
    Correction,
    ReviewPage,
    end_on_file,
    file_conclusion,
    file_correction,
    file_miss,
    holder_of,
    may_correct,
    receipt_of,
    words_about,
)
from checkins.links import (
    Invitation,
    LinkLife,
    NoLinkNow,
    SubjectSession,
    invitation_of,
    is_inviting,
    issue,
    keep_consent,
    let_in,
    link_of,
    session_of,
    trouble_with,
)
from checkins.lists import BoardRow, WaitingForReview, board_rows, on_the_board, review_rows
from checkins.news import Receipt
from checkins.note import checked_note
from checkins.notice import Choice, notice_in_force
from checkins.policy import Policy
from checkins.standing import may_file
from checkins.store import CheckInRow
from live.links import LinkTrouble, WrongInvitation
from live.notices import Language, Notice
from storage.database import Database


class Appointments:
    """The check-ins of one database. Every call of an officer goes through access_case(): NotYours for all that is not.

    A cue that the check-in's state does not know is an IllegalCue, and nothing has happened.
    """

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    # What officers do

    async def schedule(self, actor: Actor, subject: SubjectId, starts_at: datetime, at: datetime) -> Appointment:
        """A new check-in, hosted by the actor until somebody else admits. BadDetail("starts_at"): past, overlaps."""
        await access_case(self._database, actor, subject, Power.SCHEDULE, at)
        closes_at = starts_at + self._policy.window.length
        if closes_at <= at:
            raise BadDetail("starts_at", "past")
        row = agreed(subject, actor.post, starts_at, closes_at, at)
        async with self._database.transaction() as session:
            if await overlaps_another(session, row):
                raise BadDetail("starts_at", "overlaps")
            session.add(row)
            await session.flush()
            await note_in(session, actor, Power.SCHEDULE.value, f"check-in/{row.id}", at, detail={"subject": subject})
            return appointment_of(row)

    async def send_link(self, actor: Actor, check_in: CheckInId, at: datetime) -> str:
        """A new link's token, to be handed to the subject; former links work no more. NoLinkNow when it is too late."""
        await self._case_of(actor, check_in, Power.SCHEDULE, at)
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            if not is_inviting(appointment_of(row), self._policy.window, at):
                raise NoLinkNow
            await note_in(session, actor, "send_link", f"check-in/{check_in}", at)
            return await issue(session, check_in, actor.post, at)

    async def call_off(self, actor: Actor, check_in: CheckInId, reason: str, at: datetime) -> Appointment:
        """The check-in will not take place. BadDetail("reason"): missing, too_long."""
        await self._case_of(actor, check_in, Power.SCHEDULE, at)
        reason = checked_note("reason", reason)
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            keep(row, appointment_of(row).check_in.on(CheckInCue.CALLED_OFF, at))
            row.called_off_because = reason
            await note_in(session, actor, "call_off", f"check-in/{check_in}", at)
            return appointment_of(row)

    async def conclude(
        self, actor: Actor, check_in: CheckInId, conclusion: Conclusion, note: str, at: datetime
    ) -> Appointment:
        """A person's word on an ended check-in, filed. BadDetail("note"): missing when there is a doubt, too_long."""
        await self._case_of(actor, check_in, Power.CONCLUDE, at)
        note = checked_note("note", note, required=conclusion is not Conclusion.CONFIRMED)
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            await file_conclusion(session, row, conclusion, note, actor, at)
            detail = {"conclusion": conclusion.value}
            await note_in(session, actor, Power.CONCLUDE.value, f"check-in/{check_in}", at, detail=detail)
            return appointment_of(row)

    async def correct(self, actor: Actor, check_in: CheckInId, correction: Correction, at: datetime) -> Appointment:
        """Another conclusion in place of the one it cites; NotYours for who did not draw that and does not lead.

        BadDetail("note"): missing, too_long; BadDetail("conclusion"): meanwhile.
        """
        await self._case_of(actor, check_in, Power.CONCLUDE, at)
        correction = replace(correction, reason=checked_note("note", correction.reason))
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            await file_correction(session, row, correction, actor, at)
            detail = {"conclusion": correction.conclusion.value}
            await note_in(session, actor, "correct", f"check-in/{check_in}", at, detail=detail)
            return appointment_of(row)

    async def file_missed(self, actor: Actor, check_in: CheckInId, reason: str, at: datetime) -> Appointment:
        """A missed check-in is filed with the reason a person found. BadDetail("reason"): missing, too_long."""
        await self._case_of(actor, check_in, Power.CONCLUDE, at)
        reason = checked_note("reason", reason)
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            await file_miss(session, row, reason, actor, at)
            await note_in(session, actor, "file_missed", f"check-in/{check_in}", at)
            return appointment_of(row)

    # What officers see

    async def get(self, actor: Actor, check_in: CheckInId, at: datetime, power: Power = Power.SEE_CASE) -> BoardRow:
        """One check-in, for an actor who may do this with its case."""
        case = await self._case_of(actor, check_in, power, at)
        async with self._database.reading() as session:
            (row,) = await board_rows(session, {case.id: case}, CheckInRow.id == check_in)
        return row

    async def hosted_by(self, actor: Actor) -> CheckInId | None:
        """The call that goes on with this actor as its host; None when there is none."""
        query = select(CheckInRow.id).where(CheckInRow.host_post == actor.post, CheckInRow.state.in_(GOING_ON))
        async with self._database.reading() as session:
            return await session.scalar(query.order_by(CheckInRow.since.desc()).limit(1))

    async def today(self, actor: Actor, at: datetime) -> list[BoardRow]:
        """The check-ins of the actor's area on this day in China, in the order they begin, and what still goes on."""
        cases = await self._cases_of(actor)
        async with self._database.reading() as session:
            return await board_rows(session, cases, on_the_board(at))

    async def of_case(self, actor: Actor, subject: SubjectId, at: datetime) -> list[BoardRow]:
        """All check-ins of one case, the newest first."""
        case = await access_case(self._database, actor, subject, Power.SEE_CASE, at)
        async with self._database.reading() as session:
            rows = await board_rows(session, {case.id: case}, CheckInRow.subject == subject)
        return rows[::-1]

    async def waiting_for_review(self, actor: Actor, at: datetime) -> list[WaitingForReview]:
        """The ended check-ins of the actor's area that wait for a person, the oldest first."""
        require(actor, Power.REVIEW)
        cases = await self._cases_of(actor)
        async with self._database.reading() as session:
            return await review_rows(session, cases)

    async def review(self, actor: Actor, check_in: CheckInId, at: datetime) -> ReviewPage:
        """The review page of an ended check-in; NotYours for one that has not ended. The view is in the audit log.

        Whoever may conclude has the review open from now on.
        """
        case = await self._case_of(actor, check_in, Power.REVIEW, at)
        async with self._database.transaction() as session:
            row = await row_of(session, check_in)
            if row.entry is None:
                raise NotYours
            if Power.CONCLUDE in POWERS[actor.role]:
                await open_review(session, row.entry, actor.post)
            await note_in(session, actor, Power.REVIEW.value, f"check-in/{check_in}", at)
            appointment = appointment_of(row)
            entry, ended = await end_on_file(session, row.id, row.subject, row.entry)
            host = await holder_of(session, ended.officer_post)
            look = self._policy.filing.one_look_suffices
            words = await words_about(session, appointment)
            return ReviewPage(
                appointment=appointment,
                subject=case,
                host=host,
                entry=entry,
                ended=ended,
                receipt=receipt_of(entry, ended, host),
                may_file=may_file(row.state, row.identity, one_look_suffices=look),
                words=words,
                may_correct=bool(words) and may_correct(actor, words[-1]),
            )

    async def at_odds(self, subject: SubjectId) -> frozenset[CheckInId]:
        """The check-ins of a case that its ledger contradicts. The caller has been through access_case()."""
        async with self._database.reading() as session:
            return await at_odds_in(session, subject)

    # What a subject's link opens

    def notice(self, language: Language) -> Notice:
        """The text that is shown before a check-in, and agreed to."""
        return notice_in_force(self._policy, language)

    async def open_link(self, token: str, at: datetime) -> Invitation:
        """What the link's page says; looking does not use it up, for messengers fetch previews. WrongInvitation."""
        async with self._database.reading() as session:
            return await self._invitation(session, await self._invited(session, token, at))

    async def invitation(self, subject: SubjectSession) -> Invitation:
        """The same for the browser that the link let in."""
        async with self._database.reading() as session:
            return await self._invitation(session, appointment_of(await row_of(session, subject.check_in_id)))

    async def accept(self, token: str, choice: Choice, notice_version: str, language: Language, at: datetime) -> str:
        """A session's token for the subject's browser; the link is used up and the consent kept.

        WrongInvitation, also when it is too early; BadDetail("notice", "changed") when another text is in force.
        """
        notice = notice_in_force(self._policy, language)
        async with self._database.reading() as session:
            await self._invited(session, token, at)  # whoever makes a link up shall not stand in line to write
        async with self._database.transaction() as session:
            appointment = await self._invited(session, token, at)
            if notice.version != notice_version:
                raise BadDetail("notice", "changed")
            if at < appointment.starts_at - self._policy.window.opens_before:
                raise WrongInvitation(LinkTrouble.EARLY)
            consent = await keep_consent(session, appointment.id, choice, notice, at)
            (await link_of(session, token)).used_at = at
            await note_in(
                session, None, "accept_link", f"check-in/{appointment.id}", at, detail={"choice": choice.value}
            )
            return await let_in(session, appointment.id, consent, until=at + self._policy.session.longest)

    async def subject_session(self, token: str, at: datetime) -> SubjectSession | None:
        """The subject behind a browser that a link let in; None for any other."""
        async with self._database.reading() as session:
            return await session_of(session, token, at)

    async def receipt(self, subject: SubjectSession) -> Receipt | None:
        """What the subject may keep of this check-in; None while it has not ended."""
        async with self._database.reading() as session:
            row = await row_of(session, subject.check_in_id)
            if row.entry is None:
                return None
            entry, ended = await end_on_file(session, row.id, row.subject, row.entry)
            return receipt_of(entry, ended, await holder_of(session, ended.officer_post))

    # What time does

    async def sweep(self, at: datetime) -> list[CheckInId]:
        """Check-ins that nobody was admitted to before window and grace were over become missed; which ones."""
        over = (CheckInRow.closes_at <= at - self._policy.window.grace) & CheckInRow.state.in_(INVITING) & readable()
        async with self._database.transaction() as session:
            rows = (await session.scalars(select(CheckInRow).where(over).order_by(CheckInRow.closes_at))).all()
            for row in rows:
                keep(row, appointment_of(row).check_in.on(CheckInCue.WINDOW_CLOSED, at))
            return [row.id for row in rows]

    async def _case_of(self, actor: Actor, check_in: CheckInId, power: Power, at: datetime) -> Subject:
        async with self._database.reading() as session:
            subject = (await row_of(session, check_in)).subject
        return await access_case(self._database, actor, subject, power, at)

    async def _cases_of(self, actor: Actor) -> dict[SubjectId, Subject]:
        return {case.id: case for case in await Subjects(self._database).in_area(actor)}

    async def _invitation(self, session: AsyncSession, appointment: Appointment) -> Invitation:
        host = await holder_of(session, appointment.host_post)
        return await invitation_of(session, appointment, host, self._policy.window)

    async def _invited(self, session: AsyncSession, token: str, at: datetime) -> Appointment:
        link = await link_of(session, token)
        appointment = appointment_of(await row_of(session, link.check_in))
        trouble = trouble_with(LinkLife(link.used_at, link.replaced_at), appointment, self._policy.window, at)
        if trouble is not None:
            raise WrongInvitation(trouble)
        return appointment
