"""Base of dialogs that choose a person or unit: text on top, below it a list that is computed in a worker thread."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from textual import events, on, work
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.messages import LoadFailed
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.text import fold_width

J = TypeVar("J")


class Judged(Message):
    """The candidates are known: possible ones, and excluded ones with the reason."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


class CandidatesForm(CaseForm, Generic[J]):
    """Form with a list of candidates: the first is recommended and preselected, and Enter takes the row under the cursor."""

    first = "#candidates"
    """Selector of the widget that has the focus at first."""

    is_judged = False
    """The candidates are known."""

    def judged(self) -> J:
        """Return the candidates; called in a worker thread.

        Raises:
            GridConsoleError: they cannot be determined.
        """
        raise NotImplementedError

    def lines_of(self, found: J) -> tuple[list[Any], str]:
        """Return the rows, and a complaint if no candidate is possible; empty if there is nothing to complain of."""
        raise NotImplementedError

    @property
    def candidates(self) -> RowTable[Any]:
        """The list of candidates."""
        return self.query_one("#candidates", RowTable)

    def on_mount(self) -> None:
        """Focus the first widget, and compute the candidates in a worker thread."""
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
        if lines and not lines[self.candidates.cursor].position and not self.candidates.wanted:
            # The first that can be chosen: not the present handler.
            self.candidates.cursor = next((at for at, line in enumerate(lines) if line.position), 0)
        if complaint:
            self.complain(complaint)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def on_key(self, event: events.Key) -> None:
        """Put the cursor on the candidate of a digit, while the list has the focus."""
        digit = fold_width(event.character or "")
        if self.focused is self.candidates and digit.isdecimal() and digit != "0":
            found = next((line for line in self.candidates.rows if getattr(line, "position", 0) == int(digit)), None)
            if found is not None:
                event.stop()
                self.candidates.cursor = list(self.candidates.rows).index(found)

    @on(RowTable.Chosen)
    def _chosen(self) -> None:
        self.action_submit()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.candidates.focus()
