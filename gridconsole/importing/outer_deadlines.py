"""Deadlines that another system sets, as its lists write them: a moment, a day, or a limit from the dispatch on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gridconsole.domain import spoken
from gridconsole.domain.case import start_clock
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.codes import Unit
from gridconsole.domain.spoken import ValueProblem, at_office
from gridconsole.domain.states import Stage

_NATURAL = {Unit.WORK_HOUR: Unit.URGENT_HOUR, Unit.WORK_DAY: Unit.NATURAL_DAY}
"""Clocks of the words 小时 and 天 in other systems' lists: they mean natural time unless they say 工作."""


class LimitUnclear(Exception):
    """A limit is no length of time, or there is no time from which it counts."""


def deadline(row: Mapping[str, Any], calendar: WorkCalendar) -> datetime | None:
    """Return a row's deadline, local; None if it gives none.

    Args:
        row: ``outer_due_at``, ``outer_limit``, ``dispatched_at`` and ``reported_at`` by field, times local.

    Raises:
        LimitUnclear: the row gives only a limit, and it cannot be read.
    """
    given: datetime | None = row.get("outer_due_at")
    words = str(row.get("outer_limit") or "")
    if given is None and words:
        with suppress(ValueProblem):
            given = spoken.moment(words)
    if given is not None:
        # A day without a time ends at its midnight.
        return given if given.hour or given.minute else given + timedelta(days=1)
    return _after(words, row, calendar) if words else None


def _after(words: str, row: Mapping[str, Any], calendar: WorkCalendar) -> datetime:
    start: datetime | None = row.get("dispatched_at") or row.get("reported_at")
    try:
        limit = spoken.one_limit(words)
    except ValueProblem as problem:
        raise LimitUnclear from problem
    if start is None:
        raise LimitUnclear
    if "工作" not in words and "work" not in words.lower():
        limit = replace(limit, unit=_NATURAL.get(limit.unit, limit.unit))
        if limit.unit is Unit.URGENT_HOUR and limit.amount % Decimal(24) == 0:
            # Whole days by the clock: 24小时 is the same time on the next day.
            return start + timedelta(hours=int(limit.amount))
    begun = start_clock(Stage.HANDLE, limit, at_office(start, calendar.zone), calendar)
    return begun.due_at.astimezone(calendar.zone).replace(tzinfo=None)
