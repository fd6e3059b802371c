"""Show a case without masks, with a ledger entry about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.access import UNMASK_SECONDS
from gridconsole.services import case_queries, rights
from gridconsole.services.privacy import check_may_unmask, reason_of
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.case_queries import CaseView
    from gridconsole.services.office import Office

SUBJECT = "privacy"
"""Subject of the entries about unmasking. Not the case itself, because the entries of a case are counted as its versions."""


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
