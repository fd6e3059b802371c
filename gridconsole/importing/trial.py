"""Trial of several files that build on each other, in a copy of the office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.importing.engine import run
from gridconsole.services import backups
from gridconsole.services.office import open_copy
from gridconsole.store import copies

if TYPE_CHECKING:
    from pathlib import Path

    from gridconsole.domain.parties import Actor
    from gridconsole.importing.engine import ImportOutcome
    from gridconsole.importing.headway import Progress
    from gridconsole.importing.options import Options
    from gridconsole.services.office import Office


@contextmanager
def copy_of(office: Office) -> Iterator[Office]:
    """Yield a copy of an office that is removed at the end: what is imported there is known to the next file, and to nobody else.

    Raises:
        OutputRefused: there is no room for the copy beside the database.
        DatabaseUnusable: the database cannot be read, or the copy cannot be written.
    """
    with backups.work_folder(office.database.path) as work:
        path = work / "office.db"
        copies.copy(office.database.path, path)
        path.chmod(0o600)
        copy = open_copy(path, office.origin, office.now)
        try:
            yield copy
        finally:
            copy.close()


def run_in(
    copy: Office, actor: Actor, kind: str, path: Path, options: Options, *, progress: Progress | None = None
) -> ImportOutcome:  # fmt: skip
    """Import a file into a copy, and return the result as that of a trial.

    Raises:
        GridConsoleError: as of :func:`gridconsole.importing.engine.run`.
    """
    outcome = run(copy, actor, kind, path, replace(options, dry_run=False), progress=progress)
    return replace(outcome, dry_run=True, batch=None)
