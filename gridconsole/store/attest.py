"""List the rows that the ledger attests, and read them for :mod:`gridconsole.domain.attest`.

Those that a transaction changes are noted by :mod:`gridconsole.store.dialect.touched`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.attest import BASELINE_MARK, ROWS, ROWS_MARK, SUBJECT, Attestations, PresentRow, is_text, row_text
from gridconsole.store.dialect import touched
from gridconsole.store.dialect.sqlite import instr, joined, json_each, listed
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal
from gridconsole.store.types import as_it_lies


@dataclass(frozen=True, slots=True)
class Register:
    """A table whose rows are all attested."""

    table: str
    columns: tuple[str, ...]
    """Columns that are digested. Entries already written are compared with exactly these columns, so they never change."""
    label: str
    """Column with a readable name of a row, or column and the table that names it (``operator_id operator``)."""
    key: str = "id"
    """Column of the key of a row; rows with the same key are digested together."""
    order: str = "id"
    """Column that orders the rows of one key."""
    by_year: str = ""
    """Column of a day; if given, the key is its year and ``key``."""
    only: str = ""
    """Column that must not be empty for a row to be attested; empty: all rows are. A row that is not counts as missing."""
    name: str = ""
    """Prefix of the keys, if it is not the table's name."""
    is_later: bool = False
    """True if the first versions that attested did not attest it: in their offices it is attested from a baseline of its own on."""

    @property
    def prefix(self) -> str:
        """Return the prefix of the keys."""
        return self.name or self.table

    def key_of(self, table: sa.Table) -> sa.ColumnElement[Any]:
        """Return the key of a row."""
        key = table.c[self.key]
        return joined("/", [sa.func.substr(table.c[self.by_year], 1, 4, type_=sa.Text), key]) if self.by_year else key

    def chosen(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition that a row is attested."""
        return table.c[self.only] != word("") if self.only else sa.true()

    def noted(self) -> touched.Noted:
        """Return what of it is noted when a transaction changes it."""
        return touched.Noted(self.prefix, self.table, self.key, self.by_year, self.columns, self.only)


def _texts(table: str, *columns: str) -> tuple[Register, ...]:
    return tuple(Register(table, (column,), "incident_id incident", only=column, name=f"{table}.{column}") for column in columns)


def _later_texts(table: str, label: str, *columns: str) -> tuple[Register, ...]:
    return tuple(Register(table, (column,), label, only=column, name=f"{table}.{column}", is_later=True) for column in columns)


REGISTERS = (
    Register("office", ("name", "model", "timezone", "created_at", "settings"), "name"),
    Register("operator", ("office_id", "name", "warden_id", "active"), "name"),
    Register("operator_role", ("role",), "operator_id operator", key="operator_id", order="role"),
    Register("credential", ("hash", "set_at", "temporary"), "operator_id operator", key="operator_id", order="operator_id"),
    # By category: its rules apply together, and a catalogue of 2,000 rules needs only a few hundred digests.
    Register("filing_rule", ("id", "condition", "milestones", "limit_text", "close_condition", "active"), "category_id category",
             key="category_id"),
    # By year and layer, as notices are loaded by year: twenty years are some 1,000 days.
    Register("calendar_day", ("day", "is_workday", "note", "follows", "source"), "day", key="layer", order="day", by_year="day"),
    Register("office_hours", ("week",), "valid_from", key="valid_from", order="valid_from"),
    Register("unit", ("code", "name", "kind", "parent_id", "all_day", "contract_ends_on", "active"), "name", is_later=True),
    Register("unit_area", ("area_id",), "unit_id unit", key="unit_id", order="area_id", is_later=True),
    Register("roster_person", ("code", "kinds"), "code", is_later=True),
    Register("team", ("code", "name", "kind", "grid_id", "area_id", "leader_id", "head_count", "starts_on", "ends_on"), "name",
             is_later=True),
    # By team: a district of 17,000 members has some 2,400 teams.
    Register("team_member", ("id", "person_id", "capacity", "starts_on", "ends_on"), "team_id team", key="team_id", is_later=True),
    Register("post_handover",
             ("office_id", "person_id", "why", "state", "grid_id", "on_day", "why_ended", "made_at", "made_by", "done_at", "done_by"),
             "person_id roster_person", is_later=True),
    Register("handover_item",
             ("position", "kind", "subject_id", "rank", "proposed_kind", "proposed_id", "decided_kind", "decided_id"),
             "handover_id", key="handover_id", order="position", is_later=True),
)  # fmt: skip
"""Rows that decide: every one is attested from the baseline on."""
MARKS = (
    # Between acts, the sweep ends alarms and corrects those given by a wrong clock. So ``fired_at`` and ``ended_at`` are not
    # attested; content, recipients and acknowledgements are.
    Register("alarm",
             ("incident_id", "kind", "turn", "stage", "rung", "allowed", "manner", "audience", "reached_at", "waiting", "acknowledged_at",
              "acknowledged_by", "acknowledged_name"), "incident_id incident"),
    *_texts("case_request", "reason", "opined_words", "decided_words"),
    *_texts("call_back", "reason"),
    *_texts("supervision_order", "requirement", "reply"),
    *_texts("task", "note", "photos"),
    *_later_texts("unit", "name", "head", "contact", "phone"),
    *_later_texts("roster_person", "code", "name", "phone"),
    *_later_texts("team", "name", "contact", "phone"),
    *_later_texts("team_member", "team_id team", "name"),
    *_later_texts("post_handover", "person_id roster_person", "sheet", "no_sheet"),
)  # fmt: skip
"""Alarms with their acknowledgements, and texts: attested by the act that writes them; older ones when they change."""
_BY_PREFIX = {register.prefix: register for register in (*REGISTERS, *MARKS)}
NEWEST = "post_handover"
"""A table of the newest baseline: a chain whose baselines name it attests every table."""


def install(raw: Any) -> bool:
    """Make a new writing connection note the attested rows it changes; return False if the file has an earlier schema."""
    return touched.install(raw, (register.noted() for register in (*REGISTERS, *MARKS)))


def _table(name: str) -> sa.Table:
    from gridconsole.store.tables.everything import METADATA  # for those who write or verify: a list needs few tables

    return METADATA.tables[name]


# --- present rows -----------------------------------------------------------------------------------------------


@lru_cache(2 * len(_BY_PREFIX))
def _query(register: Register, *, is_chosen: bool) -> sa.Select[Any]:
    table = _table(register.table)
    key = register.key_of(table)
    number = table.c.id if register in MARKS else sa.null()
    columns = [table.c[column].label(f"c{at}") for at, column in enumerate(register.columns)]
    query = sa.select(key.label("own"), number.label("number"), *columns).where(register.chosen(table))
    if is_chosen:
        query = query.where(key.in_(listed("keys", sa.Text if isinstance(key.type, sa.Text) else sa.Integer)))
    return query.order_by(key, table.c[register.order])


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


def registered(connection: sa.Connection, registers: Iterable[Register]) -> dict[str, str | None]:
    """Return the text of every row of those registers whose rows are all attested, by key."""
    with as_it_lies(connection):
        return {
            key: text for register in registers if register not in MARKS for key, _, text in _rows(connection, register, None)
        }


def present(connection: sa.Connection, begun: Collection[str]) -> Iterator[PresentRow]:
    """Yield all present rows that are attested, streamed.

    Args:
        begun: tables that the baselines of the chain name.
    """
    for register in (*REGISTERS, *MARKS):
        if register.is_later and register.table not in begun:
            continue
        for key, number, text in _rows(connection, register, None):
            yield PresentRow(key, text, number)


def highest(connection: sa.Connection, registers: Iterable[Register]) -> dict[str, int]:
    """Return the highest key of each table with acknowledgements or texts, and 0 for each later table without any."""
    chosen = tuple(registers)
    names = sorted({register.table for register in chosen if register in MARKS})
    query = sa.select(*(sa.select(sa.func.coalesce(sa.func.max(_table(name).c.id), 0)).scalar_subquery() for name in names))
    found = dict(zip(names, map(int, connection.execute(query).one()), strict=True))
    return {register.table: 0 for register in chosen if register.is_later} | found


_NAMED_BY = {
    "incident": "number",
    "operator": "name",
    "category": "minor_name",
    "unit": "name",
    "team": "name",
    "roster_person": "name",
}
"""Column with the readable name of a row that others refer to."""


def label_of(connection: sa.Connection, key: str) -> str:
    """Return a readable name of an attested row: a name, a case's number, a year; its key if the row is gone."""
    prefix, _, own = key.partition(":")
    register = _BY_PREFIX.get(prefix)
    if register is None:
        return own
    table = _table(register.table)
    column, _, naming = register.label.partition(" ")
    names = sa.select(table.c[column])
    if naming:
        other = _table(naming)
        names = sa.select(other.c[_NAMED_BY[naming]]).join_from(table, other, other.c.id == table.c[column])
    chosen = register.key_of(table)
    if own.isdigit() and not isinstance(chosen.type, sa.Text):
        names = names.where(chosen == int(own))
    else:
        names = names.where(chosen == own)
    found = connection.execute(names.limit(1)).scalar()
    return own if not found else str(found)[:4] if register.by_year else str(found)


# --- entries that attest ----------------------------------------------------------------------------------------

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_ROWS = instr(ledger.c.facts, sa.bindparam("rows", type_=sa.Text)) > 0
_BASELINES = instr(ledger.c.facts, sa.bindparam("baseline", type_=sa.Text)) > 0
_OF_BASELINES = sa.and_(
    ledger.c.office_id == _OFFICE,
    ledger.c.subject_kind.in_([word("office"), word(SUBJECT)]),
    ledger.c.subject_id == _OFFICE,
    _BASELINES,
)
_IS_WHOLE = sa.select(sa.exists().where(_OF_BASELINES, instr(ledger.c.facts, sa.bindparam("newest", type_=sa.Text)) > 0))
_BASELINE_FACTS = sa.select(ledger.c.facts).where(_OF_BASELINES).order_by(ledger.c.seq)
_KNOWN = "attest_baseline"


def not_begun(connection: sa.Connection, office: int) -> tuple[Register, ...]:
    """Return the registers that the office's chain does not attest yet; the connection remembers that there are none."""
    known: set[int] = connection.info.setdefault(_KNOWN, set())
    if office in known:
        return ()
    values = {"office": office, "baseline": BASELINE_MARK}
    if connection.execute(_IS_WHOLE, {**values, "newest": f'"{NEWEST}":'}).scalar_one():
        if not touched.has_begun(connection):
            known.add(office)
        return ()
    begun = Attestations()
    for facts in connection.execute(_BASELINE_FACTS, values).scalars():
        begun.take(0, facts, None)
    every = (*REGISTERS, *MARKS)
    if not begun.has_begun:
        return every
    return tuple(register for register in every if register.is_later and register.table not in begun.before)


_PERSONAL = sa.and_(ledger_personal.c.office_id == ledger.c.office_id, ledger_personal.c.seq == ledger.c.seq)
_ATTESTING = (
    sa.select(*some(ledger, "seq facts"), ledger_personal.c.salt)
    .select_from(ledger.outerjoin(ledger_personal, _PERSONAL))
    .where(ledger.c.office_id == _OFFICE, ledger.c.seq.between(sa.bindparam("first"), sa.bindparam("last")), _ROWS | _BASELINES)
    .order_by(ledger.c.seq)
)


def attesting(connection: sa.Connection, office: int, first: int, last: int) -> Iterator[tuple[int, str, bytes | None]]:
    """Yield number, facts and salt of the attesting entries in a range, in order."""
    values = {"office": office, "first": first, "last": last, "rows": ROWS_MARK, "baseline": BASELINE_MARK}
    for row in connection.execute(_ATTESTING, values):
        yield row.seq, row.facts, row.salt


_key = json_each(sa.bindparam("keys", type_=sa.Text)).table_valued("value")
_MARK: sa.ColumnElement[str] = sa.literal_column("'\"'", sa.Text)
_NAMES_ONE = sa.exists(sa.select(_key.c.value).where(instr(ledger.c.facts, _MARK + _key.c.value + _MARK + ":") > 0))
_SALTED = (
    sa.select(*some(ledger, "seq facts"))
    .join(ledger_personal, _PERSONAL)
    .where(ledger.c.office_id == _OFFICE, ledger_personal.c.salt.is_not(None), _ROWS, _NAMES_ONE)
)
_FACTS = sa.select(ledger.c.facts).where(ledger.c.office_id == _OFFICE, _ROWS, ledger.c.seq.in_(listed("numbers")))
_TAKE_SALT = (
    sa.update(ledger_personal)
    .where(ledger_personal.c.office_id == _OFFICE, ledger_personal.c.seq == sa.bindparam("number"))
    .values(salt=None, body=None)
)


def reattest(connection: sa.Connection, office: int, erased: Collection[int]) -> set[int]:
    """Make the next entry attest again the texts that an erasure changed, or whose salt was erased with an entry.

    Args:
        erased: numbers of the entries whose personal texts were erased.

    Returns:
        Numbers of further entries that lose their salt: they attested a changed text, which could be guessed with the salt.
    """
    salted = _take_salts(connection, office, {key for key in touched.touched(connection) if is_text(key)})
    touched.touch(connection, {key for key in _attested_by(connection, office, {*erased, *salted}) if is_text(key)})
    return salted


def _take_salts(connection: sa.Connection, office: int, keys: Collection[str]) -> set[int]:
    if not keys:
        return set()
    found = connection.execute(_SALTED, {"office": office, "rows": ROWS_MARK, "keys": json.dumps(sorted(keys))}).all()
    for row in found:
        connection.execute(_TAKE_SALT, {"office": office, "number": row.seq})
    return {int(row.seq) for row in found}


def _attested_by(connection: sa.Connection, office: int, numbers: Collection[int]) -> set[str]:
    values = {"office": office, "rows": ROWS_MARK, "numbers": json.dumps(sorted(numbers))}
    return {key for facts in connection.execute(_FACTS, values).scalars() for key in json.loads(facts)[ROWS]}
