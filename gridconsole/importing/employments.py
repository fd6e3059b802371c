"""Employments of a person that a row of a roster speaks of: the newest, an earlier one, or a further one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridconsole.importing.rows import SheetRow
    from gridconsole.store.roster import EmploymentRow


class Meaning(Enum):
    """The employment that a row speaks of."""

    NEWEST = auto()
    """The newest, or the first one of somebody who has none."""
    EARLIER = auto()
    """One that ended before the newest began: the list is of that time, and changes no employment."""
    FURTHER = auto()
    """Another one: the person comes back after having left."""


class Clash(NamedTuple):
    """A day in a row that contradicts the employments in the book."""

    field: str
    day: str
    periods: list[str]
    """Days of the employments in the book, earliest first."""


@dataclass(frozen=True, slots=True)
class Days:
    """First day of an employment, and the first day after it; ISO dates, None if open."""

    joined: str | None
    left: str | None

    @classmethod
    def given(cls, row: SheetRow) -> Days:
        """Return the days in a row."""
        days = (row.values.get(name) for name in ("joined_on", "left_on"))
        return cls(*(day.isoformat() if day else None for day in days))


class Employments:
    """Employments of everybody before an import."""

    def __init__(self, of: Mapping[int, list[EmploymentRow]]) -> None:
        self._of = of

    def newest(self) -> Mapping[int, EmploymentRow]:
        """Return the newest employment of each person."""
        return {person: rows[-1] for person, rows in self._of.items()}

    def meaning(self, person: int, days: Days) -> Meaning:
        """Return which employment of a person a row with some days speaks of."""
        if person not in self._of:
            return Meaning.NEWEST
        *earlier, newest = self._of[person]
        if days.joined is not None and newest.ends_on is not None and days.joined >= newest.ends_on:
            return Meaning.FURTHER
        is_of_then = any(
            (days.joined is not None and days.joined == one.starts_on) or (days.joined is None and days.left == one.ends_on)
            for one in earlier
        )
        return Meaning.EARLIER if is_of_then else Meaning.NEWEST

    def clash(self, person: int, days: Days) -> Clash | None:
        """Return what a row with some days contradicts; None if it fits."""
        rows = self._of.get(person) or []
        field = _clashing(rows, days, self.meaning(person, days))
        if field is None:
            return None
        day = days.joined if field == "joined_on" else days.left
        return Clash(field, day or "", [f"{row.starts_on or ''}—{row.ends_on or ''}" for row in rows])


def _clashing(rows: Sequence[EmploymentRow], days: Days, meaning: Meaning) -> str | None:
    """Return the field of a row whose day contradicts the employments; None if none does."""
    if not rows or meaning is Meaning.FURTHER:
        return None
    if meaning is Meaning.EARLIER:
        then = [row for row in rows[:-1] if days.joined in (None, row.starts_on)]
        return None if days.left is None or any(row.ends_on == days.left for row in then) else "left_on"
    joined, left = days.joined or rows[-1].starts_on, days.left or rows[-1].ends_on
    is_overlapping = len(rows) > 1 and joined is not None and joined < (rows[-2].ends_on or joined)
    if is_overlapping:
        return "joined_on"
    if joined is None or left is None or left >= joined:
        return None
    return "left_on" if days.left else "joined_on"
