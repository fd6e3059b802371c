"""A terminal that is stuck while it writes does not freeze the others: they say for whom they wait, keep what was typed, and leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import TextArea

from gridconsole.services.office import Office
from gridconsole.store import turns
from gridconsole.store.turns import Patience

SOON = Patience(notice=0.02, limit=0.4)
NEVER = Patience(notice=0.02, limit=3600)


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


@pytest.fixture
def stuck(office: StaffedOffice) -> Iterator[None]:
    """Another terminal that writes and comes to no end."""
    office.opened.database.turns.name_writer("李四", "console")
    with turns.activity("导入 12345工单.xlsx"), office.opened.database.writing():
        yield


@pytest.mark.usefixtures("stuck")
async def test_the_form_says_for_whom_it_waits_and_keeps_the_text_when_it_was_in_vain(here: Office) -> None:
    here.database.turns.patience = SOON
    async with console_on(here, "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        await console.pilot.press("f2")
        await console.until(lambda: "等待李四（导入 12345工单.xlsx）的写入，已 0 秒" in console.complaint(), "the waiting")
        await console.until(lambda: "本次没有保存" in console.complaint(), "the end of it")
        assert "李四（导入 12345工单.xlsx）从 " in console.complaint()
        assert console.get("#text", TextArea).text == "路灯不亮"
        assert console.app.waiting is None


async def test_the_same_text_is_saved_once_the_other_terminal_is_done(office: StaffedOffice, here: Office) -> None:
    here.database.turns.patience = SOON
    async with console_on(here, "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("路灯不亮")
        with office.opened.database.writing():
            await console.pilot.press("f2")
            await console.until(lambda: "本次没有保存" in console.complaint(), "the refusal")
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: console.numbers == ["2026112300001"], "the case")


@pytest.mark.usefixtures("stuck")
@pytest.mark.parametrize("waits", [False, True])
async def test_f10_leaves_while_another_terminal_is_stuck(here: Office, waits: bool) -> None:
    here.database.turns.patience = NEVER
    async with console_on(here, "受理员") as console:
        if waits:
            await console.press("ctrl+n")
            await console.key_in("路灯不亮")
            await console.pilot.press("f2")
            await console.until(lambda: "等待李四" in console.complaint(), "the waiting")
        await console.pilot.press("f10")
        if waits:
            # What is typed and not written yet is asked about; once more leaves, and keeps it as a draft.
            await console.until(lambda: "要离开吗" in console.page(), "the question")
            await console.pilot.press("f10")
        await console.until(lambda: console.has_ended, "leaving")
    # Reached only because nothing waits for the lock any more.
    assert here.database.turns.holder_path.read_bytes() != b""


@pytest.mark.usefixtures("stuck")
async def test_the_lock_screen_covers_at_once_while_another_terminal_is_stuck(here: Office) -> None:
    here.database.turns.patience = NEVER
    async with console_on(here, "受理员") as console:
        await console.pilot.press("f9")
        await console.until(lambda: console.app.is_locked or here.is_demo, "the lock")


async def leave_while_it_waits(console: Console) -> None:
    """F2, and Esc while another terminal writes."""
    await console.pilot.press("f2")
    await console.until(lambda: "等待" in console.complaint(), "the waiting")
    await console.pilot.press("escape")
    await console.until(lambda: console.screen is console.desk_screen, "the desk")


@pytest.mark.parametrize(("size", "shown"), [((80, 24), "发送"), ((120, 40), "备注中")], ids=["80x24", "120x40"])
async def test_an_act_on_its_way_shows_in_its_row_and_a_form_that_was_left_still_says_how_it_ended(
    office: StaffedOffice, here: Office, size: tuple[int, int], shown: str
) -> None:
    number = office.report().number
    here.database.turns.patience = Patience(notice=0.02, limit=8)
    async with console_on(here, "受理员", size) as console:
        await console.press("f4")
        await console.key_in("居民催办")
        with office.opened.database.writing():
            await leave_while_it_waits(console)
            await console.until(lambda: shown in console.row_of(number), "the act in its row")
        await console.until(lambda: shown not in console.row_of(number), "the row again")
        await console.until(lambda: any(number in text for text in console.toasts()), "the receipt")
        assert console.app.sending == {}


async def test_a_refusal_after_its_form_was_left_names_the_case(office: StaffedOffice, here: Office) -> None:
    number = office.report().number
    here.database.turns.patience = SOON
    async with console_on(here, "受理员") as console:
        await console.press("f4")
        await console.key_in("居民催办")
        with office.opened.database.writing():
            await console.pilot.press("f2")
            await console.until(lambda: "等待" in console.complaint(), "the waiting")
            await console.pilot.press("escape")
            await console.until(lambda: any(f"没有办成：备注 {number[8:]}" in text for text in console.toasts()), "the refusal")


async def test_a_case_whose_act_is_on_its_way_takes_no_second_one(office: StaffedOffice, here: Office) -> None:
    office.report()
    here.database.turns.patience = Patience(notice=0.02, limit=8)
    async with console_on(here, "受理员") as console:
        await console.press("f4")
        await console.key_in("居民催办")
        with office.opened.database.writing():
            await leave_while_it_waits(console)
            await console.pilot.press("f2")
            await console.until(lambda: any("还在存" in text for text in console.toasts()), "the reason")
            assert console.screen is console.desk_screen
