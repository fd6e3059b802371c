"""Progress on standard error, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from gridconsole.language import t


@contextlib.contextmanager
def counter(label: str) -> Iterator[Callable[[int], None]]:
    """Shows a running count of rows."""
    shown = sys.stderr.isatty()

    def update(count: int) -> None:
        if shown:
            print(f"\r{label} {t('cli.rows', count=count)}\033[K", end="", file=sys.stderr, flush=True)

    try:
        yield update
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Shows a stage by its message key, with how far it is."""
    shown = sys.stderr.isatty()

    def update(stage: str, done: int, total: int) -> None:
        if shown:
            print(f"\r{t(f'stage.{stage}')} {done}/{total}\033[K", end="", file=sys.stderr, flush=True)

    try:
        yield update
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
