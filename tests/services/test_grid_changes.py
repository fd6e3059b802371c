"""Splits, merges and transfers of grids: everything lands as shown, old codes answer for ever, and undoing restores all of it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import (
    GridChangeBuiltOn,
    GridChangeFlaw,
    GridChangeOver,
    GridChangeUnfit,
    GridClosed,
    GridNameTaken,
    GridWithoutPeople,
    GuardRefused,
    NotPermitted,
    UnknownGridChange,
)
from gridconsole.domain.grid_change import Part
from gridconsole.domain.roster import GridChangeKind
from gridconsole.domain.states import Role, State
from gridconsole.services import audit, casework, departing, grid_changes, post_handover, roster
from gridconsole.services.grid_changes import Preview, Wish
from gridconsole.store import grid_versions, ledger_entries, places, responsible
from gridconsole.store.tables.registers import component

TODAY = date(2026, 11, 23)
FIRST, SECOND, OTHER, VILLAGE = "330106001001001", "330106001001002", "330106001002001", "330106102201001"
STREET, REST = Part("第5网格", ("幸福路", "和平巷")), Part("第6网格")


def leader(office: StaffedOffice) -> Any:
    return office.actors[Role.SHIFT_LEADER]


def wish(office: StaffedOffice, kind: GridChangeKind, *codes: str, parts: tuple[Part, ...] = (), area: int | None = None) -> Wish:
    return Wish(kind, tuple(office.grids[code].id for code in codes), parts, area)


def split(office: StaffedOffice, *parts: Part) -> Preview:
    return grid_changes.change(
        office.opened, leader(office), wish(office, GridChangeKind.SPLIT, FIRST, parts=parts or (STREET, REST)), "调整"
    )


def case_at(office: StaffedOffice, address: str, code: str = FIRST) -> str:
    return office.report(address=address, grid_id=office.grids[code].id).number


def grid_of(office: StaffedOffice, number: str) -> str:
    key = office.load(number).case.grid_id
    with office.opened.database.reading() as connection:
        return places.names_by_key(connection, [key])[key]  # type: ignore[index, list-item]


def people_of(office: StaffedOffice, name: str, day: date = TODAY) -> list[tuple[str, str]]:
    with office.opened.database.reading() as connection:
        key = next(choice.id for choice in places.grid_choices(connection) if choice.name == name)
        return [(one.name, one.rank) for one in responsible.everyone_responsible(connection, key, day)]


def facilities(office: StaffedOffice, *addresses: str, code: str = FIRST) -> None:
    with office.opened.database.writing() as connection:
        for place, address in enumerate(addresses):
            values = {
                "id": 100 + place,
                "code": f"33010601010000{place:02d}",
                "grid_id": office.grids[code].id,
                "address": address,
            }
            connection.execute(component.insert(), values)


def facilities_in(office: StaffedOffice) -> dict[str, list[str]]:
    with office.opened.database.reading() as connection:
        found: dict[str, list[str]] = {}
        for row in connection.exec_driver_sql(
            "SELECT g.name, c.address FROM component c JOIN grid g ON g.id = c.grid_id ORDER BY c.id"
        ):
            found.setdefault(row[0], []).append(row[1])
        return found


def test_a_split_lands_as_its_preview_says(office: StaffedOffice) -> None:
    cases = {case_at(office, at): at for at in ("幸福路3号", "和平巷口", "不知道哪里", "")}
    facilities(office, "幸福路8号灯杆", "别处")
    wanted = wish(office, GridChangeKind.SPLIT, FIRST, parts=(STREET, REST))
    shown = grid_changes.preview(office.opened, wanted)
    done = split(office)
    assert (shown.new, shown.cases, shown.components, shown.posts) == (done.new, done.cases, done.components, done.posts)
    assert [(one.code, one.name) for one in done.new] == [
        ("330106001001003", "东风社区第5网格"), ("330106001001004", "东风社区第6网格"),
    ]  # fmt: skip
    for number, address in cases.items():
        assert grid_of(office, number) == ("东风社区第5网格" if address in ("幸福路3号", "和平巷口") else "东风社区第6网格")
    assert facilities_in(office) == {"东风社区第5网格": ["幸福路8号灯杆"], "东风社区第6网格": ["别处"]}
    for name in ("东风社区第5网格", "东风社区第6网格"):
        assert people_of(office, name) == [("李小明", "A"), ("𠮷田", "B")]
    assert [one.code for one in grid_choices(office)] == [SECOND, "330106001001003", "330106001001004", OTHER, VILLAGE]
    verdict(office)


def grid_choices(office: StaffedOffice) -> tuple[places.GridChoice, ...]:
    with office.opened.database.reading() as connection:
        return places.grid_choices(connection)


def verdict(office: StaffedOffice) -> None:
    assert audit.verify(office.opened).ok


def test_each_case_that_moves_has_an_entry_and_nothing_else_of_it_changes(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.EXTEND, reason="等材料")
    before, key = office.load(number).case, office.load(number).id
    assert before.grid_id == office.grids[FIRST].id
    split(office)
    after = office.load(number).case
    assert (after.state, after.handler, after.clocks, after.request) == (
        before.state,
        before.handler,
        before.clocks,
        before.request,
    )
    assert (after.version, grid_of(office, number)) == (before.version + 1, "东风社区第6网格")
    with office.opened.database.reading() as connection:
        assert ledger_entries.timeline(connection, "incident", key)[-1].action == Action.MOVE_GRID.value


def test_nobody_moves_a_case_by_hand(office: StaffedOffice) -> None:
    number = case_at(office, "幸福路3号")
    act = Act.of(Action.MOVE_GRID, reason="随便", grid_id=office.grids[SECOND].id)
    with pytest.raises(GuardRefused):
        casework.act_on(office.opened, leader(office), number, act)


def test_people_who_are_named_go_to_their_part_only(office: StaffedOffice) -> None:
    li = office.handlers["李小明"].id
    split(office, Part("第5网格", ("幸福路",), frozenset({li})), Part("第6网格"))
    assert people_of(office, "东风社区第5网格") == [("李小明", "A"), ("𠮷田", "B")]
    assert people_of(office, "东风社区第6网格") == [("𠮷田", "B")]


def test_posts_that_follow_each_other_keep_their_ranks(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    later = TODAY + timedelta(days=10)
    planned = post_handover.plan(office.opened, clerk, li, later)
    post_handover.do(office.opened, leader(office), planned.number, sheet="JJ-1")
    split(office)
    for name in ("东风社区第5网格", "东风社区第6网格"):
        assert people_of(office, name) == [("李小明", "A"), ("𠮷田", "B")]
        assert people_of(office, name, later) == [("𠮷田", "A")]
    # Once more: the posts begin and end on the same days in what comes of that.
    new = next(choice.id for choice in grid_choices(office) if choice.name == "东风社区第5网格")
    grid_changes.change(
        office.opened, leader(office), Wish(GridChangeKind.SPLIT, (new,), (Part("第7网格", ("幸福路",)), Part("第8网格")))
    )
    assert [people_of(office, "东风社区第7网格", day) for day in (TODAY, later)] == [
        [("李小明", "A"), ("𠮷田", "B")],
        [("𠮷田", "A")],
    ]
    verdict(office)


def test_no_part_is_left_without_anybody(office: StaffedOffice) -> None:
    everybody = frozenset({office.handlers["李小明"].id, office.handlers["𠮷田"].id})
    with pytest.raises(GridWithoutPeople) as refusal:
        split(office, Part("第5网格", ("幸福路",), everybody), Part("第6网格"))
    assert refusal.value.params["names"] == ["东风社区第6网格"]
    assert [one.code for one in grid_choices(office)] == [FIRST, SECOND, OTHER, VILLAGE]


def test_base_data_of_parts_are_to_be_counted_and_their_boundaries_are_the_words(office: StaffedOffice) -> None:
    split(office)
    with office.opened.database.reading() as connection:
        rows = {row.name: row for row in places.grids(connection, TODAY)}
    assert (rows["东风社区第5网格"].households, rows["东风社区第5网格"].boundary) == (None, "幸福路、和平巷")
    assert (rows["东风社区第6网格"].households, rows["东风社区第6网格"].boundary) == (None, "")


def test_merged_grids_sum_their_numbers_and_one_a_stays_a(office: StaffedOffice) -> None:
    number = case_at(office, "随便", SECOND)
    done = grid_changes.change(office.opened, leader(office), wish(office, GridChangeKind.MERGE, FIRST, SECOND))
    with office.opened.database.reading() as connection:
        row = next(row for row in places.grids(connection, TODAY) if row.code == done.new[0].code)
    assert (done.new[0].name, row.households, row.open_cases) == ("东风社区第1网格", 500, 1)
    # 王[/]芳 was A on the second grid; both ranks are taken, and the preview says that this post ends.
    assert people_of(office, "东风社区第1网格") == [("李小明", "A"), ("𠮷田", "B")]
    assert [(one.name, one.before, one.into) for one in done.posts] == [
        ("李小明", "A", ((0, "A"),)), ("𠮷田", "B", ((0, "B"),)), ("王[/]芳", "A", ()),
    ]  # fmt: skip
    assert grid_of(office, number) == "东风社区第1网格"
    verdict(office)


def test_a_transferred_grid_takes_everything_to_the_other_community(office: StaffedOffice) -> None:
    number = case_at(office, "幸福路3号")
    area = office.grids[OTHER].area_id
    done = grid_changes.change(
        office.opened, leader(office), wish(office, GridChangeKind.TRANSFER, FIRST, parts=(Part("第2网格"),), area=area)
    )
    assert (done.new[0].code, done.new[0].name) == ("330106001002002", "新民社区第2网格")
    with office.opened.database.reading() as connection:
        row = next(row for row in places.grids(connection, TODAY) if row.code == done.new[0].code)
    assert (row.area_name, row.households, row.boundary) == ("新民社区", 260, "东至幸福路[b栋]")
    assert people_of(office, "新民社区第2网格") == [("李小明", "A"), ("𠮷田", "B")]
    assert grid_of(office, number) == "新民社区第2网格"


@pytest.mark.parametrize(
    ("kind", "codes", "parts", "flaw"),
    [
        (GridChangeKind.SPLIT, (FIRST,), (Part("第5网格"),), GridChangeFlaw.TOO_FEW_PARTS),
        (GridChangeKind.SPLIT, (FIRST,), (Part("第5网格"), Part("第5网格")), GridChangeFlaw.SAME_NAME),
        (GridChangeKind.SPLIT, (FIRST,), (Part("第5网格", (), frozenset({3})), Part("第6网格")), GridChangeFlaw.NOT_POSTED),
        (GridChangeKind.MERGE, (FIRST,), (), GridChangeFlaw.TOO_FEW_GRIDS),
        (GridChangeKind.MERGE, (FIRST, FIRST), (), GridChangeFlaw.ITSELF),
        (GridChangeKind.MERGE, (FIRST, OTHER), (), GridChangeFlaw.ACROSS),
        (GridChangeKind.TRANSFER, (FIRST,), (), GridChangeFlaw.ITSELF),
    ],
)
def test_impossible_changes_are_refused(
    office: StaffedOffice, kind: GridChangeKind, codes: tuple[str, ...], parts: tuple[Part, ...], flaw: GridChangeFlaw
) -> None:
    with pytest.raises(GridChangeUnfit) as refusal:
        grid_changes.change(office.opened, leader(office), wish(office, kind, *codes, parts=parts))
    assert refusal.value.params["why"] is flaw


def test_a_grid_goes_to_a_community_of_its_own_only(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        areas = {area.name: area.id for area in places.areas(connection)}
    for name in ("东风社区", "幸福街道"):
        with pytest.raises(GridChangeUnfit):
            grid_changes.preview(office.opened, wish(office, GridChangeKind.TRANSFER, FIRST, area=areas[name]))


def test_a_name_that_another_grid_has_is_refused_and_the_old_one_may_stay(office: StaffedOffice) -> None:
    with pytest.raises(GridNameTaken):
        split(office, Part("第2网格", ("幸福路",)), Part("第6网格"))
    done = split(office, Part("第1网格"), Part("第6网格", ("幸福路",)))
    assert [one.name for one in done.new] == ["东风社区第1网格", "东风社区第6网格"]


def test_only_a_leader_changes_grids(office: StaffedOffice) -> None:
    for role in (Role.CLERK, Role.DISPATCHER, Role.ADMIN):
        with pytest.raises(NotPermitted):
            grid_changes.change(
                office.opened, office.actors[role], wish(office, GridChangeKind.SPLIT, FIRST, parts=(STREET, REST))
            )


def test_an_old_grid_answers_with_what_it_became(office: StaffedOffice) -> None:
    split(office)
    with pytest.raises(GridClosed) as refusal:
        grid_changes.preview(office.opened, wish(office, GridChangeKind.SPLIT, FIRST, parts=(STREET, REST)))
    assert refusal.value.params["names"] == ["东风社区第5网格", "东风社区第6网格"]
    with office.opened.database.reading() as connection:
        assert grid_versions.successors(connection, office.grids[FIRST].id) == tuple(
            choice.id for choice in sorted(places.grid_choices(connection), key=lambda one: one.code, reverse=True)
            if choice.code in ("330106001001003", "330106001001004")
        )  # fmt: skip


def test_the_past_keeps_its_people_and_no_gap_is_seen_in_a_grid_that_is_no_more(office: StaffedOffice) -> None:
    split(office)
    key, yesterday = office.grids[FIRST].id, TODAY - timedelta(days=1)
    with office.opened.database.reading() as connection:
        before = [one.name for one in responsible.everyone_responsible(connection, key, yesterday)]
        gaps = {gap.grid_id for gap in responsible.gaps(connection, TODAY - timedelta(days=10), TODAY + timedelta(days=10))}
        names = places.names_of(connection, gaps)
        old_day = {row.name for row in places.grids(connection, yesterday)}
    assert before == ["李小明", "𠮷田"]
    assert names == ["新民社区第1网格", "石桥村第1网格"]
    assert "东风社区第1网格" in old_day and "东风社区第5网格" not in old_day


def test_an_undone_change_restores_all_of_it(office: StaffedOffice) -> None:
    number = case_at(office, "幸福路3号")
    facilities(office, "幸福路8号灯杆")
    posts = people_of(office, "东风社区第1网格")
    done = split(office)
    grid_changes.undo(office.opened, leader(office), done.number, "名称写错")
    assert grid_of(office, number) == "东风社区第1网格"
    assert facilities_in(office) == {"东风社区第1网格": ["幸福路8号灯杆"]}
    assert people_of(office, "东风社区第1网格") == posts
    assert [one.code for one in grid_choices(office)] == [FIRST, SECOND, OTHER, VILLAGE]
    with office.opened.database.reading() as connection:
        assert grid_versions.successors(connection, office.grids[FIRST].id) == (office.grids[FIRST].id,)
    verdict(office)
    with pytest.raises(GridChangeOver):
        grid_changes.undo(office.opened, leader(office), done.number)
    with pytest.raises(UnknownGridChange):
        grid_changes.undo(office.opened, leader(office), 99)
    split(office)
    verdict(office)


def test_what_somebody_has_acted_on_is_not_undone(office: StaffedOffice) -> None:
    number = case_at(office, "幸福路3号")
    done = split(office)
    office.act(number, Action.ACCEPT)
    with pytest.raises(GridChangeBuiltOn) as refusal:
        grid_changes.undo(office.opened, leader(office), done.number)
    assert refusal.value.params["names"] == [number]


def test_a_new_case_or_another_post_in_a_new_grid_keeps_the_change(office: StaffedOffice) -> None:
    done = split(office)
    new = {choice.name: choice for choice in grid_choices(office)}["东风社区第5网格"]
    roster.remove(office.opened, office.actors[Role.CLERK], office.handlers["𠮷田"].id, new.id)
    with pytest.raises(GridChangeBuiltOn) as refusal:
        grid_changes.undo(office.opened, leader(office), done.number)
    assert refusal.value.params["names"] == ["𠮷田"]


def test_who_got_a_post_in_a_new_grid_keeps_the_change(office: StaffedOffice) -> None:
    done = split(office)
    new = {choice.name: choice for choice in grid_choices(office)}["东风社区第5网格"]
    roster.assign(office.opened, office.actors[Role.CLERK], office.handlers["王[/]芳"].id, new.id, "B", "消防")
    with pytest.raises(GridChangeBuiltOn) as refusal:
        grid_changes.undo(office.opened, leader(office), done.number)
    assert refusal.value.params["names"] == ["王[/]芳"]
    roster.remove(office.opened, office.actors[Role.CLERK], office.handlers["王[/]芳"].id, new.id)
    grid_changes.undo(office.opened, leader(office), done.number)
    verdict(office)


def test_a_merge_is_not_undone_for_who_has_left_since(office: StaffedOffice) -> None:
    # 王[/]芳 loses her post by the merge, as both ranks are taken.
    done = grid_changes.change(office.opened, leader(office), wish(office, GridChangeKind.MERGE, FIRST, SECOND))
    departing.depart(office.opened, office.actors[Role.CLERK], office.handlers["王[/]芳"].id, TODAY + timedelta(days=1))
    with pytest.raises(GridChangeBuiltOn) as refusal:
        grid_changes.undo(office.opened, leader(office), done.number)
    assert refusal.value.params["names"] == ["王[/]芳"]
    verdict(office)


def test_changes_upon_changes_are_undone_in_reverse_order(office: StaffedOffice) -> None:
    first = split(office)
    new = [choice.id for choice in grid_choices(office) if choice.name in ("东风社区第5网格", "东风社区第6网格")]
    second = grid_changes.change(office.opened, leader(office), Wish(GridChangeKind.MERGE, tuple(new)))
    with pytest.raises(GridChangeBuiltOn):
        grid_changes.undo(office.opened, leader(office), first.number)
    grid_changes.undo(office.opened, leader(office), second.number)
    grid_changes.undo(office.opened, leader(office), first.number)
    assert [one.code for one in grid_choices(office)] == [FIRST, SECOND, OTHER, VILLAGE]
    verdict(office)


@pytest.mark.parametrize("seed", range(6))
def test_random_changes_never_lose_a_case_and_always_replay(office: StaffedOffice, seed: int) -> None:
    draw = random.Random(seed)
    numbers = [case_at(office, draw.choice(("幸福路1号", "和平巷", "")), draw.choice((FIRST, SECOND, OTHER))) for _ in range(8)]
    done: list[Preview] = []
    for step in range(12):
        here = list(grid_choices(office))
        kind = draw.choice((*GridChangeKind, None))
        try:
            if kind is None and done:
                grid_changes.undo(office.opened, leader(office), done.pop().number)
            elif kind is GridChangeKind.SPLIT:
                parts = (Part(f"东{step}", ("幸福路",)), Part(f"西{step}"))
                done.append(grid_changes.change(office.opened, leader(office), Wish(kind, (draw.choice(here).id,), parts)))
            elif kind is GridChangeKind.MERGE:
                pair = draw.sample(here, 2)
                done.append(grid_changes.change(office.opened, leader(office), Wish(kind, tuple(one.id for one in pair))))
            elif kind is not None:
                area = draw.choice(here).area_id
                done.append(grid_changes.change(office.opened, leader(office), Wish(kind, (draw.choice(here).id,), (), area)))
        except (GridChangeUnfit, GridNameTaken):
            continue
        open_grids = {choice.id for choice in grid_choices(office)}
        assert {office.load(number).case.grid_id for number in numbers} <= open_grids
    verdict(office)
