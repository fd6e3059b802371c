"""Reports written to files: whole or not at all, with the mark spreadsheets need, and nothing on standard output."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from office_cli import Clock, CommandLine


def test_a_csv_file_has_the_mark_and_standard_output_has_not(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "日报[b]①.csv"
    answer = small_office("report", "daily", "--format", "csv", "-o", file)
    assert (answer.status, answer.out) == (0, "")
    assert "日报[b]①.csv" in answer.err
    raw = file.read_bytes()
    assert raw.startswith(codecs.BOM_UTF8)
    assert raw.count(b"\n") == raw.count(b"\r\n") > 5
    piped = small_office("report", "daily", "--format", "csv")
    assert piped.err == ""
    assert not piped.out.startswith("\ufeff")
    assert raw.decode("utf-8-sig").replace("\r\n", "\n") == piped.out.replace("\r\n", "\n")


def test_json_is_written_without_the_mark_and_text_with_it(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "日报.json"
    small_office("report", "daily", "--json", "-o", file)
    assert json.loads(file.read_text(encoding="utf-8"))["report"] == "daily"
    small_office("report", "daily", "-o", tmp_path / "日报.txt")
    assert (tmp_path / "日报.txt").read_text(encoding="utf-8-sig").startswith("X区网格化指挥中心日报  2026年11月23日")


def test_formulas_stay_out_of_the_file(small_office: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    small_office.reports("垃圾成堆", "--address", "=cmd|' /C calc'!A0")
    small_office.reports("路灯不亮", "--address", "＠SUM(1)幸福路")
    office_clock.advance(days=1)
    file = tmp_path / "超期.csv"
    small_office("report", "overdue", "--format", "csv", "-o", file)
    text = file.read_text(encoding="utf-8-sig")
    assert ",'=cmd|' /C calc'!A0" in text
    assert ",'＠SUM(1)幸福路" in text


@pytest.mark.parametrize("where", ["没有的文件夹/日报.csv", "文件夹.csv"])
def test_a_place_that_cannot_be_written_is_refused_and_left_as_it_was(
    small_office: CommandLine, tmp_path: Path, where: str
) -> None:
    (tmp_path / "文件夹.csv").mkdir()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    answer = small_office("report", "daily", "--format", "csv", "-o", tmp_path / where)
    assert (answer.status, answer.out) == (5, "")
    assert answer.err.startswith("错误[E112] ")
    assert "Traceback" not in answer.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    asked = small_office("report", "daily", "--json", "-o", tmp_path / where)
    assert (asked.status, asked.error) == (5, "E112")


def test_a_file_that_is_there_is_replaced_whole_when_asked(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "日报.json"
    file.write_text("旧" * 100_000, encoding="utf-8")
    assert small_office("report", "daily", "--json", "-o", file).status == 5
    assert small_office("report", "daily", "--json", "-o", file, "--overwrite").status == 0
    assert json.loads(file.read_text(encoding="utf-8"))["report"] == "daily"
    assert list(tmp_path.glob("日报*")) == [file]


def test_a_write_that_fails_leaves_the_old_file(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, target: Path) -> None:
        raise OSError(28, "磁盘已满", str(target))

    file = tmp_path / "日报.csv"
    file.write_text("旧报表", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", full)
    answer = small_office("report", "daily", "--format", "csv", "-o", file, "--overwrite", "--json")
    assert (answer.status, answer.error) == (5, "E112")
    assert "磁盘已满" in answer.json["error"]["message"]
    assert file.read_text(encoding="utf-8") == "旧报表"
    assert list(tmp_path.glob("日报*")) == [file]
