"""Keep the facts of cases complete: write those of an earlier file, write them anew, and compare them with the rest of the file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gridconsole.store import facts

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

PAUSE_SECONDS = 0.05
"""Pause between two slices beside running work."""
Progress = Callable[[int, int], None]
"""Called with the cases done and all of them."""


def no_progress(_done: int, _of: int) -> None:
    """Show nothing."""


def complete(office: Office, progress: Progress = no_progress, *, slices: int | None = None, pause: float = 0) -> int:
    """Write the facts of cases that wait for them, each slice in a transaction of its own; return how many remain.

    An interruption loses nothing: the next call goes on.

    Args:
        slices: most slices; None: until all is done.
        pause: seconds between two slices, in which others write.

    Raises:
        DatabaseUnusable: another writer is busy, or as SQLite reports.
    """
    with office.database.reading() as connection:
        waiting = remaining = facts.left(connection)
    while remaining and slices != 0:
        with office.database.writing() as connection:
            facts.fill(connection, office.calendar)
            remaining = facts.left(connection)
        progress(waiting - remaining, waiting)
        slices = None if slices is None else slices - 1
        if remaining and pause:
            time.sleep(pause)
    return remaining


def rebuild(office: Office, progress: Progress = no_progress) -> int:
    """Write the facts of every case anew; return how many cases there are.

    Raises:
        DatabaseUnusable: another writer is busy, or as SQLite reports.
    """
    with office.database.writing() as connection:
        facts.forget(connection)
        count = facts.left(connection)
    complete(office, progress)
    return count


def differing(connection: Transaction, office: Office) -> Iterator[int]:
    """Yield the keys of cases whose facts differ from what the rest of the file says."""
    for keys in facts.slices(connection, office.id):
        yield from facts.differing(connection, keys, office.calendar)
