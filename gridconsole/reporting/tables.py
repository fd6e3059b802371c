"""Tables of figures: rows of a dimension, columns of figures, a row of the whole, and the rules beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gridconsole.domain import figures as definitions
from gridconsole.domain.figures import Days, Mean, Rate, Spread
from gridconsole.language import Sentence, clauses, listed, t
from gridconsole.language.durations import duration_text
from gridconsole.language.figures import condition_words, definition_of, rule_words, title_of
from gridconsole.reporting.dimensions import Dimension
from gridconsole.reporting.dimensions import title_of as name_of
from gridconsole.reporting.model import Cell, Change, Drill, Minutes, Percent, Report, Table

if TYPE_CHECKING:
    from gridconsole.store.engine import Transaction

Counts = Mapping[str, int]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Counts of another period, for the columns of change."""

    title: str
    by_key: Mapping[Key, Counts]
    total: Counts
    figures: tuple[str, ...]
    """Figures whose change is shown."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Content of the table of a dimension."""

    key: str
    title: str
    dimension: Dimension
    figures: tuple[str, ...]
    sort_by: str
    """Figure by which the rows are sorted, the highest first."""
    most: int | None = None
    """Most rows; the rest is added up in one row."""
    compared: tuple[Compared, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks beside the rules of its figures."""
    spreads: Mapping[str, Mapping[Key, Sequence[int]]] = field(default_factory=dict)
    """Sorted minutes by the key of a mean, and by the values of the dimension; the whole under an empty key."""


def headings(*names: str) -> tuple[str, ...]:
    """Return the headings of columns by their keys."""
    return tuple(t(f"column.{name}") for name in names)


Names = Callable[[Key], str]
"""Returns the name of the values of a dimension."""


def names_of(connection: Transaction, dimension: Dimension) -> Names:
    """Return the names of a dimension: of a minor category that of its major one, if that is asked for."""
    named = {one.key: one.under if dimension.is_major else one.name for one in dimension.values(connection)}
    return lambda key: named.get(key) or t("word.unknown")


def add(into: dict[str, int], counts: Counts) -> None:
    """Add counts to others."""
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count


def cell_of(key: str, counts: Counts) -> Cell:
    """Return the cell of a count or a rate."""
    value = definitions.value_of(key, counts)
    return Percent(None if value is None else Decimal(value)) if isinstance(definitions.FIGURES[key], Rate) else int(value or 0)


def change_of(key: str, now: Counts, before: Counts) -> Change:
    """Return the cell of a change against another period."""
    is_rate = isinstance(definitions.FIGURES[key], Rate)
    found = definitions.change(definitions.value_of(key, now), definitions.value_of(key, before), of_rate=is_rate)
    return Change(found, is_rate, t("report.points") if is_rate else "%")


def mean_cell(mean: Mean, minutes: Sequence[int]) -> Minutes:
    """Return the cell of a mean of minutes."""
    value = definitions.mean_of(mean, minutes)
    return (
        Minutes(value)
        if value is None
        else Minutes(value, duration_text(timedelta(minutes=int(definitions.rounded(value, Decimal(1))))))
    )


def ranked(connection: Transaction, shown: Ranked, counts: Mapping[Key, Counts], total: Counts, days: Days) -> Table:
    """Return the table of a dimension, with the whole as its last row; the rows add up to it."""
    names = {one.key: one.name for one in shown.dimension.values(connection)}
    folded = _by_major(connection, shown.dimension, counts) if shown.dimension.is_major else dict(counts)
    keys = [key for key in folded if any(folded[key].get(name) for name in definitions.counts_needed(shown.figures))]
    keys.sort(key=lambda key: (-size(shown.sort_by, folded.get(key, {})), _name(shown.dimension, key, names)))
    rest = keys[shown.most :] if shown.most is not None else []
    rows: list[tuple[Cell, ...]] = []
    filters: list[tuple[tuple[str, Any], ...] | None] = []
    for key in keys[: shown.most]:
        rows.append(_row(shown, _name(shown.dimension, key, names), key, folded.get(key, {})))
        filters.append(_filter(connection, shown.dimension, key))
    if rest:
        rows.append(_row(shown, t("report.others", count=len(rest)), None, _sum(folded[key] for key in rest)))
        filters.append(None)
    rows.append(_row(shown, t("report.total"), (), total))
    filters.append(())
    means = list(shown.spreads)
    columns = (
        name_of(shown.dimension.code), *map(title_of, shown.figures),
        *(t("report.change", figure=title_of(name), against=one.title) for one in shown.compared for name in one.figures),
        *map(title_of, means),
    )  # fmt: skip
    blank = ("",) * (len(columns) - 1 - len(shown.figures))
    return Table(
        shown.key, shown.title, columns, tuple(rows), unit=t("report.unit.cases"),
        notes=(*notes_of((*shown.figures, *means)), *shown.notes), total=-1,
        drill=Drill(days, ("", *shown.figures, *blank), tuple(_DRILLED_NOWHERE if one is None else one for one in filters)),
    )  # fmt: skip


_DRILLED_NOWHERE = (("", ()),)
"""Filter of a row that adds up several: its cells open nothing."""


def size(key: str, counts: Counts) -> Decimal:
    """Return a figure for sorting; less than nothing where there is nothing to divide by."""
    value = definitions.value_of(key, counts)
    return Decimal(-1) if value is None else Decimal(value)


def _name(dimension: Dimension, key: Key, names: Mapping[Key, str]) -> str:
    if dimension.is_major:
        return str(key[0] or t("word.unknown"))
    return names.get(key) or t("word.unknown")


def _row(shown: Ranked, name: str, key: Key | None, counts: Counts) -> tuple[Cell, ...]:
    cells: list[Cell] = [name, *(cell_of(figure, counts) for figure in shown.figures)]
    for one in shown.compared:
        before = one.total if key == () else one.by_key.get(key, {}) if key is not None else None
        cells += [change_of(figure, counts, before) if before is not None else Change(None) for figure in one.figures]
    for figure, minutes in shown.spreads.items():
        spread = definitions.FIGURES[figure]
        assert isinstance(spread, Spread)  # noqa: S101
        cells.append(mean_cell(spread.mean, minutes.get(key, ()) if key is not None else ()))
    return tuple(cells)


def _sum(several: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in several:
        add(found, counts)
    return found


def _by_major(connection: Transaction, dimension: Dimension, counts: Mapping[Key, Counts]) -> dict[Key, dict[str, int]]:
    """Add the minor categories up to their major ones."""
    major = {one.key: one.under for one in dimension.values(connection)}
    found: dict[Key, dict[str, int]] = {}
    for key, counted in counts.items():
        add(found.setdefault((major.get(key, ""),), {}), counted)
    return found


def _filter(connection: Transaction, dimension: Dimension, key: Key) -> tuple[tuple[str, Any], ...]:
    if dimension.is_major:
        return (("category_id", tuple(one.key[0] for one in dimension.values(connection) if one.under == key[0]) or (None,)),)
    return tuple((column, (value,)) for column, value in zip(dimension.columns, key, strict=True))


def with_total_first(report: Report) -> Report:
    """Return a report whose tables begin with the row of the whole."""
    return replace(report, tables=tuple(map(_with_total_first, report.tables)))


def _with_total_first(table: Table) -> Table:
    if table.total != -1 or not table.rows:
        return table
    drill = table.drill and replace(table.drill, rows=(table.drill.rows[-1], *table.drill.rows[:-1]))
    return replace(table, rows=(table.rows[-1], *table.rows[:-1]), total=0, drill=drill)


def notes_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Return the rules of figures: what each rate is made of, and by which day counts belong to the period."""
    wanted = list(dict.fromkeys(keys))
    rates = [key for key in wanted if isinstance(definitions.FIGURES[key], Rate)]
    by_rule: dict[str, list[str]] = {}
    for name in definitions.counts_needed(wanted):
        by_rule.setdefault(rule_words(definitions.count(name)), []).append(title_of(name))
    formulas = (clauses(map(definition_of, rates)),) if rates else ()
    rules = (t("report.note.rule", rule=rule, figures=Sentence(listed(names))) for rule, names in by_rule.items())
    return (*formulas, clauses(rules)) if by_rule else formulas


def definitions_table(keys: Iterable[str]) -> Table:
    """Return the table of what every count of a report counts, each once."""
    rows = [(title_of(name), condition_words(definitions.count(name).where)) for name in definitions.counts_needed(keys)]
    return Table("definitions", t("report.table.definitions"), (t("column.figure"), t("column.counts")), tuple(rows))


def chain(
    key: str, title: str, keys: Sequence[str], total: Counts, days: Days, compared: Sequence[tuple[str, Counts]],
    remarks: Sequence[str] = (),
) -> Table:  # fmt: skip
    """Return a table with a figure in each row: this period, others, and the changes against them."""
    columns = [t("column.figure"), t("report.this")]
    for name, _ in compared:
        columns += [name, t("report.change_against", against=name)]
    columns.append(t("column.counted_in"))
    rows, filters = [], []
    for figure in keys:
        row: list[Cell] = [title_of(figure), cell_of(figure, total)]
        for _, before in compared:
            row += [cell_of(figure, before), change_of(figure, total, before)]
        row.append("%" if isinstance(definitions.FIGURES[figure], Rate) else t("report.unit.cases"))
        rows.append(tuple(row))
        filters.append((("figure", figure),))
    figures = ("", "*", *([""] * (2 * len(compared) + 1)))
    notes = (*notes_of(keys), *([t("report.note.points")] if compared else []), *remarks)
    return Table(key, title, tuple(columns), tuple(rows), notes=notes, drill=Drill(days, figures, tuple(filters)))
