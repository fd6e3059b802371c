"""Changes by others after a ledger number: the data of a digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.states import RequestKind
from gridconsole.store.types import coded, instant, stamp


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


_CHANGES = sa.text(
    "SELECT l.seq, l.at, l.operator, l.subject_id, l.action, coalesce(json_extract(l.facts, '$.from'), '') AS origin,"
    " coalesce(json_extract(l.facts, '$.to'), '') AS target, coalesce(json_extract(l.facts, '$.result'), '') AS result"
    " FROM ledger l WHERE l.office_id = :office AND l.seq > :since AND l.subject_kind = 'incident'"
    # A changed calendar moves hundreds of deadlines at once; they would hide what other operators did.
    " AND l.action <> 'recompute' AND l.operator_id IS NOT :operator ORDER BY l.seq DESC LIMIT :most"
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


_LATE = sa.text(
    "SELECT id FROM incident WHERE office_id = :office AND closed_at IS NULL AND due_at >= :first AND due_at < :last"
    " ORDER BY due_at, id LIMIT :most"
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


_ANSWERS = sa.text(
    "SELECT incident_id, kind, decision, decided_name FROM case_request WHERE incident_id IN :ids AND asked_by = :operator"
    " AND decision IN ('granted', 'refused') AND decided_at >= :since ORDER BY id DESC"
).bindparams(sa.bindparam("ids", expanding=True))
_DISPATCHED = sa.text(
    "SELECT DISTINCT subject_id FROM ledger WHERE subject_kind = 'incident' AND subject_id IN :ids AND operator_id = :operator"
    " AND action IN ('dispatch', 'redispatch')"
).bindparams(sa.bindparam("ids", expanding=True))
_ANSWERED = sa.text(
    "SELECT DISTINCT incident_id AS subject_id FROM supervision_order WHERE incident_id IN :ids AND ordered_by = :operator"
    " AND replied_at >= :since"
).bindparams(sa.bindparam("ids", expanding=True))
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
