"""Grids and wardens: looked through, drawn as cards, posts kept by those who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, Static, Tree

from gridconsole.console.modes.desk import DeskScreen
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.wardens import AssignDialog, RemoveDialog, WardensScreen
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.console.widgets.links import CardLinks
from gridconsole.console.widgets.pick import Pick
from gridconsole.console.widgets.table import RowTable
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role, Source, State
from gridconsole.services import roster, tasks
from gridconsole.services.office import Office
from gridconsole.store import people


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def rows(console: Console) -> RowTable[Any]:
    """The register's rows."""
    return console.screen.query_one("#rows", RowTable)


def under_cursor(console: Console) -> Any:
    """The row under the cursor."""
    found = rows(console).current
    assert found is not None
    return found


def codes(console: Console) -> list[str]:
    """Codes of the rows shown."""
    return [row.code for row in rows(console).rows]


def card(console: Console) -> str:
    """The card's text, and what it leads to."""
    links = console.screen.query_one("#links", CardLinks)
    return "\n".join((str(console.screen.query_one("#card", Static).content), *(str(one.prompt) for one in links.options)))


async def to(console: Console, mode: type[object]) -> None:
    """F6 until a mode is on top."""
    while not isinstance(console.screen, mode):
        await console.press("f6")


def posts(office: StaffedOffice) -> list[tuple[str, str, str, str | None]]:
    """Everybody's posts: who, where, rank, end."""
    query = sa.text(
        "SELECT w.name AS who, g.code AS code, p.rank AS rank, p.ends_on AS ends FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL"
        " JOIN grid g ON g.id = p.grid_id ORDER BY p.id"
    )
    with office.opened.database.reading() as connection:
        return [(row.who, row.code, row.rank, row.ends) for row in connection.execute(query)]


# --- grids ---


async def test_the_tree_narrows_the_grids_to_an_area(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, GridsScreen)
        assert codes(console) == ["330106001001001", "330106001001002", "330106001002001", "330106102201001"]
        assert console.says("#count") == "4 / 4"
        tree: Tree[int] = console.get("#areas", Tree)
        tree.focus()
        tree.root.expand_all()
        await console.settle()
        labels = [str(node.label) for line in range(tree.last_line + 1) if (node := tree.get_node_at_line(line))]
        assert labels == ["全部街道", "X区", "幸福街道", "东风社区 2", "新民社区 1", "临江镇", "石桥村 1"]
        for label, expected in (
            ("X区", 4), ("幸福街道", 3), ("东风社区 2", 2), ("新民社区 1", 1), ("临江镇", 1), ("石桥村 1", 1),
        ):  # fmt: skip
            await console.press("down")
            assert tree.cursor_node is not None
            assert str(tree.cursor_node.label) == label
            assert len(codes(console)) == expected, label
            assert console.says("#count") == f"{expected} / 4"
        await console.press("home")
        assert len(codes(console)) == 4
        await console.press("escape")
        assert rows(console).has_focus


async def test_grids_are_found_by_name_code_and_pinyin_initials(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, GridsScreen)
        await console.key_in("／")
        assert console.get("#find", Input).has_focus
        for words, expected in (
            ("dfsq", ["330106001001001", "330106001001002"]), ("XMSQ", ["330106001002001"]), ("石桥", ["330106102201001"]),
            ("临江", ["330106102201001"]), ("０１００１００２", ["330106001001002"]), ("[/]", ["330106102201001"]),
            ("幸福路[b", ["330106001001001"]), ("[x]", []),
        ):  # fmt: skip
            await console.key_in(words)
            assert codes(console) == expected
            assert (card(console).strip() == "") is (not expected)
            assert ("没有符合的" in console.page()) is (not expected)
            await console.press("home", "ctrl+k")
        await console.press("enter")
        assert rows(console).has_focus


async def test_the_card_shows_people_base_data_and_open_cases(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING, text="楼道有杂物，电话 13812345678")
    closed = office.case_in(State.CLOSED)
    async with console_on(here, "内勤") as console:
        await to(console, GridsScreen)
        text = card(console)
        for expected in (
            "编码：330106001001001", "区域：幸福街道 东风社区", "户数：260", "四至：东至幸福路[b栋]", "人口：未填",
            "A 李小明", "B 𠮷田", "未办结案件 1", f"{number[8:]} 处置中 暴露垃圾",
        ):  # fmt: skip
            assert expected in text
        assert closed[8:] not in text
        await console.press("end")
        assert "四至：[/]" in card(console)
        assert "无人在岗" in card(console)
        later = office.report(grid_id=office.grids["330106102201001"].id).number
        await console.until(lambda: later[8:] in card(console), "the new case on the card, without a key")


async def test_the_grid_table_counts_people_and_cases_as_the_database_does(office: StaffedOffice, here: Office) -> None:
    office.report()
    async with console_on(here, "内勤", (160, 40)) as console:
        await to(console, GridsScreen)
        counted = {row.code: (row.wardens, row.open_cases) for row in rows(console).rows}
        assert counted == {
            "330106001001001": (2, 1), "330106001001002": (1, 0), "330106001002001": (0, 0), "330106102201001": (0, 0)
        }  # fmt: skip
        line = next(line for line in console.lines() if "330106001001001" in line and "东风社区第1网格" in line)
        assert "260" in line


# --- wardens ---


async def test_a_clerk_puts_a_warden_on_a_grid_and_takes_them_off(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, WardensScreen)
        assert codes(console) == ["W001", "W002", "W003", "W004"]
        await console.press("down", "down")
        assert "王[/]芳" in card(console)
        assert "现任网格 1" in card(console)
        await console.press("f2")
        assert isinstance(console.screen, AssignDialog)
        assert "安排 王[/]芳 到网格" in console.page()
        await console.press("f2")
        assert console.complaint() == "请选择网格"
        await console.key_in("sqc")
        await console.press("enter", "tab", "2")
        assert console.get("#rank", Pick).index == 1
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, WardensScreen), "the roster")
        assert ("王[/]芳", "330106102201001", "B", None) in posts(office)
        await console.until(lambda: "现任网格 2" in card(console), "the card as it is now")
        assert "B 石桥村第1网格 2026-11-23 起" in card(console)
        assert under_cursor(console).posts == 2

        office.clock.advance(days=1)
        await console.press("f3")
        assert isinstance(console.screen, RemoveDialog)
        assert "A 东风社区第2网格、B 石桥村第1网格" in console.page()
        await console.press("f2")
        assert console.complaint() == "请选择网格"
        await console.key_in("石桥")
        await console.press("enter", "f2")
        await console.until(lambda: "1 个网格无人（石桥村第1网格）" in console.complaint(), "nobody else is there")
        relief, grid = office.handlers["𠮷田"].id, office.grids["330106102201001"].id
        roster.assign(office.opened, office.actors[Role.CLERK], relief, grid)
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, WardensScreen), "the roster")
        assert ("王[/]芳", "330106102201001", "B", "2026-11-24") in posts(office)
        await console.until(lambda: "2026-11-24 ⣤" in card(console), "the post in history")


async def test_the_only_grid_of_a_warden_is_already_chosen_for_removal(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长") as console:
        await to(console, WardensScreen)
        await console.press("f3")
        assert console.get("#grid", Chooser).chosen == office.grids["330106001001001"].id
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, WardensScreen), "the roster")
    assert ("李小明", "330106001001001", "A", "2026-11-23") in posts(office)


async def test_a_dispatcher_is_reported_whose_work_the_roster_is(office: StaffedOffice, here: Office) -> None:
    before = posts(office)
    async with console_on(here, "派遣员") as console:
        await to(console, WardensScreen)
        await console.press("f2")
        await console.key_in("xmsq")
        await console.press("enter", "f2")
        await console.until(lambda: "名册" in console.complaint(), "the sentence")
        assert console.complaint() == "名册不归派遣员办。可由内勤、值班长办理"
        assert isinstance(console.screen, AssignDialog)
        assert console.get("#grid", Chooser).chosen == office.grids["330106001002001"].id
        await console.press("escape", "f3", "f2")
        await console.until(lambda: "名册" in console.complaint(), "the sentence")
        assert console.complaint() == "名册不归派遣员办。可由内勤、值班长办理"
    assert posts(office) == before


async def test_a_post_held_already_and_a_post_ended_meanwhile_are_named(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, WardensScreen)
        await console.press("f2")
        await console.key_in("dfsqd1")
        await console.press("enter", "f2")
        await console.until(lambda: "已在" in console.complaint(), "the sentence")
        assert console.complaint() == "李小明已在东风社区第1网格任职。无需重复安排"
        await console.press("escape", "f3")
        roster.remove(office.opened, office.actors[Role.CLERK], office.handlers["李小明"].id, office.grids["330106001001001"].id)
        await console.press("f2")
        await console.until(lambda: "现不在" in console.complaint(), "the sentence")


async def test_the_roster_follows_what_others_do_and_the_cursor_stays(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "派遣员") as console:
        await to(console, WardensScreen)
        await console.press("down")
        assert under_cursor(console).posts == 1
        roster.assign(
            office.opened, office.actors[Role.CLERK], office.handlers["𠮷田"].id, office.grids["330106102201001"].id, "A"
        )
        await console.until(lambda: under_cursor(console).posts == 2, "the row as it is now")
        assert under_cursor(console).name == "𠮷田"
        assert "A 石桥村第1网格" in card(console)


async def test_wardens_are_found_by_name_and_initials_and_shown_with_their_state(office: StaffedOffice, here: Office) -> None:
    with office.opened.database.writing() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, :warden, 'annual', '2026-11-20a', '2026-11-30p', 0)"
            ),
            {"warden": office.handlers["李小明"].id},
        )
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["𠮷田"], reason="就近")
    async with console_on(here, "派遣员") as console:
        await to(console, WardensScreen)
        states = {row.code: line for row in rows(console).rows for line in console.lines() if line[2:].startswith(row.code)}
        for code, state in (("W001", "请假"), ("W002", "在岗"), ("W004", "离职")):
            assert state in states[code]
        await console.key_in("/")
        await console.key_in("lxm")
        assert codes(console) == ["W001"]
        assert "电话：138****5678" in card(console)
        await console.press("home", "ctrl+k")
        await console.key_in("W002")
        assert number[8:] in card(console)
        with here.database.reading() as connection:
            found = people.warden(connection, office.handlers["𠮷田"].id, here.today())
        assert found is not None
        assert found.open_cases == 1


async def test_enter_leads_from_a_grid_to_its_people_and_cases_and_changes_nothing(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING)
    before = posts(office)
    async with console_on(here, "内勤") as console:
        await to(console, GridsScreen)
        await console.press("enter")
        assert console.screen.query_one("#links", CardLinks).has_focus
        await console.press("1")
        await console.until(
            lambda: isinstance(console.screen, WardensScreen) and under_cursor(console).name == "李小明", "the warden"
        )
        await console.settle()
        await console.press("enter")
        assert console.screen.query_one("#links", CardLinks).has_focus
        await console.press("1")
        await console.until(lambda: isinstance(console.screen, GridsScreen), "the grid again")
        await console.settle()
        links = [str(one.prompt) for one in console.screen.query_one("#links", CardLinks).options]
        await console.press(next(link[0] for link in links if "未办结案件" in link))
        await console.until(lambda: isinstance(console.screen, DeskScreen), "the desk")
        await console.until(lambda: [row.number for row in console.desk_screen.table.rows] == [number], "the cases of the grid")
    assert posts(office) == before


async def test_wardens_are_filtered_by_duty_and_employment_and_inspections_count_as_work(
    office: StaffedOffice, here: Office
) -> None:
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    free = next(one for one, flaw in tasks.candidates(office.opened, number) if flaw is None and one.code == "W001")
    office.act(number, Action.SEND, assignee=free)
    async with console_on(here, "内勤") as console:
        await to(console, WardensScreen)
        assert under_cursor(console).open_cases == 1, "out to verify"
        everybody = codes(console)
        await console.press("f7")
        assert set(codes(console)) < set(everybody)
        await console.press("f7", "shift+f7")
        assert {row.employment for row in rows(console).rows} == {"full_time"}
