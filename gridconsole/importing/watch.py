"""Watched folder: each file dropped into it is imported once it no longer changes, then moved to a result folder."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseBusy, DatabaseUnusable, FolderGone, GridConsoleError, OutputRefused
from gridconsole.domain.outputs import OutputFault
from gridconsole.importing.annotate import annotate
from gridconsole.importing.engine import ImportOutcome, run
from gridconsole.importing.options import Options
from gridconsole.importing.plan import RowVerdict
from gridconsole.store import batches

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

POLL_SECONDS = 2.0


class Shelf(StrEnum):
    """Result folders for processed files."""

    TAKEN = "已导入"
    TROUBLE = "有问题"
    KNOWN = "重复"


@dataclass(frozen=True, slots=True)
class Handled:
    """Result for a file."""

    name: str
    shelf: Shelf
    outcome: ImportOutcome | None
    error: GridConsoleError | None


class Watcher:
    """Watcher that polls a folder. All its state is the folder itself, so a restart changes nothing."""

    def __init__(self, office: Office, actor: Actor, kind: str, folder: Path, options: Options) -> None:
        self._office, self._actor, self._kind, self._folder, self._options = office, actor, kind, folder, options
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self) -> Iterator[Handled]:
        """Check the folder once, and import files whose size and time are unchanged since the last check.

        Raises:
            FolderGone: the folder is not there any more.
            OutputRefused: a processed file cannot be moved away.
            DatabaseUnusable: the database is unusable, not just busy; waiting would not help.
        """
        present: dict[str, tuple[int, int]] = {}
        try:
            paths = sorted(self._folder.iterdir())
        except OSError as error:
            raise FolderGone(file=str(self._folder)) from error
        for path in paths:
            if is_passed_over(path):
                continue
            facts = _facts(path)
            if facts is None:
                continue
            present[path.name] = facts
            if self._seen.get(path.name) == facts:
                handled = self._take(path, facts)
                if handled is not None:
                    del present[path.name]
                    yield handled
        self._seen = present

    def _take(self, path: Path, facts: tuple[int, int]) -> Handled | None:
        try:
            outcome = run(self._office, self._actor, self._kind, path, self._options)
        except DatabaseBusy:
            return None  # the file stays; the next check tries again
        except DatabaseUnusable:
            raise
        except GridConsoleError as error:
            if _facts(path) is not None:
                self._move(path, Shelf.TROUBLE)
            return Handled(path.name, Shelf.TROUBLE, None, error)
        if _facts(path) != facts:
            return None  # the file is still being written: a later check imports the rest, and these rows are known then
        shelf = self._shelf_of(path, outcome)
        moved = self._move(path, shelf)
        if shelf is Shelf.TROUBLE:
            target = _free(moved.with_name(f"{moved.stem[:_LONGEST_STEM]}（批注）.xlsx"))
            try:
                annotate(moved, outcome, target, encoding=self._options.encoding)
            except GridConsoleError as error:
                return Handled(path.name, shelf, outcome, error)
        return Handled(path.name, shelf, outcome, None)

    def _shelf_of(self, path: Path, outcome: ImportOutcome) -> Shelf:
        if outcome.refused or outcome.counts[RowVerdict.REJECTED]:
            return Shelf.TROUBLE
        if outcome.counts[RowVerdict.INSERTED] or outcome.counts[RowVerdict.UPDATED]:
            return Shelf.TAKEN
        # If the file was imported before and the machine stopped before it was moved, it is no repetition.
        with self._office.database.reading() as connection:
            taken = batches.was_taken(connection, outcome.sha256)
        return Shelf.TAKEN if taken and not self._is_shelved(path, outcome.sha256) else Shelf.KNOWN

    def _is_shelved(self, path: Path, sha256: str) -> bool:
        """Return whether an identical file is among those already imported."""
        try:
            size = path.stat().st_size
            found = [other for other in (self._folder / Shelf.TAKEN.value).iterdir() if other.stat().st_size == size]
            return any(hashlib.sha256(other.read_bytes()).hexdigest() == sha256 for other in found)
        except OSError:
            return False

    def _move(self, path: Path, shelf: Shelf) -> Path:
        folder = self._folder / shelf.value
        target = folder / path.name
        try:
            folder.mkdir(exist_ok=True)
            if folder.is_symlink():
                raise OutputRefused(file=str(folder), why=OutputFault.LINK)
            target = _free(target)
            os.replace(path, target)  # noqa: PTH105  the name is free; replace also works across a case change
        except OSError as error:
            raise OutputRefused(file=str(target), why=error.strerror or "") from error
        return target


_PASSED_OVER = ("~$", ".")
_UNFINISHED = frozenset({".tmp", ".crdownload", ".part", ".partial", ".download"})
_SYSTEM = frozenset({"Thumbs.db", "desktop.ini"})
_LONGEST_STEM = 60
"""Characters: a file's name may be 255 bytes, and most of these take three."""


def is_passed_over(path: Path) -> bool:
    """Return whether a file is no list by its name: hidden, of the system, or still being written."""
    return path.name.startswith(_PASSED_OVER) or path.suffix.lower() in _UNFINISHED or path.name in _SYSTEM


def _facts(path: Path) -> tuple[int, int] | None:
    """Return the size and the modification time of a file; None if it is none, or gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns) if path.is_file() else None


def _free(path: Path) -> Path:
    """Return the path, or a free one beside it; no file is ever overwritten."""
    for number in range(1, 10_000):
        candidate = path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")
        if not candidate.exists():
            return candidate
    raise FileExistsError(path)


def watch(
    watcher: Watcher, report: Callable[[Handled], None], *, pause: Callable[[float], None] = time.sleep,
    may_go_on: Callable[[], object] = lambda: None,
) -> None:  # fmt: skip
    """Check the folder again and again, until interrupted or until ``may_go_on`` raises before a check."""
    while True:
        may_go_on()
        for handled in watcher.look():
            report(handled)
        pause(POLL_SECONDS)
