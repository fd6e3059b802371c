"""The roster's book and the ledger: every act is an entry, and a row that no entry brought is found."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import zstandard
from office_cli import CommandLine
from small_office import StaffedOffice

from gridconsole.domain.chain import Flaw
from gridconsole.domain.post_handover import HandoverState
from gridconsole.domain.states import Role
from gridconsole.services import actors, audit, post_handover, roster
from gridconsole.services import office as offices
from gridconsole.store import people, responsible
from gridconsole.store.engine import driver

OFFICES = Path(__file__).parents[1] / "offices"
MONDAY = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


def posts_of(office: StaffedOffice, warden: int) -> list[tuple[str, date, date | None]]:
    with office.opened.database.reading() as connection:
        return [(post.rank, post.starts_on, post.ends_on) for post in people.posts_of_warden(connection, warden)]


def test_acts_by_hand_verify_and_leave_what_was_before(office: StaffedOffice) -> None:
    clerk, wang = office.actors[Role.CLERK], office.handlers["王[/]芳"].id
    first = office.grids["330106001001001"].id
    today = office.opened.today()
    roster.assign(office.opened, clerk, wang, first, "B", "消防", on=date(2026, 10, 1))
    roster.set_rank(office.opened, clerk, wang, first, "A", on=date(2026, 11, 1))
    roster.remove(office.opened, clerk, wang, first)
    assert [span for span in posts_of(office, wang) if span[2] is not None] == [
        ("B", date(2026, 10, 1), date(2026, 11, 1)), ("A", date(2026, 11, 1), today),
    ]  # fmt: skip
    assert audit.verify(office.opened).ok


FORGED = {
    "post": "UPDATE post SET rank = 'B' WHERE id = (SELECT max(id) FROM post)",
    "post, gone": "DELETE FROM post WHERE id = (SELECT max(id) FROM post)",
    "post, added": "INSERT INTO post (number, person_id, grid_id, rank, starts_on, recorded_by) VALUES (900, 1, 2, 'B', '2026-01-01', 3)",
    "employment": "UPDATE employment SET ends_on = '2026-01-01' WHERE number = 1",
    "grid_version": "UPDATE grid_version SET households = 9 WHERE number = 1",
    "unit": "UPDATE unit SET active = 0 WHERE id = 1",
    "unit_area": "INSERT INTO unit_area (unit_id, area_id) VALUES (1, 1)",
    "roster_person": "UPDATE roster_person SET kinds = 'officer' WHERE id = 1",
    "roster_person.phone": "UPDATE roster_person SET phone = '13999990000' WHERE id = 1",
    "team": "INSERT INTO team (code, name, kind) VALUES ('DW900', '多出的队', 'other')",
    "leave": "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, 1, 'sick', '2026-11-01a', '2026-11-01p', 9)",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_row_of_the_roster_is_named(small_office: CommandLine, what: str) -> None:
    assert small_office("ledger", "verify").status == 0
    with contextlib.closing(driver.connect(str(small_office.database))) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(FORGED[what])
        connection.commit()
    answer = small_office("ledger", "verify", "--json")
    table = what.partition(",")[0]
    assert (answer.status, answer.json["flaw"]) == (6, "row")
    # Rows older than the first entry are digested together.
    assert answer.json["row"].partition(":")[0] == ("roster" if what == "post, added" else table)


@pytest.fixture(params=(1, 5, 10, 12))
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "office.db"
    with (OFFICES / f"office-schema-{request.param:02d}.db.zst").open("rb") as source, path.open("wb") as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)
    path.chmod(0o600)
    return path


def test_the_roster_of_an_earlier_office_is_as_it_was(earlier: Path, tmp_path: Path) -> None:
    before = shutil.copy(earlier, tmp_path / "before.db")
    with contextlib.closing(driver.connect(str(before))) as connection:
        was = connection.execute(
            "SELECT id, warden_id, grid_id, rank, duty, starts_on, ends_on, batch_id FROM post ORDER BY id"
        ).fetchall()
        people_were = connection.execute(
            "SELECT id, code, name, phone, employment, joined_on, left_on FROM warden ORDER BY id"
        ).fetchall()
        entries = dict(
            connection.execute("SELECT subject_id, min(seq) FROM ledger WHERE subject_kind = 'batch' GROUP BY 1").fetchall()
        )
    opened = offices.open_office(earlier, "cli", lambda: MONDAY)
    with opened.database.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT number, person_id, grid_id, rank, duty, starts_on, ends_on FROM post WHERE replaced_by IS NULL ORDER BY number"
        ).all()
        recorded = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT number, min(recorded_by) FROM post GROUP BY 1")}
        people_are = connection.exec_driver_sql(
            "SELECT p.id, p.code, p.name, p.phone, e.form, e.starts_on, e.ends_on FROM roster_person p"
            " JOIN employment e ON e.person_id = p.id AND e.replaced_by IS NULL ORDER BY p.id"
        ).all()
    assert [tuple(row) for row in found] == [tuple(row[:7]) for row in was]
    assert [tuple(row) for row in people_are] == [tuple(row) for row in people_were]
    assert recorded == {row[0]: entries[row[7]] for row in was}, "by the entry of the import that brought it"
    leader = actors.find_operator(opened, "值班长")
    someone = next(row for row in found if row.ends_on is None)
    roster.assign(
        opened, leader, someone.person_id, next(row.grid_id for row in found if row.person_id != someone.person_id), "B"
    )
    assert audit.verify(opened).ok
    with opened.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER post_no_update")
        connection.exec_driver_sql("UPDATE post SET starts_on = '2020-01-01' WHERE number = ?", (someone.number,))
    assert audit.verify(opened).flaw is Flaw.ROW
    opened.close()


def test_a_leave_and_a_planned_handover_of_an_earlier_office_go_on(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    with (OFFICES / "office-schema-23.db.zst").open("rb") as source, path.open("wb") as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)
    path.chmod(0o600)
    opened = offices.open_office(path, "cli", lambda: MONDAY)
    with opened.database.reading() as connection:
        away = connection.exec_driver_sql(
            "SELECT p.code, d.code AS deputy FROM leave l JOIN roster_person p ON p.id = l.person_id JOIN roster_person d ON d.id = l.deputy_id"
        ).one()
        assert (away.code, away.deputy) == ("W002", "W900")
        grids = connection.exec_driver_sql(
            "SELECT grid_id FROM post WHERE person_id = (SELECT id FROM roster_person WHERE code = 'W002') AND replaced_by IS NULL"
        ).scalars()
        holders = {grid: responsible.responsible(connection, grid, MONDAY.date()) for grid in grids}
        versions = connection.exec_driver_sql("SELECT count(*), (SELECT count(*) FROM grid) FROM grid_version").one()
    assert holders
    assert {holder.code for holder in holders.values() if holder is not None} == {"W900"}
    assert versions[0] == versions[1] > 0
    leader = actors.find_operator(opened, "值班长")
    (planned,) = post_handover.newest(opened, 5)
    done = post_handover.do(opened, leader, planned.number, sheet="J-1")
    assert done.state is HandoverState.DONE
    with opened.database.reading() as connection:
        taken = {item.subject: responsible.responsible(connection, item.subject, date(2026, 12, 5)) for item in done.items}
    assert {holder.code for holder in taken.values() if holder is not None} >= {"W002"}
    assert None not in taken.values()
    assert audit.verify(opened).ok
    opened.close()
