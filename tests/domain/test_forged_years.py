"""Five hundred forgeries of a ledger with sealed years, and of what is on record of one that was taken out; each check is needed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gridconsole.archive import seals
from gridconsole.archive.seals import (
    LEAST_DAYS,
    Retired,
    Seal,
    YearDigest,
    facts_of_record,
    facts_of_seal,
    kept_digest,
    kept_until,
    length_of_year,
    next_open_year,
    read_record,
    read_seal,
    registered,
)
from gridconsole.domain.chain import Flaw, LedgerVerdict, verify_chain
from gridconsole.domain.ledger import GENESIS, Entry, StoredEntry, canonical, entry_hash, personal_digest

PER_YEAR = 6
"""Entries of a year, its neighbours' seals included."""


def at(year: int, place: int) -> str:
    return f"{year}-06-{place:02d}T00:00:00.000000Z"


@dataclass(frozen=True)
class Ledger:
    """A chain, and what is on record of years that are not in it."""

    stored: list[StoredEntry]
    records: tuple[Retired, ...] = ()

    def verdict(self, anchors: Sequence[tuple[int, str]] = ()) -> LedgerVerdict:
        return verify_chain(self.stored, anchors, self.records)


class Scribe:
    """Appends entries as an office does."""

    def __init__(self) -> None:
        self.stored: list[StoredEntry] = []

    def write(self, stamp: str, subject: str, action: str, facts: dict[str, Any], body: str | None = None) -> int:
        seq = len(self.stored) + 1
        salt = bytes([seq % 256]) * 16 if body else None
        digest = personal_digest(salt, body) if body and salt else None
        prev = self.stored[-1].hash if self.stored else GENESIS
        entry = Entry(seq, stamp, canonical({"name": "审计员"}), subject, action, canonical(facts), digest, prev)
        self.stored.append(StoredEntry(entry, entry_hash(entry), salt, body))
        return seq

    def year(self, year: int, first: int) -> tuple[int, int]:
        """Entries until the year has its number; returns its range."""
        while len(self.stored) < first + PER_YEAR - 1:
            place = len(self.stored) + 1
            self.write(at(year, 2 + place % 20), f"incident:{place}", "note", {"x": place}, f"话{place}" if place % 2 else None)
        return first, len(self.stored)

    def seal(self, year: int, first: int, last: int, **changes: Any) -> Seal:
        digest = YearDigest()
        for item in self.stored[first - 1 : last]:
            digest.add(item.hash)
        until = max(item.entry.at for item in self.stored[first - 1 : last])
        made = Seal(year, first, last, last - first + 1, self.stored[last - 1].hash.hex(), digest.hex, until)
        made = replace(made, **changes)
        self.write(at(year + 1, 1), f"year:{year}", "seal", facts_of_seal(made))
        return made


def sealed() -> Ledger:
    """2021, 2022 and 2023 sealed, and a few entries of 2024."""
    scribe = Scribe()
    first = 1
    for year in (2021, 2022, 2023):
        first, last = scribe.year(year, first)
        scribe.seal(year, first, last)
        first = last + 1
    scribe.year(2024, first)
    return Ledger(scribe.stored)


KEPT = [(1, canonical({"acts": [], "columns": {"state": "closed"}, "entries": 3, "number": "20210602000001"}))]


def taken_out() -> Ledger:
    """The same, with 2021 taken out in 2024."""
    scribe = Scribe()
    scribe.stored = list(sealed().stored)
    entry = next(item.entry for item in scribe.stored if item.entry.action == "seal")
    seal = read_seal(entry.facts)
    assert seal is not None
    record = Retired(
        seal.year, seal.first, seal.last, seal.count, seal.hash, seal.digest, seal.until, entry.seq, "2021.jsonl", "ab" * 32, False,
        len(KEPT), kept_digest(KEPT), "",
    )  # fmt: skip
    record = registered(record, "")
    number = scribe.write(at(2024, 28), "year:2021", "retire", facts_of_record(record))
    scribe.write(at(2024, 29), "office:1", "login", {})
    return Ledger(scribe.stored[seal.last :], (replace(record, entry=number),))


def rechained(stored: list[StoredEntry], start: int) -> list[StoredEntry]:
    """A chain made up anew from a place on, numbers as they stand."""
    out = list(stored[:start])
    prev = out[-1].hash if out else stored[start].entry.prev
    for item in stored[start:]:
        entry = item.entry._replace(prev=prev)
        prev = entry_hash(entry)
        out.append(item._replace(entry=entry, hash=prev))
    return out


def places_of(ledger: Ledger, action: str) -> list[int]:
    return [place for place, item in enumerate(ledger.stored) if item.entry.action == action]


def with_facts(ledger: Ledger, place: int, facts: dict[str, Any], **entry: Any) -> Ledger:
    """An entry with other facts, and everything after it hashed anew."""
    item = ledger.stored[place]
    changed = item._replace(entry=item.entry._replace(facts=canonical(facts), **entry))
    return replace(ledger, stored=rechained([*ledger.stored[:place], changed, *ledger.stored[place + 1 :]], place))


def other(draw: random.Random, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + draw.choice([-3, -1, 1, 2, 10**15])
    if len(value) == 64:
        return draw.randbytes(32).hex()
    return draw.choice(["", "x", value + "x", "2030-01-01T00:00:00.000000Z"])


Forgery = Callable[[random.Random, Ledger], Ledger]
UNCHECKED = {"until", "strays"}
"""What a seal says for people: nothing follows from it until a year is to go, and then it is in the record."""


def change_a_seal(draw: random.Random, ledger: Ledger) -> Ledger:
    place = draw.choice(places_of(ledger, "seal"))
    seal = read_seal(ledger.stored[place].entry.facts)
    assert seal is not None
    facts = facts_of_seal(seal)
    name = draw.choice(sorted(facts.keys() - UNCHECKED))
    return with_facts(ledger, place, {**facts, name: other(draw, facts[name])})


def make_a_seal_unreadable(draw: random.Random, ledger: Ledger) -> Ledger:
    place = draw.choice(places_of(ledger, "seal"))
    return with_facts(ledger, place, draw.choice([{}, {"year": 2021}, {"year": []}]))


def seal_another_subject(draw: random.Random, ledger: Ledger) -> Ledger:
    place = draw.choice(places_of(ledger, "seal"))
    return with_facts(ledger, place, _facts(ledger, place), subject=draw.choice(["office:1", "year:1999", "incident:1"]))


def _facts(ledger: Ledger, place: int) -> dict[str, Any]:
    import json

    return dict(json.loads(ledger.stored[place].entry.facts))


def turn_a_seal_into_something_else(draw: random.Random, ledger: Ledger) -> Ledger:
    """Not the last: its absence is what an office that has not sealed yet looks like."""
    place = draw.choice(places_of(ledger, "seal")[:-1])
    return with_facts(ledger, place, {}, action="note", subject="office:1")


def seal_twice(draw: random.Random, ledger: Ledger) -> Ledger:
    place = draw.choice(places_of(ledger, "seal"))
    later = draw.choice([index for index in range(place + 1, len(ledger.stored)) if ledger.stored[index].entry.action == "note"])
    return with_facts(ledger, later, _facts(ledger, place), action="seal", subject=ledger.stored[place].entry.subject)


def swap_two_seals(draw: random.Random, ledger: Ledger) -> Ledger:
    one, two = sorted(draw.sample(places_of(ledger, "seal"), 2))
    subjects = [ledger.stored[place].entry.subject for place in (one, two)]
    facts = [_facts(ledger, place) for place in (one, two)]
    swapped = with_facts(ledger, one, facts[1], subject=subjects[1])
    return with_facts(swapped, two, facts[0], subject=subjects[0])


def change_an_entry_of_a_sealed_year(draw: random.Random, ledger: Ledger) -> Ledger:
    place = draw.choice(places_of(ledger, "note")[:4])
    return with_facts(ledger, place, {"x": draw.random()})


def change_the_record(draw: random.Random, ledger: Ledger) -> Ledger:
    (record,) = ledger.records
    facts = facts_of_record(record)
    name = draw.choice(sorted(facts))
    changed = replace(record, **{name: other(draw, facts[name])})
    # One who knows the method makes the register anew.
    return replace(ledger, records=(registered(changed, "") if draw.random() < 0.5 else changed,))


def drop_the_record(_draw: random.Random, ledger: Ledger) -> Ledger:
    return replace(ledger, records=())


def point_the_record_elsewhere(draw: random.Random, ledger: Ledger) -> Ledger:
    (record,) = ledger.records
    return replace(ledger, records=(replace(record, entry=record.entry + draw.choice([-2, -1, 1, 5])),))


def change_what_the_entry_says_was_taken_out(draw: random.Random, ledger: Ledger) -> Ledger:
    (place,) = places_of(ledger, "retire")
    facts = _facts(ledger, place)
    name = draw.choice(sorted(facts))
    return with_facts(ledger, place, {**facts, name: other(draw, facts[name])})


def take_it_out_too_early(draw: random.Random, ledger: Ledger) -> Ledger:
    (place,) = places_of(ledger, "retire")
    early = datetime.fromisoformat(ledger.records[0].until) + timedelta(days=draw.randrange(LEAST_DAYS))
    return with_facts(ledger, place, _facts(ledger, place), at=f"{early:%Y-%m-%dT%H:%M:%S}.000000Z")


def say_it_of_another_year(draw: random.Random, ledger: Ledger) -> Ledger:
    (place,) = places_of(ledger, "retire")
    return with_facts(ledger, place, _facts(ledger, place), subject=draw.choice(["year:2022", "office:1"]))


def say_it_twice(_draw: random.Random, ledger: Ledger) -> Ledger:
    (place,) = places_of(ledger, "retire")
    return with_facts(ledger, place + 1, _facts(ledger, place), action="retire", subject="year:2021")


def never_say_it(_draw: random.Random, ledger: Ledger) -> Ledger:
    (place,) = places_of(ledger, "retire")
    return with_facts(ledger, place, {}, action="note", subject="office:1")


def take_more_than_the_year(draw: random.Random, ledger: Ledger) -> Ledger:
    return replace(ledger, stored=ledger.stored[draw.randint(1, 4) :])


def leave_some_of_the_year(draw: random.Random, ledger: Ledger) -> Ledger:
    rest = sealed().stored[:PER_YEAR]
    return replace(ledger, stored=[*rest[-draw.randint(1, PER_YEAR) :], *ledger.stored])


OF_SEALS: tuple[Forgery, ...] = (
    change_a_seal, make_a_seal_unreadable, seal_another_subject, turn_a_seal_into_something_else, seal_twice, swap_two_seals,
    change_an_entry_of_a_sealed_year,
)  # fmt: skip
OF_RECORDS: tuple[Forgery, ...] = (
    change_the_record, drop_the_record, point_the_record_elsewhere, change_what_the_entry_says_was_taken_out, take_it_out_too_early,
    say_it_of_another_year, say_it_twice, never_say_it, take_more_than_the_year, leave_some_of_the_year,
    change_a_seal, make_a_seal_unreadable, seal_another_subject, turn_a_seal_into_something_else, swap_two_seals,
)  # fmt: skip


def forged(seed: int) -> tuple[str, Ledger]:
    draw = random.Random(seed)
    forgery, ledger = (
        (OF_SEALS[seed // 2 % len(OF_SEALS)], sealed()) if seed % 2 else (OF_RECORDS[seed // 2 % len(OF_RECORDS)], taken_out())
    )
    return forgery.__name__, forgery(draw, ledger)


@pytest.mark.parametrize("make", [sealed, taken_out])
def test_an_untouched_ledger_holds(make: Callable[[], Ledger]) -> None:
    ledger = make()
    verdict = ledger.verdict()
    assert (verdict.ok, verdict.sealed, verdict.retired) == (True, (2021, 2022, 2023), PER_YEAR if ledger.records else 0)


@pytest.mark.parametrize("seed", range(500))
def test_every_forgery_is_caught_with_no_paper_at_hand(seed: int) -> None:
    name, ledger = forged(seed)
    assert not ledger.verdict().ok, name


@pytest.mark.parametrize("check", sorted(seals.SEAL_CHECKS))
def test_without_one_of_the_checks_of_seals_a_forgery_goes_through(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "SEAL_CHECKS", {name: test for name, test in seals.SEAL_CHECKS.items() if name != check})
    assert any(forged(seed)[1].verdict().ok for seed in range(1, 2_000, 2)), check


@pytest.mark.parametrize("check", sorted(seals.RETIRE_CHECKS))
def test_without_one_of_the_checks_of_what_left_a_forgery_goes_through(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "RETIRE_CHECKS", {name: test for name, test in seals.RETIRE_CHECKS.items() if name != check})
    assert any(forged(seed)[1].verdict().ok for seed in range(0, 2_000, 2)), check


def test_a_file_is_measured_by_the_record() -> None:
    whole, part = sealed().stored, taken_out()
    with_file = [*whole[:PER_YEAR], *part.stored]
    sound = verify_chain(with_file, (), part.records, given={2021})
    assert (sound.ok, sound.retired, sound.sealed) == (True, 0, (2021, 2022, 2023))
    for place in range(PER_YEAR):
        broken = [*whole[:place], *whole[place + 1 : PER_YEAR], *part.stored]
        assert not verify_chain(broken, (), part.records, given={2021}).ok
    (record,) = part.records
    for wrong in (replace(record, hash="0" * 64), replace(record, digest="0" * 64), replace(record, count=record.count + 1)):
        assert not verify_chain(with_file, (), (wrong,), given={2021}).ok


def test_personal_texts_are_missed_where_they_should_be_and_nowhere_else() -> None:
    whole, part = sealed().stored, taken_out()
    bare = [item._replace(salt=None, body=None) for item in whole[:PER_YEAR]]
    assert verify_chain([*bare, *part.stored], (), part.records, given={2021}).ok
    rest = [item._replace(salt=None, body=None) for item in part.stored]
    verdict = verify_chain([*bare, *rest], (), part.records, given={2021})
    assert (verdict.flaw, verdict.first_broken) == (Flaw.PERSONAL, PER_YEAR + 3), "the first after the year with a text"


def test_the_first_seal_that_does_not_hold_is_named() -> None:
    ledger = sealed()
    first, second, third = places_of(ledger, "seal")
    verdict = with_facts(ledger, second, {**_facts(ledger, second), "digest": "0" * 64}).verdict()
    # The next year holds the seal that was changed, and has other hashes now than its own seal says.
    assert (verdict.first_broken, verdict.flaw, verdict.flaws, verdict.sealed) == (second + 1, Flaw.SEAL, 2, (2021, 2022, 2023))
    assert first < second < third


@pytest.mark.parametrize("facts", ["", "[[", "[" * 100_000, "null", "7", '"x"', "{}", "\udcff", '{"year": 2021}'])
def test_facts_nobody_can_read_are_no_seal_and_no_record(facts: str) -> None:
    assert (read_seal(facts), read_record(facts, 3)) == (None, None)


def test_what_is_read_is_what_was_written() -> None:
    (record,) = taken_out().records
    assert read_record(canonical(facts_of_record(record)), record.entry) == record
    for name, value in (
        ("year", "2021"),
        ("hash", "AB" * 32),
        ("hash", "ab"),
        ("until", "gestern"),
        ("personal", 0),
        ("count", True),
    ):
        assert read_record(canonical({**facts_of_record(record), name: value}), 1) is None, name


# --- where a year ends ------------------------------------------------------------------------------------------

END = "2027-01-01T00:00:00.000000Z"
BEFORE, AFTER = "2026-06-01T00:00:00.000000Z", "2027-06-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("story", "count"),
    [
        ("", 0), ("b", 1), ("a", 0), ("bbbaaa", 3),
        ("babbbaaa", 5),  # one entry dated a year ahead
        ("bbbaaabaa", 3),  # one dated back, months after
        ("abbb", 4), ("ab", 0), ("ba", 1), ("bbaabb", 2), ("bbaabbb", 7),
    ],
)  # fmt: skip
def test_a_year_ends_where_the_fewest_entries_are_on_the_wrong_side(story: str, count: int) -> None:
    assert length_of_year([BEFORE if letter == "b" else AFTER for letter in story], END) == count


def test_a_year_ends_where_a_slow_count_says() -> None:
    draw = random.Random(7)
    for _ in range(300):
        stamps = [draw.choice([BEFORE, AFTER]) for _ in range(draw.randrange(12))]
        wrong = [
            sum(stamp >= END for stamp in stamps[:place]) + sum(stamp < END for stamp in stamps[place:])
            for place in range(len(stamps) + 1)
        ]
        assert length_of_year(stamps, END) == wrong.index(min(wrong))


def test_the_year_to_be_sealed_next_is_the_first_that_is_over_and_has_entries() -> None:
    def find(stamps: Sequence[str], this_year: int) -> tuple[int, int] | None:
        found = next_open_year(stamps, lambda stamp: int(stamp[:4]), lambda year: f"{year}-01-01", this_year)
        return (found.year, found.count) if found else None

    assert find([], 2027) is None
    assert find([BEFORE, AFTER], 2026) is None
    assert find([BEFORE, AFTER], 2027) == (2026, 1)
    assert find([AFTER, AFTER], 2027) is None
    assert find([AFTER, AFTER], 2029) == (2027, 2)
    assert find([AFTER, BEFORE, AFTER, AFTER], 2028) == (2027, 4), "one that was dated back is no year"


def test_nothing_is_kept_for_less_than_the_law_asks_for() -> None:
    until = datetime.fromisoformat(BEFORE)
    assert kept_until(until, 1) == kept_until(until, LEAST_DAYS) == until + timedelta(days=184)
    assert kept_until(until, 1096) == until + timedelta(days=1096)
