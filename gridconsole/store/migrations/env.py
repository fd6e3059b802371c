"""Run migrations on the connection that the caller opened, inside the caller's single transaction."""

from alembic import context
from sqlmodel import SQLModel

import gridconsole.store.tables  # noqa: F401  (registers the tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
