"""Act on a doubtful time: stop automatic steps, ask a person once, and go on from the answer."""

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
"""Who may say that the time is right: everybody who works here. It stands in the ledger under that name."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Machine's time beside the newest entry of the ledger."""

    now: datetime
    reference: Reference | None
    doubt: Doubt | None


def standing(office: Office) -> Standing:
    """Hold the machine's time against the newest entry that counts."""
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
    """:func:`is_doubtful` inside a transaction of the caller's."""
    return _standing(connection, office).doubt is not None


def confirm(office: Office, actor: Actor) -> Standing:
    """Confirm that the time is right although the office lay still for long; the entry is the new reference.

    Raises:
        NotPermitted: nobody who works here.
        TimeCertain: there is no doubt.
        TimeBehind: the time lies before the newest entry: that takes an administrator, and a reason.
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
    """Accept the time as it is now after a real correction of the clock; from this entry on time counts anew.

    Raises:
        NotPermitted: no administrator.
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
            # What is judged today is judged by a time that only a person's word speaks for.
            settings = dict(offices.office(connection).settings)
            settings[DOUBTFUL_DAYS] = {**settings.get(DOUBTFUL_DAYS, {}), office.today().isoformat(): number}
            offices.put_settings(connection, office.id, settings)
        ledger.append(connection, office.id, [entry])


def doubted_today(connection: Transaction, office: Office) -> int | None:
    """Return the number of the entry by which today's time was confirmed; None on a day whose time nobody doubted."""
    days = offices.office(connection).settings.get(DOUBTFUL_DAYS, {})
    number: int | None = days.get(office.today().isoformat())
    return number
