"""One case on the whole screen."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from gridconsole.console import acting, case_lines
from gridconsole.console.messages import CaseLoaded, Changed, LoadFailed
from gridconsole.console.screens.base import OfficeScreen, TopBar
from gridconsole.console.screens.duplicates import DuplicatesScreen
from gridconsole.domain.errors import GridConsoleError
from gridconsole.services import casework
from gridconsole.services.casework import CaseView


class CaseScreen(OfficeScreen):
    """Everything about it, with the same keys as the desk."""

    DEFAULT_CSS = "CaseScreen VerticalScroll { padding: 0 1; } CaseScreen Static { height: auto; margin: 0 0 1 0; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "返回", id="case.back"),
        Binding("f2", "primary", "办理", key_display="F2", id="case.primary"),
        Binding("f3", "menu", "其他", key_display="F3", id="case.menu"),
        Binding("f4", "note", "备注", key_display="F4", id="case.note"),
        Binding("f7", "duplicates", "查重", key_display="F7", id="case.duplicates", tooltip="可能是同一件的案件，逐项对照"),
    ]

    def __init__(self, number: str) -> None:
        super().__init__()
        self._number = number
        self._view: CaseView | None = None

    def compose(self) -> ComposeResult:
        """Facts, clock, timeline."""
        yield TopBar("desk")
        yield Static("", id="offers", classes="bar", markup=False)
        with VerticalScroll():
            yield Static("", id="facts", markup=False)
            yield Static("", id="why", markup=False)
            yield Static("", id="timeline", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Load."""
        self.query_one(VerticalScroll).focus()
        self._load()

    @on(Changed)
    def _changed(self) -> None:
        self._load()

    @work(thread=True, exclusive=True, group="case", exit_on_error=False)
    def _load(self) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            view = casework.view(app.desk, self._number, app.actor)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(CaseLoaded(self._number, view))

    @on(CaseLoaded)
    def _show(self, event: CaseLoaded) -> None:
        self._view, desk = event.view, self.console_app.desk
        self.query_one("#offers", Static).update(case_lines.offers(event.view.actions, event.view.waivable))
        self.query_one("#facts", Static).update(case_lines.facts(desk, event.view))
        self.query_one("#why", Static).update(case_lines.why(desk, event.view))
        self.query_one("#timeline", Static).update(case_lines.timeline(desk, event.view))

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def action_leave(self) -> None:
        """Back."""
        self.app.pop_screen()

    def action_primary(self) -> None:
        """The likeliest act."""
        acting.primary(self, self._view)

    def action_menu(self) -> None:
        """Every act."""
        acting.menu(self, self._view)

    def action_note(self) -> None:
        """A remark."""
        acting.note(self, self._view)

    def action_duplicates(self) -> None:
        """What may be the same matter."""
        self.app.push_screen(DuplicatesScreen(self._number))
