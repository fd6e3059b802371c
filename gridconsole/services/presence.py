"""Last position of an operator and the news since: for the marks in the queue and for the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.store import ledger, presence

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Arrival:
    """State of an operator who comes back."""

    since: int
    """Number of the last ledger entry from before; what comes after it is news."""
    left_at: datetime | None
    """When the operator was last there; None who comes for the first time, to whom nothing is news."""


def arrive(office: Office, actor: Actor, session: int = 0) -> Arrival:
    """Return where an operator who sits down left off; who comes for the first time begins now.

    Args:
        session: the log-in the operator sits down with: its own use is no earlier presence.
    """
    with office.database.reading() as connection:
        found = last_presence(connection, office, actor, session)
    if found.left_at is None:
        keep(office, actor, {}, found.since)
    return found


def last_presence(connection: Transaction, office: Office, actor: Actor, session: int = 0) -> Arrival:
    """Return how far an operator was present: by leaving, or by the last use of a log-in that nobody ended."""
    seen = presence.seen(connection, actor.id)
    if seen is None:
        return Arrival(ledger.last_seq(connection, office.id), None)
    used = presence.last_used(connection, actor.id, session)
    if used is None or used <= seen.at:
        return Arrival(seen.seq, seen.at)
    return Arrival(max(seen.seq, presence.seq_before(connection, office.id, used)), used)


def keep(
    office: Office,
    actor: Actor,
    looked: Mapping[int, int],
    seq: int | None = None,
    *,
    leaving: bool = False,
    last_sign: datetime | None = None,
) -> None:
    """Write down what an operator looked at, all at once.

    Args:
        looked: versions by key of the case; 0 for news that was not looked at.
        seq: the ledger entry up to which the operator was present; None: not said.
        leaving: put the marks in order too.
        last_sign: when the operator was there last, of somebody who is not any more.
    """
    with office.database.writing() as connection:
        presence.put_marks(connection, actor.id, looked)
        if leaving:
            presence.prune_marks(connection, actor.id)
        if seq is not None:
            presence.put_seen(connection, actor.id, seq, office.now())
        elif last_sign is not None:
            before = presence.seq_before(connection, office.id, last_sign)
            presence.put_seen(connection, actor.id, before, last_sign)


def left_in(connection: Transaction, office: Office, operator: int, at: datetime) -> None:
    """An operator leaves now, inside a transaction of the caller's; who was never seen in a console leaves nothing behind."""
    presence.put_seen(connection, operator, ledger.last_seq(connection, office.id), at)


def unread_in(connection: Transaction, office: Office, actor: Actor, since: int) -> frozenset[int]:
    """Keys of open cases that are news to an operator, inside a transaction of the caller's."""
    return presence.unread(connection, office.id, actor.id, since)
