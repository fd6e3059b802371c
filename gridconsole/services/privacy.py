"""Rules for personal data without masks: the roles that may see it, the reason, and the ledger entry about an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import UNMASKERS
from gridconsole.domain.errors import ReasonNeeded
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_text, is_reason
from gridconsole.services import rights
from gridconsole.store import ledger, offices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


def unmaskers(settings: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles that may unmask, by the settings of an office."""
    named = settings.get("unmaskers")
    return frozenset(map(Role, named)) if named is not None else UNMASKERS


def may_unmask(office: Office, actor: Actor | None) -> bool:
    """Return whether an operator may see personal data without masks, and find cases by it."""
    return actor is not None and not unmaskers(office.settings).isdisjoint(actor.roles)


def check_may_unmask(connection: Transaction, actor: Actor) -> None:
    """Refuse an operator who may not unmask.

    Raises:
        NotPermitted: none of the operator's roles may unmask, by the present settings.
    """
    rights.demand(actor, "unmask", unmaskers(offices.office(connection).settings))


def reason_of(words: str, what: str) -> str:
    """Return a reason as it is stored.

    Raises:
        ReasonNeeded: the text is no reason.
    """
    reason = clean_text(words)
    if not is_reason(reason):
        raise ReasonNeeded(what=what)
    return reason


def record_export(connection: Transaction, office: Office, actor: Actor, facts: Mapping[str, object], reason: str) -> None:
    """Record the export of a register without masks, before the data is handed out.

    Raises:
        NotPermitted: none of the operator's roles may unmask.
        ReasonNeeded: no reason is given.
    """
    check_may_unmask(connection, actor)
    said = {"reason": reason_of(reason, "unmask")}
    entry = office.entry(actor, "export", facts, said)
    ledger.append(connection, office.id, [entry])
