"""Typed commands: verb, cases, arguments from the end, the note after #; every error names what could stand there."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gridconsole.domain.actions import Action
from gridconsole.domain.errors import LineFlaw, LineWrong
from gridconsole.domain.states import Outcome, Result, Satisfaction, Solved
from gridconsole.language.typed_line import VERBS, Other, TypedLine, parse

SENTENCES: list[tuple[str, Action | Other, dict[str, Any]]] = [
    ("受理 0232", Action.ACCEPT, {"cases": ("0232",)}),
    ("sl 0232", Action.ACCEPT, {"cases": ("0232",)}),
    ("受理0232", Action.ACCEPT, {"cases": ("0232",)}),
    ("ＳＬ　０２３２", Action.ACCEPT, {"cases": ("0232",)}),
    ("接 0232、0229", Action.ACCEPT, {"cases": ("0232", "0229")}),
    ("核实 0232 属实", Action.VERIFY, {"cases": ("0232",), "result": Result.TRUE}),
    ("核实 0232 李晓明 属实", Action.VERIFY, {"who": ("李晓明",), "result": Result.TRUE}),
    ("核实 0232 李晓明", Action.VERIFY, {"who": ("李晓明",), "result": None}),
    ("hs 0232 不属实 #现场无积水", Action.VERIFY, {"result": Result.FALSE, "note": "现场无积水"}),
    ("hs 0232 属", Action.VERIFY, {"result": Result.TRUE}),
    ("立案 .", Action.FILE, {"cases": (".",)}),
    ("立案", Action.FILE, {"cases": ()}),
    ("立案 0232 暴露垃圾", Action.FILE, {"text": "暴露垃圾"}),
    ("拒 0229 #不属本辖区", Action.DECLINE, {"note": "不属本辖区"}),
    ("自结 0229 #已劝离", Action.SETTLE, {"note": "已劝离"}),
    ("派 0232 环卫所", Action.DISPATCH, {"who": ("环卫所",)}),
    ("p 0232 hws", Action.DISPATCH, {"who": ("hws",)}),
    ("派0232张师傅", Action.DISPATCH, {"cases": ("0232",), "who": ("张师傅",)}),
    ("p 0232 lxm，hws ＃带警示牌", Action.DISPATCH, {"who": ("lxm", "hws"), "note": "带警示牌"}),
    ("p 0232 自动", Action.DISPATCH, {"who": ("自动",)}),
    ("p @ 市政 一队 #汛期", Action.DISPATCH, {"cases": ("@",), "who": ("市政 一队",), "note": "汛期"}),
    ("派 0231..0233 hws", Action.DISPATCH, {"cases": ("0231..0233",)}),
    ('派 0232 "环卫所"，“市政 一队”', Action.DISPATCH, {"who": ("环卫所", "市政 一队")}),
    ("派 0232 环卫所#C#号", Action.DISPATCH, {"who": ("环卫所",), "note": "C#号"}),
    ("改派 0232 环卫所 #非本部门职责", Action.REDISPATCH, {"who": ("环卫所",), "note": "非本部门职责"}),
    ("ht 0232 #权属不清", Action.RETURN, {"note": "权属不清"}),
    ("反馈 0232 已清理，三车", Action.FEEDBACK, {"note": "已清理,三车"}),
    ("核查 0232 通过", Action.CHECK, {"result": Result.PASS}),
    ("hc 0232 不通过 #仍有垃圾", Action.CHECK, {"result": Result.FAIL, "note": "仍有垃圾"}),
    ("结案 0232", Action.CLOSE, {"cases": ("0232",), "outcome": None}),
    ("ja 0232 部分解决", Action.CLOSE, {"outcome": Outcome.PARTLY}),
    ("备注 0232 #已电话联系", Action.NOTE, {"note": "已电话联系"}),
    ("记 0232 已电话联系", Action.NOTE, {"note": "已电话联系"}),
    ("yq 0232 3 工作日 #雨天", Action.EXTEND, {"cases": ("0232",), "text": "3 工作日", "note": "雨天"}),
    ("挂账 0232 12-04 #等材料", Action.SUSPEND, {"text": "12-04", "note": "等材料"}),
    ("备注 0232 见3#楼", Action.NOTE, {"note": "见3#楼"}),
    ("备注 0232 110 已到场", Action.NOTE, {"cases": ("0232",), "note": "110 已到场"}),
    ("备注 0232,0233 已联系", Action.NOTE, {"cases": ("0232", "0233"), "note": "已联系"}),
    ("备注 3号楼已联系", Action.NOTE, {"cases": (), "note": "3号楼已联系"}),
    ("反馈 2处已清理", Action.FEEDBACK, {"cases": (), "note": "2处已清理"}),
    ("复核 0232 不 通过", Action.CHECK, {"who": ("不",)}),
    ("回访 30 是 满意", Action.CALL_BACK, {"solved": Solved.YES, "satisfaction": Satisfaction.SATISFIED}),
    ("回访 30 未接通", Action.CALL_BACK, {"is_unreached": True}),
    ("并案 12 13 14", Action.MERGE, {"cases": ("12", "13", "14")}),
    ("查 东风路 井盖", Other.SEARCH, {"text": "东风路 井盖"}),
    ("查建设路", Other.SEARCH, {"text": "建设路"}),
    ("去 待核查", Other.GO, {"text": "待核查"}),
    ("0232", Other.GO, {"cases": ("0232",)}),
]  # fmt: skip
ERRORS = [
    ("hs 0232", LineFlaw.MISSING_RESULT, "属实"),
    ("拒 0229", LineFlaw.MISSING_NOTE, "#"),
    ("gp 0232 hws", LineFlaw.MISSING_NOTE, "#"),
    ("核查 0232 没通过", LineFlaw.MISSING_RESULT, "不通过"),
    ("核查 0232 不予通过 #仍有垃圾", LineFlaw.MISSING_RESULT, "不通过"),
    ("核实 0232 部分属实", LineFlaw.MISSING_RESULT, "不属实"),
    ("核查 0232 不通过", LineFlaw.MISSING_NOTE, "核查"),
    ("p 1123.. hws", LineFlaw.BAD_CASE, ".."),
    ("延期 0232 #雨天", LineFlaw.MISSING_TIME, "3工作日"),
    ("回访 12 满意", LineFlaw.MISSING_ANSWERS, "满意"),
    ("h 0232", LineFlaw.AMBIGUOUS_VERB, "核查"),
    ("派谴 0232 环卫所", LineFlaw.UNKNOWN_VERB, "派遣"),
    ("xyz 0232", LineFlaw.UNKNOWN_VERB, "受理"),
    ("p 0232", LineFlaw.MISSING_WHO, "派"),
    ("备注 20261129000123 给另一件的", LineFlaw.BAD_CASE, "备注"),
    ("受理 20261129000123", LineFlaw.BAD_CASE, "受理"),
    ("回访 12 否 非", LineFlaw.MISSING_ANSWERS, "满意"),
    ("备注 12 " + "字" * 2000, LineFlaw.TOO_LONG, ""),
    ("派 环卫0232所", LineFlaw.BAD_CASE, "派"),
    ("", LineFlaw.EMPTY, "受理"),
    ("   ", LineFlaw.EMPTY, "受理"),
    ("#只有备注", LineFlaw.NO_VERB, "受理"),
    ("受理 0232 多余", LineFlaw.EXTRA, "受理"),
]


@pytest.mark.parametrize(("said", "does", "fields"), SENTENCES, ids=[one[0] for one in SENTENCES])
def test_a_line_is_understood(said: str, does: Action | Other, fields: dict[str, Any]) -> None:
    line = parse(said)
    assert line.verb.does is does
    assert {name: getattr(line, name) for name in fields} == fields


@pytest.mark.parametrize(("said", "why", "choice"), ERRORS, ids=[one[0] for one in ERRORS])
def test_a_line_that_lacks_something_says_what_could_stand_there(said: str, why: LineFlaw, choice: str) -> None:
    with pytest.raises(LineWrong) as wrong:
        parse(said)
    assert wrong.value.why is why
    assert any(choice in str(one) for one in wrong.value.choices)


def test_no_two_commands_share_a_name_and_every_example_is_understood() -> None:
    names = [name for verb in VERBS for name in (*verb.names, verb.code)]
    assert len(set(names)) == len(names)
    for verb in VERBS:
        assert parse(verb.example.partition("（")[0]).verb is verb


def test_whatever_is_typed_is_a_line_or_says_what_is_wrong() -> None:
    draw = random.Random(5)
    alphabet = "派受理核查结案 ０12..@#＃,，。:abcPZ\x00\u200b😀 属实不通过自动满意3工作日"
    for _ in range(20_000):
        said = "".join(draw.choice(alphabet) for _ in range(draw.randint(0, 24)))
        try:
            assert isinstance(parse(said), TypedLine)
        except LineWrong as wrong:
            assert wrong.choices
