"""Opening an office, making a new one, its people, its calendar."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import pytest
import state_council
from small_office import Clock, StaffedOffice, local

from gridconsole.domain.clock import WorkCalendar, make_noticed
from gridconsole.domain.errors import BadValue, DatabaseExists, DatabaseMissing, UnknownOperator, UnknownWord
from gridconsole.domain.states import Role, Stage
from gridconsole.resources import presets
from gridconsole.services import actors, audit, calendar_views, notices, setup
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import offices as office_rows


@pytest.mark.parametrize("model", presets())
def test_every_preset_makes_an_office_that_can_work_at_once(tmp_path: Path, clock: Clock, model: str) -> None:
    opened = setup.initialise(tmp_path / "office.db", "X区[/]指挥中心", model, "cli", clock)
    assert (opened.name, opened.row.model) == ("X区[/]指挥中心", model)
    assert {role for actor in actors.operators(opened) for role in actor.roles} == set(Role)
    assert set(opened.stage_limits) == set(Stage) - {Stage.HANDLE}
    assert all(minutes > 0 for minutes in opened.stage_limits.values())
    assert opened.calendar.is_workday(date(2026, 11, 23))
    assert audit.verify(opened).entries == 1
    opened.close()


def test_an_unknown_preset_and_an_empty_name_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnknownWord) as unknown:
        setup.initialise(tmp_path / "office.db", "X区", "../models/xdistrict", "cli")
    assert unknown.value.params["choices"] == presets()
    with pytest.raises(BadValue):
        setup.initialise(tmp_path / "office.db", "\u202e\u200b \x1b[2J", "xdistrict", "cli")
    assert list(tmp_path.iterdir()) == []


def test_an_office_that_exists_is_not_made_anew(office_file: Path) -> None:
    before = office_file.read_bytes()
    with pytest.raises(DatabaseExists):
        setup.initialise(office_file, "X区", "xdistrict", "cli")
    assert office_file.read_bytes() == before


def test_an_office_half_made_is_taken_away_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> int:
        raise RuntimeError("power cut")

    monkeypatch.setattr(office_rows, "add_operator", fails)
    with pytest.raises(RuntimeError):
        setup.initialise(tmp_path / "office.db", "X区", "xdistrict", "cli")
    assert list(tmp_path.iterdir()) == []


def test_an_office_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        offices.open_office(tmp_path / "无.db", "cli")


def test_a_demo_is_marked_as_one(tmp_path: Path, clock: Clock) -> None:
    opened = setup.initialise(tmp_path / "demo.db", "演示", "xdistrict", "demo", clock, is_demo=True)
    assert opened.settings["demo"] is True
    opened.close()


def test_the_desks_day_is_the_offices_not_utcs(opened: Office, clock: Clock) -> None:
    clock.at = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert opened.today() == date(2026, 11, 24)
    assert opened.midnight() == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert opened.midnight(date(2026, 1, 1)) == local(date(2026, 1, 1))


# --- people -----------------------------------------------------------------------------------------------------


def test_a_new_operator_can_be_found_and_stands_in_the_ledger(opened: Office) -> None:
    entries = audit.verify(opened).entries
    actors.add_operator(opened, " 王芳[b]\u202e ", [Role.DISPATCHER, Role.CLERK])
    actor = actors.find_operator(opened, "王芳[b]")
    assert actor.roles == {Role.DISPATCHER, Role.CLERK}
    assert audit.verify(opened).entries == entries + 1


@pytest.mark.parametrize("name", ["派遣员", " 派遣员\u200b", "", "\x1b[2J"])
def test_a_name_that_is_empty_or_taken_is_refused(opened: Office, name: str) -> None:
    before = actors.operators(opened)
    with pytest.raises(BadValue):
        actors.add_operator(opened, name, [Role.CLERK])
    assert actors.operators(opened) == before


def test_the_account_named_after_a_role_speaks_for_it(opened: Office) -> None:
    actors.add_operator(opened, "王芳", [Role.LEADER])
    for word in ("leader", "领导"):
        assert actors.find_operator(opened, word).name == "领导"


def test_without_such_an_account_a_role_means_the_one_person_who_has_it(opened: Office) -> None:
    with opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE operator SET active = 0 WHERE name = '领导'")
    actors.add_operator(opened, "王芳", [Role.LEADER])
    assert actors.find_operator(opened, "leader").name == "王芳"
    actors.add_operator(opened, "马俊", [Role.LEADER])
    with pytest.raises(UnknownOperator):
        actors.find_operator(opened, "leader")


def test_a_name_nobody_has_is_refused_with_the_names_there_are(opened: Office) -> None:
    with pytest.raises(UnknownOperator) as refusal:
        actors.find_operator(opened, "不存在[/]")
    assert set(refusal.value.params["names"]) == {actor.name for actor in actors.operators(opened)}


# --- calendar ---------------------------------------------------------------------------------------------------


def test_the_shipped_calendar_is_the_packages_on_every_day_it_knows() -> None:
    days, years = make_noticed(notices.installed_days())
    calendar = WorkCalendar(days=days, noticed_years=years)
    every = [date(2004, 1, 1) + timedelta(days=offset) for offset in range((date(2027, 1, 1) - date(2004, 1, 1)).days)]
    assert [day for day in every if calendar.is_workday(day) is not chinese_calendar.is_workday(day)] == []
    assert [day for day in every if bool(calendar.local_spans(day)) is not calendar.is_workday(day)] == []
    assert set(range(2004, 2027)) <= years


def test_the_shipped_calendar_is_the_notice_of_2025_and_2026() -> None:
    days, _ = make_noticed(notices.installed_days())
    calendar = WorkCalendar(days=days)
    every = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(730)]
    assert [day for day in every if calendar.is_workday(day) is not state_council.is_workday(day)] == []


def test_a_notice_that_reached_back_into_december_is_in_it() -> None:
    days, _ = make_noticed(notices.installed_days())
    calendar = WorkCalendar(days=days)
    found = {day: calendar.is_workday(day) for day in (date(2018, 12, 29), date(2018, 12, 31), date(2022, 12, 31))}
    assert found == {date(2018, 12, 29): True, date(2018, 12, 31): False, date(2022, 12, 31): False}


def test_every_day_off_has_a_chinese_name(opened: Office) -> None:
    notes = {line.note for line in calendar_views.calendar_year(opened, 2026)}
    assert {"", "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节", "国庆节调休上班"} <= notes
    assert all(not note.isascii() or note == "" for note in notes)


@pytest.mark.parametrize(("year", "length"), [(2024, 366), (2026, 365), (2027, 365)])
def test_a_year_has_all_its_days_once(opened: Office, year: int, length: int) -> None:
    days = [line.day for line in calendar_views.calendar_year(opened, year)]
    assert len(set(days)) == len(days) == length
    assert {day.year for day in days} == {year}


ACROSS_MIDNIGHT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gridconsole.domain.states import Source
from gridconsole.services import actors, casework
from gridconsole.services import office as offices
at = datetime(2026, 11, 29, 16, 30, tzinfo=UTC)  # 00:30 on Monday in the office, Sunday morning in New York
opened = offices.open_office(Path(sys.argv[1]), "cli", lambda: at)
receipt = casework.intake(opened, actors.find_operator(opened, "受理员"), casework.NewReport("夜间施工[/]", Source.PUBLIC))
print(receipt.number, receipt.due_at.isoformat(), opened.today(), opened.midnight().isoformat())
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_machine_in_another_zone_gives_the_same_number_and_deadline(office_file: Path, zone: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ACROSS_MIDNIGHT, str(office_file)],
        env=os.environ | {"TZ": zone, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["2026113000001", "2026-11-30T00:45:00+00:00", "2026-11-30", "2026-11-29T16:00:00+00:00"], (
        done.stderr
    )


def test_a_desk_forgets_what_it_read_once_when_reported(office: StaffedOffice) -> None:
    opened = office.opened
    with opened.database.reading() as connection:
        first = opened.unit_facts(connection)
        assert opened.unit_facts(connection) is first
        opened.forget()
        assert opened.unit_facts(connection) == first
        assert opened.unit_facts(connection) is not first
