"""init, demo, console."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, PasswordStdin, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("init", "init"))(init)
    app.command(**command("demo", "demo"))(demo)
    app.command(**command("console", "console"))(console)


def init(
    name: Annotated[str | None, typer.Option("--name", help=t("cli.init.name"), show_default=False)] = None,
    model: Annotated[str, typer.Option("--model", help=t("cli.init.model"))] = "xdistrict",
    admin: Annotated[str, typer.Option("--admin", help=t("cli.init.admin"))] = t("Role.admin"),
    policy: Annotated[str, typer.Option("--password-policy", help=t("cli.operator.policy"))] = "plain",
    password_stdin: PasswordStdin = False,
    sample: Annotated[bool, typer.Option("--sample", help=t("cli.init.sample"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.secrets import Asked
    from gridconsole.services.actors import operators
    from gridconsole.services.passwords import policy as known_policy
    from gridconsole.services.setup import FirstAdmin, check_new, initialise
    from gridconsole.store.schema import discard

    if name is None:
        if not sample:
            raise click.MissingParameter(param_hint="'--name'", param_type="option")
        name = t("sample.name")
    path = state.database_path()
    check_new(path, name, model)
    known_policy(policy)
    first = FirstAdmin(admin, Asked(from_stdin=password_stdin).new(admin))
    office = initialise(path, name, model, "cli", is_demo=sample, admin=first, policy=policy)
    try:
        names = [actor.name for actor in operators(office)]
        totals = _fill(office, model) if sample else None
    except BaseException:
        office.close()
        discard(path)
        raise
    office.close()
    if as_json:
        said = {"database": str(path), "name": office.name, "model": model, "admin": first.name, "operators": names}
        state.print_json(said if totals is None else {**said, "sample": totals})
        return
    print(t("cli.init.done", path=path, names=names, admin=first.name), file=sys.stderr)


def _fill(office: Office, model: str) -> dict[str, int]:
    from gridconsole.cli.progress import stages
    from gridconsole.demo.sample import fill

    with stages() as progress:
        return fill(office, model, progress)


def demo(
    no_console: Annotated[bool, typer.Option("--no-console", help=t("cli.demo.no_console"))] = False,
    seed: Annotated[int, typer.Option("--seed", help=t("cli.demo.seed"))] = 20261123,
    days: Annotated[int, typer.Option("--days", min=1, max=60, help=t("cli.demo.days"))] = 30,
    fresh: Annotated[bool, typer.Option("--fresh", help=t("cli.demo.fresh"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.demo.build import build

    path = demo_path()
    if fresh or no_console or not path.exists():
        from gridconsole.cli.progress import stages

        with stages() as progress:
            summary = build(path, seed=seed, days=days, progress=progress)
        _print_summary(summary, as_json)
    if not no_console:
        from gridconsole.demo.feeder import running

        with running(path, seed):
            _open_console(path, state.current.operator or t("Role.dispatcher"))


def demo_path() -> Path:
    """Return the path of the demo's own database: ``--db`` if given, else a file in the data folder; never the office's."""
    if state.current.db is not None:
        return state.current.db
    from platformdirs import user_data_path

    from gridconsole.demo.cast import database_name

    return user_data_path("gridconsole", appauthor=False) / database_name()


def _print_summary(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        state.print_json(summary)
        return
    for key, value in summary.items():
        print(f"{t(f'demo.{key}')}: {value}")


def console() -> None:
    _open_console(state.database_path(), state.current.operator)


BACKUP_AFTER = 5.0
"""Seconds after a console opens until the day's backup is started."""


def _back_up(office: Office) -> None:
    from gridconsole.domain.errors import GridConsoleError
    from gridconsole.services import daily_backup

    with contextlib.suppress(GridConsoleError):  # the console reports the database problem
        daily_backup.start_if_due(office)


def _open_console(path: Path, operator: str | None) -> None:
    from gridconsole.domain.errors import TerminalNeeded
    from gridconsole.services.office import open_office

    # The screen is drawn on standard error: all three must be the terminal.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise TerminalNeeded
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]  # development switches: some write the screen to files, some press keys
    office = open_office(path, "console")
    try:
        from gridconsole.console.app import run

        # Started a while after the first frame, which it must not delay.
        later = threading.Timer(BACKUP_AFTER, _back_up, [office])
        later.daemon = True
        later.start()
        try:
            run(office, operator)
        finally:
            later.cancel()
    finally:
        office.close()
