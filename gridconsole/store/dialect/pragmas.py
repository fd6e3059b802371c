"""Questions to SQLite about a file, and settings of a connection, in its own words (PRAGMA). All take the driver's connection."""

from __future__ import annotations

from typing import Any


def forbid_writing(raw: Any) -> None:
    """Let a connection only read."""
    raw.execute("PRAGMA query_only = ON")


def schema_of(raw: Any) -> int:
    """Return the schema version of a file."""
    return int(raw.execute("PRAGMA user_version").fetchone()[0])


def path_of(raw: Any) -> str:
    """Return the path of a connection's file."""
    return str(raw.execute("PRAGMA database_list").fetchone()[2])


def tables_of(raw: Any) -> list[str]:
    """Return the names of the tables that have pages of their own."""
    return [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name")]


def problems_in(raw: Any, most: int, *, quick: bool = False) -> list[str]:
    """Return what is wrong in a file, in SQLite's words: every page, and unless ``quick`` every index."""
    check = "quick_check" if quick else "integrity_check"
    return _problems(raw, f"PRAGMA {check}({most})")


def problems_in_table(raw: Any, table: str, *, quick: bool = False) -> list[str]:
    """Return what is wrong in one table."""
    check = "quick_check" if quick else "integrity_check"
    return _problems(raw, f"PRAGMA {check}('{table}')")


def _problems(raw: Any, check: str) -> list[str]:
    return [str(row[0]) for row in raw.execute(check) if row[0] != "ok"]


def dangling_references(raw: Any, most: int) -> list[str]:
    """Return rows that refer to rows which do not exist."""
    found = raw.execute("PRAGMA foreign_key_check").fetchmany(most)
    return [f"foreign key: {row[0]} {row[1]} -> {row[2]}" for row in found]


def defer_references(raw: Any) -> None:
    """Check references only at the end of the transaction."""
    raw.execute("PRAGMA defer_foreign_keys = ON")


# --- the log beside the file ------------------------------------------------------------------------------------


def leave_log(raw: Any) -> None:
    """Write the log back and remove it: the file then stands alone."""
    raw.execute("PRAGMA journal_mode = DELETE")


def empty_log(raw: Any) -> None:
    """Write the log back and truncate it, as far as readers allow."""
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


KNOWS_LOG_STATE = (3, 51)
"""First SQLite version that reports the log's state without writing; an earlier one would write the log back."""


def log_state(raw: Any) -> tuple[int, int]:
    """Return how many frames the log has, and how many of them are written back; nothing is written."""
    _, frames, written_back = raw.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    return int(frames), int(written_back)


def objects(raw: Any) -> dict[str, str]:
    """Return the statements of a file's indices and triggers, by name."""
    found = raw.execute("SELECT name, sql FROM main.sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
    return dict(found.fetchall())


def put_object(raw: Any, name: str, statement: str) -> bool:
    """Create an index or a trigger by its statement, in place of one of the same name; False if the rows do not allow it."""
    kind = "TRIGGER" if statement.split()[1].upper() == "TRIGGER" else "INDEX"
    raw.execute("SAVEPOINT put_object")
    try:
        raw.execute(f'DROP {kind} IF EXISTS main."{name}"')
        raw.execute(statement)
    except Exception as error:
        if "UNIQUE constraint" not in str(error):
            raise
        raw.execute("ROLLBACK TO put_object")
        return False
    finally:
        raw.execute("RELEASE put_object")
    return True
