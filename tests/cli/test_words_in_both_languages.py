"""Words of a command line in Chinese and in English, whatever language is shown."""

from __future__ import annotations

import pytest
from office_cli import CommandLine

from gridconsole import language


@pytest.mark.parametrize("name", ["日报", "daily", "Daily", "申请", "requests", "核查", "inspections", "督办", "supervision orders", "延期", "extensions"])  # fmt: skip
def test_reports_by_both_names(small_office: CommandLine, name: str) -> None:
    assert small_office("report", name, "--operator", "领导").status == 0


def test_words_of_a_script_work_with_english_shown(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆", "--category", "暴露垃圾")
    try:
        answer = small_office("--lang", "en", "incident", "act", number, "受理", "--operator", "受理员")
        assert answer.status == 0
        answer = small_office("--lang", "en", "incident", "act", number, "核实", "--result", "不属实", "--operator", "acceptor")
        assert answer.status != 0
        answer = small_office("--lang", "en", "incident", "list", "--state", "待立案", "--json")
        assert [row["number"] for row in answer.json] == [number]
    finally:
        language.choose()
