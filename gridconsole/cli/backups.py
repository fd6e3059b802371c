"""backup, backup list, restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer

from gridconsole.cli import progress, state
from gridconsole.cli.options import Json, command, folder_option, settings
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.backups import Manifest
    from gridconsole.services.backups import Listed, Made
    from gridconsole.services.restoring import By, CheckedBackup

Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help=t("cli.backup.passphrase_file"), show_default=False)
]  # fmt: skip


def add(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=t("cli.backup.help"), invoke_without_command=True, **settings())
    group.callback(invoke_without_command=True)(backup)
    group.command(**command("list", "backup.list"))(list_)
    app.add_typer(group, name="backup")
    app.command(**command("restore", "restore"))(restore)


def backup(
    context: typer.Context,
    to: Annotated[Path | None, folder_option("--to", "cli.backup.to")] = None,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help=t("cli.backup.keep"), show_default=False)] = None,
    passphrase_file: Passphrase = None,
    automatic: Annotated[bool, typer.Option("--automatic", hidden=True, help=t("cli.backup.automatic"))] = False,
    as_json: Json = False,
) -> None:
    if context.invoked_subcommand is not None:
        if to is not None or keep is not None or passphrase_file is not None or as_json:
            raise click.UsageError(t("cli.backup.before_command", command=f"backup {context.invoked_subcommand}"), context)
        return
    from gridconsole.cli.secrets import passphrase_in
    from gridconsole.services import backups, daily_backup, timekeeping
    from gridconsole.services.office import open_copy

    if automatic:
        with state.open_office() as office:
            may_thin_out = not timekeeping.is_doubtful(office)
            daily_backup.run(office, open_copy, passphrase_in, may_thin_out=may_thin_out)
        return
    passphrase = passphrase_in(passphrase_file) if passphrase_file is not None else None
    with state.open_office() as office:
        actor = state.operator(office, default="admin")
        with progress.stages() as watch:
            made = backups.by_hand(office, actor, folder=to, passphrase=passphrase, open_office=open_copy, watch=watch)
        removed = backups.keep_newest(made, keep, office.database.path) if keep is not None else ()
        answer = _made_json(made, removed)
    if as_json:
        state.print_json(answer)
        return
    manifest = made.manifest
    print(t("cli.backup.done", file=made.path, cases=manifest.counts.get("incident", 0), last=manifest.last_entry))
    print(t("cli.backup.encrypted" if made.is_encrypted else "cli.backup.not_encrypted"), file=sys.stderr)
    if not manifest.is_sound:
        print(t("cli.backup.unsound"), file=sys.stderr)
    if removed:
        print(t("cli.backup.removed", count=len(removed)), file=sys.stderr)


def list_(
    folder: Annotated[Path | None, folder_option("--from", "cli.backup.from")] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import FolderGone
    from gridconsole.services import backups

    place = folder or backups.folder_of(state.database_path())
    if folder is not None and not place.is_dir():
        raise FolderGone(file=str(folder))
    found = backups.listed(place)
    if as_json:
        state.print_json([_listed_json(item) for item in found])
        return
    for item in found:
        print(_line(item))
    if not found:
        print(t("cli.backup.none", folder=place), file=sys.stderr)


def restore(
    file: Annotated[Path, typer.Argument(metavar=t("cli.meta.file"), help=t("cli.restore.file"))],
    check: Annotated[bool, typer.Option("--check", help=t("cli.restore.check"))] = False,
    passphrase_file: Passphrase = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import restoring
    from gridconsole.services.office import open_copy, utc_now

    database = state.database_path().resolve()  # a link stays a link: the file it leads to is replaced
    passphrase = _passphrase(file, passphrase_file)
    if check:
        with progress.stages() as watch:
            checked = restoring.check(database, file, passphrase=passphrase, open_office=open_copy, now=utc_now(), watch=watch)
        if as_json:
            state.print_json(_checked_json(checked))
            return
        _say(checked)
        print(t("cli.restore.next", file=file), file=sys.stderr)
        return
    by = _who()
    with progress.stages() as watch:
        done = restoring.restore(database, file, passphrase=passphrase, by=by, open_office=open_copy, now=utc_now(), watch=watch)
    if as_json:
        state.print_json(
            {**_checked_json(done.checked), "aside": str(done.replaced_file) if done.replaced_file else None, "entry": done.entry}
        )
        return
    _say(done.checked)
    print(t("cli.restore.done", database=database, entry=done.entry))
    if done.replaced_file is not None:
        print(t("cli.restore.aside", file=done.replaced_file), file=sys.stderr)


def _who() -> By:
    """Return the person who restores: the operator logged in if the present file can be opened, else the account of the system."""
    from gridconsole.domain.errors import DatabaseCorrupt, DatabaseForeign, DatabaseMissing
    from gridconsole.services.restoring import By
    from gridconsole.services.terminal import here

    try:
        with state.open_office() as office:
            return By(state.operator(office, default="admin"), here().os_user)
    except (DatabaseMissing, DatabaseCorrupt, DatabaseForeign):
        return By(None, here().os_user)


def _passphrase(file: Path, passphrase_file: Path | None) -> str | None:
    """Return the passphrase from its file, or as typed at the terminal if the backup needs one."""
    from gridconsole.cli.secrets import passphrase_in
    from gridconsole.store.backup_files import read_header

    if passphrase_file is not None:
        return passphrase_in(passphrase_file)
    if read_header(file).is_encrypted and sys.stdin.isatty():
        from getpass import getpass

        return getpass(t("cli.restore.passphrase"), sys.stderr)
    return None


def _say(checked: CheckedBackup) -> None:
    from gridconsole.language.durations import age_text

    manifest = checked.manifest
    print(t("cli.restore.good", office=manifest.office, at=_local(manifest), age=age_text(checked.age_seconds),
            cases=manifest.counts.get("incident", 0), last=manifest.last_entry))  # fmt: skip
    if not checked.is_sound:
        print(t("cli.backup.unsound"), file=sys.stderr)
    if checked.loss is None:
        print(t("cli.restore.no_present"), file=sys.stderr)
    else:
        key = "cli.restore.diverges" if checked.loss.diverges else "cli.restore.loses"
        print(t(key, entries=checked.loss.entries, cases=checked.loss.cases), file=sys.stderr)
    if checked.erasures:
        print(t("cli.restore.erasures", count=checked.erasures), file=sys.stderr)


def _local(manifest: Manifest) -> str:
    from zoneinfo import ZoneInfo

    return f"{manifest.made_at.astimezone(ZoneInfo(manifest.zone)):%Y-%m-%d %H:%M}"


def _line(item: Listed) -> str:
    from gridconsole.domain.text import printable
    from gridconsole.language.durations import size_text

    if item.header is None:
        return printable(t("cli.backup.unreadable", file=item.path.name, size=size_text(item.size)))
    manifest = item.header.manifest
    marks = [t(f"BackupKind.{manifest.kind}")]
    if item.header.is_encrypted:
        marks.append(t("cli.backup.is_encrypted"))
    if not manifest.is_sound:
        marks.append(t("cli.backup.is_unsound"))
    return printable(t("cli.backup.line", file=item.path.name, at=_local(manifest), size=size_text(item.size), marks=marks,
                       cases=manifest.counts.get("incident", 0), last=manifest.last_entry))  # fmt: skip


def _manifest_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "office": manifest.office, "kind": manifest.kind.value, "made_at": manifest.made_at.isoformat(), "schema": manifest.schema,
        "program": manifest.program, "size": manifest.size, "sha256": manifest.sha256, "counts": dict(manifest.counts),
        "last_entry": manifest.last_entry, "last_at": manifest.last_at or None, "head": manifest.head or None, "sound": manifest.is_sound,
    }  # fmt: skip


def _made_json(made: Made, removed: tuple[str, ...]) -> dict[str, Any]:
    return {"file": str(made.path), "encrypted": made.is_encrypted, "removed": list(removed), **_manifest_json(made.manifest)}


def _listed_json(item: Listed) -> dict[str, Any]:
    read = {} if item.header is None else {"encrypted": item.header.is_encrypted, **_manifest_json(item.header.manifest)}
    return {"file": str(item.path), "bytes": item.size, "readable": item.header is not None, **read}


def _checked_json(checked: CheckedBackup) -> dict[str, Any]:
    lost, present = checked.loss, checked.present
    return {
        **_manifest_json(checked.manifest), "ledger_ok": checked.is_sound, "age_seconds": checked.age_seconds,
        "present": None if present is None else {"last_entry": present.head.entry, "last_at": present.head.at, "cases": present.head.cases},
        "loses": None if lost is None else {"entries": lost.entries, "cases": lost.cases, "diverges": lost.diverges},
        "erasures": checked.erasures,
    }  # fmt: skip
