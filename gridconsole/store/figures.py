"""Counts of acts and of what is open now; the figures of reports are counted by :mod:`.fact_queries`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.store.dialect.sqlite import by_no_index, json_each, json_item, json_text
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, incident
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.ledger import ledger, retired, retired_case
from gridconsole.store.tables.registers import IS_GRID_NOW, area, category, grid, unit
from gridconsole.store.tables.roster import roster_person
from gridconsole.store.types import stamp


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Present figures of a handler."""

    name: str
    handling: int
    overdue: int


_TARGET = sa.func.coalesce(json_text(ledger.c.facts, "to"), sa.literal_column("''"))
# By the index of time, and by no other.
_ACTS = (
    sa.select(ledger.c.action, _TARGET.label("target"), sa.func.count().label("acts"))
    .where(
        by_no_index(ledger.c.office_id) == sa.bindparam("office"),
        by_no_index(ledger.c.subject_kind) == word("incident"),
        ledger.c.at >= sa.bindparam("first"),
        ledger.c.at < sa.bindparam("last"),
    )
    .group_by(ledger.c.action, _TARGET)
)
_act = json_each(json_text(retired_case.c.facts, "acts")).table_valued("value")
_act_at, _act_name, _act_target = (json_item(_act.c.value, place) for place in (4, 2, 6))
_later = retired_case.alias("later")
_NEWEST_YEAR = sa.select(sa.func.max(_later.c.year)).where(_later.c.incident_id == retired_case.c.incident_id).scalar_subquery()
_RETIRED_ACTS = (
    sa.select(_act_name.label("action"), _act_target.label("target"), sa.func.count().label("acts"))
    .select_from(retired_case.join(incident, incident.c.id == retired_case.c.incident_id).join(_act, sa.true()))
    .where(
        incident.c.office_id == sa.bindparam("office"),
        retired_case.c.year == _NEWEST_YEAR,
        _act_at >= sa.bindparam("first"),
        _act_at < sa.bindparam("last"),
    )
    .group_by(_act_name, _act_target)
)
"""The same for archived years: each case keeps the acts on it."""
_RETIRED_UNTIL = sa.select(sa.func.max(json_text(retired.c.facts, "until"))).where(retired.c.office_id == sa.bindparam("office"))
_OFFICE: sa.BindParameter[int] = sa.bindparam("office")


def _count_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0")))


_HANDLING = sa.func.count().label("handling")
_OVERDUE = _count_of(incident.c.due_at < sa.bindparam("now", type_=sa.Text)).label("overdue")
_UNITS = (
    sa.select(incident.c.handler_name, _HANDLING, _OVERDUE)
    .where(incident.c.office_id == _OFFICE, IS_OPEN, incident.c.state == word("handling"))
    .group_by(incident.c.handler_name)
    .order_by(_OVERDUE.desc(), _HANDLING.desc(), incident.c.handler_name)
)


_DOUBTED = (
    sa.select(sa.func.count())
    .select_from(ledger)
    .where(
        ledger.c.office_id == _OFFICE,
        ledger.c.seq > sa.bindparam("entry", type_=sa.BigInteger),
        ledger.c.at >= sa.bindparam("since"),
        ledger.c.at < sa.bindparam("until"),
        json_text(ledger.c.facts, "time_doubt").is_not(None),
    )
)


def judged_in_doubt(connection: sa.Connection, office: int, first: int, since: datetime, until: datetime) -> int:
    """Count the acts between two instants that judged a deadline by a doubtful time.

    Args:
        first: number of the entry that confirmed the time; earlier entries are not read.
    """
    values = {"office": office, "entry": first, "since": stamp(since), "until": stamp(until)}
    return int(connection.execute(_DOUBTED, values).scalar_one())


def acts(connection: sa.Connection, office: int, first: datetime, last: datetime) -> dict[tuple[str, str], int]:
    """Return the number of acts on cases in a period, the end excluded, by (action, resulting state)."""
    span = {"office": office, "first": stamp(first), "last": stamp(last)}
    found = {(row.action, row.target): int(row.acts) for row in connection.execute(_ACTS, span)}
    until = connection.execute(_RETIRED_UNTIL, span).scalar_one()
    if until is not None and span["first"] <= until:
        for row in connection.execute(_RETIRED_ACTS, span):
            found[row.action, row.target] = found.get((row.action, row.target), 0) + int(row.acts)
    return found


def units(connection: sa.Connection, office: int, now: datetime) -> tuple[UnitFigures, ...]:
    """Return the open cases of each unit, and how many are overdue."""
    return tuple(
        UnitFigures(row.handler_name, row.handling, row.overdue or 0)
        for row in connection.execute(_UNITS, {"office": office, "now": stamp(now)})
    )


def _rows_of(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).where(*conditions).scalar_subquery()


_IS_STATION = unit.c.kind == word("workstation")
_TOTALS = sa.select(
    _rows_of(area, area.c.level == word("subdistrict")).label("subdistricts"),
    _rows_of(area, area.c.level == word("community")).label("communities"),
    _rows_of(unit, _IS_STATION).label("workstations"),
    _rows_of(grid, IS_GRID_NOW).label("grids"),
    _rows_of(roster_person, roster_person.c.kinds.contains(word("warden"))).label("wardens"),
    _rows_of(unit, ~_IS_STATION).label("departments"),
    _rows_of(category).label("categories"),
    _rows_of(incident, COUNTS).label("incidents"),
    _rows_of(ledger).label("ledger_entries"),
)


def totals(connection: sa.Connection) -> dict[str, int]:
    """Return the number of rows in each of the office's registers."""
    return {name: int(value) for name, value in connection.execute(_TOTALS).one()._mapping.items()}
