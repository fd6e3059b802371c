"""对账 on the screen: what the operator can do by the list, done in bulk; written to a file; a case opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console_driver import console_on
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.dialogs.print_form import PrintForm
from gridconsole.console.panels.case import CaseScreen
from gridconsole.console.panels.reconcile import ReconcileForm, ReconcileScreen
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run
from gridconsole.services.office import Office

HEADER = "工单编号,来电时间,诉求人,联系方式,诉求内容,办理状态,处理情况\n"


def take(office: StaffedOffice, folder: Path, state: str) -> None:
    """Import the list of a day."""
    path = folder / "工单.csv"
    rows = "".join(f"H{at},2026-11-23 08:0{at},丁{at},1390000000{at},第{at}处路灯不亮,{state},已修复\n" for at in (1, 2))
    path.write_text(HEADER + rows, encoding="utf-8")
    run(office.opened, office.actors[Role.CLERK], "incidents", path)


async def test_the_steps_of_the_list_are_taken_in_bulk(
    office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office]
) -> None:
    take(office, tmp_path, "办理中")
    take(office, tmp_path, "已办结")
    async with console_on(open_another(), "受理员") as console:
        console.app.action_reconcile()
        await console.until(lambda: isinstance(console.screen, ReconcileScreen), "the screen")
        await console.until_shown("清单已办结", "受理 2 件")
        await console.press("f3")
        assert isinstance(console.screen, PrintForm)
        console.get("#path", Input).value = str(tmp_path / "对账.csv")
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, ReconcileScreen), "the screen again")
        await console.press("f2")
        assert isinstance(console.screen, ReconcileForm)
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, ReconcileScreen), "done")
        await console.until(lambda: any("已办 2 件" in text for text in console.toasts()), "the count")
        await console.until_shown("清单已办结 2 件")
        await console.until(lambda: console.screen.found is not None and not console.screen.found.can, "compared again")
        await console.press("f2")
        await console.until(lambda: any("没有您能办的" in text for text in console.toasts()), "nothing is left")
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CaseScreen), "the case")
        await console.press("escape")
        await console.until(lambda: isinstance(console.screen, ReconcileScreen), "back at the lists")
        await console.pilot.resize_terminal(80, 24)
        await console.until_shown("差别", "清单已办结 ")
    assert "H1" in (tmp_path / "对账.csv").read_text(encoding="utf-8-sig")
    with office.opened.database.reading() as connection:
        states = connection.exec_driver_sql("SELECT DISTINCT state FROM incident WHERE source_ref LIKE 'H%'").scalars().all()
    assert list(states) == ["to_file"] or list(states) == ["verifying"]
