"""Taking an import back: what it added goes, what it changed is as before, what people have worked on since stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.errors import BatchUndone, NotUndoable, UnknownBatch
from gridconsole.importing.plan import Plan
from gridconsole.language import t
from gridconsole.services import arrivals, casework, rights
from gridconsole.store import batches, ledger, turns

if TYPE_CHECKING:
    from gridconsole.domain.case import Actor
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction


NEVER_UNDONE = frozenset({"feedback"})
"""Kinds whose rows are steps of cases: the case goes on from there, and back by its own table."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing a batch came to."""

    number: int
    kind: str
    file: str
    dry_run: bool
    removed: int
    """Records the batch had added."""
    restored: int
    """Records put back as they were."""
    withdrawn: int
    """Cases taken back; they stay in the book as withdrawn."""
    kept: tuple[str, ...]
    """Names of records that stay: changed since, or in use."""


class _RolledBack(Exception):
    def __init__(self, undone: Undone) -> None:
        super().__init__()
        self.undone = undone


def known_batch(connection: Transaction, number: int) -> batches.BatchRow:
    """A batch by its number.

    Raises:
        UnknownBatch: there is none.
    """
    found = batches.batch(connection, number)
    if found is None:
        raise UnknownBatch(number=number)
    return found


def undo(desk: Desk, actor: Actor, number: int, *, dry_run: bool = False) -> Undone:
    """Take a batch back, last change first, in one transaction.

    Raises:
        NotPermitted: the operator does not keep the registers.
        UnknownBatch: no such batch.
        BatchUndone: it was undone before, and nothing of it stayed.
    """
    rights.check(desk, actor, "batch", Plan.may_import)
    if not dry_run:
        arrivals.finish_others(desk)
    try:
        with turns.activity(t("turn.undoing", number=number)), desk.database.writing() as connection:
            undone = _undo_in(connection, desk, actor, number, dry_run)
            if dry_run:
                raise _RolledBack(undone)
            return undone
    except _RolledBack as end:
        return end.undone
    finally:
        desk.forget()


def _undo_in(connection: Transaction, desk: Desk, actor: Actor, number: int, dry_run: bool) -> Undone:
    batch = known_batch(connection, number)
    if batch.undone_at is not None and not batches.is_anything_left(connection, number):
        raise BatchUndone(number=number, operator=batch.undone_by, at=batch.undone_at)
    if batch.kind in NEVER_UNDONE:
        raise NotUndoable(number=number)
    withdrawn, kept = casework.withdraw_imported(connection, desk, actor, number, f"撤销第 {number} 批导入")
    removed = restored = 0
    done: list[batches.Change] = []
    by_record: dict[tuple[str, int], list[batches.Change]] = {}
    for change in batches.changes_backwards(connection, number):
        by_record.setdefault(batches.owner_of(connection, change), []).append(change)
    waiting, tried = list(by_record.items()), -1
    # A division may stand in its list before the one above it, which then has to wait for it to go: once more round.
    while waiting and len(waiting) != tried:
        again: list[tuple[tuple[str, int], list[batches.Change]]] = []
        tried = len(waiting)
        for (table, key), changes in waiting:
            name = batches.name_of(connection, changes[-1])
            if not batches.put_back(connection, changes):
                if table == "area":
                    again.append(((table, key), changes))
                else:
                    kept.append(name)
                continue
            done.extend(changes)
            if any(change.table == table and change.before is None for change in changes):
                removed += 1
            else:
                restored += 1
        waiting = again
    kept.extend(batches.name_of(connection, changes[-1]) for _, changes in waiting)
    batches.forget_changes(connection, number, done)
    at = desk.now()
    batches.mark_undone(connection, number, at, actor.name)
    names = tuple(dict.fromkeys(kept))
    facts = {"removed": removed, "restored": restored, "withdrawn": withdrawn, "kept": len(names)}
    entry = ledger.NewEntry(
        at, actor.id, actor.name, desk.door, "batch", number, "import_undo", facts, {"kept": "\n".join(names[:200])}
    )
    ledger.append(connection, desk.office.id, [entry])
    return Undone(number, batch.kind, batch.file_name, dry_run, removed, restored, withdrawn, names)
