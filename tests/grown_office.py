"""An office with years behind it: every closed case of an office copied many times, with all that belongs to it.

Clocks, assignments, tasks, call-backs, requests, orders, alarms and entries are copied too: a query that walks one of them is seen.
Hashes of copied entries are random, so such a file is for measuring, not for verifying.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gridconsole.services import fact_keeping, indexing
from gridconsole.services import office as offices
from gridconsole.store.engine import driver

MONTHS = 24
"""The copies lie in so many months before the office's own."""
SERIALS = 200
"""Case numbers between two copies of one month: more than an office of the demo reports in a day."""
_SHIFT = "'-' || (s.month * 32) || ' days'"
OF_A_CASE = ("clock", "assignment", "task", "call_back", "case_request", "supervision_order", "alarm")


def grow(source: Path, target: Path, cases: int, open_cases: int = 0) -> int:
    """Copy an office to a new file, add copies of its open cases until it has so many open ones, and then copies of its closed cases
    until it has so many cases; returns how many copies of each closed case there are.
    """
    shutil.copy(source, target)
    with driver.connect(target) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -400000")
        have, closed = database.execute("SELECT count(*), count(closed_at) FROM incident").fetchone()
        copies_of_open = max(0, -(-(open_cases - (have - closed)) // (have - closed)))
        copies = max(0, -(-(cases - have - copies_of_open * (have - closed)) // closed))
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        # Copies of open cases are of the same days, those of closed ones of the months before.
        database.execute(
            "CREATE TEMP TABLE step AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?)"
            " SELECT k, k <= ? AS is_open, CASE WHEN k <= ? THEN 0 ELSE k % ? + 1 END AS month,"
            " CASE WHEN k <= ? THEN k ELSE k / ? + 1 END AS serial FROM n WHERE ? > 0",
            (copies + copies_of_open, copies_of_open, copies_of_open, MONTHS, copies_of_open, MONTHS, copies + copies_of_open),
        )
        key = database.execute("SELECT max(id) FROM incident").fetchone()[0]
        _copy_cases(database, key)
        _copy_entries(database, key)
        # The next case of a day has a number that no copy has.
        database.execute(
            "INSERT INTO day_counter (office_id, day, last) SELECT office_id, substr(number, 1, 8), max(CAST(substr(number, 9) AS INTEGER))"
            " FROM incident GROUP BY 1, 2 ON CONFLICT (office_id, day) DO UPDATE SET last = max(last, excluded.last)"
        )
        for _, sql in triggers:
            database.execute(sql)
    opened = offices.open_office(target, "cli")
    indexing.rebuild(opened)
    fact_keeping.rebuild(opened)
    opened.close()
    return copies


def _copy_cases(database: Any, key: int) -> None:
    keyed = [table for table in OF_A_CASE if table != "clock"]
    most = {table: database.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0] for table in keyed} | {
        "incident": key
    }
    for table in reversed(("incident", *OF_A_CASE)):
        values = []
        for column, is_stamp in _columns(database, table):
            if column == "id":
                values.append(f"t.id + s.k * {most[table]}")
            elif column == "incident_id":
                values.append(f"t.incident_id + s.k * {key}")
            elif table == "alarm" and column == "turn":
                # An alarm of an order names the order's key; one of a clock its position.
                values.append(f"t.turn + iif(t.kind = 'ladder', 0, s.k * {most['supervision_order']})")
            elif column == "number":
                values.append(
                    "strftime('%Y%m%d', substr(t.number, 1, 4) || '-' || substr(t.number, 5, 2) || '-' || substr(t.number, 7, 2),"
                    f" {_SHIFT}) || printf('%05d', substr(t.number, 9) + s.serial * {SERIALS})"
                )
            elif column == "import_key":
                values.append("t.import_key || '~' || s.k")
            elif column == "merged_into":
                values.append("NULL")
            elif column == "call_back" and table == "incident":
                # Nobody waits for the past.
                values.append("iif(t.call_back IN ('due', 'dissatisfied'), 'unreached', t.call_back)")
            else:
                values.append(_earlier(f"t.{column}") if is_stamp else f"t.{column}")
        chosen = "(t.closed_at IS NULL) = s.is_open" if table == "incident" else (
            "EXISTS (SELECT 1 FROM incident i WHERE i.id = t.incident_id AND (i.closed_at IS NULL) = s.is_open)"
        )  # fmt: skip
        _insert(database, table, values, f"{table} t JOIN step s ON {chosen}")


def _copy_entries(database: Any, key: int) -> None:
    """Number the entries anew, all in the order of time."""
    columns = [column for column, _ in _columns(database, "ledger")]
    database.execute("CREATE TEMP TABLE old AS SELECT * FROM ledger")
    database.execute("CREATE TEMP TABLE old_personal AS SELECT * FROM ledger_personal")
    database.execute(
        "CREATE TEMP TABLE place AS SELECT row_number() OVER (ORDER BY at, k DESC, seq) AS new, seq, k FROM ("
        f"SELECT seq, 0 AS k, at FROM old UNION ALL SELECT t.seq, s.k, {_earlier('t.at')} FROM old t JOIN step s"
        " ON t.subject_kind IN ('incident', 'escalation') AND EXISTS"
        " (SELECT 1 FROM incident i WHERE i.id = t.subject_id AND (i.closed_at IS NULL) = s.is_open))"
    )
    database.execute("DELETE FROM ledger_personal")
    database.execute("DELETE FROM ledger")
    kept = {
        "seq": "p.new",
        "at": f"iif(p.k = 0, t.at, {_earlier('t.at')})",
        "subject_id": f"t.subject_id + iif(t.subject_kind IN ('incident', 'escalation'), p.k * {key}, 0)",
        "request_id": "iif(p.k = 0, t.request_id, NULL)",
        "hash": "iif(p.k = 0, t.hash, randomblob(32))",
        "prev": "iif(p.k = 0, t.prev, randomblob(32))",
    }
    joined = "place p JOIN old t ON t.seq = p.seq LEFT JOIN step s ON s.k = p.k ORDER BY p.new"
    database.execute("CREATE INDEX temp.old_seq ON old (seq)")
    database.execute("CREATE INDEX temp.old_personal_seq ON old_personal (seq)")
    _insert(database, "ledger", [kept.get(column, f"t.{column}") for column in columns], joined)
    columns = [column for column, _ in _columns(database, "ledger_personal")]
    _insert(
        database,
        "ledger_personal",
        ["p.new" if column == "seq" else f"t.{column}" for column in columns],
        "place p JOIN old_personal t ON t.seq = p.seq ORDER BY p.new",
    )


def _insert(database: Any, table: str, values: list[str], source: str) -> None:
    names = ", ".join(column for column, _ in _columns(database, table))
    database.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {source}")


def _columns(database: Any, table: str) -> Iterator[tuple[str, bool]]:
    """The columns of a table, each with whether it holds instants."""
    for (column,) in database.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall():
        held = database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1").fetchone()
        is_stamp = held is not None and isinstance(held[0], str) and len(held[0]) == 27 and held[0][10] == "T"
        yield column, is_stamp


def _earlier(column: str) -> str:
    """The instant of a column, moved back by its step's months, of 32 days each: no copy has a day of another."""
    return f"strftime('%Y-%m-%dT%H:%M:%S', {column}, {_SHIFT}) || substr({column}, 20)"
