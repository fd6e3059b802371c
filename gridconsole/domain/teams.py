"""队伍: teams of a grid, a community or the district, as the governance models know them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Capacity(StrEnum):
    """Capacities of people in a team."""

    CADRE = "cadre"
    """干部."""
    SOCIAL = "social"
    """社会组织人员."""
    RESIDENT = "resident"
    PARTY = "party"
    """党员."""
    VOLUNTEER = "volunteer"
    OTHER = "other"


class Scope(StrEnum):
    """Places at which a model wants a team."""

    GRID = "grid"
    COMMUNITY = "community"
    NOWHERE = ""
    """The source says nothing of it."""


OTHER = "other"
"""Kind of a team that the office's model does not name."""


@dataclass(frozen=True, slots=True)
class TeamKind:
    """A kind of team of a model."""

    code: str
    title: str
    scope: Scope = Scope.NOWHERE
    fewest: int | None = None
    most: int | None = None
    members: tuple[Capacity, ...] = ()
    """Capacities of which it has somebody each."""


def kinds_of(said: Iterable[Mapping[str, Any]]) -> tuple[TeamKind, ...]:
    """Return the kinds of teams that a preset, or the settings of an office, name."""
    return tuple(
        TeamKind(
            one["kind"], one["title"], Scope(one.get("scope", "")), one.get("min_size"), one.get("max_size"),
            tuple(filter(None, (_CAPACITIES.get(name) for name in one.get("members", ())))),
        )
        for one in said
    )  # fmt: skip


_CAPACITIES = {
    "干部": Capacity.CADRE, "社会组织": Capacity.SOCIAL, "居民": Capacity.RESIDENT, "党员": Capacity.PARTY,
    "志愿者": Capacity.VOLUNTEER,
}  # fmt: skip
