"""Acknowledgement of an alarm by each role separately."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Keep what was notified and not acknowledged as pending; the rest counts as acknowledged by all."""
    op.add_column("alarm", sa.Column("waiting", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE alarm SET waiting = audience WHERE acknowledged_at IS NULL AND manner IN ('notice', 'alarm')")
    op.drop_index("ix_alarm_live", "alarm")
    op.create_index(
        "ix_alarm_live", "alarm", ["fired_at"], unique=False, sqlite_where=sa.text("ended_at IS NULL AND waiting <> ''")
    )
