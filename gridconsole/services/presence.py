"""Last presence of an operator and the news since then, for the unread marks in the queue and for the digest."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseUnusable
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
    """Number of the last ledger entry during the last presence; later entries are news."""
    left_at: datetime | None
    """Time of the last presence; None if the operator comes for the first time and nothing is news."""


def arrive(office: Office, actor: Actor, session: int = 0) -> Arrival:
    """Return the last presence of an operator who signs in. For the first sign-in, the presence of now is stored.

    A file that cannot be written at this moment hinders nobody from seeing what is unread: the console stores the presence later.

    Args:
        session: id of the present log-in, whose own use does not count as an earlier presence.
    """
    with office.database.reading() as connection:
        found = last_presence(connection, office, actor, session)
    if found.left_at is None:
        with contextlib.suppress(DatabaseUnusable):
            keep(office, actor, {}, found.since)
    return found


def last_presence(connection: Transaction, office: Office, actor: Actor, session: int = 0) -> Arrival:
    """Return the last presence of an operator: the time of leaving, or the last use of another log-in if that is later."""
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
    """Store which cases an operator has read, and the operator's presence, in one transaction.

    Args:
        looked: versions read, by key of the case; 0 for news that was not read.
        seq: number of the ledger entry up to which the operator was present; None: not known.
        leaving: also delete the read marks of closed cases.
        last_sign: time of the last presence of an operator who is no longer there; used only without ``seq``.
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
    """Record inside the caller's transaction that an operator leaves now."""
    presence.put_seen(connection, operator, ledger.last_seq(connection, office.id), at)


def unread_in(connection: Transaction, office: Office, actor: Actor, since: int) -> frozenset[int]:
    """Return the keys of open cases that are news to an operator, inside the caller's transaction."""
    return presence.unread(connection, office.id, actor.id, since)
