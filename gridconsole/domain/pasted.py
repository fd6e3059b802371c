"""Recognise who, where and what in a pasted message: labelled fields of a hotline's text, or the sentences of a neighbour.

Pure. Every value has its place in the pasted text, so that the operator sees what it rests on and confirms it; nothing is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gridconsole.domain.text import fold_width

LONGEST = 7_000
"""Characters that are read; a form keeps what is beyond."""


@dataclass(frozen=True, slots=True)
class Span:
    """A recognised value, and where it stands in the text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """Values found in a message; None for those that it does not have."""

    phone: Span | None = None
    name: Span | None = None
    place: Span | None = None
    matter: Span | None = None
    is_several: bool = False
    """It seems to hold more than one report: each must be entered by itself."""


_LABELS = {
    "name": "来电人|诉求人|反映人|联系人|投诉人|上报人|姓名|市民姓名",
    "phone": "联系电话|联系方式|来电号码|手机号码|手机号|电话号码|手机|电话",
    "place": "事发地址|事发地点|诉求地点|问题地址|详细地址|地址|地点|位置",
    "matter": "诉求内容|反映内容|主要内容|问题描述|工单内容|诉求描述|事项内容|内容|描述",
}
_OTHER = "工单编号|工单号|受理编号|编号|受理时间|来电时间|反映时间|时间|诉求类别|问题类别|类别|来源|办理时限|截止时间|紧急程度|承办单位|标题|诉求标题|备注"
_ANY_LABEL = re.compile(rf"(?:^|[\s,，、;；。)）【\[])({'|'.join((*_LABELS.values(), _OTHER))})[】\]]?\s*[:：]\s*", re.MULTILINE)
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?(1[3-9]\d(?:[ -]?\d{4}){2})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?\d{7,8})(?!\d)")
_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·•]+|[A-Za-z][A-Za-z .'·-]*")
"""A name ends at the first mark, bracket or digit: the rest of the line is something else."""
_NAMELESS_ROAD = re.compile(r"^.{0,3}马路(?![\u4e00-\u9fff]*[0-9])")
"""The street in front of somebody, whichever it is."""
_TITLE = "先生|女士|小姐|师傅|老师|大爷|大妈|大叔|阿姨|大姐|大哥|同志|老人"
_CALLED = re.compile(rf"([\u4e00-\u9fff])(?:{_TITLE})")
_NOT_A_NAME = frozenset("的位名个老小这那有是和与对向给请让叫")
_ROAD = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9]{1,10}?(?:大道|大街|公路|路(?![灯面口边])|街(?!道)|巷|弄|胡同|道(?=[0-9]))[东西南北中]?(?:路(?![灯面口边]))?"
    r"(?:[0-9一二三四五六七八九十百]{1,5}(?:号|弄)(?:院|楼|附近|门口|旁|对面|东侧|西侧|南侧|北侧)?(?:[0-9]{1,3}(?:号楼|栋|幢|单元|室))*)?"
    r"(?:(?:与|和)[\u4e00-\u9fff]{1,8}?(?:路|街|道|巷)(?:交叉口|路口|口)?|交叉口|路口|口)?"
)
_ESTATE = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:小区|花园|家园|苑|公寓|宿舍|家属院|新村|菜场|市场|广场|公园|学校|小学|中学|医院)(?:[0-9一二三四五六七八九十]{1,3}(?:号楼|栋|幢|单元|号门|号))*"
)
_BUILDING = re.compile(r"(?:[0-9一二三四五六七八九十]{1,3}(?:号楼|栋|幢|单元|号|室))+")
_BEFORE_PLACE = re.compile(r"^.*?(?:在|到|位于|住在|家住|反映|你好|您好|刚才|今天|昨天|上午|下午|现在|我们|我家|我)(?=.{2})")


def recognise(text: str, places: Iterable[str] = ()) -> Recognised:
    """Return what a message says.

    Args:
        places: names of communities, grids and estates that the office knows; the longest one in the text is the place if no
            label and no street says it.
    """
    said = text[:LONGEST]
    # The same length as the text, so that a place in one is the same place in the other.
    plain = "".join(folded if len(folded := fold_width(one)) == 1 else one for one in said)
    labelled = _labelled(plain)
    phones = {re.sub(r"\D", "", match[1]) for match in _MOBILE.finditer(plain)}
    several = len(phones) > 1 or any(len(spans) > 1 for key, spans in labelled.items() if key in ("matter", "name", "phone"))
    first = {key: spans[0] for key, spans in labelled.items()}
    return Recognised(
        phone=_phone(plain, first.get("phone")),
        name=first.get("name") or _called(plain),
        place=first.get("place") or _place(plain, places),
        matter=first.get("matter"),
        is_several=several,
    )


def _labelled(text: str) -> dict[str, list[Span]]:
    marks = list(_ANY_LABEL.finditer(text))
    found: dict[str, list[Span]] = {}
    for mark, after in zip(marks, [*marks, None][1:], strict=True):
        key = next((name for name, labels in _LABELS.items() if re.fullmatch(labels, mark[1])), None)
        end = after.start(1) if after is not None else len(text)
        if key is not None and key != "matter":
            end = min(end, *(place for place in (text.find("\n", mark.end()),) if place >= 0), end)
        value = text[mark.end() : end].strip(" \t\n,，;；。")
        if key == "name":
            name = _NAME.match(value)
            value = name[0].strip() if name is not None else ""
        if key is not None and value:
            start = text.index(value, mark.end())
            found.setdefault(key, []).append(Span(value, start, start + len(value)))
    return found


def _phone(text: str, labelled: Span | None) -> Span | None:
    where, offset = (labelled.value, labelled.start) if labelled is not None else (text, 0)
    match = _MOBILE.search(where) or _LANDLINE.search(where)
    if match is None:
        return None
    return Span(re.sub(r"[ -]", "", match[1]), offset + match.start(1), offset + match.end(1))


def _called(text: str) -> Span | None:
    match = next((one for one in _CALLED.finditer(text) if one[1] not in _NOT_A_NAME), None)
    return Span(match[0], match.start(), match.end()) if match is not None else None


def _place(text: str, places: Iterable[str]) -> Span | None:
    known = max((name for name in places if len(name) > 2 and name in text), key=len, default="")
    for pattern in (_ROAD, _ESTATE):
        match = pattern.search(text)
        if match is not None:
            value, start = match[0], match.start()
            while (lead := _BEFORE_PLACE.match(value)) is not None:
                value, start = value[lead.end() :], start + lead.end()
            if (
                len(value) > 2
                and not _NAMELESS_ROAD.match(value)
                and not (known and known in text[max(start - 12, 0) : start + len(value)] and known not in value)
            ):
                return Span(value, start, start + len(value))
    if not known:
        return None
    start = text.index(known)
    building = _BUILDING.match(text, start + len(known))
    end = building.end() if building is not None else start + len(known)
    return Span(text[start:end], start, end)
