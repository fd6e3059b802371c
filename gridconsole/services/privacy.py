"""Show or export personal data without masks: the roles that may, the reason, and the ledger entry about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import UNMASK_SECONDS, UNMASKERS
from gridconsole.domain.errors import ReasonNeeded
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_text, is_reason
from gridconsole.services import case_queries, rights
from gridconsole.store import ledger, offices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridconsole.domain.parties import Actor
    from gridconsole.services.case_queries import CaseView
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SUBJECT = "privacy"
"""Subject of the entries about unmasking. Not the case itself, because the entries of a case are counted as its versions."""


def unmaskers(settings: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles that may unmask, by the settings of an office."""
    named = settings.get("unmaskers")
    return frozenset(map(Role, named)) if named is not None else UNMASKERS


def may_search_names(office: Office, actor: Actor | None) -> bool:
    """Return whether an operator may find cases by the names and numbers of people: whoever may unmask them."""
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


def unmask(office: Office, actor: Actor, number: str, reason: str) -> CaseView:
    """Return a case without masks: the reporter's name and phone, and every text unchanged.

    A ledger entry records the operator and the reason. A console masks the case again after :data:`.UNMASK_SECONDS`.

    Raises:
        NotPermitted: none of the operator's roles may unmask.
        ReasonNeeded: no reason is given.
        UnknownIncident: no such number.
    """
    with rights.recording_denials(office, actor, number), office.database.writing() as connection:
        check_may_unmask(connection, actor)
        words = reason_of(reason, "unmask")
        view = case_queries.view_in(connection, office, number, actor, masked=False)
        facts: dict[str, object] = {"number": number, "seconds": UNMASK_SECONDS}
        entry = office.entry(actor, "unmask", facts, {"reason": words}, about=(SUBJECT, view.detail.row.id))
        ledger.append(connection, office.id, [entry])
    return view
