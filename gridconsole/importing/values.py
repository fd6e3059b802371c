"""Parsers for cells: what an office writes, as typed values. Nothing is guessed; what does not parse says why."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from gridconsole.domain.catalogue import Limit, Milestone, Unit
from gridconsole.domain.identity import is_credit_code, is_id_number, is_old_id_number
from gridconsole.domain.text import clean_line, clean_text, fold_width, without_quote
from gridconsole.importing.sources import Cell

RESULT_TITLES = ("校验结果", "问题说明")
"""Two columns an annotated workbook has more; ignored when it comes again."""
EXAMPLE_MARK = "示例"
"""What the example row of a template begins with; such a row is no data."""


class CellProblem(Exception):
    """A cell that cannot be taken as it is."""

    def __init__(self, code: str, value: str = "", suggestion: str = "") -> None:
        super().__init__(code)
        self.code, self.value, self.suggestion = code, value, suggestion


def text(cell: Cell) -> str:
    """Free text, characters as they are."""
    return clean_text(_plain(cell))


def line(cell: Cell) -> str:
    """One line of free text."""
    return clean_line(_plain(cell))


def code(cell: Cell) -> str:
    """A code kept as text: full-width folded, blanks out, ``2549.0`` is ``2549``; what a spreadsheet made of it is refused.

    A cell set to dates turns ``1-2`` into a day and one set to numbers ``3.750`` into 3.75; what stood there nobody can tell.
    """
    if isinstance(cell, float) and not cell.is_integer():
        raise CellProblem("E219", _plain(cell))
    value = _digits(cell)
    if _DAY_MARKS.search(value) and _DAY.fullmatch(value):
        raise CellProblem("E219", value)
    return value


_DAY_MARKS = re.compile("[-月:]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T?\d\d:\d\d:\d\d(\.\d+)?)?|(\d{4}年)?\d{1,2}月\d{1,2}日|\d\d:\d\d:\d\d(\.\d+)?")


def _digits(cell: Cell) -> str:
    """A code or number as text."""
    value = fold_width(clean_line(_plain(cell), 80)).replace(" ", "").lstrip("'")
    if _LOST_DIGITS.fullmatch(value) or (isinstance(cell, int | float) and abs(cell) >= 1e15):
        raise CellProblem("E206", value)
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
    """A value that was put right on the way in, which the clerk is told."""

    __slots__ = ()
    code = "R901"


class Masked(str):
    """A value under its mask: not known, and not blank either."""

    __slots__ = ()


def phone(cell: Cell) -> str:
    """A phone number as digits; one kept as a fraction is put right, scientific notation that lost digits is refused."""
    # A phone that wears a mask says nothing new.
    if isinstance(cell, str) and "*" in cell:
        return Masked()
    value = code(cell)
    whole_text = str(cell).strip() if isinstance(cell, str) else ""
    return Repaired(value) if whole_text.endswith(".0") and value.isdigit() else value


def id_number(cell: Cell) -> str:
    """A citizen's number (GB 11643); one kept as a number has lost its last digits and is refused."""
    if isinstance(cell, int | float):
        raise CellProblem("E206", f"{cell:.0f}")
    if isinstance(cell, str) and "**" in cell:
        return Masked()
    value = code(cell).upper()
    if value and not (is_id_number(value) or is_old_id_number(value)):
        raise CellProblem("E215", value)
    return value


def credit_code(cell: Cell) -> str:
    """An organisation's unified social credit code (GB 32100); one kept as a number is refused."""
    if isinstance(cell, int | float):
        raise CellProblem("E206", f"{cell:.0f}")
    value = code(cell).upper()
    if value and not is_credit_code(value):
        raise CellProblem("E216", value)
    return value


class Lost(str):
    """A value that is no longer there: nothing, with what stands in its place."""

    __slots__ = ("raw",)
    raw: str

    def __new__(cls, raw: str) -> Lost:
        lost = super().__new__(cls)
        lost.raw = raw
        return lost


def phone_or_words(cell: Cell) -> str:
    """A caller's phone as it stands in a list: put right where it is a number, lost where a spreadsheet cut its digits."""
    try:
        return code(cell)
    except CellProblem:
        return Lost(line(cell))


_LOST_DIGITS = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class Rounded(int):
    """A measure put right to a whole number, which the clerk is told."""

    __slots__ = ()
    code = "R902"


def whole(cell: Cell) -> int | None:
    """A measure in whole units; blank is None."""
    value = _digits(cell).replace(",", "")
    if not value:
        return None
    if not _MEASURE.fullmatch(value):
        raise CellProblem("E202", value)
    number = float(value)
    return int(number) if number.is_integer() else Rounded(round(number))


def count(cell: Cell) -> int | None:
    """Return how many there are of something; a part of one is refused, and blank is None."""
    found = whole(cell)
    if isinstance(found, Rounded):
        raise CellProblem("E212", _digits(cell))
    return found


_MEASURE = re.compile(r"\d{1,12}(\.\d+)?")


_DATE = re.compile(
    r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T\s]*(?P<before>上午|下午|傍晚|晚上|凌晨|清晨|早上|早晨|中午|AM|PM)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})?\s*(?P<half>半)?"
    r"\s*[:分]?\s*(?P<second>\d{1,2})?(?:\.\d+)?\s*秒?\s*(?P<after>上午|下午|晚上|AM|PM)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)|((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?")
_CHINESE_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_CHINESE_DATE = re.compile(r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]")
_YEARLESS = re.compile(r"\d{1,2}\s*(?:月\s*\d{1,2}\s*[日号]?|[./-]\s*\d{1,2})(?!\d|\s*[./-])")
YEAR: ContextVar[int | None] = ContextVar("year", default=None)
"""The year a clerk gave for dates that are written without one; none is ever guessed."""
_SERIAL_FIRST, _SERIAL_LAST = 20_000, 60_000
SERIAL = re.compile(r"[2-5]\d{4}(\.\d+)?")
"""A day a spreadsheet counts, kept as text."""
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet serial has no zone


def moment(cell: Cell) -> datetime | None:
    """A local date and time without a zone; midnight where only the date is given; blank is None."""
    if isinstance(cell, str) and SERIAL.fullmatch(cell.strip()):
        cell = float(cell)
    if isinstance(cell, int | float) and _SERIAL_FIRST <= cell <= _SERIAL_LAST:
        return _EPOCH + timedelta(seconds=round(float(cell) * 86_400))  # a serial is off by some microseconds
    value = fold_width(clean_line(_plain(cell), 80))
    if not value:
        return None
    year = YEAR.get()
    # 5.1 as a number may be the first of May or the tenth: only what was keyed in as text is a date.
    if isinstance(cell, str) and _YEARLESS.match(value):
        if year is None:
            raise CellProblem("E214", value)
        value = f"{year}年{value}" if "月" in value else f"{year}-{value}"
    if numerals := _CHINESE_DATE.match(value):
        value = _arabic(numerals) + value[numerals.end() :]
    try:
        if compact := _COMPACT.fullmatch(value):
            return datetime(*(int(part) for part in compact.groups() if part))  # type: ignore[arg-type]  # noqa: DTZ001
        found = _DATE.fullmatch(value)
        if found is None or (found["before"] and found["after"]):
            raise CellProblem("E203", value)
        hour, midnight = _hour(int(found["hour"] or 0), (found["before"] or found["after"] or "").upper())
        minute, second = 30 if found["half"] else int(found["minute"] or 0), int(found["second"] or 0)
        if hour == 24 and not (minute or second or midnight):
            hour, midnight = 12, True
        at = datetime(int(found[1]), int(found[2]), int(found[3]), hour, minute, second)  # noqa: DTZ001
        return at + timedelta(hours=12) if midnight else at
    except (ValueError, KeyError) as error:
        raise CellProblem("E203", value) from error


_DAYS = {"前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2}
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Years a date that somebody types may lie in."""
_TIME_ONLY = re.compile(r"\d{1,2}([:：]\d{2}|[时点](\d{1,2}分?)?)")

_SERIAL = re.compile(r"\d{1,7}(\.\d*)?")
_NO_YEAR = re.compile(r"\d{1,2}([-/.]|月)\d{1,2}日?[ T]+\d{1,2}:\d{2}")


def spoken_deadline(said: str, today: date) -> datetime | None:
    """:func:`spoken_moment` that must name an hour: a bare day would mean the midnight it begins with.

    Raises:
        CellProblem: it is none, or names no hour.
    """
    found = spoken_moment(said, today)
    if found is not None and not re.search("[:：时点]", said):
        raise CellProblem("E203", said)
    return found


def spoken_moment(said: str, today: date) -> datetime | None:
    """A local date and time as people say one: ``2026-11-27 10:00``, ``明天 10:00``, ``17:30`` for today's, ``11-27 10:00`` for
    this year's; None for nothing.

    Raises:
        CellProblem: it is none.
    """
    words = fold_width(clean_line(said, 80)).strip()
    if _SERIAL.fullmatch(words):
        # A sheet's number for a day, which nobody says.
        raise CellProblem("E203", words)
    for name, days in _DAYS.items():
        if words.startswith(name):
            words = f"{today + timedelta(days=days):%Y-%m-%d} {words.removeprefix(name).strip()}"
            break
    else:
        if _TIME_ONLY.fullmatch(words):
            words = f"{today:%Y-%m-%d} {words}"
        elif no_year := _NO_YEAR.fullmatch(words):
            words = f"{today.year}{'年' if no_year[1] == '月' else no_year[1]}{words}"
    found = moment(words)
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise CellProblem("E203", words)
    return found


_MONTH = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?")


def spoken_day(said: str, today: date, *, or_month: bool = False) -> date | None:
    """A day as people say one: ``2026-11-27``, ``2026年11月27日``, ``11-27`` for this year's, ``明天``; None for nothing.

    Args:
        or_month: ``2026-11`` is good too, and means its first day.

    Raises:
        CellProblem: it is none, or names an hour.
    """
    words = fold_width(clean_line(said, 80)).strip()
    if or_month and _MONTH.fullmatch(words):
        words = f"{words.rstrip('月')}-1" if "年" not in words else f"{words.rstrip('月')}月1日"
    elif _YEARLESS.fullmatch(words):
        words = f"{today.year}年{words}" if "月" in words else f"{today.year}-{words}"
    found = spoken_moment(words, today)
    if found is not None and (re.search("[:时点]", words) or found.time() != time()):
        raise CellProblem("E203", said)
    return None if found is None else found.date()


_PARTS = {"凌晨": range(7), "清晨": range(4, 10), "早上": range(4, 12), "早晨": range(4, 12)}
"""Hours of the words for early parts of a day; with another hour such a word is a slip, or says which day it means in vain."""


def _hour(hour: int, part: str) -> tuple[int, bool]:
    """The hour of the day by the word beside it, and whether it is noon that stands for the midnight after.

    Raises:
        ValueError: the word contradicts the hour.
    """
    if part in _PARTS:
        if hour not in _PARTS[part]:
            raise ValueError(part)
        return hour, False
    if part == "中午":
        if hour not in (11, 12, 13, 1, 2):
            raise ValueError(part)
        return (hour + 12 if hour < 11 else hour), False
    if part in ("上午", "AM"):
        if hour > 12:
            raise ValueError(part)
        return hour % 12, False
    if part in ("下午", "傍晚", "晚上", "PM"):
        return (hour + 12 if hour < 12 else hour), part == "晚上" and hour == 12
    return hour, False


def day(cell: Cell) -> date | None:
    """A date; blank is None."""
    found = moment(cell)
    return None if found is None else found.date()


def _arabic(numerals: re.Match[str]) -> str:
    year = "".join(_CHINESE_DIGITS[char] for char in numerals[1])
    try:
        return f"{year}年{_chinese_number(numerals[2])}月{_chinese_number(numerals[3])}日"
    except KeyError as error:
        raise CellProblem("E203", numerals[0]) from error


def _chinese_number(word: str) -> int:
    """一 … 三十一."""
    tens, mark, ones = word.partition("十")
    if not mark:
        return int(_CHINESE_DIGITS[word]) if len(word) == 1 else int("".join(_CHINESE_DIGITS[char] for char in word))
    return (int(_CHINESE_DIGITS[tens]) if tens else 1) * 10 + (int(_CHINESE_DIGITS[ones]) if ones else 0)


@dataclass(frozen=True, slots=True)
class ParsedLimit:
    """A limit cell, understood."""

    milestones: tuple[Milestone, ...]
    note: str = ""
    """Code of a remark the clerk should see; empty if the cell was plain."""


_UNITS: tuple[tuple[str, Unit, int], ...] = (
    ("紧急工作小时", Unit.URGENT_HOUR, 1),
    ("紧急工作时", Unit.URGENT_HOUR, 1),
    # Nowhere defined; read as round-the-clock days, the stricter of the two possible readings.
    ("紧急工作日", Unit.URGENT_HOUR, 24),
    ("工作小时", Unit.WORK_HOUR, 1),
    ("工作时", Unit.WORK_HOUR, 1),
    ("个工作日", Unit.WORK_DAY, 1),
    ("工作日", Unit.WORK_DAY, 1),
    ("自然日", Unit.NATURAL_DAY, 1),
    ("自然天", Unit.NATURAL_DAY, 1),
    # A bare 小时 or 天 means work hours and work days, as the municipal standards behind such working copies write.
    ("个小时", Unit.WORK_HOUR, 1),
    ("小时", Unit.WORK_HOUR, 1),
    ("天", Unit.WORK_DAY, 1),
    ("日", Unit.WORK_DAY, 1),
)
_LIMIT = re.compile(
    r"(?P<before>[^\d一二三四五六七八九十]*)(?P<amount>\d+(?:\.\d+)?|[一二三四五六七八九十]{1,3})个?(?P<unit>"
    + "|".join(word for word, _, _ in _UNITS)
    + r")(?:内)?(?P<after>[^\d]*)"
)


_LONGEST = Limit(Decimal(3650), Unit.NATURAL_DAY)
"""Ten years: a longer limit is a slip of the pen, and would take the clock beyond its calendar."""


def limit(cell: Cell) -> ParsedLimit:
    """``2紧急工作时``, ``4小时``, ``15天``, ``种植季节15工作日``, ``4工作时制止，7工作日处罚``."""
    value = fold_width(clean_line(_plain(cell), 200)).replace(" ", "")
    if not value:
        raise CellProblem("E201", "")
    milestones: list[Milestone] = []
    note = ""
    for part in re.split(r"[,，;；、]", value):
        if not part:
            continue
        found = _LIMIT.fullmatch(part)
        if found is None:
            raise CellProblem("E204", value)
        unit, factor = next((unit, factor) for word, unit, factor in _UNITS if word == found["unit"])
        label = (found["before"] + found["after"]).strip("()内")
        try:
            amount = Decimal(found["amount"]) if found["amount"][0].isdigit() else Decimal(_chinese_number(found["amount"]))
            limit_found = Limit(amount * factor, unit)
        except (ValueError, KeyError) as error:
            raise CellProblem("E204", value) from error
        if limit_found.strictness > _LONGEST.strictness or (label and not any(char.isalpha() for char in label)):
            raise CellProblem("E204", value)
        milestones.append(Milestone(limit_found, label))
        if factor > 1:
            note = "W904"
    return ParsedLimit(tuple(milestones), note)


def one_limit(said: str) -> Limit:
    """A stretch of time as somebody asks for it: ``4工作时``, ``3个工作日``; one, and no words about it: 4天半 is not four days.

    Raises:
        CellProblem: it is none.
    """
    found = limit(said).milestones
    if len(found) != 1 or found[0].label:
        raise CellProblem("E204", said)
    return found[0].limit


_LIST = re.compile(r"[、,，;；/\n\s]+")


def words(cell: Cell) -> tuple[str, ...]:
    """A list in one cell."""
    return tuple(item for item in _LIST.split(fold_width(clean_text(_plain(cell)))) if item)


def at_office(value: datetime, zone: tzinfo) -> datetime:
    """A local moment of a sheet as an aware instant."""
    return value.replace(tzinfo=zone)
