"""The panes of what somebody owes: a decision on a request, an answer to an order, a look on the spot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from console_driver import console_on
from small_office import StaffedOffice

from gridconsole.console.queue_model import PANE_BY_KEY
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Result, Role, State
from gridconsole.services import casework, tasks
from gridconsole.services.office import Office


def urge(office: StaffedOffice, number: str) -> None:
    act = Act.of(Action.SUPERVISION_ORDER, note="今日办结", reply_by=office.opened.now() + timedelta(hours=2))
    casework.act_on(office.opened, office.actors[Role.LEADER], number, act)


async def test_requests_orders_and_people_sent_out_have_panes_while_there_are_any(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    over = office.case_in(State.HANDLING)
    office.clock.advance(days=2)
    office.act(over, Action.FEEDBACK, note="已清理")
    office.act(over, Action.CHECK, result=Result.PASS)
    office.act(over, Action.CLOSE)
    plain, returned, urged = (office.case_in(State.HANDLING) for _ in range(3))
    keep_evaluation = office.case_in(State.TO_CHECK)
    closed_and_urged = office.case_in(State.TO_CLOSE)
    office.act(returned, Action.RETURN, reason="不归我管")
    office.act(over, Action.APPEAL, reason="居民改了地址")
    for number in (urged, closed_and_urged):
        urge(office, number)
    office.act(closed_and_urged, Action.CLOSE)
    assignee = tasks.find_assignee(office.opened, "李小明", keep_evaluation)
    office.act(keep_evaluation, Action.SEND, assignee=assignee)
    async with console_on(open_another(), "派遣员", (120, 40)) as console:
        found = {}
        for _ in range(20):
            found[console.desk_screen.model.filter.pane] = sorted(console.numbers)
            await console.press("f7")
        assert found["asked"] == sorted([returned, over])
        assert found["ordered"] == sorted([urged, closed_and_urged])
        assert found["sent"] == [keep_evaluation]
        assert plain in found["open"]
        assert over not in found["open"]
        console.desk_screen.show_pane("asked")
        office.act(over, Action.FIRST_OPINION, result=Result.SUPPORT)
        office.act(over, Action.GRANT, Role.ACCEPTOR)
        await console.until(lambda: console.desk_screen._strip._count(PANE_BY_KEY["asked"]) == (1, 0), "one request")
        await console.until(lambda: console.numbers == [returned], "what was decided leaves the pane")
        office.clock.advance(hours=3)
        office.act(plain, Action.NOTE, Role.DISPATCHER, note="在办")
        await console.until(lambda: console.desk_screen._strip._count(PANE_BY_KEY["ordered"]) == (2, 2), "both late")


async def test_the_palette_goes_to_each_of_these_panes(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    returned = office.case_in(State.HANDLING)
    office.act(returned, Action.RETURN, reason="不归我管")
    async with console_on(open_another(), "派遣员", (80, 24)) as console:
        await console.press("ctrl+p")
        await console.key_in("待批")
        await console.until_shown("有申请等着初审或审批的案件")
        await console.press("enter")
        await console.until(lambda: console.desk_screen.model.filter.pane == "asked", "the pane")
        assert console.numbers == [returned]
