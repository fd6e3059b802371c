"""Days of the past on which a list changes who was responsible: the entries of its acts say them, as those of acts by hand do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.domain.coverage import Owned, first_changed
from gridconsole.domain.roster import OF_PEOPLE, BookTable, Line
from gridconsole.services import hindsight
from gridconsole.store import responsible
from gridconsole.store.roster import BookEntry

if TYPE_CHECKING:
    from gridconsole.store.engine import Transaction

Change = tuple[BookTable, int, Mapping[str, Any] | None, Mapping[str, Any]]
"""Table, number, content before and after; empty after a withdrawal."""


def with_past_owners(
    connection: Transaction, today: date, changes: Sequence[Change], entries: Sequence[BookEntry]
) -> list[BookEntry]:
    """Return the entries of a list, each with the runs of past days that it changes.

    Grids that nobody had before are left out: a first list would name every one of them with years.
    """
    back = _dated_back(changes, today)
    if not back:
        return list(entries)
    lines = [line for entry in entries for line in entry.lines if line.table in OF_PEOPLE]
    people = {row["person_id"] for _, row in back}
    grids = {row["grid_id"] for _, row in back if row.get("grid_id") is not None}
    grids.update(responsible.grids_of(connection, {row["person_id"] for _, row in back if "grid_id" not in row}))
    first, yesterday = min(day for day, _ in back), today - timedelta(days=1)
    rows = responsible.rows_of_grids(connection, sorted(grids), first, yesterday, also=people)
    held = sorted({row["grid_id"] for row in rows.by_table[BookTable.POST].values()} & grids)
    if not held:
        return list(entries)
    of_grids: defaultdict[int, list[Owned]] = defaultdict(list)
    for run in hindsight.changed_runs(rows, lines, held, first, yesterday):
        of_grids[run.grid_id].append(run)
    holders: defaultdict[int, set[int]] = defaultdict(set)
    for row in rows.by_table[BookTable.POST].values():
        if row["grid_id"] in of_grids:
            holders[row["person_id"]].add(row["grid_id"])
    return _with_runs(connection, entries, of_grids, holders, _before(changes))


def _dated_back(changes: Iterable[Change], today: date) -> list[tuple[date, Mapping[str, Any]]]:
    """Return the first changed day and the content of every row that changes a day before today."""
    found = []
    for table, _, before, after in changes:
        if table in OF_PEOPLE and (day := first_changed(before, after or None)) is not None and day < today:
            found += [(day, row) for row in (before, after) if row]
    return found


def _before(changes: Iterable[Change]) -> dict[tuple[BookTable, int], Mapping[str, Any] | None]:
    return {(table, number): before for table, number, before, _ in changes}


def _with_runs(
    connection: Transaction, entries: Sequence[BookEntry], runs: Mapping[int, Sequence[Owned]], holders: Mapping[int, set[int]],
    before: Mapping[tuple[BookTable, int], Mapping[str, Any] | None],
) -> list[BookEntry]:  # fmt: skip
    """Put the runs of each grid into the entry that changes the earliest day of it."""
    chosen: dict[int, tuple[date, int]] = {}
    for at, entry in enumerate(entries):
        for line in entry.lines:
            was = before.get((line.table, line.number))
            if line.table not in OF_PEOPLE or (day := first_changed(was, line.row)) is None:
                continue
            for grid in _grids_of(line, was, runs, holders):
                chosen[grid] = min(chosen.get(grid, (day, at)), (day, at))
    said: defaultdict[int, list[Owned]] = defaultdict(list)
    for grid, found in runs.items():
        said[chosen[grid][1] if grid in chosen else len(entries) - 1].extend(found)
    return [
        replace(one, entry=replace(one.entry, facts={**one.entry.facts, **hindsight.fact(connection, said[at])}))
        if at in said
        else one
        for at, one in enumerate(entries)
    ]


def _grids_of(
    line: Line, was: Mapping[str, Any] | None, runs: Mapping[int, Sequence[Owned]], holders: Mapping[int, set[int]]
) -> Iterable[int]:
    row = line.row or was or {}
    if line.table is BookTable.POST:
        return [row["grid_id"]] if row.get("grid_id") in runs else []
    return holders.get(row.get("person_id", 0), ())
