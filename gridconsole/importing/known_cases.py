"""Known cases of lists: which case a row is about, or whether it is another one.

One rule decides from the source list, the number in it, and time, person, phone, place and text. The key of a case is its source list
with its number there; sources count from 1 again each day or each year, so a number alone proves nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Any
from zlib import crc32

from gridconsole.domain.text import fold_width, is_a_name
from gridconsole.store import incidents

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

BESIDE: Mapping[str, str] = {
    "phone": "联系电话", "subdistrict": "街道", "community": "社区", "grid": "网格", "category": "问题分类", "grade": "紧急程度",
    "outer_due_at": "截止时间",
}  # fmt: skip
"""Fields that do not identify a case, but that a corrected list may change, with the heading of the note."""
_BLANKS = re.compile(r"\s+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_SAME_TIME = timedelta(minutes=1)
"""Seconds are lost when a list is saved again."""
_ALIKE_TEXT = 0.5
"""Similarity from which two texts may be one, corrected."""
_OF_LIST = re.compile(r"list:([^\t]*)\t")
"""Beginning of the key of a case whose source list has a name; other numbers begin with ``ref:``."""
_BY_NUMBER = "ref:"
_USED_AGAIN = re.compile(r"~[0-9a-f]{20}$")
"""End of the key of a case whose number the source had used before."""


class Sameness(StrEnum):
    """Relation of a row to the known cases."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    ANOTHER = "another"
    """Its number is known, but of time, person, place and text more differs than agrees."""
    ALIKE = "alike"
    """A new case that looks like one with the same number in another source list."""


class Likeness(Enum):
    """Result of comparing a row with the report of a case that has the same number."""

    SAME = auto()
    DOUBTFUL = auto()
    """It counts as the same, but little speaks for it."""
    ANOTHER = auto()


@dataclass(frozen=True, slots=True)
class Digests:
    """Digests of what a row says, in which white space does not count."""

    content: str
    """Of the fields that identify a case."""
    before: str
    """The one that earlier versions made: with the seconds of the time."""
    beside: tuple[str, ...]
    """One for each field of :data:`BESIDE`, empty for a blank; width, radicals and the hyphens of a phone do not count."""
    beside_before: tuple[str, ...]
    """Those that earlier versions made: of the values as written."""

    def since(self, content: str, known: str = "") -> str:
        """Return the digests as one text, first that of the content; a field that is the same as in ``known`` keeps its digest."""
        was = [*known.split(",")[1:], *[""] * len(BESIDE)][: len(BESIDE)]
        fields = zip(was, self.beside, self.beside_before, strict=True)
        return ",".join([content, *(old if old and old == before else now for old, now, before in fields)])


@dataclass(frozen=True, slots=True)
class Known:
    """A known case: its key, what the list said of it last, its number, and whether it is over."""

    key: str
    said: str
    number: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """The case that a row is about."""

    sameness: Sameness
    key: str
    """Key of the case, or of a new one."""
    said: str
    """Digests of the row: of its content first, then of each further field."""
    known: Known | None = None
    """The case; for a new case with a known number, the one that has the number."""
    is_doubtful: bool = False
    """True if the row says something quite different of the case than before."""


def digests(row: Mapping[str, Any]) -> Digests:
    """Return the digests of a row's values by field."""
    others = [str(row.get(name) or "") for name in ("reporter", "address", "title", "text")]
    at: datetime | None = row.get("reported_at")
    minute = at.replace(second=0, microsecond=0) if at is not None else ""
    said = ("\x1f".join([str(time or ""), *others]) for time in (minute, at))
    content, before = (hashlib.sha256(_BLANKS.sub("", text).encode()).hexdigest()[:20] for text in said)
    written = [str(getattr(row.get(name), "written", row.get(name)) or "") for name in BESIDE]
    beside = (fold_width(str(row.get(name) or "")) for name in BESIDE)
    return Digests(content, before, tuple(map(_short, beside)), tuple(map(_short, written)))


def _short(value: str) -> str:
    return f"{crc32(value.encode()):08x}" if value else ""


def changed_fields(was: str, said: str) -> list[bool]:
    """Return which digests of a row differ from an earlier row: its content first, then each further field. A blank never differs."""
    return [bool(new) and new != old for old, new in _pairs(was, said)]


def merged(was: str, said: str) -> str:
    """Merge the digests of two rows: the newer ones, and the older ones where the newer row is blank."""
    return ",".join(new or old for old, new in _pairs(was, said))


def _pairs(was: str, said: str) -> list[tuple[str, str]]:
    old, new = was.split(","), said.split(",")
    # An older case may have only the digest of its text: the other cells are unknown and count as unchanged.
    return list(zip(old + new[len(old) :], new, strict=True))


def bare_number(ref: str) -> str:
    """Return a number without leading zeros and letter case."""
    return _ZEROS.sub("", ref).casefold()


def _parts(key: str) -> tuple[str, str] | None:
    """Return source list and number of a key; None for a case that had no number."""
    plain = _USED_AGAIN.sub("", key)
    if plain.startswith(_BY_NUMBER):
        return "", plain.removeprefix(_BY_NUMBER)
    named = _OF_LIST.match(plain)
    return None if named is None else (named[1], plain[named.end() :])


class KnownCases:
    """The cases that lists brought, by source list and number, or by their content.

    Args:
        source_list: name of the list that is imported; empty: unknown, and every list may have the number.
    """

    def __init__(self, connection: Transaction, office: Office, source_list: str = "") -> None:
        self._connection, self._office, self._list = connection, office, source_list
        self._by_key: dict[str, Known] = {}
        self._by_number: dict[str, list[str]] = {}
        """Keys of the cases with a number, from any list."""
        self._alike: dict[str, str] = {}
        """Numbers of this list, by what is left of them without leading zeros and letter case."""
        self._occurrences: Counter[str] = Counter()
        for said_key, number, over in incidents.imported_keys(connection, office.id):
            key, _, said = said_key.rpartition("#")
            self._by_key[key] = Known(key, said, number, over)
            if (parts := _parts(key)) is not None:
                self._by_number.setdefault(parts[1], []).append(key)
                if self._is_own(parts[0]):
                    self._alike.setdefault(bare_number(parts[1]), parts[1])

    def _is_own(self, source_list: str) -> bool:
        """Return whether a number of a list may be one of this list."""
        return not source_list or not self._list or source_list == self._list

    def find(self, row: Mapping[str, Any]) -> Finding:
        """Return the case that a row is about, or the key of a new one.

        Args:
            row: values by field, with the local time ``reported_at``.
        """
        digest = digests(row)
        if ref := row.get("ref"):
            return self._by_ref(row, str(ref), digest)
        return self._by_content(digest)

    def cases_with(self, ref: str) -> tuple[str, ...]:
        """Return the numbers of the cases that this list may mean by a number, however its zeros and letters are written."""
        refs = dict.fromkeys((ref, self._alike.get(bare_number(ref), ref)))
        return tuple(
            self._by_key[key].number for one in refs for key in self._by_number.get(one, ()) if self._is_own(_list_of(key))
        )

    def number_alike(self, ref: str) -> str:
        """Return a number that differs only in leading zeros or letter case; empty if there is none. It is remembered."""
        other = self._alike.setdefault(bare_number(ref), ref)
        return other if other != ref else ""

    def remember(self, finding: Finding) -> None:
        """Store that a list says something new of a known case."""
        known = finding.known
        if known is not None:
            self._by_key[known.key] = Known(known.key, merged(known.said, finding.said), known.number, known.is_over)

    def key_of(self, ref: str) -> str:
        """Return the key of a number of this list."""
        return f"list:{self._list}\t{ref}" if self._list else f"{_BY_NUMBER}{ref}"

    def _by_ref(self, row: Mapping[str, Any], ref: str, digest: Digests) -> Finding:
        keys = self._by_number.get(ref, ())
        own: Known | None = None
        alike: Known | None = None
        for known in self._nearest_first(keys):
            content = known.said.partition(",")[0]
            if content in (digest.content, digest.before):
                return self._compared(known, content, digest)
            if self._is_own(_list_of(known.key)):
                own = own or known
                like = self._likeness(row, known.number)
                if like is not Likeness.ANOTHER:
                    return replace(self._compared(known, digest.content, digest), is_doubtful=like is Likeness.DOUBTFUL)
            elif self._likeness(row, known.number) is Likeness.SAME:
                alike = alike or known
        if own is None and (spelled := self._spelled_otherwise(ref, digest)) is not None:
            return self._compared(spelled, spelled.said.partition(",")[0], digest)
        key = self.key_of(ref)
        if key in self._by_key:
            key = f"{key}~{digest.content}"
        said = digest.since(digest.content)
        if own is not None:
            return Finding(Sameness.ANOTHER, key, said, own)
        return Finding(Sameness.NEW if alike is None else Sameness.ALIKE, key, said, alike)

    def _spelled_otherwise(self, ref: str, digest: Digests) -> Known | None:
        """Return the case of this list with the same content whose number differs only in leading zeros or letter case."""
        number = self._alike.get(bare_number(ref), ref)
        known = (self._by_key[key] for key in self._by_number.get(number, ()) if self._is_own(_list_of(key)))
        same = (one for one in known if one.said.partition(",")[0] in (digest.content, digest.before))
        return next(same, None) if number != ref else None

    def _nearest_first(self, keys: Sequence[str]) -> Iterator[Known]:
        """Yield the cases of this list first, then those whose list is unknown, then those of other lists."""

        def distance(key: str) -> int:
            source_list = _list_of(key)
            return 0 if source_list == self._list else 1 if not source_list else 2

        yield from (self._by_key[key] for key in sorted(keys, key=distance))

    def _by_content(self, digest: Digests) -> Finding:
        """Find a row without a number by its content and by how often that occurred."""
        content, before = digest.content, digest.before
        self._occurrences[before] += 1
        count = self._occurrences[before]
        if f"row:{before}:{count}" in self._by_key:
            content = before
        elif content != before:
            self._occurrences[content] += 1
            count = self._occurrences[content]
        key = f"row:{content}:{count}"
        known = self._by_key.get(key)
        return Finding(Sameness.NEW, key, digest.since(content)) if known is None else self._compared(known, content, digest)

    @staticmethod
    def _compared(known: Known, content: str, digest: Digests) -> Finding:
        said = digest.since(content, known.said)
        # A deadline that earlier versions did not read is news of an open case.
        is_first_deadline = not known.is_over and known.said.count(",") < len(BESIDE) and not said.endswith(",")
        is_changed = is_first_deadline or any(changed_fields(known.said, said))
        return Finding(Sameness.CHANGED if is_changed else Sameness.SAME, known.key, said, known)

    def _likeness(self, row: Mapping[str, Any], number: str) -> Likeness:
        """Compare a row with the report of a case that has the same number."""
        stored = incidents.reported_as(self._connection, self._office.id, number)
        return Likeness.DOUBTFUL if stored is None else likeness(row, stored, self._office.calendar.zone)


def likeness(row: Mapping[str, Any], stored: incidents.ReportedAs, zone: tzinfo) -> Likeness:
    """Compare a row with the report of a case that has the same number: by time, person, place and text, as far as they are given.

    The same minute, or more that agrees than differs, makes it the same; more that differs makes it another. A date without a time,
    words such as 匿名, 王女士 or a community alone, and phrases that every text has agree with every other, and count for nothing.
    """
    at = _agree_in_time(row.get("reported_at"), stored.reported_at.astimezone(zone).replace(tzinfo=None))
    text = _agree_in_text(row["text"], stored.text)
    place = _agree_in_place(row, stored)
    found = (at, _agree_in_person(row, stored), place, text)
    agreeing, differing = found.count(True), found.count(False)
    if not at and differing > agreeing:
        return Likeness.ANOTHER
    return Likeness.SAME if agreeing > differing or (text and (at is not False or place)) else Likeness.DOUBTFUL


def _agree_in_time(now: datetime | None, before: datetime) -> bool | None:
    if now is None:
        return None
    if now.date() == before.date() and time.min in (now.time(), before.time()):
        return None
    return abs(now - before) < _SAME_TIME


_TITLED = re.compile(".{1,2}(先生|女士|小姐|师傅|阿姨|大爷|大妈|同志|老师|某+|[*＊]+)")
"""A surname with a form of address: many people have it."""


def _agree_in_person(row: Mapping[str, Any], stored: incidents.ReportedAs) -> bool | None:
    names = [name for name in (row.get("reporter") or "", stored.reporter_name) if is_a_name(name)]
    phones = [phone for phone in (str(row.get("phone") or ""), stored.reporter_phone) if phone]
    compared = [phones[0] == phones[1]] if len(phones) == _BOTH and not any("*" in phone for phone in phones) else []
    # 刘先生 may be 刘建国, and may be somebody else.
    is_vague = len(names) == _BOTH and names[0][:1] == names[1][:1] and any(map(_TITLED.fullmatch, names))
    if len(names) == _BOTH and not is_vague:
        compared.append(names[0] == names[1])
    return any(compared) if compared else None


_BOTH = 2
_COMMUNITY_ALONE = re.compile(".{2,12}(社区|村|街道|镇|乡|居委会|村委会)")


def _agree_in_place(row: Mapping[str, Any], stored: incidents.ReportedAs) -> bool | None:
    communities = [_plain(place) for place in (row.get("community") or "", stored.community) if place]
    if len(communities) == _BOTH and communities[0] not in communities[1] and communities[1] not in communities[0]:
        return False
    new, old = (_plain(place) for place in (row.get("address") or "", stored.address))
    if not (new and old):
        return None
    if new in old or old in new:
        return None if _COMMUNITY_ALONE.fullmatch(min(new, old, key=len)) else True
    return False


_PHRASES = re.compile(
    "(热心|该)?(市民|群众|居民|网友|业主|来电人|诉求人)?(来电|致电|来信|通过[^，,。]{0,12})?(反映|反应|投诉|咨询|求助|诉求|表示|称)[:：，,]?"
    "|(希望|请|要求|望|建议)[^，,。；]{0,12}(部门|单位|社区|街道|政府)?[^，,。；]{0,8}(核实|处理|解决|回复|答复|查处|整改|协调|关注|查看)[^，,。；]{0,10}"
    "|谢谢|情况属实|请.{0,4}派人.{0,8}|[，,。；;！!]"
)
"""Phrases that stand in most texts of a hotline and say nothing of the matter."""


def _agree_in_text(now: str, before: str) -> bool:
    new, old = (_plain(_PHRASES.sub("", text)) or _plain(text) for text in (now, before))
    return old in new or new in old or difflib.SequenceMatcher(None, new, old).ratio() >= _ALIKE_TEXT


def _plain(text: str) -> str:
    return _BLANKS.sub("", fold_width(text))


def _list_of(key: str) -> str:
    parts = _parts(key)
    return "" if parts is None else parts[0]
