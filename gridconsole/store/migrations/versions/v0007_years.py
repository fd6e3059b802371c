"""Archived years of the ledger."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import REPLACED_BY_YEARS, YEAR_TRIGGERS

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the records of archived years, the kept case states, and triggers that let entries be deleted only with such a year."""
    op.create_table(
        "retired",
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("first_seq <= last_seq AND last_seq < entry_seq", name=op.f("ck_retired_range")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_retired_office_id")),
        sa.PrimaryKeyConstraint("office_id", "year", name=op.f("pk_retired")),
        sqlite_strict=True,
    )
    op.create_table(
        "retired_case",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_retired_case_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "year", name=op.f("pk_retired_case")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_retired_case_year"), "retired_case", ["year", "incident_id"], unique=False)
    for name in REPLACED_BY_YEARS:
        op.execute(f"DROP TRIGGER {name}")
    for trigger in YEAR_TRIGGERS:
        op.execute(trigger)
