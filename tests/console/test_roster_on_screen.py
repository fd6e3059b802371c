"""People who leave, are away and hand over, on the screen; the roster of another day; the time line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from test_registers import card, codes, rows, to, under_cursor
from textual.widgets import Input

from gridconsole.console.dialogs.post_handover import HandoverDialog, PlanDialog
from gridconsole.console.dialogs.roster import AwayDialog, BackDialog, DepartDialog
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.wardens import WardensScreen
from gridconsole.console.panels.audit import AuditScreen
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, State
from gridconsole.services import departing, roster
from gridconsole.services.office import Office
from gridconsole.store import responsible

WIDE = (120, 40)


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def named_on(office: StaffedOffice, grid: str, day: date) -> str:
    with office.opened.database.reading() as connection:
        found = responsible.responsible(connection, office.grids[grid].id, day)
    return "" if found is None else found.name


async def back(console: Console) -> None:
    await console.until(lambda: isinstance(console.screen, WardensScreen), "the roster")


async def test_a_card_shows_the_posts_over_the_years(office: StaffedOffice, here: Office) -> None:
    clerk, tian = office.actors[Role.CLERK], office.handlers["𠮷田"].id
    roster.assign(office.opened, clerk, tian, office.grids["330106001001002"].id, "B", on=date(2025, 6, 1))
    roster.remove(office.opened, clerk, tian, office.grids["330106001001002"].id, on=date(2026, 3, 1), why="moved")
    async with console_on(here, "内勤", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("down")
        shown = card(console)
        assert "岗位经过" in shown and "2025" in shown and "2026" in shown
        live = next(line for line in shown.splitlines() if "第1网格" in line and "⣤" in line)
        past = next(line for line in shown.splitlines() if "第2网格" in line and "⣤" in line)
        assert live.rstrip().endswith(">") and "转岗 26-03" in past
        await to(console, GridsScreen)
        assert "⣿" in card(console) and "李小明" in card(console)


async def test_leave_is_entered_and_ended_on_the_screen(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f14")
        assert isinstance(console.screen, AwayDialog)
        console.get("#first", Input).value = "2026-13-01"
        await console.press("f2")
        assert "2026-12-01" in console.complaint()
        for field in ("first", "last"):
            console.get(f"#{field}", Input).value = "2026-11-23"
        console.screen.query_one("#deputy Input", Input).focus()
        await console.key_in("王")
        await console.press("enter", "f2")
        await back(console)
        assert named_on(office, "330106001001001", date(2026, 11, 23)) == "王[/]芳"
        await console.until(lambda: under_cursor(console).on_leave, "on leave in the list")
        await console.press("f15")
        assert isinstance(console.screen, BackDialog)
        await console.press("f2")
        await back(console)
        assert named_on(office, "330106001001001", date(2026, 11, 23)) == "李小明"


async def test_a_departure_is_refused_with_what_to_do_and_handed_over(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"])
    async with console_on(here, "值班长", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f16")
        assert isinstance(console.screen, DepartDialog)
        await console.press("f2")
        assert console.complaint() == "请选原因"
        await console.press("1", "f2")
        await console.until(lambda: "还有 1 件在办" in console.complaint() and "F4" in console.complaint(), "why not")
        await console.press("escape")
        await back(console)
        await console.press("f4")
        assert isinstance(console.screen, PlanDialog)
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "the plan")
        items = console.screen.query_one("#items", RowTable)
        assert [(item.label, item.successor.name) for item in items.rows] == [(number, "𠮷田"), ("东风社区第1网格", "𠮷田")]
        console.screen.query_one("#taker Input", Input).focus()
        await console.key_in("W003")
        await console.press("enter")
        await console.until(lambda: "王[/]芳" in console.page(), "the chosen one")
        await console.press("f2")
        assert "交接单编号" in console.complaint()
        console.get("#sheet", Input).value = "JJ-7"
        await console.press("f2")
        await back(console)
    handler = office.load(number).case.handler
    assert handler is not None and handler.name == "王[/]芳"
    assert [named_on(office, "330106001001001", date(2026, 11, day)) for day in (23, 24)] == ["李小明", "𠮷田"]


async def test_a_clerk_plans_and_does_not_confirm(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f4", "f2")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "the plan")
        console.get("#sheet", Input).value = "JJ-7"
        await console.press("f2")
        await console.until(lambda: "值班长" in console.complaint(), "who may")


async def test_a_leader_confirms_what_a_clerk_planned_and_chose(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"])
    async with console_on(here, "内勤", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f4", "f2")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "the plan")
        console.screen.query_one("#taker Input", Input).focus()
        await console.key_in("W003")
        await console.press("enter")
        await console.until(lambda: console.screen.query_one("#items", RowTable).rows[0].successor.name == "王[/]芳", "kept")
        await console.press("escape")
        await back(console)
    async with console_on(here, "值班长", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f4")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "the same plan")
        items = console.screen.query_one("#items", RowTable)
        assert [item.successor.name for item in items.rows] == ["王[/]芳", "𠮷田"]
        office.act(office.report().number, Action.ACCEPT)
        await console.press("f4")
        assert isinstance(console.screen, PlanDialog)
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "a new plan")
        assert [item.successor.name for item in console.screen.query_one("#items", RowTable).rows] == ["𠮷田", "𠮷田"]


async def test_a_successor_who_cannot_take_an_item_is_refused_at_once(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长", WIDE) as console:
        await to(console, WardensScreen)
        await console.press("f4", "f2")
        await console.until(lambda: isinstance(console.screen, HandoverDialog), "the plan")
        roster.remove(office.opened, office.actors[Role.CLERK], office.handlers["𠮷田"].id, office.grids["330106001001001"].id)
        departing.depart(office.opened, office.actors[Role.CLERK], office.handlers["𠮷田"].id, date(2026, 11, 24))
        console.screen.query_one("#taker Input", Input).focus()
        await console.key_in("W002")
        await console.press("enter")
        await console.until(lambda: bool(console.complaint()), "why not")


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_roster_of_another_day_is_looked_at_and_not_acted_on(
    office: StaffedOffice, here: Office, size: tuple[int, int]
) -> None:
    async with console_on(here, "内勤", size) as console:
        await to(console, WardensScreen)
        await console.press("ctrl+d")
        assert console.get("#find", Input).value == "2026-11-23"
        console.get("#find", Input).value = "2026-03-15 W00"
        await console.settle()
        assert "2026-03-15 的名册" in console.says("#count")
        assert codes(console) == ["W001", "W002", "W003", "W004"]
        assert [row.posts for row in rows(console).rows] == [1, 1, 1, 1], "who has left by now had a post then"
        rows(console).focus()
        await console.press("f2")
        await console.until_shown("按 Esc 回到今天")
        assert isinstance(console.screen, WardensScreen)
        await console.press("escape")
        await console.settle()
        assert [row.posts for row in rows(console).rows] == [1, 1, 1, 0]
        await to(console, GridsScreen)
        console.get("#find", Input).value = "2026-03-15"
        await console.settle()
        assert [row.wardens for row in rows(console).rows] == [2, 1, 1, 0]


@pytest.mark.parametrize("size", [(80, 24), WIDE])
async def test_the_audit_leads_to_what_is_missing(office: StaffedOffice, here: Office, size: tuple[int, int]) -> None:
    async with console_on(here, "值班长", size) as console:
        console.app.action_audit()
        await console.until(lambda: isinstance(console.screen, AuditScreen) and bool(console.screen.found), "the findings")
        page = console.page()
        assert "要紧" in page and "网格今天没有人" in page and "新民社区第1网格" in page
        assert "按 F2 安排网格" in console.says("#remedy") and "gridconsole" not in page
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, GridsScreen), "the grids")
        await console.until(lambda: under_cursor(console).name == "新民社区第1网格", "the grid")
