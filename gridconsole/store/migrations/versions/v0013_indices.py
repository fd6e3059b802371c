"""Add the indices by time, by the end of a number and by rare actions, so that no list or report reads the whole past."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the indices; each statement can run again after an interruption, as the whole migration is one transaction."""
    op.create_index("ix_ledger_at", "ledger", ["at"])
    op.create_index("ix_ledger_operator", "ledger", ["operator_id", "seq"])
    op.create_index(
        "ix_ledger_rare",
        "ledger",
        ["action", "seq"],
        sqlite_where=sa.text("action NOT IN ('accept', 'check', 'close', 'dispatch', 'escalate', 'feedback', 'file', 'report')"),
    )
    op.create_index(
        "ix_clock_handled",
        "clock",
        [sa.text("coalesce(halted_at, stopped_at)"), "late", "incident_id"],
        sqlite_where=sa.text("stage = 'handle'"),
    )
    op.create_index(
        "ix_incident_open_reported", "incident", ["office_id", "reported_at"], sqlite_where=sa.text("closed_at IS NULL")
    )
    op.create_index("ix_alarm_board", "alarm", ["fired_at"], sqlite_where=sa.text("manner = 'board' AND ended_at IS NULL"))
    op.create_index("ix_incident_serial", "incident", [sa.text("substr(number, 9)"), "number"])
    op.create_index(
        "ix_assignment_started",
        "assignment",
        ["started_at", "handler_kind", "handler_id", "late", "incident_id"],
        sqlite_where=sa.text("role = 'primary'"),
    )
