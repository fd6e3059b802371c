"""Entries of automatic steps in a span of the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gridconsole.store.types import instant


@dataclass(frozen=True, slots=True)
class AutomaticStep:
    """An entry of a step that the program took automatically."""

    seq: int
    at: datetime
    number: str
    incident: int
    action: str


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive entries, and the time that was accepted after them."""

    first: int
    last: int
    accepted_at: datetime | None
    """None if no time was accepted since."""


_END = sa.text(
    "SELECT (SELECT 1 FROM ledger WHERE office_id = :office AND seq = :first) AS there,"
    " (SELECT min(seq) FROM ledger WHERE office_id = :office AND seq > :first AND subject_kind = 'office' AND subject_id = :office"
    " AND action = :accept) AS accepted, (SELECT max(seq) FROM ledger WHERE office_id = :office) AS newest"
)
_MOMENT = sa.text("SELECT at FROM ledger WHERE office_id = :office AND seq = :number")
_ACCEPTANCES = sa.text(
    "SELECT seq, at FROM ledger WHERE subject_kind = 'office' AND subject_id = :office AND action = :accept ORDER BY seq DESC"
)
_FIRST_OF_SPAN = sa.text(
    "SELECT min(seq) FROM ledger WHERE office_id = :office AND seq > coalesce((SELECT seq FROM ledger WHERE office_id = :office"
    " AND seq < :number AND at <= :at AND action NOT IN :uncounted ORDER BY seq DESC LIMIT 1), 0)"
).bindparams(sa.bindparam("uncounted", expanding=True))
_STEPS = sa.text(
    "SELECT l.seq, l.at, l.action, l.subject_id, i.number FROM ledger l JOIN incident i ON i.id = l.subject_id"
    " WHERE l.office_id = :office AND l.seq BETWEEN :first AND :last AND l.operator_id IS NULL"
    " AND ((l.subject_kind = :kind AND l.action = :escalate) OR (l.subject_kind = 'incident' AND l.action = :resume)) ORDER BY l.seq"
)
_LAST_OF_CASE = sa.text(
    "SELECT max(seq) AS seq FROM ledger WHERE subject_kind = 'incident' AND subject_id = :incident AND action NOT IN ('note', 'recompute')"
)
_BEFORE = sa.text(
    "SELECT facts FROM ledger WHERE subject_kind = 'incident' AND subject_id = :incident AND seq < :seq ORDER BY seq DESC"
)


def end_of_span(connection: sa.Connection, office: int, first: int, accept: str) -> Span | None:
    """Return the span up to the next acceptance of the time, or up to the newest entry; None if the first entry does not exist."""
    row = connection.execute(_END, {"office": office, "first": first, "accept": accept}).one()
    if not row.there:
        return None
    if row.accepted is None:
        return Span(first, int(row.newest), None)
    return Span(first, int(row.accepted) - 1, moment_of(connection, office, int(row.accepted)))


def moment_of(connection: sa.Connection, office: int, number: int) -> datetime | None:
    """Return the time of an entry; None if the entry does not exist or its time is invalid."""
    text = connection.execute(_MOMENT, {"office": office, "number": number}).scalar()
    try:
        return instant(text) if text is not None else None
    except ValueError:  # written by a forger; verification reports it
        return None


def wrong_spans(connection: sa.Connection, office: int, accept: str, uncounted: Iterable[str]) -> tuple[Span, ...]:
    """List the spans whose entries are dated later than the acceptance of the time that follows them, newest first.

    Reads only the acceptances and the entries of the spans, never the rest of the ledger.
    """
    spans = []
    for row in connection.execute(_ACCEPTANCES, {"office": office, "accept": accept}):
        values = {"office": office, "number": row.seq, "at": row.at, "uncounted": sorted(uncounted)}
        first = int(connection.execute(_FIRST_OF_SPAN, values).scalar_one())
        if first < row.seq:
            spans.append(Span(first, row.seq - 1, moment_of(connection, office, row.seq)))
    return tuple(spans)


def automatic_steps(
    connection: sa.Connection, office: int, first: int, last: int, escalation: tuple[str, str], resume: str
) -> Iterator[AutomaticStep]:  # fmt: skip
    """Yield the escalation steps and resumptions that the program made in a span, oldest first.

    Args:
        escalation: subject kind and action of the entries of escalation steps.
        resume: action of the entries of resumptions.
    """
    values = {
        "office": office, "first": first, "last": last, "kind": escalation[0], "escalate": escalation[1], "resume": resume,
    }  # fmt: skip
    for row in connection.execute(_STEPS, values):
        yield AutomaticStep(row.seq, instant(row.at), row.number, row.subject_id, row.action)


def last_entry_of_case(connection: sa.Connection, incident: int) -> int | None:
    """Return the number of a case's newest entry, ignoring notes and recomputed deadlines."""
    return connection.execute(_LAST_OF_CASE, {"incident": incident}).scalar()


def suspended_until(connection: sa.Connection, incident: int, before: int) -> date | None:
    """Return the day until which a case was suspended, by the newest entry before a number that has one; None if there is none."""
    for text in connection.execute(_BEFORE, {"incident": incident, "seq": before}).scalars():
        said = json.loads(text)
        if said.get("suspended_until"):
            return date.fromisoformat(str(said["suspended_until"]))
    return None
