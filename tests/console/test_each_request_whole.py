"""Return, extension, suspension, void and appeal in the console from asking to deciding, each by the people it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Appeal, Result, Role, State
from gridconsole.language import word
from gridconsole.services import audit, casework


@dataclass(frozen=True)
class Way:
    """How something is asked for and decided: by whom, where, and what the case's pane says in the end."""

    asks: Action
    start: State
    asked_by: str
    decided_by: str
    has_opinion: bool
    ends: State
    said: str


WAYS = (
    Way(Action.EXTEND, State.HANDLING, "内勤", "值班长", True, State.HANDLING, "第 1 次延期批准：加 4 工作时"),
    Way(Action.SUSPEND, State.HANDLING, "内勤", "值班长", True, State.SUSPENDED, "2026-12-01"),
    Way(Action.RETURN, State.HANDLING, "内勤", "派遣员", False, State.TO_DISPATCH, "派遣时限：15 分钟"),
    Way(Action.VOID, State.HANDLING, "派遣员", "值班长", False, State.VOIDED, "已作废"),
    Way(Action.APPEAL, State.CLOSED, "内勤", "受理员", True, State.CLOSED, "申诉"),
)


async def choose(console: Console, number: str, action: Action) -> None:
    """F3 and an action of the case."""
    if console.current != number:
        await console.press("f5")
        await console.until(lambda: number in console.numbers, "the case in its pane")
    await console.point_at(number)
    await console.press("f3")
    labels = console.menu()
    await console.press(*["down"] * labels.index(word(action)), "enter")


async def step(office: StaffedOffice, name: str, number: str, action: Action, pane: str, words: str = "") -> None:
    """One dialog by one person."""
    async with console_on(office.opened, name) as console:
        console.desk_screen.show_pane(pane)
        await choose(console, number, action)
        if action is Action.FIRST_OPINION:
            await console.press("1", "tab")
        if words:
            await console.key_in(words)
        if action is Action.SUSPEND:
            console.screen.query_one("#until", Input).value = "2026-12-01"
        await console.press("f2")
        await console.until_back()


def late_and_closed(office: StaffedOffice) -> str:
    """A case that was handled too late, and closed."""
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(minutes=5)
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    return number


@pytest.mark.parametrize("way", WAYS, ids=[way.asks.value for way in WAYS])
async def test_a_request_goes_its_whole_way_in_the_console(office: StaffedOffice, way: Way) -> None:
    number = late_and_closed(office) if way.start is State.CLOSED else office.case_in(way.start)
    pane = "done" if way.start is State.CLOSED else "open"
    await step(office, way.asked_by, number, way.asks, pane, "等配件[/]")
    if way.has_opinion:
        await step(office, "派遣员", number, Action.FIRST_OPINION, pane)
    await step(office, way.decided_by, number, Action.GRANT, pane)
    case = office.load(number).case
    assert case.state is way.ends
    assert case.request is None
    assert (case.appeal is Appeal.UPHELD) is (way.asks is Action.APPEAL)
    async with console_on(office.opened, "值班长") as console:
        console.desk_screen.show_pane("done" if case.state.is_final else "open")
        await console.until(lambda: number in console.numbers, "the case in its pane")
        await console.point_at(number)
        await console.press("ctrl+y")
        await console.until(lambda: way.said in console.page(), way.said)
    assert audit.verify(office.opened).ok


async def test_the_console_does_not_offer_what_cannot_be_asked_for_or_decided_any_more(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    for _ in range(2):
        office.grant(number, Action.EXTEND)
    async with console_on(office.opened, "内勤") as console:
        await console.point_at(number)
        assert Action.EXTEND not in console.offered, "a third extension"
        assert Action.SUSPEND in console.offered
    late = office.case_in(State.HANDLING)
    clock = office.load(late).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(seconds=1)
    both = office.join("一人两职", Role.CLERK, Role.SHIFT_LEADER)
    asked = office.case_in(State.HANDLING)
    casework.act_on(office.opened, both, asked, Act.of(Action.EXTEND, reason="自己申请"))
    office.act(asked, Action.FIRST_OPINION, result=Result.SUPPORT)
    async with console_on(office.opened, "内勤") as console:
        await console.point_at(late)
        assert Action.EXTEND not in console.offered, "a late extension"
    async with console_on(office.opened, "一人两职") as console:
        await console.point_at(asked)
        assert Action.GRANT not in console.offered, "approving one's own request"
        assert Action.RECALL in console.offered
