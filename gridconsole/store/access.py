"""Hashes of passwords, failed tries and sessions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.domain.access import Tries
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.views.accounts import AccountChange
from gridconsole.store.types import coded, instant, instant_or_none, stamp


@dataclass(frozen=True, slots=True)
class Credential:
    """Stored password hash of an operator."""

    hash: str
    set_at: datetime
    temporary: bool


_CREDENTIAL = sa.text("SELECT hash, set_at, temporary FROM credential WHERE operator_id = :operator")
_PUT_CREDENTIAL = sa.text(
    "INSERT INTO credential (operator_id, hash, set_at, temporary) VALUES (:operator, :hash, :at, :temporary)"
    " ON CONFLICT (operator_id) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, temporary = excluded.temporary"
)
_WITH_PASSWORD = sa.text("SELECT operator_id FROM credential")
_REHASH = sa.text("UPDATE credential SET hash = :hash WHERE operator_id = :operator")
_PAST = sa.text("SELECT hash FROM past_credential WHERE operator_id = :operator ORDER BY id DESC LIMIT :most")
_KEEP = sa.text(
    "INSERT INTO past_credential (operator_id, hash) SELECT operator_id, hash FROM credential WHERE operator_id = :operator"
)
_FORGET_PAST = sa.text(
    "DELETE FROM past_credential WHERE operator_id = :operator AND id NOT IN"
    " (SELECT id FROM past_credential WHERE operator_id = :operator ORDER BY id DESC LIMIT :most)"
)
PAST_KEPT = 10
"""Earlier hashes stored, independent of today's policy: a stricter policy later needs them."""


def credential(connection: sa.Connection, operator_id: int) -> Credential | None:
    """Return the present password hash of an operator; None if the operator has no password."""
    row = connection.execute(_CREDENTIAL, {"operator": operator_id}).first()
    return None if row is None else Credential(row.hash, instant(row.set_at), bool(row.temporary))


def with_password(connection: sa.Connection) -> frozenset[int]:
    """Return the keys of the operators who have a password."""
    return frozenset(connection.execute(_WITH_PASSWORD).scalars())


def put_credential(connection: sa.Connection, operator_id: int, hashed: str, at: datetime, *, temporary: bool) -> None:
    """Store a new password hash; the one before it is remembered."""
    connection.execute(_KEEP, {"operator": operator_id})
    connection.execute(_FORGET_PAST, {"operator": operator_id, "most": PAST_KEPT})
    values = {"operator": operator_id, "hash": hashed, "at": stamp(at), "temporary": int(temporary)}
    connection.execute(_PUT_CREDENTIAL, values)


def rehash(connection: sa.Connection, operator_id: int, hashed: str) -> None:
    """Store a new hash of the same password, at today's cost."""
    connection.execute(_REHASH, {"operator": operator_id, "hash": hashed})


def past_hashes(connection: sa.Connection, operator_id: int, most: int) -> tuple[str, ...]:
    """Return hashes of earlier passwords, newest first."""
    return tuple(row.hash for row in connection.execute(_PAST, {"operator": operator_id, "most": most}))


# --- tries ------------------------------------------------------------------------------------------------------

_TRIES = sa.text("SELECT failures, uptime, boot FROM login_tries WHERE bucket = :bucket")
_PUT_TRIES = sa.text(
    "INSERT INTO login_tries (bucket, failures, last_at, uptime, boot) VALUES (:bucket, :failures, :at, :uptime, :boot)"
    " ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, uptime = excluded.uptime,"
    " boot = excluded.boot"
)
_CLEAR_TRIES = sa.text("DELETE FROM login_tries WHERE bucket = :bucket")


def tries(connection: sa.Connection, bucket: str) -> Tries | None:
    """Return the wrong passwords in a row, if any."""
    row = connection.execute(_TRIES, {"bucket": bucket}).first()
    return None if row is None else Tries(row.failures, row.uptime, row.boot)


def put_tries(connection: sa.Connection, bucket: str, count: Tries, at: datetime) -> None:
    """Store the count of wrong passwords and the time of the last one."""
    values = {"bucket": bucket, "failures": count.failures, "at": stamp(at), "uptime": count.last, "boot": count.boot}
    connection.execute(_PUT_TRIES, values)


def clear_tries(connection: sa.Connection, bucket: str) -> None:
    """Reset the count after the right password."""
    connection.execute(_CLEAR_TRIES, {"bucket": bucket})


# --- sessions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A log-in of an active operator that has not ended yet."""

    id: int
    actor: Actor
    os_user: str
    terminal: str
    token_hash: str
    opened_at: datetime
    seen_at: datetime


_OPEN = sa.text(
    "INSERT INTO operator_session (operator_id, os_user, terminal, token_hash, opened_at, seen_at)"
    " VALUES (:operator, :os_user, :terminal, :token_hash, :at, :at) RETURNING id"
)
_SESSIONS = sa.text(
    "SELECT s.id, s.operator_id, s.os_user, s.terminal, s.token_hash, s.opened_at, s.seen_at, o.name, o.warden_id,"
    " (SELECT group_concat(r.role, ',') FROM operator_role r WHERE r.operator_id = o.id) AS roles"
    " FROM operator_session s JOIN operator o ON o.id = s.operator_id"
    " WHERE s.id IN :ids AND s.ended_at IS NULL AND o.active = 1 ORDER BY s.id"
).bindparams(sa.bindparam("ids", expanding=True))
_SEEN = sa.text("UPDATE operator_session SET seen_at = :at WHERE id = :id")
_END = sa.text("UPDATE operator_session SET ended_at = :at, why_ended = :why WHERE id IN :ids AND ended_at IS NULL").bindparams(
    sa.bindparam("ids", expanding=True)
)
_END_ALL = sa.text(
    "UPDATE operator_session SET ended_at = :at, why_ended = :why WHERE operator_id = :operator AND ended_at IS NULL AND id <> :kept"
)
_PURGE = sa.text("DELETE FROM operator_session WHERE seen_at < :before")


def open_session(connection: sa.Connection, operator_id: int, os_user: str, terminal: str, token_hash: str, at: datetime) -> int:
    """Add a log-in; return its key."""
    values = {"operator": operator_id, "os_user": os_user, "terminal": terminal, "token_hash": token_hash, "at": stamp(at)}
    return int(connection.execute(_OPEN, values).scalar_one())


def sessions(connection: sa.Connection, ids: Sequence[int]) -> tuple[StoredSession, ...]:
    """Return those of the given log-ins that have not ended and belong to active operators; oldest first."""
    if not ids:
        return ()
    return tuple(
        StoredSession(
            id=row.id,
            actor=Actor(
                row.operator_id,
                row.name,
                frozenset(coded(Role, word, "operator_role.role") for word in (row.roles or "").split(",") if word),
                row.warden_id,
            ),
            os_user=row.os_user,
            terminal=row.terminal,
            token_hash=row.token_hash,
            opened_at=instant(row.opened_at),
            seen_at=instant(row.seen_at),
        )
        for row in connection.execute(_SESSIONS, {"ids": list(ids)})
    )


_IN_USE = sa.text(
    "SELECT DISTINCT s.terminal, o.name FROM operator_session s JOIN operator o ON o.id = s.operator_id"
    " WHERE o.office_id = :office AND s.ended_at IS NULL AND s.seen_at >= :since ORDER BY o.name"
)


def names_in_use(connection: sa.Connection, office: int, since: datetime) -> dict[str, tuple[str, ...]]:
    """Return the operators of log-ins that were used since a moment and have not ended, by terminal."""
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(_IN_USE, {"office": office, "since": stamp(since)}):
        found[row.terminal] = (*found.get(row.terminal, ()), row.name)
    return found


def seen(connection: sa.Connection, session_id: int, at: datetime) -> None:
    """Record that a log-in is in use."""
    connection.execute(_SEEN, {"id": session_id, "at": stamp(at)})


def end_sessions(connection: sa.Connection, ids: Sequence[int], at: datetime, why: str) -> None:
    """End some log-ins."""
    if ids:
        connection.execute(_END, {"ids": list(ids), "at": stamp(at), "why": why})


def end_sessions_of(connection: sa.Connection, operator_id: int, at: datetime, why: str, *, kept: int = 0) -> None:
    """End every log-in of an operator, except the one in ``kept``."""
    connection.execute(_END_ALL, {"operator": operator_id, "at": stamp(at), "why": why, "kept": kept})


def purge_sessions(connection: sa.Connection, before: datetime) -> None:
    """Delete log-ins not used since a moment; the ledger still records them."""
    connection.execute(_PURGE, {"before": stamp(before)})


# --- changes by others ------------------------------------------------------------------------------------------


CHANGES_MOST = 20
"""Most changes read at a log-in; more are in the ledger, and would not be read at once."""
_LAST_LOGIN = sa.text(
    "SELECT seq FROM ledger WHERE subject_kind = 'operator' AND subject_id = :operator AND operator_id = :operator"
    " AND action IN ('login', 'unlock', 'hand_over') ORDER BY seq DESC LIMIT 1"
)
_ACCOUNT_CHANGES = sa.text(
    "SELECT at, operator, action, facts FROM ledger WHERE subject_kind = 'operator' AND subject_id = :operator AND seq > :since"
    " AND operator_id IS NOT NULL AND operator_id <> :operator"
    " AND action IN ('operator_roles', 'operator_password', 'operator_disable', 'operator_enable') ORDER BY seq DESC LIMIT :most"
)


def changes_by_others(connection: sa.Connection, operator_id: int) -> tuple[AccountChange, ...]:
    """Return the changes others made to an account since its owner last logged in, oldest first; at most :data:`CHANGES_MOST`."""
    since = connection.execute(_LAST_LOGIN, {"operator": operator_id}).scalar() or 0
    found = connection.execute(_ACCOUNT_CHANGES, {"operator": operator_id, "since": since, "most": CHANGES_MOST}).all()
    return tuple(AccountChange(instant(row.at), row.operator, row.action, json.loads(row.facts)) for row in reversed(found))


# --- accounts ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """An operator as the administrator sees it."""

    actor: Actor
    active: bool
    password_set_at: datetime | None
    """None: no password, so the operator cannot log in."""
    temporary: bool
    seen_at: datetime | None
    """Last time this operator used a log-in."""


_ACCOUNTS = sa.text(
    "SELECT o.id, o.name, o.warden_id, o.active, c.set_at, c.temporary,"
    " (SELECT group_concat(r.role, ',') FROM operator_role r WHERE r.operator_id = o.id) AS roles,"
    " (SELECT max(s.seen_at) FROM operator_session s WHERE s.operator_id = o.id) AS seen_at"
    " FROM operator o LEFT JOIN credential c ON c.operator_id = o.id WHERE o.office_id = :office ORDER BY o.id"
)
_PHONE = sa.text("SELECT w.phone FROM operator o JOIN warden w ON w.id = o.warden_id WHERE o.id = :operator")
_SET_ACTIVE = sa.text("UPDATE operator SET active = :active WHERE id = :operator")
_DROP_ROLES = sa.text("DELETE FROM operator_role WHERE operator_id = :operator")
_ADD_ROLE = sa.text("INSERT INTO operator_role (operator_id, role) VALUES (:operator, :role)")


def accounts(connection: sa.Connection, office_id: int) -> tuple[Account, ...]:
    """Return every operator, including inactive ones."""
    return tuple(
        Account(
            Actor(
                row.id,
                row.name,
                frozenset(coded(Role, word, "operator_role.role") for word in (row.roles or "").split(",") if word),
                row.warden_id,
            ),
            bool(row.active),
            instant_or_none(row.set_at),
            bool(row.temporary),
            instant_or_none(row.seen_at),
        )
        for row in connection.execute(_ACCOUNTS, {"office": office_id})
    )


def phone_of(connection: sa.Connection, operator_id: int) -> str:
    """Return the unmasked phone of the warden that an operator is; used only to keep it out of the password."""
    return str(connection.execute(_PHONE, {"operator": operator_id}).scalar() or "")


def set_active(connection: sa.Connection, operator_id: int, *, active: bool) -> None:
    """Activate or deactivate an operator."""
    connection.execute(_SET_ACTIVE, {"operator": operator_id, "active": int(active)})


def set_roles(connection: sa.Connection, operator_id: int, roles: Sequence[Role]) -> None:
    """Replace an operator's roles."""
    connection.execute(_DROP_ROLES, {"operator": operator_id})
    for role in roles:
        connection.execute(_ADD_ROLE, {"operator": operator_id, "role": role.value})
