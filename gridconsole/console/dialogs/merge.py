"""Declaring that two cases are one matter: merging one into the other, or only a verdict on the pair."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Act, Action, Lead
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.parties import Actor
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.services import case_queries, casework, duplicates
from gridconsole.services.casework import Receipt
from gridconsole.services.office import Office


class MergeDialog(Form):
    """并案: the number of the leading case, or its last digits, and a remark."""

    def __init__(self, row: QueueRow) -> None:
        super().__init__()
        self._row = row
        self.draft_kind, self.draft_case, self.draft_version = Action.MERGE.value, row.number, row.version
        self.heading = t("console.act.heading", action=Action.MERGE, number=row.number[8:], category=row.category)

    def fields(self) -> ComposeResult:
        """Lay out number and remark."""
        yield Static(masked(f"{self._row.category} {self._row.area_name} {self._row.address}"), classes="label")
        yield Static(t("console.merge.into"), classes="label", markup=False)
        yield Input(id="into", compact=True, max_length=20)
        yield Static(t("console.words.optional"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)

    def on_mount(self) -> None:
        """Focus on the first field that is still empty."""
        self.query_one("#into").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the merge; a missing number is reported here."""
        app, into = self.console_app, self.query_one("#into", Input).value.strip()
        if not into:
            self.complain(t("console.merge.missing"), "#into")
            return None
        if app.actor is None:
            return None
        act = Act.of(Action.MERGE, note=self.query_one("#words", Input).value.strip(), expected_version=self._row.version)
        return partial(_merge, app.office, app.actor, self._row.number, act, into, self.request_id)


def _merge(office: Office, actor: Actor, number: str, act: Act, into: str, request_id: str) -> Receipt:
    """Find the leading case by what was typed, and merge; both run in a worker thread."""
    found = Act.of(
        act.action, note=act.note, into=Lead(case_queries.find_number(office, into)), expected_version=act.expected_version
    )  # fmt: skip
    return casework.act_on(office, actor, number, found, request_id)


class JudgeDialog(Form):
    """判定: verdict on how two cases are related; neither case is changed."""

    def __init__(self, number: str, other: QueueRow, verdict: PairVerdict | None) -> None:
        super().__init__()
        self._number, self._other, self._said = number, other, verdict
        self.heading = t("console.judge.heading", number=number, other=other.number)

    def fields(self) -> ComposeResult:
        """Lay out the verdicts."""
        yield Static(masked(f"{self._other.category} {self._other.area_name} {self._other.address}"), classes="label")
        yield Pick([word(verdict) for verdict in PairVerdict], must_choose=True, id="verdict")

    def on_mount(self) -> None:
        """Choose the earlier verdict; without one nothing is chosen."""
        pick = self.query_one("#verdict", Pick)
        if self._said:
            pick.index = list(PairVerdict).index(self._said)
        pick.focus()

    def operation(self) -> Operation | None:
        """Return the verdict; a missing choice is reported here."""
        app, index = self.console_app, self.query_one("#verdict", Pick).index
        if index < 0:
            choices = [f"{at} {word(one)}" for at, one in enumerate(PairVerdict, 1)]
            self.complain(t("console.act.no_result", choices=choices), "#verdict")
            return None
        if app.actor is None:
            return None
        verdict = list(PairVerdict)[index]
        return partial(duplicates.judge, app.office, app.actor, self._number, self._other.number, verdict, self.request_id)
