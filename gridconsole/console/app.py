"""The console's application: modes, themes, who sits here, the change feed, and a crash that says nothing personal."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, work
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.message_pump import MessagePump
from textual.screen import Screen

from gridconsole.console.messages import Changed, NotWritten, Operation, Written
from gridconsole.console.palette import OfficeCommands
from gridconsole.console.screens.desk import DeskScreen
from gridconsole.console.screens.gate import HandOverDialog, LockScreen, LoginScreen, PasswordDialog
from gridconsole.console.screens.grids import GridsScreen
from gridconsole.console.screens.help import HelpScreen
from gridconsole.console.screens.operator import OperatorDialog
from gridconsole.console.screens.wardens import WardensScreen
from gridconsole.console.theme import DAY, NIGHT
from gridconsole.domain.errors import GridConsoleError, NobodyMayLogIn, NotLoggedIn, SessionEnded
from gridconsole.domain.incident import Actor
from gridconsole.domain.workflow import Role
from gridconsole.language import t
from gridconsole.language.wording import error_sentence
from gridconsole.services import desk as desks
from gridconsole.services import sessions

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk
    from gridconsole.services.sessions import Seat

POLL_SECONDS = 0.2
"""Dispatchers notice a second; asking costs 11 µs."""
SEAT_CHECK = timedelta(seconds=30)
"""How often a console looks whether its log-in still holds though nothing was written anywhere; it may also just run out."""
MODE_ORDER = ("desk", "grids", "wardens", "imports")


def _import_screen() -> Screen[None]:
    # Reading tables is a heavy import the first frame need not wait for.
    from gridconsole.console.screens.imports import ImportScreen

    return ImportScreen()


class GridConsoleApp(App[object]):
    """指挥台, 网格, 网格员, 导入 over one open office."""

    TITLE = "GridConsole"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {OfficeCommands}
    MODES = {"desk": DeskScreen, "grids": GridsScreen, "wardens": WardensScreen, "imports": _import_screen}  # noqa: RUF012  Textual's own annotation
    CSS = """
    Screen { background: $background; color: $foreground; }
    .bar { height: 1; background: $panel; padding: 0 1; }
    .title { text-style: bold; color: $primary; }
    .error { color: $error; text-style: bold; height: auto; }
    .muted { color: $foreground 60%; }
    Input { background: $panel; }
    Select { height: 1; }
    SelectCurrent .arrow { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "帮助", key_display="F1", id="app.help", tooltip="所有按键和图例"),
        Binding("f6", "next_mode", "切换", key_display="F6", id="app.mode", tooltip="指挥台、网格、网格员、导入"),
        Binding("f8", "theme", "日夜", key_display="F8", id="app.theme", tooltip="日间、夜间配色", show=False),
        Binding("f9", "lock", "锁屏", key_display="F9", id="app.lock", priority=True, show=False, tooltip="立即锁屏，内容不外露"),
        Binding("ctrl+p", "command_palette", "命令", id="app.palette", tooltip="找案件、网格、人和动作"),
        Binding("f10,ctrl+q", "quit", "退出", id="app.quit", priority=True, key_display="F10"),
    ]

    def __init__(self, desk: Desk, operator: str | None = None) -> None:
        super().__init__()
        self.desk = desk
        self.seat: Seat | None = None
        """The log-in of who sits here; None in a demo, and while nobody does."""
        self.actor: Actor | None = None
        self._wanted = operator
        self._logged_in_here = False
        self._lock: LockScreen | None = None
        self._last_input = self._seat_checked = desk.now()
        self._take_over(operator)
        self._watch = desk.database.watch()
        self.heard_at: datetime = desk.now()
        """When the database last answered."""

    def _take_over(self, operator: str | None) -> None:
        """Who is logged in on this terminal already need not do so again; in a demo whoever is named sits here."""
        if self.desk.is_demo:
            self.actor = desks.find_operator(self.desk, operator) if operator else None
            return
        with contextlib.suppress(NotLoggedIn, NobodyMayLogIn):
            self.seat = sessions.who(self.desk, operator)
            self.actor = self.seat.actor

    def on_mount(self) -> None:
        """Themes, signals, the feed, and who sits here."""
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name
        self._leave_on_signals()
        self.switch_mode("desk")
        self.set_interval(POLL_SECONDS, self._poll)
        if self.actor is None and self.desk.is_demo:
            self.action_operator()
        elif self.actor is None:
            self._log_in()

    # --- who ---

    def _log_in(self) -> None:
        proof = partial(sessions.log_in, self.desk)
        actors = sessions.may_log_in(self.desk)
        heading = f"{t('console.login')}  {self.desk.office.name}"
        self.push_screen(LoginScreen(heading, t("console.login.keys"), actors, proof, self._wanted), self._came_in)

    def _came_in(self, seat: Seat | None) -> None:
        self._logged_in_here = seat is not None
        self._sit(seat)

    def action_operator(self) -> None:
        """Hand the terminal over to somebody else, who gives the own password; in a demo choose anybody."""
        if self.desk.is_demo:
            self.push_screen(OperatorDialog(desks.operators(self.desk)), self._seated)
            return
        others = [actor for actor in sessions.may_log_in(self.desk) if self.actor is None or actor.id != self.actor.id]
        heading = t("console.hand_over", name=self.actor.name if self.actor else "-")
        proof = partial(sessions.hand_over, self.desk, self.seat)
        self.push_screen(HandOverDialog(heading, t("console.hand_over.keys"), others, proof), self._handed_over)

    def _handed_over(self, seat: Seat | None) -> None:
        if seat is not None:
            self._sit(seat)

    def _sit(self, seat: Seat | None) -> None:
        self.seat = seat
        self._seated(seat.actor if seat is not None else None)

    def _seated(self, actor: Actor | None) -> None:
        if actor is not None:
            self.actor = actor
        elif self.actor is None:
            self.exit()
            return
        self._last_input = self.desk.now()
        self._tell_screens(Changed())

    def action_change_password(self) -> None:
        """One's own password."""
        if self.seat is None:
            self.say(t("console.who.demo"))
            return
        self.push_screen(PasswordDialog(self.seat.actor.name, self.seat.session_id))

    # --- the lock ---

    @property
    def is_locked(self) -> bool:
        """Nothing shows and nothing can be done."""
        return self._lock is not None

    def action_lock(self) -> None:
        """Blank the terminal until a password opens it; dialogs with what is typed in them stay beneath."""
        if self.desk.is_demo:
            self.say(t("console.lock.demo"))
        elif self.seat is not None and not self.is_locked:
            with contextlib.suppress(GridConsoleError):
                sessions.lock(self.desk)
            self._cover(t("console.lock", name=self.seat.actor.name))

    def _cover(self, heading: str) -> None:
        if self.seat is None or self.is_locked:
            return
        locked = self.seat.actor
        leaders = [actor for actor in sessions.may_log_in(self.desk) if actor.id == locked.id or Role.SHIFT_LEADER in actor.roles]
        leaders.sort(key=lambda actor: actor.id != locked.id)
        # A toast may name a case, and would lie on top of everything.
        self.clear_notifications()
        proof = partial(sessions.unlock, self.desk, locked)
        self._lock = LockScreen(heading, t("console.lock.keys"), leaders, proof, locked.name)
        self.push_screen(self._lock)

    def unlocked(self, seat: Seat) -> None:
        """The password was right: show again what was there."""
        self._lock = None
        self.pop_screen()
        self._logged_in_here = True
        self._sit(seat)

    def pop_screen(self) -> AwaitComplete:
        """Take the top screen away, but never the lock: whatever ends beneath it waits."""
        if self._lock is not None and self.screen is self._lock:
            return AwaitComplete.nothing()
        return super().pop_screen()

    async def on_event(self, event: events.Event) -> None:
        """Remember when there last was a hand at the keys."""
        if isinstance(event, events.InputEvent | events.Paste):
            self._last_input = self.desk.now()
        await super().on_event(event)

    def _watch_the_seat(self, changed: bool) -> None:
        """Lock when nobody is there; end where the log-in was ended elsewhere."""
        if self.seat is None or self.is_locked:
            return
        now = self.desk.now()
        if now - self._last_input >= sessions.lock_after(self.desk):
            self.action_lock()
        elif changed or now - self._seat_checked >= SEAT_CHECK:
            self._check_seat(now)

    def _check_seat(self, now: datetime) -> None:
        seat = self.seat
        if seat is None:
            return
        try:
            renewed = sessions.renewed(self.desk, seat, used=self._last_input > self._seat_checked)
        except SessionEnded as error:
            self._cover(error_sentence(error)[0])
            return
        except GridConsoleError:
            return  # the file's trouble: the screen says so already
        self._seat_checked = now
        if renewed.actor != seat.actor:
            self._sit(renewed)

    # --- the feed ---

    def _poll(self) -> None:
        try:
            changed = self._watch.changed()
        except Exception:  # noqa: BLE001  whatever the file's trouble is, the screen turns stale; loading will name it
            return
        self.heard_at = self.desk.now()
        self._watch_the_seat(changed)
        if changed:
            # The register of units may be what changed: another terminal's import must not leave this one ranking by memory.
            self.desk.forget()
            self._tell_screens(Changed())

    @property
    def is_stale(self) -> bool:
        """The database has not answered for some seconds."""
        return self.desk.now() - self.heard_at > timedelta(seconds=3)

    def _tell_screens(self, message: Changed) -> None:
        for screen in self.screen_stack:
            screen.post_message(type(message)())

    # --- writing ---

    @work(thread=True, exclusive=False, exit_on_error=False, group="writing")
    def write(self, operation: Operation, asker: MessagePump) -> None:
        """Carry an act out off the screen's thread and tell who asked; never cancelled once begun."""
        try:
            if self.seat is not None:
                sessions.renewed(self.desk, self.seat)
            receipt = operation()
        except GridConsoleError as error:
            asker.post_message(NotWritten(error))
        else:
            asker.post_message(Written(receipt))

    def say(self, text: str, *, error: bool = False) -> None:
        """A toast; never markup, and never on a locked terminal."""
        if self.is_locked:
            return
        self.notify(text, severity="error" if error else "information", markup=False, timeout=6)

    def say_error(self, error: GridConsoleError) -> None:
        """What was refused and what to do."""
        message, hint = error_sentence(error)
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
            self.push_screen(CommandPalette(placeholder=t("console.palette")))

    # --- leaving ---

    def _leave_on_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.exit)

    async def on_unmount(self) -> None:
        """End the watch, and the log-in if it was made here: who came in through the console leaves with it."""
        self._watch.close()
        if self.seat is not None and self._logged_in_here and not self.is_locked:
            with contextlib.suppress(GridConsoleError):
                sessions.leave(self.desk, [self.seat], "logout")

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
