"""Add the named views of operators: a pane with words and an order, kept under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "named_view",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pane", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("sorting", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "name", name=op.f("pk_named_view")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_named_view_operator_id")),
        sqlite_strict=True,
    )
