"""The console's application: modes, themes, who sits here, the change feed, and a crash that says nothing personal."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.worker import get_current_worker

from gridconsole.console.attending import KEEP_SECONDS
from gridconsole.console.bell import Bell
from gridconsole.console.drafting import DraftingApp
from gridconsole.console.host import OfficeLine
from gridconsole.console.keys import bind
from gridconsole.console.messages import AlarmsLoaded, AlarmsRead, Changed, NotWritten, Operation, WriteWaits, Written
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.wardens import WardensScreen
from gridconsole.console.office_watch import NoticesRead, OfficeWatch, TimeConfirmed
from gridconsole.console.palette import OfficeCommands, OfficePalette
from gridconsole.console.panels.alarms import AlarmScreen
from gridconsole.console.panels.help import HelpScreen
from gridconsole.console.theme import DAY, NIGHT
from gridconsole.domain.errors import DatabaseReplaced, GridConsoleError
from gridconsole.domain.parties import Actor
from gridconsole.language import follow, t
from gridconsole.language.wording import Surface, error_sentence
from gridconsole.services import arrivals, casework, escalation, timekeeping
from gridconsole.services.escalation import BELL
from gridconsole.store import turns

if TYPE_CHECKING:
    from gridconsole.domain.turns import Waiting
    from gridconsole.services.desk import Desk

SWEEP_SECONDS = 60.0
"""A suspended case goes on with the office's day; a minute later is soon enough, for it counts from the beginning of the day."""
POLL_SECONDS = 0.2
"""Dispatchers notice a second; asking costs 11 µs."""
MODE_ORDER = ("desk", "grids", "wardens", "imports")


def _import_screen() -> Screen[None]:
    # Reading tables is a heavy import the first frame need not wait for.
    from gridconsole.console.modes.imports import ImportScreen

    return ImportScreen()


class GridConsoleApp(DraftingApp):
    """指挥台, 网格, 网格员, 导入 over one open office."""

    TITLE = "GridConsole"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {OfficeCommands}
    MODES = {"desk": DeskScreen, "grids": GridsScreen, "wardens": WardensScreen, "imports": _import_screen}  # noqa: RUF012  Textual's own annotation
    CSS = """
    Screen { background: $background; color: $foreground; }
    ChoiceDialog, DraftsDialog { background: $background 50%; }
    .bar { height: 1; background: $panel; padding: 0 1; }
    .title { text-style: bold; color: $primary; }
    .error { color: $warning; text-style: bold; height: auto; }
    .muted { color: $foreground 60%; }
    Input { background: $panel; }
    Select { height: 1; }
    SelectCurrent .arrow { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("f1", "help", "app.help", key_display="F1"),
        bind("f6", "next_mode", "app.mode", key_display="F6"),
        bind("f8", "theme", "app.theme", key_display="F8", show=False),
        bind("f9", "lock", "app.lock", key_display="F9", priority=True, show=False),
        bind("ctrl+t", "alarms", "app.alarms", show=False),
        bind("ctrl+o", "handover", "app.handover", show=False),
        bind("ctrl+p", "command_palette", "app.palette"),
        bind("f10,ctrl+q", "quit", "app.quit", priority=True, key_display="F10"),
    ]

    def __init__(self, desk: Desk, operator: str | None = None) -> None:
        super().__init__(desk, operator)
        self._watch = desk.database.watch()
        self.office_watch = OfficeWatch(self)
        follow(desk.now)
        self.waiting: Waiting | None = None
        """The write of this terminal that waits for another one's."""
        desk.database.turns.on_waiting = self._write_waits
        self.alarms = Bell()
        self._bell_of: Actor | None = None
        self.answered_at: datetime = desk.now()
        """When the database last answered."""

    def on_mount(self) -> None:
        """Themes, signals, the feed, and who sits here."""
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name
        self._leave_on_signals()
        self.switch_mode("desk")
        self.set_interval(POLL_SECONDS, self._poll)
        self.set_interval(SWEEP_SECONDS, self._sweep)
        self.set_interval(KEEP_SECONDS, self.keep_marks)
        self._sweep()
        self.begin_drafts()
        self.signed_in()
        self.ask_who()

    # --- the feed ---

    def _poll(self) -> None:
        self.lock_if_left()
        try:
            changed = self._watch.changed()
        except DatabaseReplaced as error:
            self.office_watch.file_replaced(error)
            return
        except Exception:  # noqa: BLE001  whatever the file's trouble is, the screen turns stale; loading will name it
            return
        self.answered_at = self.desk.now()
        self.check_session(changed=changed)
        if changed:
            # The register of units may be what changed: another terminal's import must not leave this one ranking by memory.
            self.desk.forget()
            self.notify_screens(Changed())
            self.load_alarms()

    @property
    def office_line(self) -> OfficeLine:
        """The banner about the office itself."""
        return self.office_watch

    @property
    def is_stale(self) -> bool:
        """The database has not answered for some seconds."""
        return self.desk.now() - self.answered_at > timedelta(seconds=3)

    @work(thread=True, exclusive=True, exit_on_error=False, group="sweep")
    def _sweep(self) -> None:
        """Do what has fallen due; another terminal may have done it, and a database that is busy now is not a minute later."""
        with contextlib.suppress(GridConsoleError), turns.in_background():
            arrivals.resume(self.desk)
            casework.resume_due(self.desk)
            escalation.sweep(self.desk)
        self.load_alarms()
        self.read_notices()

    # --- the office itself ---

    @work(thread=True, exclusive=True, exit_on_error=False, group="notices")
    def read_notices(self) -> None:
        """Read what is to be known of the office itself."""
        with contextlib.suppress(GridConsoleError):  # the file's trouble: the screen says so already
            self.post_message(NoticesRead(self.office_watch.read()))

    @on(NoticesRead)
    def _notices_read(self, event: NoticesRead) -> None:
        self.office_watch.take(event.found)

    def action_confirm_time(self) -> None:
        """Ask whether the machine's time is right."""
        self.office_watch.ask_about_time()

    @work(thread=True, exclusive=False, exit_on_error=False, group="writing")
    def confirm_time(self) -> None:
        """Write that the operator found the time right."""
        error = None
        try:
            self.renew_session()
            if self.actor is not None:
                timekeeping.confirm(self.desk, self.actor)
        except GridConsoleError as refusal:
            error = refusal
        self.post_message(TimeConfirmed(error))

    @on(TimeConfirmed)
    def _time_confirmed(self, event: TimeConfirmed) -> None:
        if event.error is not None:
            self.say_error(event.error)
        else:
            self.say(t("console.time.confirmed"))
        self.read_notices()

    # --- alarms ---

    @work(thread=True, exclusive=True, exit_on_error=False, group="alarms")
    def load_alarms(self) -> None:
        """Read the operator's alarms, off the screen's thread."""
        worker, actor = get_current_worker(), self.actor
        if actor is None:
            return
        try:
            reminders = escalation.mine(self.desk, actor)
        except GridConsoleError:
            return  # what stands stays: the screen says that the file is in trouble
        if not worker.is_cancelled:
            self.post_message(AlarmsRead(actor, reminders))

    @on(AlarmsRead)
    def _ring(self, event: AlarmsRead) -> None:
        actor, reminders = event.actor, event.reminders
        if actor != self.actor:
            return
        if self._bell_of != actor:
            self.alarms.forget()
            self._bell_of = actor
        if self.alarms.take(reminders, self.desk.now()) and self.desk.office.settings.get(BELL) and not self.is_locked:
            self.bell()
        for screen in self.screen_stack:
            screen.post_message(AlarmsLoaded())

    def person_changed(self) -> None:
        """Others are told of other things."""
        super().person_changed()
        self.load_alarms()
        self.read_notices()

    def action_help_quit(self) -> None:
        """Ctrl+C leaves nothing: say what does."""
        self.say(t("console.leave_by"))

    def action_alarms(self) -> None:
        """The list of reminders."""
        if not (self.is_locked or isinstance(self.screen, AlarmScreen)):
            self.push_screen(AlarmScreen())

    # --- writing ---

    @work(thread=True, exclusive=False, exit_on_error=False, group="writing")
    def write(self, operation: Operation, asker: MessagePump) -> None:
        """Carry an act out off the screen's thread and tell who asked; never cancelled once begun."""
        try:
            self.renew_session()
            receipt = operation()
        except GridConsoleError as error:
            asker.post_message(NotWritten(error))
        else:
            asker.post_message(Written(receipt))

    def _write_waits(self, waiting: Waiting | None) -> None:
        # Told in the thread that waits.
        self.post_message(WriteWaits(waiting))

    @on(WriteWaits)
    def _show_waiting(self, event: WriteWaits) -> None:
        self.waiting = event.waiting
        for screen in self.screen_stack:
            screen.post_message(WriteWaits(event.waiting))

    def say_error(self, error: GridConsoleError) -> None:
        """Show what was refused and what to do."""
        message, hint = error_sentence(error, Surface.CONSOLE)
        self.say(f"{message}\n{hint}" if hint else message, error=True)

    # --- actions ---

    def action_next_mode(self) -> None:
        """The next of the modes."""
        if self.is_locked:
            return
        current = self.current_mode if self.current_mode in MODE_ORDER else MODE_ORDER[-1]
        self.switch_mode(MODE_ORDER[(MODE_ORDER.index(current) + 1) % len(MODE_ORDER)])

    def action_theme(self) -> None:
        """Day or night."""
        self.theme = DAY.name if self.theme == NIGHT.name else NIGHT.name

    def action_help(self) -> None:
        """Keys and legend."""
        self.push_screen(HelpScreen())

    def action_command_palette(self) -> None:
        """Find a case, a grid, a person, an action."""
        if not CommandPalette.is_open(self):
            self.push_screen(OfficePalette())

    # --- leaving ---

    def exit(self, result: object | None = None, return_code: int = 0, message: Any | None = None) -> None:
        """Leave, whatever another terminal is writing: what still waits for its turn gives up, and nothing waits from now on."""
        self.desk.database.turns.stop_waiting()
        super().exit(result, return_code, message)

    def _leave_on_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.exit)

    async def on_unmount(self) -> None:
        """End the watch, and a log-in that was made here."""
        self._watch.close()
        self.drafts.close()
        self.sign_out()

    def _fatal_error(self) -> None:
        # Textual's own report prints local variables: names and phones on the terminal.
        error = self._exception
        frames = traceback.extract_tb(error.__traceback__)[-3:] if error is not None else []
        place = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))  # noqa: PTH119
        name = type(error).__name__ if error is not None else ""
        self._exit_renderables.append(Text(t("console.crash", name=name, place=place)))
        self._close_messages_no_wait()


def run(desk: Desk, operator: str | None) -> None:
    """Open the console on a terminal."""
    app = GridConsoleApp(desk, operator)
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
