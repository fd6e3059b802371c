"""Figures of reports: each is defined once, as data, and holds its own condition.

A condition is a value of a closed set. It is read three ways: as SQL (:mod:`gridconsole.store.fact_queries`), in Python
(:func:`holds`), and as words under a table. Nothing outside may add a condition to a figure except the period and the filter of the
report. A figure counts rows of one kind of fact (:mod:`.facts`) and joins none, so no case is counted twice.

Period rules, both in use in China: ``DUE``, where a case belongs to the month in which its deadline falls (Zhengzhou and others), and
``BACKLOG``, where what was handled in the period is set against that plus what was not handled at its end (Quanzhou).

Sources of the formulas: the rates of CJ/T 292-2008 as restated by centres and systems; where two differ the figure says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from gridconsole.domain.codes import TurnEnd
from gridconsole.domain.states import OPEN_STATES, Satisfaction, Solved, Source, State

# --- conditions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Within:
    """The day in a column falls in the period."""

    column: str


@dataclass(frozen=True, slots=True)
class Upto:
    """The day in a column is not after the end of the period; an instant is before its end, or before now if it is unfinished."""

    column: str


@dataclass(frozen=True, slots=True)
class MissingAtEnd:
    """At the end of the period, the day in a column was still to come."""

    column: str


@dataclass(frozen=True, slots=True)
class IsIn:
    """A column has one of some values."""

    column: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A count or a flag is not 0."""

    column: str


@dataclass(frozen=True, slots=True)
class Not:
    """A condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All conditions hold."""

    conditions: tuple[Condition, ...]


Condition = Within | Upto | MissingAtEnd | IsIn | IsTrue | Not | And


def both(*conditions: Condition) -> And:
    """Return the condition that all of some conditions hold, flattened."""
    flat: list[Condition] = []
    for one in conditions:
        flat += one.conditions if isinstance(one, And) else (one,)
    return And(tuple(flat))


@dataclass(frozen=True, slots=True)
class Days:
    """A period in days of the office, both included, as whole numbers."""

    first: int
    last: int
    until: str = "9999"
    """End of the period as an instant, as stored; of an unfinished one the present."""


MOMENTS = frozenset({"due_at", "half_more_at", "threefold_at"})
"""Columns that hold instants, not days: what is due later today is not overdue."""


def holds(condition: Condition, row: Mapping[str, Any], days: Days) -> bool:
    """Return whether a condition holds for a row of facts; a day or a value that is not known fulfils no condition on it."""
    match condition:
        case Within(column):
            return row[column] is not None and days.first <= row[column] <= days.last
        case Upto(column):
            if column in MOMENTS:
                return row[column] is not None and row[column] < days.until
            return row[column] is not None and row[column] <= days.last
        case MissingAtEnd(column):
            return row[column] is None or row[column] > days.last
        case IsIn(column, values):
            return row[column] in values
        case IsTrue(column):
            return bool(row[column])
        case Not(inner):
            return not holds(inner, row, days)
        case And(conditions):
            return all(holds(one, row, days) for one in conditions)


def columns_of(condition: Condition) -> Iterator[str]:
    """Yield the columns that a condition reads."""
    match condition:
        case Not(inner):
            yield from columns_of(inner)
        case And(conditions):
            for one in conditions:
                yield from columns_of(one)
        case _:
            yield condition.column


def implies(part: Condition, whole: Condition) -> bool:
    """Return whether a condition holds only where another one does: it names every one of the other's conditions."""
    return set(both(whole).conditions) <= set(both(part).conditions)


# --- figures ----------------------------------------------------------------------------------------------------


class Fact(StrEnum):
    """Kinds of facts."""

    CASE = "case"
    TURN = "turn"
    STAGE = "stage"
    CALL = "call"


class Owner(StrEnum):
    """People whose work a figure shows."""

    OFFICE = "office"
    REPORTER = "reporter"
    VERIFIER = "verifier"
    CHECKER = "checker"
    HANDLER = "handler"
    DISPATCHER = "dispatcher"
    FILER = "filer"
    ACCEPTOR = "acceptor"


class PeriodRule(StrEnum):
    """Rules by which a case belongs to a period."""

    EVENT = "event"
    """Events of the period."""
    DUE = "due"
    """The deadline falls in the period."""
    BACKLOG = "backlog"
    """Handled in the period, and not handled at its end."""
    END = "end"
    """State at the end of the period."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, or a sum of a column over them."""

    key: str
    fact: Fact
    where: Condition
    belongs_to: Owner = Owner.OFFICE
    rule: PeriodRule = PeriodRule.EVENT
    sum_of: str = ""
    """Column that is added up; empty: rows are counted."""
    is_additive: bool = True
    """True if the months of a year add up to the year."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a count in another one, in per cent."""

    key: str
    part: str
    whole: str
    plus: str = ""
    """Count that is added to the whole; empty: none."""
    is_inverse: bool = False
    """True if the share of the others is meant."""
    belongs_to: Owner = Owner.OFFICE


class Mean(StrEnum):
    """Ways to say how long something usually takes."""

    MEAN = "mean"
    MEDIAN = "median"
    P90 = "p90"
    """Nine of ten took no longer."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean, a median or a 90th percentile of a column of minutes."""

    key: str
    fact: Fact
    where: Condition
    column: str
    mean: Mean
    belongs_to: Owner = Owner.HANDLER
    rule: PeriodRule = PeriodRule.EVENT


Figure = Count | Rate | Spread

_IS_OURS = both(Not(IsTrue("merged")), Not(IsIn("state", (State.VOIDED.value,))))
"""Neither voided nor merged into another case."""
_IS_DUE = both(Within("due"), Upto("due_at"), _IS_OURS, Not(IsTrue("upheld")))
_IS_IN_TIME = IsIn("late", (0,))
_IS_LATE = IsIn("late", (1,))
_OPEN = tuple(state.value for state in OPEN_STATES)
_AT_END = both(Upto("began"), MissingAtEnd("ended"), Not(IsTrue("resting")))
_IS_HANDLED_THEN = both(_AT_END, IsIn("state", (State.HANDLING.value,)))
_RESIDENTS = tuple(source.value for source in Source if source.is_resident)
_TURN_DUE = both(Within("due"), Upto("due_at"), IsTrue("counts"), Not(IsTrue("relieved")))
"""A turn that was given back or taken away in time asks nothing of its handler any more."""
_IS_FED_BACK = IsIn("ended_how", (TurnEnd.FED_BACK.value,))


def _case(key: str, *where: Condition, **more: Any) -> Count:
    return Count(key, Fact.CASE, both(*where), **more)


def _due(key: str, *where: Condition, is_additive: bool = True) -> Count:
    return Count(key, Fact.CASE, both(_IS_DUE, *where), Owner.HANDLER, PeriodRule.DUE, is_additive=is_additive)


def _ended(key: str, state: State, owner: Owner, *where: Condition) -> Count:
    """Count how often a stage was finished, on the day on which it was; a voided case finishes none."""
    return Count(key, Fact.STAGE, both(IsIn("state", (state.value,)), Within("ended"), IsTrue("done"), *where), owner)


def _step_due(key: str, state: State, owner: Owner, *where: Condition) -> Count:
    """Count the steps whose deadline falls in the period, done or not; one that nobody has to take any more does not count."""
    due = both(IsIn("state", (state.value,)), Within("step_due"), Upto("due_at"), *where)
    return Count(key, Fact.STAGE, due, owner, PeriodRule.DUE)


def _step(key: str, states: State | tuple[State, ...], came_from: State) -> Count:
    """Count how often cases came from one state into another, or one of some; one that changed its handler meanwhile came once."""
    values = tuple(state.value for state in (states if isinstance(states, tuple) else (states,)))
    return Count(key, Fact.STAGE, both(IsIn("state", values), Within("began"), IsIn("came_from", (came_from.value,))))


def _called(key: str, *where: Condition) -> Count:
    return Count(key, Fact.CALL, both(Within("called"), MissingAtEnd("next_called"), *where), is_additive=False)


def _at_end(key: str, *where: Condition, owner: Owner = Owner.OFFICE) -> Count:
    return Count(key, Fact.STAGE, both(*where), owner, PeriodRule.END, is_additive=False)


def _turn(key: str, *where: Condition, rule: PeriodRule = PeriodRule.EVENT) -> Count:
    return Count(key, Fact.TURN, both(*where), Owner.HANDLER, rule)


COUNTS: tuple[Count, ...] = (
    # The chain of a case.
    _case("reported", Within("reported")),
    _case("accepted", Within("accepted"), belongs_to=Owner.ACCEPTOR),
    _step("settled", State.TO_CLOSE, State.REPORTED),
    _case("declined", Within("declined"), belongs_to=Owner.ACCEPTOR),
    _case("filed", Within("filed"), belongs_to=Owner.FILER),
    _case("filed_kept", Within("filed"), Not(IsIn("state", (State.VOIDED.value,))), belongs_to=Owner.FILER),
    _case("voided", Within("voided")),
    _case("merged", Within("reported"), IsTrue("merged")),
    _case("brought", Within("reported"), IsTrue("brought")),
    _case("dispatched", Within("dispatched"), belongs_to=Owner.DISPATCHER),
    _case("dispatched_right", Within("dispatched"), Not(IsTrue("redispatches")), Not(IsTrue("returns")), belongs_to=Owner.DISPATCHER),
    _case("dispatched_of_filed", Within("filed"), Upto("dispatched"), belongs_to=Owner.DISPATCHER, is_additive=False),
    _case("filed_of_accepted", Within("accepted"), Upto("filed"), belongs_to=Owner.FILER, is_additive=False),
    _case("closed", Within("closed")),
    Count("closings", Fact.STAGE, both(IsIn("state", (State.CLOSED.value,)), Within("began"))),
    _step("reopened", (State.HANDLING, State.TO_DISPATCH, State.TO_FILE), State.CLOSED),
    # Steps, as often as they happened.
    _step("feedbacks", State.TO_CHECK, State.HANDLING),
    _step("reworks", State.HANDLING, State.TO_CHECK),
    _step("returned", State.TO_DISPATCH, State.HANDLING),
    _case("fed_back", Within("fed_back"), _IS_OURS, belongs_to=Owner.HANDLER),
    # By the deadline: every case counts in exactly one month.
    _due("due"),
    _case("upheld", Within("due"), Upto("due_at"), _IS_OURS, IsTrue("upheld"), belongs_to=Owner.HANDLER, rule=PeriodRule.DUE),
    _due("handled", Upto("fed_back"), is_additive=False),
    _due("handled_in_time", _IS_IN_TIME),
    _due("handled_late", Upto("fed_back"), _IS_LATE, is_additive=False),
    _due("overdue_unhandled", MissingAtEnd("fed_back"), is_additive=False),
    _due("reworked", IsTrue("reworks")),
    _due("extended", IsTrue("extensions")),
    _due("reworked_of_handled", Upto("fed_back"), IsTrue("reworks"), is_additive=False),
    _due("extended_of_handled", Upto("fed_back"), IsTrue("extensions"), is_additive=False),
    _due("closed_of_due", Upto("closed"), is_additive=False),
    _due("closed_in_time", Upto("closed"), _IS_IN_TIME, is_additive=False),
    _due("closed_late", Upto("closed"), _IS_LATE, is_additive=False),
    # Inspections and the office's own steps, by the day on which they were done.
    _ended("acceptances", State.REPORTED, Owner.ACCEPTOR),
    _step_due("acceptances_due", State.REPORTED, Owner.ACCEPTOR),
    _step_due("acceptances_in_time", State.REPORTED, Owner.ACCEPTOR, _IS_IN_TIME),
    _ended("verifications", State.VERIFYING, Owner.VERIFIER),
    _step_due("verifications_due", State.VERIFYING, Owner.VERIFIER),
    _step_due("verifications_in_time", State.VERIFYING, Owner.VERIFIER, _IS_IN_TIME),
    _ended("filings", State.TO_FILE, Owner.FILER),
    _step_due("filings_due", State.TO_FILE, Owner.FILER),
    _step_due("filings_in_time", State.TO_FILE, Owner.FILER, _IS_IN_TIME),
    _ended("dispatches", State.TO_DISPATCH, Owner.DISPATCHER),
    _step_due("dispatches_due", State.TO_DISPATCH, Owner.DISPATCHER),
    _step_due("dispatches_in_time", State.TO_DISPATCH, Owner.DISPATCHER, _IS_IN_TIME),
    _ended("checks", State.TO_CHECK, Owner.CHECKER),
    _step_due("checks_due", State.TO_CHECK, Owner.CHECKER),
    _step_due("checks_in_time", State.TO_CHECK, Owner.CHECKER, _IS_IN_TIME),
    # What holds at the end of the period.
    _at_end("open_at_end", _AT_END, IsIn("state", _OPEN)),
    _at_end("handling_at_end", _IS_HANDLED_THEN, owner=Owner.HANDLER),
    _at_end("suspended_at_end", _AT_END, IsIn("state", (State.SUSPENDED.value,))),
    _at_end("overdue_at_end", _IS_HANDLED_THEN, Upto("due_at"), owner=Owner.HANDLER),
    _at_end("late_at_end", _AT_END, IsIn("state", tuple(state for state in _OPEN if state != State.SUSPENDED.value)), Upto("due_at")),
    _at_end("overdue_half_more", _IS_HANDLED_THEN, Upto("half_more_at"), owner=Owner.HANDLER),
    _at_end("overdue_threefold", _IS_HANDLED_THEN, Upto("threefold_at"), owner=Owner.HANDLER),
    # Turns of handlers: departments are shown by these.
    _turn("turns", Within("started"), IsTrue("counts")),
    _turn("turns_due", _TURN_DUE, rule=PeriodRule.DUE),
    _turn("turns_in_time", _TURN_DUE, _IS_FED_BACK, _IS_IN_TIME, rule=PeriodRule.DUE),
    _turn("turns_fed_back", Within("ended"), _IS_FED_BACK, IsTrue("counts")),
    _turn("turns_redispatched", Within("ended"), IsIn("ended_how", (TurnEnd.REDISPATCHED.value,))),
    _turn("turns_returned", Within("ended"), IsIn("ended_how", (TurnEnd.RETURNED.value,))),
    # Residents.
    _case("resident_reports_true", Within("filed"), IsIn("source", _RESIDENTS), belongs_to=Owner.REPORTER),
    _case("missed", Within("filed"), IsIn("source", _RESIDENTS), IsTrue("missed"), belongs_to=Owner.REPORTER),
    _case("own_reports", Within("reported"), IsTrue("reporter_id"), belongs_to=Owner.REPORTER),
    _case("own_reports_valid", Within("reported"), IsTrue("reporter_id"), IsTrue("filed"), belongs_to=Owner.REPORTER),
    # The last call of each case in the period: a later one takes no case out of a month that is printed.
    _called("called_back"),
    _called("reached", IsTrue("reached")),
    _called("solved", IsTrue("reached"), IsIn("solved", (Solved.YES.value,))),
    _called("satisfied", IsTrue("reached"), IsIn("satisfaction", (Satisfaction.VERY.value, Satisfaction.SATISFIED.value))),
    # Cases with a deadline that another system sets (12345).
    _case("outer_due", Within("outer_due"), _IS_OURS),
    _case("outer_in_time", Within("outer_due"), _IS_OURS, IsIn("outer_late", (0,))),
)  # fmt: skip
RATES: tuple[Rate, ...] = (
    Rate("filing_rate", "filed_of_accepted", "accepted", belongs_to=Owner.FILER),
    Rate("filing_in_time_rate", "filings_in_time", "filings_due", belongs_to=Owner.FILER),
    Rate("filing_right_rate", "filed_kept", "filed", belongs_to=Owner.FILER),
    Rate("dispatch_rate", "dispatched_of_filed", "filed", belongs_to=Owner.DISPATCHER),
    Rate("dispatch_in_time_rate", "dispatches_in_time", "dispatches_due", belongs_to=Owner.DISPATCHER),
    Rate("dispatch_right_rate", "dispatched_right", "dispatched", belongs_to=Owner.DISPATCHER),
    Rate("handled_rate", "handled", "due", belongs_to=Owner.HANDLER),
    Rate("on_time_rate", "handled_in_time", "due", belongs_to=Owner.HANDLER),
    Rate("handled_rate_backlog", "fed_back", "fed_back", plus="handling_at_end", belongs_to=Owner.HANDLER),
    Rate("closed_rate", "closed_of_due", "due"),
    Rate("closed_in_time_rate", "closed_in_time", "due"),
    Rate("closed_late_rate", "closed_late", "due"),
    Rate("rework_rate", "reworked", "due", belongs_to=Owner.HANDLER),
    Rate("extension_rate", "extended", "due", belongs_to=Owner.HANDLER),
    # Variants divide by what was handled; an office chooses (:data:`BASES`).
    Rate("rework_rate_handled", "reworked_of_handled", "handled", belongs_to=Owner.HANDLER),
    Rate("extension_rate_handled", "extended_of_handled", "handled", belongs_to=Owner.HANDLER),
    Rate("acceptance_in_time_rate", "acceptances_in_time", "acceptances_due", belongs_to=Owner.ACCEPTOR),
    Rate("verification_in_time_rate", "verifications_in_time", "verifications_due", belongs_to=Owner.VERIFIER),
    Rate("check_in_time_rate", "checks_in_time", "checks_due", belongs_to=Owner.CHECKER),
    Rate("turn_in_time_rate", "turns_in_time", "turns_due", belongs_to=Owner.HANDLER),
    Rate("valid_report_rate", "own_reports_valid", "own_reports", belongs_to=Owner.REPORTER),
    Rate("missed_rate", "missed", "resident_reports_true", belongs_to=Owner.REPORTER),
    Rate("reached_rate", "reached", "called_back"),
    Rate("solved_rate", "solved", "reached"),
    Rate("satisfied_rate", "satisfied", "reached"),
    Rate("outer_in_time_rate", "outer_in_time", "outer_due"),
)
TOTAL_FIRST = "total_first"
"""Setting: true if the tables of reports begin with the row of the whole, false if they end with it."""
BASES: Mapping[str, str] = {"rework_of": "rework_rate", "extension_of": "extension_rate"}
"""Settings of an office that choose the denominator of a rate, which centres and systems do not agree on: ``due`` (Zhengzhou, Jinniu,
Unicom's department sheet) or ``handled`` (variants of the same sheet)."""
DUE_BASE, HANDLED_BASE = "due", "handled"
_HANDLED_NOW = both(Within("fed_back"), _IS_OURS)
SPREADS: tuple[Spread, ...] = tuple(
    Spread(f"{name}_{mean.value}", Fact.CASE, _HANDLED_NOW, column, mean)
    for name, column in (("work_time", "work_minutes"), ("time", "minutes"))
    for mean in Mean
)
_ALL: tuple[Figure, ...] = (*COUNTS, *RATES, *SPREADS)
FIGURES: Mapping[str, Figure] = {figure.key: figure for figure in _ALL}
"""Every figure by its key."""
_COUNTS: Mapping[str, Count] = {count.key: count for count in COUNTS}


def faults(columns: Mapping[Fact, Iterable[str]]) -> Iterator[str]:
    """Yield what is wrong with the definitions; nothing if all hold.

    A rate's part must imply its whole and count the same kind of fact, every column must exist, and no key may occur twice.

    Args:
        columns: columns of each kind of fact.
    """
    if len(FIGURES) != len(COUNTS) + len(RATES) + len(SPREADS):
        yield "a key occurs twice"
    known = {fact: frozenset(names) for fact, names in columns.items()}
    counted: tuple[Count | Spread, ...] = (*COUNTS, *SPREADS)
    for figure in counted:
        read = {*columns_of(figure.where), *([figure.sum_of] if isinstance(figure, Count) and figure.sum_of else [])}
        read |= {figure.column} if isinstance(figure, Spread) else set()
        yield from (f"{figure.key}: no column {name}" for name in sorted(read - known[figure.fact]))
    for rate in RATES:
        part, whole = _COUNTS.get(rate.part), _COUNTS.get(rate.whole)
        if part is None or whole is None:
            yield f"{rate.key}: a count is missing"
        elif part.fact is not whole.fact:
            yield f"{rate.key}: counts of two facts"
        elif not implies(part.where, whole.where):
            yield f"{rate.key}: the part is not among the whole"


def count(key: str) -> Count:
    """Return a count by its key."""
    return _COUNTS[key]


def with_bases(keys: Sequence[str], settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return figures with the rates whose denominators the office has chosen."""
    other = {rate: f"{rate}_handled" for setting, rate in BASES.items() if settings.get(setting) == HANDLED_BASE}
    return tuple(other.get(key, key) for key in keys)


def counts_needed(keys: Iterable[str]) -> tuple[str, ...]:
    """Return the counts that figures are made of, each once, in order."""
    found: dict[str, None] = {}
    for key in keys:
        figure = FIGURES[key]
        if isinstance(figure, Rate):
            found |= dict.fromkeys(name for name in (figure.part, figure.whole, figure.plus) if name)
        elif isinstance(figure, Count):
            found[key] = None
    return tuple(found)


# --- values -----------------------------------------------------------------------------------------------------

VERSION = "2026-1"
"""Version of the definitions: reports print it, so that figures of two papers are compared under one rule. A changed rule changes it."""
PLACES = Decimal("0.01")
"""Decimals of a printed rate."""


def percent(part: int, whole: int, *, is_inverse: bool = False) -> Decimal | None:
    """Return a rate in per cent, unrounded; None if the whole is 0."""
    if not whole:
        return None
    return Decimal(100 * (whole - part if is_inverse else part)) / Decimal(whole)


def value_of(key: str, counts: Mapping[str, int]) -> Decimal | int | None:
    """Return a count or a rate from the counts it is made of."""
    figure = FIGURES[key]
    if isinstance(figure, Rate):
        whole = counts.get(figure.whole, 0) + (counts.get(figure.plus, 0) if figure.plus else 0)
        return percent(counts.get(figure.part, 0), whole, is_inverse=figure.is_inverse)
    return counts.get(key, 0)


def rounded(value: Decimal, places: Decimal = PLACES) -> Decimal:
    """Round half up, as published tables are; only for printing."""
    return value.quantize(places, ROUND_HALF_UP)


def change(now: Decimal | int | None, before: Decimal | int | None, *, of_rate: bool) -> Decimal | None:
    """Return a change against another period: of a count in per cent, of a rate in percentage points; None if it has no meaning."""
    if now is None or before is None or (not of_rate and not before):
        return None
    difference = Decimal(now) - Decimal(before)
    return difference if of_rate else 100 * difference / Decimal(before)


_MEANS: Mapping[Mean, Callable[[Sequence[int]], Decimal]] = {
    Mean.MEAN: lambda values: Decimal(sum(values)) / len(values),
    Mean.MEDIAN: lambda values: Decimal(values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2,
    Mean.P90: lambda values: Decimal(values[-(-9 * len(values) // 10) - 1]),
}


def mean_of(mean: Mean, values: Sequence[int]) -> Decimal | None:
    """Return a mean of sorted values; None if there are none. The 90th percentile is the smallest value that nine of ten reach."""
    return _MEANS[mean](values) if values else None
