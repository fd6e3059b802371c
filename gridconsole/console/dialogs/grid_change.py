"""拆分, 合并, 划转: dialogs that show where everything lands before it is done."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation, without_receipt
from gridconsole.console.text import safe
from gridconsole.console.widgets.chooser import Choice, Chooser
from gridconsole.domain.codes import Level
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.grid_change import Part
from gridconsole.domain.roster import GridChangeKind
from gridconsole.language import labelled, listed, t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.language.grid_changes import landing_lines
from gridconsole.services import grid_changes
from gridconsole.services.grid_changes import Wish
from gridconsole.store import places
from gridconsole.store.grid_changes import ChangeRow
from gridconsole.store.places import GridRow

PARTS, NAME_LENGTH, WORDS_LENGTH = 3, 60, 200
ROWS_TAKEN, FEWEST_LINES = 13, 4
"""Rows of a dialog beside its preview; lines of a preview that are always shown."""


class GridChangeDialog(Form):
    """Dialog about a change of grids, with a preview that follows what is typed."""

    DEFAULT_CSS = """
    GridChangeDialog .part { height: 1; }
    GridChangeDialog .part Input { width: 2fr; }
    GridChangeDialog .part Input:first-child { width: 1fr; margin: 0 1 0 0; }
    GridChangeDialog #preview { height: auto; color: $mut; margin: 1 0 0 0; }
    """
    kind: ClassVar[GridChangeKind]

    def __init__(self, grids: tuple[GridRow, ...]) -> None:
        super().__init__()
        self.grids = grids
        self.heading = labelled(word(self.kind), listed(row.name for row in grids))

    def wish(self) -> Wish | None:
        """Return what is wanted; None while something is missing."""
        raise NotImplementedError

    def after_fields(self) -> ComposeResult:
        """Lay out the reason and the preview."""
        yield Input(placeholder=t("console.grid_change.reason"), id="reason", compact=True, max_length=200)
        yield Static("", id="preview", markup=False)

    def on_mount(self) -> None:
        """Show where everything lands."""
        super().on_mount()
        self.call_after_refresh(self._show)

    @on(Input.Changed)
    @on(Chooser.Picked)
    def _show(self) -> None:
        wanted, office = self.wish(), self.console_app.office
        if wanted is None:
            self.query_one("#preview", Static).update(t("console.grid_change.missing"))
            return
        try:
            found = landing_lines(grid_changes.preview(office, wanted))
        except GridConsoleError as error:
            self.query_one("#preview", Static).update(safe(" ".join(error_sentence(error, Surface.CONSOLE))))
            return
        room = max(self.app.size.height - ROWS_TAKEN, FEWEST_LINES)
        lines = [safe(f"{what}  →  {where}") for what, where in found[:room]]
        if len(found) > room:
            lines.append(safe(t("console.grid_change.more", count=len(found) - room)))
        self.query_one("#preview", Static).update(Content("\n").join(lines))

    def operation(self) -> Operation | None:
        """Return the change; what is missing is reported here."""
        app, wanted = self.console_app, self.wish()
        if wanted is None or app.actor is None:
            self.complain(t("console.grid_change.missing"), "#reason")
            return None
        reason = self.query_one("#reason", Input).value
        return without_receipt(partial(grid_changes.change, app.office, app.actor, wanted, reason))

    def finished(self) -> None:
        """Say that it is done, and how to take it back."""
        self.console_app.say(t("console.grid_change.done", what=self.heading))


class SplitDialog(GridChangeDialog):
    """拆分: names of the parts, and the words of addresses that lie in each; one without words keeps the rest."""

    kind = GridChangeKind.SPLIT

    def fields(self) -> ComposeResult:
        """Lay out three parts; the third may stay empty."""
        yield Static(t("console.grid_change.parts"), classes="label", markup=False)
        for number in range(1, PARTS + 1):
            hints = (t("console.grid_change.name_hint", number=number), t("console.grid_change.words_hint"))
            with Horizontal(classes="part"):
                yield Input(placeholder=hints[0], id=f"name{number}", compact=True, max_length=NAME_LENGTH)
                yield Input(placeholder=hints[1], id=f"words{number}", compact=True, max_length=WORDS_LENGTH)

    def wish(self) -> Wish | None:
        """Return the split into the parts that have a name."""
        parts = []
        for number in range(1, PARTS + 1):
            name, words = (self.query_one(f"#{field}{number}", Input).value for field in ("name", "words"))
            if name.strip():
                split = words.replace("，", ",").replace("、", ",").split(",")
                parts.append(Part(name.strip(), tuple(part.strip() for part in split if part.strip())))
        return Wish(self.kind, (self.grids[0].id,), tuple(parts)) if len(parts) > 1 else None


class MergeDialog(GridChangeDialog):
    """合并: the marked grids become one."""

    kind = GridChangeKind.MERGE

    def fields(self) -> ComposeResult:
        """Lay out the name."""
        yield Static(t("console.grid_change.name"), classes="label", markup=False)
        yield Input(self.grids[0].name, id="name", compact=True, max_length=NAME_LENGTH)

    def wish(self) -> Wish | None:
        """Return the merge."""
        name = self.query_one("#name", Input).value.strip()
        return Wish(self.kind, tuple(row.id for row in self.grids), (Part(name),)) if name else None


class TransferDialog(GridChangeDialog):
    """划转: to another community."""

    kind = GridChangeKind.TRANSFER

    def fields(self) -> ComposeResult:
        """Lay out the community, and another name."""
        with self.console_app.office.database.reading() as connection:
            areas = places.areas(connection)
        names = {area.id: area.name for area in areas}
        choices = [
            Choice(area.id, f"{names.get(area.parent_id or 0, '')} {area.name}", f"{area.code} {area.initials}")
            for area in areas
            if area.level is Level.COMMUNITY
        ]
        yield Static(t("console.grid_change.community"), classes="label", markup=False)
        yield Chooser(choices, t("console.report.grid.hint"), id="community")
        yield Static(t("console.grid_change.name"), classes="label", markup=False)
        yield Input(placeholder=t("console.grid_change.same_name"), id="name", compact=True, max_length=NAME_LENGTH)

    def wish(self) -> Wish | None:
        """Return the transfer."""
        area, name = self.query_one("#community", Chooser).chosen, self.query_one("#name", Input).value.strip()
        return Wish(self.kind, (self.grids[0].id,), (Part(name),) if name else (), area) if area is not None else None


class UndoChangeDialog(Form):
    """撤销: the newest change that is in effect."""

    def __init__(self, change: ChangeRow) -> None:
        super().__init__()
        self._change = change
        self.heading = t(
            "console.grid_change.undo", number=change.number, kind=word(change.kind), day=change.on, name=change.made_by
        )

    def fields(self) -> ComposeResult:
        """Lay out the reason."""
        yield Static(t("console.grid_change.reason"), classes="label", markup=False)
        yield Input(id="reason", compact=True, max_length=200)

    def operation(self) -> Operation | None:
        """Return the undoing."""
        app = self.console_app
        if app.actor is None:
            return None
        reason = self.query_one("#reason", Input).value
        return without_receipt(partial(grid_changes.undo, app.office, app.actor, self._change.number, reason))

    def finished(self) -> None:
        """Say that it is undone."""
        self.console_app.say(t("console.grid_change.undone", number=self._change.number))
