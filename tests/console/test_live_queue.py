"""The queue keeps up with what others do, and never moves under the hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console import messages
from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.modes import desk as desk_module
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import DatabaseBusy
from gridconsole.domain.states import Grade, Role, State
from gridconsole.services.office import Office

STILL_SECONDS = 2.0


class HandOfTime:
    """The monotonic clock as the desk sees it: stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.at


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> HandOfTime:
    """Time between keys, moved by hand; the queue waits as long as for a person."""
    hand = HandOfTime()
    monkeypatch.setattr(desk_module, "STILL_SECONDS", STILL_SECONDS)
    monkeypatch.setattr(desk_module, "time", SimpleNamespace(monotonic=hand.monotonic))
    return hand


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open; others work through ``office.opened``."""
    return open_another()


def notice(console: Console) -> str:
    """Text in the queue's frame besides the position."""
    return console.notice


async def test_a_report_taken_elsewhere_appears_without_a_key(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "受理员") as console:
        assert console.numbers == []
        number = office.report(text="路灯不亮").number
        await console.until(lambda: console.numbers == [number], "the new report in the queue")
        await console.until_shown("路灯不亮", "今日 报1")
        await console.until(lambda: "1" in console.lines()[2][11:18], "one in its pane")
        await console.until(lambda: console.current == number and console.offered, "its details, without a key")


async def test_a_change_of_the_case_under_the_cursor_refreshes_its_details(office: StaffedOffice, here: Office) -> None:
    number, other = office.case_in(State.TO_DISPATCH), office.report().number
    async with console_on(here, "派遣员") as console:
        await console.point_at(number)
        assert console.offered[0] == Action.DISPATCH
        office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
        await console.until(lambda: console.offered[0] == Action.FEEDBACK, "what can be done now")
        await console.until_shown("承办    城管局", "-> 城管局")
        assert console.keys_line.lstrip().startswith(f"{number[8:]}   F2 反馈")
        assert (console.current, office.load(other).case.version) == (number, 1)


async def test_a_change_of_another_case_changes_its_line_only(office: StaffedOffice, here: Office) -> None:
    mine, other = office.report().number, office.report().number
    async with console_on(here, "值班长") as console:
        await console.point_at(mine)
        facts = console.says("#facts")
        office.act(other, Action.ACCEPT)
        await console.until(
            lambda: "待立案" in console.row_of(other) and console.unread == {other},
            "the line as it is now, marked as not yet looked at",
        )
        assert console.says("#facts") == facts
        await console.point_at(other)
        await console.until(lambda: not console.desk_screen.model.unread, "the mark gone with its details shown")


async def test_the_cursor_stays_on_its_case_when_rows_come_in_above(office: StaffedOffice, here: Office) -> None:
    numbers = [office.report().number for _ in range(3)]
    async with console_on(here, "受理员") as console:
        await console.point_at(numbers[1])
        console.desk_screen._last_key = 0.0
        urgent = [office.report(grade=Grade.URGENT).number for _ in range(3)]
        await console.until(lambda: set(urgent) <= set(console.numbers), "the urgent ones in the queue")
        assert console.numbers == [*urgent, *numbers]
        assert console.current == numbers[1]
        assert console.table.cursor == 4
        assert f"案件 {numbers[1]}" in console.case_title
        await console.press("f2")
        assert isinstance(console.screen, ActDialog)
        assert f"案件 {numbers[1]}" in console.page()


async def test_within_two_seconds_of_a_key_the_order_stands_still(office: StaffedOffice, here: Office, hand: HandOfTime) -> None:
    numbers = [office.report().number for _ in range(2)]
    async with console_on(here, "受理员") as console:
        await console.press("down")
        hand.at += 1.9
        urgent = office.report(grade=Grade.URGENT).number
        await console.until(lambda: notice(console) == "1 行已变动 F5 重排", "the notice")
        assert console.numbers == numbers
        await console.until_shown("1 行已变动 F5 重排")
        await console.press("f5")
        assert console.numbers == [urgent, *numbers]
        assert notice(console) == ""
        assert console.current == numbers[1]


async def test_two_seconds_after_the_last_key_the_order_is_put_right(
    office: StaffedOffice, here: Office, hand: HandOfTime
) -> None:
    numbers = [office.report().number for _ in range(2)]
    async with console_on(here, "受理员") as console:
        await console.press("down")
        urgent = office.report(grade=Grade.URGENT).number
        await console.until(lambda: notice(console) != "", "the notice")
        assert console.numbers == numbers
        hand.at += 2.1
        await console.until(lambda: console.numbers == [urgent, *numbers], "the right order by itself")
        assert notice(console) == ""
        assert console.current == numbers[1]


async def test_while_the_search_field_has_the_focus_the_order_stands_still(
    office: StaffedOffice, here: Office, hand: HandOfTime
) -> None:
    numbers = [office.report().number for _ in range(2)]
    async with console_on(here, "受理员") as console:
        await console.press("ctrl+f")
        hand.at += 3600
        urgent = office.report(grade=Grade.URGENT).number
        office.clock.advance(minutes=5)
        office.act(numbers[0], Action.ACCEPT)
        await console.until(lambda: notice(console) == "2 行已变动 F5 重排", "the notice")
        console.desk_screen._tick()
        assert console.numbers == numbers
        assert "待立案" in console.row_of(numbers[0]), "lines in view are drawn anew"
        assert console.get("#find", Input).has_focus
        await console.press("f5")
        assert console.numbers == [urgent, numbers[1], numbers[0]]
        assert notice(console) == ""


async def test_while_a_dialog_is_open_the_order_stands_still(office: StaffedOffice, here: Office, hand: HandOfTime) -> None:
    numbers = [office.report().number for _ in range(2)]
    async with console_on(here, "受理员") as console:
        await console.press("f2")
        hand.at += 3600
        urgent = office.report(grade=Grade.URGENT).number
        await console.until(lambda: notice(console) == "1 行已变动 F5 重排", "the notice behind the dialog")
        console.desk_screen._tick()
        assert console.numbers == numbers
        await console.press("escape")
        await console.until(lambda: console.numbers == [urgent, *numbers], "the right order after the dialog")


async def test_a_case_closed_elsewhere_leaves_the_queue_and_is_found_among_the_finished(
    office: StaffedOffice, here: Office
) -> None:
    number, other = office.case_in(State.TO_CLOSE), office.report().number
    async with console_on(here, "受理员") as console:
        office.clock.advance(minutes=1)
        office.act(number, Action.CLOSE)
        await console.until(lambda: console.numbers == [other], "the closed case gone")
        console.desk_screen.show_pane("done")
        await console.until(lambda: console.numbers == [number], "the closed case among the finished")
        await console.until_shown("今09:01", "已结案")


async def test_when_loading_fails_the_last_rows_stay_and_the_trouble_is_named(
    office: StaffedOffice, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.report().number
    async with console_on(here, "受理员") as console:

        def busy(*_: object) -> None:
            raise DatabaseBusy(path="office.db")

        with monkeypatch.context() as patch:
            patch.setattr(desk_module, "load_queue", busy)
            later = office.report().number
            await console.until(lambda: notice(console) == "数据库 office.db 正忙", "the trouble by name")
            assert console.numbers == [number]
        await console.press("f5")
        await console.until(lambda: later in console.numbers, "everything again")
        assert notice(console) == ""


async def test_a_database_that_does_not_answer_turns_the_top_line_stale(
    office: StaffedOffice, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.report().number
    async with console_on(here, "受理员") as console:
        await console.until_shown("实时")

        def silent() -> bool:
            raise OSError("the disk is gone")

        with monkeypatch.context() as patch:
            patch.setattr(console.app._watch, "changed", silent)
            office.clock.advance(minutes=5)
            await console.until_shown("数据停在 09:00:00")
            await console.until_shown("按到期   09:00 的", "画面是 09:00 的，5 分钟没更新", "F5 再读")
            assert console.numbers == [number]
            await console.until(lambda: console.row_of(number), "the case")
        await console.until_shown("实时", "09:05")
        await console.until(lambda: "09:00 的" not in console.page(), "the usual title again")


async def test_words_find_open_cases_that_the_queue_does_not_hold_and_notes_and_pinyin(
    office: StaffedOffice, here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (desk_module, messages):
        monkeypatch.setattr(module, "QUEUE_LIMIT", 2)
        monkeypatch.setattr(module, "FIRST_LIMIT", 1)
    numbers = []
    for at in range(5):
        office.clock.advance(minutes=1)
        numbers.append(office.report(text=f"第{at}处路灯不亮").number)
    office.act(numbers[3], Action.NOTE, Role.ACCEPTOR, note="已联系物业经理")
    async with console_on(here, "受理员") as console:
        await console.until(lambda: len(console.numbers) == 2, "the queue as far as it is held")
        for words, found in (
            ("第4处", [numbers[4]]),
            ("物业经理", [numbers[3]]),
            ("dfsq", numbers),
            ("路灯", numbers),
            ("处", numbers),
        ):
            await console.press("ctrl+f")
            console.screen.query_one("#find", Input).value = words
            await console.until(lambda found=found: sorted(console.numbers) == found, f"what {words} finds")
            assert console.screen.focused is console.screen.query_one("#find")
        # What another terminal changes keeps its line; an empty field shows what is held again.
        office.act(numbers[4], Action.ACCEPT)
        await console.until_shown("待立案")
        console.screen.query_one("#find", Input).value = "无此内容"
        await console.until(lambda: console.numbers == [], "nothing")
