"""Rank the handlers of a case, and find a handler by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.division import ancestors
from gridconsole.domain.errors import NobodyOnDuty, NoHandler
from gridconsole.domain.parties import Handler
from gridconsole.domain.ranking import HandlerFacts, RankedCase, Ranking, rank
from gridconsole.domain.roster import Half
from gridconsole.domain.states import Axis
from gridconsole.domain.text import clean_line
from gridconsole.language import vocabulary
from gridconsole.services.lookup import match_handler
from gridconsole.store import (
    cases,
    catalogue,
    offices,
    people,
    places,
)

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction
from gridconsole.services.case_queries import load_case

_NAMED = 5
"""Most handlers named in a sentence."""


def ranking_for(office: Office, number: str) -> Ranking:
    """Rank the handlers of a case.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return rank_in(connection, office, load_case(connection, office, number))


def rank_in(connection: Transaction, office: Office, loaded: cases.LoadedCase, only: Handler | None = None) -> Ranking:
    """Run :func:`ranking_for` inside the caller's transaction.

    Args:
        only: judge this handler alone.
    """
    case = loaded.case
    category = catalogue.category(connection, case.category_id) if case.category_id else None
    if category is None:
        return Ranking((), ())
    now = office.now()
    lies_in = places.area_chain(connection, loaded.area_id, case.grid_id)
    matter = RankedCase(
        kind=category.kind,
        major_code=category.major_code,
        minor_code=category.minor_code,
        areas=(*lies_in, *ancestors(lies_in[-1])[1:]) if lies_in else (),
        grid_id=case.grid_id,
        grade=case.grade,
    )
    units = office.unit_facts(connection)
    # Whether one handler fits does not depend on how much anybody has to do.
    load = people.workload(connection, now) if only is None else people.NO_LOAD
    judged = {past.operator_id for past in case.past if past.axis is Axis.SUPERVISION}
    on_duty = _is_office_time(office, now)
    handlers = [
        _loaded(facts, load, on_shift=on_duty or facts.handler.id in units.all_day)
        for facts in units.facts
        if (_same_handler(facts.handler, only) if only is not None else not facts.left)
    ]
    handlers += [
        _loaded(facts, load, on_shift=on_duty, judged=judged & _operators_of(connection, office, facts))
        for facts in _possible_wardens(connection, case.grid_id, office.half_day(now), only)
    ]
    return rank(matter, handlers)


def _same_handler(one: Handler, other: Handler) -> bool:
    return (one.kind, one.id) == (other.kind, other.id)


def _possible_wardens(connection: Transaction, grid_id: int | None, today: Half, only: Handler | None) -> list[HandlerFacts]:
    if only is None:
        return list(people.grid_wardens(connection, grid_id, today)) if grid_id is not None else []
    named = people.named_warden(connection, only.id, grid_id, today) if only.kind is HandlerKind.WARDEN else None
    return [named] if named is not None else []


def _operators_of(connection: Transaction, office: Office, facts: HandlerFacts) -> set[int]:
    return {actor.id for actor in offices.operators(connection, office.id) if actor.warden_id == facts.handler.id}


def _loaded(facts: HandlerFacts, load: people.Workload, *, on_shift: bool, judged: set[int] | None = None) -> HandlerFacts:
    key = (facts.handler.kind.value, facts.handler.id)
    if on_shift and not judged and key not in load.loads and key not in load.rates:
        return facts
    return replace(
        facts, on_shift=on_shift, open_load=load.loads.get(key, 0), on_time_rate=load.rates.get(key), on_other_axis=bool(judged)
    )


def _recommended(office: Office, number: str) -> Handler:
    """Return the first handler of the ranking.

    Raises:
        NobodyOnDuty: all suitable handlers are off duty.
        NoHandler: there is no suitable handler.
    """
    ranking = ranking_for(office, number)
    if ranking.candidates:
        return ranking.candidates[0].handler
    if ranking.off_duty:
        names = [item.handler.name for item in ranking.off_duty]
        raise NobodyOnDuty(names=names[:_NAMED], number=number, count=len(names))
    raise NoHandler(number=number)


def _is_office_time(office: Office, now: datetime) -> bool:
    local = now.astimezone(office.calendar.zone)
    return any(start <= local.time() <= end for start, end in office.calendar.local_spans(local.date()))


def find_handler(office: Office, word: str, number: str) -> Handler:
    """Find a handler by name or code; ``auto`` (自动) is the first of the ranking.

    Raises:
        UnknownHandler: no handler fits the word, or several do.
        NobodyOnDuty, NoHandler: for ``auto``, there is no handler to recommend.
    """
    wanted = clean_line(word)
    if wanted in vocabulary.AUTO:
        return _recommended(office, number)
    with office.database.reading() as connection:
        units = [(unit.code, unit.name, Handler(HandlerKind.UNIT, unit.id, unit.name)) for unit in people.units(connection)]
        wardens = [
            (row.code, row.name, Handler(HandlerKind.WARDEN, row.id, row.name))
            for row in people.wardens(connection, office.today())
        ]
    return match_handler(wanted, [*units, *wardens])
