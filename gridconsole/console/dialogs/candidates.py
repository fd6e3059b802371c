"""Base of dialogs that choose a person or unit: words on top, below them a list that is judged off the screen's thread."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from textual import on, work
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.messages import LoadFailed
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.errors import GridConsoleError

J = TypeVar("J")


class Judged(Message):
    """It is known who could, and who could not and why."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


class CandidatesForm(CaseForm, Generic[J]):
    """Enter takes the row under the cursor; the first is recommended and preselected."""

    first = "#candidates"
    """What has the focus in the beginning."""

    is_judged = False
    """It is known who could."""

    def judged(self) -> J:
        """Return the candidates; called off the screen's thread.

        Raises:
            GridConsoleError: it cannot be found out.
        """
        raise NotImplementedError

    def lines_of(self, found: J) -> tuple[list[Any], str]:
        """The rows, and what to complain of where nobody could; empty for nothing."""
        raise NotImplementedError

    @property
    def candidates(self) -> RowTable[Any]:
        """The list."""
        return self.query_one("#candidates", RowTable)

    def on_mount(self) -> None:
        """Judge off the screen's thread."""
        self.query_one(self.first).focus()
        self._judge()

    @work(thread=True, exclusive=True, group="candidates", exit_on_error=False)
    def _judge(self) -> None:
        worker = get_current_worker()
        try:
            found = self.judged()
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(Judged(found))

    @on(Judged)
    def _show(self, event: Judged) -> None:
        self.is_judged = True
        lines, complaint = self.lines_of(event.found)
        self.candidates.show(lines)
        if complaint:
            self.complain(complaint)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        self.action_submit()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.candidates.focus()
