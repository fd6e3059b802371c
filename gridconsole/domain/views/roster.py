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
