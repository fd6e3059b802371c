"""Make backups by hand, once a day, before a migration and before a large undo; list them and thin them out."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gridconsole import files
from gridconsole.domain.access import BACKUP_MAKERS
from gridconsole.domain.backups import BackupKind, Manifest, file_name, superseded
from gridconsole.domain.errors import DatabaseCorrupt, DatabaseUnusable, GridConsoleError, OutputRefused
from gridconsole.domain.outputs import OutputFault
from gridconsole.domain.timekeeping import TOLERANCE
from gridconsole.services import audit, rights
from gridconsole.store import backup_files, copies, ledger, modes

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.audit import Watch
    from gridconsole.services.office import Office
    from gridconsole.store.backup_files import BackupHeader

FOLDER = "backups"
"""Folder beside the database for automatic backups, and for those made by hand when no folder is given."""
LARGE_UNDO = 1_000
"""Rows of a batch above which a backup is made before it is undone."""
_RULES = files.Rules((files.BACKUP_ENDING,), is_backup=True)
_MOST_IN_A_MINUTE = 100
OpenOffice = Callable[[Path, str], "Office"]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    manifest: Manifest
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class MadeTwice:
    """A backup, and the outcome of its copy in a second place."""

    first: Made
    second: Made | None
    failure: GridConsoleError | None
    """Reason why there is no copy in the second place; None if there is one, or none was wanted."""


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """Kind of a backup to make, its folder and its encryption."""

    kind: BackupKind
    folder: Path
    passphrase: str | None = None
    """Passphrase that encrypts the file; None: no encryption."""
    second: tuple[Path, str] | None = None
    """Second folder and the passphrase for its file. If it is missing or full, the first backup is made all the same."""


def folder_of(database: Path) -> Path:
    """Return the folder for backups beside a database."""
    return database.resolve().parent / FOLDER


def make(
    source: Path, wanted: BackupRequest, open_office: OpenOffice, now: datetime, watch: Watch = audit.no_watch
) -> MadeTwice:  # fmt: skip
    """Copy a database while people work in it, check the whole copy, and write it to one or two folders.

    Args:
        open_office: opens the copy to verify its ledger; a copy with an older schema is migrated for that, as a rehearsal.
        now: the present time, UTC.
        watch: called with the stage (``copy``, ``chain``, ``cases``, ``pack``), the number done, and the total.

    Raises:
        DatabaseCorrupt: the copy, and therefore the source, is damaged; no backup is made and none is removed.
        OutputRefused: the file cannot be written to the first folder.
        DatabaseUnusable: the source cannot be read.
    """
    _check_folder(wanted.folder)
    with work_folder(source) as work, _called_by_its_name(source, work):
        raw = work / "office.db"
        watch("copy", 0, 1)
        copies.copy(source, raw)
        raw.chmod(0o600)
        examined = copies.examine(raw)
        if examined.problems:
            raise DatabaseCorrupt(path=source)
        is_sound = _is_sound(raw, work, open_office, watch)
        manifest = Manifest(
            office=examined.office, zone=examined.zone, identity=examined.identity, kind=wanted.kind, made_at=now.astimezone(UTC),
            program=version("gridconsole"), schema=examined.schema, size=raw.stat().st_size, sha256=files.sha256_of(raw),
            counts=examined.counts, last_entry=examined.head.entry, last_at=examined.head.at, head=examined.head.hash,
            is_sound=is_sound,
        )  # fmt: skip
        write = partial(_write, manifest, raw, work, source)
        watch("pack", 0, 1)
        first = write(wanted.folder, wanted.passphrase)
        if wanted.second is None:
            return MadeTwice(first, None, None)
        try:
            return MadeTwice(first, write(*wanted.second), None)
        except OutputRefused as error:
            return MadeTwice(first, None, error)


@contextlib.contextmanager
def _called_by_its_name(source: Path, work: Path) -> Iterator[None]:
    """Replace the path of the working copy in errors with that of the database: the user does not know the copy."""
    try:
        yield
    except DatabaseUnusable as error:
        if error.path is not None and Path(error.path).is_relative_to(work):
            error.path = source
        raise


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise OutputRefused(file=str(folder), why=OutputFault.NO_FOLDER)
    if not os.access(folder, os.W_OK):
        raise OutputRefused(file=str(folder), why=OutputFault.NO_RIGHT)


def _is_sound(raw: Path, work: Path, open_office: OpenOffice, watch: Watch) -> bool:
    """Return whether the ledger of a copy verifies. A second copy is opened for that, because opening may migrate it."""
    opened = work / "verified.db"
    shutil.copyfile(raw, opened)
    opened.chmod(0o600)
    try:
        office = open_office(opened, "system")
    except DatabaseUnusable:
        return False  # it cannot be migrated: the migration itself will report why
    try:
        return audit.verify(office, watch=watch).ok
    finally:
        office.close()
        for path in work.glob("verified.db*"):
            path.unlink()


def _write(manifest: Manifest, raw: Path, work: Path, source: Path, folder: Path, passphrase: str | None) -> Made:
    _check_folder(folder)
    for number in range(1, _MOST_IN_A_MINUTE):
        target = folder / file_name(manifest.office, manifest.made_at, ZoneInfo(manifest.zone), number)
        if target.exists():
            continue
        try:
            _write_to(target, manifest, raw, work, passphrase)
        except OutputRefused as error:
            if error.params.get("why") is OutputFault.EXISTS:
                continue  # another terminal took the name meanwhile
            raise
        if folder.resolve() == folder_of(source):
            modes.match_mode(target, source)  # all users of the database may read its copy, and delete it to make room
        return Made(target, manifest, passphrase is not None)
    raise OutputRefused(file=str(folder), why=OutputFault.EXISTS)


def _write_to(target: Path, manifest: Manifest, raw: Path, work: Path, passphrase: str | None) -> None:
    with files.new_file(target, _RULES) as file:
        backup_files.write(file, manifest, raw, work, passphrase)
        file.flush()
        # Read back before the file gets its final name: a file with that name is always complete.
        part = Path(file.name)
        with Path(os.devnull).open("wb") as nowhere:
            backup_files.unpack(part, backup_files.read_header(part), nowhere, work, passphrase)


@contextlib.contextmanager
def work_folder(database: Path) -> Iterator[Path]:
    """Make a private folder among a database's backups, and remove it at the end. Remains of killed processes are removed too.

    Raises:
        OutputRefused: the folder cannot be made.
    """
    beside = ensure(database)
    try:
        remove_torn_work(beside)
        work = beside / f".work-{os.getpid()}-{secrets.token_hex(4)}"
        work.mkdir(mode=0o700)
    except OSError as error:
        raise files.refused(beside, error) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove_torn_work(folder: Path) -> None:
    """Remove working folders whose process is gone, and unfinished files."""
    for path in folder.glob(".work-*"):
        pid = path.name.split("-")[1]
        if pid.isdigit() and int(pid) != os.getpid() and not files.is_running(int(pid)) and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    files.remove_torn(folder)


# --- occasions --------------------------------------------------------------------------------------------------


def by_hand(
    office: Office, actor: Actor, folder: Path | None, passphrase: str | None, open_office: OpenOffice, watch: Watch = audit.no_watch
) -> Made:  # fmt: skip
    """Make a backup on an operator's request. A ledger entry records the operator, the file and its hash.

    Args:
        folder: target folder; None: the folder beside the database.

    Raises:
        NotPermitted: the operator is neither an administrator nor a shift leader.
        DatabaseCorrupt, OutputRefused: see :func:`make`.
        TimeBehind, TimeDoubtful: the machine's time cannot be right; no file is written.
    """
    rights.check(office, actor, "backup", BACKUP_MAKERS)
    with office.database.reading() as connection:
        ledger.check_time(connection, office.id, "backup", office.now())
    wanted = BackupRequest(BackupKind.MANUAL, folder or ensure(office.database.path), passphrase)
    made = make(office.database.path, wanted, open_office, office.now(), watch).first
    facts: dict[str, object] = {
        "file": made.path.name, "sha256": made.manifest.sha256, "encrypted": made.is_encrypted, "last": made.manifest.last_entry,
    }  # fmt: skip
    entry = office.entry(actor, "backup", facts)
    with office.database.writing() as connection:
        ledger.append(connection, office.id, [entry])
    return made


def before_migration(source: Path, open_office: OpenOffice, now: datetime) -> None:
    """Make the backup that comes before a migration.

    Raises:
        DatabaseCorrupt, OutputRefused, DatabaseUnusable: see :func:`make`; then nothing is migrated.
    """
    make(source, BackupRequest(BackupKind.MIGRATION, ensure(source)), open_office, now)


def before_undo(office: Office, rows: int, open_office: OpenOffice) -> Made | None:
    """Make the backup that comes before a large batch is undone; returns None if the batch is not large.

    Raises:
        DatabaseCorrupt, OutputRefused: see :func:`make`; then nothing is undone.
    """
    if rows <= LARGE_UNDO:
        return None
    source = office.database.path
    return make(source, BackupRequest(BackupKind.UNDO, ensure(source)), open_office, office.now()).first


def ensure(database: Path) -> Path:
    """Return the folder for backups beside a database; make it if it is missing, with the access rights of the database.

    Raises:
        OutputRefused: the folder cannot be made.
    """
    folder = folder_of(database)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise OutputRefused(file=str(folder), why=OutputFault.NO_FOLDER) from error
    except OSError as error:
        raise files.refused(folder, error) from error
    modes.match_folder(folder, database)
    return folder


# --- existing backups -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup file in a folder."""

    path: Path
    size: int
    """Bytes of the file."""
    header: BackupHeader | None
    """None if it cannot be read."""


def listed(folder: Path) -> tuple[Listed, ...]:
    """List the backups in a folder, newest first; those that cannot be read come last. Reads the first lines of each only."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"*{files.BACKUP_ENDING}")):
            with contextlib.suppress(OSError):
                if stat.S_ISREG(path.lstat().st_mode):
                    found.append(Listed(path, path.stat().st_size, _header(path)))
    return tuple(sorted(found, key=_age_order))


def _age_order(item: Listed) -> tuple[bool, float, str]:
    if item.header is None:
        return True, 0.0, item.path.name
    return False, -item.header.manifest.made_at.timestamp(), item.path.name


def _header(path: Path) -> BackupHeader | None:
    try:
        return backup_files.read_header(path)
    except GridConsoleError:
        return None


def newest_good(folder: Path, identity: str, now: datetime, database: Path | None = None) -> Manifest | None:
    """Return the newest backup of an office in a folder whose ledger verified when it was made; None if there is none.

    Args:
        database: if given, also check that the content is whole, in a working folder beside this file.
    """
    mine = [
        (age_order(item.header.manifest, now), item.header.manifest, item)
        for item in listed(folder)
        if item.header is not None and item.header.manifest.identity == identity and item.header.manifest.is_sound
    ]
    for _, manifest, item in sorted(mine, key=itemgetter(0), reverse=True):
        if database is None or is_whole(item, database):
            return manifest
    return None


def age_order(manifest: Manifest, now: datetime) -> tuple[bool, datetime]:
    """Return a key that orders backups from the oldest. One dated in the future comes first: otherwise it would stay the newest."""
    return manifest.made_at <= now + TOLERANCE, manifest.made_at


def is_whole(item: Listed, database: Path) -> bool:
    """Return whether the content of a backup is unchanged since it was written.

    A file of an earlier version has no checksum and is unpacked instead; if it is encrypted too, it counts as whole.

    Raises:
        OutputRefused: no working folder can be made beside the database.
    """
    if item.header is None:
        return False
    said = backup_files.is_intact(item.path, item.header)
    if said is not None or item.header.is_encrypted:
        return said is not False
    with work_folder(database) as work, Path(os.devnull).open("wb") as nowhere:
        try:
            backup_files.unpack(item.path, item.header, nowhere, work)
        except GridConsoleError:
            return False
    return True


def holding_since(folder: Path, identity: str, entry: int) -> tuple[str, ...]:
    """Return the names of the backups of an office in a folder that hold a given ledger entry."""
    return tuple(
        item.path.name
        for item in listed(folder)
        if item.header is not None and item.header.manifest.identity == identity and item.header.manifest.last_entry >= entry
    )


def thin_out(folder: Path, identity: str, zone: tzinfo, database: Path) -> tuple[str, ...]:
    """Remove the automatic backups of an office that :func:`gridconsole.domain.backups.superseded` selects; returns their names.

    A damaged backup replaces no other, and stays for a person to see.
    """
    automatic = {
        item.header.manifest.made_at: item
        for item in listed(folder)
        if item.header is not None
        and item.header.manifest.identity == identity
        and item.header.manifest.kind is not BackupKind.MANUAL
    }
    if not superseded(automatic, zone):
        return ()
    whole = {at: item.path for at, item in automatic.items() if is_whole(item, database)}
    return _remove(whole[at] for at in superseded(whole, zone))


def keep_newest(made: Made, count: int, database: Path) -> tuple[str, ...]:
    """Remove old backups of an office so that ``count`` remain, the one just made included; returns the names of removed ones.

    A damaged backup does not count, and stays for a person to see.
    """
    mine = [
        (age_order(item.header.manifest, made.manifest.made_at), item)
        for item in listed(made.path.parent)
        if item.header is not None and item.header.manifest.identity == made.manifest.identity and item.path != made.path
    ]
    newest_first = [item for _, item in sorted(mine, key=itemgetter(0), reverse=True)]
    whole = [item.path for item in newest_first if len(newest_first) >= count and is_whole(item, database)]
    return _remove(whole[count - 1 :])


def _remove(paths: Iterable[Path]) -> tuple[str, ...]:
    removed = []
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
            removed.append(path.name)
    return tuple(removed)
