"""交接班: the sheet that goes from one shift to the next, as plain data that can be kept and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from gridconsole.domain.catalogue import Unit
from gridconsole.domain.ledger import canonical
from gridconsole.domain.states import RequestKind, State

AHEAD = timedelta(hours=24)
"""How far a sheet looks ahead: until the same hour of the next shift."""


class SheetPart(StrEnum):
    """Why a case stands on a sheet, the long lists last; a case may stand there for several reasons."""

    ORDERED = "ordered"
    """An order to act waits for its answer."""
    ASKED = "asked"
    """Something was asked for and is not decided."""
    BACK = "back"
    """Suspended, and goes on within the next 24 hours."""
    DISSATISFIED = "dissatisfied"
    """The resident called back is dissatisfied, and nobody has decided on reopening."""
    OVERDUE = "overdue"
    DUE = "due"
    """Its running clock ends within the next 24 hours."""


class Lacking(StrEnum):
    """Step a request still waits for."""

    OPINION = "opinion"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A case on a sheet; nothing of who reported it."""

    part: SheetPart
    number: str
    state: State
    version: int
    due_at: datetime | None = None
    """End of the running clock, UTC; of an order the moment by which an answer is wanted."""
    unit: Unit | None = None
    """Of that clock; None of an order."""
    place: str = ""
    category: str = ""
    handler: str = ""
    asked_for: RequestKind | None = None
    asked_by: str = ""
    """Who asked, or gave the order; the next when."""
    asked_at: datetime | None = None
    lacking: Lacking | None = None
    day: date | None = None
    """On which a suspended case goes on."""

    def encode(self) -> dict[str, Any]:
        """As a sheet keeps it; what is empty is left out."""
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
        """Inverse of :meth:`encode`.

        Raises:
            ValueError, KeyError: it is no line.
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
    """Number of the last ledger entry it knows of."""
    waiting: Mapping[State, int]
    """Open cases by state; the next how many of them are overdue."""
    overdue: Mapping[State, int]
    totals: Mapping[SheetPart, int]
    """How many cases belong to each part; the lines may be fewer."""
    lines: tuple[SheetLine, ...] = ()

    @property
    def open_total(self) -> int:
        """Open cases of every state."""
        return sum(self.waiting.values())

    def of(self, part: SheetPart) -> tuple[SheetLine, ...]:
        """The lines of a part, in order."""
        return tuple(line for line in self.lines if line.part is part)

    def left_out(self, part: SheetPart) -> int:
        """Return how many cases of a part have no line."""
        return self.totals.get(part, 0) - len(self.of(part))

    def encode(self) -> str:
        """The one text of it, to be kept."""
        return canonical({
            "at": _moment(self.at), "seq": self.seq, "waiting": {state.value: count for state, count in self.waiting.items()},
            "overdue": {state.value: count for state, count in self.overdue.items()},
            "totals": {part.value: count for part, count in self.totals.items()}, "lines": [line.encode() for line in self.lines],
        })  # fmt: skip

    @classmethod
    def decode(cls, text: str) -> HandoverSheet:
        """Inverse of :meth:`encode`.

        Raises:
            ValueError, KeyError: it is no sheet.
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
