"""Find cases: by conditions, and by words in texts, notes, places, handlers, numbers and references, also in pinyin.

Words are looked up in the index of :mod:`.text_index`, newest case first. What the index cannot find is read through within bounds:
cases that are not indexed yet, and words of a single character.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.errors import BadValue
from gridconsole.domain.search_words import Term, is_key, is_spelled, is_tail, pairs, public, syllables, terms
from gridconsole.domain.states import State
from gridconsole.domain.text import clean_line
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language.pinyin import spell_place
from gridconsole.store import queue, text_index
from gridconsole.store.types import driver_of, stamp

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


@dataclass(frozen=True, slots=True)
class Search:
    """Conditions of a list; empty means any."""

    states: tuple[State, ...] = ()
    words: str = ""
    """Words, separated by blanks, that must all be found; at most :data:`WORDS_LONGEST` characters."""
    overdue_at: datetime | None = None
    """Only open cases overdue at this instant."""
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    open_only: bool = False
    names: bool = False
    """True also to find cases by the names and numbers of people: only for operators who may unmask."""


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Conditions that need no words, as SQL on a case ``i`` with values by name."""

    sql: str
    by_key: str
    """The same for a query that reaches cases in another way than by their office: with the plus sign, no index is chosen for it."""
    values: dict[str, Any]
    open_only: bool


def search(connection: sa.Connection, office: int, wanted: Search, limit: int) -> tuple[QueueRow, ...]:
    """Return cases that meet the conditions, newest report first (for overdue ones: most overdue first).

    Raises:
        BadValue: the words are too long.
    """
    if len(wanted.words) > WORDS_LONGEST:
        raise BadValue(what="search", value=f"{wanted.words[:20]}…", expected="search")
    conditions = _conditions(office, wanted)
    sought = terms(clean_line(wanted.words))
    if not sought:
        return queue.rows_where(connection, conditions.sql, conditions.values, limit, by_due_time=wanted.overdue_at is not None)
    with_index = text_index.is_usable(driver_of(connection))
    try:
        ids = _Finder(connection, conditions, sought, names=wanted.names, limit=limit, with_index=with_index).find()
    except Exception as error:
        if not text_index.is_fault_of_index(error):
            raise
        ids = _Finder(connection, conditions, sought, names=wanted.names, limit=limit, with_index=False).find()
    rows = queue.rows_by_id(connection, ids)
    if wanted.overdue_at is not None:
        return tuple(sorted(rows, key=lambda row: (row.due_at or row.reported_at, row.id))[:limit])
    return tuple(sorted(rows, key=lambda row: (row.reported_at, row.id), reverse=True)[:limit])


def _conditions(office: int, wanted: Search) -> _Conditions:
    conditions: list[str] = []
    values: dict[str, Any] = {"office": office}
    is_open = wanted.open_only or wanted.overdue_at is not None
    if wanted.states:
        conditions.append("i.state IN (SELECT value FROM json_each(:states))")
        values["states"] = json.dumps([state.value for state in wanted.states])
    if is_open:
        conditions.append("i.closed_at IS NULL")
    if wanted.overdue_at is not None:
        conditions.append("i.due_at < :now")
        values["now"] = stamp(wanted.overdue_at)
    if wanted.reported_from is not None:
        conditions.append("i.reported_at >= :from")
        values["from"] = stamp(wanted.reported_from)
    if wanted.reported_until is not None:
        conditions.append("i.reported_at < :until")
        values["until"] = stamp(wanted.reported_until)
    others = "".join(f" AND {condition}" for condition in conditions)
    return _Conditions(f"i.office_id = :office{others}", f"+i.office_id = :office{others}", values, is_open)


# --- words ------------------------------------------------------------------------------------------------------


def expression(term: Term, *, names: bool) -> str:
    """Return a term as a query of the index: every run of it must be in the document."""
    return " AND ".join(f"({' OR '.join(_alternatives(run, names=names))})" for run in term.runs)


def _whole_words(expression: str) -> str:
    """Return a query without beginnings of words: looking those up in one document takes as long as in all."""
    return expression.replace('" *', '"')


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
    """Places, handlers and numbers that a term may mean besides words in texts."""

    expression: str
    """Query of the index."""
    areas: frozenset[int]
    grids: frozenset[int]
    handlers: frozenset[tuple[str, int]]
    digits: str
    """Digits that may be a part of a case number."""

    def holds(self, case: Any) -> bool:
        """Return whether a row (number, area, grid, handler kind, handler) has what the term means."""
        _, number, area, grid, kind, handler = case
        is_number = bool(self.digits) and (number.startswith(self.digits) or number.endswith(self.digits))
        return is_number or area in self.areas or grid in self.grids or (kind, handler) in self.handlers


_FACTS = "i.id, i.number, i.area_id, i.grid_id, i.handler_kind, i.handler_id"
_AREAS = (
    "WITH RECURSIVE found(id) AS (SELECT id FROM area WHERE name LIKE :like ESCAPE '!' OR (:letters <> '' AND initials LIKE :letters)"
    " UNION SELECT a.id FROM area a JOIN found f ON a.parent_id = f.id) SELECT a.id, a.name FROM found JOIN area a USING (id)"
)
_GRIDS = (
    "SELECT id, name FROM grid WHERE name LIKE :like ESCAPE '!' OR code = :word OR (:letters <> '' AND initials LIKE :letters)"
)
_HANDLERS = (
    "SELECT 'unit', id, name FROM unit WHERE name LIKE :like ESCAPE '!' UNION ALL"
    " SELECT 'warden', id, name FROM warden WHERE name LIKE :like ESCAPE '!'"
)


class _Finder:
    """One search with words."""

    def __init__(
        self, connection: sa.Connection, conditions: _Conditions, sought: Sequence[Term], *, names: bool, limit: int,
        with_index: bool,
    ) -> None:  # fmt: skip
        self._connection = connection
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

    def find(self) -> list[int]:
        """Return the keys of at most twice the limit of cases; the newest ones are among them."""
        if not any(term.runs for term in self._terms):
            self._keep(self._read_through(None if self._conditions.open_only else SCANNED))
            return list(self._found)
        meanings = [self._meaning(term) for term in self._terms if term.runs]
        if self._is_indexed:
            self._find_together(meanings)
        for meaning in meanings:
            others = [other for other in meanings if other is not meaning]
            found = self._meant(meaning, with_texts=bool(others) and self._is_indexed)
            self._add(case for case in found if self._fit(others, case))
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
        taken, is_cut = self._documents(query, CANDIDATES if self._literal else self._limit, most)
        self._add(taken)
        if is_cut and self._conditions.open_only and len(self._found) < self._limit:
            cases = self._raw.execute(
                f"SELECT {_FACTS} FROM incident i WHERE {self._conditions.sql} ORDER BY +i.id DESC", self._conditions.values
            )
            self._add(case for case in cases.fetchall() if self._has(query, case[0]))

    def _documents(self, query: str, limit: int, most: int | None) -> tuple[list[Any], bool]:
        """Return the newest cases with a document that fits, and whether there may be more documents than were read."""
        sql = (
            f"SELECT d.row, {_FACTS} FROM (SELECT rowid AS row FROM case_text WHERE case_text MATCH :query AND rowid < :before"
            f" ORDER BY rowid DESC LIMIT :page) d CROSS JOIN incident i ON i.id = d.row >> {text_index.SHIFT}"
            f" WHERE {self._conditions.by_key}"
        )
        last = (
            "SELECT min(rowid), count(*) FROM (SELECT rowid FROM case_text WHERE case_text MATCH :query AND rowid < :before"
            " ORDER BY rowid DESC LIMIT :page)"
        )
        found: dict[int, Any] = {}
        before, read, page = (1 << 63) - 1, 0, min(PAGE, 4 * limit)
        while True:
            values = {**self._conditions.values, "query": query, "before": before, "page": page}
            for _, *case in self._raw.execute(sql, values):
                found.setdefault(case[0], case)
            if len(found) >= limit:
                return list(found.values()), True
            before, count = self._raw.execute(last, values).fetchone()
            read += count
            if count < page:
                return list(found.values()), False
            if most is not None and read >= most:
                return list(found.values()), True

    def _has(self, query: str, case: int) -> bool:
        first = case << text_index.SHIFT
        row = self._raw.execute(
            "SELECT 1 FROM case_text WHERE case_text MATCH ? AND rowid BETWEEN ? AND ? LIMIT 1",
            (_whole_words(query), first, first + (1 << text_index.SHIFT) - 1),
        ).fetchone()
        return row is not None

    def _fit(self, meanings: Iterable[_Meaning], case: Any) -> bool:
        return all(meaning.holds(case) or (self._is_indexed and self._has(meaning.expression, case[0])) for meaning in meanings)

    # --- places, handlers and numbers ---

    def _meaning(self, term: Term) -> _Meaning:
        areas: dict[int, str] = {}
        grids: dict[int, str] = {}
        handlers: list[tuple[str, int]] = []
        if term.runs:
            readings = self._readings(term)
            values = {"like": f"%{_literal(term.text)}%", "word": term.text, "letters": ""}
            for letters in ("", *readings):
                values["letters"] = f"%{letters}%" if letters else ""
                found = (
                    (into, key, name)
                    for query, into in ((_AREAS, areas), (_GRIDS, grids))
                    for key, name in self._raw.execute(query, values)
                )
                for into, key, name in found:
                    if not letters or letters == term.runs[0] or _is_spelled(term.runs[0], name):
                        into[key] = name
            handlers = [(kind, key) for kind, key, _ in self._raw.execute(_HANDLERS, {"like": values["like"]})]
        return _Meaning(
            expression=expression(term, names=self._names),
            areas=frozenset(areas) if len(areas) <= MOST_PLACES else frozenset(),
            grids=frozenset(grids) if len(grids) <= MOST_PLACES else frozenset(),
            handlers=frozenset(handlers) if len(handlers) <= MOST_PLACES else frozenset(),
            digits=term.text if term.text.isascii() and term.text.isdecimal() and len(term.text) >= 3 else "",
        )

    def _readings(self, term: Term) -> set[str]:
        """Return the initials by which places may be found: the letters typed, or those of the syllables typed."""
        if len(term.runs) != 1 or not is_spelled(term.runs[0]):
            return set()
        return {term.runs[0], *("".join(part[0] for part in reading) for reading in syllables(term.runs[0]) if len(reading) > 1)}

    def _meant(self, meaning: _Meaning, *, with_texts: bool) -> Iterator[Any]:
        """Yield cases at the places, with the handlers or of the numbers that a term means, and if asked with it in a text."""
        where, values, most = self._conditions.by_key, self._conditions.values, self._limit
        sources: list[tuple[str, dict[str, Any]]] = []
        if self._conditions.open_only:
            # The open cases are few, and one reading of them finds every place.
            if meaning.areas or meaning.grids or meaning.handlers:
                sources.append((f"SELECT {_FACTS} FROM incident i WHERE {self._conditions.sql} ORDER BY +i.id DESC", {}))
        else:
            newest = f"SELECT {_FACTS} FROM incident i WHERE {where} AND {{tie}} ORDER BY i.reported_at DESC LIMIT {most}"
            sources += [(newest.format(tie="i.area_id = :key"), {"key": key}) for key in meaning.areas]
            sources += [(newest.format(tie="i.grid_id = :key"), {"key": key}) for key in meaning.grids]
            by_handler = (
                f"SELECT {_FACTS} FROM assignment a CROSS JOIN incident i ON i.id = a.incident_id WHERE {where}"
                f" AND a.handler_kind = :kind AND a.handler_id = :key ORDER BY a.started_at DESC LIMIT {most}"
            )
            sources += [(by_handler, {"kind": kind, "key": key}) for kind, key in meaning.handlers]
        for sql, tie in sources:
            yield from (case for case in self._raw.execute(sql, {**values, **tie}).fetchall() if meaning.holds(case))
        if meaning.digits:
            numbers = json.dumps(queue.numbers_with(self._connection, values["office"], meaning.digits, most))
            sql = f"SELECT {_FACTS} FROM incident i WHERE {self._conditions.sql} AND i.number IN (SELECT value FROM json_each(:numbers))"
            yield from self._raw.execute(sql, {**values, "numbers": numbers}).fetchall()
        if with_texts:
            yield from self._documents(meaning.expression, CANDIDATES, CANDIDATES)[0]

    # --- reading through ---

    def _read_through(self, newest: int | None, up_to: int | None = None) -> Iterator[int]:
        """Yield the cases whose own texts contain every term, newest first.

        Args:
            newest: how many of the newest cases are read; None: all.
            up_to: greatest key of the cases that are read; None: no limit.
        """
        conditions = [self._conditions.sql if self._conditions.open_only else self._conditions.by_key]
        values = dict(self._conditions.values)
        for at, term in enumerate(self._terms):
            conditions.append(_CONTAINS.format(name=f"like{at}"))
            values[f"like{at}"] = f"%{_literal(term.text)}%"
        if newest is not None:
            conditions.append("i.id > (SELECT max(id) FROM incident) - :newest")
            values["newest"] = newest
        if up_to is not None:
            conditions.append("i.id <= :up_to")
            values["up_to"] = up_to
        sql = (
            "SELECT i.id, i.reporter_name, i.number, i.text, i.address, i.handler_name, i.source_ref FROM incident i"
            f" WHERE {' AND '.join(conditions)} ORDER BY {'+' if self._conditions.open_only else ''}i.id DESC"
        )
        for case, reporter, *texts in self._raw.execute(sql, values):
            if self._names or all(any(term.text in public(text, reporter) for text in texts) for term in self._terms):
                yield case


def _is_spelled(letters: str, name: str) -> bool:
    return any(letters in "".join(reading) for reading in spell_place(name))


_CONTAINS = "(" + " OR ".join(f"i.{column} LIKE :{{name}} ESCAPE '!'" for column in (
    "number", "text", "address", "handler_name", "source_ref")) + ")"  # fmt: skip


def _literal(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
