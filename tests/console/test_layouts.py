"""Every size of terminal: lines as wide as the screen, the essentials in the smallest, and no crash in none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console_driver import Console, console_on
from logins import set_office
from rich.cells import cell_len
from small_office import HOSTILE_ADDRESS, LONG_COMPLAINT, StaffedOffice
from textual.command import CommandPalette
from textual.screen import Screen

import gridconsole.console
from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.dialogs.inspect import InspectionDialog
from gridconsole.console.dialogs.menu import ActionMenu
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.modes.base import MODES
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.imports import ImportScreen
from gridconsole.console.modes.overview import OverviewScreen
from gridconsole.console.modes.reports import ReportsScreen
from gridconsole.console.modes.teams import TeamsScreen
from gridconsole.console.modes.units import UnitsScreen
from gridconsole.console.modes.wardens import AssignDialog, RemoveDialog, WardensScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.help import HelpScreen
from gridconsole.console.theme import DAY, NIGHT
from gridconsole.domain.states import State
from gridconsole.language import has, t
from gridconsole.services import case_queries
from gridconsole.services.office import Office

USUAL = ((80, 24), (120, 40))
"""Sizes an office works with; smaller and larger ones must not fall over."""


RAW_KEY = re.compile(r"\b(?:console|cli|handover|column|pane|report|error|hint|what)\.[a-z_]+[a-z_.]*")
"""What stands on the screen where the catalogue has no text of that key."""


def fills_the_screen(console: Console) -> list[str]:
    """Every line is exactly as wide as the terminal; returns the lines."""
    width, height = console.app.size
    lines = console.lines()
    assert [cell_len(line) for line in lines] == [width] * height, "\n".join(lines)
    assert RAW_KEY.findall("\n".join(lines)) == [], "a text without words"
    return lines


@pytest.mark.parametrize("size", [*USUAL, (20, 5), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_fills_the_terminal_and_escape_leads_back(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = office.case_in(State.TO_DISPATCH, address=HOSTILE_ADDRESS, text=LONG_COMPLAINT)
    for state in (State.REPORTED, State.TO_FILE, State.HANDLING, State.CLOSED):
        office.case_in(state)
    office.clock.advance(hours=5)
    async with console_on(open_another(), "派遣员", size) as console:
        fills_the_screen(console)
        await console.point_at(number)
        dialogs: list[tuple[str, type[Screen[Any]]]] = [("f2", DispatchDialog), ("ctrl+n", ReportDialog)]
        if size in USUAL:
            dialogs += [
                ("f3", ActionMenu),
                ("f4", ActDialog),
                ("enter", CaseScreen),
                ("ctrl+p", CommandPalette),
                ("f1", HelpScreen),
            ]
        for key, kind in dialogs:
            await console.press(key)
            assert isinstance(console.screen, kind), key
            fills_the_screen(console)
            await console.press("escape")
            await console.until_back()
        await console.press("f6")
        assert isinstance(console.screen, OverviewScreen)
        fills_the_screen(console)
        await console.press("f6")
        assert isinstance(console.screen, GridsScreen)
        fills_the_screen(console)
        await console.press("escape", "f6")
        assert isinstance(console.screen, WardensScreen)
        fills_the_screen(console)
        for key, kind in (("f2", AssignDialog), ("f3", RemoveDialog)) if size in USUAL else ():
            await console.press(key)
            assert isinstance(console.screen, kind)
            fills_the_screen(console)
            await console.press("escape")
            assert isinstance(console.screen, WardensScreen)
        await console.press("f6")
        assert isinstance(console.screen, UnitsScreen)
        fills_the_screen(console)
        await console.press("f6")
        assert isinstance(console.screen, TeamsScreen)
        fills_the_screen(console)
        await console.press("f6")
        assert isinstance(console.screen, ReportsScreen)
        fills_the_screen(console)
        await console.press("f6")
        assert isinstance(console.screen, ImportScreen)
        fills_the_screen(console)
        await console.press("f6")
        assert isinstance(console.screen, DeskScreen)
        assert console.current == number


async def test_eighty_columns_show_time_number_state_and_place(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    number = office.case_in(State.TO_DISPATCH, address="幸福路[b栋]3号", text="看不到的摘要")
    async with console_on(open_another(), "派遣员", (80, 24)) as console:
        lines = fills_the_screen(console)
        heading = next(line for line in lines if "案号" in line)
        positions = [heading.index(title) for title in ("到期", "标", "级", "案号", "小类", "地址")]
        assert positions == sorted(positions)
        line = console.row_of(number)
        for expected in ("今09:15   余15分", number[8:], "待派", "幸福路[b栋]3号"):
            assert expected in line
        assert console.keys_line.startswith(f"  {number[8:]}   F2 派遣")
        assert "看不到的摘要" in console.page(), "four lines of the case, its text among them"
        await console.press("enter")
        assert "看不到的摘要" in console.page()


async def test_a_large_terminal_shows_the_case_beside_the_queue(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.HANDLING, address="幸福路[b栋]3号", text="路边有垃圾，电话 13812345678")
    async with console_on(open_another(), "派遣员", (120, 40)) as console:
        page = "\n".join(fills_the_screen(console))
        for expected in (
            "新的在上",
            "处置限 4 工作时",
            "138****5678",
            f"案件 {number} 处置中",
            "城管局",
        ):
            assert expected in page
        assert "13812345678" not in page
        await console.press("ctrl+y")
        await console.until_shown("为什么是这个时限", "处置时限：4 工作时")
        await console.press("ctrl+y")
        assert "为什么是这个时限" not in console.page()


async def test_the_terminal_may_change_its_size_at_any_time(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    numbers = [office.report().number for _ in range(30)]
    async with console_on(open_another(), "受理员", (120, 40)) as console:
        await console.point_at(numbers[0])
        await console.press("end")
        for width, height in ((80, 24), (20, 5), (1, 1), (200, 60), (33, 12), (120, 40)):
            await console.pilot.resize_terminal(width, height)
            lengths = [width] * height
            await console.until(lambda lengths=lengths: [cell_len(line) for line in console.lines()] == lengths, "the new size")
            await console.settle()
            lines = fills_the_screen(console)
            assert console.current == numbers[-1]
            if height > 10:
                assert any(f"{numbers[-1][8:]} " in line for line in lines), (width, height)


# --- keys ---


async def test_help_themes_and_escape_on_the_desk(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    office.report()
    async with console_on(open_another(), "受理员") as console:
        for leave in ("f1", "escape", "enter"):
            await console.press("f1")
            assert isinstance(console.screen, HelpScreen)
            assert "F2      办理" in console.page()
            await console.press(leave)
            await console.until_back()
        for sign in "？?":
            await console.press("f1")
            await console.key_in(sign)
            await console.until_back()

        colours = []
        for theme in (NIGHT, DAY, NIGHT):
            assert console.app.theme == theme.name
            colours.append({str(segment.style.bgcolor) for strip in console.strips() for segment in strip if segment.style})
            console.app.action_theme()
            await console.settle()
        assert colours[0] == colours[2]
        assert not colours[0] & colours[1]

        await console.press("escape", "escape", "escape")
        assert isinstance(console.screen, DeskScreen)
        assert console.app.is_running


async def test_leaving_works_from_inside_a_dialog(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    office.report()
    async with console_on(open_another(), "受理员") as console:
        await console.press("f2")
        assert isinstance(console.screen, ActDialog)
        await console.pilot.press("f10")
        await console.until(lambda: console.has_ended, "the end")
        assert console.app.return_code == 0


async def test_in_a_demo_who_sits_here_is_asked_when_nobody_was_named(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    set_office(office.opened, demo=True)
    async with console_on(open_another(), None) as console:
        await console.until_shown("请选择操作员", "演示数据，没有密码", "派遣员")
        await console.press("down", "down", "enter")
        await console.until_back()
        assert console.app.actor is not None
        assert console.app.actor.name == "派遣员"
        await console.until_shown("派遣员  11-23 周一")


async def test_in_a_demo_nobody_sits_here_nobody_may_look(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    set_office(office.opened, demo=True)
    async with console_on(open_another(), None) as console:
        await console.until_shown("请选择操作员")
        await console.pilot.press("escape")
        await console.until(lambda: console.has_ended, "the end")


async def test_at_eighty_columns_the_desk_shows_its_keys_whole_and_the_help_breaks_no_line(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    office.report()
    async with console_on(open_another(), "派遣员", (80, 24)) as console:
        keys = console.lines()[-1]
        for shown in ("F3 并案", "F4 备注", "Ctrl+P 命令", "F1 帮助"):
            assert shown in keys
        await console.press("f1")
        page = console.lines()
        for line in t("console.help.page").splitlines()[:15]:
            assert any(line.strip() in drawn for drawn in page), line
    assert max(cell_len(line) for line in t("console.help.page").splitlines()) <= 66


def test_every_title_of_a_screen_is_worded() -> None:
    sources = Path(gridconsole.console.__file__).parent.rglob("*.py")
    modes = {mode for path in sources for mode in re.findall(r'TopBar\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    assert modes >= {"desk", "alarms", "handover"}
    assert [mode for mode in sorted(modes) if not has(f"console.mode.{mode}")] == []


def styles_of(screen: Screen[Any]) -> dict[str, dict[str, Any]]:
    """Every rule of every part of a screen."""
    return {
        f"{at} {node.id or type(node).__name__}": {name: repr(rule) for name, rule in node._css_styles.get_rules().items()}
        for at, node in enumerate(screen.walk_children(with_self=True))
    }


@pytest.mark.parametrize("is_whole", [False, True], ids=["desk", "case"])
@pytest.mark.parametrize("size", [*USUAL, (60, 20), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_drawer_styles_what_it_moves_as_styling_everything_would(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int], *, is_whole: bool
) -> None:
    office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员", size=size) as console:
        await console.press(*(["enter"] if is_whole else []))
        beneath = console.screen
        assert isinstance(beneath, CaseScreen if is_whole else DeskScreen)
        alone = styles_of(beneath)
        beneath.make_room()
        made = styles_of(beneath)
        console.app.stylesheet.update_nodes(beneath.walk_children(with_self=True))
        assert made == styles_of(beneath) != alone
        beneath.make_room(is_needed=False)
        assert styles_of(beneath) == alone
        await console.press("f4")
        drawer = console.screen
        assert isinstance(drawer, ActDialog)
        opened = styles_of(drawer)
        console.app.stylesheet.update_nodes(drawer.walk_children(with_self=True))
        assert opened == styles_of(drawer)
        await console.press("escape")
        assert console.screen is beneath
        assert styles_of(beneath) == alone, "and takes it back"


@pytest.mark.parametrize("size", [*USUAL, (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_drawer_that_the_menu_opens_gets_the_same_room(
    office: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员", size=size) as console:
        alone = styles_of(console.screen)
        await console.press("f2")
        by_key = styles_of(console.desk_screen)
        await console.press("escape", "f3", "1")
        assert isinstance(console.screen, DispatchDialog)
        await console.settle()
        assert styles_of(console.desk_screen) == by_key != alone
        await console.press("escape")
        assert styles_of(console.desk_screen) == alone


async def test_beside_a_drawer_stand_the_text_the_last_steps_and_what_was_fed_back(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.TO_CHECK, text="井盖破损下沉，过车咣当响")
    said = case_queries.view(office.opened, number, None).timeline[-1].personal["note"]
    for size in ((80, 24), (120, 40), (200, 50)):
        async with console_on(open_another(), "核查员", size=size) as console:
            await console.point_at(number)
            await console.press("f2")
            assert isinstance(console.screen, InspectionDialog)
            await console.until_shown("过车咣当响", "反馈", said)
            height = console.desk_screen.query_one("#queue_panel").size.height
            assert height < 10 or size != (120, 40), "one row of the queue leaves the case its room"
            await console.press("escape")
            await console.settle()
            assert not console.desk_screen.query_one("#queue_panel").styles.inline.has_rule("height")


async def test_the_smallest_usual_terminal_says_who_works_there_and_what_time_it_is(office: StaffedOffice) -> None:
    async with console_on(office.opened, "值班长", size=(80, 24)) as console:
        line = console.lines()[0]
        assert "值班长 周一 09:00 实时" in line
        assert all(t(f"console.mode.{mode}") in line for mode in MODES)


async def test_a_drawer_is_laid_out_for_the_terminal_that_it_is_resized_to(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    async with console_on(office.opened, "核查员", size=(120, 40)) as console:
        await console.point_at(number)
        await console.press("f2")
        panel = console.desk_screen.query_one("#queue_panel")
        at_first = panel.size.height
        await console.pilot.resize_terminal(80, 24)
        await console.until(lambda: panel.outer_size.height == 3, "one row of the queue above the drawer")
        await console.pilot.resize_terminal(120, 40)
        await console.until(lambda: panel.size.height == at_first, "the room it had")
