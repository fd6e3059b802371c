"""The tables. They do not validate input, which is parsed before; named CHECK constraints are a second line of defence.

Instants are UTC text (see :mod:`gridconsole.store.types`), dates ISO text, flags 0/1, code lists the values of the domain's
enumerations. Every table is STRICT.
"""

from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from gridconsole.domain.catalogue import CategoryKind
from gridconsole.domain.division import GridKind, Level
from gridconsole.domain.duplicates import PairVerdict
from gridconsole.domain.escalation import AlarmKind, Display
from gridconsole.domain.states import Grade, RequestKind, Role, Satisfaction, Solved, Source, Stage, State
from gridconsole.domain.task import AssigneeKind, TaskKind
from gridconsole.store.entries import RARE_ACTION
from gridconsole.store.types import STAMP_GLOB

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_STRICT = {"sqlite_strict": True}


def table_of(model: type[SQLModel]) -> sa.Table:
    """Return the Core table of a model."""
    return cast("sa.Table", cast("Any", model).__table__)


def _text(*, null: bool = False, **kwargs: Any) -> Any:
    return Field(default=None if null else ..., sa_type=sa.Text, nullable=null, **kwargs)


def _blank() -> Any:
    return Field(default="", sa_type=sa.Text, nullable=False, sa_column_kwargs={"server_default": ""})


def _int(*, null: bool = False, fk: str | None = None, default: int | None = None, **kwargs: Any) -> Any:
    extra: dict[str, Any] = {} if default is None else {"sa_column_kwargs": {"server_default": str(default)}}
    if fk is not None:
        kwargs["foreign_key"] = fk
    value: Any = default if default is not None else (None if null else ...)
    return Field(default=value, sa_type=sa.Integer, nullable=null, **kwargs, **extra)


def _key() -> Any:
    return Field(default=None, sa_type=sa.Integer, primary_key=True)


def _one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    words = ", ".join(f"'{item.value}'" for item in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


def _flag(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN (0, 1)", name=column)


def _stamp(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} GLOB '{STAMP_GLOB}'", name=column)


class Office(SQLModel, table=True):
    """The office that the file belongs to; a file holds one office, a city's server may hold many."""

    __tablename__ = "office"
    __table_args__ = (_stamp("created_at"), _STRICT)
    id: int | None = _key()
    name: str = _text()
    model: str = _text()
    timezone: str = _text()
    created_at: str = _text()
    settings: str = _text()


class Operator(SQLModel, table=True):
    """A person with an account who may act."""

    __tablename__ = "operator"
    __table_args__ = (sa.UniqueConstraint("office_id", "name"), _flag("active"), _STRICT)
    id: int | None = _key()
    office_id: int = _int(fk="office.id")
    name: str = _text()
    warden_id: int | None = _int(null=True, fk="warden.id")
    active: int = _int(default=1)


class OperatorRole(SQLModel, table=True):
    """A role of an operator."""

    __tablename__ = "operator_role"
    __table_args__ = (
        _one_of("role", Role),
        sa.Index("uq_operator_role_apart", "operator_id", unique=True, sqlite_where=sa.text("role IN ('admin', 'auditor')")),
        _STRICT,
    )
    operator_id: int = _int(fk="operator.id", primary_key=True)
    role: str = _text(primary_key=True)


class Credential(SQLModel, table=True):
    """Password hash of an operator; an operator without one cannot log in."""

    __tablename__ = "credential"
    __table_args__ = (_stamp("set_at"), _flag("temporary"), _STRICT)
    operator_id: int = _int(fk="operator.id", primary_key=True)
    hash: str = _text()
    """Argon2id hash, with its salt and cost."""
    set_at: str = _text()
    temporary: int = _int(default=0)
    """Set by another operator."""


class PastCredential(SQLModel, table=True):
    """Hash of an earlier password, which may not be used again."""

    __tablename__ = "past_credential"
    __table_args__ = (sa.Index(None, "operator_id"), _STRICT)
    id: int | None = _key()
    operator_id: int = _int(fk="operator.id")
    hash: str = _text()


class LoginTries(SQLModel, table=True):
    """Wrong passwords in a row, by name."""

    __tablename__ = "login_tries"
    __table_args__ = (_stamp("last_at"), _STRICT)
    bucket: str = _text(primary_key=True)
    """``operator:3``, or one of 65,536 buckets for unknown names: too few to show which name was typed."""
    failures: int = _int()
    last_at: str = _text()
    boot: str = _blank()
    """Identifier of the machine's start during which the last one was typed."""
    uptime: float = Field(default=0, sa_type=sa.REAL, nullable=False, sa_column_kwargs={"server_default": "0"})
    """Seconds between that start and the last wrong password."""


class OperatorSession(SQLModel, table=True):
    """An operator logged in on a terminal."""

    __tablename__ = "operator_session"
    __table_args__ = (
        _stamp("opened_at"),
        _stamp("seen_at"),
        sa.CheckConstraint(f"ended_at IS NULL OR ended_at GLOB '{STAMP_GLOB}'", name="ended_at"),
        sa.Index("ix_operator_session_open", "operator_id", sqlite_where=sa.text("ended_at IS NULL")),
        _STRICT,
    )
    id: int | None = _key()
    operator_id: int = _int(fk="operator.id")
    os_user: str = _text()
    terminal: str = _text()
    token_hash: str = _text()
    """SHA-256 of the token in the terminal's own file."""
    opened_at: str = _text()
    seen_at: str = _text()
    ended_at: str | None = _text(null=True)
    why_ended: str = _blank()


class Area(SQLModel, table=True):
    """A division from city to community."""

    __tablename__ = "area"
    __table_args__ = (_one_of("level", Level), sa.Index(None, "parent_id"), _STRICT)
    id: int | None = _key()
    code: str = _text(unique=True)
    name: str = _text()
    level: str = _text()
    parent_id: int | None = _int(null=True, fk="area.id")
    geometry: str = _blank()
    """GeoJSON geometry (EPSG:4490 degrees), or empty."""
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class Grid(SQLModel, table=True):
    """The smallest area of the network, with its base data."""

    __tablename__ = "grid"
    __table_args__ = (_one_of("kind", GridKind), sa.Index(None, "area_id"), _STRICT)
    id: int | None = _key()
    code: str = _text(unique=True)
    name: str = _text()
    area_id: int = _int(fk="area.id")
    kind: str = _text()
    area_class: str | None = _text(null=True)
    area_m2: int | None = _int(null=True)
    households: int | None = _int(null=True)
    population: int | None = _int(null=True)
    boundary: str = _blank()
    party_group: str = _blank()
    workstation: str = _blank()
    as_of: str | None = _text(null=True)
    geometry: str = _blank()
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class OrganisationUnit(SQLModel, table=True):
    """A department, subdistrict office, contractor, social organisation, team or workstation."""

    __tablename__ = "unit"
    __table_args__ = (_flag("active"), _STRICT)
    id: int | None = _key()
    code: str = _text(unique=True)
    name: str = _text(unique=True)
    kind: str = _text()
    parent_id: int | None = _int(null=True, fk="unit.id")
    all_day: int = _int(default=0)
    contact: str = _blank()
    phone: str = _blank()
    active: int = _int(default=1)
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class UnitArea(SQLModel, table=True):
    """An area that a unit serves; a unit without any serves the whole district."""

    __tablename__ = "unit_area"
    __table_args__ = (_STRICT,)
    unit_id: int = _int(fk="unit.id", primary_key=True)
    area_id: int = _int(fk="area.id", primary_key=True)


class Responsibility(SQLModel, table=True):
    """Responsibility of a unit for a category, main or backup, in the areas it serves."""

    __tablename__ = "responsibility"
    __table_args__ = (
        _one_of("kind", CategoryKind),
        _flag("is_primary"),
        sa.Index(None, "kind", "major_code", "minor_code"),
        sa.UniqueConstraint("unit_id", "kind", "major_code", "minor_code"),
        _STRICT,
    )
    id: int | None = _key()
    unit_id: int = _int(fk="unit.id")
    kind: str = _text()
    major_code: str = _text()
    minor_code: str = _blank()
    is_primary: int = _int()
    valid_from: str | None = _text(null=True)
    valid_to: str | None = _text(null=True)


class Warden(SQLModel, table=True):
    """A person who works on grids."""

    __tablename__ = "warden"
    __table_args__ = (_STRICT,)
    id: int | None = _key()
    code: str = _text(unique=True)
    name: str = _text()
    gender: str = _blank()
    phone: str = _blank()
    employment: str = _text()
    workstation: str = _blank()
    duty: str = _blank()
    joined_on: str | None = _text(null=True)
    left_on: str | None = _text(null=True)
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class Post(SQLModel, table=True):
    """岗位: warden × grid × duty with a start and an end."""

    __tablename__ = "post"
    __table_args__ = (
        sa.CheckConstraint("rank IN ('A', 'B')", name="rank"),
        sa.Index("uq_post_live", "warden_id", "grid_id", unique=True, sqlite_where=sa.text("ends_on IS NULL")),
        sa.Index(None, "grid_id"),
        _STRICT,
    )
    id: int | None = _key()
    warden_id: int = _int(fk="warden.id")
    grid_id: int = _int(fk="grid.id")
    rank: str = _text()
    duty: str = _blank()
    starts_on: str = _text()
    ends_on: str | None = _text(null=True)
    batch_id: int | None = _int(null=True)


class Leave(SQLModel, table=True):
    """A warden's days away, both ends included."""

    __tablename__ = "leave"
    __table_args__ = (sa.CheckConstraint("first_day <= last_day", name="order"), sa.Index(None, "warden_id"), _STRICT)
    id: int | None = _key()
    warden_id: int = _int(fk="warden.id")
    first_day: str = _text()
    last_day: str = _text()
    note: str = _blank()


class Category(SQLModel, table=True):
    """A minor category (小类) of one version of the catalogue."""

    __tablename__ = "category"
    __table_args__ = (
        _one_of("kind", CategoryKind),
        _flag("is_local"),
        sa.UniqueConstraint("standard", "kind", "major_code", "minor_code"),
        _STRICT,
    )
    id: int | None = _key()
    standard: str = _text()
    kind: str = _text()
    major_code: str = _text()
    major_name: str = _text()
    minor_code: str = _text()
    minor_name: str = _text()
    is_local: int = _int(default=0)
    units: str = _blank()
    authority: str = _blank()
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class FilingRule(SQLModel, table=True):
    """立案条件 with its limits."""

    __tablename__ = "filing_rule"
    __table_args__ = (
        sa.Index("uq_filing_rule_live", "category_id", "condition", unique=True, sqlite_where=sa.text("active = 1")),
        sa.Index(None, "category_id"),
        _flag("active"),
        _STRICT,
    )
    id: int | None = _key()
    category_id: int = _int(fk="category.id")
    condition: str = _text()
    milestones: str = _text()
    limit_text: str = _text()
    close_condition: str = _blank()
    active: int = _int(default=1)
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class Incident(SQLModel, table=True):
    """One reported matter; a projection of its ledger."""

    __tablename__ = "incident"
    __table_args__ = (
        sa.UniqueConstraint("office_id", "number"),
        _one_of("state", State),
        _one_of("source", Source),
        _one_of("grade", Grade),
        _flag("simple"),
        _flag("provisional"),
        _stamp("reported_at"),
        _stamp("recorded_at"),
        _stamp("state_since"),
        sa.CheckConstraint(f"due_at IS NULL OR due_at GLOB '{STAMP_GLOB}'", name="due_at"),
        sa.CheckConstraint(f"closed_at IS NULL OR closed_at GLOB '{STAMP_GLOB}'", name="closed_at"),
        sa.CheckConstraint("(state IN ('closed', 'declined', 'voided')) = (closed_at IS NOT NULL)", name="final"),
        sa.CheckConstraint("length(number) = 13 AND number NOT GLOB '*[^0-9]*'", name="number"),
        sa.Index("ix_incident_queue", "office_id", "due_at", "id", sqlite_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_incident_count", "office_id", "state", "due_at", sqlite_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_incident_closed", "office_id", "closed_at", sqlite_where=sa.text("closed_at IS NOT NULL")),
        sa.Index("ix_incident_reported", "office_id", "reported_at"),
        sa.Index("ix_incident_open_reported", "office_id", "reported_at", sqlite_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_incident_serial", sa.text("substr(number, 9)"), "number"),
        sa.Index("ix_incident_grid_open", "grid_id", sqlite_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_incident_handler_open", "handler_kind", "handler_id", sqlite_where=sa.text("closed_at IS NULL")),
        sa.Index("ix_incident_upheld", "id", sqlite_where=sa.text("appeal = 'upheld'")),
        sa.Index("ix_incident_grid", "grid_id", "reported_at"),
        # Index for the duplicate search: one community, some days.
        sa.Index("ix_incident_place", "area_id", "reported_at"),
        sa.Index("ix_incident_phone", "reporter_phone", "reported_at", sqlite_where=sa.text("reporter_phone <> ''")),
        sa.Index("ix_incident_merged", "office_id", "merged_into", sqlite_where=sa.text("merged_into IS NOT NULL")),
        sa.Index("ix_incident_call_back_due", "office_id", "closed_at", sqlite_where=sa.text("call_back = 'due'")),
        sa.Index(
            "ix_incident_call_back_dissatisfied", "office_id", "closed_at", sqlite_where=sa.text("call_back = 'dissatisfied'")
        ),
        sa.Index("uq_incident_import", "office_id", "import_key", unique=True, sqlite_where=sa.text("import_key IS NOT NULL")),
        _STRICT,
    )
    id: int | None = _key()
    office_id: int = _int(fk="office.id")
    number: str = _text()
    state: str = _text()
    version: int = _int()
    source: str = _text()
    source_ref: str = _blank()
    grade: str = _text()
    grid_id: int | None = _int(null=True, fk="grid.id")
    area_id: int | None = _int(null=True, fk="area.id")
    category_id: int | None = _int(null=True, fk="category.id")
    rule_id: int | None = _int(null=True, fk="filing_rule.id")
    standard: str = _blank()
    address: str = _blank()
    summary: str = _blank()
    text: str = _text()
    reporter_name: str = _blank()
    reporter_phone: str = _blank()
    reported_at: str = _text()
    recorded_at: str = _text()
    state_since: str = _text()
    due_at: str | None = _text(null=True)
    due_stage: str = _blank()
    due_unit: str = _blank()
    provisional: int = _int(default=0)
    closed_at: str | None = _text(null=True)
    outcome: str | None = _text(null=True)
    simple: int = _int(default=0)
    handler_kind: str | None = _text(null=True)
    handler_id: int | None = _int(null=True)
    handler_name: str = _blank()
    rework_count: int = _int(default=0)
    rework_total: int = _int(default=0)
    redispatch_count: int = _int(default=0)
    return_count: int = _int(default=0)
    batch_id: int | None = _int(null=True)
    import_key: str | None = _text(null=True)
    extra: str = _blank()
    request: str | None = _text(null=True)
    """The open request as JSON; None if there is none."""
    extension_count: int = _int(default=0)
    suspension_count: int = _int(default=0)
    suspended_until: str | None = _text(null=True)
    appeal: str | None = _text(null=True)
    merged_into: str | None = _text(null=True)
    """Number of the leading case."""
    call_back: str | None = _text(null=True)
    call_back_tries: int = _int(default=0)
    reopen_count: int = _int(default=0)
    urge_count: int = _int(default=0)
    reply_by: str | None = _text(null=True)
    """Time by which the latest order must be answered; None once answered."""
    urged_by: int | None = _int(null=True)
    rung: int = _int(default=0)
    """Highest escalation step that its running clock has reached, in per cent of the time allowed."""
    assignee: str | None = _text(null=True)
    """Person assigned to inspect it, such as ``warden:7``, while it waits for the inspection."""


class CaseLink(SQLModel, table=True):
    """Judgement of two cases: one matter, related, or unrelated. Only the latest judgement of a pair is stored."""

    __tablename__ = "case_link"
    __table_args__ = (
        _one_of("verdict", PairVerdict),
        _stamp("judged_at"),
        # A pair has no direction, so it is stored in one order only.
        sa.CheckConstraint("first_id < second_id", name="pair"),
        sa.UniqueConstraint("first_id", "second_id"),
        sa.Index(None, "second_id"),
        _STRICT,
    )
    id: int | None = _key()
    first_id: int = _int(fk="incident.id")
    second_id: int = _int(fk="incident.id")
    verdict: str = _text()
    judged_at: str = _text()
    judged_by: int = _int()
    judged_name: str = _text()


class CallBack(SQLModel, table=True):
    """A call to the resident who reported a case, with the answers."""

    __tablename__ = "call_back"
    __table_args__ = (
        _stamp("at"),
        _flag("reached"),
        _one_of("solved", Solved),
        _one_of("satisfaction", Satisfaction),
        sa.CheckConstraint("(solved IS NOT NULL) = reached AND (satisfaction IS NOT NULL) = reached", name="answers"),
        sa.CheckConstraint("(satisfaction <> 'dissatisfied' AND solved <> 'no') OR reached = 0 OR reason <> ''", name="reason"),
        sa.Index(None, "incident_id"),
        sa.Index(None, "at"),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    at: str = _text()
    called_by: int = _int()
    called_name: str = _text()
    reached: int = _int()
    solved: str | None = _text(null=True)
    satisfaction: str | None = _text(null=True)
    reason: str = _blank()


class SupervisionOrder(SQLModel, table=True):
    """A supervision order on a case (督办), and its answer."""

    __tablename__ = "supervision_order"
    __table_args__ = (
        _stamp("reply_by"),
        _stamp("ordered_at"),
        sa.CheckConstraint(f"replied_at IS NULL OR replied_at GLOB '{STAMP_GLOB}'", name="replied_at"),
        sa.CheckConstraint("(replied_at IS NULL) = (replied_by IS NULL)", name="replied"),
        # Holds for plain SQL too: an operator must not answer their own order.
        sa.CheckConstraint("replied_by <> ordered_by", name="answerer"),
        sa.Index(None, "incident_id"),
        sa.Index(None, "ordered_at"),
        sa.CheckConstraint("replied_at IS NULL OR replaced_at IS NULL", name="ended"),
        sa.Index("ix_supervision_order_open", "reply_by", sqlite_where=sa.text("replied_at IS NULL AND replaced_at IS NULL")),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    requirement: str = _text()
    reply_by: str = _text()
    ordered_at: str = _text()
    ordered_by: int = _int()
    ordered_name: str = _text()
    replied_at: str | None = _text(null=True)
    replied_by: int | None = _int(null=True)
    replied_name: str = _blank()
    reply: str = _blank()
    replaced_at: str | None = _text(null=True)
    """Time at which a later order replaced it before it was answered."""


class Alarm(SQLModel, table=True):
    """An escalation step that a clock has reached, or an order that must be answered; each is notified once."""

    __tablename__ = "alarm"
    __table_args__ = (
        _one_of("kind", AlarmKind),
        _one_of("manner", Display),
        _stamp("reached_at"),
        _stamp("fired_at"),
        sa.CheckConstraint(f"ended_at IS NULL OR ended_at GLOB '{STAMP_GLOB}'", name="ended_at"),
        sa.CheckConstraint(f"acknowledged_at IS NULL OR acknowledged_at GLOB '{STAMP_GLOB}'", name="acknowledged_at"),
        sa.CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
        # Each step once, whichever process evaluates: an extended limit counts as another limit.
        sa.UniqueConstraint("incident_id", "kind", "turn", "rung", "allowed"),
        sa.Index(
            "ix_alarm_live",
            "fired_at",
            sqlite_where=sa.text("ended_at IS NULL AND waiting <> ''"),
        ),
        sa.Index("ix_alarm_board", "fired_at", sqlite_where=sa.text("manner = 'board' AND ended_at IS NULL")),
        sa.Index(None, "fired_at"),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    kind: str = _text()
    turn: int = _int()
    """Position of the clock, or key of the order."""
    stage: str = _blank()
    rung: int = _int(default=0)
    allowed: str = _blank()
    manner: str = _text()
    audience: str = _text()
    """Roles, separated by blanks."""
    reached_at: str = _text()
    fired_at: str = _text()
    ended_at: str | None = _text(null=True)
    """Time from which no action is needed: the clock was stopped, or a higher step replaced it."""
    waiting: str = _blank()
    """Roles that have not acknowledged it yet, separated by blanks."""
    acknowledged_at: str | None = _text(null=True)
    """Time of the first acknowledgement."""
    acknowledged_by: int | None = _int(null=True)
    acknowledged_name: str = _blank()


class Task(SQLModel, table=True):
    """An inspection of a case (核实, 核查), assigned or not, with its result. A case has at most one open inspection."""

    __tablename__ = "task"
    __table_args__ = (
        _one_of("kind", TaskKind),
        _one_of("assignee_kind", AssigneeKind),
        # Holds for plain SQL too: the handler must not judge.
        sa.CheckConstraint(
            "assignee_kind <> 'warden' OR coalesce(handler_kind, '') <> 'warden' OR assignee_id <> handler_id", name="handler"
        ),
        sa.CheckConstraint(f"due_at IS NULL OR due_at GLOB '{STAMP_GLOB}'", name="due_at"),
        sa.CheckConstraint("ended IN ('done', 'resent', 'lapsed')", name="ended"),
        sa.CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_at"),
        sa.CheckConstraint(
            "(ended IS 'done') = (result IS NOT NULL) AND (result IS NULL) = (looked_at IS NULL) AND (result IS NULL) = (in_time IS NULL)",
            name="result",
        ),
        sa.CheckConstraint(
            "(kind = 'verify' AND result IN ('true', 'false')) OR (kind = 'check' AND result IN ('pass', 'fail'))", name="results"
        ),
        sa.Index("uq_task_open", "incident_id", unique=True, sqlite_where=sa.text("ended IS NULL")),
        sa.Index("ix_task_out", "due_at", "id", sqlite_where=sa.text("ended IS NULL")),
        sa.Index(None, "incident_id"),
        sa.Index(None, "due_at"),
        sa.Index(None, "ended_at"),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    kind: str = _text()
    assignee_kind: str = _text()
    assignee_id: int = _int()
    assignee_name: str = _text()
    handler_kind: str | None = _text(null=True)
    """Handler of the case at the time of the inspection: the result is about that handler, even if the case moves on."""
    handler_id: int | None = _int(null=True)
    handler_name: str = _blank()
    sent_at: str | None = _text(null=True)
    """None if the inspector was not assigned; the same holds for ``sent_by``."""
    sent_by: int | None = _int(null=True)
    sent_name: str = _blank()
    due_at: str | None = _text(null=True)
    """End of the stage's clock."""
    ended: str | None = _text(null=True)
    ended_at: str | None = _text(null=True)
    done_by: int | None = _int(null=True)
    """Operator who entered the result."""
    done_name: str = _blank()
    looked_at: str | None = _text(null=True)
    result: str | None = _text(null=True)
    note: str = _blank()
    photos: str = _blank()
    """File names, one per line."""
    in_time: int | None = _int(null=True)


class CaseRequest(SQLModel, table=True):
    """A request on a case, and its decision: the line of a register (台账). A case has at most one open request."""

    __tablename__ = "case_request"
    __table_args__ = (
        _one_of("kind", RequestKind),
        _stamp("asked_at"),
        sa.CheckConstraint("decision IS NULL OR decision IN ('granted', 'refused', 'recalled', 'lapsed')", name="decision"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        # Holds for plain SQL too: an operator must not grant or refuse their own request.
        sa.CheckConstraint("decision NOT IN ('granted', 'refused') OR decided_by <> asked_by", name="approver"),
        sa.Index("uq_case_request_open", "incident_id", unique=True, sqlite_where=sa.text("decision IS NULL")),
        sa.Index(None, "incident_id"),
        sa.Index("ix_case_request_register", "kind", "asked_at"),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    kind: str = _text()
    handler: str = _blank()
    """Name of the handler for whom it was entered."""
    asked_at: str = _text()
    asked_by: int = _int()
    asked_name: str = _text()
    reason: str = _blank()
    amount: str | None = _text(null=True)
    until: str | None = _text(null=True)
    rule_id: int | None = _int(null=True, fk="filing_rule.id")
    due_before: str | None = _text(null=True)
    """Deadline of the handling at the time of the request."""
    opinion: str | None = _text(null=True)
    opined_at: str | None = _text(null=True)
    opined_by: int | None = _int(null=True)
    opined_name: str = _blank()
    opined_words: str = _blank()
    decision: str | None = _text(null=True)
    decided_at: str | None = _text(null=True)
    decided_by: int | None = _int(null=True)
    decided_name: str = _blank()
    decided_words: str = _blank()
    due_after: str | None = _text(null=True)


class HandOver(SQLModel, table=True):
    """交接班: a handover from one shift to the next, confirmed by two people. An office has at most one open handover."""

    __tablename__ = "hand_over"
    __table_args__ = (
        _stamp("made_at"),
        sa.CheckConstraint(f"taken_at IS NULL OR taken_at GLOB '{STAMP_GLOB}'", name="taken_at"),
        sa.CheckConstraint(f"withdrawn_at IS NULL OR withdrawn_at GLOB '{STAMP_GLOB}'", name="withdrawn_at"),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken"),
        sa.CheckConstraint("taken_at IS NULL OR withdrawn_at IS NULL", name="ended"),
        # Holds for plain SQL too: an operator must not take over from themselves.
        sa.CheckConstraint("taken_by <> made_by", name="second"),
        sa.Index(
            "uq_hand_over_open", "office_id", unique=True, sqlite_where=sa.text("taken_at IS NULL AND withdrawn_at IS NULL")
        ),
        sa.Index("ix_hand_over_made", "office_id", "made_at"),
        _STRICT,
    )
    id: int | None = _key()
    office_id: int = _int(fk="office.id")
    made_at: str = _text()
    made_by: int = _int(fk="operator.id")
    made_name: str = _text()
    to_name: str = _blank()
    """Name of the intended successor; empty if it is open who takes over."""
    remarks: str = _blank()
    seq: int = _int()
    """Number of the last ledger entry that the sheet includes."""
    sheet: str = _text()
    """The sheet as it was made, JSON."""
    taken_at: str | None = _text(null=True)
    taken_by: int | None = _int(null=True, fk="operator.id")
    taken_name: str = _blank()
    withdrawn_at: str | None = _text(null=True)


class OperatorSeen(SQLModel, table=True):
    """Ledger number up to which an operator was present; later entries are news."""

    __tablename__ = "operator_seen"
    __table_args__ = (_stamp("left_at"), _STRICT)
    operator_id: int = _int(fk="operator.id", primary_key=True)
    left_seq: int = _int()
    left_at: str = _text()


class ReadMark(SQLModel, table=True):
    """The version of an open case that an operator last read; 0 if the case has unread news."""

    __tablename__ = "read_mark"
    __table_args__ = (_STRICT,)
    operator_id: int = _int(fk="operator.id", primary_key=True)
    incident_id: int = _int(fk="incident.id", primary_key=True)
    version: int = _int()


class Assignment(SQLModel, table=True):
    """A period in which a handler has a case; at most one live primary assignment per case."""

    __tablename__ = "assignment"
    __table_args__ = (
        sa.CheckConstraint("role IN ('primary', 'cooperating')", name="role"),
        sa.Index(
            "uq_assignment_live",
            "incident_id",
            unique=True,
            sqlite_where=sa.text("role = 'primary' AND ended_at IS NULL"),
        ),
        sa.Index(None, "incident_id"),
        sa.Index("ix_assignment_handler", "handler_kind", "handler_id", "started_at"),
        sa.Index(
            "ix_assignment_started",
            "started_at",
            "handler_kind",
            "handler_id",
            "late",
            "incident_id",
            sqlite_where=sa.text("role = 'primary'"),
        ),
        _STRICT,
    )
    id: int | None = _key()
    incident_id: int = _int(fk="incident.id")
    handler_kind: str = _text()
    handler_id: int = _int()
    role: str = _text()
    started_at: str = _text()
    ended_at: str | None = _text(null=True)
    late: int | None = _int(null=True)


class Clock(SQLModel, table=True):
    """A measured period of a case."""

    __tablename__ = "clock"
    __table_args__ = (
        _one_of("stage", Stage),
        sa.Index("ix_clock_look_at", "look_at", sqlite_where=sa.text("look_at IS NOT NULL")),
        sa.Index(
            "ix_clock_handled",
            sa.text("coalesce(halted_at, stopped_at)"),
            "late",
            "incident_id",
            sqlite_where=sa.text("stage = 'handle'"),
        ),
        _STRICT,
    )
    incident_id: int = _int(fk="incident.id", primary_key=True)
    position: int = _int(primary_key=True)
    stage: str = _text()
    span: str = _text()
    started_at: str = _text()
    due_at: str = _text()
    provisional: int = _int(default=0)
    pauses: str = _blank()
    halted_at: str | None = _text(null=True)
    stopped_at: str | None = _text(null=True)
    late: int | None = _int(null=True)
    extensions: str = _blank()
    """Extensions granted beyond the limit, as JSON."""
    fired: int = _int(default=0)
    """Highest escalation step it has reached."""
    look_at: str | None = _text(null=True)
    """Time of the next evaluation; None if it is halted or has no step left."""


class LedgerEntry(SQLModel, table=True):
    """One act, append-only, hash-chained."""

    __tablename__ = "ledger"
    __table_args__ = (
        _stamp("at"),
        sa.CheckConstraint("length(prev) = 32 AND length(hash) = 32", name="hash"),
        sa.Index("ix_ledger_subject", "subject_kind", "subject_id", "seq"),
        sa.Index("ix_ledger_at", "at"),
        sa.Index("ix_ledger_operator", "operator_id", "seq"),
        sa.Index("ix_ledger_rare", "action", "seq", sqlite_where=sa.text(RARE_ACTION)),
        sa.Index("uq_ledger_request", "request_id", unique=True, sqlite_where=sa.text("request_id IS NOT NULL")),
        _STRICT,
    )
    office_id: int = _int(fk="office.id", primary_key=True)
    seq: int = _int(primary_key=True)
    at: str = _text()
    operator_id: int | None = _int(null=True)
    operator: str = _text()
    axis: str = _blank()
    door: str = _text()
    subject_kind: str = _text()
    subject_id: int = _int()
    action: str = _text()
    facts: str = _text()
    digest: bytes | None = Field(default=None, sa_type=sa.LargeBinary, nullable=True)
    request_id: str | None = _text(null=True)
    prev: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    hash: bytes = Field(sa_type=sa.LargeBinary, nullable=False)


class LedgerPersonal(SQLModel, table=True):
    """The free text and personal values of an entry; erasable."""

    __tablename__ = "ledger_personal"
    __table_args__ = (sa.ForeignKeyConstraint(["office_id", "seq"], ["ledger.office_id", "ledger.seq"]), _STRICT)
    office_id: int = _int(primary_key=True)
    seq: int = _int(primary_key=True)
    salt: bytes | None = Field(default=None, sa_type=sa.LargeBinary, nullable=True)
    body: str | None = _text(null=True)


class RetiredYear(SQLModel, table=True):
    """An archived year of the ledger, as recorded by the entry about the archiving."""

    __tablename__ = "retired"
    __table_args__ = (
        sa.CheckConstraint("first_seq <= last_seq AND last_seq < entry_seq", name="range"),
        _STRICT,
    )
    office_id: int = _int(fk="office.id", primary_key=True)
    year: int = _int(primary_key=True)
    first_seq: int = _int()
    last_seq: int = _int()
    entry_seq: int = _int()
    facts: str = _text()


class RetiredCase(SQLModel, table=True):
    """State of a case at the end of an archived year, with the acts on it until then."""

    __tablename__ = "retired_case"
    __table_args__ = (sa.Index("ix_retired_case_year", "year", "incident_id"), _STRICT)
    incident_id: int = _int(fk="incident.id", primary_key=True)
    year: int = _int(primary_key=True)
    facts: str = _text()


class DayCounter(SQLModel, table=True):
    """Last case serial of an office's day."""

    __tablename__ = "day_counter"
    __table_args__ = (sa.CheckConstraint("last BETWEEN 0 AND 99999", name="last"), _STRICT)
    office_id: int = _int(fk="office.id", primary_key=True)
    day: str = _text(primary_key=True)
    last: int = _int()


class CalendarDay(SQLModel, table=True):
    """A day that differs from its weekday, with its source."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        sa.CheckConstraint("layer IN ('notice', 'override')", name="layer"),
        _flag("is_workday"),
        _STRICT,
    )
    day: str = _text(primary_key=True)
    layer: str = _text(primary_key=True)
    is_workday: int = _int()
    note: str = _blank()
    follows: int | None = _int(null=True)
    source: str = _blank()


class OfficeHours(SQLModel, table=True):
    """Weekly spans with their start date."""

    __tablename__ = "office_hours"
    __table_args__ = (_STRICT,)
    valid_from: str = _text(primary_key=True)
    week: str = _text()


class Component(SQLModel, table=True):
    """部件: a numbered facility of the register."""

    __tablename__ = "component"
    __table_args__ = (sa.Index(None, "grid_id"), _STRICT)
    id: int | None = _key()
    code: str = _text(unique=True)
    name: str = _blank()
    category_id: int | None = _int(null=True, fk="category.id")
    grid_id: int | None = _int(null=True, fk="grid.id")
    state: str = _blank()
    owner: str = _blank()
    authority: str = _blank()
    address: str = _blank()
    longitude: float | None = Field(default=None, sa_type=sa.REAL, nullable=True)
    latitude: float | None = Field(default=None, sa_type=sa.REAL, nullable=True)
    installed_on: str | None = _text(null=True)
    initials: str = _blank()
    extra: str = _blank()
    batch_id: int | None = _int(null=True)


class ImportBatch(SQLModel, table=True):
    """An imported file."""

    __tablename__ = "import_batch"
    __table_args__ = (
        _stamp("at"),
        sa.CheckConstraint("state IN ('committed', 'undone')", name="state"),
        sa.Index(None, "sha256"),
        _STRICT,
    )
    id: int | None = _key()
    at: str = _text()
    operator: str = _text()
    kind: str = _text()
    file_name: str = _text()
    sha256: str = _text()
    counts: str = _text()
    state: str = Field(default="committed", sa_type=sa.Text, nullable=False, sa_column_kwargs={"server_default": "committed"})
    undone_at: str | None = _text(null=True)
    undone_by: str = _blank()
    options: str = _blank()
    """Options with which the file was read, as JSON: they are used again for its rejected rows."""


class ImportChange(SQLModel, table=True):
    """A record that a batch added or changed, with its values before and after, which undoing restores."""

    __tablename__ = "import_change"
    __table_args__ = (sa.Index(None, "table_name", "record_id"), _STRICT)
    batch_id: int = _int(fk="import_batch.id", primary_key=True)
    position: int = _int(primary_key=True)
    table_name: str = _text()
    record_id: int = _int()
    before: str | None = _text(null=True)
    """JSON; None: the batch added the record."""
    after: str = _text()


class ImportReject(SQLModel, table=True):
    """A rejected row, as it was in the file."""

    __tablename__ = "import_reject"
    __table_args__ = (_STRICT,)
    batch_id: int = _int(fk="import_batch.id", primary_key=True)
    position: int = _int(primary_key=True)
    sheet: str = _blank()
    row: int = _int()
    cells: str = _text()
    """JSON by heading."""
    taken_by: int | None = _int(null=True, fk="import_batch.id")
    """Later batch that imported the row."""


class ImportStage(SQLModel, table=True):
    """A slice of a long import that is decided but not yet written."""

    __tablename__ = "import_stage"
    __table_args__ = (_STRICT,)
    batch_id: int = _int(fk="import_batch.id", primary_key=True)
    position: int = _int(primary_key=True)
    """0 is written last: the facts of the batch's ledger entry."""
    numbers: str = _blank()
    """JSON: first case number by day."""
    body: bytes = Field(sa_type=sa.LargeBinary, nullable=False)
    """JSON, compressed."""


class MappingProfile(SQLModel, table=True):
    """A saved mapping of a sheet's headings to fields."""

    __tablename__ = "mapping_profile"
    __table_args__ = (sa.Index(None, "kind", "fingerprint"), _STRICT)
    name: str = _text(primary_key=True)
    kind: str = _text()
    fingerprint: str = _text()
    mapping: str = _text()
    """JSON, field by heading."""


class TextIndex(SQLModel, table=True):
    """Progress of filling the index of the texts of cases (the only row)."""

    __tablename__ = "text_index"
    __table_args__ = (sa.CheckConstraint("id = 1", name="id"), _STRICT)
    id: int | None = _key()
    position: int = _int()
    """Key up to which cases are not indexed yet, newest first; 0: all are."""
    version: int = _int()
    """Version of the words; 0: texts were changed without the index."""


class ImportIssue(SQLModel, table=True):
    """Issue or repair of a row of a batch."""

    __tablename__ = "import_issue"
    __table_args__ = (_STRICT,)
    batch_id: int = _int(fk="import_batch.id", primary_key=True)
    position: int = _int(primary_key=True)
    sheet: str = _blank()
    row: int = _int()
    column: str = _blank()
    code: str = _text()
    severity: str = _text()
