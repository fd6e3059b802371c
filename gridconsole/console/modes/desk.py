"""指挥台: panes, the live queue, one case beside it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from gridconsole.console import actions, case_lines, desk_summary
from gridconsole.console.facets import sought
from gridconsole.console.keys import bind
from gridconsole.console.marking import Marking
from gridconsole.console.messages import (
    FIRST_LIMIT,
    FOUND_LIMIT,
    QUEUE_LIMIT,
    AlarmsLoaded,
    CaseLoaded,
    Changed,
    HandlersRanked,
    LoadFailed,
    QueueFacts,
    QueueLoaded,
    QueueRequest,
    QueueSearched,
    SendingChanged,
    SignedIn,
    Viewer,
    load_queue,
    search_queue,
)
from gridconsole.console.modes.base import OfficeScreen, TopBar
from gridconsole.console.office_watch import NoticesChanged
from gridconsole.console.phone_box import PHONES, PhoneBox, ShowsPhones, phone_lines
from gridconsole.console.queue_model import (
    CLOSED_SHOWN,
    MINE,
    ORDERS,
    PANE_BY_KEY,
    PANE_BY_SIGN,
    PANE_OF_STATE,
    Filter,
    QueueModel,
)
from gridconsole.console.sizes import LOW, SMALL, WIDE
from gridconsole.console.widgets.alarm_line import AlarmLine
from gridconsole.console.widgets.banner import OfficeBanner
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.pane_strip import PaneStrip
from gridconsole.console.widgets.panel import Panel, ScrollPanel
from gridconsole.console.widgets.queue_columns import queue_columns
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor
from gridconsole.domain.text import fold_width
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import calendar_views, case_queries
from gridconsole.services.case_queries import CaseView

if TYPE_CHECKING:
    from gridconsole.console.dialogs.next_in_line import Line

STILL_SECONDS = 2.0
"""Seconds for which the order stays fixed after a key: nothing moves under the operator's hands."""
SEARCH_DELAY = 0.15
"""Seconds for which the words of a search must stand still before the index is asked."""
MOST_BESIDE, FRAME_LINES = 14, 4
"""Most lines of the queue beside a drawer; lines of its frame, its headings, and one that stays free."""
DETAIL_DELAY = 0.08
"""Seconds before the case under the cursor is loaded: a held arrow key should not load every case it passes."""

ENTER = Offer("enter", "Enter", (t("key.desk.enter"),), "enter")
ACTS = {"primary": actions.primary_action, "menu": actions.open_menu, "note": actions.open_note}


class DeskScreen(ShowsPhones, OfficeScreen):
    """The dispatcher's main screen: panes, queue, the case and what happened to it."""

    DEFAULT_CSS = """
    DeskScreen #body { height: 1fr; }
    DeskScreen #queue_panel { height: 1fr; width: 1fr; }
    DeskScreen #find_row { height: 1; display: none; }
    DeskScreen.finding #find_row { display: block; }
    DeskScreen #find_row Static { width: auto; color: $mut; }
    DeskScreen #find { width: 1fr; background: $field; }
    DeskScreen.small #knows, DeskScreen.beside #knows { display: none; }
    DeskScreen #tally { height: auto; display: none; color: $mut; padding: 0 2; }
    DeskScreen.finding #tally, DeskScreen.calm #tally { display: block; }
    DeskScreen #side { height: 16; }
    DeskScreen #side ScrollPanel { width: 1fr; height: 100%; }
    DeskScreen.wide #body { layout: horizontal; }
    DeskScreen.wide #queue_panel { width: 120; }
    DeskScreen.wide #side { layout: vertical; width: 1fr; height: 1fr; }
    DeskScreen.wide #side ScrollPanel { width: 100%; height: 1fr; }
    DeskScreen.wide #side #handlers_panel { height: 8; }
    DeskScreen #handlers_panel, DeskScreen #around_panel { display: none; }
    DeskScreen.wide #handlers_panel, DeskScreen.wide #around_panel { display: block; }
    DeskScreen.beside #handlers_panel, DeskScreen.beside #around_panel { display: none; }
    DeskScreen #extract_panel { height: 5; display: none; }
    DeskScreen.small #side, DeskScreen.low #side { display: none; }
    DeskScreen.small #extract_panel, DeskScreen.low #extract_panel { display: block; }
    DeskScreen.low #extract_panel { height: 6; }
    DeskScreen.beside #body { width: 56; }
    DeskScreen.beside #queue_panel { height: 14; }
    DeskScreen.beside #side { height: 1fr; layout: vertical; }
    DeskScreen.beside #side ScrollPanel { width: 100%; height: 1fr; }
    DeskScreen.beside #case_panel { height: 2fr; }
    DeskScreen.beside.wide #body { width: 100%; }
    DeskScreen.beside.wide #queue_panel { height: 1fr; }
    DeskScreen.beside.wide #side #case_panel { height: 11; }
    DeskScreen.beside.wide #side #history_panel { height: 6; }
    DeskScreen.beside.small #body, DeskScreen.beside.low #body { width: 100%; }
    DeskScreen.beside.small #queue_panel, DeskScreen.beside.low #queue_panel { height: 3; }
    DeskScreen.beside.small AlarmLine, DeskScreen.beside.low AlarmLine { display: none; }
    DeskScreen.beside.small #extract_panel, DeskScreen.beside.low #extract_panel { height: 4; }
    DeskScreen.small #extract_panel { height: 5; }
    """
    moved_parts = "Panel, ScrollPanel, #knows, #body, #side, AlarmLine"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f2", "act('primary')", "desk.primary", key_display="F2", show=False),
        bind("f3", "act('menu')", "desk.menu", key_display="F3", show=False),
        bind("f4", "act('note')", "desk.note", key_display="F4", show=False),
        bind("f5", "sort", "desk.sort", show=False),
        bind("space,ideographic_space", "mark(0)", "desk.mark", show=False),
        bind("shift+down", "mark(1)", "desk.mark_down", show=False),
        bind("shift+up", "mark(-1)", "desk.mark_up", show=False),
        bind("f7", "next_pane(1)", "desk.pane", key_display="F7", show=False),
        bind("shift+f7,f19", "next_pane(-1)", "desk.pane_back", show=False),
        bind("ctrl+n", "new_report", "desk.new", key_display="Ctrl+N"),
        bind("ctrl+f,slash,／", "find", "desk.find", key_display="/"),
        bind("ctrl+l", "next_order", "desk.order", show=False),
        bind("ctrl+y", "why", "desk.why", show=False),
        bind("f8", "phones", "desk.phones", key_display="F8", show=False),
        bind("ctrl+k,y,ｙ", "copy", "desk.copy", show=False),
        bind("escape", "to_queue", "desk.queue", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.model = QueueModel()
        self.seen: int | None = None
        """Last ledger entry that the queue shows; None before the first one was loaded."""
        self.notice = ""
        """Text in the queue's frame besides the position: changes that wait, or the reason why nothing could be read."""
        self._is_shown_stale = False
        """The queue's title says as of when it is: the database has not answered lately."""
        self._view: CaseView | None = None
        self._read_for: Actor | None = None
        self._read_as: Viewer | None = None
        self._owes_whole = False
        self._takes_digit = False
        """The next key may name a pane: F7 was pressed."""
        self._marks_of: Actor | None = None
        """The operator who marked cases."""
        self._shows_why = False
        self._closed_found: tuple[QueueRow, ...] = ()
        """Closed cases that the words of the search find."""
        self._closed_is_all = True
        self.phones = PhoneBox(self)
        self._wanted_case = ""
        """Number of the case that the cursor is to be put on."""
        self._then: tuple[str, Action] | None = None
        """Number of a case whose form opens once the case was read, and the act."""
        self._shown_below = ""
        """Text below the rows."""
        self._sent_before: frozenset[str] = frozenset()
        """Cases whose rows show that an act is on its way."""
        self._marking = Marking(self, self.model, self._unmark)
        self._last_key = 0.0
        self._detail_timer: Timer | None = None
        self._search_timer: Timer | None = None
        self._strip = PaneStrip()
        self._alarm_line = AlarmLine()
        self._office_banner = OfficeBanner()

    def compose(self) -> ComposeResult:
        """Lay out tabs, panes, alarm line, queue, case, history and keys."""
        yield TopBar("desk")
        yield self._strip
        yield self._office_banner
        yield self._alarm_line
        with Vertical(id="body"):
            with Panel(id="queue_panel"):
                with Horizontal(id="find_row"):
                    yield Static(f" {t('console.find.label')}  ", markup=False)
                    yield Input(placeholder=t("console.find"), id="find", compact=True, max_length=60)
                    yield Static(f" {t('console.find.knows')} ", id="knows", markup=False)
                columns = queue_columns(self.console_app.office, self.model)
                yield RowTable[QueueRow](columns, lambda row: row.id, empty=t("console.no_case"), gutter=self._signs, id="queue")
                yield Static("", id="tally", markup=False)
            with Horizontal(id="side"):
                with ScrollPanel(id="case_panel"):
                    yield phone_lines()
                    yield Static("", id="facts", markup=False)
                with ScrollPanel(id="history_panel"):
                    yield Static("", id="timeline", markup=False)
                with ScrollPanel(id="handlers_panel"):
                    yield Static("", id="handlers", markup=False)
                with ScrollPanel(id="around_panel"):
                    yield Static("", id="around", markup=False)
            with ScrollPanel(id="extract_panel", can_focus=False):
                yield phone_lines()
                yield Static("", id="extract", markup=False)
        yield KeyBar()

    def _signs(self, row: QueueRow) -> str:
        changed = "\u2590" if row.id in self.model.unread else " "
        return changed + ("*" if row.id in self.model.marked else " ")

    def on_mount(self) -> None:
        """Load the queue, and follow its changes."""
        self.query_one("#queue").focus()
        self.console_app.read_marks.show_in(self.model)
        self.model.sending = self.console_app.sending
        self.set_interval(1.0, self._tick)
        self._load()

    @property
    def table(self) -> RowTable[QueueRow]:
        """The queue."""
        return self.query_one("#queue", RowTable)

    def on_resize(self, event: events.Resize) -> None:
        """Show the case beside the queue on a wide terminal, below it on a usual one, and in four lines on a small one."""
        self.set_class(event.size.width < SMALL, "small")
        self.set_class(event.size.height < LOW, "low")
        was_wide = self.has_class("wide")
        self.set_class(event.size.width >= WIDE, "wide")
        self._fit_queue()
        if was_wide is not self.has_class("wide"):
            self._draw_case()

    # --- keeping up ---

    @on(AlarmsLoaded)
    def _shown_doubt(self) -> None:
        self._show_alarms()

    @on(NoticesChanged)
    def _office_noticed(self) -> None:
        self._office_banner.show(self.console_app.office_line.line)

    def _show_alarms(self) -> None:
        """Show what is over, the worst of it, and what is near."""
        app = self.console_app
        alarms = desk_summary.alarms_of(app.office, self.model, app.alarms)
        self._alarm_line.show(desk_summary.stale(app.office, alarms, app.answered_at) if app.is_stale else alarms)

    @on(AlarmLine.Opened)
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
        actor = self.console_app.actor
        self._read(QueueRequest(None if whole else self.seen, office.now() - CLOSED_SHOWN, limit, viewer, actor))

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
        steps = facts.steps if facts.actor == self.console_app.actor else {}
        current, marks = self.table.current, self.console_app.read_marks
        marks.seen = facts.seen
        if facts.whole:
            self._owes_whole = False
            self.model.load(facts.rows, now, steps)
            self._search_soon()
            marks.take(facts.viewer, facts.unread)
            self.table.show(self.model.shown())
            self._draw_nearby()
        else:
            unread = facts.unread if facts.viewer == marks.viewer else frozenset()
            for row in self.model.merge(facts.rows, now, frozen=self._is_still(), unread=unread, steps=steps):
                self.table.replace(row)
            if not self.model.pending:
                self.table.show(self.model.shown())
            if facts.rows:
                self._draw_nearby()
        self._strip.show(facts.counters, self.model.filter.pane, self.model.count(MINE, now))
        self._point_at_wanted()
        self._show_alarms()
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
        """Reload everything: other cases are unread for the operator who signed in, and marks are the former one's."""
        if self._marks_of != self.console_app.actor:
            self._marks_of = self.console_app.actor
            self._unmark(list(self.model.marked))
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
        self._say(message)
        if self.seen is None:
            self.console_app.first_rows_shown()

    @on(SendingChanged)
    def _sending_changed(self) -> None:
        for at, row in enumerate(self.table.rows):
            if row.number in self._sent_before or row.number in self.model.sending:
                self.table.refresh_row(at)
        self._sent_before = frozenset(self.model.sending)

    def _is_still(self) -> bool:
        is_typing = isinstance(self.focused, Input) or self.app.screen is not self
        return is_typing or time.monotonic() - self._last_key < STILL_SECONDS

    def on_key(self, event: events.Key) -> None:
        """Take a key that names a pane, and remember the time of the last key; the order stays fixed for a while."""
        self._last_key = time.monotonic()
        self._then = None
        named = self._takes_digit and event.key not in ("f7", "shift+f7", "f19")
        if named:
            self._takes_digit = False
        digit = (
            fold_width(event.character or "").lower() if named else event.key.removeprefix("alt+") if "alt+" in event.key else ""
        )
        if digit in PANE_BY_SIGN and not isinstance(self.focused, Input):
            event.stop()
            event.prevent_default()
            self.show_pane(PANE_BY_SIGN[digit].key)

    def _tick(self) -> None:
        if isinstance(self.focused, Input):
            return  # nothing repaints beside a field: input methods follow repaints
        if self._is_shown_stale or self.console_app.is_stale:
            self._say(self.notice)
            self._show_alarms()
        if self.model.pending and not self._is_still():
            self._resort()
        else:
            self.table.refresh_running()

    def _notice(self) -> None:
        count = len(self.model.pending)
        hidden = self._strip.open_total - self.model.open_count
        parts = [t("console.pending", count=count)] if count else []
        if hidden > 0:
            parts.append(t("console.hidden", count=hidden))
        app = self.console_app
        if (year := calendar_views.year_to_load(app.office, app.actor)) is not None:
            # A small terminal has no room for the advice.
            small = self.has_class("small")
            parts.append(t("console.calendar_missing.short" if small else "console.calendar_missing", year=year))
        self._say("  ".join(parts))

    def _say_calm(self) -> None:
        """Say in an empty pane of the operator that nothing is theirs, and what is due next elsewhere."""
        is_mine = self.model.filter.pane == MINE and not self.model.filter.words
        self.table.empty = t("console.nothing_mine") if is_mine else t("console.no_case")
        if not self.model.filter.words:
            is_calm = is_mine and not self.table.rows
            self._show_below(desk_summary.next_elsewhere(self.console_app.office, self.model) if is_calm else "")
            self.set_class(is_calm, "calm")

    def _show_below(self, text: str) -> None:
        """Show a text below the rows; the same text again would lay the whole screen out anew."""
        if text != self._shown_below:
            self._shown_below = text
            self.query_one("#tally", Static).update(text)

    def _say(self, notice: str) -> None:
        """Show in the queue's frame which pane it is, which rows are in sight, and a notice."""
        self.notice = notice
        self._say_calm()
        model, table, panel = self.model, self.table, self.query_one("#queue_panel", Panel)
        name, total = t(f"pane.{model.filter.pane}"), len(table.rows)
        if model.filter.words:
            title = t("console.find.title", pane=t("console.find.all") if model.filter.is_wide else name, count=total)
        else:
            title = f"{name} {model.total}   {t(f'order.{model.filter.order}')}"
        app = self.console_app
        self._is_shown_stale = app.is_stale
        if app.is_stale:
            title += f"   {t('console.title_of', at=f'{app.answered_at.astimezone(app.office.calendar.zone):%H:%M}')}"
        if model.marked:
            title += f"   {t('console.marked', count=len(model.marked))}"
        first = table.scroll_offset.y + 1
        last = min(first + table.size.height - 2, total)
        position = t("console.position", total=total, first=first, last=last) if total else ""
        if self.has_class("small"):
            # Without side borders there is no bottom border either.
            panel.entitle("   ".join(part for part in (title, notice) if part))
        else:
            panel.entitle(title, "   ".join(part for part in (position, notice) if part))

    def _resort(self) -> None:
        self.model.sort(self.console_app.office.now())
        self.table.show(self.model.shown())
        self._notice()

    # --- one case ---

    @on(RowTable.Highlighted, "#queue")
    def _highlighted(self) -> None:
        self.model.held = self.table.current.id if self.table.current is not None else None
        self.phones.clear()
        if self._detail_timer is not None:
            self._detail_timer.stop()
        if self.table.current is None:
            self._clear_case()
        else:
            self._detail_timer = self.set_timer(DETAIL_DELAY, self._load_case)

    def _load_case(self) -> None:
        self._say(self.notice)  # the position in the frame, once the keys rest
        row = self.table.current
        if row is not None:
            self._read_for = self.console_app.actor
            self._read_case(row.number)
        else:
            self._clear_case()

    def _clear_case(self) -> None:
        """Clear the details of a case that is no longer in the list."""
        self._view = None
        for name in ("#facts", "#timeline", "#extract", "#handlers", "#around"):
            self.query_one(name, Static).update("")
        self.query_one("#case_panel", ScrollPanel).entitle(t("console.case"))
        self.query_one("#history_panel", ScrollPanel).entitle(t("console.timeline"))
        self.query_one("#extract_panel", ScrollPanel).entitle(t("console.no_case"))
        self._offer()

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
        self._view = event.view
        # Only a case shown in full counts as read, not one that the cursor passed over.
        if not self.console_app.is_locked and self.console_app.read_marks.mark_read(event.view.detail.row):
            self.table.refresh_row(self.table.cursor)
        self._draw_case()
        self._open_next(event.view)

    def _draw_case(self) -> None:
        view, office = self._view, self.console_app.office
        if view is None:
            return
        about = case_lines.why(office, view) if self._shows_why else case_lines.facts(office, view)
        self.query_one("#facts", Static).update(about)
        is_wide = self.has_class("wide")
        self.query_one("#timeline", Static).update(case_lines.history(office, view, with_earlier=not is_wide))
        if is_wide:
            self._draw_around(view)
        self.query_one("#extract", Static).update(case_lines.extract(office, view))
        title = case_lines.title(view)
        self.query_one("#case_panel", ScrollPanel).entitle(title, case_lines.hint(view))
        self.query_one("#history_panel", ScrollPanel).entitle(case_lines.history_title(view))
        self.query_one("#extract_panel", ScrollPanel).entitle(f"{title}  {t('console.enter_opens')}")
        self._offer()

    def _draw_nearby(self) -> None:
        """Show beside the case what was reported before and nearby, on a wide terminal."""
        if self._view is not None and self.has_class("wide"):
            from gridconsole.console import around_lines

            near = around_lines.nearby(self._view, self.model.rows.values())
            self.query_one("#around", Static).update(around_lines.around_lines(self.console_app.office, self._view, near))
            self.query_one("#around_panel", ScrollPanel).entitle(t("around"))

    def _draw_around(self, view: CaseView) -> None:
        """Show beside the case what is known around it; who may handle it is read after it."""
        self._draw_nearby()
        self.query_one("#handlers_panel", ScrollPanel).entitle(t("around.handlers"))
        self.query_one("#handlers", Static).update("")
        if view.detail.row.is_open:
            self._rank(view.detail.row.number)

    @work(thread=True, exclusive=True, group="handlers", exit_on_error=False)
    def _rank(self, number: str) -> None:
        from gridconsole.services import handlers

        worker = get_current_worker()
        with contextlib.suppress(GridConsoleError):  # reading the case says what is wrong
            ranking = handlers.ranking_for(self.console_app.office, number)
            if not worker.is_cancelled:
                self.post_message(HandlersRanked(number, ranking))

    @on(HandlersRanked)
    def _ranked(self, event: HandlersRanked) -> None:
        if self._view is not None and self._view.detail.row.number == event.number:
            from gridconsole.console import around_lines

            self.query_one("#handlers", Static).update(around_lines.handler_lines(event.ranking))

    def make_room(self, *, is_needed: bool = True) -> None:
        """Make room for a drawer: the queue keeps as many lines as it has rows, and the case gets what they leave."""
        super().make_room(is_needed=is_needed)
        self._fit_queue()

    def _fit_queue(self) -> None:
        """Give the queue beside a drawer the lines it needs; on terminals of other sizes, and alone, its style says how many."""
        panel = self.query_one("#queue_panel", Panel)
        if self.has_class("beside") and not any(map(self.has_class, ("small", "low", "wide"))):
            panel.styles.height = min(MOST_BESIDE, len(self.model.order) + FRAME_LINES)
        elif panel.styles.inline.clear_rule("height"):
            panel.refresh(layout=True)

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
        if row is None:
            return
        if row.id in self.model.folded:
            self.model.unfolded.add(row.id)
            self._resort()
            self._offer()
            return
        actions.open_at_once(self, CaseScreen(row.number))

    def action_act(self, name: str) -> None:
        """Act on the case under the cursor (F2, F3, F4)."""
        if self.table.current is None:
            self.console_app.say(t("console.no_case"))
        elif self.model.marked:
            self._marking.act(name)
        else:
            ACTS[name](self, self.seen_case())

    @property
    def phones_of(self) -> QueueRow | None:
        """The case under the cursor."""
        return self.table.current

    # --- one case after another ---

    def line_after(self, key: int, action: Action) -> Line | None:
        """Return the other cases of the shown pane that wait for the same act, in its order."""
        from gridconsole.console.dialogs.next_in_line import REPEATED, Line

        if action not in REPEATED or self.model.steps.get(key) is not action or key not in self.model.order:
            return None
        waiting = (one for one in self.model.order if one != key and self.model.steps.get(one) is action)
        return Line(key, tuple(self.model.rows[one] for one in waiting if one in self.model.rows), self._go_on)

    def _go_on(self, line: Line, action: Action) -> None:
        """Put the cursor on the next case, whose form opens once the case was read."""
        self.model.steps.pop(line.key, None)  # it was done, though the change is not read yet
        row = line.rows[0]
        if self.table.move_to(row.id):
            self._then = row.number, action

    def _open_next(self, view: CaseView) -> None:
        then, self._then = self._then, None
        if then is None or then[0] != view.detail.row.number or self.app.screen is not self:
            return
        if then[1] in view.actions:
            actions.open_dialog(self, view, then[1], is_next=True)

    # --- several cases ---

    def action_mark(self, step: int) -> None:
        """Mark the case under the cursor, or take its mark away; with a step, mark and move on."""
        row, marked = self.table.current, self.model.marked
        if row is None or self.focused is not self.table:
            return
        if row.id in marked and not step:
            marked.difference_update(self.model.keys_of(row.id))
        else:
            marked.update(self.model.keys_of(row.id))
        self.table.refresh_row(self.table.cursor)
        if step:
            self.table.action_move(step)
            if self.table.current is not None:
                marked.update(self.model.keys_of(self.table.current.id))
                self.table.refresh_row(self.table.cursor)
        self._say(self.notice)
        self._offer()

    def _offer(self) -> None:
        """Show the keys that work on the marked cases, or on the case under the cursor."""
        bar, count = self.query_one(KeyBar), len(self.model.marked)
        if count:
            bar.offer(t("console.marked", count=count), self._marking.offers())
        elif (view := self.seen_case()) is not None:
            keys = self.model.keys_of(view.detail.row.id)
            enter = replace(ENTER, labels=(t("console.burst.open", count=len(keys)),)) if len(keys) > 1 else ENTER
            bar.offer(view.detail.row.number[8:], [*case_lines.offers(view), PHONES, enter])
        else:
            bar.offer("", ())

    def _unmark(self, keys: Sequence[int]) -> None:
        self.model.marked.difference_update(keys)
        self.table.refresh()
        self._say(self.notice)
        self._offer()

    def action_new_report(self) -> None:
        """Open the form of a new report (新报)."""
        from gridconsole.console.dialogs.report import ReportDialog

        actions.open_drawer(self, ReportDialog())

    # --- what is shown ---

    def action_sort(self) -> None:
        """Sort the queue and read everything again; with a search, show what it finds in every pane and among closed cases."""
        if self.model.filter.words and not self.model.filter.is_wide:
            self._filter(is_wide=True)
            self._search_soon()
            return
        self._last_key = 0.0
        self._resort()
        self._load(whole=True)

    def action_look_at_all(self) -> None:
        """Mark every case in the queue as read; called from the palette."""
        for row in list(self.model.rows.values()):
            self.console_app.read_marks.mark_read(row)
        self.table.refresh()

    def show_case(self, number: str) -> None:
        """Put the cursor on a case as soon as it is held here, in the pane of its state if the shown one does not have it."""
        self._wanted_case = number
        self._load()

    def _point_at_wanted(self) -> None:
        row = next((one for one in self.model.rows.values() if one.number == self._wanted_case), None)
        if row is None:
            return
        self._wanted_case = ""
        self.model.unfolded.update(head for head, keys in self.model.folded.items() if row.id in keys and row.id != head)
        self._resort()
        if row.id not in self.model.order:
            self.show_pane(PANE_OF_STATE[row.state])
        self.table.move_to(row.id)

    def show_cases_of(self, handler: str) -> None:
        """Show every open case of a handler; Esc ends it, like a search."""
        self._show_target(handler, handler=handler)

    def show_cases_at(self, name: str, codes: frozenset[str]) -> None:
        """Show every open case of some grids or communities; Esc ends it, like a search."""
        self._show_target(name, places=codes)

    def _show_target(self, name: str, **target: object) -> None:
        self.show_pane("open")
        self.add_class("finding")
        self._filter(handler="", places=frozenset(), target=name)
        self._filter(**target)
        # The index finds those that are not held here.
        self.query_one("#find", Input).value = name
        self.table.focus()

    def action_export(self) -> None:
        """Write the cases that the queue shows to a file, masked; folded ones too."""
        from gridconsole.console.dialogs.export_list import ExportForm

        app, keys = self.console_app, {one for key in self.model.order for one in self.model.keys_of(key)}
        if keys and app.actor is not None:
            local = app.office.now().astimezone(app.office.calendar.zone)
            app.push_screen(ExportForm(app.actor, keys, self.model.filter.pane, local))
        else:
            app.say(t("console.export.nothing"))

    def action_save_view(self) -> None:
        """Keep what the queue shows now under a name."""
        from gridconsole.console.dialogs.view import ViewDialog

        self.app.push_screen(ViewDialog(self.model.filter))

    def action_show_view(self, name: str) -> None:
        """Show a named view; a pane or an order that there is no more is left as it is."""
        from gridconsole.services import views

        app = self.console_app
        kept = views.of_operator(app.office, app.actor) if app.actor is not None else ()
        view = next((one for one in kept if one.name == name), None)
        if view is None:
            app.say(t("console.view.gone", name=name))
            return
        if view.pane in PANE_BY_KEY:
            self.show_pane(view.pane)
        if view.sorting in ORDERS:
            self._filter(order=view.sorting)
        self.query_one("#find", Input).value = view.words
        self.set_class(bool(view.words), "finding")
        self.table.focus()

    def look_for(self, words: str) -> None:
        """Look for words in every pane."""
        self.add_class("finding")
        self.query_one("#find", Input).value = words
        self._filter(words=words, is_wide=True)
        self._search_soon()
        self.table.focus()

    def action_find(self) -> None:
        """Focus the search field."""
        self.add_class("finding")
        self.query_one("#find").focus()
        self.run_worker(self.model.warm, thread=True, group="warm", exclusive=True)

    def action_to_queue(self) -> None:
        """Focus the queue; from the queue, clear the search."""
        if self.focused is self.table:
            self.query_one("#find", Input).value = ""
            self._unmark(list(self.model.marked))
            if self.model.unfolded:
                self.model.unfolded.clear()
                self._resort()
        self.table.focus()
        self.set_class(bool(self.model.filter.words), "finding")

    def action_why(self) -> None:
        """Show why the case is due then in place of its facts, or the facts again."""
        self._shows_why = not self._shows_why
        self._draw_case()

    def action_next_order(self) -> None:
        """Sort the queue by the next column."""
        names = list(ORDERS)
        self._filter(order=names[(names.index(self.model.filter.order) + 1) % len(names)])

    def action_next_pane(self, step: int) -> None:
        """Show the next pane, or the one that the next key names; with a search, what it finds in every pane."""
        if self.model.filter.words and self.model.filter.pane != "open" and not self.model.filter.is_wide:
            self.show_pane("open")
            self._show_tally()
            return
        self.show_pane(self._strip.after(self.model.filter.pane, step))
        self._takes_digit = True

    def action_show_pane(self, key: str) -> None:
        """Show a pane; called from the palette."""
        self.show_pane(key)

    def show_pane(self, key: str) -> None:
        """Show the cases of another pane."""
        self._filter(pane=key)
        self._strip.mark(key)

    @on(PaneStrip.Picked)
    def _pane_picked(self, event: PaneStrip.Picked) -> None:
        self.show_pane(event.pane)

    @on(Input.Changed, "#find")
    def _found(self, event: Input.Changed) -> None:
        words = event.value.strip()
        self._closed_found, self._closed_is_all = (), True
        present = self.model.filter
        self._filter(
            words=words, is_wide=present.is_wide and bool(words),
            **({} if words == present.target else {"handler": "", "places": frozenset(), "target": ""}),
        )  # fmt: skip
        self._search_soon()

    def _search_soon(self) -> None:
        """Ask the index once the words stand still; until then, the rows held here are searched."""
        self.model.found = frozenset()
        if self._search_timer is not None:
            self._search_timer.stop()
        if self.model.filter.words:
            self._search_timer = self.set_timer(SEARCH_DELAY, lambda: self._search(self.model.filter.words))
        self._show_tally()

    def _show_tally(self) -> None:
        """Show below the rows found what the words find elsewhere."""
        if self.model.filter.words:
            found = desk_summary.found_elsewhere(
                self.console_app.office, self.model, len(self.table.rows), self._closed_found, is_all=self._closed_is_all
            )  # fmt: skip
            self._show_below(found)

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _search(self, words: str) -> None:
        worker, app = get_current_worker(), self.console_app
        with contextlib.suppress(GridConsoleError):  # the rows held here stay searched
            text = sought(words).text
            rows = search_queue(app.office, text, app.actor) if text else ()
            every = search_queue(app.office, text, app.actor, open_only=False) if text else ()
            closed = tuple(row for row in every if row.closed_at is not None)
            if not worker.is_cancelled:
                self.post_message(QueueSearched(words, rows, closed, is_all=len(every) < FOUND_LIMIT))

    @on(QueueSearched)
    def _searched(self, event: QueueSearched) -> None:
        if event.words == self.model.filter.words:
            self._closed_found, self._closed_is_all = event.closed, event.is_all
            rows = (*event.rows, *event.closed) if self.model.filter.is_wide else event.rows
            self.model.take_found(rows, self.console_app.office.now())
            self.table.show(self.model.shown())
            self._notice()
            self._show_tally()

    @on(Input.Submitted, "#find")
    def _find_done(self) -> None:
        self.table.focus()

    def _filter(self, **changes: object) -> None:
        wanted: Filter = replace(self.model.filter, **changes)  # type: ignore[arg-type]
        if wanted != self.model.filter:
            self.model.filter = wanted
            self._resort()
