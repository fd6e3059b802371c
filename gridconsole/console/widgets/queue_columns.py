"""Columns of a case in the queue: urgency first, text last; only the time cell is colored."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from itertools import islice

from rich.cells import cell_len

from gridconsole.console.widgets.table import Column
from gridconsole.domain.states import CallBackState, Grade, Stage, State
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import short_time, t, word
from gridconsole.language.durations import duration_text, time_left
from gridconsole.services.office import Office

WARNING = 75
"""Escalation step, in per cent, from which the time cell turns yellow as well."""
SOON = 0.8
"""Share of the time used up from which the time cell turns yellow (traffic light of municipal platforms)."""


def queue_columns(office: Office, unread: Callable[[], Collection[int]]) -> tuple[Column[QueueRow], ...]:
    """Return the queue's columns; narrow terminals keep time, number, state, place and category."""

    def left(row: QueueRow) -> str:
        if row.closed_at is not None:
            closed = row.closed_at.astimezone(office.calendar.zone)
            return f"{closed:%H:%M}" if closed.date() == office.today() else short_time(row.closed_at, office.calendar.zone)
        return time_left(office.now(), row.due_at, row.due_unit, office.calendar)

    def left_style(row: QueueRow) -> str:
        if row.due_at is None:
            return "dim"
        now = office.now()
        if now > row.due_at:
            return "late"
        if row.percent >= WARNING:
            return "soon"
        if row.percent and row.due_stage is Stage.HANDLE:
            return "half"
        # Measured from the beginning of the state: near enough for a colour, and needs no clock of its own.
        return "soon" if now - row.state_since > SOON * (row.due_at - row.state_since) else ""

    states = max(cell_len(word(state)) for state in State)
    return (
        Column("", 1, lambda row: "|" if row.id in unread() else "", lambda _: "mark", runs=True),
        Column(t("column.left"), 14, left, left_style, runs=True),
        Column(t("column.mark"), 4, marks, lambda _: "mark", narrowest=78),
        Column(t("column.grade_short"), 2, lambda row: t(f"grade.{row.grade.value}"), _grade_style),
        Column(t("column.number"), 13, lambda row: row.number),
        Column(t("column.state_since"), states + _AGE, lambda row: state_since(row, office.now()), narrowest=90, runs=True),
        Column(t("column.state"), states, lambda row: word(row.state), widest=90),
        Column(t("column.category"), 14, lambda row: row.category, narrowest=70),
        Column(t("column.grid"), 18, lambda row: row.grid_name or row.area_name, narrowest=100),
        Column(t("column.address"), 0, lambda row: mask_text(place(row)), weight=3),
        Column(t("column.handler"), 14, lambda row: row.handler or "-", narrowest=110),
        Column(t("column.source"), 10, lambda row: word(row.source), narrowest=150),
        Column(t("column.summary"), 0, lambda row: mask_text(row.summary), narrowest=150, weight=4),
    )


_AGE = 7
"""Cells for the time that a case has been in its state."""
_ABOVE = re.compile(r"[^\d路号]*?(?:[省市县镇乡]|街道|(?<![小园社校厂片])区)\s*")


def place(row: QueueRow) -> str:
    """Return the address from its community on: district and subdistrict are the same on most lines, and the room is short.

    A street or a building before the community's name is the location, and stays.
    """
    address = row.address or row.summary
    above, found, _ = address.partition(row.area_name) if row.area_name else ("", "", "")
    return address[len(above) :] if found and _ABOVE.fullmatch(above) else address


def marks(row: QueueRow) -> str:
    """Return the marks of a case, at most two of :data:`MARKS`: the catalogue has them under ``mark.NAME``."""
    found = (t(f"mark.{name}") for name, holds in MARKS.items() if holds(row))
    return "".join(islice(found, 2))


MARKS: Mapping[str, Callable[[QueueRow], object]] = {
    "order": lambda row: row.reply_by,
    "request": lambda row: row.asked,
    "inspection": lambda row: row.sent,
    "call_back": lambda row: row.call_back is CallBackState.DUE,
    "dissatisfied": lambda row: row.call_back is CallBackState.DISSATISFIED,
    "rework": lambda row: row.rework_total,
    "returned": lambda row: row.return_count,
    "redispatched": lambda row: row.redispatch_count,
    "reopened": lambda row: row.reopen_count,
    "simple": lambda row: row.simple,
    "provisional": lambda row: row.provisional,
}
"""Marks of a case, most urgent first."""


def state_since(row: QueueRow, now: datetime) -> str:
    """Return the state and how long the case has been in it."""
    stay = now - row.state_since
    if stay >= timedelta(days=1):
        return f"{word(row.state)} {t('time.days', count=stay.days)}"
    return f"{word(row.state)} {duration_text(timedelta(minutes=stay // timedelta(minutes=1)))}"


def _grade_style(row: QueueRow) -> str:
    return "late" if row.grade is Grade.URGENT else "soon" if row.grade is Grade.MAJOR else ""
