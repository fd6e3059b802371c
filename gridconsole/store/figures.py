"""Counts for reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.store.types import stamp


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Figures of the period between two instants."""

    reported: int
    acts: Mapping[tuple[str, str], int]
    """Number of acts by (action, resulting state)."""
    handled: int
    """Handlings that ended or got feedback."""
    handled_late: int
    by_area: tuple[tuple[str, int, int], ...]
    """Subdistrict, reported, closed."""
    by_category: tuple[tuple[str, int], ...]
    """Minor category and reports, most first."""
    by_source: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Present figures of a handler."""

    name: str
    handling: int
    overdue: int


_ACTS = sa.text(
    # The pluses leave the index by time.
    "SELECT action, coalesce(json_extract(facts, '$.to'), '') AS target, count(*) AS acts FROM ledger WHERE +office_id = :office"
    " AND +subject_kind = 'incident' AND at >= :first AND at < :last GROUP BY action, target"
)
_RETIRED_ACTS = sa.text(
    "SELECT json_extract(a.value, '$[2]') AS action, json_extract(a.value, '$[6]') AS target, count(*) AS acts FROM retired_case c"
    " JOIN incident i ON i.id = c.incident_id, json_each(c.facts, '$.acts') a WHERE i.office_id = :office"
    " AND c.year = (SELECT max(n.year) FROM retired_case n WHERE n.incident_id = c.incident_id)"
    " AND json_extract(a.value, '$[4]') >= :first AND json_extract(a.value, '$[4]') < :last GROUP BY action, target"
)
"""The same for archived years: each case keeps the acts on it."""
_RETIRED_UNTIL = sa.text("SELECT max(json_extract(facts, '$.until')) FROM retired WHERE office_id = :office")
_REPORTED = sa.text("SELECT count(*) FROM incident WHERE office_id = :office AND reported_at >= :first AND reported_at < :last")
_HANDLED = sa.text(
    "SELECT count(*) AS handled, coalesce(sum(late), 0) AS late FROM clock WHERE stage = 'handle'"
    " AND coalesce(halted_at, stopped_at) >= :first AND coalesce(halted_at, stopped_at) < :last"
    # A case whose lateness was accepted on appeal counts neither way.
    " AND incident_id NOT IN (SELECT id FROM incident WHERE appeal = 'upheld')"
)
_BY_AREA = sa.text(
    "SELECT coalesce(s.name, '') AS name, sum(i.reported_at >= :first AND i.reported_at < :last) AS reported,"
    " sum(i.state = 'closed' AND i.closed_at >= :first AND i.closed_at < :last) AS closed"
    " FROM incident i LEFT JOIN area a ON a.id = i.area_id LEFT JOIN area s ON s.id = CASE a.level WHEN 'community' THEN"
    " a.parent_id ELSE a.id END WHERE i.office_id = :office AND ((i.reported_at >= :first AND i.reported_at < :last) OR"
    " (i.closed_at >= :first AND i.closed_at < :last)) GROUP BY coalesce(s.name, '') ORDER BY reported DESC, name"
)
_BY_CATEGORY = sa.text(
    "SELECT coalesce(c.minor_name, '') AS name, count(*) AS reported FROM incident i LEFT JOIN category c ON c.id = i.category_id"
    " WHERE i.office_id = :office AND i.reported_at >= :first AND i.reported_at < :last GROUP BY coalesce(c.minor_name, '')"
    " ORDER BY reported DESC, name LIMIT 10"
)
_BY_SOURCE = sa.text(
    "SELECT source, count(*) AS reported FROM incident WHERE office_id = :office AND reported_at >= :first AND reported_at < :last"
    " GROUP BY source ORDER BY reported DESC, source"
)
_UNITS = sa.text(
    "SELECT handler_name, count(*) AS handling, sum(due_at < :now) AS overdue FROM incident WHERE office_id = :office"
    " AND closed_at IS NULL AND state = 'handling' GROUP BY handler_name ORDER BY overdue DESC, handling DESC, handler_name"
)


_DOUBTED = sa.text(
    "SELECT count(*) FROM ledger WHERE office_id = :office AND seq > :first AND at >= :since AND at < :until"
    " AND json_extract(facts, '$.time_doubt') IS NOT NULL"
)


def judged_in_doubt(connection: sa.Connection, office: int, first: int, since: datetime, until: datetime) -> int:
    """Count the acts between two instants that judged a deadline by a doubtful time.

    Args:
        first: number of the entry that confirmed the time; earlier entries are not read.
    """
    values = {"office": office, "first": first, "since": stamp(since), "until": stamp(until)}
    return int(connection.execute(_DOUBTED, values).scalar_one())


def between(connection: sa.Connection, office: int, first: datetime, last: datetime) -> DayFigures:
    """Return the figures of a period, the end excluded."""
    span = {"office": office, "first": stamp(first), "last": stamp(last)}
    handled = connection.execute(_HANDLED, span).one()
    return DayFigures(
        reported=int(connection.execute(_REPORTED, span).scalar_one()),
        acts=acts(connection, office, first, last),
        handled=handled.handled,
        handled_late=handled.late,
        by_area=tuple((row.name, row.reported, row.closed) for row in connection.execute(_BY_AREA, span)),
        by_category=tuple((row.name, row.reported) for row in connection.execute(_BY_CATEGORY, span)),
        by_source=tuple((row.source, row.reported) for row in connection.execute(_BY_SOURCE, span)),
    )


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


_TOTALS = sa.text(
    "SELECT (SELECT count(*) FROM area WHERE level = 'subdistrict') AS subdistricts,"
    " (SELECT count(*) FROM area WHERE level = 'community') AS communities,"
    " (SELECT count(*) FROM unit WHERE kind = 'workstation') AS workstations, (SELECT count(*) FROM grid) AS grids,"
    " (SELECT count(*) FROM warden) AS wardens, (SELECT count(*) FROM unit WHERE kind <> 'workstation') AS departments,"
    " (SELECT count(*) FROM category) AS categories, (SELECT count(*) FROM incident) AS incidents,"
    " (SELECT count(*) FROM ledger) AS ledger_entries"
)


def totals(connection: sa.Connection) -> dict[str, int]:
    """Return the number of rows in each of the office's registers."""
    return {name: int(value) for name, value in connection.execute(_TOTALS).one()._mapping.items()}
