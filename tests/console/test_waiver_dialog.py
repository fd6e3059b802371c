"""In the console the second person comes to the screen: a name, a reason, a password."""

from __future__ import annotations

from console_driver import console_on
from logins import OTHER, PLAIN, give_passwords
from small_office import StaffedOffice
from textual.widgets import Input, OptionList

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.waiver import WaiverDialog
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Role, State
from gridconsole.services import actors, casework


async def test_a_second_person_lets_the_check_through(office: StaffedOffice) -> None:
    opened = office.opened
    actors.add_operator(opened, "全能", [Role.DISPATCHER, Role.INSPECTOR])
    give_passwords(opened, "内勤", "系统管理员", password=PLAIN)
    one = actors.find_operator(opened, "全能")
    number = office.case_in(State.HANDLING)
    casework.act_on(opened, one, number, Act.of(Action.FEEDBACK, note="已清理"))
    async with console_on(opened, "全能") as console:
        await console.point_at(number)
        assert "F2 核查（须豁免）" in console.page()
        await console.press("f2", "1", "f2")
        await console.until(lambda: isinstance(console.screen, WaiverDialog), "the second person asked for")
        assert "已在本案办过“反馈”" in console.page()
        names = console.get("#names", OptionList)
        assert [str(option.prompt) for option in names.options] == ["内勤  内勤"], "only who has a password and to do with cases"
        await console.press("tab")
        console.get("#password", Input).focus()
        await console.key_in(PLAIN)
        await console.press("enter")
        assert "请写明豁免理由（至少两个字）" in console.page()
        assert console.get("#reason", Input).has_focus
        await console.key_in("核查员病假[/]")
        await console.press("enter")
        await console.key_in(OTHER)
        await console.press("enter")
        await console.until_shown("姓名或密码不对")
        console.get("#password", Input).value = ""
        await console.key_in(PLAIN)
        await console.press("enter")
        await console.until_back()
        await console.until(
            lambda: "【豁免】已办过“反馈”，经内勤当场同意" in console.says("#timeline"), "the waiver in the history"
        )
    assert office.load(number).case.state is State.TO_CLOSE


async def test_leaving_the_second_person_out_leaves_the_case_as_it_was(office: StaffedOffice) -> None:
    opened = office.opened
    actors.add_operator(opened, "全能", [Role.DISPATCHER, Role.INSPECTOR])
    give_passwords(opened, "内勤", "系统管理员", password=PLAIN)
    number = office.case_in(State.HANDLING)
    casework.act_on(opened, actors.find_operator(opened, "全能"), number, Act.of(Action.FEEDBACK, note="已清理"))
    async with console_on(opened, "全能") as console:
        await console.point_at(number)
        await console.press("f2", "1", "f2")
        await console.until(lambda: isinstance(console.screen, WaiverDialog), "the second person asked for")
        await console.press("escape")
        await console.until(lambda: isinstance(console.screen, ActDialog), "the dialog beneath, with what was filled in")
        assert "须由不同的人承担" in console.complaint()
    assert office.load(number).case.state is State.TO_CHECK
