"""A yearly notice of the State Council about days off and make-up workdays, read from plain text or JSON and checked.

A notice states how many days each holiday has and the weekdays of its first and last day. Both are checked against the calendar.
So a mistake in the notice or in retyping it is refused with its sentence and never moves a deadline.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from gridconsole.domain.clock import MADE_UP, CalendarDay, DayLayer, notice_year
from gridconsole.domain.errors import (
    NoticeForeign,
    NoticeFormat,
    NoticeIncomplete,
    NoticeOtherYear,
    NoticeTraditional,
    NoticeUnclear,
    NoticeWrong,
)

WEEKDAYS = "一二三四五六日"
LONGEST_HOLIDAY = 31
SEVEN_SINCE = 2008
"""From this year on there are seven statutory holidays; before, there were three."""
_STATUTORY = (
    ("元旦", ("元旦",)), ("春节", ("春节",)), ("清明节", ("清明",)), ("劳动节", ("劳动", "五一")), ("端午节", ("端午",)),
    ("中秋节", ("中秋",)), ("国庆节", ("国庆",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HolidayNotice:
    """Content of the notice for a year."""

    year: int
    days: tuple[CalendarDay, ...]
    """In order; a few may lie in the last days of the year before."""
    unsummed: tuple[str, ...] = ()
    """Holidays whose number of days the text does not state, so that their days could not be checked."""


# --- files ------------------------------------------------------------------------------------------------------

_MAGIC = (
    (b"PK\x03\x04", "docx"), (b"%PDF", "PDF"), (b"\xd0\xcf\x11\xe0", "doc"), (b"{\\rtf", "rtf"), (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
)  # fmt: skip
_PAGE = re.compile(r"<(?:!doctype|html|body|head)\b", re.IGNORECASE)


def notice_text(raw: bytes, file: str) -> str:
    """Decode the text of a file: UTF-8, UTF-16 or GBK.

    Raises:
        NoticeFormat: the file is a document, a picture or a web page.
        NoticeForeign: the bytes are not text in any of these encodings.
    """
    kind = next((name for magic, name in _MAGIC if raw.startswith(magic)), "")
    if kind:
        raise NoticeFormat(file=file, kind=kind)
    for encoding in _encodings(raw):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            continue
        if _PAGE.search(text[:2000]):
            raise NoticeFormat(file=file, kind="html")
        return text
    raise NoticeForeign(file=file)


def _encodings(raw: bytes) -> Sequence[str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if b"\0" in raw:
        # UTF-16 without a byte order mark: the zero bytes of digits and line ends show the byte order.
        return ("utf-16-le", "utf-16-be") if raw[1::2].count(0) >= raw[::2].count(0) else ("utf-16-be", "utf-16-le")
    return ("utf-8-sig", "gb18030")


def read_notice(raw: bytes, year: int, file: str) -> HolidayNotice:
    """Read a notice from a file's bytes, as plain text or as JSON.

    Raises:
        NoticeFormat, NoticeForeign, NoticeTraditional, NoticeUnclear, NoticeWrong: the file is not a valid notice.
        NoticeOtherYear, NoticeIncomplete: the notice is about another year, or not about a whole year.
    """
    text = notice_text(raw, file)
    parse = parse_json if text.lstrip().startswith(("{", "[")) else parse_text
    return parse(text, year, file)


# --- text -------------------------------------------------------------------------------------------------------

_CORE = "元旦|春节|清明|劳动|五一|端午|中秋|国庆|十一"
_NUMERAL = "(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)"
_HEADING = re.compile(
    rf"{_NUMERAL}[^：。；，（）]{{2,40}}：|(?:国际|节|[、和及“”\"]|{_CORE})*(?:{_CORE})(?:国际|节|[、和及“”\"]|{_CORE})*："
)
"""``一、元旦：``; without a numeral only with a holiday's name. A holiday of a single year (抗战胜利日) always has a numeral."""
_TRADITIONAL = re.compile("國務院|春節|清明節|勞動|端午節|中秋節|國慶|調休|週[一二三四五六日]|補休|部分節")
_TITLE_YEAR = re.compile(r"(\d{4})年(?=[^。：]{0,60}(?:节假日|休息日|假期|放假))")
_TITLES = re.compile(r"关于(\d{4})年(?:部分)?节假日")
_SEASONS = {
    "春节": ((1, 10), (3, 10)), "清明": ((3, 25), (4, 15)), "劳动": ((4, 20), (5, 15)), "五一": ((4, 20), (5, 15)),
    "端午": ((5, 20), (7, 5)), "中秋": ((9, 1), (10, 15)), "国庆": ((9, 20), (10, 15)), "十一": ((9, 20), (10, 15)),
}  # fmt: skip
"""First and last day (month, day) on which a holiday's days off can lie; 元旦 is missing, as it crosses the year's end."""
_DATE = r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:（[^）]*）)?"
_ONE_DATE = re.compile(r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:（(?P<beside>[^）]*)）)?")
_JOINS = "至到和及、—–~-"
_DATES = re.compile(rf"{_DATE}(?:[{_JOINS}]+{_DATE})*")
_CLAUSE = re.compile(rf"(?:其中)?(?P<dates>{_DATE}(?:[{_JOINS}]+{_DATE})*)(?P<verb>[^\d]*?)(?:共?(?P<count>\d+)天)?")
_SUM = re.compile(r"(?:一?共|合计|连休|放假)(?P<count>\d+)天")
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_OFF = frozenset({"放假", "放假调休", "放假公休", "放假休息", "放假补休", "补休", "调休", "休息", "休假", "调休放假"})
_WORKED = frozenset({"上班", "正常上班", "照常上班", "调休上班", "补班"})
_EXPLAINED_OTHERWISE = re.compile(
    rf"为法定节假日|为公休日|照常公休|(?:[一二两三四]个)?公休日(?:分别)?调整?[至到]{_DATES.pattern}"
)
"""Explanations in notices of the first years, which repeat the sentence before."""
_ADVICE = ("鼓励", "国务院办公厅", "节假日期间", "各地区", "各单位", "有条件")
_VERB = re.compile("放假|上班|补休|补班|休息|休假|公休|调休|连休")
_BACK = str.maketrans({"(": "（", ")": "）", ",": "，", ":": "：", ";": "；"})


def parse_text(text: str, year: int, file: str) -> HolidayNotice:
    """Read a published notice: 一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。

    Raises:
        NoticeForeign, NoticeTraditional, NoticeUnclear, NoticeWrong: the text is not a notice, or contradicts the calendar.
        NoticeOtherYear, NoticeIncomplete: the notice is about another year, or not about a whole year.
    """
    # In text copied from a PDF, 月 and 日 may be radicals that only look like them, and lines break anywhere.
    joined = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_BACK)
    if _TRADITIONAL.search(joined):
        raise NoticeTraditional(file=file)
    headings = list(_HEADING.finditer(joined))
    if not any(re.search(_CORE, heading[0]) for heading in headings):
        raise NoticeForeign(file=file)
    for other in _TITLES.finditer(joined):
        if int(other[1]) != year:
            raise NoticeOtherYear(file=file, found=int(other[1]), wanted=year)
    found = _TITLE_YEAR.search(joined[: headings[0].start()])
    if found is not None and int(found[1]) != year:
        raise NoticeOtherYear(file=file, found=int(found[1]), wanted=year)
    if found is None and not _WEEKDAY.search(joined):
        # With neither a year nor a weekday the text would fit any year.
        raise NoticeForeign(file=file)
    reader = _Reader(year, file)
    ends = [heading.start() for heading in headings[1:]] + [len(joined)]
    for heading, end in zip(headings, ends, strict=True):
        name = re.sub(f'^{_NUMERAL}|[“”"：]', "", heading[0]).strip("、和及")
        reader.item(name, joined[heading.end() : end])
    return reader.notice()


class _Reader:
    """Reader of a notice, item by item."""

    def __init__(self, year: int, file: str) -> None:
        self.year, self.file = year, file
        self.days: dict[date, tuple[CalendarDay, str]] = {}
        self.names: list[str] = []
        self.summed: set[str] = set()

    def item(self, name: str, body: str) -> None:
        self.names.append(name)
        for sentence in re.split("[。；]", body):
            if _ONE_DATE.search(sentence) and _VERB.search(sentence) and not sentence.startswith(_ADVICE):
                self._sentence(name, sentence)

    def notice(self) -> HolidayNotice:
        _check_complete(self.names, self.year, self.file)
        unsummed = tuple(name for name in dict.fromkeys(self.names) if name not in self.summed)
        return HolidayNotice(self.year, tuple(self.days[day][0] for day in sorted(self.days)), unsummed)

    def _sentence(self, name: str, sentence: str) -> None:
        off: set[date] = set()
        for clause in _clauses(sentence):
            total = _SUM.fullmatch(clause)
            if total is not None:
                self._check_sum(sentence, off, int(total["count"]))
                self.summed.add(name)
                continue
            matched = _CLAUSE.fullmatch(clause)
            verb = matched["verb"] if matched is not None else ""
            if matched is None or verb not in _OFF | _WORKED:
                self._explains_otherwise(name, sentence, clause)
                continue
            days = self._days(name, sentence, matched["dates"])
            if verb in _OFF:
                off.update(days)
            if matched["count"]:
                self._check_sum(sentence, off if verb in _OFF else set(days), int(matched["count"]))
                self.summed.add(name)
            for day in days:
                self._put(day, sentence, name, is_workday=verb in _WORKED)

    def _explains_otherwise(self, name: str, sentence: str, clause: str) -> None:
        """Check a clause that sets no day: without a date it is ignored, with one it must be a known explanation."""
        dates = _DATES.match(clause.removeprefix("其中"))
        if dates is None and not _ONE_DATE.search(clause):
            return
        if dates is None or not _EXPLAINED_OTHERWISE.fullmatch(clause.removeprefix("其中"), dates.end()):
            raise NoticeUnclear(file=self.file, value=sentence)
        self._days(name, sentence, dates[0])

    def _days(self, name: str, sentence: str, dates: str) -> list[date]:
        found: list[date] = []
        month: int | None = None
        end = 0
        for matched in _ONE_DATE.finditer(dates):
            joins, end = dates[end : matched.start()], matched.end()
            month = int(matched["month"]) if matched["month"] else month
            if month is None:
                raise NoticeUnclear(file=self.file, value=sentence)
            day = self._day(name, sentence, matched, month)
            if found and joins and not set(joins) & set("、和及"):
                if not timedelta(0) < day - found[-1] <= timedelta(days=LONGEST_HOLIDAY):
                    raise NoticeWrong(file=self.file, value=sentence, why="notice_order", found=dates, expected="forward")
                found += [found[-1] + timedelta(days=offset + 1) for offset in range((day - found[-1]).days)]
            else:
                found.append(day)
        return found

    def _day(self, name: str, sentence: str, matched: re.Match[str], month: int) -> date:
        year = int(matched["year"]) if matched["year"] else self.year
        if not matched["year"] and "元旦" in name and month == 12:
            year -= 1
        try:
            day = date(year, month, int(matched["day"]))
        except ValueError as error:
            raise NoticeWrong(
                file=self.file, value=sentence, why="notice_day", found=matched[0], expected="day_of_calendar"
            ) from error
        _check_year(day, self.year, sentence, self.file)
        said = _WEEKDAY.search(matched["beside"] or "")
        if said is not None and WEEKDAYS.index(said[1].replace("天", "日")) != day.weekday():
            raise NoticeWrong(
                file=self.file, value=sentence, why="notice_weekday", found=matched[0], expected=f"周{WEEKDAYS[day.weekday()]}"
            )
        return day

    def _check_sum(self, sentence: str, off: set[date], said: int) -> None:
        if len(off) != said:
            raise NoticeWrong(file=self.file, value=sentence, why="notice_sum", found=f"{said}天", expected=f"{len(off)}天")

    def _put(self, day: date, sentence: str, name: str, *, is_workday: bool) -> None:
        spans = [span for holiday, span in _SEASONS.items() if holiday in name]
        if spans and not is_workday and not any(first <= (day.month, day.day) <= last for first, last in spans):
            raise NoticeWrong(
                file=self.file, value=sentence, why="notice_season", found=f"{day.month}月{day.day}日", expected=name
            )
        known = self.days.get(day)
        if known is not None and not known[0].is_workday and not is_workday and known[0].note != name:
            raise NoticeWrong(
                file=self.file, value=sentence, why="notice_twice", found=f"{day.month}月{day.day}日", expected=known[0].note
            )
        put_day(self.days, rule_of(day, name, is_workday=is_workday), sentence, self.file)


def _clauses(sentence: str) -> Iterator[str]:
    """Split a sentence at commas, except those inside brackets."""
    for part in re.split(r"，(?![^（]*）)", sentence):
        if part:
            yield part


# --- JSON -------------------------------------------------------------------------------------------------------


def parse_json(text: str, year: int, file: str) -> HolidayNotice:
    """Read a notice in the format of the holiday-cn project: ``{"year": 2026, "days": [{"name", "date", "isOffDay"}]}``.

    Raises:
        NoticeForeign, NoticeWrong: the text has another form, or contradicts itself.
        NoticeOtherYear, NoticeIncomplete: the notice is about another year, or not about a whole year.
    """
    try:
        said = json.loads(text)
        found, listed = int(said["year"]), [(str(day["name"]), str(day["date"]), day["isOffDay"]) for day in said["days"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoticeForeign(file=file) from error
    if found != year:
        raise NoticeOtherYear(file=file, found=found, wanted=year)
    days: dict[date, tuple[CalendarDay, str]] = {}
    for name, at, is_off in listed:
        try:
            day = date.fromisoformat(at)
        except ValueError as error:
            raise NoticeWrong(file=file, value=f"{name} {at}", why="notice_day", found=at, expected="day_of_calendar") from error
        if not isinstance(is_off, bool):
            raise NoticeForeign(file=file)
        _check_year(day, year, f"{name} {at}", file)
        if not is_off and day.weekday() < 5:
            # An ordinary weekday listed as worked, as after a holiday was made longer (3 February 2020), changes nothing.
            continue
        put_day(days, rule_of(day, name, is_workday=not is_off), f"{name} {at}", file)
    _check_complete([name for name, _, _ in listed], year, file)
    return HolidayNotice(year, tuple(days[day][0] for day in sorted(days)))


# --- shared -----------------------------------------------------------------------------------------------------


def rule_of(day: date, name: str, *, is_workday: bool) -> CalendarDay:
    """Return a day of a notice; a make-up workday gets Monday's hours, because notices do not state its hours."""
    return CalendarDay(day, True, name + MADE_UP, DayLayer.NOTICE, 0) if is_workday else CalendarDay(day, False, name)


def put_day(days: dict[date, tuple[CalendarDay, str]], rule: CalendarDay, sentence: str, file: str) -> None:
    """Add a day, with the sentence it comes from.

    Raises:
        NoticeWrong: the day is both off and worked, or a make-up workday that is not on a weekend.
    """
    if rule.is_workday and rule.day.weekday() < 5:
        found = f"{rule.day}（周{WEEKDAYS[rule.day.weekday()]}）"
        raise NoticeWrong(file=file, value=sentence, why="notice_weekend", found=found, expected="weekend")
    known = days.setdefault(rule.day, (rule, sentence))
    if known[0].is_workday is not rule.is_workday:
        raise NoticeWrong(file=file, value=sentence, why="notice_both", found=rule.day.isoformat(), expected="rest_or_work")


def _check_year(day: date, year: int, sentence: str, file: str) -> None:
    if notice_year(day) != year:
        raise NoticeWrong(file=file, value=sentence, why="notice_year", found=day.isoformat(), expected=f"{year}年")


def _check_complete(names: Sequence[str], year: int, file: str) -> None:
    said = " ".join(names)
    missing = [name for name, words in _STATUTORY if not any(word in said for word in words)]
    if missing and year >= SEVEN_SINCE:
        raise NoticeIncomplete(file=file, names=missing)


def day_runs(days: Sequence[CalendarDay]) -> list[tuple[CalendarDay, CalendarDay]]:
    """Return the first and last day of every run of consecutive equal days, in order; for display."""
    runs: list[tuple[CalendarDay, CalendarDay]] = []
    for before, item in pairwise((None, *days)):
        if item is None:
            continue
        follows = before is not None and item.day - before.day == timedelta(days=1)
        if follows and before is not None and (before.is_workday, before.note) == (item.is_workday, item.note):
            runs[-1] = runs[-1][0], item
        else:
            runs.append((item, item))
    return runs
