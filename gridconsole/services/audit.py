"""Verifying the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.domain.ledger import Verdict, verify_chain
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk


def verify(desk: Desk) -> Verdict:
    """Walk the office's whole chain, and see that no case has moved further than its entries tell."""
    with desk.database.reading() as connection:
        verdict = verify_chain(ledger.stored_entries(connection, desk.office.id))
        if verdict.ok and ledger.untold_cases(connection, desk.office.id):
            return replace(verdict, ok=False, first_broken=verdict.entries + 1)
        return verdict
