"""One case on the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console import actions, case_lines
from gridconsole.console.dialogs.unmask import UnmaskDialog
from gridconsole.console.keys import bind
from gridconsole.console.messages import CaseLoaded, Changed, LoadFailed
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.panels.duplicates import DuplicatesScreen
from gridconsole.console.phone_box import PHONES, PhoneBox, ShowsPhones, phone_lines
from gridconsole.console.sizes import SMALL, WIDE
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.domain.access import UNMASK_SECONDS
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t
from gridconsole.services import case_queries
from gridconsole.services.case_queries import CaseView


class CaseScreen(ShowsPhones, OfficeScreen):
    """Everything about a case, with the same keys as the desk."""

    DEFAULT_CSS = """
    CaseScreen #case_panel { height: auto; max-height: 60%; }
    CaseScreen #history_panel { height: 1fr; }
    CaseScreen.beside #body { width: 56; }
    CaseScreen.beside.small #body { width: 100%; }
    CaseScreen.wide #body { layout: horizontal; }
    CaseScreen.beside.wide #body { layout: vertical; }
    CaseScreen.wide #case_panel { width: 1fr; height: 100%; max-height: 100%; }
    CaseScreen.wide #history_panel { width: 1fr; height: 100%; }
    """
    moved_parts = "Panel, ScrollPanel, #body"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "case.back"),
        bind("f2", "primary", "case.primary", key_display="F2", show=False),
        bind("f3", "menu", "case.menu", key_display="F3", show=False),
        bind("f4", "note", "case.note", key_display="F4", show=False),
        bind("f7", "duplicates", "case.duplicates", key_display="F7"),
        bind("ctrl+u", "unmask", "case.unmask"),
        bind("ctrl+y", "why", "case.why", show=False),
        bind("f8", "phones", "case.phones", key_display="F8", show=False),
        bind("ctrl+k,y,ｙ", "copy", "case.copy", show=False),
    ]

    def __init__(self, number: str, wanted: Action | None = None) -> None:
        """Args:
        wanted: an action whose form opens as soon as the case is loaded, if the action is still possible.
        """
        super().__init__()
        self._wanted = wanted
        self._number = number
        self.view: CaseView | None = None
        self._clear: CaseView | None = None
        """The case without its masks, while it may be shown so."""
        self._mask_timer: Timer | None = None
        self.phones = PhoneBox(self)

    def compose(self) -> ComposeResult:
        """Lay out facts, clock and timeline."""
        yield TopBar("desk")
        with Vertical(id="body"):
            with ScrollPanel(id="case_panel"):
                yield phone_lines()
                yield Static("", id="facts", markup=False)
                yield Static("", id="why", markup=False)
            with ScrollPanel(id="history_panel"):
                yield Static("", id="timeline", markup=False)
        yield KeyBar()

    def on_resize(self, event: events.Resize) -> None:
        """Put case and history side by side on a wide terminal."""
        self.set_class(event.size.width < SMALL, "small")
        self.set_class(event.size.width >= WIDE, "wide")

    def on_mount(self) -> None:
        """Load the case."""
        self.query_one("#history_panel").focus()
        self.query_one("#why").display = False
        self._load()

    @on(Changed)
    def _changed(self) -> None:
        self._load()

    @work(thread=True, exclusive=True, group="case", exit_on_error=False)
    def _load(self) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            view = case_queries.view(app.office, self._number, app.actor)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(CaseLoaded(self._number, view))

    @on(CaseLoaded)
    def _show(self, event: CaseLoaded) -> None:
        self.view = event.view
        if not self.console_app.is_locked:
            self.console_app.read_marks.mark_read(event.view.detail.row)
        if self._clear is not None and self._clear.detail.row.version != event.view.detail.row.version:
            # The case has changed since it was unmasked.
            self.mask()
        self._draw()
        wanted, self._wanted = self._wanted, None
        if wanted is None or self.app.screen is not self:
            return
        if wanted in event.view.actions:
            actions.open_dialog(self, event.view, wanted)
        else:
            self.console_app.say(t("console.draft.cannot", action=wanted), error=True)

    def _draw(self) -> None:
        view, office = self._clear or self.view, self.console_app.office
        if view is None or self.view is None:
            return
        self.query_one(KeyBar).offer(self._number[8:], [*case_lines.offers(self.view), PHONES])
        title = case_lines.title(view) if view.is_masked else f"{case_lines.title(view)}   {t('console.unmasked')}"
        self.query_one("#case_panel", ScrollPanel).entitle(title, case_lines.hint(self.view))
        self.query_one("#history_panel", ScrollPanel).entitle(case_lines.history_title(view))
        self.query_one("#facts", Static).update(case_lines.facts(office, view, whole=True))
        self.query_one("#why", Static).update(case_lines.why(office, view))
        self.query_one("#timeline", Static).update(case_lines.history(office, view))

    def action_why(self) -> None:
        """Show why the case is due then, or hide it again."""
        why = self.query_one("#why")
        why.display = not why.display

    def action_unmask(self) -> None:
        """Ask for a reason, then show names, phones and texts without masks for a minute."""
        self.app.push_screen(UnmaskDialog(self._number, self._unmasked))

    def _unmasked(self, view: CaseView) -> None:
        self.mask()
        self._clear = view
        self._mask_timer = self.set_timer(UNMASK_SECONDS, self.mask)
        self._draw()

    def mask(self) -> None:
        """Mask the case again."""
        if self._mask_timer is not None:
            self._mask_timer.stop()
            self._mask_timer = None
        if self._clear is not None:
            self._clear = None
            self._draw()

    def on_screen_suspend(self) -> None:
        """Mask the case when another screen covers it: it may be the lock, and another operator may open it."""
        self.mask()
        super().on_screen_suspend()

    @property
    def phones_of(self) -> QueueRow | None:
        """The case of this page."""
        return self.view.detail.row if self.view is not None else None

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def action_leave(self) -> None:
        """Go back."""
        self.app.pop_screen()

    def action_primary(self) -> None:
        """Open the dialog of the likeliest action."""
        actions.primary_action(self, self.view)

    def action_menu(self) -> None:
        """Open the menu of all actions."""
        actions.open_menu(self, self.view)

    def action_note(self) -> None:
        """Open the dialog for a note."""
        actions.open_note(self, self.view)

    def action_duplicates(self) -> None:
        """Open the cases that may be the same matter."""
        self.app.push_screen(DuplicatesScreen(self._number))
