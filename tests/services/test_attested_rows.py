"""Five hundred forgeries of what decides, and of texts and acknowledgements, none of which goes through."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from small_office import MONDAY_MORNING, Clock, StaffedOffice, build

from gridconsole.domain import roster as book
from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.attest import ROWS, is_text
from gridconsole.domain.chain import Flaw
from gridconsole.domain.clock import CalendarDay, DayLayer
from gridconsole.domain.erasure import ENTRY, counted
from gridconsole.domain.ledger import ERASE, Entry, canonical, entry_hash
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.task import Look
from gridconsole.domain.teams import Capacity
from gridconsole.importing import engine
from gridconsole.importing.undo import undo
from gridconsole.language import has, text_in
from gridconsole.services import actors, audit, erasures, escalation, operators, persons, post_handover, tasks, teams
from gridconsole.services import office as offices
from gridconsole.services.teams import NewMember, NewTeam
from gridconsole.store import access, attest, ledger
from gridconsole.store import offices as office_rows
from gridconsole.store.attest import MARKS, REGISTERS, Register
from gridconsole.store.dialect import touched
from gridconsole.store.engine import driver
from gridconsole.store.tables.everything import METADATA

TABLES = METADATA.tables
TEXT = "may be erased by law; attested by itself"
BATCH = {"batch_id": "which import brought it"}
UNREAD = {"initials": "made of the name", "extra": "columns of the office's own that nothing reads"}
LEFT_OUT = {
    "office": {}, "operator": {}, "operator_role": {}, "credential": {}, "calendar_day": {}, "office_hours": {},
    "filing_rule": {"extra": "columns of the office's own that nothing reads", "batch_id": "which import brought it"},
    "alarm": {"fired_at": "put right by the sweep after a wrong clock", "ended_at": "between acts, by the sweep"},
    "unit": {**dict.fromkeys(("head", "contact", "phone"), TEXT), **UNREAD, **BATCH}, "unit_area": {},
    "roster_person": {
        "name": TEXT, "phone": TEXT, **UNREAD, **BATCH,
        **dict.fromkeys(("gender", "workstation", "duty"), "display alone; what a person has to do is said by posts"),
    },
    "team": {"contact": TEXT, "phone": TEXT, **UNREAD, **BATCH}, "team_member": {"name": TEXT, **BATCH},
    "post_handover": {
        "sheet": TEXT, "no_sheet": TEXT, "made_name": "the name of made_by", "done_name": "the name of done_by",
    },
    "handover_item": {},
}  # fmt: skip
"""Columns of attested tables that are not attested, and why."""
OFFICES = Path(__file__).parents[1] / "offices"
LANTERN = "Lantern-2026-quiet"


def lived(office: StaffedOffice) -> None:
    """Give an office something in every attested table, by acts."""
    admin = office.actors[Role.ADMIN]
    operators.add(office.opened, admin, "王芳", [Role.CLERK, Role.ACCEPTOR])
    for name in ("王芳", "审计员"):
        operators.set_password(office.opened, admin, name, LANTERN, witness=office.actors[Role.LEADER])
    operators.change_settings(office.opened, admin, {"lock_minutes": 5})
    with office.opened.database.writing() as connection:
        day = CalendarDay(office.opened.today() + timedelta(days=9), False, "防汛值守", DayLayer.OVERRIDE)
        office_rows.put_days(connection, [day], "office")
    for at in range(2):
        one_case(office, f"第{at}件")
    late = [office.case_in(State.HANDLING) for _ in range(3)]
    office.clock.advance(days=40)
    escalation.sweep(office.opened)
    leader = office.actors[Role.LEADER]
    acknowledged = [one.alarm.id for one in escalation.mine(office.opened, leader) if leader.roles & one.alarm.audience]
    escalation.acknowledge(office.opened, leader, *acknowledged)
    office.act(late[0], Action.FEEDBACK, note="已清理")
    on_the_roster(office)


def on_the_roster(office: StaffedOffice) -> None:
    """Teams with members, units with somebody to ring, and handovers of posts with and without a sheet."""
    clerk, leader = office.actors[Role.CLERK], office.actors[Role.SHIFT_LEADER]
    with office.opened.database.writing() as connection:
        # Units come with lists and are changed there; this one's head and contact are all that is missing.
        connection.exec_driver_sql("UPDATE unit SET head = '陈头', contact = '周联', phone = '0571-88001' WHERE id < 3")
    for name in ("治安巡防队", "志愿服务队"):
        teams.add(office.opened, clerk, NewTeam(name, contact="钱七", phone="0571-88002", head_count=7))
        team = teams.find(office.opened, name).id
        teams.join(office.opened, clerk, team, NewMember(name="孙八", capacity=Capacity.RESIDENT))
        teams.join(office.opened, clerk, team, NewMember(person=office.handlers["王[/]芳"].id))
    for name, said in (("李小明", {"sheet": "JJ-1"}), ("𠮷田", {"no_sheet": "人已离开"})):
        planned = post_handover.plan(office.opened, clerk, office.handlers[name].id)
        post_handover.do(office.opened, leader, planned.number, **said)


def one_case(office: StaffedOffice, name: str) -> str:
    """A case with every text there is."""
    number = office.report(source=Source.PUBLIC, address="幸福路1号", reporter_name="张三", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "王[/]芳", number))
    office.act(number, Action.VERIFY, result=Result.TRUE, note=f"{name}属实", look=Look(office.clock.at, ("前.jpg", "后.jpg")))
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(number, Action.EXTEND, reason=f"{name}等材料")
    office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT, note=f"{name}情况属实")
    office.act(number, Action.GRANT, note=f"{name}同意")
    office.act(number, Action.SUPERVISION_ORDER, note=f"{name}抓紧", reply_by=office.clock.at + timedelta(hours=5))
    office.act(number, Action.REPLY, note=f"{name}在办，联系人13912345678")
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS, note=f"{name}干净")
    office.act(number, Action.CLOSE)
    call = CallBack(True, Solved.YES, Satisfaction.DISSATISFIED)
    office.act(number, Action.CALL_BACK, call_back=call, reason=f"{name}来得慢")
    return number


@pytest.fixture(scope="module")
def busy_template(office_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed office with something in every attested table; copy it, never open it."""
    path, clock = Path(shutil.copy(office_template, tmp_path_factory.mktemp("busy") / "office.db")), Clock()
    opened = offices.open_office(path, "cli", clock)
    try:
        lived(StaffedOffice.of(opened, clock))
    finally:
        opened.close()
    return path


@pytest.fixture
def busy(busy_template: Path, tmp_path: Path) -> Iterator[StaffedOffice]:
    clock = Clock(MONDAY_MORNING + timedelta(days=40))
    opened = offices.open_office(Path(shutil.copy(busy_template, tmp_path / "office.db")), "cli", clock)
    yield StaffedOffice.of(opened, clock)
    opened.close()


# --- plausible changes of one row -------------------------------------------------------------------------------


class Forger:
    """Holds the file open as somebody can who has it: without triggers, checks and foreign keys. Each forgery can be undone."""

    def __init__(self, path: Path) -> None:
        self.raw = driver.connect(str(path), isolation_level=None)
        for pragma in ("ignore_check_constraints = ON", "foreign_keys = OFF", "synchronous = OFF"):
            self.raw.execute(f"PRAGMA {pragma}")
        # Not the one that has the facts of a case written: an office goes on working in some files after that.
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'ledger_fact_due'"
        for (name,) in self.raw.execute(guards).fetchall():
            self.raw.execute(f"DROP TRIGGER {name}")
        self._before = driver.connect(":memory:")
        self.raw.backup(self._before)

    def undo(self) -> None:
        """The file as it was before."""
        self._before.backup(self.raw)

    def close(self) -> None:
        self.raw.close()
        self._before.close()

    def rows_of(self, table: str, where: str = "1") -> list[int]:
        return [key for (key,) in self.raw.execute(f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid")]


def other_value(draw: random.Random, value: Any) -> Any:
    """Another value somebody could want there."""
    if value is None:
        return draw.choice(["2026-11-23T09:00:00.000000Z", 1])
    if isinstance(value, int):
        return 1 - value if value == 0 else value + draw.randint(700, 999)
    return draw.choice(
        [f"{value}x", value[:-1] or "另一个", "" if value else "另一个", value.replace("5", "6") + " ", value + "\0x"]
    )


def change_a_value(draw: random.Random, forger: Forger, register: Register) -> str:
    table, column = register.table, draw.choice(register.columns)
    where = f"{register.only} <> ''" if register.only else "1"
    key = draw.choice(forger.rows_of(table, where))
    (value,) = forger.raw.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (key,)).fetchone()
    wanted = other_value(draw, value)
    # STRICT tables turn a text that is a number into one.
    if TABLES[table].columns[column].type.python_type is int and not isinstance(wanted, int):
        wanted = 1 if value != 1 else 2
    return run(forger, f"UPDATE {table} SET {column} = ? WHERE rowid = {key}", wanted)


def delete_a_row(draw: random.Random, forger: Forger, register: Register) -> str:
    key = draw.choice(forger.rows_of(register.table, f"{register.only} <> ''" if register.only else "1"))
    return run(forger, f"DELETE FROM {register.table} WHERE rowid = {key}")


ANOTHER: Mapping[str, Mapping[str, str]] = {
    "office": {"id": "id + 1"},
    "operator": {"id": "(SELECT max(id) + 1 FROM operator)", "name": "name || '二'"},
    "operator_role": {"operator_id": "(SELECT min(id) FROM operator WHERE id NOT IN (SELECT operator_id FROM operator_role"
                      " WHERE role IN ('admin', 'auditor', 'shift_leader')))", "role": "'shift_leader'"},
    "credential": {"operator_id": "(SELECT min(id) FROM operator WHERE id NOT IN (SELECT operator_id FROM credential))"},
    "filing_rule": {"id": "(SELECT max(id) + 1 FROM filing_rule)", "condition": "condition || '等'"},
    "calendar_day": {"day": "substr(day, 1, 4) || '-03-10'"},
    "office_hours": {"valid_from": "'2026-05-01'"},
    "unit": {"id": "(SELECT max(id) + 1 FROM unit)", "code": "code || 'x'", "name": "name || '二'"},
    "unit_area": {"unit_id": "(SELECT min(id) FROM unit WHERE id NOT IN (SELECT unit_id FROM unit_area))"},
    "roster_person": {"id": "(SELECT max(id) + 1 FROM roster_person)", "code": "code || 'x'"},
    "team": {"id": "(SELECT max(id) + 1 FROM team)", "code": "code || 'x'"},
    "team_member": {"id": "(SELECT max(id) + 1 FROM team_member)"},
    "post_handover": {"id": "(SELECT max(id) + 1 FROM post_handover)", "state": "'cancelled'"},
    "handover_item": {"position": "position + 700"},
}  # fmt: skip
"""What makes a copy of a row one that may stand beside it, by table."""


def add_a_row(draw: random.Random, forger: Forger, register: Register) -> str:
    """A copy of a row as another one."""
    table, key = register.table, draw.choice(forger.rows_of(register.table))
    names = [column.name for column in TABLES[table].columns]
    copied = ", ".join(ANOTHER[table].get(name, name) for name in names)
    return run(forger, f"INSERT INTO {table} ({', '.join(names)}) SELECT {copied} FROM {table} WHERE rowid = {key}")


def blank_a_text(draw: random.Random, forger: Forger, register: Register) -> str:
    (column,) = register.columns if register.only else ("audience",)
    key = draw.choice(forger.rows_of(register.table, f"{column} <> ''"))
    return run(forger, f"UPDATE {register.table} SET {column} = '' WHERE rowid = {key}")


def write_a_text_where_there_was_none(draw: random.Random, forger: Forger, register: Register) -> str:
    column = register.columns[0]
    empty = forger.rows_of(register.table, f"NOT ({register.only} <> '')") if register.only else []
    if not empty:
        return blank_a_text(draw, forger, register)
    return run(forger, f"UPDATE {register.table} SET {column} = '添的话' WHERE rowid = {draw.choice(empty)}")


def acknowledge_for_another(draw: random.Random, forger: Forger, register: Register) -> str:
    if register.table != "alarm":
        return change_a_value(draw, forger, register)
    key = draw.choice(forger.rows_of("alarm", "acknowledged_at IS NULL"))
    return run(forger, draw.choice([
        f"UPDATE alarm SET waiting = '', acknowledged_at = fired_at, acknowledged_by = 6, acknowledged_name = '领导' WHERE rowid = {key}",
        f"UPDATE alarm SET audience = 'clerk', waiting = '' WHERE rowid = {key}",
    ]))  # fmt: skip


def run(forger: Forger, statement: str, *values: Any) -> str:
    assert forger.raw.execute(statement, values).rowcount > 0, (statement, values)
    return f"{statement} {values}"


OF_REGISTERS = (change_a_value, delete_a_row, add_a_row)
OF_MARKS = (change_a_value, blank_a_text, write_a_text_where_there_was_none, acknowledge_for_another, delete_a_row)


@pytest.fixture
def forger(busy: StaffedOffice) -> Iterator[Forger]:
    made = Forger(busy.opened.database.path)
    yield made
    made.close()


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_five_hundred_forgeries_of_what_is_attested_are_all_found(busy: StaffedOffice, forger: Forger, first: int) -> None:
    assert audit.verify(busy.opened).ok
    missed, flaws = [], set()
    for seed in range(first, first + 50):
        draw = random.Random(seed)
        registers, ways = (REGISTERS, OF_REGISTERS) if seed % 2 else (MARKS, OF_MARKS)
        register = registers[seed // 2 % len(registers)]
        done = draw.choice(ways)(draw, forger, register)
        verdict = audit.verify(busy.opened)
        flaws.add(verdict.flaw)
        if verdict.ok:
            missed.append((seed, done))
        forger.undo()
    assert missed == []
    assert Flaw.ROW in flaws <= {Flaw.ROW, Flaw.CASE}, "a row that is gone from beside a case is one of the case"
    assert audit.verify(busy.opened).ok


def test_without_a_look_at_the_rows_the_forgeries_go_through(
    busy: StaffedOffice, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_row_mismatches", lambda *_: [])
    for register in (*REGISTERS, *MARKS):
        change_a_value(random.Random(0), forger, register)
        assert audit.verify(busy.opened).ok, register.prefix
        forger.undo()


def test_every_column_of_an_attested_register_is_decided_on() -> None:
    """Another list makes every entry already written look forged: what a later program adds needs an attestation of its own."""
    own = {register.table: register for register in (*REGISTERS, *MARKS) if not is_text(f"{register.prefix}:1")}
    assert own.keys() == LEFT_OUT.keys()
    for table, register in own.items():
        keys = {"operator_role": {"operator_id"}, "credential": {"operator_id"}, "filing_rule": {"category_id"},
                "calendar_day": {"layer"}, "office_hours": {"valid_from"}, "unit_area": {"unit_id"},
                "team_member": {"team_id"}, "handover_item": {"handover_id"}}.get(table, {"id"})  # fmt: skip
        names = {column.name for column in TABLES[table].columns}
        assert names == set(register.columns) | keys | LEFT_OUT[table].keys(), table


def test_every_attested_row_has_a_name_in_words() -> None:
    """Verifying says which row differs: "Team DW001", never "team"."""
    for prefix in (*(register.prefix for register in (*REGISTERS, *MARKS)), *book.TABLES, book.SUBJECT):
        for language in ("zh_CN", "en"):
            assert has(f"attested.{prefix}"), prefix
            assert text_in(language, f"attested.{prefix}").strip(), (language, prefix)


# --- entries made up so that the chain holds --------------------------------------------------------------------


def append_forged(forger: Forger, action: str, facts: Mapping[str, Any], subject: str = "office:1") -> None:
    """An entry as somebody writes it who knows the method."""
    seq, prev = forger.raw.execute("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
    (at,) = forger.raw.execute("SELECT max(at) FROM ledger").fetchone()
    actor = canonical({"axis": "", "door": "cli", "id": 5, "name": "内勤", "request": None})
    entry = Entry(seq + 1, at, actor, subject, action, canonical(facts), None, prev)
    kind, _, key = subject.partition(":")
    forger.raw.execute(
        "INSERT INTO ledger (office_id, seq, at, operator_id, operator, axis, door, subject_kind, subject_id, action, facts, prev, hash)"
        " VALUES (1, ?, ?, 5, '内勤', '', 'cli', ?, ?, ?, ?, ?, ?)",
        (seq + 1, at, kind, int(key), action, entry.facts, prev, entry_hash(entry)),
    )


def test_late_marks_cleared_under_an_innocent_note_are_found(busy: StaffedOffice, forger: Forger) -> None:
    case, version = forger.raw.execute(
        "SELECT id, version FROM incident WHERE id IN (SELECT incident_id FROM clock WHERE late)"
    ).fetchone()
    forger.raw.execute(f"UPDATE clock SET late = 0 WHERE incident_id = {case}")
    forger.raw.execute(f"UPDATE incident SET version = {version + 1} WHERE id = {case}")
    append_forged(forger, "note", {"from": "to_check", "to": "to_check"}, f"incident:{case}")
    verdict = audit.verify(busy.opened)
    assert (verdict.flaw, verdict.column) == (Flaw.CASE, "rest")


def texts(forger: Forger, kind: str = "incident") -> list[int]:
    """Numbers of entries with a personal text, about one kind of subject."""
    query = "SELECT seq FROM ledger_personal JOIN ledger USING (office_id, seq) WHERE body IS NOT NULL AND subject_kind = ? ORDER BY seq"
    return [seq for (seq,) in forger.raw.execute(query, (kind,))]


@pytest.mark.parametrize(
    "facts",
    [
        lambda two, _: {"entries": two},
        lambda two, _: {**counted({ENTRY: 1}), "entries": two},
        lambda two, _: {**counted({ENTRY: 2}), "entries": two, "count": 3},
        lambda two, _: {**counted({ENTRY: 2, "call": 1}), "entries": two},
        lambda two, other: {**counted({ENTRY: 3}), "entries": [*two, other]},
        lambda two, _: {**counted({ENTRY: 3}), "entries": [*two, two[0]]},
        lambda two, _: {**counted({ENTRY: 3}), "entries": [*two, 1]},
        lambda two, _: {**counted({ENTRY: 1}), "entries": two[:1]},
        lambda two, _: {**counted({ENTRY: 2}), "entries": two},
    ],
    ids=["uncounted", "too few", "wrong sum", "another place", "one that is there", "twice", "none there", "one unnamed", "attested"],
)  # fmt: skip
def test_a_text_taken_away_under_a_forged_erasure_is_found(
    busy: StaffedOffice, forger: Forger, facts: Callable[[list[int], int], dict[str, Any]]
) -> None:
    """Counted right as well: the request, answer or note that the entry attested has lost the salt, and no entry attests it anew."""
    found = [seq for seq in texts(forger) if is_attesting(forger, seq)]
    two, other = found[:2], found[2]
    for seq in two:
        forger.raw.execute("UPDATE ledger_personal SET salt = NULL, body = NULL WHERE seq = ?", (seq,))
    append_forged(forger, ERASE, facts(two, other))
    assert audit.verify(busy.opened).flaw in (Flaw.ERASE, Flaw.PERSONAL, Flaw.ROW)


def is_attesting(forger: Forger, seq: int) -> bool:
    (facts,) = forger.raw.execute("SELECT facts FROM ledger WHERE seq = ?", (seq,)).fetchone()
    return any(map(is_text, json.loads(facts).get(ROWS, {})))


# --- erasing by law ---------------------------------------------------------------------------------------------


def test_erasing_a_person_is_no_forgery_and_leaves_nothing_to_guess_the_text_by(busy: StaffedOffice) -> None:
    with busy.opened.database.reading() as connection:
        (key,) = connection.exec_driver_sql("SELECT min(id) FROM supervision_order").one()
        said = connection.exec_driver_sql(f"SELECT reply FROM supervision_order WHERE id = {key}").scalar_one()
    assert "13912345678" in said
    for word in ("13912345678", "13812345678"):
        persons.erase(busy.opened, busy.actors[Role.ADMIN], word, None, "本人要求")
        verdict = audit.verify(busy.opened)
        assert (verdict.ok, verdict.flaw, verdict.row) == (True, None, "")
    cell = f"supervision_order.reply:{key}"
    with busy.opened.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT l.seq, l.facts, p.salt FROM ledger l LEFT JOIN ledger_personal p USING (office_id, seq) ORDER BY l.seq"
        ).all()
    attested = [(json.loads(row.facts)[ROWS][cell], row.salt) for row in rows if cell in json.loads(row.facts).get(ROWS, {})]
    with_salt = [digest for digest, salt in attested if salt is not None]
    assert len(attested) > len(with_salt) == 1, "the text as it is now alone can be compared"
    forged = Forger(busy.opened.database.path)
    forged.raw.execute(f"UPDATE supervision_order SET reply = '' WHERE id = {key}")
    assert audit.verify(busy.opened).row == cell
    forged.close()


def test_a_text_that_is_erased_twice_keeps_no_salt_of_what_it_was_in_between(busy: StaffedOffice) -> None:
    number = one_case(busy, "又一件")
    busy.act(number, Action.NOTE, note="李四13777770000在场")
    with busy.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE task SET note = '张三13912345678和李四13777770000在场' WHERE id = 1")
    for word in ("13777770000", "13912345678"):
        persons.erase(busy.opened, busy.actors[Role.ADMIN], word, None, "本人要求")
    assert audit.verify(busy.opened).ok
    with busy.opened.database.reading() as connection:
        salted = connection.exec_driver_sql(
            "SELECT count(*) FROM ledger JOIN ledger_personal USING (office_id, seq) WHERE salt IS NOT NULL"
            " AND instr(facts, '\"task.note:1\":')"
        ).scalar_one()
    assert salted == 1


@pytest.mark.parametrize("is_counted", [True, False], ids=["this program", "an earlier one"])
def test_erasing_again_in_a_backup_is_no_forgery_there(
    busy: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_counted: bool
) -> None:
    backup = Path(shutil.copy(busy.opened.database.path, tmp_path / "backup.db"))
    with busy.opened.database.reading() as connection:
        last = ledger.last_seq(connection, 1)
    with monkeypatch.context() as earlier:
        if not is_counted:
            earlier.setattr(persons, "counted", lambda _covers: {})
        for word in ("13912345678", "13812345678"):
            persons.erase(busy.opened, busy.actors[Role.ADMIN], word, None, "本人要求")
    opened = offices.open_office(backup, "cli", busy.clock)
    assert erasures.apply_later(opened, busy.opened.database.path, last, busy.clock.at) == 2
    verdict = audit.verify(opened)
    opened.close()
    assert (verdict.ok, verdict.flaw, verdict.erased > 2) == (True, None, True)
    assert b"13912345678" not in backup.read_bytes()


# --- when attesting begins --------------------------------------------------------------------------------------


@pytest.fixture
def old(office_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StaffedOffice]:
    """An office that an earlier program made and worked in, opened by this one."""
    clock = Clock()
    with monkeypatch.context() as earlier:
        earlier.setattr(attest, "install", lambda _raw: False)
        path = build(tmp_path, clock)
        opened = offices.open_office(path, "cli", clock)
        lived(StaffedOffice.of(opened, clock))
        opened.close()
    opened = offices.open_office(path, "cli", clock)
    yield StaffedOffice.of(opened, clock)
    opened.close()


def entries_of(office: StaffedOffice, kind: str = "attest") -> int:
    with office.opened.database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM ledger WHERE subject_kind = '{kind}'").scalar_one())


def test_an_office_of_an_earlier_program_is_attested_from_its_next_act_on(old: StaffedOffice) -> None:
    before = audit.verify(old.opened)
    assert (before.ok, before.attests) == (True, False)
    number = old.report().number
    after = audit.verify(old.opened)
    assert (after.ok, after.attests, after.entries) == (True, True, before.entries + 2)
    old.act(number, Action.ACCEPT)
    assert audit.verify(old.opened).entries == before.entries + 3, "once"
    forged = Forger(old.opened.database.path)
    for statement, key in (
        ("UPDATE operator_role SET role = 'clerk' WHERE role = 'leader'", "operator_role:6"),
        ("DELETE FROM calendar_day WHERE day LIKE '2026-%'", "calendar_day:2026/notice"),
        ('UPDATE filing_rule SET milestones = \'[["90 work_day", ""]]\' WHERE id = 1', "filing_rule:1"),
    ):
        forged.raw.execute(statement)
        assert audit.verify(old.opened).row == key
        forged.undo()
    forged.raw.execute("UPDATE task SET note = '别的话'")
    assert audit.verify(old.opened).ok, "texts from before are taken as they are"
    forged.undo()
    forged.close()
    one_case(old, "新的")
    assert audit.verify(old.opened).ok
    persons.erase(old.opened, old.actors[Role.ADMIN], "13912345678", None, "本人要求")
    assert audit.verify(old.opened).ok


@pytest.fixture
def attesting_less(tmp_path: Path) -> Iterator[StaffedOffice]:
    """An office whose chain attests what earlier programs attested: no teams, no units, no handovers of posts."""
    path, clock = tmp_path / "office.db", Clock(MONDAY_MORNING + timedelta(days=7))
    with (OFFICES / "office-schema-23.db.zst").open("rb") as source, path.open("wb") as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)
    path.chmod(0o600)
    opened = offices.open_office(path, "cli", clock)
    yield StaffedOffice.of(opened, clock)
    opened.close()


def test_an_office_that_attested_less_attests_the_rest_from_its_next_act_on(attesting_less: StaffedOffice) -> None:
    before = audit.verify(attesting_less.opened)
    assert (before.ok, before.attests) == (True, True)
    forged = Forger(attesting_less.opened.database.path)
    changed = "UPDATE unit SET kind = 'contractor' WHERE id = 1"
    forged.raw.execute(changed)
    assert audit.verify(attesting_less.opened).ok, "nothing attests units yet"
    forged.undo()
    leader = actors.find_operator(attesting_less.opened, "值班长")
    audit.anchor(attesting_less.opened, leader)
    after = audit.verify(attesting_less.opened)
    assert (after.ok, after.entries > before.entries + 1) == (True, True)
    audit.anchor(attesting_less.opened, leader)
    assert audit.verify(attesting_less.opened).entries == after.entries + 1, "once"
    forged.close()
    forged = Forger(attesting_less.opened.database.path)
    for statement, key in (
        (changed, "unit:1"),
        ("UPDATE operator_role SET role = 'clerk' WHERE role = 'leader'", "operator_role:6"),
        ("INSERT INTO team (code, name, kind) VALUES ('DW900', '多的队', 'other')", "team:1"),
        ("UPDATE post_handover SET state = 'done' WHERE state = 'planned'", "post_handover:1"),
    ):
        assert forged.raw.execute(statement).rowcount > 0
        assert audit.verify(attesting_less.opened).row == key
        forged.undo()
    forged.close()


def test_an_act_that_is_rolled_back_begins_nothing(old: StaffedOffice) -> None:
    class Stopped(Exception):
        pass

    with pytest.raises(Stopped), old.opened.database.writing() as connection:
        for _ in range(2):
            entry = ledger.NewEntry(old.opened.now(), None, "system", "cli", "office", 1, "anchor")
            ledger.append(connection, 1, [entry])
        raise Stopped
    assert entries_of(old) == 0
    old.report()
    assert (entries_of(old), audit.verify(old.opened).attests) == (1, True)


def test_what_a_savepoint_took_back_is_not_attested_and_what_no_entry_names_is(busy: StaffedOffice) -> None:
    before = entries_of(busy)
    with busy.opened.database.writing() as connection:
        inner = connection.begin_nested()
        access.set_roles(connection, 3, [Role.LEADER])
        assert touched.touched(connection) == {"operator_role:3"}
        inner.rollback()
        assert touched.touched(connection) == set()
        access.rehash(connection, 8, "another hash of the same password")
    assert (audit.verify(busy.opened).ok, entries_of(busy)) == (True, before + 1)


def test_a_catalogue_of_two_thousand_rules_is_attested_in_entries_that_stay_small(busy: StaffedOffice, tmp_path: Path) -> None:
    lines = [f"事件,{at // 20 + 10:02d},大类{at // 20},{at % 20 + 1:02d},小类{at},条件{at}甲,1工作日,好" for at in range(1_000)]
    lines += [line.replace("甲", "乙") for line in lines]
    file = tmp_path / "catalogue.csv"
    file.write_text("\n".join(["类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限,结案条件", *lines]), encoding="utf-8")
    outcome = engine.run(busy.opened, busy.actors[Role.CLERK], "catalogue", file)
    with busy.opened.database.reading() as connection:
        sizes = list(connection.exec_driver_sql("SELECT length(facts) FROM ledger").scalars())
    assert (outcome.counts["inserted"], audit.verify(busy.opened).ok) == (2_000, True)
    assert max(sizes) < 100_000
    undo(busy.opened, busy.actors[Role.CLERK], outcome.batch)
    assert audit.verify(busy.opened).ok
