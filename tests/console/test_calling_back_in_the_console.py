"""Call-backs in the console: who is to be called, the form, and the shift leader's decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from console_driver import console_on
from small_office import StaffedOffice
from textual.command import CommandPalette
from textual.widgets import Input

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.call_back import CallBackDialog
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.states import CallBackState, Result, Satisfaction, Solved, Source, State
from gridconsole.services.office import Office

ANGRY = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)


def closed(office: StaffedOffice) -> str:
    """A caller's case, closed."""
    number = office.report(source=Source.HOTLINE_12345, reporter_name="𠮷田[/]", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    return number


async def test_who_is_to_be_called_stands_in_a_pane_the_longest_closed_first(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    first = closed(office)
    office.clock.advance(days=1)
    second, angry = closed(office), closed(office)
    office.act(angry, Action.CALL_BACK, call_back=ANGRY, reason="没来过")
    office.clock.advance(hours=2)
    async with console_on(open_another(), "受理员", (120, 40)) as console:
        assert "3 差1" in console.lines()[2]
        console.desk_screen.show_pane("call_back")
        await console.settle()
        assert console.numbers == [angry, first, second]
        assert "昨09:00" in console.row_of(first), "closed on another day, so the day is named"
        office.act(first, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.VERY))
        await console.until_shown("2 差1")
        await console.press("f5")
        assert console.numbers == [angry, second]


async def test_an_office_that_owes_nobody_a_call_still_has_the_pane_in_its_place(office: StaffedOffice) -> None:
    office.case_in(State.CLOSED)
    async with console_on(office.opened, "受理员", (120, 40)) as console:
        assert "9待回访" in console.lines()[1]
        console.desk_screen.show_pane("call_back")
        await console.settle()
        assert console.numbers == []


async def test_a_dissatisfied_resident_keyed_in_and_the_case_reopened(office: StaffedOffice) -> None:
    number = closed(office)
    async with console_on(office.opened, "受理员", (120, 40)) as console:
        console.desk_screen.show_pane("call_back")
        await console.point_at(number)
        assert "F2 回访" in console.page()
        await console.press("f2")
        assert isinstance(console.screen, CallBackDialog)
        assert "138****5678" in console.page()
        await console.press("f2")
        assert "请选是否解决和满意度" in console.complaint(), "no answer stands there that nobody gave"
        assert console.get("#answered", Pick).has_focus
        await console.press("1", "f2")
        assert console.get("#solved", Pick).has_focus
        await console.press("3", "f2")
        assert console.get("#satisfaction", Pick).has_focus, "the answer that is missing now"
        await console.press("4", "f2")
        assert "请写不满意" in console.complaint()
        assert console.get("#words", Input).has_focus
        await console.key_in("又堆起来了[/]")
        await console.press("enter")
        await console.until_back()
    assert office.load(number).case.call_back is CallBackState.DISSATISFIED
    office.clock.advance(days=1)
    async with console_on(office.opened, "值班长", (120, 40)) as console:
        console.desk_screen.show_pane("call_back")
        await console.point_at(number)
        assert "接通 未解决 不满意 又堆起来了[/]" in console.says("#timeline")
        assert "F2 重开  F3 维持结案" in console.page()
        await console.press("f2")
        assert isinstance(console.screen, ActDialog)
        await console.key_in("现场未清理")
        await console.press("f2")
        await console.until_back()
        await console.press("f5")
        assert console.numbers == []
        console.desk_screen.show_pane("open")
        await console.point_at(number)
        await console.press("ctrl+y")
        await console.until_shown("停表，顺延")
    case = office.load(number).case
    assert (case.state, case.reopen_count) == (State.HANDLING, 1)


async def test_where_nobody_was_reached_nothing_is_asked(office: StaffedOffice) -> None:
    number = closed(office)
    async with console_on(office.opened, "受理员") as console:
        console.desk_screen.show_pane("call_back")
        for tries in (1, 2):
            await console.press("f5")
            await console.point_at(number)
            await console.press("f2", "2")
            assert not console.get("#solved", Pick).display
            console.get("#words", Input).value = f"关机{tries}"
            await console.press("f2")
            await console.until_back()
            assert office.load(number).case.call_back_tries == tries
            office.clock.advance(hours=5)
        await console.press("f5")
        await console.point_at(number)
        await console.press("f2")
        assert "受理员 关机1" in console.page(), "earlier tries stand in the form"
        await console.press("2", "f2")
        await console.until_back()
    assert office.load(number).case.call_back is CallBackState.UNREACHED


async def test_the_palette_leads_to_the_calls(office: StaffedOffice) -> None:
    number = closed(office)
    office.clock.advance(hours=2)
    async with console_on(office.opened, "受理员") as console:
        await console.press("ctrl+p")
        assert isinstance(console.screen, CommandPalette)
        await console.key_in("待回访")
        await console.until(lambda: "要打回访" in console.page() or "等着回访" in console.page(), "the command")
        await console.press("enter")
        await console.until_back()
        await console.until(lambda: console.numbers == [number], "the pane")
        assert office.opened.now() - office.load(number).case.closed_at > timedelta(minutes=30)
