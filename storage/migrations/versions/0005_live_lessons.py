"""Live lessons: what is planned, who is to come, their links, what they read and the browsers they use."""

import sqlalchemy as sa
from alembic import op

from storage.append_only import refuse_changes, refuse_replacing

revision = "0005_live_lessons"
down_revision = "0004_unit_phone"

Id = sa.String(20)
Word = sa.String(40)  # a member of an enum, by its value
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "lesson",
        sa.Column("id", Id, primary_key=True),
        sa.Column("unit", Id, sa.ForeignKey("unit.id"), nullable=False, index=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("starts_at", Moment, nullable=False, index=True),
        sa.Column("planned_by", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("planned_at", Moment, nullable=False),
        sa.Column("teacher_post", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("state", Word, nullable=False, index=True),
        sa.Column("opened_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("called_off_because", sa.Text),
    )
    op.create_table(
        "lesson_place",
        sa.Column("id", Id, primary_key=True),
        sa.Column("lesson", Id, sa.ForeignKey("lesson.id"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("subject", Id, sa.ForeignKey("subject.id"), nullable=False, index=True),
        sa.Column("entry", Id, sa.ForeignKey("ledger_entry.id")),
        sa.UniqueConstraint("lesson", "n"),
        sa.UniqueConstraint("lesson", "subject"),
    )
    op.create_table(
        "lesson_link",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("place", Id, sa.ForeignKey("lesson_place.id"), nullable=False, index=True),
        sa.Column("sent_at", Moment, nullable=False),
        sa.Column("sent_by", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("used_at", Moment),
        sa.Column("replaced_at", Moment),
    )
    op.create_table(
        "lesson_consent",
        sa.Column("id", Id, primary_key=True),
        sa.Column("place", Id, sa.ForeignKey("lesson_place.id"), nullable=False, index=True),
        sa.Column("notice_version", sa.String, nullable=False),
        sa.Column("notice_sha256", sa.String, nullable=False),
        sa.Column("language", Word, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_table(
        "learner_session",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("place", Id, sa.ForeignKey("lesson_place.id"), nullable=False, index=True),
        sa.Column("consent", Id, sa.ForeignKey("lesson_consent.id"), nullable=False),
        sa.Column("until", Moment, nullable=False),
    )
    dialect = op.get_context().dialect.name
    for statement in (
        *refuse_changes("lesson_consent", dialect),
        *refuse_replacing("lesson_consent", [("id",)], dialect),
    ):
        op.execute(statement)
