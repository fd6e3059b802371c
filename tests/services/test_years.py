"""Sealing the years of a ledger, and taking them out."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from small_office import DECIDES, WAY_TO, StaffedOffice, local

from gridconsole.archive import retiring
from gridconsole.archive import rows as archive_rows
from gridconsole.archive.retiring import Retirement, YearLine
from gridconsole.domain.actions import Act, Action, CallBack
from gridconsole.domain.chain import Flaw
from gridconsole.domain.errors import (
    AxisConflict,
    GridConsoleError,
    LedgerUnsound,
    NotPermitted,
    OutputRefused,
    ReasonNeeded,
    YearFileForeign,
    YearHasOpenCases,
    YearNotOver,
    YearNotSealed,
    YearOutOfTurn,
    YearRetired,
    YearSealed,
    YearTooYoung,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.replay import APPLIED
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.services import audit, case_queries, casework, escalation, fact_keeping, indexing, operators, persons, unmasking
from gridconsole.services import office as offices
from gridconsole.store import engine, ledger, ledger_entries
from gridconsole.store.engine import driver
from gridconsole.store.tables.facts import FACT_TABLES

SEALERS = [Role.AUDITOR, Role.ADMIN]
OTHERS = [role for role in Role if role not in SEALERS]


def go_to(office: StaffedOffice, day: date, at: str = "09:00") -> None:
    """Set the office's clock."""
    office.clock.at = local(day, at)


def two_years(office: StaffedOffice) -> tuple[str, str]:
    """A case closed in each of 2026 and 2027; it is the morning of 3 January 2028. Returns their numbers."""
    first = office.case_in(State.CLOSED, reporter_name="𠮷田", reporter_phone="13812345678")
    go_to(office, date(2027, 6, 1))
    second = office.case_in(State.CLOSED)
    go_to(office, date(2028, 1, 3))
    return first, second


def seal(office: StaffedOffice, year: int | None = None) -> YearLine:
    """As the auditor."""
    return retiring.seal(office.opened, office.actors[Role.AUDITOR], year)


def retire(office: StaffedOffice, target: Path, year: int | None = None, **more: object) -> Retirement:
    """As the auditor."""
    return retiring.retire(office.opened, office.actors[Role.AUDITOR], year, target, **more)  # type: ignore[arg-type]


def lines(office: StaffedOffice, action: str) -> list[LedgerLine]:
    """The entries of an act, oldest first."""
    with office.opened.database.reading() as connection:
        return list(ledger_entries.lines(connection, office.opened.id, ledger_entries.LedgerQuery(action=action), 1000))[::-1]


def count(office: StaffedOffice, table: str) -> int:
    with office.opened.database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def tamper(office: StaffedOffice, *statements: str) -> None:
    """Change the file as somebody who holds it can: without its triggers."""
    with office.opened.database.writing() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


# --- sealing ----------------------------------------------------------------------------------------------------


def test_years_are_sealed_in_order_each_from_where_the_last_ended(office: StaffedOffice) -> None:
    two_years(office)
    assert retiring.open_year(office.opened) == 2026
    first = seal(office)
    assert retiring.open_year(office.opened) == 2027
    second = seal(office, 2027)
    assert retiring.open_year(office.opened) is None
    assert [(line.seal.year, line.seal.first, line.seal.last) for line in (first, second)] == [
        (2026, 1, first.seal.last), (2027, first.seal.last + 1, first.seal.last + second.seal.count),
    ]  # fmt: skip
    assert second.seal.count == 7
    assert {first.seal.strays, second.seal.strays} == {0}
    assert [line.subject for line in lines(office, "seal")] == ["year:2026", "year:2027"]
    assert retiring.sealed(office.opened, office.actors[Role.AUDITOR]) == (first, second)
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.sealed) == (True, (2026, 2027))


def test_the_new_year_begins_at_the_offices_midnight(office: StaffedOffice) -> None:
    go_to(office, date(2026, 12, 31), "23:59")
    office.report()
    go_to(office, date(2027, 1, 1), "00:00")
    office.report()
    line = seal(office)
    (before, after) = lines(office, "report")
    assert line.seal.last == before.seq == after.seq - 1


@pytest.mark.parametrize(
    ("year", "refusal"), [(2026, YearSealed), (2028, YearNotOver), (2029, YearNotOver), (2025, YearOutOfTurn)]
)
def test_a_year_is_sealed_once_when_it_is_over_and_in_its_turn(
    office: StaffedOffice, year: int, refusal: type[GridConsoleError]
) -> None:
    two_years(office)
    seal(office, 2026)
    before = count(office, "ledger")
    with pytest.raises(refusal):
        seal(office, year)
    assert count(office, "ledger") == before


def test_no_year_is_sealed_over_a_gap(office: StaffedOffice) -> None:
    two_years(office)
    with pytest.raises(YearOutOfTurn) as refusal:
        seal(office, 2027)
    assert refusal.value.params["wanted"] == 2026


def test_nothing_is_sealed_in_an_offices_first_year(office: StaffedOffice) -> None:
    office.report()
    assert retiring.open_year(office.opened) is None
    with pytest.raises(YearNotOver):
        seal(office)


def test_a_year_without_entries_is_passed_over(office: StaffedOffice) -> None:
    go_to(office, date(2029, 3, 1))
    office.report()
    go_to(office, date(2030, 3, 1))
    assert [seal(office).seal.year, seal(office).seal.year] == [2026, 2029]
    assert audit.verify(office.opened).sealed == (2026, 2029)


@pytest.mark.parametrize("role", OTHERS)
def test_who_works_on_cases_neither_seals_nor_takes_out_and_the_ledger_says_who_tried(
    office: StaffedOffice, role: Role, tmp_path: Path
) -> None:
    two_years(office)
    actor = office.actors[role]
    with pytest.raises(NotPermitted):
        retiring.seal(office.opened, actor)
    with pytest.raises(NotPermitted):
        retiring.retire(office.opened, actor, 2026, tmp_path / "2026.jsonl")
    assert [(line.operator, line.facts["what"]) for line in lines(office, "denied")] == [
        (actor.name, "seal"), (actor.name, "retire"),
    ]  # fmt: skip
    assert not list(tmp_path.glob("*.jsonl"))


@pytest.mark.parametrize("role", SEALERS)
def test_an_auditor_or_an_administrator_seals(office: StaffedOffice, role: Role) -> None:
    two_years(office)
    assert retiring.seal(office.opened, office.actors[role]).operator == office.actors[role].name


def test_a_clock_that_ran_years_ahead_for_one_entry_does_not_end_the_year_early(office: StaffedOffice) -> None:
    go_to(office, date(2040, 1, 1))
    office.report()
    go_to(office, date(2026, 11, 24))
    office.set_clock_back(office.clock.at)
    office.report()
    later = office.report().number
    go_to(office, date(2027, 1, 4))
    line = seal(office)
    assert line.seal.last == lines(office, "report")[-1].seq
    assert lines(office, "report")[-1].subject == later
    assert line.seal.strays == 1
    assert line.seal.until.startswith("2026-11-24"), "a date nobody has reached yet keeps nothing longer"


def test_a_clock_that_was_set_back_for_one_entry_does_not_pull_the_next_year_in(office: StaffedOffice) -> None:
    go_to(office, date(2027, 2, 1))
    office.case_in(State.CLOSED)
    go_to(office, date(2026, 5, 1))
    office.set_clock_back(office.clock.at)
    office.report()
    go_to(office, date(2027, 2, 2))
    office.case_in(State.CLOSED)
    go_to(office, date(2028, 1, 4))
    first, second = seal(office), seal(office)
    assert (first.seal.year, second.seal.year) == (2026, 2027)
    assert (first.seal.strays, second.seal.strays) == (0, 2)
    assert second.seal.last == lines(office, "seal")[0].seq - 1
    assert audit.verify(office.opened).ok


def test_nobody_seals_a_year_in_which_something_was_changed(office: StaffedOffice) -> None:
    two_years(office)
    tamper(office, "UPDATE ledger SET operator = '李四' WHERE seq = 5")
    with pytest.raises(LedgerUnsound) as refusal:
        seal(office)
    assert refusal.value.params["number"] == 5


def test_nobody_seals_a_year_of_which_something_is_missing(office: StaffedOffice) -> None:
    two_years(office)
    tamper(office, "DELETE FROM ledger_personal WHERE seq = 5", "DELETE FROM ledger WHERE seq = 5")
    with pytest.raises(LedgerUnsound) as refusal:
        seal(office)
    assert refusal.value.params["number"] == 5


def test_a_seal_that_was_forged_is_found_though_the_chain_was_made_up_anew(office: StaffedOffice) -> None:
    two_years(office)
    line = seal(office)
    facts = json.dumps(
        {**lines(office, "seal")[0].facts, "digest": "0" * 64}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    tamper(office, f"DELETE FROM ledger WHERE seq >= {line.number}")
    # A program that had seen the entry would not write any more: the forger opens the file anew.
    forger = offices.open_office(office.opened.database.path, "cli", office.clock)
    with forger.database.writing() as connection:
        entry = ledger.NewEntry(office.clock.at, None, "x", "cli", "year", 2026, "seal", json.loads(facts))
        ledger.append(connection, office.opened.id, [entry])
    forger.close()
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.flaw, verdict.first_broken) == (False, Flaw.SEAL, line.number)


# --- taking out -------------------------------------------------------------------------------------------------


@pytest.fixture
def old(office: StaffedOffice) -> StaffedOffice:
    """An office with 2026 and 2027 sealed, on 3 January 2031: both have been kept for three years."""
    two_years(office)
    seal(office)
    seal(office)
    go_to(office, date(2031, 1, 3))
    return office


def test_a_year_leaves_the_ledger_for_its_file_and_the_chain_goes_on(old: StaffedOffice, tmp_path: Path) -> None:
    before = audit.verify(old.opened)
    target = tmp_path / "2026.jsonl"
    done = retire(old, target, 2026)
    assert (done.record.year, done.record.file, done.record.first, done.record.cases) == (2026, "2026.jsonl", 1, 1)
    after = audit.verify(old.opened)
    assert (after.ok, after.retired, after.entries) == (True, done.record.count, before.entries - done.record.count + 4), (
        "the entry that says so, two that attest again the rows and the texts that only the year's entries attested,"
        " and one with the digest of the roster"
    )
    whole = audit.verify(old.opened, files=[target])
    assert (whole.ok, whole.retired, whole.entries) == (True, 0, before.entries + 4)
    assert whole.head == after.head
    with old.opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT min(seq) FROM ledger").scalar_one() == done.record.last + 1
        assert connection.exec_driver_sql("SELECT min(seq) FROM ledger_personal").scalar_one() > done.record.last


def test_the_file_is_private_and_holds_every_entry_with_its_hash_and_no_personal_text(old: StaffedOffice, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    done = retire(old, target)
    head, *entries = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert (head["year"], head["count"], len(entries)) == (2026, done.record.count, done.record.count)
    assert entries[-1]["hash"] == done.record.hash
    assert not any("personal" in entry for entry in entries)
    assert any(entry["digest"] for entry in entries)
    assert "13812345678" not in target.read_text(encoding="utf-8")
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o600


def test_both_years_leave_one_after_the_other(old: StaffedOffice, tmp_path: Path) -> None:
    targets = [tmp_path / "2026.jsonl", tmp_path / "2027.jsonl"]
    first, second = (retire(old, target).record for target in targets)
    assert second.first == first.last + 1
    assert [record.year for record in retiring.retired(old.opened)] == [2026, 2027]
    for files in ([], targets[:1], targets[1:], targets, targets[::-1]):
        verdict = audit.verify(old.opened, files=files)
        assert verdict.ok, (files, verdict)
        assert verdict.retired == sum(
            record.count for record, target in zip((first, second), targets, strict=True) if target not in files
        )
    with pytest.raises(YearNotSealed):
        retire(old, tmp_path / "2028.jsonl")


def test_sealing_goes_on_after_years_have_left(old: StaffedOffice, tmp_path: Path) -> None:
    retire(old, tmp_path / "2026.jsonl")
    retire(old, tmp_path / "2027.jsonl")
    line = seal(old)
    assert line.seal.year == 2028
    assert [found.seal.year for found in retiring.sealed(old.opened, old.actors[Role.ADMIN])] == [2026, 2027, 2028]
    assert audit.verify(old.opened).sealed == (2026, 2027, 2028)
    go_to(old, date(2035, 1, 1))
    third = retire(old, tmp_path / "2028.jsonl").record
    # The seals of the first two went with it: the records answer for them.
    listed = retiring.sealed(old.opened, old.actors[Role.ADMIN])
    assert [(found.seal.year, bool(found.hash)) for found in listed] == [(2026, False), (2027, False), (2028, True)]
    assert listed[0].anchor == (listed[0].seal.last, listed[0].seal.hash)
    for files in ([], [tmp_path / "2026.jsonl"], [tmp_path / f"{year}.jsonl" for year in (2026, 2027, 2028)]):
        verdict = audit.verify(old.opened, files=files)
        assert (verdict.ok, verdict.sealed) == (True, (2026, 2027, 2028)), files
    assert third.first == line.seal.first


def test_a_year_that_was_not_kept_long_enough_stays(office: StaffedOffice, tmp_path: Path) -> None:
    two_years(office)
    line = seal(office, 2026)
    last = line.seal.until
    assert last.startswith("2026-11-23")
    go_to(office, date(2029, 11, 22))
    with pytest.raises(YearTooYoung) as refusal:
        retire(office, tmp_path / "2026.jsonl")
    assert (refusal.value.params["day"], refusal.value.params["limit"]) == (date(2029, 11, 24), 1096)
    go_to(office, date(2029, 11, 24))
    assert retire(office, tmp_path / "2026.jsonl").record.year == 2026


def test_an_office_may_keep_its_ledger_for_half_a_year_and_never_less(office: StaffedOffice, tmp_path: Path) -> None:
    two_years(office)
    seal(office, 2026)
    admin = office.actors[Role.ADMIN]
    with pytest.raises(GridConsoleError) as refusal:
        operators.change_settings(office.opened, admin, {"ledger_days": 183})
    assert refusal.value.params["what"] == "ledger_days"
    assert operators.change_settings(office.opened, admin, {"ledger_days": 184})["ledger_days"] == 184
    assert retire(office, tmp_path / "2026.jsonl").record.year == 2026


def test_a_setting_that_somebody_wrote_past_the_program_shortens_nothing(office: StaffedOffice, tmp_path: Path) -> None:
    go_to(office, date(2027, 3, 1))
    seal(office, 2026)
    tamper(office, "UPDATE office SET settings = json_set(settings, '$.ledger_days', 1)")
    with pytest.raises(YearTooYoung):
        retire(office, tmp_path / "2026.jsonl")


def test_an_unsealed_year_stays(office: StaffedOffice, tmp_path: Path) -> None:
    two_years(office)
    go_to(office, date(2031, 1, 3))
    with pytest.raises(YearNotSealed):
        retire(office, tmp_path / "2026.jsonl", 2026)


def test_the_oldest_year_leaves_first_and_once(old: StaffedOffice, tmp_path: Path) -> None:
    with pytest.raises(YearOutOfTurn):
        retire(old, tmp_path / "2027.jsonl", 2027)
    retire(old, tmp_path / "2026.jsonl", 2026)
    with pytest.raises(YearRetired) as refusal:
        retire(old, tmp_path / "again.jsonl", 2026)
    assert refusal.value.params["file"] == "2026.jsonl"
    assert not (tmp_path / "again.jsonl").exists()


def test_a_year_stays_while_a_case_with_entries_in_it_is_open(office: StaffedOffice, tmp_path: Path) -> None:
    number = office.case_in(State.HANDLING)
    two_years(office)
    seal(office)
    go_to(office, date(2031, 1, 3))
    with pytest.raises(YearHasOpenCases) as refusal:
        retire(office, tmp_path / "2026.jsonl")
    assert (refusal.value.params["numbers"], refusal.value.params["count"]) == ((number,), 1)
    assert not (tmp_path / "2026.jsonl").exists()


def test_a_trial_says_what_would_go_and_touches_nothing(old: StaffedOffice, tmp_path: Path) -> None:
    before = count(old, "ledger")
    would = retire(old, tmp_path / "2026.jsonl", dry_run=True)
    assert (would.dry_run, would.record.year) == (True, 2026)
    assert would.texts > 0
    assert (count(old, "ledger"), list(tmp_path.glob("*2026*"))) == (before, [])


def test_a_file_that_is_there_is_never_written_over(old: StaffedOffice, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    target.write_text("别的\n", encoding="utf-8")
    before = count(old, "ledger")
    with pytest.raises(OutputRefused):
        retire(old, target)
    assert target.read_text(encoding="utf-8") == "别的\n"
    assert count(old, "ledger") == before
    assert [path.name for path in tmp_path.glob("*2026*")] == ["2026.jsonl"]


@pytest.mark.parametrize("name", ["2026.csv", "2026", "nirgends/2026.jsonl"])
def test_a_place_where_no_file_can_be_is_refused(old: StaffedOffice, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputRefused):
        retire(old, tmp_path / name)


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_disk_that_does_not_take_the_file_loses_nothing(
    old: StaffedOffice, tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = count(old, "ledger")

    def full(*_: object) -> None:
        raise FileExistsError(17, "x") if call == "link" else OSError(28, os.strerror(28))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, full)
        with pytest.raises(OutputRefused):
            retire(old, tmp_path / "2026.jsonl")
    assert (count(old, "ledger"), list(tmp_path.glob("*2026*"))) == (before, [])
    assert retire(old, tmp_path / "2026.jsonl").record.year == 2026


def test_a_disk_without_links_takes_the_file_all_the_same(
    old: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise PermissionError(1, os.strerror(1))

    with monkeypatch.context() as stick:
        stick.setattr(os, "link", unknown)
        retire(old, tmp_path / "2026.jsonl")
    assert audit.verify(old.opened, files=[tmp_path / "2026.jsonl"]).retired == 0
    assert [path.name for path in tmp_path.glob("*2026*")] == ["2026.jsonl"]


def test_what_the_disk_gives_back_is_compared_before_anything_goes(
    old: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = count(old, "ledger")
    with monkeypatch.context() as broken:
        broken.setattr("gridconsole.files.sha256_of", lambda _path: "0" * 64)
        with pytest.raises(OutputRefused):
            retire(old, tmp_path / "2026.jsonl")
    assert count(old, "ledger") == before


def test_killed_between_the_file_and_the_rows_the_file_is_a_copy_and_the_next_try_takes_it(
    old: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "2026.jsonl"
    before = count(old, "ledger")

    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("gridconsole.archive.rows.take_out", killed)
        with pytest.raises(KeyboardInterrupt):
            retire(old, target)
    assert (count(old, "ledger"), target.exists()) == (before, True)
    verdict = audit.verify(old.opened, files=[target])
    assert (verdict.ok, verdict.idle, verdict.retired) == (True, ("2026.jsonl",), 0)
    written = target.read_bytes()
    assert retire(old, target).record.year == 2026
    assert target.read_bytes() == written
    assert audit.verify(old.opened, files=[target]).idle == ()


def test_a_year_in_which_something_was_changed_stays(old: StaffedOffice, tmp_path: Path) -> None:
    tamper(old, "UPDATE ledger SET operator = '李四' WHERE seq = 5")
    with pytest.raises(LedgerUnsound):
        retire(old, tmp_path / "2026.jsonl")
    assert not (tmp_path / "2026.jsonl").exists()


# --- what stays behind ------------------------------------------------------------------------------------------


def test_a_case_of_a_year_that_left_is_reopened_and_replayed_from_what_was_kept(office: StaffedOffice, tmp_path: Path) -> None:
    number, _ = two_years(office)
    seal(office)
    go_to(office, date(2031, 1, 3))
    retire(office, tmp_path / "2026.jsonl")
    view = case_queries.view(office.opened, number, office.actors[Role.CLERK])
    assert (view.timeline, view.retired) == ((), ("2026.jsonl",))
    version = office.load(number).case.version
    office.act(number, Action.NOTE, note="查阅旧案")
    verdict = audit.verify(office.opened)
    assert (verdict.ok, office.load(number).case.version) == (True, version + 1)
    assert audit.verify(office.opened, files=[tmp_path / "2026.jsonl"]).ok
    assert [entry.action for entry in case_queries.view(office.opened, number, None).timeline] == ["note"]


def facts(office: StaffedOffice) -> dict[str, list[str]]:
    """Every row that reports count."""
    with office.opened.database.reading() as connection:
        return {table.name: sorted(map(repr, connection.execute(sa.select(table)).mappings())) for table in FACT_TABLES}


def test_reports_of_a_year_that_left_say_the_same_after_their_data_are_written_anew(
    office: StaffedOffice, tmp_path: Path
) -> None:
    moved = office.report(source=Source.HOTLINE_12345, reporter_phone="13812345678").number
    for action, fields in (
        (Action.ACCEPT, {}),
        (Action.VERIFY, {"result": Result.TRUE}),
        (Action.FILE, {}),
        (Action.DISPATCH, {"handler": office.handlers["城管局"]}),
    ):
        office.act(moved, action, **fields)
    office.clock.advance(hours=2)
    office.act(moved, Action.RETURN, reason="不归我们管")
    office.clock.advance(hours=2)
    office.act(moved, Action.GRANT, DECIDES[Action.RETURN])
    office.clock.advance(hours=2)
    office.act(moved, Action.DISPATCH, handler=office.handlers["环卫所"])
    office.clock.advance(hours=2)
    for action, fields in (
        (Action.FEEDBACK, {"note": "已清理"}),
        (Action.CHECK, {"result": Result.FAIL, "reason": "没有清干净"}),
        *WAY_TO[State.CLOSED][3:],
    ):
        office.act(moved, action, **fields)
        office.clock.advance(hours=2)
    office.act(moved, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.SATISFIED))
    two_years(office)
    seal(office)
    go_to(office, date(2031, 1, 3))
    before = facts(office)
    assert all(before.values())
    retire(office, tmp_path / "2026.jsonl")
    assert fact_keeping.rebuild(office.opened) == 3
    assert facts(office) == before
    assert audit.verify(office.opened).ok


def test_who_judged_a_case_years_ago_still_may_not_handle_it(office: StaffedOffice, tmp_path: Path) -> None:
    number = office.report(source=Source.HOTLINE_12345).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    for action, fields in WAY_TO[State.CLOSED][1:]:
        office.act(number, action, **fields, **({"handler": office.handlers["城管局"]} if action is Action.DISPATCH else {}))
    past = office.load(number).case.past
    go_to(office, date(2027, 1, 3))
    seal(office)
    go_to(office, date(2031, 1, 3))
    retire(office, tmp_path / "2026.jsonl")
    assert office.load(number).case.past == past
    answers = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)
    office.act(number, Action.CALL_BACK, call_back=answers, reason="又堆上了")
    office.act(number, Action.REOPEN, reason="又堆上了")
    dispatcher = office.actors[Role.DISPATCHER]
    both = Actor(dispatcher.id, dispatcher.name, frozenset(Role))
    office.act(number, Action.FEEDBACK, note="再清理")
    with pytest.raises(AxisConflict):
        casework.act_on(office.opened, both, number, Act.of(Action.CHECK, result=Result.PASS))
    assert audit.verify(office.opened).ok


def test_a_case_touched_in_two_years_that_left_is_kept_twice_and_replayed_from_the_later(
    office: StaffedOffice, tmp_path: Path
) -> None:
    number, _ = two_years(office)
    office.clock.at -= timedelta(days=60)
    office.act(number, Action.NOTE, note="2027年又问")
    go_to(office, date(2028, 1, 3))
    seal(office)
    seal(office)
    go_to(office, date(2031, 1, 3))
    targets = [tmp_path / "2026.jsonl", tmp_path / "2027.jsonl"]
    for target in targets:
        retire(office, target)
    assert count(office, "retired_case") == 3
    assert case_queries.view(office.opened, number, None).retired == ("2026.jsonl", "2027.jsonl")
    assert len(office.load(number).case.past) == office.load(number).case.version == 8
    for files in ([], targets[:1], targets[1:], targets):
        assert audit.verify(office.opened, files=files).ok, files


def test_a_case_of_a_year_that_left_cannot_be_changed_unseen(old: StaffedOffice, tmp_path: Path) -> None:
    retire(old, tmp_path / "2026.jsonl")
    tamper(old, "UPDATE incident SET outcome = 'cannot' WHERE id = 1")
    verdict = audit.verify(old.opened)
    assert (verdict.ok, verdict.flaw, verdict.column) == (False, Flaw.CASE, "outcome")
    tamper(old, "UPDATE incident SET outcome = 'resolved' WHERE id = 1", "UPDATE clock SET late = 1 - late WHERE incident_id = 1")
    verdict = audit.verify(old.opened)
    assert (verdict.ok, verdict.flaw, verdict.column) == (False, Flaw.CASE, "rest")


def test_a_program_that_knows_more_of_cases_than_the_one_that_kept_them_finds_nothing_wrong(
    old: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = APPLIED - {"reopen_count"}
    with monkeypatch.context() as earlier:
        earlier.setattr("gridconsole.domain.replay.APPLIED", fewer)
        retire(old, tmp_path / "2026.jsonl")
    for files in ([], [tmp_path / "2026.jsonl"]):
        assert audit.verify(old.opened, files=files).ok


def test_what_was_kept_is_made_anew_from_the_file(old: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that kept something else, and a record that says so: only the entries themselves can tell."""
    kept_of_range = archive_rows.kept_of_range

    def wrongly(*values: Any) -> list[tuple[int, str]]:
        return [(case, facts.replace('"outcome":"resolved"', '"outcome":"cannot"')) for case, facts in kept_of_range(*values)]

    with monkeypatch.context() as wrong:
        wrong.setattr(archive_rows, "kept_of_range", wrongly)
        retire(old, tmp_path / "2026.jsonl")
    tamper(old, "UPDATE incident SET outcome = 'cannot' WHERE id = 1")
    assert audit.verify(old.opened).ok
    verdict = audit.verify(old.opened, files=[tmp_path / "2026.jsonl"])
    assert (verdict.ok, verdict.flaw) == (False, Flaw.RETIRED)


def test_nothing_follows_from_what_somebody_put_beside_the_record(old: StaffedOffice, tmp_path: Path) -> None:
    retire(old, tmp_path / "2026.jsonl")
    past = old.load(lines(old, "report")[0].subject).case.past
    tamper(
        old,
        "INSERT INTO retired_case SELECT incident_id, 2027, json_set(facts, '$.columns.outcome', 'cannot', '$.acts', json('[]'))"
        " FROM retired_case",
        "UPDATE incident SET outcome = 'cannot' WHERE id = 1",
    )
    verdict = audit.verify(old.opened)
    assert (verdict.ok, verdict.flaw, verdict.case != "") == (False, Flaw.RETIRED, True)
    assert old.load(lines(old, "report")[0].subject).case.past == past


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE retired_case SET facts = json_set(facts, '$.columns.outcome', 'cannot')",
        "UPDATE retired_case SET facts = '['",
        "DELETE FROM retired_case",
        "UPDATE retired SET facts = json_set(facts, '$.file', 'x.jsonl')",
        "UPDATE retired SET facts = json_set(facts, '$.hash', json_extract(facts, '$.digest'))",
        "UPDATE retired SET facts = '{}'",
        "UPDATE retired SET last_seq = last_seq - 1",
        "UPDATE retired SET entry_seq = entry_seq + 1",
        "DELETE FROM retired",
    ],
)
def test_what_is_on_record_of_a_year_cannot_be_changed_unseen(old: StaffedOffice, tmp_path: Path, statement: str) -> None:
    retire(old, tmp_path / "2026.jsonl")
    tamper(old, statement)
    assert not audit.verify(old.opened).ok


def test_a_year_put_back_into_the_ledger_unseen_is_found(old: StaffedOffice, tmp_path: Path) -> None:
    with old.opened.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM ledger WHERE seq <= 3").fetchall()
    retire(old, tmp_path / "2026.jsonl")
    tamper(old)
    with old.opened.database.writing() as connection:
        for row in rows:
            connection.exec_driver_sql(f"INSERT INTO ledger VALUES ({', '.join('?' * len(row))})", tuple(row))
    assert not audit.verify(old.opened).ok


def test_rows_taken_away_without_a_year_leaving_are_found(old: StaffedOffice) -> None:
    tamper(old, "DELETE FROM ledger_personal WHERE seq <= 4", "DELETE FROM ledger WHERE seq <= 4")
    verdict = audit.verify(old.opened)
    assert (verdict.ok, verdict.flaw, verdict.first_broken) == (False, Flaw.NUMBER, 1)


def _changed(text: str) -> str:
    return text.replace("派遣员", "派遣人", 1)


def _shortened(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[:-1])


@pytest.mark.parametrize("change", [_changed, _shortened, lambda text: text + "\n", lambda text: text.replace("X区", "Y区", 1)])
def test_a_file_that_was_changed_is_named_and_the_rest_is_still_walked(
    old: StaffedOffice, tmp_path: Path, change: object
) -> None:
    target = tmp_path / "2026.jsonl"
    retire(old, target)
    text = target.read_text(encoding="utf-8")
    target.write_text(change(text), encoding="utf-8")  # type: ignore[operator]
    assert target.read_text(encoding="utf-8") != text
    verdict = audit.verify(old.opened, files=[target])
    assert (verdict.ok, verdict.flaw, verdict.file, verdict.flaws) == (False, Flaw.FILE, "2026.jsonl", 1)
    assert audit.verify(old.opened).ok


def test_a_file_that_is_something_else_is_refused(old: StaffedOffice, tmp_path: Path) -> None:
    for name, text in (("a.jsonl", '{"seq": 1}\n'), ("b.jsonl", ""), ("c.jsonl", "[" * 100_000), ("d.jsonl", "{\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(YearFileForeign):
            audit.verify(old.opened, files=[tmp_path / name])


def test_a_printed_anchor_of_a_year_that_left_is_judged_at_its_end_and_with_its_file(old: StaffedOffice, tmp_path: Path) -> None:
    with old.opened.database.reading() as connection:
        hashes = {
            line.seq: line.hash for line in ledger_entries.lines(connection, old.opened.id, ledger_entries.LedgerQuery(), 1000)
        }
    target = tmp_path / "2026.jsonl"
    last = retire(old, target).record.last
    middle = (4, hashes[4][:32])
    assert (audit.verify(old.opened, [middle]).ok, audit.verify(old.opened, [middle]).unjudged) == (True, 1)
    assert audit.verify(old.opened, [middle], files=[target]).unjudged == 0
    forged = audit.verify(old.opened, [(4, "0" * 32)], files=[target])
    assert (forged.flaw, forged.first_broken) == (Flaw.ANCHOR, 4)
    assert audit.verify(old.opened, [(last, hashes[last][:32])]).unjudged == 0
    forged = audit.verify(old.opened, [(last, "0" * 32)])
    assert (forged.ok, forged.flaw, forged.first_broken) == (False, Flaw.ANCHOR, last)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM ledger WHERE seq > {last}", "append-only"),
        ("DELETE FROM ledger_personal WHERE seq > {last}", "only be erased"),
        ("DELETE FROM retired", "on record"),
        ("UPDATE retired SET last_seq = last_seq + 1", "on record"),
        ("DELETE FROM retired_case", "on record"),
        ("UPDATE retired_case SET facts = '{{}}'", "on record"),
        ("INSERT INTO retired_case SELECT incident_id, 2025, facts FROM retired_case", "on record"),
        ("INSERT INTO retired_case SELECT incident_id, 2027, facts FROM retired_case", "on record"),
        ("INSERT INTO retired SELECT office_id, 2027, last_seq + 1, entry_seq - 1, entry_seq, facts FROM retired", "sealed year"),
        (
            "INSERT INTO retired SELECT office_id, subject_id, {last} + 1, json_extract(facts, '$.last'), seq, facts FROM ledger"
            " WHERE subject_kind = 'year' AND action = 'seal' AND subject_id = 2027",
            "sealed year",
        ),
    ],
)
def test_the_database_itself_lets_nothing_go_but_a_sealed_year_on_record(
    old: StaffedOffice, tmp_path: Path, statement: str, words: str
) -> None:
    last = retire(old, tmp_path / "2026.jsonl").record.last
    with pytest.raises(sa.exc.IntegrityError, match=words), old.opened.database.writing() as connection:
        connection.exec_driver_sql(statement.format(last=last))


# --- personal texts ---------------------------------------------------------------------------------------------


def with_the_right(office: StaffedOffice) -> None:
    """Let auditors unmask."""
    operators.change_settings(office.opened, office.actors[Role.ADMIN], {"unmaskers": ["auditor", "acceptor"]})


def test_personal_texts_go_into_the_file_by_right_and_for_a_reason_only(old: StaffedOffice, tmp_path: Path) -> None:
    target = tmp_path / "2026.jsonl"
    with pytest.raises(NotPermitted):
        retire(old, target, unmask_for="存档")
    assert lines(old, "denied")[-1].facts["what"] == "unmask"
    with_the_right(old)
    with pytest.raises(ReasonNeeded):
        retire(old, target, unmask_for=" ")
    done = retire(old, target, unmask_for="存档")
    entries = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()[1:]]
    assert sum("personal" in entry for entry in entries) == done.texts > 0
    assert (done.record.personal, lines(old, "retire")[0].personal) == (True, {"reason": "存档"})
    assert audit.verify(old.opened, files=[target]).ok
    held = target.read_text(encoding="utf-8").replace("路边有暴露垃圾", "路边无暴露垃圾")
    target.write_text(held, encoding="utf-8")
    assert audit.verify(old.opened, files=[target]).flaw is Flaw.FILE


def test_erasing_somebody_names_the_files_that_still_hold_texts(old: StaffedOffice, tmp_path: Path) -> None:
    admin = old.actors[Role.ADMIN]
    with_the_right(old)
    retire(old, tmp_path / "2026.jsonl", unmask_for="存档")
    retire(old, tmp_path / "2027.jsonl")
    number = lines(old, "report")
    assert number == []
    found = persons.erase(old.opened, admin, "13812345678", None, "本人申请")
    assert found.files == ("2026.jsonl",)
    assert len(found.cases) == 1
    assert audit.verify(old.opened).ok
    assert audit.verify(old.opened, files=[tmp_path / "2026.jsonl", tmp_path / "2027.jsonl"]).ok


def test_what_was_erased_before_a_year_left_is_in_no_file(old: StaffedOffice, tmp_path: Path) -> None:
    erased = persons.erase(old.opened, old.actors[Role.ADMIN], "13812345678", None, "本人申请")
    assert (erased.files, audit.verify(old.opened).erased) == ((), len(erased.entries))
    with_the_right(old)
    target = tmp_path / "2026.jsonl"
    retire(old, target, unmask_for="存档")
    assert "13812345678" not in target.read_text(encoding="utf-8")
    for files in ([], [target]):
        assert audit.verify(old.opened, files=files).ok, files


def test_unmasking_a_case_whose_early_entries_left_still_names_their_file(old: StaffedOffice, tmp_path: Path) -> None:
    with old.opened.database.reading() as connection:
        number = connection.exec_driver_sql("SELECT min(number) FROM incident").scalar_one()
    retire(old, tmp_path / "2026.jsonl")
    view = unmasking.unmask(old.opened, old.actors[Role.ACCEPTOR], number, "回访")
    assert view.retired == ("2026.jsonl",)


KILLED = """
import os, signal, sys
from pathlib import Path
from small_office import Clock, local
from datetime import date
from gridconsole.services import actors
from gridconsole.archive import retiring
from gridconsole.services import office as offices
from gridconsole.archive import rows as stored
stored.take_out = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
opened = offices.open_office(Path(sys.argv[1]), "cli", Clock(local(date(2031, 1, 3))))
retiring.retire(opened, actors.find_operator(opened, "审计员"), 2026, Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_machine_that_stops_after_the_file_was_written_has_lost_nothing(old: StaffedOffice, tmp_path: Path) -> None:
    target, before = tmp_path / "2026.jsonl", count(old, "ledger")
    words = [sys.executable, "-c", KILLED, str(old.opened.database.path), str(target)]
    # The other process finds what this one does.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(words, check=False, capture_output=True, timeout=120, env=environment)
    assert done.returncode == -9, done.stderr
    assert (target.exists(), count(old, "ledger")) == (True, before)
    assert (audit.verify(old.opened).ok, audit.verify(old.opened, files=[target]).idle) == (True, ("2026.jsonl",))
    assert retire(old, target).record.file == "2026.jsonl"
    assert audit.verify(old.opened, files=[target]).ok


# --- what its entries attested ----------------------------------------------------------------------------------


def with_texts(office: StaffedOffice) -> None:
    """Something of 2026 that only its entries attest: a role, a request with words, and a reminder that was heard."""
    operators.add(office.opened, office.actors[Role.ADMIN], "王芳", [Role.CLERK])
    number = office.case_in(State.HANDLING)
    office.grant(number, Action.EXTEND, note="同意，13912345678在场")
    office.clock.advance(days=9)
    assert escalation.sweep(office.opened) > 0
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)


@pytest.fixture
def texts_gone(office: StaffedOffice, tmp_path: Path) -> StaffedOffice:
    """An office whose year 2026, with all that it attested, was taken out."""
    with_texts(office)
    go_to(office, date(2027, 6, 1))
    office.case_in(State.CLOSED)
    go_to(office, date(2030, 6, 3))
    for year in (2026, 2027):
        seal(office, year)
    assert audit.verify(office.opened).ok
    retire(office, tmp_path / "2026.jsonl", 2026)
    return office


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE operator_role SET role = 'leader' WHERE operator_id = 9", "operator_role:9"),
        ("DELETE FROM operator_role WHERE operator_id = 9", "operator_role:9"),
        ("UPDATE office SET settings = '{}'", "office:1"),
        ("UPDATE calendar_day SET is_workday = 0 WHERE day LIKE '2026%'", "calendar_day:2026/notice"),
        ("UPDATE case_request SET decided_words = '不同意'", "case_request.decided_words:1"),
        ("UPDATE case_request SET reason = ''", "case_request.reason:1"),
        ("UPDATE alarm SET acknowledged_name = '领导' WHERE acknowledged_at IS NOT NULL", "alarm:"),
        ("INSERT INTO operator (office_id, name, active) VALUES (1, '鬼', 1)", "operator:10"),
    ],
)
def test_what_a_year_attested_is_attested_after_it_left(texts_gone: StaffedOffice, statement: str, row: str) -> None:
    after = audit.verify(texts_gone.opened)
    assert (after.ok, after.attests) == (True, True)
    # By another connection: what this one writes is attested.
    with contextlib.closing(driver.connect(str(texts_gone.opened.database.path))) as forger:
        forger.execute(statement)
        forger.commit()
    forged = audit.verify(texts_gone.opened)
    assert (forged.ok, forged.row[: len(row)]) == (False, row)


def test_a_second_year_that_leaves_takes_nothing_of_the_first_with_it(texts_gone: StaffedOffice, tmp_path: Path) -> None:
    go_to(texts_gone, date(2031, 6, 2))
    retire(texts_gone, tmp_path / "2027.jsonl", 2027)
    files = [tmp_path / "2026.jsonl", tmp_path / "2027.jsonl"]
    assert audit.verify(texts_gone.opened).ok
    assert audit.verify(texts_gone.opened, files=files).ok
    persons.erase(texts_gone.opened, texts_gone.actors[Role.ADMIN], "13912345678", None, "本人要求")
    assert audit.verify(texts_gone.opened).ok
    assert audit.verify(texts_gone.opened, files=files).ok
    with contextlib.closing(driver.connect(str(texts_gone.opened.database.path))) as forger:
        forger.execute("UPDATE case_request SET reason = '别的'")
        forger.commit()
    assert audit.verify(texts_gone.opened, files=files).row == "case_request.reason:1"


def test_a_text_that_was_forged_before_its_year_left_does_not_become_right(office: StaffedOffice, tmp_path: Path) -> None:
    with_texts(office)
    go_to(office, date(2030, 6, 3))
    seal(office, 2026)
    with contextlib.closing(driver.connect(str(office.opened.database.path))) as forger:
        forger.execute("UPDATE case_request SET reason = '别的'")
        forger.execute("UPDATE office SET settings = settings || ' '")
        forger.commit()
    before = audit.verify(office.opened)
    retire(office, tmp_path / "2026.jsonl", 2026)
    after = audit.verify(office.opened)
    assert (after.ok, after.flaws, after.row) == (False, before.flaws, before.row)


def test_the_notes_of_a_year_that_left_are_gone_from_the_text_index(old: StaffedOffice, tmp_path: Path) -> None:
    path = old.opened.database.path

    def held() -> set[tuple[object, ...]]:
        with contextlib.closing(engine.connect(path)) as connection:
            connection.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, case_text, instance)")
            return set(connection.execute("SELECT term, doc, col, offset FROM temp.held"))

    before = held()
    retire(old, tmp_path / "2026.jsonl")
    after = held()
    assert after < before
    indexing.rebuild(old.opened)
    assert held() == after
