"""交接班 in the console: the sheet on the screen, two people at one terminal or at two, and the file to be printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from console_driver import Console, click_actions, console_on, forbidden_characters
from hostile_office import MARKUP, TERMINAL, TERMINAL_SHOWN, poison_case, poison_register
from logins import OTHER, PLAIN, give_passwords
from rich.cells import cell_len
from small_office import StaffedOffice
from textual.widgets import Input, OptionList, Select, TextArea

from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.panels.handover import (
    HandoverForm,
    HandoverScreen,
    TakeOverDialog,
    TakeOverForm,
    WithdrawForm,
)
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, State
from gridconsole.services import handover
from gridconsole.services.office import Office


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


async def open_sheet(console: Console, *texts: str) -> None:
    await console.press("ctrl+o")
    await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet")
    await console.until_shown(*texts)


async def hand_over(console: Console, remarks: str) -> None:
    await console.press("f2")
    assert isinstance(console.screen, HandoverForm)
    await console.paste(remarks)
    await console.press("f2")
    await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet again")
    sheet = console.screen
    assert isinstance(sheet, HandoverScreen)
    # The toast says so before the sheet does.
    await console.until(lambda: sheet.facts is not None and sheet.facts.waiting is not None, "handed over")
    await console.until_shown("等接班的人确认")


async def test_the_sheet_shows_what_would_be_handed_over_and_writes_nothing(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    async with console_on(here, "派遣员") as console:
        await open_sheet(console, "预览，还没有交班", number, "F2 交班")
        await console.press("escape")
        assert console.screen is console.desk_screen
    assert handover.waiting(office.opened) is None


async def test_handed_over_here_and_taken_over_at_another_terminal(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    async with console_on(here, "派遣员") as console:
        await open_sheet(console, number)
        await hand_over(console, "水泵房已报修\n等 13812345678 回电")
        waiting = handover.waiting(office.opened)
        assert waiting is not None
        assert waiting.made.remarks == "水泵房已报修\n等 138****5678 回电"
        await console.until_shown("您已交班，等接班的人确认", "水泵房已报修", "138****5678")
        assert "13812345678" not in console.page()
        office.act(number, Action.ACCEPT)
        await console.until_shown("交班后又有 1 件变化")
        handover.take_over(office.opened, office.actors[Role.CLERK])
        await console.until_shown("内勤 11-23 09:00 接班，下面是当时的交接单")
        await console.press("f5")
        await console.until_shown("预览，还没有交班")


async def test_who_sits_here_takes_over_what_somebody_else_handed_over(office: StaffedOffice, here: Office) -> None:
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "看水泵")
    async with console_on(here, "内勤") as console:
        await open_sheet(console, "派遣员已交班", "看水泵")
        await console.press("f4")
        await console.until_shown("这次交班由派遣员撤回")
        await console.press("f2")
        assert isinstance(console.screen, TakeOverForm)
        await console.press("f2")
        await console.until_shown("内勤 11-23 09:00 接班")
    assert handover.waiting(office.opened) is None
    assert handover.shown(office.opened, 1).made.taken_name == "内勤"


async def test_on_the_leaving_ones_terminal_the_coming_one_confirms_by_the_own_password_and_has_the_terminal(
    office: StaffedOffice, here: Office
) -> None:
    give_passwords(office.opened, "系统管理员", "派遣员")
    give_passwords(office.opened, "内勤", password=OTHER)
    async with console_on(here, "派遣员") as console:
        await open_sheet(console)
        await hand_over(console, "看水泵")
        await console.press("f2")
        assert isinstance(console.screen, TakeOverDialog)
        names = console.get("#names", OptionList)
        assert [str(names.get_option_at_index(at).prompt) for at in range(names.option_count)] == ["内勤  内勤"], (
            "nobody without one"
        )
        console.get("#password", Input).focus()
        await console.paste(PLAIN)
        await console.press("enter")
        await console.until_shown("姓名或密码不对")
        waiting = handover.waiting(office.opened)
        assert waiting is not None
        assert console.app.actor is not None
        assert console.app.actor.name == "派遣员"
        await console.paste(OTHER)
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet again")
        await console.until(
            lambda: console.app.actor is not None and console.app.actor.name == "内勤", "the terminal handed over"
        )
        await console.until_shown("内勤 11-23 09:00 接班")
        assert not console.app.is_locked
    made = handover.shown(office.opened, 1).made
    assert (made.made_name, made.taken_name) == ("派遣员", "内勤")


async def test_of_a_hand_over_withdrawn_meanwhile_the_coming_one_is_reported_and_the_terminal_stays(
    office: StaffedOffice, here: Office
) -> None:
    give_passwords(office.opened, "系统管理员", "内勤")
    async with console_on(here, "派遣员") as console:
        await open_sheet(console)
        await hand_over(console, "")
        await console.press("f2")
        handover.withdraw(office.opened, office.actors[Role.DISPATCHER])
        console.get("#password", Input).focus()
        await console.paste(PLAIN)
        await console.press("enter")
        await console.until_shown("撤回")
        await console.until(lambda: not console.get("#password", Input).value, "another try")
        assert isinstance(console.screen, TakeOverDialog)
        assert console.app.actor is not None
        assert console.app.actor.name == "派遣员"
        await console.press("escape")
        await console.until_shown("预览，还没有交班")


async def test_a_hand_over_is_taken_back_by_its_maker_and_what_was_typed_survives_a_refusal(
    office: StaffedOffice, here: Office
) -> None:
    async with console_on(here, "派遣员") as console:
        await open_sheet(console)
        await console.press("f2")
        await console.paste("看水泵")
        handover.hand_over(office.opened, office.actors[Role.CLERK], "")
        await console.press("f2")
        await console.until_shown("还没有人接，不能再交一次")
        assert console.get("#remarks", TextArea).text == "看水泵"
        handover.withdraw(office.opened, office.actors[Role.CLERK])
        await console.press("f2")
        await console.until_shown("您已交班")
        await console.press("f4")
        assert isinstance(console.screen, WithdrawForm)
        await console.press("f2")
        await console.until_shown("预览，还没有交班")
    begin = office.opened.midnight()
    made = handover.between(office.opened, begin, begin + timedelta(days=1), 9)
    assert [item.withdrawn_at is None for item in made] == [False, False]


async def test_who_sits_down_is_reported_that_a_shift_waits_for_them(office: StaffedOffice, here: Office) -> None:
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "", office.actors[Role.CLERK])
    async with console_on(here, "内勤") as console:
        await console.until(lambda: console.toasts() == ["派遣员已交班，等您接班：Ctrl+O"], "the toast")
    async with console_on(here, "派遣员") as console:
        assert console.toasts() == []
    async with console_on(here, "受理员") as console:
        assert console.toasts() == []


async def test_it_can_be_meant_for_somebody(office: StaffedOffice, here: Office) -> None:
    give_passwords(office.opened, "系统管理员", "派遣员", "内勤")
    async with console_on(here, "派遣员") as console:
        await open_sheet(console)
        await console.press("f2")
        choice = console.get("#to", Select)
        (offered,) = [value for _, value in choice._options if isinstance(value, str)]
        choice.value = offered
        await console.settle()
        await console.press("f2")
        await console.until_shown("待接班（交给内勤）", "等内勤确认")


async def test_the_sheet_is_written_to_a_file_from_the_screen(office: StaffedOffice, here: Office, tmp_path: Path) -> None:
    number = office.report().number
    async with console_on(here, "派遣员") as console:
        await open_sheet(console)
        await hand_over(console, "看水泵")
        await console.press("f3")
        assert isinstance(console.screen, PrintForm)
        assert console.get("#path", Input).value.endswith("交接单-20261123-1.docx")
        console.get("#path", Input).value = str(tmp_path / "没有" / "交接单.txt")
        await console.press("f2")
        await console.until_shown("写不了文件")
        console.get("#path", Input).value = str(tmp_path / "交接单.txt")
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, HandoverScreen), "the sheet again")
    text = (tmp_path / "交接单.txt").read_text(encoding="utf-8-sig")
    assert number in text
    assert "交接确认" in text


async def test_who_keeps_the_operators_has_no_shift(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "系统管理员") as console:
        await open_sheet(console)
        await console.press("f2")
        assert isinstance(console.screen, HandoverScreen)
        assert console.toasts() == ["系统管理员、审计员不值班，不用交接班"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize(
    ("text", "shown"), [(MARKUP, "[/]幸福路[b栋]3号"), (TERMINAL, TERMINAL_SHOWN)], ids=["markup", "terminal"]
)
async def test_hostile_text_on_a_sheet_is_only_text_on_any_terminal(
    office: StaffedOffice, here: Office, size: tuple[int, int], text: str, shown: str
) -> None:
    number = office.case_in(State.HANDLING)
    poison_register(office, text)
    poison_case(office, number, text)
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "看水泵")
    with office.opened.database.writing() as connection:
        connection.execute(sa.text("UPDATE hand_over SET remarks = :text, made_name = :text, to_name = :text"), {"text": text})
    async with console_on(here, "内勤", size) as console:
        await open_sheet(console, shown, "注意事项")
        for key in ("pagedown", "pagedown", "end", "f2"):
            for strip in console.strips():
                line = "".join(segment.text for segment in strip)
                assert forbidden_characters(line) == [], line
                assert cell_len(line) == console.app.size.width, line
                assert click_actions(strip) == [], line
            await console.press(key)
        assert isinstance(console.screen, TakeOverForm)
