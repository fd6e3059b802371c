"""Units as a list for people: whom to ring, and how much each has in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind
from gridconsole.store.roster import HOLDS_DUTY, times
from gridconsole.store.tables.cases import IS_OPEN, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category, unit, unit_area
from gridconsole.store.tables.roster import responsibility
from gridconsole.store.types import day_or_none, stamp


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit with its contact and its open cases."""

    id: int
    code: str
    name: str
    kind: str
    all_day: bool
    """On duty day and night."""
    head: str
    """Name of who leads it."""
    parent: str
    """Name of the unit above it."""
    contract_ends_on: date | None
    contact: str
    phone: str
    """Unmasked; a caller masks it."""
    initials: str
    open_cases: int
    late: int
    """Open cases whose running clock has passed its end."""


_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_UNIT: sa.BindParameter[int] = sa.bindparam("unit", type_=sa.BigInteger)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_PARENT = unit.alias("parent")
_UNITS = (
    sa.select(
        *some(unit, "id code name kind all_day head contract_ends_on contact phone initials"), _PARENT.c.name.label("parent")
    )
    .select_from(unit.outerjoin(_PARENT, _PARENT.c.id == unit.c.parent_id))
    .where(unit.c.active == _ONE)
    .order_by(unit.c.code)
)
_LOADS = (
    sa.select(
        incident.c.handler_id,
        sa.func.count().label("cases"),
        sa.func.sum(sa.case((incident.c.due_at < sa.bindparam("now", type_=sa.Text), _ONE), else_=sa.literal_column("0"))).label(
            "late"
        ),
    )
    .where(incident.c.office_id == _OFFICE, IS_OPEN, incident.c.handler_kind == word(HandlerKind.UNIT.value))
    .group_by(incident.c.handler_id)
)
_DUTIES = (
    sa.select(category.c.major_name, category.c.minor_name, responsibility.c.minor_code, responsibility.c.is_primary)
    .join_from(
        responsibility,
        category,
        sa.and_(
            category.c.kind == responsibility.c.kind,
            category.c.major_code == responsibility.c.major_code,
            (responsibility.c.minor_code == "") | (category.c.minor_code == responsibility.c.minor_code),
        ),
    )
    .where(responsibility.c.unit_id == _UNIT, HOLDS_DUTY)
    .order_by(responsibility.c.is_primary.desc(), category.c.major_code, category.c.minor_code)
)
_AREAS = (
    sa.select(area.c.name)
    .join_from(unit_area, area, area.c.id == unit_area.c.area_id)
    .where(unit_area.c.unit_id == _UNIT)
    .order_by(area.c.code)
)


def lines(connection: sa.Connection, office: int, now: datetime) -> tuple[UnitLine, ...]:
    """Return every active unit, by code."""
    loads = {row.handler_id: row for row in connection.execute(_LOADS, {"office": office, "now": stamp(now)})}
    return tuple(
        UnitLine(
            row.id, row.code, row.name, row.kind, bool(row.all_day), row.head, row.parent or "", day_or_none(row.contract_ends_on), row.contact, row.phone, row.initials,
            open_cases=loads[row.id].cases if row.id in loads else 0, late=loads[row.id].late or 0 if row.id in loads else 0,
        )
        for row in connection.execute(_UNITS)
    )  # fmt: skip


def duties(connection: sa.Connection, key: int, day: date) -> tuple[tuple[str, bool], ...]:
    """Return what a unit is responsible for on a day: names of categories, a whole major category under its own name, and whether first."""
    found: dict[str, bool] = {}
    for row in connection.execute(_DUTIES, {"unit": key, **times(day)}):
        found.setdefault(row.minor_name if row.minor_code else row.major_name, bool(row.is_primary))
    return tuple(found.items())


def areas(connection: sa.Connection, key: int) -> tuple[str, ...]:
    """Return the areas that a unit serves; empty for the whole district."""
    return tuple(row.name for row in connection.execute(_AREAS, {"unit": key}))
