"""回访: record if the resident was reached, and the answers."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import safe
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.states import Satisfaction, Solved
from gridconsole.domain.text import is_reason
from gridconsole.language import t, word
from gridconsole.services.case_queries import CaseView

UNREACHED = 2
"""Position of the answer that nobody was reached."""


class CallBackDialog(CaseForm):
    """Dialog of a call-back. No answer is preselected: every recorded answer must have been asked for."""

    place = "call_back"

    def __init__(self, view: CaseView) -> None:
        super().__init__(view, Action.CALL_BACK)

    def fields(self) -> ComposeResult:
        """Lay out the reporter and the matter, then the answers."""
        row, detail = self._view.detail.row, self._view.detail
        yield Static(safe(f"{row.category} {row.area_name} {row.address}  {detail.reporter} {detail.phone}"), classes="label")
        for call in self._view.calls:
            if not call.reached:
                yield Static(safe(f"{t('call.unreached')} {word(call.at)} {call.called_by} {call.reason}"), classes="label")
        yield Pick([t("console.call.reached"), t("call.reached"), t("call.unreached")], asks_first=True, id="answered")
        yield Pick([t("console.call.solved"), *(word(answer) for answer in Solved)], asks_first=True, id="solved")
        yield Pick([t("console.call.satisfaction"), *(word(grade) for grade in Satisfaction)], asks_first=True, id="satisfaction")
        yield Static(t("console.call.words"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)

    def on_mount(self) -> None:
        """Focus on whether the resident was reached; hide the questions if not."""
        reached = self.query_one("#answered", Pick)
        reached.focus()
        self.watch(reached, "index", self._ask, init=False)

    def _ask(self) -> None:
        for name in ("solved", "satisfaction"):
            self.query_one(f"#{name}", Pick).display = self._is_reached

    @property
    def _is_reached(self) -> bool:
        return self.query_one("#answered", Pick).index != UNREACHED

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the call-back; a missing answer or reason is reported here."""
        words = self.query_one("#words", Input).value.strip()
        solved, grade = self.query_one("#solved", Pick).index, self.query_one("#satisfaction", Pick).index
        call = CallBack(False)
        if self.query_one("#answered", Pick).index == 0:
            self.complain(t("console.call.choose"), "#answered")
            return None
        if self._is_reached:
            if not (solved and grade):
                self.complain(t("console.call.choose"), "#satisfaction" if solved else "#solved")
                return None
            call = CallBack(True, tuple(Solved)[solved - 1], tuple(Satisfaction)[grade - 1])
            if call.is_dissatisfied and not is_reason(words):
                self.complain(t("console.call.why"), "#words")
                return None
        return self.carrying_out(note="" if call.reached else words, reason=words if call.reached else "", call_back=call)
