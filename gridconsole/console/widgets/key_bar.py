"""The bottom line: the keys that work now, with their labels.

One widget, drawn anew only when its line differs. Textual's footer mounts a widget for every key whenever the focus or a screen
changes, which was a quarter of the time in which a dialog opened.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

GAP = " "


class KeyBar(Widget):
    """Keys of the screen in front, in the order in which they are bound; a click presses the key."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label"}
    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; color: $foreground; background: $panel; text-wrap: nowrap; }
    KeyBar > .key-bar--key { color: $accent; text-style: bold; }
    KeyBar > .key-bar--label { color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Binding, ...] = ()

    def on_mount(self) -> None:
        """Follow the keys of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        first_of_action: dict[str, Binding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show and active.enabled:
                first_of_action.setdefault(active.binding.action, active.binding)
        shown = tuple(first_of_action.values())
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def render(self) -> Content:
        """Return the line; each part of it knows its key."""
        key, label = (self.get_visual_style(f"key-bar--{part}") for part in ("key", "label"))
        parts = []
        for binding in self._shown:
            pressed = Style.from_meta({"key": binding.key, "tip": binding.tooltip})
            parts.append(Content.styled(self.app.get_key_display(binding), key + pressed))
            parts.append(Content.styled(f" {binding.description}{GAP}", label + pressed))
        return Content("").join(parts)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain the key under the pointer."""
        self.tooltip = event.style.meta.get("tip") or None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the pointer."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
