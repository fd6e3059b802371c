"""Five hundred forgeries of a ledger and its cases, none of which goes through; and each check is needed for one of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from casebook import Story

from gridconsole.domain import chain as chains
from gridconsole.domain.actions import Action
from gridconsole.domain.anchors import printed_anchor, read_anchor
from gridconsole.domain.case import projection
from gridconsole.domain.chain import Flaw, verify_chain
from gridconsole.domain.ledger import ERASE, GENESIS, Entry, StoredEntry, canonical, entry_hash, personal_digest
from gridconsole.domain.replay import BLANK, REST, CaseRow, Replayed, mismatches, rest_digest
from gridconsole.domain.states import Role, State

StaffedOffice = tuple[list[StoredEntry], list[CaseRow]]


def key_of(entry: Entry) -> int:
    return int(entry.subject.partition(":")[2] or 0)


def number_of(key: int) -> str:
    return f"20261123000{key:02d}"


def reported() -> list[tuple[int, str, dict[str, Any]]]:
    """What an office and its three cases went through: key of the case (0: the office itself), action, facts."""
    found: list[tuple[int, str, dict[str, Any]]] = [(0, "init", {"name": "X区"}), (0, "import", {"read": 3})]
    for key, state in ((1, State.CLOSED), (2, State.HANDLING), (3, State.TO_CHECK)):
        story = Story()
        found.append((key, "report", {**story.last.facts, "number": number_of(key)}))
        for action in {
            State.CLOSED: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.FEEDBACK, Action.CHECK, Action.CLOSE),
            State.HANDLING: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.EXTEND, Action.FIRST_OPINION, Action.GRANT),
            State.TO_CHECK: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.REDISPATCH, Action.FEEDBACK),
        }[state]:
            story.act(action, Role.SHIFT_LEADER if action is Action.GRANT else None)
            found.append((key, action.value, dict(story.last.facts)))
        CASES[key] = projection(story.case)
    return [
        (key, action, {**facts, REST: rest_of(key, step)} if key else facts) for step, (key, action, facts) in enumerate(found)
    ]


def rest_of(key: int, step: int) -> str:
    """Digest of what else the file keeps of a case after a step."""
    return rest_digest(f"{key}|{step}")


def texts_of(key: int) -> dict[str, str]:
    """What was reported."""
    return {
        "text": f"井盖破损{key}\n求修",
        "summary": f"井盖破损{key}",
        "address": "幸福路[b栋]①号",
        "reporter": "𠮷田",
        "phone": "13812345678",
    }


CASES: dict[int, dict[str, Any]] = {}
STEPS = reported()


def sound() -> StaffedOffice:
    """An office whose ledger holds; every other entry has a personal text."""
    stored: list[StoredEntry] = []
    prev = GENESIS
    for seq, (key, action, facts) in enumerate(STEPS, 1):
        body = canonical({"note": f"幸福路[b栋]①号𠮷田 {seq}"}) if seq % 2 else None
        if action == "report":
            body = canonical({name: text for name, text in texts_of(key).items() if name != "summary"})
        salt = bytes([seq]) * 16 if body else None
        digest = personal_digest(salt, body) if body and salt else None
        actor = canonical({"name": "派遣员", "id": key})
        entry = Entry(
            seq,
            f"2026-11-23T06:{seq:02d}:00.000000Z",
            actor,
            f"incident:{key}" if key else "office:1",
            action,
            canonical(facts),
            digest,
            prev,
        )
        prev = entry_hash(entry)
        stored.append(StoredEntry(entry, prev, salt, body))
    rows = [
        CaseRow(key, number_of(key), len(steps), columns, rest_of(key, steps[-1]), texts_of(key))
        for key, columns in CASES.items()
        if (steps := [step for step, (about, *_) in enumerate(STEPS) if about == key])
    ]
    return stored, rows


HEAD = [(len(STEPS), sound()[0][-1].hash.hex())]
"""The printed anchor of the newest entry: without it an end made up anew could not be told."""


def is_caught(office: StaffedOffice, anchors: Sequence[tuple[int, str]] | None = None) -> bool:
    """Whether anything is found to be wrong, by default with the newest entry's hash on paper."""
    stored, rows = office
    reported_now = sorted(
        (item for item in stored if item.entry.subject.startswith("incident:")),
        key=lambda item: (key_of(item.entry), item.entry.seq),
    )
    said = (
        Replayed(key_of(item.entry), item.entry.at, item.entry.facts, item.body if item.entry.action == "report" else None)
        for item in reported_now
    )
    broken = next(mismatches(rows, said), None)
    return not verify_chain(stored, HEAD if anchors is None else anchors).ok or broken is not None


def rechained(stored: list[StoredEntry], start: int, *, renumber: bool = True) -> list[StoredEntry]:
    """A chain made up anew from a place on, as somebody who knows the method could."""
    out = stored[:start]
    prev = out[-1].hash if out else GENESIS
    for offset, item in enumerate(stored[start:], start + 1):
        entry = item.entry._replace(prev=prev, seq=offset if renumber else item.entry.seq)
        prev = entry_hash(entry)
        out.append(item._replace(entry=entry, hash=prev))
    return out


Forgery = Callable[[random.Random, StaffedOffice], StaffedOffice]


def change_a_field(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(stored))
    name = draw.choice(["at", "actor", "subject", "action", "facts", "digest", "prev", "seq"])
    values: dict[str, Any] = {
        "at": "2026-11-22T00:00:00.000000Z", "actor": "{}", "subject": f"incident:{draw.randint(4, 9)}", "action": "void",
        "facts": canonical({"state": "voided", "x": draw.random()}), "digest": draw.randbytes(32), "prev": draw.randbytes(32),
        "seq": stored[at].entry.seq + draw.choice([-1, 1, 7]),
    }  # fmt: skip
    entry = stored[at].entry._replace(**{name: values[name]})
    rehashed = entry_hash(entry) if draw.random() < 0.5 else stored[at].hash
    return [*stored[:at], stored[at]._replace(entry=entry, hash=rehashed), *stored[at + 1 :]], rows


def change_and_rechain(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(stored))
    entry = stored[at].entry._replace(at="2026-11-22T00:00:00.000000Z")
    return rechained([*stored[:at], stored[at]._replace(entry=entry), *stored[at + 1 :]], at), rows


def change_a_hash(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(stored))
    return [*stored[:at], stored[at]._replace(hash=draw.randbytes(32)), *stored[at + 1 :]], rows


def leave_one_out(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(stored))
    shorter = [*stored[:at], *stored[at + 1 :]]
    return (rechained(shorter, at, renumber=draw.random() < 0.5) if draw.random() < 0.5 else shorter), rows


def cut_the_end(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    return stored[: draw.randrange(len(stored))], rows


def put_one_twice(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(stored))
    longer = [*stored[: at + 1], *stored[at:]]
    return (rechained(longer, at + 1) if draw.random() < 0.5 else longer), rows


def swap_two(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = list(office[0]), office[1]
    one, other = draw.sample(range(len(stored)), 2)
    stored[one], stored[other] = stored[other], stored[one]
    return stored, rows


def rewrite_a_personal_text(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.choice([index for index, item in enumerate(stored) if item.body])
    change = draw.choice(
        [{"body": "别的话"}, {"salt": draw.randbytes(16)}, {"body": None, "salt": None}, {"salt": None}, {"body": None}]
    )
    return [*stored[:at], stored[at]._replace(**change), *stored[at + 1 :]], rows


def put_a_personal_text_where_there_was_none(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.choice([index for index, item in enumerate(stored) if not item.body])
    return [*stored[:at], stored[at]._replace(body="添的话", salt=draw.randbytes(16)), *stored[at + 1 :]], rows


def change_a_case(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    name = draw.choice(list(BLANK))
    value = rows[at].columns[name]
    other: Any = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    return stored, [*rows[:at], replace(rows[at], columns={**rows[at].columns, name: other}), *rows[at + 1 :]]


def change_what_stands_beside_a_case(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    return stored, [*rows[:at], replace(rows[at], rest=draw.choice(["", draw.randbytes(16).hex()])), *rows[at + 1 :]]


def rewrite_what_was_reported(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    name = draw.choice(list(rows[at].texts))
    text = draw.choice(["", "别的话", f"{rows[at].texts[name]} "])
    return stored, [*rows[:at], replace(rows[at], texts={**rows[at].texts, name: text}), *rows[at + 1 :]]


def move_a_case_on(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    return stored, [*rows[:at], replace(rows[at], version=rows[at].version + draw.choice([-1, 1])), *rows[at + 1 :]]


def renumber_a_case(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    return stored, [*rows[:at], replace(rows[at], number=f"{20261123 * 100_000 + draw.randint(10, 99_999)}"), *rows[at + 1 :]]


def take_a_case_away(draw: random.Random, office: StaffedOffice) -> StaffedOffice:
    stored, rows = office
    at = draw.randrange(len(rows))
    return stored, [*rows[:at], *rows[at + 1 :]]


FORGERIES: tuple[Forgery, ...] = (
    change_a_field, change_and_rechain, change_a_hash, leave_one_out, cut_the_end, put_one_twice, swap_two, rewrite_a_personal_text,
    put_a_personal_text_where_there_was_none, change_a_case, change_what_stands_beside_a_case, rewrite_what_was_reported,
    move_a_case_on, renumber_a_case, take_a_case_away,
)  # fmt: skip


def forged(seed: int) -> tuple[str, StaffedOffice]:
    draw = random.Random(seed)
    forgery = FORGERIES[seed % len(FORGERIES)]
    return forgery.__name__, forgery(draw, sound())


def test_an_untouched_office_holds() -> None:
    assert not is_caught(sound())


@pytest.mark.parametrize("seed", range(500))
def test_every_forgery_is_caught(seed: int) -> None:
    name, office = forged(seed)
    assert is_caught(office), name


@pytest.mark.parametrize("flaw", [Flaw.LINK, Flaw.HASH, Flaw.PERSONAL, Flaw.ANCHOR])
def test_a_verifier_without_one_of_its_checks_lets_a_forgery_through(flaw: Flaw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_CHECKS", {kind: check for kind, check in chains._CHECKS.items() if kind is not flaw})
    assert any(not is_caught(forged(seed)[1]) for seed in range(2_000)), flaw


def test_only_the_numbers_say_that_an_entry_about_no_case_was_left_out_and_the_ranks_were_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored, rows = sound()
    office = rechained([stored[0], *stored[2:]], 1, renumber=False), rows
    assert is_caught(office, [])
    monkeypatch.setattr(chains, "_CHECKS", {kind: check for kind, check in chains._CHECKS.items() if kind is not Flaw.NUMBER})
    assert not is_caught(office, [])


def test_without_a_look_at_the_cases_a_forgery_goes_through() -> None:
    assert any(verify_chain(forged(seed)[1][0], HEAD).ok for seed in range(500))


def test_two_papers_on_one_entry_must_both_fit() -> None:
    (number, digits), (stored, _) = HEAD[0], sound()
    for papers in ([(number, "0" * 16), (number, digits)], [(number, digits), (number, "0" * 16)]):
        assert verify_chain(stored, papers).flaw is Flaw.ANCHOR
    assert verify_chain(stored, [(number, digits[:16]), (number, digits)]).ok


def test_a_text_taken_away_without_a_word_is_the_first_flaw_when_it_stands_before_another() -> None:
    stored, _ = sound()
    stored[2] = stored[2]._replace(salt=None, body=None)
    stored[6] = stored[6]._replace(hash=bytes(32))
    verdict = verify_chain(stored)
    assert (verdict.first_broken, verdict.flaw, verdict.at) == (3, Flaw.PERSONAL, stored[2].entry.at)
    assert (verdict.entries, verdict.head) == (2, stored[1].hash.hex())
    assert verdict.flaws == 3, "the text, the hash, and the link to it"


def test_an_entry_excuses_only_what_was_erased_before_it() -> None:
    stored, _ = sound()
    facts = canonical({"entries": [1, 2, 5]})
    stored[3] = stored[3]._replace(entry=stored[3].entry._replace(action=ERASE, facts=facts))
    stored = [item._replace(salt=None, body=None) if item.entry.seq in (1, 5) else item for item in rechained(stored, 3)]
    verdict = verify_chain(stored)
    assert (verdict.first_broken, verdict.flaw, verdict.erased) == (5, Flaw.PERSONAL, 1)


@pytest.mark.parametrize("facts", ["", "[[", "[" * 100_000, "null", "7", '"x"', '{"number":[]}', "\udcff"])
def test_facts_nobody_can_read_are_named_and_stop_nothing(facts: str) -> None:
    stored, rows = sound()
    reported_now = [Replayed(1, "2026-11-23T06:00:00.000000Z", facts)]
    found = list(mismatches([replace(row, version=1) for row in rows[:1]], reported_now))
    assert [(item.number, item.at) for item in found] == [(rows[0].number, reported_now[0].at)]
    stored[4] = stored[4]._replace(entry=stored[4].entry._replace(action=ERASE, facts=facts))
    assert verify_chain(stored).first_broken == 5


def test_a_printed_anchor_is_read_however_it_is_keyed_in() -> None:
    printed = printed_anchor(263789, "492fb5226682140d77aa0123456789ab" + "0" * 32)
    wide = printed.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    for text in (printed, printed.upper(), printed.replace("-", " "), printed.replace("-", ""), printed.replace("-", "–"), wide,
                 printed.replace(" ", "："), printed[1:].replace(" ", ":"), f"  {printed}…", f"# {printed[1:]}"):  # fmt: skip
        assert read_anchor(text) == (263789, "492fb5226682140d77aa0123456789ab"), text
