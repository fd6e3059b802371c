"""Backups while people work, what is in them, putting them back, and what is done to a backup that is no good."""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import portalocker
import pyrage
import pytest
from quick import stretch_as_always
from small_office import Clock

from gridconsole import files
from gridconsole.domain.backups import BackupKind
from gridconsole.domain.errors import (
    BackupDamaged,
    BackupForeign,
    BackupLocked,
    BackupNewer,
    BackupOfAnotherOffice,
    BackupTooCostly,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseForeign,
    DatabaseInUse,
    GridConsoleError,
    NotPermitted,
    OutputRefused,
    PassphraseWrong,
    TimeBehind,
)
from gridconsole.domain.outputs import OutputFault
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Source
from gridconsole.services import actors, audit, backups, casework, daily_backup, persons, restoring, setup
from gridconsole.services import office as offices
from gridconsole.services.office import Office, open_copy
from gridconsole.store import backup_files, schema, turns
from gridconsole.store.engine import driver

PASSPHRASE = "正确 马 电池 订书钉"  # noqa: S105  of the test


def who(opened: Office, name: str) -> Actor:
    return actors.find_operator(opened, name)


def report(opened: Office, text: str = "井盖缺失", **more: str) -> str:
    return casework.intake(opened, who(opened, "受理员"), casework.NewReport(text, Source.WARDEN, **more)).number


def back_up(opened: Office, folder: Path | None = None, passphrase: str | None = None) -> backups.Made:
    return backups.by_hand(opened, who(opened, "值班长"), folder, passphrase, open_copy)


def fake_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make opening with a passphrase quick: age takes a second on purpose, and one test goes through the real thing."""

    def encrypt(key: bytes, passphrase: str) -> bytes:
        return hmac.digest(passphrase.encode(), key, "sha256") + key

    def decrypt(sealed: bytes, passphrase: str) -> bytes:
        if not hmac.compare_digest(sealed[:32], hmac.digest(passphrase.encode(), sealed[32:], "sha256")):
            raise pyrage.DecryptError("wrong")
        return sealed[32:]

    monkeypatch.setattr(pyrage.passphrase, "encrypt", encrypt)
    monkeypatch.setattr(pyrage.passphrase, "decrypt", decrypt)


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_passphrases" not in request.fixturenames:
        fake_passphrases(monkeypatch)


@pytest.fixture
def real_passphrases() -> None:
    """Open with age itself."""


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(driver.connect(str(path))) as connection:
        return [tuple(row) for row in connection.execute(query)]


def by(opened: Office, name: str = "系统管理员") -> restoring.By:
    return restoring.By(who(opened, name), "1000")


def put_back(
    office_file: Path, file: Path, who_restores: restoring.By, clock: Clock, passphrase: str | None = None
) -> restoring.RestoredOffice:
    return restoring.restore(office_file, file, passphrase, who_restores, open_copy, clock())


def test_a_backup_is_one_private_file_that_says_what_is_in_it(opened: Office, office_file: Path) -> None:
    number = report(opened)
    made = back_up(opened)
    assert made.path.parent == office_file.parent / "backups"
    assert made.path.name == "X区网格化指挥中心[测试]_2026-11-23T0900.gcb"
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    manifest = backup_files.read_header(made.path).manifest
    assert manifest == made.manifest
    assert (manifest.kind, manifest.schema, manifest.is_sound) == (BackupKind.MANUAL, schema.SCHEMA, True)
    with opened.database.reading() as connection:
        assert manifest.counts["incident"] == connection.exec_driver_sql("SELECT count(*) FROM incident").scalar_one()
        entry = connection.exec_driver_sql("SELECT action, json_extract(facts, '$.sha256') FROM ledger ORDER BY seq DESC").first()
    assert tuple(entry or ()) == ("backup", manifest.sha256)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name], "nothing is left over"
    assert number not in made.path.read_bytes().decode("latin-1")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-40] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_damaged_one_counts_as_none(opened: Office, clock: Clock, passphrase: str | None) -> None:
    made = []
    for _ in range(3):
        made.append(back_up(opened, passphrase=passphrase))
        clock.advance(minutes=5)
    flip(made[1].path)
    here = opened.database.path
    assert [backups.is_whole(item, here) for item in backups.listed(made[0].path.parent)] == [True, False, True]
    assert backups.keep_newest(made[2], 2, here) == (), "the damaged one is no second one"
    flip(made[2].path)
    good = daily_backup.newest_good(opened, checked=True)
    assert good is not None
    assert good.made_at == made[0].manifest.made_at
    assert backups.keep_newest(back_up(opened, passphrase=passphrase), 1, here) == (made[0].path.name,)


def test_a_damaged_one_takes_the_place_of_none_when_old_ones_go(opened: Office, clock: Clock) -> None:
    folder, identity = backups.ensure(opened.database.path), daily_backup.identity_of(opened)
    made = []
    for _ in range(12):
        wanted = backups.BackupRequest(BackupKind.DAILY, folder)
        made.append(backups.make(opened.database.path, wanted, open_copy, clock()).first)
        clock.advance(days=1)
    for one in made[-7:]:
        flip(one.path)
    backups.thin_out(folder, identity, opened.calendar.zone, opened.database.path)
    left = {item.path for item in backups.listed(folder)}
    assert {one.path for one in made[-7:]} <= left, "for a person to see"
    assert {one.path for one in made[:5]} <= left, "they are the newest good ones"


def test_only_who_answers_for_the_office_takes_one(opened: Office) -> None:
    for name in ("内勤", "派遣员", "审计员", "领导"):
        with pytest.raises(NotPermitted):
            backups.by_hand(opened, who(opened, name), None, None, open_copy)
    assert not backups.folder_of(opened.database.path).exists()


def test_two_in_a_minute_get_two_names_and_the_newest_can_be_kept_alone(opened: Office, clock: Clock) -> None:
    first, second = back_up(opened), back_up(opened)
    assert second.path.name == first.path.name.replace(".gcb", "-2.gcb")
    clock.advance(minutes=1)
    third = back_up(opened)
    removed = backups.keep_newest(third, 1, opened.database.path)
    assert sorted(removed) == sorted([first.path.name, second.path.name])
    assert [item.path for item in backups.listed(third.path.parent)] == [third.path]


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_what_comes_back_is_what_went_in_and_the_present_file_is_put_apart(
    opened: Office, office_file: Path, clock: Clock, passphrase: str | None
) -> None:
    before = report(opened)
    made = back_up(opened, passphrase=passphrase)
    after = report(opened)
    administrator = by(opened)
    opened.close()
    clock.advance(days=2)
    checked = restoring.check(office_file, made.path, passphrase, open_copy, clock())
    assert checked.loss is not None
    assert (checked.loss.entries, checked.loss.cases, checked.loss.diverges) == (2, 1, False)
    assert checked.age_seconds == timedelta(days=2).total_seconds()
    done = put_back(office_file, made.path, administrator, clock, passphrase)
    assert {str(number) for (number,) in rows(office_file, "SELECT number FROM incident")} == {before}
    assert done.replaced_file is not None
    assert {str(number) for (number,) in rows(done.replaced_file, "SELECT number FROM incident")} == {before, after}
    assert not list(office_file.parent.glob("office.db-*"))
    again = offices.open_office(office_file, "cli", clock)
    assert audit.verify(again).ok
    with again.database.reading() as connection:
        last = connection.exec_driver_sql("SELECT action, operator, facts FROM ledger ORDER BY seq DESC LIMIT 1").one()
    assert (last.action, last.operator) == ("restored", "系统管理员")
    assert f'"seq":{made.manifest.last_entry}' in last.facts
    assert f'"seq":{made.manifest.last_entry + 2}' in last.facts
    report(again)
    again.close()


def test_it_can_be_put_back_where_nothing_is_and_over_what_is_damaged(opened: Office, office_file: Path, clock: Clock) -> None:
    report(opened)
    made = back_up(opened)
    opened.close()
    nobody = restoring.By(None, "1000")
    office_file.unlink()
    assert put_back(office_file, made.path, nobody, clock).replaced_file is None
    content = bytearray(office_file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    office_file.write_bytes(content)
    done = put_back(office_file, made.path, nobody, clock)
    assert done.checked.present is None
    assert done.replaced_file is not None
    assert done.replaced_file.read_bytes() == bytes(content)
    again = offices.open_office(office_file, "cli", clock)
    assert audit.verify(again).ok
    again.close()


def test_nothing_is_put_back_while_another_terminal_is_in(
    opened: Office, open_another: Callable[[], Office], office_file: Path, clock: Clock
) -> None:
    made = back_up(opened)
    administrator = by(opened)
    opened.close()
    other = open_another()
    before = office_file.read_bytes()
    with pytest.raises(DatabaseInUse) as refused:
        put_back(office_file, made.path, administrator, clock)
    assert "受理员" in refused.value.params["names"], "who is logged in"
    other.close()
    assert office_file.read_bytes() == before
    assert put_back(office_file, made.path, administrator, clock).entry > 0


def test_a_shared_office_stays_shared_when_it_is_put_back(opened: Office, office_file: Path, clock: Clock) -> None:
    made = back_up(opened)
    administrator = by(opened)
    opened.close()
    office_file.chmod(0o660)
    if os.geteuid() == 0:
        os.chown(office_file, -1, 30_000)
    before = office_file.stat()
    put_back(office_file, made.path, administrator, clock)
    after = office_file.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_mode, after.st_gid) == (before.st_mode, before.st_gid)


def test_putting_back_does_not_wait_for_ever_for_a_stuck_writer(
    opened: Office, office_file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(opened)
    administrator = by(opened)
    opened.close()
    before = office_file.read_bytes()
    monkeypatch.setattr(turns, "PATIENT", turns.Patience(notice=0.05, limit=0.2))
    with office_file.with_name("office.db.wlock").open("a+b") as stuck:
        portalocker.lock(stuck, portalocker.LockFlags.EXCLUSIVE)
        with pytest.raises(DatabaseBusy):
            put_back(office_file, made.path, administrator, clock)
    assert office_file.read_bytes() == before
    put_back(office_file, made.path, administrator, clock)


def test_the_roles_that_may_put_one_back_are_those_that_may_take_one(opened: Office, office_file: Path, clock: Clock) -> None:
    made = back_up(opened)
    clerk = by(opened, "内勤")
    opened.close()
    with pytest.raises(NotPermitted):
        put_back(office_file, made.path, clerk, clock)


def test_who_was_erased_after_the_backup_is_erased_again(opened: Office, office_file: Path, clock: Clock) -> None:
    report(opened, "张建国说井盖缺失", reporter_name="张建国", reporter_phone="13912345678")
    kept = report(opened, "李大海说路灯不亮", reporter_name="李大海", reporter_phone="13800000000")
    made = back_up(opened)
    administrator = by(opened)
    persons.erase(opened, who(opened, "系统管理员"), "13912345678", None, "本人要求")
    assert backups.holding_since(made.path.parent, made.manifest.identity, 1) == (made.path.name,)
    opened.close()
    done = put_back(office_file, made.path, administrator, clock)
    assert done.checked.erasures == 1
    raw = office_file.read_bytes().decode("utf-8", "replace")
    assert "张建国" not in raw
    assert "13912345678" not in raw
    assert rows(office_file, f"SELECT reporter_name FROM incident WHERE number = '{kept}'") == [("李大海",)]
    again = offices.open_office(office_file, "cli", clock)
    verdict = audit.verify(again)
    assert (verdict.ok, verdict.erased > 0) == (True, True)
    again.close()


# --- what is no good --------------------------------------------------------------------------------------------


def test_what_is_no_backup_is_called_so(opened: Office, office_file: Path, clock: Clock, tmp_path: Path) -> None:
    opened.close()
    for name, content in {"x.gcb": b"", "y.gcb": b"PK\3\4" * 99, "z.gcb": office_file.read_bytes()}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupForeign):
            restoring.check(office_file, tmp_path / name, None, open_copy, clock())
    with pytest.raises(GridConsoleError):
        restoring.check(office_file, tmp_path, None, open_copy, clock())
    with pytest.raises(GridConsoleError):
        restoring.check(office_file, tmp_path / "没有.gcb", None, open_copy, clock())


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_one_flipped_bit_anywhere_or_a_cut_is_found_and_nothing_is_changed(
    opened: Office, office_file: Path, clock: Clock, passphrase: str | None
) -> None:
    report(opened)
    made = back_up(opened, passphrase=passphrase)
    opened.close()
    good, before = made.path.read_bytes(), office_file.read_bytes()
    chance = random.Random(7)  # passphrases are stretched on purpose: few of them are tried
    places = [chance.randrange(len(good)) for _ in range(24 if passphrase is None else 3)]
    spoilt = [bytes([*good[:at], good[at] ^ (1 << chance.randrange(8)), *good[at + 1 :]]) for at in places]
    spoilt += [good[: len(good) // 2], good[:-1], good[:30]]
    for content in spoilt:
        made.path.write_bytes(content)
        with pytest.raises((BackupDamaged, BackupForeign, PassphraseWrong)):
            put_back(office_file, made.path, restoring.By(None, "1000"), clock, passphrase)
    assert office_file.read_bytes() == before
    made.path.write_bytes(good)
    put_back(office_file, made.path, restoring.By(None, "1000"), clock, passphrase)


@pytest.mark.usefixtures("real_passphrases")
def test_a_passphrase_is_needed_and_must_be_right(opened: Office, office_file: Path, clock: Clock) -> None:
    made = back_up(opened, passphrase=PASSPHRASE)
    opened.close()
    with pytest.raises(BackupLocked):
        restoring.check(office_file, made.path, None, open_copy, clock())
    with pytest.raises(PassphraseWrong):
        restoring.check(office_file, made.path, "另一个口令", open_copy, clock())


def test_a_passphrase_is_stretched_the_way_of_age_and_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stretch_as_always(monkeypatch)
    identity, key = backup_files._new_key(PASSPHRASE)
    sealed = base64.b64decode(key)
    assert sealed.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert backup_files._opened(Path("备份"), sealed, PASSPHRASE) == str(identity)


def test_a_machine_that_is_busy_for_a_moment_is_asked_again_and_a_slow_one_is_named(
    opened: Office, office_file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(opened, passphrase=PASSPHRASE)
    opened.close()
    monkeypatch.setattr(backup_files, "_PAUSE", 0)
    usual, left = pyrage.passphrase.decrypt, [3]

    def busy(key: bytes, passphrase: str) -> bytes:
        left[0] -= 1
        if left[0] > 0:
            raise pyrage.DecryptError("Excessive work parameter for passphrase.")
        return bytes(usual(key, passphrase))

    monkeypatch.setattr(pyrage.passphrase, "decrypt", busy)
    assert restoring.check(office_file, made.path, PASSPHRASE, open_copy, clock()).is_sound
    left[0] = 10**6
    with pytest.raises(BackupTooCostly):
        restoring.check(office_file, made.path, PASSPHRASE, open_copy, clock())


def test_a_backup_of_another_office_is_refused(opened: Office, office_file: Path, clock: Clock, tmp_path: Path) -> None:
    opened.close()
    clock.advance(seconds=1)
    other = setup.initialise(tmp_path / "别处" / "other.db", "Y区", "xdistrict", "cli", clock)
    clock.advance(minutes=1)
    made = backups.make(other.database.path, backups.BackupRequest(BackupKind.MANUAL, tmp_path), open_copy, clock()).first
    other.close()
    with pytest.raises(BackupOfAnotherOffice):
        restoring.check(office_file, made.path, None, open_copy, clock())


def test_a_damaged_file_is_known_by_the_backups_beside_it(
    opened: Office, office_file: Path, clock: Clock, tmp_path: Path
) -> None:
    own = back_up(opened)
    opened.close()
    clock.advance(seconds=1)
    other = setup.initialise(tmp_path / "别处" / "other.db", "Y区", "xdistrict", "cli", clock)
    clock.advance(minutes=1)
    foreign = backups.make(other.database.path, backups.BackupRequest(BackupKind.MANUAL, tmp_path), open_copy, clock()).first
    other.close()
    content = office_file.read_bytes()
    office_file.write_bytes(content[:2048] + b"\xff" * (len(content) - 2048))
    with pytest.raises(BackupOfAnotherOffice):
        restoring.check(office_file, foreign.path, None, open_copy, clock())
    assert restoring.check(office_file, own.path, None, open_copy, clock()).is_sound


def test_a_number_that_a_lost_case_had_is_not_given_again(opened: Office, office_file: Path, clock: Clock) -> None:
    kept = report(opened)
    made = back_up(opened)
    lost = report(opened)
    someone = by(opened)
    opened.close()
    clock.advance(minutes=5)
    put_back(office_file, made.path, someone, clock)
    after = offices.open_office(office_file, "cli", clock)
    try:
        again = report(after)
        assert again not in (kept, lost)
        assert int(again) == int(lost) + 1
        assert audit.verify(after).ok
    finally:
        after.close()


def test_a_backup_of_a_later_program_is_refused(
    opened: Office, office_file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(opened)
    opened.close()
    newer = backup_files.read_header(made.path)
    newer = replace(newer, manifest=replace(newer.manifest, schema=schema.SCHEMA + 1))
    monkeypatch.setattr(backup_files, "read_header", lambda _: newer)
    with pytest.raises(BackupNewer):
        restoring.check(office_file, made.path, None, open_copy, clock())


def test_a_damaged_office_gets_no_backup_and_loses_none(opened: Office, office_file: Path) -> None:
    good = back_up(opened)
    opened.database.empty_log()
    opened.close()
    content = bytearray(office_file.read_bytes())
    size = 4096
    for page in range(len(content) // size - 1, 0, -7):
        content[page * size : (page + 1) * size] = bytes(size)
    office_file.write_bytes(content)
    with pytest.raises(DatabaseCorrupt):
        backups.make(office_file, backups.BackupRequest(BackupKind.DAILY, good.path.parent), open_copy, good.manifest.made_at)
    assert [path.name for path in good.path.parent.iterdir()] == [good.path.name]


def test_a_folder_that_is_not_there_or_full_is_said(opened: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputRefused):
        back_up(opened, tmp_path / "没有")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_files, "write", full)
    with pytest.raises(OutputRefused):
        back_up(opened, tmp_path)
    assert not list(tmp_path.glob("*.gcb"))


def test_what_a_killed_backup_left_is_removed_by_the_next(opened: Office, office_file: Path) -> None:
    folder = office_file.parent / "backups"
    folder.mkdir(mode=0o700)
    gone = 2**22 - 7
    assert not files.is_running(gone)
    torn = folder / f".work-{gone}-00000000"
    torn.mkdir()
    (torn / "office.db").write_bytes(b"x")
    half = folder / f".X区_2026-11-23T0900.gcb.{files._host()}-{gone}-00000000.gcpart"
    half.write_bytes(b"x")
    made = back_up(opened)
    assert list(folder.iterdir()) == [made.path]


# --- beside others, and by itself -------------------------------------------------------------------------------


def test_backups_beside_writers_hold_whole_acts(
    opened: Office, open_another: Callable[[], Office], tmp_path: Path, clock: Clock
) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def write(writer: Office) -> None:
        try:
            while not stop.is_set():
                report(writer)
        except BaseException as error:  # noqa: BLE001  shown by the test
            failures.append(error)

    writers = [threading.Thread(target=write, args=(open_another(),)) for _ in range(2)]
    for writer in writers:
        writer.start()
    wanted = backups.BackupRequest(BackupKind.MANUAL, tmp_path)
    made = [backups.make(opened.database.path, wanted, open_copy, clock()).first for _ in range(4)]
    stop.set()
    for writer in writers:
        writer.join()
    assert failures == []
    for item in made:
        target = tmp_path / f"{item.path.stem}.db"
        with target.open("wb") as file:
            backup_files.unpack(item.path, backup_files.read_header(item.path), file, tmp_path)
        copy = open_copy(target, "cli")
        assert audit.verify(copy).ok
        copy.close()
        assert rows(target, "SELECT count(*) FROM incident") == [(item.manifest.counts["incident"],)]


def test_the_first_terminal_of_the_day_makes_one_and_the_next_day_another(opened: Office, clock: Clock) -> None:
    def run() -> object:
        return daily_backup.run(opened, open_copy, lambda _: PASSPHRASE, may_thin_out=True)

    assert daily_backup.is_due(opened)
    assert run() is not None
    assert not daily_backup.is_due(opened)
    assert run() is None
    clock.advance(days=1)
    assert daily_backup.is_due(opened)
    assert run() is not None
    folder = backups.folder_of(opened.database.path)
    assert len(backups.listed(folder)) == 2
    for _ in range(10):
        clock.advance(days=1)
        run()
    kinds = {item.header.manifest.kind for item in backups.listed(folder) if item.header is not None}
    assert kinds == {BackupKind.DAILY}
    assert 7 <= len(backups.listed(folder)) <= 9, "thinned out"


def test_the_copy_in_the_second_place_is_encrypted_and_its_absence_stops_nothing(
    opened: Office, clock: Clock, tmp_path: Path
) -> None:
    stick = tmp_path / "优盘"
    place = {"folder": str(stick), "passphrase_file": str(tmp_path / "口令"), "since": opened.today().isoformat()}
    opened.row = replace(opened.row, settings={**opened.settings, daily_backup.SECOND: place})
    made = daily_backup.run(opened, open_copy, lambda _: PASSPHRASE, may_thin_out=True)
    assert made is not None
    assert made.second is None
    assert made.failure is not None
    assert daily_backup.second_place_missing(opened) is None, "not yet"
    clock.advance(days=3)
    assert daily_backup.second_place_missing(opened) is not None
    stick.mkdir()
    made = daily_backup.run(opened, open_copy, lambda _: PASSPHRASE, may_thin_out=True)
    assert made is not None
    assert made.second is not None
    assert backup_files.read_header(made.second.path).is_encrypted
    assert daily_backup.second_place_missing(opened) is None


def test_a_backup_that_could_not_be_made_is_written_down(opened: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object) -> None:
        raise DatabaseCorrupt(path="x")

    monkeypatch.setattr(backups, "make", damaged)
    with pytest.raises(DatabaseCorrupt):
        daily_backup.run(opened, open_copy, lambda _: PASSPHRASE, may_thin_out=True)
    tried = daily_backup.last_try(backups.folder_of(opened.database.path))
    assert tried is not None
    assert tried.failed == "D605"
    assert daily_backup.is_due(opened), "tried again"


def test_copies_of_one_office_lie_beside_each_other_undisturbed(
    opened: Office, office_file: Path, clock: Clock, tmp_path: Path
) -> None:
    made = back_up(opened)
    elsewhere = tmp_path / "别处" / "office.db"
    elsewhere.parent.mkdir()
    shutil.copyfile(made.path, elsewhere.parent / made.path.name)
    done = put_back(elsewhere, elsewhere.parent / made.path.name, restoring.By(None, "1000"), clock)
    assert done.replaced_file is None
    assert rows(elsewhere, "SELECT count(*) FROM office") == [(1,)]
    assert office_file.exists()


def test_what_is_no_database_is_not_replaced(opened: Office, office_file: Path, clock: Clock, tmp_path: Path) -> None:
    made = back_up(opened)
    opened.close()
    folder, paper, pipe = tmp_path / "docs", tmp_path / "年报.docx", tmp_path / "pipe"
    folder.mkdir()
    (folder / "合同.txt").write_text("合同", encoding="utf-8")
    paper.write_text("年报", encoding="utf-8")
    os.mkfifo(pipe)
    for place in (folder, paper, pipe):
        with pytest.raises(DatabaseForeign):
            put_back(place, made.path, restoring.By(None, "1000"), clock)
    assert (folder / "合同.txt").exists()
    assert paper.read_text(encoding="utf-8") == "年报"
    office_file.write_bytes(b"\0" * 4096)  # its own, damaged from the first page on
    assert put_back(office_file, made.path, restoring.By(None, "1000"), clock).replaced_file is not None


def test_a_link_to_the_office_is_the_office(opened: Office, office_file: Path, clock: Clock, tmp_path: Path) -> None:
    made = back_up(opened)
    link = tmp_path / "link.db"
    link.symlink_to(office_file)
    with pytest.raises(DatabaseInUse):
        put_back(link, made.path, restoring.By(None, "1000"), clock)
    opened.close()
    restored = put_back(link, made.path, restoring.By(None, "1000"), clock)
    assert link.is_symlink()
    assert restored.replaced_file is not None
    assert restored.replaced_file.parent == office_file.parent


def test_what_would_be_lost_is_counted_from_the_last_common_entry(opened: Office, office_file: Path, clock: Clock) -> None:
    common = back_up(opened)
    report(opened)
    other = back_up(opened)
    opened.close()
    put_back(office_file, common.path, restoring.By(None, "1000"), clock)
    again = offices.open_office(office_file, "cli", clock)
    for _ in range(3):
        report(again)
    again.close()
    loses = restoring.check(office_file, other.path, None, open_copy, clock()).loss
    assert loses is not None
    assert (loses.diverges, loses.cases) == (True, 3)
    assert loses.entries >= 4, "three reports and the restoration"


def test_nothing_is_backed_up_or_restored_by_a_clock_that_was_set_back(opened: Office, office_file: Path, clock: Clock) -> None:
    made = back_up(opened)
    report(opened)
    kept = sorted(backups.folder_of(office_file).iterdir())
    clock.advance(hours=-1)
    with pytest.raises(TimeBehind):
        back_up(opened)
    assert sorted(backups.folder_of(office_file).iterdir()) == kept
    opened.close()
    with pytest.raises(TimeBehind):
        put_back(office_file, made.path, restoring.By(None, "1000"), clock)


def test_a_backup_of_a_wrong_year_is_not_the_newest_and_the_one_just_made_stays(opened: Office, clock: Clock) -> None:
    right = clock()
    clock.at = right.replace(year=2035)
    wanted = backups.BackupRequest(BackupKind.MANUAL, backups.ensure(opened.database.path))
    backups.make(opened.database.path, wanted, open_copy, clock())
    clock.at = right
    report(opened)
    made = back_up(opened)
    assert daily_backup.newest_good(opened) == made.manifest
    assert len(backups.keep_newest(made, 1, opened.database.path)) == 1
    assert [item.path for item in backups.listed(made.path.parent)] == [made.path]


def test_an_erasure_names_the_file_that_a_restoration_put_apart(opened: Office, office_file: Path, clock: Clock) -> None:
    made = back_up(opened)
    opened.close()
    replaced_file = put_back(office_file, made.path, restoring.By(None, "1000"), clock).replaced_file
    again = open_copy(office_file, "cli")
    assert replaced_file is not None
    assert replaced_file.name in daily_backup.holding_since(again, 1)
    again.close()


def test_a_backup_that_was_cut_off_is_no_newest_good_one(opened: Office, clock: Clock) -> None:
    whole = back_up(opened)
    report(opened)
    clock.advance(minutes=1)
    cut = back_up(opened).path
    os.truncate(cut, cut.stat().st_size - 1)
    assert daily_backup.newest_good(opened) == whole.manifest
    assert [item.header is None for item in backups.listed(cut.parent)] == [False, True]


def test_what_is_wrong_with_a_copy_is_said_of_the_database(opened: Office, office_file: Path) -> None:
    opened.database.empty_log()
    with office_file.open("rb+") as file:
        file.seek(8 * 4096)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(DatabaseCorrupt) as refused:
        backups.make(office_file, backups.BackupRequest(BackupKind.MANUAL, backups.ensure(office_file)), open_copy, opened.now())
    assert refused.value.params["path"] == office_file


def test_a_file_in_the_place_of_the_folder_is_called_so(opened: Office, office_file: Path) -> None:
    backups.folder_of(office_file).write_text("", encoding="utf-8")
    with pytest.raises(OutputRefused) as refused:
        back_up(opened)
    assert refused.value.params["why"] is OutputFault.NO_FOLDER


def test_after_a_restoration_the_next_backup_is_the_newest(opened: Office, office_file: Path, clock: Clock) -> None:
    first = back_up(opened)
    for _ in range(9):
        report(opened)
    clock.advance(minutes=1)
    back_up(opened)
    opened.close()
    put_back(office_file, first.path, restoring.By(None, "1000"), clock)
    clock.advance(minutes=1)
    again = offices.open_office(office_file, "cli", clock)
    made = back_up(again)
    assert daily_backup.newest_good(again) == made.manifest, "though it holds fewer entries than the one before"
    again.close()
