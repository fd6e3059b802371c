"""Make responsibilities rows of the book: versions with valid days, each with the entry that recorded it."""

import sqlalchemy as sa
from alembic import op

from gridconsole.store.triggers import DUTY_TRIGGERS

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Build the table anew, fill it, and put the triggers on."""
    op.create_table(
        "responsibility_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("major_code", sa.Text(), nullable=False),
        sa.Column("minor_code", sa.Text(), server_default="", nullable=False),
        sa.Column("area_id", sa.Integer()),
        sa.Column("is_primary", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Text()),
        sa.Column("ends_on", sa.Text()),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.CheckConstraint("kind IN ('component', 'event')", name=op.f("ck_responsibility_kind")),
        sa.CheckConstraint("is_primary IN (0, 1)", name=op.f("ck_responsibility_is_primary")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility")),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO responsibility_new (number, unit_id, kind, major_code, minor_code, is_primary, starts_on, ends_on, recorded_by)"
        " SELECT r.id, r.unit_id, r.kind, r.major_code, r.minor_code, r.is_primary, r.valid_from, r.valid_to,"
        " coalesce((SELECT min(l.seq) FROM ledger l WHERE l.subject_kind = 'batch' AND l.subject_id = u.batch_id AND l.action = 'import'), 0)"
        " FROM responsibility r JOIN unit u ON u.id = r.unit_id ORDER BY r.id"
    )
    op.execute("DROP TABLE responsibility")
    op.execute("ALTER TABLE responsibility_new RENAME TO responsibility")
    op.create_index(
        "uq_responsibility_present", "responsibility", ["number"], unique=True, sqlite_where=sa.text("replaced_by IS NULL")
    )
    op.create_index(op.f("ix_responsibility_kind_major_code_minor_code"), "responsibility", ["kind", "major_code", "minor_code"])
    op.create_index(op.f("ix_responsibility_unit_id"), "responsibility", ["unit_id"])
    for trigger in DUTY_TRIGGERS:
        op.execute(trigger)
