"""Type-ahead: a field and the choices that fit what is typed (name, code, or initials of the pinyin)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from gridconsole.console.text import safe
from gridconsole.services.lookup import matches

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose."""

    key: int
    label: str
    search: str
    """Codes and initials by which it is also found."""


class Chooser(Vertical):
    """A field with its choices below; the chosen one is shown in the field."""

    DEFAULT_CSS = """
    Chooser { height: auto; }
    Chooser OptionList { height: auto; max-height: 5; display: none; border: none; padding: 0 1; background: $panel; }
    Chooser.open OptionList { display: block; }
    """

    class Picked(Message):
        """A choice was made, or cleared (key None)."""

        def __init__(self, chooser: Chooser, key: int | None) -> None:
            super().__init__()
            self.chooser, self.key = chooser, key

        @property
        def control(self) -> Chooser:
            return self.chooser

    def __init__(self, choices: Sequence[Choice], placeholder: str, *, chosen: int | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._choices = choices
        self._by_key = {choice.key: choice for choice in choices}
        self._placeholder = placeholder
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        """Lay out the field and its list."""
        value = self._by_key[self.chosen].label if self.chosen in self._by_key else ""
        yield Input(value, placeholder=self._placeholder, compact=True, max_length=80)
        yield OptionList(markup=False)

    def _fitting(self, typed: str) -> Iterable[Choice]:
        return (choice for choice in self._choices if matches(typed, choice.label, choice.search))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.chosen in self._by_key and event.value == self._by_key[self.chosen].label:
            return
        self._choose(None)
        options = self.query_one(OptionList)
        options.clear_options()
        if event.value.strip():
            for choice, _ in zip(self._fitting(event.value), range(SHOWN), strict=False):
                options.add_option(Option(safe(choice.label), id=str(choice.key)))
        self.set_class(options.option_count > 0, "open")
        if options.option_count:
            options.highlighted = 0

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Take the highlighted choice on Enter; with the list closed, the form handles Enter."""
        options = self.query_one(OptionList)
        if self.has_class("open") and options.highlighted is not None:
            event.stop()
            self._take(options.get_option_at_index(options.highlighted))

    def on_key(self, event: object) -> None:
        """Down and up move through the list while the field keeps the focus."""
        key = getattr(event, "key", "")
        if key in ("down", "up") and self.has_class("open") and self.query_one(Input).has_focus:
            options = self.query_one(OptionList)
            options.action_cursor_down() if key == "down" else options.action_cursor_up()
            event.stop()  # type: ignore[attr-defined]
            event.prevent_default()  # type: ignore[attr-defined]

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option)

    def _take(self, option: Option) -> None:
        choice = self._by_key[int(option.id or 0)]
        self._choose(choice.key)
        with self.prevent(Input.Changed):
            self.query_one(Input).value = choice.label
        self.remove_class("open")
        self.query_one(Input).focus()

    def choose(self, key: str) -> None:
        """Choose by a key stored in a draft; an unknown key changes nothing."""
        if key.removeprefix("-").isdecimal() and (choice := self._by_key.get(int(key))) is not None:
            self._choose(choice.key)
            with self.prevent(Input.Changed):
                self.query_one(Input).value = choice.label

    def _choose(self, key: int | None) -> None:
        if key != self.chosen:
            self.chosen = key
            self.post_message(self.Picked(self, key))
