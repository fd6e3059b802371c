"""Text pasted from elsewhere is text: what a terminal would obey in it is taken out before anything reads it as keys.

A terminal puts marks around a pasted text. Textual takes an escape character between them for the beginning of a key: a page copied
with colours came in turned about, and a sequence in it that means F2 acted on the case under the cursor.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

_BEGIN, _END = "\x1b[200~", "\x1b[201~"
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*\x07?|\x1b")
"""A sequence that sets a colour or moves the cursor, one that gives the terminal an order, and what is left of either."""


_LONGEST_HELD = 32
"""Characters of a sequence that has no end yet which are held back."""


class PasteFilter:
    """Takes escape sequences out of pasted texts in a stream that arrives in pieces of any length."""

    def __init__(self) -> None:
        self._is_inside = False
        self._before = ""
        """Last characters outside of a paste, in which its mark may have begun."""
        self._held = ""
        """End of a piece that may be the beginning of the closing mark."""

    def __call__(self, piece: str) -> str:
        """Return what is left of the next piece of the stream."""
        kept: list[str] = []
        text, self._held = self._held + piece, ""
        while text:
            text = self._pasted(text, kept) if self._is_inside else self._typed(text, kept)
        return "".join(kept)

    def _typed(self, text: str, kept: list[str]) -> str:
        seen = self._before + text
        at = seen.find(_BEGIN)
        if at < 0:
            kept.append(text)
            self._before = seen[-len(_BEGIN) + 1 :]
            return ""
        end = at + len(_BEGIN) - len(self._before)
        kept.append(text[:end])
        self._is_inside, self._before = True, ""
        return text[end:]

    def _pasted(self, text: str, kept: list[str]) -> str:
        at = text.find(_END)
        if at >= 0:
            kept += (_SEQUENCE.sub("", text[:at]), _END)
            self._is_inside = False
            return text[at + len(_END) :]
        # What may be a sequence or the closing mark is looked at together with what follows it.
        start = text.rfind("\x1b")
        is_open = start >= 0 and len(text) - start < _LONGEST_HELD and _SEQUENCE.fullmatch(text, start) is None
        self._held = text[start:] if start >= 0 and (is_open or text[start:] == "\x1b") else ""
        kept.append(_SEQUENCE.sub("", text[: len(text) - len(self._held)]))
        return ""


class _Parser(XTermParser):
    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._filter = PasteFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Parse a piece of what the terminal sends; an empty one is its end."""
        left = self._filter(data)
        return super().feed(left) if left or not data else ()


def guard() -> None:
    """Let the terminal of this process be read so. Textual's drivers name their parser and take no other."""
    name = "win32" if sys.platform == "win32" else "linux_driver"
    vars(importlib.import_module(f"textual.drivers.{name}"))["XTermParser"] = _Parser
