"""回访: residents to call, cases that wait for a decision, and the results of the calls of a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from gridconsole.domain.figures import percent
from gridconsole.domain.states import Satisfaction, Solved
from gridconsole.store import call_backs
from gridconsole.store.fact_filters import EVERY_CASE, Filter

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def due(office: Office, limit: int) -> tuple[call_backs.DueLine, ...]:
    """List the residents to call, the case closed first in front; personal data masked."""
    with office.database.reading() as connection:
        return call_backs.due(connection, office.id, limit)


def dissatisfied(office: Office, limit: int) -> tuple[call_backs.DueLine, ...]:
    """List the cases that the shift leader must reopen or keep closed, the one closed first in front; personal data masked."""
    with office.database.reading() as connection:
        return call_backs.dissatisfied(connection, office.id, limit)


@dataclass(frozen=True, slots=True)
class Rates:
    """Results of the calls of a period, counted by case. Of several calls that reached the resident, the last one counts."""

    calls: int
    called: int
    """Cases called about at least once."""
    reached: int
    """Of those, cases whose resident was reached."""
    solved: int
    """Of those reached, cases that the resident calls solved. ``partly`` counts those solved in part, separately."""
    partly: int
    satisfied: int
    """Of those reached, cases whose resident is satisfied or very satisfied. ``understanding`` is counted separately."""
    understanding: int
    dissatisfied: int

    @property
    def reached_share(self) -> Decimal | None:
        """Percentage of the cases called about whose resident was reached; None if there is none."""
        return percent(self.reached, self.called)

    @property
    def solved_share(self) -> Decimal | None:
        """Percentage of the cases reached that are solved."""
        return percent(self.solved, self.reached)

    @property
    def satisfied_share(self) -> Decimal | None:
        """Percentage of the cases reached whose resident is satisfied or very satisfied."""
        return percent(self.satisfied, self.reached)


def rates_of(calls: Iterable[call_backs.Call]) -> Rates:
    """Compute the rates of calls, given oldest first."""
    made = list(calls)
    last = {call.incident: call for call in made if call.reached}
    solved = [call.solved for call in last.values()]
    grades = [call.satisfaction for call in last.values()]
    return Rates(
        calls=len(made),
        called=len({call.incident for call in made}),
        reached=len(last),
        solved=solved.count(Solved.YES),
        partly=solved.count(Solved.PARTLY),
        satisfied=grades.count(Satisfaction.VERY) + grades.count(Satisfaction.SATISFIED),
        understanding=grades.count(Satisfaction.UNDERSTANDING),
        dissatisfied=grades.count(Satisfaction.DISSATISFIED),
    )


def calls_between(office: Office, first: datetime, last: datetime, where: Filter = EVERY_CASE) -> tuple[call_backs.Call, ...]:
    """Return every call between two instants, the end excluded, oldest first; texts are masked."""
    with office.database.reading() as connection:
        return call_backs.between(connection, office.id, first, last, where)
