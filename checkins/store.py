"""The tables of check-ins: appointments, links and who came through them, consents, reference faces."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import PostId
from accounts.subjects import SubjectId
from cases.review import EntryId
from checkins.checkin import CheckInId, CheckInState
from checkins.identity import IdentityState
from checkins.notice import Choice
from live.notices import Language
from storage.append_only import append_only
from storage.database import Base


class CheckInRow(Base):
    """Who meets whom when, and how far it has come.

    .. pii: that a person has check-ins, when they came, where the machine stands about their face, why one was called
       off; to run the check-in; kept as long as the case; staff whose post covers the case.
    """

    __tablename__ = "check_in"

    id: Mapped[CheckInId] = mapped_column(String(20), primary_key=True)
    subject: Mapped[SubjectId] = mapped_column(ForeignKey("subject.id"), index=True)
    host_post: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    closes_at: Mapped[datetime]
    scheduled_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    scheduled_at: Mapped[datetime]
    state: Mapped[CheckInState] = mapped_column(index=True)
    since: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    admitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    identity: Mapped[IdentityState]
    entry: Mapped[EntryId | None] = mapped_column(ForeignKey("ledger_entry.id"))  # of its end
    conclusion: Mapped[EntryId | None] = mapped_column(ForeignKey("ledger_entry.id"))  # what a person filed
    called_off_because: Mapped[str | None] = mapped_column(Text)


class CheckInLinkRow(Base):
    """The links that invite a subject to a check-in. The token itself is in the link only.

    .. pii: when a person was sent a link and used it; to let the right browser in once; gone with the check-in; nobody
       sees it but as "sent" and "used".
    """

    __tablename__ = "check_in_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    check_in: Mapped[CheckInId] = mapped_column(ForeignKey("check_in.id"), index=True)
    sent_at: Mapped[datetime]
    sent_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


@append_only
class ConsentRow(Base):
    """What subjects agreed to: which text, which of two equal choices. That of the browser let in last counts.

    .. pii: a person's choice about their face and the text they agreed to; the legal basis of what is recorded; kept as
       long as what rests on it; staff whose post covers the case, and the person.
    """

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    check_in: Mapped[CheckInId] = mapped_column(ForeignKey("check_in.id"), index=True)
    notice_version: Mapped[str]
    notice_sha256: Mapped[str]
    language: Mapped[Language]
    choice: Mapped[Choice]
    at: Mapped[datetime]


class SubjectSessionRow(Base):
    """The browser that a subject's link let in. The token itself is with the browser only.

    .. pii: that a person's browser was let into a check-in, and what they agreed to; to take them back after a
       drop; gone when a newer link of the check-in is used; nobody sees it.
    """

    __tablename__ = "subject_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    check_in: Mapped[CheckInId] = mapped_column(ForeignKey("check_in.id"), index=True)
    consent: Mapped[str] = mapped_column(ForeignKey("consent.id"))
    until: Mapped[datetime]


class ReferenceFaceRow(Base):
    """Reference faces (登记照), as one engine with one set of weights sees them; the newest of a subject counts.

    .. pii: a template of a person's face, biometric; to compare stills of their check-ins with; erased after release as
       policy says; nobody sees it, only the face worker reads it.
    """

    __tablename__ = "reference_face"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[SubjectId] = mapped_column(ForeignKey("subject.id"), index=True)
    engine: Mapped[str]
    model_sha256: Mapped[str]
    template: Mapped[bytes] = mapped_column(LargeBinary)
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    superseded_at: Mapped[datetime | None]


class PortraitRow(Base):
    """The pictures that a reference face was made from, as sealed files, so that another engine can enrol them again.

    .. pii: where photographs of a person's face are kept; to compare by eye and to enrol again; erased with the
       reference; staff whose post covers the case.
    """

    __tablename__ = "portrait"
    __table_args__ = (UniqueConstraint("reference", "n"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(ForeignKey("reference_face.id"))
    n: Mapped[int]
    sha256: Mapped[str]
    size: Mapped[int]
