"""The block a search for duplicates looks at: found by an index whatever its size, the nearest in time first, and no larger than it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from query_plans import plan_of
from small_office import StaffedOffice

from gridconsole.store import duplicates
from gridconsole.store.tables.cases import incident

WEEK = timedelta(days=7)
VALUES = {
    "office": 1,
    "id": 1,
    "first": "2026-11-16",
    "at": "2026-11-23",
    "last": "2026-11-30",
    "area": 3,
    "phone": "13812345678",
}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (duplicates._NEAR, "ix_incident_place (area_id=? AND reported_at>? AND reported_at<?)"),
        (duplicates._NOWHERE, "ix_incident_place (area_id=? AND reported_at>? AND reported_at<?)"),
        (duplicates._OF_PHONE, "ix_incident_phone (reporter_phone=? AND reported_at>? AND reported_at<?)"),
        (duplicates._ANYWHERE, "ix_incident_reported (office_id=? AND reported_at>? AND reported_at<?)"),
    ],
    ids=["near", "nowhere", "phone", "anywhere"],
)
def test_every_block_rides_its_index_on_both_sides(office: StaffedOffice, query: sa.Executable, index: str) -> None:
    with office.opened.database.reading() as connection:
        plan = plan_of(connection, query, **VALUES)
    assert [line for line in plan if "incident" in line] == [f"SEARCH incident USING INDEX {index}"] * 2


def test_a_block_that_is_too_large_is_cut_at_the_far_ends(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    for _ in range(7):
        numbers.append(office.report().number)
        office.clock.advance(hours=1)
    monkeypatch.setattr(duplicates, "_NEAR", duplicates._around(incident.c.area_id == sa.bindparam("area"), most=2))
    with office.opened.database.reading() as connection:
        middle = duplicates.placed(connection, office.opened.id, numbers[3])
        assert middle is not None
        found = duplicates.block(connection, office.opened.id, middle, WEEK)
    assert {matter.number for matter in found.values()} == {numbers[1], numbers[2], numbers[4], numbers[5]}
