"""周报, 月报, 季报, 年报: one report of a period. Every table is a sum over the same counts, so that parts add up to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from gridconsole.domain.anchors import printed_anchor
from gridconsole.domain.figures import VERSION, Mean, rounded, value_of, with_bases
from gridconsole.domain.periods import Period, PeriodKind, of_day
from gridconsole.language import in_brackets, t
from gridconsole.language.figures import title_of
from gridconsole.reporting import sections, tables
from gridconsole.reporting.dimensions import DIMENSIONS
from gridconsole.reporting.model import Chart, Masthead, Percent, Report, Section, Series, Table
from gridconsole.reporting.remarks import brought_in, facts_beneath, period_text, renamed_in
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Compared, Counts, Ranked
from gridconsole.store import fact_queries, ledger, offices

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction
    from gridconsole.store.fact_queries import Cube

CHAIN = (
    "reported", "accepted", "declined", "settled", "filed", "filed_of_accepted", "filing_rate", "dispatched", "due", "handled", "handled_rate",
    "handled_in_time", "on_time_rate", "reworked", "rework_rate", "extended", "extension_rate", "closed_of_due", "closed_rate",
    "closed_in_time", "closed_in_time_rate", "closed", "voided", "merged", "reopened", "open_at_end", "suspended_at_end",
    "overdue_at_end", "overdue_half_more", "overdue_threefold",
)  # fmt: skip
"""Figures of the table of the whole, in the order of a case's life."""
BY_PLACE = ("reported", "filed", "due", "handled_in_time", "on_time_rate", "reworked", "closed")
BY_SOURCE = ("reported", "accepted", "filed", "due", "on_time_rate", "closed")
BY_CATEGORY = ("reported", "filed", "due", "on_time_rate", "closed")
BY_UNIT = (
    "turns", "turns_due", "turns_in_time", "turn_in_time_rate", "turns_redispatched", "turns_returned", "handling_at_end",
    "overdue_at_end",
)  # fmt: skip
COMPARED_PLACES, COMPARED_UNITS = ("reported", "on_time_rate"), ("turn_in_time_rate",)
"""Figures of places and of units whose change is shown."""
_DIMENSIONS = ("subdistrict_id", "area_id", "grid_id", "source", "category_id", "handler_kind", "handler_id")
_UNIT = ("handler_kind", "handler_id")
TOP, GRIDS, COMMUNITIES = 10, 20, 30
"""Most rows of the hot categories, of the grids and of the communities."""
_PLACES = (("subdistrict", "subdistrict_id", None), ("community", "area_id", COMMUNITIES), ("grid", "grid_id", GRIDS))
MONTHS = 12
"""Months of the chart of the course."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counts of the period and of those it is compared with."""

    now: Cube
    before: Counts
    year_before: Counts
    places_before: Cube
    """Counts of the period before by subdistrict."""
    units_before: Cube
    """Counts of the period before by unit."""

    def compared(self, cube: Cube, figures: Sequence[str]) -> tuple[Compared, ...]:
        """Return the columns of change against a cube of the period before; none if nothing was counted in it."""
        if not any(self.before.values()):
            return ()
        return (Compared(t("report.before"), cube.by(*cube.dimensions), cube.total(), tuple(figures)),)


def report(office: Office, request: Request) -> Report:
    """Return the report of a period, in the order in which centres write theirs."""
    with office.database.reading() as connection:
        chain = with_bases(CHAIN, offices.office(connection).settings)
        whole = {"brought", *chain, *sections.RESIDENTS}
        keys = {*whole, *BY_PLACE, *BY_SOURCE, *BY_CATEGORY, *BY_UNIT}
        counted = _Counted(
            cube(connection, office, request, keys, _DIMENSIONS),
            cube(connection, office, request, whole, (), request.before()).total(),
            cube(connection, office, request, whole, (), request.year_before()).total(),
            cube(connection, office, request, COMPARED_PLACES, ("subdistrict_id",), request.before()),
            cube(connection, office, request, COMPARED_UNITS, _UNIT, request.before()),
        )
        course = _course(connection, office, request)
        newest = ledger.head(connection, office.id)
        every = [
            _whole(request, counted, chain),
            *_sources(connection, request, counted),
            *_categories(connection, request, counted),
            *_places(connection, request, counted),
            _units(connection, office, request, counted),
            *sections.lists(connection, office, request, counted.now.total()),
            sections.residents(request, counted.now.total(), counted.before),
            tables.definitions_table(dict.fromkeys((*chain, *BY_PLACE, *BY_SOURCE, *BY_CATEGORY, *BY_UNIT, *sections.RESIDENTS))),
        ]
    kept = tuple(every)
    charts = tuple(filter(None, (_chart_of_places(kept), course, _chart_of_categories(kept))))
    return Report(
        key=request.period.kind.value,
        title=t(f"report.periodic.{request.period.kind}", office=office.name),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        tables=kept,
        sections=_sections(request, counted, charts, next(key for key in chain if key.startswith("rework_rate"))),
        charts=charts,
        facts=facts_beneath(office, request),
        marks={t("report.mark.ledger"): printed_anchor(*newest), t("report.mark.definitions"): VERSION},
        masthead=_masthead(office, request),
    )


def _masthead(office: Office, request: Request) -> Masthead:
    """Return the head of the paper; its number is that of the period in its year."""
    kind, first = request.period.kind, request.period.first
    year, week, _ = first.isocalendar()
    numbers = {
        PeriodKind.WEEK: (year, week), PeriodKind.MONTH: (first.year, first.month), PeriodKind.QUARTER: (first.year, (first.month + 2) // 3),
    }  # fmt: skip
    issue = t("report.masthead.issue", year=numbers[kind][0], number=numbers[kind][1]) if kind in numbers else ""
    today = office.today()
    return Masthead(t(f"report.masthead.{kind}"), issue, t("print.day", year=today.year, month=today.month, day=today.day))


def _sections(request: Request, counted: _Counted, charts: Sequence[Chart], rework: str) -> tuple[Section, ...]:
    shown = {chart.key for chart in charts}

    def only(*keys: str) -> tuple[str, ...]:
        return tuple(key for key in keys if key in shown)

    parts = (
        ("whole", sections.sentences(request, counted.now.total(), counted.before, rework), ("whole",), only("course")),
        ("sources", (), ("sources",), ()),
        ("categories", (), ("majors", "categories"), only("categories")),
        ("places", (), ("subdistricts", "communities", "grids"), only("subdistricts")),
        ("units", (), ("units",), ()),
        ("lists", (), ("overdue", "reworked", "suspended"), ()),
        ("residents", (), ("residents",), ()),
        ("advice", (), (), ()),
    )
    return sections.numbered(parts, [("definitions", (), ("definitions",), ())])


def _whole(request: Request, counted: _Counted, chain: Sequence[str]) -> Table:
    others = ((t("report.before"), counted.before), (t("report.year_before"), counted.year_before))
    remarks = brought_in({t("report.this"): counted.now.total(), **dict(others)})
    return tables.chain("whole", t("report.table.whole"), chain, counted.now.total(), request.days, others, remarks)


def _sources(connection: Transaction, request: Request, counted: _Counted) -> Iterable[Table]:
    shown = Ranked("sources", t("report.table.sources"), DIMENSIONS["source"], BY_SOURCE, "reported")
    yield tables.ranked(connection, shown, counted.now.by("source"), counted.now.total(), request.days)


def _categories(connection: Transaction, request: Request, counted: _Counted) -> Iterable[Table]:
    counts = counted.now.by("category_id")
    majors = Ranked("majors", t("report.table.majors"), DIMENSIONS["major"], BY_CATEGORY, "reported")
    yield tables.ranked(connection, majors, counts, counted.now.total(), request.days)
    minors = Ranked(
        "categories", t("report.table.categories", count=TOP), DIMENSIONS["category"], BY_CATEGORY, "reported", most=TOP
    )
    yield tables.ranked(connection, minors, counts, counted.now.total(), request.days)


def _places(connection: Transaction, request: Request, counted: _Counted) -> Iterable[Table]:
    for code, column, most in _PLACES:
        key = {"subdistrict": "subdistricts", "community": "communities", "grid": "grids"}[code]
        compared = counted.compared(counted.places_before, COMPARED_PLACES) if code == "subdistrict" else ()
        shown = Ranked(key, t(f"report.table.{key}", count=most or 0), DIMENSIONS[code], BY_PLACE, "reported", most, compared)
        yield tables.ranked(connection, shown, counted.now.by(column), counted.now.total(), request.days)


def _units(connection: Transaction, office: Office, request: Request, counted: _Counted) -> Table:
    columns = _UNIT
    minutes = with_whole(work_minutes(connection, office, request, columns))
    spreads = {f"work_time_{mean.value}": minutes for mean in (Mean.MEDIAN, Mean.P90)}
    shown = Ranked(
        "units", t("report.table.units"), DIMENSIONS["handler"], BY_UNIT, "turns_due",
        compared=counted.compared(counted.units_before, COMPARED_UNITS), spreads=spreads,
        notes=renamed_in(connection, request, DIMENSIONS["handler"]),
    )  # fmt: skip
    return tables.ranked(connection, shown, counted.now.by(*columns), counted.now.total(), request.days)


def work_minutes(
    connection: Transaction, office: Office, request: Request, columns: Sequence[str]
) -> Mapping[tuple[Any, ...], list[int]]:
    """Return the sorted working minutes of every handling, by dimensions: mean, median and percentile are all of these."""
    return fact_queries.minutes(
        connection, office.id, f"work_time_{Mean.MEDIAN.value}", request.days, columns, request.where.rows
    )


def with_whole(minutes: Mapping[tuple[Any, ...], list[int]]) -> dict[tuple[Any, ...], list[int]]:
    """Add the minutes of all under an empty key."""
    return {**minutes, (): sorted(value for values in minutes.values() for value in values)}


# --- charts -----------------------------------------------------------------------------------------------------


def _course(connection: Transaction, office: Office, request: Request) -> Chart | None:
    """Return the chart of the last twelve months: reports, and the rate of those handled in time."""
    if request.period.kind not in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR):
        return None
    months: list[Period] = [of_day(PeriodKind.MONTH, request.now.last)]
    while len(months) < MONTHS and (request.begun_on is None or months[0].first > request.begun_on):
        months.insert(0, months[0].before())
    keys = ("reported", "on_time_rate")
    totals = [cube(connection, office, request, keys, (), month.until(request.today)).total() for month in months]
    if sum(1 for total in totals if total.get("reported")) < 2:
        return None
    rates = [value_of("on_time_rate", total) for total in totals]
    return Chart(
        "course", t("report.chart.course"), tuple(map(partial(_label, request), months)),
        (
            Series(title_of("reported"), tuple(float(total.get("reported", 0)) for total in totals)),
            Series(title_of("on_time_rate"), tuple(None if rate is None else float(rounded(Decimal(rate))) for rate in rates), is_line=True),
        ),
    )  # fmt: skip


def _label(request: Request, month: Period) -> str:
    """Return a month as the axis of a chart has it; one that is not over says so."""
    shown = f"{month.first:%y-%m}"
    return shown if month.last < request.today else in_brackets(shown, t("report.chart.unfinished"))


def _chart_of_places(every: Sequence[Table]) -> Chart | None:
    table = next(one for one in every if one.key == "subdistricts")
    return _bars(table, "subdistricts", t("report.chart.subdistricts"), ("reported", "handled_in_time"))


def _chart_of_categories(every: Sequence[Table]) -> Chart | None:
    table = next(one for one in every if one.key == "categories")
    others = len(table.rows) - 1 > TOP
    kept = replace(table, rows=(*table.rows[:TOP], table.rows[-1])) if others else table
    return _bars(kept, "categories", t("report.chart.categories", count=TOP), ("reported",))


def _bars(table: Table, key: str, title: str, figures: Sequence[str]) -> Chart | None:
    """Return the bars of some columns of a table, without the row of the whole; None if there is nothing to compare."""
    rows = table.rows[:-1]
    if len(rows) < 2 or table.drill is None:
        return None
    at = [table.drill.figures.index(figure) for figure in figures]
    series = tuple(
        Series(table.columns[column], tuple(_plain(row[column]) for row in rows)) for column in at
    )  # fmt: skip
    return Chart(key, title, tuple(str(row[0]) for row in rows), series, is_horizontal=True)


def _plain(cell: object) -> float | None:
    if isinstance(cell, Percent):
        return None if cell.value is None else float(rounded(cell.value))
    return float(cell) if isinstance(cell, int) else None
