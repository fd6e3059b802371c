"""核实, 核查: the findings on site, with time and photos."""

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


class InspectionDialog(ActDialog):
    """The general dialog with the assignee above it, and the time and the photos below it."""

    def fields(self) -> ComposeResult:
        """Lay out the assignee, the result and the words, then time and photos."""
        yield Static(safe(self._whose()), classes="label")
        yield from super().fields()
        yield Static(t("console.look.at"), classes="label", markup=False)
        yield Input(id="looked", compact=True, max_length=40)
        yield Static(t("console.look.photos"), classes="label", markup=False)
        yield Input(id="photos", compact=True, max_length=3000)

    def _whose(self) -> str:
        sent = [task.assignee for task in self._view.tasks if not task.ended]
        if not sent:
            return t("console.look.unsent")
        key = "keyed" if sent[-1].kind is AssigneeKind.WARDEN else "sent"
        return t(f"console.look.{key}", name=sent[-1].name)

    def more(self) -> dict[str, object] | None:
        """Return the time of the inspection and the photos; an invalid time is reported here."""
        # Parsing the time is part of a heavy import that the first frame need not wait for.
        from gridconsole.domain.spoken import ValueProblem, at_office, spoken_moment

        office = self.console_app.office
        names = [name.strip() for name in _BETWEEN_NAMES.split(self.query_one("#photos", Input).value)]
        try:
            found = spoken_moment(self.query_one("#looked", Input).value, office.today())
        except ValueProblem:
            self.complain(t("console.look.when"), "#looked")
            return None
        at = at_office(found, office.calendar.zone) if found is not None else None
        return {"look": tasks.look_of(at, [name for name in names if name])}
