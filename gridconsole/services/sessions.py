"""Sessions of operators: log in and out, and choose the operator who acts on a terminal.

This prevents mistakes, guessing and casual look-ups. The owner of the file can read it with any SQLite tool; the manual says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.access import PasswordPolicy, Tries, has_run_out
from gridconsole.domain.errors import (
    DatabaseUnusable,
    GridConsoleError,
    LoginFailed,
    LoginPaused,
    NobodyMayLogIn,
    NotLoggedIn,
    NotTheirLock,
    PasswordRunOut,
    SessionEnded,
    UnknownOperator,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.domain.views.accounts import AccountChange
from gridconsole.language import t
from gridconsole.services import passwords, presence, terminal
from gridconsole.services.actors import find_operator, pick_operator
from gridconsole.services.terminal import TokenPlace
from gridconsole.store import access, ledger, offices, turns

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

TOUCH_EVERY = timedelta(seconds=60)
"""Shortest time between two writes of a session's last use: showing a list of cases must not cost a write each time."""
KEPT = timedelta(days=200)
"""Time for which ended log-ins are listed: the law requires six months."""
NAME_BUCKETS = 2
"""Bytes stored of the hash of an unknown name: enough to slow a guesser down, too few to recover what was typed."""


HANDED_OVER = "handed_over"
"""Reason of a log-in that ended because another operator took over its terminal."""


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """An operator logged in on this terminal."""

    actor: Actor
    session_id: int
    changes: tuple[AccountChange, ...] = field(default=(), compare=False)
    """Changes that others made to the account since its previous log-in; filled only when the session is opened."""


def session_limit(office: Office) -> timedelta:
    """Return how long a login lasts without being used."""
    return timedelta(minutes=float(office.settings.get("session_minutes", 30)))


def lock_after(office: Office) -> timedelta:
    """Return how long a console stays open without a key."""
    return timedelta(minutes=float(office.settings.get("lock_minutes", 10)))


def rules_of(office: Office) -> PasswordPolicy:
    """Return the office's password policy."""
    return passwords.policy(str(office.settings.get("password_policy", "plain")))


def names_in(office: Office) -> dict[str, tuple[str, ...]]:
    """Return the names of the operators whose log-ins are in use, by the terminal of the log-in."""
    with office.database.reading() as connection:
        return access.names_in_use(connection, office.id, office.now() - session_limit(office))


# --- the acting operator ----------------------------------------------------------------------------------------


def active_sessions(office: Office) -> tuple[ActiveSession, ...]:
    """Return the sessions of this terminal, the latest last."""
    place = terminal.here()
    held = terminal.tokens(office.database.path, place)
    with office.database.reading() as connection:
        found = access.sessions(connection, list(held))
    limit, now = session_limit(office), office.now()
    return tuple(
        ActiveSession(session.actor, session.id)
        for session in found
        if hmac.compare_digest(session.token_hash, terminal.token_hash(held[session.id]))
        and TokenPlace(session.os_user, session.terminal) == place
        # The absolute difference also excludes a session used while the clock ran ahead.
        and abs(now - session.seen_at) <= limit
    )


def who(office: Office, named: str | None = None, usual: Role | None = None) -> ActiveSession:
    """Return the session of this terminal that acts.

    This is the named one, or else the latest one; sessions with the usual role come first.

    Raises:
        NotLoggedIn: no operator, or not the named one, is logged in here.
        UnknownOperator: no operator has the name. Raised only if an operator is logged in here.
        NobodyMayLogIn: no administrator has a password yet.
    """
    there = active_sessions(office)
    session = _chosen(office, there, named) if named else _usual(there, usual)
    if session is None:
        refuse_if_nobody_may(office)
        raise NotLoggedIn(name=clean_line(named or "") or t("column.operator"))
    _touch(office, session)
    return session


def _usual(there: Sequence[ActiveSession], usual: Role | None) -> ActiveSession | None:
    fitting = [session for session in there if usual in session.actor.roles]
    return next(reversed(fitting or list(there)), None)


def _chosen(office: Office, there: Sequence[ActiveSession], named: str) -> ActiveSession | None:
    try:
        actor = pick_operator([session.actor for session in there], named)
    except UnknownOperator:
        if not there:
            return None
        with office.database.reading() as connection:
            everybody = offices.operators(connection, office.id)
        with contextlib.suppress(UnknownOperator):
            pick_operator(everybody, named)
            return None
        raise
    return next(session for session in reversed(there) if session.actor.id == actor.id)


def refuse_if_nobody_may(office: Office) -> None:
    """Refuse if no log-in is possible yet, before a password is asked for.

    Raises:
        NobodyMayLogIn: no administrator has a password yet.
    """
    with office.database.reading() as connection:
        if not somebody_keeps_operators(connection, office):
            raise NobodyMayLogIn


def somebody_keeps_operators(connection: Transaction, office: Office) -> bool:
    """Return whether an administrator can log in."""
    return any(
        account.active and account.password_set_at is not None and Role.ADMIN in account.actor.roles
        for account in access.accounts(connection, office.id)
    )


def _touch(office: Office, session: ActiveSession) -> None:
    """Store that a session is in use. An unwritable database is ignored: reading must still work."""
    now = office.now()
    with office.database.reading() as connection:
        found = access.sessions(connection, [session.session_id])
    if found and abs(now - found[0].seen_at) >= TOUCH_EVERY:
        with contextlib.suppress(DatabaseUnusable), turns.in_background(), office.database.writing() as connection:
            access.seen(connection, session.session_id, now)


def renewed(office: Office, session: ActiveSession, *, used: bool = True) -> ActiveSession:
    """Return a session with the operator's present roles.

    Args:
        used: an operator uses the terminal; False: only check that the log-in is still valid.

    Raises:
        SessionEnded: the log-in has ended or run out.
    """
    with office.database.reading() as connection:
        found = access.sessions(connection, [session.session_id])
    if not found or office.now() - found[0].seen_at > session_limit(office):
        raise SessionEnded(name=session.actor.name)
    if used:
        _touch(office, session)
    return ActiveSession(found[0].actor, session.session_id)


def check_active(office: Office, actor: Actor) -> None:
    """Refuse an operator whose account was disabled; for programs that run for days.

    Raises:
        SessionEnded: the account was disabled.
    """
    with office.database.reading() as connection:
        if not any(found.id == actor.id for found in offices.operators(connection, office.id)):
            raise SessionEnded(name=actor.name)


# --- logging in -------------------------------------------------------------------------------------------------


def prove(office: Office, name: str, password: str, *, run_out_will_do: bool = False) -> Actor:
    """Check an operator's password; returns the operator. A wrong password is counted and recorded in the ledger.

    Args:
        run_out_will_do: accept a password that must be changed first.

    Raises:
        NobodyMayLogIn: no administrator has a password yet.
        LoginPaused: too many wrong passwords for this name; the pause is not over.
        LoginFailed: the password is wrong, or no operator has the name.
        PasswordRunOut: the password is right, but must be changed first.
    """
    # Serialised by the write lock, including the hashing: many guesses at once must not all be counted as the first.
    with office.database.writing() as connection:
        outcome = _prove(connection, office, clean_line(name), password, run_out_will_do)
    # Raised only now, because an error inside the transaction would roll the count back.
    if isinstance(outcome, GridConsoleError):
        raise outcome
    return outcome


def witness(office: Office, name: str, password: str) -> Actor:
    """Check the password of a second person as a witness, without logging them in. In a demo the name is enough.

    Raises:
        UnknownOperator: in a demo, no operator fits the name.
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: see :func:`prove`.
    """
    return find_operator(office, name) if office.is_demo else prove(office, name, password)


def _prove(connection: Transaction, office: Office, name: str, password: str, run_out_will_do: bool) -> Actor | GridConsoleError:
    if not somebody_keeps_operators(connection, office):
        return NobodyMayLogIn()
    now = office.now()
    actor = next((found for found in offices.operators(connection, office.id) if found.name == name), None)
    bucket = f"operator:{actor.id}" if actor else f"?{hashlib.sha256(name.encode()).digest()[:NAME_BUCKETS].hex()}"
    # Counted with the machine's uptime: setting the clock does not end a pause.
    up = office.uptime()
    tries = access.tries(connection, bucket) or Tries(0, up.seconds, up.boot)
    if not tries.is_of(up.boot, up.seconds):
        # The machine was restarted since. The time it was off is not known, so the whole pause counts from now.
        tries = Tries(tries.failures, up.seconds, up.boot)
        access.put_tries(connection, bucket, tries, now)
    if (wait := tries.wait(up.seconds)) > timedelta(0):
        return LoginPaused(limit=wait)
    held = access.credential(connection, actor.id) if actor else None
    if not passwords.matches(held.hash if held else None, password) or actor is None or held is None:
        count = Tries(tries.still_counting(up.seconds) + 1, up.seconds, up.boot)
        access.put_tries(connection, bucket, count, now)
        _record_failure(connection, office, actor, count, now)
        return LoginFailed()
    access.clear_tries(connection, bucket)
    if passwords.is_outdated(held.hash):
        access.rehash(connection, actor.id, passwords.hash_of(password))
    rules = rules_of(office)
    if not run_out_will_do and (held.temporary or has_run_out(held.set_at, rules, now)):
        return PasswordRunOut(name=actor.name)
    return actor


def _record_failure(connection: Transaction, office: Office, actor: Actor | None, count: Tries, now: datetime) -> None:
    facts: dict[str, object] = {**_where(), "failures": count.failures}
    subject = ("office", office.id)
    if actor is not None:
        # Only the name of a known operator is recorded: people sometimes type their password into the name field.
        facts["name"] = actor.name
        subject = ("operator", actor.id)
    ledger.append(connection, office.id, [ledger.NewEntry(now, None, "system", office.origin, *subject, "login_failed", facts)])


def _where() -> dict[str, object]:
    place = terminal.here()
    return {"os_user": place.os_user, "terminal": place.terminal}


def log_in(office: Office, name: str, password: str) -> ActiveSession:
    """Log in on this terminal; other operators who are logged in here stay logged in.

    Raises:
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: see :func:`prove`.
        TokenFolderUnsafe: this terminal's tokens cannot be stored.
    """
    actor = prove(office, name, password)
    return open_session_here(office, actor, "login")


def open_session_here(office: Office, actor: Actor, action: str, **facts: object) -> ActiveSession:
    """Open a session for an operator whose identity is proved. It replaces this operator's earlier sessions on the terminal."""
    place, token, now = terminal.here(), terminal.new_token(), office.now()
    held = terminal.tokens(office.database.path, place)
    with office.database.writing() as connection:
        changes = access.changes_by_others(connection, actor.id)
        earlier = [session.id for session in access.sessions(connection, list(held)) if session.actor.id == actor.id]
        access.end_sessions(connection, earlier, now, "again")
        access.purge_sessions(connection, now - KEPT)
        key = access.open_session(
            connection, actor.id, os_user=place.os_user, terminal=place.terminal, token_hash=terminal.token_hash(token), at=now
        )
        _append(connection, office, at=now, actor=actor, action=action, facts={**_where(), **facts})
        # Last, inside the transaction: if this fails, the log-in is rolled back.
        open_ones = {session.id for session in access.sessions(connection, list(held))}
        kept = {number: held[number] for number in held if number in open_ones}
        terminal.keep_tokens(office.database.path, place, {**kept, key: token})
    return ActiveSession(actor, key, changes)


def log_out(office: Office, named: str | None = None, why: str = "logout") -> tuple[str, ...]:
    """End the log-in of the named operator, or of all operators on this terminal; returns their names.

    Raises:
        NotLoggedIn: the named operator is not logged in here.
        UnknownOperator: no operator has the name.
    """
    there = active_sessions(office)
    if named:
        session = _chosen(office, there, named)
        if session is None:
            raise NotLoggedIn(name=clean_line(named))
        there = (session,)
    leave(office, there, why)
    return tuple(session.actor.name for session in there)


def leave(office: Office, leaving: Sequence[ActiveSession], why: str) -> None:
    """End sessions of this terminal. If the database cannot be written now, this terminal still deletes their tokens.

    Raises:
        DatabaseUnusable: the sessions stay in the database until they run out, but they cannot be used any more.
    """
    try:
        _end(office, leaving, why)
    finally:
        place, gone = terminal.here(), {session.session_id for session in leaving}
        held = terminal.tokens(office.database.path, place)
        terminal.keep_tokens(office.database.path, place, {number: token for number, token in held.items() if number not in gone})


def _end(office: Office, leaving: Sequence[ActiveSession], why: str) -> None:
    now, gone = office.now(), {session.session_id for session in leaving}
    with office.database.writing() as connection:
        open_ones = {session.id for session in access.sessions(connection, list(gone))}
        access.end_sessions(connection, list(gone), now, why)
        for session in leaving:
            if session.session_id in open_ones:
                _append(connection, office, at=now, actor=session.actor, action=why, facts=_where())
                if why in ("logout", HANDED_OVER):
                    # Not for a lock: the operator had left before it, so the last use of the log-in counts as the presence.
                    presence.left_in(connection, office, session.actor.id, now)


def _append(connection: Transaction, office: Office, at: datetime, actor: Actor, action: str, facts: dict[str, object]) -> None:
    entry = office.entry(actor, action, facts, about=("operator", actor.id), at=at)
    ledger.append(connection, office.id, [entry])


# --- a console's terminal ---------------------------------------------------------------------------------------


def lock(office: Office) -> None:
    """Lock a console that is not used: end every session of this terminal, so that quitting the lock screen gives no access."""
    leave(office, active_sessions(office), "lock")


def unlock(office: Office, locked: Actor, name: str, password: str) -> ActiveSession:
    """Unlock a terminal for the operator who locked it, or for a shift leader who takes it over.

    Raises:
        NotTheirLock: the operator is neither.
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: see :func:`prove`.
    """
    actor = prove(office, name, password)
    if actor.id == locked.id:
        return open_session_here(office, actor, "unlock")
    if Role.SHIFT_LEADER not in actor.roles:
        raise NotTheirLock(operator=locked.name, role=Role.SHIFT_LEADER)
    return open_session_here(office, actor, "hand_over", of=locked.id, of_name=locked.name)


def hand_over(office: Office, former: ActiveSession | None, name: str, password: str) -> ActiveSession:
    """Let another operator take over a running terminal with their own password; the former session ends.

    Raises:
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: see :func:`prove`.
    """
    return pass_on(office, former, prove(office, name, password))


def pass_on(office: Office, former: ActiveSession | None, actor: Actor) -> ActiveSession:
    """Pass a running terminal on to an operator whose identity is proved; the former session ends."""
    if former is None or former.actor.id == actor.id:
        return open_session_here(office, actor, "login")
    leave(office, [former], HANDED_OVER)
    return open_session_here(office, actor, "hand_over", of=former.actor.id, of_name=former.actor.name)


def may_log_in(office: Office) -> tuple[Actor, ...]:
    """Return the active operators with a password, for a list to choose from."""
    with office.database.reading() as connection:
        return tuple(
            account.actor
            for account in access.accounts(connection, office.id)
            if account.active and account.password_set_at is not None
        )
