"""Add handovers of posts with their items."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.types import STAMP_GLOB

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "post_handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Integer()),
        sa.Column("on_day", sa.Text(), nullable=False),
        sa.Column("why_ended", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Text()),
        sa.Column("done_by", sa.Integer()),
        sa.Column("done_name", sa.Text(), server_default="", nullable=False),
        sa.Column("sheet", sa.Text(), server_default="", nullable=False),
        sa.Column("no_sheet", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(f"made_at GLOB '{STAMP_GLOB}'", name=op.f("ck_post_handover_made_at")),
        sa.CheckConstraint(f"done_at IS NULL OR done_at GLOB '{STAMP_GLOB}'", name=op.f("ck_post_handover_done_at")),
        sa.CheckConstraint("why IN ('departure', 'post', 'leave')", name=op.f("ck_post_handover_why")),
        sa.CheckConstraint("state IN ('planned', 'done', 'withdrawn', 'returned')", name=op.f("ck_post_handover_state")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_post_handover_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_handover")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_post_handover_open", "post_handover", ["person_id"], unique=True, sqlite_where=sa.text("state = 'planned'")
    )
    op.create_index(op.f("ix_post_handover_person_id"), "post_handover", ["person_id"])
    op.create_table(
        "handover_item",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_kind", sa.Text()),
        sa.Column("proposed_id", sa.Integer()),
        sa.Column("decided_kind", sa.Text()),
        sa.Column("decided_id", sa.Integer()),
        sa.CheckConstraint("kind IN ('case', 'task', 'grid')", name=op.f("ck_handover_item_kind")),
        sa.CheckConstraint("proposed_kind IN ('warden', 'unit', 'operator')", name=op.f("ck_handover_item_proposed_kind")),
        sa.CheckConstraint("decided_kind IN ('warden', 'unit', 'operator')", name=op.f("ck_handover_item_decided_kind")),
        sa.ForeignKeyConstraint(["handover_id"], ["post_handover.id"], name=op.f("fk_handover_item_handover_id")),
        sa.PrimaryKeyConstraint("handover_id", "position", name=op.f("pk_handover_item")),
        sqlite_strict=True,
    )
