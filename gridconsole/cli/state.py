"""The global options, and opening the office they name."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gridconsole import files
from gridconsole.domain.errors import BadValue, GridConsoleError, NotLoggedIn, OperatorMissing

if TYPE_CHECKING:
    from enum import StrEnum

    from gridconsole.domain.parties import Actor
    from gridconsole.domain.turns import Waiting
    from gridconsole.services.office import Office

    E = TypeVar("E", bound=StrEnum)


@dataclass
class Globals:
    """The global options of this run."""

    db: Path | None = None
    operator: str | None = None


SWEPT = 4
"""Batches of clocks that a command evaluates before its own work; a console does the rest."""
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years in which a date on the command line may lie."""
current = Globals()
"""Set by the root callback before any command runs."""


def database_path() -> Path:
    """Return the path of the database: ``--db``, else ``GRIDCONSOLE_DB``, else a file in the platform's data folder."""
    path = _database_path()
    # Guarded even if nothing is there yet: a report under this name would block the office to be created.
    files.guard(path)
    return path


def _database_path() -> Path:
    if current.db is not None:
        return current.db
    if named := os.environ.get("GRIDCONSOLE_DB"):
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("gridconsole", appauthor=False) / "gridconsole.db"


@contextlib.contextmanager
def open_office(*, sweep: bool = False) -> Iterator[Office]:
    """Open the office of this run, and close it at the end.

    Args:
        sweep: first do what has fallen due: resume suspended cases, notify of clocks that run out; no console may be open to do it.
    """
    from gridconsole.domain.errors import DatabaseUnusable
    from gridconsole.language import follow
    from gridconsole.services import upkeep
    from gridconsole.services.office import open_office

    office = open_office(database_path(), "cli")
    follow(office.now)
    office.database.turns.on_waiting = _say_once()
    try:
        with contextlib.suppress(GridConsoleError):
            upkeep.finish_imports(office)
        if sweep:
            # Reading goes on even if nothing can be written.
            with contextlib.suppress(DatabaseUnusable):
                upkeep.catch_up(office, SWEPT)
                upkeep.index(office, slices=1)
        yield office
    finally:
        office.close()


def _say_once() -> Callable[[Waiting | None], None]:
    """Return a callback that reports on standard error which writer a write waits for, once per command."""
    said: list[Waiting] = []

    def say(waiting: Waiting | None) -> None:
        if waiting is None or said:
            return
        from gridconsole.language.turns import waiting_text

        said.append(waiting)
        with contextlib.suppress(OSError, ValueError):
            print(waiting_text(waiting), file=sys.stderr, flush=True)

    return say


@contextlib.contextmanager
def look_into_office(*, sweep: bool = False) -> Iterator[Office]:
    """Open the office of this run for a command that only reads. The operator must be logged in, unless it is a demo."""
    with open_office(sweep=sweep) as office:
        operator_or_none(office)
        _say_doubt(office)
        yield office


def _say_doubt(office: Office) -> None:
    """Warn on standard error if the machine's time is in doubt: what depends on the time may be wrong."""
    from gridconsole.language import t
    from gridconsole.services import timekeeping

    doubt = timekeeping.standing(office).doubt
    if doubt is not None:
        print(t(f"cli.time.doubt.{doubt}"), file=sys.stderr)


def named_operator() -> str | None:
    """Return ``--operator``, else ``GRIDCONSOLE_OPERATOR``: it chooses among the operators logged in here, and proves nothing."""
    return current.operator or os.environ.get("GRIDCONSOLE_OPERATOR")


def operator(office: Office, default: str | None = None) -> Actor:
    """Return the operator who acts.

    The operator is logged in on this terminal, or proved by a script's password file; in a demo it is the operator named.

    Args:
        default: the role that usually does this; its operator is assumed if no operator is named.

    Raises:
        NotLoggedIn, NobodyMayLogIn: no operator is logged in here, or not the one named.
        OperatorMissing: no operator is named, in a demo.
        UnknownOperator: no operator has that name.
        LoginFailed, LoginPaused, PasswordRunOut, PasswordFileUnsafe: a script's password was refused.
    """
    actor = _operator(office, default)
    office.database.turns.name_writer(actor.name, office.origin)
    return actor


def _operator(office: Office, default: str | None) -> Actor:
    from gridconsole.domain.states import Role
    from gridconsole.services import sessions
    from gridconsole.services.actors import find_operator, operators

    named = named_operator()
    if office.is_demo:
        if not (named or default):
            raise OperatorMissing(names=[actor.name for actor in operators(office)])
        return find_operator(office, named or default or "")
    try:
        return sessions.who(office, named, Role(default) if default else None).actor
    except NotLoggedIn:
        file = os.environ.get("GRIDCONSOLE_PASSWORD_FILE")
        if not (named and file):
            raise
    from gridconsole.cli.secrets import password_in

    return sessions.prove(office, named, password_in(Path(file)))


def operator_or_none(office: Office) -> Actor | None:
    """Return the operator who acts; None in a demo if none is named."""
    return None if office.is_demo and not named_operator() else operator(office)


def parse_word(enumeration: type[E], text: str, what: str) -> E:
    """Return a code list's member by its code, or its name in any language.

    Raises:
        UnknownWord: it is neither; the error lists both.
    """
    from gridconsole.language import vocabulary

    return vocabulary.parse(list(enumeration), text, what)


def parse_day(text: str | None, office: Office, *, or_month: bool = False) -> date | None:
    """Parse a day of the office as people write it: ``2026-11-27``, ``11-27`` for this year's, ``明天``.

    Args:
        or_month: ``2026-11`` is accepted too, and means its first day.

    Raises:
        BadValue: it is no day.
    """
    if text is None:
        return None
    from gridconsole.domain.spoken import ValueProblem, spoken_day

    try:
        day = spoken_day(text, office.today(), or_month=or_month)
    except ValueProblem as problem:
        raise BadValue(what="date", value=text, expected="date") from problem
    if day is None:
        raise BadValue(what="date", value=text, expected="date")
    return day


def parse_moment(text: str | None, office: Office, *, to_the_hour: bool = False) -> datetime | None:
    """Parse a moment of the office's time as people write it: ``2026-11-27 10:00``, ``明天 10:00``, ``17:30`` for today's; aware.

    Args:
        to_the_hour: a bare day is refused.

    Raises:
        BadValue: it is no moment.
    """
    from gridconsole.domain.spoken import ValueProblem, at_office, spoken_deadline, spoken_moment

    try:
        found = (spoken_deadline if to_the_hour else spoken_moment)(text or "", office.today())
    except ValueProblem as problem:
        raise BadValue(what="moment", value=text, expected="moment") from problem
    return at_office(found, office.calendar.zone) if found is not None else None


def print_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    # A terminal in another encoding would lose characters; programs read escapes just as well.
    print(json.dumps(value, ensure_ascii=not (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")))


def error_of(error: GridConsoleError) -> dict[str, str]:
    """Return an error as programs read it."""
    from gridconsole.language.error_sentences import error_sentence

    message, hint = error_sentence(error)
    return {"code": error.code, "message": message, "hint": hint}


def iso(at: datetime | None, office: Office) -> str | None:
    """Return a time as ISO 8601 with the office's offset; None for None."""
    return None if at is None else at.astimezone(office.calendar.zone).isoformat(timespec="seconds")
