"""Repeat erasures of personal data made after a backup, so that restoring the backup does not bring the data back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.erasure import covering
from gridconsole.domain.ledger import ERASE
from gridconsole.store import attest, erasures, ledger

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def count_after(database: Path, entry: int) -> int:
    """Count the erasures in a database file after a ledger entry."""
    return len(erasures.entries_after(database, entry))


def apply_later(office: Office, later: Path, entry: int, now: datetime) -> int:
    """Apply to an office the erasures that a later file of it has after an entry, in one transaction; returns their number.

    Each erasure gets its own ledger entry, which names the entries it covers here.
    """
    found = erasures.entries_after(later, entry)
    if not found:
        return 0
    cases = {str(number) for item in found for number in item.facts.get("cases", ())}
    covered = [[number for number in item.facts.get("entries", ()) if number <= entry] for item in found]
    with office.database.writing() as connection:
        numbers = sorted({number for numbers in covered for number in numbers})
        erasures.copy_erased(connection, later, cases, numbers)
        covered[-1] += sorted(attest.reattest(connection, office.id, numbers))
        entries = [
            ledger.NewEntry(
                at=now,
                operator_id=None,
                operator="system",
                origin="system",
                subject_kind="office",
                subject_id=office.id,
                action=ERASE,
                facts={**covering(item.facts, named), "again": item.number},
            )
            for item, named in zip(found, covered, strict=True)
        ]
        ledger.append(connection, office.id, entries)
    office.database.empty_log()
    return len(found)
