"""Comparison with another system's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role
from gridconsole.domain.views.queue import QueueRow


class Difference(StrEnum):
    """Way in which a list and this office differ about a case."""

    FINISHED = "finished"
    """The list says it is over; here it is open."""
    GONE = "gone"
    """It is open here, and the list no longer has it."""
    TWICE = "twice"
    """The list has it more than once."""
    CLOSED_HERE = "closed_here"
    """It is over here, and the list says it is open."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Last statement of a list about a case."""

    source_list: str
    batch: int
    said: str
    """State in the words of the list; empty if it gave none."""
    is_over: bool
    result: str = ""
    done_at: datetime | None = None
    """Local time without a zone."""
    handler: str = ""
    times: int = 1
    at: datetime | None = None
    """Time of the import, UTC; None before it is stored."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A case about which a list and this office differ."""

    difference: Difference
    row: QueueRow
    source_ref: str
    """Number of the case in the list."""
    mark: Mark | None
    """Last statement of the list; None if it never made one."""
    step: Action | None = None
    """The step that this operator can take now by what the list says; None if there is none."""
    unknown_unit: str | None = None
    """If this operator could dispatch the case but the list names no known unit: its words, or nothing."""
    waits_for: tuple[Action, tuple[Role, ...]] | None = None
    """The next step of an open case whoever asks, with the roles that may take it."""
