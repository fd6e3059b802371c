"""ledger show, verify, anchor, export: what a checker with a printed number in hand can find out."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from office_cli import CommandLine

from gridconsole.domain.anchors import is_printed_anchor
from gridconsole.domain.errors import DatabaseBusy
from gridconsole.domain.ledger import ERASE
from gridconsole.domain.replay import BLANK, REST
from gridconsole.language import has
from gridconsole.language.acts import act_names
from gridconsole.services import office as offices
from gridconsole.store import ledger
from gridconsole.store.attest import MARKS, REGISTERS


def worked(office: CommandLine) -> str:
    """A case with a phone in its words."""
    number = office.reports("垃圾成堆，电话 13912345678 [/]", "--reporter", "欧阳小明", "--phone", "13912345678")
    office.act("受理员", number, "accept")
    office.act("内勤", number, "note", "--note", "居民 13912345678 又来电")
    return number


def test_the_ledger_is_read_in_words_and_under_masks(small_office: CommandLine) -> None:
    number = worked(small_office)
    shown = small_office("ledger", "show", "--case", number)
    assert [line.split("  ")[2] for line in shown.out.splitlines()] == ["上报", "受理", "备注"]
    assert "139****5678" in shown.out
    everything = small_office("ledger", "show", "--limit", "500", "--json")
    assert "13912345678" not in everything.out + shown.out
    assert "欧阳小明" not in everything.out
    assert {entry["action"] for entry in everything.json} >= {"init", "import", "report", "accept", "note"}
    assert [entry["number"] for entry in everything.json] == sorted(entry["number"] for entry in everything.json)


@pytest.mark.parametrize(
    ("options", "actions"),
    [
        (("--by", "受理员"), {"report", "accept"}),
        (("--action", "note"), {"note"}),
        (("--since", "2026-11-24"), set()),
        (("--until", "2026-11-22"), set()),
        (("--since", "2026-11-23", "--until", "2026-11-23", "--by", "内勤", "--action", "note"), {"note"}),
    ],
)
def test_only_what_is_asked_for_is_shown(small_office: CommandLine, options: tuple[str, ...], actions: set[str]) -> None:
    worked(small_office)
    found = small_office("ledger", "show", "--limit", "500", "--json", *options).json
    assert {entry["action"] for entry in found} == actions


def test_a_printed_anchor_proves_what_stood_before_it(small_office: CommandLine) -> None:
    worked(small_office)
    printed = small_office("ledger", "anchor", "--operator", "值班长", "--json").json["printed"]
    worked(small_office)
    fits = small_office("ledger", "verify", "--anchor", printed, "--json")
    assert (fits.status, fits.json["ok"], fits.json["anchors"]) == (0, True, 1)
    assert "1 个存档校验码相符" in small_office("ledger", "verify", "--anchor", printed.replace("-", " ").upper()).out
    number, _, digits = printed.partition(" ")
    forged = small_office("ledger", "verify", "--anchor", f"{number} {digits[:-1]}{'0' if digits[-1] != '0' else '1'}")
    assert forged.status == 6
    assert "与存档的校验码不符" in forged.out


def test_an_anchor_of_an_entry_that_is_gone_is_found(small_office: CommandLine, tmp_path: Path) -> None:
    printed = small_office("ledger", "anchor", "--operator", "值班长", "--json").json["printed"]
    for trigger in ("ledger_no_delete", "ledger_personal_no_delete"):
        small_office.change(f"DROP TRIGGER {trigger}")
    small_office.change("DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)")
    assert small_office("ledger", "verify").status == 0, "the chain alone cannot tell that its end was cut off"
    file = tmp_path / "存档.txt"
    file.write_text(f"# 十一月\n\n{printed}\n", encoding="utf-8")
    answer = small_office("ledger", "verify", "--anchors", file, "--json")
    assert (answer.status, answer.json["flaw"]) == (6, "anchor")


@pytest.mark.parametrize("word", ["", "12", "#12 492f", "abc 492fb522492fb522", "#1 492fb522492fb52z"])
def test_what_is_no_anchor_is_a_sentence(small_office: CommandLine, word: str) -> None:
    answer = small_office("ledger", "verify", "--anchor", word, "--json")
    assert (answer.status, answer.error) == (2, "U002")


def test_a_case_changed_behind_the_ledgers_back_is_named(small_office: CommandLine) -> None:
    number = worked(small_office)
    small_office.change("UPDATE incident SET grade = 'urgent' WHERE number = ?", number)
    answer = small_office("ledger", "verify", "--json")
    assert (answer.status, answer.json["case"], answer.json["column"], answer.json["flaw"]) == (6, number, "grade", "case")
    assert number in small_office("ledger", "verify").out


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_ledger_is_handed_out_masked_once_and_for_nobody_elses_eyes(
    small_office: CommandLine, tmp_path: Path, ending: str
) -> None:
    number = worked(small_office)
    target = tmp_path / f"记录.{ending}"
    assert small_office("ledger", "export", "-o", target, "--case", number, "--operator", "审计员").status == 0
    text = target.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines())) if ending == "csv" else [json.loads(line) for line in text.splitlines()]
    assert [row["action"] for row in rows] == ["note", "accept", "report"]
    assert "13912345678" not in text
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    again = small_office("ledger", "export", "-o", target, "--operator", "审计员")
    assert again.status == 5
    (entry,) = small_office("ledger", "show", "--action", "ledger_export", "--json").json
    assert (entry["operator"], entry["facts"]["rows"], entry["facts"]["case"]) == ("审计员", 3, number)


def test_under_another_ending_nothing_is_handed_out(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("ledger", "export", "-o", tmp_path / "记录.xlsx", "--operator", "审计员")
    assert (answer.status, (tmp_path / "记录.xlsx").exists()) == (5, False)


def test_only_an_auditor_reads_and_takes_the_whole_ledger(small_office: CommandLine, tmp_path: Path) -> None:
    number = worked(small_office)
    for words in (("show",), ("export", "-o", tmp_path / "记录.csv")):
        answer = small_office("ledger", *words, "--operator", "派遣员")
        assert answer.status == 4
        assert "审计员" in answer.err
    assert not (tmp_path / "记录.csv").exists()
    assert small_office("ledger", "show", "--case", number, "--operator", "派遣员").status == 0
    assert small_office("ledger", "anchor", "--operator", "派遣员", "--json").error == "C133"


def unguarded(office: CommandLine) -> CommandLine:
    """The office as a forger with SQL has it: without its triggers."""
    for (name,) in office.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        office.change(f"DROP TRIGGER {name}")
    return office


def anchored(office: CommandLine) -> str:
    return str(office("ledger", "anchor", "--operator", "值班长", "--json").json["printed"])


def test_a_wrong_paper_is_not_covered_by_a_right_one_of_the_same_entry(small_office: CommandLine) -> None:
    printed = anchored(small_office)
    wrong = f"{printed[1:].split()[0]}:{'0' * 16}"
    for papers in ((wrong, printed), (printed, wrong)):
        answer = small_office("ledger", "verify", *(word for paper in papers for word in ("--anchor", paper)), "--json")
        assert (answer.status, answer.json["flaw"], answer.json["anchors"]) == (6, "anchor", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_of_anchors_may_say_what_they_are(small_office: CommandLine, tmp_path: Path, encoding: str) -> None:
    printed = anchored(small_office)
    file = tmp_path / "存档[b].txt"
    file.write_bytes(f"#十一月\n#\n# 2026 年 11 月报\n{printed}  # 值班长签字\n\n{printed[1:]}\n".encode(encoding))
    assert small_office("ledger", "verify", "--anchors", file, "--json").json["anchors"] == 2


def test_a_line_that_looks_like_an_anchor_is_never_taken_for_a_comment(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "存档.txt"
    for line in ("#1 492fb522", "# 1 492fb522492fb522xx", "#1:492f"):
        file.write_text(f"{anchored(small_office)}\n{line}\n", encoding="utf-8")
        answer = small_office("ledger", "verify", "--anchors", file, "--json")
        assert (answer.status, answer.error) == (2, "U002"), line


def test_a_file_without_an_anchor_is_no_proof(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "存档.txt"
    file.write_text("# 十一月\n", encoding="utf-8")
    assert small_office("ledger", "verify", "--anchors", file, "--json").error == "U002"
    assert small_office("ledger", "verify", "--anchors", tmp_path, "--json").error == "E102"
    assert small_office("ledger", "verify", "--anchors", tmp_path / "没有", "--json").error == "E101"


def test_another_case_number_is_found(small_office: CommandLine) -> None:
    number = worked(small_office)
    small_office.change("UPDATE incident SET number = '2026112309999' WHERE number = ?", number)
    answer = small_office("ledger", "verify", "--json")
    assert (answer.status, answer.json["case"], answer.json["column"]) == (6, "2026112309999", "number")
    reported = small_office("ledger", "verify").out
    assert "案件 2026112309999（2026-11-23 周一 14:00）的案件号与流转记录不符[case.number]" in reported


@pytest.mark.parametrize("column", ["operator", "facts", "door", "action", "subject_kind"])
def test_bytes_that_are_no_text_are_a_flaw_and_no_fault_of_the_program(small_office: CommandLine, column: str) -> None:
    worked(small_office)
    unguarded(small_office).change(f"UPDATE ledger SET {column} = CAST(X'ff41' AS TEXT) WHERE seq = 3")
    answer = small_office("ledger", "verify", "--json")
    assert (answer.status, answer.json["first_broken"], answer.json["flaw"]) == (6, 3, "hash")
    assert "[hash]" in small_office("ledger", "verify").out
    assert small_office("ledger", "show").status == 0


def test_a_case_or_a_text_in_bytes_that_are_no_text_is_a_flaw(small_office: CommandLine) -> None:
    number = worked(small_office)
    unguarded(small_office).change("UPDATE incident SET handler_kind = CAST(X'ff' AS TEXT) WHERE number = ?", number)
    assert small_office("ledger", "verify", "--json").json["column"] == "handler_kind"
    small_office.change(
        "UPDATE ledger_personal SET body = CAST(X'ff' AS TEXT) WHERE seq = (SELECT max(seq) FROM ledger_personal)"
    )
    assert small_office("ledger", "verify", "--json").json["flaw"] == "personal"


@pytest.mark.parametrize("facts", ["[[", "null", "[" * 100_000, ""])
def test_a_forged_ledger_can_still_be_read_and_handed_out(small_office: CommandLine, tmp_path: Path, facts: str) -> None:
    worked(small_office)
    unguarded(small_office).change("UPDATE ledger SET facts = ? WHERE seq = 8", facts)
    assert small_office("ledger", "verify", "--json").json["first_broken"] == 8
    assert "#8 " in small_office("ledger", "show").out
    assert small_office("ledger", "export", "-o", tmp_path / "记录.csv").status == 0


def test_an_entry_of_an_impossible_day_is_found_shown_and_handed_out(small_office: CommandLine, tmp_path: Path) -> None:
    worked(small_office)
    unguarded(small_office).change("UPDATE ledger SET at = '2026-13-41T06:00:00.000000Z' WHERE seq = 8")
    assert small_office("ledger", "verify", "--json").json["first_broken"] == 8
    assert "#8 ?" in small_office("ledger", "show").out
    assert small_office("ledger", "export", "-o", tmp_path / "记录.csv").status == 0


def test_an_act_is_asked_for_by_its_name_and_a_word_that_is_none_is_refused(small_office: CommandLine) -> None:
    worked(small_office)
    by_name = small_office("ledger", "show", "--action", "备注", "--json").json
    assert [entry["action"] for entry in by_name] == ["note"]
    answer = small_office("ledger", "show", "--action", "催办[/]", "--json")
    assert (answer.status, answer.error) == (2, "U001")


def test_every_act_in_a_ledger_has_a_name(demo_office: CommandLine) -> None:
    names = act_names()
    assert {action for (action,) in demo_office.rows("SELECT DISTINCT action FROM ledger")} <= names.keys()
    assert {"post_start", "post_end", "profile_save", "profile_delete", "lock", "unlock", "hand_over", ERASE} <= names.keys()


def test_every_column_a_case_is_replayed_by_has_a_name() -> None:
    assert [
        name
        for name in (*BLANK, REST, "number", "version", "facts", "text", "summary", "address", "reporter", "phone")
        if not has(f"case.{name}")
    ] == []


def test_an_export_that_nobody_could_note_down_is_taken_back(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise DatabaseBusy(path=small_office.database)

    monkeypatch.setattr("gridconsole.reporting.ledger._record", busy)
    answer = small_office("ledger", "export", "-o", tmp_path / "记录.csv")
    assert (answer.status, (tmp_path / "记录.csv").exists()) == (6, False)


def test_what_is_handed_out_says_its_columns_even_when_it_is_empty_and_links_up(
    small_office: CommandLine, tmp_path: Path
) -> None:
    worked(small_office)
    small_office("ledger", "export", "-o", tmp_path / "空.csv", "--since", "2027-01-01")
    assert (tmp_path / "空.csv").read_text(encoding="utf-8-sig").startswith("seq,at,operator")
    small_office("ledger", "export", "-o", tmp_path / "全.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "全.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(newer["prev"] == older["hash"] for newer, older in pairwise(rows))


def test_no_cell_of_an_export_is_run_as_a_formula(small_office: CommandLine, tmp_path: Path) -> None:
    small_office("operator", "add", "=cmd|' /C calc'!A0", "--role", "内勤")
    number = small_office.reports("垃圾成堆")
    small_office.act("=cmd|' /C calc'!A0", number, "note", "--note", "@SUM(1)")
    small_office("ledger", "export", "-o", tmp_path / "记录.csv")
    with (tmp_path / "记录.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_a_folder_that_is_not_there_is_said_in_the_language_of_the_office(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("ledger", "export", "-o", tmp_path / "没有" / "记录.csv")
    assert (answer.status, "没有这个文件夹" in answer.err) == (5, True)


# --- anchors on paper -------------------------------------------------------------------------------------------


def test_an_anchor_is_printed_as_a_page_to_sign(small_office: CommandLine, tmp_path: Path) -> None:
    shown = small_office("ledger", "anchor", "--print", "--operator", "值班长")
    printed = next(word for word in re.findall(r"#\d+ [0-9a-f-]+", shown.out) if is_printed_anchor(word))
    assert shown.status == 0
    for words in ("X区网格化指挥中心", "出具人", "值班长", "见证人"):
        assert words in shown.out
    assert small_office("ledger", "verify", "--anchor", printed).status == 0
    target = tmp_path / "校验码.html"
    assert small_office("ledger", "anchor", "-o", target, "--operator", "值班长").status == 0
    assert re.search(r"<td>#\d+ ([0-9a-f]{4}-){7}[0-9a-f]{4}</td>", target.read_text(encoding="utf-8"))
    ((before,),) = small_office.rows("SELECT count(*) FROM ledger")
    assert small_office("ledger", "anchor", "-o", target, "--operator", "值班长").status == 5
    assert small_office.rows("SELECT count(*) FROM ledger") == [(before,)], "no entry for a page that cannot be written"


def test_every_sheet_of_a_hand_over_carries_the_head_of_the_ledger(small_office: CommandLine, tmp_path: Path) -> None:
    worked(small_office)
    sheets = [tmp_path / name for name in ("交班.html", "接班.html")]
    small_office("handover", "give", "-o", sheets[0], "--operator", "值班长")
    worked(small_office)
    small_office("handover", "take", "-o", sheets[1], "--operator", "派遣员")
    worked(small_office)
    for sheet in sheets:
        (printed,) = re.findall(r"<td>(#\d+ [0-9a-f-]+)</td>", sheet.read_text(encoding="utf-8"))
        answer = small_office("ledger", "verify", "--anchor", printed, "--json")
        assert (answer.status, answer.json["anchors"]) == (0, 1)


def test_an_earlier_file_a_cut_end_and_a_rewritten_entry_are_distinguished(small_office: CommandLine) -> None:
    worked(small_office)
    earlier = small_office.database.read_bytes()
    worked(small_office)
    printed = anchored(small_office)
    number = printed.partition(" ")[0]
    rewritten = small_office("ledger", "verify", "--anchor", f"{number} {'0' * 32}", "--json")
    assert (rewritten.status, rewritten.json["flaw"], rewritten.json["anchor"]) == (6, "anchor", "rewritten")
    later = small_office.database.read_bytes()
    small_office.database.write_bytes(earlier)
    rollback = small_office("ledger", "verify", "--anchor", printed, "--json")
    assert (rollback.status, rollback.json["flaw"], rollback.json["anchor"]) == (6, "anchor", "earlier")
    assert f"这是较早的文件：最后一条是第 {rollback.json['last']} 条" in small_office("ledger", "verify", "--anchor", printed).out
    small_office.database.write_bytes(later)
    unguarded(small_office).change("DELETE FROM ledger_personal WHERE seq >= ?", int(number[1:]) - 1)
    small_office.change("DELETE FROM ledger WHERE seq >= ?", int(number[1:]) - 1)
    cut = small_office("ledger", "verify", "--anchor", printed, "--json")
    assert (cut.status, cut.json["flaw"], cut.json["anchor"]) == (6, "anchor", "cut")
    assert "后面的被截去" in small_office("ledger", "verify", "--anchor", printed).out


def test_an_anchor_of_a_file_that_a_backup_took_the_place_of_says_so(small_office: CommandLine) -> None:
    worked(small_office)
    backup = small_office.database.read_bytes()
    ((since,),) = small_office.rows("SELECT max(seq) FROM ledger")
    worked(small_office)
    printed = anchored(small_office)
    ((until, digest),) = small_office.rows("SELECT seq, hex(hash) FROM ledger ORDER BY seq DESC LIMIT 1")
    small_office.database.write_bytes(backup)
    with contextlib.closing(offices.open_office(small_office.database, "cli")) as opened, opened.database.writing() as connection:
        facts = {"from": {"seq": since, "hash": ledger.head(connection, 1)[1]}, "present": {"seq": until, "hash": digest}}
        entry = ledger.NewEntry(opened.now(), 7, "系统管理员", "cli", "office", 1, "restored", facts)
        ledger.append(connection, 1, [entry])
    answer = small_office("ledger", "verify", "--anchor", printed, "--json")
    assert (answer.status, answer.json["flaw"], answer.json["anchor"]) == (6, "anchor", "restored")
    assert answer.json["restored_at"]
    assert "用备份还原过" in small_office("ledger", "verify", "--anchor", printed).out
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize(
    ("statement", "row", "words"),
    [
        ("UPDATE operator_role SET role = 'shift_leader' WHERE role = 'clerk'", "operator_role:5", "操作员的角色（内勤）被改过"),
        ("UPDATE office SET settings = '{\"demo\": true}'", "office:1", "办公室的名称或设置"),
        ("DELETE FROM calendar_day WHERE day LIKE '2026%'", "calendar_day:2026/notice", "放假和调休安排（2026/notice）被删去"),
        ("INSERT INTO operator (office_id, name, active) VALUES (1, '鬼[/]', 1)", "operator:9", "操作员（鬼[/]）是添上去的"),
        ("UPDATE filing_rule SET limit_text = '90 work_day' WHERE id = 1", "filing_rule:1", "小类的立案条件和时限（暴露垃圾）"),
    ],
)
def test_a_row_that_is_not_as_attested_is_named(small_office: CommandLine, statement: str, row: str, words: str) -> None:
    small_office.change(statement)
    answer = small_office("ledger", "verify", "--json")
    assert (answer.status, answer.json["flaw"], answer.json["row"]) == (6, "row", row)
    assert words in small_office("ledger", "verify").out


def test_everything_that_is_attested_has_a_name() -> None:
    assert [register.prefix for register in (*REGISTERS, *MARKS) if not has(f"attested.{register.prefix}")] == []
