"""The steps from one shape of the tables to the next: numbered, and named after what each is for."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

STEPS = Path(__file__).parent / "versions"


class NewerDatabase(Exception):
    """A newer Fairwatch has changed these tables; this one would not understand them."""


def newest_step() -> str:
    """The name of the last step, as "0001_first_light"."""
    return max(step.stem for step in STEPS.glob("[0-9]*.py"))


def step_of(connection: Connection) -> str | None:
    """The last step the database has taken, or None if it has no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    step: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return step


def upgrade(connection: Connection) -> None:
    """Takes the steps that are missing, all or none, in the transaction that is under way. NewerDatabase."""
    step = step_of(connection)
    if step == newest_step():
        return
    if step is not None and not (STEPS / f"{step}.py").exists():
        raise NewerDatabase(step)

    # Here, not above: it takes a third of a second, and most starts have nothing to do.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(STEPS.parent).replace("%", "%%"))
    command.upgrade(config, "head")


def write_step(connection: Connection, title: str) -> Path:
    """A new step for what the tables of this version have and the database has not; to be read before it is committed.

    ValueError if nothing differs, or if the title is not a few plain words.
    """
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext
    from alembic.operations.ops import UpgradeOps

    from storage.database import Base

    if not re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", title):
        raise ValueError("a step is named in a few plain words, as “add review reason”")
    ops = produce_migrations(MigrationContext.configure(connection), Base.metadata).upgrade_ops
    if not isinstance(ops, UpgradeOps) or ops.is_empty():
        raise ValueError("the tables and the database do not differ")
    before = newest_step()
    name = f"{int(before[:4]) + 1:04}_{title.replace(' ', '_')}"
    step = STEPS / f"{name}.py"
    step.write_text(
        f'"""{title.capitalize()}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{name}"\ndown_revision = "{before}"\n\n\ndef upgrade() -> None:\n    '
        + render_python_code(ops, imports=()).replace("\n", "\n    ").rstrip()
        + "\n",
        encoding="utf-8",
    )
    return step
