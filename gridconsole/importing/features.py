"""GeoJSON (RFC 7946): a FeatureCollection as one sheet, read a feature at a time. Runs in the child process, under its limits.

A feature is a row, a property a column. The headings are row 1, so that feature 1 is row 2, as in the sheet of a spreadsheet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridconsole.importing.scan import COLUMN_LIMIT

GEOMETRY = "几何"
"""Heading of the column that holds a feature's geometry as JSON text."""
SIZE_LIMIT = 64 << 20
"""Largest JSON file taken, bytes."""
_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\[\]{])")
_WHITE = re.compile(r"[ \t\r\n]*")
_HEADING_LENGTH = 80
Value = str | int | float | None


class NoFeatures(Exception):
    """JSON, but no FeatureCollection."""


def looks_like(raw: bytes) -> bool:
    """Return whether bytes begin as JSON does, and not as a table whose first cell happens to begin with a bracket."""
    return _OPENING.match(raw) is not None


@dataclass(slots=True)
class Headings:
    """Columns for the properties of all features. Spellings that differ only in case count as one, unless a feature has both."""

    names: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)

    def add(self, properties: Mapping[str, Any]) -> None:
        """Add the names of a feature's properties."""
        folded: set[str] = set()
        for name in properties:
            if name not in self.names:
                self.names[name] = " ".join(name.split())[:_HEADING_LENGTH]
            key = self.names[name].lower()
            if key in folded:
                self.apart.add(key)
            folded.add(key)
            self.spellings.setdefault(key, self.names[name])

    def by_name(self) -> dict[str, str]:
        """Heading of each property."""
        return {name: text if text.lower() in self.apart else self.spellings[text.lower()] for name, text in self.names.items()}


class Collection:
    """The features of a text. Only one of them is held at a time: parsed, a file takes ten to thirty times its room.

    Raises:
        NoFeatures: JSON, but no FeatureCollection.
        ValueError: no JSON.
        RecursionError: nested beyond all measure.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._headings = Headings()
        self._first: int | None = None
        self.count = 0
        """Number of features."""
        at = self._skip(0)
        if text[at : at + 1] != "{":
            self._value(at)
            raise NoFeatures
        kind, at = self._object(at)
        if self._skip(at) != len(text):
            raise ValueError(at)
        if self._first is None or kind != "FeatureCollection":
            raise NoFeatures

    def rows(self) -> Iterator[list[Value]]:
        """Yield the headings, then a row for every feature; its geometry is the last cell, as JSON text, and never blank."""
        headings = self._headings.by_name()
        named = list(dict.fromkeys(headings.values()))[: COLUMN_LIMIT - 1]
        place = {name: position for position, name in enumerate(named)}
        yield [*(f"{name}(属性)" if name == GEOMETRY else name for name in named), GEOMETRY]
        for feature, _ in self._items(self._first or 0):
            cells: list[Value] = [None] * (len(named) + 1)
            for name, value in _properties(feature).items():
                position = place.get(headings[name])
                if position is not None:
                    cells[position] = _cell(value)
            cells[-1] = _text(feature.get("geometry") if isinstance(feature, dict) else None)
            yield cells

    def _object(self, at: int) -> tuple[object, int]:
        """Parse the outermost object; returns its type and the position after it."""
        kind: object = None
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "}":
            key, at = self._value(at)
            if not isinstance(key, str):
                raise ValueError(at)
            at = self._skip(self._expect(":", at))
            if key == "features" and self._text[at : at + 1] == "[":
                self._first, self.count = at, 0
                for feature, end in self._items(at):
                    at = end
                    self.count += 1
                    self._headings.add(_properties(feature))
                at = self._expect("]", self._skip(at if self.count else at + 1))
            else:
                value, at = self._value(at)
                kind = value if key == "type" else kind
                self._first = None if key == "features" else self._first
            at = self._skip(at)
            if self._text[at : at + 1] != "}":
                at = self._skip(self._expect(",", at))
                if self._text[at : at + 1] == "}":
                    raise ValueError(at)
        return kind, at + 1

    def _items(self, at: int) -> Iterator[tuple[Any, int]]:
        """Yield the items of the array that opens at a position, each with the position after it."""
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "]":
            item, at = self._value(at)
            yield item, at
            at = self._skip(at)
            if self._text[at : at + 1] == "]":
                return
            at = self._skip(self._expect(",", at))
            if self._text[at : at + 1] == "]":
                raise ValueError(at)

    def _value(self, at: int) -> tuple[Any, int]:
        return self._decode(self._text, at)

    def _skip(self, at: int) -> int:
        found = _WHITE.match(self._text, at)
        return found.end() if found else at

    def _expect(self, char: str, at: int) -> int:
        at = self._skip(at)
        if self._text[at : at + 1] != char:
            raise ValueError(at)
        return at + 1


def _refuse(word: str) -> float:
    # NaN and Infinity are no JSON.
    raise ValueError(word)


def _properties(feature: Any) -> Mapping[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _cell(value: Any) -> Value:
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
