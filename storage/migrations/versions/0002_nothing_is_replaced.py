"""Nothing is replaced: a row of what only grows keeps its place also from SQLite's REPLACE."""

from alembic import op

from storage.append_only import refuse_replacing

revision = "0002_nothing_is_replaced"
down_revision = "0001_first_light"

KEYS = {"audit_entry": [("n",)], "ledger_entry": [("id",), ("subject", "n")], "consent": [("id",)]}


def upgrade() -> None:
    for table, keys in KEYS.items():
        for statement in refuse_replacing(table, keys, op.get_context().dialect.name):
            op.execute(statement)
