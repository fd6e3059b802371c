"""Personal data without its masks: who may see it, for which reason, and the entry that says so."""

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
"""What an entry about looking at a case is about: not the case itself, whose entries are counted as its versions."""


def unmaskers(settings: Mapping[str, Any]) -> frozenset[Role]:
    """The roles that may unmask, by an office's settings."""
    named = settings.get("unmaskers")
    return frozenset(map(Role, named)) if named is not None else UNMASKERS


def check_may_unmask(connection: Transaction, actor: Actor) -> None:
    """Refuse who must see masks.

    Raises:
        NotPermitted: no role of the actor's may unmask, as the office has it now.
    """
    rights.demand(actor, "unmask", unmaskers(offices.office(connection).settings))


def reason_of(words: str, what: str) -> str:
    """A reason as it is kept.

    Raises:
        ReasonNeeded: the words give none.
    """
    reason = clean_text(words)
    if not is_reason(reason):
        raise ReasonNeeded(what=what)
    return reason


def record_export(connection: Transaction, office: Office, actor: Actor, facts: Mapping[str, object], reason: str) -> None:
    """Write down, before anything is handed out, that a register leaves without masks.

    Raises:
        NotPermitted: not this role's to see.
        ReasonNeeded: no reason is given.
    """
    check_may_unmask(connection, actor)
    said = {"reason": reason_of(reason, "unmask")}
    entry = office.entry(actor, "export", facts, said)
    ledger.append(connection, office.id, [entry])


def unmask(office: Office, actor: Actor, number: str, reason: str) -> CaseView:
    """One case with the reporter's name and phone and with every text as it was said; an entry of the ledger says who saw it, and why.

    A console masks it again after :data:`.UNMASK_SECONDS`.

    Raises:
        NotPermitted: not this role's to see.
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
