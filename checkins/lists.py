"""Check-ins as officers' lists show them: the board's rows, and what waits for review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import Actor, PostId
from accounts.details import CHINA
from accounts.subjects import Subject, SubjectId, Subjects
from cases.review import ReviewState, Severity
from cases.reviews import undecided_reviews
from checkins.appointment import Appointment, appointment_of, readable
from checkins.checkin import GOING_ON, CheckInId, CheckInState
from checkins.notice import Choice
from checkins.store import CheckInLinkRow, CheckInRow, ConsentRow, ReferenceFaceRow, SubjectSessionRow
from storage.database import Database

Cases = Mapping[SubjectId, Subject]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One check-in with whom, and what has become of its newest link. `choice` is None until the subject has chosen;
    `enrolled`: there is a reference face to compare with.
    """

    appointment: Appointment
    subject: Subject
    link_sent_at: datetime | None
    link_used_at: datetime | None
    choice: Choice | None
    enrolled: bool


@dataclass(frozen=True, slots=True)
class WaitingForReview:
    """One ended check-in that waits for a person: since when, and which post opened it last."""

    appointment: Appointment
    subject: Subject
    severity: Severity
    state: ReviewState
    waiting_since: datetime
    held_by: PostId | None


@dataclass(frozen=True, slots=True)
class Damaged:
    """A check-in whose row says what no row of ours says: somebody has put it there."""

    id: CheckInId
    subject: Subject


def on_the_board(at: datetime) -> ColumnElement[bool]:
    """The condition for the board: begins on this day in China, or still goes on."""
    midnight = at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    this_day = (CheckInRow.starts_at >= midnight) & (CheckInRow.starts_at < midnight + timedelta(days=1))
    return this_day | CheckInRow.state.in_(GOING_ON | {CheckInState.WAITING})


async def board_rows(session: AsyncSession, cases: Cases, condition: ColumnElement[bool]) -> list[BoardRow]:
    """The check-ins of these cases that fulfil the condition, in the order they begin; all others are left out."""
    query = (
        select(CheckInRow, CheckInLinkRow.sent_at, CheckInLinkRow.used_at, choice_as_it_stands(), ReferenceFaceRow.id)
        .outerjoin(CheckInLinkRow, (CheckInLinkRow.check_in == CheckInRow.id) & CheckInLinkRow.replaced_at.is_(None))
        .outerjoin(SubjectSessionRow, SubjectSessionRow.check_in == CheckInRow.id)
        .outerjoin(ConsentRow, ConsentRow.id == SubjectSessionRow.consent)
        .outerjoin(
            ReferenceFaceRow,
            (ReferenceFaceRow.subject == CheckInRow.subject) & ReferenceFaceRow.superseded_at.is_(None),
        )
        .where(condition, readable())
        .order_by(CheckInRow.starts_at, CheckInRow.id)
    )
    return [
        BoardRow(
            appointment_of(row),
            cases[row.subject],
            sent_at,
            used_at,
            Choice(choice) if choice in set(Choice) else None,
            enrolled=reference is not None,
        )
        for row, sent_at, used_at, choice, reference in await session.execute(query)
        if row.subject in cases
    ]


async def damaged_rows(database: Database, actor: Actor) -> list[Damaged]:
    """The check-ins of the actor's area that are in no other list, because their rows cannot be read."""
    cases = {case.id: case for case in await Subjects(database).in_area(actor)}
    query = select(CheckInRow.id, CheckInRow.subject).where(~readable()).order_by(CheckInRow.id)
    async with database.reading() as session:
        found = (await session.execute(query)).all()
    return [Damaged(check_in, cases[subject]) for check_in, subject in found if subject in cases]


def choice_as_it_stands() -> ColumnElement[str]:
    """The choice of a joined consent, as text: somebody may have put there what is none."""
    return type_coerce(ConsentRow.choice, String)


async def review_rows(session: AsyncSession, cases: Cases) -> list[WaitingForReview]:
    """What waits for a person in these cases, the oldest first.

    Whatever has ended waits, also when no review is kept of the entry that its row names: that needs a person most.
    """
    reviews = {(review.entry, review.subject): review for review in await undecided_reviews(session)}
    query = select(CheckInRow).where(CheckInRow.state == CheckInState.ENDED, readable())
    waiting = []
    for row in await session.scalars(query):
        if row.subject not in cases:
            continue
        review = reviews.get((row.entry, row.subject)) if row.entry else None
        waiting.append(
            WaitingForReview(
                appointment=appointment_of(row),
                subject=cases[row.subject],
                severity=review.severity if review else Severity.DIFFERS,
                state=review.state if review else ReviewState.WAITING,
                waiting_since=review.waiting_since if review else row.since,
                held_by=review.held_by if review else None,
            )
        )
    return sorted(waiting, key=lambda one: (one.waiting_since, one.appointment.id))
