"""Pairs of cases: candidates for being a duplicate of a report, and the judgements of pairs.

A search never reads all cases. It reads blocks through an index: the reports of one community within some days, or those of a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TextualSelect

from gridconsole.domain.duplicates import TEXT_LENGTH, ComparedCase, PairVerdict, matter
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import State
from gridconsole.domain.text import mask_name, mask_phone
from gridconsole.domain.views.cases import Follower, Link
from gridconsole.store.types import coded, instant, rows_query, stamp

BLOCK = 1_000
"""Most reports of a block that are read before and after an instant, nearest in time first. A community has at most a few hundred
in a week. In a whole office this many cover some days; further apart, a report without a place hardly reaches the threshold."""
CALLS = 200
"""The same for reports of one phone: only a shared switchboard has so many calls within some days, never a person."""
_COLUMNS = (
    "i.id, i.number, i.reported_at, i.grid_id, i.area_id, a.parent_id, i.category_id, c.kind, c.major_code, i.reporter_phone,"
    f" i.address, substr(i.text, 1, {2 * TEXT_LENGTH}) AS text"
)
_NAMES = "id number reported_at grid_id area_id parent_id category_id kind major_code reporter_phone address text"
_FROM = " FROM incident i LEFT JOIN area a ON a.id = i.area_id LEFT JOIN category c ON c.id = i.category_id"
_ONE = rows_query(f"SELECT {_COLUMNS}{_FROM} WHERE i.office_id = :office AND i.number = :number", _NAMES)
# A case withdrawn with its import no longer counts as a report.
_STANDING = " AND i.state <> 'voided' AND i.id <> :id"
_BEFORE = f" AND i.reported_at BETWEEN :first AND :at{_STANDING} ORDER BY i.reported_at DESC"
_AFTER = f" AND i.reported_at > :at AND i.reported_at <= :last{_STANDING} ORDER BY i.reported_at"
# An expression that no index covers: otherwise SQLite uses the index of the whole office's reports by time.
_OFFICE = "i.office_id + 0 = :office"


def _around(condition: str, most: int = BLOCK) -> TextualSelect:
    """Return a query for the reports of a block on both sides of an instant, the nearest first on each side."""
    sides = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {_COLUMNS}{_FROM} WHERE {condition}{side} LIMIT {most})" for side in (_BEFORE, _AFTER)
    )
    return rows_query(sides, _NAMES)


_NEAR = _around(
    f"{_OFFICE} AND i.area_id IN (SELECT :area UNION SELECT parent_id FROM area WHERE id = :area AND parent_id IS NOT NULL"
    " UNION SELECT id FROM area WHERE parent_id = :area)"
)
_NOWHERE = _around(f"{_OFFICE} AND i.area_id IS NULL")
_ANYWHERE = _around("i.office_id = :office")
_OF_PHONE = _around(f"{_OFFICE} AND i.reporter_phone = :phone AND i.reporter_phone <> ''", CALLS)


@dataclass(frozen=True, slots=True)
class Placed:
    """A report to find duplicates of, with the values that select its block."""

    id: int
    matter: ComparedCase
    phone: str
    """Phone as stored."""


def placed(connection: sa.Connection, office: int, number: str) -> Placed | None:
    """Return a report ready for comparing; None if there is no such case."""
    row = connection.execute(_ONE, {"office": office, "number": number}).first()
    return None if row is None else Placed(row.id, _matter(row), row.reporter_phone)


def block(connection: sa.Connection, office: int, one: Placed, window: timedelta) -> Mapping[int, ComparedCase]:
    """Return every report in the window that could be the same matter, by key: of the community, without a place, or of the phone.

    If the report itself has no place yet, the reports of the whole office that are nearest in time are taken.
    """
    at = one.matter.reported_at
    values: dict[str, Any] = {"office": office, "id": one.id, "first": stamp(at - window), "at": stamp(at), "last": stamp(at + window),
                              "area": one.matter.area_id, "phone": one.phone}  # fmt: skip
    queries = [_ANYWHERE] if one.matter.area_id is None else [_NEAR, _NOWHERE]
    # Hundreds of people share a service number, so its cases are not a block.
    queries += [_OF_PHONE] if one.matter.phone else []
    found: dict[int, ComparedCase] = {}
    for query in queries:
        for row in connection.execute(query, values):
            if row.id not in found:
                found[row.id] = _matter(row)
    return found


def _matter(row: Any) -> ComparedCase:
    return matter(
        row.number, instant(row.reported_at), row.text, row.address, row.reporter_phone, grid_id=row.grid_id, area_id=row.area_id,
        parent_area_id=row.parent_id, category_id=row.category_id, major=f"{row.kind}{row.major_code}" if row.kind else "",
    )  # fmt: skip


# --- judgements of pairs ----------------------------------------------------------------------------------------


_LINKS = sa.text(
    "SELECT o.id, o.number, l.verdict, l.judged_at, l.judged_name FROM (SELECT second_id AS other, verdict, judged_at, judged_name"
    " FROM case_link WHERE first_id = :id UNION ALL SELECT first_id, verdict, judged_at, judged_name FROM case_link WHERE second_id = :id) l"
    " JOIN incident o ON o.id = l.other JOIN incident m ON m.id = :id"
    # A merge overrides earlier judgements, which become visible again once the two cases are separated.
    " WHERE o.merged_into IS NOT m.number AND m.merged_into IS NOT o.number ORDER BY o.id"
)
_JUDGE = sa.text(
    "INSERT INTO case_link (first_id, second_id, verdict, judged_at, judged_by, judged_name) VALUES (:first, :second, :verdict, :at, :by, :name)"
    " ON CONFLICT (first_id, second_id) DO UPDATE SET verdict = excluded.verdict, judged_at = excluded.judged_at,"
    " judged_by = excluded.judged_by, judged_name = excluded.judged_name RETURNING id"
)


def links(connection: sa.Connection, incident: int) -> tuple[Link, ...]:
    """Return the judgements of a case and other cases, without pairs that are merged now."""
    found = connection.execute(_LINKS, {"id": incident})
    return tuple(
        Link(row.id, row.number, coded(PairVerdict, row.verdict, "link.verdict"), instant(row.judged_at), row.judged_name)
        for row in found
    )


def judge(connection: sa.Connection, pair: tuple[int, int], verdict: PairVerdict, actor: Actor, at: datetime) -> int:
    """Store the latest judgement of a pair, in either order of the two cases; return the key of the pair."""
    first, second = sorted(pair)
    values = {"first": first, "second": second, "verdict": verdict.value, "at": stamp(at), "by": actor.id, "name": actor.name}
    return int(connection.execute(_JUDGE, values).scalar_one())


# --- merged cases -----------------------------------------------------------------------------------------------


_FOLLOWERS = sa.text(
    "SELECT number, state, reporter_name, reporter_phone, reported_at FROM incident WHERE office_id = :office AND merged_into = :number"
    " ORDER BY id"
)


def followers(connection: sa.Connection, office: int, number: str) -> tuple[Follower, ...]:
    """Return the cases merged into a case, oldest first, with masked reporters."""
    return tuple(
        Follower(
            row.number,
            coded(State, row.state, "link.state"),
            mask_name(row.reporter_name),
            mask_phone(row.reporter_phone),
            instant(row.reported_at),
        )
        for row in connection.execute(_FOLLOWERS, {"office": office, "number": number})
    )


class Unmasked(NamedTuple):
    """Fields of a case that are normally masked; used only for comparing two cases, never for display."""

    reporter: str
    phone: str
    address: str
    text: str


_UNMASKED = sa.text("SELECT reporter_name, reporter_phone, address, text FROM incident WHERE id = :id")


def unmasked(connection: sa.Connection, incident: int) -> Unmasked:
    """Return the unmasked fields of a case."""
    row = connection.execute(_UNMASKED, {"id": incident}).one()
    return Unmasked(row.reporter_name, row.reporter_phone, row.address, row.text)


_LEADS = sa.text("SELECT id, merged_into FROM incident WHERE id IN :ids AND merged_into IS NOT NULL").bindparams(
    sa.bindparam("ids", expanding=True)
)


def leads(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, str]:
    """Return, for those of the given cases that are merged, the number of the leading case."""
    return {row.id: row.merged_into for row in connection.execute(_LEADS, {"ids": list(ids)})} if ids else {}
