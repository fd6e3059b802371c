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
from gridconsole.store.types import driver_of, stamp

SUBJECT = "calendar"
"""Subject of every entry that changes the calendar; its key is the office's."""

_NEWEST = "SELECT seq FROM ledger WHERE subject_kind = 'calendar' AND subject_id = ? ORDER BY seq DESC LIMIT 1"


def newest_entry(connection: sa.Connection, office: int) -> int:
    """Return the number of the entry that last changed the calendar; 0 without one. Needs a single index lookup."""
    row = driver_of(connection).execute(_NEWEST, (office,)).fetchone()
    return int(row[0]) if row is not None else 0


@dataclass(frozen=True, slots=True)
class SourcedDay:
    """A day that differs from its weekday, with its source."""

    day: CalendarDay
    source: str
    """``chinesecalendar``, ``notice`` or ``json`` for a notice; the operator's name for an override."""


_DAYS = sa.text("SELECT day, layer, is_workday, note, follows, source FROM calendar_day ORDER BY day, layer")
_DROP_DAY = sa.text("DELETE FROM calendar_day WHERE day = :day AND layer = :layer")
_DROP_HOURS = sa.text("DELETE FROM office_hours WHERE valid_from = :valid_from")


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
        connection.execute(_DROP_DAY, {"day": item.day.isoformat(), "layer": item.layer.value})


def drop_hours(connection: sa.Connection, days: Iterable[date]) -> None:
    """Delete the weekly spans that start on some days."""
    for day in days:
        connection.execute(_DROP_HOURS, {"valid_from": day.isoformat()})


@dataclass(frozen=True, slots=True)
class OpenClock:
    """An unfinished clock of an open case."""

    number: str
    state: State
    clock: Clock


_OPEN = sa.text(
    f"SELECT i.number, i.state, {cases.clock_columns('c')} FROM incident i JOIN clock c ON c.incident_id = i.id"
    " WHERE i.office_id = :office AND i.closed_at IS NULL AND c.stopped_at IS NULL ORDER BY i.id, c.position"
)
_CLOSED_IN = sa.text(
    "SELECT count(*) FROM incident WHERE office_id = :office AND closed_at IS NOT NULL AND closed_at >= :first AND reported_at < :last"
)


def open_clocks(connection: sa.Connection, office: int) -> tuple[OpenClock, ...]:
    """Return the unfinished clocks of every open case, in the order of the cases; closed cases are not read."""
    found = connection.execute(_OPEN, {"office": office}).all()
    return tuple(OpenClock(number, State(state), cases.clock_of(*clock)) for number, state, *clock in found)


def closed_in(connection: sa.Connection, office: int, first: datetime, last: datetime) -> int:
    """Count the closed cases that were open at some time between two instants."""
    values = {"office": office, "first": stamp(first), "last": stamp(last)}
    return int(connection.execute(_CLOSED_IN, values).scalar_one())
