"""Settings and options that all commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import click
import typer

from gridconsole.language import t


def settings() -> dict[str, Any]:
    """Return settings for plain help (markup in foreign text would crash it), no completion machinery, and translated metavars."""
    return {
        "rich_markup_mode": None,
        "add_completion": False,
        "pretty_exceptions_enable": False,
        "suggest_commands": False,
        "options_metavar": t("cli.meta.options"),
        "subcommand_metavar": t("cli.meta.commands"),
        "context_settings": {"help_option_names": ["--help", "-h"], "max_content_width": 100},
    }


def command(name: str, key: str) -> dict[str, Any]:
    """Return the arguments of a command's decorator."""
    return {"name": name, "help": t(f"cli.{key}.help"), "options_metavar": t("cli.meta.options")}


def folder_option(name: str, key: str) -> Any:
    """Return an option that names a folder. An empty text is refused; a bare path would take it for the current folder."""
    return typer.Option(name, help=t(key), show_default=False, click_type=_Folder(path_type=Path))


class _Folder(click.Path):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).strip():
            self.fail(t("cli.empty_path"), param, ctx)
        return super().convert(value, param, ctx)


def check_unmask(unmask: bool, reason: str) -> None:
    """Refuse a reason without ``--unmask``: the user would take masked data for all the data."""
    from gridconsole.domain.errors import BadValue

    if reason and not unmask:
        raise BadValue(what="option", value="--reason", expected="with_unmask")


Unmask = Annotated[bool, typer.Option("--unmask", help=t("cli.unmask"))]
WhyUnmask = Annotated[str, typer.Option("--reason", help=t("cli.unmask.reason"), show_default=False)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help=t("cli.overwrite"))]
Json = Annotated[bool, typer.Option("--json", help=t("cli.json"))]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help=t("cli.password_stdin"))]
