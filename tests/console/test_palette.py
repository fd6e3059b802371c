"""The command palette finds cases, grids, people and actions, and goes there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.command import Command, CommandList, CommandPalette
from textual.widgets import Input

from gridconsole.console.dialogs.passwords import HandOverDialog
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.wardens import WardensScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.help import HelpScreen
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.states import State
from gridconsole.services.office import Office


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def hits(console: Console) -> list[str]:
    """Labels of the hits in the palette."""
    return [str(command.hit.text) for command in console.get("CommandList", CommandList).options if isinstance(command, Command)]


def pointed_at(console: Console) -> str:
    """Code of the row under a register's cursor."""
    row = console.get("#rows", RowTable).current
    return "" if row is None else str(row.code)


async def ask(console: Console, words: str, expected: str) -> None:
    """Open the palette, type, wait for a hit and take the first."""
    await console.press("ctrl+p")
    assert isinstance(console.screen, CommandPalette)
    await console.key_in(words)
    await console.until(lambda: any(expected in hit for hit in hits(console)), f"“{expected}” among the hits")
    await console.press("enter")
    await console.until(lambda: not isinstance(console.screen, CommandPalette), "what was chosen")
    await console.settle()


async def test_a_case_is_opened_by_the_end_of_its_number_or_by_words(office: StaffedOffice, here: Office) -> None:
    office.report()
    number = office.report(text="三号楼电梯停了 13812345678", address="幸福路[b栋]").number
    closed = office.case_in(State.CLOSED)
    async with console_on(here, "派遣员") as console:
        for words in (number, "电梯", "[b栋]"):
            await console.press("ctrl+p")
            await console.key_in(words)
            await console.until(lambda: hits(console)[0].startswith(number), f"{number} for {words}")
            assert "13812345678" not in "".join(hits(console))
            await console.press("enter")
            await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
            await console.until(lambda: f"案件 {number}" in console.case_title, "its facts")
            await console.press("escape")
        await ask(console, closed, closed)
        await console.until(lambda: "已结案" in console.case_title, "a finished case is found by its number")


async def test_a_grid_and_a_person_are_found_by_initials_and_pointed_at(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "派遣员") as console:
        await ask(console, "xmsq", "新民社区第1网格")
        assert isinstance(console.screen, GridsScreen)
        await console.until(lambda: pointed_at(console) == "330106001002001", "the grid")
        await ask(console, "lxm", "李小明")
        assert isinstance(console.screen, WardensScreen)
        await console.until(lambda: pointed_at(console) == "W001", "the person")


async def test_actions_are_found_by_their_names_and_helps(office: StaffedOffice, here: Office) -> None:
    wanted: tuple[tuple[str, type[object]], ...] = (
        ("新报", ReportDialog),
        ("换操作员", HandOverDialog),
        ("按键", HelpScreen),
        ("名册", WardensScreen),
        ("区划", GridsScreen),
    )
    async with console_on(here, "派遣员") as console:
        for words, screen in wanted:
            await ask(console, words, "")
            await console.until(lambda screen=screen: isinstance(console.screen, screen), screen.__name__)
            await console.press("escape")


async def test_enter_before_anything_was_found_runs_nothing_found_before(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "派遣员") as console:
        for words, screen in (("区划", GridsScreen), ("按键", HelpScreen)):
            await console.press("ctrl+p")
            await console.until(lambda: console.screen.query_one(CommandList).option_count > 1, "what is offered unasked")
            field = console.screen.query_one(Input)
            # Both are in the queue before the search can begin.
            field.value = words
            await field.action_submit()
            await console.until(lambda screen=screen: isinstance(console.screen, screen), screen.__name__)
            await console.press("escape")


async def test_nothing_found_is_said_in_chinese(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "派遣员") as console:
        await console.press("ctrl+p")
        await console.key_in("没有这样的东西")
        await console.until_shown("没有找到")
        await console.press("enter")
        await console.until_back()


async def test_a_text_pasted_by_mistake_finds_nothing_and_the_console_goes_on(office: StaffedOffice, here: Office) -> None:
    number = office.report(text="三号楼电梯停了").number
    async with console_on(here, "派遣员") as console:
        await console.press("ctrl+p")
        field = console.screen.query_one(Input)
        field.value = "扰" * 100_000
        await console.until_shown("没有找到")
        field.value = number
        await console.until(lambda: any(hit.startswith(number) for hit in hits(console)), "the case")
