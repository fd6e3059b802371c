"""核实核查台账: every task of a month, the share done in time, and rework and wrong dispatch by handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.codes import TaskKind
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import listed, short_time, t, word
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.reporting.registers import month_of
from gridconsole.services import tasks

if TYPE_CHECKING:
    from datetime import date, datetime

    from gridconsole.services.office import Office

_COLUMNS = (
    "number", "task", "assignee", "sent_by", "sent_at", "task_due", "looked_at", "result", "punctual", "handler", "photos", "keyed_by", "note",
)  # fmt: skip
_PEOPLE_COLUMNS = (
    "person", "person_kind", "verify_due", "verify_in_time", "verify_rate", "check_due", "check_in_time", "check_rate",
)  # fmt: skip
_UNIT_COLUMNS = ("handler", "checks", "reworked", "rework_share", "taken")


def register(office: Office, day: date) -> Report:
    """Return every task that was due or ended in the month of a day, by due time, with the rates and the figures of each handler."""
    first, last = month_of(day)
    period = tasks.period(office, office.midnight(first), office.midnight(last))
    metrics = (
        *_rate(period, TaskKind.VERIFY),
        *_rate(period, TaskKind.CHECK),
        _count("checks", period.checks, "metric.times"),
        _count("reworked", period.reworked, "metric.times"),
        Metric("rework_rate", t("metric.rework_rate"), period.rework_share, "%", t("metric.rework_rate.definition")),
        _count("taken", period.taken, "metric.times"),
    )
    columns = tuple(t(f"column.{name}") for name in _COLUMNS)
    table = Table("tasks", t("report.tasks.table"), columns, tuple(_row(office, line) for line in period.lines))
    units = Table(
        "units",
        t("report.tasks.units"),
        tuple(t(f"column.{name}") for name in _UNIT_COLUMNS),
        tuple((unit.name, unit.checks, unit.reworked, _share(unit.rework_share), unit.taken) for unit in period.units),
    )
    people = Table(
        "people",
        t("report.tasks.people"),
        tuple(t(f"column.{name}") for name in _PEOPLE_COLUMNS),
        tuple(_person(person) for person in period.people),
    )
    title = t("report.tasks", office=office.name)
    return Report(
        key="tasks",
        title=title,
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=office.now(),
        metrics=metrics,
        tables=(units, people, table),
    )


def _person(person: tasks.PersonFigures) -> tuple[Cell, ...]:
    rates = [person.rates[kind] for kind in TaskKind]
    figures = [cell for rate in rates for cell in (rate.due, rate.in_time, _share(rate.share))]
    return (person.assignee.name, word(person.assignee.kind), *figures)


def _rate(period: tasks.Period, kind: TaskKind) -> tuple[Metric, ...]:
    rate, name = period.rates[kind], kind.value
    return (
        _count(f"{name}_due", rate.due),
        _count(f"{name}_unsent", rate.unsent),
        _count(f"{name}_in_time", rate.in_time),
        Metric(f"{name}_rate", t(f"metric.{name}_rate"), rate.share, "%", t(f"metric.{name}_rate.definition")),
    )


def _row(office: Office, line: TaskLine) -> tuple[Cell, ...]:
    def at(moment: datetime | None) -> str:
        # Thirteen columns leave no room for the year, which is in the heading.
        return short_time(moment, office.calendar.zone) if moment is not None else ""

    return (line.number, word(line.kind), line.assignee.name, line.sent_by, at(line.sent_at), at(line.due_at), at(line.looked_at),
            word(line.result), _standing(office, line), line.handler_name, listed(line.photos), line.keyed_by, line.note)  # fmt: skip


def _standing(office: Office, line: TaskLine) -> str:
    """Return the state of a task: in time, late, ended otherwise, or still waiting."""
    if line.in_time is not None:
        return t("in_time.yes" if line.in_time else "in_time.no")
    if line.ended:
        return t(f"in_time.{line.ended}")
    return t("in_time.late" if line.is_late(office.now()) else "in_time.waiting")


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}%"


def _count(key: str, value: int, unit: str = "metric.unit") -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t(unit))
