"""Tables of a web page: what web systems save under the name ``.xls``. Runs in the child process, under its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from gridconsole.importing.scan import COLUMN_LIMIT, ROW_LIMIT

CELL_LIMIT = 3_000_000
"""Cells, blank ones between others included, of all tables of a page."""
TABLE_LIMIT = 1_000
LEFT_OVER = 2 << 20
"""Longest tag, comment or script, characters."""
DEPTH_LIMIT = 20
"""Tables nested deeper are read as text of the cell around them."""
_WHITE = re.compile(r"[ \t\r\n\f]+")
_COUNT = re.compile(r"\s*(\d{1,9})")
_BLOCKS = frozenset(("p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "dd", "dt", "pre"))
_UNSEEN = frozenset(("script", "style", "template"))


class Table:
    """One table: its rows as far as they are filled, and the ranges its wide cells cover."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self.spans: list[tuple[int, int, int, int]] = []
        self.caption = ""
        self.cells = 0
        self._covered: dict[int, int] = {}  # column: the last row that a cell from above reaches into
        self._column = 0
        self._in_row = False
        self._place: int | None = None
        self._parts: list[str] | None = None
        self._caption: list[str] | None = None

    @property
    def merged(self) -> list[tuple[int, int, int, int]]:
        """Merged ranges that lie within the table."""
        last = len(self.rows) - 1
        clipped = ((top, left, min(bottom, last), right) for top, left, bottom, right in self.spans)
        return [span for span in clipped if span[2] > span[0] or span[3] > span[1]]

    def is_list(self) -> bool:
        """Return whether at least two rows have content."""
        filled = (True for row in self.rows if row)
        return next(filled, False) and next(filled, False)

    def start_row(self) -> None:
        """Begin a row."""
        self.end_row()
        if len(self.rows) >= ROW_LIMIT:
            raise MemoryError
        self.rows.append([])
        self.cells += 1
        self._column, self._in_row = 0, True

    def end_row(self) -> None:
        """End the row."""
        self.end_cell()
        self._in_row = False

    def start_cell(self, down: int, across: int) -> None:
        """Begin a cell at the next position that no cell from above covers."""
        self.end_cell()
        if not self._in_row:
            self.start_row()
        row = len(self.rows) - 1
        while self._covered.get(self._column, -1) >= row:
            self._column += 1
        place = self._column
        self._parts = []
        self._place = place if place < COLUMN_LIMIT else None
        self.cells += 1
        if self._place is None:
            return
        right = min(place + across, COLUMN_LIMIT)
        self._column = right
        if down > 1:
            self._covered.update(dict.fromkeys(range(place, right), row + down - 1))
        if down > 1 or right - place > 1:
            self.spans.append((row, place, row + down - 1, right - 1))

    def end_cell(self) -> None:
        """End the cell; its text is complete."""
        if self._parts is None:
            return
        text, row = _tidy(self._parts), self.rows[-1]
        if text and self._place is not None:
            missing = self._place - len(row)
            row.extend([None] * missing)
            row.append(text)
            self.cells += missing
        self._parts = self._place = None

    def start_caption(self) -> None:
        """Begin the table's title."""
        self._caption = []

    def end_caption(self) -> None:
        """End the table's title."""
        if self._caption is not None:
            self.caption, self._caption = _tidy(self._caption).replace("\n", " ")[:80], None

    def write(self, text: str) -> None:
        """Add text to the open cell or title; any other text is dropped."""
        if self._parts is not None:
            self._parts.append(text)
        elif self._caption is not None:
            self._caption.append(text)


def _tidy(parts: list[str]) -> str:
    lines = (line.strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Page(HTMLParser):
    """Parser that finds the tables of a page, even if its tags are badly closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._too_deep = 0
        self._unseen = ""
        self._cells_before = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._start_table()
        elif self._open and not self._too_deep and tag in ("tr", "td", "th", "caption"):
            self._start_part(self._open[-1], tag, attrs)
        elif tag in _UNSEEN:
            self._unseen = tag
        elif self._open:
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._end_table()
        elif tag == self._unseen:
            self._unseen = ""
        elif self._open and not self._too_deep and tag in ("tr", "td", "th", "caption"):
            table = self._open[-1]
            {"tr": table.end_row, "caption": table.end_caption}.get(tag, table.end_cell)()
        elif self._open:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._open and not self._unseen:
            self._open[-1].write(_WHITE.sub(" ", data))

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002  the base class calls it so
        """Skip ``<![if …]>``, which spreadsheets write into their pages and the base class treats as an error."""
        return self.rawdata.find(">", i) + 1 or -1

    def finish(self) -> None:
        """End the page and all tables that are still open."""
        self.close()
        while self._open:
            self._too_deep = 0
            self._end_table()

    def _start_table(self) -> None:
        if len(self._open) >= DEPTH_LIMIT:
            self._too_deep += 1
            return
        table = Table()
        self.tables.append(table)
        self._open.append(table)
        if len(self.tables) > 100 * TABLE_LIMIT:
            raise MemoryError

    def _end_table(self) -> None:
        self._unseen = ""
        if self._too_deep:
            self._too_deep -= 1
        elif self._open:
            table = self._open.pop()
            table.end_row()
            table.end_caption()
            self._cells_before += table.cells

    def _start_part(self, table: Table, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            table.start_row()
        elif tag == "caption":
            table.start_caption()
        else:
            values = dict(attrs)
            table.start_cell(_count(values.get("rowspan"), ROW_LIMIT), _count(values.get("colspan"), COLUMN_LIMIT))
        if self._cells_before + table.cells > CELL_LIMIT:
            raise MemoryError

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS or (self._too_deep and tag == "tr"):
            self._open[-1].write("\n")
        elif self._too_deep and tag in ("td", "th"):
            self._open[-1].write(" ")


def _count(given_fields: str | None, most: int) -> int:
    """Return a span as a number; 0 means to the end."""
    found = _COUNT.match(given_fields or "")
    number = int(found[1]) if found else 1
    return min(number or most, most)


def read(text: str, chunk: int = 1 << 16) -> Iterator[Table | None]:
    """Yield the tables of a page with content, in the order in which they begin; None now and then while the page is being read.

    Raises:
        MemoryError: more tables or cells than any list has.
        ValueError: a tag that never ends.
    """
    page = _Page()
    for start in range(0, len(text), chunk):
        page.feed(text[start : start + chunk])
        # A tag that never ends would be scanned again with every piece.
        if len(page.rawdata) > LEFT_OVER:
            raise ValueError(start)
        yield None
    page.finish()
    lists = [table for table in page.tables if table.is_list()]
    if len(lists) > TABLE_LIMIT:
        raise MemoryError
    yield from lists
