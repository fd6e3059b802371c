"""Two dispatchers, one case: one wins, the other is told who, and keeps what was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import sqlalchemy as sa
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.dispatch import DispatchDialog
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, State
from gridconsole.services import actors, case_queries
from gridconsole.services.office import Office

REASON = "中心城区归环卫所[/]"


def live_primaries(opened: Office, number: str) -> int:
    """Live primary assignments of a case."""
    query = sa.text(
        "SELECT count(*) FROM assignment a JOIN incident i ON i.id = a.incident_id"
        " WHERE i.number = :number AND a.role = 'primary' AND a.ended_at IS NULL"
    )
    with opened.database.reading() as connection:
        return int(connection.execute(query, {"number": number}).scalar_one())


def dispatches(opened: Office, number: str) -> list[str]:
    """Who dispatched a case, by its ledger."""
    return [entry.operator for entry in case_queries.view(opened, number, None).timeline if entry.action == Action.DISPATCH]


async def open_dispatch(console: Console, number: str) -> DispatchDialog:
    """Open the dialog and type a reason, the list ready."""
    await console.point_at(number)
    await console.press("f2")
    dialog = console.screen
    assert isinstance(dialog, DispatchDialog)
    await console.until(lambda: dialog.query_one("#candidates", RowTable).rows, "the ranking")
    dialog.query_one("#words", Input).focus()
    await console.key_in(REASON)
    return dialog


async def test_the_second_dispatcher_is_reported_who_was_first_and_keeps_the_reason(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    actors.add_operator(office.opened, "张派遣", [Role.DISPATCHER])
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员") as first, console_on(open_another(), "张派遣") as second:
        await open_dispatch(first, number)
        await open_dispatch(second, number)
        await first.press("f2")
        await first.until_back()
        assert office.load(number).case.state is State.HANDLING

        await second.press("f2")
        await second.until(lambda: "已由" in second.complaint(), "the sentence")
        assert second.complaint() == f"案件 {number} 已由派遣员于 11-23 09:00 派给城管局。请刷新后再看；如要换单位，请用改派"
        assert isinstance(second.screen, DispatchDialog)
        assert second.get("#words", Input).value == REASON
        assert live_primaries(office.opened, number) == 1
        assert dispatches(office.opened, number) == ["派遣员"]

        await second.press("escape", "2")
        await second.until_back()
        await second.until(lambda: "feedback" in second.offered, "the case as it is now")
        assert office.load(number).case.version == 4


async def test_of_two_at_the_same_moment_exactly_one_wins(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    actors.add_operator(office.opened, "张派遣", [Role.DISPATCHER])
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(open_another(), "派遣员") as one, console_on(open_another(), "张派遣") as other:
        dialogs = {console: await open_dispatch(console, number) for console in (one, other)}
        await asyncio.gather(one.pilot.press("f2"), other.pilot.press("f2"))
        for console in (one, other):
            await console.settle()
        (winner,) = [console for console in (one, other) if console.screen is not dialogs[console]]
        (loser,) = [console for console in (one, other) if console.screen is dialogs[console]]
        assert winner.app.actor is not None
        await loser.until(lambda: "已由" in loser.complaint(), "the sentence")
        assert f"已由{winner.app.actor.name}于" in loser.complaint()
        assert loser.get("#words", Input).value == REASON
        assert live_primaries(office.opened, number) == 1
        assert dispatches(office.opened, number) == [winner.app.actor.name]


async def test_a_dialog_on_an_older_version_says_who_changed_the_case(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(number)
        await console.press("f2")
        await console.key_in("已清理完毕")
        office.clock.advance(minutes=3)
        office.act(number, Action.NOTE, note="居民催办")
        await console.press("enter")
        await console.until(lambda: "不是最新" in console.complaint(), "the sentence")
        assert console.complaint() == (
            f"案件 {number} 已被内勤于 11-23 09:03 备注，您看到的不是最新情况。请刷新后再办（您依据的是第 4 版，现在是第 5 版）"
        )
        assert console.get("#words", Input).value == "已清理完毕"
        assert office.load(number).case.state is State.HANDLING
