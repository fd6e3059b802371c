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
from gridconsole.store.dialect.sqlite import upsert
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.tables.people import credential as credential_table
from gridconsole.store.tables.people import login_tries, operator, operator_role, operator_session, past_credential
from gridconsole.store.tables.roster import roster_person
from gridconsole.store.types import coded, instant, instant_or_none, stamp


@dataclass(frozen=True, slots=True)
class Credential:
    """Stored password hash of an operator."""

    hash: str
    set_at: datetime
    temporary: bool


_OF_OPERATOR: sa.BindParameter[int] = sa.bindparam("operator")
_CREDENTIAL = sa.select(*some(credential_table, "hash set_at temporary")).where(credential_table.c.operator_id == _OF_OPERATOR)
_PUT_CREDENTIAL = upsert(credential_table, "operator_id", "hash set_at temporary")
_WITH_PASSWORD = sa.select(credential_table.c.operator_id)
_REHASH = sa.update(credential_table).where(credential_table.c.operator_id == _OF_OPERATOR).values(hash=sa.bindparam("new_hash"))
_PAST = (
    sa.select(past_credential.c.hash)
    .where(past_credential.c.operator_id == _OF_OPERATOR)
    .order_by(past_credential.c.id.desc())
    .limit(sa.bindparam("most"))
)
_KEEP = sa.insert(past_credential).from_select(
    ["operator_id", "hash"],
    sa.select(*some(credential_table, "operator_id hash")).where(credential_table.c.operator_id == _OF_OPERATOR),
)
_NEWEST_PAST = (
    sa.select(past_credential.c.id)
    .where(past_credential.c.operator_id == _OF_OPERATOR)
    .order_by(past_credential.c.id.desc())
    .limit(sa.bindparam("most"))
)
_FORGET_PAST = sa.delete(past_credential).where(
    past_credential.c.operator_id == _OF_OPERATOR, past_credential.c.id.not_in(_NEWEST_PAST)
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
    values = {"operator_id": operator_id, "hash": hashed, "set_at": stamp(at), "temporary": int(temporary)}
    connection.execute(_PUT_CREDENTIAL, values)


def rehash(connection: sa.Connection, operator_id: int, hashed: str) -> None:
    """Store a new hash of the same password, at today's cost."""
    connection.execute(_REHASH, {"operator": operator_id, "new_hash": hashed})


def past_hashes(connection: sa.Connection, operator_id: int, most: int) -> tuple[str, ...]:
    """Return hashes of earlier passwords, newest first."""
    return tuple(row.hash for row in connection.execute(_PAST, {"operator": operator_id, "most": most}))


# --- tries ------------------------------------------------------------------------------------------------------

_TRIES = sa.select(*some(login_tries, "failures uptime boot")).where(login_tries.c.bucket == sa.bindparam("of_bucket"))
_PUT_TRIES = upsert(login_tries, "bucket", "failures last_at uptime boot")
_CLEAR_TRIES = sa.delete(login_tries).where(login_tries.c.bucket == sa.bindparam("of_bucket"))


def tries(connection: sa.Connection, bucket: str) -> Tries | None:
    """Return the wrong passwords in a row, if any."""
    row = connection.execute(_TRIES, {"of_bucket": bucket}).first()
    return None if row is None else Tries(row.failures, row.uptime, row.boot)


def put_tries(connection: sa.Connection, bucket: str, count: Tries, at: datetime) -> None:
    """Store the count of wrong passwords and the time of the last one."""
    values = {"bucket": bucket, "failures": count.failures, "last_at": stamp(at), "uptime": count.last, "boot": count.boot}
    connection.execute(_PUT_TRIES, values)


def clear_tries(connection: sa.Connection, bucket: str) -> None:
    """Reset the count after the right password."""
    connection.execute(_CLEAR_TRIES, {"of_bucket": bucket})


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


_OPEN = sa.insert(operator_session).returning(operator_session.c.id)
_ROLES = (
    sa.select(sa.func.aggregate_strings(operator_role.c.role, ","))
    .where(operator_role.c.operator_id == operator.c.id)
    .scalar_subquery()
)
_SESSIONS = (
    sa.select(
        *some(operator_session, "id operator_id os_user terminal token_hash opened_at seen_at"),
        *some(operator, "name warden_id"),
        _ROLES.label("roles"),
    )
    .join_from(operator_session, operator, operator.c.id == operator_session.c.operator_id)
    .where(
        operator_session.c.id.in_(sa.bindparam("ids", expanding=True)),
        operator_session.c.ended_at.is_(None),
        operator.c.active == sa.literal_column("1"),
    )
    .order_by(operator_session.c.id)
)
_SEEN = sa.update(operator_session).where(operator_session.c.id == sa.bindparam("session")).values(seen_at=sa.bindparam("at"))
_ENDED: dict[str, sa.BindParameter[str]] = {"ended_at": sa.bindparam("at"), "why_ended": sa.bindparam("why")}
_END = (
    sa.update(operator_session)
    .where(operator_session.c.id.in_(sa.bindparam("ids", expanding=True)), operator_session.c.ended_at.is_(None))
    .values(_ENDED)
)
_END_ALL = (
    sa.update(operator_session)
    .where(
        operator_session.c.operator_id == _OF_OPERATOR,
        operator_session.c.ended_at.is_(None),
        operator_session.c.id != sa.bindparam("kept"),
    )
    .values(_ENDED)
)
_PURGE = sa.delete(operator_session).where(operator_session.c.seen_at < sa.bindparam("before"))


def open_session(connection: sa.Connection, operator_id: int, os_user: str, terminal: str, token_hash: str, at: datetime) -> int:
    """Add a log-in; return its key."""
    values = {
        "operator_id": operator_id, "os_user": os_user, "terminal": terminal, "token_hash": token_hash, "opened_at": stamp(at),
        "seen_at": stamp(at),
    }  # fmt: skip
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


_IN_USE = (
    sa.select(operator_session.c.terminal, operator.c.name)
    .distinct()
    .join_from(operator_session, operator, operator.c.id == operator_session.c.operator_id)
    .where(
        operator.c.office_id == sa.bindparam("office"),
        operator_session.c.ended_at.is_(None),
        operator_session.c.seen_at >= sa.bindparam("since"),
    )
    .order_by(operator.c.name)
)


def names_in_use(connection: sa.Connection, office: int, since: datetime) -> dict[str, tuple[str, ...]]:
    """Return the operators of log-ins that were used since a moment and have not ended, by terminal."""
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(_IN_USE, {"office": office, "since": stamp(since)}):
        found[row.terminal] = (*found.get(row.terminal, ()), row.name)
    return found


def seen(connection: sa.Connection, session_id: int, at: datetime) -> None:
    """Record that a log-in is in use."""
    connection.execute(_SEEN, {"session": session_id, "at": stamp(at)})


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
_ABOUT_OPERATOR = (ledger.c.subject_kind == sa.literal_column("'operator'"), ledger.c.subject_id == _OF_OPERATOR)
_LAST_LOGIN = (
    sa.select(ledger.c.seq)
    .where(
        *_ABOUT_OPERATOR,
        ledger.c.operator_id == _OF_OPERATOR,
        ledger.c.action.in_(sa.literal_column(f"'{action}'") for action in ("login", "unlock", "hand_over")),
    )
    .order_by(ledger.c.seq.desc())
    .limit(sa.literal_column("1"))
)
_CHANGES = ("operator_roles", "operator_password", "operator_disable", "operator_enable")
_ACCOUNT_CHANGES = (
    sa.select(*some(ledger, "at operator action facts"))
    .where(
        *_ABOUT_OPERATOR,
        ledger.c.seq > sa.bindparam("since"),
        ledger.c.operator_id.is_not(None),
        ledger.c.operator_id != _OF_OPERATOR,
        ledger.c.action.in_(sa.literal_column(f"'{action}'") for action in _CHANGES),
    )
    .order_by(ledger.c.seq.desc())
    .limit(sa.bindparam("most"))
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


_LAST_SEEN = (
    sa.select(sa.func.max(operator_session.c.seen_at)).where(operator_session.c.operator_id == operator.c.id).scalar_subquery()
)
_ACCOUNTS = (
    sa.select(
        *some(operator, "id name warden_id active"),
        *some(credential_table, "set_at temporary"),
        _ROLES.label("roles"),
        _LAST_SEEN.label("seen_at"),
    )
    .select_from(operator.outerjoin(credential_table, credential_table.c.operator_id == operator.c.id))
    .where(operator.c.office_id == sa.bindparam("office"))
    .order_by(operator.c.id)
)
_PHONE = (
    sa.select(roster_person.c.phone)
    .join_from(operator, roster_person, roster_person.c.id == operator.c.warden_id)
    .where(operator.c.id == _OF_OPERATOR)
)
_SET_ACTIVE = sa.update(operator).where(operator.c.id == _OF_OPERATOR).values(active=sa.bindparam("is_active"))
_DROP_ROLES = sa.delete(operator_role).where(operator_role.c.operator_id == _OF_OPERATOR)
_ADD_ROLE = sa.insert(operator_role)


_DISABLED = sa.select(operator.c.id).where(
    operator.c.office_id == sa.bindparam("office"), operator.c.active == sa.literal_column("0")
)


def disabled(connection: sa.Connection, office_id: int) -> frozenset[int]:
    """Return the keys of the operators whose accounts are disabled."""
    return frozenset(connection.execute(_DISABLED, {"office": office_id}).scalars())


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
    connection.execute(_SET_ACTIVE, {"operator": operator_id, "is_active": int(active)})


def set_roles(connection: sa.Connection, operator_id: int, roles: Sequence[Role]) -> None:
    """Replace an operator's roles."""
    connection.execute(_DROP_ROLES, {"operator": operator_id})
    for role in roles:
        connection.execute(_ADD_ROLE, {"operator_id": operator_id, "role": role.value})
