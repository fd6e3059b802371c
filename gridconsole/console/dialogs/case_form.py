"""Base of every dialog that acts on a case."""

from __future__ import annotations

from functools import partial

from gridconsole.console.dialogs.form import Form
from gridconsole.console.dialogs.waiver import WaiverDialog
from gridconsole.console.messages import Operation
from gridconsole.domain.actions import Act, Action, Waiver
from gridconsole.domain.errors import AxisWaivable, GridConsoleError, WaiverRefused
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import OFFICE
from gridconsole.language import t
from gridconsole.services import actors, casework, sessions
from gridconsole.services.case_queries import CaseView


class CaseForm(Form):
    """Form for one action on one case, on the version seen when it opened.

    If a second person may waive the dual axis, it asks for one. It opens as a drawer: the case stays in sight.
    """

    is_drawer = True

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__()
        self._view, self._action = view, action
        self._waiver: Waiver | None = None
        row = view.detail.row
        self.draft_kind, self.draft_case, self.draft_version = action.value, row.number, row.version
        self.heading = t("console.act.heading", action=action, number=row.number, state=row.state, version=row.version)

    def carrying_out(self, **fields: object) -> Operation | None:
        """Return the action with these fields, on the version that was seen; None while no operator is signed in."""
        app, row = self.console_app, self._view.detail.row
        if app.actor is None:
            return None
        act = Act.of(self._action, waiver=self._waiver, expected_version=row.version, **fields)  # type: ignore[arg-type]
        return partial(casework.act_on, app.office, app.actor, row.number, act, self.request_id)

    def refused(self, error: GridConsoleError) -> None:
        """Show the refusal; if a second person may waive it, ask for one."""
        super().refused(error)
        if isinstance(error, WaiverRefused):
            self._waiver = None
        if isinstance(error, AxisWaivable):
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
