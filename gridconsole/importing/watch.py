"""A folder that files are dropped into: each is imported once it lies still, and moved to where it belongs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DatabaseUnusable, GridConsoleError
from gridconsole.importing.annotate import annotate
from gridconsole.importing.engine import Options, Outcome, run
from gridconsole.importing.plan import Verdict

if TYPE_CHECKING:
    from gridconsole.domain.incident import Actor
    from gridconsole.services.desk import Desk

POLL_SECONDS = 2.0


class Shelf(StrEnum):
    """Where a file ends."""

    TAKEN = "已导入"
    TROUBLE = "有问题"
    KNOWN = "重复"


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a file."""

    name: str
    shelf: Shelf
    outcome: Outcome | None
    error: GridConsoleError | None


class Watcher:
    """Polls a folder; nothing but the folder itself remembers what was done, so a restart changes nothing."""

    def __init__(self, desk: Desk, actor: Actor, kind: str, folder: Path, options: Options) -> None:
        self._desk, self._actor, self._kind, self._folder, self._options = desk, actor, kind, folder, options
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self) -> Iterator[Handled]:
        """One look: files as large and as old as at the last one are taken in."""
        present: dict[str, tuple[int, int]] = {}
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith(("~$", ".")) or not path.is_file():
                continue
            try:
                facts = path.stat()
            except OSError:
                continue
            present[path.name] = facts.st_size, facts.st_mtime_ns
            if self._seen.get(path.name) == present[path.name]:
                handled = self._take(path)
                if handled is not None:
                    del present[path.name]
                    yield handled
        self._seen = present

    def _take(self, path: Path) -> Handled | None:
        try:
            outcome = run(self._desk, self._actor, self._kind, path, self._options)
        except DatabaseUnusable:
            return None  # busy or unplugged: the file stays, the next look tries again
        except GridConsoleError as error:
            self._move(path, Shelf.TROUBLE)
            return Handled(path.name, Shelf.TROUBLE, None, error)
        shelf = _shelf_of(outcome)
        moved = self._move(path, shelf)
        if shelf is Shelf.TROUBLE:
            annotate(moved, outcome, _free(moved.with_name(f"{moved.stem}（批注）.xlsx")), encoding=self._options.encoding)
        return Handled(path.name, shelf, outcome, None)

    def _move(self, path: Path, shelf: Shelf) -> Path:
        folder = self._folder / shelf.value
        folder.mkdir(exist_ok=True)
        target = _free(folder / path.name)
        os.replace(path, target)  # noqa: PTH105  the name is free; replace also works across a case change
        return target


def _shelf_of(outcome: Outcome) -> Shelf:
    if outcome.refused or outcome.counts[Verdict.REJECTED]:
        return Shelf.TROUBLE
    return Shelf.TAKEN if outcome.counts[Verdict.INSERTED] or outcome.counts[Verdict.UPDATED] else Shelf.KNOWN


def _free(path: Path) -> Path:
    """The path, or one beside it that nothing has yet: nothing is ever written over."""
    for number in range(1, 10_000):
        candidate = path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")
        if not candidate.exists():
            return candidate
    raise FileExistsError(path)


def watch(watcher: Watcher, tell: Callable[[Handled], None], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Look again and again, until interrupted."""
    while True:
        for handled in watcher.look():
            tell(handled)
        pause(POLL_SECONDS)
