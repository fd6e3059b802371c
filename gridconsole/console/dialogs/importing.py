"""Dialogs of the import screen: the content of a cell, how a file is read, what its old rows are, and undoing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.import_lines import PlanLine
from gridconsole.console.messages import Operation
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.errors import BadValue, HistoryUnclear
from gridconsole.importing.options import HEADER_ROW_LIMIT, LONGEST_LIST, YEARS, list_named, mapping_of
from gridconsole.importing.undo import Undone, undo
from gridconsole.language import t
from gridconsole.language.error_sentences import Surface, error_sentence

_BETWEEN_PAIRS = re.compile(r"[;；\n]")


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of a file as the clerk set it; empty: as the program finds it."""

    source_list: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Fields by heading."""
    header_row: int | None = None
    year: int | None = None
    skip_hidden: bool = False


class CellDialog(Form):
    """Dialog for new content of one cell; the file itself is not changed."""

    def __init__(self, line: PlanLine, text: str) -> None:
        super().__init__()
        self._line, self._text = line, text
        self.given: str | None = None
        """Text that was typed; None if the dialog was left."""
        self.heading = f"{t('console.import.cell')}  {line_of(f'{line.sheet} {line.cell}')}"

    def fields(self) -> ComposeResult:
        """Lay out the problem of a cell and a field for its new content."""
        yield Static(safe(self._line.text), classes="label")
        yield Input(self._text, id="words", compact=True, max_length=2000)
        yield Static(t("console.import.cell_hint"), classes="muted", markup=False)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Keep the text for the caller, and close."""
        self.given = self.query_one("#words", Input).value
        self.dismiss(None)


class ReadingForm(Form):
    """Settings for reading a file: the name of its list, meanings of headings, the row of the heading, the year, hidden rows."""

    usual_fields = ("#list",)

    def __init__(self, reading: Reading) -> None:
        super().__init__()
        self._was = reading
        self.given: Reading | None = None
        """The settings; None if the dialog was left."""
        self.heading = t("console.import.reading")

    def fields(self) -> ComposeResult:
        """Lay out the settings."""
        was = self._was
        pairs = "；".join(f"{heading}={name}" for heading, name in was.mapping.items())
        for name, value, longest in (
            ("list", was.source_list, LONGEST_LIST), ("map", pairs, 400), ("row", str(was.header_row or ""), 4), ("year", str(was.year or ""), 4),
        ):  # fmt: skip
            yield Static(t(f"console.import.reading.{name}"), classes="label", markup=False)
            yield Input(value, id=name, compact=True, max_length=longest)
        yield Static(t("console.import.reading.hidden"), classes="label", markup=False)
        hidden = Pick([t("console.import.reading.hidden_in"), t("console.import.reading.hidden_out")], id="hidden")
        hidden.index = int(was.skip_hidden)
        yield hidden

    def on_mount(self) -> None:
        """Focus the name of the list."""
        self.query_one("#list").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Keep the settings for the caller, and close; a wrong one is reported at its field."""
        texts = {name: self.query_one(f"#{name}", Input).value.strip() for name in ("list", "map", "row", "year")}
        try:
            mapping = mapping_of([pair for pair in _BETWEEN_PAIRS.split(texts["map"].replace("＝", "=")) if pair.strip()])
        except BadValue:
            self.complain(t("console.import.reading.map_wrong"), "#map")
            return
        numbers: dict[str, int | None] = {}
        for name, least, most in (("row", 1, HEADER_ROW_LIMIT), ("year", *YEARS)):
            text = texts[name]
            if text and not (text.isdecimal() and least <= int(text) <= most):
                self.complain(t("console.import.reading.number_wrong", least=least, most=most), f"#{name}")
                return
            numbers[name] = int(text) if text else None
        skip_hidden = self.query_one("#hidden", Pick).index == 1
        self.given = Reading(list_named(texts["list"]), mapping, numbers["row"], numbers["year"], skip_hidden)
        self.dismiss(None)


class HistoryDialog(Form):
    """Question whether rows of a list that may be over or open are history."""

    def __init__(self, error: HistoryUnclear) -> None:
        super().__init__()
        self._error = error
        self.history: bool | None = None
        """The answer; None if the dialog was left."""
        self.heading = t("console.import.history")

    def fields(self) -> ComposeResult:
        """Lay out which rows are meant, and the two answers."""
        yield Static(safe(error_sentence(self._error, Surface.CONSOLE)[0]), classes="label")
        yield Pick([t("console.import.as_history"), t("console.import.as_open")], must_choose=True, id="history")
        yield Static(t("console.import.history_hint"), classes="muted", markup=False)

    @on(Pick.Chosen)
    def _picked(self) -> None:
        self.action_submit()

    def action_submit(self) -> None:
        """Keep the answer for the caller, and close; without one, say that it is needed."""
        index = self.query_one("#history", Pick).index
        if index < 0:
            self.complain(t("console.import.history_needed"), "#history")
            return
        self.history = index == 0
        self.dismiss(None)


class UndoDialog(Form):
    """Preview of undoing an import, and the undoing itself."""

    def __init__(self, undone: Undone) -> None:
        super().__init__()
        self._undone = undone
        self.heading = t("console.import.undo", number=undone.number)

    def fields(self) -> ComposeResult:
        """Lay out the counts, and the names of what stays."""
        undone = self._undone
        text = t(
            "console.import.undo_text",
            file=undone.file,
            removed=undone.removed,
            restored=undone.restored,
            withdrawn=undone.withdrawn,
        )
        yield Static(safe(text), classes="label")
        if undone.kept:
            yield Static(safe(t("console.import.undo_kept", names=list(undone.kept[:40]))), classes="label")

    def operation(self) -> Operation | None:
        """Return the undo."""
        app = self.console_app
        if app.actor is None:
            return None
        actor, number = app.actor, self._undone.number

        def carry_out() -> None:
            undo(app.office, actor, number)

        return carry_out
