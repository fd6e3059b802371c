"""Rights, and what becomes of it when somebody reaches beyond them: a refusal is told to the ledger before it is told to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseUnusable, Denied, NotPermitted
from gridconsole.store import incidents, ledger

if TYPE_CHECKING:
    from gridconsole.domain.case import Act, Actor
    from gridconsole.domain.workflow import Action, Role
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction

DENIED = "denied"
"""Action of the entry of a refusal."""
ABOUT_CASE = "denial"
"""Its subject, where it is about a case: no entry of the case itself, which it did not change."""


def check(desk: Desk, actor: Actor, what: str, roles: frozenset[Role]) -> None:
    """Refuse who has none of some roles.

    Raises:
        NotPermitted: none of them.
    """
    if actor.roles & roles:
        return
    refusal = NotPermitted(what=what, role=sorted(actor.roles), roles=sorted(roles))
    with contextlib.suppress(DatabaseUnusable), desk.database.writing() as connection:
        _append(connection, desk, actor, "office", desk.office.id, {"what": what, "code": refusal.code})
    raise refusal


@contextlib.contextmanager
def denials_told(desk: Desk, actor: Actor, act: Act, number: str = "") -> Iterator[None]:
    """Tell the ledger when an act on a case is denied, which takes back everything else of it."""
    try:
        yield
    except Denied as refusal:
        # A file that cannot be written to refuses all the same.
        with contextlib.suppress(DatabaseUnusable), desk.database.writing() as connection:
            tell_in(connection, desk, actor, act.action, number, refusal)
        raise


def tell_in(connection: Transaction, desk: Desk, actor: Actor, action: Action, number: str, refusal: Denied) -> None:
    """Write the entry of a refusal inside a transaction of the caller's."""
    facts: dict[str, object] = {"action": action.value, "code": refusal.code}
    key = incidents.key_of(connection, desk.office.id, number) if number else None
    if key is None:
        _append(connection, desk, actor, "office", desk.office.id, facts)
    else:
        _append(connection, desk, actor, ABOUT_CASE, key, {**facts, "number": number})


def _append(connection: Transaction, desk: Desk, actor: Actor, kind: str, subject: int, facts: dict[str, object]) -> None:
    entry = ledger.NewEntry(desk.now(), actor.id, actor.name, desk.door, kind, subject, DENIED, facts)
    ledger.append(connection, desk.office.id, [entry])
