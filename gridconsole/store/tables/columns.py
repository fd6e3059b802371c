"""Parts of which the tables are made: columns, constraints and indices.

Instants are UTC text (see :mod:`gridconsole.store.types`), dates ISO text, flags 0/1, code lists the values of the domain's
enumerations. Tables do not validate input, which is parsed before; named CHECK constraints are a second line of defence. In SQLite
every table is STRICT.

The tables are plain SQLAlchemy ones: declaring all 44 takes 15 ms, while as classes of SQLModel they took 200, and importing that as
much again; a command declares those it needs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from gridconsole.store.types import STAMP_GLOB

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table that is declared so far; :mod:`.everything` declares all."""
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# SQLite's own shapes of text; other databases have no GLOB.
_ONLY_SQLITE: dict[str, Any] = {"dialect": "sqlite"}


def table(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    """Declare a table."""
    return sa.Table(name, METADATA, *parts, sqlite_strict=True)


# --- columns ----------------------------------------------------------------------------------------------------


def key() -> sa.Column[int]:
    """Return the column ``id``, which numbers the rows."""
    return sa.Column("id", _NUMBER, primary_key=True)


def number(
    name: str, *, null: bool = False, of: str | None = None, default: int | None = None, primary: bool = False
) -> sa.Column[int]:  # fmt: skip
    """Return a column of integers.

    Args:
        of: table and column that the number refers to.
    """
    parts = [sa.ForeignKey(of)] if of is not None else []
    return sa.Column(
        name, _NUMBER, *parts, nullable=null, primary_key=primary, autoincrement=False,
        server_default=None if default is None else str(default),
    )  # fmt: skip


def text(
    name: str, *, null: bool = False, primary: bool = False, unique: bool = False, default: str | None = None
) -> sa.Column[str]:  # fmt: skip
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=null, primary_key=primary, unique=unique or None, server_default=default)


def blank(name: str) -> sa.Column[str]:
    """Return a column of text that is empty by default."""
    return text(name, default="")


def real(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[float]:
    """Return a column of floating-point numbers."""
    return sa.Column(name, sa.REAL, nullable=null, server_default=default)


def blob(name: str, *, null: bool = False) -> sa.Column[bytes]:
    """Return a column of bytes."""
    return sa.Column(name, sa.LargeBinary, nullable=null)


def some(of: sa.FromClause, names: str) -> tuple[sa.ColumnElement[Any], ...]:
    """Return columns of a table by their names, separated by blanks, for a statement."""
    return tuple(of.c[name] for name in names.split())


def word(value: str) -> sa.ColumnElement[str]:
    """Return a word of this program as a literal: SQLite uses a partial index only if its condition stands in the statement."""
    return sa.literal_column(f"'{value}'", sa.Text)


# --- constraints and indices ------------------------------------------------------------------------------------


def one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """Allow only the values of an enumeration."""
    words = ", ".join(f"'{item.value}'" for item in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


def flag(column: str) -> sa.CheckConstraint:
    """Allow only 0 and 1."""
    return sa.CheckConstraint(f"{column} IN (0, 1)", name=column)


def moment(column: str, *, null: bool = False) -> sa.CheckConstraint:
    """Allow only instants as they are stored."""
    shape = f"{column} GLOB '{STAMP_GLOB}'"
    return only_sqlite(sa.CheckConstraint(f"{column} IS NULL OR {shape}" if null else shape, name=column))


def only_sqlite(constraint: sa.CheckConstraint) -> sa.CheckConstraint:
    """Mark a constraint that other databases cannot express."""
    return constraint.ddl_if(**_ONLY_SQLITE)


def index(name: str | None, *columns: str | sa.TextClause, unique: bool = False, where: str | None = None) -> sa.Index:
    """Return an index.

    Args:
        where: condition of the rows that are in it, in SQL; None: all.
    """
    return sa.Index(name, *columns, unique=unique, sqlite_where=None if where is None else sa.text(where))


def say_conditions_for(dialect: str) -> None:
    """Give the partial indices of every declared table their condition for another database, whose dialect is loaded for that."""
    for declared in METADATA.tables.values():
        for one in declared.indexes:
            one.dialect_options[dialect]["where"] = one.dialect_options["sqlite"]["where"]
