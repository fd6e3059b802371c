"""Logging in at the console, the lock that blanks it, and handing it over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from console_driver import Console, console_on
from logins import OTHER, PLAIN, give_passwords, log_everybody_out, set_office
from small_office import HOSTILE_NAME, StaffedOffice
from textual.widgets import Input, OptionList, Static, TextArea

from gridconsole.console.app import GridConsoleApp
from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.lock import LockScreen
from gridconsole.console.dialogs.passwords import HandOverDialog, LoginScreen, PasswordDialog
from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.messages import Written
from gridconsole.console.panels.digest import DigestScreen
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import NotLoggedIn
from gridconsole.domain.states import Grade, Role, State
from gridconsole.services import operators, sessions, upkeep
from gridconsole.services.office import Office
from gridconsole.store import ledger_entries, offices

WRONG = "budui-budui"
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@pytest.fixture
def staffed(office: StaffedOffice) -> StaffedOffice:
    """Passwords for some, usual lengths, nobody logged in on this terminal."""
    give_passwords(office.opened, "系统管理员", "受理员", "派遣员", "值班长")
    set_office(office.opened, session_minutes=30, lock_minutes=10)
    log_everybody_out(office.opened.database.path)
    return office


@asynccontextmanager
async def seated(opened: Office, name: str, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Console]:
    """A console somebody has logged in on before, on this terminal."""
    sessions.log_in(opened, name, PLAIN)
    async with console_on(opened, None, size) as console:
        yield console


async def give(console: Console, password: str) -> None:
    """Type a password and press Enter."""
    console.get("#password", Input).focus()
    await console.key_in(password)
    await console.press("enter")


async def choose(console: Console, name: str) -> None:
    """Move to a name of the list."""
    names = console.get("#names", OptionList)
    names.focus()
    wanted = next(index for index in range(names.option_count) if name in str(names.get_option_at_index(index).prompt))
    while names.highlighted != wanted:
        await console.press("down")


def acts(office: StaffedOffice) -> list[tuple[str, str]]:
    """What the ledger says of operators."""
    with office.opened.database.reading() as connection:
        found = list(ledger_entries.lines(connection, office.opened.id, ledger_entries.LedgerQuery(), 100))[::-1]
    return [(line.action, line.operator) for line in found if line.subject.startswith("operator:")]


async def locked(console: Console) -> None:
    await console.until(lambda: isinstance(console.screen, LockScreen), "the lock")


# --- logging in -------------------------------------------------------------------------------------------------


@SIZES
async def test_a_console_begins_with_a_login_and_shows_nothing_before(
    staffed: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = staffed.report(text="井盖缺失").number
    app = GridConsoleApp(open_another(), None)
    async with app.run_test(size=size, notifications=True) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: console.is_filled, "a filled queue")
        assert isinstance(console.screen, LoginScreen)
        await console.until_shown("登录", "受理员", "值班长", "密码")
        for key in ("f6", "ctrl+p", "ctrl+n", "f1", "f5", "f9"):
            await console.press(key)
            assert isinstance(console.screen, LoginScreen), key
        page = console.page()
        assert number not in page
        assert "待受理" not in page
        assert "内勤" not in page, "who has no password is not offered"
        await choose(console, "派遣员")
        await give(console, WRONG)
        await console.until_shown("姓名或密码不对")
        assert console.get("#password", Input).value == ""
        await give(console, PLAIN)
        await console.until_back()
        assert app.actor is not None
        assert app.actor.name == "派遣员"
        console.desk_screen.show_pane("open")
        await console.until(lambda: console.row_of(number), "the case")
    assert sessions.active_sessions(staffed.opened) == (), "who came in through the console leaves with it"
    assert acts(staffed)[-3:] == [("login_failed", "system"), ("login", "派遣员"), ("logout", "派遣员")]


async def test_a_login_of_this_terminal_is_taken_over_and_stays_after_the_console(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "派遣员") as console:
        assert console.screen is console.desk_screen
        assert console.app.actor is not None
        assert console.app.actor.name == "派遣员"
    assert [session.actor.name for session in sessions.active_sessions(staffed.opened)] == ["派遣员"]


async def test_naming_somebody_who_is_not_logged_in_only_points_at_the_name(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    sessions.log_in(staffed.opened, "受理员", PLAIN)
    app = GridConsoleApp(open_another(), "值班长")
    assert app.actor is None
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: isinstance(console.screen, LoginScreen), "the log-in")
        assert isinstance(console.screen, LoginScreen)
        assert console.screen.chosen is not None
        assert console.screen.chosen.name == "值班长"
        await console.until(lambda: console.get("#password", Input).has_focus, "the password's field")


async def test_leaving_the_login_leaves_the_console(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    app = GridConsoleApp(open_another(), None)
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: isinstance(console.screen, LoginScreen), "the log-in")
        await console.pilot.press("escape")
        await console.until(lambda: console.has_ended, "the end")


async def test_an_office_where_nobody_can_log_in_says_what_to_do(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    log_everybody_out(office.opened.database.path)
    app = GridConsoleApp(open_another(), None)
    async with app.run_test(size=(80, 24)) as pilot:
        await Console(app, pilot).until_shown("还没有人能登录", "first-admin")


async def test_a_hostile_name_is_letters_only_at_the_gate(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    with staffed.opened.database.writing() as connection:
        offices.add_operator(connection, staffed.opened.id, HOSTILE_NAME, [Role.CLERK])
    give_passwords(staffed.opened, HOSTILE_NAME)
    app = GridConsoleApp(open_another(), None)
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(app, pilot)
        await console.until_shown("𠮷田[/]红")
        assert "\x1b" not in console.page()


async def test_a_password_that_ran_out_is_changed_at_the_gate(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    set_office(staffed.opened, password_policy="dengbao")  # noqa: S106  the name of a policy
    staffed.clock.advance(days=91)
    app = GridConsoleApp(open_another(), "受理员")
    async with app.run_test(size=(80, 24)) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: isinstance(console.screen, LoginScreen), "the log-in")
        await give(console, PLAIN)
        await console.until(lambda: isinstance(console.screen, PasswordDialog), "the change")
        for word in (PLAIN, "Liuliang-gao-1", "Liuliang-gao-1"):
            await console.key_in(word)
            await console.press("enter")
        await console.until(lambda: isinstance(console.screen, LoginScreen), "the log-in again")
        await give(console, "Liuliang-gao-1")
        await console.until_back()


# --- the lock ---------------------------------------------------------------------------------------------------


@SIZES
async def test_an_idle_console_blanks_and_what_was_typed_is_there_again(
    staffed: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    number = staffed.report(text="井盖缺失").number
    async with seated(open_another(), "受理员", size) as console:
        await console.press("ctrl+n")
        assert isinstance(console.screen, ReportDialog)
        await console.key_in("三号楼电梯停了，有人被困")
        staffed.clock.advance(minutes=9, seconds=59)
        await console.press("left")
        staffed.clock.advance(minutes=9, seconds=59)
        await console.settle()
        assert isinstance(console.screen, ReportDialog), "a key is a sign of life"
        staffed.clock.advance(seconds=1)
        await locked(console)
        page = console.page()
        for hidden in (number, "电梯", "井盖"):
            assert hidden not in page
        assert "锁着的是 受理员" in page
        assert "留着 新报，写了 12 个字" in page, "kind and length, never the text"
        await console.until_shown("待受理 1", "闲了 10 分钟")
        for key in ("escape", "f6", "ctrl+p", "ctrl+n", "f1", "f2", "f9", "ctrl+s"):
            await console.press(key)
            assert isinstance(console.screen, LockScreen), key
        await give(console, WRONG)
        await console.until_shown("姓名或密码不对")
        assert isinstance(console.screen, LockScreen)
        await give(console, PLAIN)
        await console.until(lambda: isinstance(console.screen, ReportDialog), "the dialog")
        assert console.get("#text", TextArea).text == "三号楼电梯停了，有人被困"
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: len(console.numbers) == 2, "the new case in the queue")


async def test_numbers_go_on_under_the_lock_and_the_shift_leader_is_one_key_away(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        await console.press("f9")
        await locked(console)
        await console.until_shown("待受理 0", "全部 0", "锁着时照样收案")
        staffed.report(text="燃气泄漏", grade=Grade.URGENT)
        await console.until_shown("待受理 1", "全部 1")
        staffed.clock.advance(hours=2)
        upkeep.catch_up(staffed.opened)
        await console.until_shown("1 件急件的提醒")
        assert "燃气" not in console.page()
        await console.press("f3")
        chosen = console.get("#names", OptionList)
        assert chosen.highlighted is not None
        assert "值班长" in str(chosen.get_option_at_index(chosen.highlighted).prompt)


@pytest.mark.parametrize("size", [(60, 15), (40, 10)], ids=["60x15", "40x10"])
async def test_the_password_is_in_sight_on_a_tiny_terminal(
    staffed: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    async with seated(open_another(), "受理员", size) as console:
        await console.press("f9")
        await locked(console)
        field, error = console.get("#password", Input).region, console.get("#error", Static).region
        assert 0 <= field.y < error.y + 1 <= size[1]
        await give(console, WRONG)
        await console.until_shown("姓名或密码")


async def test_what_was_missed_does_not_cover_what_was_being_typed(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("三号楼电梯停了")
        await console.press("f9")
        await locked(console)
        staffed.clock.advance(minutes=20)
        number = staffed.report(text="井盖缺失").number
        staffed.act(number, Action.NOTE, Role.DISPATCHER, note="已联系产权单位")
        await give(console, PLAIN)
        await console.until(lambda: isinstance(console.screen, ReportDialog), "the dialog")
        await console.until(lambda: console.app.presence.missed is not None, "what was missed is known")
        await console.settle()
        assert isinstance(console.screen, ReportDialog)
        await console.press("escape", "2")
        await console.until(lambda: isinstance(console.screen, DigestScreen), "what was missed, after the dialog")
        assert number in console.page()


async def test_f9_locks_at_once_and_no_command_of_the_terminal_works_meanwhile(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        sessions.log_in(staffed.opened, "派遣员", PLAIN)
        await console.press("f9")
        await locked(console)
        for name in (None, "受理员", "派遣员"):
            with pytest.raises(NotLoggedIn):
                sessions.who(staffed.opened, name)
        await console.pilot.press("f10")
        await console.until(lambda: console.has_ended, "the end")
    with pytest.raises(NotLoggedIn):
        sessions.who(staffed.opened)


async def test_no_toast_shows_on_a_locked_terminal(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    async with seated(open_another(), "受理员") as console:
        console.app.say("2026112300001 已受理")
        await console.until_shown("2026112300001 已受理")
        await console.press("f9")
        await locked(console)
        await console.until(lambda: "已受理" not in console.page(), "no toast")
        console.app.say("2026112300001 已受理")
        await console.settle()
        assert "已受理" not in console.page()


async def test_what_ends_beneath_the_lock_does_not_open_it(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    number = staffed.report().number
    async with seated(open_another(), "受理员") as console:
        await console.point_at(number)
        await console.press("f4")
        dialog = console.screen
        assert isinstance(dialog, ActDialog)
        await console.key_in("居民催办")
        await console.press("f9")
        await locked(console)
        # As a write does that was under way when the lock came.
        dialog.post_message(Written(None))
        await console.until(lambda: dialog._is_done, "the note written")
        assert isinstance(console.screen, LockScreen)
        await give(console, PLAIN)
        await console.until_back()
    assert [entry for entry in acts(staffed) if entry[0] == "unlock"] == [("unlock", "受理员")]


async def test_a_shift_leader_takes_a_locked_terminal_over_and_the_draft_stays(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        await console.press("ctrl+n")
        await console.key_in("三号楼电梯停了")
        await console.press("f9")
        await locked(console)
        names = console.get("#names", OptionList)
        assert [str(names.get_option_at_index(index).prompt).split()[0] for index in range(names.option_count)] == [
            "受理员",
            "值班长",
        ]
        await choose(console, "值班长")
        await give(console, PLAIN)
        await console.until(lambda: isinstance(console.screen, ReportDialog), "the dialog")
        assert console.get("#text", TextArea).text == "三号楼电梯停了"
        assert console.app.actor is not None
        assert console.app.actor.name == "值班长"
        await console.press("f2")
        await console.until_back()
        await console.until_shown("值班长  11-23")
    with staffed.opened.database.reading() as connection:
        (report,) = ledger_entries.lines(connection, staffed.opened.id, ledger_entries.LedgerQuery(action="report"), 5)
    assert report.operator == "值班长"
    assert ("hand_over", "值班长") in acts(staffed)


async def test_a_demo_is_not_locked(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    set_office(office.opened, demo=True, lock_minutes=10)
    async with console_on(open_another(), "派遣员") as console:
        office.clock.advance(hours=3)
        await console.press("f9")
        await console.until_shown("演示数据没有密码，不锁屏")
        assert console.screen is console.desk_screen


async def test_an_idle_console_locks_even_when_the_file_does_not_answer(
    staffed: StaffedOffice, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> bool:
        raise OSError

    async with seated(open_another(), "受理员") as console:
        monkeypatch.setattr(console.app._watch, "changed", silent)
        staffed.clock.advance(minutes=10)
        await locked(console)


# --- logins that end elsewhere ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["disabled", "password", "logged out"])
async def test_a_login_ended_elsewhere_covers_the_console(
    staffed: StaffedOffice, open_another: Callable[[], Office], how: str
) -> None:
    number = staffed.report().number
    admin = staffed.actors[Role.ADMIN]
    async with seated(open_another(), "受理员") as console:
        if how == "disabled":
            operators.disable(staffed.opened, admin, "受理员")
        elif how == "password":
            operators.set_password(staffed.opened, admin, "受理员", OTHER)
        else:
            sessions.log_out(staffed.opened, "受理员")
        await locked(console)
        await console.until_shown("受理员的登录已经结束")
        assert number not in console.page()
        names = console.get("#names", OptionList)
        assert names.option_count == (1 if how == "disabled" else 2)
        if how == "password":
            operators.change_password(staffed.opened, "受理员", OTHER, PLAIN)
            await give(console, PLAIN)
            await console.until_back()
            await console.until_shown("给您设了新密码")


async def test_a_role_taken_away_is_gone_from_the_console(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    number = staffed.report().number
    async with seated(open_another(), "受理员") as console:
        await console.point_at(number)
        assert Action.ACCEPT in console.offered
        operators.set_roles(staffed.opened, staffed.actors[Role.ADMIN], "受理员", [Role.CLERK])
        await console.until(lambda: console.offered == (Action.NOTE,), "what a clerk may do")


async def test_the_administrator_sees_a_case_and_can_do_nothing_to_it(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = staffed.case_in(State.TO_DISPATCH)
    async with seated(open_another(), "系统管理员") as console:
        await console.point_at(number)
        assert console.offered == ()
        for key in ("f2", "f4"):
            await console.press(key)
            assert console.screen is console.desk_screen
        await console.press("ctrl+n")
        await console.key_in("井盖缺失")
        await console.press("f2")
        await console.until(lambda: "上报不归系统管理员办" in console.complaint(), "the refusal")


# --- handing over -----------------------------------------------------------------------------------------------


@SIZES
async def test_handing_a_running_terminal_over_asks_for_the_others_password(
    staffed: StaffedOffice, open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    async with seated(open_another(), "受理员", size) as console:
        console.app.action_operator()
        await console.until(lambda: isinstance(console.screen, HandOverDialog), "the dialog")
        await console.settle()
        assert "受理员" not in [str(option.prompt).split()[0] for option in console.get("#names", OptionList).options]
        await choose(console, "派遣员")
        await give(console, WRONG)
        await console.until_shown("姓名或密码不对")
        assert console.app.actor is not None
        assert console.app.actor.name == "受理员"
        await give(console, PLAIN)
        await console.until_back()
        assert console.app.actor.name == "派遣员"
        assert [session.actor.name for session in sessions.active_sessions(staffed.opened)] == ["派遣员"]
    assert ("hand_over", "派遣员") in acts(staffed)


async def test_a_handing_over_that_is_cancelled_changes_nothing(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        console.app.action_operator()
        await console.until(lambda: isinstance(console.screen, HandOverDialog), "the dialog")
        await console.settle()
        await console.press("escape")
        await console.until_back()
        assert console.app.actor is not None
        assert console.app.actor.name == "受理员"


async def test_ones_own_password_is_changed_in_the_console_and_the_work_goes_on(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        console.app.action_change_password()
        await console.until(lambda: isinstance(console.screen, PasswordDialog), "the dialog")
        await console.settle()
        for word in (PLAIN, OTHER, WRONG):
            await console.key_in(word)
            await console.press("enter")
        await console.until(lambda: "两次" in console.complaint(), "the refusal")
        console.get("#again", Input).value = OTHER
        await console.press("f2")
        await console.until_back()
        await console.until_shown("密码已改")
    assert sessions.log_in(staffed.opened, "受理员", OTHER)


async def test_a_login_lasts_as_long_as_there_are_keys(staffed: StaffedOffice, open_another: Callable[[], Office]) -> None:
    async with seated(open_another(), "受理员") as console:
        for _ in range(12):
            staffed.clock.advance(minutes=9)
            await console.press("down")
            await console.until(
                lambda: staffed.clock() - console.app.attendance.session_checked <= timedelta(seconds=30), "the seat looked after"
            )
        assert not console.app.is_locked
        assert [session.actor.name for session in sessions.active_sessions(staffed.opened)] == ["受理员"]


async def test_a_hand_over_under_way_is_no_login_ended_elsewhere(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    async with seated(open_another(), "受理员") as console:
        console.app.session.is_handing_over = True
        assert console.app.session.login is not None
        sessions.leave(staffed.opened, [console.app.session.login], "hand_over")
        console.app.attendance.check_session(changed=True)
        assert not console.app.is_locked
        console.app.session.is_handing_over = False
        console.app.attendance.check_session(changed=True)
        await locked(console)


async def test_a_tick_after_the_last_screen_has_closed_does_nothing(
    staffed: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    """Timers end after the screens do."""
    sessions.log_in(staffed.opened, "派遣员", PLAIN)
    async with console_on(open_another(), "派遣员") as console:
        app = console.app
    assert not app.screen_stack
    app.attendance.lock_if_idle()
