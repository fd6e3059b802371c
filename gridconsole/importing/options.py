"""Options of an import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridconsole.domain.errors import BadValue
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.importing.plan import Mode

AUTO = "auto"
"""The kind is detected from the header."""
HEADER_ROW_LIMIT = 1000
"""Last row in which a heading may be said to stand."""
LONGEST_LIST = 40
"""Characters of the name of a source list."""
YEARS = (1990, 2100)
"""First and last year that dates without one may be said to have."""


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """Number or percentage of rejected rows above which nothing is imported."""

    amount: float
    is_percent: bool = False

    def is_passed(self, rejected: int, read: int) -> bool:
        """Return whether too many were rejected."""
        return rejected > (self.amount * read / 100 if self.is_percent else self.amount)


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an import."""

    dry_run: bool = False
    """The same work, without writing anything."""
    max_errors: RejectLimit | None = None
    """Most rejected rows; with more, nothing is written. Zero means all or nothing."""
    mode: Mode = Mode.UPSERT
    overwrite_blank: bool = False
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Field by heading; takes precedence over the known headings."""
    year: int | None = None
    """Year of dates that are written without one."""
    profile: str | None = None
    """Name of a saved mapping. Without a name, a sheet uses the mapping that was saved for exactly its headings."""
    source_list: str | None = None
    """Name of the list that cases come from, such as that of a hotline; None: that of the profile, or unknown."""
    history: bool | None = None
    """True if cases that have a result and no state, or were reported long ago, are over; None: such a list is refused."""
    skip_hidden: bool = False
    """True to leave out rows that a filter or a person hid."""
    seen: str | None = None
    """SHA-256 of the file as it was previewed; a file that has changed since is refused."""
    corrections: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Values a clerk typed to replace cells, by sheet and address (``E7``)."""

    def recorded(self) -> dict[str, Any]:
        """Return the options that are stored with the batch."""
        found = {"mode": self.mode.value, "overwrite_blank": self.overwrite_blank, "encoding": self.encoding, "sheet": self.sheet,
                 "header_row": self.header_row, "mapping": dict(self.mapping), "year": self.year, "profile": self.profile, "source_list": self.source_list,
                 "history": self.history, "skip_hidden": self.skip_hidden}  # fmt: skip
        return {name: value for name, value in found.items() if value or (name == "history" and value is not None)}


def list_named(name: str) -> str:
    """Return the name of a source list as it is stored: one line, width folded; empty if nothing is left."""
    return fold_width(clean_line(name, LONGEST_LIST))


def mapping_of(words: Sequence[str]) -> dict[str, str]:
    """Return fields by heading, from ``列名=字段`` words.

    Raises:
        BadValue: a word is no such pair.
    """
    found: dict[str, str] = {}
    for word in words:
        heading, mark, name = word.rpartition("=")
        if not mark or not heading.strip() or not name.strip():
            raise BadValue(what="option", value=f"--map {word}", expected="mapping")
        found[heading.strip()] = name.strip()
    return found
