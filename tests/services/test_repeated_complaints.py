"""重复投诉: what is taken for a repeated complaint, and how it is listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from small_office import StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Source
from gridconsole.reporting.repeats import DAYS, repeats
from gridconsole.store.hot_spots import Complaint

BEGUN = datetime(2026, 11, 1, tzinfo=UTC)
CALLER, OTHER = "13812345678", "13912345678"
PLACE, ELSEWHERE = (1, 2, "幸福路3号"), (1, 2, "幸福路4号")


def complaint(key: int, day: float, phone: str = "", place: tuple[int | None, int | None, str] = (None, None, "")) -> Complaint:
    return Complaint(key, BEGUN + timedelta(days=day), phone, place)


def found(*complaints: Complaint) -> list[tuple[int, int, bool]]:
    return [
        (one.case.incident_id, one.earlier.incident_id, one.is_same_caller) for one in repeats(complaints, timedelta(days=DAYS))
    ]


def test_the_same_caller_or_the_same_place_and_category_repeats() -> None:
    assert found(complaint(1, 0, CALLER, PLACE), complaint(2, 3, CALLER, ELSEWHERE)) == [(2, 1, True)]
    assert found(complaint(1, 0, CALLER, PLACE), complaint(2, 3, OTHER, PLACE)) == [(2, 1, False)]
    assert found(complaint(1, 0, CALLER, PLACE), complaint(2, 3, OTHER, ELSEWHERE)) == []
    assert found(complaint(1, 0, CALLER, PLACE), complaint(2, 0, CALLER, PLACE)) == [(2, 1, True)], (
        "the caller counts before the place"
    )


def test_the_newest_one_before_it_is_the_earlier_case_and_each_repeats_once() -> None:
    assert found(complaint(1, 0, CALLER, PLACE), complaint(2, 1, OTHER, PLACE), complaint(3, 2, CALLER, PLACE)) == [
        (2, 1, False),
        (3, 2, False),
    ]


def test_nothing_is_known_of_callers_and_places_that_are_not_named() -> None:
    assert found(complaint(1, 0), complaint(2, 1)) == []
    assert found(complaint(1, 0, "", (1, None, "幸福路3号")), complaint(2, 1, "", (1, None, "幸福路3号"))) == [], (
        "no category yet"
    )


def test_after_a_month_it_is_a_new_complaint() -> None:
    assert found(complaint(1, 0, CALLER), complaint(2, DAYS, CALLER)) == [(2, 1, True)]
    assert found(complaint(1, 0, CALLER), complaint(2, DAYS + 0.001, CALLER)) == []


def test_the_list_has_the_period_s_repeats_with_cases_before_it(office: StaffedOffice) -> None:
    first = office.report(source=Source.HOTLINE_12345, reporter_phone=CALLER, address="幸福路3号").number
    by_warden = office.report(source=Source.WARDEN, address="幸福路3号").number
    office.clock.advance(days=9)
    again = office.report(source=Source.PUBLIC, reporter_phone=CALLER, address="幸福路9号").number
    there = office.report(source=Source.PUBLIC, reporter_phone=OTHER, address="幸福路3号").number
    declined = office.report(source=Source.HOTLINE_12345, reporter_phone=OTHER).number
    office.act(declined, Action.DECLINE, reason="重复")
    december = office.made("repeats", "2026-12")
    rows = [[str(cell) for cell in row[:1] + row[2:5]] for row in december.tables[0].rows]
    assert rows == [[again, first, "9", "同一来电人"], [there, first, "9", "同一地点"], [declined, there, "0", "同一来电人"]]
    assert by_warden not in str(rows), "a warden's report is no complaint"
    assert office.made("repeats", "2026-11").tables[0].rows == ()
    limited = office.made("repeats", "2026-12", "来源=12345").tables[0].rows
    assert [str(row[0]) for row in limited] == [declined]


def test_exceptions_have_a_list_for_each_reason(office: StaffedOffice) -> None:
    number = office.report(source=Source.HOTLINE_12345).number
    office.act(number, Action.DECLINE, reason="不属实")
    made = office.made("exceptions", "2026-11")
    assert {table.key: len(table.rows) for table in made.tables if table.rows} == {"declined": 1}
    assert {metric.key: metric.value for metric in made.metrics if metric.value} == {"declined": 1}
