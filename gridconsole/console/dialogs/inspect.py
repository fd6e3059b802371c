"""核实, 核查, 反馈: what was found or done on site, with time and photos."""

from __future__ import annotations

import re

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.text import safe
from gridconsole.domain.codes import AssigneeKind
from gridconsole.language import t
from gridconsole.services import tasks

_BETWEEN_NAMES = re.compile(r"[;；\n\t]+")
"""Separators between the names of photos; blanks and commas are too common inside names."""


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
        """Lay out the assignee, then the fields."""
        yield Static(safe(self._whose()), classes="label")
        yield from super().fields()

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
