"""Result sheets: each row moves its case on, by the same table as everybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import Clock, CommandLine

HEADER = "案件号,处置单位,处置结果,处置时间"


def handled(office: CommandLine, to: str = "城管局") -> str:
    """A case in somebody's hands."""
    number = office.reports("垃圾成堆", "--grid", "420502001001001", "--category", "暴露垃圾")
    for operator, action, *options in (("受理员", "accept"), ("值班长", "file"), ("派遣员", "dispatch", "--to", to)):
        assert office.act(operator, number, action, *options).status == 0
    return number


def test_what_was_done_moves_the_case_to_its_check(small_office: CommandLine, tmp_path: Path) -> None:
    first, second = handled(small_office), handled(small_office)
    sheet = lines(HEADER, f"{first},城管局,已清理,2026-11-23 14:00", f"{second},,已清运[/],")
    answer = small_office.imports("feedback", text_file(tmp_path, sheet), "--operator", "派遣员")
    assert (answer.status, answer.counts) == (0, {"updated": 2})
    assert small_office.rows("SELECT DISTINCT state FROM incident") == [("to_check",)]
    note = small_office("incident", "show", first, "--json").json["timeline"][-1]
    assert (note["action"], note["operator"]) == ("feedback", "派遣员")
    assert note["note"] == "已清理（处置时间 2026-11-23 14:00）"


def test_the_same_sheet_again_does_nothing_again(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(HEADER, f"{handled(small_office)},,已清理,"))
    small_office.imports("feedback", file, "--operator", "派遣员")
    before = small_office.rows("SELECT count(*) FROM ledger WHERE subject_kind = 'incident'")
    assert small_office.imports("feedback", file, "--operator", "派遣员").counts == {"unchanged": 1}
    assert small_office.rows("SELECT count(*) FROM ledger WHERE subject_kind = 'incident'") == before


def test_what_the_table_forbids_is_a_row_left_out_and_the_rest_goes_on(small_office: CommandLine, tmp_path: Path) -> None:
    waiting = small_office.reports("刚报的")
    good, other = handled(small_office), handled(small_office)
    sheet = lines(
        HEADER,
        f"{waiting},,已清理,",
        f"{good},,已清理,",
        f"{other},住建局,已清理,",
        "2026112399999,,已清理,",
        f"{good},,说法不同,",
    )
    answer = small_office.imports("feedback", text_file(tmp_path, sheet), "--operator", "派遣员")
    assert (answer.status, answer.counts) == (3, {"updated": 1, "rejected": 4})
    assert answer.codes == ["E501", "E502", "E401", "E402"]
    assert "待受理" in answer.json["issues"][0]["message"]
    assert small_office.rows("SELECT state FROM incident WHERE number = ?", waiting) == [("reported",)]


def test_a_clerk_cannot_feed_back_what_only_a_dispatcher_may(small_office: CommandLine, tmp_path: Path) -> None:
    number = handled(small_office)
    answer = small_office.imports("feedback", text_file(tmp_path, lines(HEADER, f"{number},,已清理,")))
    assert (answer.status, answer.counts, answer.codes) == (4, {"rejected": 1}, ["E501"])
    assert "派遣员" in answer.json["issues"][0]["message"] or "内勤" in answer.json["issues"][0]["message"]


def test_feedback_is_not_taken_back_in_a_batch(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(HEADER, f"{handled(small_office)},,已清理,"))
    batch = small_office.imports("feedback", file, "--operator", "派遣员").json["batch"]
    answer = small_office("batch", "undo", batch, "--json", "--operator", "内勤")
    assert (answer.status, answer.error) == (4, "C155")


def test_the_same_words_after_a_failed_check_are_not_passed_over_in_silence(
    small_office: CommandLine, tmp_path: Path, office_clock: Clock
) -> None:
    number = handled(small_office)
    office_clock.advance(hours=1)
    file = text_file(tmp_path, lines(HEADER, f"{number},,已清理,2026-11-23 14:10"))
    small_office.imports("feedback", file, "--operator", "派遣员")
    assert small_office.act("核查员", number, "check", "--result", "fail", "--reason", "没清干净").status == 0
    again = small_office.imports("feedback", file, "--operator", "派遣员")
    assert (again.counts, again.codes) == ({"rejected": 1}, ["E503"])
    later = text_file(tmp_path, lines(HEADER, f"{number},,已清理,2026-11-23 14:50"))
    assert small_office.imports("feedback", later, "--operator", "派遣员").counts == {"updated": 1}


@pytest.mark.parametrize(("at", "taken"), [("2026-11-23 13:59", 0), ("2026-11-23 14:30", 1), ("2026-11-23", 1), ("2026-11-23 15:01", 0), ("2026-11-22", 0)])  # fmt: skip
def test_nothing_is_done_before_it_was_handed_out_or_later_than_now(
    small_office: CommandLine, tmp_path: Path, office_clock: Clock, at: str, taken: int
) -> None:
    number = handled(small_office)
    office_clock.advance(hours=1)
    answer = small_office.imports(
        "feedback", text_file(tmp_path, lines(HEADER, f"{number},,已清理,{at}")), "--operator", "派遣员"
    )
    assert (answer.counts, answer.codes) == (({"updated": 1}, []) if taken else ({"rejected": 1}, ["E504"]))
