"""Verifying the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.ledger import Verdict, verify_chain
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk


def verify(desk: Desk) -> Verdict:
    """Walk the office's whole chain."""
    with desk.database.reading() as connection:
        return verify_chain(ledger.stored_entries(connection, desk.office.id))
