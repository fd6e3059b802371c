"""What the command desk reads: the open queue, searches, counters, one case, figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_office import HOSTILE_ADDRESS, LONG_COMPLAINT, SHANGHAI, StaffedOffice, local

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Grade, Outcome, Result, Role, Source, Stage, State
from gridconsole.domain.views.queue import QueueRow
from gridconsole.store import figures, queue, searching
from gridconsole.store.case_conditions import Conditions
from gridconsole.store.searching import Search

OFFICE = 1


def open_rows(office: StaffedOffice, limit: int = 100) -> tuple[QueueRow, ...]:
    with office.opened.database.reading() as connection:
        return queue.open_queue(connection, OFFICE, limit)


def found(office: StaffedOffice, limit: int = 100, words: str = "", **conditions: object) -> list[str]:
    with office.opened.database.reading() as connection:
        rows = searching.search(connection, OFFICE, Search(words, among=Conditions(**conditions)), limit)  # type: ignore[arg-type]
    return [row.number for row in rows]


def test_the_queue_holds_open_cases_most_pressing_first(office: StaffedOffice) -> None:
    first = office.case_in(State.HANDLING)
    office.clock.advance(minutes=30)
    second = office.case_in(State.REPORTED)
    urgent = office.case_in(State.REPORTED, grade=Grade.URGENT)
    office.case_in(State.CLOSED)
    office.case_in(State.DECLINED)
    rows = open_rows(office)
    assert [row.number for row in rows] == [second, urgent, first]
    assert [row.due_at for row in rows] == sorted(row.due_at for row in rows if row.due_at)
    assert [row.number for row in open_rows(office, limit=1)] == [second]


def test_a_row_says_everything_a_line_shows_and_nothing_personal(office: StaffedOffice) -> None:
    number = office.case_in(
        State.HANDLING, text=LONG_COMPLAINT, address=HOSTILE_ADDRESS, reporter_name="李小明", reporter_phone="15999990000"
    )
    (row,) = open_rows(office)
    assert (row.number, row.state, row.version) == (number, State.HANDLING, 4)
    assert (row.grid_code, row.grid_name, row.area_name) == ("330106001001001", "东风社区第1网格", "东风社区")
    assert (row.category, row.category_code, row.handler) == ("暴露垃圾", "01-01", "城管局")
    assert (row.due_stage, row.address, len(row.summary)) == (Stage.HANDLE, HOSTILE_ADDRESS, 80)
    assert "李小明" not in repr(row)
    assert "15999990000" not in repr(row)


def test_sorting_puts_severity_before_age_and_never_looks_at_the_last_update(office: StaffedOffice) -> None:
    numbers = [office.report(grade=grade).number for grade in (Grade.ORDINARY, Grade.MAJOR, Grade.ORDINARY)]
    office.act(numbers[0], Action.NOTE, note="居民来电")
    rows = sorted(open_rows(office), key=lambda row: row.sort_key)
    assert [row.number for row in rows] == [numbers[1], numbers[0], numbers[2]]


def test_a_row_is_overdue_from_the_moment_after_its_deadline(office: StaffedOffice) -> None:
    office.report()
    (row,) = open_rows(office)
    assert row.due_at is not None
    assert not row.is_overdue(row.due_at)
    assert row.is_overdue(row.due_at + timedelta(microseconds=1))


def test_recently_closed_cases_come_newest_first(office: StaffedOffice) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(office.case_in(State.CLOSED))
        office.clock.advance(minutes=10)
    with office.opened.database.reading() as connection:
        rows = queue.recently_closed(connection, OFFICE, office.clock() - timedelta(minutes=20), 10)
    assert [row.number for row in rows] == [numbers[2], numbers[1]]
    assert {row.outcome for row in rows} == {Outcome.RESOLVED}


@pytest.mark.parametrize("words", ["100%", "a_b", "[/]", "b栋]①", "50!50", "\\", "'; DROP TABLE incident; --", "𠮷"])
def test_words_are_looked_for_literally(office: StaffedOffice, words: str) -> None:
    wanted = office.report(text=f"路边{words}垃圾").number
    office.report(text="路边100x、a-b、b栋①、5050、垃圾")
    assert found(office, words=words) == [wanted]


def test_words_are_found_in_number_text_address_handler_and_the_sources_own_number(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING, text=LONG_COMPLAINT, address=HOSTILE_ADDRESS, source_ref="12345-2026-8899")
    other = office.report().number
    for words in (number[-6:], "夜间施工", "b栋", "城管", "8899"):
        assert found(office, words=words) == [number]
    assert found(office, words="路边有暴露") == [other]
    assert found(office, words="暴露垃圾") == [other, number], "both are of this category"
    assert found(office, words="无此内容") == []


def test_conditions_of_a_search_hold_together(office: StaffedOffice) -> None:
    reported = office.report().number
    handling = office.case_in(State.HANDLING)
    closed = office.case_in(State.CLOSED)
    assert found(office) == [closed, handling, reported]
    assert found(office, limit=2) == [closed, handling]
    assert found(office, states=(State.CLOSED, State.REPORTED)) == [closed, reported]
    assert found(office, open_only=True) == [handling, reported]
    assert found(office, states=(State.CLOSED,), open_only=True) == []
    office.clock.advance(hours=1)
    assert found(office, overdue_at=office.clock()) == [reported]
    office.clock.advance(hours=6)
    assert found(office, overdue_at=office.clock()) == [reported, handling]


def test_a_period_includes_its_beginning_and_excludes_its_end(office: StaffedOffice) -> None:
    at = office.clock()
    number = office.report().number
    assert found(office, reported_from=at) == [number]
    assert found(office, reported_until=at) == []
    assert found(office, reported_until=at + timedelta(microseconds=1)) == [number]


def test_counters_count_what_waits_what_is_late_and_todays_work(office: StaffedOffice) -> None:
    office.report()
    office.report()
    office.case_in(State.HANDLING)
    office.case_in(State.CLOSED)
    office.clock.advance(minutes=16)
    with office.opened.database.reading() as connection:
        counted = queue.counters(connection, OFFICE, office.clock(), office.opened.midnight())
        tomorrow = queue.counters(connection, OFFICE, office.clock(), office.opened.midnight(date(2026, 11, 24)))
    assert counted.waiting == {State.REPORTED: 2, State.HANDLING: 1}
    assert counted.overdue == {State.REPORTED: 2, State.HANDLING: 0}
    assert (counted.reported_today, counted.closed_today) == (4, 1)
    assert (tomorrow.reported_today, tomorrow.closed_today) == (0, 0)


def test_a_detail_masks_who_reported(office: StaffedOffice) -> None:
    number = office.report(reporter_name="李小明", reporter_phone="15999990000", source_ref="热线[88]").number
    with office.opened.database.reading() as connection:
        detail = queue.detail(connection, OFFICE, number)
        assert queue.detail(connection, OFFICE, "2026112399999") is None
        assert queue.detail(connection, OFFICE + 1, number) is None
    assert detail is not None
    assert (detail.reporter, detail.phone, detail.source_ref) == ("李**", "159****0000", "热线[88]")


def test_a_detail_says_the_rule_a_case_was_filed_under(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with office.opened.database.reading() as connection:
        detail = queue.detail(connection, OFFICE, number)
    assert detail is not None
    assert (detail.condition, detail.close_condition, detail.standard) == ("少量", "清理干净", "GB/T 30428.2-2013")


def test_at_most_two_numbers_answer_to_a_short_form(office: StaffedOffice) -> None:
    for _ in range(12):
        office.report()
    with office.opened.database.reading() as connection:
        assert queue.numbers_like(connection, OFFICE, "00012") == ("2026112300012",)
        assert queue.numbers_like(connection, OFFICE, "012") == queue.numbers_like(connection, OFFICE, "300012")
        assert queue.numbers_like(connection, OFFICE, "2026112300012") == ("2026112300012",)
        assert [queue.numbers_like(connection, OFFICE, word) for word in ("12", "%", "112300012 ", "22026112300012")] == [()] * 4
        assert [row.number[-2:] for row in queue.rows_by_number(connection, OFFICE, "20261123")] == [
            f"{serial:02}" for serial in range(12, 0, -1)
        ]
        assert [row.number for row in queue.rows_by_number(connection, OFFICE, "0007")] == ["2026112300007"]
        assert queue.numbers_like(connection, OFFICE, "_0012") == ()


def test_open_cases_of_a_grid_come_those_of_the_same_category_first(office: StaffedOffice) -> None:
    garbage, lamp = office.categories["暴露垃圾"], office.categories["路灯"]
    first = office.report(category_id=lamp).number
    second = office.report(category_id=garbage).number
    office.clock.advance(minutes=1)
    third = office.report(category_id=lamp).number
    office.case_in(State.CLOSED)
    office.report(grid_id=office.grids["330106102201001"].id)
    grid = office.grids["330106001001001"].id
    with office.opened.database.reading() as connection:
        alike = [row.number for row in queue.open_in_grid(connection, grid, garbage, 10)]
        any_kind = [row.number for row in queue.open_in_grid(connection, grid, None, 2)]
    assert (alike[0], alike[1]) == (second, third)
    assert (set(alike), any_kind[0]) == ({first, second, third}, third)
    assert len(any_kind) == 2


def test_open_cases_in_somebodys_hands_come_most_pressing_first(office: StaffedOffice) -> None:
    later = office.case_in(State.TO_FILE)
    office.act(later, Action.FILE, category_id=office.categories["夜间施工"])
    office.act(later, Action.DISPATCH, handler=office.handlers["城管局"], reason="代办")
    sooner = office.case_in(State.HANDLING)
    office.case_in(State.CLOSED)
    other = office.case_in(State.TO_DISPATCH)
    office.act(other, Action.DISPATCH, handler=office.handlers["环卫所"])
    with office.opened.database.reading() as connection:
        rows = queue.open_of_handler(connection, "unit", office.handlers["城管局"].id, 10)
        none = queue.open_of_handler(connection, "warden", office.handlers["城管局"].id, 10)
    assert ([row.number for row in rows], none) == ([sooner, later], ())


# --- figures ----------------------------------------------------------------------------------------------------


def test_a_days_figures_count_from_midnight_to_midnight_in_the_office(office: StaffedOffice) -> None:
    day = date(2026, 11, 23)
    office.clock.at = local(day, "23:59")
    office.report(source=Source.PUBLIC)
    office.clock.at = local(date(2026, 11, 24), "00:00")
    office.report(source=Source.WARDEN)
    made = office.made("daily", day.isoformat())
    rows = {table.key: [tuple(map(str, row)) for row in table.rows[:-1]] for table in made.tables}
    assert {metric.key: metric.value for metric in made.metrics}["reported"] == 1
    assert rows["sources"] == [("群众反映", "1")]
    assert rows["areas"] == [("幸福街道", "1", "0")]
    assert rows["categories"] == [("暴露垃圾", "1")]


def test_late_handlings_are_counted_when_they_are_fed_back(office: StaffedOffice) -> None:
    late, prompt = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    office.act(prompt, Action.FEEDBACK, note="已清理")
    office.clock.advance(hours=8)
    office.act(late, Action.FEEDBACK, note="已清理")
    midnight = office.opened.midnight()
    with office.opened.database.reading() as connection:
        acts = figures.acts(connection, OFFICE, midnight, midnight + timedelta(days=1))
        units = figures.units(connection, OFFICE, office.clock())
    assert acts["feedback", "to_check"] == 2
    assert {metric.key: metric.value for metric in office.made("daily").metrics}["fed_back"] == 2
    turns = dict(zip(office.made("units").tables[0].columns, office.made("units").tables[0].rows[0], strict=True))
    assert (turns["办结反馈数"], turns["应办数"], turns["按期办数"]) == (2, 2, 1)
    assert units == ()


def test_units_are_listed_with_what_they_have_in_hand_and_how_much_of_it_is_late(office: StaffedOffice) -> None:
    office.case_in(State.HANDLING)
    office.clock.advance(hours=7)
    for _ in range(2):
        number = office.case_in(State.TO_DISPATCH)
        office.act(number, Action.DISPATCH, handler=office.handlers["环卫所"])
    with office.opened.database.reading() as connection:
        units = figures.units(connection, OFFICE, office.clock())
    assert [(unit.name, unit.handling, unit.overdue) for unit in units] == [("城管局", 1, 1), ("环卫所", 2, 0)]


def test_totals_count_the_registers(office: StaffedOffice) -> None:
    office.case_in(State.CLOSED)
    with office.opened.database.reading() as connection:
        counted = figures.totals(connection)
    registers = {name: counted[name] for name in ("subdistricts", "communities", "grids", "wardens", "departments", "categories")}
    assert registers == {"subdistricts": 2, "communities": 3, "grids": 4, "wardens": 4, "departments": 6, "categories": 5}
    assert counted["incidents"] == 1


def test_a_failed_check_shows_as_rework_in_the_row(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    office.act(number, Action.CHECK, Role.INSPECTOR, result=Result.FAIL, reason="仍有垃圾[/]")
    (row,) = open_rows(office)
    assert (row.state, row.rework_total, row.reported_at.astimezone(SHANGHAI).hour) == (State.HANDLING, 1, 9)
