"""A report as plain data with typed cells: the same numbers feed every format, and only the writers format them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from gridconsole.domain.figures import Days, rounded

NO_VALUE = "-"
"""Printed where there is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A rate in per cent, unrounded; None if there is nothing to divide by."""

    value: Decimal | None

    def __str__(self) -> str:
        return NO_VALUE if self.value is None else f"{rounded(self.value)}%"


@dataclass(frozen=True, slots=True)
class Change:
    """A change against another period: of a count in per cent, of a rate in percentage points; None if it has no meaning."""

    value: Decimal | None
    is_points: bool = False
    unit: str = "%"
    """Unit as printed: per cent, or the word for percentage points."""

    def __str__(self) -> str:
        return "—" if self.value is None else f"{rounded(self.value):+}{self.unit}"


@dataclass(frozen=True, slots=True)
class Minutes:
    """A length of time in minutes; ``text`` is how the office says it."""

    value: Decimal | None
    text: str = NO_VALUE

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Code:
    """Digits that are no number: a case's number, a grid's code. Spreadsheets must keep them as text."""

    text: str
    is_case: bool = False
    """True if it is the number of a case."""
    is_public: bool = False
    """True if everybody may see it whole, such as the fixed line of a unit; other texts are masked when they are written."""

    def __str__(self) -> str:
        return self.text


Cell = str | int | Decimal | Percent | Change | Minutes | Code | date | datetime
"""A cell: a text, a count, a number with decimals, or one of the typed values. A moment is aware."""


def moment(at: datetime | None, zone: tzinfo) -> Cell:
    """Return an instant as the cell of a time zone; an empty one if there is none."""
    return "" if at is None else at.astimezone(zone)


def is_number(cell: Cell) -> bool:
    """Return whether a cell stands to the right of its column."""
    return isinstance(cell, int | Decimal | Percent | Change | Minutes)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure with its definition."""

    key: str
    title: str
    value: int | Decimal | None
    """A count, or a rate in per cent, unrounded; None if the denominator is zero."""
    unit: str = ""
    definition: str = ""

    @property
    def shown(self) -> str:
        """Return the value as printed: rates with two decimals, a dash if there is no value."""
        if self.value is None:
            return NO_VALUE
        return f"{rounded(self.value) if isinstance(self.value, Decimal) else self.value}{self.unit}".rstrip()

    @property
    def cell(self) -> Cell:
        """Return the value as a cell of a table; the unit stands beside it."""
        return self.value if isinstance(self.value, int) else Percent(self.value)


@dataclass(frozen=True, slots=True)
class Drill:
    """Origin of the cells of a table: the cases behind each are found by the figure's own condition."""

    days: Days
    figures: tuple[str, ...]
    """Figure of each column; empty: none."""
    rows: tuple[tuple[tuple[str, Any], ...], ...]
    """Columns of facts with their value, for each row; a row of the whole has none."""
    also: tuple[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]], ...] = ()
    """Conditions of the whole report besides those that were asked for."""

    def conditions(self, row: tuple[tuple[str, Any], ...]) -> tuple[tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]], ...]:
        """Return the conditions under which the cells of a row count, by its entry in ``rows``."""
        pairs = [(name, value if isinstance(value, tuple) else (value,)) for name, value in row if name != "figure"]
        return (*self.also, *(((name,), tuple((value,) for value in values)) for name, values in pairs))


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the first column names the line."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    unit: str = ""
    """Unit of the counts, printed above the table."""
    notes: tuple[str, ...] = ()
    """Rules of the figures in it, printed below."""
    total: int | None = None
    """Row of the whole: 0 for the first, -1 for the last; None: there is none."""
    drill: Drill | None = None
    is_list: bool = False
    """True if every row is a thing of its own: their number is printed beside the title."""
    count: int | None = None
    """Their number, if not all are in the table; None: all are."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of a chart under one name."""

    name: str
    values: tuple[float | None, ...]
    is_line: bool = False
    """True if it is drawn as a line on an axis of its own, in per cent."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: bars of one or two series, and a line of rates if any."""

    key: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    is_horizontal: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report under a heading: sentences, tables and charts by their keys. Without any, space for the writer is left."""

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    is_annex: bool = False
    """True if it stands behind the signature of a document."""


@dataclass(frozen=True, slots=True)
class Masthead:
    """Head of an official document: its name in large letters, its number, and the day of issue."""

    name: str
    issue: str = ""
    """Number of the issue in its year; empty: it has none."""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A complete report with its metrics and tables."""

    key: str
    title: str
    office: str
    period: str
    """In words."""
    made_at: datetime
    metrics: tuple[Metric, ...] = ()
    tables: tuple[Table, ...] = field(default=())
    sections: tuple[Section, ...] = ()
    """Order of what is printed; empty: the metrics, and then every table."""
    charts: tuple[Chart, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """Remarks beneath the title by their names: filter, cut-off time, comparison."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Proofs of a report by their names: the newest entry of the ledger, the version of the definitions. Printed in the footer of a page."""
    period_code: str = ""
    """Period as programs read it; empty: as it is in words."""
    masthead: Masthead | None = None
    """Head of its document, which then has the page of an official one (GB/T 9704); None: it is an ordinary one."""
