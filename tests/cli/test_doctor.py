"""doctor: what is wrong, in words with a remedy, as a list for programs, and as an exit status."""

from __future__ import annotations

import errno
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from office_cli import Clock, CommandLine

from gridconsole.services.doctor import FindingLevel
from gridconsole.store.engine import driver


def found(office: CommandLine, *options: str) -> dict[str, dict[str, object]]:
    answer = office("doctor", "--json", *options)
    return {finding["key"]: finding for finding in answer.json["findings"]}


def test_a_new_office_is_reported_what_it_still_lacks(small_office: CommandLine) -> None:
    answer = small_office("doctor")
    assert answer.status == 4
    assert "要办 最近的完好备份：无" in answer.out
    assert "请运行 gridconsole backup" in answer.out
    assert "要办 还没有人能以审计员身份登录" in answer.out
    findings = found(small_office)
    assert findings["integrity"]["level"] == findings["ledger"]["level"] == findings["time"]["level"] == "good"
    assert all(finding["remedy"] for finding in findings.values() if finding["level"] in ("act", "broken"))
    assert small_office("backup", "--operator", "值班长").status == 0
    assert found(small_office)["backup"]["level"] == "good"


def test_it_changes_nothing(small_office: CommandLine) -> None:
    before = small_office.everything()
    small_office("doctor")
    small_office("doctor", "--quick")
    assert small_office.everything() == before


def test_a_stale_backup_and_a_wrong_clock_are_seen(small_office: CommandLine, office_clock: Clock) -> None:
    small_office("backup", "--operator", "值班长")
    office_clock.advance(days=-3)
    assert found(small_office)["time"]["level"] == "act"
    office_clock.advance(days=10)
    assert found(small_office)["backup"]["level"] == "act"


def test_who_reads_under_a_doubtful_time_is_reported_so(small_office: CommandLine, office_clock: Clock) -> None:
    small_office.reports("井盖缺失")
    usual = small_office("report", "daily")
    assert (usual.status, "本机时间" in usual.err) == (0, False)
    office_clock.advance(days=-1)
    for words in (("incident", "list"), ("report", "daily"), ("handover", "sheet")):
        answer = small_office(*words, "--operator", "值班长")
        assert (answer.status, "本机时间早于最近一条记录" in answer.err) == (0, True), words


@pytest.mark.parametrize("content", [b"", b"PK\3\4", "各位居民".encode()])
def test_a_foreign_file_and_none_are_called_so(small_office: CommandLine, tmp_path: Path, content: bytes) -> None:
    foreign = tmp_path / "名单.db"
    foreign.write_bytes(content)
    answer = small_office.bare("--db", foreign, "doctor")
    assert (answer.status, "[D603]" in answer.out, "chmod" in answer.out) == (6, True, False)
    answer = small_office.bare("--db", tmp_path / "没有.db", "doctor", "--json")
    assert answer.status == 6
    assert answer.json["findings"][-1]["facts"]["error"] == "D601"
    assert foreign.read_bytes() == content


def test_every_damage_that_sqlite_finds_is_named(small_office: CommandLine) -> None:
    good = small_office.database.read_bytes()
    chance, named, missed = random.Random(11), 0, []
    for number in range(200):
        if named == 8:
            break
        spoilt = bytearray(good)
        for _ in range(1 + number % 3):
            page = chance.randrange(1, len(good) // 4096)
            at, length = page * 4096 + chance.randrange(4096), chance.choice([1, 8, 512])
            spoilt[at : at + length] = bytes(byte ^ 0x5A for byte in spoilt[at : at + length])
        small_office.database.write_bytes(spoilt)
        if _is_damaged(small_office.database):
            answer = small_office("doctor", "--json")
            broken = [item for item in answer.json["findings"] if item["level"] == FindingLevel.BROKEN]
            named += bool(broken)
            missed += [] if answer.status == 6 and broken else [number]
    assert missed == []
    assert named == 8, "most bytes of a young file are unused, but some damages hit what is used"
    small_office.database.write_bytes(good)


def _is_damaged(path: Path) -> bool:
    connection = driver.connect(str(path))
    try:
        return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok")
    except driver.DatabaseError:
        return True
    finally:
        connection.close()


def test_a_folder_without_a_right_is_named(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Path.stat

    def denied(path: Path, **more: bool) -> os.stat_result:
        if path.parent == small_office.database.parent:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return there(path, **more)

    monkeypatch.setattr(Path, "stat", denied)
    answer = small_office("doctor")
    assert answer.status == 6
    assert f"文件夹 {small_office.database.parent} 不存在或不能写入 [D611]" in answer.out


def test_a_passphrase_file_that_is_gone_is_seen(small_office: CommandLine, tmp_path: Path) -> None:
    stick, secret = tmp_path / "优盘", tmp_path / "口令.txt"
    stick.mkdir()
    secret.write_text("正确 马 电池 订书钉", encoding="utf-8")
    secret.chmod(0o600)
    answer = small_office(
        "operator", "settings", "--backup-second", stick, "--backup-passphrase-file", secret, "--operator", "系统管理员"
    )
    assert answer.status == 0, answer
    assert "second_passphrase" not in found(small_office)
    secret.unlink()
    finding = found(small_office)["second_passphrase"]
    assert finding["level"] == "act"
    assert "--backup-passphrase-file" in str(finding["remedy"])


@pytest.mark.parametrize("ending", [".wlock", ".wholder", ".inuse"])
def test_a_folder_in_the_place_of_a_companion_is_seen(small_office: CommandLine, ending: str) -> None:
    companion = small_office.database.with_name(small_office.database.name + ending)
    companion.unlink(missing_ok=True)
    companion.mkdir()
    answer = small_office("doctor", "--quick")
    assert (answer.status, f"旁边的 {companion.name} 不是普通文件" in answer.out) == (6, True)


def test_a_damaged_file_is_not_sent_back_to_the_doctor(small_office: CommandLine) -> None:
    content = bytearray(small_office.database.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    small_office.database.write_bytes(content)
    answer = small_office("doctor")
    assert (answer.status, "gridconsole restore --check" in answer.out, "gridconsole doctor" in answer.out) == (6, True, False)


def test_late_in_the_year_the_next_year_is_a_note_before_it_is_something_to_do(
    small_office: CommandLine, office_clock: Clock
) -> None:
    levels = []
    for day in (10, 20, 32):
        office_clock.at = datetime(2026, 11, 1, 1, 0, tzinfo=UTC) + timedelta(days=day - 1)
        findings = found(small_office, "--quick")
        levels.append((findings.get("calendar") or findings["calendar_soon"])["level"])
        assert small_office("calendar", "check").status == (0 if day == 10 else 4)
    assert levels == ["good", "note", "act"]


def test_a_damaged_newest_backup_is_seen(small_office: CommandLine) -> None:
    small_office("backup", "--operator", "值班长")
    (backup,) = (small_office.database.parent / "backups").glob("*.gcb")
    assert "backup_damaged" not in found(small_office)
    raw = bytearray(backup.read_bytes())
    raw[-100] ^= 1
    backup.write_bytes(raw)
    assert found(small_office)["backup_damaged"]["facts"] == {"file": backup.name}
    assert "backup_damaged" not in found(small_office, "--quick"), "which reads headers only"
