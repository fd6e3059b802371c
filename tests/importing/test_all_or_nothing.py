"""A file goes in whole or not at all; a very long one goes in in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.importing.kinds import KINDS
from gridconsole.importing.plan import Plan, RowVerdict
from gridconsole.importing.rows import SheetRow
from gridconsole.store.engine import driver

FILES = {
    "areas": lines("区划代码,名称", "420502001001,东风新社区", "420502102,临江镇", "420502102201,石桥村"),
    "grids": lines("网格编码,网格名称", "420502001001001,改名网格", "420502001001009,第九网格[/]", "420502001001010,第十网格"),
    "departments": lines("单位编码,单位名称,单位类型", "B1,城管执法局,专业部门", "D1,园林所[/],专业部门", "D2,𠮷田公司,承包单位"),
    "wardens": lines("工号,姓名,负责网格", "W1,𠮷田,420502001001002", "N1,欧阳[/],420502001001001", "N2,王芳,"),
    "catalogue": lines(
        "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限",
        *(f"事件,1,市容环境,1,暴露垃圾,{at}堆,{at}工作日" for at in "123"),
    ),
    "incidents": lines("主要内容,诉求地址", *(f"路灯不亮{at},幸福路[b栋]①号" for at in range(3))),
}
"""Three rows of each kind, every one of which would change something."""


def fails_at(monkeypatch: pytest.MonkeyPatch, plan: type[Plan], row: int, failure: BaseException) -> None:
    """Let a plan fail when it is shown its n-th row."""
    take, shown = plan.take, [0]

    def take_until(self: Plan, item: SheetRow) -> RowVerdict:
        shown[0] += 1
        if shown[0] == row:
            raise failure
        return take(self, item)

    monkeypatch.setattr(plan, "take", take_until)


@pytest.mark.parametrize("kind", FILES)
def test_the_three_rows_would_have_changed_something(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    counts = small_office.imports(kind, text_file(tmp_path, FILES[kind])).counts
    assert counts.get("inserted", 0) + counts.get("updated", 0) == 3


@pytest.mark.parametrize("kind", FILES)
def test_a_failure_in_the_middle_of_a_file_rolls_everything_back(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:

    fails_at(monkeypatch, KINDS[kind], 3, RuntimeError("欧阳𠮷 13912345678"))
    before = small_office.everything()
    answer = small_office.imports(kind, text_file(tmp_path, FILES[kind]))
    assert (answer.status, answer.error) == (1, "X000")
    assert small_office.everything() == before


@pytest.mark.parametrize("kind", FILES)
def test_a_failure_at_the_very_end_of_a_file_rolls_everything_back(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def give_up(_: Plan) -> None:
        raise RuntimeError

    monkeypatch.setattr(KINDS[kind], "finish", give_up)
    before = small_office.everything()
    answer = small_office("import", kind, text_file(tmp_path, FILES[kind]))
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert small_office.everything() == before


def test_an_interrupt_rolls_everything_back(blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    fails_at(monkeypatch, KINDS["departments"], 2, KeyboardInterrupt())
    before = blank_office.everything()
    answer = blank_office("import", "departments", text_file(tmp_path, FILES["departments"]))
    assert (answer.status, answer.out) == (130, "")
    assert "Traceback" not in answer.err
    assert blank_office.everything() == before


@pytest.mark.parametrize(
    ("words", "code"), [("database or disk is full", "D609"), ("disk I/O error", "D610"), ("database is locked", "D606")]
)
def test_a_disk_that_fails_is_named_and_nothing_is_half_written(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: str
) -> None:

    failure: Any = driver.OperationalError(words)
    fails_at(monkeypatch, KINDS["departments"], 2, failure)
    before = blank_office.everything()
    answer = blank_office.imports("departments", text_file(tmp_path, FILES["departments"]))
    assert (answer.status, answer.error) == (6, code)
    assert blank_office.everything() == before


def test_a_trial_run_of_a_file_with_bad_rows_says_what_the_real_one_says(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "单位编码,单位名称,单位类型",
        "B1,城管执法局,专业部门",
        "D1,新单位,火星部门",
        "D2,园林所,专业部门",
        "D2,园林所,专业部门",
        "B3,住建局,专业部门",
    )
    file = text_file(tmp_path, text)
    before = small_office.everything()
    trial = small_office.imports("departments", file, "--dry-run")
    assert small_office.everything() == before
    real = small_office.imports("departments", file)
    assert trial.status == real.status == 3
    assert trial.counts == real.counts == {"inserted": 1, "updated": 1, "unchanged": 1, "duplicate": 1, "rejected": 1}
    assert trial.json["issues"] == real.json["issues"]
    spoken = small_office("import", "departments", file, "--dry-run")
    assert "试导入，未写入" in spoken.out


@pytest.mark.parametrize("count", [3_000, pytest.param(30_000, marks=pytest.mark.nightly)])
def test_a_long_list_goes_in_at_once_and_adds_up(small_office: CommandLine, tmp_path: Path, count: int) -> None:
    rows = [f"2026112{at:07d},东风社区,幸福路[b栋]{at}号,暴露垃圾,垃圾成堆第{at}处，𠮷田反映" for at in range(count - 10)]
    odd = ["2026112000000x,没有的社区,,没有的分类,路灯不亮", rows[7], rows[8].replace("成堆", "遍地"), *["x,,,,　"] * 7]
    file = text_file(tmp_path, lines("工单编号,社区,诉求地址,问题分类,主要内容", *rows, *odd), encoding="gb18030")
    answer = small_office.imports("incidents", file)
    assert answer.json["read"] == count
    assert answer.counts == {"inserted": count - 9, "duplicate": 1, "rejected": 8}
    assert small_office.rows("SELECT count(*), count(DISTINCT number), count(DISTINCT import_key) FROM incident") == [
        (count - 9,) * 3
    ]
    assert small_office.rows("SELECT count(*) FROM ledger WHERE subject_kind = 'incident'") == [(count - 9,)]
    assert small_office.rows("SELECT count(*) FROM clock") == [(count - 9,)]
    verdict = small_office("ledger", "verify", "--json").json
    assert verdict["ok"] is True
