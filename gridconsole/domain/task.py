"""Tasks (核实, 核查): the inspector or warden who is sent, and the result of the inspection.

核实 happens before filing (is the report true?), 核查 after handling (was it really fixed?). Both are given to a warden or an
inspector, never to the handler of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridconsole.domain.codes import AssigneeKind, TaskKind
from gridconsole.domain.states import Role, State

TASK_IN = {State.VERIFYING: TaskKind.VERIFY, State.TO_CHECK: TaskKind.CHECK}
"""States that wait for an inspection, with the kind of inspection."""


@dataclass(frozen=True, slots=True)
class Assignee:
    """The person assigned."""

    kind: AssigneeKind
    id: int
    name: str

    def encode(self) -> str:
        """Return the text that the ledger and the case's row store: ``warden:7``."""
        return f"{self.kind.value}:{self.id}"

    def is_same(self, other: Assignee | None) -> bool:
        """Return whether both are the same person; the name is ignored, as it may have changed."""
        return other is not None and (self.kind, self.id) == (other.kind, other.id)


class AssigneeFlaw(StrEnum):
    """Reasons that exclude a person from an inspection."""

    HANDLED = "handled"
    """Handles the case or once did: a handler may not judge the result."""
    OTHER_SIDE = "other_side"
    """Acted for the command side of this case."""
    NOT_INSPECTOR = "not_inspector"
    LEFT = "left"
    LEAVING = "leaving"
    """The departure is recorded for a later day."""
    ON_LEAVE = "on_leave"
    SENT = "sent"
    """Already assigned to this task."""


@dataclass(frozen=True, slots=True)
class AssigneeCandidate:
    """A person who might be assigned, with the facts that may exclude them."""

    who: Assignee
    code: str = ""
    """Code of a warden; empty for an operator."""
    roles: frozenset[Role] = frozenset()
    """Roles of an operator."""
    warden_id: int | None = None
    """The warden concerned: the candidate, or the warden that the operator also is."""
    rank: str = ""
    """``A`` or ``B``, the post on the case's grid; empty without a post there."""
    has_handled: bool = False
    """True if this warden ever handled the case, alone or as a helper."""
    has_left: bool = False
    is_leaving: bool = False
    on_leave: bool = False
    open_tasks: int = 0
    instead: tuple[str, ...] = ()
    """Names of those who could be assigned instead, shown in the refusal."""


@dataclass(frozen=True, slots=True)
class Look:
    """Time and photos of an inspection, or of the work on site."""

    at: datetime | None = None
    """Time of the inspection or of the end of the work, UTC; None: now."""
    photos: tuple[str, ...] = ()
    """File names, never paths: the office stores the files itself."""


PHOTOS_MOST = 20
PHOTO_NAME_LIMIT = 120
"""Longest name of a photo's file, in characters."""
_SEPARATORS = frozenset("/\\:")


class PhotoFlaw(StrEnum):
    """Reasons why a text is not accepted as the name of a photo."""

    EMPTY = "empty"
    PATH = "path"
    """It contains a path: only the name is stored, so that nothing about the user's computer is."""
    LONG = "long"
    MANY = "many"
    """There are more photos than one task may have."""


def photo_flaw(name: str) -> PhotoFlaw | None:
    """Return what is wrong with the name of a photo's file; None if nothing."""
    if not name:
        return PhotoFlaw.EMPTY
    if _SEPARATORS & set(name) or not name.strip("."):
        return PhotoFlaw.PATH
    return PhotoFlaw.LONG if len(name) > PHOTO_NAME_LIMIT else None
