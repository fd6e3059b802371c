"""Duplicates in the console: from the case by F7, side by side, judged, merged, parted; nobody's number is shown."""

from __future__ import annotations

from console_driver import Console, console_on
from small_office import HOSTILE_NAME, StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.merge import JudgeDialog, MergeDialog
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.duplicates import DuplicatesScreen
from gridconsole.domain.actions import Action, Lead
from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.states import Role
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
    async with console_on(office.opened, "受理员", size=(120, 40)) as console:
        screen = await open_duplicates(console, first)
        assert [one.row.number for one in screen.table.rows] == [first, second]
        await console.until_shown("电话相同", "139****4321", first[-5:], second[-5:])
        assert CANARY not in console.page()


async def test_nothing_alike_is_said_so_and_the_keys_do_nothing(office: StaffedOffice) -> None:
    number = office.report(text="路灯整夜不亮").number
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, number)
        await console.until_shown("没有找到可能重复的案件")
        await console.press("f2", "f3", "f4", "space")
        assert console.screen is screen
        await console.press("escape")
        assert isinstance(console.screen, CaseScreen)
    assert office.load(number).case.version == 1


async def test_a_verdict_of_unrelated_takes_the_candidate_away(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, first)
        await console.press("down", "f4")
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


async def test_a_burst_is_merged_by_one_key_and_each_reporter_is_still_called(office: StaffedOffice) -> None:
    group = [a_heap(office, "，很臭") for _ in range(6)]
    async with console_on(office.opened, "受理员", size=(120, 40)) as console:
        screen = await open_duplicates(console, group[3])
        assert screen.lead == group[0], "of cases in the same state the earliest leads"
        assert screen.marked == set(group[1:])
        await console.until_shown("5 件离开队列和计数")
        await console.press("f2")
        await console.until(lambda: not screen.marked, "all merged")
        await console.until_shown(f"已并入 {group[0][-5:]}")
    assert [office.load(number).case.merged_into for number in group] == [None, *[group[0]] * 5]
    assert audit.verify(office.opened).ok


async def test_space_takes_a_mark_away_and_f3_lets_another_case_lead(office: StaffedOffice) -> None:
    first, second, third = (a_heap(office) for _ in range(3))
    async with console_on(office.opened, "受理员") as console:
        screen = await open_duplicates(console, first)
        assert (screen.lead, screen.marked) == (first, {second, third})
        await console.press("down", "space")
        assert len(screen.marked) == 1
        await console.press("up", "f3")
        left = ({second, third} - {screen.lead}).pop()
        assert first in screen.marked
        screen.marked.discard(left)
        await console.press("f2")
        await console.until(lambda: not screen.marked, "merged")
    assert office.load(first).case.merged_into == screen.lead
    assert office.load(left).case.merged_into is None


async def test_what_another_terminal_changed_meanwhile_is_refused_by_name_and_stays_marked(office: StaffedOffice) -> None:
    first, second, third = (a_heap(office) for _ in range(3))
    async with console_on(office.opened, "受理员", size=(120, 40)) as console:
        screen = await open_duplicates(console, first)
        office.act(second, Action.ACCEPT)
        await console.press("f2")
        await console.until(lambda: screen.marked == {second}, "the other one is merged")
        await console.until_shown("受理员")
    assert office.load(third).case.merged_into == first
    assert office.load(second).case.merged_into is None


async def test_a_merged_case_is_parted_from_its_menu(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    office.act(second, Action.MERGE, into=Lead(first))
    async with console_on(office.opened, "受理员") as console:
        await console.app.push_screen(CaseScreen(second))
        await console.until_shown(f"已并入 {first}")
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


async def test_merging_from_the_menu_takes_the_last_digits_and_says_when_there_is_no_such_case(office: StaffedOffice) -> None:
    first, second = a_heap(office), a_heap(office, "，很臭")
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(second)
        await console.press("f3")
        labels = console.menu()
        await console.press(*["down"] * labels.index("并案"), "enter")
        assert isinstance(console.screen, MergeDialog)
        await console.press("f2")
        assert "案件号" in console.complaint()
        await console.key_in("777")
        await console.press("f2")
        await console.until(lambda: "777" in console.complaint(), "no such case")
        console.screen.query_one("#into", Input).value = first[-5:]
        await console.press("f2")
        await console.until_back()
    assert office.load(second).case.merged_into == first
    assert case_queries.view(office.opened, second, None).timeline[-1].action == Action.MERGE


async def test_a_leading_case_that_somebody_declines_meanwhile_is_named(office: StaffedOffice) -> None:
    first, second, third = a_heap(office), a_heap(office, "，很臭"), a_heap(office, "，没人管")
    async with console_on(office.opened, "受理员", size=(120, 40)) as console:
        screen = await open_duplicates(console, first)
        assert screen.lead == first
        office.act(first, Action.DECLINE, Role.ACCEPTOR, reason="不属于本区")
        office.act(first, Action.NOTE, Role.CLERK, note="看过")
        await console.until(lambda: screen.lead in (second, third), "another leading case")
        await console.until(console.toasts, "the message")
        said = " ".join(console.toasts())
        assert first[8:] in said
        assert "不予受理" in said
        assert screen.lead[8:] in said
        assert f"由{office.actors[Role.ACCEPTOR].name}办理" in said, "who took the step, not who wrote last"
