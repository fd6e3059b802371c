"""Read entries of the ledger for people: the history of a subject, and lists by condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.text import masked_personal
from gridconsole.domain.views.ledger import LedgerLine, TimelineEntry
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.entries import COMMON_ACTIONS
from gridconsole.store.ledger import WITH_PERSONAL, moment_in, said_in
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal
from gridconsole.store.tables.people import operator as operator_table
from gridconsole.store.types import decoded, instant, stamp, stamp_or_none

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_MOST: sa.BindParameter[int] = sa.bindparam("most", type_=sa.BigInteger)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OF_OFFICE = ledger.c.office_id == _OFFICE
_TIMELINE = (
    sa.select(*some(ledger, "seq at operator door action facts"), ledger_personal.c.body)
    .select_from(WITH_PERSONAL)
    .where(
        ledger.c.subject_kind.in_([sa.bindparam("kind"), sa.bindparam("also")]),
        ledger.c.subject_id == sa.bindparam("subject", type_=sa.BigInteger),
    )
    .order_by(ledger.c.seq)
)


def timeline(connection: sa.Connection, subject_kind: str, subject_id: int, also: str = "") -> tuple[TimelineEntry, ...]:
    """Return the entries about a subject, oldest first.

    Args:
        also: another kind of subject with the same key whose entries are included.
    """
    found = connection.execute(_TIMELINE, {"kind": subject_kind, "subject": subject_id, "also": also})
    return tuple(
        TimelineEntry(
            seq=row.seq,
            at=instant(row.at),
            operator=row.operator,
            origin=row.door,
            action=row.action,
            facts=decoded(row.facts, "ledger.facts"),
            personal=decoded(row.body, "ledger.body") if row.body else {},
        )
        for row in found
    )


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Conditions for reading entries; None means any."""

    case: str | None = None
    """Number of the entries' case."""
    operator: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """End of the period, excluded."""


ABOUT_CASES = ("incident", "denial", "waiver", "privacy", "escalation")
"""Subject kinds of entries whose key is that of a case; only those of ``incident`` count as versions of the case."""
IS_ABOUT_CASE = ledger.c.subject_kind.in_([word(kind) for kind in ABOUT_CASES])
_LINE = sa.select(
    *some(ledger, "seq at operator axis door action facts hash prev digest"),
    sa.func.coalesce(
        incident.c.number, ledger.c.subject_kind + sa.literal_column("':'", sa.Text) + sa.cast(ledger.c.subject_id, sa.Text)
    ).label("subject"),
    ledger_personal.c.body,
    sa.func.coalesce(incident.c.reporter_name, "").label("reporter"),
).select_from(WITH_PERSONAL.outerjoin(incident, sa.and_(IS_ABOUT_CASE, incident.c.id == ledger.c.subject_id)))
_WALKED, _SOUGHT = _OF_OFFICE, by_no_index(ledger.c.office_id) == _OFFICE
"""Condition for walking back from the newest entry, and for finding few entries by another index: the chain's own index stays out of
the plan."""
_case, _NAME = incident.alias("wanted"), sa.bindparam("operator", type_=sa.Text)
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "case": IS_ABOUT_CASE
    & (
        ledger.c.subject_id
        == sa.select(_case.c.id).where(_case.c.office_id == _OFFICE, _case.c.number == sa.bindparam("case")).scalar_subquery()
    ),
    # An account keeps its name, so that the key of the account finds its entries; the program has no account.
    "operator": ledger.c.operator_id.is_not_distinct_from(
        sa.select(operator_table.c.id)
        .where(operator_table.c.office_id == _OFFICE, operator_table.c.name == _NAME)
        .scalar_subquery()
    )
    & (ledger.c.operator == _NAME),
    "action": ledger.c.action == sa.bindparam("action"),
    "since": ledger.c.at >= sa.bindparam("since"),
    "until": ledger.c.at < sa.bindparam("until"),
}
IS_RARE = ledger.c.action.not_in([word(action) for action in COMMON_ACTIONS])
"""Condition of the index of rare actions, in its very words: otherwise it is not used."""
_OF_KIND = _LINE.where(
    _SOUGHT, ledger.c.subject_kind == sa.bindparam("kind"), _CONDITIONS["since"], _CONDITIONS["until"]
).order_by(ledger.c.seq)


def lines(connection: sa.Connection, office: int, wanted: LedgerQuery, most: int, *, masked: bool = True) -> Iterator[LedgerLine]:
    """Yield the newest entries that meet the conditions, newest first, streamed; personal texts are masked by default."""
    values = {"office": office, "most": most, "case": wanted.case, "operator": wanted.operator, "action": wanted.action,
              "since": stamp_or_none(wanted.since), "until": stamp_or_none(wanted.until)}  # fmt: skip
    conditions = [condition for name, condition in _CONDITIONS.items() if values[name] is not None]
    is_rare = wanted.action is not None and wanted.action not in COMMON_ACTIONS
    if is_rare:
        conditions.append(IS_RARE)
    is_short = bool(wanted.since or wanted.until) and _is_short(connection, values)
    is_sought = is_short or is_rare or wanted.case is not None or wanted.operator is not None
    order = by_no_index(ledger.c.seq) if is_short or wanted.case is not None else ledger.c.seq
    query = _LINE.where(_SOUGHT if is_sought else _WALKED, *conditions).order_by(order.desc()).limit(_MOST)
    for row in connection.execution_options(yield_per=2000).execute(query, values):
        yield _line(row, masked=masked)


_SHORT = 10_000
"""Entries of a period that are read by its index. In a longer one, the newest that fit are found sooner by walking back."""


def _is_short(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    period = [_CONDITIONS[name] for name in ("since", "until") if values[name] is not None]
    within = sa.select(_ONE).select_from(ledger).where(_SOUGHT, *period).limit(_MOST).subquery()
    found = connection.execute(sa.select(sa.func.count()).select_from(within), {**values, "most": _SHORT + 1}).scalar_one()
    return int(found) <= _SHORT


def lines_of_kind(connection: sa.Connection, office: int, kind: str, since: datetime, until: datetime) -> tuple[LedgerLine, ...]:
    """Return the entries about one kind of subject between two instants, the end excluded, oldest first; texts are masked."""
    values = {"office": office, "kind": kind, "since": stamp(since), "until": stamp(until)}
    return tuple(map(_line, connection.execute(_OF_KIND, values)))


def _line(row: Any, *, masked: bool = True) -> LedgerLine:
    return LedgerLine(
        seq=row.seq,
        at=moment_in(row.at),
        operator=row.operator,
        axis=row.axis,
        origin=row.door,
        subject=row.subject,
        action=row.action,
        facts=said_in(row.facts),
        personal=_words_of(row.body, row.reporter, masked=masked),
        hash=row.hash.hex(),
        prev=row.prev.hex(),
        digest=row.digest.hex() if row.digest is not None else None,
    )


def _words_of(body: str | None, reporter: str, *, masked: bool) -> dict[str, str]:
    said = {str(name): value if isinstance(value, str) else str(value) for name, value in said_in(body).items()} if body else {}
    return masked_personal(said, reporter) if masked else said
