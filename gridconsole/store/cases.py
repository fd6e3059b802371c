"""Cases as the rules need them: one statement loads a case, or many, with clocks, past acts, links, rules and assignee.

What belongs to a case comes as JSON in its own row: a list of reminders needs two hundred cases at every change, and six statements
for each took 120 ms of a console's time where this takes 8.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, Clock, PastAct, Pending
from gridconsole.domain.catalogue import FilingRule, Limit
from gridconsole.domain.clock import Pause
from gridconsole.domain.codes import AssigneeKind, HandlerKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Appeal, Axis, CallBackState, Grade, Outcome, RequestKind, Result, Source, Stage, State
from gridconsole.domain.task import Assignee
from gridconsole.domain.text import is_callable
from gridconsole.store.catalogue import RULE_COLUMNS, rule_of
from gridconsole.store.dialect.sqlite import by_no_index, json_array, json_rows, json_text, listed
from gridconsole.store.tables.cases import alarm, clock, incident, task
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, retired, retired_case
from gridconsole.store.tables.people import operator
from gridconsole.store.tables.registers import category, filing_rule, unit
from gridconsole.store.tables.roster import employment
from gridconsole.store.types import coded, day_or_none, decoded, instant, instant_or_none


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """A case with its key and its area."""

    id: int
    case: Case
    area_id: int | None
    clocks: tuple[Clock, ...] = ()
    """Every clock it ever had, in order of start."""
    reporter: str = ""
    """Unmasked; used to mask the name in the case's texts."""
    phone: str = ""
    """Unmasked; used to find what else was reported from it."""
    has_alarms: bool = True
    """False if no alarm of the case is pending."""


_COLUMNS = (
    "id number state version source grade grid_id area_id category_id handler_kind handler_id handler_name outcome simple"
    " rework_count rework_total redispatch_count return_count state_since closed_at batch_id request extension_count suspension_count"
    " suspended_until appeal merged_into resting call_back call_back_tries reopen_count urge_count reply_by urged_by assignee reporter_name"
    " reporter_phone outer_due_at reporter_id"
)
CLOCK = some(clock, "stage span started_at due_at provisional pauses halted_at stopped_at late extensions")
"""Columns of a clock, in the order in which :func:`clock_of` takes them."""


def _rule(key: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[str]:
    """Return the values for :func:`rule_of` of the rule with a key, as a JSON array."""
    return (
        sa.select(json_array(*RULE_COLUMNS))
        .join_from(filing_rule, category, category.c.id == filing_rule.c.category_id)
        .where(filing_rule.c.id == key)
        .correlate(incident)
        .scalar_subquery()
        .label(name)
    )


_of = incident.alias("follower")
_ACTS = (
    sa.select(*some(ledger, "operator_id operator action axis at door"))
    .where(ledger.c.subject_kind == word("incident"), ledger.c.subject_id == incident.c.id)
    .order_by(ledger.c.seq)
    .correlate(incident)
)
_ARCHIVED = (
    sa.select(json_text(retired_case.c.facts, "acts"))
    .join_from(retired_case, retired, sa.and_(retired.c.office_id == incident.c.office_id, retired.c.year == retired_case.c.year))
    .where(retired_case.c.incident_id == incident.c.id)
    .order_by(retired_case.c.year.desc())
    .limit(sa.literal_column("1"))
    .correlate(incident)
    .scalar_subquery()
)
_FOLLOWERS = (
    sa.select(_of.c.number, _of.c.call_back, _of.c.resting)
    .where(_of.c.office_id == incident.c.office_id, _of.c.merged_into == incident.c.number)
    .order_by(_of.c.id)
    .correlate(incident)
)
_OPERATOR_OUT = sa.case(
    (incident.c.assignee.like("operator:%"), sa.cast(sa.func.substr(incident.c.assignee, len("operator:") + 1), sa.Integer))
)
"""Key of the operator who is out to inspect the case; none for a warden."""


def _is_gone(key: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return whether the account of an operator is disabled."""
    return sa.exists().where(operator.c.id == key, operator.c.active == sa.literal_column("0")).correlate(incident)


_STAYS = sa.exists().where(
    employment.c.person_id == incident.c.handler_id, employment.c.replaced_by.is_(None), employment.c.ends_on.is_(None)
)
_IS_DISSOLVED = sa.exists().where(unit.c.id == incident.c.handler_id, unit.c.active == sa.literal_column("0"))
_HANDLER_GONE = sa.case(
    (incident.c.handler_kind == word(HandlerKind.WARDEN.value), ~_STAYS.correlate(incident)),
    (incident.c.handler_kind == word(HandlerKind.UNIT.value), _IS_DISSOLVED.correlate(incident)),
)
"""Condition: the handler is not in service any more."""
_SELECT = sa.select(
    *some(incident, _COLUMNS),
    json_rows(sa.select(*CLOCK).where(clock.c.incident_id == incident.c.id).order_by(clock.c.position).correlate(incident)).label(
        "clocks"
    ),
    json_rows(_ACTS).label("past"),
    _ARCHIVED.label("archived"),
    json_rows(_FOLLOWERS).label("followers"),
    sa.exists().where(alarm.c.incident_id == incident.c.id, alarm.c.ended_at.is_(None)).label("has_alarms"),
    sa.select(task.c.assignee_name)
    .where(task.c.incident_id == incident.c.id, task.c.ended.is_(None))
    .scalar_subquery()
    .label("assignee_name"),
    _is_gone(sa.cast(json_text(incident.c.request, "by"), sa.Integer)).label("requester_gone"),
    _is_gone(_OPERATOR_OUT).label("assignee_gone"),
    _HANDLER_GONE.label("handler_gone"),
    _rule(incident.c.rule_id, "rule"),
    _rule(sa.cast(json_text(incident.c.request, "rule"), sa.Integer), "asked_rule"),
)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_BY_NUMBER = _SELECT.where(incident.c.office_id == _OFFICE, incident.c.number == sa.bindparam("number"))
_BY_KEY = _SELECT.where(by_no_index(incident.c.office_id) == _OFFICE, incident.c.id.in_(listed("keys")))


def load(connection: sa.Connection, office: int, number: str) -> LoadedCase | None:
    """Load a case for the rules, with its past acts and unfinished clocks; None if there is none of this number."""
    row = connection.execute(_BY_NUMBER, {"office": office, "number": number}).first()
    return None if row is None else _loaded(row)


def load_all(connection: sa.Connection, office: int, keys: Collection[int]) -> dict[int, LoadedCase]:
    """Load cases by their keys; a key that no case has is left out."""
    found = connection.execute(_BY_KEY, {"office": office, "keys": json.dumps(sorted(keys))})
    return {row.id: _loaded(row) for row in found}


def _loaded(row: Any) -> LoadedCase:
    every, led = tuple(clock_of(*parts) for parts in json.loads(row.clocks)), json.loads(row.followers)
    case = Case(
        number=row.number,
        state=coded(State, row.state, "incident.state"),
        version=row.version,
        source=coded(Source, row.source, "incident.source"),
        grade=coded(Grade, row.grade, "incident.grade"),
        grid_id=row.grid_id,
        category_id=row.category_id,
        rule=_rule_in(row.rule),
        handler=Handler(coded(HandlerKind, row.handler_kind, "incident.handler_kind"), row.handler_id, row.handler_name)
        if row.handler_kind
        else None,
        outcome=coded(Outcome, row.outcome, "incident.outcome") if row.outcome else None,
        simple=bool(row.simple),
        rework_count=row.rework_count,
        rework_total=row.rework_total,
        redispatch_count=row.redispatch_count,
        return_count=row.return_count,
        request=pending_of(row.request, row.asked_rule),
        extension_count=row.extension_count,
        suspension_count=row.suspension_count,
        suspended_until=day_or_none(row.suspended_until),
        appeal=Appeal(row.appeal) if row.appeal else None,
        call_back=coded(CallBackState, row.call_back, "incident.call_back") if row.call_back else None,
        call_back_tries=row.call_back_tries,
        reopen_count=row.reopen_count,
        has_phone=is_callable(row.reporter_phone),
        is_requester_gone=bool(row.requester_gone),
        is_handler_gone=bool(row.handler_gone),
        is_assignee_gone=bool(row.assignee_gone),
        order_count=row.urge_count,
        reply_by=instant_or_none(row.reply_by),
        ordered_by_id=row.urged_by,
        outer_due_at=instant_or_none(row.outer_due_at),
        reporter_id=row.reporter_id,
        was_late=any(clock.stage is Stage.HANDLE and clock.late for clock in every),
        state_since=instant(row.state_since),
        closed_at=instant_or_none(row.closed_at),
        batch_id=row.batch_id,
        merged_into=row.merged_into,
        resting=bool(row.resting),
        followers=tuple(number for (number, _, _) in led),
        resting_followers=tuple(number for (number, _, rests) in led if rests),
        unhappy_followers=tuple(number for (number, said, _) in led if said == CallBackState.DISSATISFIED),
        clocks=tuple(clock for clock in every if clock.stopped_at is None),
        ended_handling=next(
            (clock for clock in reversed(every) if clock.stage is Stage.HANDLE and clock.stopped_at is not None), None
        ),
        past=_past(row.archived, row.past),
        assignee=assignee_of(row.assignee, row.assignee_name),
    )
    return LoadedCase(row.id, case, row.area_id, every, row.reporter_name, row.reporter_phone, bool(row.has_alarms))


def _past(archived: str | None, kept: str) -> tuple[PastAct, ...]:
    # An act of an archived year has one field more.
    acts = [act[:6] for act in json.loads(archived)] if archived else []
    return tuple(
        PastAct(
            operator_id=operator_id or 0,
            operator=operator,
            action=coded(Action, action, "ledger.action"),
            axis=coded(Axis, axis, "ledger.axis") if axis else None,
            at=instant(at),
            origin=origin,
        )
        for operator_id, operator, action, axis, at, origin in (*acts, *json.loads(kept))
    )


def _rule_in(text: str | None) -> FilingRule | None:
    return None if text is None else rule_of(*json.loads(text))


def pending_of(text: str | None, rule: str | None = None) -> Pending | None:
    """Parse an open request.

    Args:
        rule: values of the filing rule that it asks for, as JSON; None if they are not needed.
    """
    if not text:
        return None
    said = decoded(text, "incident.request")
    return Pending(
        kind=RequestKind(said["kind"]),
        asked_by=said["by"],
        first_opinion_by=said["opined_by"],
        opinion=Result(said["opinion"]) if said["opinion"] else None,
        amount=Limit.decode(said["amount"]) if said["amount"] else None,
        until=day_or_none(said["until"]),
        rule=_rule_in(rule),
    )


def assignee_of(encoded: str | None, name: str | None = None) -> Assignee | None:
    """Parse the person assigned to inspect a case, from the text in its row (``warden:7``)."""
    if encoded is None:
        return None
    kind, _, key = encoded.partition(":")
    return Assignee(AssigneeKind(kind), int(key), name or "")


# --- clocks -----------------------------------------------------------------------------------------------------


_CLOCKS = sa.select(*CLOCK).where(clock.c.incident_id == sa.bindparam("case", type_=sa.BigInteger)).order_by(clock.c.position)


def clocks_of(connection: sa.Connection, incident_id: int) -> tuple[Clock, ...]:
    """Return every clock a case ever had, in order of start."""
    return tuple(clock_of(*row) for row in connection.execute(_CLOCKS, {"case": incident_id}))


def clock_of(
    stage: str, span: str, started_at: str, due_at: str, provisional: int, pauses: str, halted_at: str | None,
    stopped_at: str | None, late: int | None, extensions: str,
) -> Clock:  # fmt: skip
    """Return a clock from its columns, in the order of :data:`CLOCK`."""
    return Clock(
        stage=coded(Stage, stage, "clock.stage"),
        limit=Limit.decode(span),
        started_at=instant(started_at),
        due_at=instant(due_at),
        provisional=bool(provisional),
        pauses=_pauses(pauses),
        halted_at=instant_or_none(halted_at),
        stopped_at=instant_or_none(stopped_at),
        late=None if late is None else bool(late),
        extensions=tuple(map(Limit.decode, decoded(extensions, "clock.extensions"))) if extensions else (),
    )


def _pauses(text: str) -> tuple[Pause, ...]:
    return tuple(Pause(instant(start), instant(end)) for start, end in decoded(text, "clock.pauses")) if text else ()
