"""Parts of the page of a case: its clocks, and its ties to other cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridconsole.domain.case import Clock
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.derivation import Derivation
from gridconsole.domain.states import State


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock of a case, with the derivation of its deadline."""

    clock: Clock
    derivation: Derivation


@dataclass(frozen=True, slots=True)
class Link:
    """The judgement of a pair of cases, as shown on the page of either case."""

    other_id: int
    number: str
    """Number of the other case."""
    verdict: PairVerdict
    at: datetime
    operator: str


@dataclass(frozen=True, slots=True)
class Follower:
    """A case merged into another, with who reported it, masked."""

    number: str
    state: State
    reporter: str
    phone: str
    reported_at: datetime
