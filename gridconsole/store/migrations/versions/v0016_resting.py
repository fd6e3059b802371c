"""Let a merged case rest in the one that leads it: it leaves the queue and the counters, and its clocks pause."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_OPEN = {
    "ix_incident_queue": ["office_id", "due_at", "id"],
    "ix_incident_count": ["office_id", "state", "due_at"],
    "ix_incident_open_reported": ["office_id", "reported_at"],
    "ix_incident_grid_open": ["grid_id"],
    "ix_incident_handler_open": ["handler_kind", "handler_id"],
}
"""Indices of open cases, which are to leave out the resting ones."""


def upgrade() -> None:
    """Add the column, and build the indices of open cases anew; cases that were merged before do not rest until somebody says so."""
    op.add_column("incident", sa.Column("resting", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_incident_resting", "incident", ["office_id", "id"], sqlite_where=sa.text("resting = 1"))
    for name, columns in _OPEN.items():
        op.drop_index(name, "incident")
        op.create_index(name, "incident", columns, sqlite_where=sa.text("closed_at IS NULL AND resting = 0"))
