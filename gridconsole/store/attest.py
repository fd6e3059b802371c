"""List the rows that the ledger attests, note those that a transaction changes, and read them for :mod:`gridconsole.domain.attest`.

Temporary triggers of the writing connection note the key of every row that any statement inserts, changes or deletes. So no code
can forget a row, and rolling back a savepoint removes its notes too. The triggers belong to the connection and are not in the
file.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TextualSelect

from gridconsole.domain.attest import BASELINE_MARK, ROWS, ROWS_MARK, SUBJECT, PresentRow, is_text, row_text
from gridconsole.store.types import as_it_lies, driver_of, rows_query


@dataclass(frozen=True, slots=True)
class Register:
    """A table whose rows are all attested."""

    table: str
    key: str
    """SQL of the key of a row ``{r}``; rows with the same key are digested together."""
    columns: tuple[str, ...]
    """Columns that are digested. Entries already written are compared with exactly these columns, so they never change."""
    order: str
    """Column that orders the rows of one key."""
    label: str
    """SQL of a readable name for a row ``r``."""
    only: str = ""
    """SQL condition for rows that are attested; empty: all. A row that does not meet it counts as missing."""
    name: str = ""
    """Prefix of the keys, if it is not the table's name."""

    @property
    def prefix(self) -> str:
        """Return the prefix of the keys."""
        return self.name or self.table

    def key_of(self, row: str) -> str:
        """Return SQL of the key of a row: ``r``, ``NEW`` or ``OLD``."""
        return self.key.format(r=row)

    def says(self, row: str) -> str:
        """Return SQL of the condition that a row is attested."""
        return self.only.format(r=row) if self.only else "1"


def _texts(table: str, *columns: str) -> tuple[Register, ...]:
    case = "(SELECT number FROM incident i WHERE i.id = r.incident_id)"
    return tuple(
        Register(table, "{r}.id", (column,), "id", case, only=f"{{r}}.{column} <> ''", name=f"{table}.{column}")
        for column in columns
    )


REGISTERS = (
    Register("office", "{r}.id", ("name", "model", "timezone", "created_at", "settings"), "id", "r.name"),
    Register("operator", "{r}.id", ("office_id", "name", "warden_id", "active"), "id", "r.name"),
    Register("operator_role", "{r}.operator_id", ("role",), "role", "(SELECT name FROM operator o WHERE o.id = r.operator_id)"),
    Register("credential", "{r}.operator_id", ("hash", "set_at", "temporary"), "operator_id",
             "(SELECT name FROM operator o WHERE o.id = r.operator_id)"),
    # By category: its rules apply together, and a catalogue of 2,000 rules needs only a few hundred digests.
    Register("filing_rule", "{r}.category_id", ("id", "condition", "milestones", "limit_text", "close_condition", "active"), "id",
             "(SELECT minor_name FROM category c WHERE c.id = r.category_id)"),
    # By year and layer, as notices are loaded by year: twenty years are some 1,000 days.
    Register("calendar_day", "(substr({r}.day, 1, 4) || '/' || {r}.layer)", ("day", "is_workday", "note", "follows", "source"), "day",
             "substr(r.day, 1, 4)"),
    Register("office_hours", "{r}.valid_from", ("week",), "valid_from", "r.valid_from"),
)  # fmt: skip
"""Rows that decide: every one is attested from the baseline on."""
MARKS = (
    # Between acts, the sweep ends alarms and corrects those given by a wrong clock. So ``fired_at`` and ``ended_at`` are not
    # attested; content, recipients and acknowledgements are.
    Register("alarm", "{r}.id",
             ("incident_id", "kind", "turn", "stage", "rung", "allowed", "manner", "audience", "reached_at", "waiting", "acknowledged_at",
              "acknowledged_by", "acknowledged_name"), "id", "(SELECT number FROM incident i WHERE i.id = r.incident_id)"),
    *_texts("case_request", "reason", "opined_words", "decided_words"),
    *_texts("call_back", "reason"),
    *_texts("supervision_order", "requirement", "reply"),
    *_texts("task", "note", "photos"),
)  # fmt: skip
"""Alarms with their acknowledgements, and texts: attested by the act that writes them; older ones when they change."""
_BY_PREFIX = {register.prefix: register for register in (*REGISTERS, *MARKS)}
MARKED_TABLES = tuple(sorted({register.table for register in MARKS}))


# --- noting changed rows ----------------------------------------------------------------------------------------


def install(raw: Any) -> bool:
    """Make a new writing connection note the rows it changes; return False if the file has an earlier schema that lacks tables."""
    tables = {register.table for register in (*REGISTERS, *MARKS)}
    there = raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    if not tables <= {name for (name,) in there}:
        return False
    raw.execute("CREATE TEMP TABLE attest_touched (prefix TEXT, key TEXT)")
    for register in (*REGISTERS, *MARKS):
        for statement in _triggers(register):
            raw.execute(statement)
    return True


@functools.cache
def _triggers(register: Register) -> tuple[str, ...]:
    return tuple(_trigger_texts(register))


def _trigger_texts(register: Register) -> Iterator[str]:
    name = register.prefix.replace(".", "_")
    old, new = register.key_of("OLD"), register.key_of("NEW")
    differs = " OR ".join([f"OLD.{column} IS NOT NEW.{column}" for column in register.columns] + [f"{old} IS NOT {new}"])

    def note(event: str, when: str, *keys: str) -> str:
        values = ", ".join(f"('{register.prefix}', {key})" for key in keys)
        return (
            f"CREATE TEMP TRIGGER attest_{name}_{event} AFTER {event} ON main.{register.table} WHEN {when}"
            f" BEGIN INSERT INTO attest_touched VALUES {values}; END"
        )

    yield note("insert", register.says("NEW"), new)
    yield note("delete", register.says("OLD"), old)
    yield note("update", differs, old, new)


INSTALLED = "attest_installed"
"""Key in ``connection.info`` of a connection that notes changed rows."""
_TOUCHED = "SELECT DISTINCT prefix, key FROM temp.attest_touched"
_ANY_TOUCHED = "SELECT EXISTS (SELECT 1 FROM temp.attest_touched)"


def is_touched(connection: sa.Connection) -> bool:
    """Return whether a changed row is not attested by an entry yet."""
    if not connection.info.get(INSTALLED):
        return False
    raw = driver_of(connection)
    return bool(raw.execute(_ANY_TOUCHED).fetchone()[0])


def touched(connection: sa.Connection) -> set[str]:
    """Return the keys of changed rows that no entry attests yet."""
    if not is_touched(connection):
        return set()
    raw = driver_of(connection)
    return {f"{prefix}:{key}" for prefix, key in raw.execute(_TOUCHED).fetchall()}


def forget_touched(connection: sa.Connection) -> None:
    """Delete the notes, because an entry attests these rows now."""
    raw = driver_of(connection)
    raw.execute("DELETE FROM temp.attest_touched")


def touch(connection: sa.Connection, keys: Collection[str]) -> None:
    """Have rows attested by the next entry although they did not change."""
    raw = driver_of(connection)
    raw.executemany("INSERT INTO temp.attest_touched VALUES (?, ?)", [tuple(key.split(":", 1)) for key in sorted(keys)])


# --- present rows -----------------------------------------------------------------------------------------------


@lru_cache(2 * len(_BY_PREFIX))
def _query(register: Register, *, is_chosen: bool) -> TextualSelect:
    key, number = register.key_of("r"), "r.id" if register in MARKS else "NULL"
    chosen = f" AND {key} IN (SELECT value FROM json_each(:keys))" if is_chosen else ""
    return rows_query(
        f"SELECT {key}, {number}, {', '.join(f'r.{column}' for column in register.columns)} FROM {register.table} r"
        f" WHERE {register.says('r')}{chosen} ORDER BY {key}, r.{register.order}",
        f"own number {' '.join(f'c{at}' for at in range(len(register.columns)))}",
    )


def _rows(connection: sa.Connection, register: Register, keys: Iterable[str] | None) -> Iterator[tuple[str, int | None, str]]:
    """Yield key, number and text of the present rows, by key."""
    query = _query(register, is_chosen=keys is not None)
    values = {"keys": json.dumps([int(one) if one.isdigit() else one for one in keys])} if keys is not None else {}
    found = connection.execution_options(yield_per=2000).execute(query, values)
    for one, group in groupby(found, key=lambda row: row[0]):
        rows = list(group)
        yield f"{register.prefix}:{one}", rows[0][1], row_text([row[2:] for row in rows])


def texts_of(connection: sa.Connection, keys: Collection[str]) -> dict[str, str | None]:
    """Return the text of each row by its key; None if the row does not exist or is not attested."""
    by_prefix: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        prefix, _, own = key.partition(":")
        by_prefix[prefix].append(own)
    found: dict[str, str | None] = dict.fromkeys(keys)
    with as_it_lies(connection):
        for prefix, own_keys in by_prefix.items():
            if prefix in _BY_PREFIX:
                found |= {key: text for key, _, text in _rows(connection, _BY_PREFIX[prefix], own_keys)}
    return found


def registered(connection: sa.Connection) -> dict[str, str | None]:
    """Return the text of every row of every register, by key."""
    with as_it_lies(connection):
        return {key: text for register in REGISTERS for key, _, text in _rows(connection, register, None)}


def present(connection: sa.Connection) -> Iterator[PresentRow]:
    """Yield all present rows that are attested, streamed."""
    for register in (*REGISTERS, *MARKS):
        for key, number, text in _rows(connection, register, None):
            yield PresentRow(key, text, number)


def highest(connection: sa.Connection) -> dict[str, int]:
    """Return the highest key of each table with acknowledgements or texts."""
    query = sa.text("SELECT " + ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table})" for table in MARKED_TABLES))
    return dict(zip(MARKED_TABLES, map(int, connection.execute(query).one()), strict=True))


def label_of(connection: sa.Connection, key: str) -> str:
    """Return a readable name of an attested row: a name, a case's number, a year; its key if the row is gone."""
    prefix, _, own = key.partition(":")
    register = _BY_PREFIX.get(prefix)
    if register is None:
        return own
    query = sa.text(f"SELECT {register.label} FROM {register.table} r WHERE {register.key_of('r')} = :key LIMIT 1")
    return str(connection.execute(query, {"key": int(own) if own.isdigit() else own}).scalar() or own)


# --- entries that attest ----------------------------------------------------------------------------------------

_BASELINE = sa.text(
    "SELECT EXISTS (SELECT 1 FROM ledger WHERE office_id = :office AND subject_kind IN ('office', :kind) AND subject_id = :office"
    " AND instr(facts, :mark))"
)
_KNOWN, _BEGUN = "attest_baseline", "attest_begun"


def has_baseline(connection: sa.Connection, office: int) -> bool:
    """Return whether the office's chain attests rows; the connection remembers that it does."""
    known: set[int] = connection.info.setdefault(_KNOWN, set())
    if office in known:
        return True
    values = {"office": office, "kind": SUBJECT, "mark": BASELINE_MARK}
    found = bool(connection.execute(_BASELINE, values).scalar_one())
    if found and _BEGUN not in connection.info:
        known.add(office)
    return found


def begin(connection: sa.Connection) -> None:
    """Mark the transaction as the one that begins attesting; as it may be rolled back, what it reads is not remembered."""
    connection.info[_BEGUN] = True


def new_transaction(connection: sa.Connection) -> None:
    """Forget the mark of an earlier transaction."""
    connection.info.pop(_BEGUN, None)


_ATTESTING = sa.text(
    "SELECT l.seq, l.facts, p.salt FROM ledger l LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = :office AND l.seq BETWEEN :first AND :last AND (instr(l.facts, :rows) OR instr(l.facts, :baseline))"
    " ORDER BY l.seq"
)


def attesting(connection: sa.Connection, office: int, first: int, last: int) -> Iterator[tuple[int, str, bytes | None]]:
    """Yield number, facts and salt of the attesting entries in a range, in order."""
    values = {"office": office, "first": first, "last": last, "rows": ROWS_MARK, "baseline": BASELINE_MARK}
    for row in connection.execute(_ATTESTING, values):
        yield row.seq, row.facts, row.salt


_SALTED = sa.text(
    "SELECT l.seq, l.facts FROM ledger l JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = :office AND p.salt IS NOT NULL AND instr(l.facts, :rows)"
    " AND EXISTS (SELECT 1 FROM json_each(:keys) k WHERE instr(l.facts, '\"' || k.value || '\":'))"
)
_FACTS = sa.text(
    "SELECT facts FROM ledger WHERE office_id = :office AND instr(facts, :rows) AND seq IN (SELECT value FROM json_each(:numbers))"
)
_TAKE_SALT = sa.text("UPDATE ledger_personal SET salt = NULL, body = NULL WHERE office_id = :office AND seq = :seq")


def reattest(connection: sa.Connection, office: int, erased: Collection[int]) -> set[int]:
    """Make the next entry attest again the texts that an erasure changed, or whose salt was erased with an entry.

    Args:
        erased: numbers of the entries whose personal texts were erased.

    Returns:
        Numbers of further entries that lose their salt: they attested a changed text, which could be guessed with the salt.
    """
    salted = _take_salts(connection, office, {key for key in touched(connection) if is_text(key)})
    touch(connection, {key for key in _attested_by(connection, office, {*erased, *salted}) if is_text(key)})
    return salted


def _take_salts(connection: sa.Connection, office: int, keys: Collection[str]) -> set[int]:
    if not keys:
        return set()
    found = connection.execute(_SALTED, {"office": office, "rows": ROWS_MARK, "keys": json.dumps(sorted(keys))}).all()
    for row in found:
        connection.execute(_TAKE_SALT, {"office": office, "seq": row.seq})
    return {int(row.seq) for row in found}


def _attested_by(connection: sa.Connection, office: int, numbers: Collection[int]) -> set[str]:
    values = {"office": office, "rows": ROWS_MARK, "numbers": json.dumps(sorted(numbers))}
    return {key for facts in connection.execute(_FACTS, values).scalars() for key in json.loads(facts)[ROWS]}
