"""The parts of an Office archive and how they refer to each other (OPC)."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass, field

from gridconsole.importing.scan.book import Book
from gridconsole.importing.scan.xml import elements

HEAD_LIMIT = 8 << 20
"""Longest part read whole, bytes: lists of sheets and relations."""


class Package:
    """An archive whose parts are found regardless of case and slashes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}

    @property
    def main(self) -> str:
        """Path of the part that lists the sheets; empty if the archive names none."""
        targets = (target for kind, target in self.relations("").values() if kind == "officeDocument")
        return next(targets, next((path for path in ("xl/workbook.xml", "xl/workbook.bin") if path in self._names), ""))

    def name_of(self, path: str) -> str | None:
        """Return the archive's name of a part; None if it has none there."""
        return self._names.get(path.lower())

    def head(self, path: str) -> bytes:
        """Return a short part, cut off at ``HEAD_LIMIT``; empty if it does not exist."""
        name = self.name_of(path)
        if name is None:
            return b""
        with self.archive.open(name) as stream:
            return stream.read(HEAD_LIMIT)

    def elements(self, path: str) -> list[tuple[str, dict[str, str]]]:
        """Return the elements of a short part."""
        xml = self.head(path)
        return elements(xml) if xml else []

    def relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Return the references of a part: kind and path by the name of the reference."""
        folder, base = posixpath.split(path)
        found = {}
        for tag, attributes in self.elements(posixpath.join(folder, "_rels", f"{base}.rels")):
            if tag == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], target
        return found


@dataclass
class PackageBook(Book):
    """A workbook whose sheets are parts of an archive."""

    package: Package
    epoch_1904: bool = False
    sheets: list[str | None] = field(default_factory=list)
    """Parts of the archive in the reader's order; None for a sheet that has none."""

    def size_of(self, sheet: int) -> int:
        part = self.part_of(sheet)
        return 0 if part is None else self.package.archive.getinfo(part).file_size

    def part_of(self, sheet: int) -> str | None:
        """Return the part of a sheet; None if it is not known."""
        return self.sheets[sheet] if sheet < len(self.sheets) else None
