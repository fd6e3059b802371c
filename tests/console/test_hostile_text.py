"""Hostile text that got into the database reaches no terminal as anything but letters, on any screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from console_driver import Console, click_actions, console_on, forbidden_characters
from hostile_office import LONG, MARKUP, TERMINAL, TERMINAL_SHOWN, poison_case, poison_register
from logins import set_office
from rich.cells import cell_len
from small_office import HOSTILE_ADDRESS, HOSTILE_NAME, LONG_COMPLAINT, OFFICE_ROLES, StaffedOffice

from gridconsole.console.dialogs.form import Form
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.domain.states import Role, State
from gridconsole.services import actors
from gridconsole.services.office import Office
from gridconsole.store import offices as office_rows

WIDE = (200, 40)
STATES = (State.REPORTED, State.TO_FILE, State.TO_DISPATCH, State.HANDLING, State.TO_CHECK)


def harmless(console: Console) -> str:
    """Look at the whole terminal: letters only, every line as wide as the screen, nothing to click; returns the page."""
    strips = console.strips()
    assert len(strips) == console.app.size.height
    for strip in strips:
        line = "".join(segment.text for segment in strip)
        assert forbidden_characters(line) == [], line
        assert cell_len(line) == console.app.size.width, line
        assert click_actions(strip) == [], line
    assert console.app.is_running
    return console.page()


@pytest.fixture
def everyman(office: StaffedOffice) -> str:
    """An operator who has every role and never acted."""
    actors.add_operator(office.opened, "全能", OFFICE_ROLES)
    return "全能"


@pytest.mark.parametrize(("text", "shown"), [(MARKUP, MARKUP), (TERMINAL, TERMINAL_SHOWN)], ids=["markup", "terminal"])
async def test_cases_and_their_dialogs_show_letters_only(
    office: StaffedOffice, everyman: str, open_another: Callable[[], Office], text: str, shown: str
) -> None:
    cases = {state: office.case_in(state) for state in STATES}
    poison_register(office, text)
    for number in cases.values():
        poison_case(office, number, text)
    async with console_on(open_another(), everyman, WIDE) as console:
        page = harmless(console)
        assert shown in console.lines()[0]
        assert page.count(shown) > len(cases)
        for number in cases.values():
            await console.point_at(number)
            assert shown in harmless(console)
            await console.press("f2")
            assert isinstance(console.screen, Form)
            await console.settle()
            assert shown in harmless(console)
            await console.press("escape")
        await console.point_at(cases[State.HANDLING])
        await console.press("f3")
        harmless(console)
        await console.press("escape", "enter")
        assert isinstance(console.screen, CaseScreen)
        page = harmless(console)
        assert page.count(shown) >= 6
        await console.press("f4")
        assert shown in harmless(console)
        await console.press("escape", "escape")
        assert isinstance(console.screen, DeskScreen)


@pytest.mark.parametrize(("text", "shown"), [(MARKUP, MARKUP), (TERMINAL, TERMINAL_SHOWN)], ids=["markup", "terminal"])
async def test_registers_palette_and_choosers_show_letters_only(
    office: StaffedOffice, open_another: Callable[[], Office], text: str, shown: str
) -> None:
    number = office.report().number
    name = poison_register(office, text)
    poison_case(office, number, text)
    with office.opened.database.writing() as connection:
        office_rows.add_operator(connection, office.opened.id, text, [Role.CLERK])
    set_office(office.opened, demo=True)
    async with console_on(open_another(), None, WIDE) as console:
        await console.until_shown(shown)
        harmless(console)
        await console.press("enter", "ctrl+n")
        await console.press("tab")
        await console.key_in("330106001001001")
        assert shown in harmless(console)
        await console.press("enter")
        await console.until_shown("90 天内另有")
        assert harmless(console).count(shown) >= 2
        await console.press("escape", "ctrl+p")
        await console.key_in("001")
        await console.until(lambda: harmless(console).count(shown) >= 4, "cases, grids and people among the hits")
        await console.press("escape")
        await console.press("f6")
        harmless(console)
        for _ in ("grids", "wardens"):
            await console.press("f6")
            await console.until(lambda: harmless(console).count(shown) >= 4, "rows and card")
        await console.press("f2")
        assert shown in harmless(console)
        await console.press("escape")
    with office.opened.database.reading() as connection:
        assert name in {str(row.name) for row in connection.execute(sa.text("SELECT name FROM operator"))}


async def test_markup_in_a_roster_dialog_and_in_a_toast_is_literal(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    poison_register(office, MARKUP)
    async with console_on(open_another(), "内勤", WIDE) as console:
        console.app.say(MARKUP)
        await console.until_shown(MARKUP)
        harmless(console)
        await console.press("f6", "f6", "f6", "f3")
        assert harmless(console).count(MARKUP) >= 2


async def test_a_complaint_of_seven_thousand_characters_is_read_to_its_end(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.report().number
    poison_case(office, number, LONG)
    async with console_on(open_another(), "受理员") as console:
        harmless(console)
        assert LONG in console.says("#facts")
        await console.press("f2")
        harmless(console)
        await console.press("escape", "enter")
        await console.settle()
        harmless(console)
        assert LONG in console.says("#facts")
        assert console.screen.query_one("#history_panel").has_focus
        await console.press("shift+tab", "end")
        await console.pilot.wait_for_scheduled_animations()
        harmless(console)
        assert "终" in console.page(), "the complaint is there to its end"
        await console.press("escape")


async def test_each_hostile_text_alone_in_the_queue(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    texts = {
        "幸福路[b栋]3号": "幸福路[b栋]3号",
        "[/]": "[/]",
        "[@click=quit]": "[@click=quit]",
        "清\x1b[2J屏": "清屏",
        "剪\x1b]52;c;aGFja2Vk\x07贴": "剪贴",
        "反\u202e转": "反转",
        "零\u200b宽": "零宽",
        HOSTILE_ADDRESS: HOSTILE_ADDRESS,
        HOSTILE_NAME: "𠮷田[/]红",
        LONG_COMPLAINT: "楼道堆满杂物",
        "𠮷👨‍👩‍👧🇨🇳é": "𠮷",
    }
    numbers = {text: office.report().number for text in texts}
    for text, number in numbers.items():
        poison_case(office, number, text)
    async with console_on(open_another(), "受理员", (120, 40)) as console:
        for text, number in numbers.items():
            await console.point_at(number)
            harmless(console)
            assert texts[text] in console.row_of(number)


async def test_a_click_on_hostile_text_does_nothing_but_move_the_cursor(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    numbers = [office.report().number for _ in range(2)]
    for number in numbers:
        poison_case(office, number, "[@click=app.quit]退[/]")
    async with console_on(open_another(), "受理员", WIDE) as console:
        row = console.lines().index(console.row_of(numbers[1]))
        for index, line in enumerate(console.lines()):
            if "退[/]" in line and index != row:
                await console.pilot.click(offset=(cell_len(line[: line.index("退")]), index))
        line = console.lines()[row]
        await console.pilot.click(offset=(cell_len(line[: line.index("退")]), row))
        await console.until(lambda: console.current == numbers[1], "the cursor on the line clicked")
        assert console.screen is console.desk_screen
        assert console.app.is_running
        assert console.app.return_code is None
