"""Sessions of operators: logging in and out, and which operator of a terminal acts.

This stops mistakes, guesses and casual look-ups. Whoever owns the file can read it with any SQLite tool; the manual says so.
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
from gridconsole.services import passwords, presence, terminal
from gridconsole.services.actors import find_operator, pick_operator
from gridconsole.services.terminal import Place
from gridconsole.store import access, ledger, offices, turns

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

TOUCH_EVERY = timedelta(seconds=60)
"""Being seen is written down no oftener: a list of cases must not cost a write each time."""
KEPT = timedelta(days=200)
"""Ended log-ins are listed so long: the law asks for six months."""
NAME_BUCKETS = 2
"""Bytes that remain of a name that is nobody's: enough to slow a guesser down, too few to tell what was typed."""


HANDED_OVER = "handed_over"
"""Why a log-in ended whose terminal went to somebody else."""


@dataclass(frozen=True, slots=True)
class ActiveSession:
    """An operator logged in on this terminal."""

    actor: Actor
    session_id: int
    changes: tuple[AccountChange, ...] = field(default=(), compare=False)
    """What others changed of the account since the log-in before; said once, when it is opened."""


def session_limit(office: Office) -> timedelta:
    """Return how long a login lasts without being used."""
    return timedelta(minutes=float(office.settings.get("session_minutes", 30)))


def lock_after(office: Office) -> timedelta:
    """Return how long a console stays open without a key."""
    return timedelta(minutes=float(office.settings.get("lock_minutes", 10)))


def rules_of(office: Office) -> PasswordPolicy:
    """The office's password policy."""
    return passwords.policy(str(office.settings.get("password_policy", "plain")))


def names_in(office: Office) -> dict[str, tuple[str, ...]]:
    """Name the operators whose log-ins are in use, by the terminal they are bound to."""
    with office.database.reading() as connection:
        return access.names_in_use(connection, office.id, office.now() - session_limit(office))


# --- who acts ---------------------------------------------------------------------------------------------------


def active_sessions(office: Office) -> tuple[ActiveSession, ...]:
    """Everybody logged in on this terminal, the last one last."""
    place = terminal.here()
    held = terminal.tokens(office.database.path, place)
    with office.database.reading() as connection:
        found = access.sessions(connection, list(held))
    limit, now = session_limit(office), office.now()
    return tuple(
        ActiveSession(session.actor, session.id)
        for session in found
        if hmac.compare_digest(session.token_hash, terminal.token_hash(held[session.id]))
        and Place(session.os_user, session.terminal) == place
        # Also not one that was used under a clock that ran ahead.
        and abs(now - session.seen_at) <= limit
    )


def who(office: Office, named: str | None = None, usual: Role | None = None) -> ActiveSession:
    """Return the session that acts: the one named among those of this terminal, else the last one, one with the usual role
    before others.

    Raises:
        NotLoggedIn: nobody is, or not the one named.
        UnknownOperator: the name is nobody's, said to those who are logged in only.
        NobodyMayLogIn: no administrator has a password yet.
    """
    there = active_sessions(office)
    session = _chosen(office, there, named) if named else _usual(there, usual)
    if session is None:
        refuse_if_nobody_may(office)
        raise NotLoggedIn(name=clean_line(named or ""))
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
    """Refuse where asking for a password is in vain.

    Raises:
        NobodyMayLogIn: no administrator has one yet.
    """
    with office.database.reading() as connection:
        if not somebody_keeps_operators(connection, office):
            raise NobodyMayLogIn


def somebody_keeps_operators(connection: Transaction, office: Office) -> bool:
    """Return whether there is an administrator who can log in."""
    return any(
        account.active and account.password_set_at is not None and Role.ADMIN in account.actor.roles
        for account in access.accounts(connection, office.id)
    )


def _touch(office: Office, session: ActiveSession) -> None:
    """Say that somebody is there; a list that cannot be written to for a moment is still read."""
    now = office.now()
    with office.database.reading() as connection:
        found = access.sessions(connection, [session.session_id])
    if found and abs(now - found[0].seen_at) >= TOUCH_EVERY:
        with contextlib.suppress(DatabaseUnusable), turns.in_background(), office.database.writing() as connection:
            access.seen(connection, session.session_id, now)


def renewed(office: Office, session: ActiveSession, *, used: bool = True) -> ActiveSession:
    """The same seat with the roles as they are now.

    Args:
        used: somebody is at the keys; otherwise it is only looked whether the log-in still holds.

    Raises:
        SessionEnded: it does not.
    """
    with office.database.reading() as connection:
        found = access.sessions(connection, [session.session_id])
    if not found or office.now() - found[0].seen_at > session_limit(office):
        raise SessionEnded(name=session.actor.name)
    if used:
        _touch(office, session)
    return ActiveSession(found[0].actor, session.session_id)


def check_active(office: Office, actor: Actor) -> None:
    """Refuse somebody who may not act any more, for what goes on for days.

    Raises:
        SessionEnded: the account was closed.
    """
    with office.database.reading() as connection:
        if not any(found.id == actor.id for found in offices.operators(connection, office.id)):
            raise SessionEnded(name=actor.name)


# --- logging in -------------------------------------------------------------------------------------------------


def prove(office: Office, name: str, password: str, *, run_out_will_do: bool = False) -> Actor:
    """Return the operator a password belongs to. A wrong one is counted and stands in the ledger.

    Raises:
        NobodyMayLogIn: no administrator has a password yet.
        LoginPaused: too many wrong ones just now.
        LoginFailed: wrong, or nobody's.
        PasswordRunOut: right, but it must be changed first.
    """
    # One after the other, the hashing included: many guesses at once must not all be counted as the first.
    with office.database.writing() as connection:
        outcome = _prove(connection, office, clean_line(name), password, run_out_will_do)
    # Raised only now, or the count would be taken back with everything else.
    if isinstance(outcome, GridConsoleError):
        raise outcome
    return outcome


def witness(office: Office, name: str, password: str) -> Actor:
    """The second person who stands by and gives the own password; nobody is logged in by that. In a demo whoever is named.

    Raises:
        UnknownOperator: nobody, in a demo.
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as for :func:`prove`.
    """
    return find_operator(office, name) if office.is_demo else prove(office, name, password)


def _prove(connection: Transaction, office: Office, name: str, password: str, run_out_will_do: bool) -> Actor | GridConsoleError:
    if not somebody_keeps_operators(connection, office):
        return NobodyMayLogIn()
    now = office.now()
    actor = next((found for found in offices.operators(connection, office.id) if found.name == name), None)
    bucket = f"operator:{actor.id}" if actor else f"?{hashlib.sha256(name.encode()).digest()[:NAME_BUCKETS].hex()}"
    # Counted with the machine's uptime: a clock that its user sets ends no pause.
    up = office.uptime()
    tries = access.tries(connection, bucket) or Tries(0, up.seconds, up.boot)
    if not tries.is_of(up.boot, up.seconds):
        # The machine was started again since: how long it was off is not known, so the whole pause counts from here.
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
        # Only a name that is an operator's: the other thing people type into that field is their password.
        facts["name"] = actor.name
        subject = ("operator", actor.id)
    ledger.append(connection, office.id, [ledger.NewEntry(now, None, "system", office.origin, *subject, "login_failed", facts)])


def _where() -> dict[str, object]:
    place = terminal.here()
    return {"os_user": place.os_user, "terminal": place.terminal}


def log_in(office: Office, name: str, password: str) -> ActiveSession:
    """Log in on this terminal; whoever is logged in here already stays so.

    Raises:
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as :func:`prove` says.
        TokenFolderUnsafe: this terminal's log-ins cannot be kept.
    """
    actor = prove(office, name, password)
    return open_session_here(office, actor, "login")


def open_session_here(office: Office, actor: Actor, action: str, **facts: object) -> ActiveSession:
    """A log-in of somebody who has proved to be who it is; a log-in of the same person on this terminal is replaced."""
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
        # Last: if this fails the log-in never was.
        open_ones = {session.id for session in access.sessions(connection, list(held))}
        kept = {number: held[number] for number in held if number in open_ones}
        terminal.keep_tokens(office.database.path, place, {**kept, key: token})
    return ActiveSession(actor, key, changes)


def log_out(office: Office, named: str | None = None, why: str = "logout") -> tuple[str, ...]:
    """End the log-in of one, or of everybody on this terminal; returns their names.

    Raises:
        NotLoggedIn: the one named is not logged in here.
        UnknownOperator: the name is nobody's.
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
    """End some log-ins of this terminal. Where the file cannot be written to now, at least this terminal forgets them.

    Raises:
        DatabaseUnusable: the log-ins stand in the file until they run out; nobody can use them any more.
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
                    # Where a terminal locked itself nobody was there already: then the last use of the log-in counts.
                    presence.left_in(connection, office, session.actor.id, now)


def _append(connection: Transaction, office: Office, at: datetime, actor: Actor, action: str, facts: dict[str, object]) -> None:
    entry = office.entry(actor, action, facts, about=("operator", actor.id), at=at)
    ledger.append(connection, office.id, [entry])


# --- a console's terminal ---------------------------------------------------------------------------------------


def lock(office: Office) -> None:
    """Nobody is at the keys: every log-in of this terminal ends, so that leaving the locked screen opens nothing either."""
    leave(office, active_sessions(office), "lock")


def unlock(office: Office, locked: Actor, name: str, password: str) -> ActiveSession:
    """Open a locked terminal: who locked it, or a shift leader who takes it over.

    Raises:
        NotTheirLock: neither.
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as :func:`prove` says.
    """
    actor = prove(office, name, password)
    if actor.id == locked.id:
        return open_session_here(office, actor, "unlock")
    if Role.SHIFT_LEADER not in actor.roles:
        raise NotTheirLock(operator=locked.name, role=Role.SHIFT_LEADER)
    return open_session_here(office, actor, "hand_over", of=locked.id, of_name=locked.name)


def hand_over(office: Office, former: ActiveSession | None, name: str, password: str) -> ActiveSession:
    """Somebody else takes a running terminal over, by the own password; the former log-in ends.

    Raises:
        LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as :func:`prove` says.
    """
    return pass_on(office, former, prove(office, name, password))


def pass_on(office: Office, former: ActiveSession | None, actor: Actor) -> ActiveSession:
    """A running terminal goes to somebody who has proved to be who it is; the former log-in ends."""
    if former is None or former.actor.id == actor.id:
        return open_session_here(office, actor, "login")
    leave(office, [former], HANDED_OVER)
    return open_session_here(office, actor, "hand_over", of=former.actor.id, of_name=former.actor.name)


def may_log_in(office: Office) -> tuple[Actor, ...]:
    """Those who have a password, for a list to choose from."""
    with office.database.reading() as connection:
        return tuple(
            account.actor
            for account in access.accounts(connection, office.id)
            if account.active and account.password_set_at is not None
        )
