"""What is news to each operator: marked in the queue until it was looked at, over restarts and changes of person, and told in a digest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import Console, click_actions, console_on, forbidden_characters
from hostile_office import MARKUP, TERMINAL, TERMINAL_SHOWN, poison_case, poison_register
from logins import PLAIN, give_passwords, set_office
from rich.cells import cell_len
from small_office import StaffedOffice
from textual.widgets import Input, OptionList

from gridconsole.console.app import GridConsoleApp
from gridconsole.console.dialogs.lock import LockScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.digest import DigestScreen
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, Source, State
from gridconsole.services import actors, casework, presence
from gridconsole.services.casework import NewReport
from gridconsole.services.office import Office
from gridconsole.store import ledger

Another = Callable[[], Office]


def marked(console: Console) -> set[str]:
    """Numbers of the lines that bear the mark of what was not looked at."""
    return console.unread


async def until_marked(console: Console, *numbers: str) -> None:
    await console.until(lambda: marked(console) == set(numbers), f"marks on {numbers}, not {marked(console)}")


def was_there(office: StaffedOffice, role: Role) -> None:
    """Somebody was present up to now."""
    with office.opened.database.reading() as connection:
        seq = ledger.last_seq(connection, office.opened.id)
    presence.keep(office.opened, office.actors[role], {}, seq)


def entries(office: StaffedOffice) -> int:
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


async def known(console: Console) -> None:
    """Wait until it is known where who sits here left off."""
    await console.until(lambda: console.app.read_marks.viewer is not None, "who reads")
    await console.until(lambda: console.desk_screen._read_as == console.app.read_marks.viewer, "the queue read for this person")
    await console.settle()


# --- marks ------------------------------------------------------------------------------------------------------


async def test_a_fresh_office_has_no_marks_and_says_nothing_unasked(office: StaffedOffice, open_another: Another) -> None:
    office.report()
    office.report()
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert marked(console) == set()
        assert console.screen is console.desk_screen


async def test_marks_survive_leaving_and_starting_again_until_looked_at(office: StaffedOffice, open_another: Another) -> None:
    first, second = office.report().number, office.report().number
    was_there(office, Role.SHIFT_LEADER)
    for number in (first, second):
        office.act(number, Action.NOTE, note="已联系")
    third = office.report().number
    before = entries(office)
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        # The first line's case stands on the screen in full at once.
        await until_marked(console, second, third)
        await console.point_at(second)
        await until_marked(console, third)
    assert entries(office) == before, "looking changes no case"
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, third)
        office.act(first, Action.NOTE, note="又联系")
        await console.until(lambda: first in marked(console) or console.current == first, "the change seen")
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, third)
        await console.point_at(third)
        await until_marked(console)
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert marked(console) == set()


async def test_what_one_does_oneself_at_another_terminal_is_no_news(office: StaffedOffice, open_another: Another) -> None:
    top, other = office.report().number, office.report().number
    async with console_on(open_another(), "受理员") as console:
        await known(console)
        await console.point_at(top)
        office.act(other, Action.ACCEPT)
        await console.until(lambda: "待立案" in console.row_of(other), "the line as it is now")
        assert marked(console) == set()
        office.act(other, Action.NOTE, note="已联系")
        await until_marked(console, other)


async def test_the_marks_change_with_the_person_at_a_running_terminal(office: StaffedOffice, open_another: Another) -> None:
    give_passwords(office.opened, "系统管理员", "派遣员", "值班长")
    first, second = office.report().number, office.report().number
    was_there(office, Role.DISPATCHER)
    was_there(office, Role.SHIFT_LEADER)
    office.act(second, Action.NOTE, note="已联系")
    async with console_on(open_another(), "派遣员") as console:
        await known(console)
        await until_marked(console, second)
        await console.point_at(second)
        await until_marked(console)
        await console.point_at(first)
        console.app.action_operator()
        await console.settle()
        console.get("#names", OptionList).highlighted = next(
            at
            for at, actor in enumerate(console.screen._actors)
            if actor.name == "值班长"  # type: ignore[attr-defined]
        )
        console.get("#password", Input).focus()
        await console.paste(PLAIN)
        await console.press("enter")
        await console.until(lambda: console.app.actor is not None and console.app.actor.name == "值班长", "the other one there")
        await known(console)
        await until_marked(console, second)
    async with console_on(open_another(), "派遣员") as console:
        await known(console)
        assert marked(console) == set(), "what the first one looked at before handing over"


async def test_two_terminals_of_one_person_learn_of_each_other(office: StaffedOffice, open_another: Another) -> None:
    first, second = office.report().number, office.report().number
    was_there(office, Role.SHIFT_LEADER)
    office.act(second, Action.NOTE, note="已联系")
    async with console_on(open_another(), "值班长") as here:
        await known(here)
        await until_marked(here, second)
        key = office.load(second).id
        presence.keep(office.opened, office.actors[Role.SHIFT_LEADER], {key: office.load(second).case.version})
        here.app.presence.keep_marks()
        await until_marked(here)
        assert first in here.numbers


async def test_looking_writes_now_and_then_and_not_at_every_step(office: StaffedOffice, open_another: Another) -> None:
    numbers = [office.report().number for _ in range(4)]
    was_there(office, Role.SHIFT_LEADER)
    for number in numbers:
        office.act(number, Action.NOTE, note="已联系")
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        for number in numbers:
            await console.point_at(number)
        await until_marked(console)
        with office.opened.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM read_mark").scalar_one() == 0
        console.app.presence.keep_marks()
        await console.settle()
        with office.opened.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM read_mark WHERE version = 2").scalar_one() == 4
        assert console.app.read_marks.take_unwritten() is not None
        assert console.app.read_marks.take_unwritten().marks == {}  # type: ignore[union-attr]


async def test_a_crash_loses_no_mark_of_what_was_not_looked_at(office: StaffedOffice, open_another: Another) -> None:
    first, second = office.report().number, office.report().number
    was_there(office, Role.SHIFT_LEADER)
    office.act(second, Action.NOTE, note="已联系")
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, second)
        console.app.presence.keep_marks()
        await console.settle()
        # As after a crash: nothing more is written when it ends.
        console.app.read_marks.end()
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, second)
        assert first in console.numbers


async def test_everything_can_be_taken_for_looked_at_at_once(office: StaffedOffice, open_another: Another) -> None:
    was_there(office, Role.SHIFT_LEADER)
    numbers = [office.report().number for _ in range(3)]
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, *numbers[1:])
        await console.press("ctrl+p")
        await console.paste("全部标为已看")
        await console.until_shown("去掉队列里所有未看的标记")
        await console.press("enter")
        await console.until_back()
        await until_marked(console)
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert marked(console) == set()


async def test_a_case_opened_by_its_number_counts_as_looked_at(office: StaffedOffice, open_another: Another) -> None:
    was_there(office, Role.SHIFT_LEADER)
    office.report()
    second = office.report().number
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await until_marked(console, second)
        screen = CaseScreen(second)
        await console.app.push_screen(screen)
        await console.until(lambda: screen.view is not None, "the case")
        await console.press("escape")
        await until_marked(console)


async def test_behind_the_lock_nobody_looks_at_anything(office: StaffedOffice, open_another: Another) -> None:
    give_passwords(office.opened, "系统管理员", "值班长")
    first = office.report().number
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        await console.point_at(first)
        console.app.action_lock()
        await console.settle()
        assert isinstance(console.screen, LockScreen)
        office.act(first, Action.NOTE, note="已联系")
        second = office.report().number
        rows = console.desk_screen.model.rows
        await console.until(lambda: second in {row.number for row in rows.values()}, "the queue behind the lock")
        console.get("#password", Input).focus()
        await console.paste(PLAIN)
        await console.press("enter")
        await console.until_back()
        await known(console)
        await console.until(lambda: second in marked(console), "what came in behind the lock")


# --- the digest -------------------------------------------------------------------------------------------------


@pytest.fixture
def missed(office: StaffedOffice) -> str:
    """Something happened while the shift leader was away for an hour; its number."""
    office.report()
    was_there(office, Role.SHIFT_LEADER)
    office.clock.advance(hours=1)
    number = office.report(text="水管爆了，请打 13812345678").number
    office.act(number, Action.ACCEPT)
    return number


async def test_who_was_away_is_reported_once_what_happened(office: StaffedOffice, open_another: Another, missed: str) -> None:
    async with console_on(open_another(), "值班长") as console:
        await console.until(lambda: isinstance(console.screen, DigestScreen), "the digest")
        await console.until_shown(
            "2026-11-23 周一 09:00 以后", "别人办理 2 次，涉及 1 件", "新上报 1", f"* {missed} 待立案 新上报"
        )
        assert "13812345678" not in console.page()
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
        await console.press("escape")
        assert isinstance(console.screen, DigestScreen)
        await console.press("escape")
        await console.until_back()
        console.app.action_digest()
        await console.until(lambda: isinstance(console.screen, DigestScreen), "once more on demand")
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert console.screen is console.desk_screen


async def test_a_short_absence_is_not_reported_unasked(office: StaffedOffice, open_another: Another) -> None:
    was_there(office, Role.SHIFT_LEADER)
    office.clock.advance(minutes=10)
    office.report()
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert console.screen is console.desk_screen


async def test_who_has_nothing_to_do_with_cases_is_reported_nothing_unasked(office: StaffedOffice, open_another: Another) -> None:
    was_there(office, Role.AUDITOR)
    office.clock.advance(hours=1)
    office.report()
    async with console_on(open_another(), "审计员") as console:
        await known(console)
        assert console.screen is console.desk_screen


async def test_in_a_demo_each_person_has_news_of_the_own(office: StaffedOffice, open_another: Another) -> None:
    set_office(office.opened, demo=True)
    first, second = office.report().number, office.report().number
    here = open_another()
    async with console_on(here, "派遣员") as console:
        await known(console)
        office.act(second, Action.NOTE, note="已联系")
        await until_marked(console, second)
        console.app.session.sign_in(actors.find_operator(here, "值班长"))
        await known(console)
        assert console.app.read_marks.viewer is not None
        assert console.app.read_marks.viewer.operator == office.actors[Role.SHIFT_LEADER].id
        await until_marked(console)
        console.app.session.sign_in(actors.find_operator(here, "派遣员"))
        await known(console)
        await until_marked(console, second)
        assert first in console.numbers


async def test_many_reports_at_once_are_marked_and_kept(office: StaffedOffice, open_another: Another) -> None:
    """More than the queue takes as single changes: an import."""
    was_there(office, Role.SHIFT_LEADER)
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        with office.opened.database.writing() as connection:
            for at in range(310):
                report = NewReport(f"第{at}件", Source.WARDEN)
                casework.intake_in(connection, office.opened, office.actors[Role.CLERK], report)
        await console.until(lambda: len(console.numbers) == 310, "all of them")
        await console.until(lambda: len(console.desk_screen.model.unread) >= 309, "marked")
    async with console_on(open_another(), "值班长") as console:
        await known(console)
        assert len(console.desk_screen.model.unread) >= 308


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize(
    ("text", "shown"), [(MARKUP, "[/]幸福路[b栋]3号"), (TERMINAL, TERMINAL_SHOWN)], ids=["markup", "terminal"]
)
async def test_hostile_text_in_a_digest_is_only_text(
    office: StaffedOffice, open_another: Another, size: tuple[int, int], text: str, shown: str
) -> None:
    was_there(office, Role.SHIFT_LEADER)
    office.clock.advance(hours=1)
    number = office.case_in(State.HANDLING)
    poison_register(office, text)
    poison_case(office, number, text)
    async with console_on(open_another(), "值班长", size) as console:
        await console.until(lambda: isinstance(console.screen, DigestScreen), "the digest")
        await console.until_shown(shown[:6], "Esc 继续")
        for strip in console.strips():
            line = "".join(segment.text for segment in strip)
            assert forbidden_characters(line) == [], line
            assert cell_len(line) == console.app.size.width, line
            assert click_actions(strip) == [], line
    assert isinstance(console.app, GridConsoleApp)
