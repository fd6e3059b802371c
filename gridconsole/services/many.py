"""Acting on several cases at once: the same act on each, every one by the rules of a single act and in a transaction of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.actions import TOGETHER, Act, Action, Lead
from gridconsole.domain.catalogue import FilingRule, strictest
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.incident import is_open, why_not
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import Result
from gridconsole.services import casework, handlers
from gridconsole.store import cases, catalogue

if TYPE_CHECKING:
    from gridconsole.services.casework import Receipt
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class Hindrance(StrEnum):
    """Reasons why an act is not possible on one of several cases."""

    FORBIDDEN = "forbidden"
    """The state, the dual axis or another rule forbids it to this operator."""
    NO_HANDLER = "no_handler"
    """No handler is responsible for the category."""
    NOT_PLACED = "not_placed"
    """Grid or category are not known."""
    LEADS = "leads"
    """The others are merged into this case."""


@dataclass(frozen=True, slots=True)
class Intended:
    """An act on one of several cases."""

    number: str
    version: int
    """Version of the case that was seen."""
    request_id: str
    handler: Handler | None = None
    """Handler of a dispatch: the one recommended for this case."""
    is_recommended: bool = False
    """The handler is on duty and was recommended; otherwise the dispatch needs a reason."""
    rule: FilingRule | None = None
    """Filing rule of the case: the strictest of its category."""
    hindrance: Hindrance | None = None
    """None if nothing stands against it."""
    refusal: GridConsoleError | None = None
    """Rule that forbids it; None where none does, or where nothing asks for the act."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of the act on one case."""

    number: str
    receipt: Receipt | None = None
    error: GridConsoleError | None = None


def intend(
    office: Office, actor: Actor, action: Action, wanted: Sequence[Intended], lead: str | None = None
) -> tuple[Intended, ...]:  # fmt: skip
    """Return which of several cases an act is possible on now, and whom each dispatch would go to; changes nothing.

    Args:
        lead: number of the case that the others are merged into.
    """
    with office.database.reading() as connection:
        at = office.circumstances()
        found = []
        for one in wanted:
            loaded = cases.load(connection, office.id, one.number)
            if one.number == lead:
                found.append(replace(one, hindrance=Hindrance.LEADS))
            elif loaded is None:
                found.append(replace(one, hindrance=Hindrance.FORBIDDEN))
            elif not is_open(action, loaded.case, actor, at):
                refusal = why_not(action, loaded.case, actor, at)
                found.append(replace(one, hindrance=Hindrance.FORBIDDEN, refusal=refusal))
            else:
                found.append(_prepared(connection, office, action, replace(one, hindrance=None, refusal=None), loaded))
    return tuple(found)


def possible(office: Office, actor: Actor, keys: Collection[int]) -> dict[Action, int]:
    """Return the acts that may be done together, with the number of cases on which each is possible now."""
    with office.database.reading() as connection:
        found, at = cases.load_all(connection, office.id, keys), office.circumstances()
    counts = {action: sum(is_open(action, one.case, actor, at) for one in found.values()) for action in TOGETHER}
    return {action: count for action, count in counts.items() if count}


def _prepared(
    connection: Transaction, office: Office, action: Action, one: Intended, loaded: cases.LoadedCase
) -> Intended:  # fmt: skip
    if action is Action.FILE:
        case = loaded.case
        rules = catalogue.rules(connection, case.category_id) if case.category_id is not None and case.grid_id is not None else ()
        rule = strictest(rules) if rules else None
        return replace(one, rule=rule, hindrance=None if rule is not None else Hindrance.NOT_PLACED)
    return _dispatched(connection, office, one, loaded) if action is Action.DISPATCH else one


def _dispatched(connection: Transaction, office: Office, one: Intended, loaded: cases.LoadedCase) -> Intended:
    ranking = handlers.rank_in(connection, office, loaded)
    if ranking.candidates:
        return replace(one, handler=ranking.candidates[0].handler, is_recommended=True)
    if ranking.off_duty:
        return replace(one, handler=ranking.off_duty[0].handler)
    return replace(one, hindrance=Hindrance.NO_HANDLER)


def act_on_each(
    office: Office, actor: Actor, action: Action, wanted: Iterable[Intended], words: str, lead: str | None = None,
) -> tuple[Outcome, ...]:  # fmt: skip
    """Carry out the act on each case that nothing stands against; one that is refused hinders no other.

    A case that another operator changed meanwhile is refused with the name of that operator.

    Args:
        words: the note of every act; of a dispatch its reason.
    """
    fields: Mapping[str, object] = {"result": Result.SUPPORT} if action is Action.FIRST_OPINION else {}
    outcomes = []
    for one in wanted:
        if one.hindrance is not None:
            continue
        own = dict(fields)
        if one.handler is not None:
            own["handler"] = one.handler
        if one.rule is not None:
            own["rule"] = one.rule
        if lead is not None:
            own["into"] = Lead(lead)
        said = {"reason" if action is Action.DISPATCH else "note": words}
        act = Act.of(action, expected_version=one.version, **said, **own)  # type: ignore[arg-type]
        try:
            outcome = Outcome(one.number, casework.act_on(office, actor, one.number, act, one.request_id))
        except GridConsoleError as error:
            outcome = Outcome(one.number, error=error)
        outcomes.append(outcome)
    return tuple(outcomes)
