"""Call-backs, and how often a case was reopened."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STAMP = "????-??-??T??:??:??.??????Z"


def upgrade() -> None:
    """Add columns of cases, and the table of calls. Cases closed earlier get no call-back, as none was promised."""
    for column in (
        sa.Column("call_back", sa.Text(), nullable=True),
        sa.Column("call_back_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reopen_count", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("incident", column)
    for name, standing in (("due", "due"), ("dissatisfied", "dissatisfied")):
        op.create_index(
            f"ix_incident_call_back_{name}",
            "incident",
            ["office_id", "closed_at"],
            unique=False,
            sqlite_where=sa.text(f"call_back = '{standing}'"),
        )
    op.create_table(
        "call_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("called_by", sa.Integer(), nullable=False),
        sa.Column("called_name", sa.Text(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Text(), nullable=True),
        sa.Column("satisfaction", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(f"at GLOB '{_STAMP}'", name=op.f("ck_call_back_at")),
        sa.CheckConstraint("reached IN (0, 1)", name=op.f("ck_call_back_reached")),
        sa.CheckConstraint("solved IN ('yes', 'partly', 'no')", name=op.f("ck_call_back_solved")),
        sa.CheckConstraint(
            "satisfaction IN ('very_satisfied', 'satisfied', 'understanding', 'dissatisfied')",
            name=op.f("ck_call_back_satisfaction"),
        ),
        sa.CheckConstraint(
            "(solved IS NOT NULL) = reached AND (satisfaction IS NOT NULL) = reached", name=op.f("ck_call_back_answers")
        ),
        sa.CheckConstraint(
            "(satisfaction <> 'dissatisfied' AND solved <> 'no') OR reached = 0 OR reason <> ''", name=op.f("ck_call_back_reason")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_call_back_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_call_back_incident_id"), "call_back", ["incident_id"], unique=False)
    op.create_index(op.f("ix_call_back_at"), "call_back", ["at"], unique=False)
