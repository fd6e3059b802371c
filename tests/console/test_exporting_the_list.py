"""The rows of the queue written to a file from the screen: the cases in sight, masked, with an entry in the ledger."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from console_driver import console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.export_list import ExportForm
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run
from gridconsole.services.office import Office


def take(office: StaffedOffice, folder: Path) -> None:
    """Import three reports, one of another matter."""
    path = folder / "工单.csv"
    rows = ("H1,丁一一,13900000001,路灯不亮", "H2,丁二二,13900000002,路灯又不亮", "H3,丁三三,13900000003,垃圾成堆")
    path.write_text("工单编号,诉求人,联系方式,诉求内容,经办窗口\n" + "".join(f"{row},三号窗\n" for row in rows), encoding="utf-8")
    run(office.opened, office.actors[Role.CLERK], "incidents", path)


async def test_what_the_queue_shows_is_written(office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office]) -> None:
    take(office, tmp_path)
    target = tmp_path / "列表.csv"
    async with console_on(open_another(), "受理员") as console:
        await console.until_shown("路灯不亮")
        console.screen.look_for("路灯")
        await console.until(lambda: len(console.screen.model.order) == 2, "the search")
        console.screen.action_export()
        await console.until_shown("导出 ")
        assert console.get("#path", Input).value.endswith(".xlsx")
        console.get("#path", Input).value = str(target)
        await console.press("f2")
        await console.until(lambda: any(str(target) in text for text in console.toasts()), "written")
        console.screen.look_for("没有这样的事")
        await console.until(lambda: not console.screen.model.order, "nothing is found")
        console.screen.action_export()
        await console.until(lambda: any("没有案件可导出" in text for text in console.toasts()), "nothing to write")
    written = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert sorted(row["来源编号"] for row in written) == ["H1", "H2"]
    assert {row["附列.经办窗口"] for row in written} == {"三号窗"}
    assert "13900000001" not in target.read_text(encoding="utf-8-sig") and "丁一一" not in target.read_text(encoding="utf-8-sig")
    with office.opened.database.reading() as connection:
        (facts,) = connection.exec_driver_sql("SELECT facts FROM ledger WHERE action = 'export'").scalars().all()
    assert '"count":2' in facts


async def test_a_file_that_is_there_already_is_not_replaced(
    office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office]
) -> None:
    take(office, tmp_path)
    target = tmp_path / "已有.csv"
    target.write_text("别人的", encoding="utf-8")
    async with console_on(open_another(), "受理员") as console:
        await console.until_shown("路灯不亮")
        console.screen.action_export()
        await console.until_shown("导出 ")
        console.get("#path", Input).value = str(target)
        await console.press("f2")
        await console.until_shown("已经有")
        assert isinstance(console.screen, ExportForm)
    assert target.read_text(encoding="utf-8") == "别人的"
