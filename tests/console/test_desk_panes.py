"""Panes, counters, search and filters of the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from rich.cells import cell_len
from small_office import StaffedOffice
from textual.widgets import Input

from gridconsole.console.queue_model import PANES
from gridconsole.domain.actions import Action
from gridconsole.domain.states import Grade, Source, State
from gridconsole.language import t
from gridconsole.services.office import Office
from gridconsole.store.types import stamp

SEVERAL = {
    State.REPORTED: 3,
    State.TO_FILE: 2,
    State.TO_DISPATCH: 4,
    State.HANDLING: 2,
    State.TO_CHECK: 2,
    State.TO_CLOSE: 2,
    State.CLOSED: 2,
    State.DECLINED: 1,
}


@pytest.fixture
def busy(office: StaffedOffice) -> StaffedOffice:
    """Cases in every state, the older half late, two finished long ago."""
    for state in SEVERAL:
        if state.is_final:
            office.case_in(state)
    office.clock.advance(hours=7)
    for state, count in SEVERAL.items():
        for _ in range(count // 2):
            office.case_in(state)
    office.clock.advance(hours=20)
    for state, count in SEVERAL.items():
        for _ in range(count - count // 2):
            office.case_in(state)
    office.clock.advance(minutes=5)
    return office


def by_sql(opened: Office, where: str) -> list[str]:
    """Case numbers by a condition, asked of the database directly."""
    values = {
        "now": stamp(opened.now()),
        "recent": stamp(opened.now() - timedelta(minutes=30)),
        "midnight": stamp(opened.midnight()),
    }
    with opened.database.reading() as connection:
        used = {name: value for name, value in values.items() if f":{name}" in where}
        rows = connection.execute(sa.text(f"SELECT number FROM incident WHERE {where} ORDER BY number"), used)
        return [row.number for row in rows]


def shown_as(console: Console, label: str) -> tuple[int, int]:
    """A pane's number and its late ones, as the strip says below its name."""
    names, counts = ("".join(cells) for cells in (cells_of(console.lines()[1]), cells_of(console.lines()[2])))
    start = names.index("".join(cells_of(label)))
    found = re.search(r"(\d+)(?: *超\0(\d+))?", counts[start - 1 :])
    assert found is not None, counts
    return int(found[1]), int(found[2] or 0)


def cells_of(text: str) -> list[str]:
    """The characters of a text, one for each cell: a wide one is followed by a NUL."""
    return [part for char in text for part in ((char, "\0") if cell_len(char) == 2 else (char,))]


async def test_counters_are_the_numbers_of_the_database(busy: StaffedOffice, open_another: Callable[[], Office]) -> None:
    opened = busy.opened
    async with console_on(open_another(), "派遣员", (160, 40)) as console:
        assert shown_as(console, "全部") == (len(by_sql(opened, "closed_at IS NULL")), 0)
        assert shown_as(console, "超期") == (len(by_sql(opened, "closed_at IS NULL AND due_at < :now")), 0)
        for pane in PANES[1:7]:
            states = ", ".join(f"'{state}'" for state in pane.states)
            waiting = by_sql(opened, f"closed_at IS NULL AND state IN ({states})")
            late = by_sql(opened, f"closed_at IS NULL AND state IN ({states}) AND due_at < :now")
            assert shown_as(console, t(f"pane.{pane.key}")) == (len(waiting), len(late)), pane.key
            assert late, "the test has late cases in every pane"
        reported, closed = by_sql(opened, "reported_at >= :midnight"), by_sql(opened, "closed_at >= :midnight")
        assert f"今日 报{len(reported)}" in console.lines()[1]
        assert f"结{len(closed)}" in console.lines()[2]

        busy.act(by_sql(opened, "state = 'to_close'")[0], Action.CLOSE)
        await console.until_shown(f"结{len(closed) + 1}")
        assert shown_as(console, "待结案") == (SEVERAL[State.TO_CLOSE] - 1, 0)


CONDITIONS = {
    "mine": " AND state = 'to_dispatch'",
    "asked": " AND request IS NOT NULL",
    "call_back": " AND call_back IN ('due', 'dissatisfied')",
    "overdue": " AND due_at < :now",
    "sent": " AND assignee IS NOT NULL",
    "ordered": " AND reply_by IS NOT NULL",
    "done": " AND closed_at >= :recent",
}


async def test_f7_walks_through_the_panes_and_each_shows_its_cases(
    busy: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    opened = busy.opened
    async with console_on(open_another(), "派遣员") as console:
        console.desk_screen.show_pane(PANES[0].key)
        for pane in PANES:
            if pane.is_seldom:
                assert t(f"pane.{pane.key}") not in console.lines()[1], "a usual terminal has no room for it"
            assert console.desk_screen.model.filter.pane == pane.key
            states = ", ".join(f"'{state}'" for state in pane.states)
            where = f"state IN ({states})"
            where += CONDITIONS.get(pane.key, "")
            assert sorted(console.numbers) == by_sql(opened, where), pane.key
            await console.press("f7")
        assert console.desk_screen.model.filter.pane == PANES[0].key
        await console.press("shift+f7")
        assert console.desk_screen.model.filter.pane == PANES[-1].key
        for pane in PANES:
            await console.press("f7", pane.sign)
            assert console.desk_screen.model.filter.pane == pane.key, "two keys to any pane"
            await console.press("down", "f7", "up", "1")
            assert console.desk_screen.model.filter.pane != PANES[0].key or pane is PANES[-1], "only the next key names a pane"


async def test_a_click_on_a_counter_goes_to_its_pane(busy: StaffedOffice, open_another: Callable[[], Office]) -> None:
    async with console_on(open_another(), "派遣员") as console:
        line = console.lines()[1]
        before = line[: line.index("待派遣")]
        await console.pilot.click(offset=(len(before.encode("gb18030")) + 1, 1))
        await console.settle()
        assert sorted(console.numbers) == by_sql(busy.opened, "state = 'to_dispatch'")


async def test_the_order_is_late_first_then_time_left_then_grade_then_age(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    late = office.report().number
    office.clock.advance(minutes=15)
    later = office.case_in(State.HANDLING)
    office.clock.advance(minutes=5)
    plain, major, urgent, plain_too = (
        office.report(grade=grade).number for grade in (Grade.ORDINARY, Grade.MAJOR, Grade.URGENT, Grade.ORDINARY)
    )
    async with console_on(open_another(), "派遣员") as console:
        assert console.numbers == [late, urgent, major, plain, plain_too, later]
        office.act(plain_too, Action.NOTE, note="最后变动的不排到前面")
        await console.until(lambda: console.table.rows[4].version == 2, "the remark")
        await console.press("f5")
        assert console.numbers == [late, urgent, major, plain, plain_too, later]


async def test_only_the_time_cell_is_coloured_and_a_word_says_so_too(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    late = office.report().number
    office.clock.advance(minutes=20)
    fresh = office.report().number
    other = office.report().number
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(other)
        strips = {number: next(s for s in console.strips() if number[8:] in s.text) for number in (late, fresh)}
        usual = {(segment.style.bgcolor, segment.style.color) for segment in strips[fresh] if segment.style}
        odd = [
            segment.text.strip()
            for segment in strips[late]
            if segment.style and (segment.style.bgcolor, segment.style.color) not in usual
        ]
        assert odd == ["今09:15", "超", "5分"]


# --- search and filters ---


@pytest.fixture
def places(office: StaffedOffice) -> dict[str, str]:
    """Five cases told apart by place, source, category and handler."""
    village = office.grids["330106102201001"]
    return {
        "brackets": office.report(address="幸福路[b栋]3号").number,
        "village": office.report(grid_id=village.id, area_id=village.area_id, source=Source.VIDEO, address="石桥头").number,
        "lamp": office.report(text="路灯不亮好几天", category_id=office.categories["路灯"], source=Source.HOTLINE_12345).number,
        "handled": office.case_in(State.HANDLING),
        "second": office.report(grid_id=office.grids["330106001001002"].id, area_id=None).number,
    }


SEARCHES = [
    ("[b栋]", ["brackets"]),
    ("幸福路", ["brackets"]),
    ("路灯", ["lamp"]),
    ("好几天", ["lamp"]),
    ("城管", ["handled"]),
    ("石桥村第1", ["village"]),
    ("第2网格", ["second"]),
    ("东风社区 暴露", ["brackets", "handled", "second"]),
    ("00003", ["lamp"]),
    ("２０２６１１２３００００３", ["lamp"]),
    ("没有这样的", []),
]


async def test_search_finds_what_is_on_the_lines(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        everything = list(console.numbers)
        await console.press("ctrl+f")
        field = console.get("#find", Input)
        assert field.has_focus
        for words, names in SEARCHES:
            await console.key_in(words)
            assert field.value == words
            assert sorted(console.numbers) == sorted(places[name] for name in names), words
            await console.press("home", "ctrl+k")
            assert console.numbers == everything


async def test_the_search_field_is_reached_by_slash_and_its_full_width_twin_and_left_by_enter_and_escape(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        for key in ("/", "／"):
            await console.key_in(key)
            assert console.get("#find", Input).has_focus
            await console.key_in("路灯/／")
            assert console.get("#find", Input).value == "路灯/／", "in the field it is a letter like any other"
            await console.press("backspace", "backspace")
            assert console.numbers == [places["lamp"]]
            await console.press("enter")
            assert console.table.has_focus
            assert console.numbers == [places["lamp"]], "Enter keeps the search"
            await console.press("escape")
            assert len(console.numbers) == 5, "Esc on the queue ends it"
        await console.press("ctrl+f")
        await console.key_in("路灯")
        await console.press("escape")
        assert console.table.has_focus
        assert console.numbers == [places["lamp"]], "the first Esc only leaves the field"


PROPERTIES = [
    ("网格员上报", {"brackets", "handled", "second"}),
    ("网格员上报 幸福街道", {"brackets", "handled", "second"}),
    ("视频监控", {"village"}),
    ("临江镇", {"village"}),
    ("临江镇 网格员上报", set()),
    ("处置中", {"handled"}),
    ("处置中 待受理", {"brackets", "village", "lamp", "handled", "second"}),
    ("待受理 路灯", {"lamp"}),
    ("处置中 路灯", set()),
    ("急", set()),
    ("超期", set()),
    ("城管局 处置中", {"handled"}),
]


@pytest.mark.parametrize(("words", "names"), PROPERTIES)
async def test_words_of_a_search_may_name_state_source_grade_street_and_handler(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office], words: str, names: set[str]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+f")
        await console.key_in(words)
        expected = {places[name] for name in names}
        await console.until(lambda: set(console.numbers) == expected, f"{expected}, not {console.numbers}")


async def test_a_new_case_that_does_not_fit_the_search_stays_out(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+f")
        await console.key_in("路灯")
        await console.press("enter")
        office.report(text="垃圾")
        lamp = office.report(text="又一盏路灯").number
        await console.until(lambda: shown_as(console, "全部") == (7, 0), "seven in all")
        await console.press("f5")
        assert console.numbers == [places["lamp"], lamp]
        await console.press("escape")
        assert len(console.numbers) == 7


NOTHING = "没有符合的案件"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_an_empty_list_leaves_nothing_of_the_case_that_was_under_the_cursor(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office], size: tuple[int, int]
) -> None:
    async with console_on(open_another(), "派遣员", size) as console:
        await console.point_at(places["lamp"])
        assert places["lamp"][8:] in console.keys_line
        await console.press("/")
        await console.key_in("zzzz")
        assert console.numbers == []
        await console.until(lambda: places["lamp"][8:] not in console.keys_line, "the keys of no case")
        for part in ("#facts", "#timeline", "#extract"):
            assert console.says(part) == ""
        assert any(line.strip("┃│ ") == NOTHING for line in console.lines()[:-2]), "in the list itself"
        assert places["lamp"] not in console.page()
        await console.press("enter")
        for key in ("f2", "f3", "f4", "enter"):
            await console.press(key)
            assert console.screen is console.desk_screen, key
        await console.until(lambda: console.toasts() == [NOTHING] * 3, "a word for each act")
        await console.press("escape")
        await console.until(lambda: console.current[8:] in console.keys_line, "the keys of a case again")
        assert not any(line.strip("┃│ ") == NOTHING for line in console.lines()[7:-2])


async def test_an_empty_pane_leaves_nothing_of_the_pane_before(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(places["lamp"])
        console.desk_screen.show_pane("suspended")
        await console.settle()
        assert "F2" not in console.keys_line
        assert console.says("#facts") == ""


async def test_a_search_says_what_it_finds_elsewhere_and_one_key_shows_it(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    mine = office.case_in(State.TO_DISPATCH, text="路灯不亮")
    reported = office.report(text="路灯又不亮").number
    closed = office.case_in(State.CLOSED, text="路灯修好了")
    office.clock.advance(hours=2)
    async with console_on(open_another(), "派遣员", pane="mine") as console:
        await console.press("/")
        await console.key_in("路灯")
        await console.until(lambda: "已结案 1 件" in console.says("#tally"), "the closed one")
        assert console.numbers == [mine]
        assert "别的窗格 1 件   待受理 1" in console.says("#tally")
        await console.press("f7")
        await console.until(lambda: sorted(console.numbers) == sorted([mine, reported]), "every open one")
        await console.press("f5")
        await console.until(lambda: sorted(console.numbers) == sorted([mine, reported, closed]), "the closed one too")
        assert "已结案" in console.row_of(closed)
        await console.press("enter", "escape")
        assert console.desk_screen.model.filter.words == ""
        await console.until(lambda: closed not in console.numbers, "the search is over")


async def test_digits_of_a_number_in_an_address_find_no_case_for_who_may_not_unmask(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    number = office.report(text="垃圾", address="勤业街5号，电话13987654321").number
    async with console_on(open_another(), "领导") as console:
        await console.press("/")
        for words in ("13987654321", "139876", "4321", "8765"):
            await console.key_in(words)
            assert console.numbers == [], words
            await console.press("home", "ctrl+k")
        await console.key_in("勤业街5号")
        assert console.numbers == [number]


async def test_the_tally_says_what_letters_and_digits_were_taken_for(office: StaffedOffice) -> None:
    number = office.report(grade=Grade.MAJOR).number
    closed = office.case_in(State.CLOSED)
    async with console_on(office.opened, "受理员") as console:
        await console.press("/")
        await console.key_in("dfsq")
        await console.until(lambda: "dfsq   东风社区   首字母" in console.says("#tally"), "the initials")
        await console.until(lambda: "已结案 1 件" in console.says("#tally"), "the closed one")
        console.get("#find", Input).value = "dongfeng 重大"
        await console.until(lambda: "dongfeng   东风社区   拼音" in console.says("#tally"), "the pinyin")
        assert "重大   级别" in console.says("#tally")
        await console.settle()
        assert "已结案" not in console.says("#tally"), f"{closed} is of another grade"
        console.get("#find", Input).value = number[8:]
        await console.until(lambda: f"{number[8:]}   案号尾号" in console.says("#tally"), "the digits")
