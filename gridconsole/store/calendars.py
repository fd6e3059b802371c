"""Changes of the office's calendar: the sources of its days, the clocks that follow it, and the entry that changed it last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gridconsole.domain.case import Clock
from gridconsole.domain.clock import CalendarDay, DayLayer
from gridconsole.domain.states import State
from gridconsole.store import cases
from gridconsole.store.tables.cases import IS_OPEN, clock, incident
from gridconsole.store.tables.office import calendar_day, office_hours
from gridconsole.store.types import stamp


@dataclass(frozen=True, slots=True)
class SourcedDay:
    """A day that differs from its weekday, with its source."""

    day: CalendarDay
    source: str
    """``chinesecalendar``, ``notice`` or ``json`` for a notice; the operator's name for an override."""


_DAYS = sa.select(*(calendar_day.c[name] for name in ("day", "layer", "is_workday", "note", "follows", "source"))).order_by(
    calendar_day.c.day, calendar_day.c.layer
)
_DROP_DAY = sa.delete(calendar_day).where(
    calendar_day.c.day == sa.bindparam("dropped"), calendar_day.c.layer == sa.bindparam("of_layer")
)
_DROP_HOURS = sa.delete(office_hours).where(office_hours.c.valid_from == sa.bindparam("dropped"))


def sourced_days(connection: sa.Connection) -> tuple[SourcedDay, ...]:
    """Return every day of both layers, in order."""
    return tuple(
        SourcedDay(
            CalendarDay(date.fromisoformat(row.day), bool(row.is_workday), row.note, DayLayer(row.layer), row.follows), row.source
        )
        for row in connection.execute(_DAYS)
    )


def drop_days(connection: sa.Connection, days: Iterable[CalendarDay]) -> None:
    """Delete days from their layers."""
    for item in days:
        connection.execute(_DROP_DAY, {"dropped": item.day.isoformat(), "of_layer": item.layer.value})


def drop_hours(connection: sa.Connection, days: Iterable[date]) -> None:
    """Delete the weekly spans that start on some days."""
    for day in days:
        connection.execute(_DROP_HOURS, {"dropped": day.isoformat()})


@dataclass(frozen=True, slots=True)
class OpenClock:
    """An unfinished clock of an open case."""

    number: str
    state: State
    clock: Clock


_OPEN = (
    sa.select(incident.c.number, incident.c.state, *cases.CLOCK)
    .join_from(incident, clock, clock.c.incident_id == incident.c.id)
    .where(incident.c.office_id == sa.bindparam("office"), IS_OPEN, clock.c.stopped_at.is_(None))
    .order_by(incident.c.id, clock.c.position)
)
_CLOSED_IN = (
    sa.select(sa.func.count())
    .select_from(incident)
    .where(
        incident.c.office_id == sa.bindparam("office"),
        incident.c.closed_at.is_not(None),
        incident.c.closed_at >= sa.bindparam("first"),
        incident.c.reported_at < sa.bindparam("last"),
    )
)


def open_clocks(connection: sa.Connection, office: int) -> tuple[OpenClock, ...]:
    """Return the unfinished clocks of every open case, in the order of the cases; closed cases are not read."""
    found = connection.execute(_OPEN, {"office": office}).all()
    return tuple(OpenClock(number, State(state), cases.clock_of(*columns)) for number, state, *columns in found)


def closed_in(connection: sa.Connection, office: int, first: datetime, last: datetime) -> int:
    """Count the closed cases that were open at some time between two instants."""
    values = {"office": office, "first": stamp(first), "last": stamp(last)}
    return int(connection.execute(_CLOSED_IN, values).scalar_one())
