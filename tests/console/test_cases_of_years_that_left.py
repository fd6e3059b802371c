"""A case on the screen when its early entries have left the ledger."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from console_driver import console_on, forbidden_characters
from small_office import StaffedOffice, local

from gridconsole.archive import retiring
from gridconsole.console.panels.case import CaseScreen
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, State
from gridconsole.services import audit


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_timeline_names_the_file_and_goes_on_from_there(
    office: StaffedOffice, tmp_path: Path, size: tuple[int, int]
) -> None:
    number = office.case_in(State.CLOSED)
    office.clock.at = local(date(2031, 1, 3))
    auditor = office.actors[Role.AUDITOR]
    retiring.seal(office.opened, auditor)
    retiring.retire(office.opened, auditor, 2026, tmp_path / "[b]2026[\\].jsonl")
    async with console_on(office.opened, "内勤", size=size) as console:
        console.app.push_screen(CaseScreen(number))
        await console.until_shown("更早的流转记录已转存到文件：[b]2026[\\].jsonl")
        assert "结案 值班长" not in console.says("#timeline")
        assert forbidden_characters(console.page().replace("\n", "")) == []
        office.act(number, Action.NOTE, note="查阅旧案")
        await console.until(lambda: "查阅旧案" in console.says("#timeline"), "the new entry")
        assert "2026[\\].jsonl" in console.says("#timeline")
    assert audit.verify(office.opened).ok


async def test_a_case_that_is_all_there_names_no_file(office: StaffedOffice) -> None:
    number = office.case_in(State.CLOSED)
    async with console_on(office.opened, "内勤") as console:
        console.app.push_screen(CaseScreen(number))
        await console.until_shown("经过", "结案")
        assert "转存" not in console.page()
