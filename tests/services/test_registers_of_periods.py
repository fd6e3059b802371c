"""Registers: of any period, limited to some cases, with moments and rates as such in a workbook."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from small_office import DECIDES, WAY_TO, StaffedOffice

from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.states import Result, Satisfaction, Solved, Source, State
from gridconsole.reporting import writers
from gridconsole.reporting.model import Report
from gridconsole.reporting.registry import KINDS

OF_HOTLINE, OF_WARDENS = "来源=12345", "来源=网格员上报"
FILTERED = sorted(code for code, kind in KINDS.items() if not kind.is_of_office)


def handled(office: StaffedOffice, source: Source) -> str:
    """A case that was given back, dispatched anew, failed its check, was closed, and called about if a resident reported it."""
    number = office.report(source=source, reporter_phone="13812345678" if source is Source.HOTLINE_12345 else "").number
    office.act(number, Action.ACCEPT)
    if source is Source.HOTLINE_12345:
        office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(number, Action.RETURN, reason="不归我们管")
    office.act(number, Action.GRANT, DECIDES[Action.RETURN])
    office.act(number, Action.DISPATCH, handler=office.handlers["环卫所"])
    office.clock.advance(hours=1)
    for action, fields in (
        (Action.FEEDBACK, {"note": "已清理"}), (Action.CHECK, {"result": Result.FAIL, "reason": "没有清干净"}), *WAY_TO[State.CLOSED][3:],
    ):  # fmt: skip
        office.act(number, action, **fields)
    if source is Source.HOTLINE_12345:
        office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.SATISFIED))
    return number


@pytest.fixture
def two(office: StaffedOffice) -> tuple[StaffedOffice, str, str]:
    """A case of the hotline, and one of a warden."""
    return office, handled(office, Source.HOTLINE_12345), handled(office, Source.WARDEN)


def values(report: Report) -> dict[str, object]:
    return {metric.key: metric.value for metric in report.metrics}


def numbers(report: Report) -> set[str]:
    return {str(row[0]) for table in report.tables[-1:] for row in table.rows}


def test_a_register_is_limited_to_the_cases_of_a_filter(two: tuple[StaffedOffice, str, str]) -> None:
    office, of_hotline, of_warden = two
    for code in ("return", "tasks"):
        assert numbers(office.made(code)) == {of_hotline, of_warden}
        assert numbers(office.made(code, None, OF_HOTLINE)) == {of_hotline}
        assert numbers(office.made(code, None, OF_WARDENS)) == {of_warden}
    assert [values(office.made("requests", None, *where))["filed"] for where in ((), (OF_HOTLINE,))] == [2, 1]
    assert [values(office.made("return", None, *where))["granted"] for where in ((), (OF_HOTLINE,))] == [2, 1]
    for key, every, some in (("checks", 4, 2), ("reworked", 2, 1), ("taken", 2, 1)):
        assert [values(office.made("tasks", None, *where))[key] for where in ((), (OF_WARDENS,))] == [every, some], key
    assert values(office.made("callback", None, OF_WARDENS))["calls"] == 0
    assert values(office.made("callback", None, OF_HOTLINE))["calls"] == 1
    daily = [values(office.made("daily", "2026-11-23", *where)) for where in ((), (OF_HOTLINE,))]
    assert [(of["reported"], of["reworked"], of["closed"]) for of in daily] == [(2, 2, 2), (1, 1, 1)]


@pytest.mark.parametrize("code", FILTERED)
def test_every_report_about_cases_takes_a_filter_and_says_it(two: tuple[StaffedOffice, str, str], code: str) -> None:
    office = two[0]
    office.report(source=Source.HOTLINE_12345)
    office.clock.advance(days=3)
    period = None if KINDS[code].is_of_day else "2026-11"
    assert OF_HOTLINE in str(office.made(code, period, OF_HOTLINE).facts.values())
    nowhere = office.made(code, period, "来源=视频监控")
    counts = [
        cell
        for table in nowhere.tables
        if table.key != "definitions"
        for row in table.rows
        for cell in row
        if isinstance(cell, int)
    ]
    assert {count for count in counts if count} == set(), code
    assert {value for value in values(nowhere).values() if value} <= {len(nowhere.tables[0].rows)}, "people stay on their list"


def test_overdue_cases_alarms_and_orders_are_limited_too(office: StaffedOffice) -> None:
    late = [office.case_in(State.REPORTED, source=source) for source in (Source.HOTLINE_12345, Source.WARDEN)]
    for number in late:
        office.act(number, Action.SUPERVISION_ORDER, note="尽快处置", reply_by=office.clock.at + timedelta(hours=5))
    office.clock.advance(days=3)
    for code, key in (("overdue", "overdue"), ("urge", "orders")):
        assert (numbers(office.made(code, "2026-11" if code == "urge" else None)), values(office.made(code))[key]) == (
            set(late),
            2,
        )
        assert (numbers(office.made(code, None, OF_HOTLINE)), values(office.made(code, None, OF_HOTLINE))[key]) == ({late[0]}, 1)


def test_a_register_of_a_quarter_has_its_months(office: StaffedOffice) -> None:
    first = handled(office, Source.WARDEN)
    office.clock.at = datetime.fromisoformat("2026-12-02T09:00:00+08:00")
    second = handled(office, Source.WARDEN)
    asked = [
        numbers(office.made("return", period)) for period in ("2026-11", "2026-12", "2026Q4", "2026-11-20..2026-12-01", "2026")
    ]
    assert asked == [{first}, {second}, {first, second}, {first}, {first, second}]
    rates = [values(office.made("requests", period))["filed"] for period in ("2026-11", "2026-12", "2026Q4")]
    assert rates == [1, 1, 2]


def test_moments_rates_and_figures_are_no_texts_in_a_workbook(two: tuple[StaffedOffice, str, str], tmp_path: Path) -> None:
    office, of_hotline, _ = two
    writers.write(office.made("return"), tmp_path / "回退.xlsx", office.opened.calendar)
    sheet = openpyxl.load_workbook(tmp_path / "回退.xlsx").active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    (line,) = [row for row in rows if row[0] == of_hotline]
    heading = next(row for row in rows if row[0] == "案件号")
    asked, before = (line[heading.index(name)] for name in ("申请时间", "申请时到期"))
    assert (asked, before.year) == (datetime(2026, 11, 23, 9, 0), 2026)  # noqa: DTZ001
    below = {row[0]: tuple(row[1:3]) for row in rows[rows.index(line) :]}
    assert below["申请"] == (2, "件"), "figures stand below the list, in cells"
    assert sheet.auto_filter.ref.endswith(str(rows.index(line) + 2)), "the filter ends where the list does"
    share = next(cells for name, cells in below.items() if name and name.endswith("率"))
    assert share[0] == 1.0
