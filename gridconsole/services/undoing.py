"""Undo an import: delete added records, restore changed ones, and keep those that were changed since by other work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridconsole.domain.parties import Actor
from gridconsole.domain.roster import BookTable, Line
from gridconsole.services import casework, roster
from gridconsole.store import batches, incidents, ledger, list_marks
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

    def write(line: Line) -> None:
        subject = roster.POST if line.table is BookTable.POST else roster.PERSON
        about = (subject, line.number if line.table is BookTable.POST else _person_of(connection, line))
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
            if not batches.put_back(connection, changes, write):
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
    batches.forget_changes(connection, number, done)
    return TakenBack(removed, restored, tuple(kept), tuple(done))


def _person_of(connection: Transaction, line: Line) -> int:
    """Return the person of a present row."""
    present = book.present(connection, line.table, line.number)
    return int(present["person_id"]) if present is not None else 0


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
