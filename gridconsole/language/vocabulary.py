"""Words that people type. Chinese and English are accepted always, whatever language is shown."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from gridconsole.domain.actions import ASKING, Action
from gridconsole.domain.errors import UnknownWord
from gridconsole.domain.states import Role, Satisfaction, Solved, State
from gridconsole.domain.text import fold_width
from gridconsole.language import NAMES, choices_of, text_in

E = TypeVar("E", bound=StrEnum)

AUTO = frozenset({"auto", "自动"})
"""Words that choose the first of the ranking."""
DAY_KINDS: Mapping[str, tuple[str, ...]] = {
    "rest": ("rest", "休", "休息", "放假", "off"),
    "work": ("work", "班", "上班", "补班", "on"),
    "normal": ("normal", "恢复", "撤销", "取消", "照常", "clear"),
}
"""Spellings of each kind of day, by its code."""
AGREED: Mapping[str, bool] = dict.fromkeys(("同意", "是", "合格", "yes", "y", "ok", "true", "pass"), True) | dict.fromkeys(
    ("不同意", "否", "不合格", "no", "n", "false", "fail"), False
)
"""Words for yes and no: the first and the second result of an action that has two."""
REPORTS: Mapping[str, tuple[str, ...]] = {
    "tasks": ("核查", "核实"),
    "wardens": ("网格员月报", "人员"),
    "callback": ("call back", "callbacks"),
    "urge": ("orders",),
    "retype": ("处理类型变更",),
    "appeal": ("申诉",),
    "reworked": ("返工",),
    "redispatched": ("改派",),
    "suspended": ("挂账案件",),
}
"""Further names of each report, by its code."""
_SHORT: Mapping[str, StrEnum] = {
    "在办": State.HANDLING,
    "刚办结": State.CLOSED,
    "supervision order": Action.SUPERVISION_ORDER,
    "first opinion": Action.FIRST_OPINION,
    "note": Action.NOTE,
    "派核实": Action.SEND,
    "派核查": Action.SEND,
    "是": Solved.YES,
    "部分": Solved.PARTLY,
    "否": Solved.NO,
    "基本满意": Satisfaction.UNDERSTANDING,
    "很满意": Satisfaction.VERY,
}
"""Short names that panes of the console, other cities' forms and people in a hurry use."""
_PREFIXES = ("申请", "超时", "处理", "request ", "overdue ")
"""Prefixes that may be left out of the name of a request: 延期 is as good as 申请延期."""


def plain(word: str) -> str:
    """Return a typed word in the form in which words are compared: half width, small letters, blanks for hyphens."""
    return " ".join(fold_width(word).lower().replace("-", " ").replace("_", " ").split())


def names_of(member: StrEnum) -> frozenset[str]:
    """Return every spelling of a code word, as :func:`plain` has it: its code, its names in all languages, its short names."""
    # Members of two code lists with the same code are equal, and the cache would confuse them.
    return _names_of(type(member), member)


@functools.cache
def _names_of(kind: type[StrEnum], member: StrEnum) -> frozenset[str]:
    names = {member.value, member.name}
    for language in NAMES:
        name = text_in(language, f"{kind.__name__}.{member.value}")
        names.add(name)
        if kind is Action and member in ASKING:
            names.update(name.removeprefix(prefix) for prefix in _PREFIXES)
    names.update(short for short, meant in _SHORT.items() if type(meant) is kind and meant is member)
    return frozenset(map(plain, names))


def find(members: Iterable[E], text: str) -> E | None:
    """Return the code word that a typed word names; None if it names none."""
    wanted = plain(text)
    return next((member for member in members if wanted in names_of(member)), None)


def parse(members: Collection[E], text: str, what: str) -> E:
    """Return the code word that a typed word names, as :func:`find` does.

    Raises:
        UnknownWord: it is none; the error lists all of them.
    """
    found = find(members, text)
    if found is None:
        raise UnknownWord(what=what, word=text, choices=choices_of(members))
    return found


@functools.cache
def role_names() -> Mapping[Role, frozenset[str]]:
    """Return all names of each role: the codes, and the names in all languages."""
    return {role: names_of(role) for role in Role}
