"""Beside the case on a wide terminal: who may handle it, what was reported before and nearby; a drawer takes that place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from console_driver import console_on
from small_office import StaffedOffice

from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Source, State
from gridconsole.services.office import Office

WIDE = (200, 50)


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


async def test_a_wide_desk_says_who_may_handle_the_case_and_what_is_nearby(office: StaffedOffice, here: Office) -> None:
    earlier = office.report(source=Source.HOTLINE_12345, reporter_phone="13812345678").number
    number = office.case_in(State.TO_DISPATCH, reporter_phone="13812345678")
    async with console_on(here, "派遣员", WIDE) as console:
        await console.point_at(number)
        await console.until(lambda: "城管局" in console.says("#handlers"), "the candidates")
        around = console.says("#around")
        assert "这个号码另外报过 1 件" in around
        assert "同网格在办 1" in around
        assert earlier[8:] in around
        assert "这个号码" not in console.says("#timeline"), "said once"
        assert "13812345678" not in console.page()
        await console.press("f2")
        assert not console.desk_screen.query_one("#handlers_panel", ScrollPanel).display
        assert not console.desk_screen.query_one("#around_panel", ScrollPanel).display
        await console.press("escape")
        await console.until_back()
        assert console.desk_screen.query_one("#handlers_panel", ScrollPanel).display


async def test_a_usual_desk_reads_no_candidates(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.TO_DISPATCH)
    async with console_on(here, "派遣员", (120, 40)) as console:
        await console.point_at(number)
        await console.settle()
        assert console.says("#handlers") == ""


async def test_what_is_nearby_follows_other_terminals_and_the_width(office: StaffedOffice, here: Office) -> None:
    number, other = office.case_in(State.TO_DISPATCH), office.case_in(State.TO_DISPATCH)
    async with console_on(here, "派遣员", (120, 40)) as console:
        await console.point_at(number)
        await console.pilot.resize_terminal(*WIDE)
        await console.until(lambda: "待派遣" in console.says("#around"), "the panel of a wider terminal")
        office.act(other, Action.DISPATCH, handler=office.handlers["城管局"])
        await console.until(lambda: "处置中" in console.says("#around"), "the other case as it is now")
