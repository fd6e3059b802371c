"""The alarm line: how many cases are over, which is the worst, what can be done; it keeps its place when there is nothing."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from gridconsole.console.text import cut, line_of
from gridconsole.language import t


@dataclass(frozen=True, slots=True)
class Alarms:
    """Content of the line."""

    late: int = 0
    """Cases of the operator that are over."""
    near: int = 0
    """Cases of the operator that soon will be."""
    worst: str = ""
    """The worst case in words; empty if there is none."""
    can: str = ""
    """Actions of the operator on it."""
    reminders: int = 0


class AlarmLine(Widget):
    """One line below the panes."""

    DEFAULT_CSS = "AlarmLine { height: 1; background: $bg; color: $fg; text-wrap: nowrap; }"

    class Opened(Message):
        """The line was clicked."""

    def __init__(self) -> None:
        super().__init__(id="alarms")
        self._alarms = Alarms()

    def show(self, alarms: Alarms) -> None:
        """Show other alarms."""
        if alarms != self._alarms:
            self._alarms = alarms
            self.refresh()

    @property
    def line(self) -> str:
        """The line as text."""
        return self.render().plain

    def render(self) -> Content:
        """Return the line; what can be done stays in sight, the worst case is cut."""
        now, width = self._alarms, self.size.width
        short = "" if width >= 100 else ".short"
        end = Content.styled(t(f"console.alarm.near{short}", count=now.near), "$soon") if now.near else Content("")
        if not short:
            end += (
                Content("   ")
                + Content.styled("Ctrl+T", "bold $key")
                + Content(f" {t('console.alarm.reminders', count=now.reminders)} ")
            )
        start = Content(" ")
        if now.late:
            start += Content.styled(f" {t('due.late')} {now.late} ", "bold $late-plate-text on $late-plate") + Content(" ")
        if not now.worst:
            text = "" if now.late or now.near else t("console.alarm.calm")
            body = Content.styled(text, "$dim")
        else:
            can = f"  {now.can}" if now.can else ""
            room = width - start.cell_length - end.cell_length - cell_len(can) - 2
            body = Content(cut(line_of(now.worst), max(room, 10)) + can)
        space = width - start.cell_length - body.cell_length - end.cell_length - 1
        return start + body + Content(" " * max(space, 1)) + end

    def on_click(self) -> None:
        """Open the list of reminders."""
        self.post_message(self.Opened())
