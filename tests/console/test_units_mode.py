"""单位: the list of units leads on to their cases, and shows whom to ring."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from console_driver import console_on
from small_office import StaffedOffice

from gridconsole.console.modes.units import UnitsScreen
from gridconsole.domain.states import State


async def test_units_stand_with_contact_duties_and_load_and_enter_leads_to_their_cases(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        connection.execute(sa.text("UPDATE unit SET phone = '13800000060', contact = '王瑶', all_day = 1 WHERE name = '城管局'"))
    number, other = office.case_in(State.HANDLING), office.report(text="城管局旁边有垃圾").number
    office.clock.advance(days=3)
    async with console_on(office.opened, "派遣员") as console:
        await console.press("f6", "f6", "f6", "f6")
        assert isinstance(console.screen, UnitsScreen)
        first = console.screen.table.rows[0]
        assert (first.name, first.open_cases, first.late) == ("城管局", 1, 1), "late ones on top"
        await console.until_shown("138****0060", "王瑶", "24 时")
        assert "主责" in console.says("#card")
        assert number[8:] in console.says("#card")
        await console.press("f8")
        await console.until_shown("138 0000 0060", "秒后遮上")
        await console.press("down", "up")
        assert "138 0000 0060" not in console.page()
        await console.press("enter")
        await console.until(lambda: console.screen is console.desk_screen, "the desk")
        await console.until(lambda: console.numbers == [number], "the unit's cases")
        assert other not in console.numbers
    with office.opened.database.reading() as connection:
        found = connection.execute(sa.text("SELECT facts FROM ledger WHERE action = 'unmask'")).scalars().all()
    assert len(found) == 1


async def test_who_may_not_unmask_is_refused(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        connection.execute(sa.text("UPDATE unit SET phone = '13800000060'"))
    async with console_on(office.opened, "领导") as console:
        await console.press("f6", "f6", "f6", "f6", "f8")
        await console.until(console.toasts, "the refusal")
        assert "0060" not in console.page().replace("****0060", "")


@pytest.mark.parametrize(("mode", "register"), [("wardens", "warden"), ("grids", "grid")])
async def test_people_and_grids_show_whom_to_ring_too(office: StaffedOffice, mode: str, register: str) -> None:
    with office.opened.database.writing() as connection:
        connection.execute(sa.text("UPDATE roster_person SET phone = '13800000060'"))
    async with console_on(office.opened, "派遣员") as console:
        console.app.switch_mode(mode)
        await console.settle()
        await console.until(lambda: console.screen.query("#card") and console.screen.table.rows, "the rows")
        row = next(one for one in console.screen.table.rows if mode == "wardens" or one.warden_names)
        console.screen.point_at(row.id)
        await console.settle()
        assert "138 0000 0060" not in console.page()
        await console.press("f8")
        await console.until_shown("138 0000 0060", "秒后遮上")
        await console.press("down", "up")
        assert "138 0000 0060" not in console.page()
    with office.opened.database.reading() as connection:
        (facts,) = connection.execute(sa.text("SELECT facts FROM ledger WHERE action = 'unmask'")).scalars().all()
    assert json.loads(facts)[register] == row.code
    async with console_on(office.opened, "领导") as console:
        console.app.switch_mode(mode)
        await console.settle()
        await console.until(lambda: console.screen.query("#card") and console.screen.table.rows, "the rows")
        await console.press("f8")
        await console.until(console.toasts, "the refusal")
        assert "0060" not in console.page().replace("****0060", "")
