"""Find cases: by conditions, and by words in texts, notes, places, handlers, numbers and references, also in pinyin.

Words are looked up in the index of :mod:`.text_index`, newest case first. What the index cannot find is read through within bounds:
cases that are not indexed yet, and words of a single character.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import BadValue
from gridconsole.domain.search_words import Term, folded, is_key, is_spelled, is_tail, pairs, public, syllables, terms
from gridconsole.domain.text import clean_line
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language.pinyin import spell_place
from gridconsole.store import queue, text_index
from gridconsole.store.case_conditions import ALL, Conditions, clauses
from gridconsole.store.dialect.sqlite import by_no_index, in_order, listed
from gridconsole.store.tables.cases import assignment, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category, grid, unit
from gridconsole.store.tables.roster import roster_person
from gridconsole.store.types import driver_of

WORDS_LONGEST = 200
"""Most characters of a search: nobody types more, and a text pasted by mistake is no search."""
PAGE = 1_000
"""Most documents taken from the index at once; for a short list four for each of its lines."""
CANDIDATES = 2_000
"""Newest documents with a word that are compared with other conditions, before the open cases are asked one by one."""
SCANNED = 20_000
"""Newest cases that are read through for a single character."""
_ALL = (1 << 63) - 1
MOST_PLACES = 200
"""Areas, grids or handlers that one word may mean; a word that fits more of them is looked up in texts only."""


_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_FACTS = some(incident, "id number area_id grid_id handler_kind handler_id category_id")


@dataclass(frozen=True, slots=True)
class Search:
    """Words to find, in cases that meet conditions; empty means any."""

    words: str = ""
    """Words, separated by blanks, that must all be found; at most :data:`WORDS_LONGEST` characters."""
    names: bool = False
    """True also to find cases by the names and numbers of people: only for operators who may unmask."""
    among: Conditions = ALL
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of minor categories by a word that people say for them."""


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Conditions that need no words, with values by name."""

    others: tuple[sa.ColumnElement[bool], ...]
    """Conditions besides the office."""
    values: dict[str, Any]
    open_only: bool

    @property
    def all(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Return all conditions."""
        return (incident.c.office_id == _OFFICE, *self.others)

    @property
    def by_key(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Return the same for a query that reaches cases in another way than by their office, whose index is not chosen."""
        return (by_no_index(incident.c.office_id) == _OFFICE, *self.others)

    @property
    def of_open(self) -> sa.Select[Any]:
        """Return a query of all cases, for conditions that only open ones meet: there are few. Newest first."""
        return sa.select(*_FACTS).where(*self.all).order_by(by_no_index(incident.c.id).desc())


def search(connection: sa.Connection, office: int, wanted: Search, limit: int) -> tuple[QueueRow, ...]:
    """Return cases that meet the conditions, newest report first (for overdue ones: most overdue first).

    Raises:
        BadValue: the words are too long.
    """
    if len(wanted.words) > WORDS_LONGEST:
        raise BadValue(what="search", value=f"{wanted.words[:20]}…", expected="search")
    conditions = _conditions(office, wanted.among)
    sought = terms(clean_line(wanted.words))
    if not sought:
        return queue.rows_where(
            connection, conditions.all, conditions.values, limit, by_due_time=wanted.among.overdue_at is not None
        )
    with_index = text_index.is_usable(driver_of(connection))
    how: dict[str, Any] = {"names": wanted.names, "limit": limit, "synonyms": wanted.synonyms}
    try:
        ids = _Finder(connection, conditions, sought, **how, with_index=with_index).find()
    except Exception as error:
        if not text_index.is_fault_of_index(error):
            raise
        ids = _Finder(connection, conditions, sought, **how, with_index=False).find()
    rows = queue.rows_by_id(connection, ids)
    if wanted.among.overdue_at is not None:
        return tuple(sorted(rows, key=lambda row: (row.due_at or row.reported_at, row.id))[:limit])
    return tuple(sorted(rows, key=lambda row: (row.reported_at, row.id), reverse=True)[:limit])


def _conditions(office: int, wanted: Conditions) -> _Conditions:
    others, values = clauses(wanted)
    return _Conditions(others, values | {"office": office}, wanted.is_of_open)


# --- words ------------------------------------------------------------------------------------------------------


def expression(term: Term, *, names: bool) -> str:
    """Return a term as a query of the index: every run of it must be in the document."""
    return " AND ".join(f"({' OR '.join(_alternatives(run, names=names))})" for run in term.runs)


def _alternatives(run: str, *, names: bool) -> Iterator[str]:
    """Yield the ways a run may be found: as it is, as pinyin, as a reference, as the end of a number."""
    people = " people" if names else ""
    yield f'{{words{people}}} : "{" ".join(pairs(run))}"'
    if is_spelled(run):
        yield f'{{places{people}}} : "{" ".join(pairs(run))}"'
        for reading in syllables(run):
            yield f'{{places{people}}} : "{" ".join(reading)}" *'
    if is_key(run):
        yield f'{{keys}} : "{run}" *'
        yield f'{{keys}} : "{run[::-1]}" *'
    if names and is_tail(run):
        yield f'{{people}} : "{run[::-1]}" *'


@dataclass(frozen=True, slots=True)
class _Meaning:
    """Places, handlers, categories and numbers that a term may mean besides words in texts."""

    expression: str
    """Query of the index."""
    areas: frozenset[int]
    grids: frozenset[int]
    handlers: frozenset[tuple[str, int]]
    categories: frozenset[int]
    digits: str
    """Digits that may be a part of a case number."""

    def holds(self, case: Any) -> bool:
        """Return whether a row (number, area, grid, handler kind, handler, category) has what the term means."""
        _, number, area, grid, kind, handler, category = case
        is_number = bool(self.digits) and (number.startswith(self.digits) or number.endswith(self.digits))
        is_there = area in self.areas or grid in self.grids
        return is_number or is_there or category in self.categories or (kind, handler) in self.handlers


_LIKE: sa.BindParameter[str] = sa.bindparam("like", type_=sa.Text)
_LETTERS: sa.BindParameter[str] = sa.bindparam("letters", type_=sa.Text)


def _is_named(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.name.like(_LIKE, escape="!")


def _is_initialled(table: sa.Table) -> sa.ColumnElement[bool]:
    return (_LETTERS != "") & table.c.initials.like(_LETTERS)


_named_area = sa.select(area.c.id).where(_is_named(area) | _is_initialled(area)).cte("named", recursive=True)
_named_area = _named_area.union(sa.select(area.c.id).join(_named_area, area.c.parent_id == _named_area.c.id))
_AREAS = sa.select(area.c.id, area.c.name).join(_named_area, _named_area.c.id == area.c.id)
"""Areas of a name, with all areas within them."""
_GRIDS = sa.select(grid.c.id, grid.c.name).where(_is_named(grid) | (grid.c.code == sa.bindparam("word")) | _is_initialled(grid))
_HANDLERS = sa.union_all(
    *(sa.select(word(kind.value).label("kind"), table.c.id).where(_is_named(table))
      for kind, table in ((HandlerKind.UNIT, unit), (HandlerKind.WARDEN, roster_person)))
)  # fmt: skip

_CATEGORIES = sa.select(category.c.id).where(
    category.c.minor_name.like(_LIKE, escape="!") | category.c.minor_name.in_(listed("names", sa.Text))
)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest cases with a document that fits a query of the index."""

    cases: dict[int, Any]
    """Their rows (key, number, area, grid, handler kind, handler, category) by key."""
    down_to: int
    """Every case from this key on that fits, and meets the other conditions, is among them; 0: all were read."""


class _Finder:
    """One search with words."""

    def __init__(
        self, connection: sa.Connection, conditions: _Conditions, sought: Sequence[Term], *, names: bool, limit: int,
        synonyms: Mapping[str, tuple[str, ...]], with_index: bool,
    ) -> None:  # fmt: skip
        self._connection, self._synonyms = connection, {folded(said): names for said, names in synonyms.items()}
        self._raw = driver_of(connection)
        self._conditions = conditions
        self._terms = sought
        self._names = names
        self._limit = limit
        self._unindexed = text_index.left_to_fill(connection) if with_index else _ALL
        self._is_indexed = with_index
        self._literal = [term for term in sought if not term.is_plain]
        """Terms with other characters than letters and digits, which the index does not know."""
        self._found: dict[int, None] = {}
        self._newest: dict[_Meaning, _Newest] = {}
        """If there are several terms: the newest cases with each of them."""

    def find(self) -> list[int]:
        """Return the keys of at most twice the limit of cases; the newest ones are among them."""
        if not any(term.runs for term in self._terms):
            self._keep(self._read_through(None if self._conditions.open_only else SCANNED))
            return list(self._found)
        meanings = [self._meaning(term) for term in self._terms if term.runs]
        if self._is_indexed:
            self._find_together(meanings)
            if len(meanings) > 1:
                self._newest = {meaning: self._documents(meaning.expression, CANDIDATES, CANDIDATES) for meaning in meanings}
        for meaning in meanings:
            others = [other for other in meanings if other is not meaning]
            self._add(case for case in self._meant(meaning) if self._fit(others, case))
        if self._unindexed:
            self._keep(self._read_through(None, up_to=self._unindexed))
        return list(self._found)

    def _add(self, cases: Iterable[Any]) -> None:
        self._keep(case[0] for case in cases if not self._literal or self._is_said(case[0]))

    def _is_said(self, case: int) -> bool:
        """Return whether the texts of a case contain the terms that the index does not know."""
        texts = text_index.texts_of(self._raw, case, names=self._names)
        return all(any(term.is_in(text) for text in texts) for term in self._literal)

    def _keep(self, cases: Iterable[int]) -> None:
        added = 0
        for case in cases:
            if case not in self._found:
                self._found[case] = None
                added += 1
                if added >= self._limit:
                    return

    # --- the index ---

    def _find_together(self, meanings: Sequence[_Meaning]) -> None:
        """Find the cases that have all terms in one document."""
        query = " AND ".join(f"({meaning.expression})" for meaning in meanings)
        most = CANDIDATES if self._conditions.open_only or self._literal else None
        taken = self._documents(query, CANDIDATES if self._literal else self._limit, most)
        self._add(taken.cases.values())
        if taken.down_to and self._conditions.open_only and len(self._found) < self._limit:
            older = (case for case in self._execute(self._conditions.of_open) if case[0] < taken.down_to)
            self._add(case for case in older if text_index.has(self._raw, query, case[0]))

    def _execute(self, asked: sa.Executable, /, **values: Any) -> Sequence[Any]:
        return self._connection.execute(asked, {**self._conditions.values, **values}).all()

    def _documents(self, query: str, limit: int, most: int | None) -> _Newest:
        """Return the newest cases with a document that fits."""
        source = in_order(text_index.documents, incident, incident.c.id == text_index.case_of_document)
        cases = sa.select(*_FACTS).select_from(source).where(*self._conditions.by_key)
        found: dict[int, Any] = {}
        before, read, page = (1 << 63) - 1, 0, min(PAGE, 4 * limit)
        while True:
            values = {"query": query, "before": before, "page": page}
            for case in self._execute(cases, **values):
                found.setdefault(case[0], case)
            if len(found) >= limit:
                return _Newest(found, min(found))
            before, count = self._execute(text_index.LAST_DOCUMENT, **values)[0]
            read += count
            if count < page:
                return _Newest(found, 0)
            if most is not None and read >= most:
                return _Newest(found, before >> text_index.SHIFT)

    def _fit(self, meanings: Iterable[_Meaning], case: Any) -> bool:
        return all(meaning.holds(case) or (self._is_indexed and self._has(meaning, case[0])) for meaning in meanings)

    def _has(self, meaning: _Meaning, case: int) -> bool:
        newest = self._newest[meaning]
        if case >= newest.down_to:
            return case in newest.cases
        return text_index.has(self._raw, meaning.expression, case)

    # --- places, handlers and numbers ---

    def _meaning(self, term: Term) -> _Meaning:
        areas: dict[int, str] = {}
        grids: dict[int, str] = {}
        handlers: list[tuple[str, int]] = []
        categories: list[int] = []
        if term.runs:
            readings = self._readings(term)
            values = {"like": f"%{_literal(term.text)}%", "word": term.text, "letters": ""}
            for letters in ("", *readings):
                values["letters"] = f"%{letters}%" if letters else ""
                found = (
                    (into, key, name)
                    for query, into in ((_AREAS, areas), (_GRIDS, grids))
                    for key, name in self._execute(query, **values)
                )
                for into, key, name in found:
                    if not letters or letters == term.runs[0] or _is_spelled(term.runs[0], name):
                        into[key] = name
            handlers = [(row.kind, row.id) for row in self._execute(_HANDLERS, **values)]
            names = json.dumps(self._synonyms.get(term.text, ()))
            categories = [row.id for row in self._execute(_CATEGORIES, names=names, **values)]
        return _Meaning(
            expression=expression(term, names=self._names),
            areas=frozenset(areas) if len(areas) <= MOST_PLACES else frozenset(),
            grids=frozenset(grids) if len(grids) <= MOST_PLACES else frozenset(),
            handlers=frozenset(handlers) if len(handlers) <= MOST_PLACES else frozenset(),
            categories=frozenset(categories) if len(categories) <= MOST_PLACES else frozenset(),
            digits=term.text if term.text.isascii() and term.text.isdecimal() and len(term.text) >= 3 else "",
        )

    def _readings(self, term: Term) -> set[str]:
        """Return the initials by which places may be found: the letters typed, or those of the syllables typed."""
        if len(term.runs) != 1 or not is_spelled(term.runs[0]):
            return set()
        return {term.runs[0], *("".join(part[0] for part in reading) for reading in syllables(term.runs[0]) if len(reading) > 1)}

    def _meant(self, meaning: _Meaning) -> Iterator[Any]:
        """Yield cases at the places, with the handlers or of the numbers that a term means; if there are others, with it in a text."""
        most = sa.literal_column(str(self._limit), sa.Integer)
        key: sa.BindParameter[int] = sa.bindparam("key", type_=sa.BigInteger)
        sources: list[tuple[sa.Select[Any], dict[str, Any]]] = []
        if self._conditions.open_only:
            # The open cases are few, and one reading of them finds every place.
            if meaning.areas or meaning.grids or meaning.handlers or meaning.categories:
                sources.append((self._conditions.of_open, {}))
        else:
            cases = sa.select(*_FACTS).where(*self._conditions.by_key).limit(most)
            newest = cases.order_by(incident.c.reported_at.desc())
            sources += [(newest.where(incident.c.area_id == key), {"key": place}) for place in meaning.areas]
            sources += [(newest.where(incident.c.grid_id == key), {"key": place}) for place in meaning.grids]
            of_handler = (
                cases.select_from(in_order(assignment, incident, incident.c.id == assignment.c.incident_id))
                .where(assignment.c.handler_kind == sa.bindparam("kind"), assignment.c.handler_id == key)
                .order_by(assignment.c.started_at.desc())
            )
            sources += [(of_handler, {"kind": kind, "key": handler}) for kind, handler in meaning.handlers]
            if meaning.categories:
                # No index leads from a category to its cases: the newest cases are read.
                last = sa.select(sa.func.max(_every.c.id)).scalar_subquery()
                of_category = cases.where(
                    incident.c.category_id.in_(listed("categories")), incident.c.id > last - sa.literal_column(str(SCANNED))
                ).order_by(incident.c.id.desc())
                sources.append((of_category, {"categories": json.dumps(sorted(meaning.categories))}))
        for query, tie in sources:
            yield from (case for case in self._execute(query, **tie) if meaning.holds(case))
        if meaning.digits:
            numbers = queue.numbers_with(self._connection, self._conditions.values["office"], meaning.digits, self._limit)
            by_number = sa.select(*_FACTS).where(*self._conditions.all, incident.c.number.in_(listed("numbers", sa.Text)))
            yield from self._execute(by_number, numbers=json.dumps(numbers))
        if meaning in self._newest:
            yield from self._newest[meaning].cases.values()

    # --- reading through ---

    def _read_through(self, newest: int | None, up_to: int | None = None) -> Iterator[int]:
        """Yield the cases whose own texts contain every term, newest first.

        Args:
            newest: how many of the newest cases are read; None: all.
            up_to: greatest key of the cases that are read; None: no limit.
        """
        is_open = self._conditions.open_only
        query = sa.select(*some(incident, "id reporter_name"), *_READ)
        query = query.where(*(self._conditions.all if is_open else self._conditions.by_key))
        values: dict[str, Any] = {}
        for at, term in enumerate(self._terms):
            said: sa.BindParameter[str] = sa.bindparam(f"like{at}", type_=sa.Text)
            query = query.where(sa.or_(*(column.like(said, escape="!") for column in _READ)))
            values[f"like{at}"] = f"%{_literal(term.text)}%"
        if newest is not None:
            last = sa.select(sa.func.max(_every.c.id)).scalar_subquery()
            query, values["newest"] = query.where(incident.c.id > last - sa.bindparam("newest", type_=sa.BigInteger)), newest
        if up_to is not None:
            query, values["up_to"] = query.where(incident.c.id <= sa.bindparam("up_to", type_=sa.BigInteger)), up_to
        query = query.order_by((by_no_index(incident.c.id) if is_open else incident.c.id).desc())
        found = self._connection.execution_options(yield_per=1000).execute(query, {**self._conditions.values, **values})
        for case, reporter, *texts in found:
            if self._names or all(any(term.text in public(text, reporter) for text in texts) for term in self._terms):
                yield case


def _is_spelled(letters: str, name: str) -> bool:
    return any(letters in "".join(reading) for reading in spell_place(name))


_READ = some(incident, "number text address handler_name source_ref")
"""Texts of a case that are read through."""
_every = incident.alias("every")


def _literal(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
