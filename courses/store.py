"""The tables of live lessons: the lessons, their learners, links and who came through them, consents."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from accounts.actor import PostId, UnitId
from accounts.subjects import SubjectId
from cases.review import EntryId
from courses.floor import Place
from courses.lesson import LessonId, LessonState
from live.notices import Language
from storage.append_only import append_only
from storage.database import Base


class LessonRow(Base):
    """The live lessons of a unit.

    .. pii: none but the title, which a member of staff writes; which post teaches; kept as long as the entries that
       name it; staff whose post covers the unit.
    """

    __tablename__ = "lesson"

    id: Mapped[LessonId] = mapped_column(String(20), primary_key=True)
    unit: Mapped[UnitId] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    planned_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    planned_at: Mapped[datetime]
    teacher_post: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    state: Mapped[LessonState] = mapped_column(index=True)
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    called_off_because: Mapped[str | None] = mapped_column(Text)


class LessonPlaceRow(Base):
    """The learners of a lesson, each with the number by which the others know them.

    .. pii: that a person was to attend a lesson, and the entry of their attendance; to hold the lesson and to credit
       it; kept as long as the case; staff whose post covers the unit.
    """

    __tablename__ = "lesson_place"
    __table_args__ = (UniqueConstraint("lesson", "n"), UniqueConstraint("lesson", "subject"))

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    lesson: Mapped[LessonId] = mapped_column(ForeignKey("lesson.id"))
    n: Mapped[Place] = mapped_column(Integer)
    subject: Mapped[SubjectId] = mapped_column(ForeignKey("subject.id"), index=True)
    entry: Mapped[EntryId | None] = mapped_column(ForeignKey("ledger_entry.id"))


class LessonLinkRow(Base):
    """The links that invite learners. The token itself is in the link only.

    .. pii: when a person was sent a link and used it; to let the right browser in once; gone with the lesson; nobody
       sees it but as "sent" and "used".
    """

    __tablename__ = "lesson_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(ForeignKey("lesson_place.id"), index=True)
    sent_at: Mapped[datetime]
    sent_by: Mapped[PostId] = mapped_column(ForeignKey("post.id"))
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


@append_only
class LessonConsentRow(Base):
    """Which text learners read before they came in. That of the browser let in last counts.

    .. pii: that a person read the notice of a lesson, and when; the legal basis of what is recorded; kept as long as
       what rests on it; staff whose post covers the unit, and the person.
    """

    __tablename__ = "lesson_consent"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    place: Mapped[str] = mapped_column(ForeignKey("lesson_place.id"), index=True)
    notice_version: Mapped[str]
    notice_sha256: Mapped[str]
    language: Mapped[Language]
    at: Mapped[datetime]


class LearnerSessionRow(Base):
    """The browser that a learner's link let in. The token itself is with the browser only.

    .. pii: that a person's browser was let into a lesson; to take them back after a drop; gone when a newer link of
       theirs is used; nobody sees it.
    """

    __tablename__ = "learner_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(ForeignKey("lesson_place.id"), index=True)
    consent: Mapped[str] = mapped_column(ForeignKey("lesson_consent.id"))
    until: Mapped[datetime]
