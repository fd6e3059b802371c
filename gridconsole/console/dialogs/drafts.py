"""没发出的内容: drafts that the operator left, to be opened, copied or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.draft_lines import HAND_OVER, length_of, time_of, title_of
from gridconsole.console.keys import bind
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.text import fit, masked, safe
from gridconsole.domain.actions import Action
from gridconsole.language import t
from gridconsole.services.drafts import Draft

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp

_TITLE_CELLS, _LENGTH_CELLS, _TIME_CELLS = 20, 12, 22


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft, and the present version of its case."""

    draft: Draft
    version: int

    @property
    def has_moved(self) -> bool:
        """Return whether the case has changed since the draft was typed."""
        return self.draft.version != self.version


class DraftsDialog(ModalScreen[None]):
    """List of drafts: Enter opens the form, filled in; Esc leaves everything for later."""

    DEFAULT_CSS = """
    DraftsDialog { align: center middle; }
    DraftsDialog > Vertical { width: 86; max-width: 96%; height: auto; max-height: 96%; background: $surface; border: heavy $primary;
        border-title-style: bold reverse; border-subtitle-color: $foreground 75%; padding: 0 1; }
    DraftsDialog OptionList, DraftsDialog OptionList:focus { height: auto; max-height: 8; border: none; background: $surface; }
    DraftsDialog VerticalScroll { height: auto; max-height: 8; background: $panel; padding: 0 1; margin: 1 0; }
    DraftsDialog Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "dismiss(None)", "drafts.later"),
        bind("f3", "copy", "drafts.copy", key_display="F3"),
        bind("f4", "throw", "drafts.throw", key_display="F4"),
    ]

    def __init__(self, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._offers = list(offers)
        self._doomed = ""

    @property
    def console_app(self) -> OfficeApp:
        return cast("OfficeApp", self.app)

    def compose(self) -> ComposeResult:
        """Lay out the list, the text of the draft under the cursor, and the keys."""
        box = Vertical()
        box.border_title = t("console.drafts")
        box.border_subtitle = t("console.drafts.later")
        with box:
            yield Static("", id="count", classes="title", markup=False)
            yield OptionList(markup=False)
            with VerticalScroll(can_focus=False):
                yield Static("", id="text", markup=False)
            yield Static(t("console.drafts.keys"), classes="muted", markup=False)

    def on_mount(self) -> None:
        """Fill the list, newest first."""
        self._fill(0)
        self.query_one(OptionList).focus()

    def _fill(self, position: int) -> None:
        self.query_one("#count", Static).update(t("console.drafts.count", count=len(self._offers)))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(safe(self._line(offer))) for offer in self._offers])
        options.highlighted = min(position, len(self._offers) - 1)

    def _line(self, offer: Offer) -> str:
        draft = offer.draft
        head = fit(title_of(draft.kind, draft.case), _TITLE_CELLS) + fit(length_of(draft.text), _LENGTH_CELLS)
        moved = t("console.drafts.moved") if offer.has_moved else ""
        return head + fit(time_of(draft, self.console_app.office), _TIME_CELLS) + moved

    @property
    def _current(self) -> Offer | None:
        position = self.query_one(OptionList).highlighted
        return self._offers[position] if position is not None and position < len(self._offers) else None

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._doomed = ""
        if self._current is not None:
            self.query_one("#text", Static).update(masked(self._current.draft.text))

    @on(OptionList.OptionSelected)
    def _opened(self) -> None:
        offer = self._current
        if offer is None:
            return
        app, draft = self.console_app, offer.draft
        self.dismiss(None)
        if draft.kind == HAND_OVER:
            app.call_later(app.action_handover)
        elif draft.kind == Action.REPORT.value:
            app.push_screen(ReportDialog())
        else:
            app.push_screen(CaseScreen(draft.case, Action(draft.kind)))

    def action_copy(self) -> None:
        """Copy the text, for another place: a case that has changed may need it as a note."""
        if self._current is not None:
            self.app.copy_to_clipboard(self._current.draft.text)
            self.console_app.say(t("console.drafts.copied"))

    def action_throw(self) -> None:
        """Discard the draft; the key must be pressed twice, because this cannot be undone."""
        offer = self._current
        if offer is None:
            return
        if self._doomed != offer.draft.id:
            self._doomed = offer.draft.id
            self.console_app.say(t("console.drafts.throw_twice"))
            return
        self.console_app.drafts.remove(offer.draft.id)
        position = self._offers.index(offer)
        self._offers.remove(offer)
        if self._offers:
            self._fill(position)
        else:
            self.dismiss(None)
