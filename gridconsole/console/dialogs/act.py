"""The general dialog of an action: result, reason or note, outcome."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked, safe
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import JUDGING, Action, Need
from gridconsole.domain.states import Outcome, Result
from gridconsole.domain.transitions import results_of, rows_for
from gridconsole.language import t, word
from gridconsole.language.wording import request_line
from gridconsole.services.case_queries import CaseView


class ActDialog(CaseForm):
    """One action on one case, as it was seen when the dialog opened."""

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__(view, action)
        rows = rows_for(view.detail.row.state, action)
        needs = {need for row in rows for need in row.needs}
        self._must_say_why = all(Need.REASON in row.needs for row in rows)
        self._words = "note" if Need.NOTE in needs else "reason" if Need.REASON in needs else ""
        self._results = results_of(action)
        self._outcomes = tuple(Outcome) if action is Action.CLOSE else ()

    def fields(self) -> ComposeResult:
        """Yield only the fields that the action can use."""
        row = self._view.detail.row
        yield Static(masked(f"{row.category} {row.area_name} {row.address}"), classes="label")
        waiting = [line for line in self._view.requests if not line.decision]
        if self._action in JUDGING and waiting:
            yield Static(safe(request_line(waiting[-1], self.console_app.office.calendar)))
        yield from self.lonely_line()
        if self._results:
            # A judgement has no default: Enter alone must not pass a case.
            yield Pick([word(result) for result in self._results], must_choose=True, id="result")
        if self._outcomes:
            yield Pick([word(item) for item in self._outcomes], id="outcome")
        key = "console.words.optional" if not self._words else f"console.words.{self._words}"
        if self._must_say_why:
            key = "console.request.reason"
        yield Static(t(key), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)

    def on_mount(self) -> None:
        """Focus the first field to fill in."""
        self.query_one("#result" if self._results else "#words").focus()
        for pick in self.query("#result").results(Pick):
            self.watch(pick, "index", self.offer, init=False)

    @property
    def picked_result(self) -> Result | None:
        """The result that is chosen now."""
        picked = self._picked("result") if self._results else -1
        return self._results[picked] if picked >= 0 else None

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def _picked(self, name: str) -> int:
        return self.query_one(f"#{name}", Pick).index

    def operation(self) -> Operation | None:
        """Return the action; a missing result is reported here."""
        words = self.query_one("#words", Input).value.strip()
        if self._results and self._picked("result") < 0:
            choices = [f"{at} {word(one)}" for at, one in enumerate(self._results, 1)]
            self.complain(t("console.act.no_result", choices=choices), "#result")
            return None
        result: Result | None = self._results[self._picked("result")] if self._results else None
        outcome = self._outcomes[self._picked("outcome")] if self._outcomes else None
        more = self.more()
        if more is None:
            return None
        reason = words if self._words == "reason" else ""
        return self.carrying_out(note=words, reason=reason, result=result, outcome=outcome, **more)

    def more(self) -> dict[str, object] | None:
        """Return further fields of the act; None after complaining."""
        return {}
