"""Handovers between shifts, the presence of each operator, and the cases each has read."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_STAMP = "????-??-??T??:??:??.??????Z"


def upgrade() -> None:
    """Add tables. Nothing counts as unread at first: operators know the present queue."""
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), server_default="", nullable=False),
        sa.Column("remarks", sa.Text(), server_default="", nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("taken_name", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=True),
        sa.CheckConstraint(f"made_at GLOB '{_STAMP}'", name=op.f("ck_hand_over_made_at")),
        sa.CheckConstraint(f"taken_at IS NULL OR taken_at GLOB '{_STAMP}'", name=op.f("ck_hand_over_taken_at")),
        sa.CheckConstraint(f"withdrawn_at IS NULL OR withdrawn_at GLOB '{_STAMP}'", name=op.f("ck_hand_over_withdrawn_at")),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name=op.f("ck_hand_over_taken")),
        sa.CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_hand_over_ended")),
        sa.CheckConstraint("taken_by <> made_by", name=op.f("ck_hand_over_second")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_hand_over_office_id")),
        sa.ForeignKeyConstraint(["made_by"], ["operator.id"], name=op.f("fk_hand_over_made_by")),
        sa.ForeignKeyConstraint(["taken_by"], ["operator.id"], name=op.f("fk_hand_over_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_hand_over_open",
        "hand_over",
        ["office_id"],
        unique=True,
        sqlite_where=sa.text("taken_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("ix_hand_over_made", "hand_over", ["office_id", "made_at"], unique=False)
    op.create_table(
        "operator_seen",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("left_seq", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.Text(), nullable=False),
        sa.CheckConstraint(f"left_at GLOB '{_STAMP}'", name=op.f("ck_operator_seen_left_at")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_operator_seen_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator_seen")),
        sqlite_strict=True,
    )
    op.create_table(
        "read_mark",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_read_mark_operator_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_read_mark_incident_id")),
        sa.PrimaryKeyConstraint("operator_id", "incident_id", name=op.f("pk_read_mark")),
        sqlite_strict=True,
    )
