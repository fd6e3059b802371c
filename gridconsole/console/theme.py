"""Two themes: day and night."""

from __future__ import annotations

from textual.theme import Theme

NIGHT = Theme(
    name="grid-night",
    primary="#5aa9e6",
    secondary="#8ecae6",
    accent="#ffb703",
    warning="#e9c46a",
    error="#ff6b6b",
    success="#80c29c",
    background="#10151c",
    surface="#161d27",
    panel="#1f2937",
    foreground="#e6e9ee",
    dark=True,
)
DAY = Theme(
    name="grid-day",
    primary="#1d5fa8",
    secondary="#2f7dc4",
    accent="#b45309",
    warning="#8a6100",
    error="#b3261e",
    success="#1b6b3a",
    background="#f6f7f9",
    surface="#ffffff",
    panel="#e4e8ee",
    foreground="#1b2430",
    dark=False,
)
