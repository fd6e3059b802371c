"""The tree of commands; a group is built when one of its commands is asked for."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import click
import typer
import typer.core
import typer.main

from gridconsole import language
from gridconsole.cli import state
from gridconsole.cli.options import settings
from gridconsole.language import t

_MODULES: Mapping[str, str] = {
    "init": "office",
    "setup": "setup",
    "demo": "office",
    "console": "office",
    "login": "login",
    "logout": "login",
    "import": "imports",
    "template": "imports",
    "export": "imports",
    "explain": "imports",
    "backup": "backups",
    "restore": "backups",
    "reconcile": "reconcile",
    "do": "do",
    "doctor": "doctor",
    "audit": "audits",
    "help": "help_topics",
}
"""Module of :mod:`gridconsole.cli` that adds a command of the first level."""
_GROUPS: Mapping[str, str] = {
    "report": "reports",
    "incident": "incidents",
    "callback": "callbacks",
    "task": "tasks",
    "handover": "handovers",
    "alarm": "alarms",
    "batch": "batches",
    "profile": "profiles",
    "operator": "operators",
    "ledger": "ledger",
    "person": "persons",
    "roster": "rosters",
    "warden": "wardens",
    "post": "posts",
    "grid": "grids",
    "team": "teams",
    "alias": "aliases",
    "calendar": "calendar",
    "office": "machine_time",
}
"""Module that adds the commands of a group."""
_RENAMED: Mapping[str, str] = {"shift": "handovers"}
"""Modules of groups under their former names, which are in no list."""


class Commands(typer.core.TyperGroup):
    """The first level of commands: it loads the module of a command when that is used, and all modules for the list in the help."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._loaded: dict[str, click.Command] = {}
        super().__init__(*args, **options)

    @property
    def commands(self) -> dict[str, click.Command]:
        """Return every command by name."""
        return {name: self._load(name) for name in (*_MODULES, *_GROUPS)}

    @commands.setter
    def commands(self, _: object) -> None:
        """Ignore the commands that Click sets at the start: there are none."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  as Click calls it
        """Return a command by name; None if there is none."""
        return self._load(cmd_name) if any(cmd_name in names for names in (_MODULES, _GROUPS, _RENAMED)) else None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  as Click calls it
        """Return the names in the order of the help."""
        return [*_MODULES, *_GROUPS]

    def _load(self, name: str) -> click.Command:
        if name not in self._loaded:
            self._loaded[name] = _with_open_paths(_load_from_module(name))
        return self._loaded[name]


def _load_from_module(name: str) -> click.Command:
    app = typer.Typer(**settings())
    if name in _GROUPS:
        module = _module(_GROUPS[name])
        kind = getattr(module, "GROUP", typer.core.TyperGroup)
        group = typer.Typer(cls=kind, help=t(f"cli.{name}.help"), no_args_is_help=True, **settings())
        module.add(group)
        app.add_typer(group, name=name)
    elif name in _RENAMED:
        group = typer.Typer(help=t("cli.handover.help"), no_args_is_help=True, **settings())
        _module(_RENAMED[name]).add_renamed(group)
        app.add_typer(group, name=name)
    else:
        app.callback()(_root)  # with it, even an application of one command is a group
        _module(_MODULES[name]).add(app)
    return typer.main.get_group(app).commands[name]


def _with_open_paths(command: click.Command) -> click.Command:
    """Let the code that reads a file report that it cannot be read, and what to do; Click would report a wrong option."""
    _open_paths_of(command)
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _with_open_paths(inner)
    return command


def _open_paths_of(command: click.Command) -> None:
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.readable = False


def _module(name: str) -> Any:
    return importlib.import_module(f"gridconsole.cli.{name}")


def build() -> click.Command:
    """Return the whole command line, in the language chosen; built once for each language."""
    language.bind_click()
    click.STRING.name = t("cli.type.text")
    click.INT.name = click.IntRange.name = t("cli.type.integer")
    return _built(language.chosen())


@functools.cache
def _built(_: str) -> click.Command:
    app = typer.Typer(cls=Commands, help=t("cli.help"), epilog=t("cli.epilog"), invoke_without_command=True, **settings())
    app.callback(cls=Commands, invoke_without_command=True)(_root)
    root = typer.main.get_command(app)
    _open_paths_of(root)
    return root


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
        from gridconsole.cli import office

        office.console()
