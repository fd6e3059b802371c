"""Teams and their members: rows, and what is asked about them by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.teams import Capacity
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.roster import DAY, in_service, times
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, grid
from gridconsole.store.tables.roster import roster_person, team, team_member
from gridconsole.store.types import coded, day_or_none


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team on a day."""

    id: int
    code: str
    name: str
    kind: str
    grid_id: int | None
    area_id: int | None
    place: str
    """Name of its grid or area; empty for the district."""
    above: str
    """Name of the area above an area of its own, as two communities may share a name; empty for a grid."""
    leader: str
    leader_id: int | None
    members: int
    """Named members of the day; people of the roster only while they are in service."""
    head_count: int | None
    """People besides, as volunteers are counted."""
    contact: str
    phone: str
    """Unmasked; a caller masks it."""
    starts_on: date | None
    ends_on: date | None
    initials: str

    @property
    def size(self) -> int:
        """Return how many people it has."""
        return self.members + (self.head_count or 0)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a team."""

    id: int
    team_id: int
    person_id: int | None
    code: str
    """Staff number; empty for an outsider."""
    name: str
    capacity: Capacity
    starts_on: date | None
    ends_on: date | None


def _valid(table: sa.Table) -> sa.ColumnElement[bool]:
    return (table.c.starts_on.is_(None) | (table.c.starts_on <= DAY)) & (table.c.ends_on.is_(None) | (table.c.ends_on > DAY))


_LEADER = roster_person.alias("leader")
_ABOVE = area.alias("above")
_IS_THERE = team_member.c.person_id.is_(None) | in_service(team_member.c.person_id)
_SIZE = sa.select(sa.func.count()).where(team_member.c.team_id == team.c.id, _valid(team_member), _IS_THERE).scalar_subquery()
_LINES = (
    sa.select(
        *some(team, "id code name kind grid_id area_id leader_id head_count contact phone starts_on ends_on initials"),
        sa.func.coalesce(grid.c.name, area.c.name, word("")).label("place"),
        sa.func.coalesce(_ABOVE.c.name, word("")).label("above"),
        sa.func.coalesce(_LEADER.c.name, word("")).label("leader"),
        _SIZE.label("members"),
    )
    .select_from(
        team.outerjoin(grid, grid.c.id == team.c.grid_id)
        .outerjoin(area, area.c.id == team.c.area_id)
        .outerjoin(_ABOVE, _ABOVE.c.id == area.c.parent_id)
        .outerjoin(_LEADER, _LEADER.c.id == team.c.leader_id)
    )
    .order_by(team.c.code)
)
_OF_DAY = _LINES.where(_valid(team))
_ONE = _LINES.where(team.c.id == sa.bindparam("team", type_=sa.BigInteger))
_GRID: sa.BindParameter[int] = sa.bindparam("of_grid", type_=sa.BigInteger)
_COMMUNITY = sa.select(grid.c.area_id).where(grid.c.id == _GRID).scalar_subquery()
_OF_GRID = _OF_DAY.where((team.c.grid_id == _GRID) | (team.c.area_id == _COMMUNITY))
_MEMBERS = (
    sa.select(
        *some(team_member, "id team_id person_id capacity starts_on ends_on"),
        sa.func.coalesce(roster_person.c.name, team_member.c.name).label("name"),
        sa.func.coalesce(roster_person.c.code, word("")).label("code"),
    )
    .select_from(team_member.outerjoin(roster_person, roster_person.c.id == team_member.c.person_id))
    .order_by(team_member.c.id)
)
_MEMBERS_OF = _MEMBERS.where(team_member.c.team_id == sa.bindparam("team", type_=sa.BigInteger), _valid(team_member), _IS_THERE)
_EVERY_MEMBER = _MEMBERS.where(_valid(team_member), _IS_THERE)


def _line(row: Any) -> TeamLine:
    return TeamLine(
        row.id, row.code, row.name, row.kind, row.grid_id, row.area_id, row.place, row.above, row.leader, row.leader_id, row.members, row.head_count,
        row.contact, row.phone, day_or_none(row.starts_on), day_or_none(row.ends_on), row.initials,
    )  # fmt: skip


def _member(row: Any) -> MemberLine:
    return MemberLine(
        row.id, row.team_id, row.person_id, row.code, row.name, coded(Capacity, row.capacity, "team_member.capacity"),
        day_or_none(row.starts_on), day_or_none(row.ends_on),
    )  # fmt: skip


def lines(connection: sa.Connection, day: date) -> tuple[TeamLine, ...]:
    """Return the teams of a day, by code."""
    return tuple(map(_line, connection.execute(_OF_DAY, times(day))))


def one(connection: sa.Connection, key: int, day: date) -> TeamLine | None:
    """Return a team, of any day, with its members of the day; None if there is none of this key."""
    row = connection.execute(_ONE, {"team": key, **times(day)}).first()
    return None if row is None else _line(row)


def of_grid(connection: sa.Connection, grid_id: int, day: date) -> tuple[TeamLine, ...]:
    """Return the teams of a grid on a day: its own, and those of its community."""
    return tuple(map(_line, connection.execute(_OF_GRID, {"of_grid": grid_id, **times(day)})))


def members(connection: sa.Connection, key: int, day: date) -> tuple[MemberLine, ...]:
    """Return the members of a team on a day."""
    return tuple(map(_member, connection.execute(_MEMBERS_OF, {"team": key, **times(day)})))


def every_member(connection: sa.Connection, day: date) -> tuple[MemberLine, ...]:
    """Return the members of every team on a day."""
    return tuple(map(_member, connection.execute(_EVERY_MEMBER, times(day))))


# --- writing ----------------------------------------------------------------------------------------------------

_PUT, _PUT_MEMBER = sa.insert(team), sa.insert(team_member)
_NEXT_TEAM = sa.select(sa.func.coalesce(sa.func.max(team.c.id), 0) + 1)
_NEXT_MEMBER = sa.select(sa.func.coalesce(sa.func.max(team_member.c.id), 0) + 1)
_CODES = sa.select(team.c.code)
_END = sa.update(team).where(team.c.id == sa.bindparam("row_key")).values(ends_on=sa.bindparam("day", type_=sa.Text))
_END_MEMBER = (
    sa.update(team_member).where(team_member.c.id == sa.bindparam("row_key")).values(ends_on=sa.bindparam("day", type_=sa.Text))
)
_MOVE = sa.update(team).where(team.c.id == sa.bindparam("row_key")).values(grid_id=sa.bindparam("into", type_=sa.BigInteger))
_IN_GRIDS = sa.select(*some(team, "id name grid_id")).where(team.c.grid_id.in_(listed("keys")), _valid(team)).order_by(team.c.id)


def next_team(connection: sa.Connection) -> int:
    """Return the first free key of a team; only inside a writing transaction."""
    return int(connection.execute(_NEXT_TEAM).scalar_one())


def next_member(connection: sa.Connection) -> int:
    """Return the first free key of a member; only inside a writing transaction."""
    return int(connection.execute(_NEXT_MEMBER).scalar_one())


def codes(connection: sa.Connection) -> frozenset[str]:
    """Return the codes of all teams, of any day."""
    return frozenset(row.code for row in connection.execute(_CODES))


def put(connection: sa.Connection, record: Mapping[str, Any]) -> None:
    """Add a team."""
    connection.execute(_PUT, dict(record))


def put_member(connection: sa.Connection, record: Mapping[str, Any]) -> None:
    """Add a member."""
    connection.execute(_PUT_MEMBER, dict(record))


def end(connection: sa.Connection, key: int, day: date) -> None:
    """End a team as of a day."""
    connection.execute(_END, {"row_key": key, "day": day.isoformat()})


def end_member(connection: sa.Connection, key: int, day: date) -> None:
    """End a membership as of a day."""
    connection.execute(_END_MEMBER, {"row_key": key, "day": day.isoformat()})


def in_grids(connection: sa.Connection, keys: str, day: date) -> list[tuple[int, str, int]]:
    """Return key, name and grid of the teams of some grids on a day.

    Args:
        keys: a JSON list of grids.
    """
    return [(row.id, row.name, row.grid_id) for row in connection.execute(_IN_GRIDS, {"keys": keys, **times(day)})]


def move(connection: sa.Connection, moves: Iterable[tuple[int, int]]) -> None:
    """Put teams into grids: key of the team, key of the grid."""
    rows = [{"row_key": key, "into": into} for key, into in moves]
    if rows:
        connection.execute(_MOVE, rows)
