"""Exit statuses, the same in ``--help``, in the README and in every command."""

from __future__ import annotations

from gridconsole.domain.errors import Family, GridConsoleError

EXIT_OK = 0
EXIT_INTERNAL = 1
EXIT_USAGE = 2
EXIT_REJECTED = 3
"""Done, and some rows were rejected."""
EXIT_NOTHING = 4
"""A rule or the data forbade it; nothing was written."""
EXIT_FILE = 5
EXIT_DATABASE = 6
EXIT_INTERRUPTED = 130


STATUS = {
    Family.USAGE: EXIT_USAGE,
    Family.REFUSED: EXIT_NOTHING,
    Family.UNREADABLE: EXIT_FILE,
    Family.DATABASE: EXIT_DATABASE,
    Family.INTERNAL: EXIT_INTERNAL,
}


def status_of(error: GridConsoleError) -> int:
    """Return the exit status that an error ends with."""
    return STATUS[error.family]
