"""The person who reported, the operator who ended each stage, and the deadline and end of each turn are recorded and verified."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine
from small_office import StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.services import audit, casework
from gridconsole.store import case_rest
from gridconsole.store.engine import driver

TURNS = "SELECT ended_how, due_at IS NOT NULL, ended_at IS NOT NULL FROM assignment ORDER BY id"


def rows(office: StaffedOffice, query: str) -> list[tuple[object, ...]]:
    """Rows of a query."""
    with office.opened.database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def stopped_by(office: StaffedOffice) -> dict[str, object]:
    """The name of who ended each stage."""
    found = rows(office, "SELECT c.stage, o.name FROM clock c LEFT JOIN operator o ON o.id = c.stopped_by ORDER BY c.position")
    return {str(stage): name for stage, name in found}


def sound(office: StaffedOffice) -> bool:
    """True if the ledger agrees with the rows."""
    return audit.verify(office.opened).ok


def test_each_stage_names_who_ended_it(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    assert stopped_by(office)["handle"] is None
    office.clock.advance(hours=1)
    office.act(number, Action.FEEDBACK, note="已清理")
    by = {role: actor.name for role, actor in office.actors.items()}
    assert stopped_by(office)["handle"] == by[Role.DISPATCHER]
    office.clock.advance(minutes=5)
    office.act(number, Action.CHECK, result=Result.PASS)
    office.clock.advance(minutes=5)
    office.act(number, Action.CLOSE)
    found = stopped_by(office)
    assert (found["accept"], found["dispatch"], found["check"]) == (by[Role.ACCEPTOR], by[Role.DISPATCHER], by[Role.INSPECTOR])
    assert found["handle"] == by[Role.DISPATCHER], "closing does not take the feedback over"
    assert sound(office)


def test_rework_begins_the_stage_again(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    office.clock.advance(minutes=5)
    office.act(number, Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert stopped_by(office)["handle"] is None
    assert rows(office, TURNS) == [(None, 1, 0)]
    assert sound(office)


@pytest.mark.parametrize(
    ("acts", "turns"),
    [
        (("feedback",), [("fed_back", 1, 1)]),
        (("redispatch",), [("redispatched", 1, 1), (None, 1, 0)]),
        (("redispatch", "feedback"), [("redispatched", 1, 1), ("fed_back", 1, 1)]),
        (("return",), [("returned", 1, 1)]),
        (("suspend",), [(None, 1, 1)]),
        (("void",), [("withdrawn", 1, 1)]),
    ],
)
def test_a_turn_says_how_it_ended(office: StaffedOffice, acts: tuple[str, ...], turns: list[tuple[object, ...]]) -> None:
    number = office.case_in(State.HANDLING)
    for act in acts:
        office.clock.advance(minutes=10)
        if act == "feedback":
            office.act(number, Action.FEEDBACK, note="已清理")
        elif act == "redispatch":
            other = next(one for one in office.handlers.values() if one != office.load(number).case.handler)
            office.act(number, Action.REDISPATCH, handler=other, reason="派错了")
        elif act == "suspend":
            office.grant(number, Action.SUSPEND, until=office.opened.today() + timedelta(days=2))
        else:
            office.grant(number, Action.RETURN if act == "return" else Action.VOID)
    assert rows(office, TURNS) == turns
    assert sound(office)


def test_a_turn_follows_the_deadline_of_the_case(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    before = rows(office, "SELECT due_at FROM assignment")
    office.clock.advance(minutes=10)
    office.grant(number, Action.EXTEND)
    after = rows(office, "SELECT due_at FROM assignment")
    assert after != before
    assert after == rows(office, "SELECT due_at FROM clock WHERE stage = 'handle'")
    assert sound(office)


@pytest.mark.parametrize("word", ["W003", "王[/]芳"])
def test_who_reports_for_the_office_is_a_person_of_the_roster(office: StaffedOffice, word: str) -> None:
    new = casework.NewReport(text="垃圾成堆", source=Source.WARDEN, reporter_name=word)
    number = casework.intake(office.opened, office.actors[Role.ACCEPTOR], new).number
    assert rows(
        office, f"SELECT w.code FROM incident i JOIN roster_person w ON w.id = i.reporter_id WHERE i.number = '{number}'"
    ) == [("W003",)]
    office.act(number, Action.ACCEPT)
    assert sound(office)


def test_a_resident_of_a_warden_s_name_is_a_resident(office: StaffedOffice) -> None:
    new = casework.NewReport(text="垃圾成堆", source=Source.PUBLIC, reporter_name="王[/]芳")
    casework.intake(office.opened, office.actors[Role.ACCEPTOR], new)
    assert rows(office, "SELECT reporter_id FROM incident") == [(None,)]


def test_the_command_names_the_person(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆", "--by", "W1")
    said = small_office("incident", "show", number, "--json").json
    assert (said["source"], said["reported_by"].split()[0]) == ("warden", "W1")
    assert "上报人 W1" in small_office("incident", "show", number).out
    wrong = small_office("incident", "new", "--text", "垃圾", "--by", "没有这人", "--operator", "受理员")
    assert (wrong.status, "网格员" in wrong.err) == (4, True)
    assert small_office("ledger", "verify").status == 0


def test_a_list_names_the_person(small_office: CommandLine, tmp_path: Path) -> None:
    head = "编号,受理时间,来源,采集员,上报人,内容"
    sheet = lines(head, "A1,2026-11-20 09:00,网格员上报,W1,,路灯不亮", "A2,2026-11-20 09:01,网格员上报,,王[/]芳,井盖坏了",
                  "A3,2026-11-20 09:02,12345热线,,王[/]芳,噪音扰民", "A4,2026-11-20 09:03,网格员上报,谁也不是,,垃圾成堆")  # fmt: skip
    assert small_office.imports("incidents", text_file(tmp_path, sheet)).counts == {"inserted": 4}
    found = small_office.rows(
        "SELECT i.source_ref, w.code FROM incident i LEFT JOIN roster_person w ON w.id = i.reporter_id ORDER BY i.source_ref"
    )
    assert found == [("A1", "W1"), ("A2", "W2"), ("A3", None), ("A4", None)]
    assert small_office("ledger", "verify").status == 0


def test_a_roster_whose_person_reported_is_not_undone_under_the_case(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("wardens", text_file(tmp_path, lines("工号,姓名", "W77,丁七"))).json["batch"]
    small_office.reports("垃圾成堆", "--by", "W77")
    small_office("batch", "undo", str(batch))
    assert small_office.rows("SELECT 1 FROM roster_person WHERE code = 'W77'") == [(1,)]


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE clock SET stopped_by = 9 WHERE stage = 'accept'",
        "UPDATE assignment SET ended_how = 'returned'",
        "UPDATE assignment SET due_at = NULL",
    ],
)
def test_what_others_changed_is_found_where_nobody_acted_since_the_columns_came(
    office: StaffedOffice, monkeypatch: pytest.MonkeyPatch, forged: str
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(case_rest, "digests", lambda _, keys: [{} for _ in keys])
        office.case_in(State.TO_CHECK)
    assert sound(office)
    with closing(driver.connect(office.opened.database.path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(forged)
        connection.commit()
    assert not sound(office)
