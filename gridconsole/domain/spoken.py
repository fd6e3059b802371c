"""Parse times, days and limits as people type them in a form, an option or a cell, in Chinese or English.

Nothing is guessed: input that does not parse is refused with the code of its message (``issue.E203`` and so on).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal

from gridconsole.domain.catalogue import Limit, Milestone
from gridconsole.domain.codes import Unit
from gridconsole.domain.text import clean_line, fold_width


class ValueProblem(Exception):
    """A value that is refused.

    Attributes:
        code: of the message about it, such as ``E203``.
        suggestion: probable meaning; often empty.
    """

    def __init__(self, code: str, value: str = "", suggestion: str = "") -> None:
        super().__init__(code)
        self.code, self.value, self.suggestion = code, value, suggestion


# --- times and days ---------------------------------------------------------------------------------------------

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


_WEEKDAY = re.compile(r"\s*\(?\s*(?:星期|周|礼拜)([一二三四五六日天])\s*\)?\s*")
_WEEKDAYS = {char: day for day, chars in enumerate(("一", "二", "三", "四", "五", "六", "日天")) for char in chars}
_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)", re.IGNORECASE)
_CHINA = timezone(timedelta(hours=8))
"""Zone of all offices; a time with an offset is converted to it."""
_SHORT_YEAR = re.compile(r"(2\d|3[0-5])(年\s*\d{1,2}\s*月|[./-]\d{1,2}[./-]\d{1,2}(?!\d))")
"""A year of two digits in the Chinese order: 26年11月23日, 26.11.23. Others may be days or months and are refused."""


def _plainly(value: str) -> str:
    """Return a date without its weekday, in the office's zone, with a year of four digits.

    Raises:
        ValueProblem: the weekday is that of another day.
    """
    offset = _OFFSET.fullmatch(value)
    if offset is not None:
        sign = offset[2].upper().replace("Z", "+00:00")
        at = datetime.fromisoformat(offset[1].replace(" ", "T") + (sign if ":" in sign else f"{sign[:3]}:{sign[3:]}"))
        return f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"
    if _SHORT_YEAR.match(value):
        value = f"20{value}"
    weekday = _WEEKDAY.search(value)
    if weekday is None:
        return value
    plain = _WEEKDAY.sub(" ", value, count=1).strip()
    found = _DATE.fullmatch(plain)
    if found is not None:
        try:
            is_other = date(int(found[1]), int(found[2]), int(found[3])).weekday() != _WEEKDAYS[weekday[1]]
        except ValueError:
            is_other = False
        if is_other:
            raise ValueProblem("E232", value)
    return plain


def moment(value: str, year: int | None = None) -> datetime | None:
    """Parse a local date and time; midnight if only the date is given. Returns None for empty input.

    Args:
        value: in half width, on one line.
        year: used for a date written without a year.

    Raises:
        ValueProblem: the value is not a date and time, or lacks its year.
    """
    value = _plainly(value)
    if _YEARLESS.match(value):
        if year is None:
            raise ValueProblem("E214", value)
        value = f"{year}年{value}" if "月" in value else f"{year}-{value}"
    return dated_moment(value)


def dated_moment(value: str) -> datetime | None:
    """Parse a date and time whose year is given; otherwise like :func:`moment`.

    Raises:
        ValueProblem: the value is not a date and time.
    """
    if not value:
        return None
    if numerals := _CHINESE_DATE.match(value):
        value = _arabic(numerals) + value[numerals.end() :]
    try:
        if compact := _COMPACT.fullmatch(value):
            return datetime(*(int(part) for part in compact.groups() if part))  # type: ignore[arg-type]  # noqa: DTZ001
        found = _DATE.fullmatch(value)
        if found is None or (found["before"] and found["after"]):
            raise ValueProblem("E203", value)
        hour, midnight = _hour(int(found["hour"] or 0), (found["before"] or found["after"] or "").upper())
        minute, second = 30 if found["half"] else int(found["minute"] or 0), int(found["second"] or 0)
        if hour == 24 and not (minute or second or midnight):
            hour, midnight = 12, True
        at = datetime(int(found[1]), int(found[2]), int(found[3]), hour, minute, second)  # noqa: DTZ001
        return at + timedelta(hours=12) if midnight else at
    except (ValueError, KeyError) as error:
        raise ValueProblem("E203", value) from error


_DAYS = {
    "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2,
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""First and last year accepted in a typed date."""
_TIME_ONLY = re.compile(r"\d{1,2}([:：]\d{2}|[时点](\d{1,2}分?)?)")

_SERIAL = re.compile(r"\d{1,7}(\.\d*)?")
_NO_YEAR = re.compile(r"\d{1,2}([-/.]|月)\d{1,2}日?[ T]+\d{1,2}:\d{2}")


def spoken_deadline(said: str, today: date) -> datetime | None:
    """Parse a deadline like :func:`spoken_moment`, but require an hour: a bare day would mean the midnight at its start.

    Raises:
        ValueProblem: the text is not a date and time, or has no hour.
    """
    found = spoken_moment(said, today)
    if found is not None and not re.search("[:：时点]", said):
        raise ValueProblem("E203", said)
    return found


def spoken_moment(said: str, today: date) -> datetime | None:
    """Parse a local date and time as people type it. Returns None for empty input.

    Accepts ``2026-11-27 10:00``, ``明天 10:00``, ``17:30`` (today) and ``11-27 10:00`` (this year).

    Raises:
        ValueProblem: the text is not a date and time, or its year is outside ``FIRST_YEAR`` to ``LAST_YEAR``.
    """
    words = fold_width(clean_line(said, 80)).strip()
    if _SERIAL.fullmatch(words):
        # A spreadsheet's serial number of a day; people never type one.
        raise ValueProblem("E203", words)
    for name, days in _DAYS.items():
        if words.lower().startswith(name):
            hour = words[len(name) :].strip().removeprefix("at ")
            words = f"{today + timedelta(days=days):%Y-%m-%d} {hour}"
            break
    else:
        if _TIME_ONLY.fullmatch(words):
            words = f"{today:%Y-%m-%d} {words}"
        elif no_year := _NO_YEAR.fullmatch(words):
            words = f"{today.year}{'年' if no_year[1] == '月' else no_year[1]}{words}"
    found = moment(words)
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueProblem("E203", words)
    return found


def at_office(value: datetime, zone: tzinfo) -> datetime:
    """Attach the office's time zone to a local time that has none."""
    return value.replace(tzinfo=zone)


_MONTH = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*月?")


def spoken_day(said: str, today: date, *, or_month: bool = False) -> date | None:
    """Parse a day as people type it: ``2026-11-27``, ``2026年11月27日``, ``11-27`` (this year), ``明天``. Returns None for empty input.

    Args:
        or_month: also accept a month such as ``2026-11``, which means its first day.

    Raises:
        ValueProblem: the text is not a day, or has an hour.
    """
    words = fold_width(clean_line(said, 80)).strip()
    if or_month and _MONTH.fullmatch(words):
        words = f"{words.rstrip('月')}-1" if "年" not in words else f"{words.rstrip('月')}月1日"
    elif _YEARLESS.fullmatch(words):
        words = f"{today.year}年{words}" if "月" in words else f"{today.year}-{words}"
    found = spoken_moment(words, today)
    if found is not None and (re.search("[:时点]", words) or found.time() != time()):
        raise ValueProblem("E203", said)
    return None if found is None else found.date()


_PARTS = {"凌晨": range(7), "清晨": range(4, 10), "早上": range(4, 12), "早晨": range(4, 12)}
"""Hours allowed with each word for an early part of the day; with another hour the word is a mistake or leaves the day unclear."""


def _hour(hour: int, part: str) -> tuple[int, bool]:
    """Return the hour of the day, given the word beside it, and whether 12 means the midnight that follows (晚上12点).

    Raises:
        ValueError: the word contradicts the hour.
    """
    if part == "凌晨" and hour == 12:
        return 0, False
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


def _arabic(numerals: re.Match[str]) -> str:
    year = "".join(_CHINESE_DIGITS[char] for char in numerals[1])
    try:
        return f"{year}年{_chinese_number(numerals[2])}月{_chinese_number(numerals[3])}日"
    except KeyError as error:
        raise ValueProblem("E203", numerals[0]) from error


def _chinese_number(word: str) -> int:
    """Convert a Chinese numeral, 一 … 三十一."""
    tens, mark, ones = word.partition("十")
    if not mark:
        return int(_CHINESE_DIGITS[word]) if len(word) == 1 else int("".join(_CHINESE_DIGITS[char] for char in word))
    return (int(_CHINESE_DIGITS[tens]) if tens else 1) * 10 + (int(_CHINESE_DIGITS[ones]) if ones else 0)


# --- limits -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParsedLimit:
    """A limit cell after parsing."""

    milestones: tuple[Milestone, ...]
    note: str = ""
    """Code of a remark that the clerk should see; empty if there is none."""


_UNITS: tuple[tuple[str, Unit, int], ...] = (
    ("紧急工作小时", Unit.URGENT_HOUR, 1),
    ("紧急工作时", Unit.URGENT_HOUR, 1),
    # Defined in no standard; taken as round-the-clock days, the stricter of the two possible meanings.
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
"""Ten years: a longer limit is a typing error, and would exceed the calendar."""


_ENGLISH_UNITS = tuple(
    (re.compile(rf"(?<=[\d\s])(?:{words})(?![a-z])", re.IGNORECASE), unit)
    for words, unit in (
        (r"urgent\s+(?:work(?:ing)?\s*)?(?:hours?|h)", "紧急工作时"),
        (r"work(?:ing)?\s*(?:hours?|h)|wh", "工作时"),
        (r"work(?:ing)?\s*(?:days?|d)|wd", "工作日"),
        (r"(?:natural|calendar)\s+days?", "自然日"),
        (r"hours?|h", "小时"),
        (r"days?|d", "天"),
    )
)
"""English units, each with the Chinese unit that replaces it."""


def limit(said: str) -> ParsedLimit:
    """Parse a limit: ``2紧急工作时``, ``4小时``, ``15天``, ``4 working hours``, ``种植季节15工作日``, ``4工作时制止，7工作日处罚``.

    Raises:
        ValueProblem: the text is not a limit.
    """
    value = fold_width(clean_line(said, 200))
    for english, unit in _ENGLISH_UNITS:
        value = english.sub(unit, value)
    value = value.replace(" ", "")
    if not value:
        raise ValueProblem("E201", "")
    milestones: list[Milestone] = []
    note = ""
    for part in re.split(r"[,，;；、]", value):
        if not part:
            continue
        found = _LIMIT.fullmatch(part)
        if found is None:
            raise ValueProblem("E204", value)
        unit, factor = next((unit, factor) for word, unit, factor in _UNITS if word == found["unit"])
        label = (found["before"] + found["after"]).strip("()内")
        try:
            amount = Decimal(found["amount"]) if found["amount"][0].isdigit() else Decimal(_chinese_number(found["amount"]))
            limit_found = Limit(amount * factor, unit)
        except (ValueError, KeyError) as error:
            raise ValueProblem("E204", value) from error
        if limit_found.strictness > _LONGEST.strictness or (label and not any(char.isalpha() for char in label)):
            raise ValueProblem("E204", value)
        milestones.append(Milestone(limit_found, label))
        if factor > 1:
            note = "W904"
    return ParsedLimit(tuple(milestones), note)


def one_limit(said: str) -> Limit:
    """Parse exactly one length of time without a label, such as ``4工作时`` or ``3个工作日``; 4天半 is refused, as it is not four days.

    Raises:
        ValueProblem: the text is not exactly one length of time.
    """
    found = limit(said).milestones
    if len(found) != 1 or found[0].label:
        raise ValueProblem("E204", said)
    return found[0].limit
