"""Lets a test's people be logged in: what most tests are about begins after that."""

from __future__ import annotations

import json
from pathlib import Path

from gridconsole.domain.states import Role
from gridconsole.services import actors, terminal
from gridconsole.services.office import Office
from gridconsole.store import access
from gridconsole.store import offices as office_rows

FOR_EVER = 10_000_000
"""Minutes without a key until a log-in or a console gives up: a test's clock moves by days."""
PLAIN, OTHER = "zhengzaibang7", "liulianggao8"
"""Two passwords that will do."""


def token_of(session: int) -> str:
    """The token of a session that a test opened."""
    return f"token of session {session}"


def log_everybody_in(opened: Office) -> None:
    """Log everybody of an office in on this terminal, for ever; whoever copies the file copies that, see :func:`hold_tokens`."""
    with opened.database.writing() as connection:
        settings = {**opened.settings, "session_minutes": FOR_EVER, "lock_minutes": FOR_EVER}
        office_rows.put_settings(connection, opened.id, settings)
    for actor in actors.operators(opened):
        log_in(opened, actor.name)


def log_in(opened: Office, name: str) -> None:
    """Log somebody in on this terminal, without a password, unless that is so already."""
    actor = next((actor for actor in actors.operators(opened) if actor.name == name), None)
    if actor is None:
        return
    place = terminal.here()
    held = terminal.tokens(opened.database.path, place)
    with opened.database.reading() as connection:
        if any(session.actor.id == actor.id for session in access.sessions(connection, list(held))):
            return
    with opened.database.writing() as connection:
        key = access.open_session(connection, actor.id, place.os_user, place.terminal, "", opened.now())
        connection.exec_driver_sql(
            "UPDATE operator_session SET token_hash = ? WHERE id = ?", (terminal.token_hash(token_of(key)), key)
        )
    terminal.keep_tokens(opened.database.path, place, {**held, key: token_of(key)})


def hold_tokens(path: Path, sessions: int = len(Role)) -> Path:
    """Give this terminal the tokens of a copied office's log-ins; returns the path."""
    terminal.keep_tokens(path, terminal.here(), {key: token_of(key) for key in range(1, sessions + 1)})
    return path


def give_passwords(opened: Office, *names: str, password: str = PLAIN) -> None:
    """Let some people log in with a password."""
    from gridconsole.services import passwords

    with opened.database.writing() as connection:
        for actor in office_rows.operators(connection, opened.id):
            if actor.name in names:
                access.put_credential(connection, actor.id, passwords.hash_of(password), opened.now(), temporary=False)


def log_everybody_out(path: Path) -> None:
    """As on a terminal nobody has logged in on yet."""
    terminal.keep_tokens(path, terminal.here(), {})


def set_office(opened: Office, **settings: object) -> None:
    """Change settings in the file, behind the program's back."""
    with opened.database.writing() as connection:
        office_rows.put_settings(connection, opened.id, {**office_rows.office(connection).settings, **settings})


def ledger_text(opened: Office) -> str:
    """Everything the ledger says, as one text."""
    with opened.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM ledger LEFT JOIN ledger_personal USING (office_id, seq)").fetchall()
    return json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)
