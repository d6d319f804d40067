"""The tables of the record: ledger entries, which only grow, and the reviews that wait for a person."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import PostId
from accounts.subjects import SubjectId
from cases.review import EntryId, ReviewState, Severity
from storage.append_only import append_only
from storage.database import Base


@append_only
class LedgerEntryRow(Base):
    """The ledger of every case, one hash chain a subject.

    .. pii: what happened in a person's case: times, verdicts about their face with scores, file names, what officers
       wrote; the legal record of supervision; kept as the archive schedule says; staff whose post covers the case.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("subject", "n"),)  # also refuses the second of two who raced for the same place

    id: Mapped[EntryId] = mapped_column(String(20), primary_key=True)
    subject: Mapped[SubjectId] = mapped_column(ForeignKey("subject.id"))
    n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))  # an EntryKind; as text, so that checking reads whatever stands here
    body: Mapped[str] = mapped_column(Text)  # canonical JSON
    by: Mapped[PostId | None] = mapped_column(ForeignKey("post.id"))
    at: Mapped[datetime]
    previous: Mapped[str]
    digest: Mapped[str]


class ReviewRow(Base):
    """Which entries wait for a person's conclusion, and who has one open.

    .. pii: that a person's check-in waits for review and which post has it open, to share the work; kept as long as the
       entry; staff whose post covers the case.
    """

    __tablename__ = "review"

    entry: Mapped[EntryId] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    subject: Mapped[SubjectId] = mapped_column(ForeignKey("subject.id"))
    severity: Mapped[Severity]
    state: Mapped[ReviewState] = mapped_column(index=True)
    waiting_since: Mapped[datetime]
    held_by: Mapped[PostId | None] = mapped_column(ForeignKey("post.id"))
