"""The reviews kept in the database: an entry starts to wait, is opened, is decided."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.actor import PostId
from accounts.subjects import SubjectId
from cases.review import EntryId, Review, ReviewState, Severity
from cases.store import ReviewRow


async def await_review(
    session: AsyncSession, entry: EntryId, subject: SubjectId, severity: Severity, at: datetime
) -> None:
    """From `at` on the entry waits for a person."""
    row = ReviewRow(entry=entry, subject=subject, severity=severity, state=ReviewState.WAITING, waiting_since=at)
    session.add(row)
    await session.flush()


async def open_review(session: AsyncSession, entry: EntryId, by: PostId) -> None:
    """The review is open in this post; a decided one stays as it is."""
    row = await session.get_one(ReviewRow, entry)
    if row.state is not ReviewState.DECIDED:
        _keep(row, _review_of(row).opened(by))


async def decide_review(session: AsyncSession, entry: EntryId, by: PostId) -> None:
    """The review is decided, or IllegalCue if it was before."""
    row = await session.get_one(ReviewRow, entry)
    _keep(row, _review_of(row).decided(by))


async def undecided_reviews(session: AsyncSession) -> list[Review]:
    """Everything that waits for a person anywhere, the oldest first; the caller keeps to the actor's area."""
    query = select(ReviewRow).where(ReviewRow.state != ReviewState.DECIDED)
    rows = await session.scalars(query.order_by(ReviewRow.waiting_since, ReviewRow.entry))
    return [_review_of(row) for row in rows]


def _review_of(row: ReviewRow) -> Review:
    return Review(row.entry, row.subject, row.severity, row.state, row.waiting_since, row.held_by)


def _keep(row: ReviewRow, review: Review) -> None:
    row.state, row.held_by = review.state, review.held_by
