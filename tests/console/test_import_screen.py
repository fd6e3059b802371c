"""导入 in the console: seen before it is written, put right in place, taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, Select

from gridconsole.console.dialogs.importing import CellDialog, HistoryDialog, UndoDialog
from gridconsole.console.modes import imports
from gridconsole.console.modes.imports import ImportScreen
from gridconsole.console.widgets.table import RowTable
from gridconsole.importing.engine import ImportOutcome, run
from gridconsole.importing.headway import Headway
from gridconsole.services.office import Office

SHEET = """工号,姓名,联系电话,人员性质,负责网格
W001,李小明,13812345679,专职,330106001001001
W020,新人[/],13900000020,专职,330106001001002
W021,填错的\x1b[2J,13900000021,专职,没有的网格
合计,3
"""


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """A changed, a new and a wrong row."""
    path = tmp_path / "名册.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def wardens(office: StaffedOffice) -> set[str]:
    with office.opened.database.reading() as connection:
        return set(connection.exec_driver_sql("SELECT code FROM roster_person").scalars())


async def on_imports(console: Console, path: Path) -> ImportScreen:
    """Go to the mode and have a file checked."""
    await console.press("shift+f6")
    await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
    screen = console.screen
    assert isinstance(screen, ImportScreen)
    await console.key_in(str(path))
    await console.press("enter")
    await console.until(lambda: screen.outcome is not None, "the file checked")
    await console.settle()
    return screen


async def test_a_file_is_seen_before_it_is_written(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "内勤") as console:
        await on_imports(console, roster)
        page = console.page()
        assert "网格员：读 3  新增 1  更新 1  不变 0  重复 0  拒绝 1（还没有写入" in page
        assert "E4" in page and "[E401]" in page
        assert "跳过 1 行（合计、制表人、示例等，不是数据）：第 5 行" in page
        assert "李小明 联系电话：138****5678 -> 138****5679" in page
        assert "W020" not in wardens(office)


async def test_what_was_seen_is_written_and_can_be_taken_back(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        await console.press("f2")
        await console.until(lambda: screen.outcome is not None and not screen.outcome.dry_run, "the file written")
        await console.settle()
        assert "已写入，第 6 批" in console.page()
        assert "W020" in wardens(office)
        await console.press("f4")
        await console.until(lambda: isinstance(console.screen, UndoDialog), "the question")
        assert "W020" in wardens(office), "asking changes nothing"
        await console.press("f2")
        await console.until(lambda: console.screen is screen, "back")
        await console.settle()
        assert wardens(office) == {"W001", "W002", "W003", "W004"}


async def test_a_wrong_cell_is_put_right_without_touching_the_file(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    before = roster.read_bytes()
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        assert screen.query_one("#lines", RowTable).current.cell == "E4"
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CellDialog), "the cell")
        await console.key_in("330106001002001")
        await console.press("enter")
        await console.until(lambda: screen.outcome is not None and not screen.outcome.issues, "checked again")
        await console.settle()
        assert "新增 2  更新 1  不变 0  重复 0  拒绝 0" in console.page()
        await console.press("f2")
        await console.until(lambda: screen.outcome is not None and not screen.outcome.dry_run, "the file written")
    assert {"W020", "W021"} <= wardens(office)
    assert roster.read_bytes() == before


async def test_nothing_is_written_before_something_was_seen(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    async with console_on(open_another(), "内勤") as console:
        await console.press("shift+f6")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
        await console.press("f2")
        await console.until(lambda: any("先检查一个文件" in text for text in console.toasts()), "a word")


async def test_what_was_seen_of_one_file_does_not_outlive_its_path(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    """F2 must not write the file that was looked at before, under the name of the one that is keyed in now."""
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        await console.press("ctrl+f")
        await console.key_in("x")
        assert screen.outcome is None
        assert "还没有写入" not in console.page()
        assert not console.get("#lines", RowTable).rows
        await console.press("f2")
        await console.until(lambda: any("先检查一个文件" in text for text in console.toasts()), "a word")
        assert "W020" not in wardens(office)


@pytest.mark.parametrize("name", ["没有.csv", "", "空.csv"])
async def test_a_file_that_cannot_be_read_is_a_sentence(
    office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office], name: str
) -> None:
    (tmp_path / "空.csv").write_bytes(b"")
    async with console_on(open_another(), "内勤") as console:
        await console.press("shift+f6")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
        await console.key_in(str(tmp_path / name))
        await console.press("enter")
        await console.until(lambda: bool(console.toasts()), "a sentence")


async def test_a_path_is_completed(office: StaffedOffice, roster: Path, open_another: Callable[[], Office]) -> None:
    async with console_on(open_another(), "内勤") as console:
        await console.press("shift+f6")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
        await console.key_in(str(roster)[:-4])
        await console.until(lambda: console.get("#path", Input)._suggestion == str(roster), "a suggestion")
        await console.press("right")
        assert console.get("#path", Input).value == str(roster)


async def test_the_kind_can_be_said(office: StaffedOffice, roster: Path, open_another: Callable[[], Office]) -> None:
    async with console_on(open_another(), "内勤") as console:
        await console.press("shift+f6")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
        console.get("#kind", Select).value = "grids"
        await console.key_in(str(roster))
        await console.press("enter")
        await console.until(lambda: any("看着像网格员" in text for text in console.toasts()), "another kind")


class SlowImport:
    """An import that goes on until it is stopped."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = threading.Event()

    def __call__(self, *_: object, progress: Callable[[Headway], None], **__: object) -> ImportOutcome:
        """Tell how far it is, again and again."""
        self.begun += 1
        try:
            while True:
                progress(Headway(9_500, 0.24, 6.2))
                time.sleep(0.1)
        finally:
            self.ended.set()


async def test_long_work_shows_how_far_it_is_and_can_be_stopped(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowImport()
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        monkeypatch.setattr(imports, "run", slow)
        await console.pilot.press("f2")
        await console.until_shown("正在写入 [####----------------]  24% 已读 9,500 行 约剩 7秒  Esc 停止")
        await console.pilot.press("f2")
        await console.pilot.press("f5")
        await console.until(lambda: any("正在处理" in text for text in console.toasts()), "a word")
        assert slow.begun == 1
        await console.pilot.press("escape")
        await console.until_shown("已停止，没有写入")
        monkeypatch.setattr(imports, "run", run)
        await console.press("f2")
        await console.until(lambda: screen.outcome is not None and not screen.outcome.dry_run, "the file written after all")


async def test_leaving_the_program_stops_the_work(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowImport()
    async with console_on(open_another(), "内勤") as console:
        await on_imports(console, roster)
        monkeypatch.setattr(imports, "run", slow)
        await console.pilot.press("f2")
        await console.until_shown("正在写入")
    assert slow.ended.wait(5)


async def test_a_file_changed_since_it_was_seen_is_not_written(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "内勤") as console:
        await on_imports(console, roster)
        roster.write_text(SHEET.replace("W020", "W099"), encoding="utf-8")
        await console.press("f2")
        await console.until(lambda: any("在检查之后被改过" in text for text in console.toasts()), "a sentence")
        assert not {"W020", "W099"} & wardens(office)


async def test_a_correction_goes_into_no_other_file(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    other = roster.with_name("别的.csv")
    other.write_text(SHEET.replace("W021", "W031"), encoding="utf-8")
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, CellDialog), "the cell")
        await console.key_in("330106001002001")
        await console.press("enter")
        await console.until(lambda: screen.outcome is not None and not screen.outcome.issues, "checked again")
        screen.query_one("#path", Input).value = str(other)
        await console.press("f5")
        await console.until(lambda: screen.outcome is not None and bool(screen.outcome.issues), "the other one as it is")


async def test_a_path_of_nobody_is_a_file_that_is_not_there(
    office: StaffedOffice, roster: Path, open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "内勤") as console:
        screen = await on_imports(console, roster)
        screen.query_one("#path", Input).value = ""
        screen.query_one("#path", Input).focus()
        await console.key_in("~nobody9")
        await console.press("enter")
        await console.until(lambda: any("~nobody9" in text for text in console.toasts()), "a sentence")


async def test_rows_that_may_be_over_are_asked_about(
    office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office]
) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("编号,日期,诉求内容,处理结果\nH1,2025-01-15,路灯不亮,已修复\nH2,2025-02-15,井盖松动,\n", encoding="utf-8")
    async with console_on(open_another(), "内勤") as console:
        await console.press("shift+f6")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import screen")
        screen = console.screen
        assert isinstance(screen, ImportScreen)
        await console.key_in(str(path))
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, HistoryDialog), "the question")
        assert "2 行看不出" in console.page()
        await console.press("f2")
        assert isinstance(console.screen, HistoryDialog), "an answer is needed"
        await console.press("1")
        await console.until(lambda: screen.outcome is not None, "the file checked")
        await console.press("f2")
        await console.until(lambda: bool(screen.outcome and screen.outcome.batch), "the file imported")
    with office.opened.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT state FROM incident WHERE source_ref LIKE 'H%'").scalars().all()
    assert list(found) == ["closed", "closed"]


async def test_the_clerk_says_how_a_file_is_read(
    office: StaffedOffice, tmp_path: Path, open_another: Callable[[], Office]
) -> None:
    path = tmp_path / "清单.csv"
    path.write_text("单号,问提,日子\nH1,路灯不亮,11月20日 09:00\nH2,垃圾成堆,11月20日 10:00\n", encoding="utf-8")
    async with console_on(open_another(), "内勤") as console:
        console.app.switch_mode("imports")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the screen")
        screen = console.screen
        await console.key_in(str(path))
        await console.press("f7")
        await console.until_shown("清单名字")
        await console.key_in("１２３４５")
        await console.press("tab")
        await console.key_in("问提")
        await console.press("f2")
        await console.until_shown("写成 列名=含义")
        console.get("#map", Input).value = "单号=工单编号；问提=主要内容；日子=受理时间"
        console.get("#year", Input).value = "26"
        await console.press("f2")
        await console.until_shown("1990 到 2100")
        console.get("#year", Input).value = "2026"
        await console.press("f2")
        await console.until(lambda: screen.outcome is not None, "the file checked")
        assert "新增 2" in console.page()
        await console.press("f7")
        await console.until_shown("清单名字")
        assert console.get("#list", Input).value == "12345", "what was said is kept"
        await console.press("escape")
        await console.press("f2")
        await console.until(lambda: bool(screen.outcome and screen.outcome.batch), "the file imported")
    with office.opened.database.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT source_ref, import_key LIKE 'list:12345%' FROM incident WHERE source_ref LIKE 'H%'"
        ).all()
    assert sorted(map(tuple, found)) == [("H1", 1), ("H2", 1)]
