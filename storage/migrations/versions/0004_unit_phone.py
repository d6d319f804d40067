"""Unit phone: the number of an office, shown where a subject is told to call it."""

import sqlalchemy as sa
from alembic import op

revision = "0004_unit_phone"
down_revision = "0003_devices"


def upgrade() -> None:
    op.add_column("unit", sa.Column("phone", sa.String(), nullable=True))
