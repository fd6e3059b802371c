"""A value that this program never writes, in a file that was edited or damaged: one sentence, status 6, no fault of the program."""

from __future__ import annotations

import contextlib

import pytest
from office_cli import CommandLine

from gridconsole.store.engine import driver

DAMAGES = {
    "request": "UPDATE incident SET request = '{bad'",
    "extra": "UPDATE incident SET extra = '{bad'",
    "pauses": "UPDATE clock SET pauses = '[[1'",
    "milestones": "UPDATE filing_rule SET milestones = '[[1'; UPDATE incident SET rule_id = (SELECT min(id) FROM filing_rule)",
    "action": "UPDATE ledger SET action = 'nix' WHERE subject_kind = 'incident'",
    "undecodable": "UPDATE ledger SET operator = cast(x'ff41' AS TEXT) WHERE subject_kind = 'incident'",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_case_with_a_damaged_value_is_reported_as_damage(small_office: CommandLine, damage: str) -> None:
    number = small_office.reports("垃圾成堆")
    with contextlib.closing(driver.connect(str(small_office.database), isolation_level=None)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        for statement in DAMAGES[damage].split(";"):
            raw.execute(statement)
    for words in (("show", number), ("act", number, "note", "--note", "x", "--operator", "受理员")):
        if damage != "extra" or words[0] == "show":
            answer = small_office("incident", *words, "--json")
            assert (answer.status, answer.error) == (6, "D605"), (words, answer)
