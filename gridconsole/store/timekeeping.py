"""Compare the time of entries to be written with the newest stored entries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from gridconsole.domain.errors import TimeBehind, TimeDoubtful
from gridconsole.domain.timekeeping import DAYS_SETTING, UNCHECKED, UNCOUNTED, USUAL_DAYS, Doubt, Reference, doubt, may_be_ahead
from gridconsole.store import offices
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.types import instant

_NEWEST = (
    sa.select(ledger.c.seq, ledger.c.at)
    .where(ledger.c.office_id == sa.bindparam("office"), ledger.c.action.not_in(map(word, sorted(UNCOUNTED))))
    .order_by(ledger.c.seq.desc())
    .limit(sa.literal_column("1"))
)


def reference(connection: sa.Connection, office: int) -> Reference | None:
    """Return the newest entry that counts for the time; None if there is none with a valid time.

    Skips only log-ins, denials and attestations: at most those since the last act.
    """
    row = connection.execute(_NEWEST, {"office": office}).first()
    if row is None:
        return None
    try:
        return Reference(int(row.seq), instant(row.at))
    except ValueError:  # written by a forger; verification reports it
        return None


def check(
    connection: sa.Connection, office: int, head_action: str, head_at: str, entries: Iterable[tuple[str, datetime]]
) -> None:  # fmt: skip
    """Refuse entries whose time cannot be right.

    Args:
        head_action, head_at: action and time of the newest entry, of any kind.
        entries: action and time of each entry.

    Raises:
        TimeBehind: an entry is dated before the newest entry that counts.
        TimeDoubtful: an entry is dated further after it than the office is usually idle.
    """
    checked = [at for action, at in entries if action not in UNCHECKED]
    if not checked:
        return
    newest = _moment(head_at) if head_action not in UNCOUNTED else None
    if newest is None:
        found = reference(connection, office)
        if found is None:
            return
        newest = found.at
    first, last = min(checked), max(checked)
    if doubt_of(connection, first, newest) is Doubt.BEHIND:
        raise TimeBehind(now=first, newest=newest)
    if doubt_of(connection, last, newest) is Doubt.AHEAD:
        raise TimeDoubtful(now=last, newest=newest)


def doubt_of(connection: sa.Connection, at: datetime, newest: datetime) -> Doubt | None:
    """Return what is doubtful about a time, by the office's own calendar and setting; None if nothing is."""
    if at >= newest and not may_be_ahead(at, newest, 1):
        return None  # the usual case, decided without a query
    office = offices.office(connection)
    days = int(office.settings.get(DAYS_SETTING, USUAL_DAYS))
    return doubt(at, newest, offices.calendar(connection, office.zone), days)


def _moment(text: str) -> datetime | None:
    try:
        return instant(text)
    except ValueError:
        return None
