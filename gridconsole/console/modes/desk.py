"""指挥台: counters, filters, the live queue, one case beside it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer
from textual.widgets import Input, Select, Static
from textual.worker import get_current_worker

from gridconsole.console import actions, case_lines
from gridconsole.console.keys import bind
from gridconsole.console.messages import (
    FIRST_LIMIT,
    QUEUE_LIMIT,
    AlarmsLoaded,
    CaseLoaded,
    Changed,
    LoadFailed,
    QueueFacts,
    QueueLoaded,
    QueueRequest,
    QueueSearched,
    SignedIn,
    Viewer,
    load_queue,
    search_queue,
)
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.office_watch import NoticesChanged
from gridconsole.console.queue_model import CLOSED_SHOWN, Filter, QueueModel
from gridconsole.console.text import line_of
from gridconsole.console.widgets.banner import AlarmBanner, OfficeBanner
from gridconsole.console.widgets.counters import CounterBar
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.queue_columns import queue_columns
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.codes import Level
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Source
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import calendar_views, case_queries
from gridconsole.services.case_queries import CaseView
from gridconsole.store import places

STILL_SECONDS = 2.0
"""Seconds for which the order stays fixed after a key: nothing moves under the operator's hands."""
SEARCH_DELAY = 0.15
"""Seconds for which the words of a search must stand still before the index is asked."""
DETAIL_DELAY = 0.08
"""Seconds before the case under the cursor is loaded: a held arrow key should not load every case it passes."""

ACTS = {"primary": actions.primary_action, "menu": actions.open_menu, "note": actions.open_note}


class DeskScreen(OfficeScreen):
    """The dispatcher's main screen: queue, panes, details."""

    DEFAULT_CSS = """
    DeskScreen #filters { height: 1; background: $surface; }
    DeskScreen #filters Input { width: 1fr; }
    DeskScreen #filters Select { width: 24; }
    DeskScreen #notice { height: 1; width: auto; min-width: 1; color: $accent; text-style: bold; padding: 0 1; }
    DeskScreen #queue { height: 1fr; }
    DeskScreen #detail { height: 45%; border-top: solid $primary; }
    DeskScreen #detail VerticalScroll { width: 3fr; padding: 0 1; scrollbar-gutter: stable; }
    DeskScreen #side { width: 2fr; border-left: solid $panel; }
    DeskScreen #detail Static { height: auto; }
    DeskScreen.small #detail { display: none; }
    DeskScreen.small #filters Select { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "act('primary')", "desk.primary", key_display="F2"),
        bind("f3", "act('menu')", "desk.menu", key_display="F3"),
        bind("f4", "act('note')", "desk.note", key_display="F4"),
        bind("f5", "sort", "desk.sort", show=False),
        bind("f7", "next_pane", "desk.pane", key_display="F7"),
        bind("ctrl+n", "new_report", "desk.new"),
        bind("ctrl+f,slash,／", "find", "desk.find", show=False),
        bind("escape", "to_queue", "desk.queue", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.model = QueueModel()
        self.seen: int | None = None
        """Last ledger entry that the queue shows; None before the first one was loaded."""
        self._view: CaseView | None = None
        self._read_for: Actor | None = None
        self._read_as: Viewer | None = None
        self._owes_whole = False
        self._last_key = 0.0
        self._detail_timer: Timer | None = None
        self._search_timer: Timer | None = None
        self._counters = CounterBar()
        self._banner = AlarmBanner()
        self._office_banner = OfficeBanner()

    def compose(self) -> ComposeResult:
        """Lay out top bar, counters, banners, filters, queue, case and keys."""
        app = self.console_app
        yield TopBar("desk")
        yield self._counters
        yield self._office_banner
        yield self._banner
        with Horizontal(id="filters"):
            yield Input(placeholder=t("console.find"), id="find", compact=True, max_length=60)
            yield Select(
                [(word(source), source) for source in Source], prompt=t("console.all_sources"), compact=True, id="source"
            )
            yield Select(self._subdistricts(), prompt=t("console.all_areas"), compact=True, id="area")
            yield Static("", id="notice", markup=False)
        columns = queue_columns(app.office, lambda: self.model.unread)
        yield RowTable[QueueRow](columns, lambda row: row.id, empty=t("console.no_case"), id="queue")
        with Horizontal(id="detail"):
            with VerticalScroll(can_focus=False):
                yield Static("", id="facts", markup=False)
            with VerticalScroll(id="side", can_focus=False):
                yield Static("", id="why", markup=False)
                yield Static("", id="timeline", markup=False)
        yield Static("", id="offers", classes="bar", markup=False)
        yield KeyBar()

    def _subdistricts(self) -> list[tuple[Text, str]]:
        with self.console_app.office.database.reading() as connection:
            return [(Text(line_of(area.name)), area.code) for area in places.areas(connection) if area.level is Level.SUBDISTRICT]

    def on_mount(self) -> None:
        """Load the queue, and follow its changes."""
        self.query_one("#queue").focus()
        self.console_app.read_marks.show_in(self.model)
        self.set_interval(1.0, self._tick)
        self._load()

    @property
    def table(self) -> RowTable[QueueRow]:
        """The queue."""
        return self.query_one("#queue", RowTable)

    def on_resize(self, event: events.Resize) -> None:
        """Show the queue alone on a small terminal, where Enter opens the case."""
        self.set_class(event.size.height < 30 or event.size.width < 90, "small")

    # --- keeping up ---

    @on(AlarmsLoaded)
    def _shown_doubt(self) -> None:
        app = self.console_app
        self._banner.show(app.alarms.line(app.office.now()))

    @on(NoticesChanged)
    def _office_noticed(self) -> None:
        self._office_banner.show(self.console_app.office_line.line)

    @on(AlarmBanner.Opened)
    def _asked_for_alarms(self) -> None:
        self.console_app.action_alarms()

    @on(Changed)
    def _changed(self) -> None:
        self._load()
        if self._read_for != self.console_app.actor:
            # The actions offered depend on the operator, who may have changed.
            self._load_case()

    def _load(self, *, whole: bool = False) -> None:
        office = self.console_app.office
        # A later load replaces a running one: a load of everything stays due until it is complete.
        self._owes_whole = whole = self._owes_whole or whole
        first = self.seen is None and not whole
        limit = FIRST_LIMIT if first else QUEUE_LIMIT
        viewer = self.console_app.read_marks.viewer
        self._read(QueueRequest(None if whole else self.seen, office.now() - CLOSED_SHOWN, limit, viewer))

    @work(thread=True, exclusive=True, group="queue", exit_on_error=False)
    def _read(self, request: QueueRequest) -> None:
        worker = get_current_worker()
        try:
            facts = load_queue(self.console_app.office, request)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(QueueLoaded(facts))

    @on(QueueLoaded)
    def _loaded(self, event: QueueLoaded) -> None:
        facts: QueueFacts = event.facts
        now = self.console_app.office.now()
        first = self.seen is None
        self.seen, self._read_as = facts.seen, facts.viewer
        self._counters.show(facts.counters, self.model.filter.pane)
        current, marks = self.table.current, self.console_app.read_marks
        marks.seen = facts.seen
        if facts.whole:
            self._owes_whole = False
            self.model.load(facts.rows, now)
            self._search_soon()
            marks.take(facts.viewer, facts.unread)
            self.table.show(self.model.shown())
        else:
            unread = facts.unread if facts.viewer == marks.viewer else frozenset()
            for row in self.model.merge(facts.rows, now, frozen=self._is_still(), unread=unread):
                self.table.replace(row)
            if not self.model.pending:
                self.table.show(self.model.shown())
        self._notice()
        if first:
            self.call_after_refresh(self._first_rows_shown)
        if first or (current is not None and any(row.id == current.id for row in facts.rows)):
            self._load_case()

    def _first_rows_shown(self) -> None:
        self.console_app.first_rows_shown()
        self._load(whole=True)

    @on(SignedIn)
    def _signed_in(self) -> None:
        """Reload everything: other cases are unread for the operator who signed in."""
        self._load(whole=True)

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        self._shown_doubt()
        self._office_noticed()
        if self.seen is not None and self._read_as != self.console_app.read_marks.viewer:
            # An operator signed in while another mode was on top.
            self._load(whole=True)

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        # The last rows stay on screen: an empty queue would be wrong.
        message, _ = error_sentence(event.error, Surface.CONSOLE)
        self.query_one("#notice", Static).update(message)
        if self.seen is None:
            self.console_app.first_rows_shown()

    def _is_still(self) -> bool:
        is_typing = isinstance(self.focused, Input) or self.app.screen is not self
        return is_typing or time.monotonic() - self._last_key < STILL_SECONDS

    def on_key(self) -> None:
        """Remember the time of the last key; the order stays fixed for a while."""
        self._last_key = time.monotonic()

    def _tick(self) -> None:
        if isinstance(self.focused, Input):
            return  # nothing repaints beside a field: input methods follow repaints
        if self.model.pending and not self._is_still():
            self._resort()
        else:
            self.table.refresh_running()

    def _notice(self) -> None:
        count = len(self.model.pending)
        hidden = self._counters.open_total - sum(1 for row in self.model.rows.values() if not row.state.is_final)
        parts = [t("console.pending", count=count)] if count else []
        if hidden > 0:
            parts.append(t("console.hidden", count=hidden))
        app = self.console_app
        if (year := calendar_views.year_to_load(app.office, app.actor)) is not None:
            # A small terminal has no room beside the search field for the advice.
            small = self.has_class("small")
            parts.append(t("console.calendar_missing.short" if small else "console.calendar_missing", year=year))
        self.query_one("#notice", Static).update("  ".join(parts))

    def _resort(self) -> None:
        self.model.sort(self.console_app.office.now())
        self.table.show(self.model.shown())
        self._notice()

    # --- one case ---

    @on(RowTable.Highlighted, "#queue")
    def _highlighted(self) -> None:
        if self._detail_timer is not None:
            self._detail_timer.stop()
        if self.table.current is None:
            self._clear_case()
        else:
            self._detail_timer = self.set_timer(DETAIL_DELAY, self._load_case)

    def _load_case(self) -> None:
        row = self.table.current
        if row is not None:
            self._read_for = self.console_app.actor
            self._read_case(row.number)
        else:
            self._clear_case()

    def _clear_case(self) -> None:
        """Clear the details of a case that is no longer in the list."""
        self._view = None
        for name in ("#facts", "#why", "#timeline"):
            self.query_one(name, Static).update("")
        self.query_one("#offers", Static).update(t("console.no_case"), layout=False)

    @work(thread=True, exclusive=True, group="case", exit_on_error=False)
    def _read_case(self, number: str) -> None:
        worker, app = get_current_worker(), self.console_app
        try:
            view = case_queries.view(app.office, number, app.actor)
        except GridConsoleError as error:
            self.post_message(LoadFailed(error))
            return
        if not worker.is_cancelled:
            self.post_message(CaseLoaded(number, view))

    @on(CaseLoaded)
    def _case_loaded(self, event: CaseLoaded) -> None:
        row = self.table.current
        if row is None or row.number != event.number:
            return
        self._view, office = event.view, self.console_app.office
        # Only a case shown in full counts as read, not one that the cursor passed over.
        if not self.console_app.is_locked and self.console_app.read_marks.mark_read(event.view.detail.row):
            self.table.refresh_row(self.table.cursor)
        self.query_one("#facts", Static).update(case_lines.facts(office, event.view))
        self.query_one("#why", Static).update(case_lines.why(office, event.view))
        self.query_one("#timeline", Static).update(case_lines.timeline(office, event.view))
        # The line is always one row high: no new layout is needed.
        self.query_one("#offers", Static).update(f"{event.number}  {case_lines.offers(event.view)}", layout=False)

    def seen_case(self) -> CaseView | None:
        """Return the case under the cursor; None while it is still being read."""
        row = self.table.current
        if row is None or self._view is None or self._view.detail.row.number != row.number:
            return None
        return self._view

    @on(RowTable.Chosen, "#queue")
    def _open(self) -> None:
        from gridconsole.console.panels.case import CaseScreen

        row = self.table.current
        if row is not None:
            self.app.push_screen(CaseScreen(row.number))

    def action_act(self, name: str) -> None:
        """Act on the case under the cursor (F2, F3, F4)."""
        if self.table.current is None:
            self.console_app.say(t("console.no_case"))
        else:
            ACTS[name](self, self.seen_case())

    def action_new_report(self) -> None:
        """Open the form of a new report (新报)."""
        from gridconsole.console.dialogs.report import ReportDialog

        self.app.push_screen(ReportDialog())

    # --- what is shown ---

    def action_sort(self) -> None:
        """Sort the queue and read everything again."""
        self._last_key = 0.0
        self._resort()
        self._load(whole=True)

    def action_look_at_all(self) -> None:
        """Mark every case in the queue as read; called from the palette."""
        for row in list(self.model.rows.values()):
            self.console_app.read_marks.mark_read(row)
        self.table.refresh()

    def action_find(self) -> None:
        """Focus the search field."""
        self.query_one("#find").focus()

    def action_to_queue(self) -> None:
        """Focus the queue; from the queue, clear the search."""
        if self.focused is self.table:
            self.query_one("#find", Input).value = ""
        self.table.focus()

    def action_next_pane(self) -> None:
        """Show the next pane."""
        self.show_pane(self._counters.after(self.model.filter.pane))

    def action_show_pane(self, key: str) -> None:
        """Show a pane; called from the palette."""
        self.show_pane(key)

    def show_pane(self, key: str) -> None:
        """Show the cases of another pane."""
        self._filter(pane=key)
        self._counters.mark(key)

    @on(CounterBar.Picked)
    def _pane_picked(self, event: CounterBar.Picked) -> None:
        self.show_pane(event.pane)

    @on(Input.Changed, "#find")
    def _found(self, event: Input.Changed) -> None:
        self._filter(words=event.value.strip())
        self._search_soon()

    def _search_soon(self) -> None:
        """Ask the index once the words stand still; until then, the rows held here are searched."""
        self.model.found = frozenset()
        if self._search_timer is not None:
            self._search_timer.stop()
        if self.model.filter.words:
            self._search_timer = self.set_timer(SEARCH_DELAY, lambda: self._search(self.model.filter.words))

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _search(self, words: str) -> None:
        worker, app = get_current_worker(), self.console_app
        with contextlib.suppress(GridConsoleError):  # the rows held here stay searched
            rows = search_queue(app.office, words, app.actor)
            if not worker.is_cancelled:
                self.post_message(QueueSearched(words, rows))

    @on(QueueSearched)
    def _searched(self, event: QueueSearched) -> None:
        if event.words == self.model.filter.words:
            self.model.take_found(event.rows, self.console_app.office.now())
            self.table.show(self.model.shown())
            self._notice()

    @on(Input.Submitted, "#find")
    def _find_done(self) -> None:
        self.table.focus()

    @on(Select.Changed, "#source")
    def _source_picked(self, event: Select.Changed) -> None:
        self._filter(source=event.value if isinstance(event.value, Source) else None)

    @on(Select.Changed, "#area")
    def _area_picked(self, event: Select.Changed) -> None:
        self._filter(subdistrict=event.value if isinstance(event.value, str) else "")

    def _filter(self, **changes: object) -> None:
        wanted: Filter = replace(self.model.filter, **changes)  # type: ignore[arg-type]
        if wanted != self.model.filter:
            self.model.filter = wanted
            self._resort()
