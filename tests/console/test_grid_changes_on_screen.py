"""Grids changed on the screen: previewed, done, taken back; registers marked, sorted and exported; teams looked through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from openpyxl import load_workbook
from small_office import StaffedOffice
from test_registers import card, codes, rows, to
from textual.widgets import Input, Static

from gridconsole.console.dialogs.grid_change import MergeDialog, SplitDialog, TransferDialog, UndoChangeDialog
from gridconsole.console.dialogs.roster import NewPersonDialog, StaffDialog
from gridconsole.console.dialogs.teams import JoinDialog, NewTeamDialog
from gridconsole.console.modes.grids import GridsScreen
from gridconsole.console.modes.teams import TeamsScreen
from gridconsole.console.modes.wardens import WardensScreen
from gridconsole.console.widgets.choices import Choices
from gridconsole.console.widgets.pick import Pick
from gridconsole.domain.states import Role, State
from gridconsole.services import departing, teams
from gridconsole.services.departing import NewPerson
from gridconsole.services.office import Office
from gridconsole.services.teams import NewTeam
from gridconsole.store import people, places

SPLIT, SIBLING, NEIGHBOUR = "330106001001001", "330106001001002", "330106001002001"


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """The office as the console has it open."""
    return open_another()


def preview(console: Console) -> list[str]:
    """Lines of the preview."""
    return str(console.get("#preview", Static).content).split("\n")


async def at_grid(console: Console, code: str) -> None:
    """Move to a grid in its register."""
    await to(console, GridsScreen)
    rows(console).move_to(next(row.id for row in rows(console).rows if row.code == code))
    await console.settle()


async def type_into(console: Console, **texts: str) -> None:
    """Fill fields of a dialog."""
    for field, text in texts.items():
        console.get(f"#{field}", Input).focus()
        await console.key_in(text)
    await console.settle()


async def test_a_split_is_previewed_done_and_taken_back(office: StaffedOffice, here: Office) -> None:
    number = office.case_in(State.HANDLING, address="幸福路3号")
    async with console_on(here, "值班长") as console:
        await at_grid(console, SPLIT)
        await console.press("f2")
        assert isinstance(console.screen, SplitDialog)
        assert "至少两部分" in preview(console)[0]
        await console.press("f2")
        assert isinstance(console.screen, SplitDialog), "nothing is done while a part is missing"
        await type_into(console, name1="第5网格", words1="幸福路，和平巷", name2="第6网格")
        (line,) = (line for line in preview(console) if number in line)
        assert line.endswith("→  东风社区第5网格")
        assert SPLIT in codes_of(here)
        await console.press("f2")
        await console.until(lambda: isinstance(console.screen, GridsScreen), "the register again")
        await console.until(lambda: SPLIT not in codes(console), "the parts in the register")
        assert {"330106001001003", "330106001001004"} <= set(codes(console))
        assert any("Shift+F4" in toast for toast in console.toasts())
        assert grid_of(office, number) == "330106001001003"
        await console.press("shift+f4")
        assert isinstance(console.screen, UndoChangeDialog)
        await console.press("f2")
        await console.until(lambda: SPLIT in codes(console), "the grid as it was")
        assert grid_of(office, number) == SPLIT
        await console.press("shift+f4")
        assert isinstance(console.screen, GridsScreen), "nothing is left to undo"


async def test_marked_grids_are_merged_and_a_merge_without_marks_says_what_to_do(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长") as console:
        await at_grid(console, SPLIT)
        await console.press("f3")
        assert isinstance(console.screen, GridsScreen)
        assert any("空格" in toast for toast in console.toasts())
        await console.press("space", "space")
        assert console.says("#count").startswith("已标 2 行")
        await console.press("f3")
        assert isinstance(console.screen, MergeDialog)
        await type_into(console, name="东风社区大网格")
        await console.press("f2")
        await console.until(lambda: not {SPLIT, SIBLING} & set(codes(console)), "one grid instead of two")
        assert [row.name for row in rows(console).rows if row.code.startswith("330106001001")] == ["东风社区大网格"]
        assert not console.says("#count").startswith("已标"), "marks of grids that are gone are gone"


async def test_a_grid_goes_to_another_community(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长") as console:
        await at_grid(console, SPLIT)
        await console.press("f4")
        assert isinstance(console.screen, TransferDialog)
        console.get("#community Input", Input).focus()
        await console.key_in("xmsq")
        await console.press("enter")
        assert "已有网格" in preview(console)[0], "the name that follows the community is taken"
        await type_into(console, name="新民社区第9网格")
        assert any("330106001002002" in line for line in preview(console)), preview(console)
        await console.press("f2")
        await console.until(lambda: "330106001002002" in codes(console), "the grid under its new community")


async def test_a_wrong_wish_is_answered_in_the_dialog(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长") as console:
        await at_grid(console, SPLIT)
        await console.press("space")
        await at_grid(console, NEIGHBOUR)
        await console.press("space", "f3")
        assert isinstance(console.screen, MergeDialog)
        assert "不同" in preview(console)[0] or "社区" in preview(console)[0]
        await console.press("f2")
        await console.settle()
        assert isinstance(console.screen, MergeDialog)
        assert {SPLIT, NEIGHBOUR} <= set(codes_of(here))


async def test_a_past_register_changes_nothing(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "值班长") as console:
        await to(console, GridsScreen)
        await console.key_in("/")
        await console.key_in("2026-03-15")
        await console.press("enter")
        for key in ("f2", "f4", "shift+f2"):
            await console.press(key)
            assert isinstance(console.screen, GridsScreen), key


async def test_one_person_is_put_on_all_marked_grids_or_on_none(office: StaffedOffice, here: Office) -> None:
    person = departing.add(office.opened, office.actors[Role.CLERK], NewPerson(code="W088", name="钱多多"))

    def posts() -> list[tuple[str, str]]:
        with here.database.reading() as connection:
            return sorted((post.grid_code, post.rank) for post in people.posts_of_warden(connection, person))

    async with console_on(here, "内勤") as console:
        await at_grid(console, SPLIT)
        await console.press("space", "space", "shift+f2")
        assert isinstance(console.screen, StaffDialog)
        await console.press("f2")
        assert isinstance(console.screen, StaffDialog), "nobody was chosen"
        console.get("#person Input", Input).focus()
        await console.key_in("W088")
        await console.press("enter", "f2")
        await console.settle()
        assert console.complaint().startswith("东风社区第1网格已有 A 岗")
        assert posts() == []
        console.get("#rank", Pick).focus()
        await console.press("right", "f2")
        await console.settle()
        assert console.complaint().startswith("东风社区第1网格已有 B 岗")
        await console.press("escape")
        await at_grid(console, SPLIT)
        await console.press("space", "shift+f2")
        console.get("#person Input", Input).focus()
        await console.key_in("W088")
        await console.press("enter")
        console.get("#rank", Pick).focus()
        await console.press("right", "f2")
        await console.until(lambda: not isinstance(console.screen, StaffDialog), "the register again")
        assert posts() == [(SIBLING, "B")]


async def test_a_register_is_sorted_by_a_column_both_ways_and_back(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, WardensScreen)
        usual = codes(console)

        async def sort_by(words: str) -> None:
            await console.press("shift+f5")
            await console.until_shown(words)
            at = next(at for at, line in enumerate(option_lines(console)) if words in line)
            await console.press("home", *["down"] * at, "enter")
            await console.settle()

        await sort_by("姓名")
        names = [row.name for row in rows(console).rows]
        assert names == sorted(names)
        await sort_by("姓名")
        assert [row.name for row in rows(console).rows] == names[::-1]
        await sort_by("原来的顺序")
        assert codes(console) == usual


async def test_the_rows_shown_or_marked_are_exported(office: StaffedOffice, here: Office, tmp_path: Path) -> None:
    async with console_on(here, "内勤") as console:
        await at_grid(console, SIBLING)
        for marks, name, expected in ((0, "all.xlsx", 4), (1, "one.xlsx", 1)):
            await console.press(*["space"] * marks, "ctrl+e")
            await type_into(console, path=str(tmp_path / name))
            await console.press("f2")
            await console.until(lambda: (tmp_path / name).exists(), "the file")  # noqa: B023  awaited before the next turn
            sheet = load_workbook(tmp_path / name).worksheets[0]
            texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert sum(("网格" in text and "社区第" in text) or "村第" in text for text in texts) == expected, texts


async def test_teams_are_listed_with_members_and_lead_to_people(office: StaffedOffice, here: Office) -> None:
    with here.database.reading() as connection:
        grid = next(row.id for row in places.grids(connection, here.today()) if row.code == SPLIT)
    new = NewTeam("东风巡防队", grid=grid, leader=office.handlers["李小明"].id)
    teams.add(office.opened, office.actors[Role.CLERK], new)
    async with console_on(here, "内勤") as console:
        await to(console, TeamsScreen)
        assert [row.name for row in rows(console).rows] == ["东风巡防队"]
        assert "李小明" in card(console)
        await console.key_in("/")
        await console.key_in("dfxfd")
        assert len(rows(console).rows) == 1
        await at_grid(console, SPLIT)
        assert "东风巡防队" in card(console)


async def test_a_team_is_built_joined_left_and_ended_on_the_screen(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, TeamsScreen)
        await console.press("ctrl+n", "f2")
        assert isinstance(console.screen, NewTeamDialog)
        assert console.complaint() == "先填队伍名称"
        await type_into(console, name="东风巡防队", head_count="二十")
        await console.press("f2")
        await console.settle()
        assert console.complaint() == "人数写成数字"
        console.get("#head_count", Input).value = "20"
        console.get("#place Input", Input).focus()
        await console.key_in("dfsq")
        await console.press("enter", "f2")
        await console.until(lambda: len(rows(console).rows) == 1, "the team")
        assert "人数：20" in card(console)
        await console.press("f2")
        await type_into(console, name="何大姐")
        await console.press("f2")
        await console.until(lambda: "何大姐" in card(console), "the member")
        await console.press("f2", "f2")
        assert isinstance(console.screen, JoinDialog), "nobody was named"
        await console.press("escape", "f3", "f2")
        await console.until(lambda: "何大姐" not in card(console), "the member has left")
        await console.press("f4", "f2")
        await console.until(lambda: not rows(console).rows, "no team")
    with here.database.reading() as connection:
        query = "SELECT action FROM ledger WHERE subject_kind = 'team' ORDER BY seq"
        assert connection.exec_driver_sql(query).scalars().all() == ["team_add", "team_join", "team_leave", "team_end"]


async def test_a_person_comes_to_the_roster_on_the_screen(office: StaffedOffice, here: Office) -> None:
    async with console_on(here, "内勤") as console:
        await to(console, WardensScreen)
        await console.press("ctrl+n", "f2")
        assert isinstance(console.screen, NewPersonDialog)
        assert console.complaint() == "工号和姓名都要填"
        await type_into(console, code="W001", name="𠮷田[/]", phone="13900000001")
        await console.press("f2")
        await console.settle()
        assert "W001" in console.complaint(), "the number is somebody else's"
        console.get("#code", Input).value = "W777"
        await console.press("f2")
        await console.until(lambda: "W777" in codes(console), "the new person")


def codes_of(here: Office) -> list[str]:
    """Codes of the grids in the register today."""
    with here.database.reading() as connection:
        return [row.code for row in places.grids(connection, here.today())]


def grid_of(office: StaffedOffice, number: str) -> str:
    """Code of the grid of a case."""
    with office.opened.database.reading() as connection:
        return str(
            connection.execute(
                sa.text("SELECT g.code FROM incident i JOIN grid g ON g.id = i.grid_id WHERE i.number = :number"),
                {"number": number},
            ).scalar_one()
        )


def option_lines(console: Console) -> list[str]:
    """Options of the choice in front, top first."""
    return console.screen.query_one(Choices).render().plain.split("\n")
