"""上次离开后: what others did while the operator was away."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.keys import bind
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.text import line_of, safe
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.digest import Digest
from gridconsole.language import t
from gridconsole.language.news import digest_head, digest_line

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp


class DigestScreen(ModalScreen[None]):
    """Counts, then the cases that most concern this operator; Enter opens one, Esc goes on with the work."""

    DEFAULT_CSS = """
    DigestScreen { align: center middle; }
    DigestScreen > Vertical { width: 96%; max-width: 116; height: auto; max-height: 96%; background: $surface; border: round $primary;
        padding: 0 1; }
    DigestScreen Static { height: auto; }
    DigestScreen OptionList, DigestScreen OptionList:focus { height: auto; max-height: 60vh; border: none; background: $panel;
        text-wrap: nowrap; text-overflow: clip; }
    DigestScreen OptionList.empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape,f2", "dismiss(None)", "digest.close", key_display="Esc")]

    def __init__(self, digest: Digest) -> None:
        super().__init__()
        self._digest = digest

    def compose(self) -> ComposeResult:
        """Lay out heading, counts, cases and keys."""
        calendar = cast("OfficeApp", self.app).office.calendar
        with Vertical():
            yield Static(t("console.digest"), classes="title", markup=False)
            yield Static(safe("\n".join(digest_head(self._digest, calendar))), markup=False)
            yield OptionList(
                *(Option(safe(line_of(mask_text(digest_line(line, calendar))))) for line in self._digest.lines),
                markup=False,
                classes="" if self._digest.lines else "empty",
            )
            yield Static(t("console.digest.keys"), classes="muted", markup=False)

    def on_mount(self) -> None:
        """Focus the list."""
        if self._digest.lines:
            options = self.query_one(OptionList)
            options.focus()
            options.highlighted = 0

    @on(OptionList.OptionSelected)
    def _opened(self, event: OptionList.OptionSelected) -> None:
        # The digest stays beneath, so that the operator comes back to the rest of it.
        self.app.push_screen(CaseScreen(self._digest.lines[event.option_index].row.number))
