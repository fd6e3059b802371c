"""Compare the places that an ``erase`` entry names with the texts that are missing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridconsole.domain.attest import BASELINE, ROWS

COVERS = "covers"
"""Fact: how many rows lost a person, by place: ``entry``, ``case``, ``request`` …"""
COUNT = "count"
"""Fact: how many altogether."""
ENTRY = "entry"
"""The place of the ledger's own texts, which the entry names one by one."""
NUMBERS = {"request": "requests", "call": "calls", "task": "tasks", "order": "orders", "shift": "remarks", "reject": "rejects",
           "image": "images"}  # fmt: skip
"""Facts that say the same of one place, by place; entries of earlier programs have these alone."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An entry about an erasure, as far as it can be read."""

    entries: tuple[int, ...]
    """Numbers of the entries whose texts were erased."""
    is_counted: bool
    """Whether the counts agree with each other and with what is named."""

    def fits(self, missing: Collection[int], retired_to: int) -> bool:
        """Return whether the entry names every missing text once and counts them rightly.

        Args:
            missing: entries before it whose texts are gone and that no entry named yet.
            retired_to: number of the last entry that was taken out: of those nothing can be told.
        """
        each_once = len(set(self.entries)) == len(self.entries)
        return self.is_counted and each_once and all(seq in missing or seq <= retired_to for seq in self.entries)


def read_erasure(facts: str) -> Erasure:
    """Read the facts of an ``erase`` entry; one that cannot be read covers nothing."""
    try:
        said = json.loads(facts)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("entries"), list):
        return Erasure((), is_counted=False)
    entries = tuple(number for number in said["entries"] if type(number) is int)
    return Erasure(entries, is_counted=len(entries) == len(said["entries"]) and _is_counted(said, len(entries)))


def counted(covers: Mapping[str, int]) -> dict[str, object]:
    """The facts that count what is covered."""
    return {COVERS: dict(covers), COUNT: sum(covers.values())}


def covering(facts: Mapping[str, Any], entries: Sequence[int]) -> dict[str, object]:
    """The facts of an erasure that is done again elsewhere, where it covers other entries; what it attested stays behind."""
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
