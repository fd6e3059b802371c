"""The table that draws only the rows in view, alone on a screen of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from console_driver import strips_of
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from gridconsole.console.text import fit, line_of
from gridconsole.console.theme import NIGHT
from gridconsole.console.widgets.table import Column, RowTable


@dataclass(frozen=True)
class Item:
    """A row."""

    key: int
    name: str = "案件"
    mood: str = ""


class TableApp(App[None]):
    """A table and a record of what it told."""

    def __init__(self, items: list[Item]) -> None:
        super().__init__()
        self.items = items
        self.drawn: list[int] = []
        self.highlighted: list[object] = []
        self.chosen: list[object] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the console."""
        return NIGHT.variables

    def compose(self) -> ComposeResult:
        """Only the table."""
        columns: tuple[Column[Item], ...] = (
            Column("号", 6, self._number, right=True),
            Column("名称", 0, lambda item: item.name, lambda item: item.mood),
            Column("宽", 4, lambda _: "宽屏", narrowest=60),
            Column("窄", 4, lambda _: "窄屏", widest=60),
        )
        yield RowTable[Item](columns, lambda item: item.key, id="table")

    def _number(self, item: Item) -> str:
        self.drawn.append(item.key)
        return str(item.key)

    @property
    def table(self) -> RowTable[Item]:
        """The table."""
        return self.query_one("#table", RowTable)

    def on_mount(self) -> None:
        """Fill it."""
        self.table.focus()
        self.table.show(self.items)

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        self.highlighted.append(event.key)

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        self.chosen.append(event.key)

    def lines(self) -> list[str]:
        """What the terminal shows."""
        return ["".join(segment.text for segment in strip) for strip in strips_of(self)]


class HourTable(TableApp):
    """A table with a column that time changes."""

    hour = 8

    def compose(self) -> ComposeResult:
        """A number, the hour for the second row only, and a text."""
        yield RowTable[Item](
            (
                Column("号", 6, self._number, right=True),
                Column("时", 3, lambda item: str(self.hour if item.key == 2 else 0), runs=True),
                Column("名称", 0, lambda item: item.name),
            ),
            lambda item: item.key,
            id="table",
        )


async def test_as_time_passes_only_the_cells_that_it_changed_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    app = HourTable([Item(key) for key in range(1, 40)])
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.pause()
        asked: list[Region] = []
        refresh = app.table.refresh
        monkeypatch.setattr(app.table, "refresh", lambda *regions, **how: asked.extend(regions) or refresh(*regions, **how))
        app.table.refresh_running()
        assert asked == []
        app.hour = 9
        app.table.refresh_running()
        app.table.refresh_running()
        assert asked == [Region(7, 2, 3, 1)]
        await pilot.pause()
        assert app.lines()[2].split() == ["2", "9", "案件"]
        app.table.action_edge(1)
        await pilot.pause()
        asked.clear()
        app.hour = 10
        app.table.refresh_running()
        assert asked == [], "the row that changes is out of view"


@asynccontextmanager
async def table_of(items: list[Item], size: tuple[int, int] = (50, 12)) -> AsyncIterator[tuple[TableApp, Pilot[None]]]:
    """A running table."""
    app = TableApp(items)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Wait for a condition; what did not come true fails in the last try."""
    for _ in range(1_000):
        if holds():
            return
        await pilot.pause()
    assert holds()


def many(count: int) -> list[Item]:
    """Rows numbered from 0."""
    return [Item(key) for key in range(count)]


async def test_a_hundred_thousand_rows_draw_only_the_lines_in_view() -> None:
    async with table_of(many(100_000)) as (app, pilot):
        assert len(app.table.rows) == 100_000
        assert set(app.drawn) == set(range(11))
        assert [line.split()[0] for line in app.lines()] == ["号", *map(str, range(11))]
        app.drawn.clear()
        await pilot.press("end")
        assert app.table.current == Item(99_999)
        assert set(app.drawn) <= {*range(11), *range(99_989, 100_000)}
        assert [line.split()[0] for line in app.lines()][1:] == [str(key) for key in range(99_989, 100_000)]
        app.drawn.clear()
        assert app.table.replace(Item(99_995, "改了"))
        await pilot.pause()
        assert set(app.drawn) == {99_995}
        assert "99995 改了" in "\n".join(app.lines())
        app.drawn.clear()
        assert app.table.replace(Item(5, "看不见"))
        await pilot.pause()
        assert app.drawn == []
        assert app.table.rows[5].name == "看不见"


async def test_the_cursor_moves_pages_and_stops_at_both_ends() -> None:
    async with table_of(many(30)) as (app, pilot):
        table = app.table
        for keys, expected in (
            (("up",), 0), (("down", "down"), 2), (("pagedown",), 12), (("pagedown", "pagedown"), 29), (("down",), 29),
            (("pageup",), 19), (("home",), 0), (("end",), 29), (("up",), 28), (("home", "pageup"), 0),
        ):  # fmt: skip
            await pilot.press(*keys)
            assert table.cursor == expected
            assert any(line.split()[:1] == [str(expected)] for line in app.lines()[1:]), "the cursor's row is in view"
        assert app.highlighted[0] == 0
        assert app.highlighted[-1] == 0
        assert 12 in app.highlighted


async def test_the_cursor_follows_its_key_whatever_comes_and_goes() -> None:
    async with table_of(many(10)) as (app, pilot):
        table = app.table
        await pilot.press("down", "down", "down")
        assert table.current == Item(3)
        table.show([Item(key) for key in (100, 101, *range(10))])
        assert (table.cursor, table.current) == (5, Item(3))
        table.show(list(reversed(table.rows)))
        assert table.current == Item(3)
        reported = len(app.highlighted)
        table.show(table.rows)
        await pilot.pause()
        assert len(app.highlighted) == reported, "no news, nothing told"
        position = table.cursor
        table.show([item for item in table.rows if item.key != 3])
        assert table.cursor == position, "gone: the cursor stays at its height"
        await pilot.pause()
        assert table.current is not None
        assert app.highlighted[-1] == table.current.key
        table.show(many(2))
        assert table.cursor == 1
        table.show([])
        assert table.cursor == 0
        assert table.current is None
        await pilot.press("down", "up", "end", "home", "pagedown", "enter")
        assert app.chosen == []
        assert not table.replace(Item(1))
        assert not table.move_to(1)
        table.show(many(3))
        assert table.move_to(2)
        assert table.current == Item(2)


async def test_the_row_of_the_cursor_stays_in_view_when_rows_come_in_above() -> None:
    async with table_of(many(50)) as (app, pilot):
        await pilot.press("end")
        app.table.show([Item(1000 + key) for key in range(500)] + many(50))
        await pilot.pause()
        assert app.table.current == Item(49)
        assert any(line.split()[:1] == ["49"] for line in app.lines())
        app.table.show(many(50)[40:])
        await pilot.pause()
        assert app.table.current == Item(49)
        assert any(line.split()[:1] == ["49"] for line in app.lines())


async def test_enter_and_a_double_click_choose_a_click_only_points() -> None:
    async with table_of(many(40)) as (app, pilot):
        await pilot.press("pagedown", "pagedown", "enter")
        assert app.chosen == [20]
        top = int(app.lines()[1].split()[0])
        await pilot.click("#table", offset=(3, 4))
        assert app.table.current == Item(top + 3)
        assert app.chosen == [20]
        await pilot.double_click("#table", offset=(3, 2))
        assert app.chosen == [20, top + 1]
        await pilot.click("#table", offset=(3, 0))
        assert app.table.current == Item(top + 1), "the heading is no row"


async def test_a_click_below_the_last_row_is_nothing() -> None:
    async with table_of(many(3)) as (app, pilot):
        await pilot.click("#table", offset=(3, 9))
        assert app.table.current == Item(0)


async def test_columns_come_and_go_with_the_width_and_lines_fill_it() -> None:
    hostile = [Item(0, "幸福路[b栋]3号[/]"), Item(1, "𠮷👨‍👩‍👧"), Item(2, ""), Item(3, "a\nb\x1b[2J\u202ec"), Item(4, "长" * 200)]
    async with table_of(hostile, (80, 10)) as (app, pilot):
        assert "宽屏" in app.lines()[1]
        assert "窄" not in app.lines()[0]
        assert "幸福路[b栋]3号[/]" in app.lines()[1]
        assert "a bc" in app.lines()[4]
        assert "长~  宽屏" in app.lines()[5]
        for width in (59, 40, 14, 7, 2):
            await pilot.resize_terminal(width, 10)
            await until(pilot, lambda expected=width: [cell_len(line) for line in app.lines()] == [expected] * 10)
        await pilot.resize_terminal(59, 10)
        await until(pilot, lambda: "窄屏" in app.lines()[1])
        assert "宽" not in app.lines()[0]


async def test_only_the_cell_with_a_mood_is_styled() -> None:
    async with table_of([Item(0), Item(1, "超 2时", "late"), Item(2, "还早")]) as (app, _):
        plain, late = strips_of(app)[3], strips_of(app)[2]
        usual = {segment.style.color for segment in plain if segment.style}
        assert len(usual) == 1
        odd = [segment.text.strip() for segment in late if segment.style and segment.style.color not in usual]
        assert odd == ["超 2时"]


# --- fit ---


@pytest.mark.parametrize(
    ("value", "width", "right", "expected"),
    [
        ("", 0, False, ""),
        ("", 3, False, "   "),
        ("abc", 3, False, "abc"),
        ("abc", 5, True, "  abc"),
        ("abcd", 3, False, "ab~"),
        ("中文", 4, False, "中文"),
        ("中文字", 4, False, "中~ "),
        ("中文字", 5, False, "中文~"),
        ("中", 1, False, " "),
        ("a", 1, False, "a"),
        ("ab", 1, False, "a"),
        ("ab", 0, False, ""),
        ("中", 0, True, ""),
        ("𠮷田", 4, False, "𠮷田"),
        ("𠮷田", 3, False, "𠮷~"),
        ("😀😀", 3, False, "😀~"),
        ("幸福路[b栋]", 12, False, "幸福路[b栋] "),
    ],
)
def test_fit_gives_exactly_so_many_cells(value: str, width: int, right: bool, expected: str) -> None:
    fitted = fit(value, width, right=right)
    assert cell_len(fitted) == width
    assert fitted == expected


TRICKY = st.text(alphabet="a1 中𠮷①…😀👨👩🇨🇳🏽❤\ufe0f\u200d\u0301\u0e33\u1100\u1161\u202e\x1b\x9b[/]\t\n", max_size=24)


@given(st.text(max_size=40) | TRICKY, st.integers(0, 30), st.booleans())
def test_any_text_past_the_gate_fits_any_width(value: str, width: int, right: bool) -> None:
    assert cell_len(fit(line_of(value), width, right=right)) == width


def test_replace_says_whether_the_key_is_shown() -> None:
    table: RowTable[Item] = RowTable((), lambda item: item.key)
    keyed: Callable[[Item], bool] = table.replace
    assert not keyed(Item(1))
