"""The catalogue of components and events, filing rules and time limits.

Codes are text: two digits in CJ/T 214 and GB/T 30428.2, three in GB/T 47678.5, and the same number means different things
in each generation, so a category is known by (standard, kind, major, minor).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gridconsole.domain.codes import CategoryKind, Unit


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time in one unit. Days are whole numbers; hours may be fractions down to the minute."""

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a limit is positive")
        if self.unit.is_days and self.amount != self.amount.to_integral_value():
            raise ValueError("days are counted whole")

    @classmethod
    def minutes(cls, minutes: int, *, urgent: bool = False) -> Limit:
        """Return a limit of some minutes of work time, or of urgent time."""
        return cls(Decimal(minutes) / 60, Unit.URGENT_HOUR if urgent else Unit.WORK_HOUR)

    @property
    def microseconds(self) -> int:
        """Length of an hour limit; meaningless for days."""
        return int((self.amount * 3_600_000_000).to_integral_value())

    @property
    def strictness(self) -> Decimal:
        """Return a rough length in urgent hours, for comparing how pressing limits of different units are."""
        hours = {Unit.URGENT_HOUR: 1, Unit.WORK_HOUR: 3, Unit.WORK_DAY: 34, Unit.NATURAL_DAY: 24}[self.unit]
        return self.amount * hours

    def encode(self) -> str:
        """Compact form for storage: ``4 work_hour``."""
        return f"{self.amount.normalize():f} {self.unit.value}"

    @classmethod
    def decode(cls, text: str) -> Limit:
        """Read a limit back from the text of :meth:`encode`."""
        amount, unit = text.split(" ")
        return cls(Decimal(amount), Unit(unit))


@dataclass(frozen=True, slots=True)
class Milestone:
    """One of several limits inside a filing rule: stop 4 work hours, penalty 7 work days, demolish 20 work days."""

    limit: Limit
    label: str
    """Goal to reach (制止, 处罚, 拆除); empty for the ordinary single limit."""


@dataclass(frozen=True, slots=True)
class FilingRule:
    """立案条件 within a minor category, and its handling limit."""

    id: int
    category_id: int
    condition: str
    milestones: tuple[Milestone, ...]
    close_condition: str
    standard: str
    """Catalogue version of the rule; a case keeps the version it was filed under."""

    @property
    def limit(self) -> Limit:
        """Return the limit that ends the handling: the last milestone."""
        return self.milestones[-1].limit


@dataclass(frozen=True, slots=True)
class Category:
    """小类 of the catalogue."""

    id: int
    standard: str
    kind: CategoryKind
    major_code: str
    major_name: str
    minor_code: str
    minor_name: str
    is_local: bool
    """Added by a city (its own minor or an extension major), not in the standard."""

    @property
    def code(self) -> str:
        """Return the code ``01-01``, as in ``部件 01-01``."""
        return f"{self.major_code}-{self.minor_code}"


def strictest(rules: tuple[FilingRule, ...]) -> FilingRule | None:
    """Return the rule with the most pressing limit, ties by id; used by an act without a chosen condition."""
    return min(rules, key=lambda rule: (rule.limit.strictness, rule.id), default=None)
