"""态势: tiles with their numbers, the same as a table, what leads on, and a wall that names nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from console_driver import Console, console_on
from logins import PLAIN, give_passwords, log_everybody_out, set_office
from rich.cells import cell_len
from small_office import HOSTILE_NAME, StaffedOffice

from gridconsole.console import situation_screen
from gridconsole.console.app import GridConsoleApp
from gridconsole.console.dialogs.lock import LockScreen
from gridconsole.console.messages import Changed
from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.modes.overview import OverviewScreen
from gridconsole.console.panels.wall import PAGES, WallScreen
from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.domain.actions import Action, Lead
from gridconsole.domain.states import Grade, State
from gridconsole.services import sessions, situation
from gridconsole.services.office import Office

PHONE = "13987654321"


async def to_overview(console: Console) -> OverviewScreen:
    """Go to the mode and wait for its numbers."""
    console.app.switch_mode("overview")
    await console.until(lambda: isinstance(console.screen, OverviewScreen) and console.screen.found is not None, "the overview")
    await console.settle()
    screen = console.screen
    assert isinstance(screen, OverviewScreen)
    return screen


def test_tiles_and_what_is_on_none_are_all_open_cases(office: StaffedOffice) -> None:
    lead, follower = (office.case_in(State.HANDLING) for _ in range(2))
    office.report(grade=Grade.URGENT)
    office.report(grid_id=None, area_id=None)
    office.case_in(State.CLOSED)
    office.act(follower, Action.MERGE, into=Lead(lead))
    office.clock.advance(days=9)
    found = situation.read(office.opened)
    assert found.open == 3, "a resting case and a closed one count nowhere"
    assert sum(tile.counts.open for tile in found.tiles) + found.unplaced == found.open
    (busy,) = [tile for tile in found.tiles if tile.counts.open]
    assert (busy.counts.open, busy.counts.late, busy.counts.urgent) == (2, 2, 1)
    assert found.unplaced == 1
    assert found.hours == (0,) * 24, "nothing came in today"


async def test_enter_on_a_tile_shows_its_cases_on_the_desk(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.report(grid_id=office.grids["330106102201001"].id, area_id=None)
    async with console_on(office.opened, "派遣员", (120, 40)) as console:
        screen = await to_overview(console)
        await console.until_shown("东风", "未结")
        assert screen.current is not None
        while screen.current.name != "东风社区":
            await console.press("left")
        await console.press("enter")
        await console.until(lambda: isinstance(console.screen, DeskScreen), "the desk")
        await console.until(lambda: [row.number for row in console.desk_screen.table.rows] == [number], "the cases of the tile")


async def test_the_arrow_keys_reach_every_tile(office: StaffedOffice) -> None:
    async with console_on(office.opened, "派遣员", (80, 24)) as console:
        screen = await to_overview(console)
        reached = set()
        for key in ("up", "left", "down", "right") * 4:
            await console.press(key)
            reached.add(screen.map.area_id)
        assert len(reached) >= min(len(screen.found.tiles), 2)  # type: ignore[union-attr]


async def test_the_same_numbers_stand_in_a_table_that_one_key_sorts(office: StaffedOffice) -> None:
    office.case_in(State.HANDLING)
    async with console_on(office.opened, "派遣员", (120, 40)) as console:
        screen = await to_overview(console)
        await console.press("ctrl+l")
        assert [tile.counts.open for tile in screen.table.rows] == sorted(
            (t.counts.open for t in screen.table.rows), reverse=True
        )
        await console.press("ctrl+l")
        await console.until_shown("按超期排")
        await console.press("ctrl+l", "ctrl+l", "ctrl+l")
        assert not screen.has_class("table")


async def test_a_new_case_appears_without_a_key(office: StaffedOffice) -> None:
    async with console_on(office.opened, "派遣员", (120, 40)) as console:
        screen = await to_overview(console)
        before = screen.found
        office.report()
        await console.until(lambda: screen.found is not before and screen.found.open == 1, "the new case")  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_wall_turns_its_pages_and_names_nobody(office: StaffedOffice, size: tuple[int, int]) -> None:
    office.report(reporter_name=HOSTILE_NAME, reporter_phone=PHONE, address="幸福路[b栋]")
    async with console_on(office.opened, "派遣员", size) as console:
        await to_overview(console)
        await console.press("f11")
        await console.until(lambda: isinstance(console.screen, WallScreen) and console.screen._found is not None, "the wall")
        wall = console.screen
        assert isinstance(wall, WallScreen)
        for _ in PAGES:
            await console.settle()
            page = console.page()
            assert not any(name in page for name in ("派遣员", PHONE, "𠮷", "幸福路", "李小明"))
            wall._turn_by_itself()
        assert wall.page == 0
        await console.press("space")
        wall._turn_by_itself()
        assert wall.page == 0, "held"
        await console.press("escape")
        assert not isinstance(console.screen, WallScreen)


async def test_a_wall_takes_its_own_keys_from_the_start_and_no_others(office: StaffedOffice) -> None:
    number = office.report().number
    async with console_on(office.opened, "派遣员", (120, 40)) as console:
        await to_overview(console)
        await console.press("f11")
        await console.until(lambda: isinstance(console.screen, WallScreen) and console.screen._found is not None, "the wall")
        wall = console.screen
        assert isinstance(wall, WallScreen)
        await console.press("space", "right", "enter", "left")
        assert (wall.is_held, wall.page) == (True, 1)
        await console.press("ctrl+p", "f6", "f1", "ctrl+t", "ctrl+o", "ctrl+n")
        await console.settle()
        assert console.screen is wall
        console.app.say(f"{number} 待受理")
        await console.settle()
        assert number not in console.page()


async def test_a_wall_stands_on_the_lock_and_goes_on_after_the_login_has_run_out(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    give_passwords(office.opened, "派遣员", "系统管理员")
    set_office(office.opened, session_minutes=30, lock_minutes=10)
    log_everybody_out(office.opened.database.path)
    opened = open_another()
    sessions.log_in(opened, "派遣员", PLAIN)
    async with console_on(opened, None, (120, 40)) as console:
        await to_overview(console)
        await console.press("f11")
        await console.until(lambda: isinstance(console.screen, WallScreen) and console.screen._found is not None, "the wall")
        wall = console.screen
        assert console.app.is_locked
        office.clock.advance(hours=9)
        console.app.attendance.lock_if_idle()
        console.app.attendance.check_session(changed=True)
        office.report()
        console.app.notify_screens(Changed())
        await console.until(lambda: wall._found.open == 1, "the new case")  # type: ignore[attr-defined]
        assert console.screen is wall
        await console.press("escape")
        assert isinstance(console.screen, LockScreen)


@pytest.mark.parametrize(("size", "open_"), [((120, 40), 1234), ((120, 40), 20_000), ((40, 12), 20_000)])
async def test_big_numbers_are_whole(office: StaffedOffice, size: tuple[int, int], open_: int) -> None:
    async with console_on(office.opened, "派遣员", size) as console:
        await to_overview(console)
        await console.press("f11")
        await console.until(lambda: isinstance(console.screen, WallScreen) and console.screen._found is not None, "the wall")
        wall = console.screen
        assert isinstance(wall, WallScreen)
        assert wall._found is not None
        many = replace(wall._found, counters=replace(wall._found.counters, reported_today=open_))
        lines = wall._numbers(many, size[0] - 2).plain.splitlines()
        assert all("~" not in line for line in lines)
        assert all(cell_len(line) < size[0] for line in lines if size[0] > 60)


@pytest.mark.parametrize("mode", ["overview", "wall"])
async def test_a_case_that_becomes_overdue_is_counted_without_any_change(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(situation_screen, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(GridConsoleApp, "_sweep", lambda _: None)
    office.case_in(State.HANDLING)
    async with console_on(office.opened, "派遣员", (120, 40)) as console:
        overview = await to_overview(console)
        if mode == "wall":
            await console.press("f11")
            await console.until(lambda: isinstance(console.screen, WallScreen) and console.screen._found is not None, "the wall")
        screen = console.screen

        def late() -> int:
            found = screen._found if isinstance(screen, WallScreen) else overview.found
            return found.late if found is not None else 0

        assert late() == 0
        office.clock.advance(days=10)
        await console.until(lambda: late() == 1, "one overdue")


async def test_a_small_terminal_shows_a_column_for_each_street(office: StaffedOffice) -> None:
    office.report(grade=Grade.URGENT)
    office.clock.advance(hours=3)
    async with console_on(office.opened, "派遣员", (80, 24)) as console:
        await console.press("f6")
        await console.until_shown("! 超期", "东风", "1 超1 急1")
        lines = console.lines()
        heads = next(at for at, line in enumerate(lines) if line.startswith("幸福街道"))
        assert lines[heads + 1].startswith("1 超1 急1"), "the street's sums stand below its name"
        assert any(line[:20].replace(" ", "").startswith("东风1!") for line in lines), "one sign beside the number"
        assert console.get("#tile_panel", ScrollPanel).region.height == 3
        assert not any("╭" in line for line in lines), "no frames"
