"""Compare the places that an ``erase`` entry names with the texts that are missing."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridconsole.domain.attest import BASELINE, ROWS
from gridconsole.domain.text import fold_width

COVERS = "covers"
"""Fact: number of rows from which a person was erased, by place: ``entry``, ``case``, ``request`` …"""
REFS = "refs"
"""Fact: digests of the numbers that erased reports have in their lists; a later list does not bring the person back."""
REPORTS = "reports"
"""Fact: short digests of who reported what, for reports without such a number."""
COUNT = "count"
"""Fact: total of these rows."""
ENTRY = "entry"
"""The place for the ledger's own texts; the entry lists them one by one."""
NUMBERS = {"request": "requests", "call": "calls", "task": "tasks", "order": "orders", "shift": "remarks", "reject": "rejects",
           "image": "images"}  # fmt: skip
"""Facts with the count of a single place, by place; entries of earlier programs have only these."""


SHORTEST_REF = 5
"""Characters of a number from which it is remembered: every list has a 1 and a 12, and those are other people's."""


def ref_digest(ref: str) -> str:
    """Return the digest of a report's number in its list."""
    return hashlib.sha256(ref.encode("utf-8", "surrogatepass")).hexdigest()[:20]


_REPORT_DIGITS = 6
"""Hexadecimal digits of a report's digest: so few that it fits hundreds of phones, and tells nobody's."""
_SHORTEST_TEXT = 2
_SEPARATORS = re.compile(r"[\s\-－()（）+]")


def report_digests(people: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Return digests of each person, by name or phone, with each text; blanks and width do not count."""
    who = {_plain(person) for person in people if person}
    said = {text for one in texts if len(text := _plain(one)) >= _SHORTEST_TEXT}
    pairs = (f"{person}\x1f{text}" for person in who for text in said if person != text)
    return frozenset(hashlib.sha256(pair.encode("utf-8", "surrogatepass")).hexdigest()[:_REPORT_DIGITS] for pair in pairs)


_CASE = "case"


def case_digest(number: str) -> frozenset[str]:
    """Return the digest that says of a case that its reporter was erased."""
    return report_digests((_CASE,), (number,))


_NAME = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff·]{2,}")
_LENGTHS = (4, 3, 2)


def names_in(text: str, number: str, erased: Collection[str]) -> frozenset[str]:
    """Return the words of a text that are the name of a case's erased reporter, by digests of the name with the case's number."""
    return frozenset(
        word
        for run in _NAME.findall(text)
        for length in _LENGTHS
        for start in range(len(run) - length + 1)
        if not report_digests((word := run[start : start + length],), (number,)).isdisjoint(erased)
    )


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", fold_width(text))


@dataclass(frozen=True, slots=True)
class Erasure:
    """The content of an ``erase`` entry."""

    entries: tuple[int, ...]
    """Numbers of the entries whose texts were erased."""
    is_counted: bool
    """True if the counts agree with each other and with the listed entries."""

    def fits(self, missing: Collection[int], retired_to: int) -> bool:
        """Return whether the entry lists only missing texts, each of them once, with correct counts.

        Args:
            missing: earlier entries whose texts are gone and that no entry listed yet.
            retired_to: number of the last archived entry; entries up to it cannot be checked.
        """
        each_once = len(set(self.entries)) == len(self.entries)
        return self.is_counted and each_once and all(seq in missing or seq <= retired_to for seq in self.entries)


def read_erasure(facts: str) -> Erasure:
    """Read the facts of an ``erase`` entry; an unreadable one covers nothing."""
    try:
        said = json.loads(facts)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("entries"), list):
        return Erasure((), is_counted=False)
    entries = tuple(number for number in said["entries"] if type(number) is int)
    return Erasure(entries, is_counted=len(entries) == len(said["entries"]) and _is_counted(said, len(entries)))


def counted(covers: Mapping[str, int]) -> dict[str, object]:
    """Return the facts that count the covered rows."""
    return {COVERS: dict(covers), COUNT: sum(covers.values())}


def covering(facts: Mapping[str, Any], entries: Sequence[int]) -> dict[str, object]:
    """Return the facts of an erasure repeated elsewhere, where it covers other entries; its attestation facts are left out."""
    before = facts.get(COVERS) or {place: facts.get(name, 0) for place, name in NUMBERS.items()}
    covers = {place: count for place, count in before.items() if place != ENTRY and count}
    if entries:
        covers[ENTRY] = len(entries)
    kept = {name: value for name, value in facts.items() if name not in (ROWS, BASELINE)}
    return {**kept, **counted(covers), "entries": list(entries)}


def _is_counted(said: Mapping[str, object], entries: int) -> bool:
    covers = said.get(COVERS)
    if not isinstance(covers, dict) or not all(type(count) is int and count > 0 for count in covers.values()):
        return False
    if said.get(COUNT) != sum(covers.values()) or covers.get(ENTRY, 0) != entries:
        return False
    return all(said.get(name, 0) == covers.get(place, 0) for place, name in NUMBERS.items())
