"""Lines of text files and of standard input, as Windows and Linux write them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_FEED = "-"
"""Name that stands for standard input."""


def lines(source: str) -> Iterator[str | None]:
    """Yield the lines of a file, or of standard input for ``-``, as they come: UTF-8 or GB18030, None for a line that is neither.

    Raises:
        NotAFile, FileMissing, FileDenied: the file cannot be read.
    """
    from gridconsole.domain.errors import FileDenied, FileMissing, NotAFile

    if source == _FEED:
        yield from map(_text, sys.stdin.buffer)
        return
    path = Path(source)
    if path.is_dir():
        raise NotAFile(file=path.name)
    try:
        with path.open("rb") as file:
            yield from map(_text, file)
    except FileNotFoundError as error:
        raise FileMissing(file=path.name) from error
    except (OSError, ValueError) as error:
        raise FileDenied(file=path.name) from error


def _text(line: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return line.decode(encoding).rstrip("\r\n")
        except UnicodeDecodeError:
            continue
    return None
