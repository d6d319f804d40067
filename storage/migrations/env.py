"""Alembic begins here: it takes its steps on the connection, and in the transaction, that upgrade() handed it."""

from alembic import context

from storage.database import Base

# The metadata lends its naming convention for constraints; the steps themselves know no model.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
context.run_migrations()
