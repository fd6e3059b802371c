"""operator add, role, disable, enable, passwd, list, first-admin, settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, PasswordStdin, command, folder_option
from gridconsole.language import t, word

if TYPE_CHECKING:
    from gridconsole.cli.secrets import Asked
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.states import Role
    from gridconsole.services.office import Office
    from gridconsole.store.access import Account

Name = Annotated[str, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.operator.name"))]
Roles = Annotated[list[str], typer.Option("--role", help=t("cli.operator.role"))]
Witness = Annotated[str | None, typer.Option("--witness", help=t("cli.operator.witness"), show_default=False)]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("add", "operator.add"))(add_)
    app.command(**command("role", "operator.role_"))(role)
    app.command(**command("disable", "operator.disable"))(disable)
    app.command(**command("enable", "operator.enable"))(enable)
    app.command(**command("passwd", "operator.passwd"))(passwd)
    app.command(**command("list", "operator.list"))(list_)
    app.command(**command("first-admin", "operator.first_admin"))(first_admin)
    app.command(**command("settings", "operator.settings"))(settings)


def _keeper(office: Office) -> Actor:
    """Return the administrator at the keyboard; in a demo the account of that name."""
    return state.operator(office, default="admin")


def _roles(words: list[str]) -> list[Role]:
    from gridconsole.domain.states import Role

    return [state.parse_word(Role, word, "role") for word in words]


def add_(name: Name, roles: Roles, as_json: Json = False) -> None:
    from gridconsole.services import operators

    held = _roles(roles)
    with state.open_office() as office:
        name = operators.add(office, _keeper(office), name, held)
    if as_json:
        state.print_json({"name": name, "roles": [role.value for role in held]})
        return
    print(t("cli.operator.done", name=name, roles=held))


def role(name: Name, roles: Roles, witness: Witness = None, as_json: Json = False) -> None:
    from gridconsole.services import operators

    held = _roles(roles)
    with state.open_office() as office:
        account = operators.set_roles(office, _keeper(office), name, held, _witness(office, witness))
    if as_json:
        state.print_json({"name": account.actor.name, "roles": [item.value for item in held]})
        return
    print(t("cli.operator.roles_are", name=account.actor.name, roles=held))


def disable(name: Name, as_json: Json = False) -> None:
    from gridconsole.services import operators

    with state.open_office() as office:
        account = operators.disable(office, _keeper(office), name)
    _say(account, t("cli.operator.disabled", name=account.actor.name), as_json, active=False)


def enable(name: Name, as_json: Json = False) -> None:
    from gridconsole.services import operators

    with state.open_office() as office:
        account = operators.enable(office, _keeper(office), name)
    _say(account, t("cli.operator.enabled", name=account.actor.name), as_json, active=True)


def _say(account: Account, sentence: str, as_json: bool, *, active: bool) -> None:
    if as_json:
        state.print_json({"name": account.actor.name, "active": active})
        return
    print(sentence)


def passwd(
    name: Annotated[
        str | None, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.operator.whose"), show_default=False)
    ] = None,
    witness: Witness = None,
    password_stdin: PasswordStdin = False,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.secrets import Asked
    from gridconsole.services import operators, sessions

    with state.open_office() as office:
        sessions.refuse_if_nobody_may(office)
        keeper = _keeper_here(office) if name else None
        whose = name or state.operator(office).name
        if keeper is not None and keeper.name != whose and witness is None:
            operators.needs_witness(office, keeper, whose)
        asked = Asked(from_stdin=password_stdin)
        if keeper is not None and keeper.name != whose:
            new = asked.new(whose)
            changed = operators.set_password(office, keeper, whose, new, _witness(office, witness, asked)).actor.name
        else:
            old = asked.present(whose)
            changed = operators.change_password(office, whose, old, asked.new(whose)).name
    if as_json:
        state.print_json({"name": changed})
        return
    print(t("cli.operator.password_set", name=changed), file=sys.stderr)


def _witness(office: Office, name: str | None, asked: Asked | None = None) -> Actor | None:
    """Return the second person, who proves their presence by their own password.

    It is in the file that a script names, else typed, or read after the other passwords.
    """
    import os
    from pathlib import Path

    from gridconsole.cli.secrets import Asked as Secrets
    from gridconsole.cli.secrets import password_in
    from gridconsole.services import sessions

    if name is None:
        return None
    if office.is_demo:
        return sessions.witness(office, name, "")
    file = os.environ.get("GRIDCONSOLE_WITNESS_PASSWORD_FILE")
    password = password_in(Path(file)) if file else (asked or Secrets(from_stdin=False)).present(name)
    return sessions.witness(office, name, password)


def _keeper_here(office: Office) -> Actor | None:
    """Return the administrator at the keyboard; None for any other operator, who must give the old password."""
    from gridconsole.domain.access import KEEPERS
    from gridconsole.domain.errors import NotLoggedIn

    try:
        actor = _keeper(office)
    except NotLoggedIn:
        return None
    return actor if actor.roles & KEEPERS else None


def list_(as_json: Json = False) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.services import operators

    with state.open_office() as office:
        found = operators.accounts(office, _keeper(office))
        if as_json:
            state.print_json([_as_json(office, account) for account in found])
            return
    for account in found:
        print(printable(_line(account)))


def _as_json(office: Office, account: Account) -> dict[str, Any]:
    return {
        "name": account.actor.name,
        "roles": sorted(account.actor.roles),
        "active": account.active,
        "has_password": account.password_set_at is not None,
        "seen_at": state.iso(account.seen_at, office),
    }


def _line(account: Account) -> str:
    from gridconsole.language import word

    marks = [] if account.active else [t("cli.operator.is_disabled")]
    if account.password_set_at is None:
        marks.append(t("cli.operator.no_password"))
    if account.seen_at is not None:
        marks.append(t("cli.operator.seen", at=account.seen_at))
    return "  ".join([account.actor.name, word(sorted(account.actor.roles)), *marks])


def first_admin(
    name: Annotated[str, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.operator.name"))] = t("Role.admin"),
    password_stdin: PasswordStdin = False,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.secrets import Asked
    from gridconsole.services import operators

    with state.open_office() as office:
        operators.refuse_if_kept(office)
        made = operators.first_admin(office, name, Asked(from_stdin=password_stdin).new(name))
    if as_json:
        state.print_json({"name": made})
        return
    print(t("cli.operator.first_admin_done", name=made), file=sys.stderr)


def settings(
    policy: Annotated[str | None, typer.Option("--password-policy", help=t("cli.operator.policy"), show_default=False)] = None,
    session: Annotated[
        int | None, typer.Option("--session-minutes", min=1, help=t("cli.operator.session_minutes"), show_default=False)
    ] = None,
    lock: Annotated[
        int | None, typer.Option("--lock-minutes", min=1, help=t("cli.operator.lock_minutes"), show_default=False)
    ] = None,
    waiver: Annotated[
        bool | None, typer.Option("--axis-waiver/--no-axis-waiver", help=t("cli.operator.axis_waiver"), show_default=False)
    ] = None,
    admin_cases: Annotated[
        bool | None, typer.Option("--admin-cases/--no-admin-cases", help=t("cli.operator.admin_cases"), show_default=False)
    ] = None,
    bell: Annotated[
        bool | None, typer.Option("--alarm-bell/--no-alarm-bell", help=t("cli.operator.alarm_bell"), show_default=False)
    ] = None,
    unmaskers: Annotated[
        list[str] | None, typer.Option("--unmasker", help=t("cli.operator.unmasker"), show_default=False)
    ] = None,
    extensions: Annotated[int | None, typer.Option(help=t("cli.operator.extensions"), show_default=False)] = None,
    suspensions: Annotated[int | None, typer.Option(help=t("cli.operator.suspensions"), show_default=False)] = None,
    suspension_days: Annotated[int | None, typer.Option(help=t("cli.operator.suspension_days"), show_default=False)] = None,
    call_back_tries: Annotated[int | None, typer.Option(help=t("cli.operator.call_back_tries"), show_default=False)] = None,
    call_back_hours: Annotated[int | None, typer.Option(help=t("cli.operator.call_back_hours"), show_default=False)] = None,
    reopen_days: Annotated[int | None, typer.Option(help=t("cli.operator.reopen_days"), show_default=False)] = None,
    history_days: Annotated[int | None, typer.Option(help=t("cli.operator.history_days"), show_default=False)] = None,
    duplicate_days: Annotated[int | None, typer.Option(help=t("cli.operator.duplicate_days"), show_default=False)] = None,
    ledger_days: Annotated[int | None, typer.Option(help=t("cli.operator.ledger_days"), show_default=False)] = None,
    backup_second: Annotated[Path | None, folder_option("--backup-second", "cli.operator.backup_second")] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--backup-passphrase-file", help=t("cli.operator.backup_passphrase_file"), show_default=False),
    ] = None,
    no_backup_second: Annotated[bool, typer.Option("--no-backup-second", help=t("cli.operator.no_backup_second"))] = False,
    time_doubt_days: Annotated[int | None, typer.Option(help=t("cli.operator.time_doubt_days"), show_default=False)] = None,
    rework_of: Annotated[str | None, typer.Option(help=t("cli.operator.rework_of"), show_default=False)] = None,
    extension_of: Annotated[str | None, typer.Option(help=t("cli.operator.extension_of"), show_default=False)] = None,
    missed_days: Annotated[int | None, typer.Option(help=t("cli.operator.missed_days"), show_default=False)] = None,
    total_first: Annotated[
        bool | None, typer.Option("--total-first/--total-last", help=t("cli.operator.total_first"), show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.figures import BASES
    from gridconsole.domain.states import Role
    from gridconsole.services import operators
    from gridconsole.services.daily_backup import SECOND

    wanted: dict[str, Any] = {
        "password_policy": policy, "session_minutes": session, "lock_minutes": lock, "axis_waiver": waiver, "admin_cases": admin_cases, "alarm_bell": bell, "extensions": extensions,
        "suspensions": suspensions, "suspension_days": suspension_days, "call_back_tries": call_back_tries,
        "call_back_hours": call_back_hours, "reopen_days": reopen_days, "history_days": history_days, "duplicate_days": duplicate_days, "ledger_days": ledger_days, "time_doubt_days": time_doubt_days, "rework_of": rework_of, "extension_of": extension_of,
        "missed_days": missed_days, "total_first": total_first,
    }  # fmt: skip
    if unmaskers:
        wanted["unmaskers"] = sorted({role.value for role in _roles(unmaskers)})
    with state.open_office() as office:
        wanted[SECOND] = _second_place(office, backup_second, passphrase_file, no_backup_second)
        now = operators.change_settings(
            office, _keeper(office), {key: value for key, value in wanted.items() if value is not None}
        )
    if as_json:
        state.print_json(now)
        return
    for key, value in now.items():
        shown = t(f"yes_no.{value}") if isinstance(value, bool) else value
        if key == "password_policy":
            shown = t(f"policy.{value}")
        elif key in BASES:
            shown = t(f"rate_base.{value}")
        elif key == SECOND:
            shown = value["folder"] if value else t("word.none")
        elif key == "unmaskers":
            shown = word([Role(name) for name in value])
        print(f"{t(f'setting.{key}')}: {shown}")


def _second_place(office: Office, folder: Path | None, passphrase_file: Path | None, none: bool) -> dict[str, str] | None:
    """Return the second place for backups as the settings keep it: empty to have none, None to leave it unchanged.

    Raises:
        BadValue: a folder without a passphrase file, or the other way round; or the passphrase is too short.
        PasswordFileUnsafe: the passphrase cannot be read.
    """
    from gridconsole.cli.secrets import passphrase_in
    from gridconsole.domain.errors import BadValue

    if none:
        return {}
    if folder is None and passphrase_file is None:
        return None
    if folder is None or passphrase_file is None:
        raise BadValue(what="option", value="--backup-second", expected="with_passphrase")
    passphrase_in(passphrase_file)
    return {
        "folder": str(folder.absolute()), "passphrase_file": str(passphrase_file.absolute()), "since": office.today().isoformat(),
    }  # fmt: skip
