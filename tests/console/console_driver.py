"""Drives a console as a person does: keys in, lines of text out, and waiting for conditions instead of for time."""

from __future__ import annotations

import asyncio
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from logins import log_in
from rich.segment import Segment
from textual import _wait, events
from textual import screen as screens
from textual._context import visible_screen_stack
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets._toast import Toast
from textual.worker import WorkerCancelled, WorkerFailed

from gridconsole.console.app import GridConsoleApp
from gridconsole.console.dialogs import drafted
from gridconsole.console.modes import desk
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.widgets.key_bar import KeyBar
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services.office import Office

PATIENCE = 20.0
"""Seconds a condition may take to come true, on a busy machine too; then a failure that shows the screen."""
SOONEST, LATEST = 0.001, 0.016
"""Seconds between two looks at a condition: soon at first, then less and less often, for a look may draw the whole screen."""
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.002, 0.0004
# Textual waits 20 ms after every key until the process is idle; what a test waits for it says itself.
screens.UPDATE_PERIOD = 0.1  # type: ignore[misc]
# A console draws sixty times a second while something changes: a fifth of a test's time for pictures between two looks.
drafted.KEEP_SECONDS, desk.STILL_SECONDS = 0.1, 0.3
# What is typed is on the disk, and a queue left alone is put in order, after a tenth of the time that a person is given.
_PARSED: dict[Any, list[RuleSet]] = {}
_parse_rules = Stylesheet._parse_rules


def _parsed_once(sheet: Stylesheet, *source: Any, **how: Any) -> list[RuleSet]:
    """Rules of a style sheet, parsed once in this process: each console of a test would parse the same fifty again."""
    key = (source, tuple(how.items()), tuple(sheet._variables.items()))
    if key not in _PARSED:
        _PARSED[key] = _parse_rules(sheet, *source, **how)
    return _PARSED[key]


Stylesheet._parse_rules = _parsed_once  # type: ignore[assignment,method-assign]
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of text."""
W = TypeVar("W", bound=Widget)


class Console:
    """A running console and its keyboard."""

    def __init__(self, app: GridConsoleApp, pilot: Pilot[object]) -> None:
        self.app = app
        self.pilot = pilot

    # --- hands ---

    async def press(self, *keys: str) -> None:
        """Press keys, then let everything that follows from them happen; a key waits for the screen that the one before opened."""
        for key in keys:
            before = self.screen
            await self.pilot.press(key)
            if self.screen is not before:
                await self.settle()
        await self.settle()

    async def key_in(self, text: str) -> None:
        """Key in a text as the terminal sends what an input method commits; the pilot itself cannot press ``，``."""
        self.send(*(event for event in XTermParser().feed(text) if isinstance(event, events.Key)))
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste a text into what has the focus."""
        self.send(events.Paste(text))
        await self.settle()

    def send(self, *arriving: events.Event) -> None:
        """Let events arrive from the terminal, all before anything is done about the first."""
        driver = self.app._driver
        assert driver is not None
        for event in arriving:
            driver.send_message(event)

    async def settle(self) -> None:
        """Wait until no worker runs and the screen has drawn what they brought."""
        for worker in list(self.app.workers):
            # One by one: a worker that a later one replaced ends the wait for itself only.
            with suppress(WorkerCancelled, WorkerFailed):
                await worker.wait()
        await self.pilot.pause()

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait for a condition, and for the screen to be drawn if it did not hold at once."""
        if holds():
            return
        last, wait = time.monotonic() + PATIENCE, SOONEST
        while not holds():
            if time.monotonic() > last:
                raise AssertionError(f"never came true: {what}\n{self.page()}")
            await asyncio.sleep(wait)
            wait = min(2 * wait, LATEST)
        await self.pilot.pause()

    async def until_shown(self, *texts: str) -> None:
        """Wait until texts stand on the terminal."""
        await self.until(lambda: all(text in self.page() for text in texts), f"“{'”, “'.join(texts)}” on the terminal")

    async def until_back(self) -> None:
        """Wait until the desk is on top again, and what was written has come back from the database."""
        await self.until(lambda: self.screen is self.desk_screen, "the desk on top")
        await self.settle()

    # --- eyes ---

    @property
    def screen(self) -> Screen[Any]:
        """What is on top."""
        return self.app.screen

    @property
    def has_ended(self) -> bool:
        """The application has left, or is about to."""
        return not self.app.is_running or self.app._exit

    @property
    def is_filled(self) -> bool:
        """The desk has its first queue."""
        return "desk" in self.app._screen_stacks and self.desk_screen.seen is not None

    @property
    def desk_screen(self) -> DeskScreen:
        """The desk, wherever it lies."""
        found = self.app._screen_stacks["desk"][0]
        assert isinstance(found, DeskScreen)
        return found

    @property
    def table(self) -> RowTable[QueueRow]:
        """The queue."""
        return self.desk_screen.table

    @property
    def numbers(self) -> list[str]:
        """Case numbers in the queue, top to bottom."""
        return [row.number for row in self.table.rows]

    @property
    def current(self) -> str:
        """Number of the case under the cursor."""
        row = self.table.current
        return "" if row is None else row.number

    def get(self, selector: str, kind: type[W]) -> W:
        """A widget of the top screen."""
        return self.screen.query_one(selector, kind)

    def menu(self) -> list[str]:
        """The actions of the menu on top that can be taken, without their digits and what they do."""
        options = self.screen.query_one(OptionList).options
        return [re.split(r" {2,}", str(option.prompt)[3:])[0] for option in options if not option.disabled]

    def menu_dims(self) -> dict[str, str]:
        """The actions of the menu on top that cannot be taken, each with the reason."""
        dim = [str(option.prompt).split(maxsplit=1) for option in self.screen.query_one(OptionList).options if option.disabled]
        return {name: re.sub(r"\n +", "", why) for name, why in dim}

    def says(self, selector: str) -> str:
        """What a static text of the top screen says, in full."""
        return str(self.screen.query_one(selector, Static).content)

    def complaint(self) -> str:
        """The complaint of the form on top, below a field or above the keys."""
        lines = [str(line.content) for line in self.screen.query(".flaw, #error").results(Static)]
        return "".join(lines).removeprefix("! ")

    def strips(self) -> list[Strip]:
        """The terminal's lines as Textual would send them, what shows through a dialog included."""
        return strips_of(self.app)

    def lines(self) -> list[str]:
        """The terminal's lines as text."""
        return ["".join(segment.text for segment in strip) for strip in self.strips()]

    def page(self) -> str:
        """The whole terminal as text."""
        return "\n".join(self.lines())

    def toasts(self) -> list[str]:
        """Messages in the corner, oldest first."""
        return [toast._notification.message for toast in self.screen.query(Toast)]

    # --- the desk ---

    def row_of(self, number: str) -> str:
        """The line of a case in the queue; empty if it is not in sight."""
        day, serial = number[4:8], number[8:]
        shown = f" {day} {serial} " if self.screen.size.width >= 100 else f" {serial} "
        return next((line for line in self.lines()[4:] if shown in line), "")

    @property
    def unread(self) -> set[str]:
        """Numbers of the cases in sight whose line has the sign of a change."""
        return {number for number in self.numbers if "\u2590" in self.row_of(number)[:3]}

    @property
    def case_title(self) -> str:
        """The title of the case's panel."""
        return str(self.screen.query_one("#case_panel").border_title)

    @property
    def notice(self) -> str:
        """Changes and troubles that the queue's frame names."""
        return self.desk_screen.notice

    async def point_at(self, number: str) -> None:
        """Put the cursor on a case of the queue with the arrow keys and wait until its details are there."""
        await self.until(lambda: number in self.numbers, f"{number} in the queue")
        steps = self.numbers.index(number) - self.numbers.index(self.current)
        if steps:
            await self.press(*["down" if steps > 0 else "up"] * abs(steps))
        await self.until(lambda: self.desk_screen.seen_case() is not None, f"details of {number}")

    @property
    def keys_line(self) -> str:
        """The bottom line: what can be done with the case, and the keys of the screen."""
        return self.screen.query_one(KeyBar).line

    @property
    def offered(self) -> tuple[str, ...]:
        """Actions offered for the case under the cursor."""
        view = self.desk_screen.seen_case()
        return () if view is None else tuple(view.actions)


def strips_of(app: App[Any]) -> list[Strip]:
    """The lines of an application's terminal."""
    with app._context():
        visible_screen_stack.set(app._background_screens)
        return app.screen._compositor.render_strips()


def forbidden_characters(text: str) -> list[str]:
    """What no terminal may ever be sent: controls of every kind, halves of characters, marks that turn text around."""
    return [f"U+{ord(char):04X}" for char in text if unicodedata.category(char) in ("Cc", "Cs") or char in BIDI]


def click_actions(segments: Iterable[Segment]) -> list[object]:
    """Actions that a click on a text would run, and links."""
    found: list[object] = []
    for segment in segments:
        if segment.style is not None:
            found += [value for name, value in segment.style.meta.items() if name == "@click"]
            found += [segment.style.link] if segment.style.link else []
    return found


@asynccontextmanager
async def console_on(
    office: Office,
    operator: str | None = "派遣员",
    size: tuple[int, int] = (120, 40),
    pane: str = "open",
    *,
    folds: bool = False,
) -> AsyncIterator[Console]:
    """A console on an open office, its queue filled; whoever is named is logged in on this terminal.

    Most tests look at every open case by itself, not only at what waits for the operator, and not at bursts as one line.
    """
    if operator is not None:
        log_in(office, operator)
    app = GridConsoleApp(office, operator)
    async with app.run_test(size=size, notifications=True) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: console.is_filled, "a filled queue")
        await console.settle()
        console.desk_screen.model.folds = folds
        console.desk_screen.show_pane(pane)
        if operator is not None and app.actor is not None and not app.is_locked:
            # Only what happens after the operator has come is news to them.
            await console.until(lambda: app.read_marks.viewer is not None, "the operator present")
            await console.settle()
        if operator is not None and console.screen is console.desk_screen and console.current:
            await console.until(lambda: console.desk_screen.seen_case() is not None, "the case under the cursor")
        yield console
