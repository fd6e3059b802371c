"""A code, a moment or a JSON text that no program of ours writes is damage, named by its column, and no fault of the program."""

from __future__ import annotations

import contextlib

import pytest
from office_cli import CommandLine

from gridconsole.domain.errors import DatabaseCorrupt
from gridconsole.services.office import Office
from gridconsole.store import engine
from gridconsole.store.types import UnreadableValue

LIST, SHOW, OPERATORS = (
    ("incident", "list", "--all"),
    ("incident", "show", "001"),
    ("operator", "list", "--operator", "系统管理员"),
)


@pytest.mark.parametrize(
    ("table", "column", "value", "command"),
    [
        ("incident", "state", "melted", LIST),
        ("incident", "grade", "x", LIST),
        ("incident", "source", "telepathy", LIST),
        ("incident", "source", "telepathy", SHOW),
        ("ledger", "action", "conjure", SHOW),
        ("clock", "stage", "x", SHOW),
        ("operator_role", "role", "king", OPERATORS),
        ("office", "settings", "{broken", LIST),
    ],
)
def test_an_edited_value_is_damage_with_its_column(
    small_office: CommandLine, table: str, column: str, value: str, command: tuple[str, ...]
) -> None:
    small_office.reports("垃圾成堆")
    where = {"ledger": "WHERE subject_kind = 'incident'", "operator_role": "WHERE role = 'clerk'"}.get(table, "")
    with contextlib.closing(engine.driver.connect(str(small_office.database))) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(f"UPDATE {table} SET {column} = ? {where}", (value,))
        connection.commit()
    answer = small_office(*command, "--json")
    assert (answer.status, answer.error) == (6, "D605")
    assert column in answer.json["error"]["message"]


def test_a_fault_of_the_program_stays_one(opened: Office) -> None:
    with pytest.raises(ValueError, match="ours"), opened.database.reading():
        raise ValueError("ours")
    with pytest.raises(DatabaseCorrupt), engine.translated(opened.database.path):
        raise UnreadableValue("incident.state", "x")
