"""The console's application: it owns the parts of the console, hands them what workers found, and runs the change feed.

The parts: ``Session`` (who is signed in), ``Attendance`` (idle time and lock), ``Presence`` (read and missed), ``Drafting`` (texts
not sent), ``AlarmFeed`` (reminders) and ``OfficeWatch`` (time, backups, file). Their workers send messages to the application, whose
handlers call the parts; so the state of a part changes on the screen's thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ScreenStackError
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen

from gridconsole.console import pasting
from gridconsole.console.alarm_feed import AlarmFeed
from gridconsole.console.attendance import Attendance
from gridconsole.console.bell import Bell
from gridconsole.console.draft_keeper import DraftKeeper
from gridconsole.console.drafting import Drafting, DraftsFound
from gridconsole.console.host import OfficeApp, OfficeLine
from gridconsole.console.keys import bind
from gridconsole.console.messages import (
    AlarmsRead,
    Changed,
    NewOffice,
    NotWritten,
    Operation,
    SendingChanged,
    Swept,
    UnreadKnown,
    WriteEnded,
    WriteWaits,
    Written,
)
from gridconsole.console.modes.base import MODES, OfficeScreen, TopBar
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.office_watch import NoticesRead, OfficeWatch, TimeConfirmed
from gridconsole.console.palette import OfficeCommands, OfficePalette
from gridconsole.console.presence import KEEP_SECONDS, Arrived, DigestMade, Presence
from gridconsole.console.read_marks import ReadMarks
from gridconsole.console.session import Session
from gridconsole.console.theme import DAY, NIGHT, SIXTEEN, THEMES
from gridconsole.domain.errors import DatabaseReplaced, GridConsoleError
from gridconsole.domain.text import fold_width
from gridconsole.language import follow, listed, sentences, t, word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import upkeep
from gridconsole.store import turns

if TYPE_CHECKING:
    from gridconsole.domain.actions import Action
    from gridconsole.domain.turns import Waiting
    from gridconsole.services.office import Office

SWEEP_SECONDS = 60.0
"""Seconds between two sweeps. A suspended case resumes at the beginning of a day: a minute late changes nothing."""
POLL_SECONDS = 0.2
"""Seconds between two checks of the database. Dispatchers notice a delay of a second; a check costs 11 µs."""

MODE_KEYS = ("f6", "shift+f6", "f18")
KEY_SECONDS = 0.02
"""Seconds between two keys that waited for a screen."""

# Screens are imported when they are opened: all of them together would take a quarter of the time to the first frame.


def _overview_screen() -> Screen[None]:
    from gridconsole.console.modes.overview import OverviewScreen

    return OverviewScreen()


def _grids_screen() -> Screen[None]:
    from gridconsole.console.modes.grids import GridsScreen

    return GridsScreen()


def _wardens_screen() -> Screen[None]:
    from gridconsole.console.modes.wardens import WardensScreen

    return WardensScreen()


def _units_screen() -> Screen[None]:
    from gridconsole.console.modes.units import UnitsScreen

    return UnitsScreen()


def _teams_screen() -> Screen[None]:
    from gridconsole.console.modes.teams import TeamsScreen

    return TeamsScreen()


def _reports_screen() -> Screen[None]:
    from gridconsole.console.modes.reports import ReportsScreen

    return ReportsScreen()


def _import_screen() -> Screen[None]:
    from gridconsole.console.modes.imports import ImportScreen

    return ImportScreen()


class GridConsoleApp(OfficeApp):
    """指挥台, 网格, 网格员, 报表, 导入 over one open office."""

    TITLE = "GridConsole"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {OfficeCommands}
    MODES = {  # noqa: RUF012  Textual's own annotation
        "desk": DeskScreen,
        "overview": _overview_screen,
        "grids": _grids_screen,
        "wardens": _wardens_screen,
        "units": _units_screen,
        "teams": _teams_screen,
        "reports": _reports_screen,
        "imports": _import_screen,
    }
    CSS = """
    Screen { background: $background; color: $foreground; }
    ChoiceDialog, DraftsDialog { background: $background 50%; }
    Form.drawer, VerbMenu { background: transparent; }
    .bar { height: 1; background: $raised; padding: 0 1; }
    .title { text-style: bold; color: $key; }
    .error { color: $soon; text-style: bold; height: auto; }
    .muted { color: $mut; }
    Input { background: $field; color: $fg; }
    ToastRack { dock: top; align: left top; margin: 3 0 0 0; overflow-y: hidden; }
    .small ToastRack { margin: 2 0 0 0; }
    Toast, Toast.-information, Toast.-error { width: 100%; max-width: 100%; margin: 0; padding: 0 1; border-left: none;
        background: $raised; color: $fg; text-style: bold; }
    Toast.-error { color: $soon; }
    Select { height: 1; }
    SelectCurrent .arrow { display: none; }
    """
    session: Session
    attendance: Attendance
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f6", "next_mode(1)", "app.mode", key_display="F6"),
        bind("shift+f6,f18", "next_mode(-1)", "app.mode_back", show=False),
        bind("f9", "lock", "app.lock", key_display="F9", priority=True, show=False),
        bind("ctrl+t", "alarms", "app.alarms", show=False),
        bind("ctrl+o", "handover", "app.handover", show=False),
        bind("ctrl+p", "command_palette", "app.palette", key_display="Ctrl+P"),
        bind("f1", "help", "app.help", key_display="F1"),
        bind("f10,ctrl+q", "quit", "app.quit", priority=True, key_display="F10"),
    ]

    def __init__(self, office: Office, operator: str | None = None) -> None:
        super().__init__()
        self.office = office
        self.session = Session(self, operator, self._operator_signed_in)
        self.attendance = Attendance(self, self.session, self._terminal_locks)
        self.presence = Presence(self, self.session, self.attendance)
        self.drafting = Drafting(self, self.session, self._every_screen)
        self.alarm_feed = AlarmFeed(self)
        self.office_watch = OfficeWatch(self)
        self.waiting: Waiting | None = None
        self.sending: dict[str, Action] = {}
        self._steps = 0
        """Times that F6 was pressed in a row."""
        self._openings = 0
        """Screens that are being opened."""
        self._held_keys: list[events.Key] = []
        self._has_looked_if_new = False
        """It was looked up once whether the office is new."""
        self._waiting_for_rows: list[Callable[[], object]] | None = []
        """Jobs to do once the first rows are shown; None from then on."""
        self.answered_at: datetime = office.now()
        self._watch = office.database.watch()
        office.database.turns.on_waiting = self._write_waits
        follow(office.now)

    def on_mount(self) -> None:
        """Set up themes, signals and the change feed, and ask which operator is here."""
        for theme in THEMES:
            self.register_theme(theme)
        # A terminal of sixteen colours would make grey of grey on its own.
        has_few = self.console.color_system == "standard" and not self.is_headless
        self.theme = SIXTEEN.name if has_few else NIGHT.name
        self._leave_on_signals()
        self.switch_mode("desk")
        self.set_interval(POLL_SECONDS, self._poll)
        self.set_interval(SWEEP_SECONDS, self._sweep)
        self.set_interval(KEEP_SECONDS, self.presence.keep_marks)
        self.after_first_rows(self._sweep, self.drafting.start_pruning, self.presence.sign_in, self._welcome)
        self.session.ask_who()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours that style sheets name, before a theme of the console is chosen."""
        return NIGHT.variables

    def after_first_rows(self, *jobs: Callable[[], object]) -> None:
        """Do something at once, or once the first rows of the queue are on the screen: all of it would take their time."""
        if self._waiting_for_rows is None:
            for job in jobs:
                job()
        else:
            self._waiting_for_rows += jobs

    def first_rows_shown(self) -> None:
        """Do what waited for the first rows, or for the error in their place; called by the queue."""
        waiting, self._waiting_for_rows = self._waiting_for_rows, None
        for job in waiting or ():
            job()

    # --- the parts, as screens use them ---

    @property
    def alarms(self) -> Bell:
        """Reminders of the operator."""
        return self.alarm_feed.bell

    @property
    def drafts(self) -> DraftKeeper:
        """Texts that were not sent."""
        return self.drafting.keeper

    @property
    def read_marks(self) -> ReadMarks:
        """Read and unread cases of the operator."""
        return self.presence.read_marks

    @property
    def office_line(self) -> OfficeLine:
        """The banner about the office itself."""
        return self.office_watch

    @property
    def open_drafts(self) -> set[str]:
        """Drafts of the forms that are open."""
        return {form.draft_id for form in self.drafting.forms}

    def _every_screen(self) -> list[Screen[Any]]:
        # Textual has no public way to the screens of the modes that are not in front.
        return [screen for stack in self._screen_stacks.values() for screen in stack]

    # --- the operator ---

    def _operator_signed_in(self) -> None:
        """Switch reminders and notices to an operator who signed in, took over, came back or got other roles."""
        self.attendance.touch()
        self.after_first_rows(self._load_for_operator)

    def _load_for_operator(self) -> None:
        self.presence.sign_in()
        self.notify_screens(Changed())
        self.drafting.drop_offers_of_others()
        self.load_alarms()
        self.office_watch.load()
        self._welcome()

    def _welcome(self) -> None:
        """Look up once, for the first operator, whether the office is new."""
        if self.actor is not None and not self._has_looked_if_new:
            self._has_looked_if_new = True
            self._look_if_new()

    def _terminal_locks(self) -> None:
        """Save typed text and end the operator's presence before the lock covers the screen."""
        self.drafting.keep()
        self.presence.sign_out()

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.presence.arrived(event)
        if self.actor is not None and self.actor.id == event.actor.id:
            self.drafting.find(event.actor, asked=False)

    @on(DigestMade)
    def _digest_made(self, event: DigestMade) -> None:
        self.presence.digest_made(event)

    @on(UnreadKnown)
    def _unread_known(self, event: UnreadKnown) -> None:
        self.presence.unread_known(event)

    @on(DraftsFound)
    def _drafts_found(self, event: DraftsFound) -> None:
        self.drafting.found(event)

    def show_missed(self) -> None:
        """Show what waited for the end of a dialog: missed events first, then drafts that were not sent."""
        self.presence.show_missed()
        self.drafting.show_offers()

    async def on_event(self, event: events.Event) -> None:
        """Count keys, clicks and pastes as activity."""
        if isinstance(event, events.InputEvent | events.Paste):
            self.attendance.touch()
        if isinstance(event, events.Key):
            if self._openings:
                self._held_keys.append(event)
                return
            if self._names_a_mode(event):
                return
        await super().on_event(event)

    def hold_keys(self) -> None:
        """Keep the keys that come until :meth:`release_keys`: the screen that they are for is being opened."""
        self._openings += 1

    async def release_keys(self) -> None:
        """Let the screen in front have the keys that waited for it, in their order; one of them may open another screen."""
        self._openings -= 1
        while self._held_keys and not self._openings:
            await self.on_event(self._held_keys.pop(0))
            # A key of a field is done by the field, one of the form at once: without a pause F2 would overtake the answer before it.
            await asyncio.sleep(KEY_SECONDS)

    def _names_a_mode(self, event: events.Key) -> bool:
        """Take a digit right after F6 as the place of a mode's tab; any other key ends that."""
        if event.key in MODE_KEYS:
            return False
        self._steps = 0
        if not self.awaits_mode:
            return False
        self.awaits_mode = False
        digit = fold_width(event.character or "")
        is_tab = len(digit) == 1 and "1" <= digit <= str(len(MODES)) and not isinstance(self.screen, ModalScreen)
        if is_tab and not self.is_locked:
            self.switch_mode(MODES[int(digit) - 1])
        self._draw_tabs()
        return is_tab

    def _draw_tabs(self) -> None:
        for bar in self.screen.query(TopBar):
            bar.update_line()

    def pop_screen(self) -> AwaitComplete:
        """Remove the top screen, but never the lock: a screen that ends beneath it waits."""
        if self.attendance.covers(self.screen):
            return AwaitComplete()
        return super().pop_screen()

    def import_kind(self, kind: str) -> None:
        """Open the import screen for a kind of list."""
        from gridconsole.console.modes.imports import ImportScreen

        self.switch_mode("imports")
        screen = self.screen
        if isinstance(screen, ImportScreen):
            screen.choose_kind(kind)

    def action_first_steps(self) -> None:
        """Show what a new office needs, and how far each is."""
        from gridconsole.console.panels.first_steps import FirstStepsScreen

        if self.is_locked:
            return
        self.switch_mode("desk")
        if not isinstance(self.screen, FirstStepsScreen):
            self.push_screen(FirstStepsScreen())

    @work(thread=True, exclusive=True, group="first_steps", exit_on_error=False)
    def _look_if_new(self) -> None:
        from gridconsole.services import first_steps

        with contextlib.suppress(GridConsoleError):  # the queue says what is wrong with the file
            if first_steps.is_new(self.office):
                self.post_message(NewOffice())

    @on(NewOffice)
    def _new_office(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self.action_first_steps()

    def show_cases_of(self, handler: str) -> None:
        """Show the open cases of a handler on the desk."""
        self.switch_mode("desk")
        screen = self.screen
        if isinstance(screen, DeskScreen):
            screen.show_cases_of(handler)

    def show_cases_at(self, name: str, codes: frozenset[str]) -> None:
        """Show the open cases of some grids or communities on the desk."""
        self.switch_mode("desk")
        screen = self.screen
        if isinstance(screen, DeskScreen):
            screen.show_cases_at(name, codes)

    def show_case(self, number: str) -> None:
        """Put the desk's cursor on a case once it is in the queue."""
        desk = next((screen for screen in self.screen_stack if isinstance(screen, DeskScreen)), None)
        if desk is not None:
            desk.show_case(number)

    # --- the feed ---

    def _poll(self) -> None:
        self.attendance.lock_if_idle()
        try:
            changed = self._watch.changed()
        except DatabaseReplaced as error:
            self.office_watch.file_replaced(error)
            return
        except Exception:  # noqa: BLE001  on any database problem the screen turns stale; loading will report it
            return
        self.answered_at = self.office.now()
        self.attendance.check_session(changed=changed)
        if changed:
            # The register of units may have changed: after an import at another terminal, this one must not rank by cached data.
            self.office.forget()
            self.notify_screens(Changed())
            self.load_alarms()

    @property
    def data_version(self) -> int | None:
        """Number that differs after every commit of anybody; None if the database does not answer."""
        with contextlib.suppress(GridConsoleError):
            return self._watch.version()
        return None

    @property
    def is_stale(self) -> bool:
        """Return whether the database has not answered for more than three seconds."""
        return self.office.now() - self.answered_at > timedelta(seconds=3)

    @work(thread=True, exclusive=True, exit_on_error=False, group="sweep")
    def _sweep(self) -> None:
        """Do what has fallen due; if the database is busy, the next sweep a minute later tries again."""
        with contextlib.suppress(GridConsoleError), turns.in_background():
            upkeep.finish_imports(self.office)
            upkeep.catch_up(self.office)
        self.post_message(Swept())
        with contextlib.suppress(GridConsoleError):
            upkeep.index(self.office)

    @on(Swept)
    def _swept(self) -> None:
        self.load_alarms()
        self.office_watch.load()

    # --- the office itself ---

    @on(NoticesRead)
    def _notices_read(self, event: NoticesRead) -> None:
        self.office_watch.take(event.found)

    @on(TimeConfirmed)
    def _time_confirmed(self, event: TimeConfirmed) -> None:
        self.office_watch.time_confirmed(event)

    def load_alarms(self) -> None:
        """Read the reminders of the operator, off the screen's thread."""
        self.alarm_feed.load()

    @on(AlarmsRead)
    def _alarms_read(self, event: AlarmsRead) -> None:
        self.alarm_feed.take(event)

    # --- messages ---

    def notify_screens(self, message: Message) -> None:
        """Send a message of this kind to every screen of the mode in front."""
        for screen in self.screen_stack:
            screen.post_message(type(message)())

    def say(self, text: str, *, error: bool = False) -> None:
        """Show a message in the place of the alarm line, over no panel and no keys; never markup, and never on a locked terminal or a wall."""
        is_public = isinstance(self.screen, OfficeScreen) and self.screen.is_public
        if not (self.is_locked or is_public):
            self.notify(text, severity="error" if error else "information", markup=False, timeout=6)

    def say_error(self, error: GridConsoleError) -> None:
        """Show why something was refused and what to do."""
        message, hint = error_sentence(error, Surface.CONSOLE)
        self.say(f"{message}\n{hint}" if hint else message, error=True)

    # --- writing ---

    def write(self, operation: Operation, asker: MessagePump, about: Mapping[str, Action] | None = None) -> None:
        """Carry out an operation in a worker thread and post the result to the asker; never cancelled once begun."""
        self.sending.update(about or {})
        self._write(operation, asker, about or {})

    @work(thread=True, exclusive=False, exit_on_error=False, group="writing")
    def _write(self, operation: Operation, asker: MessagePump, about: Mapping[str, Action]) -> None:
        result: Written | NotWritten
        try:
            self.session.confirm()
            result = Written(operation())
        except GridConsoleError as error:
            result = NotWritten(error)
        is_claimed = asker.post_message(result)
        self.post_message(WriteEnded(about, None if is_claimed else result))

    @on(WriteEnded)
    def _write_ended(self, event: WriteEnded) -> None:
        for number in event.about:
            self.sending.pop(number, None)
        if event.about:
            self.notify_screens(SendingChanged())
        if event.unclaimed is not None:
            with contextlib.suppress(ScreenStackError):  # the console is being left
                self._say_unclaimed(event.unclaimed, event.about)

    def _say_unclaimed(self, result: Written | NotWritten, about: Mapping[str, Action]) -> None:
        """Say how a write ended whose form was left: its receipt, or the refusal with the cases."""
        if isinstance(result, NotWritten):
            what = listed(f"{word(action)} {number[8:]}" for number, action in about.items())
            message, hint = error_sentence(result.error, Surface.CONSOLE)
            self.say(t("console.unclaimed", what=what, why=sentences(message, hint)) if what else message, error=True)
        elif result.receipt is not None:
            from gridconsole.console.receipts import receipt_text

            self.say(receipt_text(self.office, result.receipt))

    def _write_waits(self, waiting: Waiting | None) -> None:
        # Called in the thread that waits.
        self.post_message(WriteWaits(waiting))

    @on(WriteWaits)
    def _show_waiting(self, event: WriteWaits) -> None:
        self.waiting = event.waiting
        self.notify_screens(SendingChanged())
        for screen in self.screen_stack:
            screen.post_message(WriteWaits(event.waiting))

    # --- actions ---

    def action_help_quit(self) -> None:
        """Show how to leave: Ctrl+C does not."""
        self.say(t("console.leave_by"))

    def action_alarms(self) -> None:
        """Open the list of reminders."""
        from gridconsole.console.panels.alarms import AlarmScreen

        if not (self.is_locked or isinstance(self.screen, AlarmScreen)):
            self.push_screen(AlarmScreen())

    def action_next_mode(self, step: int) -> None:
        """Switch to the next mode, or to the one before."""
        if self.is_locked:
            return
        current = self.current_mode if self.current_mode in MODES else MODES[-1]
        self.switch_mode(MODES[(MODES.index(current) + step) % len(MODES)])
        self._steps += 1
        # Who walks through the modes, and ends at a field, types text into it.
        self.awaits_mode = self._steps == 1
        self._draw_tabs()

    def action_theme(self) -> None:
        """Switch between the day and night themes."""
        self.theme = DAY.name if self.theme == NIGHT.name else NIGHT.name

    def action_help(self) -> None:
        """Show keys and legend."""
        from gridconsole.console.panels.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_command_palette(self) -> None:
        """Open the palette, to find a case, a grid, a person or an action."""
        if not CommandPalette.is_open(self):
            self.push_screen(OfficePalette())

    def action_confirm_time(self) -> None:
        """Ask the operator if the machine's time is right."""
        self.office_watch.ask_about_time()

    def action_operator(self) -> None:
        """Give the terminal to another operator."""
        self.session.choose_operator()

    def action_change_password(self) -> None:
        """Open the dialog for changing the operator's password."""
        self.session.change_password()

    def action_lock(self) -> None:
        """Lock the terminal."""
        self.attendance.lock()

    def action_digest(self) -> None:
        """Open the digest of what happened since the operator was last here."""
        self.presence.ask_for_digest()

    def action_handover(self) -> None:
        """Open the handover sheet."""
        from gridconsole.console.panels.handover import HandoverScreen

        if not (self.is_locked or self.actor is None or isinstance(self.screen, HandoverScreen)):
            self.push_screen(HandoverScreen())

    def action_reconcile(self) -> None:
        """Open the comparison with other systems' lists."""
        from gridconsole.console.panels.reconcile import ReconcileScreen

        if not (self.is_locked or self.actor is None or isinstance(self.screen, ReconcileScreen)):
            self.push_screen(ReconcileScreen())

    def action_audit(self) -> None:
        """Open the audit of the roster."""
        from gridconsole.console.panels.audit import AuditScreen

        if not (self.is_locked or self.actor is None or isinstance(self.screen, AuditScreen)):
            self.push_screen(AuditScreen())

    def action_drafts(self) -> None:
        """Open the drafts: texts that were not sent."""
        if self.actor is not None and not self.is_locked:
            self.drafting.find(self.actor, asked=True)

    async def action_quit(self) -> None:
        """Leave; asks once if there is text that was not sent."""
        self.drafting.leave()

    # --- leaving ---

    def exit(self, result: object | None = None, return_code: int = 0, message: Any | None = None) -> None:
        """Leave; typed text is saved to disk, and a write that still waits for its turn gives up."""
        self.drafting.keep()
        self.office.database.turns.stop_waiting()
        super().exit(result, return_code, message)

    def _leave_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.exit)

    async def on_unmount(self) -> None:
        """Stop the database watch, and end a session that was started here."""
        self._watch.close()
        self.drafts.close()
        if not self.is_locked:
            self.presence.sign_out()
            self.session.end()

    def _fatal_error(self) -> None:
        # Textual's own report prints local variables: names and phones on the terminal.
        error = self._exception
        frames = traceback.extract_tb(error.__traceback__)[-3:] if error is not None else []
        place = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))  # noqa: PTH119
        name = type(error).__name__ if error is not None else ""
        self._exit_renderables.append(Text(t("console.crash", name=name, place=place)))
        self._close_messages_no_wait()


OBJECTS_BETWEEN_COLLECTIONS = 10_000
"""A running console makes few objects that stay; what it made while it started is never looked through again."""


def _collect_as_usual() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


READY_AFTER = 2.0
"""Seconds from the first rows after which a console is made ready for the hands of its operator."""


def _make_ready() -> None:
    """Import the dialogs that are opened most while nobody waits for one, and never look through the whole queue for garbage."""
    from gridconsole.console.dialogs import act, call_back, dispatch, inspect, menu  # noqa: F401

    gc.freeze()


def run(office: Office, operator: str | None) -> None:
    """Open the console on a terminal."""
    pasting.guard()
    app = GridConsoleApp(office, operator)
    app.after_first_rows(_collect_as_usual, partial(app.set_timer, READY_AFTER, _make_ready))
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
