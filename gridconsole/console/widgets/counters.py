"""Counters of the panes, with how many are overdue; a click opens the pane."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from gridconsole.console.queue_model import PANES, Pane
from gridconsole.language import t
from gridconsole.store.queue import Counters


class CounterBar(Widget):
    """One line of panes."""

    DEFAULT_CSS = "CounterBar { height: 1; background: $surface; padding: 0 1; }"

    class Picked(Message):
        """A pane was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__(id="counters")
        self._counters: Counters | None = None
        self._pane = PANES[0].key
        self._spans: list[tuple[int, int, str]] = []

    @property
    def open_total(self) -> int:
        """Open cases in the whole office."""
        return sum(self._counters.waiting.values()) if self._counters else 0

    def show(self, counters: Counters, pane: str) -> None:
        """Show new counts."""
        self._counters, self._pane = counters, pane
        self.refresh()

    def mark(self, pane: str) -> None:
        """Mark the pane that is shown."""
        self._pane = pane
        self.refresh()

    def _count(self, pane: Pane) -> tuple[int, int]:
        counters = self._counters
        if counters is None:
            return 0, 0
        match pane.key:
            case "call_back":
                return counters.calls_due + counters.calls_undecided, counters.calls_undecided
            case "asked":
                return counters.asked, 0
            case "ordered":
                return counters.ordered, counters.answers_late
            case "sent":
                return counters.sent, counters.looks_late
        late = sum(counters.overdue.get(state, 0) for state in pane.states)
        if pane.key == "overdue":
            return late, 0
        return sum(counters.waiting.get(state, 0) for state in pane.states), late

    def after(self, key: str) -> str:
        """Return the pane after another, skipping panes that are hidden while they are empty."""
        keys = [pane.key for pane in PANES if pane.key == key or not pane.is_seldom or self._count(pane)[0]]
        return keys[(keys.index(key) + 1) % len(keys)]

    def render(self) -> Content:
        """Return the line, such as ``待派遣 7 超2``, with the shown pane in reverse.

        Without room for all panes, empty ones are left out.
        """
        line = self._line(short=self.size.width < 100)
        return line if line.cell_length <= self.content_size.width else self._line(short=True)

    def _line(self, *, short: bool) -> Content:
        parts: list[Content] = []
        self._spans = []
        position = 0
        for pane in PANES:
            count, late = self._count(pane)
            dispensable = pane.is_seldom or (short and pane.key not in ("open", "overdue"))
            if dispensable and not count and pane.key != self._pane:
                continue
            label = t(f"pane.{pane.key}")
            number = "" if pane.key == "done" else f" {count}"
            style = "reverse bold" if pane.key == self._pane else ""
            piece = Content.styled(f"{label}{number}", style)
            mark = "console.undecided_mark" if pane.key == "call_back" else "console.late_mark"
            if late and pane.key != "open":
                piece += Content.styled(f" {t(mark)}{late}", "$error bold")
            parts.append(piece)
            self._spans.append((position, position + piece.cell_length, pane.key))
            position += piece.cell_length + (1 if short else 2)
        if self._counters is not None:
            today = t("console.today", reported=self._counters.reported_today, closed=self._counters.closed_today)
            if not short or position + cell_len(today) <= self.content_size.width:
                parts.append(Content.styled(today, "$foreground 70%"))
        return Content(" " if short else "  ").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Go to the pane under the mouse."""
        for start, end, key in self._spans:
            if start <= event.x - 1 < end:
                self.post_message(self.Picked(key))
