"""Changes after a ledger number: the change feed of a queue, and what others did, the data of a digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.states import RequestKind
from gridconsole.store.dialect.sqlite import json_text
from gridconsole.store.tables.cases import IS_OPEN, case_request, incident, supervision_order
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.types import coded, instant, stamp

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_SINCE = (ledger.c.office_id == _OFFICE, ledger.c.seq > sa.bindparam("since", type_=sa.BigInteger))
_LEADER = sa.func.coalesce(json_text(ledger.c.facts, "merged_into"), json_text(ledger.c.facts, "parted_from"))
_CHANGED = (
    sa.select(ledger.c.subject_id)
    .where(*_SINCE, ledger.c.subject_kind.in_([word("incident"), word("escalation")]))
    .union(
        # What is merged into a case, or parted from it, changes the line of that case too; the entry is about the other one.
        sa.select(incident.c.id)
        .select_from(ledger.join(incident, (incident.c.office_id == ledger.c.office_id) & (incident.c.number == _LEADER)))
        .where(*_SINCE, ledger.c.subject_kind == word("incident"), ledger.c.action.in_([word("merge"), word("unmerge")]))
    )
    .limit(sa.bindparam("most", type_=sa.BigInteger))
)


def changed_incidents(connection: sa.Connection, office: int, since: int, most: int) -> tuple[int, ...]:
    """Return the cases with entries after a number, and those that others were merged into: the change feed, at most ``most``."""
    values = {"office": office, "since": since, "most": most}
    return tuple(row.subject_id for row in connection.execute(_CHANGED, values))


@dataclass(frozen=True, slots=True)
class CaseChange:
    """An act on a case by another operator."""

    seq: int
    at: datetime
    operator: str
    incident: int
    action: str
    origin: str
    """State before the act; ``target`` is the state after it. Empty if the entry does not state it."""
    target: str
    result: str


_CHANGES = (
    sa.select(
        *some(ledger, "seq at operator subject_id action"),
        sa.func.coalesce(json_text(ledger.c.facts, "from"), "").label("origin"),
        sa.func.coalesce(json_text(ledger.c.facts, "to"), "").label("target"),
        sa.func.coalesce(json_text(ledger.c.facts, "result"), "").label("result"),
    )
    .where(
        ledger.c.office_id == sa.bindparam("office"),
        ledger.c.seq > sa.bindparam("since"),
        ledger.c.subject_kind == word("incident"),
        # A changed calendar moves hundreds of deadlines at once; they would hide what other operators did.
        ledger.c.action != word("recompute"),
        ledger.c.operator_id.is_distinct_from(sa.bindparam("operator")),
    )
    .order_by(ledger.c.seq.desc())
    .limit(sa.bindparam("most"))
)


def by_others(connection: sa.Connection, office: int, operator: int, since: int, most: int) -> tuple[CaseChange, ...]:
    """Return the acts on cases after a number by anyone but one operator, newest first; at most ``most``."""
    values = {"office": office, "operator": operator, "since": since, "most": most}
    return tuple(
        CaseChange(
            seq=row.seq,
            at=instant(row.at),
            operator=row.operator,
            incident=row.subject_id,
            action=row.action,
            origin=row.origin,
            target=row.target,
            result=row.result,
        )
        for row in connection.execute(_CHANGES, values)
    )


_LATE = (
    sa.select(incident.c.id)
    .where(
        incident.c.office_id == sa.bindparam("office"),
        IS_OPEN,
        incident.c.due_at >= sa.bindparam("first"),
        incident.c.due_at < sa.bindparam("last"),
    )
    .order_by(incident.c.due_at, incident.c.id)
    .limit(sa.bindparam("most"))
)


def became_late(connection: sa.Connection, office: int, first: datetime, last: datetime, most: int) -> tuple[int, ...]:
    """Return the open cases whose running clock ended between two instants, the end excluded, earliest first."""
    values = {"office": office, "first": stamp(first), "last": stamp(last), "most": most}
    return tuple(row.id for row in connection.execute(_LATE, values))


@dataclass(frozen=True, slots=True)
class Answer:
    """Decision on an operator's request."""

    incident: int
    kind: RequestKind
    decision: str
    """granted or refused."""
    decided_by: str


_IDS: sa.BindParameter[int] = sa.bindparam("ids", expanding=True)
_ANSWERS = (
    sa.select(*some(case_request, "incident_id kind decision decided_name"))
    .where(
        case_request.c.incident_id.in_(_IDS),
        case_request.c.asked_by == sa.bindparam("operator"),
        case_request.c.decision.in_([word("granted"), word("refused")]),
        case_request.c.decided_at >= sa.bindparam("since"),
    )
    .order_by(case_request.c.id.desc())
)
_DISPATCHED = (
    sa.select(ledger.c.subject_id)
    .distinct()
    .where(
        ledger.c.subject_kind == word("incident"),
        ledger.c.subject_id.in_(_IDS),
        ledger.c.operator_id == sa.bindparam("operator"),
        ledger.c.action.in_([word("dispatch"), word("redispatch")]),
    )
)
_ANSWERED = (
    sa.select(supervision_order.c.incident_id.label("subject_id"))
    .distinct()
    .where(
        supervision_order.c.incident_id.in_(_IDS),
        supervision_order.c.ordered_by == sa.bindparam("operator"),
        supervision_order.c.replied_at >= sa.bindparam("since"),
    )
)
_CHUNK = 500


def answers(connection: sa.Connection, operator: int, ids: Sequence[int], since: datetime) -> tuple[Answer, ...]:
    """Return the decisions since an instant on an operator's requests for some cases, the latest request first."""
    return tuple(
        Answer(row.incident_id, coded(RequestKind, row.kind, "case_request.kind"), row.decision, row.decided_name)
        for row in _in_chunks(connection, _ANSWERS, ids, {"operator": operator, "since": stamp(since)})
    )


def dispatched_by(connection: sa.Connection, operator: int, ids: Sequence[int]) -> Collection[int]:
    """Return those of the given cases that an operator once dispatched."""
    return {row.subject_id for row in _in_chunks(connection, _DISPATCHED, ids, {"operator": operator})}


def answered_to(connection: sa.Connection, operator: int, ids: Sequence[int], since: datetime) -> Collection[int]:
    """Return those of the given cases on which an order by this operator was answered since an instant."""
    return {row.subject_id for row in _in_chunks(connection, _ANSWERED, ids, {"operator": operator, "since": stamp(since)})}


def _in_chunks(connection: sa.Connection, query: Any, ids: Sequence[int], values: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(ids), _CHUNK):
        found += connection.execute(query, {**values, "ids": list(ids[start : start + _CHUNK])}).all()
    return found
