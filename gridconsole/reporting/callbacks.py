"""回访台账: every call of a month, with the shares of residents reached, cases solved, and residents satisfied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.language import t, word
from gridconsole.language.durations import local_text
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.reporting.registers import month_of
from gridconsole.services import callbacks
from gridconsole.store import call_backs, figures

if TYPE_CHECKING:
    from datetime import date

    from gridconsole.services.office import Office
    from gridconsole.store.call_backs import Call

_COLUMNS = ("number", "called_at", "called_by", "category", "handler", "reached", "solved", "satisfaction", "reason")


def register(office: Office, day: date) -> Report:
    """Return every call of the month of a day, oldest first, and the month's rates by case."""
    first, last = month_of(day)
    begin, end = office.midnight(first), office.midnight(last)
    calls = callbacks.calls_between(office, begin, end)
    with office.database.reading() as connection:
        acts = figures.acts(connection, office.id, begin, end)
        silent = call_backs.without_phone(connection, office.id, begin, end)
    rates = callbacks.rates_of(calls)
    reopened = sum(count for (name, _), count in acts.items() if name == Action.REOPEN.value)
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
    columns = tuple(t(f"column.{name}") for name in _COLUMNS)
    table = Table("call_backs", t("report.callback.table"), columns, tuple(_row(office, call) for call in calls))
    title = t("report.callback", office=office.name)
    return Report(
        key="callback",
        title=title,
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=office.now(),
        metrics=metrics,
        tables=(table,),
    )


def _row(office: Office, call: Call) -> tuple[Cell, ...]:
    return (call.number, local_text(call.at, office.calendar), call.called_by, call.category, call.handler,
            t("call.reached" if call.reached else "call.unreached"), word(call.solved), word(call.satisfaction), call.reason)  # fmt: skip


def _count(key: str, value: int, unit: str = "metric.unit") -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t(unit))
