"""Header and mapping: from raw cells to rows of named values."""

from __future__ import annotations

import difflib
import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import clean_line, fold_width, without_quote
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import values
from gridconsole.importing.sources import COLUMN_LIMIT, Broken, Cell, Sheet, Undecoded

HEADER_ROWS = 40
"""Rows from the top in which the header is searched."""
HEADING_LENGTH = 20
"""Longest text that can be a misspelt heading."""
HEADING_ALIKE = 0.66
"""Similarity from which two headings may mean the same: at 0.5 every 答复时间 resembles 派遣时间."""
HEADER_HEIGHT = 3
"""Most rows that a header can have."""
_IGNORED = frozenset(values.RESULT_TITLES)
_TOTAL = re.compile(r"(以上|本页|本月|本表|全部)?(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计)\s*([:\d].*)?", re.DOTALL)
_LABELLED = re.compile(r"[\u4e00-\u9fff]{2,8}(\([^)]{0,10}\))?\s*:.*", re.DOTALL)
"""``分管领导：``, ``日期：2026.11.3``: a row of nothing else is signed, or a remark."""
_FEWEST = 3
"""Columns of a sheet from which the shape of a row shows that it is no data."""
_SIGNED = re.compile(r"(制表|填表|审核|填报|复核|负责|联系)(人|单位|日期|时间)?\s*(:.*)?", re.DOTALL)
_NOTE = re.compile(r"(备注|说明|注)\s*(:.*)?", re.DOTALL)
_LONE = re.compile(
    r"(合计|总计|共计?|总共|以上共?)\s*[\d一二三四五六七八九十百]+\s*[人名个件条户项份].*|截[至止].{0,20}|第\s*\d+\s*页.*|共\s*\d+\s*页.*|[-—–]+\s*\d+\s*[-—–]+|\d+\s*/\s*\d+"
    r"|[(（]?(以下|以上)空白[)）]?|第[一二三四五六七八九十]+页|(制表|打印|填表|统计)?(日期|时间)\s*:.*|\d{4}\s*[年./-]\s*\d{1,2}\s*([月./-]\s*(\d{1,2}\s*日?)?)?|\d{1,2}月\d{1,2}日|.{0,20}(盖章|签章|公章|签字|签名).{0,6}"
)
"""Counts, days, page numbers and stamps: alone in a row of a table they are below it."""
_LINE_LABEL = re.compile(
    r"(备注|说明|注|值班电话|值班人员?|监督电话|总人数|总户数|总数|人数|数量|打印日期|打印时间|制表日期|填表日期|填报日期|统计日期|日期|时间"
    r"|审批意见|审核意见|领导意见|意见|抄送|报送|主送|联系人|联系电话|填报单位|制表单位|单位|审批|盖章|签字|签名)[:]?"
)
"""Labels of a line below a table: with nothing but a value beside them, it is no data."""
_AMOUNT = re.compile(r"\d[\d.,%\s]*\w{0,3}|[-—/]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a kind, as sheets name it."""

    name: str
    titles: tuple[str, ...]
    """Headings of the column, the office's usual one first."""
    parse: Callable[[Cell], Any]
    required: bool = False
    """The sheet must have the column."""
    needed: bool = False
    """Every row must have a value."""
    inherits: bool = False
    is_guessed: bool = True
    """False if a heading like its own must not be suggested to mean it, because that would do harm."""
    """A blank cell means the one above, as in merged sheets."""

    @property
    def title(self) -> str:
        """Return the column's name for messages."""
        return self.titles[0] if self.titles else self.name

    @property
    def is_date(self) -> bool:
        """Return whether a bare number in it is a day counted from the sheet's epoch."""
        return self.parse in (values.moment, values.day, values.half, values.halves)


def layouts(
    columns: Sequence[Column], requirements: Iterable[Sequence[str]], *, left_out: Sequence[str] = (), inherits: Sequence[str] = ()
) -> tuple[tuple[Column, ...], ...]:  # fmt: skip
    """Return the columns of other layouts of a kind.

    Args:
        requirements: names of the columns that a layout requires; of these every row must have the name.
        left_out: columns that no such sheet has.
        inherits: columns in which a blank cell means the one above.
    """
    return tuple(
        tuple(
            replace(column, required=column.name in names, needed=column.name == "name", inherits=column.name in inherits)
            for column in columns
            if column.name not in left_out
        )
        for names in requirements
    )


@dataclass(slots=True)
class SheetRow:
    """A row of a sheet with its parsed values."""

    sheet: str
    number: int
    values: dict[str, Any]
    extra: dict[str, str]
    """Cells under headings the kind does not know, by heading."""
    issues: list[Issue] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    """Raw cells of the row, with merged and inherited cells filled in, and days counted from 1899-12-30."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Letter of the sheet's column, by each title of the column."""
    headings: Mapping[int, str] = field(default_factory=dict)
    """Headings of the columns the kind does not know, by position."""
    written: Mapping[int, str] = field(default_factory=dict)
    """Headings of all columns that have one, by position."""

    def by_heading(self) -> dict[str, Any]:
        """Return the raw cells by heading; a cell without a heading by its position."""
        cells: dict[str, Any] = {}
        for position, cell in enumerate(self.cells):
            if cell in (None, ""):
                continue
            place = f"第{position + 1}列"
            heading = self.written.get(position) or place
            # If a heading occurs twice, both cells are kept.
            heading = heading if heading not in cells else f"{heading}（{place}）"
            cells[heading] = {"broken": cell.text} if isinstance(cell, Broken) else cell
        return cells

    @property
    def rejected(self) -> bool:
        """Return whether the row has an error."""
        return bool(self.issues) and any(issue.severity == "error" for issue in self.issues)

    def reject(self, code: str, column: str = "", value: str = "", suggestion: str = "") -> None:
        """Reject the row."""
        self._note("error", code, column, value, suggestion)

    def warn(self, code: str, column: str = "", value: str = "", suggestion: str = "") -> None:
        """Accept the row with a warning."""
        self._note("warning", code, column, value, suggestion)

    def repaired(self, code: str, column: str = "", value: str = "", suggestion: str = "") -> None:
        """Accept the row, and note what was corrected in it."""
        self._note("repaired", code, column, value, suggestion)

    def blank_headings(self) -> list[str]:
        """Return the headings that the kind does not know and the row leaves blank."""
        filled = {
            heading
            for position, heading in self.headings.items()
            if position < len(self.cells) and not _is_blank(self.cells[position])
        }
        return [heading for heading in dict.fromkeys(self.headings.values()) if heading not in filled]

    def issue(self, severity: str, code: str, column: str = "", value: str = "", suggestion: str = "") -> Issue:
        """Return an issue about the row, without adding it to the row."""
        letters = self.letters.get(column, "")
        at = f"{letters}{self.number}" if letters else ""
        return Issue(
            sheet=self.sheet,
            row=self.number,
            column=column,
            code=code,
            severity=severity,
            value=value,
            suggestion=suggestion,
            cell=at,
        )

    def _note(self, severity: str, code: str, column: str, value: str, suggestion: str) -> None:
        self.issues.append(self.issue(severity, code, column, value, suggestion))


@dataclass(frozen=True, slots=True)
class SheetHeader:
    """Position and columns of a header."""

    row: int
    """Its last row; the data begins below."""
    columns: Mapping[int, Column]
    headings: Mapping[int, str]
    """Headings of the columns the kind does not know."""
    titles: str
    """Everything written above the header."""
    first_row: int
    written: Mapping[int, str]
    """Headings of all columns, known or not; the parts of a header of several rows are joined."""
    fingerprint: str
    """The same for all sheets with the same headings, in any order."""
    ignored: frozenset[int] = frozenset()
    """Positions of columns that are not imported: the results in an annotated copy."""


_IS_DATA = re.compile(r"\d{6}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
"""Numbers and dates that stand in no heading."""
_SIMPLE = str.maketrans(
    "處時編碼網聯絡電話單類稱區劃級屬鎮負責備結標準條監體權狀態經緯職務號證員戶數積環質黨組織講來訴內問題緊轄導聞資產設發現點門達間離崗歷遷報採緣書繫別協辦",
    "处时编码网联络电话单类称区划级属镇负责备结标准条监体权状态经纬职务号证员户数积环质党组织讲来诉内问题紧辖导闻资产设发现点门达间离岗历迁报采缘书系别协办",
)
"""Traditional characters in headings."""


_LEFT_OUT, _HINT = re.compile(r"[\s*:：]"), re.compile(r"\((必填|选填|可选|示例.*?)\)$")
_LONGEST_KEPT = 60
"""Characters of a heading whose normal form is kept; longer texts are no headings."""


def normal(heading: str) -> str:
    """Return a heading in the form that is compared.

    Full-width characters are folded, blanks, stars, colons and bracketed hints such as (必填) removed, and traditional characters
    simplified.
    """
    return _kept_normal(heading) if len(heading) <= _LONGEST_KEPT else _normal(heading)


def _normal(heading: str) -> str:
    return _HINT.sub("", _LEFT_OUT.sub("", fold_width(heading)).lower().translate(_SIMPLE))


# The headings of all kinds are compared with every row that may be a header: 2,000 of them, a hundred times.
_kept_normal = functools.lru_cache(8_192)(_normal)


def letter(position: int) -> str:
    """Return the letter a spreadsheet gives a column (from 0): A … Z, AA …"""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def position_of(letters: str) -> int:
    """Return the column that a spreadsheet's letters name, from 0."""
    position = 0
    for char in letters:
        position = position * 26 + ord(char) - 64
    return position - 1


# --- header -----------------------------------------------------------------------------------------------------


def find_header(
    rows: Sequence[tuple[int, list[Cell]]],
    columns: Sequence[Column],
    *,
    merged: Sequence[tuple[int, int, int, int]] = (),
    header_row: int | None = None,
    mapping: Mapping[str, str] | None = None,
) -> SheetHeader | None:
    """Find the one to three rows that name the most columns of a kind, including all required ones; None if there are none.

    Args:
        merged: the sheet's merged ranges.
        header_row: the number of the header's last row, if it is known.
        mapping: column names by heading; they take precedence over a column's titles. A name that no column has leaves the heading
            unknown.
    """
    words = [
        (number, [clean_line(without_quote(str(cell))) if cell is not None else "" for cell in cells])
        for number, cells in filled(rows, merged)
    ]
    chosen = {normal(heading): name for heading, name in (mapping or {}).items()}
    required = {column.name for column in columns if column.required}
    best: tuple[tuple[int, bool, int], SheetHeader] | None = None
    upper: SheetHeader | None = None
    """The first row that has nothing but headings, or nearly: another table may begin below its own."""
    for last, (number, _) in enumerate(words):
        if header_row not in (None, number):
            continue
        for height in range(1, min(HEADER_HEIGHT, last + 1) + 1):
            first = last + 1 - height
            found = named([line for _, line in words[first : last + 1]], columns, chosen)
            hits = len(found.columns)
            alone = len(required) == len(found.written) == height == 1
            if not (hits >= 2 or (hits and (alone or header_row))) or not required <= found.names:
                continue
            if height > 1 and any(_IS_DATA.search(text) for text in found.written.values()):
                continue  # a form: labels with their values beside them
            # A heading that is merged with the row below, or above, is only half of a higher header.
            highest = words[first][0]
            cut = any(highest <= top + 1 <= number <= bottom or top + 1 < highest <= bottom + 1 for top, _, bottom, _ in merged)
            score = (hits - cut, not cut, -height)
            is_upper = (
                upper is None and height == 1 and not cut and hits >= _LEAST_UPPER and hits >= 2 * (len(found.written) - hits)
            )
            if best is None or score > best[0] or is_upper:
                above = " ".join(str(cell) for _, line in rows[:first] for cell in line if cell is not None)
                header = found.header(number, words[first][0], clean_line(above))
                best = (score, header) if best is None or score > best[0] else best
                upper = header if is_upper else upper
    if best is None:
        return None
    between = (line for number, line in words if upper is not None and upper.row < number < best[1].first_row)
    return upper if upper is not None and any(any(line) for line in between) else best[1]


_LEAST_UPPER = 3
"""Known headings of a row above a fuller header that make it the header of a table of its own."""


@dataclass(slots=True)
class Named:
    """The columns that some rows name."""

    written: dict[int, str]
    columns: dict[int, Column]
    ignored: frozenset[int]

    @property
    def names(self) -> set[str]:
        """Return the fields of the columns."""
        return {column.name for column in self.columns.values()}

    def header(self, row: int, first_row: int, titles: str) -> SheetHeader:
        """Return them as the header of what is below.

        Args:
            titles: everything that is written above.
        """
        headings = {position: text for position, text in self.written.items() if position not in self.columns}
        seen = "\n".join(sorted(normal(text) for text in self.written.values()))
        fingerprint = hashlib.sha256(seen.encode()).hexdigest()[:16]
        return SheetHeader(
            row=row,
            columns=dict(sorted(self.columns.items())),
            headings=headings,
            titles=titles,
            first_row=first_row,
            written=self.written,
            fingerprint=fingerprint,
            ignored=self.ignored,
        )


def _headings(lines: Sequence[Sequence[str]]) -> tuple[dict[int, str], dict[int, list[str]], set[int]]:
    """Return the heading of each column, its spellings in normal form with the most specific first, and the columns to ignore."""
    written: dict[int, str] = {}
    spellings: dict[int, list[str]] = {}
    ignored: set[int] = set()
    for position in range(max(len(line) for line in lines)):
        parts: list[str] = []
        for line in lines:
            if position < len(line) and line[position] and line[position] not in parts[-1:]:
                parts.append(line[position])
        if not parts:
            continue
        # The joined heading is the most specific (来电人 over 电话 is the caller's phone) and is tried first, then its lower parts.
        spellings[position] = [normal("".join(parts[start:])) for start in range(len(parts))]
        if not _IGNORED.isdisjoint(spellings[position]):
            ignored.add(position)
        else:
            written[position] = "".join(parts)
    return written, spellings, ignored


def named(lines: Sequence[Sequence[str]], columns: Sequence[Column], chosen: Mapping[str, str]) -> Named:
    """Return the columns that rows name together; the cells of a column are the parts of its heading, top down.

    Args:
        chosen: column names by heading in normal form; they take precedence over a column's titles.
    """
    by_name = {column.name: column for column in columns}
    by_title = {normal(title): column for column in columns for title in column.titles}
    written, spellings, ignored = _headings(lines)
    found: dict[int, Column] = {}
    taken: set[str] = set()
    reported: set[int] = set()
    for position in written:
        name = next((chosen[spelling] for spelling in spellings[position] if spelling in chosen), None)
        if name is None:
            continue
        reported.add(position)
        if name not in by_name and (titled := by_title.get(normal(name))) is not None:
            name = titled.name
        if name in by_name and name not in taken:
            found[position] = by_name[name]
            taken.add(name)
    for position in written:
        if position in reported:
            continue
        column = next((by_title[spelling] for spelling in spellings[position] if spelling in by_title), None)
        if column is not None and column.name not in taken:
            found[position] = column
            taken.add(column.name)
    return Named(written, found, frozenset(ignored))


def filled(rows: Sequence[tuple[int, list[Cell]]], merged: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, list[Cell]]]:
    """Return the rows with merged ranges filled, along and down."""
    filled = {number: list(cells) for number, cells in rows}
    for top, left, bottom, right in merged:
        first = filled.get(top + 1, [])
        value = first[left] if left < len(first) else None
        if value in (None, ""):
            continue
        for row in range(top, min(bottom, top + len(filled)) + 1):
            cells = filled.get(row + 1, [])
            end = min(right + 1, COLUMN_LIMIT)
            cells.extend([None] * (end - len(cells)))
            cells[left:end] = [value] * (end - left)
    return list(filled.items())


@dataclass(frozen=True, slots=True)
class Likeness:
    """A heading that matches no column, and the column it resembles. It is reported, and never acted on."""

    row: int
    position: int
    heading: str
    column: Column


def likenesses(header: SheetHeader, columns: Sequence[Column]) -> list[Likeness]:
    """Return likely meanings of unknown headings, among the columns the sheet seems to lack."""
    found = {column.name for column in header.columns.values()}
    lacking = [column for column in columns if column.name not in found]
    return _alike(header.row, header.headings, lacking)


def missing_likenesses(rows: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> list[Likeness]:
    """Return likely meanings of the first rows of a sheet without a header, for the required headings of a kind."""
    required = [column for column in columns if column.required]
    best: list[Likeness] = []
    for number, cells in rows[:HEADER_ROWS]:
        line = [clean_line(str(cell)) if cell is not None else "" for cell in cells]
        known = named([line], columns, {})
        lacking = [column for column in required if column.name not in known.names]
        unknown = {position: text for position, text in known.written.items() if position not in known.columns}
        found = _alike(number, unknown, lacking)
        # Either it is a header that lacks a heading or two, or every required heading is there in another spelling.
        if (known.columns or len(found) == len(required)) and len(found) > len(best):
            best = found
    return best


def _alike(row: int, headings: Mapping[int, str], columns: Sequence[Column]) -> list[Likeness]:
    by_title = {normal(title): column for column in columns if column.is_guessed for title in column.titles}
    found: list[Likeness] = []
    for position, heading in sorted(headings.items()):
        word = normal(heading)
        within = sorted((title for title in by_title if title in word), key=len, reverse=True)
        titles = (
            [*within, *difflib.get_close_matches(word, by_title, 1, HEADING_ALIKE)] if 2 <= len(word) <= HEADING_LENGTH else []
        )
        column = next((by_title[title] for title in titles), None)
        if column is not None and all(column is not other.column for other in found):
            found.append(Likeness(row, position, heading, column))
    return found


# --- data -------------------------------------------------------------------------------------------------------


def top_of(sheet: Sheet, count: int = HEADER_ROWS) -> list[tuple[int, list[Cell]]]:
    """Take the first rows of a sheet off its iterator; ``count`` is larger if the header is known to be lower."""
    top: list[tuple[int, list[Cell]]] = []
    for item in sheet.rows:
        top.append(item)
        if len(top) >= count:
            break
    return top


def rows_of(
    sheet: Sheet,
    top: Sequence[tuple[int, list[Cell]]],
    header: SheetHeader,
    passed_over: list[int] | None = None,
    examples: frozenset[str] = frozenset(),
    again: HeaderAgain | None = None,
) -> Iterator[SheetRow]:
    """Yield the data rows under a header: merged ranges filled, blanks inherited, cells parsed, problems noted.

    Args:
        passed_over: receives the numbers of rows without data: footers (合计, 制表人) and a template's example. Blank rows are not
            listed.
        examples: possible first cells of a template's example row.
        again: recognises a row that is a header again, after which the columns may be others.
    """
    merges = Merges(sheet.merged)
    reader = _Reader(sheet, header)
    held: tuple[int, list[Cell]] | None = None
    """A row with one cell, until the next row shows what it is."""
    is_apart = False
    """True if blank rows or a row with one cell stand before the row."""

    def everything() -> Iterator[tuple[int, list[Cell]]]:
        yield from (item for item in top if item[0] > header.row)
        yield from sheet.rows

    for number, cells in everything():
        said = [cell for cell in cells if not _is_blank(cell)]
        if not said:
            is_apart = True
            continue
        was_apart, is_apart = is_apart or held is not None, False
        if _is_footer(said, len(header.written)) or _is_example(said[0], examples):
            if passed_over is not None:
                passed_over.append(number)
            continue
        if again is not None and (again.is_likely(cells) or (was_apart and again.is_of_another(cells))):
            title = "" if held is None else " ".join(str(cell) for cell in held[1] if not _is_blank(cell))
            reader = _Reader(sheet, again.found(number, cells, title))
            if passed_over is not None:
                passed_over += [number] if held is None else [held[0], number]
            held = None
            continue
        if held is not None:
            yield reader.row(*held)
            held = None
        merges.fill(number - 1, cells)
        if again is not None and len(said) == 1 and sum(not _is_blank(cell) for cell in cells) == 1:
            held = number, cells  # it may be the title of another table
        else:
            yield reader.row(number, cells)
    if held is not None:
        yield reader.row(*held)


def _is_footer(said: Sequence[Cell], columns: int) -> bool:
    """Return whether cells with something in them are a footer: a total with amounts or few words beside it, signatures, a remark."""
    first, count = said[0], len(said)
    if count == 1 and _is_lone(first):
        return True
    if count <= 2 < columns and isinstance(first, str) and _LINE_LABEL.fullmatch(fold_width(first).strip()):
        return True
    if not isinstance(first, str) or (first.strip()[:1] not in _FOOTER_BEGINS and ":" not in first and "：" not in first):
        return False
    words = [fold_width(str(cell)).strip() for cell in said]
    if _TOTAL.fullmatch(words[0]):
        # Words may stand beside a total (本月共5件); a row that fills most of its columns is data.
        return all(_AMOUNT.fullmatch(word) for word in words[1:]) or (columns >= _FEWEST and len(words) * 2 <= columns)
    if columns >= _FEWEST and len(words) < columns and all(_LABELLED.fullmatch(word) for word in words):
        return True
    if _SIGNED.fullmatch(words[0]):
        # 制表人 | 李小明 | 审核人 | 王芳, or with a colon in each.
        return len(words) <= 2 or any(_SIGNED.fullmatch(word) for word in words[1:])
    return len(words) == 1 and _NOTE.fullmatch(words[0]) is not None


def _is_lone(cell: Cell) -> bool:
    return isinstance(cell, date) or (isinstance(cell, str) and _LONE.fullmatch(fold_width(cell).strip()) is not None)


_FOOTER_BEGINS = frozenset("合总小共累以本全制填审复负联备说注")


def _is_example(first: Cell, examples: frozenset[str]) -> bool:
    return isinstance(first, str) and first.strip(" ()（）") in examples


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


class HeaderAgain(Protocol):
    """Recognises a row below a header that is a header again."""

    def is_likely(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row has only headings."""

    def is_of_another(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row that stands apart has only short words, some of them headings."""

    def found(self, number: int, cells: Sequence[Cell], above: str) -> SheetHeader:
        """Return the header that a row is.

        Args:
            above: title in the row above it.
        """


class _Reader:
    """Makes rows of the cells under a header."""

    def __init__(self, sheet: Sheet, header: SheetHeader) -> None:
        self._sheet, self._header = sheet, header
        self._last_heading = max(header.written, default=0)
        self._above: dict[int, Cell] = {}
        self._letters: dict[str, str] = {}
        for position, column in header.columns.items() if not sheet.is_form else ():
            for title in (column.title, *column.titles):
                self._letters.setdefault(title, letter(position))
        self._parsed: dict[int, dict[str, Any]] = {position: {} for position in header.columns}
        self._days_missing = {position for position, column in header.columns.items() if sheet.epoch_1904 and column.is_date}

    def row(self, number: int, cells: list[Cell]) -> SheetRow:
        """Return the row with its cells parsed and its problems noted."""
        header = self._header
        row = SheetRow(
            self._sheet.name, number, {}, {}, cells=cells, letters=self._letters, headings=header.headings, written=header.written
        )
        count = len(cells)
        for position, column in self._header.columns.items():
            cell = cells[position] if position < count else None
            known = self._parsed[position]
            if isinstance(cell, str) and cell in known:
                row.values[column.name] = known[cell]
                continue
            said = len(row.issues)
            value = row.values[column.name] = self._value(row, position, column, None if _is_blank(cell) else cell)
            # Most columns repeat a few words; a cell that parsed without an issue will do so again.
            if isinstance(cell, str) and len(cell) <= _SHORT and len(row.issues) == said and not column.inherits:
                if len(known) >= _PARSED_KEPT:
                    known.clear()
                known[cell] = value
        self._keep_others(row, cells)
        return row

    def _value(self, row: SheetRow, position: int, column: Column, cell: Cell) -> Any:
        if column.inherits:
            if cell is None:
                cell = self._above.get(position)
                # Store the inherited value in the row itself: rejected, or returned alone, it has no row above it.
                row.cells.extend([None] * (position + 1 - len(row.cells)))
                row.cells[position] = cell
            else:
                self._above[position] = cell
                self._forget_below(position)
        if isinstance(cell, Broken):
            row.reject("E230" if isinstance(cell, Undecoded) else "E213", column.title, cell.text)
            return None
        if isinstance(cell, str) and cell[:1] == "#" and cell.strip() in _ERRORS_AS_TEXT:
            row.reject("E213", column.title, cell.strip())
            return None
        if position in self._days_missing and isinstance(cell, str) and values.SERIAL.fullmatch(cell.strip()):
            cell = float(cell)
        if position in self._days_missing and isinstance(cell, int | float) and _FIRST_1904 <= cell <= _LAST_1904:
            cell += _EPOCHS_APART
            row.cells[position] = cell
        if isinstance(cell, str):
            cell = self._plain(row, column, cell)
        try:
            value = column.parse(cell)
        except ValueProblem as problem:
            row.reject(problem.code, column.title, problem.value, problem.suggestion)
            return None
        if isinstance(value, values.Repaired | values.Rounded | values.Approximate):
            row.repaired(value.code, column.title, str(value))
        if column.parse in values.PHONES and (doubt := values.phone_doubt(value)):
            row.warn(doubt, column.title, str(len(value)))
        if column.needed and value in (None, ""):
            row.reject("E201", column.title)
        return value

    @staticmethod
    def _plain(row: SheetRow, column: Column, cell: str) -> str | None:
        """Return the one value that a cell says: none for a word for nothing; of several phones the first, the others are kept."""
        if column.parse in values.OPEN_VALUED and values.says_nothing(cell):
            return None
        if column.parse not in values.PHONES:
            return cell
        first, *others = values.phones_in(cell)
        if others:
            row.extra[f"{column.title}（其他）"] = "、".join(others)
            row.repaired("R903", column.title, str(len(others) + 1))
        return first

    def _keep_others(self, row: SheetRow, cells: Sequence[Cell]) -> None:
        """Keep cells under unknown headings, or without a heading, with the record."""
        known, ignored, headings = self._header.columns, self._header.ignored, self._header.headings
        for position, cell in enumerate(cells):
            if cell is None or position in known or position in ignored:
                continue
            if isinstance(cell, Undecoded):
                row.reject("E230", headings.get(position, f"第{position + 1}列"), cell.text)
                continue
            if value := clean_line(without_quote(str(cell)), 2000):
                place = f"第{position + 1}列"
                heading = headings.get(position, place)
                row.extra[heading if heading not in row.extra else f"{heading}（{place}）"] = value
                if position > self._last_heading and cell not in (None, ""):
                    # One cell too many shifts all that follow it: nobody can tell which of them are in their place.
                    row.reject("E223", place, value)
                    return

    def _forget_below(self, position: int) -> None:
        """Stop columns to the right from inheriting older values: a new value starts a new group."""
        for other, column in self._header.columns.items():
            if other > position and column.inherits:
                self._above.pop(other, None)


_SHORT, _PARSED_KEPT = 24, 1_000
"""Longest cell whose parsed value is cached, and the number of values cached per column."""
_EPOCHS_APART = 1462
"""Days between the two epochs."""
_ERRORS_AS_TEXT = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!"})
"""Values of faulty formulas, as spreadsheets write them into text files. ``#N/A`` also stands for nothing."""
_FIRST_1904, _LAST_1904 = 20_000 - _EPOCHS_APART, 60_000 - _EPOCHS_APART


class Merges:
    """Fills merged ranges from their first cell, in one pass from top to bottom."""

    def __init__(self, ranges: Sequence[tuple[int, int, int, int]]) -> None:
        self._by_row: dict[int, list[tuple[int, int, int, int]]] = {}
        for item in ranges:
            if item[2] > item[0]:
                self._by_row.setdefault(item[0], []).append(item)
        self._open: list[tuple[tuple[int, int, int, int], Cell]] = []

    def fill(self, row: int, cells: list[Cell]) -> None:
        """Give a row (from 0) the values of merged ranges that reach into it."""
        self._open = [(span, value) for span, value in self._open if span[2] >= row]
        for span, value in self._open:
            for column in range(span[1], min(span[3] + 1, len(cells))):
                if cells[column] in (None, ""):
                    cells[column] = value
        for span in self._by_row.get(row, ()):
            # More open ranges than columns can only be forged, and each one would be checked for every row.
            if span[1] < len(cells) and len(self._open) < COLUMN_LIMIT:
                self._open.append((span, cells[span[1]]))
