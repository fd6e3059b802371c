"""岗位交接: what a person who leaves a post, or is away for long, has in hand, and who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class HandoverWhy(StrEnum):
    """Occasions of a handover of posts."""

    DEPARTURE = "departure"
    POST = "post"
    """One post ends; the person stays."""
    LEAVE = "leave"
    """Work is lent for a time, and given back if it is still open."""


class ItemKind(StrEnum):
    """Kinds of things that are handed over."""

    CASE = "case"
    TASK = "task"
    """An inspection that the person is out for."""
    GRID = "grid"


class HandoverState(StrEnum):
    """States of a handover of posts."""

    PLANNED = "planned"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    """Work that was lent was given back."""


class TakerKind(StrEnum):
    """Kinds of those who may take something over."""

    WARDEN = "warden"
    UNIT = "unit"
    """Takes cases only."""
    OPERATOR = "operator"
    """An inspector with an account; takes inspections only."""


@dataclass(frozen=True, slots=True)
class Taker:
    """A person or unit that takes something over."""

    kind: TakerKind
    id: int
    name: str
    code: str = ""
    """Staff number or code of the unit."""


@dataclass(frozen=True, slots=True)
class Item:
    """A thing to hand over."""

    kind: ItemKind
    subject: int
    """Key of the case or the grid."""
    label: str
    """Number of the case, or name of the grid."""
    place: str = ""
    """For a case, what it is about and where."""
    rank: str = ""
    """For a grid, the rank of the post that ends."""
    is_ordered: bool = False
    """For a case, that a supervision order on it is unanswered: it goes with the case."""
    proposed: Taker | None = None
    decided: Taker | None = None
    """None: as proposed."""

    @property
    def successor(self) -> Taker | None:
        """Return who gets it; None if nobody is found yet."""
        return self.decided or self.proposed


@dataclass(frozen=True, slots=True)
class PostHandover:
    """A handover of posts with its items."""

    number: int
    why: HandoverWhy
    state: HandoverState
    person_id: int
    person: str
    code: str
    """Staff number."""
    on: date
    """First day on which the person is gone."""
    items: tuple[Item, ...]
    made_at: datetime
    made_by: str
    grid_id: int | None = None
    """The grid whose post ends, if only one does."""
    why_ended: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    sheet: str = ""
    """Number of the signed sheet; empty if there is none."""
    no_sheet: str = ""
    """Reason why there is none."""

    def of(self, kind: ItemKind) -> tuple[Item, ...]:
        """Return the items of a kind."""
        return tuple(item for item in self.items if item.kind is kind)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """Return the items without a successor."""
        return tuple(item for item in self.items if item.successor is None)
