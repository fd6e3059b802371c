"""Handle a doubtful time: stop automatic steps until an operator confirms or accepts the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.access import KEEPERS
from gridconsole.domain.errors import TimeBehind, TimeCertain
from gridconsole.domain.states import OFFICE
from gridconsole.domain.timekeeping import ACCEPT, CONFIRM, DOUBTFUL_DAYS, Doubt, Reference
from gridconsole.services import rights
from gridconsole.services.privacy import reason_of
from gridconsole.store import ledger, offices, timekeeping

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

CONFIRMERS = OFFICE | KEEPERS
"""Roles that may confirm the time: all but the auditor. The ledger entry names the operator."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The machine's time, the newest ledger entry that counts, and the doubt between them."""

    now: datetime
    reference: Reference | None
    doubt: Doubt | None


def standing(office: Office) -> Standing:
    """Compare the machine's time with the newest ledger entry that counts."""
    with office.database.reading() as connection:
        return _standing(connection, office)


def _standing(connection: Transaction, office: Office) -> Standing:
    now = office.now()
    found = timekeeping.reference(connection, office.id)
    doubt = timekeeping.doubt_of(connection, now, found.at) if found is not None else None
    return Standing(now, found, doubt)


def is_doubtful(office: Office) -> bool:
    """Return whether automatic steps must wait because the time is doubtful."""
    return standing(office).doubt is not None


def is_doubtful_in(connection: Transaction, office: Office) -> bool:
    """Run :func:`is_doubtful` inside the caller's transaction."""
    return _standing(connection, office).doubt is not None


def confirm(office: Office, actor: Actor) -> Standing:
    """Confirm that the time is right although the ledger had no entry for long; the entry is the new reference.

    Raises:
        NotPermitted: the operator has neither a role on cases nor the administrator's.
        TimeCertain: there is no doubt.
        TimeBehind: the time lies before the newest entry. This needs :func:`accept`, by an administrator with a reason.
    """
    found = standing(office)
    if found.doubt is None:
        raise TimeCertain
    if found.doubt is Doubt.BEHIND:
        raise TimeBehind(now=found.now, newest=found.reference.at if found.reference else None)
    rights.check(office, actor, "time_confirm", CONFIRMERS)
    _append(office, actor, CONFIRM, found, "")
    return standing(office)


def accept(office: Office, actor: Actor, reason: str) -> Standing:
    """Accept the present time after a real correction of the clock; this entry is the new reference.

    Raises:
        NotPermitted: the operator is no administrator.
        ReasonNeeded: no reason is given.
        TimeCertain: there is no doubt.
    """
    rights.check(office, actor, "time_accept", KEEPERS)
    words = reason_of(reason, "time_accept")
    found = standing(office)
    if found.doubt is None:
        raise TimeCertain
    _append(office, actor, ACCEPT, found, words)
    return standing(office)


def _append(office: Office, actor: Actor, action: str, found: Standing, reason: str) -> None:
    reference = found.reference
    facts: dict[str, object] = {"doubt": found.doubt.value if found.doubt else ""}
    if reference is not None:
        facts |= {"reference": reference.entry, "reference_at": reference.at.isoformat()}
    entry = office.entry(actor, action, facts, {"reason": reason}, at=found.now)  # fmt: skip
    with office.database.writing() as connection:
        number = ledger.head(connection, office.id)[0] + 1
        if action == CONFIRM:
            # Mark the day: its cases are judged by a time that only a person has confirmed.
            settings = dict(offices.office(connection).settings)
            settings[DOUBTFUL_DAYS] = {**settings.get(DOUBTFUL_DAYS, {}), office.today().isoformat(): number}
            offices.put_settings(connection, office.id, settings)
        ledger.append(connection, office.id, [entry])


def doubted_today(connection: Transaction, office: Office) -> int | None:
    """Return the number of the entry that confirmed today's time; None if today's time was not confirmed."""
    days = offices.office(connection).settings.get(DOUBTFUL_DAYS, {})
    number: int | None = days.get(office.today().isoformat())
    return number
