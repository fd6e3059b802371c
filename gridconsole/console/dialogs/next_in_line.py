"""The cases after the one of a drawer, for acts that are repeated all morning: calls, checks, dispatches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from gridconsole.console.case_lines import due_content
from gridconsole.console.text import cut, fit, safe
from gridconsole.console.widgets.panel import Panel
from gridconsole.console.widgets.queue_columns import masked_street
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

INNER = 60
"""Cells of a line of the panel."""
SHOWN = 5
"""Cases that the panel has room for."""
REPEATED = frozenset({Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.VERIFY, Action.CHECK, Action.CLOSE, Action.CALL_BACK})
"""Acts that are done on one case after another."""
MOVES_ON = frozenset({Action.VERIFY, Action.CHECK, Action.CALL_BACK})
"""Acts after which the next form opens by itself. They have no default, so a key held down too long decides nothing there."""


@dataclass(frozen=True, slots=True)
class Line:
    """The cases after the one of a form, and how to go on to the first of them."""

    key: int
    """Key of the form's case."""
    rows: tuple[QueueRow, ...]
    go_on: Callable[[Line, Action], None]


class TodayCounted(Message):
    """The acts of the operator today were counted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class NextInLine(Panel):
    """The next cases with the same step, and how far the operator is today."""

    SCOPED_CSS = False

    DEFAULT_CSS = """
    NextInLine { width: 64; height: 8; padding: 0 1; }
    .wide NextInLine { width: 80; }
    .small NextInLine { display: none; }
    NextInLine Static { height: auto; }
    """

    def __init__(self, office: Office, actor: Actor, action: Action, rows: Sequence[QueueRow]) -> None:
        super().__init__()
        self._office, self._actor, self._action, self._rows = office, actor, action, rows

    def compose(self) -> ComposeResult:
        """Lay out the rows and the line of today."""
        hint = t("console.line.moves_on") if self._action in MOVES_ON else ""
        self.entitle(t("console.line.title", action=self._action, count=len(self._rows)), hint)
        yield Static(Content("\n").join(_line(self._office, row) for row in self._rows[:SHOWN]), markup=False)
        yield Static("", id="today", classes="muted", markup=False)

    def on_mount(self) -> None:
        """Count what was done today."""
        self._count()

    @work(thread=True, exclusive=True, group="today", exit_on_error=False)
    def _count(self) -> None:
        from gridconsole.services import done_today

        worker = get_current_worker()
        try:
            found = done_today.of_operator(self._office, self._actor, self._action)
        except GridConsoleError:
            return  # the line of today stays blank; the form says what is wrong when it acts
        if not worker.is_cancelled and any(found.values()):
            parts = (t(f"console.line.{name}", count=count) for name, count in found.items())
            self.post_message(TodayCounted(t("console.line.today", parts="  ".join(parts))))

    def on_today_counted(self, event: TodayCounted) -> None:
        """Show what was counted."""
        self.query_one("#today", Static).update(event.text)


def _line(office: Office, row: QueueRow) -> Content:
    due = due_content(office, row)
    rest = f"  {row.number[8:]}  {fit(row.category, 14)}  "
    return due + safe(rest + cut(masked_street(row), INNER - due.cell_length - cell_len(rest)))
