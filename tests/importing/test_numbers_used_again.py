"""Rows that are the same case, or another one: numbers of a source that are used again, lists that Excel saved again, words for nothing, rows too wide."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

from gridconsole.importing.values import phones_in, says_nothing

HEADER = "编号,时间,反映人,电话,内容,地址"
DAY_1 = [
    "1,2026-11-20 09:31,王一,13900001111,甲地水管爆裂,幸福路1号",
    "2,2026-11-20 10:31,王二,13900001112,乙地垃圾堆积,幸福路2号",
    "无,2026-11-20 11:31,王三,13900001113,丙地占道经营,幸福路3号",
]
DAY_2 = [
    "1,2026-11-21 09:11,赵一,13900002221,丁地路灯不亮,胜利路9号",
    "2,2026-11-21 10:11,赵二,13900002222,戊地井盖丢失,胜利路10号",
    "无,2026-11-21 11:11,赵三,13900002223,己地围墙倾斜,胜利路11号",
]


def sheet(folder: Path, *rows: str, name: str = "工单.csv") -> Path:
    """A list of reports."""
    return text_file(folder, lines(HEADER, *rows), name)


def counts(answer: object) -> tuple[int, int, int]:
    """New, changed and unchanged rows."""
    got = answer.json  # type: ignore[attr-defined]
    return got["inserted"], got["updated"], got["unchanged"]


def test_a_number_used_again_is_another_case_and_said(small_office: CommandLine, tmp_path: Path) -> None:
    first = small_office.imports("incidents", sheet(tmp_path, *DAY_1))
    assert counts(first) == (3, 0, 0)
    second = small_office.imports("incidents", sheet(tmp_path, *DAY_2))
    assert counts(second) == (3, 0, 0)
    assert [(issue["row"], issue["code"]) for issue in second.json["issues"]] == [(2, "W920"), (3, "W920")]
    assert "编号“1”以前用在案件 20261120" in second.json["issues"][0]["message"]
    for again in (DAY_2, DAY_1):
        assert counts(small_office.imports("incidents", sheet(tmp_path, *again))) == (0, 0, 3), "both are recognised"


def test_a_correction_of_either_stays_with_its_case(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", sheet(tmp_path, *DAY_1))
    small_office.imports("incidents", sheet(tmp_path, *DAY_2))
    corrected = "1,2026-11-21 09:11,赵一,13900002221,丁地路灯不亮，灯杆也歪了,胜利路9号东侧"
    assert counts(small_office.imports("incidents", sheet(tmp_path, corrected))) == (0, 1, 0)
    corrected = "1,2026-11-20 09:31,王一,13900001111,甲地水管爆裂，水已进屋,幸福路1号"
    assert counts(small_office.imports("incidents", sheet(tmp_path, corrected))) == (0, 1, 0)


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("1,2026-11-20 09:31,李四,13800000000,别的事情,别的地方", ["W945"]),  # the same minute
        ("1,2026-11-22 09:31,王一,13800000000,甲地水管爆裂了,别的地方", ["W945"]),  # person and matter
        ("1,2026-11-22 09:31,王一,13900001111,别的事情,幸福路1号", ["W945"]),  # person and place
        ("1,2026-11-22 09:31,,,甲地水管爆裂了,", ["W945"]),  # the matter, and only the time differs
        ("1,,王一,13900001111,别的事情,", ["W945"]),  # the person, and only the matter differs
        ("1,2026-11-20 09:31,王一,13900001111,水管又爆了一处，比上次更严重，请再派人来,幸福路1号", []),
    ],
)
def test_a_row_that_agrees_in_enough_is_the_same_case(
    small_office: CommandLine, tmp_path: Path, row: str, codes: list[str]
) -> None:
    small_office.imports("incidents", sheet(tmp_path, DAY_1[0]))
    answer = small_office.imports("incidents", sheet(tmp_path, row))
    assert (counts(answer), answer.codes) == ((0, 1, 0), codes)


@pytest.mark.parametrize(
    "row",
    [
        "1,2026-11-22 09:31,王一,13900001111,别的事情,别的地方",  # the same caller, about another matter
        "1,2026-11-22 09:31,李四,13800000000,别的事情,幸福路1号",  # the same place
        "1,2026-11-22 09:31,李四,13800000000,甲地水管爆裂了,别的地方",  # the same words
        "1,2026-11-22 09:31,,,别的事情,",
        "1,2026-11-22 09:31,匿名,,别的事情,别的地方",
    ],
)
def test_a_row_that_mostly_differs_is_another_case_and_said(small_office: CommandLine, tmp_path: Path, row: str) -> None:
    small_office.imports("incidents", sheet(tmp_path, DAY_1[0]))
    answer = small_office.imports("incidents", sheet(tmp_path, row))
    assert (counts(answer), answer.codes) == ((1, 0, 0), ["W920"])


@pytest.mark.parametrize("caller", ["丁", "匿名", "市民", ""])
@pytest.mark.parametrize("at", ["2026-11-20", "2026-11-21", ""])
def test_a_date_and_a_word_for_nobody_prove_nothing(small_office: CommandLine, tmp_path: Path, at: str, caller: str) -> None:
    first, second = (f"3,{at},{caller},,{said}" for said in ("噪音扰民,文化广场", "占道经营,菜市场"))
    small_office.imports("incidents", sheet(tmp_path, first, name="甲.csv"))
    answer = small_office.imports("incidents", sheet(tmp_path, second, name="乙.csv"))
    assert (counts(answer), answer.codes) == ((1, 0, 0), ["W920", *([] if at else ["W918"])])


def test_the_same_words_at_the_same_place_are_the_same_case(small_office: CommandLine, tmp_path: Path) -> None:
    first = "RX1,2026-11-21 09:01:22,刘先生,13912340001,东风路12号居民楼自来水停水两天，要求尽快恢复供水,东风路12号"
    for row in (
        first,
        first.replace("09:01:22", "10:01").replace("0001", "0002"),
        first.replace("刘先生", "刘建国").replace("13912340001", "139****0001"),
    ):
        assert "W945" not in small_office.imports("incidents", sheet(tmp_path, row)).codes


SHORT = "编号,时间,反映人,社区,内容,地址"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("2026-11-19 08:10,匿名,,市民来电反映东风社区3栋门口路灯不亮，希望相关部门尽快核实处理并回复,",
         "2026-11-20 09:30,匿名,,市民来电反映新民社区8栋楼道垃圾，希望相关部门尽快核实处理并回复,", "W920"),
        ("2026-11-20,王女士,,路灯不亮,东风社区", "2026-11-20,王女士,,楼上漏水到我家天花板,东风社区", "W920"),
        ("2026-11-19,匿名,,路灯不亮,", "2026-11-20,匿名,,路灯不亮,", "W945"),
        ("2026-11-20,,东风社区,楼道堆物严重,", "2026-11-20,,新民社区,夜里施工太吵,", "W920"),
        ("2026-11-19,,东风社区,路灯不亮,", "2026-11-20,,新民社区,路灯不亮,", "W920"),
    ],
)  # fmt: skip
def test_phrases_forms_of_address_and_a_community_prove_nothing(
    small_office: CommandLine, tmp_path: Path, first: str, second: str, code: str
) -> None:
    for row, expected in ((first, []), (second, [code])):
        answer = small_office.imports("incidents", text_file(tmp_path, lines(SHORT, f"1,{row}")))
        assert answer.codes == expected
    assert counts(answer)[0] == (code == "W920")


def test_another_list_with_the_number_and_other_words_is_not_called_alike(small_office: CommandLine, tmp_path: Path) -> None:
    for name, words in (("甲", "水管漏水,和平路1号"), ("乙", "路灯不亮,幸福路1号")):
        file = sheet(tmp_path, f"1,2026-11-20,匿名,,{words}")
        answer = small_office.imports("incidents", file, "--source-list", name)
        assert (counts(answer), answer.codes) == ((1, 0, 0), [])


def test_a_list_that_lost_its_seconds_is_the_same_list(small_office: CommandLine, tmp_path: Path) -> None:
    exact = [
        "无,2026-11-20 09:31:27,王一,13900001111,甲地水管爆裂,幸福路1号",
        "7,2026-11-20 09:40:05,王二,13900001112,乙地垃圾,幸福路2号",
    ]
    small_office.imports("incidents", sheet(tmp_path, *exact))
    rounded = [row.replace(":27,", ",").replace(":05,", ",") for row in exact]
    assert counts(small_office.imports("incidents", sheet(tmp_path, *rounded))) == (0, 0, 2)


@pytest.mark.parametrize(
    "word", ["NULL", "null", "None", "N/A", "#N/A", "nan", "\\N", "-", "——", "/", "无", "（无）", "暂无", " 无 ", "ＮＵＬＬ"]
)
def test_words_for_nothing(word: str) -> None:
    assert says_nothing(word)


@pytest.mark.parametrize("word", ["匿名", "无名路", "无锡路3号", "A", "0", "不清楚在哪里", "空调外机"])
def test_words_that_say_something(word: str) -> None:
    assert not says_nothing(word)


def test_words_for_nothing_are_no_values_of_a_case(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", sheet(tmp_path, "NULL,2026-11-20 09:31,N/A,-,甲地水管爆裂,无"))
    assert counts(answer) == (1, 0, 0)
    (case,) = small_office("incident", "list", "--json").json
    page = small_office("incident", "show", case["number"]).out
    assert "甲地水管爆裂" in page
    for word in ("NULL", "N/A", "无"):
        assert word not in page
    assert case["address"] == ""


def test_a_row_wider_than_its_header_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", sheet(tmp_path, DAY_1[0], DAY_1[1] + ",多出来的"))
    assert counts(answer) == (1, 0, 0)
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(3, "E223")]
    again = small_office("batch", "retry", str(answer.json["batch"]), "--json")
    assert again.error == "C156", "it would come in shifted: only a corrected file helps"


def test_numbers_that_differ_in_zeros_or_letter_case_are_warned(small_office: CommandLine, tmp_path: Path) -> None:
    first = [
        "00123,2026-11-20 09:31,王一,13900001111,甲地水管爆裂,幸福路1号",
        "GD-1,2026-11-20 10:31,王二,13900001112,乙地垃圾,幸福路2号",
    ]
    assert small_office.imports("incidents", sheet(tmp_path, *first)).json["issues"] == []
    second = [row.replace("00123", "123").replace("GD-1", "gd-01").replace("11-20", "11-21") for row in first]
    answer = small_office.imports(
        "incidents", sheet(tmp_path, *second, "GD-2,2026-11-21 10:31,王四,13900001114,丁地垃圾,幸福路4号")
    )
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(2, "W921"), (3, "W921")]
    assert "“00123”" in answer.json["issues"][0]["message"]


@pytest.mark.parametrize("phone", ["1390000001O", "l3900000011", "O571-87654321"])
def test_a_letter_in_a_phone_is_said(small_office: CommandLine, tmp_path: Path, phone: str) -> None:
    answer = small_office.imports("incidents", sheet(tmp_path, f"1,2026-11-20 09:31,王一,{phone},甲地水管爆裂,幸福路1号"))
    assert (counts(answer), answer.codes) == ((1, 0, 0), ["W946"])


@pytest.mark.parametrize("phone", ["0571-87654321x12", "0571-87654321 ext 12", "物业办", "13900000011"])
def test_an_extension_or_words_are_no_letters_in_a_phone(small_office: CommandLine, tmp_path: Path, phone: str) -> None:
    answer = small_office.imports("incidents", sheet(tmp_path, f"1,2026-11-20 09:31,王一,{phone},甲地水管爆裂,幸福路1号"))
    assert "W946" not in answer.codes


@pytest.mark.parametrize("between", [" ", "或", "/", "、", "；", "\n", "，"])
def test_several_phones_in_a_cell_are_several_phones(between: str) -> None:
    assert phones_in(f"13900001111{between}0571-87654321") == ("13900001111", "0571-87654321")


@pytest.mark.parametrize("cell", ["138 0000 1111", "0571-8765 4321", "13900001111 李", "87654321-801", "找门卫/保安"])
def test_one_phone_stays_one(cell: str) -> None:
    assert phones_in(cell) == (cell,)


def test_the_first_phone_is_called_and_the_others_are_kept(small_office: CommandLine, tmp_path: Path) -> None:
    row = "9,2026-11-20 09:31,王一,13900001111/13900002222,甲地水管爆裂,幸福路1号"
    answer = small_office.imports("incidents", sheet(tmp_path, row, "10,2026-11-20 09:41,王二,139000011112,乙地垃圾,幸福路2号"))
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(2, "R903"), (3, "W922")]
    assert "13900002222" not in answer.out
    number = min(case["number"] for case in small_office("incident", "list", "--json").json)
    page = small_office("incident", "show", number, "--unmask", "--reason", "回访核对", "--operator", "受理员").out
    assert "13900001111" in page
    assert "13900002222" not in small_office("incident", "show", number).out
    found = small_office("person", "report", "13900002222", "--operator", "值班长", "--json")
    assert number in found.out


def test_a_number_spelled_otherwise_with_the_same_content_is_the_same_case(small_office: CommandLine, tmp_path: Path) -> None:
    heading = "编号,反映人,联系电话,主要内容,受理时间"
    first = text_file(
        tmp_path,
        lines(heading, "2,郑二,13700000012,井盖破损,2026-11-22 08:10", "GD-7,郑七,13700000017,路灯不亮,2026-11-22 08:20"),
        "一.csv",
    )
    again = text_file(
        tmp_path,
        lines(heading, "002,郑二,13700000012,井盖破损,2026-11-22 08:10:30", "ｇｄ-7,郑七,13700000017,路灯不亮,2026-11-22 08:20"),
        "二.csv",
    )
    assert small_office.imports("incidents", first).counts == {"inserted": 2}
    answer = small_office.imports("incidents", again)
    assert (answer.counts, answer.codes) == ({"unchanged": 2}, ["W921", "W921"])
