"""Base of every dialog that acts on a case."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from gridconsole.console.case_lines import verb
from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.waiver import WaiverDialog
from gridconsole.console.keys import bind
from gridconsole.console.messages import Operation
from gridconsole.console.phone_box import PhoneBox, ShowsPhones, phone_lines
from gridconsole.console.text import safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.domain.actions import Act, Action, Waiver
from gridconsole.domain.errors import ApproverWaivable, AxisWaivable, GridConsoleError, WaiverRefused
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import OFFICE
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.services import actors, casework, sessions
from gridconsole.services.case_queries import CaseView


class CaseForm(ShowsPhones, Form):
    """Form for one action on one case, on the version seen when it opened.

    If a second person may waive the dual axis, it asks for one. It opens as a drawer: the case stays in sight.
    """

    is_drawer = True
    place: ClassVar[str] = "case"
    """Place from which phones are shown."""
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f8", "phones", "form.phones", key_display="F8", priority=True),
        bind("ctrl+k,y,ｙ", "copy", "form.copy", show=False),
    ]

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__()
        self._view, self._action = view, action
        self._waiver: Waiver | None = None
        self.phones = PhoneBox(self, self.place)
        row = view.detail.row
        self.draft_kind, self.draft_case, self.draft_version = action.value, row.number, row.version
        self.heading = t("console.act.heading", action=action, number=row.number, state=row.state, version=row.version)

    def on_mount(self) -> None:
        """Name the act in the bottom line."""
        offers = [Offer("f2", "F2", (verb(word(self._action)),)), Offer("escape", "Esc", (t("key.form.fold"),))]
        self.query_one(KeyBar).offer(self._view.detail.row.number[8:], offers)

    def after_fields(self) -> ComposeResult:
        """Lay out the phones, which a key shows."""
        yield phone_lines()

    @property
    def phones_of(self) -> QueueRow | None:
        """The case that the form is about."""
        return self._view.detail.row

    def lonely_line(self) -> ComposeResult:
        """Say before asking that nobody else could speak on this operator's request, and who could key it instead."""
        from gridconsole.services import requests  # asked by requests alone

        app = self.console_app
        found = requests.lonely(app.office, app.actor, self._action) if app.actor is not None else None
        if found is not None:
            key = "console.request.lonely" if found.instead else "console.request.lonely_only"
            yield Static(safe(t(key, step=found.step, names=found.instead)), classes="warning")

    def act_with(self, **fields: object) -> Act:
        """Return the action with these fields, on the version that was seen."""
        return Act.of(self._action, waiver=self._waiver, expected_version=self._view.detail.row.version, **fields)  # type: ignore[arg-type]

    def carrying_out(self, **fields: object) -> Operation | None:
        """Return the action with these fields, on the version that was seen; None while no operator is signed in."""
        app, row = self.console_app, self._view.detail.row
        if app.actor is None:
            return None
        return partial(casework.act_on, app.office, app.actor, row.number, self.act_with(**fields), self.request_id)

    def refused(self, error: GridConsoleError) -> None:
        """Show the refusal; if a second person may waive it, ask for one."""
        super().refused(error)
        if isinstance(error, WaiverRefused):
            self._waiver = None
        if isinstance(error, AxisWaivable | ApproverWaivable):
            dialog = WaiverDialog(self.console_app.office, self._witnesses(), error)

            def answered(witness: Actor | None) -> None:
                if witness is not None:
                    self._waiver = dialog.waiver(witness)
                    self.action_submit()

            self.app.push_screen(dialog, answered)

    def _witnesses(self) -> list[Actor]:
        app = self.console_app
        everybody = actors.operators(app.office) if app.office.is_demo else sessions.may_log_in(app.office)
        return [actor for actor in everybody if actor.roles & OFFICE and actor != app.actor]
