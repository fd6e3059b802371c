"""Add the index of turns by their end, so that a month's figures of a handler do not read the whole past."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_assignment_ended",
        "assignment",
        ["ended_at", "handler_kind", "handler_id", "ended_how", "late", "incident_id", "started_at"],
        sqlite_where=sa.text("role = 'primary' AND ended_at IS NOT NULL"),
    )
