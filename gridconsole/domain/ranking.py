"""Ranking of handlers: every candidate with its scores, every excluded one with the reason.

Deterministic and explained. Components look for the owner first, then the territory (先属主后属地); events the other way round
(先属地后属主) — the jurisdiction rule of municipal standards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from gridconsole.domain.codes import CategoryKind, HandlerKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Grade


class Tier(StrEnum):
    """Level of a candidate, in ranking order."""

    PRIMARY = "primary"
    BACKUP = "backup"
    GRID_WARDEN_A = "grid_warden_a"
    GRID_WARDEN_B = "grid_warden_b"
    NEXT_LEVEL = "next_level"


_TIERS = tuple(Tier)


class Exclusion(StrEnum):
    """Reasons why a handler is not a candidate."""

    NOT_RESPONSIBLE = "not_responsible"
    WRONG_AREA = "wrong_area"
    LEFT = "left"
    LEAVING = "leaving"
    """The departure is recorded for a later day: nothing new goes to them."""
    ON_LEAVE = "on_leave"
    OFF_SHIFT = "off_shift"
    OTHER_AXIS = "other_axis"
    NOT_FOR_WARDEN = "not_for_warden"

    @property
    def is_hard(self) -> bool:
        """Return whether the handler cannot be chosen even with a reason."""
        return self in (Exclusion.LEFT, Exclusion.LEAVING, Exclusion.ON_LEAVE, Exclusion.OTHER_AXIS)


@dataclass(frozen=True, slots=True)
class Duty:
    """A line of a unit's responsibilities."""

    kind: CategoryKind
    major_code: str
    minor_code: str | None
    """None: every minor of the major."""
    area_code: str | None
    """None: the whole district."""
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A warden's post on one grid, with the fields that ranking reads."""

    grid_id: int
    rank: str
    """A or B."""


@dataclass(frozen=True, slots=True)
class HandlerFacts:
    """Facts about one possible handler."""

    handler: Handler
    code: str
    duties: tuple[Duty, ...] = ()
    posts: tuple[Post, ...] = ()
    area_code: str | None = None
    """The territory of a subdistrict office or workstation; None for a district-wide unit."""
    is_territorial_office: bool = False
    """A subdistrict or town office: the next level up of every grid on its territory."""
    on_shift: bool = True
    left: bool = False
    is_leaving: bool = False
    """In service, with a recorded departure on a later day."""
    on_leave: bool = False
    stands_in_for: str = ""
    """Name of the warden on leave whose deputy this is on the case's grid."""
    on_other_axis: bool = False
    """Acted on the supervision side of this case."""
    open_load: int = 0
    on_time_rate: float | None = None
    """Share of handlings in the last 90 days that were in time; None if there were none."""


@dataclass(frozen=True, slots=True)
class RankedCase:
    """Facts of a case that ranking depends on."""

    kind: CategoryKind
    major_code: str
    minor_code: str
    areas: tuple[str, ...]
    """Codes of the place, nearest first: community, subdistrict, district."""
    grid_id: int | None
    grade: Grade

    @property
    def warden_may_settle(self) -> bool:
        """Return whether a warden may settle it: events of ordinary grade."""
        return self.kind is CategoryKind.EVENT and self.grade is Grade.ORDINARY


@dataclass(frozen=True, slots=True)
class HandlerCandidate:
    """A possible handler, with the values that decide its rank."""

    handler: Handler
    code: str
    tier: Tier
    is_territorial: bool
    """Responsible for this place specifically, not for the whole district."""
    exact: bool
    """Responsible for exactly this minor category, not only for its major category."""
    on_shift: bool
    open_load: int
    load_ratio: float
    """Open load divided by the median of the same tier; the open load itself if that median is 0."""
    on_time_rate: float | None
    stands_in_for: str = ""
    """Name of the warden on leave whose deputy this is."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A handler that is not a candidate, and the reason."""

    handler: Handler
    code: str
    reason: Exclusion
    tier: Tier | None = None
    """Tier they would have if they were on duty; None if they would not be a candidate then either."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, and excluded handlers; those who are only off duty come first."""

    candidates: tuple[HandlerCandidate, ...]
    excluded: tuple[Excluded, ...]

    @property
    def off_duty(self) -> tuple[Excluded, ...]:
        """Return the responsible handlers who are only off duty: one of them may be chosen with a reason.

        A subdistrict office is included only if no unit is responsible for the category.
        """
        found = tuple(item for item in self.excluded if item.tier is not None)
        return tuple(item for item in found if item.tier is not Tier.NEXT_LEVEL) or found


@dataclass(frozen=True, slots=True)
class _Placed:
    facts: HandlerFacts
    tier: Tier
    is_territorial: bool
    exact: bool


def rank(matter: RankedCase, handlers: Iterable[HandlerFacts]) -> Ranking:
    """Rank the possible handlers of a case; every given handler is in the result, as candidate or as excluded."""
    placed: list[_Placed] = []
    off_duty: list[_Placed] = []
    excluded: list[Excluded] = []
    for facts in sorted(handlers, key=lambda item: (item.handler.kind, item.code)):
        # Reasons that no explanation can override are checked first, so that they are the ones reported.
        place = _bar(facts) or _place(matter, facts)
        if isinstance(place, Exclusion):
            excluded.append(Excluded(facts.handler, facts.code, place))
        elif matter.grade is Grade.URGENT and not facts.on_shift:
            off_duty.append(place)
        else:
            placed.append(place)
    resting = [Excluded(item.handler, item.code, Exclusion.OFF_SHIFT, item.tier) for item in _ordered(off_duty, matter.kind)]
    return Ranking(tuple(_ordered(placed, matter.kind)), (*resting, *excluded))


def _ordered(placed: Sequence[_Placed], kind: CategoryKind) -> list[HandlerCandidate]:
    """Return the candidates, best first."""
    loads = {tier: _median_load(placed, tier) for tier in Tier}
    return sorted((_candidate(item, loads[item.tier]) for item in placed), key=lambda item: _order(item, kind))


def _order(item: HandlerCandidate, kind: CategoryKind) -> tuple[object, ...]:
    local_first = kind is CategoryKind.EVENT
    return (
        _TIERS.index(item.tier),
        item.is_territorial is not local_first,
        not item.exact,
        item.load_ratio,
        -(item.on_time_rate if item.on_time_rate is not None else 0.5),
        item.code,
    )


def _median_load(placed: Sequence[_Placed], tier: Tier) -> float:
    return median([item.facts.open_load for item in placed if item.tier is tier] or [0])


def _candidate(item: _Placed, typical_load: float) -> HandlerCandidate:
    facts = item.facts
    ratio = facts.open_load / typical_load if typical_load else float(facts.open_load)
    return HandlerCandidate(
        handler=facts.handler,
        code=facts.code,
        tier=item.tier,
        is_territorial=item.is_territorial,
        exact=item.exact,
        on_shift=facts.on_shift,
        open_load=facts.open_load,
        load_ratio=round(ratio, 2),
        on_time_rate=facts.on_time_rate,
        stands_in_for=facts.stands_in_for,
    )


def _bar(facts: HandlerFacts) -> Exclusion | None:
    if facts.left:
        return Exclusion.LEFT
    if facts.is_leaving:
        return Exclusion.LEAVING
    if facts.on_leave:
        return Exclusion.ON_LEAVE
    if facts.on_other_axis:
        return Exclusion.OTHER_AXIS
    return None


def _place(matter: RankedCase, facts: HandlerFacts) -> _Placed | Exclusion:
    if facts.handler.kind is HandlerKind.WARDEN:
        return _place_warden(matter, facts)
    of_category = [duty for duty in facts.duties if _covers_category(duty, matter)]
    here = [duty for duty in of_category if duty.area_code is None or duty.area_code in matter.areas]
    if here:
        best = min(here, key=lambda duty: (not duty.is_primary, duty.minor_code is None))
        tier = Tier.PRIMARY if best.is_primary else Tier.BACKUP
        return _Placed(facts, tier, best.area_code is not None, best.minor_code is not None)
    if facts.is_territorial_office and facts.area_code in matter.areas:
        return _Placed(facts, Tier.NEXT_LEVEL, True, False)
    return Exclusion.WRONG_AREA if of_category else Exclusion.NOT_RESPONSIBLE


def _covers_category(duty: Duty, matter: RankedCase) -> bool:
    return (duty.kind, duty.major_code) == (matter.kind, matter.major_code) and duty.minor_code in (None, matter.minor_code)


def _place_warden(matter: RankedCase, facts: HandlerFacts) -> _Placed | Exclusion:
    ranks = [post.rank for post in facts.posts if post.grid_id == matter.grid_id]
    if not ranks:
        return Exclusion.WRONG_AREA
    if not matter.warden_may_settle:
        return Exclusion.NOT_FOR_WARDEN
    return _Placed(facts, Tier.GRID_WARDEN_A if "A" in ranks else Tier.GRID_WARDEN_B, True, False)
