"""Figures of reports in words: titles, and definitions made of their own conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from gridconsole.domain import figures as definitions
from gridconsole.domain.codes import TurnEnd
from gridconsole.domain.figures import (
    And,
    Condition,
    Count,
    Fact,
    IsIn,
    IsTrue,
    MissingAtEnd,
    Not,
    PeriodRule,
    Rate,
    Spread,
    Upto,
    Within,
)
from gridconsole.domain.states import Satisfaction, Solved, Source, State
from gridconsole.language import Sentence, clauses, listed, t, word

SETTINGS: Mapping[str, str] = {
    "rework_rate": "rework_of",
    "extension_rate": "extension_of",
    "missed": "missed_days",
    "missed_rate": "missed_days",
}
"""Setting that changes a figure."""


def title_of(key: str) -> str:
    """Return the title of a figure."""
    return t(f"figure.{key}")


def condition_words(condition: Condition) -> str:
    """Word a condition: the third reader of the same value."""
    match condition:
        case Within(column):
            return t("condition.within", column=_column(column))
        case Upto(column):
            return t("condition.upto", column=_column(column))
        case MissingAtEnd(column):
            return t("condition.missing_at_end", column=_column(column))
        case IsIn(("late" | "outer_late"), (value,)):
            return t(f"condition.late.{value}")
        case IsIn(column, values):
            return t(
                "condition.is_in", column=_column(column), values=Sentence(listed(_value(column, value) for value in values))
            )
        case IsTrue(column):
            return t("condition.true", column=_column(column))
        case Not(inner):
            return t("condition.not", what=Sentence(condition_words(inner)))
        case And(conditions):
            return clauses(map(condition_words, conditions))


def _column(name: str) -> str:
    return t(f"fact_column.{name}")


_CODES: Mapping[str, type[StrEnum]] = {
    "state": State, "came_from": State, "source": Source, "ended_how": TurnEnd, "solved": Solved,
    "satisfaction": Satisfaction,
}  # fmt: skip
"""Code list of a column."""


def _value(column: str, value: str | int) -> str:
    return word(_CODES[column](str(value))) if column in _CODES else str(value)


def definition_of(key: str) -> str:
    """Return what a figure counts, in one sentence: for the note under a table."""
    figure = definitions.FIGURES[key]
    if isinstance(figure, Rate):
        whole = f"({title_of(figure.whole)} + {title_of(figure.plus)})" if figure.plus else title_of(figure.whole)
        return t("figure.note.rate", title=title_of(key), part=title_of(figure.part), whole=whole)
    return t("figure.note.count", title=title_of(key), what=Sentence(condition_words(figure.where)))


LISTED = frozenset({
    "reported", "overdue_at_end", "late_at_end", "reworked", "suspended_at_end", "turns_redispatched", "voided", "merged", "upheld", "declined", "extended",
    "reopened", "handled_in_time", "handled_late", "overdue_unhandled", "due",
})  # fmt: skip
"""Figures whose lists leaders read: what is in them is said as they would say it."""


def list_note_of(key: str) -> str:
    """Return what the list of a figure's cases holds, for the note under it."""
    return t(f"figure_list.{key}") if key in LISTED else definition_of(key)


def rule_words(count: Count | Spread, rule: PeriodRule | None = None) -> str:
    """Return by which day something belongs to a period; a turn and a step have deadlines of their own."""
    shown = rule or count.rule
    own = {Fact.TURN: "due_turn", Fact.STAGE: "due_step"} if shown is PeriodRule.DUE else {}
    return t(f"period_rule.{own.get(count.fact, shown)}")


def _counted_words(condition: Condition) -> str:
    """Word what is counted, without what is left out."""
    return clauses(condition_words(one) for one in definitions.both(condition).conditions if not isinstance(one, Not))


def _excluded(condition: Condition) -> tuple[str, ...]:
    """Word each thing that is left out."""
    return tuple(condition_words(one.condition) for one in definitions.both(condition).conditions if isinstance(one, Not))


def explained(key: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a figure's definition, each with its heading."""
    figure = definitions.FIGURES[key]
    counted: Count | Spread
    if isinstance(figure, Rate):
        part, counted = definitions.count(figure.part), definitions.count(figure.whole)
        yield t("figure.part.formula"), definition_of(key)
        yield t("figure.part.numerator"), _counted_words(part.where)
        yield t("figure.part.denominator"), _counted_words(counted.where)
        if figure.plus:
            yield t("figure.part.plus"), _counted_words(definitions.count(figure.plus).where)
        excluded = (*_excluded(counted.where), *_excluded(part.where))
        rule = definitions.PeriodRule.BACKLOG if figure.plus else counted.rule
    else:
        yield t("figure.part.where"), _counted_words(figure.where)
        excluded, counted, rule = _excluded(figure.where), figure, figure.rule
    if excluded:
        yield t("figure.part.excluded"), listed(dict.fromkeys(excluded))
    yield t("figure.part.fact"), t(f"figure_fact.{counted.fact}")
    yield t("figure.part.rule"), rule_words(counted, rule)
    yield t("figure.part.example"), t(f"period_rule_example.{rule}")
    if key in SETTINGS:
        yield t("figure.part.setting"), t(f"figure_setting.{SETTINGS[key]}")
    yield t("figure.part.owner"), t(f"figure_owner.{figure.belongs_to}")
    if isinstance(figure, Count):
        yield t("figure.part.additive"), t(f"figure.additive.{figure.is_additive}")
