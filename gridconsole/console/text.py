"""Functions through which all foreign text reaches a widget: never as markup, never with control characters."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from gridconsole.domain.text import mask_text, printable


def safe(value: str) -> Content:
    """Return foreign text for a widget, taken literally."""
    return Content(printable(value))


def masked(value: str) -> Content:
    """Return foreign free text with its phone and ID numbers masked."""
    return Content(mask_text(printable(value)))


def line_of(value: str) -> str:
    """Return foreign text as one plain line."""
    return printable(value).replace("\n", " ")


def bar(share: float, width: int = 20) -> str:
    """Return a progress bar, ``[#####---------------]  25%``, in characters that every terminal has."""
    done = max(0.0, min(share, 1.0))
    filled = int(done * width)
    return f"[{'#' * filled}{'-' * (width - filled)}] {done:4.0%}"


def fit(value: str, width: int, *, right: bool = False) -> str:
    """Fit text to exactly so many cells.

    Longer text is cut with ``~``, because an ellipsis is two cells wide on Chinese terminals.
    """
    length = cell_len(value)
    if length <= width:
        return " " * (width - length) + value if right else value + " " * (width - length)
    return set_cell_size(value, width) if width < 2 else set_cell_size(value, width - 1) + "~"
