"""Duplicates in the console: from the case by F7, side by side, judged, merged, parted; nobody's number is shown."""

from __future__ import annotations

from console_driver import Console, console_on
from small_office import HOSTILE_NAME, StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.merge import JudgeDialog, MergeDialog
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.duplicates import DuplicatesScreen
from gridconsole.domain.actions import Action
from gridconsole.domain.codes import PairVerdict
from gridconsole.services import audit, case_queries

CANARY = "13987654321"
HEAP = "幸福路[b栋]①号楼下垃圾成堆[/]"


def a_heap(office: StaffedOffice, more: str = "") -> str:
    return office.report(text=f"{HEAP}{more}，回电{CANARY}", reporter_name=HOSTILE_NAME, reporter_phone=CANARY).number


async def open_duplicates(console: Console, number: str) -> DuplicatesScreen:
    """Enter on the case, F7, and wait for what may be its duplicates."""
    await console.point_at(number)
    await console.press("enter")
    await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
    await console.press("f7")
    screen = console.screen
    assert isinstance(screen, DuplicatesScreen)
    await console.until(lambda: screen.view is not None, "the candidates")
    await console.settle()
    return screen


async def test_the_two_cases_stand_side_by_side_without_anybodys_number(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "受理员", size=(80, 24)) as console:
        screen = await open_duplicates(console, first)
        assert [candidate.row.number for candidate in screen.table.rows] == [second]
        await console.until_shown("电话相同", "139****4321", first, second)
        assert CANARY not in console.page()
        assert console.page().count("𠮷***") == 2


async def test_nothing_alike_is_said_so_and_the_keys_do_nothing(office: StaffedOffice) -> None:
    number = office.report(text="路灯整夜不亮").number
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, number)
        await console.until_shown("没有找到可能重复的案件")
        await console.press("f2", "f3", "f4")
        assert console.screen is screen
        await console.press("escape")
        assert isinstance(console.screen, CaseScreen)


async def test_a_verdict_of_unrelated_takes_the_candidate_away(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, first)
        await console.press("f3")
        assert isinstance(console.screen, JudgeDialog)
        await console.press("f2")
        await console.until_shown("请选定结果")
        assert case_queries.view(office.opened, first, None).links == ()
        await console.key_in("3")
        await console.press("f2")
        await console.until(lambda: console.screen is screen, "the candidates again")
        await console.until(lambda: not screen.table.rows, "nothing left to ask about")
    (link,) = case_queries.view(office.opened, first, None).links
    assert (link.number, link.verdict) == (second, PairVerdict.UNRELATED)


async def test_a_case_is_merged_into_the_one_under_the_cursor_and_parted_from_the_menu(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, second)
        await console.press("f2")
        assert isinstance(console.screen, MergeDialog)
        assert console.screen.query_one("#into", Input).value == first
        await console.key_in("同一堆垃圾[/]")
        await console.press("f2")
        await console.until(lambda: console.screen is screen, "the candidates again")
        await console.press("escape")
        await console.until_shown(f"已并入 {first}")
        assert office.load(second).case.merged_into == first
        await console.press("f3")
        labels = console.menu()
        assert "并案" not in labels
        await console.press(*["down"] * labels.index("撤销并案"), "enter")
        await console.key_in("并错了")
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case again")
        await console.until(lambda: f"已并入 {first}" not in console.page(), "parted")
    assert office.load(second).case.merged_into is None
    assert audit.verify(office.opened).ok


async def test_the_one_under_the_cursor_is_merged_into_the_case_which_then_says_who_else_waits(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, first)
        await console.press("f4")
        assert f"并案  案件 {second}" in console.page()
        await console.press("f2")
        await console.until(lambda: console.screen is screen, "the candidates again")
        await console.until_shown(f"已并入 {first[-5:]}")
        await console.press("f2")
        await console.press("f2")
        await console.until(lambda: "已有案件并入本案" in console.says("#error"), "the refusal, in the dialog")
        await console.press("escape", "escape")
        await console.until_shown("并入本案 1 件", second, "139****4321")
        assert CANARY not in console.page()
    assert office.load(second).case.merged_into == first


async def test_merging_from_the_menu_takes_the_last_digits_and_says_when_there_is_no_such_case(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(second)
        await console.press("f3")
        labels = console.menu()
        await console.press(*["down"] * labels.index("并案"), "enter")
        assert isinstance(console.screen, MergeDialog)
        await console.press("f2")
        assert "案件号" in console.says("#error")
        await console.key_in("777")
        await console.press("f2")
        await console.until(lambda: "777" in console.says("#error"), "no such case")
        console.screen.query_one("#into", Input).value = first[-5:]
        await console.press("f2")
        await console.until_back()
    assert office.load(second).case.merged_into == first
    assert case_queries.view(office.opened, second, None).timeline[-1].action == Action.MERGE
