"""Overview of the office as it is now (态势): what is open where, what came in today, who has it in hand, and who is there.

Live counts only: norms and scores need figures of the past, which this does not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.codes import Level
from gridconsole.domain.states import OFFICE, Role
from gridconsole.services import actors
from gridconsole.store import access, figures, people, places, queue, situation
from gridconsole.store.figures import UnitFigures
from gridconsole.store.queue import Counters
from gridconsole.store.situation import PlaceCount

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office

SIGNED_IN = timedelta(minutes=30)
"""Time since a terminal was used in which its operator counts as signed in."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A community."""

    area_id: int
    code: str
    name: str
    counts: PlaceCount
    reported: int = 0
    """Reports of today."""
    grids: int = 0
    wardens: int = 0
    """Wardens who have a post in it, have not left and are not on leave."""

    @property
    def load(self) -> float:
        """Return the open cases for each warden; all of them where nobody is there."""
        return self.counts.open / max(self.wardens, 1)


@dataclass(frozen=True, slots=True)
class Street:
    """A subdistrict with its communities, in the order of the codes."""

    name: str
    code: str
    counts: PlaceCount
    """Of its communities, and of the cases that name only the subdistrict."""
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Situation:
    """The office at one instant."""

    at: datetime
    streets: tuple[Street, ...]
    counters: Counters
    hours: tuple[int, ...] = ()
    """Reports of today by hour."""
    unplaced: int = 0
    """Open cases that name no community: they are on no tile."""
    units: tuple[UnitFigures, ...] = ()
    wardens_on_duty: int = 0
    wardens: int = 0
    present: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    """Names of the operators who are signed in, by role."""

    @property
    def open(self) -> int:
        """Return the open cases of the office."""
        return sum(self.counters.waiting.values())

    @property
    def late(self) -> int:
        """Return how many of them are overdue."""
        return sum(self.counters.overdue.values())

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Return every community."""
        return tuple(tile for street in self.streets for tile in street.tiles)


def numbers(office: Office) -> Counters:
    """Return how many cases wait in each state, and how many of them are overdue."""
    with office.database.reading() as connection:
        return queue.counters(connection, office.id, office.now(), office.midnight())


def read(office: Office) -> Situation:
    """Return the office as it is now, from one snapshot."""
    now = office.now()
    with office.database.reading() as connection:
        by_area = situation.by_area(connection, office.id, now)
        hours, reported = situation.reported_since(connection, office.id, office.midnight(), office.calendar.zone)
        areas = places.areas(connection)
        posted = places.wardens_by_area(connection, office.today())
        counters = queue.counters(connection, office.id, now, office.midnight())
        units = figures.units(connection, office.id, now)
        roster = people.wardens(connection, office.today())
        names = access.names_in_use(connection, office.id, now - SIGNED_IN)
    none = PlaceCount()
    streets = []
    for street in (area for area in areas if area.level is Level.SUBDISTRICT):
        tiles = tuple(
            Tile(one.id, one.code, one.name, by_area.get(one.id, none), reported[one.id], one.grids, posted.get(one.id, 0))
            for one in areas
            if one.parent_id == street.id and one.level is Level.COMMUNITY
        )
        counts = [tile.counts for tile in tiles] + [by_area.get(street.id, none)]
        total = PlaceCount(*(sum(getattr(one, name) for one in counts) for name in ("open", "late", "urgent")))
        streets.append(Street(street.name, street.code, total, tiles))
    staff = [warden for warden in roster if not warden.has_left(office.today())]
    opened = sum(counters.waiting.values())
    return Situation(
        at=now,
        streets=tuple(streets),
        counters=counters,
        hours=hours,
        unplaced=opened - sum(tile.counts.open for street in streets for tile in street.tiles),
        units=units,
        wardens_on_duty=sum(not warden.on_leave for warden in staff),
        wardens=len(staff),
        present=_present(office, frozenset(name for there in names.values() for name in there)),
    )


def _present(office: Office, names: frozenset[str]) -> dict[Role, tuple[str, ...]]:
    found: dict[Role, tuple[str, ...]] = {}
    for actor in actors.operators(office):
        for role in actor.roles & OFFICE if actor.name in names else ():
            found[role] = (*found.get(role, ()), actor.name)
    return found
