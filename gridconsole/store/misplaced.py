"""Posts that do not fit the rest of the roster's book: what an undo must not bring about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.roster import DUTY_NAME_LENGTH, DUTY_SEPARATORS
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import instr, listed
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.roster import duty, employment, grid_version, post
from gridconsole.store.types import driver_of

_LAST_DAY = "9999-12-31"
_ALWAYS = word(_LAST_DAY)
_TWIN = post.alias("twin")


def _end(table: sa.FromClause) -> sa.ColumnElement[str]:
    return sa.func.coalesce(table.c.ends_on, _ALWAYS)


def _duty_name(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Return what :func:`gridconsole.domain.roster.duty_name` says of a post."""
    is_name = sa.func.length(table.c.duty) <= sa.literal_column(str(DUTY_NAME_LENGTH), sa.Integer)
    is_list = sa.or_(*(instr(table.c.duty, word(sign)) > _ZERO for sign in DUTY_SEPARATORS))
    return sa.case((table.c.duty.in_(sa.select(duty.c.title)), table.c.duty), (is_name & ~is_list, table.c.duty), else_=word(""))


_ZERO: sa.ColumnElement[int] = sa.literal_column("0", sa.Integer)
_IS_EMPLOYED_TO_THE_END = sa.exists().where(
    employment.c.person_id == post.c.person_id, employment.c.replaced_by.is_(None),
    sa.func.coalesce(employment.c.starts_on, word("")) < _end(post), _end(employment) >= _end(post),
)  # fmt: skip
_OF_GRID = (grid_version.c.grid_id == post.c.grid_id, grid_version.c.replaced_by.is_(None))
_GRID_IS_OVER = sa.exists().where(*_OF_GRID) & ~sa.exists().where(*_OF_GRID, _end(grid_version) >= _end(post))
_IS_TAKEN = sa.exists().where(
    _TWIN.c.grid_id == post.c.grid_id, _TWIN.c.replaced_by.is_(None), _TWIN.c.person_id != post.c.person_id,
    _TWIN.c.rank == post.c.rank, _duty_name(_TWIN) == _duty_name(post), _TWIN.c.starts_on < _end(post), post.c.starts_on < _end(_TWIN),
    _TWIN.c.starts_on < _end(_TWIN), _TWIN.c.recorded_by > sa.bindparam("since", type_=sa.BigInteger),
)  # fmt: skip
_MISPLACED = Direct(
    sa.union_all(
        *(
            sa.select(post.c.number, word(name).label("why"), _end(post).label("until")).where(
                post.c.person_id.in_(listed("people")), post.c.replaced_by.is_(None), post.c.starts_on < _end(post), condition
            )
            for name, condition in (("unemployed", ~_IS_EMPLOYED_TO_THE_END), ("closed", _GRID_IS_OVER), ("taken", _IS_TAKEN))
        )
    )
)


_GRID_ENDS = sa.select(sa.func.max(_end(grid_version))).where(
    grid_version.c.grid_id == sa.bindparam("grid", type_=sa.BigInteger), grid_version.c.replaced_by.is_(None)
)


def lasts(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Return whether the grid of a post is there on all the days that a row says."""
    end = connection.execute(_GRID_ENDS, {"grid": row["grid_id"]}).scalar()
    return end is None or str(end) >= (row["ends_on"] or _LAST_DAY)


Misplaced = Mapping[tuple[int, str], str]
"""Posts that do not fit the rest of the book, by number and reason, with the day they end before."""


def posts_of(connection: sa.Connection, people: Iterable[int], since: int) -> Misplaced:
    """Return the posts of people that do not fit the rest of the book.

    A post outlasts the employment (``unemployed``) or the grid (``closed``), or somebody else got its rank and duty (``taken``).

    Args:
        since: number of an entry; who had the rank by then does not count.
    """
    found = _MISPLACED.on(driver_of(connection), people=json.dumps(sorted(set(people))), since=since)
    return {(number, why): until for number, why, until in found}


def further(before: Misplaced, after: Misplaced) -> set[int]:
    """Return the posts that do not fit the book, or longer than before."""
    return {number for (number, why), until in after.items() if until > before.get((number, why), "")}
