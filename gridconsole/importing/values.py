"""Parsers for cells: office spellings as typed values. Nothing is guessed; a cell that does not parse says why."""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from gridconsole.domain import spoken
from gridconsole.domain.identity import is_credit_code, is_id_number, is_old_id_number
from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import clean_line, clean_text, fold_width, without_quote
from gridconsole.importing.sources import Cell

RESULT_TITLES = ("校验结果", "问题说明")
"""Titles of the two columns added to an annotated workbook; they are ignored when it is imported again."""
EXAMPLE_MARK = "示例"
"""Beginning of a template's example row; such a row is no data."""


_NOTHING = re.compile(r"null|none|nan|nil|n/?a|#n/a|\\n|[-—–/\\_~]+|[(（]?(无|暂无|没有|空|空白|不详)[)）]?", re.IGNORECASE)


def says_nothing(cell: str) -> bool:
    """Return whether a cell holds a word for nothing: ``NULL``, ``\\N``, ``N/A``, ``无``, ``-``. 匿名 is something: an answer."""
    return len(cell) <= _LONGEST_NOTHING and _NOTHING.fullmatch(fold_width(cell).strip()) is not None


_LONGEST_NOTHING = 8


def text(cell: Cell) -> str:
    """Free text, characters as they are."""
    return clean_text(_plain(cell))


def line(cell: Cell) -> str:
    """One line of free text."""
    return clean_line(_plain(cell))


def code(cell: Cell) -> str:
    """Return a code as text: full-width folded, blanks removed, ``2549.0`` as ``2549``.

    A code that a spreadsheet changed is refused.

    A cell formatted as a date turns ``1-2`` into a day, and one formatted as a number ``3.750`` into 3.75. The original cannot be
    recovered.
    """
    if isinstance(cell, float) and not cell.is_integer():
        raise ValueProblem("E219", _plain(cell))
    value = _digits(cell)
    if _DAY_MARKS.search(value) and _DAY.fullmatch(value):
        raise ValueProblem("E219", value)
    return value


_DAY_MARKS = re.compile("[-月:]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T?\d\d:\d\d:\d\d(\.\d+)?)?|(\d{4}年)?\d{1,2}月\d{1,2}日|\d\d:\d\d:\d\d(\.\d+)?")


def _digits(cell: Cell) -> str:
    """Return a code or number as text."""
    value = fold_width(clean_line(_plain(cell), 80)).replace(" ", "").lstrip("'")
    if _LOST_DIGITS.fullmatch(value) or (isinstance(cell, int | float) and abs(cell) >= 1e15):
        raise ValueProblem("E206", value)
    return value[:-2] if value.endswith(".0") and value[:-2].isdigit() else value


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.10g}" if abs(cell) < 1e15 else f"{cell:.0f}"
    if isinstance(cell, str) and cell[:1] == "'" and (plain := without_quote(cell)) != cell:
        return plain
    # Excel's escape for control characters (mostly a carriage return) survives in files other programs wrote.
    return _EXCEL_ESCAPE.sub("\n", cell) if isinstance(cell, str) and "_x0" in cell else str(cell)


_EXCEL_ESCAPE = re.compile(r"_x00[01][0-9A-Fa-f]_")


class Repaired(str):
    """A value that was corrected on import; the clerk sees a remark."""

    __slots__ = ()
    code = "R901"


class Masked(str):
    """A masked value: not known, and not blank either."""

    __slots__ = ()


def phone(cell: Cell) -> str:
    """Return a phone number as digits. One stored as a fraction is corrected; scientific notation that lost digits is refused."""
    # A masked phone number brings no new information.
    if isinstance(cell, str) and "*" in cell:
        return Masked()
    value = code(cell)
    whole_text = str(cell).strip() if isinstance(cell, str) else ""
    return Repaired(value) if whole_text.endswith(".0") and value.isdigit() else _dialled(value)


def id_number(cell: Cell) -> str:
    """Return an ID number (GB 11643); one stored as a number has lost its last digits and is refused."""
    if isinstance(cell, int | float):
        raise ValueProblem("E206", f"{cell:.0f}")
    if isinstance(cell, str) and "**" in cell:
        return Masked()
    value = code(cell).upper()
    if value and not (is_id_number(value) or is_old_id_number(value)):
        raise ValueProblem("E215", value)
    return value


def credit_code(cell: Cell) -> str:
    """Return an organisation's unified social credit code (GB 32100); one stored as a number is refused."""
    if isinstance(cell, int | float):
        raise ValueProblem("E206", f"{cell:.0f}")
    value = code(cell).upper()
    if value and not is_credit_code(value):
        raise ValueProblem("E216", value)
    return value


class Lost(str):
    """A value that was lost: an empty text that keeps the content of the cell in ``raw``."""

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, raw: str) -> Lost:
        lost = super().__new__(cls)
        lost.raw = raw
        return lost


def phone_or_words(cell: Cell) -> str:
    """Return a caller's phone number as text, or ``Lost`` if a spreadsheet changed it."""
    try:
        return _dialled(code(cell))
    except ValueProblem:
        return Lost(line(cell))


class Dialled(str):
    """A mobile number as its eleven digits; ``written`` is as the cell has it."""

    __slots__ = ("written",)
    written: str


_WRITTEN_MOBILE = re.compile(r"(?:(?:\+|00)?86-?)?(1[3-9]\d)-?(\d{4})-?(\d{4})")


def _dialled(value: str) -> str:
    """Return a mobile number without country code and hyphens; anything else as it is."""
    found = _WRITTEN_MOBILE.fullmatch(value)
    if found is None or len(value) == 11:
        return value
    dialled = Dialled("".join(found.groups()))
    dialled.written = value
    return dialled


_LOST_DIGITS = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class Rounded(int):
    """A measure that was rounded to a whole number; the clerk sees a remark."""

    __slots__ = ()
    code = "R902"


class Approximate(int):
    """A number that the cell gives as an estimate (约280户); the clerk sees a remark."""

    __slots__ = ()
    code = "R906"


_ESTIMATE = re.compile(
    r"(?P<about>约|大约|大概|近|将近|不足|超过)?(?P<number>\d[\d,]*(?:\.\d+)?)(?P<more>余|多|来)?(?P<unit>万)?(?P<more2>余|多)?"
    r"(?:户|人|口|个|家|平方米|平米|m2|㎡|亩|公顷)?(?P<after>左右|上下|以上)?"
)


def whole(cell: Cell) -> int | None:
    """A measure in whole units, also with its unit (300户) or as an estimate (约280户); blank is None."""
    value = _digits(cell).replace(",", "")
    if not value:
        return None
    if not _MEASURE.fullmatch(value) and (estimate := _ESTIMATE.fullmatch(value)) is not None:
        amount = Decimal(estimate["number"]) * (10_000 if estimate["unit"] else 1)
        if amount == int(amount) and amount < 10**12:
            is_estimate = any(estimate[name] for name in ("about", "more", "more2", "after"))
            return Approximate(int(amount)) if is_estimate else int(amount)
    if not _MEASURE.fullmatch(value):
        raise ValueProblem("E202", value)
    number = float(value)
    return int(number) if number.is_integer() else Rounded(round(number))


def count(cell: Cell) -> int | None:
    """Return a count; a fraction is refused, and blank is None."""
    found = whole(cell)
    if isinstance(found, Rounded):
        raise ValueProblem("E212", _digits(cell))
    return found


_MEASURE = re.compile(r"\d{1,12}(\.\d+)?")


YEAR: ContextVar[int | None] = ContextVar("year", default=None)
"""Year a clerk gave for dates that are written without one; it is never guessed."""
_SERIAL_FIRST, _SERIAL_LAST = 20_000, 60_000
SERIAL = re.compile(r"[2-5]\d{4}(\.\d+)?")
"""A spreadsheet's day number, stored as text."""
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet serial has no zone


def moment(cell: Cell) -> datetime | None:
    """Return a local date and time without a zone, at midnight if only the date is given; blank is None."""
    if isinstance(cell, str) and SERIAL.fullmatch(cell.strip()):
        cell = float(cell)
    if isinstance(cell, int | float) and _SERIAL_FIRST <= cell <= _SERIAL_LAST:
        return _EPOCH + timedelta(seconds=round(float(cell) * 86_400))  # a serial is off by some microseconds
    value = fold_width(clean_line(_plain(cell), 80))
    # 5.1 as a number may be the first of May or the tenth: only text that was typed is a date.
    return spoken.moment(value, YEAR.get()) if isinstance(cell, str) else spoken.dated_moment(value)


def day(cell: Cell) -> date | None:
    """A date; blank is None."""
    found = moment(cell)
    return None if found is None else found.date()


class HalfSaid(NamedTuple):
    """A day of a leave, with its half if the cell says one."""

    day: date
    is_afternoon: bool | None
    is_noon: bool = False
    """At twelve, which ends a morning and begins an afternoon."""

    def __str__(self) -> str:
        return self.day.isoformat()


_HALF = re.compile(r"(?P<day>.*?)[ _-]*(?P<half>上午|下午|早上|中午|AM|PM)", re.IGNORECASE)
_AFTERNOON = frozenset({"下午", "PM"})
_NOON = (12, 0)


def half(cell: Cell) -> HalfSaid | None:
    """Return a day, with its half if one is written or a time is given; blank is None."""
    said = _HALF.fullmatch(fold_width(clean_line(_plain(cell), 80))) if isinstance(cell, str) else None
    found = moment(said["day"] if said else cell)
    if found is None:
        return None
    if said is not None:
        return HalfSaid(found.date(), said["half"].upper() in _AFTERNOON, said["half"] == "中午")
    at = (found.hour, found.minute)
    return HalfSaid(found.date(), None if at == (0, 0) else at > _NOON, at == _NOON)


_BETWEEN = re.compile(r"\s*(?:至|到|~|—+|–+|--)\s*")
_LESS = re.compile(r"(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})[日号]")
_BEGUN = re.compile(r"(?P<year>\d{4}年)?(?P<month>\d{1,2}月)\d{1,2}[日号].*")


def halves(cell: Cell) -> tuple[HalfSaid, HalfSaid] | None:
    """Return the first and the last day of a leave from one cell, ``2026年12月1日至5日``; blank is None."""
    words = fold_width(clean_line(_plain(cell), 80)) if isinstance(cell, str) else ""
    parts = _BETWEEN.split(words)
    if len(parts) == 1:
        only = half(cell)
        return None if only is None else (only, only)
    if len(parts) != 2:
        raise ValueProblem("E203", words)
    first, last = parts[0].removeprefix("自").removeprefix("从"), parts[1].removesuffix("止")
    begun, less = _BEGUN.fullmatch(first), _LESS.match(last)
    if begun is not None and less is not None:
        # The end leaves out what it has in common with the beginning.
        last = (begun["year"] or "") + ("" if less["month"] else begun["month"]) + last
    found = half(first), half(last)
    if found[0] is None or found[1] is None:
        raise ValueProblem("E203", words)
    return found[0], found[1]


def limit(cell: Cell) -> spoken.ParsedLimit:
    """Return a limit; see :func:`gridconsole.domain.spoken.limit`."""
    return spoken.limit(_plain(cell))


_LIST = re.compile(r"[、,，;；/\n\s]+")


def words(cell: Cell) -> tuple[str, ...]:
    """Return the items of a list in one cell."""
    return tuple(item for item in _LIST.split(fold_width(clean_text(_plain(cell)))) if item)


OPEN_VALUED = frozenset(
    {text, line, code, phone, phone_or_words, id_number, credit_code, whole, count, moment, day, half, halves, limit, words}
)  # fmt: skip
"""Parsers of what anybody may write. A word for nothing is a blank there; a choice such as 是 or 无 is read by its own parser."""
PHONES = frozenset({phone, phone_or_words})
"""Parsers of phone numbers."""
_BETWEEN_PHONES = re.compile(r"[\s/、，,;；|或和及]+")
_ONE_PHONE = re.compile(r"(\+?86-?)?1\d{10}|(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?")
_ODD_MOBILE = re.compile(r"1[3-9](\d{7,8}|\d{10,11})")


def phones_in(cell: str) -> tuple[str, ...]:
    """Return the phone numbers of a cell that holds several; the cell itself if it is one, or anything else."""
    parts = [part for part in _BETWEEN_PHONES.split(fold_width(cell).strip()) if part]
    return tuple(parts) if len(parts) > 1 and all(_ONE_PHONE.fullmatch(part) for part in parts) else (cell,)


_LETTERED = re.compile(r"(?=(?:\D*\d){6})[\d+ -]*(?!ext|EXT|x\d|X\d)[A-Za-z][\dA-Za-z+ -]*")
"""A letter in a number, such as an O for a 0; an extension is none."""
_DOUBTS = ((_ODD_MOBILE, "W922"), (_LETTERED, "W946"))


def phone_doubt(value: str) -> str:
    """Return the code of what is doubtful about a phone number: a digit too few or too many, or a letter; empty if nothing is."""
    return next((code for pattern, code in _DOUBTS if pattern.fullmatch(value)), "")
