"""Tasks (核实, 核查): who is sent to look at a matter on site, and what they bring back.

核实 happens before filing (is the report true?), 核查 after handling (was it really fixed?). Both are given to a warden or an inspector,
never to whoever handles the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridconsole.domain.states import Role, State


class TaskKind(StrEnum):
    """Kinds of inspections."""

    VERIFY = "verify"
    """核实: whether the report is true."""
    CHECK = "check"
    """核查: whether the matter was really fixed."""


TASK_IN = {State.VERIFYING: TaskKind.VERIFY, State.TO_CHECK: TaskKind.CHECK}
"""The states that wait for somebody to look, and for what."""


class AssigneeKind(StrEnum):
    """Kinds of people who can be sent."""

    WARDEN = "warden"
    """Has no account: an inspector keys in what the warden found."""
    OPERATOR = "operator"
    """An inspector with an account."""


@dataclass(frozen=True, slots=True)
class Assignee:
    """The person sent."""

    kind: AssigneeKind
    id: int
    name: str

    def encode(self) -> str:
        """As the ledger and the case's row keep it: ``warden:7``."""
        return f"{self.kind.value}:{self.id}"

    def is_same(self, other: Assignee | None) -> bool:
        """Return whether it is the same person, whatever the name was at the time."""
        return other is not None and (self.kind, self.id) == (other.kind, other.id)


class AssigneeFlaw(StrEnum):
    """Why somebody is not sent."""

    HANDLED = "handled"
    """Handles the case, or did once: who judges is never who handled it."""
    OTHER_SIDE = "other_side"
    """Acted for the command side of this case."""
    NOT_INSPECTOR = "not_inspector"
    LEFT = "left"
    ON_LEAVE = "on_leave"
    SENT = "sent"
    """Has the task already."""


@dataclass(frozen=True, slots=True)
class AssigneeCandidate:
    """Somebody who might be sent, with what speaks against it."""

    who: Assignee
    code: str = ""
    """A warden's; an operator has none."""
    roles: frozenset[Role] = frozenset()
    """An operator's."""
    warden_id: int | None = None
    """The warden it is: the one sent, or the one the operator is."""
    rank: str = ""
    """``A`` or ``B`` on the case's grid; empty where there is no post on it."""
    has_handled: bool = False
    """Whether the case was ever in this warden's hands, alone or helping another."""
    has_left: bool = False
    on_leave: bool = False
    open_tasks: int = 0
    instead: tuple[str, ...] = ()
    """Names of those who could be sent instead, for a refusal to tell."""


@dataclass(frozen=True, slots=True)
class Look:
    """Time and photos of an inspection."""

    at: datetime | None = None
    """When the place was looked at, UTC; None: now."""
    photos: tuple[str, ...] = ()
    """File names, never paths: the files themselves stay where the office keeps them."""


PHOTOS_MOST = 20
PHOTO_NAME_LIMIT = 120
"""Longest name of a photo's file, in characters."""
_SEPARATORS = frozenset("/\\:")


class PhotoFlaw(StrEnum):
    """Why a name is not that of a photo."""

    EMPTY = "empty"
    PATH = "path"
    """It leads somewhere: only a name is kept, which tells nothing of anybody's computer."""
    LONG = "long"
    MANY = "many"
    """There are more than may go with one task."""


def photo_flaw(name: str) -> PhotoFlaw | None:
    """Return what is wrong with the name of a photo's file; None if nothing."""
    if not name:
        return PhotoFlaw.EMPTY
    if _SEPARATORS & set(name) or not name.strip("."):
        return PhotoFlaw.PATH
    return PhotoFlaw.LONG if len(name) > PHOTO_NAME_LIMIT else None
