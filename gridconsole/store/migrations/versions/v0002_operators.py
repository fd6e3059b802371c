"""Log-in of operators: passwords, tries, sessions, and the roles of administrator and auditor."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STAMP = "GLOB '????-??-??T??:??:??.??????Z'"
_ROLES = "'acceptor', 'shift_leader', 'dispatcher', 'inspector', 'clerk', 'leader', 'admin', 'auditor'"


def upgrade() -> None:
    """Add tables, and rebuild the table of roles, because its CHECK lists the roles."""
    _roles()
    op.create_table(
        "credential",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.Text(), nullable=False),
        sa.Column("temporary", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(f"set_at {_STAMP}", name=op.f("ck_credential_set_at")),
        sa.CheckConstraint("temporary IN (0, 1)", name=op.f("ck_credential_temporary")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_credential_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_credential")),
        sqlite_strict=True,
    )
    op.create_table(
        "past_credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_past_credential_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_credential")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_past_credential_operator_id"), "past_credential", ["operator_id"], unique=False)
    op.create_table(
        "login_tries",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Text(), nullable=False),
        sa.CheckConstraint(f"last_at {_STAMP}", name=op.f("ck_login_tries_last_at")),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_login_tries")),
        sqlite_strict=True,
    )
    op.create_table(
        "operator_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("os_user", sa.Text(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("why_ended", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(f"opened_at {_STAMP}", name=op.f("ck_operator_session_opened_at")),
        sa.CheckConstraint(f"seen_at {_STAMP}", name=op.f("ck_operator_session_seen_at")),
        sa.CheckConstraint(f"ended_at IS NULL OR ended_at {_STAMP}", name=op.f("ck_operator_session_ended_at")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_operator_session_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_session")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_operator_session_open",
        "operator_session",
        ["operator_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _roles() -> None:
    # Copied out and back rather than renamed: SQLite keeps a renamed table's name in quotes.
    op.execute("CREATE TEMP TABLE kept_role AS SELECT operator_id, role FROM operator_role")
    op.drop_table("operator_role")
    op.create_table(
        "operator_role",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(f"role IN ({_ROLES})", name=op.f("ck_operator_role_role")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=op.f("fk_operator_role_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "role", name=op.f("pk_operator_role")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_operator_role_apart",
        "operator_role",
        ["operator_id"],
        unique=True,
        sqlite_where=sa.text("role IN ('admin', 'auditor')"),
    )
    op.execute("INSERT INTO operator_role (operator_id, role) SELECT operator_id, role FROM kept_role")
    op.execute("DROP TABLE kept_role")
