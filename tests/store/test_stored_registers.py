"""The office's registers as they are stored: calendar, operators, places, people, catalogue."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_office import HOSTILE_ADDRESS, SHANGHAI, StaffedOffice

from gridconsole.domain import roster as rules
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import Limit, Milestone
from gridconsole.domain.clock import CalendarDay, DayLayer, OfficeHours, standard_week
from gridconsole.domain.codes import CategoryKind, Level, Unit
from gridconsole.domain.roster import BookTable
from gridconsole.domain.states import Result, Role, State
from gridconsole.services import roster
from gridconsole.store import cases, catalogue, offices, people, places
from gridconsole.store import roster as book
from gridconsole.store.types import instant, stamp

TODAY = date(2026, 11, 23)


# Fixed offsets: Python calls two times of a named zone's clock change unequal even where they are one instant.
zones = st.just(UTC) | st.just(timezone(timedelta(hours=8))) | st.just(timezone(timedelta(hours=-5)))


@given(st.datetimes(timezones=zones))
def test_an_instant_survives_being_stored_to_the_microsecond(at: datetime) -> None:
    assert instant(stamp(at)) == at
    assert len(stamp(at)) == 27
    assert stamp(at).endswith("Z")


@given(st.lists(st.datetimes(timezones=zones), min_size=2, max_size=5))
def test_stored_instants_sort_as_text(moments: list[datetime]) -> None:
    assert sorted(map(stamp, moments)) == [stamp(at) for at in sorted(moments)]


def test_an_instant_without_a_zone_is_never_stored() -> None:
    with pytest.raises(ValueError, match="naive"):
        stamp(datetime(2026, 11, 23))  # noqa: DTZ001  the mistake under test


# --- calendar ---------------------------------------------------------------------------------------------------


def test_hours_and_days_come_back_as_they_were_written(office: StaffedOffice) -> None:
    summer = OfficeHours(date(2026, 5, 1), standard_week([(time(8), time(12)), (time(14, 30), time(18))], range(6)))
    typhoon = CalendarDay(date(2026, 9, 21), False, "台风[/]停工", DayLayer.OVERRIDE)
    on_duty = CalendarDay(date(2026, 10, 1), True, "应急值守", DayLayer.OVERRIDE, 2)
    with office.opened.database.writing() as connection:
        offices.put_hours(connection, summer)
        offices.put_days(connection, [typhoon, on_duty], "王芳")
        offices.put_days(connection, [], "nobody")
    with office.opened.database.reading() as connection:
        calendar = offices.calendar(connection, SHANGHAI)
        stored = offices.calendar_days(connection)
    assert calendar.week_on(date(2026, 6, 1)) == summer.week
    assert calendar.week_on(date(2026, 4, 30)) == office.opened.calendar.week_on(date(2026, 4, 30))
    assert {typhoon, on_duty} <= set(stored)
    assert not calendar.is_workday(date(2026, 9, 21))
    assert calendar.day_note(date(2026, 10, 1)) == "应急值守"


def test_a_day_written_again_replaces_itself_in_its_own_layer_only(office: StaffedOffice) -> None:
    day = date(2026, 10, 1)
    for note in ("值守", "值守取消"):
        with office.opened.database.writing() as connection:
            offices.put_days(connection, [CalendarDay(day, True, note, DayLayer.OVERRIDE)], "王芳")
    with office.opened.database.reading() as connection:
        of_day = {item.layer: item.note for item in offices.calendar_days(connection) if item.day == day}
    assert of_day == {DayLayer.NOTICE: "国庆节", DayLayer.OVERRIDE: "值守取消"}


# --- operators --------------------------------------------------------------------------------------------------


def test_operators_come_with_their_roles_and_inactive_ones_do_not_come(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        key = offices.add_operator(connection, 1, "𠮷田[/]", [Role.CLERK, Role.INSPECTOR, Role.CLERK], warden_id=2)
        without = offices.add_operator(connection, 1, "实习生", [])
        connection.exec_driver_sql("UPDATE operator SET active = 0 WHERE name = '领导'")
    with office.opened.database.reading() as connection:
        everybody = {actor.id: actor for actor in offices.operators(connection, 1)}
        assert offices.operators(connection, 2) == ()
    assert (everybody[key].name, everybody[key].warden_id) == ("𠮷田[/]", 2)
    assert everybody[key].roles == {Role.CLERK, Role.INSPECTOR}
    assert everybody[without].roles == frozenset()
    assert "领导" not in {actor.name for actor in everybody.values()}


# --- places -----------------------------------------------------------------------------------------------------


def test_the_tree_of_areas_hangs_together(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        rows = places.areas(connection)
    by_id = {row.id: row for row in rows}
    assert [row.code for row in rows] == sorted(row.code for row in rows)
    for row in rows:
        parent = by_id.get(row.parent_id or 0)
        assert (parent is None) is (row.level is Level.DISTRICT)
        assert parent is None or row.code.startswith(parent.code)
    assert {row.name: row.grids for row in rows if row.grids} == {"东风社区": 2, "新民社区": 1, "石桥村": 1}


def test_a_grid_row_counts_its_people_and_open_cases_today(office: StaffedOffice) -> None:
    office.case_in(State.HANDLING)
    office.case_in(State.CLOSED)
    with office.opened.database.reading() as connection:
        rows = {row.code: row for row in places.grids(connection, TODAY)}
        before_anyone_came = places.grid(connection, rows["330106001001001"].id, date(2024, 1, 1))
    first, left = rows["330106001001001"], rows["330106001002001"]
    assert (first.wardens, first.open_cases, first.households, first.subdistrict) == (2, 1, 260, "幸福街道")
    assert first.boundary == "东至幸福路[b栋]"
    assert left.wardens == 0
    assert before_anyone_came is not None
    assert before_anyone_came.wardens == 0


def test_a_place_is_known_by_its_grid_first_and_its_area_otherwise(office: StaffedOffice) -> None:
    grid = office.grids["330106102201001"]
    with office.opened.database.reading() as connection:
        chain = ("330106102201", "330106102", "330106")
        assert places.area_chain(connection, 1, grid.id) == chain
        assert places.area_chain(connection, grid.area_id, None) == chain
        assert places.area_chain(connection, None, None) == ()


def test_only_reference_tables_can_be_written_by_name(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        with pytest.raises(KeyError, match="ledger"):
            places.existing(connection, "ledger")
        with pytest.raises(KeyError, match="incident"):
            places.upsert(connection, "incident; DROP TABLE grid", [{"id": 1}], insert=True)


def test_what_a_unit_answers_for_is_replaced_whole(office: StaffedOffice) -> None:
    unit = office.handlers["城管局"].id
    with office.opened.database.writing() as connection:
        has_duties(connection, office, unit, [("event", "07", "", True), ("component", "01", "02", False)])
        places.replace_areas(connection, unit, [4, 4, 5])
        served, duties = places.services(connection)[unit]
        has_duties(connection, office, unit, [])
        places.replace_areas(connection, unit, [])
        assert unit not in places.services(connection)
    assert (served, duties) == ({4, 5}, {("event", "07", "", True), ("component", "01", "02", False)})


def has_duties(connection: Any, office: StaffedOffice, unit: int, wanted: list[tuple[str, str, str, bool]]) -> None:
    """Give a unit exactly some responsibilities from today on."""
    present, number = book.duties_of(connection, unit), book.next_number(connection, BookTable.RESPONSIBILITY)
    lines = rules.duty_lines(unit, present, wanted, office.opened.today(), number)
    roster.record(connection, office.opened, office.actors[Role.CLERK], "duties_change", ("unit", unit), lines)


# --- people -----------------------------------------------------------------------------------------------------


def test_a_warden_row_masks_the_phone_and_counts_posts_and_cases(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"])
    with office.opened.database.reading() as connection:
        rows = {row.name: row for row in people.wardens(connection, TODAY)}
    busy, gone = rows["李小明"], rows["赵离"]
    assert (busy.phone, busy.posts, busy.open_cases, busy.on_leave) == ("138****5678", 1, 1, False)
    assert not busy.has_left(TODAY)
    assert (gone.posts, gone.left_on) == (0, date(2026, 6, 30))
    assert gone.has_left(TODAY)
    assert not gone.has_left(date(2026, 6, 29))


def test_leave_counts_on_both_its_first_and_its_last_day(office: StaffedOffice) -> None:
    key = office.handlers["李小明"].id
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by)"
            " VALUES (1, ?, 'annual', '2026-11-23a', '2026-11-25p', 0)",
            (key,),
        )
    away = {}
    with office.opened.database.reading() as connection:
        for day in (22, 23, 25, 26):
            row = people.warden(connection, key, date(2026, 11, day))
            away[day] = row is not None and row.on_leave
    assert away == {22: False, 23: True, 25: True, 26: False}


def test_posts_name_both_their_ends_present_ones_first(office: StaffedOffice) -> None:
    key, old, new = office.handlers["李小明"].id, office.grids["330106001001001"].id, office.grids["330106001001002"].id
    clerk = office.actors[Role.CLERK]
    roster.remove(office.opened, clerk, key, old)
    roster.assign(office.opened, clerk, key, new, "B", "巡查[/]")
    with office.opened.database.reading() as connection:
        posts = people.posts_of_warden(connection, key)
        on_grid = people.posts_of_grid(connection, old)
    assert [(post.grid_id, post.rank, post.ends_on) for post in posts] == [(new, "B", None), (old, "A", TODAY)]
    assert [(post.warden, post.ends_on) for post in on_grid] == [("𠮷田", None), ("李小明", TODAY)]


def test_units_that_serve_areas_answer_for_their_duties_there_only(office: StaffedOffice) -> None:
    unit = office.handlers["环卫所"].id
    with office.opened.database.writing() as connection:
        has_duties(connection, office, unit, [("event", "01", "", False)])
        places.replace_areas(connection, unit, [2, 3])
        facts = people.unit_facts(connection, office.opened.today())
    by_name = {item.handler.name: item for item in facts.facts}
    assert {duty.area_code for duty in by_name["环卫所"].duties} == {"330106001", "330106102"}
    assert {duty.area_code for duty in by_name["城管局"].duties} == {None}
    assert by_name["幸福街道办"].is_territorial_office
    assert facts.all_day == {office.handlers["市政养护公司"].id}


def test_workload_counts_what_is_being_handled_and_how_often_it_was_late(office: StaffedOffice) -> None:
    for hours in (0, 9):
        number = office.case_in(State.HANDLING)
        office.clock.advance(hours=hours)
        office.act(number, Action.FEEDBACK, note="已清理")
    office.case_in(State.HANDLING)
    with office.opened.database.reading() as connection:
        load = people.workload(connection, office.clock())
        long_after = people.workload(connection, office.clock() + timedelta(days=91))
    key = ("unit", office.handlers["城管局"].id)
    assert (load.loads[key], load.rates[key]) == (1, 0.5)
    assert long_after.rates == {}


# --- catalogue --------------------------------------------------------------------------------------------------


def test_the_catalogue_comes_back_with_its_rules(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        chosen = {item.category.minor_name: item for item in catalogue.categories(connection)}
        rules = catalogue.rules(connection, chosen["上水井盖"].category.id)
        assert catalogue.category(connection, 4711) is None
    cover = chosen["上水井盖"].category
    assert (cover.kind, cover.code, cover.is_local, chosen["上水井盖"].initials) == (
        CategoryKind.COMPONENT,
        "01-01",
        False,
        "ssjg",
    )
    assert [(rule.condition, rule.limit) for rule in rules] == [
        ("缺失", Limit(Decimal(2), Unit.URGENT_HOUR)),
        ("破损", Limit(Decimal(1), Unit.WORK_DAY)),
    ]


def test_a_case_keeps_the_retired_rule_it_was_filed_under(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    rule = office.load(number).case.rule
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE filing_rule SET active = 0")
        assert catalogue.rules(connection, rule.category_id) == ()
    assert office.load(number).case.rule == rule


def test_milestones_survive_being_stored() -> None:
    milestones = (
        Milestone(Limit(Decimal(4), Unit.WORK_HOUR), "制止[/]"),
        Milestone(Limit(Decimal("7"), Unit.WORK_DAY), "处罚"),
        Milestone(Limit(Decimal("0.5"), Unit.URGENT_HOUR), ""),
    )
    assert catalogue.decode_milestones(catalogue.encode_milestones(milestones)) == milestones


# --- cases ------------------------------------------------------------------------------------------------------


def test_a_case_loads_as_it_was_saved_clocks_pauses_and_all(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK, address=HOSTILE_ADDRESS)
    office.clock.advance(minutes=10)
    office.act(number, Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    loaded = office.load(number)
    with office.opened.database.reading() as connection:
        every = cases.clocks_of(connection, loaded.id)
        assert cases.load(connection, 1, "2026112399999") is None
        assert cases.load(connection, 2, number) is None
    assert [clock.stage for clock in every] == ["accept", "file", "dispatch", "handle", "check"]
    assert [clock.stage for clock in loaded.case.clocks] == ["handle"]
    (pause,) = loaded.case.clocks[0].pauses
    assert pause.end - pause.start == timedelta(minutes=10)
    assert [past.action for past in loaded.case.past][-1] == "check"
