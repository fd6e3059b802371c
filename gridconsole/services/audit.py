"""Verifying the ledger, and reading it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.access import LEDGER_READERS
from gridconsole.domain.errors import NotPermitted
from gridconsole.domain.incident import Actor
from gridconsole.domain.ledger import Verdict, verify_chain
from gridconsole.domain.text import clean_line
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


def entries(
    desk: Desk, actor: Actor, action: str | None, by: str | None, day: date | None, limit: int
) -> tuple[ledger.Line, ...]:
    """Entries of the whole office, newest first, without the free text and personal values of cases.

    Args:
        by: the operator's name.
        day: a day of the office.

    Raises:
        NotPermitted: no auditor asks.
    """
    if not actor.roles & LEDGER_READERS:
        raise NotPermitted(what="ledger", role=sorted(actor.roles), roles=sorted(LEDGER_READERS))
    span = (desk.midnight(day), desk.midnight(day + timedelta(days=1))) if day else None
    with desk.database.reading() as connection:
        return ledger.lines(connection, desk.office.id, action, clean_line(by) if by else None, span, limit)
