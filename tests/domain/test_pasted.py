"""Caller, place and matter in a pasted message: every value stands in the text, and nothing is invented."""

from __future__ import annotations

import random

import pytest

from gridconsole.domain.pasted import LONGEST, Recognised, Span, recognise

PLACES = ["东风社区", "东风社区第3网格", "和平里社区", "光明社区"]
MESSAGES = [
    ("刚才和平里菜场后门垃圾堆了两天，王女士 13800004471", "13800004471", "王女士", "和平里菜场"),
    (
        "来电人：李先生 联系电话：138-1234-5678\n地址：幸福路12号3号楼\n诉求内容：楼道里堆杂物",
        "13812345678",
        "李先生",
        "幸福路12号3号楼",
    ),
    ("【来电号码】139 0000 1234 【诉求内容】光明社区3号楼下水道堵了", "13900001234", None, "光明社区3号楼"),
    ("你好，我家在建设路45号，工地半夜施工", None, None, "建设路45号"),
    ("人民路与解放街交叉口路灯不亮，张师傅反映", None, "张师傅", "人民路与解放街交叉口"),
    ("东风社区第3网格有人烧垃圾，电话０５７１－８８８８１２３４", "057188881234", None, "东风社区第3网格"),
    ("反映垃圾。联系人：张先生，电话13812345678", "13812345678", "张先生", None),
    ("联系人：张三（13812345678）地址：幸福路1号，内容：垃圾", "13812345678", "张三", "幸福路1号"),
    ("手机：+86 138 1234 5678 姓名：Ah Kee，楼道灯坏了", "13812345678", "Ah Kee", None),
    ("8613812345678 说跟马路对面的店吵", "13812345678", None, None),
    ("井盖破了", None, None, None),
    ("这位先生说两位女士吵架", None, None, None),
]


@pytest.mark.parametrize(("text", "phone", "name", "place"), MESSAGES, ids=[one[0][:12] for one in MESSAGES])
def test_a_message_is_recognised(text: str, phone: str | None, name: str | None, place: str | None) -> None:
    found = recognise(text, PLACES)
    assert [one.value if one is not None else None for one in (found.phone, found.name, found.place)] == [phone, name, place]
    assert not found.is_several


@pytest.mark.parametrize(
    "text",
    [
        "张三 13811112222 路灯坏了；李四 13933334444 漏水",
        "诉求内容：路灯坏了\n诉求人：王一\n诉求内容：井盖破了\n诉求人：李二",
    ],
)
def test_two_reports_in_one_paste_are_noticed(text: str) -> None:
    assert recognise(text, PLACES).is_several


def spans(found: Recognised) -> list[Span]:
    return [one for one in (found.phone, found.name, found.place, found.matter) if one is not None]


def test_whatever_is_pasted_every_value_stands_in_it() -> None:
    draw = random.Random(3)
    parts = [
        "地址：",
        "电话:",
        "13812345678",
        "王女士",
        "建设路",
        "45号",
        "\n",
        "，",
        "\x1b[2J",
        "😀",
        "内容：",
        "光明社区",
        " ",
        "井盖",
        "０１２",
        "：",
        "来电人",
    ]
    for _ in range(3_000):
        text = "".join(draw.choice(parts) for _ in range(draw.randint(0, 30)))
        for span in spans(recognise(text, PLACES)):
            assert 0 <= span.start < span.end <= len(text)
            assert span.value


def test_a_very_long_paste_is_read_to_its_limit() -> None:
    assert recognise("吵" * LONGEST + "13812345678").phone is None
    assert recognise("吵。" * (LONGEST // 2 - 20) + "13812345678").phone is not None
