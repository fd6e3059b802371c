"""The cases behind a cell of a report; Enter opens one, F2 writes the list to a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.keys import bind
from gridconsole.console.messages import LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.language import t
from gridconsole.reporting import exports
from gridconsole.reporting.case_tables import COLUMNS
from gridconsole.reporting.model import Cell, Report
from gridconsole.reporting.request import Request
from gridconsole.reporting.writers.cells import one_line, titled

Row = tuple[int, tuple[Cell, ...]]
_WIDTHS = {
    "number": 14,
    "state": 9,
    "reported_at": 17,
    "due": 17,
    "closed": 17,
    "category": 0,
    "area": 12,
    "handler": 16,
    "address": 0,
}
_NARROWEST = {"closed": 110, "address": 130, "reported_at": 90, "area": 76}


class ListRead(Message):
    """The list is ready."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


class ReportCasesScreen(OfficeScreen):
    """As many lines as the cell said.

    Args:
        make: makes the list; it runs in a worker.
        request: period and filter of the report.
    """

    DEFAULT_CSS = """
    ReportCasesScreen #panel { height: 1fr; }
    ReportCasesScreen #rule { height: auto; max-height: 3; padding: 0 1; color: $mut; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "print", "report_cases.print", key_display="F2", show=False),
        bind("escape", "leave", "report_cases.leave", key_display="Esc", show=False),
    ]

    def __init__(self, make: Callable[[], Report], request: Request) -> None:
        super().__init__()
        self._read, self._request = make, request
        self.made: Report | None = None

    def compose(self) -> ComposeResult:
        """Lay out the cases and the rule of the figure."""

        def text(at: int) -> Callable[[Row], str]:
            return lambda row: line_of(one_line(row[1][at]))

        yield TopBar("reports")
        with Panel(id="panel"):
            yield RowTable[Row](
                [Column(t(f"column.{name}"), _WIDTHS[name], text(at), narrowest=_NARROWEST.get(name, 0)) for at, name in enumerate(COLUMNS)],
                lambda row: row[0], empty=t("console.no_row"), id="cases",
            )  # fmt: skip
        yield Static("", id="rule", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the list."""
        self.query_one("#cases").focus()
        self.query_one(KeyBar).offer("", [
            Offer("enter", "Enter", (t("key.overview.open"),)), Offer("f2", "F2", (t("key.report_cases.print"),)),
            Offer("escape", "Esc", (t("key.report_cases.leave"),)),
        ])  # fmt: skip
        self._make()

    @work(thread=True, exclusive=True, group="report-cases", exit_on_error=False)
    def _make(self) -> None:
        worker = get_current_worker()
        try:
            report = self._read()
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(ListRead(report))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(ListRead)
    def _show(self, event: ListRead) -> None:
        self.made = event.report
        (table,) = event.report.tables
        self.query_one("#cases", RowTable).show(list(enumerate(table.rows)))
        self.query_one("#panel", Panel).entitle(f"{titled(table)}  {event.report.period}", "")
        self.query_one("#rule", Static).update(safe("  ".join(table.notes)))

    @on(RowTable.Chosen, "#cases")
    def _open(self) -> None:
        from gridconsole.console.panels.case import CaseScreen

        row: Row | None = self.query_one("#cases", RowTable).current
        if row is not None:
            self.app.push_screen(CaseScreen(str(row[1][0])))

    def action_print(self) -> None:
        """Open the form that writes the list to a file."""
        if self.made is not None:
            self.app.push_screen(
                PrintForm(self.made, exports.file_name(self.made, self._request, ".xlsx"), t("key.report_cases.print"))
            )

    def action_leave(self) -> None:
        """Go back to the report."""
        self.app.pop_screen()
