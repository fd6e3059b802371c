"""Codes that the office gives itself to records of sheets without codes: the same record always gets the same code."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridconsole.domain.text import name_key

OWN = "ZB"
"""Beginning of codes that are no official ones (自编)."""
FIRST_OWN_DIVISION, LAST_OWN_DIVISION = 801, 999
"""Serials of own codes of divisions: official lists number subdistricts, towns and communities from 001 and hardly reach them."""


class SerialsUsedUp(Exception):
    """Every serial below a division is taken."""


def next_own(taken: Container[str], digits: int, after: int = 0) -> str:
    """Return the first free code of the form ``ZB0001``."""
    serial = after + 1
    while (code := f"{OWN}{serial:0{digits}d}") in taken:
        serial += 1
    return code


def below(parent: str, taken: Container[str], wanted: int | None = None) -> str:
    """Return a free code below a division's: with the wanted serial if it is free, or else the first free one from 801 on.

    Raises:
        SerialsUsedUp: there is none.
    """
    if wanted is not None and (code := f"{parent}{wanted:03d}") not in taken:
        return code
    for serial in range(FIRST_OWN_DIVISION, LAST_OWN_DIVISION + 1):
        if (code := f"{parent}{serial}") not in taken:
            return code
    raise SerialsUsedUp


@dataclass(slots=True)
class Named:
    """Records of a register by name.

    Args:
        is_same: tells whether a row may be a known record of its name.
    """

    by_name: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]]) -> Named:
        """Return the index of some records."""
        named = cls()
        for record in records:
            named.add(record)
        return named

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a record."""
        self.by_name.setdefault(name_key(str(record["name"])), []).append(record)

    def find(self, name: str, may_be: Callable[[Mapping[str, Any]], bool] = lambda _: True) -> list[Mapping[str, Any]]:
        """Return the records of a name that a row may mean."""
        return [record for record in self.by_name.get(name_key(name), ()) if may_be(record)]
