"""Roster: the posts of wardens on grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors import BadValue, PostExists, PostMissing, UnknownGrid, UnknownWarden, WardenLeft
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.services import rights
from gridconsole.store import ledger, people, places

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MAY_EDIT = frozenset({Role.CLERK, Role.SHIFT_LEADER})
"""Roles that keep the roster."""
RANKS = ("A", "B")
"""First and second warden of a grid (AB岗)."""


def assign(office: Office, actor: Actor, warden_id: int, grid_id: int, rank: str = "A", duty: str = "") -> None:
    """Put a warden on a grid from today.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostExists: the warden is on that grid already.
        UnknownWarden, UnknownGrid: no such person or grid.
        WardenLeft: the warden is no longer in service.
        BadValue: the rank is neither A nor B.
    """
    _check_role(office, actor)
    if rank not in RANKS:
        raise BadValue(what="rank", value=rank, expected="/".join(RANKS))
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        if warden.has_left(office.today()):
            raise WardenLeft(warden=warden.name, day=warden.left_on)
        if (warden_id, grid_id) in people.live_posts(connection):
            raise PostExists(warden=warden.name, grid=grid.name)
        key = people.start_post(connection, warden_id, grid_id=grid_id, rank=rank, duty=clean_line(duty, 200), day=office.today())
        _record(
            connection,
            office,
            actor=actor,
            key=key,
            action="post_start",
            facts={"warden_id": warden_id, "grid_id": grid_id, "rank": rank},
        )


def remove(office: Office, actor: Actor, warden_id: int, grid_id: int) -> None:
    """Take a warden off a grid as of today; the post stays in history.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the warden is not on that grid.
    """
    _check_role(office, actor)
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        key = people.end_post(connection, warden_id, grid_id, office.today())
        if key is None:
            raise PostMissing(warden=warden.name, grid=grid.name)
        _record(connection, office, actor=actor, key=key, action="post_end", facts={"warden_id": warden_id, "grid_id": grid_id})


def _check_role(office: Office, actor: Actor) -> None:
    rights.check(office, actor, "roster", MAY_EDIT)


def _named(connection: Transaction, office: Office, warden_id: int, grid_id: int) -> tuple[people.WardenRow, places.GridRow]:
    warden = people.warden(connection, warden_id, office.today())
    grid = places.grid(connection, grid_id, office.today())
    if warden is None:
        raise UnknownWarden(word=str(warden_id), near=[])
    if grid is None:
        raise UnknownGrid(word=str(grid_id), near=[])
    return warden, grid


def _record(connection: Transaction, office: Office, actor: Actor, key: int, action: str, facts: dict[str, object]) -> None:
    ledger.append(connection, office.id, [office.entry(actor, action, facts, about=("post", key))])
