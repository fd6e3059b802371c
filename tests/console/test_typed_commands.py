"""Typed commands in the palette and by ``gridconsole do``: the same line does the same."""

from __future__ import annotations

import pytest
from console_driver import Console, console_on
from office_cli import CommandLine
from small_office import StaffedOffice
from textual.command import Command, CommandList, CommandPalette

from gridconsole.console.dialogs.planned import PlannedDialog
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import UnknownAssignee
from gridconsole.domain.states import Role, State
from gridconsole.language.typed_line import parse
from gridconsole.services.typed_acts import plan


def hits(console: Console) -> list[str]:
    """Labels of the hits in the palette."""
    return [str(command.hit.text) for command in console.get("CommandList", CommandList).options if isinstance(command, Command)]


async def type_line(console: Console, said: str, expected: str) -> None:
    """Open the palette, type a line, and wait for what it would do."""
    await console.press("ctrl+p")
    await console.key_in(said)
    await console.until(lambda: bool(hits(console)) and expected in hits(console)[0], f"“{expected}” first among {said}")


async def test_a_typed_line_shows_what_it_would_do_and_enter_does_it(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(office.opened, "派遣员") as console:
        await type_line(console, f"派 {number[-4:]} 城管局", "给 城管局")
        assert "处置中" in hits(console)[0]
        assert office.load(number).case.state is State.TO_DISPATCH, "nothing is done by typing"
        await console.press("enter")
        await console.until(lambda: office.load(number).case.state is State.HANDLING, "dispatched")
        assert office.load(number).case.handler.name == "城管局"


async def test_a_name_nobody_has_is_offered_as_those_that_are_near(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(office.opened, "派遣员") as console:
        await type_line(console, f"派 {number[-4:]} 城管所", "给 城管局")
        await console.press("escape")
        await type_line(console, f"p {number[-4:]} cgj", "给 城管局")
        await console.press("enter")
        await console.until(lambda: office.load(number).case.state is State.HANDLING, "dispatched by initials")


async def test_what_is_wrong_with_a_line_is_said_and_enter_does_nothing(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(office.opened, "派遣员") as console:
        await type_line(console, f"派 {number[-4:]}", "没有说派给谁")
        await console.press("enter")
        await console.settle()
    assert office.load(number).case.state is State.TO_DISPATCH


async def test_the_case_under_the_cursor_is_meant_where_none_is_named(office: StaffedOffice) -> None:
    first, second = (office.report().number for _ in range(2))
    async with console_on(office.opened, "受理员") as console:
        await console.point_at(second)
        await type_line(console, "受理", second[-5:])
        await console.press("enter")
        await console.until(lambda: office.load(second).case.state is State.TO_FILE, "accepted")
    assert office.load(first).case.state is State.REPORTED


async def test_several_cases_are_shown_once_more_before_anything_is_done(office: StaffedOffice) -> None:
    numbers = [office.report().number for _ in range(3)]
    async with console_on(office.opened, "受理员") as console:
        await type_line(console, f"受理 {numbers[0][-4:]}..{numbers[2][-4:]}", "等 3 件")
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, PlannedDialog), "the question")
        assert {office.load(number).case.state for number in numbers} == {State.REPORTED}
        await console.press("enter")
        await console.until(lambda: office.load(numbers[2]).case.state is State.TO_FILE, "all accepted")


@pytest.mark.parametrize("said", ["去 待核查", "到 待核查", "go 待核查"])
async def test_a_typed_line_leads_to_a_pane(office: StaffedOffice, said: str) -> None:
    async with console_on(office.opened, "派遣员") as console:
        await type_line(console, said, "待核查")
        await console.press("enter")
        await console.until(lambda: console.desk_screen.model.filter.pane == "check", "the pane")


async def test_a_typed_line_leads_to_a_case(office: StaffedOffice) -> None:
    number = office.case_in(State.CLOSED)
    async with console_on(office.opened, "派遣员") as console:
        await type_line(console, f"去 {number[-4:]}", number)


async def test_words_are_looked_for_on_the_desk(office: StaffedOffice) -> None:
    number = office.report(text="建设路电线掉落").number
    office.report(text="垃圾成堆")
    async with console_on(office.opened, "受理员") as console:
        await type_line(console, "查 电线", "电线")
        await console.press("enter")
        await console.until(lambda: not isinstance(console.screen, CommandPalette), "the desk")
        await console.until(lambda: [row.number for row in console.desk_screen.table.rows] == [number], "the case alone")


def test_the_same_line_works_at_the_command_line(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆")
    dry = small_office("do", f"受理 {number[-3:]}", "--dry-run", "--json", "--operator", "受理员")
    assert (dry.status, dry.json["done"], dry.json["acts"][0]["to"]) == (0, False, "to_file")
    done = small_office("do", f"受理 {number[-3:]}", "--operator", "受理员", "--json")
    assert (done.status, done.json["acts"][0]["number"]) == (0, number)
    again = small_office("do", f"受理 {number[-3:]}", "--operator", "受理员", "--json")
    assert (again.status, again.error) == (4, "C111")
    wrong = small_office("do", "受里 12", "--operator", "受理员", "--json")
    assert (wrong.status, wrong.error) == (2, "U012")
    assert "受理" in wrong.json["error"]["hint"]


def test_what_ends_a_case_needs_a_yes(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆")
    line = f"拒 {number[-3:]} #不属本辖区"
    asked = small_office("do", line, "--operator", "受理员", "--json")
    assert (asked.status, asked.error) == (2, "U012")
    assert small_office("do", line, "--operator", "受理员", "--yes").status == 0
    shown = small_office("incident", "show", number, "--json").json
    assert (shown["state"], shown["timeline"][-1]["action"]) == ("declined", Action.DECLINE.value)


def test_wrong_lines_are_refused_in_whole_sentences(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆")
    for line in ("", f"核查 {number} 没通过", f"核实 {number} 部分属实", f"派 {number}", "飞 12"):
        wrong = small_office("do", line, "--operator", "值班长", "--json")
        assert (wrong.status, wrong.error) == (2, "U012"), line
        assert wrong.json["error"]["message"] == wrong.json["error"]["message"].strip()


def test_words_are_looked_for_on_the_command_line_as_in_a_list(small_office: CommandLine) -> None:
    small_office.reports("幸福路垃圾成堆")
    small_office.reports("路灯不亮")
    looked = small_office("do", "查 幸福路", "--operator", "值班长")
    assert looked.status == 0
    assert looked.out == small_office("incident", "list", "--search", "幸福路").out
    assert "幸福路" in looked.out
    nothing = small_office("do", "查", "--operator", "值班长", "--json")
    assert (nothing.status, nothing.error) == (2, "U012")
    assert "查 建设路" in nothing.json["error"]["hint"]
    (found,) = small_office("do", "查 幸福路", "--operator", "值班长", "--json").json
    assert found["state"] == "reported"


def test_a_result_is_not_entered_under_the_name_of_who_did_not_look(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    inspector = office.actors[Role.INSPECTOR]
    assert plan(office.opened, inspector, parse(f"核查 {number} {inspector.name} 通过")).acts[0].after is State.TO_CLOSE
    for said in ("李小明", "不", "未能"):
        with pytest.raises(UnknownAssignee):
            plan(office.opened, inspector, parse(f"核查 {number} {said} 通过"))
