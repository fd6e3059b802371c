"""Wardens, posts and units, and the facts that ranking needs about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.catalogue import CategoryKind
from gridconsole.domain.parties import Handler, HandlerKind
from gridconsole.domain.ranking import Duty, HandlerFacts, Post
from gridconsole.domain.text import mask_phone
from gridconsole.store.types import coded, day_or_none, stamp


@dataclass(frozen=True, slots=True)
class WardenRow:
    """A warden in the roster; the phone is masked."""

    id: int
    code: str
    name: str
    phone: str
    employment: str
    workstation: str
    duty: str
    joined_on: date | None
    left_on: date | None
    initials: str
    posts: int
    """Number of grids with a post today."""
    open_cases: int
    on_leave: bool

    def has_left(self, today: date) -> bool:
        """Return whether the warden is no longer in service."""
        return self.left_on is not None and self.left_on <= today


_LIVE_POST = "p.starts_on <= :today AND (p.ends_on IS NULL OR p.ends_on > :today)"
_WARDENS = (
    "SELECT w.*, (SELECT count(*) FROM post p WHERE p.warden_id = w.id AND " + _LIVE_POST + ") AS posts,"
    " (SELECT count(*) FROM incident i WHERE i.handler_kind = 'warden' AND i.handler_id = w.id AND i.closed_at IS NULL)"
    " AS open_cases, EXISTS (SELECT 1 FROM leave l WHERE l.warden_id = w.id AND l.first_day <= :today AND l.last_day >= :today)"
    " AS on_leave FROM warden w"
)
_ALL_WARDENS = sa.text(_WARDENS + " ORDER BY w.code")
_ONE_WARDEN = sa.text(_WARDENS + " WHERE w.id = :id")


def wardens(connection: sa.Connection, today: date) -> tuple[WardenRow, ...]:
    """Return the whole roster, by code."""
    return tuple(map(_warden, connection.execute(_ALL_WARDENS, {"today": today.isoformat()})))


def warden(connection: sa.Connection, key: int, today: date) -> WardenRow | None:
    """Return a warden; None if there is none with this key."""
    row = connection.execute(_ONE_WARDEN, {"id": key, "today": today.isoformat()}).first()
    return None if row is None else _warden(row)


def _warden(row: Any) -> WardenRow:
    return WardenRow(
        id=row.id,
        code=row.code,
        name=row.name,
        phone=mask_phone(row.phone),
        employment=row.employment,
        workstation=row.workstation,
        duty=row.duty,
        joined_on=day_or_none(row.joined_on),
        left_on=day_or_none(row.left_on),
        initials=row.initials,
        posts=row.posts,
        open_cases=row.open_cases,
        on_leave=bool(row.on_leave),
    )


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post with the names of its warden and its grid."""

    id: int
    warden_id: int
    warden: str
    grid_id: int
    grid_code: str
    grid: str
    rank: str
    duty: str
    starts_on: date
    ends_on: date | None


_POSTS = (
    "SELECT p.id, p.warden_id, w.name AS warden, p.grid_id, g.code AS grid_code, g.name AS grid, p.rank, p.duty, p.starts_on,"
    " p.ends_on FROM post p JOIN warden w ON w.id = p.warden_id JOIN grid g ON g.id = p.grid_id WHERE "
)
_POSTS_OF_WARDEN = sa.text(_POSTS + "p.warden_id = :key ORDER BY p.ends_on IS NOT NULL, g.code")
_POSTS_OF_GRID = sa.text(_POSTS + "p.grid_id = :key ORDER BY p.ends_on IS NOT NULL, p.rank, w.code")


def posts_of_warden(connection: sa.Connection, warden_id: int) -> tuple[PostRow, ...]:
    """Return the posts of a warden, present ones first, then past ones."""
    return tuple(map(_post, connection.execute(_POSTS_OF_WARDEN, {"key": warden_id})))


def posts_of_grid(connection: sa.Connection, grid_id: int) -> tuple[PostRow, ...]:
    """Return the posts on a grid, present ones first, then past ones."""
    return tuple(map(_post, connection.execute(_POSTS_OF_GRID, {"key": grid_id})))


def _post(row: Any) -> PostRow:
    return PostRow(
        id=row.id,
        warden_id=row.warden_id,
        warden=row.warden,
        grid_id=row.grid_id,
        grid_code=row.grid_code,
        grid=row.grid,
        rank=row.rank,
        duty=row.duty,
        starts_on=date.fromisoformat(row.starts_on),
        ends_on=day_or_none(row.ends_on),
    )


_START_POST = sa.text(
    "INSERT INTO post (warden_id, grid_id, rank, duty, starts_on, batch_id) VALUES (:warden, :grid, :rank, :duty, :day, :batch)"
    " RETURNING id"
)
_END_POST = sa.text(
    "UPDATE post SET ends_on = :day WHERE warden_id = :warden AND grid_id = :grid AND ends_on IS NULL RETURNING id"
)
_LIVE_POSTS = sa.text("SELECT id, warden_id, grid_id, rank, duty FROM post WHERE ends_on IS NULL")


def start_post(
    connection: sa.Connection, warden_id: int, grid_id: int, rank: str, duty: str, day: date, batch: int | None = None
) -> int:
    """Give a warden a post on a grid; return its key."""
    values = {"warden": warden_id, "grid": grid_id, "rank": rank, "duty": duty, "day": day.isoformat(), "batch": batch}
    return int(connection.execute(_START_POST, values).scalar_one())


def end_post(connection: sa.Connection, warden_id: int, grid_id: int, day: date) -> int | None:
    """End a warden's post on a grid; it stays in history. Returns None if there was none."""
    row = connection.execute(_END_POST, {"warden": warden_id, "grid": grid_id, "day": day.isoformat()}).first()
    return None if row is None else int(row.id)


_SET_RANK = sa.text("UPDATE post SET rank = :rank WHERE warden_id = :warden AND grid_id = :grid AND ends_on IS NULL RETURNING id")


def set_rank(connection: sa.Connection, warden_id: int, grid_id: int, rank: str) -> int | None:
    """Set the rank of a warden's post on a grid (A or B); return None if there is no such post."""
    row = connection.execute(_SET_RANK, {"warden": warden_id, "grid": grid_id, "rank": rank}).first()
    return None if row is None else int(row.id)


def live_posts(connection: sa.Connection) -> dict[tuple[int, int], str]:
    """Return the rank by (warden, grid) of every post without an end."""
    return {(row.warden_id, row.grid_id): row.rank for row in connection.execute(_LIVE_POSTS)}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """An organisation unit."""

    id: int
    code: str
    name: str
    kind: str
    all_day: bool
    initials: str

    active: bool


_UNITS = sa.text("SELECT id, code, name, kind, all_day, initials, active FROM unit ORDER BY code")


def units(connection: sa.Connection) -> tuple[UnitRow, ...]:
    """Return every active unit."""
    return tuple(unit for unit in _every_unit(connection) if unit.active)


def _every_unit(connection: sa.Connection) -> tuple[UnitRow, ...]:
    return tuple(
        UnitRow(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            all_day=bool(row.all_day),
            initials=row.initials,
            active=bool(row.active),
        )
        for row in connection.execute(_UNITS)
    )


_DUTIES = sa.text("SELECT unit_id, kind, major_code, minor_code, is_primary FROM responsibility")
_UNIT_AREAS = sa.text("SELECT ua.unit_id, a.code FROM unit_area ua JOIN area a ON a.id = ua.area_id ORDER BY a.code")
_LOADS = sa.text(
    "SELECT handler_kind, handler_id, count(*) AS load FROM incident WHERE closed_at IS NULL AND state = 'handling'"
    " AND handler_kind IS NOT NULL GROUP BY handler_kind, handler_id"
)
_RATES = sa.text(
    "SELECT handler_kind, handler_id, 1.0 - avg(late) AS rate FROM assignment WHERE started_at >= :since AND late IS NOT NULL"
    " AND role = 'primary' AND incident_id NOT IN (SELECT id FROM incident WHERE appeal = 'upheld') GROUP BY handler_kind, handler_id"
)
_POSTED = (
    "SELECT w.id, w.code, w.name, w.left_on, p.rank, p.grid_id, EXISTS (SELECT 1 FROM leave l WHERE l.warden_id = w.id AND"
    " l.first_day <= :today AND l.last_day >= :today) AS on_leave FROM "
)
_GRID_WARDENS = sa.text(
    _POSTED + "post p JOIN warden w ON w.id = p.warden_id WHERE p.grid_id = :grid AND " + _LIVE_POST + " ORDER BY w.code"
)
_NAMED_WARDEN = sa.text(
    _POSTED + "warden w LEFT JOIN post p ON p.warden_id = w.id AND p.grid_id = :grid AND " + _LIVE_POST + " WHERE w.id = :id"
)
SUBDISTRICT_OFFICE = "subdistrict_office"


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Facts of units without their loads; they change only with the register."""

    facts: tuple[HandlerFacts, ...]
    all_day: frozenset[int]


def unit_facts(connection: sa.Connection) -> UnitFacts:
    """Return units with their responsibilities in each area they serve; a dissolved unit is included and counts as having left."""
    areas: dict[int, list[str]] = {}
    for row in connection.execute(_UNIT_AREAS):
        areas.setdefault(row.unit_id, []).append(row.code)
    duties: dict[int, list[Duty]] = {}
    for row in connection.execute(_DUTIES):
        for code in areas.get(row.unit_id, [""]):
            duties.setdefault(row.unit_id, []).append(
                Duty(
                    coded(CategoryKind, row.kind, "responsibility.kind"),
                    row.major_code,
                    row.minor_code or None,
                    code or None,
                    bool(row.is_primary),
                )
            )
    found = _every_unit(connection)
    facts = tuple(
        HandlerFacts(
            Handler(HandlerKind.UNIT, unit.id, unit.name),
            unit.code,
            tuple(duties.get(unit.id, ())),
            area_code=next(iter(areas.get(unit.id, ())), None),
            is_territorial_office=unit.kind == SUBDISTRICT_OFFICE,
            left=not unit.active,
        )
        for unit in found
    )
    return UnitFacts(facts, frozenset(unit.id for unit in found if unit.all_day))


@dataclass(frozen=True, slots=True)
class Workload:
    """Open handlings and on-time rates, by (kind, key)."""

    loads: dict[tuple[str, int], int]
    rates: dict[tuple[str, int], float]


NO_LOAD = Workload({}, {})


def workload(connection: sa.Connection, now: datetime) -> Workload:
    """Return the present loads, and the on-time rates of the last 90 days."""
    since = {"since": stamp(now - timedelta(days=90))}
    return Workload(
        {(row.handler_kind, row.handler_id): row.load for row in connection.execute(_LOADS)},
        {(row.handler_kind, row.handler_id): row.rate for row in connection.execute(_RATES, since)},
    )


def grid_wardens(connection: sa.Connection, grid_id: int, today: date) -> Sequence[HandlerFacts]:
    """Return the wardens posted on a grid, with whether they left or are on leave."""
    values = {"grid": grid_id, "today": today.isoformat()}
    return [_warden_facts(row, today) for row in connection.execute(_GRID_WARDENS, values)]


def named_warden(connection: sa.Connection, key: int, grid_id: int | None, today: date) -> HandlerFacts | None:
    """Return a warden as a possible handler of a case on a grid, posted there or not."""
    row = connection.execute(_NAMED_WARDEN, {"id": key, "grid": grid_id, "today": today.isoformat()}).first()
    return None if row is None else _warden_facts(row, today)


def _warden_facts(row: Any, today: date) -> HandlerFacts:
    return HandlerFacts(
        Handler(HandlerKind.WARDEN, row.id, row.name),
        row.code,
        posts=(Post(row.grid_id, row.rank),) if row.grid_id is not None else (),
        left=row.left_on is not None and row.left_on <= today.isoformat(),
        on_leave=bool(row.on_leave),
    )
