"""Case lists (案件台账): which cases, with which columns, and what each column says."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.division import is_below
from gridconsole.domain.errors import BadValue, UnknownWord
from gridconsole.domain.states import Source, State
from gridconsole.domain.text import clean_line, fold_width, mask_kept, mask_text
from gridconsole.domain.views.case_lists import EXTRA, CaseLine, kept_heading
from gridconsole.language import t, word
from gridconsole.language.durations import day_and_clock
from gridconsole.services import privacy
from gridconsole.services.lookup import near
from gridconsole.store import case_lists, catalogue, ledger, people, places
from gridconsole.store.case_conditions import Conditions
from gridconsole.store.types import instant

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Cell = str | int
_SHOWN = 6
"""Names that a refusal lists where none is like the word."""
_ENDINGS = re.compile("(街道办事处|街道办|街道|社区居委会|社区|居委会|村委会|镇|乡|村)$")
_WHERE = re.compile(r"\s*(.+?)\s*(!=|~=|=|＝)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions of a case list in the words of the user; empty means any."""

    first: date | None = None
    last: date | None = None
    """Last day, included."""
    sources: Sequence[Source] = ()
    states: Sequence[State] = ()
    areas: Sequence[str] = ()
    units: Sequence[str] = ()
    categories: Sequence[str] = ()
    where: Sequence[str] = ()
    """``列名=值``, ``列名!=值``, ``列名~=部分``; a column that lists kept is ``附列.列名``."""
    open_only: bool = False
    overdue: bool = False
    """Only open cases overdue now."""
    keys: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a case list."""

    name: str
    """Code, for programs and on the command line; its heading is ``column.NAME``."""
    value: Callable[[CaseLine, Office], Cell]

    @property
    def heading(self) -> str:
        """Return the heading in the language of the user."""
        return t(f"column.{self.name}")


def _at(moment: datetime | None, office: Office) -> str:
    return f"{moment.astimezone(office.calendar.zone):%Y-%m-%d %H:%M}" if moment is not None else ""


def _deadline(moment: datetime | None, office: Office) -> str:
    if moment is None:
        return ""
    day, clock = day_and_clock(moment, office.calendar)
    return f"{day:%Y-%m-%d} {clock}"


def _is_late(line: CaseLine, office: Office) -> str:
    late = line.row.is_overdue(office.now()) if line.row.is_open else bool(line.was_late)
    return t(f"yes_no.{bool(late or line.was_late)}")


def _is_outer_late(line: CaseLine, office: Office) -> str:
    return t(f"yes_no.{line.row.is_outer_late(office.now())}") if line.row.outer_due_at is not None else ""


COLUMNS: tuple[Column, ...] = (
    Column("number", lambda line, _: line.row.number),
    Column("source", lambda line, _: word(line.row.source)),
    Column("source_ref", lambda line, _: line.source_ref),
    Column("reported_at", lambda line, office: _at(line.row.reported_at, office)),
    Column("reporter", lambda line, _: line.reporter),
    Column("phone", lambda line, _: line.phone),
    Column("subdistrict", lambda line, _: line.subdistrict),
    Column("area", lambda line, _: line.row.area_name),
    Column("grid", lambda line, _: line.row.grid_name),
    Column("address", lambda line, _: line.row.address),
    Column("major", lambda line, _: line.major),
    Column("category", lambda line, _: line.row.category),
    Column("grade", lambda line, _: word(line.row.grade)),
    Column("content", lambda line, _: line.text),
    Column("state", lambda line, _: word(line.row.state)),
    Column("handler", lambda line, _: line.row.handler),
    Column("standard", lambda line, _: line.standard),
    Column("due", lambda line, office: _at(line.row.due_at, office)),
    Column("outer_due", lambda line, office: _deadline(line.row.outer_due_at, office)),
    Column("closed_at", lambda line, office: _at(line.row.closed_at, office)),
    Column("outcome", lambda line, _: word(line.row.outcome) if line.row.outcome else ""),
    Column("is_late", _is_late),
    Column("outer_late", _is_outer_late),
    Column("rework", lambda line, _: line.row.rework_total),
    Column("redispatch", lambda line, _: line.row.redispatch_count),
    Column("returned", lambda line, _: line.row.return_count),
    Column("reopened", lambda line, _: line.row.reopen_count),
    Column("standing", lambda line, _: word(line.row.call_back) if line.row.call_back else ""),
    Column("recorded_at", lambda line, office: _at(instant(line.recorded_at), office)),
)
"""The columns of a case list, in their usual order."""


_CALLED = {
    "社区": "area",
    "承办单位": "handler",
    "单位": "handler",
    "来电人": "reporter",
    "受理时间": "reported_at",
    "诉求内容": "content",
}
"""Further words for columns."""


def _kept(heading: str) -> Column:
    return _KeptColumn(f"{EXTRA}{heading}", lambda line, _: line.extra.get(heading, ""))


class _KeptColumn(Column):
    """A column that lists kept with their cases."""

    @property
    def heading(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class CaseList:
    """A case list: its columns, and its lines as cells."""

    columns: tuple[Column, ...]
    rows: list[list[Cell]] = field(default_factory=list)


def columns_of(names: Iterable[str]) -> tuple[Column, ...]:
    """Return columns by code or heading, in the order given; all usual ones if none is given.

    Raises:
        UnknownWord: there is no such column.
    """
    chosen = [_column(name) for name in names]
    return tuple(dict.fromkeys(chosen)) or COLUMNS


def _column(name: str) -> Column:
    said = fold_width(clean_line(name, 80))
    if heading := kept_heading(said):
        return _kept(heading)
    said = _CALLED.get(said, said)
    for column in COLUMNS:
        if said.lower() in (column.name, column.heading.lower(), *_also(column.name)):
            return column
    choices = [f"{column.heading}({column.name})" for column in COLUMNS]
    raise UnknownWord(what="column", word=name, choices=[*choices, f"{EXTRA}…"])


def _also(name: str) -> tuple[str, ...]:
    from gridconsole.language import NAMES, text_in

    return tuple(text_in(language, f"column.{name}").lower() for language in NAMES)


def make(
    office: Office, wanted: Wanted, columns: Sequence[Column], *, masked: bool = True, every_kept: bool = False
) -> CaseList:  # fmt: skip
    """Return a case list, read from one snapshot.

    Args:
        every_kept: add a column for every heading that lists kept with these cases.

    Raises:
        UnknownWord: no such area, unit, category or column.
        BadValue: a condition that is none, or the first day is after the last.
    """
    with office.database.reading() as connection:
        return _make(connection, office, wanted, columns, masked=masked, every_kept=every_kept)


def unmasked(
    office: Office, actor: Actor, wanted: Wanted, columns: Sequence[Column], reason: str, *, every_kept: bool = False
) -> CaseList:  # fmt: skip
    """Return a case list without masks; the ledger records it before anything is handed out.

    Raises:
        NotPermitted: the operator may not unmask.
        ReasonNeeded: no reason is given.
        UnknownWord, BadValue: as of :func:`make`.
    """
    found = make(office, wanted, columns, masked=False, every_kept=every_kept)
    facts = {**_facts(wanted, found), "unmasked": True}
    with office.database.writing() as connection:
        privacy.record_export(connection, office, actor, facts, reason)
    return found


def record(office: Office, actor: Actor, wanted: Wanted, found: CaseList) -> None:
    """Record in the ledger that a case list is written to a file: who, which cases, how many."""
    with office.database.writing() as connection:
        ledger.append(connection, office.id, [office.entry(actor, "export", _facts(wanted, found))])


def _facts(wanted: Wanted, found: CaseList) -> dict[str, object]:
    """Return the facts of an export: codes, dates and counts; words of a filter may name people and stay out."""
    facts: dict[str, object] = {"kind": "incidents", "count": len(found.rows)}
    facts |= {"from": wanted.first.isoformat()} if wanted.first else {}
    facts |= {"to": wanted.last.isoformat()} if wanted.last else {}
    named = {"sources": [one.value for one in wanted.sources], "states": [one.value for one in wanted.states],
             "areas": list(wanted.areas), "units": list(wanted.units), "categories": list(wanted.categories)}  # fmt: skip
    facts |= {name: values for name, values in named.items() if values}
    return facts | ({"where": len(wanted.where)} if wanted.where else {})


def _make(
    connection: Transaction, office: Office, wanted: Wanted, columns: Sequence[Column], *, masked: bool, every_kept: bool
) -> CaseList:  # fmt: skip
    found = case_lists.lines(connection, office.id, _conditions(connection, office, wanted), masked=masked)
    lines = list(_holding(office, found, wanted.where, masked=masked))
    chosen = tuple(columns)
    if every_kept:
        headings = dict.fromkeys(heading for line in lines for heading in line.extra)
        chosen += tuple(_kept(heading) for heading in headings)
    rows = [_cells(line, office, chosen, masked=masked) for line in lines]
    return CaseList(chosen, rows)


def of_cases(
    connection: Transaction, office: Office, keys: Collection[int], columns: Sequence[Column]
) -> dict[int, tuple[CaseLine, list[Cell]]]:  # fmt: skip
    """Return the lines of some cases with their cells in some columns, masked, by key."""
    found = case_lists.lines(connection, office.id, Conditions(keys=keys))
    return {line.row.id: (line, _cells(line, office, columns, masked=True)) for line in found}


def _cells(line: CaseLine, office: Office, columns: Sequence[Column], *, masked: bool) -> list[Cell]:
    cells = [column.value(line, office) for column in columns]
    if not masked:
        return cells
    # A number may stand in any text, and in an address too.
    return [
        mask_text(cell) if isinstance(cell, str) and column.name in _HIDES else cell
        for cell, column in zip(cells, columns, strict=True)
    ]


_HIDES = frozenset({"address"})
"""Columns whose texts are masked here; the others are masked as they are read."""


def conditions(office: Office, wanted: Wanted) -> Conditions:
    """Return the conditions of a case list without those on its columns (``where``), for a search.

    Raises:
        UnknownWord, BadValue: as of :func:`make`.
    """
    with office.database.reading() as connection:
        return _conditions(connection, office, wanted)


def holding(office: Office, keys: Collection[int], where: Sequence[str]) -> set[int]:
    """Return which of some cases meet conditions on columns.

    Raises:
        UnknownWord, BadValue: as of :func:`make`.
    """
    with office.database.reading() as connection:
        lines = case_lists.lines(connection, office.id, Conditions(keys=keys))
        return {line.row.id for line in _holding(office, lines, where, masked=True)}


def _holding(office: Office, lines: Iterable[CaseLine], where: Sequence[str], *, masked: bool) -> Iterator[CaseLine]:
    """Yield the lines that meet conditions on columns.

    Raises:
        BadValue: a condition that is none, or one that compares what is masked.
        UnknownWord: no such column, or none of the lines has such a column of a list.
    """
    tests = [_test(said, masked=masked) for said in where]
    sought = {
        column.name.removeprefix(EXTRA)
        for said, (column, _) in zip(where, tests, strict=True)
        if column.name.startswith(EXTRA) and said.rstrip()[-1:] not in "=＝"
    }
    known: set[str] = set()
    for line in lines:
        known |= line.extra.keys()
        if all(holds(line, office) for _, holds in tests):
            yield line
    if known and (strange := sorted(sought - known)):
        choices = [f"{EXTRA}{heading}" for heading in near(strange[0], sorted(known), 3) or sorted(known)[:_SHOWN]]
        raise UnknownWord(what="column", word=f"{EXTRA}{strange[0]}", choices=choices)


_PERSONAL = frozenset({"reporter", "phone"})


def _test(said: str, *, masked: bool) -> tuple[Column, Callable[[CaseLine, Office], bool]]:
    """Return the column and the test that a condition such as ``附列.社区=东风社区`` is."""
    parts = _WHERE.fullmatch(said)
    if parts is None:
        raise BadValue(what="option", value=f"--where {said}", expected="where")
    column, sign, value = _column(parts[1]), parts[2], fold_width(parts[3])
    is_hidden = column.name in _PERSONAL or mask_kept(column.name, value) != value
    if masked and value and "*" not in value and is_hidden:
        raise BadValue(what="option", value=f"--where {mask_text(parts[1])}{sign}…", expected="where_masked")

    def holds(line: CaseLine, office: Office) -> bool:
        cell = fold_width(str(column.value(line, office)))
        if sign == "~=":
            return value in cell
        return (cell == value) is (sign != "!=")

    return column, holds


def _conditions(connection: Transaction, office: Office, wanted: Wanted) -> Conditions:
    if wanted.first is not None and wanted.last is not None and wanted.last < wanted.first:
        raise BadValue(what="day", value=f"{wanted.first}..{wanted.last}", expected="days_in_order")
    return Conditions(
        reported_from=office.midnight(wanted.first) if wanted.first is not None else None,
        reported_until=office.midnight(wanted.last + timedelta(days=1)) if wanted.last is not None else None,
        sources=wanted.sources,
        states=wanted.states,
        areas=_areas(connection, wanted.areas),
        handlers=_handlers(connection, wanted.units),
        categories=_categories(connection, wanted.categories),
        open_only=wanted.open_only,
        overdue_at=office.now() if wanted.overdue else None,
        keys=wanted.keys,
    )


def _areas(connection: Transaction, names: Iterable[str]) -> set[int]:
    """Return the keys of the named divisions and of those below them."""
    every = places.areas(connection)
    found: set[int] = set()
    for name in names:
        said = "".join(fold_width(clean_line(name)).split())
        named = [area for area in every if said in (area.code, area.name, _ENDINGS.sub("", area.name))]
        if not named:
            raise UnknownWord(what="area", word=name, choices=_some(name, [area.name for area in every]))
        for area in named:
            found |= {other.id for other in every if other.id == area.id or is_below(other.code, area.code)}
            found |= {other.id for other in every if other.parent_id == area.id}
    return found


def _some(name: str, known: Sequence[str]) -> list[str]:
    """Return the names like a word, or the first ones of an office that has none like it."""
    return list(near(name, known, 3)) or [*dict.fromkeys(known[:_SHOWN]), *(["…"] if len(known) > _SHOWN else [])]


def _handlers(connection: Transaction, names: Iterable[str]) -> set[tuple[str, int]]:
    units = people.units(connection)
    found = set()
    for name in names:
        said = fold_width(clean_line(name))
        unit = next((unit for unit in units if said in (unit.code, unit.name)), None)
        if unit is None:
            raise UnknownWord(what="handler", word=name, choices=_some(name, [unit.name for unit in units]))
        found.add((HandlerKind.UNIT.value, unit.id))
    return found


def _categories(connection: Transaction, names: Iterable[str]) -> set[int]:
    """Return the keys of the named categories: minor ones, or all of a major one."""
    every = [choice.category for choice in catalogue.categories(connection)]
    found: set[int] = set()
    for name in names:
        said = fold_width(clean_line(name))
        named = {item.id for item in every if said in (fold_width(item.minor_name), fold_width(item.major_name))}
        if not named:
            raise UnknownWord(what="category", word=name, choices=_some(name, [item.minor_name for item in every]))
        found |= named
    return found
