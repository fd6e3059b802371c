"""The gate out: the only ways foreign text reaches a widget. Never markup, never a control character."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from gridconsole.domain.text import mask_text, printable


def safe(value: str) -> Content:
    """Foreign text for a widget, literal."""
    return Content(printable(value))


def masked(value: str) -> Content:
    """Foreign free text with the phone and ID numbers in it masked."""
    return Content(mask_text(printable(value)))


def line_of(value: str) -> str:
    """Foreign text as one plain line."""
    return printable(value).replace("\n", " ")


def bar(share: float, width: int = 20) -> str:
    """``[#####---------------]  25%``: how much of something is done, in characters every terminal has."""
    done = max(0.0, min(share, 1.0))
    filled = int(done * width)
    return f"[{'#' * filled}{'-' * (width - filled)}] {done:4.0%}"


def fit(value: str, width: int, *, right: bool = False) -> str:
    """Exactly so many cells: cut with ``~`` where it is too long (an ellipsis is two cells wide on Chinese terminals)."""
    length = cell_len(value)
    if length <= width:
        return " " * (width - length) + value if right else value + " " * (width - length)
    return set_cell_size(value, width) if width < 2 else set_cell_size(value, width - 1) + "~"
