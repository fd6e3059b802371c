"""Worked examples of figures, one each: what a clerk would work out on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from small_office import DECIDES, StaffedOffice, local

from gridconsole.domain.actions import Action, CallBack, Lead
from gridconsole.domain.figures import COUNTS, value_of
from gridconsole.domain.periods import read_period
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.importing import undo
from gridconsole.importing.engine import run
from gridconsole.reporting import case_tables, hotline, lists, periodic, rankings
from gridconsole.reporting.dimensions import EVERYTHING, Filter
from gridconsole.reporting.model import Percent, Table
from gridconsole.reporting.request import Request
from gridconsole.reporting.writers.cells import titled
from gridconsole.services import calendars, fact_keeping, operators
from gridconsole.store import fact_queries


def counted(office: StaffedOffice, period: str) -> dict[str, int]:
    """Every count of a period."""
    here = office.opened
    found = read_period(period, here.today())
    assert found is not None
    days = Request(found, here.now(), here.calendar.zone).days
    with here.database.reading() as connection:
        return fact_queries.cube(connection, here.id, [count.key for count in COUNTS], days, ()).total()


def some(office: StaffedOffice, period: str, *keys: str) -> tuple[int, ...]:
    found = counted(office, period)
    return tuple(found.get(key, 0) for key in keys)


def at(office: StaffedOffice, moment: str) -> None:
    office.clock.at = datetime.fromisoformat(f"{moment}+08:00")


def in_hand(office: StaffedOffice, **more: object) -> str:
    """A case that is handled from now on, within four working hours."""
    return office.case_in(State.HANDLING, **more)


def finish(office: StaffedOffice, number: str) -> None:
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)


def test_midnight_belongs_to_the_day_that_begins(office: StaffedOffice) -> None:
    at(office, "2026-11-23T23:59:59")
    office.report()
    at(office, "2026-11-24T00:00:00")
    office.report()
    assert some(office, "2026-11-23", "reported") == some(office, "2026-11-24", "reported") == (1,)


def test_a_deadline_on_the_last_of_a_month_counts_in_that_month_wherever_the_feedback_falls(office: StaffedOffice) -> None:
    at(office, "2026-12-31T09:00:00")
    number = in_hand(office)
    at(office, "2027-01-01T09:00:00")
    finish(office, number)
    assert some(office, "2026-12", "due", "handled", "handled_in_time", "overdue_unhandled") == (1, 0, 0, 1), (
        "not handled at its end"
    )
    assert some(office, "2027-01", "due", "fed_back", "closed") == (0, 1, 1), "it counts as due in one month only"
    assert some(office, "2026", "due", "overdue_unhandled") == (1, 1)


def test_a_suspension_over_the_end_of_a_month_moves_the_case_to_the_next(office: StaffedOffice) -> None:
    at(office, "2026-11-27T15:00:00")
    number = in_hand(office)
    office.grant(number, Action.SUSPEND, until=date(2026, 12, 7))
    at(office, "2026-12-01T08:00:00")
    assert some(office, "2026-11", "due", "fed_back", "suspended_at_end") == (0, 0, 1), "a suspension is no feedback"
    at(office, "2026-12-07T09:00:00")
    office.act(number, Action.RESUME, reason="恢复")
    finish(office, number)
    at(office, "2026-12-08T09:00:00")
    assert some(office, "2026-12", "due", "handled_in_time") == (1, 1)
    assert some(office, "2026-11", "due", "suspended_at_end") == (0, 1), "what held at its end is not forgotten"


def test_a_saturday_that_is_worked_is_a_working_day_of_the_deadline(office: StaffedOffice) -> None:
    calendars.set_day(office.opened, office.actors[Role.ADMIN], date(2026, 11, 28), calendars.DayKind.WORK, "补班")
    at(office, "2026-11-27T16:00:00")
    number = in_hand(office)
    at(office, "2026-11-28T17:00:00")
    finish(office, number)
    assert some(office, "2026-11-28", "due", "handled_in_time", "handled_late") == (1, 0, 1), "due on the Saturday morning"


def test_a_rework_is_one_case_handled_by_its_last_feedback(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    number = in_hand(office)
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.FAIL, reason="没清干净")
    at(office, "2026-11-24T16:00:00")
    finish(office, number)
    keys = ("due", "handled", "handled_in_time", "handled_late", "reworked", "reworks", "feedbacks", "turns", "turns_fed_back")
    assert some(office, "2026-11", *keys) == (1, 1, 0, 1, 1, 1, 2, 1, 1)


@pytest.mark.parametrize("action", [Action.REDISPATCH, Action.RETURN])
def test_a_turn_that_ends_late_without_a_feedback_is_a_miss(office: StaffedOffice, action: Action) -> None:
    at(office, "2026-11-23T09:00:00")
    number = in_hand(office)
    at(office, "2026-11-24T16:00:00")
    more = {"handler": office.handlers["环卫所"]} if action is Action.REDISPATCH else {}
    office.act(number, action, reason="派错", **more)
    if action is Action.RETURN:
        office.act(number, Action.GRANT, DECIDES[action])
    rows = {row[0]: row[1:4] for row in by_unit(office, "2026-11").rows}
    assert rows["城管局"] == (1, 1, 0)


def test_a_later_call_takes_no_case_out_of_a_month_that_was_printed(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    number = office.case_in(State.REPORTED, source=Source.HOTLINE_12345, reporter_phone="13812345678")
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    finish(office, number)
    office.act(number, Action.CALL_BACK, call_back=CallBack(False))
    office.clock.advance(hours=3)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), reason="又堆上了")
    keys = ("called_back", "reached", "solved", "satisfied")
    printed = some(office, "2026-11", *keys)
    assert printed == (1, 1, 0, 0), "the last call of the month"
    at(office, "2026-12-02T09:00:00")
    office.act(number, Action.REOPEN, reason="又堆上了")
    finish(office, number)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.SATISFIED))
    assert some(office, "2026-11", *keys) == printed
    assert some(office, "2026-12", *keys) == (1, 1, 1, 1)
    assert some(office, "2026", *keys) == (1, 1, 1, 1), "a year asks each once: these do not add up"


def test_each_department_of_a_redispatched_case_has_its_turn(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    number = in_hand(office)
    office.act(number, Action.REDISPATCH, handler=office.handlers["环卫所"], reason="派错")
    finish(office, number)
    at(office, "2026-12-01T09:00:00")
    rows = {row[0]: row[1:5] for row in by_unit(office, "2026-11").rows}
    assert rows["城管局"] == (1, 0, 0, Percent(None)), "taken away in time: no miss of theirs"
    assert rows["环卫所"] == (1, 1, 1, Percent(value_of("turn_in_time_rate", {"turns_due": 1, "turns_in_time": 1})))
    assert rows["合计"][:3] == (2, 1, 1)
    assert some(office, "2026-11", "due", "handled_in_time", "dispatched", "dispatched_right") == (1, 1, 1, 0), (
        "the case counts once"
    )


def by_unit(office: StaffedOffice, period: str) -> Table:
    here = office.opened
    found = read_period(period, here.today())
    assert found is not None
    (table,) = rankings.report(here, Request(found, here.now(), here.calendar.zone), "handler").tables
    return table


def test_a_month_printed_two_months_later_is_the_same_although_a_case_was_reopened_in_between(office: StaffedOffice) -> None:
    at(office, "2026-12-14T09:00:00")
    number = in_hand(office)
    finish(office, number)
    at(office, "2027-01-04T09:00:00")
    printed = counted(office, "2026-12")
    office.act(number, Action.REOPEN, reason="又脏了")
    at(office, "2027-01-07T09:00:00")
    finish(office, number)
    at(office, "2027-02-01T09:00:00")
    assert counted(office, "2026-12") == printed
    assert some(office, "2026-12", "closed", "closings", "due", "handled_in_time", "turns") == (1, 1, 1, 1, 1)
    assert some(office, "2027-01", "closed", "closings", "reopened", "due", "turns", "turns_fed_back") == (0, 1, 1, 0, 1, 1)
    assert some(office, "2026-12-01..2027-01-31", "closed", "closings", "due", "turns") == (1, 2, 1, 2), (
        "the case once, its turns twice"
    )


def test_an_appeal_that_is_upheld_takes_the_case_out_of_both_sides(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    number = in_hand(office)
    at(office, "2026-11-26T09:00:00")
    finish(office, number)
    assert some(office, "2026-11", "due", "handled_late") == (1, 1)
    office.grant(number, Action.APPEAL)
    assert some(office, "2026-11", "due", "handled_late", "handled_in_time", "closed") == (0, 0, 0, 1)


def test_a_merged_duplicate_is_reported_and_not_due(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    lead, other = in_hand(office), in_hand(office)
    office.act(other, Action.MERGE, into=Lead(lead))
    finish(office, lead)
    at(office, "2026-12-01T09:00:00")
    assert some(office, "2026-11", "reported", "merged", "due", "handled_in_time", "overdue_unhandled") == (2, 1, 1, 1, 0)


def test_a_report_that_is_found_untrue_is_accepted_and_declined(office: StaffedOffice) -> None:
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.FALSE)
    assert some(office, "2026-11", "reported", "accepted", "declined", "filed", "verifications") == (1, 1, 1, 0, 1)


HISTORY = """工单编号,受理时间,来电人,电话,网格,问题分类,主要内容,办理状态,派遣时间,处置时间,结案时间
H1,2026-10-20 08:00,王二,13900001112,东风社区第1网格,路灯,路灯不亮,已结案,2026-10-20 09:00,2026-10-20 11:00,2026-10-21 16:00
H2,2026-10-20 08:00,王三,13900001113,东风社区第1网格,路灯,又不亮,已结案,2026-10-20 09:00,2026-10-26 11:00,2026-10-26 16:00
"""


def test_history_from_a_list_counts_on_its_own_days_and_an_undone_list_nowhere(office: StaffedOffice, tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(HISTORY, encoding="utf-8")
    before = counted(office, "2026")
    done = run(office.opened, office.actors[Role.CLERK], "incidents", file)
    keys = ("reported", "dispatched", "due", "handled_in_time", "handled_late", "closed", "closings", "accepted", "filed")
    assert some(office, "2026-10", *keys) == (2, 2, 2, 1, 1, 2, 2, 0, 0), "what the list does not say is not invented"
    assert some(office, "2026-11", "reported", "closed") == (0, 0)
    held = ("open_at_end", "handling_at_end", "overdue_at_end", "late_at_end", "overdue_unhandled")
    days = [some(office, f"2026-10-{day}", *held) for day in (19, 20, 21, 23, 25, 26)]
    assert days == [(0,) * 5, (2, 1, 0, 0, 0), (1, 1, 0, 0, 0), (1, 1, 1, 1, 1), (1, 1, 1, 1, 0), (0,) * 5], "open, and late"
    assert some(office, "2026", "acceptances", "dispatches", "checks", "feedbacks", "reopened") == (0, 0, 0, 0, 0)
    undo.undo(office.opened, office.actors[Role.CLERK], done.batch)
    assert {key: count for key, count in counted(office, "2026").items() if count} == {
        key: count for key, count in before.items() if count
    }


def test_what_is_due_later_today_is_not_due_yet(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    in_hand(office)
    assert some(office, "2026-11-23", "due", "overdue_unhandled", "overdue_at_end", "handling_at_end") == (0, 0, 0, 1)
    at(office, "2026-11-23T17:00:00")
    assert some(office, "2026-11-23", "due", "overdue_unhandled", "overdue_at_end") == (1, 1, 1)


def test_multiples_of_the_limit_are_counted_at_the_end_of_a_period(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    in_hand(office)
    at(office, "2026-11-27T09:00:00")
    keys = ("overdue_at_end", "overdue_half_more", "overdue_threefold")
    assert [some(office, f"2026-11-{day}", *keys) for day in (23, 24, 26)] == [(1, 1, 0), (1, 1, 1), (1, 1, 1)]


def test_a_warden_who_saw_nothing_for_a_week_missed_what_a_resident_reports(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    for days, is_reported in ((0, True), (6, False), (9, False)):
        office.clock.at = local(date(2026, 11, 23), "09:00") + timedelta(days=days)
        if is_reported:
            office.report(source=Source.WARDEN)
        number = office.report(source=Source.PUBLIC).number
        office.act(number, Action.ACCEPT)
        office.act(number, Action.VERIFY, result=Result.TRUE)
        office.act(number, Action.FILE)
    assert some(office, "2026-11", "resident_reports_true", "missed") == (2, 0)
    assert some(office, "2026-12", "resident_reports_true", "missed") == (1, 1), "nine days after the warden's last report"
    admin = office.actors[Role.ADMIN]
    for days, missed in ((9, (0, 0)), (5, (1, 1)), (7, (0, 1))):
        operators.change_settings(office.opened, admin, {"missed_days": days})
        fact_keeping.complete(office.opened)
        assert (some(office, "2026-11", "missed") + some(office, "2026-12", "missed")) == missed, days


def test_a_case_called_back_twice_has_its_last_answer(office: StaffedOffice) -> None:
    number = office.case_in(State.CLOSED, source=Source.WARDEN)
    assert some(office, "2026-11", "called_back") == (0,)
    resident = office.report(source=Source.PUBLIC, reporter_phone="13812345678").number
    office.act(resident, Action.ACCEPT)
    office.act(resident, Action.VERIFY, result=Result.TRUE)
    office.act(resident, Action.FILE)
    office.act(resident, Action.DISPATCH, handler=office.handlers["城管局"])
    finish(office, resident)
    office.act(resident, Action.CALL_BACK, call_back=CallBack(False))
    office.act(resident, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.SATISFIED))
    assert some(office, "2026-11", "called_back", "reached", "solved", "satisfied") == (1, 1, 1, 1)
    assert number


@pytest.mark.parametrize("period", ["2026-11", "2026-W48", "2026Q4", "2026", "2026-11-23..2026-11-24"])
def test_every_table_of_a_report_sums_to_its_headline_and_every_cell_opens_as_many_cases(
    office: StaffedOffice, period: str
) -> None:
    at(office, "2026-11-23T09:00:00")
    first = in_hand(office)
    finish(office, first)
    office.report(source=Source.HOTLINE_12345)
    second = in_hand(office)
    office.act(second, Action.REDISPATCH, handler=office.handlers["环卫所"], reason="派错")
    office.report(source=Source.WARDEN, grid_id=None, area_id=None, category_id=None)
    at(office, "2026-11-24T18:00:00")
    here = office.opened
    found = read_period(period, here.today())
    assert found is not None
    of_category = Filter(((("category_id",), ((office.categories["暴露垃圾"],),)),))
    every = [
        (request, report.report(here, request))
        for where in (EVERYTHING, of_category)
        for request in (Request(found, here.now(), here.calendar.zone, where),)
        for report in (periodic, hotline)
    ]
    drilled = 0
    with here.database.reading() as connection:
        for request, table in ((request, table) for request, made in every for table in made.tables):
            drill = table.drill
            if drill is None:
                continue
            if table.total is not None:
                for column, figure in enumerate(drill.figures):
                    if figure and isinstance(table.rows[-1][column], int):
                        assert sum(row[column] for row in table.rows[:-1]) == table.rows[-1][column], (table.key, figure)  # type: ignore[misc]
            for row, where in zip(table.rows, drill.rows, strict=True):
                for column, figure in enumerate(drill.figures):
                    key = dict(where)["figure"] if figure == "*" else figure
                    cell = row[column]
                    if not key or not isinstance(cell, int) or any(name == "" for name, _ in where):
                        continue
                    cases = fact_queries.cases(
                        connection, here.id, key, drill.days, (*request.where.rows, *drill.conditions(where))
                    )
                    assert len(cases) == cell, (table.key, row[0], key)
                    drilled += 1
    assert drilled > 120


def listed(office: StaffedOffice, period: str, figure: str) -> list[dict[str, object]]:
    """The list of a figure's cases, each line by its headings."""
    here = office.opened
    found = read_period(period, here.today())
    assert found is not None
    (table,) = lists.report(here, Request(found, here.now(), here.calendar.zone), figure).tables
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_a_list_shows_what_its_figure_counted_and_not_what_became_of_the_case(office: StaffedOffice) -> None:
    at(office, "2026-11-27T09:00:00")
    reopened = in_hand(office)
    finish(office, reopened)
    passed_on = in_hand(office)
    at(office, "2026-11-27T10:00:00")
    office.act(passed_on, Action.REDISPATCH, handler=office.handlers["环卫所"], reason="派错")
    at(office, "2026-12-01T09:00:00")
    office.act(reopened, Action.REOPEN, reason="又堆上了")
    at(office, "2026-12-02T09:00:00")
    finish(office, reopened)
    finish(office, passed_on)
    after = listed(office, "2026-11", "due")
    assert f"{after[0]['应办结']:%m-%d %H:%M}" == "11-27 15:00", "not the deadline of the second handling"
    assert after[0]["结案时间"] == date(2026, 11, 27), "reopened since: the day of the first closing"
    turns = [line for line in listed(office, "2026-11", "turns") if str(line["案件号"]) == passed_on]
    assert [line["承办"] for line in turns] == ["城管局", "环卫所"], "each department its turn"
    steps = [line for line in listed(office, "2026-11", "handling_at_end") if str(line["案件号"]) == passed_on]
    assert [(line["状态"], line["承办"]) for line in steps] == [("处置中", "环卫所")], "closed since"


def test_a_case_settled_at_once_and_reopened_counts_as_reopened_wherever_it_goes_on(office: StaffedOffice) -> None:
    at(office, "2026-11-23T09:00:00")
    number = office.report(source=Source.WARDEN).number
    office.act(number, Action.SETTLE, note="当场处理")
    office.act(number, Action.CLOSE)
    office.act(number, Action.REOPEN, reason="又堆上了")
    assert office.load(number).case.state is State.TO_FILE
    assert some(office, "2026-11", "settled", "closings", "reopened") == (1, 1, 1)
    assert {metric.key: metric.value for metric in office.made("callback").metrics}["reopened"] == 1


def test_a_long_list_in_a_report_is_cut_and_says_how_many_there_are(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(office, "2026-11-23T09:00:00")
    for _ in range(3):
        in_hand(office)
    at(office, "2026-11-27T09:00:00")
    monkeypatch.setattr(case_tables, "MOST_IN_REPORT", 2)
    (table,) = (one for one in office.made("monthly").tables if one.key == "overdue")
    assert (len(table.rows), table.count) == (2, 3)
    assert titled(table).endswith("（共 3 件）")
    assert "只列前 2 件" in table.notes[-1]
    assert "gridconsole report cases 期末超期未办数" in table.notes[-1]
    found = read_period("2026-11", office.opened.today())
    assert found is not None
    alone = lists.report(office.opened, Request(found, office.opened.now(), office.opened.calendar.zone), "overdue_at_end")
    assert len(alone.tables[0].rows) == 3, "a list of its own has them all"
