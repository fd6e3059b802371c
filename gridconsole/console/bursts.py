"""Bursts: cases of one grid and one category that came within half an hour, which the queue shows as one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from gridconsole.domain.states import State
from gridconsole.domain.views.queue import QueueRow

WITHIN = timedelta(minutes=30)
LEAST = 5
"""Fewest cases that make a burst; a few of a kind are shown one by one."""
EARLY = frozenset({State.REPORTED, State.VERIFYING, State.TO_FILE, State.TO_DISPATCH})
"""States in which a burst is shown as one line: what has a handler is worked on one by one."""


def bursts(rows: Iterable[QueueRow]) -> dict[int, tuple[int, ...]]:
    """Return the cases of each burst, by key of the one that comes first in the given order; each burst is in one state.

    Args:
        rows: cases in the order of the queue.
    """
    alike: dict[tuple[State, str, str], list[QueueRow]] = {}
    place: dict[int, int] = {}
    for position, row in enumerate(rows):
        if row.state in EARLY and row.grid_code and row.category_code:
            alike.setdefault((row.state, row.grid_code, row.category_code), []).append(row)
            place[row.id] = position
    found = {}
    for group in alike.values():
        for burst in _close_together(group):
            keys = sorted((row.id for row in burst), key=place.__getitem__)
            found[keys[0]] = tuple(keys)
    return found


def _close_together(group: Sequence[QueueRow]) -> Iterable[Sequence[QueueRow]]:
    """Yield the parts of a group that came within half an hour of their first report."""
    if len(group) < LEAST:
        return
    part: list[QueueRow] = []
    for row in sorted(group, key=lambda one: one.reported_at):
        if part and row.reported_at - part[0].reported_at > WITHIN:
            if len(part) >= LEAST:
                yield part
            part = []
        part.append(row)
    if len(part) >= LEAST:
        yield part
