"""Count facts: the figures of reports as SQL, one statement for each kind of fact, and the cases behind a count."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain import figures as definitions
from gridconsole.domain.facts import LONGEST_SPAN, RUNS
from gridconsole.domain.figures import And, Condition, Count, Days, Fact, IsIn, IsTrue, MissingAtEnd, Not, Upto, Within
from gridconsole.domain.states import State
from gridconsole.store import fact_filters
from gridconsole.store.fact_filters import EVERY_CASE, Filter, Shape
from gridconsole.store.tables.cases import clock, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.facts import IS_LIVE_STATE, call_fact, case_fact, stage_fact, turn_fact

TABLES: Mapping[Fact, sa.Table] = {Fact.CASE: case_fact, Fact.TURN: turn_fact, Fact.STAGE: stage_fact, Fact.CALL: call_fact}
COLUMNS: Mapping[Fact, tuple[str, ...]] = {fact: tuple(column.name for column in table.c) for fact, table in TABLES.items()}
"""Columns of each kind of fact."""
RARE = ("merged", "brought")
"""Flags that few cases have: these are found by an index of theirs."""
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_FIRST: sa.BindParameter[int] = sa.bindparam("first", type_=sa.BigInteger)
_LAST: sa.BindParameter[int] = sa.bindparam("last", type_=sa.BigInteger)
_TO: sa.BindParameter[int] = sa.bindparam("to", type_=sa.BigInteger)
"""Last day of the part of the period that is read; what is known by its end is asked for by ``last``."""
_UNTIL: sa.BindParameter[str] = sa.bindparam("until", type_=sa.Text)
_ZERO: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)


def sql_of(condition: Condition, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return a condition on rows of a table. What is not known is NULL, which WHERE and CASE take for false; a negation makes it false
    first, as :func:`gridconsole.domain.figures.holds` does.
    """
    match condition:
        case Within(column):
            return table.c[column].between(_FIRST, _TO)
        case Upto(column):
            return table.c[column] < _UNTIL if column in definitions.MOMENTS else table.c[column] <= _LAST
        case MissingAtEnd(column):
            return table.c[column].is_(None) | (table.c[column] > _LAST)
        case IsIn(column, (value,)):
            return table.c[column] == _literal(value)
        case IsIn(column, values):
            return table.c[column].in_([_literal(value) for value in values])
        case IsTrue(column):
            return table.c[column] != _ZERO
        case Not(IsTrue(column)) if not table.c[column].nullable:
            return table.c[column] == _ZERO
        case Not(inner):
            return ~sa.func.coalesce(sql_of(inner, table), sa.false())
        case And(conditions):
            return sa.and_(sa.true(), *(sql_of(one, table) for one in conditions))


def _literal(value: str | int) -> sa.ColumnElement[Any]:
    return word(value) if isinstance(value, str) else sa.literal_column(str(value), sa.Integer)


def _reach(condition: Condition, table: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """Return the parts of a condition that indices answer, each by its own: its period, or what still holds at the end of it."""
    parts = definitions.both(condition).conditions
    within = next((one.column for one in parts if isinstance(one, Within)), None)
    if within is None:
        return _holding()
    # Steps are found by the states they lead from and to, or by the one of them that few cases have; rare flags by their own index.
    steps: list[Condition] = [
        one for one in parts if within == "began" and isinstance(one, IsIn) and one.column in ("state", "came_from")
    ]
    rare_steps: list[Condition] = [
        one for one in steps if isinstance(one, IsIn) and one.column == "came_from" and one.values == (State.CLOSED.value,)
    ]
    flags: list[Condition] = [one for one in parts if isinstance(one, IsTrue) and one.column in RARE]
    found = [sql_of(one, table) for one in (*(rare_steps or steps), *flags)]
    return [sa.and_(_of_office(table), *found, table.c[within].between(_FIRST, _TO))]


def _holding() -> list[sa.ColumnElement[bool]]:
    """Return the parts of the condition that a time in a state of an open case may hold at the end of the period.

    One of at most 2ⁿ days that holds then began in the 2ⁿ days before. So each length has a range of the index, and none reads the
    past. In the words of the partial index: every closed case is in its last state for ever.
    """
    began, span = stage_fact.c.began, stage_fact.c.span
    ranges: list[tuple[int, sa.ColumnElement[bool]]] = [
        (bits, began.between(_LAST - sa.literal_column(str(1 << bits), sa.Integer), _LAST)) for bits in range(1, LONGEST_SPAN + 1)
    ]
    ranges.append((RUNS, began <= _LAST))
    of_office = stage_fact.c.office_id == _OFFICE
    return [of_office & IS_LIVE_STATE & (span == sa.literal_column(str(bits), sa.Integer)) & within for bits, within in ranges]


def _of_office(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return table.c.office_id == _OFFICE


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts by dimensions: every table of a report is a sum over it, so parts add up to the whole."""

    dimensions: tuple[str, ...]
    cells: Mapping[tuple[Any, ...], Mapping[str, int]]
    """By the values of the dimensions."""
    _sums: dict[tuple[str, ...], dict[tuple[Any, ...], dict[str, int]]] = field(default_factory=dict, compare=False, repr=False)

    def by(self, *names: str) -> Mapping[tuple[Any, ...], Mapping[str, int]]:
        """Return the counts by some of the dimensions; each is added up once."""
        if names not in self._sums:
            self._sums[names] = self._added_up(names)
        return self._sums[names]

    def _added_up(self, names: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, int]]:
        at = [self.dimensions.index(name) for name in names]
        found: dict[tuple[Any, ...], dict[str, int]] = {}
        for values, counts in self.cells.items():
            into = found.setdefault(tuple(values[one] for one in at), {})
            for key, count in counts.items():
                into[key] = into.get(key, 0) + count
        return found

    def total(self) -> Mapping[str, int]:
        """Return the counts of the whole period."""
        return self.by().get((), {})


def cube(
    connection: sa.Connection, office: int, keys: Iterable[str], days: Days, dimensions: Sequence[str], where: Filter = EVERY_CASE,
) -> Cube:  # fmt: skip
    """Count figures in a period, in one pass over each kind of fact.

    Args:
        keys: counts and rates.
        days: the period.
        dimensions: columns of :data:`gridconsole.domain.facts.DIMENSIONS`.
        where: which rows it is limited to.
    """
    cells: dict[tuple[Any, ...], dict[str, int]] = {}
    wanted = [definitions.count(key) for key in definitions.counts_needed(keys)]
    for fact in Fact:
        for group in _groups([count for count in wanted if count.fact is fact], is_whole=not dimensions and not where):
            statement = _cube(tuple(count.key for count in group), tuple(dimensions), fact_filters.shape_of(where))
            for part in _parts(days) if dimensions and _is_of_period(group[0]) else (days,):
                values = _values(office, days, where) | {"first": part.first, "to": part.last}
                for row in connection.execute(statement, values):
                    into = cells.setdefault(tuple(row)[: len(dimensions)], {})
                    for count, value in zip(group, tuple(row)[len(dimensions) :], strict=True):
                        into[count.key] = into.get(count.key, 0) + int(value)
    return Cube(tuple(dimensions), cells)


PART_DAYS = 31
"""Days that are sorted at once: a year of them would not stay in memory."""


def _parts(days: Days) -> Iterator[Days]:
    """Yield a period in parts: the day that a count asks for is in just one of them."""
    for first in range(days.first, days.last + 1, PART_DAYS):
        yield Days(first, min(first + PART_DAYS - 1, days.last), days.until)


def _is_of_period(count: Count) -> bool:
    return any(isinstance(one, Within) for one in definitions.both(count.where).conditions)


def _groups(counts: Sequence[Count], *, is_whole: bool) -> list[list[Count]]:
    """Return counts of one fact, those of the period apart from those of what holds at its end: each reads rows of another index.

    Args:
        is_whole: the counts are not broken down, so that each index is read by a statement of its own: there is nothing to sort, and
            a count of a day alone reads no row. Broken down, one statement sorts the rows once.
    """
    found: dict[object, list[Count]] = {}
    for count in counts:
        parts = definitions.both(count.where).conditions
        within = next((one.column for one in parts if isinstance(one, Within)), None)
        rare = [
            one
            for one in parts
            if (isinstance(one, IsTrue) and one.column in RARE) or (isinstance(one, IsIn) and one.column == "came_from")
        ]
        key = (within, *rare, len(parts) == 1) if is_whole else within is None
        found.setdefault(key, []).append(count)
    return list(found.values())


def _values(office: int, days: Days, where: Filter) -> dict[str, Any]:
    return {
        "office": office,
        "first": days.first,
        "to": days.last,
        "last": days.last,
        "until": days.until,
    } | fact_filters.values_of(where)


@functools.lru_cache(256)
def _cube(keys: tuple[str, ...], dimensions: tuple[str, ...], filtered: Shape) -> sa.Select[Any]:
    counts = [definitions.count(key) for key in keys]
    table = TABLES[counts[0].fact]
    sums = [
        sa.func.sum(sa.case((sql_of(count.where, table), table.c[count.sum_of] if count.sum_of else _ONE), else_=_ZERO)).label(
            count.key
        )
        for count in counts
    ]
    columns = [table.c[name] for name in dimensions]
    parts = {str(one): one for count in counts for one in _reach(count.where, table)}
    # Most steps count in no figure, and would only be sorted.
    counted = [sa.or_(*(sql_of(count.where, table) for count in counts))] if columns and counts[0].fact is Fact.STAGE else []
    query = sa.select(*columns, *sums).where(sa.or_(*parts.values()), *counted, *fact_filters.conditions(table, filtered))
    return query.group_by(*columns).having(sa.func.count() > _ZERO)


@dataclass(frozen=True, slots=True)
class Counted:
    """A case that a count counts, with what it was counted by: this may have changed since."""

    incident_id: int
    number: str
    due_at: str | None
    handler: tuple[str | None, int | None]
    """Kind and key."""
    state: str | None
    """State of the step; None where something else is counted."""
    closed: int | None
    """Day of the first closing; None where it was not closed, or something else than the case is counted."""


_NOTHING: sa.ColumnElement[Any] = sa.null()


@functools.lru_cache(256)
def _cases(key: str, filtered: Shape) -> sa.Select[Any]:
    count = definitions.count(key)
    table = TABLES[count.fact]
    return (
        sa.select(
            table.c.incident_id, incident.c.number, (_NOTHING if count.fact is Fact.CALL else table.c.due_at).label("due_at"), table.c.handler_kind, table.c.handler_id,
            (table.c.state if count.fact is Fact.STAGE else _NOTHING).label("state"),
            (table.c.closed if count.fact is Fact.CASE else _NOTHING).label("closed"),
        )
        .join(incident, incident.c.id == table.c.incident_id)
        .where(sa.or_(*_reach(count.where, table)), sql_of(count.where, table), *fact_filters.conditions(table, filtered))
        .order_by(incident.c.number, _ORDER[count.fact])
    )  # fmt: skip


_ORDER: Mapping[Fact, sa.ColumnElement[int]] = {
    Fact.CASE: case_fact.c.incident_id, Fact.TURN: turn_fact.c.turn_id, Fact.STAGE: stage_fact.c.position, Fact.CALL: call_fact.c.call_id,
}  # fmt: skip
"""Order of the rows of one case."""


def cases(
    connection: sa.Connection, office: int, key: str, days: Days, where: Filter = EVERY_CASE, most: int | None = None
) -> list[Counted]:
    """Return the case of every row that a count counts, by number: as many as the count says.

    A case stands twice if it had two turns or stages that count.

    Args:
        most: most rows; None: all.
    """
    statement = _cases(key, fact_filters.shape_of(where))
    if most is not None:
        statement = statement.limit(sa.bindparam("most", type_=sa.BigInteger))
    found = connection.execute(statement, _values(office, days, where) | ({} if most is None else {"most": most}))
    return [
        Counted(row.incident_id, row.number, row.due_at, (row.handler_kind, row.handler_id), row.state, row.closed)
        for row in found
    ]


@functools.lru_cache(64)
def _minutes(key: str, dimensions: tuple[str, ...], filtered: Shape) -> sa.Select[Any]:
    spread = definitions.FIGURES[key]
    assert isinstance(spread, definitions.Spread)  # noqa: S101
    table = TABLES[spread.fact]
    columns = [table.c[name] for name in dimensions]
    return (
        sa.select(*columns, table.c[spread.column])
        .where(
            sa.or_(*_reach(spread.where, table)), sql_of(spread.where, table),
            table.c[spread.column].is_not(None), *fact_filters.conditions(table, filtered),
        )
        .order_by(*columns, table.c[spread.column])
    )  # fmt: skip


def minutes(
    connection: sa.Connection, office: int, key: str, days: Days, dimensions: Sequence[str] = (), where: Filter = EVERY_CASE
) -> dict[tuple[Any, ...], list[int]]:
    """Return the sorted minutes that a mean is made of, by dimensions."""
    found: dict[tuple[Any, ...], list[int]] = {}
    statement = _minutes(key, tuple(dimensions), fact_filters.shape_of(where))
    for row in connection.execute(statement, _values(office, days, where)):
        found.setdefault(tuple(row)[:-1], []).append(int(row[-1]))
    return found


_FIRST_DAY = sa.select(sa.func.min(case_fact.c.reported)).where(case_fact.c.office_id == _OFFICE)


def first_day(connection: sa.Connection, office: int) -> date | None:
    """Return the day of the first report; None if there is none."""
    found = connection.execute(_FIRST_DAY, {"office": office}).scalar()
    return None if found is None else date.fromordinal(found)


_AT_END = sa.and_(sa.or_(*_holding()), stage_fact.c.ended.is_(None) | (stage_fact.c.ended > _LAST), stage_fact.c.resting == _ZERO)
_STATES = (
    sa.select(
        stage_fact.c.state,
        sa.func.count().label("waiting"),
        sa.func.sum(sa.case((stage_fact.c.due_at < _UNTIL, _ONE), else_=_ZERO)).label("overdue"),
    )
    .where(_AT_END)
    .group_by(stage_fact.c.state)
)


def states_at_end(connection: sa.Connection, office: int, days: Days, where: Filter = EVERY_CASE) -> dict[str, tuple[int, int]]:
    """Return how many open cases were in each state at the end of a period, and how many of them past their deadline."""
    narrowed = _STATES.where(*fact_filters.conditions(stage_fact, fact_filters.shape_of(where)))
    found = connection.execute(narrowed, _values(office, days, where))
    return {row.state: (int(row.waiting), int(row.overdue)) for row in found}


@dataclass(frozen=True, slots=True)
class Overdue:
    """A case that was past the deadline of its step at the end of a period."""

    incident_id: int
    state: str
    handler: tuple[str | None, int | None]
    """Kind and key of the handler it had then."""
    due_at: str
    span: str | None
    """Limit of the step, encoded; None if nobody knows it any more."""


_SPAN = (
    sa.select(sa.func.max(clock.c.span))
    .where(clock.c.incident_id == stage_fact.c.incident_id, clock.c.due_at == stage_fact.c.due_at)
    .scalar_subquery()
)


@functools.lru_cache(64)
def _overdue(filtered: Shape) -> sa.Select[Any]:
    late = definitions.count("late_at_end").where
    return (
        sa.select(*some(stage_fact, "incident_id state handler_kind handler_id due_at"), _SPAN.label("span"))
        .where(sa.or_(*_reach(late, stage_fact)), sql_of(late, stage_fact), *fact_filters.conditions(stage_fact, filtered))
        .order_by(stage_fact.c.due_at, stage_fact.c.incident_id)
    )


def overdue(connection: sa.Connection, office: int, days: Days, where: Filter = EVERY_CASE) -> list[Overdue]:
    """Return the cases that were overdue at the end of a period, the longest overdue first."""
    found = connection.execute(_overdue(fact_filters.shape_of(where)), _values(office, days, where))
    return [Overdue(row.incident_id, row.state, (row.handler_kind, row.handler_id), row.due_at, row.span) for row in found]
