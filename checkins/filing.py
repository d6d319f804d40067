"""What a check-in files into the case: its end, a person's conclusion, a miss with its reason; and the receipt."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import Actor, PostId, Role
from accounts.details import BadDetail
from accounts.people import actor_of
from accounts.powers import POWERS, NotYours, Power
from accounts.subjects import Subject, SubjectId
from cases.entries import CheckInEnded, CheckInMissed, Concluded, Corrected
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
    """A person's conclusion, and who drew it in which post; of a correction the note is its reason."""

    entry: EntryId
    conclusion: Conclusion
    note: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody wants filed in place of the word they cite, and why."""

    cites: EntryId
    conclusion: Conclusion
    reason: str


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
    words: tuple[Said, ...]
    """What people concluded, each the correction of the one before; the last of them stands."""
    may_correct: bool

    @property
    def said(self) -> Said | None:
        return self.words[-1] if self.words else None


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


async def file_correction(
    session: AsyncSession, row: CheckInRow, correction: Correction, actor: Actor, at: datetime
) -> Entry:
    """Another conclusion, in place of the one it cites. IllegalCue unless one is on file; NotYours, see may_correct().

    BadDetail("conclusion"): meanwhile, when somebody else has corrected it since it was read.
    """
    words = await words_about(session, appointment_of(row))
    if row.entry is None or not words:
        raise IllegalCue(row.state, CheckInCue.CONCLUDED)
    if not may_correct(actor, words[-1]):
        raise NotYours
    if correction.cites != words[-1].entry:
        raise BadDetail("conclusion", "meanwhile")
    _, ended = await end_on_file(session, row.id, row.subject, row.entry)
    machine = IdentityState(ended.identity_state)  # a new word about the same end starts where the first one did
    row.identity = step(IDENTITY, machine, CUES[correction.conclusion])
    corrected = Corrected(row.id, correction.cites, correction.conclusion, correction.reason, actor.person)
    entry = await append_in(session, row.subject, corrected, actor.post, at)
    row.conclusion = entry.id
    return entry


def may_correct(actor: Actor, said: Said) -> bool:
    """Whoever drew the conclusion that stands, as long as they may conclude, and whoever leads them."""
    leads = actor.role is Role.SQUADRON_LEADER
    return Power.CONCLUDE in POWERS[actor.role] and (leads or actor.person == said.by.person)


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


async def words_about(session: AsyncSession, appointment: Appointment) -> tuple[Said, ...]:
    """What people have concluded, first word first; nothing for a miss, and where not every word of it is on file."""
    words: list[Said] = []
    cited, before = appointment.conclusion, math.inf
    while cited is not None:
        entry = await find_in(session, appointment.subject, cited)
        if entry is None or entry.by is None or entry.n >= before:  # what is cited stands before what cites it
            return ()
        by = await holder_of(session, entry.by)
        match entry.body:
            case Concluded(cites=cites, conclusion=conclusion, note=note) if cites == appointment.entry:
                return (Said(entry.id, conclusion, note, by, entry.at), *words)
            case Corrected(cites=cited, conclusion=conclusion, reason=reason):
                words.insert(0, Said(entry.id, conclusion, reason, by, entry.at))
                before = entry.n
            case _:
                return ()
    return ()


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
