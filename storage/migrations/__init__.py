"""The steps from one shape of the tables to the next: numbered, and named after what each is for."""

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
