"""The queue as the desk holds it, without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.console.queue_model import CLOSED_SHOWN, PANES, Filter, QueueModel
from gridconsole.console.widgets.queue_columns import grid_short, marks, street
from gridconsole.domain.actions import Action
from gridconsole.domain.codes import Unit
from gridconsole.domain.states import Grade, Source, Stage, State
from gridconsole.domain.views.queue import QueueRow

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def row(key: int, due_in: int | None = 60, state: State = State.REPORTED, **more: Any) -> QueueRow:
    """A case due in so many minutes."""
    due = None if due_in is None else NOW + timedelta(minutes=due_in)
    base = QueueRow(
        key, f"20261123{key:05}", state, 1, Grade.ORDINARY, Source.WARDEN, NOW - timedelta(hours=1), NOW - timedelta(minutes=5),
        due, Stage.ACCEPT, Unit.WORK_HOUR, False, NOW if state.is_final else None, None, False, 0, 0, 0, "330106001001001",
        "东风社区第1网格", "330106001001", "东风社区", "暴露垃圾", "01-01", "幸福路[b栋]①号", "", "路边有垃圾",
    )  # fmt: skip
    return replace(base, **more)


def model_of(*rows: QueueRow) -> QueueModel:
    """A loaded queue."""
    model = QueueModel(filter=Filter(pane="open"), folds=False)
    model.load(rows, NOW)
    return model


def keys(model: QueueModel) -> list[int]:
    """What is shown, in order."""
    return [shown.id for shown in model.shown()]


def test_the_order_is_due_then_grade_then_age_and_cases_without_a_clock_come_last() -> None:
    model = model_of(
        row(1), row(2, due_in=None), row(3, due_in=-5), row(4, grade=Grade.URGENT), row(5, reported_at=NOW - timedelta(hours=2)),
        row(6, grade=Grade.MAJOR), row(7, due_in=-50),
    )  # fmt: skip
    assert keys(model) == [7, 3, 4, 6, 5, 1, 2]


def test_what_is_over_stands_in_the_order_it_was_closed_and_in_a_search_the_last_one_first() -> None:
    closed = [row(key, due_in=None, state=State.CLOSED, closed_at=NOW - timedelta(hours=ago), reported_at=NOW - timedelta(days=key))
              for key, ago in ((1, 5), (2, 90), (3, 30))]  # fmt: skip
    model = model_of(row(4), *closed)
    model.steps = dict.fromkeys((1, 2, 3, 4), Action.CALL_BACK)
    model.filter = Filter(pane="mine")
    model.sort(NOW)
    assert keys(model) == [4, 2, 3, 1]
    model.filter = Filter(pane="mine", words="垃圾", is_wide=True)
    model.sort(NOW)
    assert keys(model) == [4, 1, 3, 2]


def test_frozen_changes_are_counted_and_drawn_in_place_and_the_order_waits() -> None:
    model = model_of(row(1), row(2, due_in=90))
    sooner, new, same_place = row(2, due_in=5, version=2), row(3, due_in=1), row(1, version=2, handler="城管局")
    assert model.merge([sooner, new, same_place], NOW, frozen=True) == [sooner, same_place]
    assert keys(model) == [1, 2]
    assert model.pending == {2, 3}
    assert model.unread == {1, 2, 3}
    assert model.shown()[0].handler == "城管局"
    model.sort(NOW)
    assert keys(model) == [3, 2, 1]
    assert model.pending == set()


def test_free_changes_move_at_once_and_a_change_that_moves_nothing_leaves_nothing_pending() -> None:
    model = model_of(row(1), row(2, due_in=90))
    model.merge([row(2, due_in=5, version=2)], NOW, frozen=False)
    assert keys(model) == [2, 1]
    model.merge([row(2, due_in=5, version=3)], NOW, frozen=True)
    assert model.pending == set()


def test_a_case_that_leaves_the_pane_is_pending_while_frozen_and_one_of_another_pane_is_not() -> None:
    model = model_of(row(1), row(2))
    model.filter = Filter(pane="accept")
    model.sort(NOW)
    model.merge([row(1, state=State.HANDLING, version=2), row(3, state=State.HANDLING)], NOW, frozen=True)
    assert model.pending == {1}
    assert keys(model) == [1, 2]
    model.sort(NOW)
    assert keys(model) == [2]


def test_the_same_version_again_is_no_news() -> None:
    model = model_of(row(1))
    model.merge([row(1)], NOW, frozen=False)
    assert model.unread == set()


def test_a_whole_load_forgets_what_is_gone() -> None:
    model = model_of(row(1), row(2))
    model.unread = {1, 2}
    model.load([row(2)], NOW)
    assert (keys(model), model.unread) == ([2], {2})


def test_finished_cases_show_for_half_an_hour_newest_first() -> None:
    old, fresh, fresher = (row(key, state=State.CLOSED, closed_at=NOW - age) for key, age in (
        (1, CLOSED_SHOWN + timedelta(seconds=1)), (2, CLOSED_SHOWN), (3, timedelta(minutes=1)),
    ))  # fmt: skip
    model = model_of(old, fresh, fresher, row(4))
    assert keys(model) == [4]
    model.filter = Filter(pane="done")
    model.sort(NOW)
    assert keys(model) == [3, 2]


def test_every_state_has_a_pane_of_its_own() -> None:
    in_panes = [
        state
        for pane in PANES
        if pane.key not in ("mine", "open", "overdue", "asked", "ordered", "sent", "call_back")
        for state in pane.states
    ]
    assert sorted(in_panes) == sorted(State)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"rework_total": 1}, "返"),
        ({"reopen_count": 1}, "复"),
        ({"return_count": 2, "redispatch_count": 1}, "退改"),
        ({"rework_total": 1, "return_count": 1, "redispatch_count": 1, "simple": True, "provisional": True}, "返退"),
        ({"simple": True}, "简"),
        ({"provisional": True}, "暂"),
    ],
)
def test_marks_say_what_happened_to_a_case(changes: dict[str, Any], expected: str) -> None:
    assert marks(row(1, **changes)) == expected


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("X区新华街道和平社区建设路3号", "建设路3号"),
        ("新华街道 和平社区 3号楼", "3号楼"),
        ("和平社区第2网格建设路3号", "建设路3号"),
        ("建设路88号和平社区北门", "建设路88号和平社区北门"),
        ("幸福小区和平社区交界处", "幸福小区和平社区交界处"),
        ("和平社区3号楼", "3号楼"),
        ("和平社区", ""),
        ("建设路88号", "建设路88号"),
        ("", ""),
    ],
)
def test_an_address_is_shown_from_the_street_on_and_never_made_up(address: str, shown: str) -> None:
    assert street(row(1, address=address, area_name="和平社区", grid_name="和平社区第2网格", summary="一句话")) == shown


@pytest.mark.parametrize(
    ("area", "grid", "shown"),
    [
        ("团结社区", "团结社区第3网格", "团结3"),
        ("和平里社区", "和平里社区第12网格", "和平里12"),
        ("李家洼村", "李家洼村第4网格", "李家洼4"),
        ("师范社区", "师范社区", "师范社区"),
        ("科技社区", "科技社区第10网格（科技建材市场）", "科技10"),
        ("团结社区", "", "团结"),
        ("团结社区", "银杏苑网格", "银杏苑网格"),
        ("", "", ""),
    ],
)
def test_community_and_grid_are_named_shortly(area: str, grid: str, shown: str) -> None:
    assert grid_short(row(1, area_name=area, grid_name=grid)) == shown


WORDS = st.sampled_from(["", "jsl", "建设路", "建设路 城管局", "垃圾 超期", "超期", "处置中", "0003", "不存在", "city 城管局"])
PLACES = st.sampled_from([frozenset(), frozenset({"330106001001"})])
ROWS = st.lists(
    st.builds(
        row, st.integers(1, 9), st.sampled_from([-30, 5, None]), st.sampled_from([State.REPORTED, State.HANDLING, State.CLOSED]),
        version=st.integers(1, 3), address=st.sampled_from(["建设路3号", "City Plaza", ""]), handler=st.sampled_from(["", "城管局"]),
        area_code=st.sampled_from(["330106001001", "330106001002"]),
    ),
    max_size=9, unique_by=lambda one: one.id,
)  # fmt: skip


@given(
    ROWS,
    st.lists(st.tuples(WORDS, st.sampled_from(["open", "accept", "handle", "overdue"]), st.booleans(), PLACES, ROWS), max_size=6),
)
def test_what_was_looked_for_before_never_stands_in_for_what_is_looked_for_now(
    begun: list[QueueRow], steps: list[tuple[str, str, bool, frozenset[str], list[QueueRow]]]
) -> None:
    model = model_of(*begun)
    for words, pane, is_wide, places, changed in steps:
        model.filter = Filter(pane=pane, words=words, is_wide=is_wide, places=places)
        model.sort(NOW)
        for rows in ([], changed):
            model.merge(rows, NOW, frozen=False)
            model.sort(NOW)
            fresh = QueueModel(filter=model.filter, folds=False)
            fresh.load(model.rows.values(), NOW)
            assert (keys(model), model.elsewhere(NOW), model.open_count) == (keys(fresh), fresh.elsewhere(NOW), fresh.open_count)
            one_by_one = {one.id for one in model.rows.values() if QueueModel(filter=model.filter, folds=False).shows(one, NOW)}
            assert set(keys(model)) == one_by_one, "as each row by itself"


def test_what_is_found_by_the_clock_is_looked_for_again_a_second_later() -> None:
    model = model_of(row(1, due_in=1), row(2, due_in=90))
    model.filter = Filter(pane="open", words="超期")
    model.sort(NOW)
    assert keys(model) == []
    model.sort(NOW + timedelta(minutes=2))
    assert keys(model) == [1]
