"""Themes: night and day in true colour, and one for terminals of sixteen colours. Every text has a contrast of 4.5 or more.

Colours carry little meaning: only lateness is red, and each coloured mark has a word or a shape beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

SELECTED = ("fg", "mut", "dim", "late", "soon", "ok", "key")
"""Tokens of text, each with a twin for the row under the cursor (``late-sel``)."""
_NIGHT = {
    "bg": "#11161d", "raised": "#1c2530", "sel": "#204a74", "sel2": "#2b3746", "field": "#263443", "line": "#465567",
    "fg": "#e6eaf0", "mut": "#a9b5c3", "dim": "#8b98a8", "late": "#ff8d83", "soon": "#f2c463", "ok": "#86d3a1", "key": "#79bbff",
    "fg-sel": "#ffffff", "mut-sel": "#c9d7e6", "dim-sel": "#c9d7e6", "late-sel": "#ffb9b2", "soon-sel": "#ffdc94",
    "ok-sel": "#a9e6be", "key-sel": "#b5d9ff",
    "late-plate": "#b3261e", "late-plate-text": "#ffffff", "urgent-plate": "#e6eaf0", "urgent-plate-text": "#11161d",
    "tab-plate": "#79bbff", "tab-plate-text": "#0c1219",
    "tile1": "#1a2c3d", "tile2": "#1d405a", "tile3": "#22577a", "tile4": "#296a93",
}  # fmt: skip
_DAY = {
    "bg": "#fafbfc", "raised": "#e7ebf1", "sel": "#cde2f8", "sel2": "#dfe5ec", "field": "#e3e9f0", "line": "#9aa7b5",
    "fg": "#17202b", "mut": "#434f5f", "dim": "#5a6675", "late": "#b3261e", "soon": "#7a5000", "ok": "#17663a", "key": "#0b5cad",
    "fg-sel": "#0b1622", "mut-sel": "#33475c", "dim-sel": "#33475c", "late-sel": "#98180f", "soon-sel": "#664300",
    "ok-sel": "#0f5530", "key-sel": "#084a8d",
    "late-plate": "#b3261e", "late-plate-text": "#ffffff", "urgent-plate": "#17202b", "urgent-plate-text": "#ffffff",
    "tab-plate": "#0b5cad", "tab-plate-text": "#ffffff",
    "tile1": "#dbeaf6", "tile2": "#b7d7ee", "tile3": "#8dbfe2", "tile4": "#63a5d3",
}  # fmt: skip
_SIXTEEN = {
    "bg": "ansi_black", "raised": "ansi_blue", "sel": "ansi_cyan", "sel2": "ansi_blue", "field": "ansi_black", "line": "ansi_bright_black",
    "fg": "ansi_bright_white", "mut": "ansi_white", "dim": "ansi_white", "late": "ansi_bright_red", "soon": "ansi_bright_yellow",
    "ok": "ansi_bright_green", "key": "ansi_bright_cyan",
    **dict.fromkeys((f"{name}-sel" for name in SELECTED), "ansi_black"),
    "late-plate": "ansi_red", "late-plate-text": "ansi_bright_white", "urgent-plate": "ansi_white", "urgent-plate-text": "ansi_black",
    "tab-plate": "ansi_bright_cyan", "tab-plate-text": "ansi_black",
    **dict.fromkeys(("tile1", "tile2", "tile3", "tile4"), "ansi_black"),
    "ansi-background": "ansi_black", "ansi-foreground": "ansi_white", "border-blurred": "ansi_black",
    "block-cursor-foreground": "ansi_black", "block-cursor-background": "ansi_white", "input-cursor-background": "ansi_white",
    "input-cursor-foreground": "ansi_black", "input-selection-background": "ansi_cyan", "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_cyan", "screen-selection-foreground": "ansi_black",
}  # fmt: skip


def _theme(name: str, tokens: Mapping[str, str], *, dark: bool, is_ansi: bool = False) -> Theme:
    return Theme(
        name=name, primary=tokens["key"], secondary=tokens["mut"], accent=tokens["key"], warning=tokens["soon"], error=tokens["late"],
        success=tokens["ok"], background=tokens["bg"], surface=tokens["bg"], panel=tokens["raised"], foreground=tokens["fg"], dark=dark,
        ansi=is_ansi, variables=dict(tokens),
    )  # fmt: skip


NIGHT = _theme("grid-night", _NIGHT, dark=True)
DAY = _theme("grid-day", _DAY, dark=False)
SIXTEEN = _theme("grid-16", _SIXTEEN, dark=True, is_ansi=True)
THEMES = (NIGHT, DAY, SIXTEEN)
