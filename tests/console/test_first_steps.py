"""开张: a new office shows what it needs in the place of the empty queue, and leads to each step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_driver import Console, console_on
from logins import PLAIN
from small_office import Clock, StaffedOffice
from textual.widgets import Select

from gridconsole.console.dialogs.report import ReportDialog
from gridconsole.console.modes.imports import ImportScreen
from gridconsole.console.panels.first_steps import FirstStepsScreen
from gridconsole.services import first_steps, setup
from gridconsole.services.first_steps import KIND_OF, NEEDS, Step
from gridconsole.services.office import Office, open_office

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Office]:
    """An office right after it was founded."""
    clock = Clock()
    path = tmp_path / "new.db"
    setup.initialise(path, "新区", "xdistrict", "console", clock, admin=setup.FirstAdmin("王芳", PLAIN)).close()
    opened = open_office(path, "console", clock)
    yield opened
    opened.close()


async def shown(console: Console) -> FirstStepsScreen:
    """The list, once it is there and filled."""
    await console.until(lambda: isinstance(console.screen, FirstStepsScreen) and console.screen.found, "the first steps")
    screen = console.screen
    assert isinstance(screen, FirstStepsScreen)
    return screen


def test_an_office_is_new_until_its_lists_are_there(new: Office, office: StaffedOffice) -> None:
    found = first_steps.read(new)
    assert found.is_new
    assert found.ready == 1, "the calendar comes with the program"
    waiting = {one.step: one.waits_for for one in found.steps if one.waits_for}
    assert waiting == NEEDS
    assert found.next is not None
    assert found.next.step is Step.AREAS
    filled = first_steps.read(office.opened)
    assert not filled.is_new
    assert all(one.is_ready for one in filled.steps if one.step in KIND_OF)


@SIZES
async def test_the_list_stands_in_the_place_of_the_empty_queue_and_leads_to_the_import(
    new: Office, size: tuple[int, int]
) -> None:
    async with console_on(new, "王芳", size) as console:
        await shown(console)
        await console.until_shown("开张 8 项里 1 项可用", "等区划", "导入 区划.xlsx", "不等齐也能收案")
        await console.press("2", "enter")
        assert isinstance(console.screen, FirstStepsScreen), "what waits for another step leads nowhere"
        await console.until_shown("等区划")
        await console.press("1", "f2")
        await console.until(lambda: isinstance(console.screen, ImportScreen), "the import")
        await console.until(lambda: console.get("#kind", Select).value == "areas", "the kind of list")


async def test_escape_leads_to_the_queue_and_the_palette_back(new: Office) -> None:
    async with console_on(new, "王芳") as console:
        await shown(console)
        await console.press("escape")
        await console.until_back()
        await console.press("ctrl+p")
        await console.key_in("开张")
        await console.press("enter")
        await shown(console)


async def test_a_case_can_be_reported_before_anything_is_ready(new: Office) -> None:
    async with console_on(new, "王芳") as console:
        await shown(console)
        await console.press("ctrl+n")
        await console.until(lambda: isinstance(console.screen, ReportDialog), "the form")


async def test_a_template_is_written_once_and_never_over_a_file(
    new: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with console_on(new, "王芳") as console:
        await shown(console)
        await console.press("f3")
        await console.until(lambda: any("模板已写到" in text for text in console.toasts()), "the template")
        written = (tmp_path / "区划.xlsx").read_bytes()
        await console.press("f3")
        await console.until(lambda: any("已经有这个文件" in text for text in console.toasts()), "the refusal")
        assert (tmp_path / "区划.xlsx").read_bytes() == written


async def test_an_office_with_cases_begins_with_its_queue(office: StaffedOffice) -> None:
    office.report()
    async with console_on(office.opened, "派遣员") as console:
        await console.settle()
        assert console.screen is console.desk_screen
