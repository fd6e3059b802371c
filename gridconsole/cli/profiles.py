"""profile list, show, save, delete, export: saved meanings of a sheet's headings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, Overwrite, command
from gridconsole.language import listed, t

if TYPE_CHECKING:
    from gridconsole.store.profiles import Profile

Name = Annotated[str, typer.Argument(metavar=t("cli.meta.profile"), help=t("cli.profile.name"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "profile.list"))(list_)
    app.command(**command("show", "profile.show"))(show)
    app.command(**command("save", "profile.save"))(save)
    app.command(**command("delete", "profile.delete"))(delete)
    app.command(**command("export", "profile.export"))(export)


def list_(as_json: Json = False) -> None:
    from gridconsole.store import profiles

    with state.open_office() as office, office.database.reading() as connection:
        found = profiles.profiles(connection)
    if as_json:
        state.print_json([_as_json(profile) for profile in found])
        return
    for profile in found:
        print(f"{profile.name}  {t(f'kind.{profile.kind}')}  {listed(profile.mapping)}")


def show(name: Name, as_json: Json = False) -> None:
    from gridconsole.importing import profiles

    with state.open_office() as office:
        profile = profiles.named(office, name)
    if as_json:
        state.print_json(_as_json(profile))
        return
    for heading, field in profile.mapping.items():
        print(f"{heading} = {field}")


def save(
    name: Name,
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.kind"), help=t("cli.template.kind"))],
    file: Annotated[Path, typer.Argument(metavar=t("cli.meta.file"), help=t("cli.profile.file"))],
    mapping: Annotated[list[str] | None, typer.Option("--map", help=t("cli.import.map"), show_default=False)] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help=t("cli.import.sheet"), show_default=False)] = None,
    header_row: Annotated[
        int | None, typer.Option("--header-row", min=1, max=15, help=t("cli.import.header_row"), show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.importing import profiles
    from gridconsole.importing.options import Options, mapping_of

    options = Options(sheet=sheet, header_row=header_row, mapping=mapping_of(mapping or ()))
    with state.open_office() as office:
        profile = profiles.learn(
            office, state.operator(office, default="clerk"), name=name, kind=kind, path=file, options=options
        )
    if as_json:
        state.print_json(_as_json(profile))
        return
    print(t("cli.profile.saved", name=profile.name, headings=list(profile.mapping)))


def delete(name: Name) -> None:
    from gridconsole.importing import profiles

    with state.open_office() as office:
        profiles.forget(office, state.operator(office, default="clerk"), name)
    print(t("cli.profile.deleted", name=name))


def export(
    name: Name,
    output: Annotated[Path, typer.Option("-o", "--output", help=t("cli.profile.output"))],
    overwrite: Overwrite = False,
) -> None:
    from gridconsole import files
    from gridconsole.importing import profiles

    with state.open_office() as office:
        profile = profiles.named(office, name)
    text = json.dumps(_as_json(profile), ensure_ascii=False, indent=2) + "\n"
    files.write(output, text.encode("utf-8"), files.Rules((".json",), overwrite))
    print(t("cli.profile.exported", name=name, file=output))


def _as_json(profile: Profile) -> dict[str, Any]:
    return {"name": profile.name, "kind": profile.kind, "fingerprint": profile.fingerprint, "mapping": dict(profile.mapping)}
