"""One office's registers and its hotline list, written as many kinds of sheet: the same database each time, or a refusal that says why.

``SHAPES`` holds every kind of sheet that says the same; each writes all four tables. ``REFUSED`` holds the kinds of which a
person has to say what is meant.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from office_cli import CommandLine
from office_xml import paragraph, spreadsheet, ss_row, table, word
from old_workbooks import ods, xls
from sheets import lines, raw_file, text_file, workbook


@dataclass(frozen=True)
class Table:
    """A table of texts with its heading."""

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def whole(self) -> list[list[str]]:
        """Return the heading and the rows."""
        return [list(row) for row in (self.heading, *self.rows)]

    def column(self, name: str) -> int:
        """Return the place of a column."""
        return self.heading.index(name)

    def changed(self, change: Callable[[str, str], str]) -> Table:
        """Return the table with other values; ``change`` gets heading and value."""
        return Table(self.title, self.heading, tuple(tuple(map(change, self.heading, row)) for row in self.rows))

    def called(self, names: dict[str, str]) -> Table:
        """Return the table with other headings."""
        return Table(self.title, tuple(names.get(name, name) for name in self.heading), self.rows)


GRIDS = Table("X区网格一览表", ("网格编码", "网格名称", "户数"), (
    ("420502001001011", "东风社区第11网格", "281"), ("420502001001012", "东风社区第12网格", "262"),
    ("420502001002011", "新民社区第11网格", "243"), ("420502001002012", "新民社区第12网格", "224"),
))  # fmt: skip
WARDENS = Table("X区网格员花名册", ("工号", "姓名", "联系电话", "负责网格"), (
    ("N01", "庚一", "13900000041", "东风社区第11网格"), ("N02", "庚二", "13900000042", "东风社区第12网格"),
    ("N03", "欧阳庚", "13900000043", "新民社区第11网格"), ("N04", "庚四", "", "新民社区第12网格"),
))  # fmt: skip
LIST = Table("12345热线工单日报", ("工单编号", "受理时间", "来电人", "联系电话", "所属社区", "诉求内容", "备注"), (
    ("GD2026001", "2026-11-20 09:05", "甲先生", "13900000031", "东风社区", "楼下垃圾没人清运，已经三天", "催办"),
    ("GD2026002", "2026-11-20 10:15", "乙女士", "13900000032", "新民社区", "路灯不亮，晚上看不见路", ""),
    ("GD2026003", "2026-11-20 11:25", "", "", "东风社区", "电线杆上贴满小广告", "匿名来电"),
    ("GD2026004", "2026-11-21 08:35", "丁先生", "13900000034", "新民社区", "新街口垃圾桶翻倒", ""),
    ("GD2026005", "2026-11-21 09:45", "戊女士", "13900000035", "东风社区", "小区门口路灯坏了一盏", "老人多"),
    ("GD2026006", "2026-11-22 16:55", "己先生", "13900000036", "新民社区", "墙上乱贴广告影响市容", ""),
))  # fmt: skip
KINDS = {"grids": GRIDS, "wardens": WARDENS, "incidents": LIST}
TRUTH = {
    "grids": ("SELECT code, name, CAST(households AS TEXT) FROM grid WHERE name LIKE '%第1_网格' ORDER BY code", GRIDS.rows),
    "wardens": (
        "SELECT w.code, w.name, w.phone, g.name FROM roster_person w JOIN post p ON p.person_id = w.id JOIN grid g ON g.id = p.grid_id"
        " WHERE w.code LIKE 'N%' ORDER BY w.code",
        WARDENS.rows,
    ),
    "incidents": (
        "SELECT source_ref, substr(datetime(reported_at, '+8 hours'), 1, 16), reporter_name, reporter_phone,"
        " (SELECT name FROM area WHERE id = area_id), text FROM incident ORDER BY source_ref",
        tuple(row[:6] for row in LIST.rows),
    ),
}
Shape = Callable[[Path, Table], Path]
SHAPES: dict[str, Shape] = {}


def shape(function: Shape) -> Shape:
    """Add a kind of sheet."""
    SHAPES[function.__name__] = function
    return function


def csv(whole: Sequence[Sequence[str]], between: str = ",") -> str:
    """Rows as text."""
    return lines(*(between.join(row) for row in whole))


@shape
def plain_text(folder: Path, one: Table) -> Path:
    return text_file(folder, csv(one.whole))


@shape
def text_of_windows(folder: Path, one: Table) -> Path:
    return text_file(folder, csv(one.whole).replace("\n", "\r\n"), encoding="gb18030")


@shape
def text_of_notepad(folder: Path, one: Table) -> Path:
    return text_file(folder, csv(one.whole), encoding="utf-8-sig")


@shape
def unicode_text_of_excel(folder: Path, one: Table) -> Path:
    return text_file(folder, csv(one.whole, "\t"), "名单.txt", "utf-16")


@shape
def semicolons(folder: Path, one: Table) -> Path:
    return text_file(folder, csv(one.whole, ";"))


@shape
def text_that_names_its_separator(folder: Path, one: Table) -> Path:
    return text_file(folder, "sep=,\n" + csv(one.whole))


@shape
def every_cell_quoted(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([[f'"{cell}"' for cell in row] for row in one.whole]))


@shape
def two_encodings_in_one_file(folder: Path, one: Table) -> Path:
    parts = [csv([row]).encode("utf-8" if at % 2 == 0 else "gb18030") for at, row in enumerate(one.whole)]
    return raw_file(folder, b"".join(parts), "名单.csv")


@shape
def padded_with_nothing(folder: Path, one: Table) -> Path:
    return raw_file(folder, csv(one.whole).encode() + bytes(4096), "名单.csv")


@shape
def ends_with_control_z(folder: Path, one: Table) -> Path:
    return raw_file(folder, csv(one.whole).encode() + b"\x1a", "名单.csv")


@shape
def plain_workbook(folder: Path, one: Table) -> Path:
    return workbook(folder / "名单.xlsx", {"Sheet1": one.whole})


@shape
def title_and_date_above(folder: Path, one: Table) -> Path:
    return workbook(folder / "名单.xlsx", {"Sheet1": [[one.title], ["填报单位：X区", None, "2026年11月23日"], *one.whole]})


@shape
def heading_in_row_18(folder: Path, one: Table) -> Path:
    notes: list[list[str]] = [[one.title], *[[f"{at}．填表说明第{at}条，请照此填写。"] for at in range(1, 16)], []]
    return workbook(folder / "名单.xlsx", {"Sheet1": [*notes, *one.whole]})


@shape
def heading_of_two_rows(folder: Path, one: Table) -> Path:
    def fill(book: Any, sheets: Any) -> None:
        bold = book.add_format({"bold": True})
        for at, name in enumerate(one.heading):
            sheets["Sheet1"].merge_range(0, at, 1, at, name, bold)

    return workbook(folder / "名单.xlsx", {"Sheet1": [[], [], *[list(row) for row in one.rows]]}, fill)


@shape
def numbered_rows_with_totals_and_signatures(folder: Path, one: Table) -> Path:
    rows = [[str(at), *row] for at, row in enumerate(one.rows, 1)]
    end = [["合计", str(len(rows))], [], ["制表人：辛某", None, "审核人：壬某", None, "2026年11月23日"]]
    return workbook(folder / "名单.xlsx", {"Sheet1": [[one.title], ["序号", *one.heading], *rows, *end]})


@shape
def many_unknown_columns(folder: Path, one: Table) -> Path:
    more = ("流水标识", "渠道终端", "是否涉密")
    return workbook(
        folder / "名单.xlsx", {"Sheet1": [[*one.heading, *more], *[[*row, f"L{row[0]}", "3号机", "否"] for row in one.rows]]}
    )


@shape
def a_column_inserted(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([[row[0], "新增栏" if at == 0 else "x", *row[1:]] for at, row in enumerate(one.whole)]))


@shape
def columns_in_another_order(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([row[::-1] for row in one.whole]))


@shape
def rows_in_another_order(folder: Path, one: Table) -> Path:
    rows = [list(row) for row in one.rows]
    random.Random(7).shuffle(rows)
    return text_file(folder, csv([list(one.heading), *rows]))


@shape
def empty_rows_and_columns_between(folder: Path, one: Table) -> Path:
    spread: list[list[str | None]] = []
    for row in one.whole:
        spread += [[None, row[0], None, *row[1:]], []]
    return workbook(folder / "名单.xlsx", {"Sheet1": [[], *spread]})


@shape
def heading_again_on_every_page(folder: Path, one: Table) -> Path:
    whole = one.whole
    return workbook(folder / "名单.xlsx", {"Sheet1": [*whole[:3], whole[0], *whole[3:]]})


@shape
def a_second_table_below(folder: Path, one: Table) -> Path:
    whole = one.whole
    return workbook(folder / "名单.xlsx", {"Sheet1": [[one.title], *whole[:3], [], [f"{one.title}（续）"], whole[0], *whole[3:]]})


@shape
def two_sheets(folder: Path, one: Table) -> Path:
    whole = one.whole
    return workbook(folder / "名单.xlsx", {"一": whole[:3], "说明": [["本表由各社区填报。"]], "二": [whole[0], *whole[3:]]})


@shape
def filtered_rows(folder: Path, one: Table) -> Path:
    def hide(_: Any, sheets: Any) -> None:
        sheets["Sheet1"].set_row(2, None, None, {"hidden": True})
        sheets["Sheet1"].autofilter(0, 0, len(one.rows), len(one.heading) - 1)

    return workbook(folder / "名单.xlsx", {"Sheet1": one.whole}, hide)


@shape
def a_hidden_column(folder: Path, one: Table) -> Path:
    def hide(_: Any, sheets: Any) -> None:
        sheets["Sheet1"].set_column(1, 1, None, None, {"hidden": True})

    return workbook(folder / "名单.xlsx", {"Sheet1": one.whole}, hide)


def typed(folder: Path, one: Table, value: Callable[[str, str], Any]) -> Path:
    """A workbook whose cells are no texts; ``value`` gets heading and text."""
    rows = [[value(name, cell) if cell else None for name, cell in zip(one.heading, row, strict=True)] for row in one.rows]
    return workbook(folder / "名单.xlsx", {"Sheet1": [list(one.heading), *rows]})


@shape
def numbers_as_numbers(folder: Path, one: Table) -> Path:
    return typed(folder, one, lambda name, cell: int(cell) if name in ("联系电话", "户数") else cell)


@shape
def dates_as_dates(folder: Path, one: Table) -> Path:
    return typed(folder, one, lambda name, cell: datetime.fromisoformat(cell) if name == "受理时间" else cell)


def timed(folder: Path, one: Table, form: str) -> Path:
    """The table with its times written another way."""

    def said(name: str, cell: str) -> str:
        if name != "受理时间":
            return cell
        at = datetime.fromisoformat(cell)
        weekday = "一二三四五六日"[at.weekday()]
        half = ("上午", "下午")[at.hour >= 12]
        return form.format(at=at, weekday=weekday, half=half, hour=(at.hour - 1) % 12 + 1)

    return text_file(folder, csv(one.changed(said).whole))


@shape
def dates_in_chinese(folder: Path, one: Table) -> Path:
    return timed(folder, one, "{at.year}年{at.month}月{at.day}日 {half}{hour}时{at.minute}分")


@shape
def dates_with_weekday(folder: Path, one: Table) -> Path:
    return timed(folder, one, "{at:%Y-%m-%d} 星期{weekday} {at:%H:%M}")


@shape
def dates_with_offset(folder: Path, one: Table) -> Path:
    return timed(folder, one, "{at:%Y-%m-%dT%H:%M:00+08:00}")


@shape
def dates_with_dots_and_short_year(folder: Path, one: Table) -> Path:
    return timed(folder, one, "{at:%y.%m.%d %H:%M}")


@shape
def dates_without_separators(folder: Path, one: Table) -> Path:
    return timed(folder, one, "{at:%Y%m%d%H%M%S}")


@shape
def full_width(folder: Path, one: Table) -> Path:
    wide = str.maketrans({chr(at): chr(at + 0xFEE0) for at in (*range(0x30, 0x3A), *range(0x41, 0x5B), 0x2D)})
    kept = ("诉求内容", "网格名称")
    return text_file(folder, csv(one.changed(lambda name, cell: cell if name in kept else cell.translate(wide)).whole))


@shape
def blanks_of_all_sorts(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([[f"\u3000{cell}\u00a0" for cell in row] for row in one.whole]))


@shape
def unseen_characters(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([[f"\u200b{cell}\ufeff" for cell in row] for row in one.whole]))


@shape
def words_for_nothing(folder: Path, one: Table) -> Path:
    words = iter(["无", "/", "-", "NULL", "—", "暂无", "N/A", "\\N", "nan", "——", "(空)", "none", "没有"] * 3)
    return text_file(folder, csv(one.changed(lambda _, cell: cell or next(words)).whole))


@shape
def numbers_with_an_apostrophe(folder: Path, one: Table) -> Path:
    return text_file(
        folder,
        csv(one.changed(lambda name, cell: f"'{cell}" if cell and name in ("工号", "联系电话", "网格编码") else cell).whole),
    )


@shape
def phones_with_dashes(folder: Path, one: Table) -> Path:
    def dashed(name: str, cell: str) -> str:
        return f"{cell[:3]}-{cell[3:7]}-{cell[7:]}" if name == "联系电话" and cell else cell

    return text_file(folder, csv(one.changed(dashed).whole))


@shape
def radicals_of_a_pdf(folder: Path, one: Table) -> Path:
    def pasted(name: str, cell: str) -> str:
        return (
            cell.replace("新民", "新\u2ea0")
            if name == "负责网格"
            else cell.replace("新民社区", "新\u2ea0社区")
            if name == "所属社区"
            else cell
        )

    return text_file(folder, csv(one.changed(pasted).whole))


@shape
def headings_with_stars_and_notes(folder: Path, one: Table) -> Path:
    return text_file(folder, csv([[f"*{name}（必填）" for name in one.heading], *one.whole[1:]]))


@shape
def headings_broken_over_lines(folder: Path, one: Table) -> Path:
    return workbook(folder / "名单.xlsx", {"Sheet1": [[f"{name[:2]}\n{name[2:]}" for name in one.heading], *one.whole[1:]]})


@shape
def headings_of_another_system(folder: Path, one: Table) -> Path:
    names = {"受理时间": "来电时间", "来电人": "诉求人", "联系电话": "联系方式", "所属社区": "社区", "诉求内容": "问题描述"}
    return text_file(folder, csv(one.called(names if one is LIST else {}).whole))


@shape
def open_document(folder: Path, one: Table) -> Path:
    return ods(folder / "名单.ods", one.whole)


@shape
def workbook_before_2007(folder: Path, one: Table) -> Path:
    return xls(folder / "名单.xls", one.whole)


@shape
def web_page_named_xls(folder: Path, one: Table) -> Path:
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in one.whole)
    return text_file(folder, f"<html><meta charset='gb2312'><table border=1>{rows}</table></html>", "名单.xls", "gb18030")


@shape
def excel_2003_xml(folder: Path, one: Table) -> Path:
    return text_file(folder, spreadsheet("".join(map(ss_row, one.whole))), "名单.xml")


@shape
def table_of_a_document(folder: Path, one: Table) -> Path:
    return word(folder, paragraph(one.title) + table(one.whole))


@pytest.mark.parametrize("name", SHAPES)
def test_every_kind_of_sheet_says_the_same(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    for kind, one in KINDS.items():
        folder = tmp_path / kind
        folder.mkdir()
        answer = small_office.imports(kind, SHAPES[name](folder, one))
        assert answer.counts == {"inserted": len(one.rows)}, (kind, answer.json)
        query, truth = TRUTH[kind]
        assert small_office.rows(query) == list(truth), kind
        again = small_office.imports(kind, plain_text(tmp_path, one))
        assert again.counts == {"unchanged": len(one.rows)}, (kind, again.json)


def misspelt(folder: Path, one: Table) -> Path:
    """The heading without which nothing is understood, with a wrong character."""
    return text_file(folder, csv(one.called({"诉求内容": "诉求内客", "姓名": "姓明", "网格编码": "网格偏码"}).whole))


def side_by_side(folder: Path, one: Table) -> Path:
    """Two tables in the same rows."""
    whole, half = one.whole, len(one.rows) // 2
    rows = [[*left, "", *right] for left, right in zip(whole[1 : half + 1], whole[half + 1 :], strict=True)]
    return workbook(folder / "名单.xlsx", {"Sheet1": [[*whole[0], "", *whole[0]], *rows]})


def a_heading_twice(folder: Path, one: Table) -> Path:
    """A column that stands twice with other values."""
    return text_file(
        folder, csv([[*row, row[-1] if at == 0 else "别的"] for at, row in enumerate([row[:4] for row in one.whole])])
    )


def a_row_too_wide(folder: Path, one: Table) -> Path:
    """Rows of text with a comma too many."""
    return text_file(folder, csv([one.whole[0], *[[row[0], "错位", *row[1:]] for row in one.whole[1:]]]))


@pytest.mark.parametrize("make", [misspelt, side_by_side, a_heading_twice, a_row_too_wide])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_clear_is_refused_and_nothing_comes_in(
    small_office: CommandLine, tmp_path: Path, kind: str, make: Shape
) -> None:
    answer = small_office.imports(kind, make(tmp_path, KINDS[kind]))
    assert answer.status in (4, 5), answer
    assert answer.json.get("inserted", 0) == 0, answer.json
    assert "error" in answer.json or len(answer.json["issues"]) >= len(KINDS[kind].rows), answer.json
