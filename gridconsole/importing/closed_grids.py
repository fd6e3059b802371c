"""Grids that are no more, as older lists still name them, and the grids in which their things lie now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.grid_change import Part, part_of
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.store import grid_versions, places

if TYPE_CHECKING:
    from gridconsole.store.engine import Transaction
    from gridconsole.store.places import GridChoice


class ClosedGrids:
    """Closed grids by code, name or number, and what they became."""

    def __init__(self, connection: Transaction, areas: AreaNames) -> None:
        self._connection = connection
        self._rows = {row.id: row for row in grid_versions.closed_grids(connection)}
        self._named = GridNames(
            (places.GridChoice(row.id, row.code, row.name, row.area_id, row.initials) for row in self._rows.values()), areas
        )
        self._into: dict[int, tuple[tuple[GridChoice, Part], ...]] = {}

    def find(self, word: str, *, community: str = "", subdistrict: str = "") -> GridChoice | None:
        """Return the only closed grid that a word can mean; None if there is none, or more than one."""
        return self._named.find(word, community=community, subdistrict=subdistrict) if self._rows else None

    def landing(self, grid: GridChoice, address: str) -> GridChoice | None:
        """Return the grid in which something of a closed grid lies now: by the words of its boundary, or else where the rest went."""
        into = self._successors(grid.id)
        return into[part_of(address, [part for _, part in into])][0] if into else None

    def names(self, grid: GridChoice) -> list[str]:
        """Return the names of the grids that a closed one became."""
        return [choice.name for choice, _ in self._successors(grid.id)]

    def _successors(self, key: int) -> tuple[tuple[GridChoice, Part], ...]:
        if key not in self._into:
            keys = [one for one in grid_versions.successors(self._connection, key) if one != key]
            records = grid_versions.records_of(self._connection, keys)
            self._into[key] = tuple(
                (
                    places.GridChoice(one, record["code"], record["name"], record["area_id"], record["initials"]),
                    Part(record["name"], tuple(filter(None, record["boundary"].split("、")))),
                )
                for one in keys
                if (record := records.get(one)) is not None
            )
        return self._into[key]
