"""Counts of the acts of an operator today that are repeated: how many, and with which results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.domain.codes import TaskKind
from gridconsole.domain.states import Result, Satisfaction
from gridconsole.store import call_backs, tasks

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_Counts = dict[str, int]


def of_operator(office: Office, actor: Actor, action: Action) -> Mapping[str, int]:
    """Return counts of an operator's acts since midnight, by name; empty for an act that is not counted.

    Names: ``called``, ``reached``, ``satisfied`` of call-backs, ``verified``, ``true``, ``false`` of verifications, ``checked``,
    ``pass``, ``fail`` of checks. The first counts all.
    """
    count = _COUNTED.get(action)
    if count is None:
        return {}
    with office.database.reading() as connection:
        return count(connection, office, actor)


def _calls(connection: Transaction, office: Office, actor: Actor) -> _Counts:
    mine = [call for call in call_backs.between(connection, office.id, *_today(office)) if call.called_by == actor.name]
    return {
        "called": len(mine),
        "reached": sum(call.reached for call in mine),
        "satisfied": sum(call.satisfaction in _SATISFIED for call in mine),
    }


def _looks(connection: Transaction, office: Office, actor: Actor, kind: TaskKind) -> _Counts:
    ended = tasks.between(connection, office.id, *_today(office))
    mine = [one for one in ended if one.kind is kind and one.ended == "done" and one.keyed_by == actor.name]
    name, good, bad = _RESULTS[kind]
    return {name: len(mine), **{result.value: sum(one.result is result for one in mine) for result in (good, bad)}}


def _today(office: Office) -> tuple[datetime, datetime]:
    return office.midnight(), office.midnight_after(office.today())


_SATISFIED = frozenset({Satisfaction.VERY, Satisfaction.SATISFIED})
_RESULTS = {
    TaskKind.VERIFY: ("verified", Result.TRUE, Result.FALSE),
    TaskKind.CHECK: ("checked", Result.PASS, Result.FAIL),
}
_COUNTED: Mapping[Action, Callable[[Transaction, Office, Actor], _Counts]] = {
    Action.CALL_BACK: _calls,
    Action.VERIFY: partial(_looks, kind=TaskKind.VERIFY),
    Action.CHECK: partial(_looks, kind=TaskKind.CHECK),
}
