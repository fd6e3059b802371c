"""Verifying, anchoring and reading the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.domain.ledger import Flaw, Verdict, verify_chain
from gridconsole.domain.replay import mismatches
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.incident import Actor
    from gridconsole.services.desk import Desk


def verify(desk: Desk, anchors: Mapping[int, str] | None = None) -> Verdict:
    """Walk the office's whole chain, and see that every case is what its entries make of it.

    Args:
        anchors: beginnings of hashes by number of the entry, as they were printed.
    """
    with desk.database.reading() as connection:
        verdict = verify_chain(ledger.stored_entries(connection, desk.office.id), anchors)
        wrong = mismatches(ledger.case_rows(connection, desk.office.id), ledger.told_of_cases(connection, desk.office.id))
        first = next(wrong, None)
        others = sum(1 for _ in wrong)
    if first is None:
        return verdict
    return replace(
        verdict,
        ok=False,
        flaw=verdict.flaw or Flaw.CASE,
        case=first.number,
        column=first.column,
        flaws=verdict.flaws + 1 + others,
    )


def anchor(desk: Desk, actor: Actor) -> tuple[int, str]:
    """Write an entry to be printed; returns its number and its hash, hexadecimal.

    What stands before it cannot be changed from then on without contradicting the paper.
    """
    with desk.database.writing() as connection:
        entry = ledger.NewEntry(desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, "anchor")
        ledger.append(connection, desk.office.id, [entry])
        return ledger.head(connection, desk.office.id)
