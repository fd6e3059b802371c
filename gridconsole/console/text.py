"""Functions through which all foreign text reaches a widget: never as markup, never with control characters."""

from __future__ import annotations

import re

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


_PIECES = re.compile(r"[\u1100-\uffff][，。；：、）]*|[^\s\u1100-\uffff]+\s*|\s+")
"""Pieces of a line: a wide character with the marks that may not begin a line, or a word with the blanks after it."""
_UNFINISHED = "（(、，,：: "
"""Characters that a cut text does not end with."""


def cut(value: str, width: int, *, end: str = "") -> str:
    """Return text in at most so many cells, cut with ``~``: an ellipsis is two cells wide on Chinese terminals.

    Args:
        end: last part of the text, such as a number, which survives the cut.
    """
    if cell_len(value) + cell_len(end) <= width:
        return value + end
    room = width - 1 - cell_len(end)
    if room < 1:
        return set_cell_size(value + end, max(width, 0))
    return set_cell_size(value, room).rstrip(_UNFINISHED) + "~" + end


def wrapped(value: str, width: int) -> list[str]:
    """Break text into lines of at most so many cells: between words, or after any wide character."""
    width, lines, line = max(width, 2), [], ""
    for piece in _PIECES.findall(value):
        if line and cell_len(line) + cell_len(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while cell_len(line.rstrip()) > width:
            head = set_cell_size(line, width).rstrip()
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line.rstrip()] if line.strip() else lines


def fit(value: str, width: int, *, right: bool = False) -> str:
    """Fit text to exactly so many cells, see :func:`cut`."""
    value = cut(value, width)
    space = " " * (width - cell_len(value))
    return space + value if right else value + space
