"""Which backups are kept, and what a manifest takes for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.backups import (
    DAYS_KEPT,
    MONTHS_KEPT,
    WEEKS_KEPT,
    BackupKind,
    Head,
    Loss,
    Manifest,
    file_name,
    loss,
    manifest_of,
    superseded,
)

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)
MANIFEST = Manifest(
    office="X区[b]", zone="Asia/Shanghai", identity="2026-01-01T00:00:00.000000Z", kind=BackupKind.DAILY, made_at=NOON, program="0.1.0",
    schema=10, size=4096, sha256="ab", counts={"ledger": 3, "incident": 1}, last_entry=3, last_at="2026-11-28T03:00:00.000000Z", head="cd",
    is_sound=True,
)  # fmt: skip


def test_a_year_of_daily_backups_keeps_days_weeks_and_months() -> None:
    made = [NOON - timedelta(days=days) for days in range(400)]
    kept = sorted(set(made) - superseded(made, ZONE), reverse=True)
    assert kept[:DAYS_KEPT] == made[:DAYS_KEPT]
    assert len(kept) <= DAYS_KEPT + WEEKS_KEPT + MONTHS_KEPT
    assert {(at.astimezone(ZONE).year, at.astimezone(ZONE).month) for at in kept} >= {(2026, month) for month in range(1, 12)}


def test_days_begin_where_the_office_is() -> None:
    evening, after_midnight = datetime(2026, 11, 27, 15, 59, tzinfo=UTC), datetime(2026, 11, 27, 16, 1, tzinfo=UTC)
    assert superseded([evening, after_midnight], ZONE) == frozenset()
    assert superseded([evening, evening - timedelta(hours=1)], ZONE) == {evening - timedelta(hours=1)}


@given(st.sets(st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), max_size=60))  # noqa: DTZ001
def test_the_newest_is_always_kept_and_thinning_out_twice_is_thinning_out_once(made: set[datetime]) -> None:
    kept = made - superseded(made, ZONE)
    assert bool(kept) == bool(made)
    assert not made or max(made) in kept
    assert superseded(kept, ZONE) == frozenset()


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert manifest_of(MANIFEST.to_json()) == MANIFEST


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "1", MANIFEST.to_json().replace("+00:00", ""), MANIFEST.to_json().replace("daily", "x")]
)
def test_what_is_no_manifest_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        manifest_of(text)


def test_names_hold_nothing_that_a_file_system_refuses() -> None:
    assert file_name('a/b\\c:d*?"<>|\0\n', NOON, ZONE) == "abcd_2026-11-28T1200.gcb"
    assert file_name(" . ", NOON, ZONE, 2) == "office_2026-11-28T1200-2.gcb"
    assert len(file_name("长" * 500, NOON, ZONE).encode()) < 255


def test_what_is_lost_is_what_the_present_file_has_more() -> None:
    old, new = Head(3, "aa", "", 1), Head(9, "bb", "", 4)
    assert loss(old, new, "aa") == Loss(6, 3, False)
    assert loss(old, new, "zz").diverges
    assert loss(old, new, None).diverges
