"""The queue as the desk holds it: rows by key, the pane's filter, an order that stays fixed under the operator's hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gridconsole.console.bursts import bursts
from gridconsole.console.facets import Sought, sought
from gridconsole.domain.actions import Action
from gridconsole.domain.search_words import folded, public
from gridconsole.domain.states import OPEN_STATES, CallBackState, State
from gridconsole.domain.views.queue import SEVERITY, QueueRow


@dataclass(frozen=True, slots=True)
class Pane:
    """Cases that are shown together."""

    key: str
    states: tuple[State, ...]
    sign: str
    """Key that opens the pane after F7."""
    wants: Callable[[QueueRow, datetime], bool] | None = None
    """Condition on a row at an instant; None: all rows of these states."""
    is_seldom: bool = False
    """Not on the strip of a terminal of less than 150 columns."""


MINE = "mine"
"""Pane of the cases that wait for the operator."""
CALLED_FOR = (CallBackState.DISSATISFIED, CallBackState.DUE)
"""States of a call-back that still need an action, in the order of the pane."""
SAME_MOMENT = timedelta(seconds=1)
"""Time for which what was found by the clock is still true."""
CLOSED_SHOWN = timedelta(minutes=30)
"""Time for which a finished case stays in its pane."""


def _just_done(row: QueueRow, now: datetime) -> bool:
    return row.closed_at is not None and now - row.closed_at <= CLOSED_SHOWN


PANES: tuple[Pane, ...] = (
    Pane(MINE, tuple(State), "1"),
    Pane("accept", (State.REPORTED, State.VERIFYING), "2"),
    Pane("file", (State.TO_FILE,), "3"),
    Pane("dispatch", (State.TO_DISPATCH,), "4"),
    Pane("handle", (State.HANDLING,), "5"),
    Pane("check", (State.TO_CHECK,), "6"),
    Pane("close", (State.TO_CLOSE,), "7"),
    Pane("asked", tuple(State), "8", lambda row, _: row.asked),
    Pane("call_back", (State.CLOSED,), "9", lambda row, _: row.call_back in CALLED_FOR),
    Pane("overdue", OPEN_STATES, "c", lambda row, now: row.is_late(now)),
    Pane("sent", OPEN_STATES, "w", lambda row, _: row.sent),
    Pane("open", OPEN_STATES, "0"),
    Pane("suspended", (State.SUSPENDED,), "g", is_seldom=True),
    Pane("ordered", tuple(State), "d", lambda row, _: row.reply_by is not None, is_seldom=True),
    Pane("done", (State.CLOSED, State.DECLINED, State.VOIDED), "j", _just_done, is_seldom=True),
)
"""All panes, in their places: a pane never moves and never vanishes."""
PANE_BY_KEY = {pane.key: pane for pane in PANES}
PANE_OF_STATE = {
    state: pane.key
    for pane in sorted((one for one in PANES if one.wants is None and one.key != MINE), key=lambda one: -len(one.states))
    for state in pane.states
}
"""The narrowest pane of each state."""
PANE_BY_SIGN = {pane.sign: pane for pane in PANES}
ORDERS: Mapping[str, Callable[[QueueRow], Any]] = {
    "due": lambda row: row.sort_key,
    "number": lambda row: (-row.id,),
    "grade": lambda row: (SEVERITY[row.grade], row.sort_key),
    "category": lambda row: (row.category, row.sort_key),
    "place": lambda row: (row.area_code, row.grid_code, row.sort_key),
    "handler": lambda row: (row.handler == "", row.handler, row.sort_key),
}
"""Orders of the queue by name; the first is the usual one."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions of the queue that is shown."""

    pane: str = MINE
    words: str = ""
    is_wide: bool = False
    """The words are looked for in every pane, and in closed cases too."""
    handler: str = ""
    """Name of the handler whose cases alone are shown; empty for all."""
    places: frozenset[str] = frozenset()
    """Codes of the grids and communities whose cases alone are shown; empty for all."""
    target: str = ""
    """Words in the search field that stand for the handler or the places."""
    order: str = "due"
    """Name of an order of :data:`ORDERS`."""


@dataclass
class QueueModel:
    """Rows by key and the order they are shown in."""

    rows: dict[int, QueueRow] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    filter: Filter = field(default_factory=Filter)
    unread: set[int] = field(default_factory=set)
    """Cases changed since the operator last looked at them."""
    steps: dict[int, Action] = field(default_factory=dict)
    """The step that a case waits for from the operator, by key; other cases are left out."""
    sending: Mapping[str, Action] = field(default_factory=dict)
    """Acts of this terminal that wait for the database, by number of the case."""
    marked: set[int] = field(default_factory=set)
    """Cases that the operator marked, to act on them together."""
    found: frozenset[int] = frozenset()
    """Cases that the index found by the words of the filter: also by notes and pinyin, which a row does not show."""
    _texts: dict[int, tuple[QueueRow, str]] = field(default_factory=dict, repr=False)
    """Folded text of a row that words are looked for in, as long as the row is the same."""
    _state: int = 0
    """Grows with every change of the rows."""
    _texts_of: int = -1
    """State of the rows whose texts are all folded."""
    _open: tuple[int, int] = (-1, 0)
    """State of the rows, and how many of them are open."""
    _fitting: tuple[Any, datetime, list[QueueRow]] | None = field(default=None, repr=False)
    """Rows that fit the filter, with what they were looked for by and when: one keystroke asks for them twice."""
    _asked: tuple[str, Sought, tuple[str, ...]] = ("", Sought(), ())
    """Words of the filter with what they mean, and the folded words to be found in texts."""
    folded: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Cases of each burst that is shown as one line, by key of the case that stands for it."""
    unfolded: set[int] = field(default_factory=set)
    """Cases whose bursts the operator opened."""
    folds: bool = True
    """Bursts are shown as one line each."""
    held: int | None = None
    """Case under the cursor: its burst is folded only if the case stands for it."""
    pending: set[int] = field(default_factory=set)
    """Cases whose change would move, add or remove a line, while the order is fixed."""

    def load(self, rows: Iterable[QueueRow], now: datetime, steps: Mapping[int, Action] | None = None) -> None:
        """Replace all rows, and the steps they wait for."""
        self.rows = {row.id: row for row in rows}
        self._texts = {key: known for key, known in self._texts.items() if self.rows.get(key) is known[0]}
        self.steps = dict(steps or {})
        self.unread &= self.rows.keys()
        self.marked &= self.rows.keys()
        self._state += 1
        self.sort(now)

    def take_found(self, rows: Iterable[QueueRow], now: datetime) -> None:
        """Take the cases that the index found by the present words, also those beyond the rows held here."""
        found = list(rows)
        self.found = frozenset(row.id for row in found)
        for row in found:
            self.rows.setdefault(row.id, row)
        self._state += 1
        self.sort(now)

    def merge(
        self, changed: Iterable[QueueRow], now: datetime, *, frozen: bool, unread: Collection[int] | None = None,
        steps: Mapping[int, Action] | None = None,
    ) -> list[QueueRow]:  # fmt: skip
        """Take newer rows; returns those whose line can be drawn in place. If frozen, the order stays and changes are counted.

        Args:
            unread: keys of rows that others changed; None: all.
            steps: the steps that changed rows wait for from the operator; a changed row without one waits for somebody else.
        """
        in_place: list[QueueRow] = []
        self._state += 1
        shown = {*self.order, *(key for keys in self.folded.values() for key in keys)}
        for row in changed:
            old = self.rows.get(row.id)
            self.rows[row.id] = row
            self.steps.pop(row.id, None)
            if steps and row.id in steps:
                self.steps[row.id] = steps[row.id]
            if (old is None or old.version != row.version) and (unread is None or row.id in unread):
                self.unread.add(row.id)
            moved = old is None or old.sort_key != row.sort_key or (row.id in shown) != self.shows(row, now)
            if moved and (row.id in shown or self.shows(row, now)):
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
        pane, found = PANE_BY_KEY[self.filter.pane], self._found(now)
        shown = found[:] if self.filter.is_wide else [row for row in found if self._is_in(row, pane, now)]
        if self.filter.pane == "done":
            shown.sort(key=lambda row: (row.closed_at or row.reported_at, row.number), reverse=True)
        elif self.filter.pane == "call_back":
            shown.sort(key=lambda row: (row.call_back is CallBackState.DUE, row.closed_at or row.reported_at, row.number))
        else:
            shown.sort(key=ORDERS[self.filter.order])
            if self.filter.is_wide and self.filter.order == "due":
                # Of closed cases that a search finds the last one is looked for most.
                over = [row for row in shown if row.pressing_at is None and row.closed_at is not None]
                shown = [row for row in shown if row.pressing_at is not None or row.closed_at is None] + over[::-1]
        self.order = self._with_bursts_folded(shown)
        self.pending.clear()

    def _with_bursts_folded(self, shown: list[QueueRow]) -> list[int]:
        """Return the keys of the lines: one for each burst, unless it is looked for or was opened."""
        is_asked = not self.folds or self.filter.words or self.filter.target or self.filter.pane == "done"
        found = {} if is_asked else bursts(shown)
        self.folded = {head: keys for head, keys in found.items() if self._is_folded(head, keys)}
        hidden = {key for head, keys in self.folded.items() for key in keys if key != head}
        return [row.id for row in shown if row.id not in hidden]

    def _is_folded(self, head: int, keys: tuple[int, ...]) -> bool:
        return self.unfolded.isdisjoint(keys) and (self.held == head or self.held not in keys)

    @property
    def open_count(self) -> int:
        """Return how many of the rows held here are open cases."""
        if self._open[0] != self._state:
            self._open = self._state, sum(row.is_open for row in self.rows.values())
        return self._open[1]

    @property
    def total(self) -> int:
        """Return how many cases the lines stand for."""
        return len(self.order) + sum(len(keys) - 1 for keys in self.folded.values())

    def keys_of(self, key: int) -> tuple[int, ...]:
        """Return the cases that a line stands for."""
        return self.folded.get(key, (key,))

    def shown(self) -> list[QueueRow]:
        """Return the rows in order."""
        return [self.rows[key] for key in self.order if key in self.rows]

    def count(self, pane: str, now: datetime) -> tuple[int, int]:
        """Return how many of the rows held here belong to a pane, and how many of them are overdue."""
        rows = [row for row in self.rows.values() if self._is_in(row, PANE_BY_KEY[pane], now)]
        return len(rows), sum(row.is_late(now) for row in rows)

    def elsewhere(self, now: datetime) -> dict[str, int]:
        """Return how many open cases fit the words but not the shown pane, by pane of their state."""
        shown, found = {key for head in self.order for key in self.keys_of(head)}, Counter[str]()
        for row in self._found(now):
            if row.id not in shown and row.is_open:
                found[PANE_OF_STATE[row.state]] += 1
        return dict(found)

    def shows(self, row: QueueRow, now: datetime) -> bool:
        """Return whether a row fits the filter."""
        if self.filter.is_wide:
            return self._is_found(row, now)
        return self._is_in(row, PANE_BY_KEY[self.filter.pane], now) and self._is_found(row, now)

    def _is_in(self, row: QueueRow, pane: Pane, now: datetime) -> bool:
        if pane.key == MINE:
            return row.id in self.steps
        if row.parties.is_resting and pane.key != "ordered":
            # Its leading case is worked on; only an order about itself waits for an answer.
            return False
        return row.state in pane.states and (pane.wants is None or pane.wants(row, now))

    def warm(self) -> None:
        """Fold the texts of all rows, which a first letter would wait for; may be called from a worker thread."""
        for row in list(self.rows.values()):
            self._text_of(row)

    def _meaning(self) -> tuple[Sought, tuple[str, ...]]:
        """Return what the words of the filter mean: properties, and folded words."""
        words = self.filter.words
        if self._asked[0] != words:
            meant = sought(words)
            self._asked = words, meant, tuple(folded(meant.text).split())
        return self._asked[1:]

    def _found(self, now: datetime) -> list[QueueRow]:
        """Return the rows that fit the filter, of every pane."""
        wanted = self.filter
        if not (wanted.handler or wanted.places or wanted.words):
            return list(self.rows.values())
        asked = (wanted.words, wanted.handler, wanted.places, self.found, self._state)
        if self._fitting is None or self._fitting[0] != asked or abs(now - self._fitting[1]) > SAME_MOMENT:
            self._fitting = asked, now, self._look_for(now)
        return self._fitting[2]

    def _look_for(self, now: datetime) -> list[QueueRow]:
        meant, words = self._meaning()
        if self.filter.handler or self.filter.places or not words:
            return [row for row in self.rows.values() if self._is_found(row, now)]
        if self._texts_of != self._state:
            self._texts = {key: (row, self._text_of(row)) for key, row in self.rows.items()}
            self._texts_of = self._state
        # Twenty thousand texts, while a letter is typed: one word after another, each in the texts that have the ones before.
        kept = list(self._texts.values())
        for word in words:
            kept = [one for one in kept if word in one[1]]
        fitting = [row for row, _ in kept]
        if self.found:
            by_text = {row.id for row in fitting}
            fitting += [row for key, row in self.rows.items() if key in self.found and key not in by_text]
        return [row for row in fitting if meant.fits(row, now)] if meant.facets else fitting

    def _is_found(self, row: QueueRow, now: datetime) -> bool:
        if self.filter.handler:
            return row.handler == self.filter.handler
        if self.filter.places:
            return row.grid_code in self.filter.places or row.area_code in self.filter.places
        if not self.filter.words:
            return True
        meant, words = self._meaning()
        if meant.facets and not meant.fits(row, now):
            return False
        if not words or row.id in self.found:
            return True
        text = self._text_of(row)
        return all(word in text for word in words)

    def _text_of(self, row: QueueRow) -> str:
        """Return, folded, what a line may be found by without the index.

        Nobody finds a person by the digits of a number in it.
        """
        known = self._texts.get(row.id)
        if known is None or known[0] is not row:
            said = (public(row.address, ""), row.category, row.grid_name, row.area_name, row.handler, public(row.summary, ""))
            known = self._texts[row.id] = row, folded("\n".join((row.number, *said)))
        return known[1]
