"""Counts for the overview (态势): open cases by place, reports by hour; live figures only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo

import sqlalchemy as sa

from gridconsole.domain.states import Grade
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, incident
from gridconsole.store.tables.columns import word
from gridconsole.store.types import instant, stamp


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Open cases of a place."""

    open: int = 0
    late: int = 0
    urgent: int = 0


_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_NOW = sa.bindparam("now", type_=sa.Text)
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NONE: sa.ColumnElement[int] = sa.literal_column("0")
_BY_AREA = (
    sa.select(
        incident.c.area_id,
        sa.func.count().label("cases"),
        sa.func.sum(sa.case((incident.c.due_at < _NOW, _ONE), else_=_NONE)).label("late"),
        sa.func.sum(sa.case((incident.c.grade == word(Grade.URGENT.value), _ONE), else_=_NONE)).label("urgent"),
    )
    .where(incident.c.office_id == _OFFICE, IS_OPEN)
    .group_by(incident.c.area_id)
)


def by_area(connection: sa.Connection, office: int, now: datetime) -> dict[int | None, PlaceCount]:
    """Return the open cases of each community or subdistrict; under None those without a place."""
    rows = connection.execute(_BY_AREA, {"office": office, "now": stamp(now)})
    return {row.area_id: PlaceCount(row.cases, int(row.late or 0), int(row.urgent or 0)) for row in rows}


_TODAY = sa.select(incident.c.reported_at, incident.c.area_id).where(
    incident.c.office_id == _OFFICE, incident.c.reported_at >= sa.bindparam("since", type_=sa.Text), COUNTS
)


def reported_since(
    connection: sa.Connection, office: int, since: datetime, zone: tzinfo
) -> tuple[tuple[int, ...], Counter[int | None]]:  # fmt: skip
    """Return the reports since an instant: by hour of the office's day, and by community."""
    hours, areas = [0] * 24, Counter[int | None]()
    for row in connection.execute(_TODAY, {"office": office, "since": stamp(since)}):
        hours[instant(row.reported_at).astimezone(zone).hour] += 1
        areas[row.area_id] += 1
    return tuple(hours), areas
