"""Lets a test's people be logged in: what most tests are about begins after that."""

from __future__ import annotations

import json
from pathlib import Path

from gridconsole.domain.states import Role
from gridconsole.services import desk as desks
from gridconsole.services import terminal
from gridconsole.services.desk import Desk
from gridconsole.store import access, offices

FOR_EVER = 10_000_000
"""Minutes without a key until a log-in or a console gives up: a test's clock moves by days."""
PLAIN, OTHER = "zhengzaibang7", "liulianggao8"
"""Two passwords that will do."""


def token_of(session: int) -> str:
    """The token of a session that a test opened."""
    return f"token of session {session}"


def log_everybody_in(desk: Desk) -> None:
    """Log everybody of an office in on this terminal, for ever; whoever copies the file copies that, see :func:`hold_tokens`."""
    with desk.database.writing() as connection:
        settings = {**desk.office.settings, "session_minutes": FOR_EVER, "lock_minutes": FOR_EVER}
        offices.put_settings(connection, desk.office.id, settings)
    for actor in desks.operators(desk):
        log_in(desk, actor.name)


def log_in(desk: Desk, name: str) -> None:
    """Log somebody in on this terminal, without a password, unless that is so already."""
    actor = next((actor for actor in desks.operators(desk) if actor.name == name), None)
    if actor is None:
        return
    place = terminal.here()
    held = terminal.tokens(desk.database.path, place)
    with desk.database.reading() as connection:
        if any(session.actor.id == actor.id for session in access.sessions(connection, list(held))):
            return
    with desk.database.writing() as connection:
        key = access.open_session(connection, actor.id, place.os_user, place.terminal, "", desk.now())
        connection.exec_driver_sql(
            "UPDATE operator_session SET token_hash = ? WHERE id = ?", (terminal.token_hash(token_of(key)), key)
        )
    terminal.keep_tokens(desk.database.path, place, {**held, key: token_of(key)})


def hold_tokens(path: Path, sessions: int = len(Role)) -> Path:
    """Give this terminal the tokens of a copied office's log-ins; returns the path."""
    terminal.keep_tokens(path, terminal.here(), {key: token_of(key) for key in range(1, sessions + 1)})
    return path


def give_passwords(desk: Desk, *names: str, password: str = PLAIN) -> None:
    """Let some people log in with a password."""
    from gridconsole.services import passwords

    with desk.database.writing() as connection:
        for actor in offices.operators(connection, desk.office.id):
            if actor.name in names:
                access.put_credential(connection, actor.id, passwords.hash_of(password), desk.now(), temporary=False)


def log_everybody_out(path: Path) -> None:
    """As on a terminal nobody has logged in on yet."""
    terminal.keep_tokens(path, terminal.here(), {})


def set_office(desk: Desk, **settings: object) -> None:
    """Change settings in the file, behind the program's back."""
    with desk.database.writing() as connection:
        offices.put_settings(connection, desk.office.id, {**offices.office(connection).settings, **settings})


def ledger_text(desk: Desk) -> str:
    """Everything the ledger says, as one text."""
    with desk.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM ledger LEFT JOIN ledger_personal USING (office_id, seq)").fetchall()
    return json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)
