"""Files of a folder that may be imported, in the order in which an office needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.errors import FolderEmpty, GridConsoleError
from gridconsole.domain.text import printable
from gridconsole.importing.header_search import detected
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.options import Options
from gridconsole.importing.watch import is_passed_over

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def files_in(office: Office, folder: Path, options: Options) -> list[Path]:
    """Return the files of a folder, not of those in it: divisions before grids, grids before wardens, unreadable ones last.

    Raises:
        FolderEmpty: there is none.
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.is_file() and not is_passed_over(path))
    except OSError:
        found = []
    if not found:
        raise FolderEmpty(file=printable(folder.name or str(folder)))
    order = list(KINDS)

    def place(path: Path) -> int:
        try:
            kind = detected(office, path, options)
        except GridConsoleError:
            return len(order)
        return len(order) if kind is None else order.index(kind)

    places = {path: place(path) for path in found}
    return sorted(found, key=lambda path: places[path])
