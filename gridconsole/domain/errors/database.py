"""Errors about a database that is busy, missing, foreign or broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Family, GridConsoleError, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@error
class DatabaseUnusable(GridConsoleError):
    """Base of errors about the database file. By itself, a file beside it cannot be used."""

    family = Family.DATABASE
    code = "D600"
    advice: str | None = None
    file: str | None = None
    path: Path | str | None = None


@error
class DatabaseMissing(DatabaseUnusable):
    """There is no database at a path."""

    code = "D601"


@error
class DatabaseExists(DatabaseUnusable):
    """There is a file at the path already."""

    code = "D602"


@error
class DatabaseForeign(DatabaseUnusable):
    """The file is not a database of this program."""

    code = "D603"


@error
class DatabaseNewer(DatabaseUnusable):
    """A later version of the program made the database."""

    code = "D604"
    found: object
    known: object


@error
class DatabaseCorrupt(DatabaseUnusable):
    """The database is damaged."""

    code = "D605"
    column: str | None = None
    value: object = None


@error
class DatabaseBusy(DatabaseUnusable):
    """Another program is writing and did not finish in time."""

    code = "D606"
    holder: object = None
    """The writer, as far as it is known."""
    waited: float | None = None
    """Seconds."""


@error
class DeliveryInterrupted(DatabaseUnusable):
    """A decided import could not be written completely; the rest will be written later."""

    code = "D631"
    number: str | int


@error
class DatabaseReadOnly(DatabaseUnusable):
    """The database cannot be written to."""

    code = "D607"
    folder: object = None
    group: object = None
    owner: object = None


@error
class DatabaseOnNetwork(DatabaseUnusable):
    """The database lies on a network drive."""

    code = "D608"
    filesystem: str


@error
class DiskFull(DatabaseUnusable):
    """There is no space to write."""

    code = "D609"
    free: int
    """Bytes."""
    limit: object = None


@error
class DiskFault(DatabaseUnusable):
    """The outcome of the last write is unknown."""

    code = "D610"


@error
class FolderUnusable(DatabaseUnusable):
    """The database's folder is missing or not writable."""

    code = "D611"


@error
class DatabaseInUse(DatabaseUnusable):
    """Another terminal has the database open, and the command needs exclusive use."""

    code = "D612"
    names: Sequence[object]


@error
class DatabaseReplaced(DatabaseUnusable):
    """The file at the path is not the one that was opened: it is gone, another file, or an earlier state."""

    code = "D613"
    how: object


@error
class DatabaseHardLinked(DatabaseUnusable):
    """The file has a second name (hard link), under which another log and lock would be used."""

    code = "D614"
