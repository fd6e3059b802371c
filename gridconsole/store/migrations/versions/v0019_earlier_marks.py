"""Keep what earlier lists said of a case, so that undoing the newest list brings it back."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "earlier_mark",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("source_list", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("is_over", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("done_at", sa.Text()),
        sa.Column("handler", sa.Text(), server_default="", nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("is_over IN (0, 1)", name=op.f("ck_earlier_mark_is_over")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_earlier_mark_batch_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_earlier_mark_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "batch_id", name=op.f("pk_earlier_mark")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_earlier_mark_source_list_batch_id"), "earlier_mark", ["source_list", "batch_id"])
    op.create_index(op.f("ix_earlier_mark_batch_id"), "earlier_mark", ["batch_id"])
