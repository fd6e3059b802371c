"""The bottom line: what can be done with the case that is shown, then the keys of the screen.

One widget, drawn anew only when its line differs. Textual's footer mounts a widget for every key whenever the focus or a screen
changes, which was a quarter of the time in which a dialog opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

GAP = "  "
LESS = (
    "app.quit",
    "app.mode",
    "register.reload",
    "wardens.full_time",
    "wardens.duty",
    "grids.staff",
    "menu",
    "enter",
    "desk.new",
    "note",
    "desk.find",
    "register.find",
)
"""Names of offers that a short line leaves out, the first first; F2, F8, Ctrl+P and F1 stay."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A key with what it does now."""

    key: str
    """Key as Textual names it."""
    shown: str
    """Key as the line names it."""
    labels: tuple[str, ...]
    """Words; all but the first are left out where room is short."""
    name: str = ""
    """Name in :data:`LESS`; empty for one that always stays."""
    tip: str = ""


class KeyBar(Widget):
    """Keys of the screen in front; a click presses the key."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label", "key-bar--plate"}
    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; color: $fg; background: $raised; text-wrap: nowrap; }
    KeyBar > .key-bar--key { color: $key; text-style: bold; }
    KeyBar > .key-bar--label { color: $fg; }
    KeyBar > .key-bar--plate { color: $urgent-plate-text; background: $urgent-plate; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Offer, ...] = ()
        self._plate = ""
        self._offers: tuple[Offer, ...] = ()

    def on_mount(self) -> None:
        """Follow the keys of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def offer(self, plate: str, offers: Iterable[Offer]) -> None:
        """Show what can be done with what is selected.

        Args:
            plate: what it is, such as the end of a case number; empty for nothing.
        """
        now = tuple(offers)
        if (plate, now) != (self._plate, self._offers):
            self._plate, self._offers = plate, now
            self.refresh()

    def _bindings_changed(self, screen: Screen[object]) -> None:
        first_of_action: dict[str, Binding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show and active.enabled:
                first_of_action.setdefault(active.binding.action, active.binding)
        shown = tuple(
            Offer(one.key, self.app.get_key_display(one), (one.description,), one.id or "", one.tooltip)
            for one in first_of_action.values()
        )
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    @property
    def line(self) -> str:
        """The line as text."""
        return self.render().plain

    def render(self) -> Content:
        """Return the line; each part of it knows its key."""
        left, right = list(self._offers), list(self._shown)
        head = Content(" ") if self._offers or self._plate else Content("")
        if self._plate:
            head += Content.styled(f" {self._plate} ", self.get_visual_style("key-bar--plate")) + Content("  ")
        width = self.size.width or 10_000
        for name in ("", *LESS):
            left, right = _without(left, name), _without(right, name)
            first, last = self._drawn(left), self._drawn(right)
            space = width - 1 - head.cell_length - first.cell_length - last.cell_length
            if space >= (2 if left and right else 0):
                break
        if not head:
            return last
        return head + first + Content(" " * max(space, 2)) + last

    def _drawn(self, offers: Sequence[Offer]) -> Content:
        key, label = (self.get_visual_style(f"key-bar--{part}") for part in ("key", "label"))
        parts = []
        for offer in offers:
            pressed = Style.from_meta({"key": offer.key, "tip": offer.tip})
            words = " ".join(offer.labels)
            parts.append(Content.styled(offer.shown, key + pressed) + Content.styled(f" {words}", label + pressed))
        return Content(GAP).join(parts)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain the key under the pointer."""
        self.tooltip = event.style.meta.get("tip") or None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the pointer."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)


def _without(offers: list[Offer], name: str) -> list[Offer]:
    """Leave out an offer, or all but the first of its words."""
    if name == "menu":
        return [replace(offer, labels=offer.labels[:1]) if offer.name == name else offer for offer in offers]
    return [offer for offer in offers if not name or offer.name != name]
