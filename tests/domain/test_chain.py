"""The hash chain: nothing in an entry can be changed, left out or moved without being named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.chain import Flaw, verify_chain
from gridconsole.domain.ledger import ERASE, GENESIS, Entry, StoredEntry, canonical, entry_hash, personal_digest

SALT = b"0123456789abcdef"


def chain(length: int) -> list[StoredEntry]:
    """A sound chain; every other entry has a personal text."""
    stored: list[StoredEntry] = []
    prev = GENESIS
    for seq in range(1, length + 1):
        body = canonical({"note": f"联系人𠮷田，幸福路[b栋]①号 {seq}"}) if seq % 2 else None
        digest = personal_digest(SALT, body) if body else None
        at = f"2026-11-23T06:{seq:02d}:00.000000Z"
        facts = canonical({"state": "handling", "handler_id": seq})
        entry = Entry(seq, at, "3|派遣员|command|cli", f"incident:{seq}", "dispatch", facts, digest, prev)
        prev = entry_hash(entry)
        stored.append(StoredEntry(entry, prev, SALT if body else None, body))
    return stored


def test_an_untouched_chain_holds_and_names_its_head() -> None:
    stored = chain(7)
    verdict = verify_chain(stored)
    assert (verdict.ok, verdict.entries, verdict.head, verdict.first_broken) == (True, 7, stored[-1].hash.hex(), None)


def test_an_empty_ledger_is_sound() -> None:
    verdict = verify_chain([])
    assert (verdict.ok, verdict.entries, verdict.head, verdict.first_broken) == (True, 0, "", None)


CHANGES: dict[str, Any] = {
    "at": "2026-11-23T06:03:00.000001Z",
    "actor": "4|派遣员|command|cli",
    "subject": "incident:33",
    "action": "redispatch",
    "facts": canonical({"state": "handling", "handler_id": 4}),
    "digest": personal_digest(SALT, "{}"),
    "prev": bytes(31) + b"\1",
}


@pytest.mark.parametrize("field", list(CHANGES))
@pytest.mark.parametrize("seq", [1, 3, 7])
def test_a_change_of_any_field_is_found_at_the_entry_it_was_made_to(field: str, seq: int) -> None:
    stored = chain(7)
    item = stored[seq - 1]
    stored[seq - 1] = item._replace(entry=item.entry._replace(**{field: CHANGES[field]}))
    verdict = verify_chain(stored)
    assert (verdict.ok, verdict.entries, verdict.first_broken) == (False, seq - 1, seq)
    assert verdict.head == (stored[seq - 2].hash.hex() if seq > 1 else "")


def test_a_digest_taken_away_is_found() -> None:
    stored = chain(3)
    stored[0] = stored[0]._replace(entry=stored[0].entry._replace(digest=None), body=None, salt=None)
    assert verify_chain(stored).first_broken == 1


def test_an_entry_rehashed_after_a_change_is_found_at_the_next() -> None:
    stored = chain(5)
    forged = stored[1].entry._replace(facts=canonical({"state": "closed"}))
    stored[1] = stored[1]._replace(entry=forged, hash=entry_hash(forged))
    assert verify_chain(stored).first_broken == 3


def test_a_changed_hash_is_found_where_it_stands() -> None:
    stored = chain(5)
    stored[4] = stored[4]._replace(hash=bytes(32))
    assert verify_chain(stored).first_broken == 5


@pytest.mark.parametrize("missing", [1, 2, 4])
def test_an_entry_taken_out_is_named_by_its_own_number(missing: int) -> None:
    stored = chain(5)
    del stored[missing - 1]
    assert verify_chain(stored).first_broken == missing


def test_two_entries_changed_about_are_found() -> None:
    stored = chain(5)
    stored[1], stored[2] = stored[2], stored[1]
    assert verify_chain(stored).first_broken == 2


def test_an_entry_twice_is_found() -> None:
    stored = chain(4)
    stored.insert(2, stored[1])
    assert not verify_chain(stored).ok


def test_personal_text_can_be_erased_salt_and_all_as_long_as_an_entry_says_so() -> None:
    stored = chain(6)
    notice = Entry(7, stored[0].entry.at, "{}", "office:1", ERASE, canonical({"entries": [1, 3, 5]}), None, stored[-1].hash)
    reported = [*(item._replace(salt=None, body=None) for item in stored), StoredEntry(notice, entry_hash(notice), None, None)]
    assert (verify_chain(reported).ok, verify_chain(reported).erased) == (True, 3)
    assert (verify_chain(reported[:-1]).first_broken, verify_chain(reported[:-1]).flaw) == (1, Flaw.PERSONAL)


@pytest.mark.parametrize(
    "change",
    [{"body": canonical({"note": "别的话"})}, {"salt": b"another salt 123"}, {"salt": None}],
    ids=["another text", "another salt", "no salt"],
)
def test_personal_text_cannot_be_rewritten(change: dict[str, Any]) -> None:
    stored = chain(5)
    stored[2] = stored[2]._replace(**change)
    assert verify_chain(stored).first_broken == 3


def test_personal_text_cannot_be_put_where_there_was_none() -> None:
    stored = chain(5)
    stored[1] = stored[1]._replace(salt=SALT, body="{}")
    assert verify_chain(stored).first_broken == 2


def test_facts_have_one_text_only() -> None:
    assert canonical({"b": None, "a": "幸福路[b栋]①号𠮷", "c": True}) == '{"a":"幸福路[b栋]①号𠮷","b":null,"c":true}'
    assert canonical({"x": 1, "y": 2}) == canonical({"y": 2, "x": 1})


texts = st.text(max_size=12)
entries = st.builds(
    Entry,
    st.integers(1, 99),
    texts,
    texts,
    texts,
    texts,
    texts,
    st.none() | st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)


@given(entries, entries)
def test_no_two_different_entries_share_a_hash(one: Entry, other: Entry) -> None:
    assert (entry_hash(one) == entry_hash(other)) is (one == other)


@given(texts, texts, texts)
def test_moving_characters_from_one_field_into_the_next_changes_the_hash(one: str, two: str, tail: str) -> None:
    entry = Entry(1, one, two + tail, "incident:1", "note", "{}", None, GENESIS)
    moved = entry._replace(at=one + two, actor=tail)
    assert (entry_hash(entry) == entry_hash(moved)) is (not two)


def test_no_digest_and_an_empty_one_are_two_things() -> None:
    entry = Entry(1, "", "", "", "", "", None, GENESIS)
    assert entry_hash(entry) != entry_hash(entry._replace(digest=b""))
