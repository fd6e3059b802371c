"""Counts of a period for each person on the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind, TurnEnd
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of, values_of
from gridconsole.store.tables.cases import COUNTS, assignment, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.roster import post, roster_person
from gridconsole.store.types import instant, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """Counts of a person as handler of cases in a period."""

    taken: int = 0
    """Turns that began."""
    fed_back: int = 0
    late: int = 0
    """Of those fed back: too late. An upheld appeal counts neither way."""
    given_up: int = 0
    """Turns that ended otherwise: handed over, redispatched, returned, withdrawn."""
    held: int = 0
    """Turns that ran on when the period ended."""


_FIRST, _LAST = sa.bindparam("first", type_=sa.Text), sa.bindparam("last", type_=sa.Text)
_ZERO: sa.ColumnClause[int] = sa.literal_column("0")
_ONE: sa.ColumnClause[int] = sa.literal_column("1")
_IS_TURN = (
    assignment.c.handler_kind == word(HandlerKind.WARDEN.value),
    assignment.c.role == word("primary"),
    sa.exists().where(incident.c.id == assignment.c.incident_id, COUNTS),
)
_PERSON = assignment.c.handler_id.label("person")


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, _ONE), else_=_ZERO)), _ZERO)


_UPHELD = sa.select(incident.c.id).where(incident.c.appeal == word("upheld"))
_IS_FED_BACK = assignment.c.ended_how == word(TurnEnd.FED_BACK.value)
_IS_AT_REST = (assignment.c.ended_at == assignment.c.started_at) & assignment.c.ended_how.is_(None)
"""A successor's turn with a case that is being checked: it begins if the case comes back."""
_TAKEN = (
    sa.select(_PERSON, sa.func.count().label("taken"))
    .where(
        assignment.c.started_at >= _FIRST, assignment.c.started_at < _LAST, sa.func.coalesce(~_IS_AT_REST, sa.true()), *_IS_TURN
    )
    .group_by(assignment.c.handler_id)
)
_ENDED = (
    sa.select(
        _PERSON,
        _count(_IS_FED_BACK).label("fed_back"),
        _count(_IS_FED_BACK & (assignment.c.late == _ONE) & assignment.c.incident_id.not_in(_UPHELD)).label("late"),
        _count(assignment.c.ended_how.is_not(None) & ~_IS_FED_BACK).label("given_up"),
    )
    .where(assignment.c.ended_at >= _FIRST, assignment.c.ended_at < _LAST, *_IS_TURN)
    .group_by(assignment.c.handler_id)
)
_RUN_ON = tuple(
    sa.select(_PERSON, sa.func.count().label("held"))
    .where(ran_on, assignment.c.started_at < _LAST, *_IS_TURN)
    .group_by(assignment.c.handler_id)
    for ran_on in (assignment.c.ended_at.is_(None), assignment.c.ended_at >= _LAST)
)
"""Turns that run now, and those that ended after the period."""


def turns(connection: sa.Connection, first: datetime, last: datetime, where: Filter = EVERY_CASE) -> dict[int, TurnFigures]:
    """Return the figures of every person who had a case in a period, the end excluded."""
    values = {"first": stamp(first), "last": stamp(last)} | values_of(where)
    found: dict[int, dict[str, int]] = {}
    for query in (_TAKEN, _ENDED, *_RUN_ON):
        for row in connection.execute(narrowed(query, assignment.c.incident_id, where), values):
            counts = dict(row._mapping)
            of = found.setdefault(counts.pop("person"), {})
            for name, count in counts.items():
                of[name] = of.get(name, 0) + int(count)
    return {person: TurnFigures(**counts) for person, counts in found.items()}


_REPORTS = (
    sa.select(incident.c.reporter_id.label("person"), sa.func.count().label("reports"))
    .where(
        incident.c.office_id == sa.bindparam("office"),
        incident.c.reported_at >= _FIRST,
        incident.c.reported_at < _LAST,
        incident.c.reporter_id.is_not(None),
        COUNTS,
    )
    .group_by(incident.c.reporter_id)
)


def reports(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> dict[int, int]:
    """Return the number of cases that each person on the roster reported in a period, the end excluded."""
    values = span_of(office, first, last, where)
    return {row.person: int(row.reports) for row in connection.execute(narrowed(_REPORTS, incident.c.id, where), values)}


_ON_GRIDS = sa.select(incident.c.grid_id, incident.c.reported_at).where(
    incident.c.office_id == sa.bindparam("office"),
    incident.c.reported_at >= _FIRST,
    incident.c.reported_at < _LAST,
    by_no_index(incident.c.grid_id).is_not(None),
    COUNTS,
)


def cases_on_grids(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> Iterator[tuple[int, datetime]]:
    """Yield grid and time of each case reported in a period, the end excluded."""
    values = span_of(office, first, last, where)
    for row in connection.execute(narrowed(_ON_GRIDS, incident.c.id, where), values):
        yield row.grid_id, instant(row.reported_at)


_POSTED = (
    sa.select(post.c.person_id)
    .where(
        post.c.replaced_by.is_(None),
        post.c.starts_on < sa.bindparam("day_after"),
        post.c.ends_on.is_(None) | (post.c.ends_on > sa.bindparam("first_day")),
        post.c.ends_on.is_(None) | (post.c.ends_on > post.c.starts_on),
    )
    .distinct()
)


def posted(connection: sa.Connection, first: date, last: date) -> frozenset[int]:
    """Return the people who held a post on any of some days, the last excluded."""
    values = {"first_day": first.isoformat(), "day_after": last.isoformat()}
    return frozenset(row.person_id for row in connection.execute(_POSTED, values))


_NAMES = sa.select(*some(roster_person, "id code name"))


def names(connection: sa.Connection) -> dict[int, tuple[str, str]]:
    """Return the staff number and the name of everybody on the roster."""
    return {row.id: (row.code, row.name) for row in connection.execute(_NAMES)}
