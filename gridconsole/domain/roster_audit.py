"""体检: checks of the roster, the grids and the responsibilities, as functions on facts; which ones run, and with what limits, is data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import mean, pstdev

from gridconsole.domain.coverage import Gap
from gridconsole.domain.roster import Half, PersonKind, days_away
from gridconsole.domain.teams import Capacity, Scope, TeamKind


class Severity(StrEnum):
    """Weight of a finding."""

    SERIOUS = "serious"
    """A case or a grid may be without a person."""
    WARNING = "warning"
    NOTE = "note"


class Goto(StrEnum):
    """Screens that show the subject of a finding."""

    GRIDS = "grids"
    WARDENS = "wardens"
    UNITS = "units"
    TEAMS = "teams"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its limit, from ``data/audit``."""

    code: str
    severity: Severity
    goto: Goto
    limit: float = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a finding."""

    key: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: the check, what it is about, and a value beside the limit."""

    check: Check
    subject: Subject
    value: str = ""


@dataclass(frozen=True, slots=True)
class GridFacts:
    """A grid with the data that checks read."""

    id: int
    code: str
    name: str
    community: int
    subdistrict: int | None
    has_boundary: bool
    households: int | None
    area_m2: int | None
    has_party_group: bool
    as_of: date | None
    open_cases: int = 0
    lately: int = 0
    """Reports of the last two weeks."""
    before: int = 0
    """Reports of the eight weeks before."""
    is_residential: bool = True
    """A grid by residence; a compound, park or hospital has no households to compare."""
    ownerless: int = 0
    """Facilities in it without an owner."""
    has_places: bool = False
    """It has numbers of buildings, shops or key places."""
    places_as_of: date | None = None
    has_groups: bool = False
    """It has a number of people who need care or supervision."""
    groups_as_of: date | None = None

    @property
    def subject(self) -> Subject:
        """Return the grid as the subject of a finding."""
        return Subject(self.id, self.code, self.name)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post that is held today."""

    grid: int
    person: int
    rank: str
    duty: str
    is_there: bool
    """In service and not away."""
    duty_name: str | None = None
    """The duty for which a grid has one A and one B, as :func:`gridconsole.domain.roster.duty_name` says; None: ``duty`` itself."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person in service."""

    id: int
    code: str
    name: str
    kinds: frozenset[str]
    ends_on: date | None
    certified_until: date | None = None
    """Day on which the certificate of the job ends; None if no list says it."""
    is_inducted: bool | None = None
    """None if no list says whether they had the training before the job."""

    @property
    def subject(self) -> Subject:
        """Return the person as the subject of a finding."""
        return Subject(self.id, self.code, self.name)


@dataclass(frozen=True, slots=True)
class LeaveFacts:
    """A leave that is not over."""

    person: int
    first: Half
    last: Half
    has_deputy: bool


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """An open case whose handler may be gone."""

    id: int
    number: str
    handler: str
    is_unit: bool


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """A responsibility: a unit for a category, in an area or everywhere."""

    unit: str
    kind: str
    major: str
    minor: str
    area: str
    """Code; empty: the whole district."""
    is_primary: bool


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A minor category of the catalogue in use."""

    id: int
    kind: str
    major: str
    minor: str
    name: str


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """A team that is there today."""

    id: int
    code: str
    name: str
    kind: str
    grid: int | None
    area: int | None
    size: int
    has_leader: bool
    capacities: frozenset[str]
    """Capacities of its named members."""

    @property
    def subject(self) -> Subject:
        """Return the team as the subject of a finding."""
        return Subject(self.id, self.code, self.name)


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A unit whose contract ends on a day."""

    id: int
    code: str
    name: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """Everything that checks look at, as it is on a day."""

    today: date
    grids: Sequence[GridFacts]
    posts: Sequence[PostFacts]
    people: Mapping[int, PersonFacts]
    leave: Sequence[LeaveFacts]
    gaps: Sequence[Gap]
    """Days ahead without anybody."""
    held: Sequence[HeldFacts]
    duties: Sequence[DutyFacts]
    categories: Sequence[CategoryFacts]
    in_areas: Mapping[int, frozenset[int]]
    """People in service with a post in a whole area, by area."""
    teams: Sequence[TeamFacts]
    team_kinds: Sequence[TeamKind]
    """Kinds of teams that the model names."""
    contracts: Sequence[ContractFacts]
    communities: Mapping[int, Subject]
    upper: Mapping[str, tuple[str, ...]]
    """Codes of the areas above each community, itself included, by its code."""

    def by_grid(self) -> dict[int, list[PostFacts]]:
        """Return the posts that are held today, by grid."""
        found: defaultdict[int, list[PostFacts]] = defaultdict(list)
        for post in self.posts:
            found[post.grid].append(post)
        return found


Found = Iterator[tuple[Subject, str]]
CheckFunction = Callable[[AuditFacts, float], Found]


def no_boundary(facts: AuditFacts, _limit: float) -> Found:
    """Grids without a boundary (定格)."""
    yield from ((grid.subject, "") for grid in facts.grids if not grid.has_boundary)


def no_person(facts: AuditFacts, _limit: float) -> Found:
    """Grids without anybody in service today (定员)."""
    bare = {gap.grid_id for gap in facts.gaps if gap.first <= facts.today}
    yield from ((grid.subject, "") for grid in facts.grids if grid.id in bare)


def no_second(facts: AuditFacts, _limit: float) -> Found:
    """Grids that have an A and no B."""
    by_grid = facts.by_grid()
    for grid in facts.grids:
        ranks = {post.rank for post in by_grid.get(grid.id, ())}
        if ranks == {"A"}:
            yield grid.subject, ""


def no_duty(facts: AuditFacts, _limit: float) -> Found:
    """Grids none of whose posts says a duty (定责)."""
    by_grid = facts.by_grid()
    for grid in facts.grids:
        posts = by_grid.get(grid.id, ())
        if posts and not any(post.duty for post in posts):
            yield grid.subject, ""


def two_first(facts: AuditFacts, _limit: float) -> Found:
    """Grids with two people of one rank for the same duty."""
    by_grid = facts.by_grid()
    for grid in facts.grids:
        counts = Counter(
            (post.rank, post.duty if post.duty_name is None else post.duty_name) for post in by_grid.get(grid.id, ())
        )
        twice = sorted(rank for (rank, _), count in counts.items() if count > 1)
        if twice:
            yield grid.subject, "/".join(dict.fromkeys(twice))


def gap_ahead(facts: AuditFacts, limit: float) -> Found:
    """Grids that will be without anybody in the days ahead."""
    grids = {grid.id: grid for grid in facts.grids}
    last = facts.today + timedelta(days=limit)
    bare = {gap.grid_id for gap in facts.gaps if gap.first <= facts.today}
    for gap in facts.gaps:
        if gap.grid_id in grids and gap.grid_id not in bare and facts.today < gap.first <= last:
            yield grids[gap.grid_id].subject, gap.first.isoformat()


def no_post(facts: AuditFacts, _limit: float) -> Found:
    """Wardens in service without a post (定岗)."""
    posted = {post.person for post in facts.posts}.union(*facts.in_areas.values())
    for person in facts.people.values():
        if person.id not in posted and PersonKind.WARDEN.value in person.kinds:
            yield person.subject, ""


def many_grids(facts: AuditFacts, limit: float) -> Found:
    """People with more first posts than the limit."""
    counts = Counter(post.person for post in facts.posts if post.rank == "A")
    for key, count in counts.items():
        if count > limit and key in facts.people:
            yield facts.people[key].subject, str(count)


def two_places(facts: AuditFacts, _limit: float) -> Found:
    """People with first posts in several subdistricts."""
    where = {grid.id: grid.subdistrict for grid in facts.grids}
    places: defaultdict[int, set[int | None]] = defaultdict(set)
    for post in facts.posts:
        if post.rank == "A":
            places[post.person].add(where.get(post.grid))
    for key, found in places.items():
        if len(found) > 1 and key in facts.people:
            yield facts.people[key].subject, str(len(found))


def away_uncovered(facts: AuditFacts, limit: float) -> Found:
    """People who are away longer than the limit without a deputy."""
    for leave in facts.leave:
        days = days_away(leave.first, leave.last)
        if not leave.has_deputy and days > limit and leave.person in facts.people:
            yield facts.people[leave.person].subject, f"{days:g}"


def employment_ends(facts: AuditFacts, limit: float) -> Found:
    """People whose employment ends in the days ahead."""
    last = facts.today + timedelta(days=limit)
    for person in facts.people.values():
        if person.ends_on is not None and facts.today < person.ends_on <= last:
            yield person.subject, person.ends_on.isoformat()


def certificate_ends(facts: AuditFacts, limit: float) -> Found:
    """People whose certificate ends in the days ahead, or has ended."""
    last = facts.today + timedelta(days=limit)
    for person in facts.people.values():
        if person.certified_until is not None and person.certified_until <= last:
            yield person.subject, person.certified_until.isoformat()


def not_inducted(facts: AuditFacts, _limit: float) -> Found:
    """People of whom the lists say that they had no training before the job."""
    yield from ((person.subject, "") for person in facts.people.values() if person.is_inducted is False)


def gone_with_case(facts: AuditFacts, _limit: float) -> Found:
    """Open cases of people who are not in service."""
    yield from ((Subject(case.id, case.number, case.number), case.handler) for case in facts.held if not case.is_unit)


def dissolved_with_case(facts: AuditFacts, _limit: float) -> Found:
    """Open cases of units that were dissolved."""
    yield from ((Subject(case.id, case.number, case.number), case.handler) for case in facts.held if case.is_unit)


def case_without_person(facts: AuditFacts, _limit: float) -> Found:
    """Grids with open cases and nobody in service today."""
    bare = {gap.grid_id for gap in facts.gaps if gap.first <= facts.today}
    yield from ((grid.subject, str(grid.open_cases)) for grid in facts.grids if grid.open_cases and grid.id in bare)


def few_households(facts: AuditFacts, limit: float) -> Found:
    """Grids with fewer households than the limit."""
    for grid in facts.grids:
        if grid.is_residential and grid.households is not None and grid.households < limit:
            yield grid.subject, str(grid.households)


def many_households(facts: AuditFacts, limit: float) -> Found:
    """Grids with more households than the limit."""
    for grid in facts.grids:
        if grid.households is not None and grid.households > limit:
            yield grid.subject, str(grid.households)


def large_area(facts: AuditFacts, limit: float) -> Found:
    """Grids larger than the limit, in square metres."""
    for grid in facts.grids:
        if grid.area_m2 is not None and grid.area_m2 > limit:
            yield grid.subject, str(grid.area_m2)


LEAST_TO_COMPARE = 5
"""Grids with known households that a subdistrict needs before its evenness says something."""


def uneven(facts: AuditFacts, limit: float) -> Found:
    """Subdistricts whose grids differ in households by more than the limit: coefficient of variation, in per cent."""
    by_subdistrict: defaultdict[int, list[GridFacts]] = defaultdict(list)
    for grid in facts.grids:
        if grid.is_residential and grid.subdistrict is not None and grid.households:
            by_subdistrict[grid.subdistrict].append(grid)
    for key, grids in by_subdistrict.items():
        sizes = [grid.households or 0 for grid in grids]
        if len(sizes) >= LEAST_TO_COMPARE and (share := variation(sizes)) > limit:
            subject = facts.communities.get(key, Subject(key, "", ""))
            yield subject, f"{share:.0f}% / {gini(sizes):.2f}"


def variation(sizes: Sequence[int]) -> float:
    """Return the coefficient of variation in per cent."""
    return 100 * pstdev(sizes) / mean(sizes) if any(sizes) else 0.0


def gini(sizes: Sequence[int]) -> float:
    """Return the Gini coefficient: 0 if all are equal."""
    ordered, total = sorted(sizes), sum(sizes)
    if not total:
        return 0.0
    weighted = sum(place * size for place, size in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


DAYS_A_MONTH = 30.44


def stale_data(facts: AuditFacts, limit: float) -> Found:
    """Grids whose base data has no date, or one older than the limit in months."""
    oldest = facts.today - timedelta(days=round(limit * DAYS_A_MONTH))
    for grid in facts.grids:
        groups = (
            (grid.households is not None or grid.area_m2 is not None, grid.as_of),
            (grid.has_places, grid.places_as_of),
            (grid.has_groups, grid.groups_as_of),
        )
        # Numbers of places and of groups may be of the day of the others.
        days = [day or grid.as_of for has_numbers, day in groups if has_numbers]
        if None in days or any(day < oldest for day in days if day is not None):
            yield grid.subject, min((day.isoformat() for day in days if day is not None), default="")


def team_missing(facts: AuditFacts, _limit: float) -> Found:
    """Grids and communities without a team that the model wants there."""
    there = {(team.kind, team.grid, team.area) for team in facts.teams}
    for kind in facts.team_kinds:
        if kind.scope is Scope.GRID:
            yield from ((grid.subject, kind.title) for grid in facts.grids if (kind.code, grid.id, None) not in there)
        elif kind.scope is Scope.COMMUNITY:
            wanted = dict.fromkeys(grid.community for grid in facts.grids)
            yield from (
                (facts.communities[key], kind.title)
                for key in wanted
                if (kind.code, None, key) not in there and key in facts.communities
            )


def team_size(facts: AuditFacts, _limit: float) -> Found:
    """Teams with fewer or more people than the model says."""
    kinds = {kind.code: kind for kind in facts.team_kinds}
    for team in facts.teams:
        kind = kinds.get(team.kind)
        if kind is not None and not (kind.fewest or 0) <= team.size <= (kind.most or team.size):
            yield team.subject, f"{team.size} ({kind.fewest or 0}-{kind.most or ''})"


def team_mix(facts: AuditFacts, _limit: float) -> Found:
    """Teams in which nobody is of a capacity that the model wants in them."""
    kinds = {kind.code: kind for kind in facts.team_kinds}
    for team in facts.teams:
        kind = kinds.get(team.kind)
        # Volunteers may be a head-count.
        missing = [one for one in kind.members if one not in team.capacities and one is not Capacity.VOLUNTEER] if kind else []
        if missing:
            yield team.subject, "、".join(missing)


def team_without_leader(facts: AuditFacts, _limit: float) -> Found:
    """Teams whose leader is missing, or not in service."""
    yield from ((team.subject, "") for team in facts.teams if not team.has_leader)


def contract_ends(facts: AuditFacts, limit: float) -> Found:
    """Contractors whose contract ends in the days ahead."""
    yield from _contracts(facts, limit, _SOON)


def contract_ends_soon(facts: AuditFacts, limit: float) -> Found:
    """Contractors whose contract ends within two weeks, or has ended."""
    yield from _contracts(facts, limit, None)


_SOON = 14
"""Days before the end of a contract from which it is no longer early."""


def _contracts(facts: AuditFacts, limit: float, after: int | None) -> Found:
    first = None if after is None else facts.today + timedelta(days=after)
    last = facts.today + timedelta(days=limit)
    for one in facts.contracts:
        if (first is None or one.ends_on > first) and one.ends_on <= last:
            yield Subject(one.id, one.code, one.name), one.ends_on.isoformat()


def no_party_group(facts: AuditFacts, _limit: float) -> Found:
    """Grids without a party group (网网建党小组)."""
    yield from ((grid.subject, "") for grid in facts.grids if not grid.has_party_group)


def no_officer(facts: AuditFacts, _limit: float) -> Found:
    """Communities without a police officer: with a post in the community or an area above it, or on one of its grids."""
    officers = {key for key, person in facts.people.items() if PersonKind.OFFICER.value in person.kinds}
    served = {post.grid for post in facts.posts if post.person in officers}
    communities = {grid.community for grid in facts.grids}
    covered = {grid.community for grid in facts.grids if grid.id in served}
    areas = {
        facts.communities[key].code for key, people in facts.in_areas.items() if people & officers and key in facts.communities
    }
    covered |= {
        key for key in communities if key in facts.communities and areas & set(facts.upper.get(facts.communities[key].code, ()))
    }
    for key in sorted(communities - covered):
        if key in facts.communities:
            yield facts.communities[key], ""


def nobody_responsible(facts: AuditFacts, _limit: float) -> Found:
    """Categories for which no unit is responsible, in some community or anywhere."""
    for category, covering in _covering(facts):
        bare = _uncovered(facts, covering)
        if bare:
            yield Subject(category.id, f"{category.kind} {category.major}-{category.minor}", category.name), str(bare)


def two_primaries(facts: AuditFacts, _limit: float) -> Found:
    """Categories for which several units are primarily responsible at one place."""
    for category, covering in _covering(facts):
        primary = [duty for duty in covering if duty.is_primary]
        units = {duty.unit for duty in primary if not duty.area}
        for first in primary:
            for other in primary:
                if first.unit < other.unit and first.area and _meets(facts, first.area, other.area):
                    units |= {first.unit, other.unit}
        if len(units) > 1:
            subject = Subject(category.id, f"{category.kind} {category.major}-{category.minor}", category.name)
            yield subject, "、".join(sorted(units))


def _covering(facts: AuditFacts) -> Iterator[tuple[CategoryFacts, list[DutyFacts]]]:
    """Yield every category with the responsibilities for it: those for exactly this one, or else those for its major."""
    exact: defaultdict[tuple[str, str, str], list[DutyFacts]] = defaultdict(list)
    for duty in facts.duties:
        exact[duty.kind, duty.major, duty.minor].append(duty)
    for category in facts.categories:
        whole = exact.get((category.kind, category.major, ""), [])
        own = exact.get((category.kind, category.major, category.minor), [])
        yield category, [*own, *(duty for duty in whole if not (own and duty.is_primary))]


def _uncovered(facts: AuditFacts, covering: Iterable[DutyFacts]) -> int:
    """Return the number of communities in which none of some responsibilities holds."""
    areas = {duty.area for duty in covering}
    if "" in areas:
        return 0
    return sum(1 for upper in facts.upper.values() if not areas & set(upper))


def _meets(facts: AuditFacts, one: str, other: str) -> bool:
    """Return whether two areas have a community in common; an empty code is everywhere."""
    return not other or any(one in upper and other in upper for upper in facts.upper.values())


def silent_grid(facts: AuditFacts, limit: float) -> Found:
    """Grids that reported nothing in two weeks, although their own eight weeks before let expect the limit."""
    for grid in facts.grids:
        expected = grid.before / 4
        if not grid.lately and expected >= limit:
            yield grid.subject, f"{expected:g}"


def component_without_owner(facts: AuditFacts, _limit: float) -> Found:
    """Grids with facilities that have no owner."""
    yield from ((grid.subject, str(grid.ownerless)) for grid in facts.grids if grid.ownerless)


CHECKS: Mapping[str, CheckFunction] = {
    function.__name__: function
    for function in (
        no_boundary, no_person, no_second, no_duty, two_first, gap_ahead, no_post, many_grids, two_places, away_uncovered,
        employment_ends, certificate_ends, not_inducted, gone_with_case, dissolved_with_case, case_without_person, few_households, many_households, large_area, uneven,
        stale_data, team_missing, team_size, team_mix, team_without_leader, contract_ends, contract_ends_soon, no_party_group, no_officer, nobody_responsible, two_primaries, silent_grid, component_without_owner,
    )
}  # fmt: skip
"""Functions of the checks by their codes."""


def run(facts: AuditFacts, checks: Iterable[Check]) -> list[Finding]:
    """Return the findings of some checks, in the order of the checks."""
    return [Finding(check, subject, value) for check in checks for subject, value in CHECKS[check.code](facts, check.limit)]
