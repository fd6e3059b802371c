"""A framed part of a screen: a title in the top border, a hint in the bottom border; the frame of the one in use is heavy."""

from __future__ import annotations

from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from gridconsole.console.text import line_of

_FRAME = """
    {name} {{ border: round $line; border-title-color: $mut; border-title-style: bold; border-title-background: $bg;
        border-subtitle-color: $mut; border-subtitle-background: $bg; background: $bg; color: $fg; }}
    {name}:focus-within {{ border: heavy $key; border-title-color: $tab-plate-text; border-title-background: $tab-plate; }}
    .beside {name}:focus-within {{ border: round $line; border-title-color: $mut; border-title-background: $bg; }}
    .small {name} {{ border: none; border-top: solid $line; }}
    .small {name}:focus-within {{ border: none; border-top: heavy $key; }}
"""


def _entitle(frame: Panel | ScrollPanel, title: str, hint: str) -> None:
    """Show a title and a hint; the same ones again would draw the frame and everything in it anew."""
    if frame.entitled != (title, hint):
        frame.entitled = title, hint
        frame.border_title = Content(f" {line_of(title)} ") if title else None
        frame.border_subtitle = Content(f" {line_of(hint)} ") if hint else None


class Panel(Vertical):
    """A frame around other widgets; it is in use while one of them has the focus."""

    SCOPED_CSS = False
    DEFAULT_CSS = _FRAME.format(name="Panel")
    entitled: tuple[str, str] = ("", "")
    """Title and hint that are shown."""

    def entitle(self, title: str, hint: str = "") -> None:
        """Show a title and a hint, taken literally."""
        _entitle(self, title, hint)


class ScrollPanel(VerticalScroll, can_focus=True):
    """A frame around text that scrolls by itself."""

    SCOPED_CSS = False
    DEFAULT_CSS = (
        _FRAME.format(name="ScrollPanel").replace(":focus-within", ":focus")
        + "ScrollPanel { padding: 0 1; } ScrollPanel > Static { height: auto; }"
    )
    entitled: tuple[str, str] = ("", "")
    """Title and hint that are shown."""

    def entitle(self, title: str, hint: str = "") -> None:
        """Show a title and a hint, taken literally."""
        _entitle(self, title, hint)
