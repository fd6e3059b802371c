"""Keys and legend."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.language import t


class HelpScreen(ModalScreen[None]):
    """One page; Esc leaves."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll { width: 90%; max-width: 90; height: 90%; background: $surface; border: round $primary; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,f1,enter,question_mark,？", "dismiss", "help.close", key_display="Esc"),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the page."""
        with VerticalScroll():
            yield Static(t("console.help.page"), markup=False)
