"""Days on which a grid is without anybody: from rows of the roster's book, as they are or as an act would make them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from gridconsole.domain.roster import BookTable, Half, Line, last_day, span_of

Row = Mapping[str, Any]
Days = tuple[int, int]
"""Days from the first one asked about: from, until, the end excluded."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Days in a row on which a grid is without anybody in service."""

    grid_id: int
    first: date
    last: date
    """Last day of it; both ends are included."""


@dataclass
class Rows:
    """Present rows of the book by table and number."""

    by_table: dict[BookTable, dict[int, Row]] = field(default_factory=lambda: {table: {} for table in BookTable})

    def with_lines(self, lines: Iterable[Line]) -> Rows:
        """Return the rows as lines of an act would leave them."""
        after = Rows({table: dict(rows) for table, rows in self.by_table.items()})
        for line in lines:
            after.by_table[line.table].pop(line.number, None)
            if line.row is not None:
                after.by_table[line.table][line.number] = line.row
        return after


def gaps(rows: Rows, grids: Sequence[int], first: date, last: date) -> tuple[Gap, ...]:
    """Return the days between two days, both included, on which grids are without anybody in service, in the given order.

    Somebody on leave is there if a deputy is, and away only on days whose both halves are leave.
    """
    length = (last - first).days + 1
    employed: defaultdict[int, list[Days]] = defaultdict(list)
    for row in rows.by_table[BookTable.EMPLOYMENT].values():
        employed[row["person_id"]].append(_within(row, first, length))
    away: defaultdict[int, list[tuple[Days, int | None]]] = defaultdict(list)
    for row in rows.by_table[BookTable.LEAVE].values():
        days = _whole_days(Half.read(row["first_half"]), Half.read(row["last_half"]), first, length)
        away[row["person_id"]].append((days, row["deputy_id"]))
    present = _Present(employed, away)
    wanted, covered = frozenset(grids), defaultdict[int, list[Days]](list)
    for row in rows.by_table[BookTable.POST].values():
        if row["grid_id"] in wanted:
            held = _within(row, first, length)
            covered[row["grid_id"]].extend(_common(span, held) for span in present.of(row["person_id"]))
    return tuple(
        Gap(grid_id, first + timedelta(days=start), last_day(first + timedelta(days=end)))
        for grid_id in grids
        for start, end in _without((0, length), covered.get(grid_id, ()))
    )


def clipped(gap: Gap, first: date, end: date) -> Gap | None:
    """Return the part of a gap on days ``[first, end)`` in which its grid is there; None if there is none."""
    starts, last = max(gap.first, first), gap.last if end > gap.last else last_day(end)
    return Gap(gap.grid_id, starts, last) if starts <= last else None


def more_gaps(before: Rows, after: Rows, grids: Sequence[int], first: date, last: date) -> tuple[int, ...]:
    """Return the grids that would be without anybody on more days than they are."""

    def lengths(rows: Rows) -> dict[int, set[date]]:
        days: dict[int, set[date]] = {}
        for gap in gaps(rows, grids, first, last):
            span = range((gap.last - gap.first).days + 1)
            days.setdefault(gap.grid_id, set()).update(gap.first + timedelta(days=day) for day in span)
        return days

    was, would_be = lengths(before), lengths(after)
    return tuple(grid for grid in grids if would_be.get(grid, set()) - was.get(grid, set()))


@dataclass(frozen=True, slots=True)
class Owned:
    """Days in a row on which somebody else is, or nobody is, responsible for a grid than before an act."""

    grid_id: int
    first: date
    last: date
    """Last day of it; both ends are included."""


def other_owners(before: Rows, after: Rows, grids: Sequence[int], first: date, last: date) -> tuple[Owned, ...]:
    """Return the days between two days, both included, on which an act changes who is responsible for grids."""
    found: list[Owned] = []
    was, is_now = _Owners(before), _Owners(after)
    for grid in grids:
        turns = sorted({first, *(day for day in (was.turns(grid) | is_now.turns(grid)) if first < day <= last)})
        changed: date | None = None
        for day in turns:
            if was.of(grid, day) != is_now.of(grid, day):
                changed = changed or day
            elif changed is not None:
                found.append(Owned(grid, changed, last_day(day)))
                changed = None
        if changed is not None:
            found.append(Owned(grid, changed, last))
    return tuple(found)


def first_changed(was: Row | None, row: Row | None) -> date | None:
    """Return the first day on which a new version of a row changes anything; None if it changes nothing.

    Args:
        was: the present version; None if there is none.
        row: the new version; None if it is withdrawn.
    """
    if was == row:
        return None
    spans = [_days_of(one) for one in (was, row) if one is not None]
    is_only_longer = len(spans) > 1 and _without_end(was) == _without_end(row)
    # Where only the end differs, everything before the earlier end stays.
    days = [end for _, end in spans if end is not None] if is_only_longer else [start or date.min for start, _ in spans]
    return min(days, default=None)


def _days_of(row: Row) -> tuple[date | None, date | None]:
    if "first_half" not in row:
        return span_of(row)
    return Half.read(row["first_half"]).day, Half.read(row["last_half"]).day


def _without_end(row: Row | None) -> dict[str, Any]:
    return {name: value for name, value in (row or {}).items() if name not in ("ends_on", "last_half", "why_ended")}


class _Owners:
    """Answers who is responsible for a grid on a day, as the store does: A, A's deputy, B, B's deputy, if in service and not away."""

    def __init__(self, rows: Rows) -> None:
        self._posts: defaultdict[int, list[Row]] = defaultdict(list)
        for row in rows.by_table[BookTable.POST].values():
            self._posts[row["grid_id"]].append(row)
        for posts in self._posts.values():
            posts.sort(key=lambda row: (row["rank"], row["starts_on"], row["person_id"]))
        self._employed = _by_person(rows, BookTable.EMPLOYMENT)
        self._away = _by_person(rows, BookTable.LEAVE)

    def of(self, grid: int, day: date) -> int | None:
        """Return the key of the person; None if there is nobody."""
        for post in self._posts.get(grid, ()):
            person = post["person_id"]
            if not _holds(post, day) or not self._serves(person, day):
                continue
            leave = self._leave(person, day)
            if leave is None:
                return int(person)
            deputy = leave["deputy_id"]
            if deputy is not None and self._serves(deputy, day) and self._leave(deputy, day) is None:
                return int(deputy)
        return None

    def turns(self, grid: int) -> set[date]:
        """Return the days on which somebody else may become responsible for a grid; between two of them nobody does."""
        found: set[date] = set()
        people: set[int] = set()
        for post in self._posts.get(grid, ()):
            found.update(_borders(post))
            people.add(post["person_id"])
        away = [row for person in people for row in self._away.get(person, ())]
        deputies = {row["deputy_id"] for row in away if row["deputy_id"] is not None}
        away += [row for person in deputies - people for row in self._away.get(person, ())]
        for row in (*away, *(row for person in people | deputies for row in self._employed.get(person, ()))):
            found.update(_borders(row))
        return found

    def _serves(self, person: int, day: date) -> bool:
        return any(_holds(row, day) for row in self._employed.get(person, ()))

    def _leave(self, person: int, day: date) -> Row | None:
        first, last = str(Half(day, is_afternoon=False)), str(Half(day, is_afternoon=True))
        return next((row for row in self._away.get(person, ()) if row["first_half"] <= first and row["last_half"] >= last), None)


def _by_person(rows: Rows, table: BookTable) -> Mapping[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows.by_table[table].values():
        found[row["person_id"]].append(row)
    return found


def _borders(row: Row) -> Iterator[date]:
    """Yield the days on which a row begins or ends to hold; a leave may do so on the days after its half days too."""
    for day in _days_of(row):
        if day is not None:
            yield day
            if "first_half" in row:
                yield day + timedelta(days=1)


def _holds(row: Row, day: date) -> bool:
    start, end = span_of(row)
    return (start is None or start <= day) and (end is None or day < end)


class _Present:
    """Days on which people, or their deputies, are there."""

    def __init__(self, employed: Mapping[int, list[Days]], away: Mapping[int, list[tuple[Days, int | None]]]) -> None:
        self._employed, self._away = employed, away
        self._kept: dict[int, list[Days]] = {}

    def of(self, person: int) -> list[Days]:
        """Return the days on which a person is in service, and not away unless a deputy stands in."""
        if person not in self._kept:
            self._kept[person] = self._found(person)
        return self._kept[person]

    def _found(self, person: int) -> list[Days]:
        found = self._there(person)
        for days, deputy in self._away.get(person, ()):
            if deputy is not None:
                service = [_common(span, days) for span in self._employed.get(person, ())]
                found += [_common(one, other) for one in service for other in self._there(deputy)]
        return found

    def _there(self, person: int) -> list[Days]:
        absent = [days for days, _ in self._away.get(person, ())]
        return [rest for span in self._employed.get(person, ()) for rest in _without(span, absent)]


def _within(row: Row, first: date, length: int) -> Days:
    start, end = span_of(row)
    since = 0 if start is None else max(0, (start - first).days)
    until = length if end is None else min(length, (end - first).days)
    return (since, max(since, until))


def _whole_days(start: Half, end: Half, first: date, length: int) -> Days:
    since = (start.day - first).days + start.is_afternoon
    until = (end.day - first).days + end.is_afternoon
    return (max(0, since), max(0, min(length, until)))


def _common(one: Days, other: Days) -> Days:
    return (max(one[0], other[0]), min(one[1], other[1]))


def _without(span: Days, taken: Iterable[Days]) -> list[Days]:
    """Return the parts of a span that none of some others covers."""
    left: list[Days] = []
    at = span[0]
    for start, end in sorted(one for one in taken if one[0] < one[1]):
        if start > at:
            left.append((at, min(start, span[1])))
        at = max(at, end)
        if at >= span[1]:
            break
    if at < span[1]:
        left.append((at, span[1]))
    return [one for one in left if one[0] < one[1]]
