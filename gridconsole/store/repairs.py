"""Entries of automatic steps in a span of the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
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


_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_FIRST: sa.BindParameter[int] = sa.bindparam("first", type_=sa.BigInteger)
_NUMBER: sa.BindParameter[int] = sa.bindparam("number", type_=sa.BigInteger)
_CASE: sa.BindParameter[int] = sa.bindparam("case", type_=sa.BigInteger)
_OF_OFFICE = ledger.c.office_id == _OFFICE
_SEQ = ledger.c.seq
_IS_ACCEPTANCE = (
    ledger.c.subject_kind == word("office"), ledger.c.subject_id == _OFFICE, ledger.c.action == sa.bindparam("accept"),
)  # fmt: skip
_END = sa.select(
    sa.exists().where(_OF_OFFICE, _SEQ == _FIRST).label("there"),
    sa.select(sa.func.min(_SEQ)).where(_OF_OFFICE, _SEQ > _FIRST, *_IS_ACCEPTANCE).scalar_subquery().label("accepted"),
    sa.select(sa.func.max(_SEQ)).where(_OF_OFFICE).scalar_subquery().label("newest"),
)
_MOMENT = sa.select(ledger.c.at).where(_OF_OFFICE, _SEQ == _NUMBER)
_ACCEPTANCES = sa.select(_SEQ, ledger.c.at).where(*_IS_ACCEPTANCE).order_by(_SEQ.desc())
_LAST_RIGHT = (
    sa.select(_SEQ)
    .where(
        _OF_OFFICE,
        _SEQ < _NUMBER,
        ledger.c.at <= sa.bindparam("at"),
        ledger.c.action.not_in(sa.bindparam("uncounted", expanding=True)),
    )
    .order_by(_SEQ.desc())
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)
_FIRST_OF_SPAN = sa.select(sa.func.min(_SEQ)).where(_OF_OFFICE, sa.func.coalesce(_LAST_RIGHT, 0) < _SEQ)
_IS_OF_CASE = ledger.c.subject_kind == word("incident")
_STEPS = (
    sa.select(*some(ledger, "seq at action subject_id"), incident.c.number)
    .join(incident, incident.c.id == ledger.c.subject_id)
    .where(
        _OF_OFFICE,
        _SEQ.between(_FIRST, sa.bindparam("last")),
        ledger.c.operator_id.is_(None),
        sa.and_(ledger.c.subject_kind == sa.bindparam("kind"), ledger.c.action == sa.bindparam("escalate"))
        | sa.and_(_IS_OF_CASE, ledger.c.action == sa.bindparam("resume")),
    )
    .order_by(_SEQ)
)
_OF_CASE = (_IS_OF_CASE, ledger.c.subject_id == _CASE)
_LAST_OF_CASE = sa.select(sa.func.max(_SEQ)).where(*_OF_CASE, ledger.c.action.not_in([word("note"), word("recompute")]))
_BEFORE = sa.select(ledger.c.facts).where(*_OF_CASE, _SEQ < _NUMBER).order_by(_SEQ.desc())


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
    return connection.execute(_LAST_OF_CASE, {"case": incident}).scalar()


def suspended_until(connection: sa.Connection, incident: int, before: int) -> date | None:
    """Return the day until which a case was suspended, by the newest entry before a number that has one; None if there is none."""
    for text in connection.execute(_BEFORE, {"case": incident, "number": before}).scalars():
        said = json.loads(text)
        if said.get("suspended_until"):
            return date.fromisoformat(str(said["suspended_until"]))
    return None
