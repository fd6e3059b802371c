"""Invented districts of each preset's size: clean to the audit, and each planted defect is named, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridconsole import resources
from gridconsole.demo import sample
from gridconsole.domain import roster_audit as rules
from gridconsole.services import office as offices
from gridconsole.services import roster_audit, setup
from gridconsole.services.office import Office

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
SIZES = {
    "xdistrict": {"subdistricts": 7, "communities": 90, "workstations": 54, "wardens": 207},
    "dongcheng": {"grids": 1652},
    "yichang": {"grids": 1110, "wardens": 1110},
    "zhoushan": {"grids": 2428},
}
PRESENT = "replaced_by IS NULL"


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, dict[str, int]]]:
    """Makes a preset's district once; returns its closed file and its totals."""
    made: dict[str, tuple[Path, dict[str, int]]] = {}

    def of(model: str) -> tuple[Path, dict[str, int]]:
        if model not in made:
            path = tmp_path_factory.mktemp(model) / "office.db"
            office = setup.initialise(path, "样例", model, "test", lambda: NOW, is_demo=True, time_doubt_days=0)
            made[model] = path, sample.fill(office, model)
            office.close()
        return made[model]

    return of


@pytest.fixture
def district(districts: Callable[[str], tuple[Path, dict[str, int]]], tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """Opens a copy of a preset's district."""
    opened: list[Office] = []

    def of(model: str) -> Office:
        path = Path(shutil.copy(districts(model)[0], tmp_path / f"{model}.db"))
        opened.append(offices.open_office(path, "test", lambda: NOW))
        return opened[-1]

    yield of
    for office in opened:
        office.close()


def found(office: Office) -> set[tuple[str, str]]:
    return {(one.check.code, one.subject.code) for one in roster_audit.run(office)}


def plant(office: Office, *statements: str) -> None:
    with office.database.writing() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("model", SIZES)
def test_a_district_has_the_size_of_its_source_and_the_audit_finds_nothing(
    districts: Callable[[str], tuple[Path, dict[str, int]]], district: Callable[[str], Office], model: str
) -> None:
    totals = districts(model)[1]
    assert {name: totals[name] for name in SIZES[model]} == SIZES[model]
    reference = resources.read_toml("models", f"{model}.toml")["reference"]
    for name in ("grids", "wardens", "communities", "workstations"):
        assert totals[name] == reference.get(name, totals[name])
    assert found(district(model)) == set()


def test_the_same_preset_always_gives_the_same_district(
    districts: Callable[[str], tuple[Path, dict[str, int]]], tmp_path: Path
) -> None:
    path = tmp_path / "again.db"
    office = setup.initialise(path, "样例", "xdistrict", "test", lambda: NOW, is_demo=True, time_doubt_days=0)
    sample.fill(office, "xdistrict")
    with office.database.reading() as connection:
        again = connection.exec_driver_sql("SELECT code, name, phone FROM roster_person ORDER BY code").all()
    office.close()
    first = offices.open_office(districts("xdistrict")[0], "test", lambda: NOW)
    with first.database.reading() as connection:
        assert again == connection.exec_driver_sql("SELECT code, name, phone FROM roster_person ORDER BY code").all()
    first.close()


GRID = "(SELECT id FROM grid ORDER BY code LIMIT 1)"
CASE = (
    "INSERT INTO incident (id, office_id, number, state, version, source, grade, text, reported_at, recorded_at, state_since, resting, grid_id, handler_kind, handler_id, handler_name)"
    " VALUES (1, 1, '2026112900001', 'handling', 1, 'warden', 'ordinary', '垃圾', '2026-11-29T01:00:00.000000Z', '2026-11-29T01:00:00.000000Z',"
    " '2026-11-29T01:00:00.000000Z', 0, {grid}, '{kind}', {key}, '某人')"
)
FIRST = "990101001001001"
DEFECTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "no_boundary": ("xdistrict", (f"UPDATE grid SET boundary = '' WHERE id = {GRID}",), FIRST),
    "no_second": ("xdistrict", (f"DELETE FROM post WHERE rank = 'B' AND grid_id = {GRID}",), FIRST),
    "no_duty": ("xdistrict", (f"UPDATE post SET duty = '' WHERE grid_id = {GRID}",), FIRST),
    "two_first": (
        "xdistrict",
        (f"INSERT INTO post (number, person_id, grid_id, duty, rank, starts_on, recorded_by) SELECT 99999, 3, grid_id, duty, 'A', starts_on, 1 FROM post WHERE rank = 'A' AND grid_id = {GRID}",),
        FIRST,
    ),
    "gap_ahead": ("xdistrict", (f"UPDATE post SET ends_on = '2026-12-05' WHERE grid_id = {GRID}",), FIRST),
    "no_person": ("xdistrict", (f"UPDATE post SET ends_on = '2026-11-30' WHERE grid_id = {GRID}",), FIRST),
    "no_post": ("xdistrict", ("INSERT INTO roster_person (id, code, name) VALUES (9999, 'W9999', '闲')",
                              "INSERT INTO employment (number, person_id, form, recorded_by) VALUES (9999, 9999, 'full_time', 1)"), "W9999"),
    "many_grids": ("yichang", ("UPDATE post SET person_id = 1 WHERE rank = 'A' AND person_id = 2",), "W0001"),
    "two_places": ("xdistrict", ("UPDATE post SET person_id = 1 WHERE number = (SELECT max(number) FROM post WHERE rank = 'A' AND grid_id IS NOT NULL)",), "W0001"),
    "away_uncovered": ("xdistrict", ("INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, 1, 'sick', '2026-11-30a', '2026-12-05p', 1)",), "W0001"),
    "employment_ends": ("xdistrict", ("UPDATE employment SET ends_on = '2027-01-20' WHERE person_id = 1",), "W0001"),
    "certificate_ends": ("xdistrict", ("UPDATE roster_person SET extra = '{\"上岗证有效期\":\"2027-01-20\"}' WHERE id = 1",), "W0001"),
    "not_inducted": ("xdistrict", ("UPDATE roster_person SET extra = '{\"岗前培训\":\"未参加\"}' WHERE id = 1",), "W0001"),
    "few_households": ("xdistrict", (f"UPDATE grid SET households = 99 WHERE id = {GRID}",), FIRST),
    "many_households": ("xdistrict", (f"UPDATE grid SET households = 501 WHERE id = {GRID}",), FIRST),
    "large_area": ("dongcheng", (f"UPDATE grid SET area_m2 = 15001 WHERE id = {GRID}",), FIRST),
    "uneven": (
        "xdistrict",
        ("UPDATE grid SET households = CASE WHEN id % 5 = 0 THEN 490 ELSE 101 END WHERE code LIKE '990101001%'",), "990101001",
    ),
    "stale_data": ("xdistrict", (f"UPDATE grid SET as_of = '2026-05-20' WHERE id = {GRID}",), FIRST),
    "team_missing": ("xdistrict", ("UPDATE team SET ends_on = '2026-11-30' WHERE id = 1",), "990101001001"),
    "team_size": ("zhoushan", ("DELETE FROM team_member WHERE team_id = 1 AND id NOT IN (SELECT id FROM team_member WHERE team_id = 1 ORDER BY id LIMIT 3)",), "DW001"),
    "team_mix": ("zhoushan", ("UPDATE team_member SET capacity = 'resident' WHERE team_id = 1 AND capacity = 'social'",), "DW001"),
    "team_without_leader": ("xdistrict", ("UPDATE team SET leader_id = NULL WHERE id = 1",), "DW001"),
    "contract_ends": ("xdistrict", ("UPDATE unit SET contract_ends_on = '2027-01-20' WHERE code = 'C001'",), "C001"),
    "contract_ends_soon": ("xdistrict", ("UPDATE unit SET contract_ends_on = '2026-12-10' WHERE code = 'C001'",), "C001"),
    "no_party_group": ("zhoushan", ("UPDATE grid SET party_group = '' WHERE id = (SELECT id FROM grid ORDER BY code LIMIT 1)",), FIRST.replace("990101", "990101")),
    "no_officer": (
        "xdistrict", ("UPDATE post SET ends_on = '2026-11-30' WHERE area_id = (SELECT id FROM area WHERE code = '990101001001')",), "990101001001",
    ),
    "nobody_responsible": ("xdistrict", ("DELETE FROM responsibility WHERE kind = 'event' AND major_code = (SELECT min(major_code) FROM category WHERE kind = 'event')",), "event"),
    "two_primaries": ("xdistrict", ("INSERT INTO responsibility (number, unit_id, kind, major_code, is_primary, recorded_by) SELECT 9999, (SELECT id FROM unit WHERE code = 'C001'), kind, major_code, 1, 1 FROM responsibility LIMIT 1",), "component"),
    "gone_with_case": ("xdistrict", (CASE.format(grid="(SELECT id FROM grid WHERE code LIKE '%002001001' LIMIT 1)", kind="warden", key=9_999),), "2026112900001"),
    "dissolved_with_case": ("xdistrict", (CASE.format(grid=GRID, kind="unit", key="(SELECT id FROM unit WHERE code = 'C001')"), "UPDATE unit SET active = 0 WHERE code = 'C001'"), "2026112900001"),
    "component_without_owner": ("xdistrict", (f"INSERT INTO component (id, code, grid_id) VALUES (1, '9901010101000001', {GRID})",), FIRST),
    "silent_grid": (
        "xdistrict",
        tuple(
            CASE.format(grid=GRID, kind="unit", key=1).replace("VALUES (1, 1, '2026112900001'", f"VALUES ({at}, 1, '20261025{at:05d}'")
            .replace("2026-11-29T", "2026-10-25T").replace("'handling'", "'closed'").replace("resting, grid_id", "resting, closed_at, grid_id")
            .replace("', 0, ", "', 0, '2026-10-26T01:00:00.000000Z', ")
            for at in range(1, 17)
        ),
        FIRST,
    ),
    "case_without_person": (
        "xdistrict", (CASE.format(grid=GRID, kind="unit", key=1), f"UPDATE post SET ends_on = '2026-11-30' WHERE grid_id = {GRID}"), FIRST,
    ),
}  # fmt: skip
"""Model, statements that plant a defect, and the code of its subject or the beginning of it."""
ALSO = {"case_without_person": {"no_person"}}


def test_every_check_is_planted() -> None:
    assert set(DEFECTS) == set(rules.CHECKS)


@pytest.mark.parametrize("code", DEFECTS)
def test_a_planted_defect_is_named_and_nothing_else(district: Callable[[str], Office], code: str) -> None:
    model, statements, subject = DEFECTS[code]
    office = district(model)
    plant(office, *statements)
    named = found(office)
    assert {check for check, _ in named} == {code} | ALSO.get(code, set()), named
    assert all(one.startswith(subject) for _, one in named), named
