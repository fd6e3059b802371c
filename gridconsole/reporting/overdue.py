"""The list of overdue cases (超期) as of any moment: by who has them, with how long they are overdue and a phone to ring."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.search_words import public
from gridconsole.domain.states import State
from gridconsole.language import t, word
from gridconsole.language.durations import local_text, time_left
from gridconsole.language.figures import list_note_of
from gridconsole.reporting.case_tables import MOST, handler_name
from gridconsole.reporting.model import Cell, Code, Metric, Report, Table, moment
from gridconsole.reporting.request import Request
from gridconsole.services import phones
from gridconsole.store import fact_cases, fact_names, fact_queries
from gridconsole.store.types import instant

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

BANDS = (1, 3, 7)
"""Days overdue at which a band ends and the next one begins."""
_COLUMNS = ("number", "state", "late", "due", "grade", "area", "category", "handler", "address")


@dataclass(frozen=True, slots=True)
class _Holder:
    """A handler with overdue cases, or a step of this office with some."""

    name: str
    phone: str
    """As everybody may see it."""
    cases: Sequence[fact_queries.Overdue]


def report(office: Office, request: Request) -> Report:
    """Return the open cases past the deadline of their step, the longest overdue first: now, or at the end of a past day."""
    now = office.now()
    is_past = request.period.last < office.today()
    at = request.moments[1] if is_past else now
    with office.database.reading() as connection:
        found = fact_queries.overdue(connection, office.id, request.days, request.where.rows)[:MOST]
        names = fact_names.of_handlers(connection, [one.handler for one in found])
        lines = fact_cases.lines(connection, [one.incident_id for one in found])
        holders = _holders(connection, found, names)
    return Report(
        key="overdue",
        title=t("report.overdue", office=office.name),
        office=office.name,
        period=t("report.end_of", day=request.period.last) if is_past else local_text(now, office.calendar),
        made_at=now,
        metrics=(Metric("overdue", t("metric.overdue"), len(found), t("metric.unit"), list_note_of("late_at_end")),),
        tables=(_by_holder(office, holders, at), _list(office, found, lines, names, at)),
        facts={t("report.fact.filter"): request.where.words} if request.where.words else {},
    )


def _list(
    office: Office, found: Sequence[fact_queries.Overdue], lines: Mapping[int, fact_cases.CaseLine],
    names: Mapping[tuple[str, int], str], at: datetime,
) -> Table:  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        line, due_at = lines[one.incident_id], instant(one.due_at)
        rows.append((
            Code(line.number, is_case=True), word(State(one.state)), _late_text(office, one, at), moment(due_at, office.calendar.zone),
            word(line.grade), line.area, line.category, handler_name(names, one.handler), public(line.address, line.reporter),
        ))  # fmt: skip
    columns = tuple(t(f"column.{name}") for name in _COLUMNS)
    notes = (list_note_of("late_at_end"),) if found else ()
    return Table("overdue", t("report.overdue.table"), columns, tuple(rows), notes=notes)


def _late_text(office: Office, one: fact_queries.Overdue, at: datetime) -> str:
    unit = Limit.decode(one.span).unit if one.span is not None else None
    return time_left(at, instant(one.due_at), unit, office.calendar)


def _holders(
    connection: Transaction, found: Sequence[fact_queries.Overdue], names: Mapping[tuple[str, int], str]
) -> list[_Holder]:
    """Return who has the cases, those with the most first."""
    of: dict[tuple[str, int] | State, list[fact_queries.Overdue]] = {}
    for one in found:
        kind, key = one.handler
        # In any other state the step that is late is this office's own, not the handler's.
        with_handler = (kind, key) if one.state == State.HANDLING.value and kind is not None and key is not None else None
        of.setdefault(with_handler or State(one.state), []).append(one)
    numbers = phones.of_handlers(connection, [key for key in of if isinstance(key, tuple)])
    holders = [
        _Holder(names.get(key, t("word.unknown")), numbers.get(key, ""), cases)
        if isinstance(key, tuple)
        else _Holder(t("report.overdue.own", state=word(key)), "", cases)
        for key, cases in of.items()
    ]
    return sorted(holders, key=lambda one: -len(one.cases))


def _by_holder(office: Office, holders: Sequence[_Holder], at: datetime) -> Table:
    """Return how many cases each has, by how many days they are overdue."""
    rows: list[tuple[Cell, ...]] = [
        (one.name, Code(one.phone, is_public=True), len(one.cases), *_bands(one.cases, at), _late_text(office, one.cases[0], at))
        for one in holders
    ]
    if holders:
        every = [case for one in holders for case in one.cases]
        longest = min(every, key=lambda case: case.due_at)
        rows.append((t("report.total"), "", len(every), *_bands(every, at), _late_text(office, longest, at)))
    bands = (
        t("report.overdue.up_to", days=BANDS[0]),
        *(t("report.overdue.between", first=first, last=last) for first, last in itertools.pairwise(BANDS)),
        t("report.overdue.over", days=BANDS[-1]),
    )
    columns = (
        t("report.overdue.holder"), t("column.phone"), t("metric.overdue"), *bands, t("report.overdue.longest"),
    )  # fmt: skip
    return Table(
        "by_handler", t("report.overdue.by_handler"), columns, tuple(rows), unit=t("report.unit.cases"),
        notes=(t("report.overdue.note"),) if holders else (), total=-1 if holders else None,
    )  # fmt: skip


def _bands(cases: Sequence[fact_queries.Overdue], at: datetime) -> list[int]:
    """Return how many cases are in each band."""
    found = [0] * (len(BANDS) + 1)
    for case in cases:
        late = at - instant(case.due_at)
        found[sum(late > timedelta(days=days) for days in BANDS)] += 1
    return found
