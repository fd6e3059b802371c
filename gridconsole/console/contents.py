"""Read the fields of a form for a draft, and fill them in again from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widgets import Input, Select, TextArea
from textual.widgets.select import InvalidSelectValueError

from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import RowTable

if TYPE_CHECKING:
    from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class Contents:
    """Every field's value by its name."""

    texts: Mapping[str, str]
    """Free text, in the form's order; never a password."""
    choices: Mapping[str, str]
    """Chosen values: positions or keys."""

    def typed_since(self, before: Contents) -> dict[str, str]:
        """Return the texts that the operator typed, without those unchanged since ``before``."""
        return {name: text for name, text in self.texts.items() if text.strip() and text != before.texts.get(name, "")}


def contents_of(form: Screen[None]) -> Contents:
    """Return the present values of the fields."""
    texts: dict[str, str] = {}
    for field in form.query("Input, TextArea"):
        if field.id is None:
            continue  # a chooser's own field: what counts is what was chosen
        if isinstance(field, TextArea):
            texts[field.id] = field.text
        elif isinstance(field, Input) and not field.password:
            texts[field.id] = field.value
    choices = {pick.id: str(pick.index) for pick in form.query(Pick) if pick.id}
    choices |= {chooser.id: _said(chooser.chosen) for chooser in form.query(Chooser) if chooser.id}
    choices |= {select.id: str(select.value) for select in form.query(Select) if select.id and not select.is_blank()}
    for table in form.query(RowTable):
        if table.id and table.current is not None:
            choices[table.id] = _said(table.current_key)
    return Contents(texts, choices)


def _said(key: object) -> str:
    return "" if key is None else str(key)


def fill_in(form: Screen[None], fields: Mapping[str, str], *, choices: bool) -> None:
    """Fill the fields in again; a value whose field no longer exists is skipped.

    The cursor goes to the end of the first text, unless there is something to choose: a digit chooses there, as in a blank form.

    Args:
        choices: restore choices too, not only typed text.
    """
    first = None
    for field in form.query("Input, TextArea"):
        text = fields.get(field.id or "", "")
        if not text:
            continue
        if isinstance(field, TextArea):
            field.text = text
            field.move_cursor(field.document.end)
        elif isinstance(field, Input):
            field.value = text
            field.cursor_position = len(text)
        first = first or field
    if choices:
        _choose_again(form, fields)
    if first is not None and not form.query("Pick, Chooser, RowTable"):
        first.focus()


def _choose_again(form: Screen[None], fields: Mapping[str, str]) -> None:
    for pick in form.query(Pick):
        pick.choose(fields.get(pick.id or "", ""))
    for chooser in form.query(Chooser):
        chooser.choose(fields.get(chooser.id or "", ""))
    for select in form.query(Select):
        if value := fields.get(select.id or "", ""):
            try:
                select.value = value
            except InvalidSelectValueError:
                continue  # that person is not among them any more
    for table in form.query(RowTable):
        table.wanted = fields.get(table.id or "", "")
