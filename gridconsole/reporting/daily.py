"""The daily report (日报)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.domain.figures import value_of, with_bases
from gridconsole.domain.states import State
from gridconsole.domain.timekeeping import DOUBTFUL_DAYS
from gridconsole.language import in_brackets, t, word
from gridconsole.language.figures import definition_of, title_of
from gridconsole.reporting import sections, tables
from gridconsole.reporting.dimensions import DIMENSIONS
from gridconsole.reporting.model import Metric, Report, Table
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Ranked
from gridconsole.store import fact_queries, figures, offices

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_EVENTS = (
    "reported", "accepted", "settled", "declined", "filed", "dispatched", "turns_redispatched", "returned", "feedbacks", "reworks", "closed",
    "reopened",
)  # fmt: skip
_DAILY_KEYS = {
    "turns_redispatched": "redispatched", "feedbacks": "fed_back", "reworks": "reworked",
}  # fmt: skip
"""Keys under which version 1 of the report had some figures."""
_AT_END = ("open_at_end", "handling_at_end", "overdue_at_end")
_RATE = "on_time_rate"
_LISTED_CATEGORIES = 10


def daily(office: Office, request: Request) -> Report:
    """Return the daily report (日报) for a day of the office, midnight to midnight.

    What holds is that of the end of the day; today that of this moment, in whole days.
    """
    days = request.days
    with office.database.reading() as connection:
        settings = offices.office(connection).settings
        said = with_bases(sections.SAID, settings)
        keys = {*_EVENTS, _RATE, *_AT_END, *said, *sections.RESIDENTS}
        counted = cube(
            connection, office, request, keys, ("subdistrict_id", "source", "category_id", "handler_kind", "handler_id")
        )
        states = _states(connection, office, request)
        confirmed = settings.get(DOUBTFUL_DAYS, {}).get(request.period.code)
        doubted = figures.judged_in_doubt(connection, office.id, confirmed, *request.moments) if confirmed else None
        total = counted.total()
        before = cube(connection, office, request, (*said, *sections.RESIDENTS), (), request.before()).total()
        lists = tuple(sections.lists(connection, office, request, total))
        ranked = tuple(
            tables.ranked(connection, Ranked(key, t(f"report.{key}"), DIMENSIONS[code], shown, sort, most), counted.by(*columns), total, days)
            for key, code, columns, shown, sort, most in (
                ("sources", "source", ("source",), ("reported",), "reported", None),
                ("areas", "subdistrict", ("subdistrict_id",), ("reported", "closed"), "reported", None),
                ("categories", "category", ("category_id",), ("reported",), "reported", _LISTED_CATEGORIES),
                ("units", "handler", ("handler_kind", "handler_id"), ("handling_at_end", "overdue_at_end"), "overdue_at_end", None),
            )
        )  # fmt: skip
    rate = value_of(_RATE, total)
    metrics = (
        *(
            Metric(_DAILY_KEYS.get(key, key), title_of(key), total.get(key, 0), t("metric.unit"), definition_of(key))
            for key in _EVENTS
        ),
        Metric(_RATE, title_of(_RATE), rate, "%", definition_of(_RATE)),
        # Only on a day whose time was doubtful; of every case.
        *([] if doubted is None else [_count("judged_in_doubt", doubted)]),
    )
    made = about(
        office, request, "daily", t("report.daily", office=office.name), metrics,
        (states, *ranked, *lists, sections.residents(request, total, before)),
    )  # fmt: skip
    parts: tuple[sections.Part, ...] = (
        (
            "whole",
            sections.sentences(request, total, before, next(key for key in said if key.startswith("rework_rate"))),
            ("states",),
            (),
        ),
        ("sources", (), ("sources",), ()),
        ("categories", (), ("categories",), ()),
        ("subdistricts", (), ("areas",), ()),
        ("units", (), ("units",), ()),
        ("lists", (), tuple(table.key for table in lists), ()),
        ("residents", (), ("residents",), ()),
        ("advice", (), (), ()),
    )
    against = (
        in_brackets(f"{request.before().first}", t("report.fact.whole_day"))
        if request.is_unfinished
        else f"{request.before().first}"
    )
    facts = {**made.facts, t("report.fact.against"): against}
    return replace(made, sections=sections.numbered(parts), facts=facts)


def _states(connection: Transaction, office: Office, request: Request) -> Table:
    """Return how many cases were in each state at the end of a day, and how many of them were overdue."""
    found = fact_queries.states_at_end(connection, office.id, request.days, request.where.rows)
    columns = (t("column.state"), t("column.waiting"), t("column.step_overdue"))
    rows = tuple((word(state), *found[state.value]) for state in State if state.value in found)
    return Table("states", t("report.states"), columns, rows, notes=(t("report.states.note"),) if rows else ())


def _count(key: str, value: int) -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t("metric.unit"))
