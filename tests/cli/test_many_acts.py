"""``incident act --from``: many acts in one process, one result line each, the refusals of a single act."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from office_cli import Answer, CommandLine
from test_streams_of_the_caller import run

from gridconsole.cli import act_batches, state
from gridconsole.domain.errors import NotLoggedIn
from gridconsole.domain.parties import Actor
from gridconsole.services.office import Office


def lines_of(answer: Answer) -> list[dict[str, Any]]:
    """The result lines."""
    return [json.loads(line) for line in answer.out.splitlines()]


def acts(office: CommandLine, path: Path, *options: str) -> Answer:
    """Carry out a file of acts as the acceptor."""
    return office("incident", "act", "--from", str(path), "--operator", "受理员", *options)


def test_each_line_is_done_or_refused_as_a_single_act_would_be(small_office: CommandLine, tmp_path: Path) -> None:
    first, second = small_office.reports("垃圾成堆"), small_office.reports("井盖松动")
    wanted: list[Any] = [
        {"number": first, "action": "accept"},
        {"number": first, "action": "accept"},
        "{broken 13900001234",
        {"number": "999", "action": "note", "note": "无"},
        {"number": second, "action": "备注", "note": "已到现场①"},
        {"number": second, "action": "note", "nonsense": "1"},
        {"number": second, "action": "note", "note": ["a"]},
        {"number": second, "action": "note", "note": "x", "version": "zwei"},
        {"number": second, "action": "accept", "version": 2},
        {"action": "accept"},
        {"number": second, "action": "note", "note": "一", "--note": "二"},
    ]
    file = tmp_path / "acts.jsonl"
    file.write_text(
        "\n\n".join(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for text in wanted), "utf-8"
    )
    answer = acts(small_office, file, "--json")
    found = lines_of(answer)
    assert [line["line"] for line in found] == list(range(1, 22, 2))
    assert [line["error"]["code"] if "error" in line else line["state"] for line in found] == [
        "to_file", "C111", "U002", "C103", "reported", "U002", "U002", "U002", "to_file", "U002", "U002",
    ]  # fmt: skip
    assert "13900001234" not in answer.out + answer.err
    assert answer.status == 3
    single = small_office.act("受理员", first, "accept")
    assert single.json["error"] == found[1]["error"]
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_line_with_an_impossible_rule_or_request_id_is_refused_and_the_next_is_done(
    small_office: CommandLine, tmp_path: Path
) -> None:
    first, second = small_office.reports("垃圾成堆"), small_office.reports("井盖松动")
    wanted: list[dict[str, Any]] = [
        {"number": first, "action": "accept"},
        *({"number": first, "action": "file", "category": "暴露垃圾", "rule": rule} for rule in (0, -1, 999)),
        {"number": first, "action": "file", "rule": 0},
        {"number": second, "action": "note", "note": "x", "request_id": "\ud800"},
        {"number": second, "action": "note", "note": "y"},
    ]
    file = tmp_path / "acts.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in wanted), "utf-8")
    found = lines_of(acts(small_office, file, "--json"))
    assert ["error" in line for line in found] == [False, True, True, True, True, True, False]
    assert {line["error"]["code"] for line in found if "error" in line} <= {"U002", "C112", "E201", "E202", "C110"}


@pytest.mark.parametrize(
    "text",
    [
        '{{"number": "{number}", "action": "note", "note": "一", "note": "二"}}',
        "number,action,note,note\n{number},note,一,二",
        "number,action,note,备注,note\n{number},note,一,,二",
    ],
)
def test_a_field_that_stands_twice_refuses_its_line(small_office: CommandLine, tmp_path: Path, text: str) -> None:
    number = small_office.reports("垃圾成堆")
    file = tmp_path / "acts.txt"
    file.write_text(text.format(number=number), "utf-8")
    answer = acts(small_office, file, "--json")
    assert (answer.status, [line["error"]["code"] for line in lines_of(answer)]) == (4, ["U002"])
    assert "只出现一次" in str(lines_of(answer)[0]["error"])
    assert small_office.rows("SELECT count(*) FROM ledger WHERE action = 'note'") == [(0,)]


def test_a_csv_of_windows_is_read_and_a_wrong_quotation_mark_spoils_its_own_line_only(
    small_office: CommandLine, tmp_path: Path
) -> None:
    numbers = [small_office.reports(text) for text in ("垃圾成堆", "井盖松动", "路灯不亮")]
    rows = f'案件号,动作,note\r\n{numbers[0]},备注,"有,逗号"\r\n{numbers[1]},备注,"坏\r\n{numbers[2]},受理,\r\n1,2,3,4\r\n'
    file = tmp_path / "acts.csv"
    file.write_bytes(rows.encode("gb18030") + b"\xff\xff\r\n")
    answer = acts(small_office, file)
    assert [line.split()[:4] for line in answer.out.splitlines()] == [
        ["第", "2", "行", numbers[0]],
        ["第", "3", "行", "未办"],
        ["第", "4", "行", numbers[2]],
        ["第", "5", "行", "未办"],
        ["第", "6", "行", "未办"],
    ]
    assert (answer.status, answer.err.splitlines()[-1]) == (3, "办理 2 件，未办 3 件")


def test_a_run_that_was_broken_off_goes_on_by_its_request_ids(small_office: CommandLine, tmp_path: Path) -> None:
    number = small_office.reports("垃圾成堆")
    file = tmp_path / "acts.jsonl"
    notes = [{"number": number, "action": "note", "note": f"第{n}次", "request_id": f"batch-7-{n}"} for n in range(4)]
    file.write_text("\n".join(map(json.dumps, notes[:2])), "utf-8")
    assert acts(small_office, file).status == 0
    file.write_text("\n".join(map(json.dumps, notes)), "utf-8")
    assert acts(small_office, file).status == 0
    assert small_office.rows("SELECT count(*) FROM ledger WHERE action = 'note'") == [(4,)]


def test_acts_come_from_standard_input(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    number = small_office.reports("垃圾成堆")
    said = json.dumps({"number": number[-5:], "action": "accept"}).encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"\xef\xbb\xbf" + said), isatty=lambda: False))
    answer = small_office("incident", "act", "--from", "-", "--operator", "受理员", "--json")
    assert lines_of(answer) == [
        {"line": 1, "number": number, "state": "to_file", "version": 2, "due_at": lines_of(answer)[0]["due_at"]}
    ]


def test_a_log_in_that_ended_ends_the_run(small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [small_office.reports(text) for text in ("垃圾成堆", "井盖松动")]
    file = tmp_path / "acts.jsonl"
    file.write_text("\n".join(json.dumps({"number": number, "action": "accept"}) for number in numbers), "utf-8")
    operator, asked = state.operator, []

    def logged_in_twice(office: Office) -> Actor:
        asked.append(office)
        if len(asked) > 2:
            raise NotLoggedIn(name="受理员")
        return operator(office)

    monkeypatch.setattr(state, "operator", logged_in_twice)
    monkeypatch.setattr(act_batches, "CHECK_SECONDS", 0.0)
    answer = acts(small_office, file)
    assert (answer.status, len(answer.out.splitlines())) == (4, 1)
    assert small_office.rows("SELECT number FROM incident WHERE state = 'to_file'") == [(numbers[0],)]


def test_a_reader_that_left_stops_no_act(small_office: CommandLine, tmp_path: Path) -> None:
    numbers = [small_office.reports(text) for text in ("垃圾成堆", "井盖松动", "路灯不亮")]
    file = tmp_path / "acts.jsonl"
    file.write_text("\n".join(json.dumps({"number": number, "action": "accept"}) for number in numbers), "utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(small_office, ("incident", "act", "--from", str(file), "--operator", "受理员"), "", stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, small_office.rows("SELECT count(*) FROM ledger WHERE action = 'accept'")) == (0, [(3,)])


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("--from", "nix.csv"), 5, "E101"),
        (("--from", "."), 5, "E102"),
        (("2026112300001", "note", "--from", "a.csv"), 2, "U002"),
        (("--from", "a.csv", "--note", "x"), 2, "U002"),
        ((), 2, "U000"),
        (("2026112300001",), 2, "U000"),
    ],
)
def test_wrong_words_and_files_are_named(small_office: CommandLine, words: tuple[str, ...], status: int, code: str) -> None:
    answer = small_office("incident", "act", *words, "--operator", "受理员", "--json")
    assert (answer.status, answer.error) == (status, code)


def test_a_file_of_refusals_only_and_an_empty_one(small_office: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "acts.jsonl"
    file.write_text('{"number": "12345", "action": "accept"}\n', "utf-8")
    assert acts(small_office, file).status == 4
    file.write_text("\n\n", "utf-8")
    assert (acts(small_office, file).status, acts(small_office, file).out) == (0, "")
