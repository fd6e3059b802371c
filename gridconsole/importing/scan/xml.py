"""Parsing of XML from files that are not trusted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar
from xml.parsers import expat

from gridconsole.importing.scan.parts import windows

_CHUNK = 1 << 16
Found = TypeVar("Found", covariant=True)


class Forged(Exception):
    """XML that defines entities, or that is none."""


class Walker(Protocol[Found]):
    """Takes a document a piece at a time and gives what it found."""

    def feed(self, xml: bytes, *, end: bool = False) -> None:
        """Take the next bytes.

        Raises:
            Forged: the document defines entities or is no XML.
        """

    def taken(self) -> Iterator[Found]:
        """Return the elements found since the last call."""


def parser() -> expat.XMLParserType:
    """Return a parser that refuses entities."""

    def refuse(*_: object) -> None:
        raise Forged

    made = expat.ParserCreate()
    made.EntityDeclHandler = refuse
    return made


def feed(to: expat.XMLParserType, xml: bytes, *, end: bool = False) -> None:
    """Parse the next bytes.

    Raises:
        Forged: they are no XML.
    """
    try:
        to.Parse(xml, end)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter for encodings that are unknown or not taken
        raise Forged from error


def elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return all elements of a short document in their order, by their names without prefix."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append((tag.rpartition(":")[2], attributes))

    made = parser()
    made.StartElementHandler = start
    feed(made, xml, end=True)
    return found


def walked(archive: zipfile.ZipFile, part: str, walker: Walker[Found]) -> Iterator[Found]:
    """Walk through a part of any size."""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            walker.feed(chunk)
            yield from walker.taken()
    walker.feed(b"", end=True)
    yield from walker.taken()


def suspect(archive: zipfile.ZipFile, part: str, hints: Sequence[bytes], pattern: re.Pattern[bytes]) -> bool:
    """Return whether a full scan is needed: most sheets hold neither errors nor formulas.

    Every match of the pattern contains one of the hints; checking for hints takes a fifth of the time of the search.
    """
    for number, window in enumerate(windows(archive, part)):
        if number == 0 and b"\0" in window[:4]:
            return True  # UTF-16
        if any(hint in window for hint in hints) and pattern.search(window):
            return True
    return False
