"""Supervision orders (督办), escalation steps, and the alarms of both."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_STAMP = "????-??-??T??:??:??.??????Z"


def _key(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f(f"fk_{table}_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _stamped(table: str, column: str, *, null: bool = False) -> sa.CheckConstraint:
    text = f"{column} GLOB '{_STAMP}'"
    return sa.CheckConstraint(f"{column} IS NULL OR {text}" if null else text, name=op.f(f"ck_{table}_{column}"))


def upgrade() -> None:
    """Add columns of cases and clocks, and two tables. Make every running clock due for evaluation."""
    for column in (
        sa.Column("urge_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reply_by", sa.Text(), nullable=True),
        sa.Column("urged_by", sa.Integer(), nullable=True),
        sa.Column("rung", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("incident", column)
    op.add_column("clock", sa.Column("fired", sa.Integer(), server_default="0", nullable=False))
    op.add_column("clock", sa.Column("look_at", sa.Text(), nullable=True))
    op.create_index("ix_clock_look_at", "clock", ["look_at"], unique=False, sqlite_where=sa.text("look_at IS NOT NULL"))
    op.execute("UPDATE clock SET look_at = started_at WHERE stopped_at IS NULL AND halted_at IS NULL")
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("reply_by", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Integer(), nullable=False),
        sa.Column("ordered_name", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.Text(), nullable=True),
        sa.Column("replied_by", sa.Integer(), nullable=True),
        sa.Column("replied_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("replaced_at", sa.Text(), nullable=True),
        _stamped("supervision_order", "reply_by"),
        _stamped("supervision_order", "ordered_at"),
        _stamped("supervision_order", "replied_at", null=True),
        sa.CheckConstraint("(replied_at IS NULL) = (replied_by IS NULL)", name=op.f("ck_supervision_order_replied")),
        sa.CheckConstraint("replied_by <> ordered_by", name=op.f("ck_supervision_order_answerer")),
        sa.CheckConstraint("replied_at IS NULL OR replaced_at IS NULL", name=op.f("ck_supervision_order_ended")),
        *_key("supervision_order"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_supervision_order_incident_id"), "supervision_order", ["incident_id"], unique=False)
    op.create_index(op.f("ix_supervision_order_ordered_at"), "supervision_order", ["ordered_at"], unique=False)
    op.create_index(
        "ix_supervision_order_open", "supervision_order", ["reply_by"], unique=False,
        sqlite_where=sa.text("replied_at IS NULL AND replaced_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), server_default="", nullable=False),
        sa.Column("rung", sa.Integer(), server_default="0", nullable=False),
        sa.Column("allowed", sa.Text(), server_default="", nullable=False),
        sa.Column("manner", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("reached_at", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.Text(), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("acknowledged_name", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('ladder', 'order', 'unanswered')", name=op.f("ck_alarm_kind")),
        sa.CheckConstraint("manner IN ('colour', 'notice', 'alarm', 'board')", name=op.f("ck_alarm_manner")),
        _stamped("alarm", "reached_at"),
        _stamped("alarm", "fired_at"),
        _stamped("alarm", "ended_at", null=True),
        _stamped("alarm", "acknowledged_at", null=True),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name=op.f("ck_alarm_acknowledged")),
        *_key("alarm"),
        sa.UniqueConstraint(
            "incident_id", "kind", "turn", "rung", "allowed", name=op.f("uq_alarm_incident_id_kind_turn_rung_allowed")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_alarm_live", "alarm", ["fired_at"], unique=False,
        sqlite_where=sa.text("ended_at IS NULL AND acknowledged_at IS NULL AND manner IN ('notice', 'alarm')"),
    )  # fmt: skip
    op.create_index(op.f("ix_alarm_fired_at"), "alarm", ["fired_at"], unique=False)
