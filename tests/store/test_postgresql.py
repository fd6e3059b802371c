"""The tables, and every statement that is written as an expression on them, are understood by PostgreSQL too.

Compiling a statement proves nothing, since unknown functions compile as well: a real server creates the tables and prepares each one.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import postgres_server
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

import gridconsole.store
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.tables.columns import say_conditions_for
from gridconsole.store.tables.everything import METADATA

PROGRAMS = postgres_server.programs()
if PROGRAMS is None:
    pytest.skip("the server comes with the 'dev' extra", allow_module_level=True)


@pytest.fixture(scope="module")
def server() -> Iterator[sa.Connection]:
    """A connection to a server that has every table."""
    assert PROGRAMS is not None
    with postgres_server.running(PROGRAMS) as address:
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        say_conditions_for("postgresql")
        METADATA.create_all(engine)
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def statements() -> dict[str, sa.Executable]:
    """The statements of the store that are expressions, by module and name."""
    found: dict[str, sa.Executable] = {}
    modules = [module.name for module in pkgutil.walk_packages(gridconsole.store.__path__, "gridconsole.store.")]
    for module in (*modules, "gridconsole.archive.rows"):
        if ".migrations" in module or module.endswith(".text_index"):  # the index of words is a table that only SQLite has
            continue
        for name, value in vars(importlib.import_module(module)).items():
            of_each = value if isinstance(value, dict) else {"": value}
            for key, given in of_each.items():
                statement = given.statement if isinstance(given, Direct) else given
                if isinstance(statement, sa.Select | sa.CompoundSelect | sa.Insert | sa.Update | sa.Delete):
                    found[f"{module.removeprefix('gridconsole.store.')}.{name}{key and f'[{key}]'}"] = statement
    return found


def test_every_table_is_created(server: sa.Connection) -> None:
    there = sa.inspect(server).get_table_names()
    assert set(METADATA.tables) <= set(there)
    assert len(there) > 40


def test_every_statement_is_prepared(server: sa.Connection) -> None:
    failed = {}
    prepared = statements()
    for at, (name, statement) in enumerate(sorted(prepared.items())):
        compiled = str(statement.compile(dialect=postgresql.dialect(paramstyle="numeric_dollar")))  # type: ignore[attr-defined]
        compiled = re.sub(r"\(__\[POSTCOMPILE_\w+\]\)", "(NULL)", compiled)  # a list of values, given when it is executed
        compiled = re.sub(r"__\[POSTCOMPILE_\w+\]", "','", compiled)  # the separator of joined texts
        try:
            server.exec_driver_sql(f"PREPARE s{at} AS {compiled}")
        except sa.exc.DBAPIError as error:
            failed[name] = f"{error.orig}\n{compiled}"
    assert failed == {}
    assert len(prepared) > 10
