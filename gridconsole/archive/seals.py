"""Years of the ledger: closing one for good (封存), and taking the entries of a closed one out of the database (移出).

A seal is an entry that commits to the numbers, the last hash and every hash of a year that is over. A year's entries are a range of
numbers, never a set of dates: a clock that was wrong puts dates out of order, and never numbers.

What is retired is always the beginning of the chain: the oldest sealed year that is still there, after the years retired before it. So
the chain goes on from one hash, that of the last entry taken out, which stands in three places: in the seal, in the entry that says
what was taken out, and as ``prev`` of the first entry that is left. Three things stay behind of what was taken out:

* the record of it, equal to the facts of its entry. Each record's ``register`` covers the one before it, for the entry that told of an
  earlier year is itself taken out one day: the newest entry answers for all of them;
* of each case with entries in the range, what those make of it (:class:`gridconsole.domain.replay.Kept`), from which the case is
  replayed when it is touched again, and who acted on it, which the dual axis must know for ever. The record holds a digest of them;
* the file, which the record knows by its SHA-256, and with which the whole chain is walked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

SUBJECT = "year"
"""Kind of the subject of both entries; its key is the year."""
SEAL = "seal"
"""Action of the entry that closes a year."""
RETIRE = "retire"
"""Action of the entry that says a year was taken out."""
LEAST_DAYS = 184
"""Days a ledger is kept at the very least: the six months of the Cybersecurity Law, which are 184 days at most."""
USUAL_DAYS = 1096
"""Days it is kept where the office says nothing: three years, as long as impact records must be (PIPL 56)."""
_HASH = 32
_TAG = b"gridconsole-year-1\0"
_REGISTER_TAG = b"gridconsole-retired-1\0"
_KEPT_TAG = b"gridconsole-kept-1\0"


@dataclass(frozen=True, slots=True)
class Seal:
    """Content of the entry that seals a year."""

    year: int
    first: int
    """Number of its first entry."""
    last: int
    count: int
    hash: str
    """Of the last entry, hexadecimal."""
    digest: str
    """Over the hashes of all of them, in order, hexadecimal."""
    until: str
    """The latest date among them that is not after the seal itself, UTC as stored: from then on they are kept."""
    strays: int = 0
    """How many of them are dated in another year: the machine's clock was wrong."""


@dataclass(frozen=True, slots=True)
class Retired:
    """The record of a year that was taken out."""

    year: int
    first: int
    last: int
    count: int
    hash: str
    digest: str
    until: str
    """These as in its :class:`Seal`."""
    seal: int
    """Number of the seal's entry."""
    file: str
    """Name of the file the entries went to, without its folder."""
    sha256: str
    """Of that file, hexadecimal."""
    personal: bool
    """Whether the file holds the personal texts, or only their digests."""
    cases: int
    """How many cases are kept as they stood."""
    kept: str
    """Digest of those, hexadecimal."""
    register: str
    """Digest of this record and all before it, hexadecimal."""
    entry: int = 0
    """Number of the entry that says so; no part of its facts."""


def facts_of_seal(seal: Seal) -> dict[str, object]:
    """The facts of its entry."""
    return asdict(seal)


def facts_of_record(record: Retired) -> dict[str, object]:
    """The facts of its entry."""
    return {name: value for name, value in asdict(record).items() if name != "entry"}


def registered(record: Retired, before: str) -> Retired:
    """A record with its ``register``.

    Args:
        before: the register of the record before it; empty for the first.
    """
    text = json.dumps({**facts_of_record(record), "register": before}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(_REGISTER_TAG + text.encode("utf-8", "surrogateescape")).hexdigest()
    return replace(record, register=digest)


_TEXTS = frozenset({"hash", "digest", "until", "file", "sha256", "kept", "register"})
_HEX = ("hash", "digest", "sha256", "kept", "register")


def read_seal(facts: str) -> Seal | None:
    """A seal by the facts of its entry; None if nobody can read them as one."""
    said = _read(facts, Seal.__dataclass_fields__.keys())
    return Seal(**said) if said is not None else None  # type: ignore[arg-type]


def read_record(facts: str, entry: int) -> Retired | None:
    """A record by the facts of its entry and the number of that; None if nobody can read them as one."""
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
    """The digest of a year, hash by hash."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256(_TAG)

    def add(self, hashes: bytes) -> None:
        """The next hashes, one after the other."""
        self._sum.update(hashes)

    @property
    def hex(self) -> str:
        """Return the digest, hexadecimal."""
        return self._sum.hexdigest()


def kept_digest(kept: Iterable[tuple[int, str]]) -> str:
    """Digest of what is kept of cases, by key of the case and in its order, hexadecimal."""
    total = hashlib.sha256(_KEPT_TAG)
    for case, facts in kept:
        raw = facts.encode("utf-8", "surrogateescape")
        total.update(f"{case}:{len(raw)}:".encode() + raw)
    return total.hexdigest()


# --- which entries are a year's ---------------------------------------------------------------------------------


def length_of_year(stamps: Sequence[str], end: str) -> int:
    """Return how many of some entries, in the order of their numbers, come before a new year.

    The year ends where the fewest entries are on the wrong side of it, and the fewer of two such places: with a clock that was always
    right, after the last entry dated before it. One entry dated years ahead does not end the year early, and one dated back, months
    after, does not pull half of the next year in.

    Args:
        stamps: when each says it was made, UTC as stored.
        end: the first instant of the new year, UTC as stored.
    """
    # Wrong if the year ends after n entries: those of the n that are late, and those after them that are early.
    early = sum(at < end for at in stamps)
    wrong = list(accumulate((1 if at >= end else -1 for at in stamps), initial=early))
    return wrong.index(min(wrong))


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year that is over and not sealed."""

    year: int
    count: int
    """How many entries it has."""


def next_open_year(
    stamps: Sequence[str], year_of: Callable[[str], int], start_of: Callable[[int], str], this_year: int
) -> OpenYear | None:  # fmt: skip
    """The year to be sealed next, of the entries after the last seal; None if none is over. A year without entries is passed over.

    Args:
        stamps: when each of them says it was made, in the order of their numbers, UTC as stored.
        year_of: the office's year of such an instant.
        start_of: the first instant of an office's year, so written.
        this_year: the year that is not over.
    """
    for year in sorted(year for year in set(map(year_of, stamps)) if year < this_year):
        if count := length_of_year(stamps, start_of(year + 1)):
            return OpenYear(year, count)
    return None


def kept_until(until: datetime, days: int) -> datetime:
    """Until when what was made at some time is kept at least: so many days, and never fewer than the law asks for."""
    return until + timedelta(days=max(days, LEAST_DAYS))


# --- walking the chain ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A seal as its entry has it, and what was found."""

    seal: Seal
    subject: str
    number: int
    """Of its entry."""
    year: int
    """The year sealed before; 0 if none was."""
    sealed_to: int
    """The last number sealed before."""
    hashes: bytes
    """Those found in its range, one after the other."""


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
"""What must hold of every seal."""
_FOUND_CHECKS = (_count_fits, _hash_fits, _digest_fits)
"""What must hold of a year on record whose entries are given."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry that says a year was taken out, with the record of it."""

    record: Retired | None
    subject: str
    facts: str
    at: str
    """When the entry says it was made, UTC as stored."""


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
"""What must hold of every entry that says a year was taken out."""


def _in_line(records: Sequence[Retired]) -> set[int]:
    """Numbers of the entries of records that do not follow the one before, in range, year or register."""
    broken, last, year, register = set(), 0, 0, ""
    for record in records:
        follows = record.first == last + 1 and record.year > year and record.count == record.last - record.first + 1
        if not follows or registered(record, register) != record:
            broken.add(record.entry)
        last, year, register = record.last, record.year, record.register
    return broken


class YearsWatch:
    """Checks the seals and records of years along the chain: it gets every entry and finds the first that does not hold.

    A year on record is measured by the record, and its seal too; the record by the hashes, if the year's entries are given.
    """

    def __init__(self, records: Sequence[Retired] = (), given: Collection[int] = ()) -> None:
        """Args:
        records: of the years that were taken out, oldest first.
        given: those of them whose entries are walked all the same, from their files.
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
        """Years whose seals were seen, or are on record."""
        self.skipped = 0
        """Entries that are not there, by the records."""

    @property
    def retired_to(self) -> int:
        """The last number that was taken out; 0 if none was."""
        return self._records[-1].last if self._records else 0

    def is_gone(self, number: int) -> bool:
        """Return whether an entry was taken out and is not given."""
        return any(record.first <= number <= record.last for record in self._gone.values())

    def judge(self, number: int, digits: Collection[str]) -> bool | None:
        """Return whether an entry that was not met fits what is printed of it; None where only a file could tell."""
        gone = next((record for record in self._gone.values() if record.first <= number <= record.last), None)
        if gone is None:
            return False
        return all(gone.hash.startswith(anchor) for anchor in digits) if number == gone.last else None

    def gap_at(self, number: int) -> Retired | None:
        """The record of a year that begins at a number and is not there; what follows is walked from its last hash on."""
        gap = self._gone.get(number)
        if gap is None or gap.last < number:
            return None
        self.skipped += gap.last - gap.first + 1
        self._forget_to(gap.last)
        for record in self._records:
            # Its own seal is gone with it: the record answers for it.
            if gap.first <= record.seal <= gap.last:
                self._close(record.year, record.last)
        return gap

    def holds(self, number: int, digest: bytes, subject: str, action: str, facts: str, at: str) -> str:
        """Take the next entry; returns ``seal`` or ``retired`` if it is one that does not hold, nothing otherwise."""
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
        """At the end: numbers of entries that should have said a year was taken out, and were not met or do not follow."""
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
            # What follows is judged by what stands there, so that one flaw is not told as many.
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
        """Hashes of a range that was judged are needed no more."""
        del self._hashes[: max(last + 1 - self._start, 0) * _HASH]
        self._start = max(self._start, last + 1)


def seal_of(record: Retired) -> Seal:
    """The seal that a record repeats, its strays apart."""
    return Seal(
        year=record.year,
        first=record.first,
        last=record.last,
        count=record.count,
        hash=record.hash,
        digest=record.digest,
        until=record.until,
    )
