"""Every exit status the help documents, reached the way an office reaches it; the words go to the right stream."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.services import casework

UNITS = "单位编码,单位名称,单位类型"


def gridconsole(*words: object, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, as a shell starts it."""
    return subprocess.run(
        [sys.executable, "-m", "gridconsole", *map(str, words)],
        env={name: value for name, value in os.environ.items() if not name.startswith("GRIDCONSOLE_")} | {"PYTHONUTF8": "1"} | surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip


def test_0_when_all_went_well_and_when_nothing_was_new(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(UNITS, "D1,城管局,专业部门"))
    assert [blank_office("import", "departments", file).status for _ in range(2)] == [0, 0]


def test_1_for_a_fault_of_the_program_whose_log_holds_no_value(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*values: object) -> None:
        raise RuntimeError(values)

    monkeypatch.setattr(casework, "intake_in", crash)
    said = ["--text", "井盖缺失", "--reporter", "欧阳𠮷", "--phone", "13912345678", "--address", "幸福路[b栋]①号"]
    answer = small_office("incident", "new", *said, "--operator", "受理员")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("错误[X000] 程序内部出错\n")
    (log,) = (tmp_path / "state").rglob("*.log")
    assert str(log) in answer.err
    written = log.read_text(encoding="utf-8")
    assert "builtins.RuntimeError" in written
    assert "crash" in written
    for secret in ("欧阳", "13912345678", "井盖缺失", "[b栋]"):
        assert secret not in written + answer.err
    assert "Traceback" not in answer.err


def test_1_as_an_object_where_a_program_listens(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(casework, "intake_in", crash)
    answer = small_office("incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--json")
    assert (answer.status, answer.error, answer.err) == (1, "X000", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import"], "U000"),
        (["import", "areas"], "U002"),
        (["import", "火星", "名单.csv"], "U001"),
        (["incident", "list", "--limit", "0"], "U000"),
        (["incident", "list", "--limit", "三"], "U000"),
        (["incident", "list", "--state", "火星"], "U001"),
        (["incident", "list", "--nothing"], "U000"),
        (["incident", "new"], "U000"),
        (["incident", "new", "--text", "　\u202e", "--operator", "受理员"], "U003"),
        (["incident", "new", "--text", "井盖缺失", "--source", "外星人", "--operator", "受理员"], "U001"),
        (["incident", "new", "--text", "井盖缺失", "--grade", "不懂", "--operator", "受理员"], "U001"),
        (["incident", "act", "2026112300001"], "U000"),
        (["incident", "act", "2026112300001", "销案", "--operator", "值班长"], "U001"),
        (["operator", "add", "甲"], "U000"),
        (["operator", "add", "甲", "--role", "皇帝"], "U001"),
        (["operator", "add", "受理员", "--role", "内勤"], "U002"),
        (["operator", "add", " \u200b", "--role", "内勤"], "U002"),
        (["report", "考核"], "U001"),
        (["report", "daily", "--date", "2026-02-30"], "U002"),
        (["calendar", "show", "1800"], "U000"),
        (["calendar", "show", "去年"], "U000"),
        (["console"], "U004"),
        ([], "U004"),
        (["--nothing"], "U000"),
    ],
)
def test_2_for_words_that_cannot_be_right(small_office: CommandLine, words: list[str], code: str) -> None:
    before = small_office.everything()
    answer = small_office(*words)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"错误[{code}] ")
    assert small_office.everything() == before
    if words and words != ["console"]:
        asked = small_office(*words, "--json")
        assert (asked.status, asked.err, asked.json.keys()) == (2, "", {"error"})


def test_2_for_a_format_nobody_writes(small_office: CommandLine) -> None:
    answer = small_office("report", "daily", "--format", "pdf")
    assert (answer.status, answer.out) == (2, "")
    assert "table、txt、csv、json、html、xlsx、docx" in answer.err


def test_3_when_some_rows_were_not_taken(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(UNITS, "D1,城管局,专业部门", "D2,环卫所,火星部门"))
    answer = blank_office("import", "departments", file)
    assert answer.status == 3
    assert answer.out == "名单.csv（单位）：读 2 行，新增 1，更新 0，不变 0，重复 0，未导入 1\n"
    assert "名单.csv C3 " in answer.err
    assert "[E208]" in answer.err
    assert "建议：可用：专业部门" in answer.err


def test_4_when_no_row_was_taken(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(UNITS, "D1,城管局,火星部门"))
    assert blank_office("import", "departments", file).status == 4
    assert blank_office.rows("SELECT count(*) FROM unit") == [(0,)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["incident", "show", "2026112300009"], "C103"),
        (["incident", "show", "没有"], "C103"),
        (["incident", "act", "009", "accept", "--operator", "受理员"], "C103"),
        (["incident", "new", "--text", "井盖缺失", "--operator", "没有这个人"], "C101"),
        (["incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--category", "上水井"], "C104"),
        (["incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--grid", "东风社区"], "C105"),
    ],
)
def test_4_when_the_office_knows_no_such_thing(small_office: CommandLine, words: list[str], code: str) -> None:
    before = small_office.everything()
    answer = small_office(*words, "--json")
    assert (answer.status, answer.error, answer.err) == (4, code, "")
    assert answer.json["error"]["hint"]
    assert small_office.everything() == before


def test_5_when_a_file_cannot_be_read_or_written(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office("import", "areas", tmp_path / "没有.csv").status == 5
    refused = small_office("report", "daily", "-o", tmp_path / "没有的文件夹" / "日报.csv", "--format", "csv")
    assert (refused.status, refused.out) == (5, "")
    assert refused.err.startswith("错误[E112] ")


def test_6_when_the_database_cannot_be_used(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.bare("--db", tmp_path / "没有.db", "incident", "list", "--json")
    assert (answer.status, answer.error) == (6, "D601")
    assert "gridconsole init" in answer.json["error"]["hint"]


@pytest.mark.parametrize("words", [["incident", "list"], ["incident", "list", "--json"]])
def test_130_when_the_operator_breaks_off(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gridconsole.store.searching.search", interrupted)
    answer = small_office(*words)
    assert (answer.status, answer.out) == (130, "")
    assert "Traceback" not in answer.err


def test_130_in_the_middle_of_a_step_leaves_the_case_as_it_was(
    small_office: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = small_office.reports("井盖缺失")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gridconsole.store.ledger.append", interrupted)
    before = small_office.everything()
    assert small_office.act("受理员", number, "accept").status == 130
    assert small_office.everything() == before


# --- global options ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arrange",
    [
        lambda db: ["--db", db, "--operator", "受理员", "incident", "new", "--text", "井盖缺失", "--json"],
        lambda db: ["incident", "new", "--text", "井盖缺失", "--json", "--operator", "受理员", "--db", db],
        lambda db: ["incident", "--operator=受理员", "new", f"--db={db}", "--text", "井盖缺失", "--json"],
        lambda db: ["incident", "new", "--db", db, "--lang", "zh_CN", "--text=井盖缺失", "--operator", "acceptor", "--json"],
    ],
)
def test_global_options_stand_before_or_after_the_command(small_office: CommandLine, arrange: Callable[[str], list[str]]) -> None:
    answer = small_office.bare(*arrange(str(small_office.database)))
    assert (answer.status, answer.json["state"]) == (0, "reported")
    assert small_office.rows("SELECT operator FROM ledger WHERE action = 'report'") == [("受理员",)]


def test_the_environment_names_what_no_option_names(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDCONSOLE_DB", str(small_office.database))
    monkeypatch.setenv("GRIDCONSOLE_OPERATOR", "内勤")
    assert small_office.bare("incident", "new", "--text", "井盖缺失").status == 0
    assert small_office.bare("incident", "new", "--text", "路灯不亮", "--operator", "值班长").status == 0
    acted = small_office.rows("SELECT operator FROM ledger WHERE action = 'report' ORDER BY seq")
    assert acted == [("内勤",), ("值班长",)], "the option wins"


def test_what_follows_two_dashes_is_never_an_option(small_office: CommandLine) -> None:
    answer = small_office("incident", "show", "--", "--operator")
    assert (answer.status, answer.err.partition("]")[0]) == (4, "错误[C103")


def test_an_unknown_language_is_chinese(small_office: CommandLine) -> None:
    assert "没有符合条件的案件" in small_office("incident", "list", "--lang", "tlh").err


def test_the_version_is_reported_without_an_office(blank_office: CommandLine) -> None:
    answer = blank_office.bare("--version")
    assert answer.status == 0
    assert answer.out.startswith("gridconsole ")


# --- processes of their own -------------------------------------------------------------------------------------


def test_a_process_keeps_data_and_words_apart(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(UNITS, "D1,园林所[/]①,专业部门", "D2,𠮷田公司,火星部门"))
    spoken = gridconsole("import", "departments", file, "--db", small_office.database)
    assert spoken.returncode == 3
    assert spoken.stdout == "名单.csv（单位）：读 2 行，新增 1，更新 0，不变 0，重复 0，未导入 1\n"
    assert spoken.stderr.startswith("  未导入 名单.csv C3 单位类型")
    listed = gridconsole("incident", "list", "--db", small_office.database, "--json")
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "[]\n", "")


def test_a_process_that_is_refused_prints_one_object_and_no_traceback(tmp_path: Path) -> None:
    refused = gridconsole("incident", "list", "--json", "--db", tmp_path / "没有.db")
    assert refused.returncode == 6
    assert refused.stdout.startswith('{"error": {"code": "D601", ')
    assert refused.stderr == ""


def test_a_gbk_terminal_shows_what_it_can(small_office: CommandLine) -> None:
    small_office.reports("井盖缺失", "--address", "𠮷田家①号")
    child = subprocess.run(
        [sys.executable, "-m", "gridconsole", "--db", str(small_office.database), "incident", "list"],
        env=os.environ | {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0", "COLUMNS": "200"},
        capture_output=True,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, b"")
    assert "?田家①号" in child.stdout.decode("gbk")


def test_a_reader_who_leaves_early_is_no_reason_for_a_traceback(small_office: CommandLine) -> None:
    small_office.reports("井盖缺失")
    with subprocess.Popen(
        [sys.executable, "-m", "gridconsole", "--db", str(small_office.database), "incident", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
