"""Run migrations on the connection that the caller opened, inside the caller's single transaction."""

from alembic import context

from gridconsole.store.tables.everything import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
