"""Pauses after wrong passwords are counted with the machine's uptime, not with a clock that its user can set."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Counts from before have no uptime: the next try counts its full pause from then."""
    op.add_column("login_tries", sa.Column("boot", sa.Text(), server_default="", nullable=False))
    op.add_column("login_tries", sa.Column("uptime", sa.REAL(), server_default="0", nullable=False))
