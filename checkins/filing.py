"""What a check-in files into the case: its end, a person's conclusion, a miss with its reason; and the receipt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import Actor, PostId
from accounts.people import actor_of
from accounts.subjects import Subject, SubjectId
from cases.entries import CheckInEnded, CheckInMissed, Concluded
from cases.ledger import Entry, Unreadable, append_in, find_in
from cases.review import Conclusion, EntryId
from cases.reviews import await_review, decide_review
from checkins.appointment import Appointment, appointment_of, keep
from checkins.checkin import CheckInCue, CheckInId, CheckInState
from checkins.identity import IDENTITY, IdentityCue, IdentityState
from checkins.news import Receipt, Seat
from checkins.standing import MayFile, severity
from checkins.store import CheckInRow
from recognition.verdict import Reason, Verdict
from statetable import IllegalCue, step

CUES = {
    Conclusion.CONFIRMED: IdentityCue.CONFIRMED,
    Conclusion.CONCERN: IdentityCue.CONFIRMED_WITH_CONCERN,
    Conclusion.REJECTED: IdentityCue.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A person's conclusion, and who drew it in which post."""

    conclusion: Conclusion
    note: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything the review page (复核页) shows of an ended check-in."""

    appointment: Appointment
    subject: Subject
    host: Actor
    entry: Entry
    ended: CheckInEnded
    receipt: Receipt
    may_file: MayFile
    said: Said | None


async def file_end(session: AsyncSession, row: CheckInRow, ended: CheckInEnded, at: datetime) -> Entry:
    """The call is over: its entry is filed and waits for a person from `at` on. IllegalCue when there was no call."""
    keep(row, appointment_of(row).check_in.on(CheckInCue.CALL_ENDED, ended.ended_at))
    by = ended.officer_post if ended.ended_by == "officer" else None
    entry = await append_in(session, row.subject, ended, by, at)
    row.entry, row.identity = entry.id, IdentityState(ended.identity_state)
    await await_review(session, entry.id, row.subject, severity(row.identity), at)
    return entry


async def file_conclusion(
    session: AsyncSession, row: CheckInRow, conclusion: Conclusion, note: str, actor: Actor, at: datetime
) -> Entry:
    """A person has concluded about the end. IllegalCue unless it waits for that, Unreadable unless it is on file."""
    if row.entry is None:
        raise IllegalCue(row.state, CheckInCue.CONCLUDED)  # also a miss: there was nobody to be identified
    keep(row, appointment_of(row).check_in.on(CheckInCue.CONCLUDED, at))
    await end_on_file(session, row.id, row.subject, row.entry)  # nobody concludes about what is not there
    row.identity = step(IDENTITY, row.identity, CUES[conclusion])
    concluded = Concluded(row.id, row.entry, conclusion, note, actor.person)
    entry = await append_in(session, row.subject, concluded, actor.post, at)
    await decide_review(session, row.entry, actor.post)
    row.conclusion = entry.id
    return entry


async def file_miss(session: AsyncSession, row: CheckInRow, reason: str, actor: Actor, at: datetime) -> Entry:
    """A person has said why nobody met. IllegalCue unless it was missed."""
    if row.state is not CheckInState.MISSED:
        raise IllegalCue(row.state, CheckInCue.CONCLUDED)
    keep(row, appointment_of(row).check_in.on(CheckInCue.CONCLUDED, at))
    missed = CheckInMissed(row.id, row.starts_at, row.closes_at, row.arrived_at, reason, actor.person)
    entry = await append_in(session, row.subject, missed, actor.post, at)
    row.conclusion = entry.id
    return entry


async def end_on_file(
    session: AsyncSession, check_in: CheckInId, subject: SubjectId, entry: EntryId
) -> tuple[Entry, CheckInEnded]:
    """The entry of a check-in's end, and what it says. Unreadable when it is gone, or end_of() finds none in it."""
    found = await find_in(session, subject, entry)
    if found is None:
        raise Unreadable(entry)
    return found, end_of(check_in, found)


def end_of(check_in: CheckInId, found: Entry) -> CheckInEnded:
    """What was found on file as the end of a check-in. Unreadable: another check-in's, or nothing that we file."""
    if not isinstance(found.body, CheckInEnded) or found.body.check_in != check_in:
        raise Unreadable(found.id)
    try:
        IdentityState(found.body.identity_state)
        for still in found.body.stills:
            Verdict(still.verdict)
            for reason in still.reasons:
                Reason(reason)
        for reason in found.body.unable_because:
            Reason(reason)
    except ValueError:
        raise Unreadable(found.id) from None
    return found.body


async def said_about(session: AsyncSession, appointment: Appointment) -> Said | None:
    """What a person has concluded, and who; None while nobody has, for a miss, and where it is not on file."""
    if appointment.conclusion is None:
        return None
    entry = await find_in(session, appointment.subject, appointment.conclusion)
    if (
        entry is None
        or entry.by is None
        or not isinstance(entry.body, Concluded)
        or entry.body.cites != appointment.entry
    ):
        return None
    return Said(entry.body.conclusion, entry.body.note, await holder_of(session, entry.by), entry.at)


async def holder_of(session: AsyncSession, post: PostId) -> Actor:
    """Who acted in a post that the record names."""
    actor = await actor_of(session, post)
    if actor is None:
        raise LookupError(f"post {post} is on record and not among the posts")
    return actor


def receipt_code(digest: str) -> str:
    """Eight characters of an entry's digest, in two groups: short enough to write down, and found again by."""
    return f"{digest[:4]}-{digest[4:8]}".upper()


def receipt_of(entry: Entry, ended: CheckInEnded, host: Actor) -> Receipt:
    """What both people may keep. Gaps are the subject's own: they may be asked about those."""
    gap_s = sum(drop.to_s - drop.from_s for drop in ended.drops if drop.seat == Seat.SUBJECT)
    return Receipt(receipt_code(entry.digest), ended.admitted_at, ended.ended_at, host.name, host.unit_name, gap_s)
