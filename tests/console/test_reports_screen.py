"""报表: choosing a report, its period and filter; the cases behind a cell are as many as it says; a file is written."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from console_driver import console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.modes.reports import ReportsScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.report_cases import ReportCasesScreen
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.states import Source, State
from gridconsole.reporting import request
from gridconsole.reporting.model import Report
from gridconsole.reporting.registry import KINDS, Kind
from gridconsole.reporting.request import Request
from gridconsole.services.office import Office


@pytest.fixture
def busy(office: StaffedOffice) -> StaffedOffice:
    for _ in range(3):
        office.case_in(State.CLOSED)
    office.case_in(State.HANDLING)
    office.report(source=Source.HOTLINE_12345, address="幸福路[b栋]①号[/]")
    office.clock.advance(days=2)
    return office


async def shown(console: object, kind: str) -> ReportsScreen:
    """The screen with a report on it."""
    app = console.app  # type: ignore[attr-defined]
    app.switch_mode("reports")
    await console.until(lambda: isinstance(app.screen, ReportsScreen) and app.screen.made is not None, "the first report")  # type: ignore[attr-defined]
    screen: ReportsScreen = app.screen
    screen.query_one("#kinds").move_to(kind)  # type: ignore[attr-defined]
    wanted = {"monthly": "month", "units": "by_handler"}.get(kind, kind)
    await console.until(lambda: screen.made is not None and screen.made.key == wanted and bool(screen.query("#cells")), wanted)  # type: ignore[attr-defined]
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_enter_opens_as_many_cases_as_the_cell_says(busy: StaffedOffice, size: tuple[int, int]) -> None:
    async with console_on(busy.opened, "值班长", size=size) as console:
        screen = await shown(console, "monthly")
        await console.until(lambda: screen.made is not None and screen.made.title.endswith("运行月报"), "the month")
        assert screen.table is not None
        assert screen.table.rows[0][:2] == ("上报数", 5)
        assert "1/" in "\n".join(console.lines())
        await console.press("enter")
        await console.until(lambda: screen.rows is not None and screen.rows.has_focus, "the table has the keys")
        await console.press("enter")
        await console.until(
            lambda: isinstance(console.app.screen, ReportCasesScreen) and console.app.screen.made is not None, "the list"
        )
        opened = console.app.screen
        assert isinstance(opened, ReportCasesScreen)
        assert opened.made is not None
        assert len(opened.made.tables[0].rows) == 5
        assert "共 5 件" in "\n".join(console.lines())
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, CaseScreen), "the case")


async def test_a_period_and_a_filter_are_typed_in_one_line(busy: StaffedOffice) -> None:
    async with console_on(busy.opened, "值班长", size=(120, 40)) as console:
        screen = await shown(console, "monthly")
        await console.press("slash")
        assert isinstance(console.app.focused, Input)
        await console.key_in("2026-11 来源=12345")
        await console.press("enter")
        await console.until(lambda: screen.table is not None and screen.table.rows[0][1] == 1, "one report of the hotline")
        assert any("来源=12345热线" in line for line in console.lines())
        await console.press("slash")
        console.get("#ask", Input).value = "2026-13"
        await console.press("enter")
        await console.until(lambda: any("统计期" in line and "不对" in line for line in console.lines()), "what is wrong is said")


async def test_tables_follow_one_another_and_columns_are_chosen(busy: StaffedOffice) -> None:
    async with console_on(busy.opened, "值班长", size=(120, 40)) as console:
        screen = await shown(console, "monthly")
        await console.until(lambda: screen.made is not None and screen.made.title.endswith("运行月报"), "the month")
        await console.press("ctrl+l")
        await console.until(lambda: screen.table is not None and screen.table.key == "sources", "the next table")
        assert any("⣿" in line for line in console.lines()), "bars without colours"
        await console.press("enter")
        await console.until(lambda: screen.rows is not None and screen.rows.has_focus, "the table has the keys")
        await console.press("right")
        await console.until(lambda: any("看 受理数 的案件" in line for line in console.lines()), "the second column")
        await console.press("left", "left")
        assert screen._column == screen._openable()[-1], "around the end"


async def test_a_report_is_written_to_a_file_with_a_proposed_name(
    busy: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    async with console_on(busy.opened, "值班长", size=(120, 40)) as console:
        await shown(console, "units")
        await console.press("f2")
        await console.until(lambda: bool(console.app.screen.query("#path")), "the form")
        assert console.get("#path", Input).value.endswith("_部门_2026-11.docx")
        await console.press("enter")
        await console.until(lambda: any(tmp_path.glob("*.docx")), "the file")


async def test_every_report_can_be_shown(busy: StaffedOffice) -> None:
    from gridconsole.reporting.registry import KINDS

    async with console_on(busy.opened, "值班长", size=(80, 24)) as console:
        screen = await shown(console, "daily")
        for code in KINDS:
            screen.query_one("#kinds").move_to(code)  # type: ignore[attr-defined]
            await console.until(lambda code=code: screen._read_for is not None and screen._read_for.kind.code == code, code)
            await console.until(lambda: not any("正在统计" in line for line in console.lines()), f"{code} is shown")
        assert not any("[b栋]" in line and "\\[" in line for line in console.lines())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_chosen_column_is_on_the_screen(busy: StaffedOffice, size: tuple[int, int]) -> None:
    async with console_on(busy.opened, "值班长", size=size) as console:
        screen = await shown(console, "units")
        await console.press("enter")
        await console.until(lambda: screen.rows is not None and screen.rows.has_focus, "the table has the keys")
        assert screen.table is not None
        assert screen.rows is not None
        name = screen.table.columns[0]
        for _ in screen._openable():
            await console.press("right")
            titles = [column.title for column in screen.rows.shown_columns]
            assert titles[0] == name, "the names stay"
            assert screen.table.columns[screen._column] in titles
            assert any(
                f"← → {screen.table.columns[screen._column]}" in line or f"看 {screen.table.columns[screen._column]} " in line
                for line in console.lines()
            )
        assert screen._column == screen._openable()[0], "once around"


async def test_a_long_report_says_how_far_it_is_and_can_be_stopped(busy: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, made = threading.Event(), []
    plain = Kind.made

    def slowly(kind: Kind, office: Office, request: Request) -> Report:
        if kind.code == "hot":
            for _ in range(3):
                request.watch()
                go_on.wait(10)
        found = plain(kind, office, request)
        made.append(kind.code)
        return found

    monkeypatch.setattr(Kind, "made", slowly)
    async with console_on(busy.opened, "值班长", size=(120, 40)) as console:
        screen = await shown(console, "daily")
        screen.query_one("#kinds", RowTable).move_to("hot")
        await console.until(lambda: "正在统计，Esc 停止（1/4）" in "\n".join(console.lines()), "how far it is")
        await console.press("escape")
        assert "已停止，F5 再统计" in "\n".join(console.lines())
        go_on.set()
        await console.app.workers.wait_for_complete()
        assert "hot" not in made, "it went no further than the next step"
        assert screen.made is not None
        assert screen.made.key == "daily", "the report before stays"
        await console.press("f5")
        await console.until(lambda: screen.made is not None and screen.made.key == "hot", "counted again")


@pytest.mark.parametrize("code", list(KINDS))
def test_a_report_takes_no_more_steps_than_it_says(busy: StaffedOffice, code: str) -> None:
    busy.clock.advance(days=400)
    steps: list[int] = []
    kind = KINDS[code]
    asked = request.asked(busy.opened, kind, None)
    kind.made(busy.opened, replace(asked, watch=lambda: steps.append(1)))
    assert len(steps) <= kind.steps
    if kind.steps != Kind("", "").steps:
        assert len(steps) == kind.steps or kind.is_periodic
