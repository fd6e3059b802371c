"""The tables, and every statement that is written as an expression on them, are understood by PostgreSQL too.

Compiling a statement proves nothing, since unknown functions compile as well: a real server creates the tables and prepares each one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import postgres_server
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from stored_statements import statements

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
            doubled = compiled.replace("%", "%%")  # the driver reads a single percent sign as a placeholder
            server.exec_driver_sql(f"PREPARE s{at} AS {doubled}")
        except sa.exc.DBAPIError as error:
            failed[name] = f"{error.orig}\n{compiled}"
    assert failed == {}
    assert len(prepared) > 10
