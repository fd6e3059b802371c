"""alias list, set, remove: the words by which categories are suggested and found."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "alias.list"))(list_)
    app.command(**command("set", "alias.set"))(set_)
    app.command(**command("remove", "alias.remove"))(remove)


def list_(as_json: Json = False) -> None:
    from gridconsole.services import aliases
    from gridconsole.store import offices

    with state.look_into_office() as office, office.database.reading() as connection:
        found = aliases.in_force(offices.office(connection).settings)
    _print(found, as_json)


def set_(
    word: Annotated[str, typer.Argument(metavar=t("cli.meta.word"), help=t("cli.alias.word"))],
    minors: Annotated[list[str], typer.Argument(metavar=t("cli.meta.category"), help=t("cli.alias.minors"))],
    as_json: Json = False,
) -> None:
    _change(word, minors, as_json)


def remove(
    word: Annotated[str, typer.Argument(metavar=t("cli.meta.word"), help=t("cli.alias.word"))],
    as_json: Json = False,
) -> None:
    _change(word, [], as_json)


def _change(word: str, minors: list[str], as_json: bool) -> None:
    from gridconsole.services import aliases

    with state.open_office() as office:
        found = aliases.change(office, state.operator(office), word, minors)
    if as_json:
        state.print_json(found)
    else:
        print(t("cli.alias.done", count=len(found)), file=sys.stderr)


def _print(found: dict[str, tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        state.print_json(found)
        return
    for word, minors in sorted(found.items()):
        print(f"{word}  {' '.join(minors)}")
