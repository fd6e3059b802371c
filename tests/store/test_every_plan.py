"""No statement walks over a table that grows with the past, unless it is listed here with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from grown_office import grow
from office_cli import Clock
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.selectable import Alias
from sqlalchemy.sql.visitors import iterate
from stored_statements import statements

from gridconsole.demo.build import build
from gridconsole.services.office import open_office

GROWING = frozenset(
    [
        "incident",
        "ledger",
        "ledger_personal",
        "clock",
        "assignment",
        "alarm",
        "task",
        "call_back",
        "case_request",
        "supervision_order",
        "case_link",
        "read_mark",
        "import_change",
        "import_reject",
        "import_issue",
        "retired_case",
    ]
)
OF_OPEN = re.compile(
    r"INDEX (ix_incident_(queue|count|open_reported|resting|call_back_\w+|upheld)|ix_alarm_(live|board)|\w+_open|ix_task_out) ?"
)
"""Partial indices: what is open, waits for a call, or was decided in an appeal; there are few."""
NEWEST = re.compile(r"LIMIT|min\(|max\(")
"""The first or last entry is found at the end of an index."""
PARTS = {
    "alarms._ALARMS", "alarms._EVALUATE_RUNNING", "call_backs._CALLS", "cases._FOLLOWERS", "cases._SELECT", "duplicates._REPORTS", "gridconsole.archive.rows._KEPT",
    "ledger_entries._LINE", "orders._ORDERS", "presence._CLOSED", "queue._NUMBERS", "queue._ROWS", "requests._LINES", "tasks._LINES",
}  # fmt: skip
"""Beginnings of statements, which are never executed without their conditions."""
VERIFY, YEAR = "verification reads everything", "a year is archived once"
WALKS = {
    "attest._SALTED": "an erasure looks for every entry that attests its texts",
    "batches._HANDLERS": "once in a transaction that takes back added units",
    "case_lists._LINES": "a case list may be of every case, some at a time",
    "copies._CASES": "a backup is examined as a whole",
    "fact_names._OLDER": "a column that none of the newest cases has is looked for until one has it",
    "figures._RETIRED_ACTS": "a report of a day in an archived year",
    "first_steps._HAS_CASES": "ends at the first case that counts",
    "figures._TOTALS": "the demonstration counts what it made",
    "gridconsole.archive.rows._BASES": YEAR,
    "gridconsole.archive.rows._NUMBERS": YEAR,
    "gridconsole.archive.rows._STRAY": VERIFY,
    "ledger_check._CASES": VERIFY,
    "ledger_check._CASE_COUNT": VERIFY,
    "ledger_check._KEPT_DIGEST": VERIFY,
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    """A connection to an office with some hundred cases of the past, whose tables SQLite has counted."""
    folder = tmp_path_factory.mktemp("plans")
    build(folder / "demo.db", seed=7, days=4, now=Clock()())
    grow(folder / "demo.db", folder / "office.db", 800)
    opened = open_office(folder / "office.db", "cli", Clock())
    opened.database.refresh_statistics()
    with opened.database.reading() as reading:
        yield reading
    opened.close()


def walks(connection: sa.Connection, statement: sa.Executable) -> list[str]:
    """The lines of a statement's plan that read a whole growing table, or all of an office in it."""
    text = str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))  # type: ignore[attr-defined]
    text = re.sub(r"__\[POSTCOMPILE_\w+\]", "','", re.sub(r"\(__\[POSTCOMPILE_\w+\]\)", "(NULL)", text))
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (1,) * text.count("?"))
    aliases = {
        part.name: part.element.name
        for part in iterate(statement)
        if isinstance(part, Alias) and isinstance(part.element, sa.Table)
    }  # type: ignore[arg-type]
    found = []
    for _, _, _, line in plan:
        read = re.match(r"(SCAN|SEARCH) (\w+)", line)
        if read is None or aliases.get(read[2], read[2]) not in GROWING or OF_OPEN.search(line):
            continue
        if (read[1] == "SCAN" or line.endswith("(office_id=?)")) and not (
            line.startswith("SEARCH ledger") and NEWEST.search(text)
        ):
            found.append(line)
    return found


def test_no_statement_walks_over_the_past(connection: sa.Connection) -> None:
    asked = {name: one for name, one in statements().items() if not isinstance(one, sa.Insert) and name not in PARTS}
    found = {name: lines for name, statement in asked.items() if (lines := walks(connection, statement))}
    assert {name: lines for name, lines in found.items() if name not in WALKS} == {}
    assert WALKS.keys() - found.keys() == set(), "no longer walks: take it off the list"
    assert len(asked) > 250


def test_a_walk_is_seen(connection: sa.Connection) -> None:
    incident = sa.table("incident", sa.column("office_id"), sa.column("address"))
    assert walks(connection, sa.select(incident.c.address).where(incident.c.address == sa.bindparam("place")))
    assert walks(connection, sa.select(incident.c.address).where(incident.c.office_id == sa.bindparam("office")))
