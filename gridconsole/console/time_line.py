"""The time line of a person or a grid: one bar for each post, over the years."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.cells import cell_len
from textual.content import Content

from gridconsole.console.text import cut, fit, line_of
from gridconsole.domain.views.roster import Step, StepKind
from gridconsole.language import roster as wording
from gridconsole.language import t

BARS = {"A": "⣿", "B": "⣤"}
"""Sign of a bar, by rank; braille is one cell wide everywhere."""
EMPLOYED, AWAY, GOES_ON = "⣀", "⠒", ">"
LABEL = 18
"""Cells of the label before a bar."""
LEAST_BAR = 16
YEARS = 4
"""Years that a time line shows at least, if somebody is there so long."""


def time_line(steps: Sequence[Step], today: date, width: int) -> list[Content]:
    """Return a heading with the years, a bar for each post and for leave, and what the signs mean.

    Args:
        width: cells of a line; without room for bars the steps come as text, two lines each.
    """
    bar = width - LABEL - 1
    if not steps:
        return []
    if bar < LEAST_BAR:
        return [line for step in steps for line in _two_lines(step, width)]
    first = _first_day(steps, today)
    lines = [Content.styled(f"{' ' * LABEL} {_years(first, today, bar)}", "$mut")]
    lines += [_bar(step, first, today, bar) for step in steps if step.what is not StepKind.EMPLOYMENT]
    return [*lines, Content.styled(cut(t("roster.signs"), width), "$dim")]


def _two_lines(step: Step, width: int) -> tuple[Content, Content]:
    """Return what a step is, and below it its days: one line would cut the names of places."""
    days, _, what = wording.step_text(step).partition("  ")
    return Content(cut(line_of(what), width)), Content.styled(cut(f"  {line_of(days)}", width), "$mut")


def _first_day(steps: Sequence[Step], today: date) -> date:
    days = [step.first for step in steps if step.first is not None and step.what is StepKind.POST]
    begins = min((day.year for day in days), default=today.year)
    return date(max(begins, today.year - 9), 1, 1)


def _place(day: date, first: date, today: date, width: int) -> int:
    """Return the cell of a day, between 0 and the width."""
    whole = max((today - first).days, 1)
    return max(0, min(width, round((day - first).days * width / whole)))


def _years(first: date, today: date, width: int) -> str:
    line = ""
    for year in range(first.year, today.year + 1):
        at = _place(date(year, 1, 1), first, today, width)
        if len(line) <= at <= width - 4:
            line = f"{line:<{at}}{year}"
            line += " "
    return line.rstrip()


def _bar(step: Step, first: date, today: date, width: int) -> Content:
    sign = AWAY if step.what is StepKind.LEAVE else BARS.get(step.rank, EMPLOYED)
    start = _place(step.first or first, first, today, width - 1)
    end = _place(step.until or today, first, today, width - 1)
    line = _with_note(start, sign * max(1, end - start), step, width)
    return Content.styled(f"{fit(line_of(wording.what(step)), LABEL)} {line}", "" if step.until is None else "$mut")


def _with_note(start: int, bar: str, step: Step, width: int) -> str:
    """Return a bar with what ended it: behind it, or before it if there is more room, and as long as fits."""
    if step.until is None:
        return " " * start + bar + GOES_ON
    why, day = line_of(wording.why(step)), step.until.isoformat()
    for note in (f"{why} {day}".strip(), f"{why} {day[2:7]}".strip(), day[2:7]):
        cells = cell_len(note) + 1
        if start + len(bar) + cells <= width:
            return f"{' ' * start}{bar} {note}"
        if cells <= start:
            return f"{' ' * (start - cells)}{note} {bar}"
    return " " * start + bar
