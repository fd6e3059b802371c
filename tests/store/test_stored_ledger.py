"""The ledger as it lies in the file: whatever is changed in it, the entry it was changed in is named."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from small_office import HOSTILE_ADDRESS, LONG_COMPLAINT, StaffedOffice

from gridconsole.domain.actions import Action, Lead
from gridconsole.domain.chain import Flaw, LedgerVerdict, verify_chain
from gridconsole.domain.erasure import ENTRY, counted
from gridconsole.domain.ledger import ERASE
from gridconsole.domain.states import Role, State
from gridconsole.services import audit
from gridconsole.services.office import Office
from gridconsole.store import attest, changes, ledger, ledger_check, ledger_entries
from gridconsole.store.ledger import NewEntry

OFFICE = 1


class _Undo(Exception):
    """Leaves a transaction so that it is rolled back."""


def verdict_of(connection: sa.Connection) -> LedgerVerdict:
    return verify_chain(ledger_check.stored_entries(connection, OFFICE))


@pytest.fixture
def busy_office(office: StaffedOffice) -> StaffedOffice:
    """An office with a ledger worth falsifying: cases in every state, hostile texts, posts, imports."""
    for state in (State.REPORTED, State.TO_FILE, State.TO_DISPATCH, State.HANDLING, State.TO_CHECK, State.TO_CLOSE, State.CLOSED):
        office.case_in(
            state, text=LONG_COMPLAINT, address=HOSTILE_ADDRESS, reporter_name="𠮷田[/]先生", reporter_phone="15999990000"
        )
        office.clock.advance(minutes=7)
    office.case_in(State.DECLINED)
    return office


def test_a_real_offices_ledger_holds(busy_office: StaffedOffice) -> None:
    verdict = audit.verify(busy_office.opened)
    with busy_office.opened.database.reading() as connection:
        last = ledger.last_seq(connection, OFFICE)
        head = connection.exec_driver_sql("SELECT hex(hash) FROM ledger ORDER BY seq DESC LIMIT 1").scalar_one()
    assert (verdict.ok, verdict.entries, verdict.head) == (True, last, head.lower())


def test_erasing_every_personal_text_keeps_it_valid_and_the_words_are_gone_from_the_file(busy_office: StaffedOffice) -> None:
    opened = busy_office.opened
    with opened.database.writing() as connection:
        numbers = list(connection.exec_driver_sql("SELECT seq FROM ledger_personal ORDER BY seq").scalars())
        connection.exec_driver_sql("UPDATE ledger_personal SET salt = NULL, body = NULL")
    assert audit.verify(opened).flaw is Flaw.PERSONAL, "nobody said so"
    with opened.database.writing() as connection:
        assert attest.reattest(connection, opened.id, numbers) == set(), "nothing else was touched"
        facts = {**counted({ENTRY: len(numbers)}), "entries": numbers}
        notice = ledger.NewEntry(opened.now(), None, "system", "cli", "office", opened.id, ERASE, facts)
        ledger.append(connection, opened.id, [notice])
    assert (audit.verify(opened).ok, audit.verify(opened).erased) == (True, len(numbers))
    key = busy_office.load("2026112300001").id
    with busy_office.opened.database.reading() as connection:
        assert {bool(entry.personal) for entry in ledger_entries.timeline(connection, "incident", key)} == {False}


# --- two hundred falsifications ---------------------------------------------------------------------------------


def flipped(blob: bytes, draw: random.Random) -> bytes:
    place, bit = draw.randrange(len(blob)), 1 << draw.randrange(8)
    return blob[:place] + bytes([blob[place] ^ bit]) + blob[place + 1 :]


def another(word: str, draw: random.Random) -> str:
    place = draw.randrange(len(word) + 1)
    return word[:place] + draw.choice("甲乙x0[]\u202e ") + word[place:]


def _digest(draw: random.Random, row: Any) -> bytes | None:
    if row.digest is None:
        return draw.randbytes(32)
    return flipped(row.digest, draw)


LEDGER_CHANGES: dict[str, Callable[[random.Random, Any], object]] = {
    # The shape of an instant is held by a CHECK: another one is the most that can be forged.
    "at": lambda draw, row: row.at[:-2] + str((int(row.at[-2]) + draw.randint(1, 9)) % 10) + "Z",
    "operator_id": lambda draw, row: draw.choice([None, 0, 99]) if row.operator_id else draw.randint(0, 9),
    "operator": lambda draw, row: another(row.operator, draw),
    "axis": lambda draw, row: draw.choice([axis for axis in ("", "command", "supervision") if axis != row.axis]),
    "door": lambda draw, row: another(row.door, draw),
    "subject_kind": lambda draw, row: another(row.subject_kind, draw),
    "subject_id": lambda draw, row: row.subject_id + draw.choice([-1, 1, 100]),
    "action": lambda draw, row: another(row.action, draw),
    "facts": lambda draw, row: another(row.facts, draw),
    "digest": _digest,
    "prev": lambda draw, row: flipped(row.prev, draw),
    "hash": lambda draw, row: flipped(row.hash, draw),
}
PERSONAL_CHANGES: dict[str, Callable[[random.Random, Any], object]] = {
    "body": lambda draw, row: another(row.body, draw),
    "salt": lambda draw, row: draw.choice([None, flipped(row.salt, draw)]),
}


@pytest.fixture
def unguarded(busy_office: StaffedOffice) -> Iterator[Office]:
    """The office's copy with its triggers taken away, as a falsifier with SQL would have it."""
    with busy_office.opened.database.writing() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield busy_office.opened


def falsify(connection: sa.Connection, draw: random.Random, last: int) -> tuple[int, str]:
    """Change one thing at random; returns the entry and what was changed in it."""
    seq = draw.randint(1, last)
    row = connection.exec_driver_sql(
        "SELECT l.*, p.salt, p.body FROM ledger l LEFT JOIN ledger_personal p ON p.seq = l.seq WHERE l.seq = ?", (seq,)
    ).one()
    kinds = [*LEDGER_CHANGES, *(PERSONAL_CHANGES if row.body is not None else ["insertion"])]
    if seq < last:
        kinds.append("deletion")
    kind = draw.choice(kinds)
    if kind == "deletion":
        connection.exec_driver_sql("DELETE FROM ledger_personal WHERE seq = ?", (seq,))
        connection.exec_driver_sql("DELETE FROM ledger WHERE seq = ?", (seq,))
    elif kind == "insertion":
        connection.exec_driver_sql("INSERT INTO ledger_personal VALUES (1, ?, ?, '{}')", (seq, draw.randbytes(16)))
    elif kind in PERSONAL_CHANGES:
        connection.exec_driver_sql(
            f"UPDATE ledger_personal SET {kind} = ? WHERE seq = ?", (PERSONAL_CHANGES[kind](draw, row), seq)
        )
    else:
        connection.exec_driver_sql(f"UPDATE ledger SET {kind} = ? WHERE seq = ?", (LEDGER_CHANGES[kind](draw, row), seq))
    return seq, kind


def test_two_hundred_random_falsifications_are_all_found_at_the_very_entry(unguarded: Office) -> None:
    draw = random.Random(20261123)
    missed: list[tuple[int, str, int | None]] = []
    tried: set[str] = set()
    with unguarded.database.reading() as connection:
        last = ledger.last_seq(connection, OFFICE)
    for _ in range(200):
        with pytest.raises(_Undo), unguarded.database.writing() as connection:
            seq, kind = falsify(connection, draw, last)
            tried.add(kind)
            verdict = verdict_of(connection)
            if verdict.ok or verdict.first_broken != seq or verdict.entries != seq - 1:
                missed.append((seq, kind, verdict.first_broken))
            raise _Undo
    assert missed == []
    assert tried == {*LEDGER_CHANGES, *PERSONAL_CHANGES, "insertion", "deletion"}
    assert audit.verify(unguarded).ok


def test_of_several_falsifications_the_first_is_named(unguarded: Office) -> None:
    with unguarded.database.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger SET facts = '{}' WHERE seq IN (9, 5, 21)")
    assert audit.verify(unguarded).first_broken == 5


# --- writing and reading ----------------------------------------------------------------------------------------


def entry(**more: Any) -> NewEntry:
    return NewEntry(datetime(2026, 11, 23, tzinfo=UTC), None, "system", "cli", "office", 1, "init", **more)


def test_entries_appended_together_are_chained_in_their_order(opened: Office) -> None:
    with opened.database.writing() as connection:
        before = ledger.last_seq(connection, OFFICE)
        assert ledger.append(connection, OFFICE, [entry(facts={"n": number}) for number in range(5)]) == before + 5
        assert ledger.append(connection, OFFICE, []) == before + 5
        assert verdict_of(connection).entries == before + 5


def test_blank_personal_values_are_left_out_and_none_at_all_has_no_digest(opened: Office) -> None:
    with opened.database.writing() as connection:
        seq = ledger.append(connection, OFFICE, [entry(personal={"note": "", "reason": ""})])
        digest = connection.exec_driver_sql("SELECT digest FROM ledger WHERE seq = ?", (seq,)).scalar()
        kept = connection.exec_driver_sql("SELECT count(*) FROM ledger_personal WHERE seq = ?", (seq,)).scalar()
    assert (digest, kept) == (None, 0)


def test_the_same_words_twice_have_different_digests(opened: Office) -> None:
    with opened.database.writing() as connection:
        ledger.append(connection, OFFICE, [entry(personal={"phone": "13812345678"})] * 2)
        digests = connection.exec_driver_sql("SELECT digest FROM ledger ORDER BY seq DESC LIMIT 2").scalars().all()
    assert digests[0] != digests[1]


def test_a_naive_time_is_never_written(opened: Office) -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001  the mistake under test
    with pytest.raises(ValueError, match="naive"), opened.database.writing() as connection:
        ledger.append(connection, OFFICE, [NewEntry(naive, None, "system", "cli", "office", 1, "init")])


def test_the_timeline_of_a_case_is_its_acts_in_order_with_their_words(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.NOTE, note=LONG_COMPLAINT)
    with office.opened.database.reading() as connection:
        reported = ledger_entries.timeline(connection, "incident", office.load(number).id)
    assert [item.action for item in reported] == ["report", "accept", "file", "dispatch", "note"]
    assert reported[3].facts["handler"] == "城管局"
    assert reported[4].personal["note"].endswith("夜间施工噪音扰民，")


def test_the_change_feed_names_cases_since_an_entry_once_each(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        since = ledger.last_seq(connection, OFFICE)
    keys = [office.load(office.case_in(State.TO_FILE)).id for _ in range(3)]
    with office.opened.database.reading() as connection:
        assert sorted(changes.changed_incidents(connection, OFFICE, since, 10)) == keys
        assert len(changes.changed_incidents(connection, OFFICE, since, 2)) == 2
        assert changes.changed_incidents(connection, OFFICE, ledger.last_seq(connection, OFFICE), 10) == ()


@pytest.mark.parametrize("parts", [False, True])
def test_the_change_feed_names_the_case_that_another_was_merged_into_or_parted_from(
    office: StaffedOffice, *, parts: bool
) -> None:
    first, second = (office.case_in(State.TO_FILE) for _ in range(2))
    if parts:
        office.act(second, Action.MERGE, Role.ACCEPTOR, into=Lead(first))
    with office.opened.database.reading() as connection:
        since = ledger.last_seq(connection, OFFICE)
    if parts:
        office.act(second, Action.UNMERGE, reason="看错了地方")
    else:
        office.act(second, Action.MERGE, Role.ACCEPTOR, into=Lead(first))
    with office.opened.database.reading() as connection:
        found = changes.changed_incidents(connection, OFFICE, since, 10)
    assert sorted(found) == sorted(office.load(number).id for number in (first, second))


def test_the_file_keeps_nothing_of_an_erased_text(busy_office: StaffedOffice) -> None:
    traces = [b"15999990000", "𠮷田[/]先生".encode(), HOSTILE_ADDRESS.encode(), "楼道堆满杂物".encode()]
    path = busy_office.opened.database.path
    with busy_office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger_personal SET salt = NULL, body = NULL")
        connection.exec_driver_sql(
            "UPDATE incident SET text = '', summary = '', address = '', reporter_name = '', reporter_phone = ''"
        )
    busy_office.opened.close()
    raw = path.read_bytes()
    assert [trace for trace in traces if trace in raw] == []
