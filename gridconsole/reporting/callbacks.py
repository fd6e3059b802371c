"""回访台账: every call of a period, with the shares of residents reached, cases solved, and residents satisfied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.language import t, word
from gridconsole.reporting.model import Cell, Code, Metric, Report, Table, moment
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import headings
from gridconsole.services import callbacks
from gridconsole.store import call_backs

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.call_backs import Call

_COLUMNS = ("number", "called_at", "called_by", "category", "handler", "reached", "solved", "satisfaction", "reason")


def register(office: Office, request: Request) -> Report:
    """Return every call of a period, oldest first, and the period's rates by case."""
    calls = callbacks.calls_between(office, *request.moments, request.where.rows)
    with office.database.reading() as connection:
        reopened = cube(connection, office, request, ("reopened",), ()).total().get("reopened", 0)
        silent = call_backs.without_phone(connection, office.id, *request.moments, request.where.rows)
    rates = callbacks.rates_of(calls)
    metrics = (
        _count("calls", rates.calls, "metric.times"),
        _count("called", rates.called),
        _count("reached", rates.reached),
        Metric("reached_rate", t("metric.reached_rate"), rates.reached_share, "%", t("metric.reached_rate.definition")),
        _count("solved", rates.solved),
        _count("partly_solved", rates.partly),
        Metric("solved_rate", t("metric.solved_rate"), rates.solved_share, "%", t("metric.solved_rate.definition")),
        _count("satisfied", rates.satisfied),
        _count("understanding", rates.understanding),
        _count("dissatisfied", rates.dissatisfied),
        Metric("satisfied_rate", t("metric.satisfied_rate"), rates.satisfied_share, "%", t("metric.satisfied_rate.definition")),
        _count("reopened", reopened),
        _count("no_phone", silent),
    )
    table = Table("call_backs", t("report.callback.table"), headings(*_COLUMNS), tuple(_row(office, call) for call in calls))
    return about(office, request, "callback", t("report.callback", office=office.name), metrics, (table,))


def _row(office: Office, call: Call) -> tuple[Cell, ...]:
    return (Code(call.number, is_case=True), moment(call.at, office.calendar.zone), call.called_by, call.category, call.handler,
            t("call.reached" if call.reached else "call.unreached"), word(call.solved), word(call.satisfaction), call.reason)  # fmt: skip


def _count(key: str, value: int, unit: str = "metric.unit") -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t(unit))
