"""The queue as the desk holds it: rows by key, the pane's filter, an order that stays fixed under the operator's hands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridconsole.domain.states import OPEN_STATES, CallBackState, Source, State
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services.lookup import matches


@dataclass(frozen=True, slots=True)
class Pane:
    """Cases that are shown together."""

    key: str
    states: tuple[State, ...]
    wants: Callable[[QueueRow, datetime], bool] | None = None
    """Condition on a row at an instant; None: all rows of these states."""
    is_seldom: bool = False
    """Hidden while it is empty."""


CALLED_FOR = (CallBackState.DISSATISFIED, CallBackState.DUE)
"""States of a call-back that still need an action, in the order of the pane."""
CLOSED_SHOWN = timedelta(minutes=30)
"""Time for which a finished case stays in its pane."""


def _just_done(row: QueueRow, now: datetime) -> bool:
    return row.closed_at is not None and now - row.closed_at <= CLOSED_SHOWN


PANES: tuple[Pane, ...] = (
    Pane("open", OPEN_STATES),
    Pane("overdue", OPEN_STATES, lambda row, now: row.is_overdue(now)),
    Pane("accept", (State.REPORTED, State.VERIFYING)),
    Pane("file", (State.TO_FILE,)),
    Pane("dispatch", (State.TO_DISPATCH,)),
    Pane("handle", (State.HANDLING,)),
    Pane("check", (State.TO_CHECK,)),
    Pane("close", (State.TO_CLOSE,)),
    Pane("suspended", (State.SUSPENDED,), is_seldom=True),
    Pane("asked", tuple(State), lambda row, _: row.asked, is_seldom=True),
    Pane("ordered", tuple(State), lambda row, _: row.reply_by is not None, is_seldom=True),
    Pane("sent", OPEN_STATES, lambda row, _: row.sent, is_seldom=True),
    Pane("call_back", (State.CLOSED,), lambda row, _: row.call_back in CALLED_FOR, is_seldom=True),
    Pane("done", (State.CLOSED, State.DECLINED, State.VOIDED), _just_done),
)
PANE_BY_KEY = {pane.key: pane for pane in PANES}


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of the queue that is shown."""

    pane: str = "open"
    words: str = ""
    subdistrict: str = ""
    """Code of a subdistrict; empty for all."""
    source: Source | None = None


@dataclass
class QueueModel:
    """Rows by key and the order they are shown in."""

    rows: dict[int, QueueRow] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    filter: Filter = field(default_factory=Filter)
    unread: set[int] = field(default_factory=set)
    """Cases changed since the operator last looked at them."""
    found: frozenset[int] = frozenset()
    """Cases that the index found by the words of the filter: also by notes and pinyin, which a row does not show."""
    pending: set[int] = field(default_factory=set)
    """Cases whose change would move, add or remove a line, while the order is fixed."""

    def load(self, rows: Iterable[QueueRow], now: datetime) -> None:
        """Replace all rows."""
        self.rows = {row.id: row for row in rows}
        self.unread &= self.rows.keys()
        self.sort(now)

    def take_found(self, rows: Iterable[QueueRow], now: datetime) -> None:
        """Take the cases that the index found by the present words, also those beyond the rows held here."""
        found = list(rows)
        self.found = frozenset(row.id for row in found)
        for row in found:
            self.rows.setdefault(row.id, row)
        self.sort(now)

    def merge(
        self, changed: Iterable[QueueRow], now: datetime, *, frozen: bool, unread: Collection[int] | None = None
    ) -> list[QueueRow]:
        """Take newer rows; returns those whose line can be drawn in place. If frozen, the order stays and changes are counted.

        Args:
            unread: keys of rows that others changed; None: all.
        """
        in_place: list[QueueRow] = []
        shown = set(self.order)
        for row in changed:
            old = self.rows.get(row.id)
            self.rows[row.id] = row
            if (old is None or old.version != row.version) and (unread is None or row.id in unread):
                self.unread.add(row.id)
            moved = old is None or old.sort_key != row.sort_key or (row.id in shown) != self._shows(row, now)
            if moved and (row.id in shown or self._shows(row, now)):
                self.pending.add(row.id)
            if row.id in shown:
                in_place.append(row)
        if not frozen and self.pending:
            self.sort(now)
        return in_place

    def sort(self, now: datetime) -> None:
        """Sort the rows of the shown pane.

        Overdue and pressing cases come first, finished cases newest first, and call-backs dissatisfied first, then oldest first.
        """
        shown = [row for row in self.rows.values() if self._shows(row, now)]
        if self.filter.pane == "done":
            shown.sort(key=lambda row: (row.closed_at or row.reported_at, row.number), reverse=True)
        elif self.filter.pane == "call_back":
            shown.sort(key=lambda row: (row.call_back is CallBackState.DUE, row.closed_at or row.reported_at, row.number))
        else:
            shown.sort(key=lambda row: row.sort_key)
        self.order = [row.id for row in shown]
        self.pending.clear()

    def shown(self) -> list[QueueRow]:
        """Return the rows in order."""
        return [self.rows[key] for key in self.order if key in self.rows]

    def _shows(self, row: QueueRow, now: datetime) -> bool:
        wanted = self.filter
        pane = PANE_BY_KEY[wanted.pane]
        if row.state not in pane.states:
            return False
        if pane.wants is not None and not pane.wants(row, now):
            return False
        if wanted.subdistrict and not row.area_code.startswith(wanted.subdistrict):
            return False
        if wanted.source is not None and row.source is not wanted.source:
            return False
        return not wanted.words or row.id in self.found or matches(wanted.words, row.number, row.address, row.category, row.grid_name, row.area_name,
                                           row.handler, row.summary)  # fmt: skip
