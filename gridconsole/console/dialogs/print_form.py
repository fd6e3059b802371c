"""Writing what a screen shows to a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation, without_receipt
from gridconsole.language import t
from gridconsole.reporting import exports, writers
from gridconsole.reporting.model import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridconsole.reporting.request import Request


class FileForm(Form):
    """Ask for a file and write it.

    Args:
        write: writes the file; it runs in a worker.
        endings: endings that the file may have; the ending chooses the format.
        file: proposed name in the user's home folder.
    """

    usual_fields: ClassVar[tuple[str, ...]] = ("#path",)

    def __init__(self, write: Callable[[Path], object], endings: Sequence[str], file: str, heading: str) -> None:
        super().__init__()
        self._write, self._endings, self._file = write, tuple(endings), file
        self._target = Path()
        self.heading = heading

    def fields(self) -> ComposeResult:
        """Lay out the path."""
        yield Static(t("console.handover.print.path", endings=list(self._endings)), classes="label", markup=False)
        yield Input(str(Path.home() / self._file), id="path", compact=True, max_length=400)

    def on_mount(self) -> None:
        """Focus the path."""
        self.query_one("#path").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the writing of the file; a missing path is reported here."""
        text = self.query_one("#path", Input).value.strip()
        if not text:
            self.complain(t("console.handover.print.missing"), "#path")
            return None
        self._target = Path(text).expanduser()
        return without_receipt(partial(self._write, self._target))

    def finished(self) -> None:
        """Show where the file is."""
        self.console_app.say(t("cli.report.written", file=str(self._target)))


class PrintForm(FileForm):
    """Ask for the file of a report, and print into it; the ledger records a report that lists cases.

    Args:
        request: period and filter of the report; None: it has none.
    """

    def __init__(self, report: Report, file: str, heading: str, request: Request | None = None) -> None:
        super().__init__(self._print, tuple(writers.FORMS), file, heading)
        self._report, self._request = report, request

    def _print(self, target: Path) -> None:
        app = self.console_app
        writers.check(target)
        exports.record(app.office, app.actor, self._report, self._request)
        writers.write(self._report, target, app.office.calendar)
