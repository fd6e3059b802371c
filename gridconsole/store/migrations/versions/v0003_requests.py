"""Requests with their registers, extensions, suspensions and appeals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_STAMP = "????-??-??T??:??:??.??????Z"


def upgrade() -> None:
    """Add columns of cases and clocks, and the table of the registers."""
    for column in (
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("extension_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suspension_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suspended_until", sa.Text(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
    ):
        op.add_column("incident", column)
    op.create_index("ix_incident_upheld", "incident", ["id"], unique=False, sqlite_where=sa.text("appeal = 'upheld'"))
    op.add_column("clock", sa.Column("extensions", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "case_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("due_before", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("opined_at", sa.Text(), nullable=True),
        sa.Column("opined_by", sa.Integer(), nullable=True),
        sa.Column("opined_name", sa.Text(), server_default="", nullable=False),
        sa.Column("opined_words", sa.Text(), server_default="", nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_name", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_words", sa.Text(), server_default="", nullable=False),
        sa.Column("due_after", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('return', 'extension', 'suspension', 'retype', 'void', 'appeal')", name=op.f("ck_case_request_kind")
        ),
        sa.CheckConstraint(f"asked_at GLOB '{_STAMP}'", name=op.f("ck_case_request_asked_at")),
        sa.CheckConstraint(
            "decision IS NULL OR decision IN ('granted', 'refused', 'recalled', 'lapsed')", name=op.f("ck_case_request_decision")
        ),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_case_request_decided")),
        sa.CheckConstraint(
            "decision NOT IN ('granted', 'refused') OR decided_by <> asked_by", name=op.f("ck_case_request_approver")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_case_request_incident_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["filing_rule.id"], name=op.f("fk_case_request_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_request")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_case_request_incident_id"), "case_request", ["incident_id"], unique=False)
    op.create_index("ix_case_request_register", "case_request", ["kind", "asked_at"], unique=False)
    op.create_index(
        "uq_case_request_open", "case_request", ["incident_id"], unique=True, sqlite_where=sa.text("decision IS NULL")
    )
