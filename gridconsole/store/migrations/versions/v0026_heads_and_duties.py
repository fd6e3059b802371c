"""Add the heads of units, and the catalogue of duties that posts may have."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the column and the table; the duties that the office's model names become the catalogue."""
    op.add_column("unit", sa.Column("head", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "duty",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_duty")),
        sa.UniqueConstraint("title", name=op.f("uq_duty_title")),
        sqlite_strict=True,
    )
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT model, settings FROM office ORDER BY id LIMIT 1")).all():
        titles = json.loads(row.settings or "{}").get("duties", [])
        for serial, title in enumerate(dict.fromkeys(titles), 1):
            connection.execute(
                sa.text("INSERT INTO duty (code, title, preset) VALUES (:code, :title, :preset)"),
                {"code": f"Z{serial:02d}", "title": title, "preset": row.model},
            )
