"""交接班: the sheet that one shift hands to the next, as plain data that can be stored and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from gridconsole.domain.codes import Unit
from gridconsole.domain.ledger import canonical
from gridconsole.domain.states import RequestKind, State

AHEAD = timedelta(hours=24)
"""Time that a sheet looks ahead: until the same hour of the next shift."""


class SheetPart(StrEnum):
    """Reasons for a case to be on a sheet, the long lists last; one case may have several."""

    ORDERED = "ordered"
    """A supervision order waits for its answer."""
    ASKED = "asked"
    """A request is not decided yet."""
    BACK = "back"
    """Suspended, and resumes within the next 24 hours."""
    DISSATISFIED = "dissatisfied"
    """The resident called back is dissatisfied, and reopening is not decided yet."""
    OVERDUE = "overdue"
    DUE = "due"
    """Its running clock ends within the next 24 hours."""


class Lacking(StrEnum):
    """Step a request still waits for."""

    OPINION = "opinion"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A case on a sheet; it holds nothing about the reporter."""

    part: SheetPart
    number: str
    state: State
    version: int
    due_at: datetime | None = None
    """End of the running clock, UTC; for an order, the time by which an answer is wanted."""
    unit: Unit | None = None
    """Unit of that clock; None for an order."""
    place: str = ""
    category: str = ""
    handler: str = ""
    asked_for: RequestKind | None = None
    asked_by: str = ""
    """Name of the person who made the request or gave the order; ``asked_at`` is its time."""
    asked_at: datetime | None = None
    lacking: Lacking | None = None
    day: date | None = None
    """Day on which a suspended case resumes."""

    def encode(self) -> dict[str, Any]:
        """Return the values that a sheet stores; empty ones are left out."""
        values: dict[str, Any] = {
            "part": self.part.value, "number": self.number, "state": self.state.value, "version": self.version,
            "due_at": _moment(self.due_at), "unit": self.unit.value if self.unit else None, "place": self.place,
            "category": self.category, "handler": self.handler, "asked_for": self.asked_for.value if self.asked_for else None,
            "asked_by": self.asked_by, "asked_at": _moment(self.asked_at), "lacking": self.lacking.value if self.lacking else None,
            "day": self.day.isoformat() if self.day else None,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value not in (None, "")}

    @classmethod
    def decode(cls, kept: Mapping[str, Any]) -> SheetLine:
        """Read a line back from the values of :meth:`encode`.

        Raises:
            ValueError, KeyError: the values are not a line.
        """
        return cls(
            SheetPart(kept["part"]), str(kept["number"]), State(kept["state"]), int(kept["version"]), _instant(kept.get("due_at")),
            Unit(kept["unit"]) if "unit" in kept else None, kept.get("place", ""), kept.get("category", ""), kept.get("handler", ""),
            RequestKind(kept["asked_for"]) if "asked_for" in kept else None, kept.get("asked_by", ""), _instant(kept.get("asked_at")),
            Lacking(kept["lacking"]) if "lacking" in kept else None, date.fromisoformat(kept["day"]) if "day" in kept else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandoverSheet:
    """Open work at an instant, with what the next shift must see first."""

    at: datetime
    seq: int
    """Number of the last ledger entry that it includes."""
    waiting: Mapping[State, int]
    """Open cases by state; ``overdue`` has how many of them are overdue."""
    overdue: Mapping[State, int]
    totals: Mapping[SheetPart, int]
    """Number of cases in each part; there may be fewer lines."""
    lines: tuple[SheetLine, ...] = ()

    @property
    def open_total(self) -> int:
        """Return the number of open cases of all states."""
        return sum(self.waiting.values())

    def of(self, part: SheetPart) -> tuple[SheetLine, ...]:
        """Return the lines of a part, in order."""
        return tuple(line for line in self.lines if line.part is part)

    def left_out(self, part: SheetPart) -> int:
        """Return how many cases of a part have no line."""
        return self.totals.get(part, 0) - len(self.of(part))

    def encode(self) -> str:
        """Return the sheet as one canonical text, for storing."""
        return canonical({
            "at": _moment(self.at), "seq": self.seq, "waiting": {state.value: count for state, count in self.waiting.items()},
            "overdue": {state.value: count for state, count in self.overdue.items()},
            "totals": {part.value: count for part, count in self.totals.items()}, "lines": [line.encode() for line in self.lines],
        })  # fmt: skip

    @classmethod
    def decode(cls, text: str) -> HandoverSheet:
        """Read a sheet back from the text of :meth:`encode`.

        Raises:
            ValueError, KeyError: the text is not a sheet.
        """
        kept = json.loads(text)
        return cls(
            datetime.fromisoformat(kept["at"]), int(kept["seq"]), {State(name): int(count) for name, count in kept["waiting"].items()},
            {State(name): int(count) for name, count in kept["overdue"].items()},
            {SheetPart(name): int(count) for name, count in kept["totals"].items()}, tuple(map(SheetLine.decode, kept["lines"])),
        )  # fmt: skip


def sheet_digest(text: str) -> str:
    """Return the digest of a sheet's text, hexadecimal: it proves that the sheet is still the confirmed one."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
