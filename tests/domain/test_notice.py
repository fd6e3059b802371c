"""Notices about days off: read as they are published, in whatever way they were copied, and refused where they contradict themselves."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notices_as_text import NOTICE_2027, YEARS

from gridconsole.domain.clock import WorkCalendar, make_noticed, notice_year
from gridconsole.domain.errors import (
    NoticeForeign,
    NoticeFormat,
    NoticeIncomplete,
    NoticeOtherYear,
    NoticeTraditional,
    NoticeUnclear,
    NoticeWrong,
)
from gridconsole.domain.notice import HolidayNotice, parse_text, read_notice

WEEKDAYS = "一二三四五六日"
FILE = "通知.txt"


@dataclass(frozen=True)
class Item:
    """A holiday of a notice."""

    name: str
    off: tuple[tuple[date, date], ...]
    worked: tuple[date, ...]

    @property
    def days(self) -> int:
        return sum((last - first).days + 1 for first, last in self.off)


def items_of(year: int) -> list[Item]:
    """A year's line of :data:`YEARS`, read."""

    def day(text: str) -> date:
        parts = [int(part) for part in text.split("-")]
        return date(parts[0], parts[1], parts[2]) if len(parts) == 3 else date(year, parts[0], parts[1])

    items = []
    for text in YEARS[year].split("; "):
        name, off, *rest = text.split(" ")
        runs = tuple((day(run.split("~")[0]), day(run.split("~")[-1])) for run in off.split(","))
        items.append(Item(name, runs, tuple(day(one) for one in rest[0][1:].split(",")) if rest else ()))
    return items


@dataclass(frozen=True)
class Style:
    """How a notice is written and copied."""

    weekday: str = "周"
    weekdays_off: bool = True
    with_year: bool = False
    to: str = "至"
    total: str = "，共{}天"
    brackets: str = "（）"
    stop: str = "。"
    numerals: str = "{}、"
    title: str = "国务院办公厅关于{}年部分节假日安排的通知"
    break_every: int = 0
    """Lines are broken after so many characters, as copying from a PDF does."""


def written(year: int, style: Style, items: list[Item] | None = None) -> str:
    """A year's notice in words."""

    def said(day: date, *, weekday: bool, year_too: bool) -> str:
        beside = f"{style.brackets[0]}{style.weekday}{WEEKDAYS[day.weekday()]}{style.brackets[1]}" if weekday else ""
        return f"{f'{day.year}年' if year_too or day.year != year else ''}{day.month}月{day.day}日{beside}"

    lines = [style.title.format(year), "经国务院批准，现将元旦、春节等节日放假调休日期的具体安排通知如下。", ""]
    for number, item in enumerate(items if items is not None else items_of(year)):
        parts = []
        for first, last in item.off:
            begin = said(first, weekday=style.weekdays_off, year_too=style.with_year)
            # After a day of the year before, the next one has its year too.
            end = said(last, weekday=style.weekdays_off, year_too=style.with_year or first.year != last.year)
            parts.append(begin if first == last else f"{begin}{style.to}{end}")
        work = "、".join(said(day, weekday=True, year_too=style.with_year) for day in item.worked)
        text = f"{'、'.join(parts)}放假{'调休' if work else ''}{style.total.format(item.days)}{style.stop}"
        text += f"{work}上班{style.stop}" if work else ""
        lines.append(f"{style.numerals.format('一二三四五六七八九'[number])}{item.name}：{text}")
    lines += ["节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。", "国务院办公厅", f"{year - 1}年11月4日"]
    text = "\n".join(lines)
    every = style.break_every
    return "\n".join(text[at : at + every] for at in range(0, len(text), every)) if every else text


def days_of(items: list[Item]) -> dict[date, bool]:
    """Whether each day of some holidays is a workday."""
    found = {day: True for item in items for day in item.worked}
    for item in items:
        for first, last in item.off:
            found |= {first + timedelta(days=offset): False for offset in range((last - first).days + 1)}
    return found


def as_days(notice: HolidayNotice) -> dict[date, bool]:
    return {item.day: item.is_workday for item in notice.days}


STYLES = st.builds(
    Style,
    weekday=st.sampled_from(["周", "星期", "礼拜"]),
    weekdays_off=st.booleans(),
    with_year=st.booleans(),
    to=st.sampled_from(["至", "到", "—", "-", "～"]),
    total=st.sampled_from(["，共{}天", "{}天", "，共 {} 天", "共{}天"]),
    brackets=st.sampled_from(["（）", "()"]),
    stop=st.sampled_from(["。", "；"]),
    numerals=st.sampled_from(["{}、", "（{}）", "({})"]),
    title=st.sampled_from(["国务院办公厅关于{}年部分节假日安排的通知", "国务院办公厅关于{}年\n部分节假日安排的通知", "现将{}年放假安排通知如下"]),
    break_every=st.integers(0, 40),
)  # fmt: skip


@pytest.mark.parametrize("year", YEARS)
@given(style=STYLES)
def test_every_year_is_read_as_it_was_whatever_way_it_is_written(year: int, style: Style) -> None:
    assert as_days(parse_text(written(year, style), year, FILE)) == days_of(items_of(year))


@pytest.mark.parametrize("year", YEARS)
def test_every_year_agrees_with_the_installed_calendar(year: int) -> None:
    days, years = make_noticed(parse_text(written(year, Style()), year, FILE).days)
    calendar = WorkCalendar(days=days)
    every = [date(year - 1, 12, 25) + timedelta(days=offset) for offset in range(366)]
    mine = [day for day in every if notice_year(day) == year]
    assert [day for day in mine if calendar.is_workday(day) is not chinese_calendar.is_workday(day)] == []
    assert years == {year}


@given(year=st.sampled_from(sorted(YEARS)), place=st.integers(0, 6), more=st.sampled_from([-2, 1, 2, 5]))
def test_another_sum_is_refused_with_its_sentence(year: int, place: int, more: int) -> None:
    items = items_of(year)
    item = items[place % len(items)]
    before, _, after = written(year, Style()).partition(f"、{item.name}：")
    said = max(item.days + more, 0)
    wrong = f"{before}、{item.name}：{after.replace(f'共{item.days}天', f'共{said}天', 1)}"
    with pytest.raises(NoticeWrong) as refusal:
        parse_text(wrong, year, FILE)
    params = refusal.value.params
    assert (params["why"], params["found"], params["expected"]) == ("notice_sum", f"{said}天", f"{item.days}天")
    assert "放假" in str(params["value"])


@given(year=st.sampled_from(sorted(YEARS)), data=st.data())
def test_another_weekday_is_refused(year: int, data: st.DataObject) -> None:
    text = written(year, Style())
    found = data.draw(st.sampled_from(list(re.finditer("周([一二三四五六日])）", text))))
    other = data.draw(st.sampled_from([day for day in WEEKDAYS if day != found[1]]))
    with pytest.raises(NoticeWrong) as refusal:
        parse_text(text[: found.start(1)] + other + text[found.end(1) :], year, FILE)
    assert (refusal.value.params["why"], refusal.value.params["expected"]) == ("notice_weekday", f"周{found[1]}")


@pytest.mark.parametrize("year", YEARS)
def test_a_notice_without_one_of_its_holidays_is_no_whole_one(year: int) -> None:
    for item in items_of(year):
        if "纪念日" in item.name:
            continue
        with pytest.raises(NoticeIncomplete) as refusal:
            parse_text(written(year, Style(), [other for other in items_of(year) if other != item]), year, FILE)
        assert refusal.value.params["names"]


@pytest.mark.parametrize("year", YEARS)
def test_a_notice_of_another_year_is_reported_by_its_title_or_by_its_weekdays(year: int) -> None:
    with pytest.raises(NoticeOtherYear) as refusal:
        parse_text(written(year, Style()), year + 1, FILE)
    assert (refusal.value.params["found"], refusal.value.params["wanted"]) == (year, year + 1)
    with pytest.raises(NoticeWrong):
        parse_text(written(year, Style(title="通知")), year + 1, FILE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_encoding_of_a_text_file_is_read(encoding: str) -> None:
    assert len(read_notice(NOTICE_2027.encode(encoding), 2027, FILE).days) == 31


PUBLISHED = {
    2008: (
        "一、元旦：2007年12月30日至2008年1月1日放假，共3天。其中，1月1日（星期二）为法定节假日，12月30日（星期日）为公休日，12月29日（星期六）"
        "公休日调至12月31日（星期一），12月29日（星期六）上班。二、春节：2月6日至12日（农历除夕至正月初六）放假，共7天。其中，2月6日（除夕）、"
        "2月7日（春节）、2月8日（正月初二）为法定节假日，2月9日（星期六）、2月10日（星期日）照常公休，2月2日（星期六）、2月3日（星期日）两个公休日"
        "调至2月11日（星期一）、2月12日（星期二），2月2日（星期六）、2月3日（星期日）上班。三、清明节：4月4日至6日放假，共3天。"
        "四、“五一”国际劳动节：5月1日至3日放假，共3天。5月4日（星期日）上班。五、端午节：6月7日至9日放假，共3天。六、中秋节：9月13日至15日放假，"
        "共3天。七、国庆节：9月29日至10月5日放假，共7天。9月27日（星期六）、9月28日（星期日）上班。"
    ),
    2017: (
        "一、元旦：1月1日放假，1月2日（星期一）补休。二、春节：1月27日至2月2日放假调休，共7天。1月22日（星期日）、2月4日（星期六）上班。"
        "三、清明节：4月2日至4日放假调休，共3天。4月1日（星期六）上班。四、劳动节：5月1日放假，与周末连休。五、端午节：5月28日至30日放假调休，共3天。"
        "5月27日（星期六）上班。六、中秋节、国庆节：10月1日至8日放假调休，共8天。9月30日（星期六）上班。"
    ),
    2024: (
        "一、元旦：1月1日放假，与周末连休。二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等"
        "制度落实，安排职工在除夕（2月9日）休息。三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。四、劳动节：5月1日至5日放假调休，共5天。"
        "4月28日（星期日）、5月11日（星期六）上班。五、端午节：6月10日放假，与周末连休。六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。"
        "七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。"
    ),
    2026: (
        "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）"
        "放假调休，共9天。2月14日（周六）、2月28日（周六）上班。三、清明节：4月4日（周六）至6日（周一）放假，共3天。四、劳动节：5月1日（周五）至5日（周二）"
        "放假调休，共5天。5月9日（周六）上班。五、端午节：6月19日（周五）至21日（周日）放假，共3天。六、中秋节：9月25日（周五）至27日（周日）放假，共3天。"
        "七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。"
    ),
}  # fmt: skip
"""Sentences of notices with the turns of phrase of their time."""


@pytest.mark.parametrize("year", PUBLISHED)
def test_turns_of_phrase_of_every_time_are_understood(year: int) -> None:
    found = as_days(parse_text(f"关于{year}年部分节假日安排的通知{PUBLISHED[year]}", year, FILE))
    assert found == days_of(items_of(year))


def test_a_day_made_for_one_year_alone_and_radicals_of_a_pdf_are_read() -> None:
    more = NOTICE_2027.replace("节假日期间", "八、纪念日：9月3日（周五）放假1天。\n节假日期间").replace("2月5日", "2⽉5⽇")
    days = {item.day: item.note for item in parse_text(more, 2027, FILE).days}
    assert (days[date(2027, 9, 3)], days[date(2027, 2, 5)]) == ("纪念日", "春节")


@pytest.mark.parametrize(
    ("before", "after", "kind", "why"),
    [
        ("1月9日（周六）上班", "1月6日（周三）上班", NoticeWrong, "notice_weekend"),
        ("1月9日（周六）上班", "1月2日（周六）上班", NoticeWrong, "notice_both"),
        ("6月9日（周三）", "6月31日", NoticeWrong, "notice_day"),
        ("至12日（农历正月初七、周五）", "至3日", NoticeWrong, "notice_order"),
        ("6月9日（周三）", "2028年6月9日", NoticeWrong, "notice_year"),
        ("1月9日（周六）上班", "1月9日（周六）照旧上班半天", NoticeUnclear, None),
        ("1月9日（周六）上班", "1月9日（周六）和周日上班", NoticeUnclear, None),
        ("6月9日（周三）放假", "9日放假", NoticeUnclear, None),
    ],
)
def test_a_slip_is_refused_with_its_sentence(before: str, after: str, kind: type[Any], why: str | None) -> None:
    assert before in NOTICE_2027
    with pytest.raises(kind) as refusal:
        parse_text(NOTICE_2027.replace(before, after), 2027, FILE)
    assert refusal.value.params.get("why") == why
    assert after.split("日")[0] in str(refusal.value.params["value"])


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("今天下午三点开会，请各科室参加。".encode(), NoticeForeign),
        (b"\xff\xfe\x00", NoticeForeign),
        (bytes(range(256)), NoticeForeign),
        ("一、元旦：1月1日放假。二、春节：2月5日至12日放假，共8天。".encode(), NoticeForeign),
        ("國務院辦公廳關於2027年部分節假日安排的通知 一、元旦：1月1日（週五）放假。".encode(), NoticeTraditional),
        ("一、元旦：1月1日（周五）至4日放假調休，共4天。".encode("gb18030"), NoticeTraditional),
        (b"PK\x03\x04\x14\x00", NoticeFormat),
        (b"%PDF-1.7", NoticeFormat),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NoticeFormat),
        (b"{\\rtf1\\ansi", NoticeFormat),
        ("<!DOCTYPE html><html><body>一、元旦：1月1日放假</body></html>".encode(), NoticeFormat),
        (b"{", NoticeForeign),
        (b'{"year": 2027}', NoticeForeign),
        (b"[1, 2]", NoticeForeign),
        (b"[" * 100_000, NoticeForeign),
    ],
)
def test_what_is_no_notice_is_refused(raw: bytes, kind: type[Any]) -> None:
    with pytest.raises(kind):
        read_notice(raw, 2027, FILE)


def listed(of: int, **changed: Any) -> bytes:
    """A year's notice as JSON."""
    days = [
        {"name": item.name, "date": str(first + timedelta(days=offset)), "isOffDay": True}
        for item in items_of(of) for first, last in item.off for offset in range((last - first).days + 1)
    ]  # fmt: skip
    days += [{"name": item.name, "date": str(day), "isOffDay": False} for item in items_of(of) for day in item.worked]
    return json.dumps({"year": of, "papers": [], "days": days, **changed}).encode()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (r"春节：[^。]*。", "春节：7月3日（周五）至10日（周五）放假调休，共8天。", "notice_season"),
        (r"清明节：[^。]*。", "清明节：2月15日（周日）放假，共1天。", "notice_season"),
        (r"中秋节：[^。]*。", "中秋节：10月1日（周四）放假，共1天。", "notice_twice"),
    ],
)
def test_days_that_no_such_holiday_can_have_are_refused(old: str, new: str, why: str) -> None:
    text = re.sub(old, new, written(2026, Style()))
    assert new in text
    with pytest.raises(NoticeWrong) as refused:
        parse_text(text, 2026, FILE)
    assert refused.value.params["why"] == why


def test_two_notices_in_one_file_are_not_half_read() -> None:
    text = written(2026, Style())
    with pytest.raises(NoticeOtherYear):
        parse_text(f"{text}国务院办公厅关于2027年部分节假日安排的通知", 2026, FILE)


def test_a_holiday_without_a_number_of_days_is_named() -> None:
    text = written(2026, Style())
    assert parse_text(text, 2026, FILE).unsummed == ()
    without = re.sub(r"(春节：[^。]*?)，共\d+天", r"\1", text)
    assert without != text
    assert parse_text(without, 2026, FILE).unsummed == ("春节",)
    assert read_notice(listed(2026), 2026, FILE).unsummed == ()


@pytest.mark.parametrize("year", YEARS)
def test_json_and_text_are_one(year: int) -> None:
    read = read_notice(listed(year), year, FILE)
    assert as_days(read) == as_days(parse_text(written(year, Style()), year, FILE))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"year": 2025}, NoticeOtherYear),
        ({"days": []}, NoticeIncomplete),
        ({"days": [{"name": "元旦", "date": "2026-02-30", "isOffDay": True}]}, NoticeWrong),
        ({"days": [{"name": "元旦", "date": "2025-06-01", "isOffDay": True}]}, NoticeWrong),
        ({"days": [{"name": "元旦", "date": "2026-01-01", "isOffDay": "yes"}]}, NoticeForeign),
        ({"days": [{"date": "2026-01-01", "isOffDay": True}]}, NoticeForeign),
        ({"days": [{"name": "元旦", "date": "2026-01-03", "isOffDay": off} for off in (True, False)]}, NoticeWrong),
    ],
)
def test_json_that_does_not_hold_is_refused(changed: dict[str, Any], kind: type[Any]) -> None:
    with pytest.raises(kind):
        read_notice(listed(2026, **changed), 2026, FILE)
