"""Pauses after wrong passwords, counted with the machine's uptime instead of its clock, which a user can set."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the uptime. Earlier counts have none: their full pause starts at the next try."""
    op.add_column("login_tries", sa.Column("boot", sa.Text(), server_default="", nullable=False))
    op.add_column("login_tries", sa.Column("uptime", sa.REAL(), server_default="0", nullable=False))
