"""Deadlines in words, read without knowing the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from gridconsole import language
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.codes import Unit
from gridconsole.language.due import due_text

CALENDAR = WorkCalendar()
SATURDAY = "2026-11-28 08:53"


def at(local: str) -> datetime:
    return datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


CASES = {
    ("2026-11-27 17:30", Unit.WORK_HOUR): ("昨17:30", "超", "yest 17:30", "LATE"),
    ("2026-11-28 08:41", Unit.URGENT_HOUR): ("今08:41", "超12分", "     08:41", "LATE 12m"),
    ("2026-11-28 09:05", Unit.URGENT_HOUR): ("今09:05", "余12分", "     09:05", "12m left"),
    ("2026-11-28 10:53", Unit.URGENT_HOUR): ("今10:53", "余2时", "     10:53", "2h left"),
    ("2026-11-29 08:30", Unit.URGENT_HOUR): ("明08:30", "余23时", "tmrw 08:30", "23h left"),
    ("2026-11-30 08:35", Unit.WORK_HOUR): ("周一08:35", "余5分", "Mon  08:35", "5m left"),
    ("2026-11-30 08:30", Unit.WORK_HOUR): ("周一08:30", "", "Mon  08:30", ""),
    ("2026-11-30 17:30", Unit.WORK_DAY): ("周一17:30", "余1日", "Mon  17:30", "1d left"),
    ("2026-12-04 17:30", Unit.WORK_DAY): ("周五17:30", "余5日", "Fri  17:30", "5d left"),
    ("2026-12-05 17:30", Unit.NATURAL_DAY): ("12-05", "余7日", "12-05", "7d left"),
    ("2026-11-25 17:30", Unit.WORK_HOUR): ("11-25", "超2日", "11-25", "LATE 2d"),
    ("2025-12-31 17:30", Unit.NATURAL_DAY): ("25-12-31", "超331日", "25-12-31", "LATE 331d"),
}


@pytest.mark.parametrize(("due", "unit"), CASES)
def test_a_deadline_is_named_by_its_moment_and_what_is_left_on_its_own_clock(due: str, unit: Unit) -> None:
    moment, rest, english_moment, english_rest = CASES[due, unit]
    found = due_text(at(SATURDAY), at(due), unit, CALENDAR)
    assert (found.moment, found.rest) == (moment, rest)
    assert cell_len(found.moment) <= 9
    assert found.is_late is (at(due) < at(SATURDAY))
    language.choose("en")
    try:
        found = due_text(at(SATURDAY), at(due), unit, CALENDAR)
    finally:
        language.choose("zh_CN")
    assert (found.moment, found.rest) == (english_moment, english_rest)


def test_a_work_clock_stands_still_on_a_saturday_and_an_urgent_one_does_not() -> None:
    due = at("2026-11-30 08:35")
    assert not due_text(at(SATURDAY), due, Unit.WORK_HOUR, CALENDAR).is_running
    assert due_text(at(SATURDAY), due, Unit.URGENT_HOUR, CALENDAR).is_running
    assert due_text(at("2026-11-30 08:30"), due, Unit.WORK_HOUR, CALENDAR).is_running
    assert not due_text(at("2026-11-30 12:00"), due, Unit.WORK_HOUR, CALENDAR).is_running, "at lunch"


def test_the_year_shows_at_the_turn_of_the_year_where_it_is_another_one() -> None:
    new_year_eve = at("2026-12-31 23:50")
    assert due_text(new_year_eve, at("2027-01-01 08:00"), Unit.URGENT_HOUR, CALENDAR).moment == "明08:00"
    assert due_text(new_year_eve, at("2027-01-09 08:00"), Unit.URGENT_HOUR, CALENDAR).moment == "27-01-09"
