"""Invented people: natural names and clearly fictitious telephone numbers."""

from __future__ import annotations

import random

SURNAMES = (
    "王" * 8
    + "李" * 8
    + "张" * 8
    + "刘" * 6
    + "陈" * 6
    + "杨" * 4
    + "赵" * 4
    + "黄" * 3
    + "周" * 3
    + "吴" * 3
    + "徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付"
    "方邹熊白孟秦邱侯江尹薛闫段雷龙史黎贺单"
)
COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MALE = _words(
    "建国 建军 志强 国强 海涛 卫东 俊杰 浩然 文博 永刚 学军 立新 晓东 明辉 德胜 宏伟 振华 家豪 子轩 "
    "天佑 鹏飞 世杰 春生 长林 少华 玉柱 保国 新民 红军 金宝 伟 强 磊 军 勇 涛 超 刚 斌 波 凯 喆 昊 鑫 "
    "亮 庆 峰 宁"
)
FEMALE = _words(
    "秀英 桂兰 玉梅 淑珍 丽华 晓燕 海霞 雅琴 春梅 美玲 建华 红霞 玉兰 凤英 佳怡 雨欣 梦瑶 思琪 诗涵 "
    "慧敏 婷婷 艳红 秋菊 爱华 桂芳 文静 雪梅 小红 静怡 晓丽 芳 娜 敏 静 丽 艳 娟 霞 燕 玲 婷 倩 琳 洁 "
    "颖 瑶 萍 珺"
)


def surname(full: str) -> str:
    """Return the surname of a full name."""
    return full[:2] if full.startswith(COMPOUND_SURNAMES) else full[0]


class People:
    """Hands out names and telephone numbers, none twice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._names: set[str] = set()
        self._phones: set[str] = set()

    def name(self, sex: str) -> str:
        """Return a new full name for 男 or 女."""
        given = MALE if sex == "男" else FEMALE
        while True:
            compound = self._rng.random() < 0.012
            family = self._rng.choice(COMPOUND_SURNAMES if compound else SURNAMES)
            full = family + self._rng.choice(given)
            if full not in self._names:
                self._names.add(full)
                return full

    def phone(self) -> str:
        """Return a new number in the ranges 1380000xxxx and 1390000xxxx."""
        while True:
            number = f"{self._rng.choice(('1380000', '1390000'))}{self._rng.randrange(10000):04d}"
            if number not in self._phones:
                self._phones.add(number)
                return number

    def sex(self) -> str:
        """Return 男 or 女; wardens are more often women."""
        return "女" if self._rng.random() < 0.58 else "男"
