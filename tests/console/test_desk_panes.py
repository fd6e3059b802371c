"""Panes, counters, search and filters of the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.widgets import Input, OptionList, Select

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


def shown_as(counters: str, label: str) -> tuple[int, int]:
    """A pane's number and its late ones, as the line of counters says."""
    found = re.search(rf"{label} (\d+)(?: 超(\d+))?", counters)
    assert found is not None, counters
    return int(found[1]), int(found[2] or 0)


async def test_counters_are_the_numbers_of_the_database(busy: StaffedOffice, open_another: Callable[[], Office]) -> None:
    opened = busy.opened
    async with console_on(open_another(), "派遣员", (160, 40)) as console:
        line = console.lines()[1]
        assert shown_as(line, "全部") == (len(by_sql(opened, "closed_at IS NULL")), 0)
        assert shown_as(line, "超期") == (len(by_sql(opened, "closed_at IS NULL AND due_at < :now")), 0)
        for pane in PANES[2:8]:
            states = ", ".join(f"'{state}'" for state in pane.states)
            waiting = by_sql(opened, f"closed_at IS NULL AND state IN ({states})")
            late = by_sql(opened, f"closed_at IS NULL AND state IN ({states}) AND due_at < :now")
            assert shown_as(line, t(f"pane.{pane.key}")) == (len(waiting), len(late)), pane.key
            assert late, "the test has late cases in every pane"
        reported, closed = by_sql(opened, "reported_at >= :midnight"), by_sql(opened, "closed_at >= :midnight")
        assert f"今日 上报 {len(reported)} 结案 {len(closed)}" in line

        busy.act(by_sql(opened, "state = 'to_close'")[0], Action.CLOSE)
        await console.until_shown(f"结案 {len(closed) + 1}")
        assert shown_as(console.lines()[1], "待结案") == (SEVERAL[State.TO_CLOSE] - 1, 0)


async def test_f7_walks_through_the_panes_and_each_shows_its_cases(
    busy: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    opened = busy.opened
    async with console_on(open_another(), "派遣员") as console:
        for pane in PANES:
            if pane.is_seldom:
                assert t(f"pane.{pane.key}") not in console.lines()[1], "nothing in it: no room for it"
                continue
            assert console.desk_screen.model.filter.pane == pane.key
            states = ", ".join(f"'{state}'" for state in pane.states)
            where = f"state IN ({states})"
            where += " AND closed_at >= :recent" if pane.key == "done" else " AND due_at < :now" if pane.key == "overdue" else ""
            assert sorted(console.numbers) == by_sql(opened, where), pane.key
            await console.press("f7")
        assert console.desk_screen.model.filter.pane == "open"


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
        strips = {number: next(s for s in console.strips() if number in s.text) for number in (late, fresh)}
        usual = {segment.style.bgcolor for segment in strips[fresh] if segment.style}
        odd = [segment.text.strip() for segment in strips[late] if segment.style and segment.style.bgcolor not in usual]
        assert odd == ["超 5分"]


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


async def pick(console: Console, selector: str, label: str) -> None:
    """Choose in a drop-down by keys."""
    select = console.get(selector, Select)
    select.focus()
    await console.press("enter")
    options = select.query_one(OptionList)
    position = next(index for index, option in enumerate(options.options) if str(option.prompt) == label)
    steps = position - (options.highlighted or 0)
    await console.press(*["down" if steps > 0 else "up"] * abs(steps), "enter")


async def test_filters_by_source_and_by_subdistrict(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+f", "tab")
        assert console.get("#source", Select).has_focus
        await pick(console, "#source", "网格员上报")
        assert set(console.numbers) == {places[name] for name in ("brackets", "handled", "second")}
        await pick(console, "#area", "幸福街道")
        assert set(console.numbers) == {places[name] for name in ("brackets", "handled", "second")}
        await pick(console, "#area", "临江镇")
        assert console.numbers == []
        await pick(console, "#source", "全部来源")
        assert console.numbers == [places["village"]]
        await pick(console, "#area", "全部街道")
        assert len(console.numbers) == 5


async def test_a_new_case_that_does_not_fit_the_search_stays_out(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.press("ctrl+f")
        await console.key_in("路灯")
        await console.press("enter")
        office.report(text="垃圾")
        lamp = office.report(text="又一盏路灯").number
        await console.until_shown("全部 7")
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
        assert places["lamp"] in console.says("#offers")
        await console.press("/")
        await console.key_in("zzzz")
        assert console.numbers == []
        await console.until(lambda: console.says("#offers") == NOTHING, "the offers of no case")
        for part in ("#facts", "#why", "#timeline"):
            assert console.says(part) == ""
        assert any(line.strip() == NOTHING for line in console.lines()[:-2]), "in the list itself"
        assert places["lamp"] not in console.page()
        await console.press("enter")
        for key in ("f2", "f3", "f4", "enter"):
            await console.press(key)
            assert console.screen is console.desk_screen, key
        await console.until(lambda: console.toasts() == [NOTHING] * 3, "a word for each act")
        await console.press("escape")
        await console.until(lambda: console.current in console.says("#offers"), "the offers of a case again")
        assert not any(line.strip() == NOTHING for line in console.lines()[:-2])


async def test_an_empty_pane_leaves_nothing_of_the_pane_before(
    office: StaffedOffice, places: dict[str, str], open_another: Callable[[], Office]
) -> None:
    async with console_on(open_another(), "派遣员") as console:
        await console.point_at(places["lamp"])
        console.desk_screen.show_pane("suspended")
        await console.settle()
        assert console.says("#offers") == NOTHING
        assert console.says("#facts") == ""
