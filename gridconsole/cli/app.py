"""The tree of commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import click
import typer

from gridconsole.cli import (
    alarms,
    backups,
    batches,
    calendar,
    callbacks,
    doctor,
    imports,
    incidents,
    ledger,
    login,
    machine_time,
    office,
    operators,
    persons,
    profiles,
    reports,
    shifts,
    state,
    tasks,
)
from gridconsole.cli.options import settings
from gridconsole.language import t


def build() -> click.Command:
    """The whole command line, in the language chosen."""
    click.STRING.name = t("cli.type.text")
    click.INT.name = click.IntRange.name = t("cli.type.integer")
    app = typer.Typer(help=t("cli.help"), epilog=t("cli.epilog"), invoke_without_command=True, **settings())
    app.callback(invoke_without_command=True)(_root)
    office.add(app)
    login.add(app)
    imports.add(app)
    reports.add(app)
    backups.add(app)
    doctor.add(app)
    for name, module in (
        ("incident", incidents),
        ("callback", callbacks),
        ("task", tasks),
        ("shift", shifts),
        ("alarm", alarms),
        ("batch", batches),
        ("profile", profiles),
        ("operator", operators),
        ("ledger", ledger),
        ("person", persons),
        ("calendar", calendar),
        ("office", machine_time),
    ):
        group = typer.Typer(help=t(f"cli.{name}.help"), no_args_is_help=True, **settings())
        module.add(group)
        app.add_typer(group, name=name)
    return typer.main.get_command(app)


def _root(
    context: typer.Context,
    db: Annotated[Path | None, typer.Option("--db", help=t("cli.db"), show_default=False)] = None,
    operator: Annotated[str | None, typer.Option("--operator", help=t("cli.operator"), show_default=False)] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=t("cli.lang"), show_default=False)] = None,
    version: Annotated[bool, typer.Option("--version", help=t("cli.version"), is_eager=True)] = False,
) -> None:
    state.current = state.Globals(db, operator)
    state.database_path()
    del lang  # chosen before this module was loaded
    if version:
        from importlib.metadata import version as installed

        print(f"gridconsole {installed('gridconsole')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        office.console()
