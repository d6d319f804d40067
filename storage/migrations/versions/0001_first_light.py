"""First light: who is who, cases and their ledger, check-ins and what they need."""

import sqlalchemy as sa
from alembic import op

from storage.append_only import refuse_changes

revision = "0001_first_light"
down_revision = None

Id = sa.String(20)
Word = sa.String(40)  # a member of an enum, by its value
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    accounts()
    cases()
    check_ins()
    only_grow("audit_entry", "ledger_entry", "consent")


def accounts() -> None:
    op.create_table(
        "unit",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("parent", Id, sa.ForeignKey("unit.id"), index=True),
    )
    op.create_table(
        "staff",
        sa.Column("id", Id, primary_key=True),
        sa.Column("login", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("password_hash", sa.String),
        sa.Column("added_at", Moment, nullable=False),
    )
    op.create_table(
        "post",
        sa.Column("id", Id, primary_key=True),
        sa.Column("person", Id, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("role", Word, nullable=False),
        sa.Column("unit", Id, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment),
    )
    op.create_table(
        "subject",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("id_number", sa.String, nullable=False, unique=True),
        sa.Column("phone", sa.String, nullable=False),
        sa.Column("level", Word, nullable=False),
        sa.Column("office", Id, sa.ForeignKey("unit.id"), nullable=False, index=True),
        sa.Column("minor", sa.Boolean, nullable=False),
        sa.Column("registered_at", Moment, nullable=False),
        sa.Column("registered_by", Id, sa.ForeignKey("post.id"), nullable=False),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("person", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("post", Id, sa.ForeignKey("post.id")),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
    )
    op.create_table(
        "once_link",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("person", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("until", Moment, nullable=False),
    )
    op.create_table(
        "audit_entry",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("person", Id),
        sa.Column("post", Id),
        sa.Column("verb", sa.String, nullable=False),
        sa.Column("thing", sa.String, nullable=False, index=True),
        sa.Column("allowed", sa.Boolean, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )


def cases() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", Id, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", Word, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("by", Id, sa.ForeignKey("post.id")),
        sa.Column("at", Moment, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.UniqueConstraint("subject", "n"),
    )
    op.create_table(
        "review",
        sa.Column("entry", Id, sa.ForeignKey("ledger_entry.id"), primary_key=True),
        sa.Column("subject", Id, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("severity", Word, nullable=False),
        sa.Column("state", Word, nullable=False, index=True),
        sa.Column("waiting_since", Moment, nullable=False),
        sa.Column("held_by", Id, sa.ForeignKey("post.id")),
    )


def check_ins() -> None:
    op.create_table(
        "check_in",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", Id, sa.ForeignKey("subject.id"), nullable=False, index=True),
        sa.Column("host_post", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("starts_at", Moment, nullable=False, index=True),
        sa.Column("closes_at", Moment, nullable=False),
        sa.Column("scheduled_by", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("scheduled_at", Moment, nullable=False),
        sa.Column("state", Word, nullable=False, index=True),
        sa.Column("since", Moment, nullable=False),
        sa.Column("arrived_at", Moment),
        sa.Column("admitted_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("identity", Word, nullable=False),
        sa.Column("entry", Id, sa.ForeignKey("ledger_entry.id")),
        sa.Column("conclusion", Id, sa.ForeignKey("ledger_entry.id")),
        sa.Column("called_off_because", sa.Text),
    )
    op.create_table(
        "check_in_link",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("check_in", Id, sa.ForeignKey("check_in.id"), nullable=False, index=True),
        sa.Column("sent_at", Moment, nullable=False),
        sa.Column("sent_by", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("used_at", Moment),
        sa.Column("replaced_at", Moment),
    )
    op.create_table(
        "consent",
        sa.Column("id", Id, primary_key=True),
        sa.Column("check_in", Id, sa.ForeignKey("check_in.id"), nullable=False, index=True),
        sa.Column("notice_version", sa.String, nullable=False),
        sa.Column("notice_sha256", sa.String, nullable=False),
        sa.Column("language", Word, nullable=False),
        sa.Column("choice", Word, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_table(
        "subject_session",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("check_in", Id, sa.ForeignKey("check_in.id"), nullable=False, index=True),
        sa.Column("consent", Id, sa.ForeignKey("consent.id"), nullable=False),
        sa.Column("until", Moment, nullable=False),
    )
    op.create_table(
        "reference_face",
        sa.Column("id", Id, primary_key=True),
        sa.Column("subject", Id, sa.ForeignKey("subject.id"), nullable=False, index=True),
        sa.Column("engine", sa.String, nullable=False),
        sa.Column("model_sha256", sa.String, nullable=False),
        sa.Column("template", sa.LargeBinary, nullable=False),
        sa.Column("enrolled_at", Moment, nullable=False),
        sa.Column("enrolled_by", Id, sa.ForeignKey("post.id"), nullable=False),
        sa.Column("superseded_at", Moment),
    )
    op.create_table(
        "portrait",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("reference", Id, sa.ForeignKey("reference_face.id"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.UniqueConstraint("reference", "n"),
    )


def only_grow(*tables: str) -> None:
    for table in tables:
        for statement in refuse_changes(table, op.get_context().dialect.name):
            op.execute(statement)
