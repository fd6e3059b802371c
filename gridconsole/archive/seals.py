"""Years of the ledger: sealing a year (封存), and archiving the entries of a sealed year outside the database (移出).

A seal is an entry that commits to the numbers, the last hash and every hash of a year that is over. The entries of a year are a
range of numbers, never a set of dates: a wrong machine clock puts dates out of order, but never numbers.

Archiving always removes the beginning of the chain: the oldest sealed year that is still in the database. The chain then continues
from one hash, that of the last archived entry. It is stored in three places: in the seal, in the entry about the archiving, and as
``prev`` of the first entry that is left. Three things remain of an archived year:

* its record, equal to the facts of the entry about the archiving. Each record's ``register`` covers the record before it, because
  that entry is itself archived one day: so the newest entry covers all records;
* for each case with entries in the range, the state they result in (:class:`gridconsole.domain.replay.Kept`), from which the case
  is replayed when it is changed again. Also the operators who acted on it, which the dual axis needs permanently. The record holds a
  digest of both;
* the file, whose SHA-256 is in the record, and with which the whole chain can be verified again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

SUBJECT = "year"
"""Subject kind of both entries; the subject's key is the year."""
SEAL = "seal"
"""Action of the entry that seals a year."""
RETIRE = "retire"
"""Action of the entry that records the archiving of a year."""
LEAST_DAYS = 184
"""Legal minimum of days a ledger is kept: the six months of the Cybersecurity Law, which are 184 days at most."""
USUAL_DAYS = 1096
"""Days it is kept by default: three years, as long as impact records must be (PIPL 56)."""
_HASH = 32
_TAG = b"gridconsole-year-1\0"
_REGISTER_TAG = b"gridconsole-retired-1\0"
_KEPT_TAG = b"gridconsole-kept-1\0"


@dataclass(frozen=True, slots=True)
class Seal:
    """Content of the entry that seals a year."""

    year: int
    first: int
    """Number of its first entry; ``last`` is that of its last entry."""
    last: int
    count: int
    hash: str
    """Hash of the last entry, hexadecimal."""
    digest: str
    """Digest over the hashes of all its entries, in order, hexadecimal."""
    until: str
    """Latest date among the entries that is not after the seal, UTC as stored; the period for keeping them starts then."""
    strays: int = 0
    """Number of entries dated in another year, because the machine's clock was wrong."""


@dataclass(frozen=True, slots=True)
class Retired:
    """The record of an archived year."""

    year: int
    first: int
    last: int
    count: int
    hash: str
    digest: str
    until: str
    """All fields up to here have the same meaning as in :class:`Seal`."""
    seal: int
    """Number of the seal's entry."""
    file: str
    """Name of the file with the archived entries, without its folder."""
    sha256: str
    """Hash of that file, hexadecimal."""
    personal: bool
    """True if the file holds the personal texts, False if it holds only their digests."""
    cases: int
    """Number of cases whose state is kept."""
    kept: str
    """Digest of these, hexadecimal."""
    register: str
    """Digest of this record and all earlier ones, hexadecimal."""
    entry: int = 0
    """Number of the entry about the archiving; not part of its facts."""


def facts_of_seal(seal: Seal) -> dict[str, object]:
    """Return the facts of the entry for a seal."""
    return asdict(seal)


def facts_of_record(record: Retired) -> dict[str, object]:
    """Return the facts of the entry for a record."""
    return {name: value for name, value in asdict(record).items() if name != "entry"}


def registered(record: Retired, before: str) -> Retired:
    """Return a record with its ``register`` computed.

    Args:
        before: register of the record before it; empty for the first.
    """
    text = json.dumps({**facts_of_record(record), "register": before}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(_REGISTER_TAG + text.encode("utf-8", "surrogateescape")).hexdigest()
    return replace(record, register=digest)


_TEXTS = frozenset({"hash", "digest", "until", "file", "sha256", "kept", "register"})
_HEX = ("hash", "digest", "sha256", "kept", "register")


def read_seal(facts: str) -> Seal | None:
    """Read a seal from the facts of its entry; None if they are not a valid seal."""
    said = _read(facts, Seal.__dataclass_fields__.keys())
    return Seal(**said) if said is not None else None  # type: ignore[arg-type]


def read_record(facts: str, entry: int) -> Retired | None:
    """Read a record from the facts and the number of its entry; None if they are not a valid record."""
    said = _read(facts, Retired.__dataclass_fields__.keys() - {"entry"})
    return Retired(**said, entry=entry) if said is not None else None  # type: ignore[arg-type]


def _read(facts: str, names: Collection[str]) -> dict[str, object] | None:
    try:
        said = json.loads(facts)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.keys() != set(names):
        return None
    fits = all(type(value) is (str if name in _TEXTS else bool if name == "personal" else int) for name, value in said.items())
    return said if fits and _is_time(said["until"]) and all(_is_hash(said[name]) for name in _HEX if name in said) else None


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_hash(text: str) -> bool:
    return len(text) == 2 * _HASH and all(char in "0123456789abcdef" for char in text)


class YearDigest:
    """Digest over the hashes of a year, computed step by step."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256(_TAG)

    def add(self, hashes: bytes) -> None:
        """Add the next hashes, concatenated."""
        self._sum.update(hashes)

    @property
    def hex(self) -> str:
        """Return the digest, hexadecimal."""
        return self._sum.hexdigest()


def kept_digest(kept: Iterable[tuple[int, str]]) -> str:
    """Return the digest of the kept case states, hexadecimal; the pairs must be ordered by key of the case."""
    total = hashlib.sha256(_KEPT_TAG)
    for case, facts in kept:
        raw = facts.encode("utf-8", "surrogateescape")
        total.update(f"{case}:{len(raw)}:".encode() + raw)
    return total.hexdigest()


# --- entries that belong to a year ------------------------------------------------------------------------------


def length_of_year(stamps: Sequence[str], end: str) -> int:
    """Return how many entries, in the order of their numbers, belong to the year before ``end``.

    The border is where the fewest entries are on the wrong side; of several such places the first one. If the clock was always
    right, this is after the last entry dated before ``end``. A single entry dated years ahead does not end the year early. A
    single entry dated back, months later, does not pull half of the next year in.

    Args:
        stamps: time of each entry, UTC as stored.
        end: first instant of the new year, UTC as stored.
    """
    # Number wrong if the year ends after n entries: late ones among these n, and early ones after them.
    early = sum(at < end for at in stamps)
    wrong = list(accumulate((1 if at >= end else -1 for at in stamps), initial=early))
    return wrong.index(min(wrong))


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year that is over and not sealed yet."""

    year: int
    count: int
    """Number of its entries."""


def next_open_year(
    stamps: Sequence[str], year_of: Callable[[str], int], start_of: Callable[[int], str], this_year: int
) -> OpenYear | None:  # fmt: skip
    """Return the year to seal next; None if no unsealed year is over. A year without entries is skipped.

    Args:
        stamps: times of the entries after the last seal, in the order of their numbers, UTC as stored.
        year_of: function that gives the office's year of such an instant.
        start_of: function that gives the first instant of an office's year, in the same form.
        this_year: the year that is not over.
    """
    for year in sorted(year for year in set(map(year_of, stamps)) if year < this_year):
        if count := length_of_year(stamps, start_of(year + 1)):
            return OpenYear(year, count)
    return None


def kept_until(until: datetime, days: int) -> datetime:
    """Return the time until which an entry must be kept: the given days after it, and at least the legal minimum."""
    return until + timedelta(days=max(days, LEAST_DAYS))


# --- verifying the chain ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A seal as its entry states it, with the values found in the chain."""

    seal: Seal
    subject: str
    number: int
    """Number of its entry."""
    year: int
    """Year sealed before; 0 if none was."""
    sealed_to: int
    """Last entry number sealed before."""
    hashes: bytes
    """Hashes found in its range, concatenated."""


def _year_fits(claim: Claim) -> bool:
    return claim.seal.year > claim.year and claim.subject == f"{SUBJECT}:{claim.seal.year}"


def _range_fits(claim: Claim) -> bool:
    return claim.seal.first == claim.sealed_to + 1 and claim.seal.first <= claim.seal.last < claim.number


def _count_fits(claim: Claim) -> bool:
    return claim.seal.count == len(claim.hashes) // _HASH


def _hash_fits(claim: Claim) -> bool:
    return claim.hashes[-_HASH:].hex() == claim.seal.hash


def _digest_fits(claim: Claim) -> bool:
    digest = YearDigest()
    digest.add(claim.hashes)
    return digest.hex == claim.seal.digest


SEAL_CHECKS: Mapping[str, Callable[[Claim], bool]] = {
    "year": _year_fits, "range": _range_fits, "count": _count_fits, "hash": _hash_fits, "digest": _digest_fits,
}  # fmt: skip
"""Checks for every seal."""
_FOUND_CHECKS = (_count_fits, _hash_fits, _digest_fits)
"""Checks for an archived year whose entries are given."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry about the archiving of a year, with the record of it."""

    record: Retired | None
    subject: str
    facts: str
    at: str
    """Time of the entry, UTC as stored."""


def _is_on_record(taken: Taken) -> bool:
    return taken.record is not None and read_record(taken.facts, taken.record.entry) == taken.record


def _names_its_year(taken: Taken) -> bool:
    return taken.record is not None and taken.subject == f"{SUBJECT}:{taken.record.year}"


def _was_old_enough(taken: Taken) -> bool:
    try:
        at, until = (datetime.fromisoformat(text) for text in (taken.at, taken.record.until if taken.record else ""))
        return at >= kept_until(until, LEAST_DAYS)
    except (ValueError, TypeError, OverflowError):
        return False


RETIRE_CHECKS: Mapping[str, Callable[[Taken], bool]] = {
    "record": _is_on_record, "subject": _names_its_year, "age": _was_old_enough,
}  # fmt: skip
"""Checks for every entry about the archiving of a year."""


def _in_line(records: Sequence[Retired]) -> set[int]:
    """Return the entry numbers of records that do not continue the record before, in range, year or register."""
    broken, last, year, register = set(), 0, 0, ""
    for record in records:
        follows = record.first == last + 1 and record.year > year and record.count == record.last - record.first + 1
        if not follows or registered(record, register) != record:
            broken.add(record.entry)
        last, year, register = record.last, record.year, record.register
    return broken


class YearsWatch:
    """Checks the seals and records of years along the chain: it gets every entry and reports each that is wrong.

    A year with a record, and its seal, are checked against the record. If its entries are given, the record is checked against them.
    """

    def __init__(self, records: Sequence[Retired] = (), given: Collection[int] = ()) -> None:
        """Args:
        records: records of the archived years, oldest first.
        given: those of these years whose entries are walked nevertheless, read from their files.
        """
        self._records = tuple(records)
        self._gone = {record.first: record for record in records if record.year not in given}
        self._given = {record.last: record for record in records if record.year in given}
        self._unsaid = {record.entry: record for record in records}
        self._broken = _in_line(records)
        self._year = 0
        self._sealed_to = 0
        self._hashes = bytearray()
        self._start = 1
        self.sealed: list[int] = []
        """Years whose seals were met, or that have a record."""
        self.skipped = 0
        """Number of entries that are archived and not given."""

    @property
    def retired_to(self) -> int:
        """Return the last archived entry number; 0 if there is none."""
        return self._records[-1].last if self._records else 0

    def is_gone(self, number: int) -> bool:
        """Return whether an entry is archived and not given."""
        return any(record.first <= number <= record.last for record in self._gone.values())

    def judge(self, number: int, digits: Collection[str]) -> bool | None:
        """Return whether an entry that was not met matches the digits printed of it; None if only its file can show that."""
        gone = next((record for record in self._gone.values() if record.first <= number <= record.last), None)
        if gone is None:
            return False
        return all(gone.hash.startswith(anchor) for anchor in digits) if number == gone.last else None

    def gap_at(self, number: int) -> Retired | None:
        """Return the record of an archived year that begins at a number and is not given; the walk continues from its last hash."""
        gap = self._gone.get(number)
        if gap is None or gap.last < number:
            return None
        self.skipped += gap.last - gap.first + 1
        self._forget_to(gap.last)
        for record in self._records:
            # Its seal is archived too: the record replaces it.
            if gap.first <= record.seal <= gap.last:
                self._close(record.year, record.last)
        return gap

    def holds(self, number: int, digest: bytes, subject: str, action: str, facts: str, at: str) -> str:
        """Check the next entry; return ``seal`` or ``retired`` if it is a wrong entry of that kind, otherwise an empty text."""
        self._hashes += digest[:_HASH].ljust(_HASH, b"\0")
        record = self._given.get(number)
        if record is not None:
            fits = all(check(self._claim(seal_of(record), "", number)) for check in _FOUND_CHECKS)
            self._forget_to(number)
            if not fits:
                return "retired"
        if action == SEAL:
            return "" if self._seal(number, subject, facts) else "seal"
        if action == RETIRE:
            record = self._unsaid.pop(number, None)
            taken = Taken(record, subject, facts, at)
            return "" if all(check(taken) for check in RETIRE_CHECKS.values()) and number not in self._broken else "retired"
        return ""

    def missing(self) -> list[int]:
        """Return, at the end, the numbers of archiving entries that were not met or whose records do not continue each other."""
        return sorted(number for number in self._unsaid if not self.is_gone(number) or number in self._broken)

    def _seal(self, number: int, subject: str, facts: str) -> bool:
        seal = read_seal(facts)
        if seal is None:
            return False
        record = next((record for record in self._records if record.first == seal.first), None)
        claim = self._claim(seal, subject, number)
        if record is None:
            fits = all(check(claim) for check in SEAL_CHECKS.values())
        else:
            repeated = replace(seal, strays=0) == seal_of(record) and record.seal == number
            fits = repeated and _year_fits(claim) and _range_fits(claim)
        if self._sealed_to < seal.last < number and seal.year > self._year:
            # The next entry is checked against this seal as stored, so that one flaw is not counted several times.
            self._close(seal.year, seal.last)
        return fits

    def _claim(self, seal: Seal, subject: str, number: int) -> Claim:
        start, end = (max(at - self._start, 0) * _HASH for at in (seal.first, seal.last + 1))
        return Claim(
            seal=seal,
            subject=subject,
            number=number,
            year=self._year,
            sealed_to=self._sealed_to,
            hashes=bytes(self._hashes[start:end]),
        )

    def _close(self, year: int, last: int) -> None:
        self.sealed.append(year)
        self._year, self._sealed_to = year, last
        self._forget_to(last)

    def _forget_to(self, last: int) -> None:
        """Drop the hashes of a range that was checked."""
        del self._hashes[: max(last + 1 - self._start, 0) * _HASH]
        self._start = max(self._start, last + 1)


def seal_of(record: Retired) -> Seal:
    """Return the seal that a record repeats, without its strays."""
    return Seal(
        year=record.year,
        first=record.first,
        last=record.last,
        count=record.count,
        hash=record.hash,
        digest=record.digest,
        until=record.until,
    )
