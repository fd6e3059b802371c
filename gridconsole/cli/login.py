"""login, logout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, PasswordStdin, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.cli.secrets import Asked
    from gridconsole.services.office import Office
    from gridconsole.services.sessions import ActiveSession


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("login", "login"))(login)
    app.command(**command("logout", "logout"))(logout)


def login(
    name: Annotated[
        str | None, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.login.name"), show_default=False)
    ] = None,
    password_stdin: PasswordStdin = False,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.secrets import Asked, name_asked
    from gridconsole.language.accounts import account_change
    from gridconsole.services import daily_backup, sessions

    with state.open_office() as office:
        if office.is_demo:
            _no_passwords(as_json)
            return
        sessions.refuse_if_nobody_may(office)
        asked = Asked(from_stdin=password_stdin)
        wanted = name or state.named_operator() or name_asked()
        session = _log_in(office, wanted, asked)
        minutes = sessions.session_limit(office).total_seconds() / 60
        daily_backup.start_if_due(office)
    if as_json:
        changes = [account_change(change) for change in session.changes]
        state.print_json(
            {"name": session.actor.name, "roles": sorted(session.actor.roles), "idle_minutes": minutes, "changes": changes}
        )
        return
    if session.changes:
        print("\n".join([t("account.changes"), *map(account_change, session.changes)]), file=sys.stderr)
    print(
        t("cli.login.done", name=session.actor.name, roles=sorted(session.actor.roles), minutes=f"{minutes:g}"), file=sys.stderr
    )


def _log_in(office: Office, name: str, asked: Asked) -> ActiveSession:
    """Log in. A password that another person has set, or that has expired, is changed first."""
    from gridconsole.domain.errors import PasswordRunOut
    from gridconsole.services import operators, sessions

    password = asked.present(name)
    try:
        return sessions.log_in(office, name, password)
    except PasswordRunOut:
        if not asked.has_more:
            raise
    print(t("cli.login.must_change"), file=sys.stderr)
    new = asked.new(name)
    operators.change_password(office, name, password, new)
    return sessions.log_in(office, name, new)


def _no_passwords(as_json: bool) -> None:
    if as_json:
        state.print_json({"name": None, "roles": [], "idle_minutes": None})
        return
    print(t("cli.login.demo"), file=sys.stderr)


def logout(
    name: Annotated[
        str | None, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.logout.name"), show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import sessions

    with state.open_office() as office:
        names = sessions.log_out(office, name or state.named_operator())
    if as_json:
        state.print_json({"names": list(names)})
        return
    print(t("cli.logout.done", names=names) if names else t("cli.logout.nobody"), file=sys.stderr)
