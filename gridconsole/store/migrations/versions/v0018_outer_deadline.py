"""Add what other systems' lists say: their deadline beside the office's own, and their last statement about each case."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column with an index of the open cases that have such a deadline, and the tables of statements."""
    op.add_column("incident", sa.Column("outer_due_at", sa.Text()))
    op.create_index(
        "ix_incident_outer",
        "incident",
        ["office_id", "outer_due_at"],
        sqlite_where=sa.text("outer_due_at IS NOT NULL AND closed_at IS NULL AND resting = 0"),
    )
    op.create_table(
        "list_mark",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("source_list", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("is_over", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.Column("done_at", sa.Text()),
        sa.Column("handler", sa.Text(), server_default="", nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("is_over IN (0, 1)", name=op.f("ck_list_mark_is_over")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_list_mark_batch_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_list_mark_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_list_mark")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_list_mark_source_list_batch_id"), "list_mark", ["source_list", "batch_id"])
    op.create_index(op.f("ix_list_mark_batch_id"), "list_mark", ["batch_id"])
    op.create_table(
        "list_seen",
        sa.Column("source_list", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_list_seen_batch_id")),
        sa.PrimaryKeyConstraint("source_list", name=op.f("pk_list_seen")),
        sqlite_strict=True,
    )
