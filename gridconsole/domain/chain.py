"""Verify the hash chain of an office's ledger: every entry, anchor, erasure and archived year."""

from __future__ import annotations

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
from gridconsole.domain.ledger import ERASE, GENESIS, StoredEntry, entry_hash, personal_digest


class Flaw(StrEnum):
    """Kinds of damage that verification finds."""

    NUMBER = "number"
    """An entry is missing or exists twice."""
    LINK = "link"
    """An entry does not follow the one before it."""
    HASH = "hash"
    """An entry was changed."""
    PERSONAL = "personal"
    """A personal text was changed, or removed without an entry that records it."""
    ANCHOR = "anchor"
    """An entry differs from the printed anchor."""
    CASE = "case"
    """A case differs from what its entries result in."""
    SEAL = "seal"
    """A year is sealed out of order or twice, or its seal does not match its entries."""
    RETIRED = "retired"
    """A year is archived, and the record of it is wrong."""
    FILE = "file"
    """The file of an archived year differs from the file written then."""
    ERASE = "erase"
    """An entry about an erasure does not match the missing texts."""
    ROW = "row"
    """A setting, role, rule, day, text or acknowledgement differs from the attested digest."""


@dataclass(frozen=True, slots=True)
class LedgerVerdict:
    """Outcome of a verification."""

    ok: bool
    entries: int
    head: str
    """Hash of the last entry before the first flaw, hexadecimal; empty if there is none."""
    first_broken: int | None
    """Number of the first broken entry; None if every entry is sound, or if the flaw is in a case or row."""
    flaw: Flaw | None = None
    """Kind of the first flaw."""
    at: str = ""
    """Time of that entry, UTC as stored."""
    flaws: int = 0
    """Number of flaws in all."""
    erased: int = 0
    """Number of erased personal texts, each recorded by an entry."""
    case: str = ""
    """Number of the first case that differs from what its entries result in."""
    column: str = ""
    """Column that differs in it."""
    case_at: str = ""
    """Time of its last entry, UTC as stored."""
    sealed: tuple[int, ...] = ()
    """Years whose seals were checked."""
    retired: int = 0
    """Number of archived entries whose file was not given, so that they were not checked."""
    unjudged: int = 0
    """Number of printed anchors of such entries, which cannot be checked without their files."""
    file: str = ""
    """First file that differs from the file written when its year was archived."""
    idle: tuple[str, ...] = ()
    """Given files of years that are still in the ledger; they are not needed."""
    row: str = ""
    """Key of the first row that differs from its attested digest, such as ``operator_role:3``."""
    row_flaw: RowFlaw | None = None
    label: str = ""
    """Name of that row for display."""
    attested_by: int = 0
    """Number of the entry that last attested it; 0 if none did."""
    attests: bool = False
    """True if the chain attests rows: the chain of an earlier program does not before the next act."""
    anchor: AnchorCase | None = None
    """Reason why the first failing anchor does not fit."""
    restored_at: str = ""
    """Time at which a backup replaced the file that the anchor was printed from, UTC as stored."""
    last: int = 0
    """Number of the last entry."""
    last_at: str = ""
    """Time of that entry, UTC as stored."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Position of a flaw."""

    seq: int
    flaw: Flaw
    at: str
    before: int
    """Number of entries before it."""
    head: str
    """Hash of the last entry before it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """An entry with the values that it must match."""

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


def _personal_fits(item: StoredEntry) -> bool:
    if item.body is None:
        # Erased together with its salt; the end of the walk shows whether an entry recorded the erasure.
        return item.salt is None
    return item.salt is not None and item.entry.digest == personal_digest(item.salt, item.body)


def _anchor_fits(step: _Step) -> bool:
    return all(step.item.hash.hex().startswith(anchor) for anchor in step.anchors)


_CHECKS: Mapping[Flaw, Callable[[_Step], bool]] = {
    Flaw.NUMBER: _number_fits,
    Flaw.LINK: _link_fits,
    Flaw.HASH: _hash_fits,
    Flaw.PERSONAL: lambda step: _personal_fits(step.item),
    Flaw.ANCHOR: _anchor_fits,
}


def verify_chain(
    stored: Iterable[StoredEntry], anchors: Iterable[tuple[int, str]] = (), records: Sequence[Retired] = (),
    given: Collection[int] = (),
) -> LedgerVerdict:  # fmt: skip
    """Verify a chain in order: numbers, links, hashes, personal texts against their digests, printed anchors and seals.

    The only gaps allowed are archived years that have a record.

    Args:
        anchors: number of an entry and the beginning of its hash (hexadecimal, lower case), as printed.
        records: records of the archived years, oldest first.
        given: those of these years whose entries are in ``stored`` nevertheless, read from their files.
    """
    years = YearsWatch(records, given)
    wanted: dict[int, tuple[str, ...]] = {}
    for seq, printed in anchors:
        wanted[seq] = (*wanted.get(seq, ()), printed)
    count, previous, number = 0, GENESIS, 1
    first: _Place | None = None
    flaws = erased = 0
    attests, last_at = False, ""
    # Missing texts not yet recorded as erased: only the end of the walk shows that no entry records them.
    unsaid: dict[int, _Place] = {}

    def head() -> str:
        return previous.hex() if count else ""

    for item in stored:
        entry = item.entry
        while (gone := years.gap_at(number)) is not None:
            previous, number = bytes.fromhex(gone.hash), gone.last + 1
        digits = wanted.pop(entry.seq, ())
        # Nearly every entry is sound, and that is seen at once; only for others is the kind of the flaw looked for.
        is_sound = (
            entry.seq == number
            and entry.prev == previous
            and not digits
            and entry_hash(entry) == item.hash
            and (item.body is None or entry.digest is not None)
        )
        found = None
        if not is_sound or not _personal_fits(item):
            step = _Step(item, number, previous, digits)
            found = next((flaw for flaw, check in _CHECKS.items() if not check(step)), None)
        astray = years.holds(entry.seq, item.hash, entry.subject, entry.action, entry.facts, entry.at)
        if found is None and astray:
            found = Flaw(astray)
        if found is not None:
            flaws += 1
            # A gap is located at the number of the missing entry.
            first = first or _Place(min(entry.seq, number) if found is Flaw.NUMBER else entry.seq, found, entry.at, count, head())
        elif item.body is None and entry.digest is not None and entry.seq > years.retired_to:
            unsaid[entry.seq] = _Place(entry.seq, Flaw.PERSONAL, entry.at, count, head())
        attests = attests or BASELINE_MARK in entry.facts
        if entry.action == ERASE:
            said = read_erasure(entry.facts)
            # Entries of earlier programs do not count what they cover.
            if attests and found is None and not said.fits(unsaid.keys(), years.retired_to):
                flaws, first = flaws + 1, first or _Place(entry.seq, Flaw.ERASE, entry.at, count, head())
            erased += sum(unsaid.pop(seq, None) is not None for seq in said.entries)
        # The next entry is checked against this one as stored, so that one flaw is not counted several times.
        previous, number, count, last_at = item.hash, entry.seq + 1, count + 1, entry.at
    end = head()
    judged = {seq: years.judge(seq, digits) for seq, digits in wanted.items()}
    places = [
        *unsaid.values(),
        *(
            _Place(seq, Flaw.ANCHOR, "", *((0, "") if years.is_gone(seq) else (count, end)))
            for seq in sorted(wanted) if judged[seq] is False
        ),
        *(_Place(seq, Flaw.RETIRED, "", count, end) for seq in years.missing()),
    ]  # fmt: skip
    first = min((place for place in (first, *places) if place is not None), key=lambda place: place.before, default=None)
    common = LedgerVerdict(
        True, count, end, None, erased=erased, sealed=tuple(years.sealed), retired=years.skipped,
        unjudged=sum(verdict is None for verdict in judged.values()), last=number - 1, last_at=last_at,
    )  # fmt: skip
    if first is None:
        return common
    return replace(
        common, ok=False, entries=first.before, head=first.head, first_broken=first.seq, flaw=first.flaw, at=first.at,
        flaws=flaws + len(places),
    )  # fmt: skip
