"""operator add, list."""

from __future__ import annotations

from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("add", "operator.add"))(add_)
    app.command(**command("list", "operator.list"))(list_)


def add_(
    name: Annotated[str, typer.Argument(metavar=t("cli.meta.person"), help=t("cli.operator.name"))],
    roles: Annotated[list[str], typer.Option("--role", help=t("cli.operator.role"))],
    as_json: Json = False,
) -> None:
    from gridconsole.domain.workflow import Role
    from gridconsole.services.desk import add_operator

    held = [state.parse_word(Role, word, "role") for word in roles]
    with state.open_office() as desk:
        name = add_operator(desk, name, held)
    if as_json:
        state.print_json({"name": name, "roles": [role.value for role in held]})
        return
    print(t("cli.operator.done", name=name, roles=held))


def list_(as_json: Json = False) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.language import word
    from gridconsole.services.desk import operators

    with state.open_office() as desk:
        found = operators(desk)
    if as_json:
        state.print_json([{"name": actor.name, "roles": sorted(actor.roles)} for actor in found])
        return
    for actor in found:
        print(printable(f"{actor.name}  {word(sorted(actor.roles))}"))
