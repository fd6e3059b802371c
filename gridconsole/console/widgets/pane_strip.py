"""The panes with their counts: always in the same places, zeros dim; a click opens a pane."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from gridconsole.console.queue_model import MINE, PANES, Pane
from gridconsole.language import t
from gridconsole.store.queue import Counters

WIDE, WIDEST = 100, 150
"""Cells of the terminal from which panes have two lines, and from which the seldom ones stand there too."""
_NAMELESS = frozenset({"overdue", "sent", "suspended", "ordered", "done"})
"""Panes whose key is a letter: the strip has no room for it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A pane on the strip."""

    pane: Pane
    start: int
    width: int
    label: str
    count: int
    late: int


class PaneStrip(Widget):
    """Two lines, or one on a small terminal."""

    DEFAULT_CSS = """
    PaneStrip { height: 2; background: $raised; color: $mut; }
    PaneStrip.small { height: 1; }
    """

    class Picked(Message):
        """A pane was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__(id="counters")
        self._counters: Counters | None = None
        self._mine = (0, 0)
        self._pane = MINE

    @property
    def open_total(self) -> int:
        """Open cases in the whole office."""
        return sum(self._counters.waiting.values()) if self._counters else 0

    def show(self, counters: Counters, pane: str, mine: tuple[int, int]) -> None:
        """Show new counts.

        Args:
            mine: cases that wait for the operator, and how many of them are overdue.
        """
        if (counters, pane, mine) != (self._counters, self._pane, self._mine):
            self._counters, self._pane, self._mine = counters, pane, mine
            self.refresh()

    def mark(self, pane: str) -> None:
        """Mark the pane that is shown."""
        self._pane = pane
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Use one line on a small terminal."""
        self.set_class(event.size.width < WIDE, "small")

    def _count(self, pane: Pane) -> tuple[int, int]:
        """Return the number of a pane's cases, and of the late ones among them."""
        counters = self._counters
        if counters is None:
            return 0, 0
        match pane.key:
            case "mine":
                return self._mine
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
        return sum(counters.waiting.get(state, 0) for state in pane.states), 0 if pane.key == "open" else late

    def after(self, key: str, step: int = 1) -> str:
        """Return the pane that stands so many places after another, around the end."""
        keys = [pane.key for pane in PANES]
        return keys[(keys.index(key) + step) % len(keys)]

    def render(self) -> Content:
        """Return names over counts; on a small terminal one character of each name and the count."""
        return self._small() if self.size.width < WIDE else self._wide()

    # --- two lines ---

    def _places(self) -> list[_Place]:
        places, start = [], 1
        for pane in PANES:
            if pane.is_seldom and self.size.width < WIDEST:
                continue
            name = t(f"pane.{pane.key}")
            label = name if pane.key in _NAMELESS else pane.sign + name
            usual = 9 if pane.key not in ("overdue", "sent", "open") and not pane.is_seldom else 7
            width = max(usual, cell_len(label) + 2)
            places.append(_Place(pane, start, width, label, *self._count(pane)))
            start += width
        return places

    def _wide(self) -> Content:
        names, counts = [Content(" ")], [Content(" ")]
        for place in self._places():
            is_shown = place.pane.key == self._pane
            plate = "bold $tab-plate-text on $tab-plate" if is_shown else ""
            label = place.label if is_shown or place.label == t(f"pane.{place.pane.key}") else None
            if label is not None:
                name = Content.styled(place.label, plate)
            else:
                name = Content.styled(place.pane.sign, "bold $key") + Content(place.label[len(place.pane.sign) :])
            space = place.width - 1 - cell_len(place.label)
            names.append(name + Content.styled(" " * max(space, 0), plate) + Content(" "))
            count = Content.styled(f" {place.count}", "bold $fg" if place.count else "$dim")
            if is_shown:
                count = Content.styled(f" {place.count}", plate)
            late = Content("")
            if place.late:
                mark = "mark.dissatisfied" if place.pane.key == "call_back" else "console.late_mark"
                late = Content.styled(f" {t(mark)}{place.late}", plate or "bold $late")
            used = count.cell_length + late.cell_length
            counts.append(count + late + Content.styled(" " * max(place.width - 1 - used, 0), plate) + Content(" "))
        return Content("\n").join([self._with_today(names, "in"), self._with_today(counts, "out")])

    def _with_today(self, parts: list[Content], which: str) -> Content:
        """Return a line with today's number at its right edge, if there is room."""
        line = Content("").join(parts)
        if self._counters is None:
            return line
        number = self._counters.reported_today if which == "in" else self._counters.closed_today
        text = t(f"console.today.{which}", count=number)
        space = self.size.width - line.cell_length - cell_len(text) - 1
        return line + Content(" " * space) + Content.styled(text, "$mut") if space >= 0 else line

    # --- one line ---

    def _small(self) -> Content:
        parts: list[Content] = []
        for place in self._small_places():
            is_shown = place.pane.key == self._pane
            style = "bold $tab-plate-text on $tab-plate" if is_shown else ""
            late = f"!{place.late}" if place.late else ""
            if is_shown:
                parts.append(Content.styled(f"{place.label}{late}", style))
            else:
                number = Content.styled(str(place.count), "bold $fg" if place.count else "$dim")
                parts.append(Content(place.label[: -len(str(place.count))]) + number + Content.styled(late, "bold $late"))
        return Content(" ") + Content(" ").join(parts)

    def _small_places(self) -> list[_Place]:
        places, start = [], 1
        # The alarm line names what is late; the rarely needed panes have letters after F7.
        spared = {"overdue", "sent"}
        for pane in PANES:
            if (pane.is_seldom or pane.key in spared) and pane.key != self._pane:
                continue
            count, late = self._count(pane)
            name = t(f"pane.{pane.key}") if pane.key == self._pane else t(f"pane.{pane.key}.short")
            sign = "" if pane.key in _NAMELESS else pane.sign
            space = " " if pane.key == self._pane else ""
            label = f"{sign}{name}{space}{count}"
            width = cell_len(label) + (len(f"!{late}") if late else 0)
            places.append(_Place(pane, start, width, label, count, late))
            start += width + 1
        return places

    def on_click(self, event: events.Click) -> None:
        """Go to the pane under the mouse."""
        places = self._small_places() if self.size.width < WIDE else self._places()
        for place in places:
            if place.start <= event.x < place.start + place.width:
                self.post_message(self.Picked(place.pane.key))
