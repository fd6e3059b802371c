"""核实 and 核查 in the console: whom to send, who cannot be sent and why, and keying in what was brought back."""

from __future__ import annotations

import pytest
from console_driver import console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.assign import AssignmentDialog
from gridconsole.console.dialogs.inspect import InspectionDialog
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.services import actors
from gridconsole.services import tasks as sending


def waiting(office: StaffedOffice) -> str:
    """A resident's report that waits to be looked at."""
    number = office.report(source=Source.PUBLIC, reporter_name="王五六", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    return number


def send(office: StaffedOffice, number: str, name: str) -> None:
    office.act(number, Action.SEND, assignee=sending.find_assignee(office.opened, name, number))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_warden_of_the_grid_is_sent_with_two_keys(office: StaffedOffice, size: tuple[int, int]) -> None:
    number = waiting(office)
    async with console_on(office.opened, "受理员", size) as console:
        await console.point_at(number)
        assert "F2 派任务" in console.page()
        await console.press("f2")
        assert isinstance(console.screen, AssignmentDialog)
        await console.until_shown("李小明", "本网格网格员A", "本网格网格员B", "核查员")
        await console.press("enter")
        await console.until_back()
        await console.press("enter")
        await console.until_shown("核实任务：李小明", "-> 李小明")
    assignee = office.load(number).case.assignee
    assert assignee is not None
    assert assignee.name == "李小明"


async def test_whoever_handled_stands_there_with_the_reason_and_cannot_be_chosen(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="顺路")
    office.act(number, Action.FEEDBACK, note="已清理")
    async with console_on(office.opened, "受理员", (120, 40)) as console:
        await console.point_at(number)
        await console.press("f2")
        await console.until_shown("承办或协办过本案，不能评判自己")
        await console.press("end", "enter")
        assert isinstance(console.screen, AssignmentDialog)
        assert "此人不能派" in console.complaint()
        await console.press("home", "enter")
        await console.until_back()
    assignee = office.load(number).case.assignee
    assert assignee is not None
    assert assignee.name == "𠮷田"


async def test_sent_once_more_says_who_has_it_and_takes_it_away(office: StaffedOffice) -> None:
    number = waiting(office)
    send(office, number, "李小明")
    async with console_on(office.opened, "值班长", (120, 40)) as console:
        await console.point_at(number)
        await console.press("f2")
        assert console.screen is console.desk_screen, "the next step is the inspector's, not sending once more"
        assert console.toasts()[-1] == "本案现在没有归您办的步骤"
        await console.press("f3", "enter")
        await console.until_shown("已派给李小明", "任务已在其手上")
        await console.press("tab")
        await console.press("shift+tab")
        console.get("#words", Input).value = "先去看看[/]"
        await console.press("f2")
        await console.until_back()
        await console.press("enter")
        await console.until_shown("改派他人", "-> 𠮷田 先去看看[/]")
    assert [line.assignee.name for line in sending.out(office.opened)] == ["𠮷田"]


async def test_what_a_warden_found_is_keyed_in_with_time_and_photos(office: StaffedOffice) -> None:
    number = waiting(office)
    send(office, number, "李小明")
    office.clock.advance(minutes=20)
    async with console_on(office.opened, "核查员", (80, 24)) as console:
        await console.point_at(number)
        await console.press("f2")
        assert isinstance(console.screen, InspectionDialog)
        await console.until_shown("任务派给李小明，由您录入其回报", "现场查看的时间", "照片文件名")
        await console.press("1")
        console.get("#looked", Input).value = "三点"
        await console.press("f2")
        assert "现场查看的时间" in console.complaint()
        console.get("#looked", Input).value = "09:10"
        console.get("#photos", Input).value = "照片/前.jpg"
        await console.press("f2")
        await console.until(lambda: "是路径，不是文件名" in console.complaint(), "the refusal")
        console.get("#photos", Input).value = "前[b].jpg；王五六13812345678.jpg; "
        console.get("#words", Input).value = "确有其事[/]"
        await console.press("f2")
        await console.until_back()
        await console.press("enter")
        await console.until_shown("照片 2", "前[b].jpg、王**138****5678.jpg")
        assert "确有其事[/]" in console.says("#timeline"), "also where a small terminal has no room for it"
    with office.opened.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT looked_at, photos, done_name, in_time FROM task").one()
    assert tuple(found) == ("2026-11-23T01:10:00.000000Z", "前[b].jpg\n王五六13812345678.jpg", "核查员", 1)


async def test_an_inspector_reports_the_own_task_and_not_anothers(office: StaffedOffice) -> None:
    actors.add_operator(office.opened, "核查员乙", [Role.INSPECTOR])
    own, others, nobodys = (office.case_in(State.TO_CHECK) for _ in range(3))
    send(office, own, "核查员")
    send(office, others, "核查员乙")
    async with console_on(office.opened, "核查员", (120, 40)) as console:
        await console.point_at(others)
        assert "F2 核查" not in console.page()
        assert Action.CHECK not in console.offered
        await console.point_at(nobodys)
        await console.press("f2")
        await console.until_shown("没有派任务，记为您自行查看")
        await console.press("escape")
        await console.point_at(own)
        await console.press("f2")
        await console.until_shown("任务派给核查员")
        await console.press("2")
        console.get("#words", Input).value = "仍有垃圾"
        await console.press("f2")
        # The next case in line may open at once: the desk need not be seen on top.
        await console.until(lambda: office.load(own).case.state is State.HANDLING, "the check kept")
    case = office.load(own).case
    assert (case.state, case.rework_total, case.redispatch_count) == (State.HANDLING, 1, 0)
    assert office.load(others).case.assignee is not None
    office.act(nobodys, Action.CHECK, result=Result.PASS)


async def test_where_nobody_can_be_sent_it_is_said(office: StaffedOffice) -> None:
    number = office.report(source=Source.PUBLIC, grid_id=None).number
    office.act(number, Action.ACCEPT)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM operator_role WHERE role = 'inspector'")
    async with console_on(office.opened, "受理员", (120, 40)) as console:
        await console.point_at(number)
        await console.press("f2")
        await console.until(lambda: "没有可派的人" in console.complaint(), "that there is nobody")
        await console.press("f2")
        assert isinstance(console.screen, AssignmentDialog)


async def test_the_step_is_whole_in_the_narrow_column(office: StaffedOffice) -> None:
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    async with console_on(office.opened, "受理员", (80, 24), pane="mine") as console:
        await console.until(lambda: " 派人 " in console.row_of(number), "two characters, none cut")
