"""Keep every call-back as a fact, the deadline of each step, and which cases a list brought when they were over.

Facts follow from the rest of the file: the tables are made anew, and every case waits for its rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_FLAGS = ("simple", "merged", "suspended", "upheld", "missed", "brought")
_COUNTS = ("reworks", "redispatches", "returns", "extensions", "suspensions", "reopenings", "suspended_days")
_DAYS = ("reported", "accepted", "filed", "dispatched", "due", "fed_back", "closed")


def _number(name: str, *, null: bool = True, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null, server_default=default)


def _text(name: str, *, null: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _dimensions() -> tuple[sa.Column[int] | sa.Column[str], ...]:
    places = ("category_id", "grid_id", "area_id", "subdistrict_id")
    return (
        _text("source", null=False), _text("grade", null=False), _text("kind"), *map(_number, places), _text("handler_kind"),
        _number("handler_id"),
    )  # fmt: skip


def _is_flag(table: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{name} IN (0, 1)", name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Make the tables anew; every case waits for its rows."""
    for name in ("case_fact", "turn_fact", "stage_fact"):
        op.drop_table(name)
    op.create_table(
        "case_fact", _number("incident_id", null=False), _number("office_id", null=False), *_dimensions(),
        _text("standard", null=False), _text("state", null=False), _text("outcome"), _text("first_handler_kind"),
        _number("first_handler_id"), _number("reporter_id"), _number("reported", null=False),
        *(_number(name) for name in (*_DAYS[1:], "declined", "voided", "outer_due")), _text("due_at"),
        *map(_number, ("late", "outer_late")),
        *(_number(name, null=False, default="0") for name in (*_FLAGS, *_COUNTS)),
        _number("work_minutes"), _number("minutes"),
        *(_is_flag("case_fact", name) for name in _FLAGS), sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_case_fact")),
        sqlite_strict=True,
    )  # fmt: skip
    op.create_index("ix_case_fact_due", "case_fact", ["office_id", "due", "late", "merged", "upheld", "state", "due_at"])
    for day in (name for name in _DAYS if name != "due"):
        op.create_index(op.f(f"ix_case_fact_office_id_{day}"), "case_fact", ["office_id", day])
    for day in ("declined", "voided", "outer_due"):
        op.create_index(f"ix_case_fact_{day}", "case_fact", ["office_id", day], sqlite_where=sa.text(f"{day} IS NOT NULL"))
    for name in ("merged", "brought"):
        op.create_index(f"ix_case_fact_{name}", "case_fact", ["office_id", "reported"], sqlite_where=sa.text(f"{name} != 0"))
    op.create_table(
        "turn_fact", *(_number(name, null=False) for name in ("turn_id", "incident_id", "office_id")), *_dimensions(),
        _number("started", null=False), _number("due"), _text("due_at"), *map(_number, ("ended", "late")), _text("ended_how"), _number("counts", null=False),
        _number("relieved", null=False), _is_flag("turn_fact", "counts"), _is_flag("turn_fact", "relieved"), sa.PrimaryKeyConstraint("turn_id", name=op.f("pk_turn_fact")), sqlite_strict=True,
    )  # fmt: skip
    op.create_index(op.f("ix_turn_fact_incident_id"), "turn_fact", ["incident_id"])
    for day in ("started", "due", "ended"):
        op.create_index(op.f(f"ix_turn_fact_office_id_{day}"), "turn_fact", ["office_id", day])
    op.create_table(
        "stage_fact", *(_number(name, null=False) for name in ("incident_id", "position", "office_id")), *_dimensions(),
        _text("state", null=False), _text("came_from"), _number("began", null=False),
        _number("ended"), _number("span", null=False), _number("step_due"), *map(_text, ("due_at", "half_more_at", "threefold_at")), *map(_number, ("late", "ended_by")),
        *(_number(name, null=False) for name in ("ordinal", "resting", "done")), *(_is_flag("stage_fact", name) for name in ("resting", "done")),
        sa.PrimaryKeyConstraint("incident_id", "position", name=op.f("pk_stage_fact")), sqlite_strict=True,
    )  # fmt: skip
    op.create_index(op.f("ix_stage_fact_office_id_state_began"), "stage_fact", ["office_id", "state", "began"])
    op.create_index(op.f("ix_stage_fact_office_id_ended_began"), "stage_fact", ["office_id", "ended", "began"])
    op.create_index(
        "ix_stage_fact_step_due", "stage_fact", ["office_id", "step_due"], sqlite_where=sa.text("step_due IS NOT NULL")
    )
    op.create_index("ix_stage_fact_reopened", "stage_fact", ["office_id", "began"], sqlite_where=sa.text("came_from = 'closed'"))
    op.create_index(
        "ix_stage_fact_settled", "stage_fact", ["office_id", "began"],
        sqlite_where=sa.text("came_from = 'reported' AND state = 'to_close'"),
    )  # fmt: skip
    op.create_index(
        "ix_stage_fact_live", "stage_fact", ["office_id", "span", "began"],
        sqlite_where=sa.text("state NOT IN ('closed', 'declined', 'voided')"),
    )  # fmt: skip
    op.create_table(
        "call_fact", *(_number(name, null=False) for name in ("call_id", "incident_id", "office_id")), *_dimensions(),
        _number("called", null=False), _number("next_called"), _number("reached", null=False), _text("solved"), _text("satisfaction"),
        _is_flag("call_fact", "reached"), sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_fact")), sqlite_strict=True,
    )  # fmt: skip
    op.create_index(op.f("ix_call_fact_incident_id"), "call_fact", ["incident_id"])
    op.create_index(op.f("ix_call_fact_office_id_called"), "call_fact", ["office_id", "called"])
    op.execute("DELETE FROM fact_due")
    op.execute("INSERT INTO fact_due (incident_id, changed) SELECT id, 0 FROM incident")
