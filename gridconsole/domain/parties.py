"""Operators who act on a case, and its handlers."""

from __future__ import annotations

from dataclasses import dataclass

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.states import Role


@dataclass(frozen=True, slots=True)
class Handler:
    """A department, team, contractor or warden."""

    kind: HandlerKind
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The operator at the keyboard."""

    id: int
    name: str
    roles: frozenset[Role]
    warden_id: int | None = None
    """The warden that this operator also is, if any: a warden never judges a case that they handled."""

    @property
    def is_program(self) -> bool:
        """Return whether the program itself acts instead of a person, for steps that fall due."""
        return self.id == 0


PROGRAM = Actor(0, "系统", frozenset())
"""Actor of steps that fall due and are taken without a person."""
