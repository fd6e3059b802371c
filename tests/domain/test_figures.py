"""Figures as data: every definition holds together, and the three readers of a condition agree."""

from __future__ import annotations

import pytest

from gridconsole.domain import figures
from gridconsole.domain.figures import (
    And,
    Days,
    Fact,
    IsIn,
    IsTrue,
    Mean,
    MissingAtEnd,
    Not,
    Upto,
    Within,
    both,
    holds,
    implies,
    mean_of,
)
from gridconsole.language import NAMES, text_in
from gridconsole.language.figures import condition_words, definition_of, explained
from gridconsole.store.fact_queries import COLUMNS

JULY = Days(100, 130, "2026-08-01")


def test_every_definition_holds_together() -> None:
    assert list(figures.faults(COLUMNS)) == []


@pytest.mark.parametrize("wrong", [
    figures.Count("bad", Fact.CASE, Within("no_such_column")),
    figures.Count("bad", Fact.CASE, Within("reported"), sum_of="nothing"),
])  # fmt: skip
def test_a_column_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch, wrong: figures.Count) -> None:
    monkeypatch.setattr(figures, "COUNTS", (*figures.COUNTS, wrong))
    assert [fault for fault in figures.faults(COLUMNS) if fault.startswith("bad: no column")]


def test_a_rate_whose_part_is_not_among_its_whole_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for rate in (
        figures.Rate("bad", "closed", "due"),
        figures.Rate("bad", "turns", "due"),
        figures.Rate("bad", "nothing", "due"),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(figures, "RATES", (*figures.RATES, rate))
            assert [fault for fault in figures.faults(COLUMNS) if fault.startswith("bad")]


@pytest.mark.parametrize("language", NAMES)
def test_every_figure_has_a_title_and_words_in_every_language(language: str) -> None:
    for key in figures.FIGURES:
        assert text_in(language, f"figure.{key}").strip()
    columns = {name for count in figures.COUNTS for name in figures.columns_of(count.where)}
    assert [name for name in columns if not text_in(language, f"fact_column.{name}").strip()] == []


def test_a_definition_says_numerator_denominator_and_period() -> None:
    said = dict(explained("on_time_rate"))
    assert said["公式"] == "按期处置率 = 按期处置数 ÷ 应处置数"
    assert said["分母"].startswith("处置截止日在本期内")
    assert said["不计入"] == "并入他案、状态为已作废、超期申诉成立"
    assert said["举例"].startswith("到期 11-30 17:30、12-01 才办的")
    assert said["分子"].endswith("未超期")
    assert said["归期规则"] == "按处置截止日归期，每案只归一个月"
    assert "期末在办数" in definition_of("handled_rate_backlog")


@pytest.mark.parametrize(("condition", "row", "expected"), [
    (Within("a"), {"a": 100}, True), (Within("a"), {"a": 131}, False), (Within("a"), {"a": None}, False),
    (Upto("a"), {"a": 130}, True), (Upto("a"), {"a": None}, False), (MissingAtEnd("a"), {"a": None}, True),
    (MissingAtEnd("a"), {"a": 130}, False), (MissingAtEnd("a"), {"a": 131}, True), (IsIn("a", ("x",)), {"a": None}, False),
    (Not(IsIn("a", ("x",))), {"a": None}, True), (IsTrue("a"), {"a": 2}, True), (IsTrue("a"), {"a": None}, False),
    (Upto("due_at"), {"due_at": "2026-07-31T23"}, True), (Upto("due_at"), {"due_at": "2026-08-01T01"}, False),
    (And(()), {}, True),
])  # fmt: skip
def test_a_condition_on_what_is_not_known(condition: figures.Condition, row: dict[str, object], expected: bool) -> None:
    assert holds(condition, row, JULY) is expected


def test_a_part_names_every_condition_of_its_whole() -> None:
    whole = both(Within("due"), Not(IsTrue("merged")))
    assert implies(both(whole, IsIn("late", (0,))), whole)
    assert not implies(Within("due"), whole)


def test_words_of_a_condition_are_those_of_an_office() -> None:
    assert (
        condition_words(both(Within("due"), Not(IsTrue("merged")), IsIn("late", (1,))))
        == "处置截止日在本期内；不含：并入他案；超期"
    )


@pytest.mark.parametrize(("mean", "expected"), [(Mean.MEAN, "22"), (Mean.MEDIAN, "3"), (Mean.P90, "100")])
def test_means_of_minutes(mean: Mean, expected: str) -> None:
    assert str(mean_of(mean, [1, 2, 3, 4, 100])) == expected
    assert mean_of(mean, []) is None
    assert mean_of(Mean.P90, list(range(1, 11))) == 9, "nine of ten took no longer"
