"""报表: choose a report, its period and its filter; the same tables as on paper; Enter opens the cases of a cell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.sizes import SMALL
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel
from gridconsole.console.widgets.table import GUTTER, Column, RowTable, Spans
from gridconsole.domain.errors import GridConsoleError
from gridconsole.language import in_brackets, t
from gridconsole.language.figures import definition_of, title_of
from gridconsole.reporting import exports, lists
from gridconsole.reporting import request as requests
from gridconsole.reporting.model import Cell, Code, Report, Table, is_number
from gridconsole.reporting.registry import KINDS, Kind
from gridconsole.reporting.request import Request, Stopped
from gridconsole.reporting.writers import strokes
from gridconsole.reporting.writers.cells import one_line
from gridconsole.services import fact_keeping

if TYPE_CHECKING:
    from gridconsole.services.office import Office

BARS_FROM = 12
"""Cells that bars need beside the other columns."""
WIDEST_NAME, NARROWEST = 40, 6
"""Cells of the first column at most, and of every other one at least."""
Row = tuple[int, tuple[Cell, ...]]
"""Position of a row in its table, and its cells."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of report with what was typed for it."""

    kind: Kind
    words: str


class Progress(Message):
    """A step of a report begins."""

    def __init__(self, asked: Asked, step: int) -> None:
        super().__init__()
        self.asked, self.step = asked, step


class Made(Message):
    """A report is ready to be shown."""

    def __init__(self, asked: Asked, report: Report, request: Request) -> None:
        super().__init__()
        self.asked, self.report, self.request = asked, report, request


_BETWEEN = re.compile(r"[\s，；,;]+|、(?=[^=＝、]*[=＝])")
"""Separators between a period and filters: blanks, commas, semicolons, also the Chinese ones."""


def request_of(office: Office, kind: Kind, words: str) -> Request:
    """Return the request of a period and filters as people type them: ``2026-11 街道=东风街道``.

    Raises:
        BadValue, UnknownWord, PeriodImpossible: the period or a filter is none.
    """
    parts = _BETWEEN.split(words.strip())
    where = [part for part in parts if "=" in part or "＝" in part]
    return requests.asked(office, kind, " ".join(part for part in parts if part not in where), where)


class ReportsScreen(OfficeScreen):
    """Reports on the left, one table of the chosen one on the right."""

    DEFAULT_CSS = """
    ReportsScreen #bar { height: 1; }
    ReportsScreen #bar Input { width: 1fr; }
    ReportsScreen #said { width: auto; padding: 0 1; color: $mut; }
    ReportsScreen #body { height: 1fr; }
    ReportsScreen #kinds-panel { width: 18; }
    ReportsScreen #shown { width: 1fr; }
    ReportsScreen #table-panel { height: 1fr; }
    ReportsScreen #notes { height: auto; max-height: 6; padding: 0 1; color: $mut; }
    ReportsScreen.small #kinds-panel { width: 13; }
    ReportsScreen.small #notes { max-height: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+f,slash,／", "ask", "reports.ask", key_display="/", show=False),
        bind("escape", "to_kinds", "reports.kinds", show=False),
        bind("ctrl+l", "next_table", "reports.table", key_display="Ctrl+L", show=False),
        bind("left", "column(-1)", "reports.left", show=False),
        bind("right", "column(1)", "reports.right", show=False),
        bind("f2", "print", "reports.print", key_display="F2", show=False),
        bind("f5", "reload", "reports.reload", key_display="F5", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.made: Report | None = None
        self._request: Request | None = None
        self._table = 0
        self._column = 0
        """Column whose cells Enter opens."""
        self._leftmost = 1
        """Column beside the names of the rows: those before it were scrolled away."""
        self._read_for: Asked | None = None
        self._is_reading = False

    def compose(self) -> ComposeResult:
        """Lay out what is asked, the reports, the table, and its rules."""
        yield TopBar("reports")
        with Horizontal(id="bar"):
            yield Input(placeholder=t("console.reports.ask"), id="ask", compact=True, max_length=120)
            yield Static("", id="said", markup=False)
        with Horizontal(id="body"):
            with Panel(id="kinds-panel"):
                yield RowTable[Kind](
                    (Column(t("column.report"), 0, lambda kind: t(f"report_name.{kind.code}")),),
                    lambda kind: kind.code,
                    id="kinds",
                )
            with Vertical(id="shown"):
                yield Panel(id="table-panel")
                yield Static("", id="notes", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the list of reports, and the first of them."""
        kinds = self.query_one("#kinds", RowTable)
        kinds.show(list(KINDS.values()))
        self.query_one("#kinds-panel", Panel).entitle(t("console.mode.reports"))
        kinds.focus()
        self.action_reload()

    def on_resize(self, event: events.Resize) -> None:
        """Take the frames away on small screens."""
        self.set_class(event.size.width < SMALL, "small")

    # --- reading ---

    @on(RowTable.Highlighted, "#kinds")
    def _another(self) -> None:
        self.action_reload(is_quiet=True)

    @on(Input.Submitted, "#ask")
    def _asked(self) -> None:
        self.action_reload()
        self.query_one("#kinds", RowTable).focus()

    def action_reload(self, *, is_quiet: bool = False) -> None:
        """Make the chosen report."""
        kind: Kind | None = self.query_one("#kinds", RowTable).current
        if kind is None:
            return
        asked = Asked(kind, self.query_one("#ask", Input).value.strip())
        if is_quiet and asked == self._read_for:
            return
        self._read_for, self._is_reading = asked, True
        self.query_one("#table-panel", Panel).entitle(t(f"report_name.{kind.code}"), t("console.reports.reading"))
        self._make(asked)

    @work(thread=True, exclusive=True, group="report", exit_on_error=False)
    def _make(self, asked: Asked) -> None:
        worker, office = get_current_worker(), self.console_app.office
        try:
            fact_keeping.complete(office)
            request = request_of(office, asked.kind, asked.words)
            steps = itertools.count(1)

            def watch() -> None:
                if worker.is_cancelled:
                    raise Stopped
                self.post_message(Progress(asked, min(next(steps), asked.kind.steps)))

            report = asked.kind.made(office, replace(request, watch=watch))
        except Stopped:
            return
        except GridConsoleError as error:
            if not worker.is_cancelled:
                self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(Made(asked, report, request))

    @on(Progress)
    def _show_progress(self, event: Progress) -> None:
        if event.asked == self._read_for and self._is_reading:
            share = in_brackets(t("console.reports.reading"), f"{event.step}/{event.asked.kind.steps}")
            self.query_one("#table-panel", Panel).entitle(t(f"report_name.{event.asked.kind.code}"), share)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self._is_reading = False
        self._draw()
        if self.made is not None:
            # What was asked for is in the line above, and is not what is shown.
            self.query_one("#said", Static).update(safe(t("console.reports.kept", period=self.made.period)))
        self.console_app.say_error(event.error)

    @on(Made)
    async def _show_made(self, event: Made) -> None:
        if event.asked != self._read_for or not self._is_reading:
            return
        self._is_reading = False
        self.made, self._request, self._table = event.report, event.request, 0
        await self._show_table()

    # --- the table ---

    @property
    def table(self) -> Table | None:
        """The table that is shown."""
        tables = self.made.tables if self.made is not None else ()
        return tables[self._table] if tables else None

    @property
    def rows(self) -> RowTable[Row] | None:
        """The rows that are shown."""
        found = self.query("#cells")
        return found.first(RowTable) if found else None

    def _openable(self) -> list[int]:
        """Return the columns whose cells have cases behind them."""
        table = self.table
        return [at for at, figure in enumerate(table.drill.figures) if figure] if table is not None and table.drill else []

    async def _show_table(self) -> None:
        table, panel = self.table, self.query_one("#table-panel", Panel)
        had_focus = self.rows is not None and self.rows.has_focus
        await panel.remove_children()
        self._column, self._leftmost = next(iter(self._openable()), 0), 1
        if table is not None:
            shown: RowTable[Row] = RowTable(
                self._columns(table), lambda row: row[0], empty=t("console.no_row"), gutter=lambda _: "  ", id="cells"
            )
            await panel.mount(shown)
            shown.show(list(enumerate(table.rows)))
            if had_focus:
                shown.focus()
        self._draw()

    def _columns(self, table: Table) -> tuple[Column[Row], ...]:
        def text(at: int) -> Callable[[Row], str]:
            return lambda row: line_of(one_line(row[1][at]))

        def style(at: int) -> Callable[[Row], str]:
            return lambda _row: "key" if at == self._column and at in self._openable() else ""

        columns = []
        room = GUTTER
        for at, title in enumerate(table.columns):
            if 0 < at < self._leftmost:
                continue
            cells = [cell_len(one_line(row[at])) for row in table.rows] or [0]
            numeric = any(is_number(row[at]) for row in table.rows)
            width = 0 if at == 0 else max(NARROWEST, min(cell_len(title), 18), min(max(cells), 24)) + 1
            room += (width or min(max([cell_len(title), *cells]), WIDEST_NAME)) + 1
            # Columns on the right give way first.
            columns.append(
                Column(title, width, text(at), style(at), right=numeric, narrowest=0 if at <= self._leftmost else room)
            )
        bars = self._bars(table)
        if bars is not None:
            columns.append(
                Column(t("console.reports.bars", figure=title_of(bars[0])), 0, spans=bars[1], narrowest=room + BARS_FROM)
            )
        return tuple(columns)

    def _bars(self, table: Table) -> tuple[str, Callable[[Row, int], Spans]] | None:
        """Return the figure that bars show and how long the bar of a row is; None for a table without a row of the whole."""
        columns = self._openable()
        if table.total is None or not columns or table.drill is None:
            return None
        at, whole = columns[0], table.total % len(table.rows)
        counts = [cells[at] for place, cells in enumerate(table.rows) if place != whole]
        most = max((count for count in counts if isinstance(count, int)), default=0)

        def bar(row: Row, cells: int) -> Spans:
            value = row[1][at]
            if row[0] == whole or not isinstance(value, int) or not most:
                return []
            return [(strokes.bar(value, most, cells), "")]

        return table.drill.figures[at], bar

    def _draw(self) -> None:
        made, table, request = self.made, self.table, self._request
        if made is None or request is None:
            return
        self.query_one("#said", Static).update(safe("  ".join((made.period, request.where.words)).strip()))
        panel = self.query_one("#table-panel", Panel)
        if table is None:
            panel.entitle(made.title, "")
            return
        count = t("console.reports.table", at=self._table + 1, of=len(made.tables), title=table.title)
        hint = self._hint()
        # A small screen has no lower edge for it.
        panel.entitle(*((f"{count}  {hint}", "") if self.has_class("small") else (count, hint)))
        notes = table.notes or tuple(f"{item.title} {item.shown}" for item in made.metrics)
        self.query_one("#notes", Static).update(safe("\n".join((*self._course(made, table), "  ".join(notes)))))
        offers = [Offer(key, shown, (t(f"key.reports.{name}"),)) for key, shown, name in (
            ("enter", "Enter", "open"), ("slash", "/", "ask"), ("ctrl+l", "Ctrl+L", "table"), ("f2", "F2", "print"), ("f5", "F5", "reload"),
        )]  # fmt: skip
        self.query_one(KeyBar).offer("", offers)

    def _course(self, made: Report, table: Table) -> Iterator[str]:
        """Yield the sparklines of the section that a table is in."""
        if self.has_class("small"):
            return
        drawn = {key for section in made.sections if table.key in section.tables for key in section.charts}
        for chart in made.charts:
            if chart.key in drawn and not chart.is_horizontal:
                yield from strokes.sparks(chart)

    def _hint(self) -> str:
        figure = self._figure()
        hint = "hint_short" if self.has_class("small") else "hint"
        return "" if not figure else t(f"console.reports.{hint}", figure=title_of(figure))

    def _figure(self) -> str:
        """Return the figure of the cell under the cursor whose cases Enter opens; empty if there is none."""
        table = self.table
        if table is None or table.drill is None or self._column not in self._openable():
            return ""
        figure, where = table.drill.figures[self._column], dict(self._where())
        return str(where["figure"]) if figure == "*" and "figure" in where else "" if figure == "*" else figure

    def _where(self) -> tuple[tuple[str, object], ...]:
        table, rows = self.table, self.rows
        if table is None or table.drill is None or rows is None or rows.current is None:
            return ()
        return table.drill.rows[rows.current[0]]

    @on(RowTable.Highlighted, "#cells")
    def _moved(self) -> None:
        self._draw()

    def action_column(self, step: int) -> None:
        """Choose the next column whose cells open their cases."""
        columns, rows = self._openable(), self.rows
        if columns and rows is not None:
            at = columns.index(self._column) if self._column in columns else 0
            self._column = columns[(at + step) % len(columns)]
            self._reveal()
            rows.refresh()
            self._draw()

    def _reveal(self) -> None:
        """Scroll sideways to the chosen column."""
        table, rows = self.table, self.rows
        if table is None or rows is None:
            return
        if self._column < self._leftmost:
            self._leftmost = max(self._column, 1)
            rows.put_columns(self._columns(table))
        while self._leftmost < self._column and table.columns[self._column] not in [one.title for one in rows.shown_columns[1:]]:
            self._leftmost += 1
            rows.put_columns(self._columns(table))

    async def action_next_table(self) -> None:
        """Show the next table of the report."""
        if self.made is not None and self.made.tables:
            self._table = (self._table + 1) % len(self.made.tables)
            await self._show_table()

    def action_ask(self) -> None:
        """Type a period and filters."""
        self.query_one("#ask", Input).focus()

    def action_to_kinds(self) -> None:
        """Stop a report that is being made, or go back to the list of reports."""
        if self._is_reading:
            self._is_reading, self._read_for = False, None
            self.workers.cancel_group(self, "report")
            self.query_one("#table-panel", Panel).entitle("", t("console.reports.stopped"))
        self.query_one("#kinds", RowTable).focus()

    @on(RowTable.Chosen, "#kinds")
    def _into_table(self) -> None:
        if self.rows is not None:
            self.rows.focus()

    @on(RowTable.Chosen, "#cells")
    def _open(self) -> None:
        """Open the cases behind the cell, by the figure's own condition; a line of a list of cases opens its case."""
        from gridconsole.console.panels.case import CaseScreen
        from gridconsole.console.panels.report_cases import ReportCasesScreen
        from gridconsole.domain.figures import FIGURES, Count

        table, rows, request = self.table, self.rows, self._request
        if table is None or rows is None or rows.current is None or request is None:
            return
        number = next((cell.text for cell in rows.current[1] if isinstance(cell, Code) and cell.is_case), "")
        if number:
            self.app.push_screen(CaseScreen(number))
            return
        figure, where = self._figure(), self._where()
        if any(name == "" for name, _ in where):
            self.console_app.say(t("console.reports.several"), error=True)
        elif not figure or not isinstance(FIGURES[figure], Count):
            self.console_app.say(definition_of(figure) if figure else t("console.reports.no_cases"))
        else:
            more = table.drill.conditions(where) if table.drill is not None else ()
            self.app.push_screen(
                ReportCasesScreen(partial(lists.report, self.console_app.office, request, figure, more), request)
            )

    def action_print(self) -> None:
        """Open the form that writes the report to a file."""
        if self.made is not None and self._request is not None and self._read_for is not None:
            file = exports.proposed_name(self.console_app.office, self._read_for.kind, self._request, ".docx")
            self.app.push_screen(PrintForm(self.made, file, t("key.reports.print"), self._request))
