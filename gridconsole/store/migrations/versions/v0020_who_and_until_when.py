"""Add who reported a case, who ended a stage, until when a handler had time, and how the handler's turn ended.

Old rows are filled from the ledger where it tells; the others stay empty.
"""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.backfill import FILLED

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the columns, and fill them."""
    op.add_column("incident", sa.Column("reporter_id", sa.Integer()))
    op.add_column("clock", sa.Column("stopped_by", sa.Integer()))
    op.add_column("assignment", sa.Column("due_at", sa.Text()))
    op.add_column("assignment", sa.Column("ended_how", sa.Text()))
    for statement in FILLED:
        op.execute(statement)
