"""Add the index of the texts of cases. It is empty: the cases of a file are indexed step by step, beside running work."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store import text_index
from gridconsole.store.types import driver_of

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the index, the table that says how far it is filled, and an index to find the cases of a grid."""
    op.create_table(
        "text_index",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name="id"),
        sa.PrimaryKeyConstraint("id", name="pk_text_index"),
        sqlite_strict=True,
    )
    op.create_index("ix_incident_grid", "incident", ["grid_id", "reported_at"])
    text_index.create(driver_of(op.get_bind()))
