"""Columns of a case in the queue: when it is due, what is next, what it is and where. Only the time cell may be red."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import islice

from rich.cells import cell_len

from gridconsole.console.queue_model import MINE, QueueModel
from gridconsole.console.text import cut
from gridconsole.console.widgets.table import Column, Spans
from gridconsole.domain.actions import Action
from gridconsole.domain.codes import Unit
from gridconsole.domain.states import CallBackState, Grade, State
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import has, t, weekday, word
from gridconsole.language.due import Due, day_text, due_text, moment_text
from gridconsole.services.office import Office

NEAR = 75
"""Escalation step, in per cent, from which a deadline counts as near."""
OUTER_NEAR = timedelta(hours=4)
"""Time before another system's deadline from which it counts as near."""
SOON = 0.75
"""Share of the time since the case is in its state from which a deadline counts as near."""
WIDE, MEDIUM = 100, 60
"""Cells of the table from which all columns, or all but a few, have room."""
HANDLER_LEAST = 8
"""Cells that an address must leave for its row to name the handler."""


def queue_columns(office: Office, model: QueueModel) -> tuple[Column[QueueRow], ...]:
    """Return the queue's columns: full on a wide table, less on 80 columns, least beside a drawer."""

    def due(row: QueueRow, _: int) -> Spans:
        return due_spans(office, row)

    def step(row: QueueRow) -> str:
        if row.number in model.sending:
            return t("console.sending", action=model.sending[row.number])
        return step_word(row, model.steps.get(row.id)) if model.filter.pane == MINE else word(row.state)

    def short_step(row: QueueRow) -> str:
        if row.number in model.sending:
            return t("console.sending.short")
        own = model.steps.get(row.id)
        if model.filter.pane == MINE and own is not None and has(short := f"step.short.{own.value}"):
            return t(short)
        return step(row) if model.filter.pane == MINE else t(f"state.short.{row.state.value}")

    def what(row: QueueRow, cells: int) -> Spans:
        count = max(len(model.keys_of(row.id)), row.followers + 1)
        if count == 1:
            return [(cut(row.category, cells), "")]
        number = t("console.burst.count", count=count)
        return [(cut(row.category, cells - cell_len(number) - 1), ""), (f" {number}", "soon")]

    def marked(row: QueueRow, cells: int) -> Spans:
        return _mark_spans(row, cells, is_burst=row.id in model.folded)

    moment, rest = due_widths()
    is_chinese = cell_len(t("grade.urgent")) == 2
    grade, marks_wide, marks_small = (2, 4, 2) if is_chinese else (3, 4, 3)
    steps = 6 if is_chinese else 9
    category, place_wide, category_small = (17, 10, 12) if is_chinese else (19, 12, 17)
    title = t("column.due_short")
    return (
        Column(title, moment + 1 + rest, spans=due, runs=True),
        Column(t("column.mark"), marks_wide, spans=marked, narrowest=WIDE),
        Column(t("column.mark_short"), marks_small, spans=marked, narrowest=MEDIUM, widest=WIDE),
        Column(t("column.grade_short"), grade, spans=lambda row, _: _grade(row)),
        Column(t("column.number_short"), 10, spans=lambda row, _: _number(office, row), narrowest=WIDE),
        Column(t("column.number_tiny"), 5, lambda row: row.number[8:], narrowest=MEDIUM, widest=WIDE),
        Column(t("column.step"), steps, step, narrowest=WIDE),
        *([Column(t("column.step_short"), 4, short_step, narrowest=MEDIUM, widest=WIDE)] if is_chinese else []),
        Column(t("column.category"), category, spans=what, narrowest=WIDE),
        Column(t("column.category"), category_small, spans=what, widest=WIDE),
        Column(t("column.place_short"), place_wide, lambda row: grid_short(row), lambda _: "mut", narrowest=WIDE),
        Column(t("column.address"), 0, spans=_address, end=t("column.by"), narrowest=WIDE),
        Column(t("column.place_address"), 0, lambda row: f"{grid_short(row)} {masked_street(row)}".strip(), widest=WIDE),
    )


def due_widths() -> tuple[int, int]:
    """Return the cells of the moment and of what is left."""
    return cell_len(t("due.weekday", day=weekday(date(2026, 11, 30)), time="00:00")), cell_len(t("due.late.m", count=99))


def due_spans(office: Office, row: QueueRow) -> Spans:
    """Return the time cell: the moment, then what is left in its own clock; red only when late, dim while the clock stands still."""
    now, calendar = office.now(), office.calendar
    width, _ = due_widths()
    if row.closed_at is not None:
        return [(moment_text(row.closed_at, now, calendar), "dim")]
    if row.state is State.SUSPENDED and row.suspended_until:
        return [(t("due.suspended", day=day_text(date.fromisoformat(row.suspended_until), office.today())), "dim")]
    due = pressing_due(office, row)
    if due is None:
        return [(t("time.none"), "dim")]
    moment = due.moment + " " * (width - cell_len(due.moment) + 1)
    if due.is_late:
        return [(moment, "late"), (t("due.late"), "late-plate"), (due.rest[len(t("due.late")) :], "late")]
    if not due.is_running:
        return [(moment + due.rest, "dim")]
    return [(moment + due.rest, "soon" if is_near(office, row) else "")]


def pressing_due(office: Office, row: QueueRow) -> Due | None:
    """Return the deadline that ends first in words: that of its own clock, or that of another system; None if it has neither."""
    if row.is_outer_first:
        return outer_due(office, row)
    return due_text(office.now(), row.due_at, row.due_unit, office.calendar) if row.due_at and row.due_unit else None


def outer_due(office: Office, row: QueueRow) -> Due | None:
    """Return the deadline of another system in words, which runs day and night; None if it has none."""
    return due_text(office.now(), row.outer_due_at, Unit.URGENT_HOUR, office.calendar) if row.outer_due_at else None


def is_near(office: Office, row: QueueRow) -> bool:
    """Return whether a deadline is near, but not past: three quarters of the time are used up, or it is another system's today."""
    if row.is_outer_first and row.outer_due_at is not None:
        return office.now() <= row.outer_due_at <= office.now() + OUTER_NEAR
    if row.due_at is None or row.is_overdue(office.now()):
        return False
    # Measured from the beginning of the state: near enough for a colour, and needs no clock of its own.
    return row.percent >= NEAR or office.now() - row.state_since > SOON * (row.due_at - row.state_since)


def step_word(row: QueueRow, step: Action | None) -> str:
    """Return what is next for the operator, as F2 names it; the state if nothing is theirs."""
    if step is None:
        return word(row.state)
    if step is Action.DISPATCH and row.return_count:
        return t("step.dispatch_again")
    key = f"step.{step.value}"
    return t(key) if has(key) else word(step)


# --- what and where -----------------------------------------------------------------------------------------------

_GRID = re.compile(r"第?\s*([0-9０-９一二三四五六七八九十百]+)\s*(?:号)?网格(?:（.*）|\(.*\))?$")
_COMMUNITY = re.compile(r"(?:社区|居委会|村委会|村)$")
_ABOVE = re.compile(r"[^\d路号]*?(?:[省市县镇乡]|街道|(?<![小园社校厂片])区)\s*")


def grid_short(row: QueueRow) -> str:
    """Return community and number of the grid: ``团结3``; the community alone if the grid is unknown."""
    community = _COMMUNITY.sub("", row.area_name) or row.area_name
    rest = row.grid_name.removeprefix(row.area_name)
    number = _GRID.search(rest)
    if number is not None and number.start() == 0:
        return community + number[1]
    return row.grid_name or community


def street(row: QueueRow) -> str:
    """Return the address from the street on: district, subdistrict and community stand before it on every line.

    A street or a building before the community's name is the location, and stays.
    """
    above, found, after = row.address.partition(row.area_name) if row.area_name else ("", "", "")
    if not found or not (not above or _ABOVE.fullmatch(above)):
        return row.address
    return after.removeprefix(row.grid_name.removeprefix(row.area_name)).strip() if after.strip() else ""


def masked_street(row: QueueRow) -> str:
    """Return :func:`street` for a list: without the numbers of people."""
    return mask_text(street(row))


def _address(row: QueueRow, cells: int) -> Spans:
    address = cut(masked_street(row), cells)
    free = cells - cell_len(address) - 2
    if not row.handler or free < HANDLER_LEAST:
        return [(address, "")]
    handler = cut(row.handler, free)
    return [(address + " " * (cells - cell_len(address) - cell_len(handler)), ""), (handler, "mut")]


def _number(office: Office, row: QueueRow) -> Spans:
    day, serial = row.number[:8], row.number[8:]
    year = f"{office.today():%Y}"
    return [(f"{day[4:] if day.startswith(year) else day[2:]} ", "dim"), (serial, "")]


def _grade(row: QueueRow) -> Spans:
    """Return the grade, if it is a special one."""
    tokens = {Grade.URGENT: "urgent-plate", Grade.MAJOR: "major"}
    return [(t(f"grade.{row.grade.value}"), tokens[row.grade])] if row.grade in tokens else []


# --- marks --------------------------------------------------------------------------------------------------------


def marks(row: QueueRow) -> str:
    """Return the marks of a case, at most two of :data:`MARKS`: the catalogue has them under ``mark.NAME``."""
    return "".join(text for text, _ in _marked(row))


def _mark_spans(row: QueueRow, cells: int, *, is_burst: bool = False) -> Spans:
    """Return as many marks as fit; ``+`` stands for one that does not."""
    found, most = [*([(t("mark.alike"), "mut")] if is_burst else []), *_marked(row)], max(cells // cell_len(t("mark.order")), 1)
    more = [("+", "mut")] if len(found) > most and cells > most * cell_len(t("mark.order")) else []
    return [*found[:most], *more]


def _marked(row: QueueRow) -> list[tuple[str, str]]:
    found = ((t(f"mark.{name}"), "soon" if name in PRESSING else "mut") for name, holds in MARKS.items() if holds(row))
    return list(islice(found, 2))


PRESSING = frozenset({"order", "returned"})
"""Marks in the colour of what is near."""
MARKS: Mapping[str, Callable[[QueueRow], object]] = {
    "order": lambda row: row.reply_by,
    "request": lambda row: row.asked,
    "inspection": lambda row: row.sent,
    "call_back": lambda row: row.call_back is CallBackState.DUE,
    "dissatisfied": lambda row: row.call_back is CallBackState.DISSATISFIED,
    "leads": lambda row: row.followers,
    "outer": lambda row: row.outer_due_at,
    "rework": lambda row: row.rework_total,
    "returned": lambda row: row.return_count,
    "redispatched": lambda row: row.redispatch_count,
    "reopened": lambda row: row.reopen_count,
    "simple": lambda row: row.simple,
    "provisional": lambda row: row.provisional,
}
"""Marks of a case, most urgent first."""
