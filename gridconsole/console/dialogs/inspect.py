"""核实, 核查, 反馈: what was found or done on site, with time and photos."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.text import safe
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.codes import AssigneeKind
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import Result, Stage, State
from gridconsole.language import t, word
from gridconsole.language.due import moment_text
from gridconsole.services import tasks

if TYPE_CHECKING:
    from gridconsole.domain.case import Case
    from gridconsole.domain.parties import Actor

_BETWEEN_NAMES = re.compile(r"[;；\n\t]+")
"""Separators between the names of photos; blanks and commas are too common inside names."""


class Foreseen(Message):
    """It is known what follows from a result."""

    def __init__(self, result: Result, case: Case) -> None:
        """Args:
        case: the case as it would be.
        """
        super().__init__()
        self.result, self.case = result, case


class OnSiteDialog(ActDialog):
    """The general dialog, with the time on site and the photos below it."""

    asks_when = "console.look.at"
    wrong_when = "console.look.when"

    def fields(self) -> ComposeResult:
        """Lay out the result and the words, then time and photos."""
        yield from super().fields()
        yield Static(t(self.asks_when), classes="label", markup=False)
        yield Input(id="looked", compact=True, max_length=40)
        yield Static(t("console.look.photos"), classes="label", markup=False)
        yield Input(id="photos", compact=True, max_length=3000)

    def more(self) -> dict[str, object] | None:
        """Return the time on site and the photos; an invalid time is reported here."""
        # Parsing the time is part of a heavy import that the first frame need not wait for.
        from gridconsole.domain.spoken import ValueProblem, at_office, spoken_moment

        office = self.console_app.office
        names = [name.strip() for name in _BETWEEN_NAMES.split(self.query_one("#photos", Input).value)]
        try:
            found = spoken_moment(self.query_one("#looked", Input).value, office.today())
        except ValueProblem:
            self.complain(t(self.wrong_when), "#looked")
            return None
        at = at_office(found, office.calendar.zone) if found is not None else None
        return {"look": tasks.look_of(at, [name for name in names if name])}


class InspectionDialog(OnSiteDialog):
    """核实, 核查: who was sent stands above the fields."""

    def fields(self) -> ComposeResult:
        """Lay out the assignee, then the fields, then what follows from the result."""
        yield Static(safe(self._whose()), classes="label")
        yield from super().fields()
        yield Static("", id="after", markup=False)

    def on_mount(self) -> None:
        """Show what follows from a result as soon as it is picked."""
        self.watch(self.query_one("#result", Pick), "index", self._look_ahead, init=False)

    def _look_ahead(self) -> None:
        result, actor = self.picked_result, self.console_app.actor
        if result is not None and actor is not None:
            self._read_ahead(actor, result)

    @work(thread=True, exclusive=True, group="after", exit_on_error=False)
    def _read_ahead(self, actor: Actor, result: Result) -> None:
        from gridconsole.services import foresight

        worker, row = get_current_worker(), self._view.detail.row
        act = self.act_with(result=result, reason=word(result))
        with contextlib.suppress(GridConsoleError):  # the form says what is wrong when it acts
            found = foresight.case_after(self.console_app.office, actor, row.number, act)
            if found is not None and not worker.is_cancelled:
                self.post_message(Foreseen(result, found))

    @on(Foreseen)
    def _foreseen(self, event: Foreseen) -> None:
        if event.result is not self.picked_result:
            return
        office, case = self.console_app.office, event.case
        clock = case.clock(Stage.HANDLE)
        text = t("console.after.state", result=event.result, state=case.state)
        if case.state is State.HANDLING and clock is not None:
            moment = moment_text(clock.due_at, office.now(), office.calendar).strip()
            text = t("console.after.rework", result=event.result, moment=moment, count=case.rework_total)
        self.query_one("#after", Static).update(text)

    def _whose(self) -> str:
        sent = [task.assignee for task in self._view.tasks if not task.ended]
        if not sent:
            return t("console.look.unsent")
        key = "keyed" if sent[-1].kind is AssigneeKind.WARDEN else "sent"
        return t(f"console.look.{key}", name=sent[-1].name)


class FeedbackDialog(OnSiteDialog):
    """反馈: the handler's result, when it was done, and photos."""

    asks_when = "console.done.at"
    wrong_when = "console.done.when"
