"""Pinyin of place and person names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

_SURNAMES = {
    "曾": "zeng", "仇": "qiu", "单": "shan", "查": "zha", "区": "ou", "解": "xie", "任": "ren", "朴": "piao", "盖": "ge", "乐": "yue",
    "缪": "miao", "冼": "xian", "翟": "zhai", "晁": "chao", "燕": "yan", "召": "shao", "华": "hua", "员": "yun", "黑": "he", "折": "she",
    "种": "chong", "秘": "bi", "祭": "zhai", "覃": "qin", "繁": "po", "车": "che", "宁": "ning", "褚": "chu", "尹": "yin", "隗": "wei",
    "瞿": "qu", "阚": "kan", "佘": "she", "宿": "su", "牟": "mu", "那": "na", "柏": "bai", "薄": "bo", "纪": "ji", "葛": "ge", "洗": "xian",
    "尉": "wei", "俞": "yu", "费": "fei", "石": "shi", "句": "gou", "恽": "yun", "洪": "hong", "邵": "shao", "臧": "zang", "晟": "cheng",
}  # fmt: skip
"""Readings of surnames that differ from the usual reading, or that a table may give otherwise."""
_DOUBLE_SURNAMES = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "澹台": ("tan", "tai"), "单于": ("chan", "yu"), "长孙": ("zhang", "sun"),
    "令狐": ("ling", "hu"), "皇甫": ("huang", "fu"), "宇文": ("yu", "wen"), "呼延": ("hu", "yan"), "慕容": ("mu", "rong"),
}  # fmt: skip
_IN_PLACES = {"长": "chang", "重": "chong", "朝": "chao", "厦": "xia", "乐": "le", "行": "hang", "都": "du", "番": "pan", "六": "lu", "丽": "li", "台": "tai"}  # fmt: skip
"""Readings of characters in place names that differ from their usual reading; both are kept."""


@lru_cache(8192)
def _usual(char: str) -> str:
    # The phrase table costs a third of a second to load and matters for readings, rarely for initials.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(char)).lower()


def _readings(name: str, special: Sequence[str | None]) -> list[tuple[str, ...]]:
    usual = tuple(filter(None, map(_usual, name)))
    if not any(special):
        return [usual] if usual else []
    other = tuple(filter(None, (given or _usual(char) for char, given in zip(name, special, strict=True))))
    return [reading for reading in dict.fromkeys((other, usual)) if reading]


def spell_place(name: str) -> list[tuple[str, ...]]:
    """Return the readings of a place name as syllables, the likelier first; letters and digits stand as they are."""
    return _readings(name, list(map(_IN_PLACES.get, name)))


def spell_person(name: str) -> list[tuple[str, ...]]:
    """Return the readings of a person's name as syllables, first the one with the reading as a surname: 曾 ``zeng``, 尉迟 ``yu chi``."""
    double = _DOUBLE_SURNAMES.get(name[:2])
    surname = double or ((_SURNAMES.get(name[:1])),)
    return _readings(name, [*surname, *(None for _ in name[len(surname) :])][: len(name)])


def initials(name: str) -> str:
    """Return the initials of a name's pinyin and the ASCII in it: ``东风社区第3网格`` → ``dfsqd3wg``."""
    return "".join(char if char.isascii() else _usual(char)[:1] for char in name).lower().replace(" ", "")[:60]
