"""Add indices of what an import brought, so that taking one back reads nothing of the others."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add an index of the cases of an import, and one of rejected rows that a later import took."""
    op.create_index("ix_incident_batch", "incident", ["batch_id"], sqlite_where=sa.text("batch_id IS NOT NULL"))
    op.create_index("ix_import_reject_taken", "import_reject", ["taken_by"], sqlite_where=sa.text("taken_by IS NOT NULL"))
