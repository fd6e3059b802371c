"""Restore a backup: verify it first, then let it replace the file in use, which is kept under another name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gridconsole import files
from gridconsole.domain.access import BACKUP_MAKERS
from gridconsole.domain.backups import Head, Loss, loss
from gridconsole.domain.errors import (
    BackupDamaged,
    BackupNewer,
    BackupOfAnotherOffice,
    DatabaseForeign,
    DatabaseInUse,
    DatabaseUnusable,
    TimeBehind,
)
from gridconsole.domain.timekeeping import TOLERANCE
from gridconsole.services import audit, erasures, rights, sessions, terminal
from gridconsole.services.backups import OpenOffice, folder_of, listed, work_folder
from gridconsole.store import backup_files, copies, engine, incidents, ledger, occupancy, replacing, schema
from gridconsole.store.types import instant

if TYPE_CHECKING:
    from gridconsole.domain.backups import Manifest
    from gridconsole.domain.parties import Actor
    from gridconsole.services.audit import Watch
    from gridconsole.services.office import Office

RESTORED = "restored"
"""Action of the entry about the restoration of a backup."""


@dataclass(frozen=True, slots=True)
class Present:
    """The file that is in use now, as far as it can be read."""

    head: Head
    identity: str


@dataclass(frozen=True, slots=True)
class CheckedBackup:
    """Result of unpacking and verifying a whole backup."""

    manifest: Manifest
    is_sound: bool
    """True if its ledger verifies."""
    age_seconds: int
    present: Present | None
    """None if there is no usable file in use."""
    loss: Loss | None
    """Data of the file in use that the backup lacks; None if there is no file in use, or it is too damaged to compare."""
    erasures: int
    """Erasures of persons in the file in use since the backup, which restoring repeats."""


def check(
    database: Path, file: Path, passphrase: str | None, open_office: OpenOffice, now: datetime, watch: Watch = audit.no_watch
) -> CheckedBackup:  # fmt: skip
    """Unpack a backup into a working folder and verify all of it; changes nothing.

    Args:
        database: the path of the file in use, which need not exist.

    Raises:
        FileMissing, BackupForeign, BackupDamaged, BackupLocked, PassphraseWrong, BackupNewer: the backup cannot be used.
        BackupOfAnotherOffice: it belongs to another office than the file in use.
        OutputRefused: the working folder beside the database cannot be written.
    """
    with work_folder(database) as work:
        return _checked(database, file, passphrase=passphrase, work=work, open_office=open_office, now=now, watch=watch)


def _checked(
    database: Path, file: Path, passphrase: str | None, work: Path, open_office: OpenOffice, now: datetime, watch: Watch
) -> CheckedBackup:  # fmt: skip
    header = backup_files.read_header(file)
    manifest = header.manifest
    if manifest.schema > schema.SCHEMA:
        raise BackupNewer(file=file.name, found=manifest.schema, known=schema.SCHEMA)
    scratch = work / "office.db"
    with _room(work), scratch.open("xb") as target:
        os.chmod(scratch, 0o600)  # noqa: PTH101  of the open file's own path
        backup_files.unpack(
            file,
            header,
            target=target,
            work=work,
            passphrase=passphrase,
            progress=lambda done: watch("unpack", done, manifest.size),
        )
    _hold_to_manifest(scratch, manifest, file)
    present = _present(database)
    _check_office(database, present, manifest, file)
    lost, again = _compared(database, scratch, manifest) if present is not None else (None, 0)
    office = open_office(scratch, "system")
    try:
        verdict = audit.verify(office, watch=watch)
    finally:
        office.close()
    age = int((now - manifest.made_at).total_seconds())
    return CheckedBackup(manifest=manifest, is_sound=verdict.ok, age_seconds=age, present=present, loss=lost, erasures=again)


def _check_office(database: Path, present: Present | None, manifest: Manifest, file: Path) -> None:
    """Refuse a backup of another office than the file in use. If that file is damaged, the backups beside it tell its office.

    Raises:
        BackupOfAnotherOffice: the backup belongs to another office.
    """
    if present is not None:
        own = {present.identity}
    elif database.exists():
        own = {item.header.manifest.identity for item in listed(folder_of(database)) if item.header is not None}
    else:
        own = set()
    if own and manifest.identity not in own:
        raise BackupOfAnotherOffice(file=file.name, name=manifest.office)


def _compared(database: Path, scratch: Path, manifest: Manifest) -> tuple[Loss | None, int]:
    """Return the loss against the file in use and the number of erasures since the backup; None and 0 if it cannot be read."""
    backup = Head(manifest.last_entry, manifest.head, manifest.last_at, manifest.counts.get("incident", 0))
    try:
        found = copies.identity_of(database)
        if found is None:
            return None, 0
        lost = loss(backup, found[1], copies.hash_of_entry(database, backup.entry))
        if lost.diverges:
            common = copies.last_common_entry(database, scratch, min(backup.entry, found[1].entry))
            lost = Loss(found[1].entry - common, copies.cases_after(database, common), diverges=True)
        return lost, erasures.count_after(database, backup.entry)
    except DatabaseUnusable:
        return None, 0


@contextlib.contextmanager
def _room(work: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise files.refused(work, error) from error


def _hold_to_manifest(scratch: Path, manifest: Manifest, file: Path) -> None:
    """Refuse a database that is damaged or does not match its manifest."""
    try:
        examined = copies.examine(scratch)
    except DatabaseUnusable as error:
        raise BackupDamaged(file=file.name, why="database") from error
    said = (manifest.identity, manifest.schema, dict(manifest.counts), manifest.last_entry, manifest.head)
    found = (examined.identity, examined.schema, examined.counts, examined.head.entry, examined.head.hash)
    if examined.problems or said != found:
        raise BackupDamaged(file=file.name, why="database")


def _present(database: Path) -> Present | None:
    """Return the file in use; None if it is missing, damaged or no database of this program."""
    try:
        engine.schema_number(database)
        found = copies.identity_of(database)
    except DatabaseUnusable:
        return None
    return None if found is None else Present(identity=found[0], head=found[1])


@dataclass(frozen=True, slots=True)
class RestoredOffice:
    """Result of a restoration."""

    checked: CheckedBackup
    replaced_file: Path | None
    """Present path of the file that was in use; None if there was none."""
    entry: int
    """Number of the ledger entry about the restoration."""


@dataclass(frozen=True, slots=True)
class By:
    """The person who restores. The operator is None if no log-in is possible, because the file in use cannot be opened."""

    operator: Actor | None
    os_user: str


def restore(
    database: Path, file: Path, passphrase: str | None, by: By, open_office: OpenOffice, now: datetime, watch: Watch = audit.no_watch
) -> RestoredOffice:  # fmt: skip
    """Verify a backup and let it replace the file in use, which is kept under a dated name.

    The new file is prepared beside the old one: migrated, later erasures repeated, the entry of the restoration written, verified.
    It then takes the name of the old one in one step. After a kill at any point, either the old or the new file is complete.

    Raises:
        DatabaseInUse: another terminal has the file open.
        NotPermitted: the operator is neither an administrator nor a shift leader.
        DatabaseForeign: the database's path holds neither a database of this program nor a damaged one.
        TimeBehind: the machine's time lies before the newest entry of the file in use.
        FileMissing, BackupForeign, BackupDamaged, BackupLocked, PassphraseWrong, BackupNewer, BackupOfAnotherOffice, OutputRefused:
            see :func:`check`; nothing was changed.
    """
    if by.operator is not None:
        rights.demand(by.operator, "restore", BACKUP_MAKERS)
    database = database.resolve()  # a link stays a link, and the processes that use the file are known for its target
    _check_replaceable(database)
    with work_folder(database) as work, _alone(database, open_office), replacing.turn(database):
        checked = _checked(database, file, passphrase=passphrase, work=work, open_office=open_office, now=now, watch=watch)
        _check_time(checked.present, now)
        scratch = work / "office.db"
        entry = _make_ready(scratch, database, checked=checked, by=by, open_office=open_office, now=now, file=file)
        copies.settle(scratch)
        replaced_file = replacing.put_in_place(scratch, database, _replaced_name(database, checked, now))
    return RestoredOffice(checked, replaced_file, entry)


def _check_replaceable(database: Path) -> None:
    """Refuse to replace anything but a database of this program or a damaged one.

    Raises:
        DatabaseForeign: the path is a folder, a pipe, or a file of another program.
    """
    try:
        engine.schema_number(database)
    except DatabaseForeign:
        is_own = database.is_file() and (database.stat().st_size == 0 or engine.lock_path(database).exists())
        if not is_own:
            raise
    except DatabaseUnusable:
        return  # missing, or damaged


def _check_time(present: Present | None, now: datetime) -> None:
    """Refuse to date a restoration before the newest entry of the file it replaces.

    Raises:
        TimeBehind: the machine's time lies before that entry.
    """
    if present is not None and now < (newest := instant(present.head.at)) - TOLERANCE:
        raise TimeBehind(now=now, newest=newest)


@contextlib.contextmanager
def _alone(database: Path, open_office: OpenOffice) -> Iterator[None]:
    try:
        with occupancy.alone(database):
            yield
    except BlockingIOError as error:
        names = _who_is_in(database, open_office)
        raise DatabaseInUse(path=database, names=names, advice="" if names else "nameless") from error


def _who_is_in(database: Path, open_office: OpenOffice) -> list[str]:
    """Return the names of the processes that have the file open, and of the operators logged in on their terminals.

    If the system does not list processes, return all operators whose log-in is in use; empty if the file cannot be read either.
    """
    logged_in: dict[str, tuple[str, ...]] = {}
    processes = occupancy.holders(database)
    with contextlib.suppress(DatabaseUnusable):
        office = open_office(database, "system")
        try:
            logged_in = sessions.names_in(office)
        finally:
            office.close()
    if not processes:
        return [name for names in logged_in.values() for name in names]
    found = {number: logged_in.get(terminal.terminal_of(number), ()) for number in processes}
    return list(dict.fromkeys(word for number, names in found.items() for word in (*names, occupancy.name_of(number))))


def _make_ready(
    scratch: Path, database: Path, checked: CheckedBackup, by: By, open_office: OpenOffice, now: datetime, file: Path
) -> int:  # fmt: skip
    """Prepare the new file for use; returns the number of the entry about the restoration."""
    office = open_office(scratch, "system")
    try:
        if checked.erasures:
            erasures.apply_later(office, database, checked.manifest.last_entry, now)
        _skip_numbers(office, database, checked)
        entry = _write_entry(office, checked, by, now, file)
        if checked.is_sound and not audit.verify(office).ok:
            raise BackupDamaged(file=file.name, why="database")
    finally:
        office.close()
    return entry


def _skip_numbers(office: Office, database: Path, checked: CheckedBackup) -> None:
    """Skip the case numbers that the restoration loses, so that they are not used again: residents and printed slips have them."""
    if checked.present is None:
        return
    with contextlib.suppress(DatabaseUnusable):
        given = copies.numbers_given(database)
        with office.database.writing() as connection:
            incidents.skip_numbers(connection, office.id, given)


def _write_entry(office: Office, checked: CheckedBackup, by: By, now: datetime, file: Path) -> int:
    manifest, present = checked.manifest, checked.present
    facts: dict[str, object] = {
        "file": file.name,
        "made_at": manifest.made_at.isoformat(),
        "from": {"seq": manifest.last_entry, "hash": manifest.head, "at": manifest.last_at},
        "present": None if present is None else {"seq": present.head.entry, "hash": present.head.hash, "at": present.head.at},
        "os_user": by.os_user,
    }
    name = by.operator.name if by.operator is not None else "system"
    entry = ledger.NewEntry(
        at=now,
        operator_id=by.operator.id if by.operator else None,
        operator=name,
        origin="system",
        subject_kind="office",
        subject_id=office.id,
        action=RESTORED,
        facts=facts,
    )
    with office.database.writing() as connection:
        return ledger.append(connection, office.id, [entry])


def _replaced_name(database: Path, checked: CheckedBackup, now: datetime) -> Path:
    """Return a free name beside the database, such as ``office.replaced-2026-11-28T091500.db``."""
    stamp = f"{now.astimezone(ZoneInfo(checked.manifest.zone)):%Y-%m-%dT%H%M%S}"
    for number in range(1, 1_000):
        more = f"-{number}" if number > 1 else ""
        candidate = database.with_name(f"{database.stem}.replaced-{stamp}{more}{database.suffix}")
        if not candidate.exists():
            return candidate
    raise FileExistsError(database)
