"""Read the whole ledger, and the rows it speaks of, to verify them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.anchors import RESTORED, Restored, read_restored
from gridconsole.domain.ledger import Entry, StoredEntry
from gridconsole.domain.replay import BLANK, DIGESTS, REST, REST_ADDED, CaseRow, Replayed, rest_digest
from gridconsole.store.case_rest import ADDED_TEXT, BY_LEDGER_TEXT, REST_TEXT
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import greatest, instr
from gridconsole.store.ledger import WITH_PERSONAL, actor_text
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal, retired_case
from gridconsole.store.tables.office import hand_over
from gridconsole.store.tables.people import operator as operator_table
from gridconsole.store.tables.people import operator_seen
from gridconsole.store.types import driver_of

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_FIRST: sa.BindParameter[int] = sa.bindparam("first", type_=sa.BigInteger)
_LAST: sa.BindParameter[int] = sa.bindparam("last", type_=sa.BigInteger)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OF_OFFICE = ledger.c.office_id == _OFFICE
_ALL = Direct(
    sa.select(
        *some(ledger, "seq at operator_id operator axis door subject_kind subject_id action facts digest request_id prev hash"),
        *some(ledger_personal, "salt body"),
    )
    .select_from(WITH_PERSONAL)
    .where(_OF_OFFICE, ledger.c.seq.between(_FIRST, _LAST))
    .order_by(ledger.c.seq)
)
_FIRST_POSSIBLE, _LAST_POSSIBLE = -(1 << 63), (1 << 63) - 1


def stored_entries(
    connection: sa.Connection, office: int, first: int = _FIRST_POSSIBLE, last: int = _LAST_POSSIBLE
) -> Iterator[StoredEntry]:
    """Yield the whole chain or a range of it, in order, streamed."""
    # Straight from the driver, by position: of the time of verifying an entry, rows by name took a third.
    found = _ALL.on(driver_of(connection), office=office, first=first, last=last)
    for (
        seq,
        at,
        operator_id,
        operator,
        axis,
        origin,
        kind,
        key,
        action,
        facts,
        digest,
        request_id,
        prev,
        hashed,
        salt,
        body,
    ) in found:
        actor = actor_text(operator_id, operator, axis, origin, request_id)
        yield StoredEntry(Entry(seq, at, actor, f"{kind}:{key}", action, facts, digest, prev), hashed, salt, body)


_RESTORED = (
    sa.select(ledger.c.at, ledger.c.facts)
    .where(
        _OF_OFFICE,
        ledger.c.subject_kind == word("office"),
        ledger.c.subject_id == _OFFICE,
        ledger.c.action == sa.bindparam("action"),
    )
    .order_by(ledger.c.seq)
)
_HIGHEST_KNOWN = sa.select(
    greatest(
        sa.func.coalesce(sa.select(sa.func.max(hand_over.c.seq)).where(hand_over.c.office_id == _OFFICE).scalar_subquery(), 0),
        sa.func.coalesce(
            sa.select(sa.func.max(operator_seen.c.left_seq))
            .join(operator_table, operator_table.c.id == operator_seen.c.operator_id)
            .where(operator_table.c.office_id == _OFFICE)
            .scalar_subquery(),
            0,
        ),
    )
)


def restorations(connection: sa.Connection, office: int) -> tuple[Restored, ...]:
    """Return the restorations of backups, oldest first."""
    found = connection.execute(_RESTORED, {"office": office, "action": RESTORED})
    read = (read_restored(row.at, row.facts) for row in found)
    return tuple(one for one in read if one is not None)


def highest_known(connection: sa.Connection, office: int) -> int:
    """Return the highest entry number that other tables refer to: handovers, and the presence of operators."""
    return int(connection.execute(_HIGHEST_KNOWN, {"office": office}).scalar_one())


_CASE_COUNT = sa.select(sa.func.count()).select_from(incident).where(incident.c.office_id == _OFFICE)


def case_count(connection: sa.Connection, office: int) -> int:
    """Return how many cases an office has."""
    return int(connection.execute(_CASE_COUNT, {"office": office}).scalar_one())


_NUMBER = sa.select(incident.c.number).where(incident.c.id == sa.bindparam("case"))


def number_of(connection: sa.Connection, case: int) -> str:
    """Return the number of a case."""
    return str(connection.execute(_NUMBER, {"case": case}).scalar_one())


_TEXTS = {
    "text": "text", "summary": "summary", "address": "address", "reporter": "reporter_name", "phone": "reporter_phone",
}  # fmt: skip
"""Columns of the report's texts, by the names that a case's first entry uses."""
_CASES = Direct(
    sa.select(
        *some(incident, "id number version"),
        REST_TEXT.label(REST),
        ADDED_TEXT.label(REST_ADDED),
        BY_LEDGER_TEXT.label("by_ledger"),
        *(incident.c[name] for name in (*_TEXTS.values(), *BLANK)),
    )
    .where(incident.c.office_id == _OFFICE)
    .order_by(incident.c.id)
)
_HAS_TEXTS = ledger.c.action.in_([word(Action.REPORT.value), word(Action.ARCHIVE.value)])
_CASE_ENTRIES = Direct(
    sa.select(*some(ledger, "subject_id at facts"), ledger_personal.c.body, ledger.c.seq)
    .select_from(
        ledger.outerjoin(
            ledger_personal,
            sa.and_(_HAS_TEXTS, ledger_personal.c.office_id == ledger.c.office_id, ledger_personal.c.seq == ledger.c.seq),
        )
    )
    .where(_OF_OFFICE, ledger.c.subject_kind == word("incident"))
    .order_by(ledger.c.subject_id, ledger.c.seq)
)


def case_rows(connection: sa.Connection, office: int) -> Iterator[CaseRow]:
    """Yield every case as stored in its row, by key, streamed."""
    for key, number, version, rest, added, by_ledger, *values in _CASES.on(driver_of(connection), office=office):
        texts, columns = values[: len(_TEXTS)], values[len(_TEXTS) :]
        # Flags of the rules are stored as 0 or 1, which equal False and True.
        columns_read = dict(zip(BLANK, columns, strict=True))
        yield CaseRow(
            id=key,
            number=number,
            version=version,
            columns=columns_read,
            rest=rest_digest(rest),
            rest_added=rest_digest(added),
            by_ledger=rest_digest(by_ledger),
            texts=dict(zip(_TEXTS, texts, strict=True)),
        )


def notified_of_cases(connection: sa.Connection, office: int) -> Iterator[Replayed]:
    """Yield every entry about a case, by case and then in the order of the ledger, streamed."""
    yield from map(Replayed._make, _CASE_ENTRIES.on(driver_of(connection), office=office))


_MARK: sa.BindParameter[str] = sa.bindparam("mark", type_=sa.Text)
_FIRST_DIGEST = (
    sa.select(ledger.c.seq)
    .where(_OF_OFFICE, ledger.c.subject_kind == word("incident"), instr(ledger.c.facts, _MARK) > 0)
    .order_by(ledger.c.seq)
    .limit(_ONE)
)
_KEPT_DIGEST = sa.select(
    sa.exists(
        sa.select(retired_case.c.incident_id)
        .join(incident, incident.c.id == retired_case.c.incident_id)
        .where(incident.c.office_id == _OFFICE, instr(retired_case.c.facts, _MARK) > 0)
    )
)


def first_digests(connection: sa.Connection, office: int) -> dict[str, int]:
    """Return the numbers of the first entries with each state digest, by its fact key; 0 if one is in an archived year."""
    found: dict[str, int] = {}
    for digest in DIGESTS:
        values = {"office": office, "mark": f'"{digest}":"'}
        first = 0 if connection.execute(_KEPT_DIGEST, values).scalar_one() else connection.execute(_FIRST_DIGEST, values).scalar()
        if first is not None:
            found[digest] = int(first)
    return found
