"""Expressions that SQLite needs in words of its own; each is compiled to the usual words for other databases."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class _OfColumn(sa.ColumnElement[Any]):
    """An expression of one column, whose table the statement reads."""

    column: sa.ColumnElement[Any]

    @property
    def _from_objects(self) -> list[sa.FromClause]:
        return self.column._from_objects


class by_no_index(_OfColumn):  # noqa: N801  used like a function in statements
    """A column whose condition must not choose the index: SQLite believes it selective, although a file has one office.

    With the plus, a query by time took 4 ms at 200,000 cases; without it, SQLite read every case of the office: 437 ms.
    """

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.column = column
        self.type = column.type

    _traverse_internals = [("column", sa.sql.visitors.InternalTraversal.dp_clauseelement)]  # noqa: RUF012  as SQLAlchemy names it


@compiles(by_no_index)
def _plain(element: by_no_index, compiler: SQLCompiler, **words: Any) -> str:
    return str(compiler.process(element.column, **words))


@compiles(by_no_index, "sqlite")
def _with_plus(element: by_no_index, compiler: SQLCompiler, **words: Any) -> str:
    return f"+{compiler.process(element.column, **words)}"


class greatest(sa.sql.functions.GenericFunction[Any]):  # noqa: N801  a function in statements
    """The greatest of several values; in SQLite ``max`` of several arguments."""

    name = "greatest"
    inherit_cache = True


@compiles(greatest, "sqlite")
def _max(element: greatest, compiler: SQLCompiler, **words: Any) -> str:
    return f"max({compiler.process(element.clauses, **words)})"


class json_text(_OfColumn):  # noqa: N801  used like a function in statements
    """The text of a field of a JSON object; NULL if it has none."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, column: sa.ColumnElement[Any], field: str) -> None:
        self.column, self.field = column, field

    _traverse_internals = [  # noqa: RUF012  as SQLAlchemy names it
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("field", sa.sql.visitors.InternalTraversal.dp_string),
    ]


@compiles(json_text)
def _arrow(element: json_text, compiler: SQLCompiler, **words: Any) -> str:
    return f"(CAST({compiler.process(element.column, **words)} AS jsonb) ->> '{element.field}')"


@compiles(json_text, "sqlite")
def _extract(element: json_text, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_extract({compiler.process(element.column, **words)}, '$.{element.field}')"


class json_value(sa.sql.functions.GenericFunction[str]):  # noqa: N801  a function in statements
    """The text under a name in a JSON object; NULL if it has none. Both are values, so that the name may hold any character."""

    type = sa.Text()
    inherit_cache = True


@compiles(json_value)
def _value_arrow(element: json_value, compiler: SQLCompiler, **words: Any) -> str:
    column, name = (compiler.process(one, **words) for one in element.clauses)
    return f"(CAST({column} AS jsonb) ->> {name})"


@compiles(json_value, "sqlite")
def _value(element: json_value, compiler: SQLCompiler, **words: Any) -> str:
    column, name = (compiler.process(one, **words) for one in element.clauses)
    return f"(SELECT value FROM json_each({column}) WHERE key = {name})"


class json_each(sa.sql.functions.GenericFunction[Any]):  # noqa: N801  a function in statements
    """The values of a JSON array, as rows."""

    inherit_cache = True


@compiles(json_each)
def _elements(element: json_each, compiler: SQLCompiler, **words: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **words)} AS jsonb))"


@compiles(json_each, "sqlite")
def _each(element: json_each, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **words)})"


def listed(name: str, kind: type[sa.types.TypeEngine[Any]] = sa.Integer) -> sa.Select[Any]:
    """Return the values of a parameter that is given as a JSON array, for ``column.in_``.

    One statement serves lists of any length: a parameter for each value is compiled for each length, and SQLite takes 32,766 at most.
    """
    rows = json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return sa.select(sa.cast(rows.c.value, kind))


class json_array(sa.sql.functions.GenericFunction[str]):  # noqa: N801  a function in statements
    """A JSON array of several values, as text."""

    type = sa.Text()
    inherit_cache = True


@compiles(json_array)
def _build_array(element: json_array, compiler: SQLCompiler, **words: Any) -> str:
    return f"CAST(jsonb_build_array({compiler.process(element.clauses, **words)}) AS text)"


@compiles(json_array, "sqlite")
def _array(element: json_array, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **words)})"


class json_group_array(sa.sql.functions.GenericFunction[str]):  # noqa: N801  a function in statements
    """The values of all rows as a JSON array, as text; a value that is JSON itself stays it."""

    type = sa.Text()
    inherit_cache = True


@compiles(json_group_array)
def _aggregate(element: json_group_array, compiler: SQLCompiler, **words: Any) -> str:
    value = compiler.process(element.clauses, **words)
    if isinstance(next(iter(element.clauses)), json_array):
        value = f"CAST({value} AS jsonb)"
    return f"coalesce(CAST(jsonb_agg({value}) AS text), '[]')"


@compiles(json_group_array, "sqlite")
def _group(element: json_group_array, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **words)})"


class group_concat(sa.sql.functions.GenericFunction[str]):  # noqa: N801  a function in statements
    """The texts of all rows, joined by a separator that is a part of the statement."""

    type = sa.Text()
    inherit_cache = True


@compiles(group_concat)
def _string_agg(element: group_concat, compiler: SQLCompiler, **words: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **words)})"


@compiles(group_concat, "sqlite")
def _concat(element: group_concat, compiler: SQLCompiler, **words: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **words)})"


def json_rows(rows: sa.Select[Any]) -> sa.ScalarSelect[str]:
    """Return the rows of a query as a JSON array of arrays, in their order; those of a single column as an array of its values."""
    of = rows.subquery()
    columns = list(of.c)
    return sa.select(json_group_array(columns[0] if len(columns) == 1 else json_array(*columns))).scalar_subquery()


class instr(sa.sql.functions.GenericFunction[int]):  # noqa: N801  a function in statements
    """The place of a text within another, from 1; 0 if it is not there."""

    type = sa.Integer()
    inherit_cache = True


@compiles(instr)
def _strpos(element: instr, compiler: SQLCompiler, **words: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **words)})"


@compiles(instr, "sqlite")
def _instr(element: instr, compiler: SQLCompiler, **words: Any) -> str:
    return f"instr({compiler.process(element.clauses, **words)})"


class quoted(_OfColumn):  # noqa: N801  used like a function in statements
    """A value as a literal: text in quotation marks, a number as it is, ``NULL``."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        self.column = column

    _traverse_internals = [("column", sa.sql.visitors.InternalTraversal.dp_clauseelement)]  # noqa: RUF012  as SQLAlchemy names it


@compiles(quoted)
def _as_literal(element: quoted, compiler: SQLCompiler, **words: Any) -> str:
    column = compiler.process(element.column, **words)
    if isinstance(element.column.type, sa.Text):
        return f"quote_nullable({column})"
    return f"coalesce(CAST({column} AS TEXT), 'NULL')"


@compiles(quoted, "sqlite")
def _quote(element: quoted, compiler: SQLCompiler, **words: Any) -> str:
    return f"quote({compiler.process(element.column, **words)})"


def joined(separator: str, parts: Sequence[sa.ColumnElement[str]]) -> sa.ColumnElement[str]:
    """Return texts joined by a separator."""
    between: sa.ColumnElement[str] = sa.literal_column(f"'{separator}'", sa.Text)
    text = parts[0]
    for part in parts[1:]:
        text = text.concat(between).concat(part)
    return text


class _Rowid(sa.ColumnElement[int]):
    """The number that SQLite keeps of each row of a table; see :func:`row_key`."""

    inherit_cache = True
    type = sa.BigInteger()

    def __init__(self, table: sa.Table) -> None:
        self.table = table

    _traverse_internals = [("table", sa.sql.visitors.InternalTraversal.dp_clauseelement)]  # noqa: RUF012  as SQLAlchemy names it

    @property
    def _from_objects(self) -> list[sa.FromClause]:
        return [self.table]


@compiles(_Rowid)
def _row_address(element: _Rowid, compiler: SQLCompiler, **_words: Any) -> str:
    name = compiler.preparer.format_table(element.table)
    # Page and place on the page: as unlike any other row's as SQLite's number, and no longer lasting than the transaction.
    return f"(split_part(trim({name}.ctid::text, '()'), ',', 1)::bigint * 65536 + split_part(trim({name}.ctid::text, '()'), ',', 2)::bigint)"


@compiles(_Rowid, "sqlite")
def _rowid(element: _Rowid, compiler: SQLCompiler, **_words: Any) -> str:
    return f"{compiler.preparer.format_table(element.table)}.rowid"


def row_key(table: sa.Table) -> sa.ColumnElement[int]:
    """Return the key of a table's rows as one number: its ``id``, or the row's own number where the key has several columns.

    A table is read by it in stretches of the same length, without a search for where each begins.
    """
    return table.c.id if "id" in table.c else _Rowid(table)


class _Glob(_OfColumn):
    """A text of the shape that a parameter gives; see :func:`like_glob`."""

    inherit_cache = True
    type = sa.Boolean()

    def __init__(self, column: sa.ColumnElement[Any], shape: sa.BindParameter[str]) -> None:
        self.column, self.shape = column, shape

    _traverse_internals = [  # noqa: RUF012  as SQLAlchemy names it
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("shape", sa.sql.visitors.InternalTraversal.dp_clauseelement),
    ]


@compiles(_Glob)
def _similar(element: _Glob, compiler: SQLCompiler, **words: Any) -> str:
    shape = compiler.process(element.shape, **words)
    return f"({compiler.process(element.column, **words)} ~ replace({shape}, '*', '.*'))"


@compiles(_Glob, "sqlite")
def _glob(element: _Glob, compiler: SQLCompiler, **words: Any) -> str:
    return f"({compiler.process(element.column, **words)} GLOB {compiler.process(element.shape, **words)})"


def like_glob(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Return whether a text has the shape that the parameter of a name gives: ``*`` for any characters, ``[01]`` for one of some."""
    return _Glob(column, sa.bindparam(name, type_=sa.Text))


class in_order(sa.Join):  # noqa: N801  used like a function in statements
    """A join that reads the left side first: SQLite otherwise may begin with the right one, and look through all of it."""

    inherit_cache = True


@compiles(in_order, "sqlite")
def _cross_join(element: in_order, compiler: SQLCompiler, from_linter: Any = None, **words: Any) -> str:
    words["asfrom"] = True
    sides = [
        compiler.process(side, from_linter=from_linter, **words)
        for side in (element.left, element.right)
    ]  # fmt: skip
    if from_linter is not None:
        from_linter.edges.update(itertools.product(element.left._from_objects, element.right._from_objects))
    condition = compiler.process(element.onclause, from_linter=from_linter, **words)  # type: ignore[arg-type]
    return f"{sides[0]} CROSS JOIN {sides[1]} ON {condition}"


def insert_unless_there(table: sa.Table, columns: str, query: sa.Select[Any]) -> sa.Insert:
    """Insert the rows of a query, except those that a unique index already has.

    Args:
        columns: names, separated by blanks, in the order of the query's.
    """
    return sqlite.insert(table).from_select(columns.split(), query).on_conflict_do_nothing()


@compiles(sqlite.dml.OnConflictDoNothing, "postgresql")
def _do_nothing(*_given: Any, **_words: Any) -> str:
    return "ON CONFLICT DO NOTHING"


class json_item(_OfColumn):  # noqa: N801  used like a function in statements
    """The text of an item of a JSON array, by its place from 0; NULL if there is none."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, column: sa.ColumnElement[Any], place: int) -> None:
        self.column, self.field = column, str(place)

    _traverse_internals = json_text._traverse_internals


@compiles(json_item)
def _item_arrow(element: json_item, compiler: SQLCompiler, **words: Any) -> str:
    return f"(CAST({compiler.process(element.column, **words)} AS jsonb) ->> {element.field})"


@compiles(json_item, "sqlite")
def _item(element: json_item, compiler: SQLCompiler, **words: Any) -> str:
    return f"json_extract({compiler.process(element.column, **words)}, '$[{element.field}]')"


def upsert(
    table: sa.Table, key: str, changed: str, *, where: sa.ColumnElement[bool] | None = None, **instead: Any
) -> sa.Insert:  # fmt: skip
    """Insert a row; where its key exists, put the new values in place of the columns given.

    Args:
        key: names of the key's columns, separated by blanks.
        changed: names of the columns that get the new value.
        where: condition under which an existing row changes at all.
        instead: columns that get another expression; ``excluded`` is the new row, see :func:`excluded`.
    """
    statement = sqlite.insert(table)
    values = {name: statement.excluded[name] for name in changed.split()} | instead
    return statement.on_conflict_do_update(index_elements=key.split(), set_=values, where=where)


def excluded(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    """Return a column of the new row of an :func:`upsert`."""
    return sqlite.insert(table).excluded[name]


@compiles(sqlite.dml.OnConflictDoUpdate, "postgresql")
def _on_conflict(element: Any, compiler: SQLCompiler, **words: Any) -> str:
    from sqlalchemy.dialects import postgresql  # takes 40 ms, and no command needs it

    other = postgresql.dml.OnConflictDoUpdate(
        index_elements=element.inferred_target_elements,
        set_=dict(element.update_values_to_set),
        where=element.update_whereclause,
    )
    return str(compiler.process(other, **words))
