"""ledger seal, seals, retire: a year as an auditor closes it, and as it leaves for its file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from office_cli import Clock, CommandLine

from gridconsole.domain.errors import DiskFull

KEEPERS = ("审计员", "系统管理员", "值班长", "受理员", "派遣员", "核查员", "内勤")


def later(office: CommandLine, clock: Clock, **amount: float) -> None:
    """Let time pass; whoever works here logs in again."""
    clock.advance(**amount)
    for name in KEEPERS:
        office.log_in(name)


def closed_case(office: CommandLine) -> str:
    """A case from report to close, with a phone in its words."""
    number = office.reports(
        "垃圾成堆，电话 13800138000 [/]", "--reporter", "欧阳小明", "--phone", "13800138000", "--grid", "420502001001001",
        "--category", "暴露垃圾",
    )  # fmt: skip
    for operator, action, *options in (
        ("受理员", "accept"), ("值班长", "file"), ("派遣员", "dispatch", "--to", "城管局"), ("派遣员", "feedback", "--note", "已清理"),
        ("核查员", "check", "--result", "pass"), ("值班长", "close"),
    ):  # fmt: skip
        answer = office.act(operator, number, action, *options)
        assert answer.status == 0, answer
    return number


@pytest.fixture
def old_office(small_office: CommandLine, office_clock: Clock) -> CommandLine:
    """An office with a closed case of 2026; four years and more have passed, and nothing is sealed."""

    def pass_years(office: CommandLine) -> None:
        closed_case(office)
        later(office, office_clock, days=1500)

    small_office.once("old", pass_years)
    return small_office


def sealed(office: CommandLine) -> CommandLine:
    answer = office("ledger", "seal", "--operator", "审计员", "--json")
    assert (answer.status, answer.json["year"]) == (0, 2026)
    return office


def test_a_year_that_is_over_is_reported_of_until_it_is_sealed(small_office: CommandLine, office_clock: Clock) -> None:
    said = "2026 年已经过完，流转记录还没有封存"
    for words in (("ledger", "show"), ("ledger", "verify")):
        assert said not in small_office(*words, "--operator", "审计员").err
    later(small_office, office_clock, days=60)
    for words in (("ledger", "show"), ("ledger", "verify"), ("ledger", "seals")):
        answer = small_office(*words, "--operator", "审计员")
        assert (said in answer.err, said in answer.out) == (True, False), words
    assert small_office("ledger", "seal", "--operator", "系统管理员").status == 0
    for words in (("ledger", "show"), ("ledger", "verify"), ("ledger", "seals")):
        assert said not in small_office(*words, "--operator", "审计员").err, words


def test_a_seal_is_printed_and_proves_the_year(old_office: CommandLine) -> None:
    answer = old_office("ledger", "seal", "2026", "--operator", "审计员")
    assert answer.status == 0
    assert answer.out.startswith("2026 年  第 1 至 ")
    assert "审计员 2031-01-01" in answer.out
    printed = answer.out.partition("校验码 ")[2].split("  ")[0]
    fits = old_office("ledger", "verify", "--anchor", printed)
    assert (fits.status, "1 个封存的年度相符；1 个存档校验码相符" in fits.out) == (0, True)
    (line,) = old_office("ledger", "seals", "--operator", "值班长", "--json").json
    assert (line["printed"], line["year"], line["first"], line["operator"], line["retired_to"]) == (
        printed, 2026, 1, "审计员", None,
    )  # fmt: skip
    assert printed in old_office("ledger", "seals", "--operator", "值班长").out


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("seal", "2026"), 4, "C192"),
        (("seal", "2031"), 4, "C191"),
        (("seal", "2028"), 4, "C199"),
        (("seal", "--operator", "值班长"), 4, "C133"),
        (("seals", "--operator", "内勤"), 4, "C133"),
        (("retire", "2028", "-o", "{folder}/2028.jsonl"), 4, "C194"),
        (("retire", "2026", "-o", "{folder}/2026.csv"), 5, "E112"),
        (("retire", "2026", "-o", "{folder}/fehlt/2026.jsonl"), 5, "E112"),
        (("retire", "2026", "-o", "{folder}/2026.jsonl", "--operator", "值班长"), 4, "C133"),
        (("retire", "2026", "-o", "{folder}/2026.jsonl", "--unmask", "--reason", "存档"), 4, "C133"),
        (("retire", "2026", "-o", "{folder}/2026.jsonl", "--reason", "存档"), 2, "U002"),
        (("retire", "20x6", "-o", "{folder}/2026.jsonl"), 2, "U000"),
        (("retire", "2026"), 2, "U000"),
        (("verify", "--retired", "{folder}/fehlt.jsonl"), 5, "E101"),
        (("verify", "--retired", "{folder}"), 5, "E102"),
        (("verify", "--retired", "{folder}/office.db"), 5, "E122"),
    ],
)
def test_what_cannot_be_is_one_sentence_with_a_code(
    old_office: CommandLine, tmp_path: Path, words: tuple[str, ...], status: int, code: str
) -> None:
    sealed(old_office)
    said = [word.format(folder=tmp_path) for word in words]
    operator = () if "--operator" in said else ("--operator", "审计员")
    answer = old_office("ledger", *said, *operator, "--json")
    assert (answer.status, answer.error) == (status, code), answer
    assert not list(tmp_path.glob("202*"))
    assert "Traceback" not in answer.err


def test_a_year_leaves_only_when_it_is_said_twice(old_office: CommandLine, tmp_path: Path) -> None:
    sealed(old_office)
    target = tmp_path / "流转记录2026.jsonl"
    before = old_office.everything()
    would = old_office("ledger", "retire", "2026", "-o", target, "--operator", "审计员")
    assert (would.status, would.out.startswith("将移出 2026 年的流转记录"), "--yes" in would.err) == (0, True, True)
    assert "个人信息原文不写入文件，移出后不再留存" in would.err
    assert (old_office.everything(), target.exists()) == (before, False)
    done = old_office("ledger", "retire", "2026", "-o", target, "--operator", "审计员", "--yes")
    assert (done.status, done.out.startswith("已移出 2026 年的流转记录")) == (0, True)
    assert target.exists()
    (line,) = old_office("ledger", "seals", "--operator", "审计员", "--json").json
    assert line["retired_to"] == "流转记录2026.jsonl"
    assert "已转存到 流转记录2026.jsonl" in old_office("ledger", "seals", "--operator", "审计员").out
    again = old_office("ledger", "retire", "2026", "-o", target, "--operator", "审计员", "--yes", "--json")
    assert (again.status, again.error) == (4, "C197")


def retired(office: CommandLine, target: Path) -> None:
    sealed(office)
    answer = office("ledger", "retire", "-o", target, "--yes", "--operator", "审计员", "--json")
    assert (answer.status, answer.json["dry_run"], answer.json["unmasked"]) == (0, False, False)


def test_verifying_goes_on_without_the_file_and_from_the_beginning_with_it(old_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    retired(old_office, target)
    without = old_office("ledger", "verify")
    assert (without.status, "没有校验" in without.err) == (0, True)
    answer = old_office("ledger", "verify", "--retired", target, "--json").json
    assert (answer["ok"], answer["retired"], answer["sealed"], answer["idle"]) == (True, 0, [2026], [])
    target.write_text(target.read_text(encoding="utf-8").replace('"action": "close"', '"action": "void"'), encoding="utf-8")
    broken = old_office("ledger", "verify", "--retired", target)
    assert broken.status == 6
    assert broken.out.startswith("发现改动：文件 2026.jsonl与转存时写成的不一样")
    forged = old_office("ledger", "verify", "--retired", target, "--json")
    assert (forged.status, forged.json["flaw"], forged.json["file"]) == (6, "file", "2026.jsonl")


def test_an_anchor_of_what_left_waits_for_the_file(old_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    sealed(old_office)
    entry = old_office("ledger", "show", "--action", "file", "--json", "--operator", "审计员").json[0]
    assert old_office("ledger", "retire", "-o", target, "--yes", "--operator", "审计员").status == 0
    anchor = f"{entry['number']} {entry['hash'][:32]}"
    waits = old_office("ledger", "verify", "--anchor", anchor)
    assert (waits.status, "校验码相符" in waits.out, "才能核对" in waits.err) == (0, False, True)
    fits = old_office("ledger", "verify", "--anchor", anchor, "--retired", target)
    assert (fits.status, "1 个存档校验码相符" in fits.out) == (0, True)


def test_a_case_says_where_its_early_entries_are(old_office: CommandLine, tmp_path: Path) -> None:
    number = str(old_office.rows("SELECT number FROM incident")[0][0])
    retired(old_office, tmp_path / "2026[b].jsonl")
    said = "更早的流转记录已转存到文件：2026[b].jsonl"
    shown = old_office("incident", "show", number, "--operator", "内勤")
    assert (shown.status, said in shown.out) == (0, True)
    as_json = old_office("incident", "show", number, "--operator", "内勤", "--json").json
    assert (as_json["retired"], as_json["timeline"]) == (["2026[b].jsonl"], [])
    of_case = old_office("ledger", "show", "--case", number, "--operator", "内勤")
    assert (said in of_case.err, said in of_case.out) == (True, False)
    since = old_office("ledger", "show", "--since", "2026-01-01", "--operator", "审计员")
    assert said in since.err
    assert said not in old_office("ledger", "show", "--since", "2028-01-01", "--operator", "审计员").err


def test_figures_of_a_month_that_left_are_what_they_were(old_office: CommandLine, tmp_path: Path) -> None:
    def report() -> dict[str, int]:
        made = old_office("report", "daily", "--date", "2026-11-23", "--operator", "值班长", "--json").json
        return {item["key"]: item["value"] for item in made["metrics"]}

    before = report()
    assert {"reported": 1, "filed": 1, "dispatched": 1, "closed": 1}.items() <= before.items()
    retired(old_office, tmp_path / "2026.jsonl")
    assert report() == before


def test_a_register_of_entries_and_a_copy_of_the_ledger_say_which_file_is_not_in_them(
    old_office: CommandLine, tmp_path: Path
) -> None:
    retired(old_office, tmp_path / "2026.jsonl")
    said = "更早的流转记录已转存到文件：2026.jsonl"
    for month, reported in (("2026-11-01", True), ("2031-01-01", False)):
        made = old_office("report", "waivers", "--date", month, "--operator", "值班长", "--json")
        assert (made.status, said in made.err) == (0, reported)
        copied = old_office("ledger", "export", "-o", tmp_path / f"{month}.csv", "--since", month, "--operator", "审计员")
        assert (copied.status, said in copied.err) == (0, reported)


def test_a_disk_that_fails_after_the_file_was_written_leaves_a_copy_and_says_so(
    old_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(old_office)
    before, target = old_office.everything(), tmp_path / "2026.jsonl"
    words = ("ledger", "retire", "-o", target, "--yes", "--operator", "审计员", "--json")

    def full(*_: object) -> int:
        raise DiskFull(path=old_office.database, free=0)

    with monkeypatch.context() as broken:
        broken.setattr("gridconsole.archive.rows.take_out", full)
        failed = old_office(*words)
    assert (failed.status, failed.error, "没有移出" in failed.err) == (6, "D609", True)
    assert (old_office.everything(), target.exists()) == (before, True)
    again = old_office(*words)
    assert (again.status, again.json["year"]) == (0, 2026)


def test_open_cases_keep_their_year(old_office: CommandLine, tmp_path: Path, office_clock: Clock) -> None:
    office_clock.at -= timedelta(days=1490)
    later(old_office, office_clock)
    number = old_office.reports("楼道堆物", "--grid", "420502001001001")
    later(old_office, office_clock, days=1490)
    sealed(old_office)
    answer = old_office("ledger", "retire", "-o", tmp_path / "2026.jsonl", "--yes", "--operator", "审计员", "--json")
    assert (answer.status, answer.error, number in answer.json["error"]["message"]) == (4, "C196", True)


def test_half_a_year_is_the_least_an_office_may_set(old_office: CommandLine) -> None:
    refused = old_office("operator", "settings", "--ledger-days", "183", "--operator", "系统管理员", "--json")
    assert (refused.status, refused.error) == (2, "U002")
    assert "法定不少于 184 天" in refused.json["error"]["message"]
    assert old_office("operator", "settings", "--operator", "系统管理员", "--json").json["ledger_days"] == 1096
    kept = old_office("operator", "settings", "--ledger-days", "184", "--operator", "系统管理员")
    assert "流转记录至少留存（天）: 184" in kept.out


def test_a_young_year_says_from_which_day_it_may_go(small_office: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    later(small_office, office_clock, days=60)
    sealed(small_office)
    answer = small_office("ledger", "retire", "-o", tmp_path / "2026.jsonl", "--yes", "--operator", "审计员", "--json")
    assert (answer.status, answer.error, "2029-11-24 起" in answer.json["error"]["message"]) == (4, "C195", True)


def test_whoever_erases_somebody_is_reported_which_files_to_look_through(old_office: CommandLine, tmp_path: Path) -> None:
    sealed(old_office)
    allowed = old_office("operator", "settings", "--unmasker", "审计员", "--operator", "系统管理员")
    assert allowed.status == 0
    target = tmp_path / "2026.jsonl"
    done = old_office(
        "ledger", "retire", "-o", target, "--unmask", "--reason", "依规存档", "--yes", "--operator", "审计员"
    )  # fmt: skip
    assert (done.status, "带未遮蔽的个人信息" in done.err) == (0, True)
    assert "13800138000" in target.read_text(encoding="utf-8")
    found = old_office("person", "report", "13800138000", "--operator", "值班长")
    erased = old_office(
        "person", "erase", "13800138000", "--all", "--reason", "本人申请", "--yes", "--operator", "系统管理员"
    )  # fmt: skip
    for answer in (found, erased):
        assert (answer.status, "须一并查找处理：2026.jsonl" in answer.err) == (0, True)
    assert "13800138000" not in str(old_office.everything())
    for options in ((), ("--retired", target)):
        assert old_office("ledger", "verify", *options).status == 0


def test_a_copy_of_a_year_that_is_still_there_is_said_to_be_of_no_use(old_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    before = old_office.database.read_bytes()
    retired(old_office, target)
    # As if the machine had been taken back to yesterday's copy.
    for suffix in ("-wal", "-shm"):
        old_office.database.with_name(old_office.database.name + suffix).unlink(missing_ok=True)
    old_office.database.write_bytes(before)
    answer = old_office("ledger", "verify", "--retired", target)
    assert (answer.status, "这一年还在库里" in answer.err) == (0, True)
