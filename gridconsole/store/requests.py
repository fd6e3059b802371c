"""Registers of requests (台账): each request on a case with its first opinion, its decision and the effect on the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, Step
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.states import RequestKind, Result, Stage
from gridconsole.domain.text import hide_name
from gridconsole.domain.views.requests import RequestLine
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of
from gridconsole.store.tables.cases import case_request, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import filing_rule
from gridconsole.store.types import coded, day_or_none, instant, instant_or_none, stamp, stamp_or_none

_ASK = sa.insert(case_request)
_IS_OPEN = (case_request.c.incident_id == sa.bindparam("incident"), case_request.c.decision.is_(None))
_PUT_FIRST_OPINION = (
    sa.update(case_request)
    .where(*_IS_OPEN)
    .values(
        opinion=sa.bindparam("said"), opined_at=sa.bindparam("at"), opined_by=sa.bindparam("by"), opined_name=sa.bindparam("name"),
        opined_words=sa.bindparam("words"),
    )
)  # fmt: skip
_DECIDE = (
    sa.update(case_request)
    .where(*_IS_OPEN)
    .values(
        decision=sa.bindparam("said"), decided_at=sa.bindparam("at"), decided_by=sa.bindparam("by"), decided_name=sa.bindparam("name"),
        decided_words=sa.bindparam("words"), due_after=sa.bindparam("due"),
    )
)  # fmt: skip
_DECISIONS = {Action.GRANT: "granted", Action.REFUSE: "refused", Action.RECALL: "recalled"}
LAPSED = "lapsed"


def record(connection: sa.Connection, step: Step) -> None:
    """Write the effect of a step on the case's register lines, in the step's own transaction."""
    before, after, act = step.before, step.decision.case, step.act
    if before.request == after.request:
        return
    words = act.note or act.reason
    line: dict[str, Any] = {
        "incident": step.incident,
        "at": stamp(step.at),
        "by": step.actor.id,
        "name": step.actor.name,
        "words": words,
    }
    if before.request is None and after.request is not None:
        asked = after.request
        connection.execute(_ASK, {
            "incident_id": step.incident, "asked_at": line["at"], "asked_by": step.actor.id, "asked_name": step.actor.name,
            "reason": words, "kind": asked.kind.value, "handler": before.handler.name if before.handler else "",
            "amount": asked.amount.encode() if asked.amount else None, "until": asked.until.isoformat() if asked.until else None,
            "rule_id": asked.rule.id if asked.rule else None, "due_before": _due(before),
        })  # fmt: skip
    elif after.request is not None:
        opinion = after.request.opinion.value if after.request.opinion else None
        connection.execute(_PUT_FIRST_OPINION, {**line, "said": opinion})
    else:
        ended = _DECISIONS.get(act.action, LAPSED)
        connection.execute(_DECIDE, {**line, "said": ended, "due": _due(after)})


def _due(case: Case) -> str | None:
    clock = case.clock(Stage.HANDLE)
    return stamp_or_none(clock.due_at) if clock is not None else None


_LINES = sa.select(
    *some(
        case_request,
        "kind handler asked_at asked_name reason amount until due_before opinion opined_name decision decided_at decided_name"
        " decided_words due_after",
    ),
    *some(incident, "number reporter_name"),
    sa.func.coalesce(filing_rule.c.condition, "").label("condition"),
).select_from(
    case_request.join(incident, incident.c.id == case_request.c.incident_id).outerjoin(
        filing_rule, filing_rule.c.id == case_request.c.rule_id
    )
)
_OF_OFFICE = by_no_index(incident.c.office_id) == sa.bindparam("office")
_ASKED = (case_request.c.asked_at >= sa.bindparam("first"), case_request.c.asked_at < sa.bindparam("last"))
_REGISTER = _LINES.where(_OF_OFFICE, case_request.c.kind == sa.bindparam("of_kind"), *_ASKED).order_by(
    case_request.c.asked_at, case_request.c.id
)
_OF_CASE = _LINES.where(incident.c.office_id == sa.bindparam("office"), incident.c.number == sa.bindparam("number")).order_by(
    case_request.c.id
)
_GRANTED = sa.case((case_request.c.decision == word("granted"), case_request.c.incident_id))
_COUNTS = (
    sa.select(case_request.c.kind, sa.func.count(_GRANTED.distinct()).label("granted"), sa.func.count().label("asked"))
    .join_from(case_request, incident, incident.c.id == case_request.c.incident_id)
    # Every kind by name: its index begins with the kind, and goes on with the time.
    .where(_OF_OFFICE, *_ASKED, case_request.c.kind.in_([word(kind.value) for kind in RequestKind]))
    .group_by(case_request.c.kind)
)


def register(
    connection: sa.Connection, office: int, kind: RequestKind, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[RequestLine, ...]:
    """Return the requests of one kind between two instants, the end excluded, in the order of asking."""
    values = span_of(office, first, last, where) | {"of_kind": kind.value}
    return tuple(map(_line, connection.execute(narrowed(_REGISTER, incident.c.id, where), values)))


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[RequestLine, ...]:
    """Return all requests on a case."""
    return tuple(_line(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def counts(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> Mapping[RequestKind, tuple[int, int]]:
    """Return by kind: how many cases were granted such a request, and how many requests there were."""
    values = span_of(office, first, last, where)
    return {
        coded(RequestKind, row.kind, "case_request.kind"): (row.granted, row.asked)
        for row in connection.execute(narrowed(_COUNTS, incident.c.id, where), values)
    }


def _line(row: Any, *, masked: bool = True) -> RequestLine:
    hidden = row.reporter_name if masked else ""
    return RequestLine(
        number=row.number,
        kind=coded(RequestKind, row.kind, "case_request.kind"),
        handler=row.handler,
        asked_at=instant(row.asked_at),
        asked_by=row.asked_name,
        reason=hide_name(row.reason, hidden),
        amount=Limit.decode(row.amount) if row.amount else None,
        until=day_or_none(row.until),
        condition=row.condition,
        due_before=instant_or_none(row.due_before),
        opinion=coded(Result, row.opinion, "case_request.opinion") if row.opinion else None,
        first_opinion_by=row.opined_name,
        decision=row.decision or "",
        decided_at=instant_or_none(row.decided_at),
        decided_by=row.decided_name,
        decided_words=hide_name(row.decided_words, hidden),
        due_after=instant_or_none(row.due_after),
    )
