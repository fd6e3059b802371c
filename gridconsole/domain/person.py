"""Find one person in texts by phone, citizen's number or name, and remove the person from them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridconsole.domain.ledger import canonical
from gridconsole.domain.text import MAIL, clean_line, fold_width, is_a_name, mask_id, mask_name, mask_phone

SHORTEST_NUMBER, LONGEST_NUMBER = 7, 18
"""Digits of a number searched for: at least a local landline number, at most a citizen's number."""
GONE = "***"
"""Text that replaces a person's data."""
_BETWEEN = "[-－ \u3000]?"
_COUNTRY = re.compile(r"(?:\+|00)?86(?=1[3-9]\d{9}$)")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_NAME_HEADING = re.compile("姓名|反映人|来电人|投诉人|诉求人|联系人|举报人|称呼")


@dataclass(frozen=True, slots=True)
class Terms:
    """Patterns that identify a person. A number must match as a whole; a name also matches inside a longer one."""

    patterns: tuple[re.Pattern[str], ...]
    names: tuple[str, ...] = ()
    """Names among the patterns, as they stand in texts."""
    globs: tuple[str, ...] = ()
    """For the numbers among the patterns: shell patterns of their digits in order, with anything between. A database looks for
    names and these patterns first, as that is quicker."""

    def __add__(self, other: Terms) -> Terms:
        return Terms(
            patterns=tuple(dict.fromkeys((*self.patterns, *other.patterns))),
            names=tuple(dict.fromkeys((*self.names, *other.names))),
            globs=tuple(dict.fromkeys((*self.globs, *other.globs))),
        )

    def are_in(self, text: str) -> bool:
        """Return whether a text mentions the person."""
        return any(pattern.search(text) for pattern in self.patterns)

    def removed_from(self, text: str) -> str:
        """Return the text with the person replaced by :data:`GONE`."""
        for pattern in self.patterns:
            text = pattern.sub(GONE, text)
        return text

    def fields_in(self, raw: str) -> tuple[str, ...]:
        """Return the fields of a JSON object that mention the person; an empty name if it is not an object."""
        found = (str(name) for name, value in _fields(raw) if any(map(self.are_in, _texts(value))) or self.are_in(str(name)))
        return tuple(dict.fromkeys(found))

    def removed_from_fields(self, raw: str, *, with_names: bool = False) -> str:
        """Return a JSON object without the person.

        Args:
            with_names: also empty the cells under headings for people's names, as they name the person whose row it is.
        """
        cleaned = {}
        for name, value in _fields(raw):
            names_somebody = with_names and _NAME_HEADING.search(str(name)) is not None
            cleaned[self.removed_from(str(name))] = "" if names_somebody else self._removed(value)
        return canonical(cleaned)

    def _removed(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.removed_from(value)
        if isinstance(value, dict):
            return {self.removed_from(str(name)): self._removed(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._removed(inner) for inner in value]
        # A phone that a sheet stores as a number.
        return "" if self.are_in(str(value)) else value


def is_without(now: str, before: str) -> bool:
    """Return whether a text can result from another one by removing a person; JSON objects are compared field by field."""
    try:
        return _is_without(json.loads(now), json.loads(before))
    except (ValueError, RecursionError):
        return _is_without(now, before)


def _is_without(now: Any, before: Any) -> bool:
    if isinstance(now, dict) and isinstance(before, dict):
        pairs = zip(now.items(), before.items(), strict=False)
        return len(now) == len(before) and all(
            _is_without(name, named) and _is_without(value, valued) for (name, value), (named, valued) in pairs
        )
    if isinstance(now, list) and isinstance(before, list):
        return len(now) == len(before) and all(map(_is_without, now, before))
    if not isinstance(now, str) or now == "":
        return now in ("", before)
    first, *others = now.split(GONE)
    text = str(before)
    if not others or not text.startswith(first):
        return now == text
    at = len(first)
    for part in others[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(others[-1]) and len(text) - len(others[-1]) >= at


NOBODY = Terms(())


@dataclass(frozen=True, slots=True)
class Person:
    """A person as named by a search word."""

    terms: Terms
    masked: str
    """The search word with a mask, which may be shown and stored."""
    is_number: bool
    """True if it is a number: a number belongs to one person, a name may be shared by several."""


def person(word: str) -> Person | None:
    """Parse a phone number, a citizen's number or a full name; None if the word is none of these."""
    digits = re.sub(r"[-\s()+]", "", fold_width(word))
    digits = _COUNTRY.sub("", digits)
    if re.fullmatch(r"\d+[xX]?", digits) and digits.isascii():
        if not SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER:
            return None
        return Person(number_terms(digits), mask_id(digits) if len(digits) > 12 else mask_phone(digits), True)
    name = clean_line(word)
    return Person(name_terms(name), mask_name(name), False) if is_a_name(name) else None


def number_terms(digits: str) -> Terms:
    """Match a number in any spelling: full width, with blanks or dashes, with or without the country code."""
    country = f"(?:(?:[+＋]|00)?86{_BETWEEN})?" if _MOBILE.fullmatch(digits) else ""
    pattern = rf"(?<!\d){country}{_BETWEEN.join(map(_either, digits))}(?![\dXx])"
    return Terms((re.compile(pattern),), globs=(f"*{'*'.join(map(_either, digits))}*",))


def _either(char: str) -> str:
    return "[xXｘＸ]" if char in "xX" else f"[{char}{chr(ord(char) - ord('0') + ord('０'))}]"


def name_terms(name: str) -> Terms:
    """Match a name; words that name no particular person (such as 市民) match nothing."""
    if not is_a_name(name):
        return NOBODY
    return Terms((re.compile(re.escape(name)),), names=(name,))


def terms_of(name: str, phone: str) -> Terms:
    """Return the terms that identify a reporter."""
    known = person(phone)
    return name_terms(name) + (known.terms if known is not None and known.is_number else NOBODY)


_IDENTIFYING = re.compile("身份证|证件|微信|QQ|邮箱|电子邮件|e-?mail|电话|手机|联系方式", re.IGNORECASE)
_OF_OFFICE = re.compile("承办|经办|处理|处置|签收|派|网格|受理|坐席|话务|回访|单位|部门|社区|负责|主办|协办")
"""Headings about those who work on a case, not about who reported it."""
_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
_SHORTEST_ACCOUNT = 4
_PHONE = re.compile(r"\d{7,15}")


def phones_kept(cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return the cells of a row that are a phone number and nothing else."""
    plain = (re.sub(r"[\s-]", "", fold_width(value)) for heading, value in cells.items() if not _OF_OFFICE.search(heading))
    return tuple(value for value in plain if _PHONE.fullmatch(value))


def terms_kept(cells: Mapping[str, str]) -> Terms:
    """Return the terms that identify a reporter by the further columns of a list: numbers, mail addresses, accounts."""
    found = NOBODY
    for heading, said in cells.items():
        if _OF_OFFICE.search(heading):
            continue
        value = fold_width(said).strip()
        numbers, mails = _NUMBER.findall(value), [match[0] for match in MAIL.finditer(value)]
        for number in numbers:
            found += number_terms(number)
        others = [*mails, *([value] if _IDENTIFYING.search(heading) and not numbers else [])]
        for word in others:
            if len(word) >= _SHORTEST_ACCOUNT:
                found += name_terms(word)
    return found


def _fields(raw: str) -> Iterator[tuple[object, Any]]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        said = raw
    yield from said.items() if isinstance(said, dict) else [("", said)]


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)
