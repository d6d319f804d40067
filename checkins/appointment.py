"""An agreed check-in: who meets whom, when, how far it has come; and how it is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import PostId
from accounts.powers import NotYours
from accounts.subjects import SubjectId
from cases.ledger import Unreadable
from cases.review import EntryId
from checkins.checkin import GOING_ON, INVITING, CheckIn, CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.standing import Shown, shown_as
from checkins.store import CheckInRow
from storage.ids import new_id


@dataclass(frozen=True, slots=True)
class Appointment:
    """One agreed check-in. `host_post` is who invited, and from admission on who admitted.

    The window is `starts_at` to `closes_at`; policy's grace comes after it. `entry` is filed when it ends,
    `conclusion` when a person concludes.
    """

    check_in: CheckIn
    subject: SubjectId
    host_post: PostId
    starts_at: datetime
    closes_at: datetime
    identity: IdentityState
    entry: EntryId | None
    conclusion: EntryId | None
    called_off_because: str | None

    @property
    def id(self) -> CheckInId:
        return self.check_in.id

    @property
    def shown(self) -> Shown:
        """Check-in and identity together, as officers see them."""
        return shown_as(self.check_in.state, self.identity)


def appointment_of(row: CheckInRow) -> Appointment:
    """The value of a row."""
    return Appointment(
        check_in=CheckIn(row.id, row.state, row.since, row.arrived_at, row.admitted_at, row.ended_at),
        subject=row.subject,
        host_post=row.host_post,
        starts_at=row.starts_at,
        closes_at=row.closes_at,
        identity=row.identity,
        entry=row.entry,
        conclusion=row.conclusion,
        called_off_because=row.called_off_because,
    )


def agreed(subject: SubjectId, by: PostId, starts_at: datetime, closes_at: datetime, at: datetime) -> CheckInRow:
    """The row of a check-in that has just been agreed."""
    return CheckInRow(
        id=CheckInId(new_id()),
        subject=subject,
        host_post=by,
        starts_at=starts_at,
        closes_at=closes_at,
        scheduled_by=by,
        scheduled_at=at,
        state=CheckInState.SCHEDULED,
        since=at,
        identity=IdentityState.OPEN,
    )


async def overlaps_another(session: AsyncSession, row: CheckInRow) -> bool:
    """Whether the subject has another check-in in this window that is not over."""
    query = select(CheckInRow.id).where(
        CheckInRow.subject == row.subject,
        CheckInRow.state.in_(INVITING | GOING_ON),
        CheckInRow.starts_at < row.closes_at,
        CheckInRow.closes_at > row.starts_at,
    )
    return await session.scalar(query.limit(1)) is not None


def keep(row: CheckInRow, check_in: CheckIn) -> None:
    """Write down how far a check-in has come; the one place where its state reaches the table."""
    row.state, row.since = check_in.state, check_in.since
    row.arrived_at, row.admitted_at, row.ended_at = check_in.arrived_at, check_in.admitted_at, check_in.ended_at


def readable() -> ColumnElement[bool]:
    """The condition that a row's states are ones of ours: fetching any other fails, and the list with it."""
    return CheckInRow.state.in_(CheckInState) & CheckInRow.identity.in_(IdentityState)


async def row_of(session: AsyncSession, check_in: CheckInId) -> CheckInRow:
    """The row to be changed within the transaction under way; NotYours for what does not exist, Unreadable."""
    try:
        row = await session.get(CheckInRow, check_in)
    except LookupError:  # a state that somebody has put there
        raise Unreadable(check_in) from None
    if row is None:
        raise NotYours
    return row
