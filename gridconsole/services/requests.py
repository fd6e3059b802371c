"""Requests of an office with few people: who else could key one, if the operator is the only one who may speak on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.actions import ASKING, SPECS, Action
from gridconsole.domain.transitions import TRANSITIONS
from gridconsole.services import actors

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office


@dataclass(frozen=True, slots=True)
class Lonely:
    """An operator who would have to speak on their own request, because nobody else holds the role."""

    step: Action
    """The step that nobody else could take."""
    instead: tuple[str, ...]
    """Names of those who could key the request instead."""


def lonely(office: Office, actor: Actor, action: Action) -> Lonely | None:
    """Return what a request keyed by an operator would lack; None if somebody else can take every step on it.

    Nobody gives the first opinion on their own request, nor decides it. With one dispatcher in the office a request that this
    dispatcher keys would wait for ever.
    """
    kind = SPECS[action].request
    if action not in ASKING or kind is None:
        return None
    everybody = [one for one in actors.operators(office) if one.id != actor.id]
    for step in (*((Action.FIRST_OPINION,) if kind.has_opinion else ()), Action.GRANT):
        takers = [row.roles for row in TRANSITIONS if row.action is step and row.request is kind]
        if any(actor.roles & roles and not any(one.roles & roles for one in everybody) for roles in takers):
            keyed_by = frozenset(role for row in TRANSITIONS if row.action is action for role in row.roles)
            return Lonely(step, tuple(one.name for one in everybody if one.roles & keyed_by))
    return None
