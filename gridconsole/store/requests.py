"""Registers of requests (台账): each request on a case with its first opinion, its decision and the effect on the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, Step
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.states import RequestKind, Result, Stage
from gridconsole.domain.text import hide_name
from gridconsole.domain.views.requests import RequestLine
from gridconsole.store.types import coded, day_or_none, instant, instant_or_none, stamp, stamp_or_none

_ASK = sa.text(
    "INSERT INTO case_request (incident_id, kind, handler, asked_at, asked_by, asked_name, reason, amount, until, rule_id, due_before)"
    " VALUES (:incident, :kind, :handler, :at, :by, :name, :words, :amount, :until, :rule, :due)"
)
_PUT_FIRST_OPINION = sa.text(
    "UPDATE case_request SET opinion = :opinion, opined_at = :at, opined_by = :by, opined_name = :name, opined_words = :words"
    " WHERE incident_id = :incident AND decision IS NULL"
)
_DECIDE = sa.text(
    "UPDATE case_request SET decision = :decision, decided_at = :at, decided_by = :by, decided_name = :name, decided_words = :words,"
    " due_after = :due WHERE incident_id = :incident AND decision IS NULL"
)
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
            **line, "kind": asked.kind.value, "handler": before.handler.name if before.handler else "",
            "amount": asked.amount.encode() if asked.amount else None, "until": asked.until.isoformat() if asked.until else None,
            "rule": asked.rule.id if asked.rule else None, "due": _due(before),
        })  # fmt: skip
    elif after.request is not None:
        opinion = after.request.opinion.value if after.request.opinion else None
        connection.execute(_PUT_FIRST_OPINION, {**line, "opinion": opinion})
    else:
        ended = _DECISIONS.get(act.action, LAPSED)
        connection.execute(_DECIDE, {**line, "decision": ended, "due": _due(after)})


def _due(case: Case) -> str | None:
    clock = case.clock(Stage.HANDLE)
    return stamp_or_none(clock.due_at) if clock is not None else None


_LINES = (
    "SELECT i.number, q.kind, q.handler, q.asked_at, q.asked_name, q.reason, q.amount, q.until, coalesce(r.condition, '') AS condition,"
    " q.due_before, q.opinion, q.opined_name, q.decision, q.decided_at, q.decided_name, q.decided_words, q.due_after,"
    " i.reporter_name FROM case_request q JOIN incident i ON i.id = q.incident_id LEFT JOIN filing_rule r ON r.id = q.rule_id"
)
_REGISTER = sa.text(
    _LINES
    + " WHERE +i.office_id = :office AND q.kind = :kind AND q.asked_at >= :first AND q.asked_at < :last ORDER BY q.asked_at, q.id"
)
_OF_CASE = sa.text(_LINES + " WHERE i.office_id = :office AND i.number = :number ORDER BY q.id")
_COUNTS = sa.text(
    "SELECT q.kind, count(DISTINCT CASE WHEN q.decision = 'granted' THEN q.incident_id END) AS granted, count(*) AS asked FROM case_request q"
    " JOIN incident i ON i.id = q.incident_id WHERE +i.office_id = :office AND q.asked_at >= :first AND q.asked_at < :last GROUP BY q.kind"
)


def register(
    connection: sa.Connection, office: int, kind: RequestKind, first: datetime, last: datetime
) -> tuple[RequestLine, ...]:
    """Return the requests of one kind between two instants, the end excluded, in the order of asking."""
    span = {"office": office, "kind": kind.value, "first": stamp(first), "last": stamp(last)}
    return tuple(map(_line, connection.execute(_REGISTER, span)))


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[RequestLine, ...]:
    """Return all requests on a case."""
    return tuple(_line(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def counts(connection: sa.Connection, office: int, first: datetime, last: datetime) -> Mapping[RequestKind, tuple[int, int]]:
    """Return by kind: how many cases were granted such a request, and how many requests there were."""
    span = {"office": office, "first": stamp(first), "last": stamp(last)}
    return {
        coded(RequestKind, row.kind, "case_request.kind"): (row.granted, row.asked) for row in connection.execute(_COUNTS, span)
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


_DUE_BACK = sa.text(
    "SELECT number FROM incident WHERE office_id = :office AND closed_at IS NULL AND state = 'suspended' AND suspended_until <= :day"
    " ORDER BY suspended_until, id"
)


def due_back(connection: sa.Connection, office: int, today: date) -> tuple[str, ...]:
    """Return the suspended cases whose day of resumption has come."""
    return tuple(row.number for row in connection.execute(_DUE_BACK, {"office": office, "day": today.isoformat()}))
