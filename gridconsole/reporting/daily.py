"""The daily report (日报), and the list of overdue cases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Source, State
from gridconsole.domain.timekeeping import DOUBTFUL_DAYS
from gridconsole.language import t, word
from gridconsole.language.durations import local_text, time_left
from gridconsole.reporting.model import Metric, Report, Table
from gridconsole.store import figures, offices, queue, searching
from gridconsole.store.case_conditions import Conditions

if TYPE_CHECKING:
    from gridconsole.services.office import Office

OVERDUE_LIMIT = 100_000


def daily(office: Office, day: date) -> Report:
    """Return the daily report (日报) for a day of the office, midnight to midnight."""
    first, last = office.midnight(day), office.midnight(day + timedelta(days=1))
    with office.database.reading() as connection:
        found = figures.between(connection, office.id, first, last)
        waiting = queue.counters(connection, office.id, office.now(), office.midnight())
        units = figures.units(connection, office.id, office.now())
        confirmed = offices.office(connection).settings.get(DOUBTFUL_DAYS, {}).get(day.isoformat())
        doubted = figures.judged_in_doubt(connection, office.id, confirmed, first, last) if confirmed else None

    def acts(action: Action, target: State | None = None) -> int:
        wanted = None if target is None else target.value
        return sum(count for (name, to), count in found.acts.items() if name == action.value and wanted in (None, to))

    rate = None if not found.handled else round(100 * (found.handled - found.handled_late) / found.handled, 2)
    metrics = (
        _count("reported", found.reported),
        _count("accepted", acts(Action.ACCEPT) + acts(Action.SETTLE)),
        _count("settled", acts(Action.SETTLE)),
        _count("declined", acts(Action.DECLINE) + acts(Action.VERIFY, State.DECLINED)),
        _count("filed", acts(Action.FILE)),
        _count("dispatched", acts(Action.DISPATCH)),
        _count("redispatched", acts(Action.REDISPATCH)),
        _count("returned", acts(Action.GRANT, State.TO_DISPATCH)),
        _count("fed_back", acts(Action.FEEDBACK)),
        _count("reworked", acts(Action.CHECK, State.HANDLING)),
        _count("closed", acts(Action.CLOSE)),
        _count("reopened", acts(Action.REOPEN)),
        Metric("on_time_rate", t("metric.on_time_rate"), rate, "%", t("metric.on_time_rate.definition")),
        # Only on a day whose time was doubtful.
        *([] if doubted is None else [_count("judged_in_doubt", doubted)]),
    )
    return Report(
        key="daily",
        title=t("report.daily", office=office.name),
        office=office.name,
        period=day.isoformat(),
        made_at=office.now(),
        metrics=metrics,
        tables=(
            Table(
                "states",
                t("report.states"),
                (t("column.state"), t("column.waiting"), t("column.overdue")),
                tuple(
                    (word(state), waiting.waiting[state], waiting.overdue[state]) for state in State if state in waiting.waiting
                ),
            ),
            Table(
                "sources",
                t("report.sources"),
                (t("column.source"), t("metric.reported")),
                tuple((word(Source(name)), count) for name, count in found.by_source),
            ),
            Table(
                "areas",
                t("report.areas"),
                (t("column.area"), t("metric.reported"), t("metric.closed")),
                tuple((name or t("word.unknown"), reported, closed) for name, reported, closed in found.by_area),
            ),
            Table(
                "categories",
                t("report.categories"),
                (t("column.category"), t("metric.reported")),
                tuple((name or t("word.unknown"), count) for name, count in found.by_category),
            ),
            Table(
                "units",
                t("report.units"),
                (t("column.handler"), t("column.handling"), t("column.overdue")),
                tuple((unit.name, unit.handling, unit.overdue) for unit in units),
            ),
        ),
    )


def overdue(office: Office, day: date | None = None) -> Report:
    """Return the open cases past the end of their running clock, the longest overdue first.

    Args:
        day: only cases already late at the end of that office day; None for this moment.
    """
    now = office.now()
    until = min(now, office.midnight(day + timedelta(days=1))) if day else now
    with office.database.reading() as connection:
        rows = searching.search(connection, office.id, searching.Search(among=Conditions(overdue_at=until)), OVERDUE_LIMIT)
    table = Table(
        "overdue", t("report.overdue.table"),
        tuple(t(f"column.{name}") for name in ("number", "state", "late", "due", "grade", "area", "category", "handler", "address")),
        tuple(
            (row.number, word(row.state), time_left(now, row.due_at, row.due_unit, office.calendar),
             local_text(row.due_at, office.calendar) if row.due_at else "", word(row.grade), row.area_name, row.category, row.handler,
             row.address)
            for row in rows
        ),
    )  # fmt: skip
    period = day.isoformat() if day else local_text(now, office.calendar)
    return Report(
        key="overdue",
        title=t("report.overdue", office=office.name),
        office=office.name,
        period=period,
        made_at=now,
        metrics=(_count("overdue", len(rows)),),
        tables=(table,),
    )


def _count(key: str, value: int) -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t("metric.unit"))
