"""The lock of a terminal: numbers only, whose terminal it is, and how much typed text is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.worker import get_current_worker

from gridconsole.console.dialogs.passwords import Gate, Proof
from gridconsole.console.draft_lines import length_of, title_of
from gridconsole.console.keys import bind
from gridconsole.console.messages import AlarmsLoaded, Changed
from gridconsole.console.text import line_of, safe
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import OPEN_STATES, Grade, State
from gridconsole.language import t, weekday, word
from gridconsole.services import situation
from gridconsole.services.sessions import ActiveSession

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.drafts import Draft
    from gridconsole.store.queue import Counters

DRAFTS_SHOWN = 4
REFRESH_SECONDS = 60.0
"""Seconds between two readings while nothing changes: cases become overdue by time alone."""
SHOWN = (State.REPORTED, State.TO_FILE, State.TO_DISPATCH, State.HANDLING, State.TO_CHECK, State.TO_CLOSE)
"""States whose numbers stand above the lock."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The operator whose terminal is locked, since when, and what is kept of their text."""

    actor: Actor
    at: datetime
    idle: timedelta
    """Time without a key before it."""
    kept: Sequence[Draft]


class NumbersRead(Message):
    """The numbers of the office were read."""

    def __init__(self, found: Counters) -> None:
        super().__init__()
        self.found = found


class LockScreen(Gate[ActiveSession]):
    """Lock over the whole terminal: it hides everything, and only a correct password removes it."""

    DEFAULT_CSS = """
    LockScreen { background: $background; }
    LockScreen > #above { dock: top; width: 100%; max-width: 100%; height: auto; border: none; padding: 0; background: $background; }
    LockScreen #line { background: $raised; height: 1; padding: 0 1; }
    LockScreen #numbers, LockScreen #unseen { padding: 0 1; }
    LockScreen #kept { margin: 1 0; }
    LockScreen.low > #above { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("f3", "leader", "lock.leader", key_display="F3", show=False)]
    nobody = "console.lock.nobody"

    def __init__(self, heading: str, actors: Sequence[Actor], proof: Proof[ActiveSession], locked: Locked) -> None:
        super().__init__(heading, t("console.lock.keys"), actors, proof, locked.actor.name)
        self._locked = locked

    def above(self) -> ComposeResult:
        """Lay out the office, the numbers, and how many urgent cases nobody has acknowledged."""
        with Vertical(id="above"):
            yield Static("", id="line", markup=False)
            yield Static("", id="numbers", markup=False)
            yield Static(t("console.lock.goes_on"), classes="muted", markup=False)
            yield Static("", id="unseen", markup=False)

    def below_password(self) -> ComposeResult:
        """Lay out what is kept: kind and length, never the text."""
        yield Static(safe("\n".join(self._kept_lines())), id="kept", classes="muted")

    def _kept_lines(self) -> list[str]:
        locked, zone = self._locked, self.console_app.office.calendar.zone
        lines = []
        if minutes := int(locked.idle.total_seconds()) // 60:
            lines.append(t("console.lock.idle", count=minutes, at=f"{locked.at.astimezone(zone):%H:%M}"))
        else:
            lines.append(t("console.lock.at", at=f"{locked.at.astimezone(zone):%H:%M}"))
        lines += [
            t("console.lock.kept", title=title_of(draft.kind, draft.case), length=length_of(draft.text))
            for draft in locked.kept[:DRAFTS_SHOWN]
        ]
        more = len(locked.kept) - DRAFTS_SHOWN
        return lines + ([t("console.lock.kept_more", count=more)] if more > 0 else [])

    def on_mount(self) -> None:
        """Read the numbers, and again as time passes."""
        self.set_interval(REFRESH_SECONDS, self._refresh)
        self._refresh()

    @on(Changed)
    @on(AlarmsLoaded)
    def _refresh(self) -> None:
        office = self.console_app.office
        local = office.now().astimezone(office.calendar.zone)
        name, day = line_of(office.name), f"{local:%m-%d} {weekday(local)} {local:%H:%M}"
        self.query_one("#line", Static).update(t("console.lock.line", office=name, day=day))
        self._show_unseen()
        self._read()

    @work(thread=True, exclusive=True, group="numbers", exit_on_error=False)
    def _read(self) -> None:
        worker = get_current_worker()
        try:
            found = situation.numbers(self.console_app.office)
        except GridConsoleError:
            return  # the last numbers stay; the password says what is wrong
        if not worker.is_cancelled:
            self.post_message(NumbersRead(found))

    @on(NumbersRead)
    def _show_numbers(self, event: NumbersRead) -> None:
        found = event.found
        parts = [_number(word(state), found.waiting.get(state, 0), found.overdue.get(state, 0)) for state in SHOWN]
        opened = sum(found.waiting.get(state, 0) for state in OPEN_STATES)
        parts.append(_number(t("pane.open"), opened, sum(found.overdue.get(state, 0) for state in OPEN_STATES)))
        self.query_one("#numbers", Static).update(Content("   ").join(parts))

    def _show_unseen(self) -> None:
        office = self.console_app.office
        urgent = [one.alarm.notified_at for one in self.console_app.alarms.reminders if one.row.grade is Grade.URGENT]
        text = ""
        if urgent:
            since = min(urgent).astimezone(office.calendar.zone)
            text = t("console.lock.unseen", count=len(urgent), at=f"{since:%H:%M}")
        self.query_one("#unseen", Static).update(Content.styled(text, "bold $soon"))

    def action_leader(self) -> None:
        """Let a shift leader take the terminal over, with their own password."""
        names = self.query_one("#names", OptionList)
        for at, actor in enumerate(self._actors):
            if actor != self._locked.actor:
                names.highlighted = at
                self.query_one("#password").focus()
                return

    def let_in(self, opened: ActiveSession) -> None:
        """Let the application remove the lock; nothing else may."""
        self.console_app.attendance.unlocked(opened)


def _number(name: str, count: int, late: int) -> Content:
    shown = Content.styled(f"{name} ", "$mut") + Content.styled(str(count), "bold" if count else "$dim")
    return shown + (Content.styled(f" {t('due.late')}{late}", "bold $late") if late else Content(""))
