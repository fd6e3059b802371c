"""The hash chain of an office's ledger: tamper-evident (可发现篡改), never tamper-proof.

An entry's hash covers its own fields and the hash before it. Free text and personal data enter only as a salted digest, so a
value can be erased by law, salt and all, without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gridconsole.archive.seals import Retired, YearsWatch
from gridconsole.domain.anchors import ANCHOR_LENGTH as ANCHOR_LENGTH
from gridconsole.domain.anchors import AnchorCase
from gridconsole.domain.anchors import printed_anchor as printed_anchor
from gridconsole.domain.anchors import read_anchor as read_anchor
from gridconsole.domain.attest import BASELINE_MARK, RowFlaw
from gridconsole.domain.erasure import read_erasure

GENESIS = bytes(32)
"""What the first entry's ``prev`` holds."""
IMPORT_ORIGIN = "import"
"""The door of entries that a list made and no hand."""
_TAG = b"gridconsole-ledger-1\0"
_PERSONAL_TAG = b"gridconsole-personal-1\0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry, as far as its hash goes."""

    seq: int
    at: str
    """UTC, ``2026-11-23T06:03:00.000000Z``; order is ``seq``, never the time."""
    actor: str
    """Canonical JSON of who acted, on which axis, through which door, by which request."""
    subject: str
    """``incident:2026112300012``, ``post:17``, ``batch:3``, ``office:1``."""
    action: str
    facts: str
    """Canonical JSON without personal data."""
    digest: bytes | None
    """Salted digest of the free text and personal values; None where there are none."""
    prev: bytes


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(facts: Mapping[str, object]) -> str:
    """The one JSON text of some facts: sorted keys, no spaces, characters as they are."""
    return _encode(facts)


def personal_digest(salt: bytes, body: str) -> bytes:
    """Commitment to a personal text; worthless for guessing once the salt is gone."""
    return hashlib.sha256(_PERSONAL_TAG + salt + _bytes_of(body)).digest()


def entry_hash(entry: Entry) -> bytes:
    """SHA-256 over length-prefixed fields, so no two entries can run into the same bytes."""
    parts = [_TAG]
    for value in (str(entry.seq), entry.at, entry.actor, entry.subject, entry.action, entry.facts, entry.digest, entry.prev):
        if value is None:
            parts.append(b"\0")
            continue
        raw = value if isinstance(value, bytes) else _bytes_of(value)
        parts.append(b"\1" + len(raw).to_bytes(4, "big") + raw)
    return hashlib.sha256(b"".join(parts)).digest()


def _bytes_of(text: str) -> bytes:
    # A forger can put bytes into the file that are no UTF-8: they are read as surrogates, and must be found, not stumbled over.
    return text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as found in the database, with what the chain is checked against."""

    entry: Entry
    hash: bytes
    salt: bytes | None
    body: str | None
    """The personal text; None where none was written or it was erased."""


ERASE = "erase"
"""Action of the entry that names, under ``entries``, the numbers of those whose personal text was erased by law."""


class Flaw(StrEnum):
    """Kinds of damage that verification finds."""

    NUMBER = "number"
    """An entry is missing, or stands there twice."""
    LINK = "link"
    """An entry does not follow the one before it."""
    HASH = "hash"
    """An entry was changed."""
    PERSONAL = "personal"
    """A personal text was changed, or taken away without an entry that says so."""
    ANCHOR = "anchor"
    """An entry is not the one that was printed."""
    CASE = "case"
    """A case is not what its entries make of it."""
    SEAL = "seal"
    """A year is sealed out of turn, twice, or with what is not its entries."""
    RETIRED = "retired"
    """A year is not there, and what is on record of it does not hold."""
    FILE = "file"
    """The file of a year that was taken out is not the one that was written then."""
    ERASE = "erase"
    """An entry about an erasure does not cover what is missing."""
    ROW = "row"
    """A setting, role, rule, day, text or acknowledgement is not as the entries attest it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a verification."""

    ok: bool
    entries: int
    head: str
    """Hash of the last entry before the first flaw, hexadecimal; empty if there is none."""
    first_broken: int | None
    """Number of the first entry that does not hold; None if all do, or if it is a case that does not."""
    flaw: Flaw | None = None
    """What is wrong there."""
    at: str = ""
    """When that entry says it was made, UTC."""
    flaws: int = 0
    """How much is wrong altogether."""
    erased: int = 0
    """Personal texts that were erased, each named by an entry."""
    case: str = ""
    """Number of the first case that is not what its entries make of it."""
    column: str = ""
    """What differs in it."""
    case_at: str = ""
    """When its last entry says it was made, UTC."""
    sealed: tuple[int, ...] = ()
    """Years whose seals were looked at."""
    retired: int = 0
    """Entries that were taken out, and are not given to be looked at."""
    unjudged: int = 0
    """Printed anchors of such entries, of which nothing can be said without their files."""
    file: str = ""
    """The first file that is not the one that was written."""
    idle: tuple[str, ...] = ()
    """Files of years that are still in the ledger: nothing is to be looked up in them."""
    row: str = ""
    """Key of the first row that is not as attested, such as ``operator_role:3``."""
    row_flaw: RowFlaw | None = None
    label: str = ""
    """What people call that row."""
    attested_by: int = 0
    """Number of the entry that attested it last; 0 if none did."""
    attests: bool = False
    """Whether the chain attests rows: one of an earlier program does not until the next act."""
    anchor: AnchorCase | None = None
    """Why the first anchor that does not fit does not."""
    restored_at: str = ""
    """When a backup took the place of the file that anchor was of, UTC as stored."""
    last: int = 0
    """Number of the last entry."""
    last_at: str = ""
    """When it says it was made, UTC as stored."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Position of a flaw."""

    seq: int
    flaw: Flaw
    at: str
    before: int
    """How many entries stand before it."""
    head: str
    """Hash of the last of those."""


@dataclass(frozen=True, slots=True)
class _Step:
    """An entry, and what it must fit."""

    item: StoredEntry
    number: int
    previous: bytes
    anchors: tuple[str, ...]


def _number_fits(step: _Step) -> bool:
    return step.item.entry.seq == step.number


def _link_fits(step: _Step) -> bool:
    return step.item.entry.prev == step.previous


def _hash_fits(step: _Step) -> bool:
    return entry_hash(step.item.entry) == step.item.hash


def _personal_fits(step: _Step) -> bool:
    item = step.item
    if item.body is None:
        # Erased, salt and all: whether it was to be is known at the end.
        return item.salt is None
    return item.salt is not None and item.entry.digest == personal_digest(item.salt, item.body)


def _anchor_fits(step: _Step) -> bool:
    return all(step.item.hash.hex().startswith(anchor) for anchor in step.anchors)


_CHECKS: Mapping[Flaw, Callable[[_Step], bool]] = {
    Flaw.NUMBER: _number_fits,
    Flaw.LINK: _link_fits,
    Flaw.HASH: _hash_fits,
    Flaw.PERSONAL: _personal_fits,
    Flaw.ANCHOR: _anchor_fits,
}


def verify_chain(
    stored: Iterable[StoredEntry], anchors: Iterable[tuple[int, str]] = (), records: Sequence[Retired] = (),
    given: Collection[int] = (),
) -> Verdict:  # fmt: skip
    """Walk a chain in order: no gap but years on record, every link, every hash, every personal text against its digest, every
    printed anchor, every seal.

    Args:
        anchors: number of an entry and the beginning of its hash (hexadecimal, lower case), as they were printed.
        records: of the years that were taken out, oldest first.
        given: those of them whose entries are among the stored ones nevertheless, from their files.
    """
    years = YearsWatch(records, given)
    wanted: dict[int, tuple[str, ...]] = {}
    for seq, digits in anchors:
        wanted[seq] = (*wanted.get(seq, ()), digits)
    count, previous, number = 0, GENESIS, 1
    first: _Place | None = None
    flaws = erased = 0
    attests, last_at = False, ""
    # Taken away and not yet named by an entry: only at the end is it known that nobody did.
    unsaid: dict[int, _Place] = {}
    for item in stored:
        entry = item.entry
        while (gone := years.gap_at(number)) is not None:
            previous, number = bytes.fromhex(gone.hash), gone.last + 1
        head = previous.hex() if count else ""
        step = _Step(item, number, previous, wanted.pop(entry.seq, ()))
        found = next((flaw for flaw, check in _CHECKS.items() if not check(step)), None)
        astray = years.holds(entry.seq, item.hash, entry.subject, entry.action, entry.facts, entry.at)
        if found is None and astray:
            found = Flaw(astray)
        if found is not None:
            flaws += 1
            # A gap is where the missing entry should stand.
            first = first or _Place(min(entry.seq, number) if found is Flaw.NUMBER else entry.seq, found, entry.at, count, head)
        elif item.body is None and entry.digest is not None and entry.seq > years.retired_to:
            unsaid[entry.seq] = _Place(entry.seq, Flaw.PERSONAL, entry.at, count, head)
        attests = attests or BASELINE_MARK in entry.facts
        if entry.action == ERASE:
            said = read_erasure(entry.facts)
            # Entries of earlier programs do not count what they cover.
            if attests and found is None and not said.fits(unsaid.keys(), years.retired_to):
                flaws, first = flaws + 1, first or _Place(entry.seq, Flaw.ERASE, entry.at, count, head)
            erased += sum(unsaid.pop(seq, None) is not None for seq in said.entries)
        # What follows is judged by what stands there, so that one flaw is not told as many.
        previous, number, count, last_at = item.hash, entry.seq + 1, count + 1, entry.at
    head = previous.hex() if count else ""
    judged = {seq: years.judge(seq, digits) for seq, digits in wanted.items()}
    places = [
        *unsaid.values(),
        *(
            _Place(seq, Flaw.ANCHOR, "", *((0, "") if years.is_gone(seq) else (count, head)))
            for seq in sorted(wanted) if judged[seq] is False
        ),
        *(_Place(seq, Flaw.RETIRED, "", count, head) for seq in years.missing()),
    ]  # fmt: skip
    first = min((place for place in (first, *places) if place is not None), key=lambda place: place.before, default=None)
    common = Verdict(
        True, count, head, None, erased=erased, sealed=tuple(years.sealed), retired=years.skipped,
        unjudged=sum(verdict is None for verdict in judged.values()), last=number - 1, last_at=last_at,
    )  # fmt: skip
    if first is None:
        return common
    return replace(
        common, ok=False, entries=first.before, head=first.head, first_broken=first.seq, flaw=first.flaw, at=first.at,
        flaws=flaws + len(places),
    )  # fmt: skip
