"""Results that an act would have, shown before it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import Refused, UsageRefused
from gridconsole.domain.states import Stage
from gridconsole.language import word
from gridconsole.services import case_queries, casework

if TYPE_CHECKING:
    from gridconsole.domain.case import Case, Clock
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.ranking import Ranking
    from gridconsole.services.office import Office


def clock_after(office: Office, actor: Actor, number: str, action: Action, ranking: Ranking) -> Clock | None:
    """Return the handling clock that a dispatch now would result in; None if it would be refused. Writes nothing.

    Args:
        ranking: handlers that may be chosen; the clock is the same for each.
    """
    chosen = ranking.candidates[-1:] or ranking.off_duty[-1:]
    if not chosen:
        return None
    found = case_after(office, actor, number, Act.of(action, handler=chosen[0].handler, reason=word(action)))
    return found.clock(Stage.HANDLE) if found is not None else None


def case_after(office: Office, actor: Actor, number: str, act: Act) -> Case | None:
    """Return the case as it would be after an act now; None if the act would be refused. Writes nothing."""
    with office.database.reading() as connection:
        loaded = case_queries.load_case(connection, office, number)
        try:
            return casework.rehearse(connection, office, actor, loaded, act).case
        except (Refused, UsageRefused):
            return None
