"""Reading of archive parts of any length."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

_WINDOW = 1 << 20
_SEAM = 64
"""Bytes that two windows share, so that any shorter match is complete in one of them."""


def windows(archive: zipfile.ZipFile, part: str, shared: int = _SEAM) -> Iterator[bytes]:
    """Yield the whole part, one window at a time.

    Args:
        shared: bytes that two windows share.
    """
    seam = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_WINDOW):
            yield seam + chunk
            seam = chunk[-shared:]
