"""Acts repeated all morning: the form says what comes next, and after an answer the next one opens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import console_on
from small_office import StaffedOffice
from textual import events
from textual.widgets import Input

from gridconsole.console.dialogs.inspect import InspectionDialog
from gridconsole.console.dialogs.next_in_line import MOVES_ON, NextInLine
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Action
from gridconsole.domain.next_step import OF_CALL_BACK, OF_STATE
from gridconsole.domain.states import CallBackState, Result, State
from gridconsole.services.office import Office


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


async def test_the_next_check_opens_after_an_answer(office: StaffedOffice, here: Office) -> None:
    numbers = [office.case_in(State.TO_CHECK) for _ in range(3)]
    async with console_on(here, "核查员") as console:
        await console.press("home", "f2")
        first = console.screen
        assert isinstance(first, InspectionDialog)
        assert "接着核查 2" in str(console.get("NextInLine", NextInLine).border_title)
        await console.press("1", "f2")
        await console.until(lambda: isinstance(console.screen, InspectionDialog) and console.screen is not first, "the next form")
        await console.until(lambda: "查了 1  通过 1  返工 0" in console.says("#today"), "what was done today")
        second = console.screen
        assert isinstance(second, InspectionDialog)
        assert second.draft_case != first.draft_case
        await console.press("2", "f5", "f2")
        await console.until(
            lambda: isinstance(console.screen, InspectionDialog) and console.screen is not second, "the last form"
        )
        assert not console.screen.query(NextInLine), "nothing comes after it"
        await console.press("1", "f2")
        await console.until_back()
    states = sorted(office.load(number).case.state for number in numbers)
    assert states == [State.HANDLING, State.TO_CLOSE, State.TO_CLOSE]


async def test_what_presses_most_comes_next_wherever_the_cursor_was(office: StaffedOffice, here: Office) -> None:
    for _ in range(3):
        office.case_in(State.TO_CHECK)
        office.clock.advance(minutes=1)
    async with console_on(here, "核查员") as console:
        first, _, last = console.desk_screen.model.order
        await console.point_at(console.desk_screen.model.rows[last].number)
        await console.press("f2")
        line = console.desk_screen.line_after(last, Action.CHECK)
        assert line is not None
        assert line.rows[0].id == first
        number = console.desk_screen.model.rows[first].number
        await console.press("1", "f2")
        await console.until(
            lambda: isinstance(console.screen, InspectionDialog) and console.screen.draft_case == number, "the form of that case"
        )


async def test_a_form_left_opens_no_other(office: StaffedOffice, here: Office) -> None:
    for _ in range(2):
        office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("home", "f2", "escape")
        await console.until_back()
        await console.pilot.pause(0.3)
        assert console.screen is console.desk_screen


async def test_the_next_was_taken_by_somebody_else(office: StaffedOffice, here: Office) -> None:
    first, second = office.case_in(State.TO_CHECK), office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.press("home", "f2")
        form = console.screen
        assert isinstance(form, InspectionDialog)
        (other,) = {first, second} - {form.draft_case}
        office.act(other, Action.CHECK, result=Result.PASS)
        await console.press("1", "f2")
        await console.until_back()
        await console.pilot.pause(0.3)
        assert console.screen is console.desk_screen, "what somebody else has done is not opened"
    assert office.load(other).case.state is State.TO_CLOSE


async def test_a_small_terminal_has_no_room_for_the_line(office: StaffedOffice, here: Office) -> None:
    for _ in range(2):
        office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员", (80, 24)) as console:
        await console.press("home", "f2")
        assert not console.get("NextInLine", NextInLine).display


def test_only_acts_without_a_default_go_on_by_themselves() -> None:
    """A key held down too long must not decide the next case: what goes on needs an answer each time."""
    steps = {action for actions in OF_STATE.values() for action in actions} | {*OF_CALL_BACK[CallBackState.DUE]}
    assert steps >= MOVES_ON
    assert not MOVES_ON & {Action.DISPATCH, Action.ACCEPT, Action.FILE, Action.CLOSE}


async def test_keys_typed_at_once_after_f2_are_for_the_form(office: StaffedOffice, here: Office) -> None:
    """A practised hand types the answer before the form is drawn: it is not lost."""
    number = office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.point_at(number)
        app = console.app
        app.post_message(events.Key("f2", None))
        await console.until(lambda: app._openings, "the form on its way")
        app.post_message(events.Key("1", "1"))
        await console.until(lambda: console.get("#result", Pick).index == 0, "the answer")
        await console.press("f2")
        await console.until(lambda: office.load(number).case.state is State.TO_CLOSE, "the check")
        await console.until_back()


async def test_a_draft_of_the_next_case_brings_its_text_but_no_answer(office: StaffedOffice, here: Office) -> None:
    """A key held down too long must not send what was typed another time."""
    first, second = office.case_in(State.TO_CHECK), office.case_in(State.TO_CHECK)
    async with console_on(here, "核查员") as console:
        await console.point_at(second)
        await console.press("f2", "2")
        await console.key_in("还有垃圾")
        await console.press("escape", "2")
        await console.until_back()
        await console.point_at(first)
        await console.press("f2", "1", "f2")
        await console.until(lambda: getattr(console.screen, "draft_case", "") == second, "the next form")
        await console.until(lambda: console.get("#words", Input).value == "还有垃圾", "its text")
        await console.press("f2")
        assert "请选定结果" in console.complaint()
    assert office.load(second).case.state is State.TO_CHECK


async def test_the_line_shows_no_number_of_a_person(office: StaffedOffice, here: Office) -> None:
    for _ in range(2):
        office.case_in(State.TO_CHECK, address="找张三13812345678门口")
    for size in ((80, 24), (120, 40)):
        async with console_on(here, "核查员", size) as console:
            await console.press("home", "f2")
            await console.settle()
            assert "13812345678" not in console.page()
