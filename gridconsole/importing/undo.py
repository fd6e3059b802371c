"""Undo of an import: added records are removed and changed ones restored; what was used or changed since stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.errors import BatchUndone, NotUndoable, UnknownBatch
from gridconsole.importing.plan import Plan
from gridconsole.language import t
from gridconsole.services import arrivals, backups, casework, rights, undoing
from gridconsole.services.office import open_copy
from gridconsole.store import batches, incidents, ledger_entries, turns

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


NEVER_UNDONE = frozenset({"feedback"})
"""Kinds whose rows advance cases: only the actions of the case itself can reverse such a step."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Result of undoing a batch."""

    number: int
    kind: str
    file: str
    dry_run: bool
    removed: int
    """Records the batch had added."""
    restored: int
    """Records put back as they were."""
    withdrawn: int
    """Cases withdrawn; they stay in the database, marked as withdrawn."""
    kept: tuple[str, ...]
    """Names of records that stay: changed since, or in use."""


class _RolledBack(Exception):
    def __init__(self, taken: undoing.TakenBack) -> None:
        super().__init__()
        self.taken = taken


def known_batch(connection: Transaction, number: int) -> batches.BatchRow:
    """Return a batch by its number.

    Raises:
        UnknownBatch: there is none.
    """
    found = batches.batch(connection, number)
    if found is None:
        raise UnknownBatch(number=number)
    return found


def undo(office: Office, actor: Actor, number: int, *, dry_run: bool = False) -> Undone:
    """Undo a batch, last change first: in one transaction, or in slices if it has many cases.

    Slices that were begun are always completed, even after an interruption.

    Raises:
        NotPermitted: the operator's role may not import registers.
        UnknownBatch: no such batch.
        BatchUndone: it was undone before, and nothing of it remained.
    """
    rights.check(office, actor, "batch", Plan.may_import)
    try:
        if dry_run:
            return _tried(office, actor, number)
        arrivals.finish_others(office)
        with office.database.reading() as connection:
            rows = sum(_checked(connection, number).counts.get(name, 0) for name in ("inserted", "updated"))
        backups.before_undo(office, rows, open_copy)
        with turns.activity(t("turn.undoing", number=number)):
            return _undone(office, actor, number)
    finally:
        office.forget()


def _checked(connection: Transaction, number: int) -> batches.BatchRow:
    batch = known_batch(connection, number)
    if batch.undone_at is not None and not batches.is_anything_left(connection, number):
        raise BatchUndone(number=number, operator=batch.undone_by, at=batch.undone_at)
    if batch.kind in NEVER_UNDONE:
        raise NotUndoable(number=number)
    return batch


def _undone(office: Office, actor: Actor, number: int) -> Undone:
    with office.database.writing() as connection:
        batch = _checked(connection, number)
        begun = undoing.Undoing(actor, office.origin, number)
        cases = incidents.of_batch(connection, office.id, number, most=arrivals.UNDO_AT_ONCE + 1)
        if len(cases) <= arrivals.UNDO_AT_ONCE:
            gone = undoing.withdraw(connection, office, begun, undoing.ALL_AT_ONCE) or begun
            taken = undoing.close(connection, office, gone)
            return Undone(
                number=number,
                kind=batch.kind,
                file=batch.file_name,
                dry_run=False,
                removed=taken.removed,
                restored=taken.restored,
                withdrawn=gone.withdrawn,
                kept=taken.kept,
            )
        arrivals.set_undoing_down(connection, office, begun)
    arrivals.deliver(office, number)
    with office.database.reading() as connection:
        said = next(
            entry for entry in reversed(ledger_entries.timeline(connection, "batch", number)) if entry.action == "import_undo"
        )
    kept = tuple(filter(None, said.personal.get("kept", "").split("\n")))
    removed, restored, withdrawn = (int(said.facts[name]) for name in ("removed", "restored", "withdrawn"))
    return Undone(
        number=number,
        kind=batch.kind,
        file=batch.file_name,
        dry_run=False,
        removed=removed,
        restored=restored,
        withdrawn=withdrawn,
        kept=kept,
    )


def _tried(office: Office, actor: Actor, number: int) -> Undone:
    """Compute the result of undoing. Only changes in registers are tried in a writing transaction, and rolled back."""
    with office.database.reading() as connection:
        batch = _checked(connection, number)
        keys = [key for key, _ in incidents.of_batch(connection, office.id, number)]
        kept = casework.staying(connection, office, actor, number, keys)
        has_changes = batches.has_changes(connection, number)
    taken = _tried_records(office, undoing.Undoing(actor, office.origin, number)) if has_changes else undoing.TakenBack(0, 0, ())
    names = tuple(dict.fromkeys((*kept, *taken.kept)))
    return Undone(
        number=number,
        kind=batch.kind,
        file=batch.file_name,
        dry_run=True,
        removed=taken.removed,
        restored=taken.restored,
        withdrawn=len(keys) - len(kept),
        kept=names,
    )


def _tried_records(office: Office, tried: undoing.Undoing) -> undoing.TakenBack:
    try:
        with office.database.writing() as connection:
            raise _RolledBack(undoing.put_back(connection, office, tried))
    except _RolledBack as end:
        return end.taken
