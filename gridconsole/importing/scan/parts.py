"""Parts of an archive of whatever length."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

_WINDOW = 1 << 20
_SEAM = 64
"""Bytes that two windows share, so that what is shorter stands whole in one of them."""


def windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The whole part, a stretch at a time."""
    seam = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_WINDOW):
            yield seam + chunk
            seam = chunk[-_SEAM:]
