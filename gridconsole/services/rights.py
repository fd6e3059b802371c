"""Check the rights of operators. A refusal is recorded in the ledger before the operator sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseUnusable, Denied, NotPermitted
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.states import Role
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

DENIED = "denied"
"""Action of the entry of a refusal."""
ABOUT_CASE = "denial"
"""Subject of a refusal about a case. It is no entry of the case itself, which did not change."""


def demand(actor: Actor, what: str, roles: frozenset[Role]) -> None:
    """Refuse an operator who has none of the roles; for use inside :func:`recording_denials`.

    Raises:
        NotPermitted: the operator has none of the roles.
    """
    if not actor.roles & roles:
        raise NotPermitted(what=what, role=sorted(actor.roles), roles=sorted(roles))


def check(office: Office, actor: Actor, what: str, roles: frozenset[Role]) -> None:
    """Refuse an operator who has none of the roles, and record the refusal in the ledger; not for use inside a transaction.

    Raises:
        NotPermitted: the operator has none of the roles.
    """
    with recording_denials(office, actor):
        demand(actor, what, roles)


@contextlib.contextmanager
def recording_denials(office: Office, actor: Actor, number: str = "") -> Iterator[None]:
    """Record a denial raised inside the block in the ledger, after the transaction of the block was rolled back.

    Args:
        number: number of the case concerned; empty if none.
    """
    try:
        yield
    except Denied as refusal:
        # If the file cannot be written, the refusal is still raised.
        with contextlib.suppress(DatabaseUnusable), office.database.writing() as connection:
            record_denial_in(connection, office, actor, number, refusal)
        raise


def record_denial_in(connection: Transaction, office: Office, actor: Actor, number: str, refusal: Denied) -> None:
    """Write the entry of a refusal inside the caller's transaction."""
    ledger.append(connection, office.id, [denial_of(connection, office, actor, number, refusal)])


def denial_of(connection: Transaction, office: Office, actor: Actor, number: str, refusal: Denied) -> ledger.NewEntry:
    """Return the entry of a refusal for the caller to append; ``number`` names the case concerned, or is empty."""
    reached_for: dict[str, object] = {name: str(refusal.params[name]) for name in ("action", "what") if name in refusal.params}
    facts = {**reached_for, "code": refusal.code}
    from gridconsole.store import incidents  # a refusal is rare

    key = incidents.key_of(connection, office.id, number) if number else None
    if key is None:
        return office.entry(actor, DENIED, facts, about=("office", office.id))
    return office.entry(actor, DENIED, {**facts, "number": number}, about=(ABOUT_CASE, key))
