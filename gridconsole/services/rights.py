"""Rights, and what becomes of it when somebody reaches beyond them: a refusal is told to the ledger before it is told to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseUnusable, Denied, NotPermitted
from gridconsole.store import incidents, ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.states import Role
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

DENIED = "denied"
"""Action of the entry of a refusal."""
ABOUT_CASE = "denial"
"""Its subject, where it is about a case: no entry of the case itself, which it did not change."""


def demand(actor: Actor, what: str, roles: frozenset[Role]) -> None:
    """Refuse who has none of some roles; for use inside :func:`recording_denials`.

    Raises:
        NotPermitted: none of them.
    """
    if not actor.roles & roles:
        raise NotPermitted(what=what, role=sorted(actor.roles), roles=sorted(roles))


def check(office: Office, actor: Actor, what: str, roles: frozenset[Role]) -> None:
    """Refuse who has none of some roles, and tell the ledger so; not inside a transaction.

    Raises:
        NotPermitted: none of them.
    """
    with recording_denials(office, actor):
        demand(actor, what, roles)


@contextlib.contextmanager
def recording_denials(office: Office, actor: Actor, number: str = "") -> Iterator[None]:
    """Tell the ledger when what is done inside is denied, which takes back everything else of it.

    Args:
        number: the case it is about, if it is about one.
    """
    try:
        yield
    except Denied as refusal:
        # A file that cannot be written to refuses all the same.
        with contextlib.suppress(DatabaseUnusable), office.database.writing() as connection:
            record_denial_in(connection, office, actor, number, refusal)
        raise


def record_denial_in(connection: Transaction, office: Office, actor: Actor, number: str, refusal: Denied) -> None:
    """Write the entry of a refusal inside a transaction of the caller's."""
    ledger.append(connection, office.id, [denial_of(connection, office, actor, number, refusal)])


def denial_of(connection: Transaction, office: Office, actor: Actor, number: str, refusal: Denied) -> ledger.NewEntry:
    """Return the entry of a refusal, to be appended; ``number`` names the case it is about, or is empty."""
    reached_for: dict[str, object] = {name: str(refusal.params[name]) for name in ("action", "what") if name in refusal.params}
    facts = {**reached_for, "code": refusal.code}
    key = incidents.key_of(connection, office.id, number) if number else None
    if key is None:
        return office.entry(actor, DENIED, facts, about=("office", office.id))
    return office.entry(actor, DENIED, {**facts, "number": number}, about=(ABOUT_CASE, key))
