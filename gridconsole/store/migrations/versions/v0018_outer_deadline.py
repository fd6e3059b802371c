"""Add the deadline that another system sets, such as the city's hotline, beside the office's own."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column, and an index of the open cases that have such a deadline."""
    op.add_column("incident", sa.Column("outer_due_at", sa.Text()))
    op.create_index(
        "ix_incident_outer",
        "incident",
        ["office_id", "outer_due_at"],
        sqlite_where=sa.text("outer_due_at IS NOT NULL AND closed_at IS NULL AND resting = 0"),
    )
