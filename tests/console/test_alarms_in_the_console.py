"""The banner, the list of reminders, the order's form: never a dialog in front of the work, and nothing without something to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from console_driver import Console, console_on
from logins import set_office
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.app import GridConsoleApp
from gridconsole.console.dialogs.supervise import SupervisionOrderDialog
from gridconsole.console.panels.alarms import AlarmScreen
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.widgets.alarm_line import AlarmLine
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Role, State
from gridconsole.services import case_queries, casework, escalation
from gridconsole.services.office import Office


def overdue(office: StaffedOffice) -> str:
    """A case whose handling ended a minute ago."""
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(minutes=1)
    return number


def notifies(console: Console) -> bool:
    """Return whether the alarm line names an alarm that was not acknowledged."""
    line = console.desk_screen.query_one(AlarmLine).line
    return "已用" in line or "督办" in line


async def test_the_banner_notifies_the_one_case_and_what_can_be_done(office: StaffedOffice) -> None:
    number = overdue(office)
    async with console_on(office.opened, "派遣员") as console:
        await console.until(lambda: "处置超时，已用 100%" in console.page(), "the banner")
        line = console.lines()[3]
        assert f"最久 {number[8:]} 暴露垃圾 处置超时，已用 100%，" in line
        assert "可: 反馈" in line
        # It is a line beside the work, not a dialog in front of it.
        assert console.screen is console.desk_screen
        office.act(number, Action.FEEDBACK, note="已清理")
        await console.until(lambda: not notifies(console), "the banner gone")


async def test_nobody_sees_a_banner_without_something_to_do(office: StaffedOffice) -> None:
    overdue(office)
    for name in ("受理员", "核查员", "内勤", "系统管理员", "审计员"):
        async with console_on(office.opened, name) as console:
            await console.settle()
            assert not notifies(console), name


async def test_the_list_is_opened_by_its_key_acknowledged_by_f2_and_enter_opens_the_case(office: StaffedOffice) -> None:
    number = overdue(office)
    for _ in range(2):
        office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=16)
    async with console_on(office.opened, "派遣员") as console:
        await console.until(lambda: len(console.app.alarms.alarms) == 3, "three alarms")
        await console.press("ctrl+t")
        assert isinstance(console.screen, AlarmScreen)
        assert "近 10 分钟提醒 2 次；到岗以来 2 次，最密 10 分钟 2 次" in console.page()
        await console.press("enter")
        assert isinstance(console.screen, CaseScreen)
        assert number in console.page()
        await console.press("escape")
        await console.press("f2")
        await console.until(lambda: len(console.app.alarms.alarms) == 2, "one less")
        await console.press("f3")
        await console.until_shown("再按一次 F3，2 条全部记为您已知道")
        assert len(console.app.alarms.alarms) == 2
        await console.press("f3")
        await console.until(lambda: console.app.alarms.alarms == (), "none left")
        await console.press("escape")
        await console.until_back()
        assert not notifies(console)
    with office.opened.database.reading() as connection:
        occurrence = connection.exec_driver_sql(
            "SELECT count(*) FROM ledger WHERE action = 'acknowledge' AND operator = '派遣员'"
        ).scalar_one()
    assert occurrence == 3


async def test_a_leader_orders_in_the_console_and_the_dispatcher_answers(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    async with console_on(office.opened, "领导") as console:
        await console.press("f5")
        await console.point_at(number)
        await console.press("f3")
        labels = console.menu()
        await console.press(*["down"] * labels.index("督办"), "enter")
        assert isinstance(console.screen, SupervisionOrderDialog)
        await console.press("f2")
        assert "必填" in console.complaint()
        await console.key_in("今日内办结[/]")
        await console.press("enter")
        console.screen.query_one("#reply_by", Input).value = "下周吧"
        await console.press("f2")
        await console.until(lambda: "明天 10:00" in console.complaint(), "how a time is written")
        console.screen.query_one("#reply_by", Input).value = "明天 １０：３０"
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: "督办 领导" in console.page(), "the order in the pane")
    (order,) = case_queries.view(office.opened, number, None).orders
    assert (order.requirement, f"{order.reply_by.astimezone(office.opened.calendar.zone):%m-%d %H:%M}") == (
        "今日内办结[/]",
        "11-24 10:30",
    )
    async with console_on(office.opened, "派遣员") as console:
        await console.until(lambda: "督办待答复" in console.page(), "the banner")
        await console.point_at(number)
        assert "督" in console.row_of(number)
        await console.press("f3")
        labels = console.menu()
        await console.press(*["down"] * labels.index("答复督办"), "enter")
        await console.key_in("已派人到场")
        await console.press("f2")
        await console.until_back()
        await console.until(lambda: not notifies(console), "answered")
    assert office.load(number).case.reply_by is None


async def test_another_person_at_the_terminal_is_notified_of_other_things(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=16)
    escalation.sweep(office.opened)
    async with console_on(office.opened, "派遣员") as console:
        await console.until(lambda: notifies(console), "the dispatcher's banner")
        console.app.session.actor = office.actors[Role.CLERK]
        console.app.session.sign_in(console.app.actor)
        await console.until(lambda: not notifies(console), "gone")
        assert console.app.alarms.rings == ()
    casework.act_on(office.opened, office.actors[Role.CLERK], number, Act.of(Action.NOTE, note="看过"))


async def test_a_flood_is_one_line_at_80_columns_that_names_the_worst_case(office: StaffedOffice) -> None:
    first, *_ = [office.case_in(State.TO_DISPATCH) for _ in range(14)]
    office.clock.advance(minutes=16)
    async with console_on(office.opened, "派遣员", size=(80, 24)) as console:
        await console.until(lambda: "提醒集中，共 14 件" in console.page(), "the flood in one line")
        assert console.app.alarms.rate(office.opened.now()) == 1
        assert f"最久 {first[8:]} 暴露垃圾 派遣超时" in console.lines()[2]


async def test_the_bell_rings_only_where_the_office_wants_it_and_once_for_one_kind(
    office: StaffedOffice, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    step: list[int] = []
    monkeypatch.setattr(GridConsoleApp, "bell", lambda _: step.append(1))
    for wanted in (False, True):
        set_office(office.opened, alarm_bell=wanted)
        office.case_in(State.TO_DISPATCH)
        office.clock.advance(minutes=16)
        async with console_on(open_another(), "派遣员") as console:
            await console.until(lambda: notifies(console), "the banner")
            office.case_in(State.TO_DISPATCH)
            office.clock.advance(minutes=3)
            console.app.load_alarms()
            await console.settle()
        assert len(step) == int(wanted)


async def test_the_line_names_the_case_that_is_over_for_the_longest_also_without_a_reminder(office: StaffedOffice) -> None:
    first = office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=5)
    second = office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=40)
    async with console_on(office.opened, "派遣员", size=(120, 40)) as console:
        await console.until(lambda: len(console.app.alarms.reminders) == 2, "both reminders")
        await console.press("ctrl+t")
        screen = console.screen
        assert isinstance(screen, AlarmScreen)
        assert screen.table.move_to(next(one.alarm.id for one in console.app.alarms.reminders if one.alarm.number == first))
        await console.press("f2")
        await console.until(lambda: len(console.app.alarms.reminders) == 1, "acknowledged")
        await console.press("escape")
        await console.until(lambda: f"最久 {first[8:]}" in console.page(), "the case that has waited longest")
        assert f"最久 {second[8:]}" not in console.page()
