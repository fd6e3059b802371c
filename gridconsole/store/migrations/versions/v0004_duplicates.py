"""Duplicates: judgements of pairs of cases, the leading case of merged ones, and the indices for the duplicate search."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import CASE_TRIGGERS

revision = "0004"
down_revision = "0003"

_STAMP = "????-??-??T??:??:??.??????Z"


def upgrade() -> None:
    """Add a column and three indices of cases, the table of judgements, and a trigger."""
    op.add_column("incident", sa.Column("merged_into", sa.Text(), nullable=True))
    op.create_index("ix_incident_place", "incident", ["area_id", "reported_at"], unique=False)
    op.create_index(
        "ix_incident_phone",
        "incident",
        ["reporter_phone", "reported_at"],
        unique=False,
        sqlite_where=sa.text("reporter_phone <> ''"),
    )
    op.create_index(
        "ix_incident_merged",
        "incident",
        ["office_id", "merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "case_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.Integer(), nullable=False),
        sa.Column("judged_name", sa.Text(), nullable=False),
        sa.CheckConstraint("verdict IN ('same', 'related', 'unrelated')", name=op.f("ck_case_link_verdict")),
        sa.CheckConstraint(f"judged_at GLOB '{_STAMP}'", name=op.f("ck_case_link_judged_at")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_case_link_pair")),
        sa.ForeignKeyConstraint(["first_id"], ["incident.id"], name=op.f("fk_case_link_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["incident.id"], name=op.f("fk_case_link_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_case_link_first_id_second_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_case_link_second_id"), "case_link", ["second_id"], unique=False)
    for trigger in CASE_TRIGGERS:
        op.execute(trigger)
