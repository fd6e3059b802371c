"""Features (GeoJSON, RFC 7946) as rows of a register, and the check of boundaries."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from gridconsole.domain.text import clean_line
from gridconsole.importing.features import GEOMETRY
from gridconsole.importing.rows import SheetRow
from gridconsole.importing.sources import Cell
from gridconsole.language import t

__all__ = ["GEOMETRY", "Boundary", "boundary", "degrees", "heading", "is_feature", "number_of", "take_boundary"]
NAMELESS = "无名"
"""Name of a feature without a name, in messages."""
FAULTY_GEOMETRY = "几何(无效)"
"""Heading under which a record keeps a geometry that is not a valid boundary."""
LONGITUDES, LATITUDES = (70.0, 140.0), (0.0, 60.0)
"""Degrees in which all of China lies, with room to spare; they do not overlap, so swapped coordinates show."""


# --- boundaries -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Boundary:
    """Result of checking a geometry cell."""

    text: str = ""
    """Polygon or MultiPolygon as compact JSON in degrees (longitude, latitude); empty if it is missing or invalid."""
    problem: str = ""
    """Reason why the geometry is invalid; empty if it is valid or missing."""
    raw: str = ""
    """Text of the cell if the geometry is invalid."""

    def __bool__(self) -> bool:
        """Return whether the cell holds a geometry, valid or not."""
        return bool(self.text or self.problem)


class _Faulty(Exception):
    pass


def boundary(cell: Cell) -> Boundary:
    """Check that a geometry is the outline of an area: closed rings of four or more positions, all inside China's degrees.

    Heights are dropped. Rings that cross themselves are not detected.
    """
    if cell is None or cell == "":
        return Boundary()
    raw = str(cell)
    try:
        content = json.loads(raw)
        if content is None:
            return Boundary()
        return Boundary(json.dumps(_outline(content), ensure_ascii=False, separators=(",", ":")))
    except _Faulty as fault:
        return Boundary("", str(fault), raw)
    except (ValueError, RecursionError):
        return Boundary("", t("geojson.not_geojson"), raw)


def _outline(content: Any) -> dict[str, Any]:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "Polygon":
        return {"type": kind, "coordinates": _polygon(content.get("coordinates"))}
    if kind == "MultiPolygon":
        return {"type": kind, "coordinates": [_polygon(item) for item in _list(content.get("coordinates"))]}
    raise _Faulty(t("geojson.not_a_polygon", kind=clean_line(str(kind), 30)))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _Faulty(t("geojson.nesting"))
    return value


def _polygon(value: Any) -> list[list[list[float]]]:
    return [_ring(ring) for ring in _list(value)]


def _ring(value: Any) -> list[list[float]]:
    positions = [_position(item) for item in _list(value)]
    if len(positions) < 4:
        raise _Faulty(t("geojson.short_ring"))
    if positions[0] != positions[-1]:
        raise _Faulty(t("geojson.open_ring"))
    return positions


def _position(value: Any) -> list[float]:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise _Faulty(t("geojson.nesting"))
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        raise _Faulty(t("geojson.nesting") if any(isinstance(item, list) for item in value) else t("geojson.not_numbers"))
    longitude, latitude = value[0], value[1]
    if not _within(longitude, LONGITUDES) or not _within(latitude, LATITUDES):
        swapped = _within(latitude, LONGITUDES) and _within(longitude, LATITUDES)
        raise _Faulty(t("geojson.swapped") if swapped else t("geojson.out_of_range"))
    return [longitude, latitude]


def _within(value: float, limits: tuple[float, float]) -> bool:
    return (isinstance(value, int) or math.isfinite(value)) and limits[0] <= value <= limits[1]


def degrees(longitude: float | None, latitude: float | None) -> bool:
    """Return whether two numbers are a place in China: longitude and latitude in degrees."""
    return longitude is not None and latitude is not None and _within(longitude, LONGITUDES) and _within(latitude, LATITUDES)


# --- features as rows -------------------------------------------------------------------------------------------


def is_feature(row: SheetRow) -> bool:
    """Return whether a row came with a geometry column, as features do."""
    return "geometry" in row.values


def number_of(row: SheetRow) -> str:
    """Return the number of the row's feature in its file, from 1."""
    return str(row.number - 1)


def heading(row: SheetRow, *names: str) -> str:
    """Return the first filled cell under the given headings, among those that no column of the kind has. Case is ignored."""
    wanted = [name.lower() for name in names]
    found = {key.lower(): value for key, value in row.extra.items()}
    return next((found[name] for name in wanted if found.get(name)), "")


def take_boundary(row: SheetRow, called: str) -> str:
    """Return the row's boundary; empty if it has none.

    An invalid one is reported and kept under ``FAULTY_GEOMETRY``; a boundary known from before stays.
    """
    found: Boundary | None = row.values.get("geometry")
    if found is None:
        return ""
    if found.problem:
        row.warn("W910", GEOMETRY, found.problem, called)
        row.extra[FAULTY_GEOMETRY] = found.raw
        # An invalid boundary must not count as a cell that was left blank on purpose.
        del row.values["geometry"]
    return found.text
