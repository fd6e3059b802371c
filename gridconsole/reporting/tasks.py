"""核实核查台账: every task of a period, the share done in time, and rework and wrong dispatch by handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.codes import TaskKind
from gridconsole.domain.figures import FIGURES, Rate, value_of
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import listed, t, word
from gridconsole.language.figures import definition_of
from gridconsole.reporting.model import Cell, Code, Metric, Percent, Report, Table, moment
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Counts, headings
from gridconsole.services import tasks

if TYPE_CHECKING:
    from gridconsole.services.office import Office

_COLUMNS = (
    "number", "task", "assignee", "sent_by", "sent_at", "task_due", "looked_at", "result", "punctual", "handler", "photos", "keyed_by", "note",
)  # fmt: skip
_PEOPLE_COLUMNS = (
    "person", "person_kind", "verify_due", "verify_in_time", "verify_rate", "check_due", "check_in_time", "check_rate",
)  # fmt: skip
_STEPS = {TaskKind.VERIFY: "verification_in_time_rate", TaskKind.CHECK: "check_in_time_rate"}
"""Rate of each kind of task."""
_UNIT_COLUMNS = ("handler", "checks", "reworked", "rework_share", "taken")


def register(office: Office, request: Request) -> Report:
    """Return every task that was due or ended in a period, by due time, with the rates and the figures of each handler."""
    period = tasks.period(office, *request.moments, request.where.rows)
    with office.database.reading() as connection:
        counts = cube(connection, office, request, _STEPS.values(), ()).total()
    metrics = (
        *(metric for kind in TaskKind for metric in _rate(kind, counts, period.rates[kind].unsent)),
        _count("checks", period.checks, "metric.times"),
        _count("reworked", period.reworked, "metric.times"),
        Metric("rework_rate", t("metric.check_failed_rate"), period.rework_share, "%", t("metric.check_failed_rate.definition")),
        _count("taken", period.taken, "metric.times"),
    )
    table = Table("tasks", t("report.tasks.table"), headings(*_COLUMNS), tuple(_row(office, line) for line in period.lines))
    units = Table(
        "units",
        t("report.tasks.units"),
        headings(*_UNIT_COLUMNS),
        tuple((unit.name, unit.checks, unit.reworked, Percent(unit.rework_share), unit.taken) for unit in period.units),
    )
    people = Table(
        "people",
        t("report.tasks.people"),
        headings(*_PEOPLE_COLUMNS),
        tuple(_person(person) for person in period.people),
    )
    return about(office, request, "tasks", t("report.tasks", office=office.name), metrics, (units, people, table))


def _person(person: tasks.PersonFigures) -> tuple[Cell, ...]:
    rates = [person.rates[kind] for kind in TaskKind]
    figures = [cell for rate in rates for cell in (rate.due, rate.in_time, Percent(rate.share))]
    return (person.assignee.name, word(person.assignee.kind), *figures)


def _rate(kind: TaskKind, counts: Counts, unsent: int) -> tuple[Metric, ...]:
    """Return the figures of a step, as every report counts them."""
    name, figure = kind.value, FIGURES[_STEPS[kind]]
    assert isinstance(figure, Rate)  # noqa: S101
    value = value_of(figure.key, counts)
    return (
        _count(f"{name}_due", counts.get(figure.whole, 0)),
        _count(f"{name}_unsent", unsent),
        _count(f"{name}_in_time", counts.get(figure.part, 0)),
        Metric(f"{name}_rate", t(f"metric.{name}_rate"), value, "%", definition_of(figure.key)),
    )


def _row(office: Office, line: TaskLine) -> tuple[Cell, ...]:
    zone = office.calendar.zone
    return (Code(line.number, is_case=True), word(line.kind), line.assignee.name, line.sent_by, moment(line.sent_at, zone),
            moment(line.due_at, zone), moment(line.looked_at, zone), word(line.result), _standing(office, line), line.handler_name, listed(line.photos), line.keyed_by, line.note)  # fmt: skip


def _standing(office: Office, line: TaskLine) -> str:
    """Return the state of a task: in time, late, ended otherwise, or still waiting."""
    if line.in_time is not None:
        return t("in_time.yes" if line.in_time else "in_time.no")
    if line.ended:
        return t(f"in_time.{line.ended}")
    return t("in_time.late" if line.is_late(office.now()) else "in_time.waiting")


def _count(key: str, value: int, unit: str = "metric.unit") -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t(unit))
