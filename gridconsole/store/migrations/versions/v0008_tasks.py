"""Tasks: the people assigned to inspect cases, and their results."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_STAMP = "????-??-??T??:??:??.??????Z"


def upgrade() -> None:
    """Add a column of cases, and the table of tasks. Earlier inspections get no rows, because they were not assigned."""
    op.add_column("incident", sa.Column("assignee", sa.Text(), nullable=True))
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("assignee_kind", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=False),
        sa.Column("assignee_name", sa.Text(), nullable=False),
        sa.Column("handler_kind", sa.Text(), nullable=True),
        sa.Column("handler_id", sa.Integer(), nullable=True),
        sa.Column("handler_name", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.Column("sent_name", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_name", sa.Text(), server_default="", nullable=False),
        sa.Column("looked_at", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("photos", sa.Text(), server_default="", nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('verify', 'check')", name=op.f("ck_task_kind")),
        sa.CheckConstraint("assignee_kind IN ('warden', 'operator')", name=op.f("ck_task_assignee_kind")),
        sa.CheckConstraint(
            "assignee_kind <> 'warden' OR coalesce(handler_kind, '') <> 'warden' OR assignee_id <> handler_id",
            name=op.f("ck_task_handler"),
        ),
        sa.CheckConstraint(f"due_at IS NULL OR due_at GLOB '{_STAMP}'", name=op.f("ck_task_due_at")),
        sa.CheckConstraint("ended IN ('done', 'resent', 'lapsed')", name=op.f("ck_task_ended")),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name=op.f("ck_task_ended_at")),
        sa.CheckConstraint(
            "(ended IS 'done') = (result IS NOT NULL) AND (result IS NULL) = (looked_at IS NULL) AND (result IS NULL) = (in_time IS NULL)",
            name=op.f("ck_task_result"),
        ),
        sa.CheckConstraint(
            "(kind = 'verify' AND result IN ('true', 'false')) OR (kind = 'check' AND result IN ('pass', 'fail'))",
            name=op.f("ck_task_results"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_task_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_strict=True,
    )
    op.create_index("uq_task_open", "task", ["incident_id"], unique=True, sqlite_where=sa.text("ended IS NULL"))
    op.create_index("ix_task_out", "task", ["due_at", "id"], unique=False, sqlite_where=sa.text("ended IS NULL"))
    op.create_index(op.f("ix_task_incident_id"), "task", ["incident_id"], unique=False)
    op.create_index(op.f("ix_task_due_at"), "task", ["due_at"], unique=False)
    op.create_index(op.f("ix_task_ended_at"), "task", ["ended_at"], unique=False)
