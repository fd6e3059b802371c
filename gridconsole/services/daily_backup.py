"""The automatic backup: once on each day the office is used, in a separate process, with a copy in a second place."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import portalocker

from gridconsole.domain.backups import BackupKind, Manifest
from gridconsole.domain.errors import DatabaseUnusable, GridConsoleError
from gridconsole.services import backups
from gridconsole.store import copies, modes, offices, turns

if TYPE_CHECKING:
    from gridconsole.services.backups import MadeTwice, OpenOffice
    from gridconsole.services.office import Office

SECOND = "backup_second"
"""The setting for a second place: its folder, the file with the passphrase, and the day since when it is set."""
MISSING_AFTER = timedelta(days=3)
"""Age of the newest backup in the second place from which shift leaders and administrators are notified."""
_LOCK, _LAST_TRY = ".lock", ".last-try.json"
ReadPassphrase = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class SecondPlace:
    """Second folder for automatic backups, such as a USB stick or a network share."""

    folder: Path
    passphrase_file: Path
    since: date


def second_place(settings: Mapping[str, Any]) -> SecondPlace | None:
    """Read the second place from an office's settings; None if none is set."""
    said = settings.get(SECOND)
    if not said:
        return None
    return SecondPlace(Path(said["folder"]), Path(said["passphrase_file"]), date.fromisoformat(said["since"]))


def identity_of(office: Office) -> str:
    """Return the identity of the office in its backups: its time of creation."""
    with office.database.reading() as connection:
        return offices.founded_at(connection, office.id)


def is_due(office: Office) -> bool:
    """Return whether today's automatic backup is missing. A failed try today does not count. Reads only the headers of files."""
    folder = backups.folder_of(office.database.path)
    tried = last_try(folder)
    if tried is not None and office.calendar.local_day(tried.at) == office.today() and not tried.failed:
        return False
    identity = identity_of(office)
    return not any(
        office.calendar.local_day(item.header.manifest.made_at) == office.today()
        for item in backups.listed(folder)
        if item.header is not None and item.header.manifest.identity == identity and item.header.manifest.kind is BackupKind.DAILY
    )


def run(office: Office, open_office: OpenOffice, read_passphrase: ReadPassphrase, *, may_thin_out: bool) -> MadeTwice | None:
    """Make today's backup if it is due, and thin out older ones; None if it is not due, or another process is making it.

    Args:
        read_passphrase: reads the passphrase of the second place from its file.
        may_thin_out: whether the machine's time is reliable: under a wrong time the wrong backups would be removed.

    Raises:
        GridConsoleError: the backup could not be made; the failure is stored for the console to show.
    """
    folder = backups.ensure(office.database.path)
    with _one_at_a_time(folder, office.database.path) as is_ours:
        if not is_ours or not is_due(office):
            return None
        try:
            made = _make(office, folder, open_office, read_passphrase)
        except GridConsoleError as error:
            _write_try(office, Try(office.now(), error.code, "", ""))
            raise
        second = made.failure.code if made.failure is not None else ""
        _write_try(office, Try(office.now(), "", second, "" if made.first.manifest.is_sound else "ledger"))
        if may_thin_out:
            for place in (folder, made.second.path.parent if made.second is not None else None):
                if place is not None:
                    backups.thin_out(place, made.first.manifest.identity, office.calendar.zone, office.database.path)
    with contextlib.suppress(DatabaseUnusable), turns.in_background():
        office.database.refresh_statistics()
    return made


def _make(office: Office, folder: Path, open_office: OpenOffice, read_passphrase: ReadPassphrase) -> MadeTwice:
    place = second_place(office.settings)
    second, failure = None, None
    if place is not None:
        try:
            second = (place.folder, read_passphrase(place.passphrase_file))
        except GridConsoleError as error:
            failure = error
    wanted = backups.BackupRequest(BackupKind.DAILY, folder, None, second)
    made = backups.make(office.database.path, wanted, open_office, office.now())
    return made if failure is None else backups.MadeTwice(made.first, None, failure)


@contextlib.contextmanager
def _one_at_a_time(folder: Path, database: Path) -> Any:
    with open(folder / _LOCK, "a+b", opener=modes.companion_opener(database)) as file:
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.exceptions.LockException:
            yield False
            return
        yield True


# --- outcome ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Try:
    """Outcome of the last automatic backup."""

    at: datetime
    failed: str
    """Code of the error that prevented the backup; empty if it was made."""
    second_failed: str
    """Code of the error that prevented the copy in the second place; empty if there was none."""
    flaw: str
    """``ledger`` if the ledger in the copy does not verify; else empty."""


def last_try(folder: Path) -> Try | None:
    """Read the outcome of the last automatic backup; None if none was tried or the record cannot be read."""
    try:
        said = json.loads((folder / _LAST_TRY).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(said["at"])
        if at.tzinfo is None:
            return None
        return Try(at, str(said["failed"]), str(said["second_failed"]), str(said["flaw"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_try(office: Office, tried: Try) -> None:
    folder = backups.folder_of(office.database.path)
    text = json.dumps({
        "at": tried.at.isoformat(), "failed": tried.failed, "second_failed": tried.second_failed, "flaw": tried.flaw,
    })  # fmt: skip
    draft = folder / f"{_LAST_TRY}.{os.getpid()}"
    with contextlib.suppress(OSError, GridConsoleError):
        with open(draft, "w", encoding="utf-8", opener=modes.companion_opener(office.database.path)) as file:
            file.write(text)
        draft.replace(folder / _LAST_TRY)


def second_place_missing(office: Office) -> SecondPlace | None:
    """Return the second place if it has had no new backup for :data:`MISSING_AFTER`, by the machine's time; else None."""
    place = second_place(office.settings)
    if place is None:
        return None
    newest = backups.newest_good(place.folder, identity_of(office), office.now())
    since = newest.made_at if newest is not None else office.midnight(place.since)
    return place if office.now() - since >= MISSING_AFTER else None


def newest_good(office: Office, *, checked: bool = False) -> Manifest | None:
    """Return the newest backup of the office whose ledger verified, in either place; None if there is none.

    Args:
        checked: also check that its content is whole, which reads the file.
    """
    identity, beside = identity_of(office), office.database.path if checked else None
    found = (backups.newest_good(folder, identity, office.now(), beside) for folder in _folders(office))
    return max(
        (manifest for manifest in found if manifest is not None), key=partial(backups.age_order, now=office.now()), default=None
    )


def holding_since(office: Office, entry: int) -> tuple[str, ...]:
    """Return the names of the backups of the office, in either place, that hold a given ledger entry.

    Included are the files beside the database that a restoration replaced, and those of them that cannot be read.
    """
    identity, path = identity_of(office), office.database.path
    named = [name for folder in _folders(office) for name in backups.holding_since(folder, identity, entry)]
    replaced = sorted(path.parent.glob(f"{glob.escape(path.stem)}.replaced-*{glob.escape(path.suffix)}"))
    return (*named, *(file.name for file in replaced if _may_hold(file, identity, entry)))


def _may_hold(file: Path, identity: str, entry: int) -> bool:
    try:
        found = copies.identity_of(file)
    except GridConsoleError:
        return True
    return found is not None and found[0] == identity and found[1].entry >= entry


def _folders(office: Office) -> tuple[Path, ...]:
    place = second_place(office.settings)
    beside = backups.folder_of(office.database.path)
    return (beside,) if place is None else (beside, place.folder)


# --- in a separate process --------------------------------------------------------------------------------------


def start_if_due(office: Office) -> bool:
    """Start the automatic backup in a separate process if it is due; returns whether it was started."""
    if office.is_demo or not is_due(office):
        return False
    start(office.database.path)
    return True


def start(database: Path) -> None:
    """Start the automatic backup in a separate process and do not wait for it; that process checks whether it is due."""
    command = [sys.executable, "-m", "gridconsole", "--db", str(database), "backup", "--automatic"]
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.DETACHED_PROCESS | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    else:
        # A separate session: closing the terminal must not end it.
        options["start_new_session"] = True
    with contextlib.suppress(OSError):
        subprocess.Popen(command, **options)  # noqa: S603  this very program, and words of its own
