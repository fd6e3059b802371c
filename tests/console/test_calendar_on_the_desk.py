"""What a console shows of the calendar: that next year's notice is missing, and deadlines by whatever another terminal loaded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from console_driver import console_on
from notices_as_text import NOTICE_2027
from small_office import StaffedOffice, local

from gridconsole.domain.states import Role
from gridconsole.services import calendars
from gridconsole.services.calendars import NoticeFile
from gridconsole.services.office import Office

LONG, SHORT = "缺 2027 年放假安排，见 gridconsole calendar check", "缺 2027 年放假安排"


@pytest.mark.parametrize("name", ["值班长", "系统管理员"])
async def test_from_december_on_the_missing_notice_is_shown_until_another_terminal_loads_it(
    office: StaffedOffice, open_another: Callable[[], Office], name: str
) -> None:  # fmt: skip
    office.clock.at = local(date(2026, 12, 1), "09:00")
    async with console_on(open_another(), name) as console:
        await console.until_shown(LONG)
        calendars.load_notice(office.opened, office.actors[Role.ADMIN], 2027, NoticeFile("通知.txt", NOTICE_2027.encode()))
        await console.until(lambda: SHORT not in console.page(), "nothing missing any more")
        assert 2027 in console.app.office.calendar.noticed_years


async def test_before_december_and_for_others_nothing_is_shown(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    office.clock.at = local(date(2026, 11, 30), "09:00")
    async with console_on(open_another(), "值班长") as console:
        assert SHORT not in console.page()
    office.clock.at = local(date(2026, 12, 1), "09:00")
    async with console_on(open_another(), "派遣员") as console:
        assert SHORT not in console.page()


async def test_a_small_terminal_keeps_room_for_searching(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    office.clock.at = local(date(2026, 12, 1), "09:00")
    async with console_on(open_another(), "值班长", size=(80, 24)) as console:
        await console.until_shown(SHORT)
        assert LONG not in console.page()
        await console.press("/")
        assert console.desk_screen.query_one("#find").size.width >= 40
