"""The audit: a clean office has no finding, and each planted defect is named, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from gridconsole import resources
from gridconsole.domain import roster_audit as audit
from gridconsole.domain.coverage import Gap
from gridconsole.domain.roster import Half
from gridconsole.domain.roster_audit import (
    AuditFacts,
    CategoryFacts,
    ContractFacts,
    DutyFacts,
    GridFacts,
    HeldFacts,
    LeaveFacts,
    PersonFacts,
    PostFacts,
    Subject,
    TeamFacts,
)
from gridconsole.domain.teams import Capacity, Scope, TeamKind
from gridconsole.language import has
from gridconsole.services.roster_audit import checks

TODAY = date(2026, 11, 30)
WARDEN, OFFICER = frozenset({"warden"}), frozenset({"officer"})
Change = Callable[[AuditFacts], AuditFacts]


def clean() -> AuditFacts:
    """Six grids of three communities in two subdistricts, with an A and a B each, and an officer in every community."""
    grids = [
        GridFacts(
            id=key, code=f"G{key}", name=f"第{key}网格[/]", community=100 + key % 3, subdistrict=50, has_boundary=True, households=250,
            area_m2=10_000, has_party_group=True, as_of=date(2026, 10, 1), lately=1, before=8,
        )
        for key in range(1, 7)
    ]  # fmt: skip
    people = {key: PersonFacts(key, f"W{key}", f"人{key}", WARDEN, None) for key in range(1, 13)}
    people |= {key: PersonFacts(key, f"P{key}", f"警{key}", OFFICER, None) for key in (20, 21, 22)}
    posts = [PostFacts(key, key, "A", "巡查", True) for key in range(1, 7)]
    posts += [PostFacts(key, key + 6, "B", "巡查", True) for key in range(1, 7)]
    posts += [PostFacts(key, 19 + key, "A", "警务", True) for key in (1, 2, 3)]
    communities = {100 + key: Subject(100 + key, f"C{key}", f"社区{key}") for key in range(3)} | {50: Subject(50, "S", "街道")}
    return AuditFacts(
        today=TODAY, grids=grids, posts=posts, people=people, leave=[], gaps=[], held=[],
        duties=[DutyFacts("城管局", "event", "01", "", "", True), DutyFacts("环卫所", "event", "01", "", "", False)],
        categories=[CategoryFacts(1, "event", "01", "01", "暴露垃圾")], communities=communities,
        in_areas={},
        teams=[
            TeamFacts(key, f"T{key}", f"队{key}", "mixed", key, None, 7, True, frozenset({"cadre", "resident"})) for key in range(1, 7)
        ],
        team_kinds=[TeamKind("mixed", "组团服务队", Scope.GRID, 6, 8, (Capacity.CADRE, Capacity.RESIDENT))],
        contracts=[ContractFacts(1, "K1", "养护公司", date(2027, 1, 30))],
        upper={f"C{key}": (f"C{key}", "S", "D") for key in range(3)},
    )  # fmt: skip


def grid(facts: AuditFacts, number: int = 1, **changes: object) -> AuditFacts:
    grids = [replace(one, **changes) if one.id == number else one for one in facts.grids]
    return replace(facts, grids=grids)


def without(facts: AuditFacts, *people: int) -> AuditFacts:
    return replace(facts, posts=[post for post in facts.posts if post.person not in people])


def gap(facts: AuditFacts, first: date) -> AuditFacts:
    return replace(facts, gaps=[Gap(1, first, date(2026, 12, 31))])


def person(facts: AuditFacts, key: int, **changes: object) -> AuditFacts:
    return replace(facts, people={**facts.people, key: replace(facts.people[key], **changes)})


def team(facts: AuditFacts, **changes: object) -> AuditFacts:
    return replace(facts, teams=[replace(facts.teams[0], **changes), *facts.teams[1:]])


def duties(facts: AuditFacts, *said: DutyFacts) -> AuditFacts:
    return replace(facts, duties=[*said])


def far_apart(facts: AuditFacts) -> AuditFacts:
    sizes = (105, 480, 110, 490, 105, 480)
    return replace(facts, grids=[replace(one, households=size) for one, size in zip(facts.grids, sizes, strict=True)])


DEFECTS: dict[str, tuple[Change, str]] = {
    "no_boundary": (lambda facts: grid(facts, has_boundary=False), "G1"),
    "no_person": (lambda facts: gap(facts, TODAY), "G1"),
    "no_second": (lambda facts: replace(without(facts, 7), people={**facts.people, 7: replace(facts.people[7], kinds=OFFICER)}), "G1"),
    "no_duty": (lambda facts: replace(facts, posts=[replace(post, duty="") if post.grid == 4 else post for post in facts.posts]), "G4"),
    "two_first": (lambda facts: replace(facts, posts=[*facts.posts, PostFacts(1, 2, "B", "巡查", True)]), "G1"),
    "gap_ahead": (lambda facts: gap(facts, date(2026, 12, 14)), "G1"),
    "no_post": (lambda facts: replace(facts, people={**facts.people, 99: PersonFacts(99, "W99", "闲", WARDEN, None)}), "W99"),
    "many_grids": (
        lambda facts: replace(facts, posts=[*facts.posts, *(PostFacts(key, 1, "A", f"{key}{at}", True) for key in range(1, 7) for at in (1, 2))]),
        "W1",
    ),
    "two_places": (
        lambda facts: grid(replace(facts, posts=[*facts.posts, PostFacts(6, 1, "A", "消防", True)]), 6, subdistrict=51), "W1",
    ),
    "away_uncovered": (
        lambda facts: replace(facts, leave=[LeaveFacts(1, Half(TODAY), Half(date(2026, 12, 3)), has_deputy=False)]), "W1",
    ),
    "employment_ends": (lambda facts: person(facts, 1, ends_on=date(2027, 1, 29)), "W1"),
    "certificate_ends": (lambda facts: person(facts, 1, certified_until=date(2027, 1, 29)), "W1"),
    "not_inducted": (lambda facts: person(facts, 1, is_inducted=False), "W1"),
    "gone_with_case": (lambda facts: replace(facts, held=[HeldFacts(9, "2026113000009", "走的人", False)]), "2026113000009"),
    "dissolved_with_case": (lambda facts: replace(facts, held=[HeldFacts(9, "2026113000009", "旧单位", True)]), "2026113000009"),
    "case_without_person": (lambda facts: gap(grid(facts, open_cases=2), TODAY), "G1"),
    "few_households": (lambda facts: grid(facts, households=99), "G1"),
    "many_households": (lambda facts: grid(facts, households=501), "G1"),
    "large_area": (lambda facts: grid(facts, area_m2=15_001), "G1"),
    "uneven": (far_apart, "S"),
    "stale_data": (lambda facts: grid(facts, as_of=date(2026, 5, 30)), "G1"),
    "no_party_group": (lambda facts: grid(facts, has_party_group=False), "G1"),
    "no_officer": (lambda facts: without(facts, 20), "C1"),
    "nobody_responsible": (lambda facts: duties(facts, DutyFacts("城管局", "event", "01", "", "C1", True)), "event 01-01"),
    "two_primaries": (
        lambda facts: duties(facts, DutyFacts("甲", "event", "01", "01", "", True), DutyFacts("乙", "event", "01", "01", "", True)), "event 01-01",
    ),
    "team_missing": (lambda facts: replace(facts, teams=facts.teams[1:]), "G1"),
    "team_size": (lambda facts: team(facts, size=5), "T1"),
    "team_mix": (lambda facts: team(facts, capacities=frozenset({"cadre"})), "T1"),
    "team_without_leader": (lambda facts: team(facts, has_leader=False), "T1"),
    "contract_ends": (lambda facts: replace(facts, contracts=[ContractFacts(1, "K1", "养护公司", date(2027, 1, 29))]), "K1"),
    "contract_ends_soon": (lambda facts: replace(facts, contracts=[ContractFacts(1, "K1", "养护公司", date(2026, 12, 14))]), "K1"),
    "silent_grid": (lambda facts: grid(facts, lately=0, before=16), "G1"),
    "component_without_owner": (lambda facts: grid(facts, ownerless=3), "G1"),
}  # fmt: skip
ALSO = {"case_without_person": {"no_person"}}
"""Checks that a defect cannot be planted without."""
MODELS = resources.presets()


def every_check() -> list[audit.Check]:
    found = {check.code: check for model in MODELS for check in checks(model)} | {
        check.code: check for check in checks("xdistrict")
    }
    return list(found.values())


def test_a_clean_office_has_no_finding() -> None:
    assert audit.run(clean(), every_check()) == []
    for model in MODELS:
        relaxed = [replace(check, limit=8) if check.code == "many_grids" else check for check in checks(model)]
        assert audit.run(clean(), relaxed) == [], model


@pytest.mark.parametrize("code", audit.CHECKS)
def test_a_planted_defect_is_named_and_nothing_else(code: str) -> None:
    change, subject = DEFECTS[code]
    found = audit.run(change(clean()), every_check())
    assert {one.check.code for one in found} == {code} | ALSO.get(code, set())
    assert {one.subject.code for one in found} == {subject}


def test_every_check_is_in_the_data_and_has_its_words() -> None:
    assert {check.code for check in every_check()} == set(audit.CHECKS) == set(DEFECTS)
    assert len(audit.CHECKS) == 33
    assert [code for code in audit.CHECKS if not (has(f"audit.{code}") and has(f"audit.{code}.remedy"))] == []


@pytest.mark.parametrize(
    ("sizes", "share", "unevenness"), [([10, 10, 10], 0, 0), ([0, 0, 30], 141, 0.67), ([1, 2, 3, 4, 5], 47, 0.27), ([0, 0], 0, 0)]
)
def test_evenness_is_measured(sizes: list[int], share: int, unevenness: float) -> None:
    assert (round(audit.variation(sizes)), round(audit.gini(sizes), 2)) == (share, unevenness)


def test_a_unit_for_exactly_this_category_comes_before_one_for_its_major() -> None:
    own = duties(clean(), DutyFacts("甲", "event", "01", "", "", True), DutyFacts("乙", "event", "01", "01", "", True))
    assert audit.run(own, every_check()) == []
    apart = duties(clean(), DutyFacts("甲", "event", "01", "", "C1", True), DutyFacts("乙", "event", "01", "", "S", True))
    assert [one.check.code for one in audit.run(apart, every_check())] == ["two_primaries"]


def test_numbers_of_places_and_groups_have_days_of_their_own() -> None:
    stale = date(2026, 5, 30)
    for change in ({"has_places": True, "places_as_of": stale}, {"has_groups": True, "groups_as_of": stale}):
        assert [one.check.code for one in audit.run(grid(clean(), **change), every_check())] == ["stale_data"]
    assert audit.run(grid(clean(), has_places=True, has_groups=True), every_check()) == [], "they may be of the day of the others"
    assert audit.run(grid(clean(), places_as_of=stale), every_check()) == [], "no numbers, nothing stale"


def test_a_team_of_each_kind_is_wanted_in_every_community() -> None:
    kinds = [TeamKind("patrol", "治安巡防队", Scope.COMMUNITY)]
    there = [TeamFacts(key, f"T{key}", "巡防队", "patrol", None, 100 + key, 0, True, frozenset()) for key in range(2)]
    found = audit.run(replace(clean(), teams=there, team_kinds=kinds), every_check())
    assert [(one.check.code, one.subject.code, one.value) for one in found] == [("team_missing", "C2", "治安巡防队")]


def test_an_officer_of_a_community_or_of_the_street_above_covers_its_grids() -> None:
    bare = without(clean(), 20, 21, 22)
    assert {one.subject.code for one in audit.run(bare, every_check())} == {"C0", "C1", "C2"}
    assert audit.run(replace(bare, in_areas={50: frozenset({20})}), every_check()) == []
    found = audit.run(replace(bare, in_areas={100: frozenset({20}), 101: frozenset({1})}), every_check())
    assert {one.subject.code for one in found} == {"C1", "C2"}, "a warden is no officer"
