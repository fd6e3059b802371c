"""The tables as models say and as migrations make them, and the triggers that hold the ledger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from small_office import StaffedOffice

from gridconsole.domain.states import State
from gridconsole.store import schema
from gridconsole.store.engine import driver
from gridconsole.store.tables.everything import METADATA, cases
from gridconsole.store.triggers import (
    BOOK_TRIGGERS,
    CASE_TRIGGERS,
    DUTY_TRIGGERS,
    FACT_TRIGGERS,
    GRID_TRIGGERS,
    LEDGER_TRIGGERS,
    REPLACED_BY_YEARS,
    YEAR_TRIGGERS,
)

TRIGGERS = {
    "ledger_no_update": "ledger",
    "ledger_no_delete": "ledger",
    "ledger_chain": "ledger",
    "ledger_fact_due": "ledger",
    "grid_version_no_update": "grid_version",
    "grid_version_no_delete": "grid_version",
    "grid_version_once": "grid_version",
    "grid_lineage_no_update": "grid_lineage",
    "grid_lineage_no_delete": "grid_lineage",
    "ledger_personal_erase_only": "ledger_personal",
    "ledger_personal_no_delete": "ledger_personal",
    "incident_no_delete": "incident",
    "incident_version": "incident",
    "incident_merge": "incident",
    "retired_insert": "retired",
    "retired_no_update": "retired",
    "retired_no_delete": "retired",
    "retired_case_insert": "retired_case",
    "retired_case_no_update": "retired_case",
    "retired_case_no_delete": "retired_case",
    "employment_no_update": "employment",
    "employment_no_delete": "employment",
    "employment_once": "employment",
    "post_no_update": "post",
    "post_no_delete": "post",
    "post_once": "post",
    "leave_no_update": "leave",
    "leave_no_delete": "leave",
    "responsibility_no_update": "responsibility",
    "responsibility_no_delete": "responsibility",
}


def is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Return False for the tables of the text index: FTS5 creates them, and no table declares them."""
    return not (kind == "table" and (name or "").startswith("case_text"))


def inventory(connection: sa.Connection) -> dict[str, list[str]]:
    """The SQL of every table and index, its columns and conditions in any order: a column added later stands elsewhere."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
        " AND name NOT LIKE 'case_text%'"
    )
    # A table that was renamed has its name in quotes.
    return {
        name: sorted(part.strip() for part in re.split(r",(?![^(]*\))|\n", sql.replace('"', "")) if part.strip())
        for name, sql in rows
    }


# Indices on expressions are compared by their SQL below.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_models_and_the_migrations_make_the_same_tables(tmp_path: Path) -> None:
    database = schema.create(tmp_path / "office.db")
    from_models = sa.create_engine("sqlite://", module=driver)
    METADATA.create_all(from_models)
    with database.reading() as migrated, from_models.connect() as modelled:
        context = MigrationContext.configure(migrated, opts={"compare_type": True, "include_name": is_declared})
        assert compare_metadata(context, METADATA) == []
        # The comparison above is blind to CHECKs, defaults and STRICT; the SQL itself is not.
        assert inventory(migrated) == inventory(modelled)
    database.close()


def test_every_table_is_strict(tmp_path: Path) -> None:
    database = schema.create(tmp_path / "office.db")
    with database.reading() as connection:
        loose = connection.exec_driver_sql(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'"
            " AND name NOT LIKE 'case_text%'"
        ).scalars()
        assert set(loose) == {"alembic_version"}
    database.close()


def test_the_schema_number_is_the_number_of_migrations() -> None:
    script = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    revisions = list(script.walk_revisions())
    assert len(revisions) == schema.SCHEMA
    assert script.get_current_head() == f"{schema.SCHEMA:04d}"


def test_every_trigger_is_there_on_its_table(tmp_path: Path) -> None:
    database = schema.create(tmp_path / "office.db")
    with database.reading() as connection:
        found = dict(connection.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").all())
    database.close()
    assert found == TRIGGERS
    assert len(FACT_TRIGGERS) + len(GRID_TRIGGERS) + len(LEDGER_TRIGGERS) + len(BOOK_TRIGGERS) + len(DUTY_TRIGGERS) + len(
        CASE_TRIGGERS
    ) + len(YEAR_TRIGGERS) - len(REPLACED_BY_YEARS) == len(TRIGGERS)


def test_checks_name_the_codes_of_the_domain() -> None:
    check = next(
        item for item in cases.incident.constraints if isinstance(item, sa.CheckConstraint) and str(item.name).endswith("_state")
    )
    assert set(re.findall(r"'(\w+)'", str(check.sqltext))) == {state.value for state in State}


# --- what the triggers refuse, to whoever writes SQL ------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger SET facts = '{}' WHERE seq = 1", "append-only"),
        ("UPDATE ledger SET request_id = 'x'", "append-only"),
        ("DELETE FROM ledger WHERE seq = 1", "append-only"),
        ("DELETE FROM ledger", "append-only"),
        ("UPDATE ledger_personal SET body = '别的话'", "only be erased"),
        ("UPDATE ledger_personal SET body = NULL", "only be erased"),
        ("UPDATE ledger_personal SET salt = NULL, body = NULL, seq = seq + 1000", "only be erased"),
        ("DELETE FROM ledger_personal", "only be erased"),
        ("INSERT OR REPLACE INTO ledger_personal SELECT office_id, seq, salt, '别的话' FROM ledger_personal", "only be erased"),
        ("DELETE FROM incident", "never deleted"),
        ("UPDATE incident SET state = 'closed', closed_at = reported_at", "one version at a time"),
        ("UPDATE incident SET version = version + 2", "one version at a time"),
        ("UPDATE incident SET handler_id = 3", "one version at a time"),
    ],
)
def test_the_database_itself_refuses_what_would_falsify_the_record(office: StaffedOffice, statement: str, words: str) -> None:
    office.case_in(State.HANDLING, reporter_name="𠮷田", reporter_phone="13812345678")
    with pytest.raises(sa.exc.IntegrityError, match=words), office.opened.database.writing() as connection:
        connection.exec_driver_sql(statement)


COPY_OF_LAST = (
    "INSERT INTO ledger (office_id, seq, at, operator, door, subject_kind, subject_id, action, facts, prev, hash)"
    " SELECT office_id, {seq}, at, operator, door, subject_kind, subject_id, action, facts, {prev}, zeroblob(32)"
    " FROM ledger ORDER BY seq DESC LIMIT 1"
)


@pytest.mark.parametrize(
    ("seq", "prev"), [("seq", "hash"), ("seq - 1", "hash"), ("seq + 2", "hash"), ("seq + 1", "prev"), ("seq + 1", "zeroblob(32)")]
)
def test_the_ledger_cannot_fork_or_jump(office: StaffedOffice, seq: str, prev: str) -> None:
    office.report()
    with pytest.raises(sa.exc.IntegrityError, match="fork"), office.opened.database.writing() as connection:
        connection.exec_driver_sql(COPY_OF_LAST.format(seq=seq, prev=prev))


def test_the_next_entry_in_line_is_let_in(office: StaffedOffice) -> None:
    office.report()
    with office.opened.database.writing() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM ledger").scalar_one()
        connection.exec_driver_sql(COPY_OF_LAST.format(seq="seq + 1", prev="hash"))
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger").scalar_one() == before + 1


def test_erasing_personal_text_salt_and_all_is_let_through(office: StaffedOffice) -> None:
    office.report()
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger_personal SET salt = NULL, body = NULL")
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger_personal WHERE body IS NOT NULL").scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO area (id, code, name, level) VALUES (900, '9', 'x', 'planet')",
        "INSERT INTO area (id, code, name, level) VALUES (900, '330106', '重复', 'district')",
        "INSERT INTO grid (id, code, name, area_id, kind) VALUES (900, 'x', 'x', 4711, 'basic')",
        "UPDATE incident SET number = '12', version = version + 1",
        "UPDATE incident SET closed_at = reported_at, version = version + 1",
        "UPDATE incident SET due_at = '2026-11-23 09:15', version = version + 1",
        "UPDATE incident SET simple = 2, version = version + 1",
        "UPDATE roster_person SET id = 'drei'",
        "INSERT INTO post (number, person_id, rank, starts_on, recorded_by) VALUES (900, 1, 'A', '2026-01-01', 0)",
        "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, 1, 'annual', '2026-02-01a', '2026-01-31p', 0)",
        "INSERT INTO day_counter VALUES (1, '20990101', 100000)",
    ],
)
def test_named_checks_and_keys_stand_behind_the_program(office: StaffedOffice, statement: str) -> None:
    office.report()
    with pytest.raises(sa.exc.IntegrityError), office.opened.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_case_has_one_live_main_assignment_at_most(office: StaffedOffice) -> None:
    key = office.load(office.case_in(State.HANDLING)).id
    values = (key, "unit", 2, "primary", "2026-11-23T01:00:00.000000Z")
    statement = "INSERT INTO assignment (incident_id, handler_kind, handler_id, role, started_at) VALUES (?, ?, ?, ?, ?)"
    with pytest.raises(sa.exc.IntegrityError), office.opened.database.writing() as connection:
        connection.exec_driver_sql(statement, values)
