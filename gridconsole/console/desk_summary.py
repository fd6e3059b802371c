"""Lines of the desk about its rows: the alarms, and what a search finds elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.console.facets import sought
from gridconsole.console.text import line_of
from gridconsole.console.widgets.alarm_line import Alarms
from gridconsole.console.widgets.queue_columns import is_near, step_word
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.due import moment_text
from gridconsole.services.lookup import spelt_as

EXPLAINED = 20
"""Rows in which the names that letters spell are looked for."""

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.console.bell import Bell
    from gridconsole.console.queue_model import QueueModel
    from gridconsole.services.office import Office


def alarms_of(office: Office, model: QueueModel, bell: Bell) -> Alarms:
    """Return how many cases are over for the operator, the worst of them with what can be done, and how many are near."""
    now = office.now()
    mine = [model.rows[key] for key in model.steps if key in model.rows]
    reminded = {reminder.row.id: reminder.row for reminder in bell.alarms}
    late = {row.id: row for row in (*mine, *reminded.values()) if row.is_late(now)}
    worst, can = bell.worst(now, office.calendar)
    row = min(late.values(), key=lambda one: one.sort_key, default=None)
    if row is not None and all(row.sort_key < one.sort_key for one in reminded.values()):
        due = t("console.alarm.due", moment=moment_text(row.pressing_at or now, now, office.calendar))
        worst = t("console.alarm.worst", case=f"{row.number[8:]} {row.category}".rstrip(), what=word(row.state), due=due)
        can = t("console.alarm.can", actions=step_word(row, model.steps.get(row.id)))
    return Alarms(len(late), sum(is_near(office, row) for row in mine), worst, can, len(bell.reminders))


def stale(office: Office, alarms: Alarms, answered_at: datetime) -> Alarms:
    """Return the alarms with the age of the data in place of the worst case: how many are over stays in front.

    Args:
        answered_at: when the database last answered, UTC.
    """
    age = office.now() - answered_at
    moment = answered_at.astimezone(office.calendar.zone)
    said = t("console.alarm.stale", at=f"{moment:%H:%M}", count=int(age.total_seconds()) // 60)
    return replace(alarms, worst=said, can=t("console.alarm.reload"))


def next_elsewhere(office: Office, model: QueueModel) -> str:
    """Return what is due next with others, for an operator who has nothing to do; empty if nothing is."""
    now = office.now()
    waiting = [row for row in model.rows.values() if row.is_open and row.due_at is not None and row.due_at >= now]
    row = min(waiting, key=lambda one: one.sort_key, default=None)
    if row is None:
        return t("console.calm.nothing")
    moment = moment_text(row.due_at or now, now, office.calendar).strip()
    return t("console.calm.next", moment=moment, case=line_of(f"{row.number[8:]} {row.category}"), state=word(row.state))


def found_elsewhere(office: Office, model: QueueModel, shown: int, closed: Sequence[QueueRow], *, is_all: bool) -> str:
    """Return the lines below the rows found: how many there are here, in other panes and among closed cases, and what words mean.

    Args:
        shown: rows that the pane shows.
        closed: closed cases that the words find, newest first.
        is_all: these are all of them; False if the search stopped at its limit.
    """
    now, wanted = office.now(), model.filter
    pane = t(f"pane.{wanted.pane}")
    lines = [t("console.find.here" if shown else "console.find.none", pane=pane, count=shown)]
    if elsewhere := model.elsewhere(now):
        panes = "  ".join(f"{t(f'pane.{key}')} {count}" for key, count in elsewhere.items())
        lines.append(t("console.find.elsewhere", count=sum(elsewhere.values()), panes=panes))
    closed = [row for row in closed if sought(wanted.words).fits(row, now)]
    if closed and not wanted.is_wide:
        day = moment_text(closed[0].closed_at or now, now, office.calendar).strip()
        last = t("console.find.newest", day=day, category=line_of(closed[0].category))
        more = "" if is_all else t("word.or_more")
        lines.append(t("console.find.closed", count=len(closed), last=last, more=more))
    lines += [t("console.find.meant", word=said, what=what) for said, what in _meanings(model)]
    return "\n".join(lines)


def _meanings(model: QueueModel) -> Iterator[tuple[str, str]]:
    """Yield the words of a search that need an explanation, each with what it was taken for."""
    found = sought(model.filter.words)
    for facet in found.facets:
        yield facet.word, t(f"facet.kind.{facet.kind}")
    rows = [model.rows[key] for key in model.order[:EXPLAINED] if key in model.rows]
    for one in found.text.split():
        if one.isdecimal():
            if any(row.number.endswith(one) for row in rows):
                yield one, t("facet.kind.number")
        elif one.isascii() and (spelt := _spelt(one, rows)) is not None:
            yield one, spelt


def _spelt(letters: str, rows: Sequence[QueueRow]) -> str | None:
    """Return the name that letters spell in the first of the rows, with how they spell it."""
    for row in rows:
        spelt = spelt_as(letters, filter(None, (row.area_name, row.grid_name, row.category, row.handler)))
        if spelt is not None:
            name, how = spelt
            return f"{line_of(name)}   {t(f'facet.kind.{how}')}"
    return None
