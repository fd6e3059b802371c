"""backup, backup list, restore as a clerk types them; and the advice for a damaged file, followed word by word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from catalogues import CHINESE
from importing.sheets import lines, text_file
from office_cli import Answer, Clock, CommandLine
from quick import stretch_as_always

from gridconsole.services import backups, daily_backup

_COMMAND = re.compile(r"gridconsole ([a-z]+(?: [a-z]+)?(?: --[a-z]+)?(?: 备份文件)?)")


def back_up(office: CommandLine, *options: object) -> Answer:
    return office("backup", "--operator", "值班长", *options)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)


@pytest.mark.parametrize("code", ["D605", "D610"])
def test_the_advice_for_a_damaged_file_is_followed_and_brings_the_office_back(small_office: CommandLine, code: str) -> None:
    small_office.reports("井盖缺失")
    assert back_up(small_office).status == 0
    before = small_office.rows("SELECT number, text FROM incident")
    if code == "D605":
        damage(small_office.database)
        reported = small_office("incident", "list")
        assert (reported.status, CHINESE["hint.D605"] in reported.err) == (6, True)
    commands = _COMMAND.findall(CHINESE[f"hint.{code}"])
    assert len(commands) >= 2
    (backup,) = (small_office.database.parent / "backups").glob("*.gcb")
    for command in commands:
        words = [str(backup) if word == "备份文件" else word for word in command.split()]
        answer = small_office(*words, *(["--operator", "值班长"] if words[0] == "backup" and len(words) == 1 else []))
        assert answer.status == (6 if code == "D605" and words[0] == "doctor" else 4 if words[0] == "doctor" else 0), (
            command,
            answer,
        )
        assert "Traceback" not in answer.err
    assert small_office.rows("SELECT number, text FROM incident") == before
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize("whole_way", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_a_backup_to_a_stick_is_encrypted_and_says_so(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_way: bool
) -> None:
    if whole_way:
        stretch_as_always(monkeypatch)
    stick, passphrase = tmp_path / "优盘", tmp_path / "口令"
    stick.mkdir()
    passphrase.write_text("短\n", encoding="utf-8")
    passphrase.chmod(0o600)
    short = back_up(small_office, "--to", stick, "--passphrase-file", passphrase)
    assert (short.status, "口令文件 口令 里的口令太短" in short.err) == (2, True)
    passphrase.chmod(0o644)
    open_to_all = back_up(small_office, "--to", stick, "--passphrase-file", passphrase)
    assert (open_to_all.status, "口令文件" in open_to_all.err, "密码" in open_to_all.err) == (5, True, False)
    passphrase.chmod(0o600)
    passphrase.write_text("长一些的口令才可以\n", encoding="utf-8")
    done = back_up(small_office, "--to", stick, "--passphrase-file", passphrase)
    assert (done.status, "已加密" in done.err) == (0, True)
    (file,) = stick.iterdir()
    assert "已加密" in small_office("backup", "list", "--from", stick).out
    locked = small_office("restore", "--check", file, "--json")
    assert (locked.status, locked.error) == (5, "E125")
    checked = small_office("restore", "--check", file, "--passphrase-file", passphrase, "--json")
    assert checked.status == 0, checked
    assert (checked.status, checked.json["ledger_ok"], checked.json["loses"]["cases"]) == (0, True, 0)
    passphrase.chmod(0o644)
    assert small_office("restore", "--check", file, "--passphrase-file", passphrase, "--json").error == "E120"


@pytest.mark.parametrize("words", [("--to", "优盘", "list"), ("--keep", "3", "list"), ("--json", "list")])
def test_an_option_before_the_list_is_refused_and_not_forgotten(small_office: CommandLine, words: tuple[str, ...]) -> None:
    answer = small_office("backup", *words)
    assert (answer.status, "写在 backup list 前面的选项不起作用" in answer.err + answer.out) == (2, True)


@pytest.mark.parametrize("words", [("--to", ""), ("--to", " "), ("list", "--from", "")])
def test_an_empty_word_is_not_the_current_folder(
    small_office: CommandLine, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "这里").mkdir()
    monkeypatch.chdir(tmp_path / "这里")
    answer = small_office("backup", *words)
    assert (answer.status, "没有写文件夹" in answer.err) == (2, True)
    assert list((tmp_path / "这里").iterdir()) == []


def test_a_restoration_names_the_process_that_is_in_where_nobody_logs_in(small_office: CommandLine) -> None:
    small_office.reports("井盖缺失")
    assert back_up(small_office).status == 0
    (backup,) = (small_office.database.parent / "backups").glob("*.gcb")
    code = (
        "import sys; from pathlib import Path; from gridconsole.store import occupancy; held = occupancy.hold(Path(sys.argv[1]));"
    )
    code += "print('in', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(small_office.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        answer = small_office("restore", backup)
        assert other.stdin is not None
        other.stdin.close()
    assert (answer.status, "D612" in answer.err) == (6, True)
    if sys.platform == "linux":
        assert str(other.pid) in answer.err


def test_only_the_newest_are_kept_where_so_many_are_asked_for(small_office: CommandLine, office_clock: Clock) -> None:
    for _ in range(3):
        office_clock.advance(minutes=1)
        assert back_up(small_office, "--keep", "2").status == 0
    listed = small_office("backup", "list", "--json").json
    assert [item["kind"] for item in listed] == ["manual", "manual"]
    assert listed[0]["made_at"] > listed[1]["made_at"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["backup", "--to", "{folder}/没有"], 5),
        (["backup", "--keep", "0"], 2),
        (["backup", "list", "--from", "{folder}/没有"], 5),
        (["restore", "{folder}/没有.gcb"], 5),
        (["restore", "{folder}"], 5),
        (["restore", "--check", "{folder}/office.db"], 5),
        (["restore"], 2),
        (["backup", "--operator", "内勤"], 4),
    ],
)
def test_wrong_words_are_answered_in_one_sentence(
    small_office: CommandLine, tmp_path: Path, words: list[str], status: int
) -> None:
    filled = [word.format(folder=small_office.database.parent) for word in words]
    named = [] if "--operator" in words or words[0] == "restore" else ["--operator", "值班长"]
    answer = small_office(*filled, *named)
    assert (answer.status, answer.out) == (status, "")
    assert answer.err.startswith("错误[")


def test_erasing_names_the_backups_that_still_hold_the_person(small_office: CommandLine) -> None:
    small_office.reports("张建国家门口井盖缺失", "--reporter", "张建国", "--phone", "13912345678")
    back_up(small_office)
    (backup,) = (small_office.database.parent / "backups").glob("*.gcb")
    erased = small_office("person", "erase", "13912345678", "--all", "--reason", "本人要求", "--yes", "--operator", "系统管理员")
    assert erased.status == 0, erased
    assert backup.name in erased.err


def test_verifying_says_how_old_the_newest_entry_and_the_newest_backup_are(
    small_office: CommandLine, office_clock: Clock
) -> None:
    assert "还没有完好的备份" in small_office("ledger", "verify").err
    back_up(small_office)
    office_clock.advance(days=2)
    assert "最近的完好备份 2026-11-23 14:00（2 天前）" in small_office("ledger", "verify").err


def test_logging_in_starts_the_days_backup_once(
    small_office: CommandLine, office_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    monkeypatch.setattr(daily_backup, "start", started.append)
    small_office.typing("zhengzaibang7", "zhengzaibang7")("operator", "first-admin", "马局", "--password-stdin")
    small_office.typing("zhengzaibang7")("login", "马局", "--password-stdin")
    assert started == [small_office.database]
    assert small_office("backup", "--automatic").status == 0
    assert [item["kind"] for item in small_office("backup", "list", "--json").json] == ["daily"]
    small_office.typing("zhengzaibang7")("login", "马局", "--password-stdin")
    assert len(started) == 1


def test_a_large_batch_is_backed_up_before_it_is_undone(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = text_file(tmp_path, lines("单位编码,单位名称,单位类型", "D1,园林所,专业部门", "D2,路灯所,专业部门"))
    batch = small_office("import", "departments", sheet, "--json", "--operator", "内勤").json["batch"]
    monkeypatch.setattr(backups, "LARGE_UNDO", 2)
    assert small_office("batch", "undo", batch, "--dry-run", "--operator", "内勤").status == 0
    assert small_office("backup", "list", "--json").json == []
    monkeypatch.setattr(backups, "LARGE_UNDO", 1)
    assert small_office("batch", "undo", batch, "--operator", "内勤").status == 0
    (made,) = small_office("backup", "list", "--json").json
    assert (made["kind"], made["counts"]["unit"]) == ("undo", small_office.rows("SELECT count(*) FROM unit")[0][0] + 2)
