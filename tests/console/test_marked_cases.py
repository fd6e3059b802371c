"""Marking cases, and acting on all of them at once."""

from __future__ import annotations

from collections.abc import Callable

from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.marked import MarkedDialog
from gridconsole.console.dialogs.menu import VerbMenu
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, State
from gridconsole.domain.transitions import states_of
from gridconsole.language import t
from gridconsole.services import audit, case_queries
from gridconsole.services.office import Office


def marked(console: Console) -> set[str]:
    """Numbers of the cases whose line has the mark."""
    return {number for number in console.numbers if console.row_of(number)[2:3] == "*"}


async def until_marked(console: Console, *numbers: str) -> None:
    """Wait until exactly these lines have the mark."""
    await console.until(lambda: marked(console) == set(numbers), f"marks on {numbers}")


async def ready(console: Console) -> None:
    """Wait until the dialog knows which cases allow the act."""
    screen = console.screen
    assert isinstance(screen, MarkedDialog)
    await console.until(lambda: screen._is_ready, "the cases judged")


async def test_space_marks_and_unmarks_and_the_bottom_line_says_what_f2_would_do(office: StaffedOffice) -> None:
    numbers = [office.case_in(State.TO_DISPATCH) for _ in range(4)]
    async with console_on(office.opened, "派遣员") as console:
        await console.press("home", "space", "down", "shift+down")
        await until_marked(console, *numbers[:3])
        assert console.keys_line.startswith("  已标 3   F2 派遣 3 件  F3 其他  F4 同一句备注")
        await console.press("space")
        await until_marked(console, *numbers[:2])
        await console.key_in("　")
        await until_marked(console, *numbers[:3])  # the full-width blank of an input method marks too
        await console.press("escape")
        await until_marked(console)
        await console.until(lambda: console.keys_line.startswith(f"  {numbers[2][8:]}   F2 派遣"), "the keys of one case")


async def test_f2_acts_on_the_marked_cases_that_allow_it_and_names_what_the_others_lack(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    able = [office.case_in(State.TO_DISPATCH) for _ in range(2)]
    changed, reported = office.case_in(State.TO_DISPATCH), office.report().number
    async with console_on(open_another(), "派遣员") as console:
        await console.press("home", "space", *["shift+down"] * 3)
        await until_marked(console, *able, changed, reported)
        await console.press("f2")
        await ready(console)
        assert "3 件可以办，1 件不行" in console.says("#sum")
        assert t("why_not.state", states=states_of(Action.DISPATCH)) in console.page(), "the rule that forbids it"
        assert "城管局" in console.page(), "whom each dispatch goes to"
        office.act(changed, Action.DISPATCH, handler=office.handlers["城管局"])
        await console.press("f2")
        await console.until_shown("有 1 件没有办成")
        assert [office.load(number).case.state for number in able] == [State.HANDLING] * 2
        table = console.get("#cases", RowTable)
        assert [line.row.number for line in table.rows] == [changed, reported]
        assert "派遣员" in table.rows[0].result, "who was quicker"
        await console.press("escape")
        await console.until_back()
        assert console.desk_screen.model.marked == {row.id for row in console.table.rows if row.number in (changed, reported)}
    assert office.load(reported).case.state is State.REPORTED
    assert audit.verify(office.opened).ok


async def test_the_same_note_is_written_to_each_and_needs_words(office: StaffedOffice) -> None:
    numbers = [office.report().number for _ in range(3)]
    async with console_on(office.opened, "派遣员") as console:
        await console.press("home", "space", "shift+down", "shift+down", "f4")
        await ready(console)
        await console.press("f2")
        assert "请写一句" in console.complaint()
        assert console.get("#words", Input).has_focus
        await console.key_in("已电话告知[/]")
        await console.press("enter")
        await console.until_back()
        await until_marked(console)
    assert [office.load(number).case.past[-1].action for number in numbers] == [Action.NOTE] * 3


async def test_nineteen_reports_of_one_leak_are_merged_with_four_keys(office: StaffedOffice) -> None:
    numbers = [office.report(text="燃气泄漏").number for _ in range(20)]
    async with console_on(office.opened, "受理员") as console:
        await console.press("home", "space", *["shift+down"] * 19)
        await console.press("f3")
        assert isinstance(console.screen, VerbMenu)
        options = [action for action, _, _ in console.screen._options]
        await console.press(str(options.index(Action.MERGE) + 1))
        await ready(console)
        assert "19 件可以办，1 件不行  并入 00001" in console.says("#sum")
        await console.press("f2")
        await console.until_back()
    assert office.load(numbers[0]).case.followers == tuple(numbers[1:])
    assert audit.verify(office.opened).ok


async def test_a_step_that_is_taken_case_by_case_says_so(office: StaffedOffice) -> None:
    for _ in range(2):
        office.case_in(State.TO_CHECK)
    async with console_on(office.opened, "核查员") as console:
        await console.press("home", "space", "shift+down", "f2")
        assert console.screen is console.desk_screen
        assert "一件一件办" in console.toasts()[-1]


async def test_a_digit_of_the_menu_acts_at_once(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(number)
        await console.press("f3")
        assert isinstance(console.screen, VerbMenu)
        actions = [action for action, _, _ in console.screen._options]
        await console.press(str(actions.index(Action.RETURN) + 1))
        await console.until_shown(f"申请回退 {number[8:]}")


async def test_marks_are_the_operators_own_and_typed_words_are_not_lost_unasked(office: StaffedOffice) -> None:
    numbers = [office.report().number for _ in range(2)]
    async with console_on(office.opened, "派遣员") as console:
        await console.press("home", "space", "shift+down", "f4")
        await ready(console)
        await console.key_in("已电话告知")
        await console.press("escape")
        assert not isinstance(console.screen, MarkedDialog), "asked first"
        await console.press("escape")
        assert isinstance(console.screen, MarkedDialog)
        assert console.get("#words", Input).value == "已电话告知"
        await console.press("ctrl+u", "home", "ctrl+k", "escape")
        await console.until_back()
        await until_marked(console, *numbers)
        console.app.session.actor = office.actors[Role.ACCEPTOR]
        console.app.session.sign_in(console.app.actor)
        await until_marked(console)


async def test_a_dispatch_of_several_stores_its_reason_once(office: StaffedOffice) -> None:
    numbers = [office.case_in(State.TO_DISPATCH) for _ in range(2)]
    async with console_on(office.opened, "派遣员") as console:
        await console.press("home", "space", "shift+down", "f2")
        await ready(console)
        await console.key_in("同一条街一起办")
        await console.press("enter")
        await console.until_back()
    for number in numbers:
        newest = case_queries.view(office.opened, number, None).timeline[-1]
        assert newest.personal == {"reason": "同一条街一起办"}
