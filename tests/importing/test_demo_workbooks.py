"""The six shipped workbooks: taken in whole, recognised the second time, and a trial run that leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import DEMO_FILES, CommandLine
from python_calamine import CalamineWorkbook

from gridconsole.importing.kinds import KINDS
from gridconsole.resources import data_path

TITLE_AND_HEADER = 2


def demo_file(kind: str) -> Path:
    return data_path("demo", DEMO_FILES[kind])


def data_rows(kind: str) -> int:
    book = CalamineWorkbook.from_path(str(demo_file(kind)))
    return sum(len(book.get_sheet_by_name(name).to_python()) - TITLE_AND_HEADER for name in book.sheet_names)


def test_there_is_a_workbook_for_every_kind_a_new_office_begins_with() -> None:
    assert [kind for kind in KINDS if kind in DEMO_FILES] == list(DEMO_FILES)


def test_a_new_office_takes_in_all_six_and_a_trial_run_says_the_same_and_writes_nothing(blank_office: CommandLine) -> None:
    for kind in DEMO_FILES:
        before = blank_office.everything()
        trial = blank_office.imports(kind, demo_file(kind), "--dry-run")
        assert blank_office.everything() == before, kind
        real = blank_office.imports(kind, demo_file(kind))
        assert (trial.json["dry_run"], trial.json["batch"]) == (True, None)
        assert (real.json["dry_run"], real.json["batch"]) == (False, list(DEMO_FILES).index(kind) + 1)
        assert trial.json | {"dry_run": False, "batch": real.json["batch"]} == real.json
        assert (trial.status, real.status) == (0, 0)
        assert real.counts == {"inserted": data_rows(kind)}, kind
    assert blank_office("ledger", "verify").status == 0


@pytest.mark.parametrize("kind", DEMO_FILES)
def test_the_same_workbook_again_changes_nothing(demo_office: CommandLine, kind: str) -> None:
    of_the_import_itself = {"import_batch", "import_issue", "ledger", "ledger_personal"}
    before = demo_office.everything()
    again = demo_office.imports(kind, demo_file(kind))
    assert again.status == 0
    assert again.counts == {"unchanged": data_rows(kind)}
    after = demo_office.everything()
    assert {name for name in after if after[name] != before[name]} <= of_the_import_itself
    assert len(after["ledger"]) == len(before["ledger"]) + 1


def test_the_register_hangs_together_after_the_import(demo_office: CommandLine) -> None:
    orphans = "SELECT count(*) FROM area WHERE parent_id IS NULL AND level <> 'city'"
    assert demo_office.rows(orphans) == [(0,)]
    misplaced = "SELECT count(*) FROM grid g JOIN area a ON a.id = g.area_id WHERE substr(g.code, 1, 12) <> a.code"
    assert demo_office.rows(misplaced) == [(0,)]
    assert demo_office.rows(
        "SELECT count(*) FROM category c WHERE NOT EXISTS (SELECT 1 FROM filing_rule r WHERE r.category_id = c.id)"
    ) == [(0,)]
    assert demo_office.rows("SELECT count(DISTINCT grid_id) > 800, count(DISTINCT person_id) FROM post") == [(1, 207)]


def test_several_files_in_one_command_answer_as_a_list_in_their_order(blank_office: CommandLine) -> None:
    files = [demo_file("areas"), demo_file("areas")]
    answer = blank_office("import", "areas", *files, "--json")
    assert [(item["inserted"] > 0, item["unchanged"] > 0) for item in answer.json] == [(True, False), (False, True)]
    assert [item["batch"] for item in answer.json] == [1, 2]


def test_what_the_import_said_is_kept_with_its_batch_but_no_value_of_it(demo_office: CommandLine) -> None:
    kept = demo_office.rows(
        "SELECT DISTINCT b.kind, i.code FROM import_issue i JOIN import_batch b ON b.id = i.batch_id ORDER BY 1, 2"
    )
    assert kept == [("catalogue", "W904"), ("incidents", "W909")]
    columns = {name for _, name, *_ in demo_office.rows("PRAGMA table_info(import_issue)")}
    assert "value" not in columns
    assert "message" not in columns
