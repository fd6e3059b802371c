"""Fill the index of the texts of cases in an existing file, beside running work, and build it anew."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseBusy, DatabaseReadOnly
from gridconsole.store import text_index

if TYPE_CHECKING:
    from gridconsole.services.office import Office

PAUSE_SECONDS = 0.05
"""Pause between two slices: others write in it, and the screen keeps its pace."""
FEW = 50
"""Cases that a quick examination looks up."""
Progress = Callable[[int, int], None]
"""Called with the cases done and all of them."""


def _silent(done: int, of: int) -> None:
    """Show nothing."""


def fill(office: Office, *, slices: int | None = None, pause: float = PAUSE_SECONDS, progress: Progress = _silent) -> int:
    """Index cases that are not indexed yet, newest first, each slice in a transaction of its own; return how many remain.

    An interruption loses nothing: the next call goes on. An index of words of another version is emptied first.

    Args:
        slices: most slices; None: until all is done.

    Raises:
        DatabaseUnusable: another writer is busy, or as SQLite reports.
    """
    with office.database.reading() as connection:
        left = text_index.left_to_fill(connection)
        is_outdated = text_index.is_outdated(connection)
    if is_outdated:
        left = _empty(office)
    first = left
    while left and (slices is None or slices > 0):
        with office.database.writing() as connection:
            left = text_index.fill(connection)
        progress(first - left, first)
        slices = None if slices is None else slices - 1
        if left and slices != 0:
            time.sleep(pause)
    return left


def fill_at_once(office: Office, progress: Progress = _silent) -> int:
    """Index all cases that are not indexed yet, without pauses; return how far the keys of cases reached that were left.

    Raises:
        DatabaseUnusable: another writer is busy, or as SQLite reports.
    """
    with office.database.reading() as connection:
        left = text_index.left_to_fill(connection)
    return left - fill(office, pause=0, progress=progress)


def rebuild(office: Office, progress: Progress = _silent) -> int:
    """Build the index anew from the texts, whatever state it is in; returns as :func:`fill_at_once`.

    Raises:
        DatabaseUnusable: another writer is busy, or as SQLite reports.
    """
    _empty(office)
    return fill_at_once(office, progress)


def _empty(office: Office) -> int:
    with office.database.writing() as connection:
        text_index.drop(connection)
        return text_index.left_to_fill(connection)


class _Flawed(Exception):
    """Ends a transaction without a commit: a damaged index would make it fail."""

    def __init__(self, flaw: text_index.IndexFlaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


def flaw(office: Office, *, quick: bool = False) -> text_index.IndexFlaw | None:
    """Return what is wrong with the index; None if it is good as far as examined.

    Args:
        quick: look up only a few cases, and do not have the library check the whole index.
    """
    if not quick:
        try:
            with contextlib.suppress(DatabaseBusy, DatabaseReadOnly), office.database.writing() as connection:
                if (found := text_index.flaw(connection)) is not None:
                    raise _Flawed(found)
                return None
        except _Flawed as flawed:
            return flawed.flaw
    with office.database.reading() as connection:
        return text_index.flaw(connection, sample=FEW, whole=False)
