"""Progress on standard error, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.importing.headway import Headway

BAR_WIDTH = 20


@contextlib.contextmanager
def headway(label: str) -> Iterator[Callable[[Headway], None]]:
    """Show the progress of an import."""
    from gridconsole.domain.text import printable
    from gridconsole.language.durations import headway_text

    with _bar(printable(label)) as show:
        yield lambda come: show(
            printable(label), come.share, headway_text(come.rows, come.seconds_left, is_settled=come.is_settled)
        )


@contextlib.contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show a stage, by its message key, with its progress."""
    with _bar("") as show:
        yield lambda stage, done, total: show(t(f"stage.{stage}"), done / max(total, 1), f"{done}/{total}")


def _silent(_label: str, _share: float, _words: str) -> None:
    """Show nothing: there is no terminal."""


@contextlib.contextmanager
def _bar(label: str) -> Iterator[Callable[[str, float, str], None]]:
    """Show a bar with a label before it and words behind it; it disappears when the work is done."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.table import Column

    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(BAR_WIDTH),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}", markup=False, table_column=Column(no_wrap=True)),
    )
    # Drawn when there is something to report, and not by its own thread: the work has the processor.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as progress:
        task = progress.add_task(label, total=1.0, words="")

        def show(label: str, share: float, words: str) -> None:
            progress.update(task, description=label, completed=share, words=words, refresh=True)

        yield show
