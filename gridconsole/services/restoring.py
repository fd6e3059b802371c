"""Putting a backup back: looking at it closely first, then in the place of the present file, which is put aside and not lost."""

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
"""Action of the entry that says that a backup took the place of the file that was in use."""


@dataclass(frozen=True, slots=True)
class Present:
    """The file that is in use now, as far as it can be read."""

    head: Head
    identity: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Result of unpacking and verifying a whole backup."""

    manifest: Manifest
    is_sound: bool
    """Whether its ledger verifies."""
    age_seconds: int
    present: Present | None
    """None where there is no usable file in use."""
    loss: Loss | None
    """What the present file has and the backup has not; None without a present file, and where that is too damaged to say."""
    erasures: int
    """How often a person was erased from the present file after the backup: restoring does it again."""


def check(
    database: Path, file: Path, passphrase: str | None, open_office: OpenOffice, now: datetime, watch: Watch = audit.no_watch
) -> Checked:  # fmt: skip
    """Unpack a backup into a scratch place and verify everything; changes nothing.

    Args:
        database: the path of the file in use, which need not exist.

    Raises:
        FileMissing, BackupForeign, BackupDamaged, BackupLocked, PassphraseWrong, BackupNewer: the backup is no good.
        BackupOfAnotherOffice: it belongs to another office than the file in use.
        OutputRefused: there is no room beside the database.
    """
    with work_folder(database) as work:
        return _checked(database, file, passphrase=passphrase, work=work, open_office=open_office, now=now, watch=watch)


def _checked(
    database: Path, file: Path, passphrase: str | None, work: Path, open_office: OpenOffice, now: datetime, watch: Watch
) -> Checked:  # fmt: skip
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
    return Checked(manifest=manifest, is_sound=verdict.ok, age_seconds=age, present=present, loss=lost, erasures=again)


def _check_office(database: Path, present: Present | None, manifest: Manifest, file: Path) -> None:
    """Refuse a backup of another office than the file in use; a damaged file is known by the backups in the folder beside it.

    Raises:
        BackupOfAnotherOffice: it is of another office.
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
    """Return what the present file has beyond a backup, and the erasures since; nothing if it is too damaged to read."""
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
    """Refuse a database that is damaged or is not what its manifest says."""
    try:
        examined = copies.examine(scratch)
    except DatabaseUnusable as error:
        raise BackupDamaged(file=file.name, why="database") from error
    said = (manifest.identity, manifest.schema, dict(manifest.counts), manifest.last_entry, manifest.head)
    found = (examined.identity, examined.schema, examined.counts, examined.head.entry, examined.head.hash)
    if examined.problems or said != found:
        raise BackupDamaged(file=file.name, why="database")


def _present(database: Path) -> Present | None:
    """The file in use; None where there is none, or it is damaged or something else."""
    try:
        engine.schema_number(database)
        found = copies.identity_of(database)
    except DatabaseUnusable:
        return None
    return None if found is None else Present(identity=found[0], head=found[1])


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that took the place of the file in use."""

    checked: Checked
    replaced_file: Path | None
    """Where the file that was in use lies now; None where there was none."""
    entry: int
    """Number of the entry that says so."""


@dataclass(frozen=True, slots=True)
class By:
    """The person who restores; without an operator if the present file cannot be opened to log in to."""

    operator: Actor | None
    os_user: str


def restore(
    database: Path, file: Path, passphrase: str | None, by: By, open_office: OpenOffice, now: datetime, watch: Watch = audit.no_watch
) -> Restored:  # fmt: skip
    """Verify a backup and put it in the place of the file in use, which is put aside under a dated name.

    The new file is made ready beside the old one (migrated, later erasures applied again, the entry of the restoration written,
    verified) and takes its name in one step: killed at any point, either the old or the new file is there, whole.

    Raises:
        DatabaseInUse: another terminal has the file open.
        NotPermitted: the operator is neither an administrator nor a shift leader.
        DatabaseForeign: what bears the database's name is no database of this program, nor a damaged one.
        TimeBehind: the machine's time lies before the newest entry of the file in use.
        FileMissing, BackupForeign, BackupDamaged, BackupLocked, PassphraseWrong, BackupNewer, BackupOfAnotherOffice, OutputRefused:
            as of :func:`check`; nothing was changed.
    """
    if by.operator is not None:
        rights.demand(by.operator, "restore", BACKUP_MAKERS)
    database = database.resolve()  # a link stays a link, and who is in is known of the file it leads to
    _check_replaceable(database)
    with work_folder(database) as work, _alone(database, open_office), replacing.turn(database):
        checked = _checked(database, file, passphrase=passphrase, work=work, open_office=open_office, now=now, watch=watch)
        _check_time(checked.present, now)
        scratch = work / "office.db"
        entry = _make_ready(scratch, database, checked=checked, by=by, open_office=open_office, now=now, file=file)
        copies.settle(scratch)
        replaced_file = replacing.put_in_place(scratch, database, _replaced_name(database, checked, now))
    return Restored(checked, replaced_file, entry)


def _check_replaceable(database: Path) -> None:
    """Refuse to replace what is no database of this program, nor a damaged one.

    Raises:
        DatabaseForeign: a folder, a pipe, or a file of another program.
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
        TimeBehind: the machine's time lies before it.
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
    """Name who keeps a restoration waiting: operators logged in where a process has the file open, and the processes.

    Where the system does not tell of processes, everybody whose log-in is in use; nobody where the file cannot tell either.
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
    scratch: Path, database: Path, checked: Checked, by: By, open_office: OpenOffice, now: datetime, file: Path
) -> int:  # fmt: skip
    """Bring the new file to where it can be used; returns the number of the entry of the restoration."""
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


def _skip_numbers(office: Office, database: Path, checked: Checked) -> None:
    """Keep the numbers of cases that the restoration loses from being given again: residents and slips know them."""
    if checked.present is None:
        return
    with contextlib.suppress(DatabaseUnusable):
        given = copies.numbers_given(database)
        with office.database.writing() as connection:
            incidents.skip_numbers(connection, office.id, given)


def _write_entry(office: Office, checked: Checked, by: By, now: datetime, file: Path) -> int:
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


def _replaced_name(database: Path, checked: Checked, now: datetime) -> Path:
    """A free name beside the database: ``office.replaced-2026-11-28T0915.db``."""
    stamp = f"{now.astimezone(ZoneInfo(checked.manifest.zone)):%Y-%m-%dT%H%M%S}"
    for number in range(1, 1_000):
        more = f"-{number}" if number > 1 else ""
        candidate = database.with_name(f"{database.stem}.replaced-{stamp}{more}{database.suffix}")
        if not candidate.exists():
            return candidate
    raise FileExistsError(database)
