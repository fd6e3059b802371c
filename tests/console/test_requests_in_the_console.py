"""Asking and deciding in the console: each form says what it is about, and the case pane what became of it."""

from __future__ import annotations

from datetime import date

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, OptionList

from gridconsole.console.dialogs.act import ActDialog
from gridconsole.console.dialogs.request import RequestDialog
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import ApproverWaivable
from gridconsole.domain.incident import waivable
from gridconsole.domain.states import RequestKind, Result, Role, State
from gridconsole.services import case_queries, requests


async def choose(console: Console, number: str, label: str) -> None:
    """F3 and the action of a name, once the case is under the cursor with its present actions."""
    await console.press("f5")
    await console.point_at(number)
    await console.press("f3")
    labels = console.menu()
    await console.press(*["down"] * labels.index(label), "enter")


async def test_an_extension_goes_from_the_clerk_to_the_leader(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "内勤") as console:
        await choose(console, number, "申请延期")
        assert isinstance(console.screen, RequestDialog)
        assert console.screen.query_one("#amount", Input).value == "4工作时"
        await console.key_in("等配件[/]")
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: "等配件[/]；待初审（派遣员）" in console.page(), "the request in the pane")
    office.act(number, Action.FIRST_OPINION, Role.DISPATCHER, result=Result.SUPPORT)
    async with console_on(office.opened, "值班长") as console:
        await console.point_at(number)
        await console.press("f2")
        assert isinstance(console.screen, ActDialog)
        assert "批准 00001 " in console.page()
        assert "延期 4 工作时：内勤" in console.page()
        await console.press("f2")
        await console.until_back()
        await console.press("ctrl+y")
        await console.until(lambda: "第 1 次延期批准：加 4 工作时" in console.page(), "the sum")
    assert office.load(number).case.extension_count == 1


async def test_a_wrong_day_is_said_and_the_reason_stays(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "内勤") as console:
        await choose(console, number, "申请挂账")
        await console.key_in("雨季")
        await console.press("tab")
        await console.key_in("下个月")
        await console.press("f2")
        await console.until(lambda: "2026-12-01" in console.complaint(), "the sentence")
        console.screen.query_one("#until", Input).value = "２０２６-１２-０１"
        await console.press("f2")
        await console.until_back()
    request = office.load(number).case.request
    assert request is not None
    assert (request.kind, request.until) == (RequestKind.SUSPENSION, date(2026, 12, 1))
    assert case_queries.view(office.opened, number, None).requests[0].reason == "雨季"


async def test_another_rule_is_asked_for_from_the_list(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "内勤") as console:
        await choose(console, number, "申请变更类型")
        await console.key_in("须立项")
        rules = console.screen.query_one("#rules", OptionList)
        await console.until(lambda: rules.option_count > 1, "the rules of the category")
        rules.highlighted = 1
        await console.press("f2")
        await console.until_back()
    request = office.load(number).case.request
    assert request is not None
    assert request.kind is RequestKind.RETYPE
    assert request.rule is not None


async def test_a_suspended_case_comes_back_while_the_console_is_open(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.SUSPEND, reason="雨季", until=date(2026, 11, 25))
    office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
    office.act(number, Action.GRANT)
    async with console_on(office.opened, "派遣员") as console:
        await console.until(lambda: office.load(number).case.state is State.SUSPENDED, "suspended")
        office.clock.advance(days=3)
        console.app._sweep()
        await console.until(lambda: office.load(number).case.state is State.HANDLING, "taken up again")


async def test_the_only_dispatcher_is_warned_before_asking_who_could_key_the_request(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "派遣员") as console:
        await console.point_at(number)
        await console.press("f3")
        labels = console.menu()
        await console.press(*["down"] * labels.index("申请延期"), "enter")
        await console.until(lambda: "除您之外没有人能初审" in console.page(), "the warning")
        assert "内勤" in console.page()
        await console.press("escape")
    alone = requests.lonely(office.opened, office.actors[Role.DISPATCHER], Action.RETURN)
    assert alone is not None
    assert alone.step is Action.GRANT, "the shift leader decides only from the third return on"
    office.join("第二派遣", Role.DISPATCHER)
    assert requests.lonely(office.opened, office.actors[Role.DISPATCHER], Action.EXTEND) is None
    assert requests.lonely(office.opened, office.actors[Role.CLERK], Action.EXTEND) is None


async def test_a_second_person_lets_the_only_dispatcher_decide_their_own_return(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.RETURN, Role.DISPATCHER, reason="权属不清")
    case, circumstances = office.load(number).case, office.opened.circumstances()
    assert {Action.GRANT, Action.REFUSE} <= set(waivable(case, office.actors[Role.DISPATCHER], circumstances))
    with pytest.raises(ApproverWaivable):
        office.act(number, Action.GRANT, Role.DISPATCHER)
