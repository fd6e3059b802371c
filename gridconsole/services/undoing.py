"""Undo an import: delete added records, restore changed ones, and keep those that were changed since by other work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gridconsole.domain.parties import Actor
from gridconsole.domain.roster import BookTable, Line
from gridconsole.services import casework, leaving, roster
from gridconsole.store import batches, grid_versions, held, incidents, ledger, list_marks, misplaced, responsible
from gridconsole.store import roster as book
from gridconsole.store.types import instant_or_none

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

ALL_AT_ONCE = -1
"""No limit to the number of cases."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """A batch that is being undone, and the progress so far."""

    actor: Actor
    origin: str
    number: int
    withdrawn: int = 0
    kept: tuple[str, ...] = ()
    """Numbers of the cases that stay."""
    before: int | None = None
    """Key of the last case processed; None at the beginning. Keys go down."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Records of a batch that were removed, restored or kept."""

    removed: int
    restored: int
    kept: tuple[str, ...]
    """Names of the records that stay."""
    changes: tuple[batches.RecordChange, ...] = ()
    """The changes that were undone."""


def withdraw(connection: Transaction, office: Office, undoing: Undoing, most: int) -> Undoing | None:
    """Withdraw the next cases of the batch, newest first; returns the new progress, or None if no case is left."""
    found = incidents.of_batch(connection, office.id, undoing.number, undoing.before, most)
    if not found:
        return None
    withdrawn, kept = casework.withdraw_imported(
        connection,
        office,
        actor=undoing.actor,
        batch=undoing.number,
        keys=[key for key, _ in found],
        origin=undoing.origin,
    )
    return replace(
        undoing, withdrawn=undoing.withdrawn + withdrawn, kept=(*undoing.kept, *kept), before=min(key for key, _ in found)
    )


def close(connection: Transaction, office: Office, undoing: Undoing) -> TakenBack:
    """Restore the records of the batch, and record in the ledger that it was undone."""
    taken = put_back(connection, office, undoing)
    _restore_deadlines(connection, office, undoing, taken.changes)
    names = tuple(dict.fromkeys((*undoing.kept, *taken.kept)))
    at = office.now()
    batches.mark_undone(connection, undoing.number, at, undoing.actor.name)
    list_marks.forget(connection, undoing.number)
    facts = {"removed": taken.removed, "restored": taken.restored, "withdrawn": undoing.withdrawn, "kept": len(names)}
    entry = ledger.NewEntry(
        at=at,
        operator_id=undoing.actor.id,
        operator=undoing.actor.name,
        origin=undoing.origin,
        subject_kind="batch",
        subject_id=undoing.number,
        action="import_undo",
        facts=facts,
        personal={"kept": "\n".join(names[:200])},
    )
    ledger.append(connection, office.id, [entry])
    return replace(taken, kept=names)


def put_back(connection: Transaction, office: Office, undoing: Undoing) -> TakenBack:
    """Restore the records of a batch, last change first."""
    number = undoing.number

    guard = _RosterGuard(connection, office)

    def write(line: Line) -> None:
        present = book.present(connection, line.table, line.number) or {}
        guard.check(line, present)
        about = _subject(line, present)
        roster.record(connection, office, undoing.actor, "roster_undo", about, [line], {"batch": number}, origin=undoing.origin)

    removed = restored = 0
    kept: list[str] = []
    done: list[batches.RecordChange] = []
    by_record: dict[tuple[str, int], list[batches.RecordChange]] = {}
    for change in batches.changes_backwards(connection, number):
        by_record.setdefault(batches.owner_of(connection, change), []).append(change)
    waiting, tried = list(by_record.items()), -1
    # Areas have parents. An area cannot be removed while areas below it remain, so failed ones are tried again.
    while waiting and len(waiting) != tried:
        again: list[tuple[tuple[str, int], list[batches.RecordChange]]] = []
        tried = len(waiting)
        for (table, key), changes in waiting:
            if not batches.put_back(connection, changes, write, _fitting(connection, table, key, changes)):
                if table == "area":
                    again.append(((table, key), changes))
                else:
                    kept.append(batches.name_of(connection, changes[-1]))
                continue
            done.extend(changes)
            if any(change.table == table and change.before is None for change in changes):
                removed += 1
            else:
                restored += 1
        waiting = again
    kept.extend(batches.name_of(connection, changes[-1]) for _, changes in waiting)
    grids = {change.key for change in done if change.table == "grid"}
    for key, lines in grid_versions.lines_for(connection, grids, office.today()).items():
        about = (roster.GRID, key)
        roster.record(connection, office, undoing.actor, "roster_undo", about, lines, {"batch": number}, origin=undoing.origin)
    batches.forget_changes(connection, number, done)
    return TakenBack(removed, restored, tuple(kept), tuple(done))


def _fitting(connection: Transaction, table: str, key: int, changes: Iterable[batches.RecordChange]) -> Callable[[], bool]:
    """Return a question whether the posts of a person fit the book as well as they do now.

    Somebody may have left, or got the same rank, or a grid may have closed since the import.
    """
    if table != batches.PERSON:
        return lambda: True
    rows = [change.key for change in changes if change.table == BookTable.POST.value]
    recorded = [book.recorded_by(connection, BookTable.POST, number) for number in rows]
    since = min(filter(None, recorded), default=0)
    before = misplaced.posts_of(connection, [key], since)
    return lambda: not misplaced.further(before, misplaced.posts_of(connection, [key], since))


def _subject(line: Line, present: Mapping[str, Any]) -> tuple[str, int]:
    """Return the subject of the entry about a row of the book."""
    if line.table is BookTable.POST:
        return roster.POST, line.number
    said = line.row or present
    if line.table is BookTable.RESPONSIBILITY:
        return roster.UNIT, int(said.get("unit_id", 0))
    return roster.PERSON, int(said.get("person_id", 0))


class _RosterGuard:
    """Keeps a row of the roster whose removal would leave work in hand, or a grid with open cases, without a person."""

    def __init__(self, connection: Transaction, office: Office) -> None:
        self._connection, self._office = connection, office
        self._work = held.everybody(connection, office.id)
        self._busy = held.grids_with_cases(connection)

    def check(self, line: Line, present: Mapping[str, Any]) -> None:
        """Refuse a line that takes a person away who is needed.

        Raises:
            StaysAsItIs: the row stays.
        """
        if line.table in (BookTable.LEAVE, BookTable.RESPONSIBILITY) or not present or not _shortens(line.row, present):
            return
        work = self._work.get(present["person_id"], held.Work())
        grid = present.get("grid_id")
        if line.table is BookTable.POST:
            work = work.on(frozenset({int(grid or 0)}))
        if work or (isinstance(grid, int) and self._would_be_bare(grid, line)):
            raise batches.StaysAsItIs

    def _would_be_bare(self, grid: int, line: Line) -> bool:
        """Return whether a grid loses its last person, and had one before the import, or has open cases.

        A grid that was without anybody before may be so again.
        """
        if not leaving.bare_among(self._connection, self._office, {grid}, [line]):
            return False
        if grid in self._busy:
            return True
        recorded = book.recorded_by(self._connection, line.table, line.number)
        today = self._office.today()
        known = responsible.rows_of_grids(self._connection, [grid], today, today + leaving.AHEAD, entry=recorded - 1)
        return bool(known.by_table[BookTable.POST])


def _shortens(row: Mapping[str, Any] | None, present: Mapping[str, Any]) -> bool:
    return row is None or (row["ends_on"] or _NEVER) < (present.get("ends_on") or _NEVER)


_NEVER = "9999-12-31"


def _restore_deadlines(
    connection: Transaction, office: Office, undoing: Undoing, changes: Iterable[batches.RecordChange]
) -> None:  # fmt: skip
    """Give cases the deadlines back that their list had set before the batch. Changes come last one first."""
    before = {
        change.key: change.before["outer_due_at"] for change in changes if change.before and "outer_due_at" in change.before
    }
    for key, due in before.items():
        casework.restore_outer_deadline(
            connection, office, undoing.actor, key=key, due=instant_or_none(due), batch=undoing.number, origin=undoing.origin
        )
