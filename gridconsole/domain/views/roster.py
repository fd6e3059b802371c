"""Rows of the roster that people read: a person with the time line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class StepKind(StrEnum):
    """Kinds of steps in a person's time line."""

    EMPLOYMENT = "employment"
    POST = "post"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a person's time line."""

    what: StepKind
    first: date | None
    until: date | None
    """Day on which it is over; None: open."""
    place: str = ""
    rank: str = ""
    form: str = ""
    kind: str = ""
    deputy: str = ""
    why_ended: str = ""
    entry: int = 0
    """Number of the ledger entry that recorded it."""


@dataclass(frozen=True, slots=True)
class GridTurn:
    """A day on which a grid changed: it came from others, became others, or its data changed."""

    on: date
    entry: int
    kind: str = ""
    """A :class:`~gridconsole.domain.roster.GridChangeKind`; empty if only its data changed."""
    old: tuple[str, ...] = ()
    """Names of the grids that it came from, or its own."""
    new: tuple[str, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    """Name of the field, earlier and later value."""


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """A person on the roster with the time line, newest first; the phone is masked."""

    number: str
    """Staff number."""
    name: str
    phone: str
    form: str
    joined_on: date | None
    left_on: date | None
    open_cases: int
    steps: tuple[Step, ...]
