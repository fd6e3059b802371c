"""Child process that reads one workbook, web page or feature file under limits, and writes its sheets as JSON lines.

A 4.7 KB sheet that claims a cell at XFD1048576 makes the reader abort its whole process; here that costs nothing but this child.
The bytes arrive on standard input: a workbook or a Word document by default, a UTF-8 page with the argument ``html``, GeoJSON with
``features``, an Excel 2003 XML workbook with ``xml``. The lines go to standard output. A sheet begins with ``{"sheet": name, "hidden": bool, "merged": [[r1, c1, r2, c2],
…], "epoch1904": bool, "height": rows, "share": [before, after], "hidden_rows": [row, …]}``, where ``share`` is the stretch of the whole file, 0 to 1, that
the sheet covers and rows count from 0 (only workbooks say which are hidden). Then follow one array per row (numbers stay numbers, dates are ISO text, a cell without a value is ``{"broken":
why}``) and ``{"end": n}``. ``{"alive": true}`` means that the page is still being read; a failure is ``{"error": code}``.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Any

from gridconsole.importing.documents import Table, is_word, spreadsheet_tables, word_tables
from gridconsole.importing.scan import COLUMN_LIMIT, ROW_LIMIT, Marks, book_of, xls

MEMORY_LIMIT = 700 << 20
"""Address space of the child, bytes; a sheet of 100,000 × 15 cells needs about half of it."""
CPU_SECONDS = 120
CELL_LIMIT = 32_767
"""Longest text a workbook cell can hold; longer ones come from forged files and are cut."""


class Encrypted(Exception):
    """A workbook from before 2007 that has a password."""


def main() -> None:
    """Read, write, stop."""
    _limit()
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", write_through=False)
    try:
        raw = sys.stdin.buffer.read()
        if "html" in sys.argv[1:]:
            _copy_page(raw, out)
        elif "features" in sys.argv[1:]:
            _copy_features(raw, out)
        elif "xml" in sys.argv[1:]:
            _copy_tables(spreadsheet_tables(raw), out, "no_sheet")
        elif raw.startswith(b"PK") and is_word(raw):
            _copy_tables(word_tables(raw), out, "no_table_in_document")
        else:
            _copy_workbook(raw, out)
    except MemoryError:
        out.write('{"error": "memory"}\n')
    except Exception as error:  # noqa: BLE001  the reader raises many kinds on damaged files; every one means the same here
        kind = "encrypted" if isinstance(error, Encrypted) or "assword" in type(error).__name__ + str(error) else "damaged"
        out.write(json.dumps({"error": kind}) + "\n")
    out.flush()


def _limit() -> None:
    with suppress(ImportError):  # Windows has no resource module; the parent's clock and the size checks remain
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(out: io.TextIOWrapper, item: object) -> None:
    out.write(json.dumps(item, ensure_ascii=False) + "\n")


# --- workbooks --------------------------------------------------------------------------------------------------


def _copy_workbook(raw: bytes, out: io.TextIOWrapper) -> None:
    if xls.is_encrypted(raw):
        raise Encrypted
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    listed = workbook.sheets_metadata
    book = book_of(raw, [info.name for info in listed])
    infos = [(index, info) for index, info in enumerate(listed) if info.typ is SheetTypeEnum.WorkSheet]
    for (index, info), share in zip(infos, _stretches([book.size_of(index) for index, _ in infos]), strict=True):
        sheet = workbook.get_sheet_by_name(info.name)
        merged = [[*start, *end] for start, end in (sheet.merged_cell_ranges or [])]
        _write(out, {"sheet": info.name, "hidden": info.visible is not SheetVisibleEnum.Visible, "merged": merged,
                     "epoch1904": book.epoch_1904, "height": sheet.total_height, "share": share,
                     "hidden_rows": book.hidden_rows(index)})  # fmt: skip
        # The reader starts at the first row of the sheet, but at the first column that is filled: pad the columns before it.
        before: list[object] = [None] * min(sheet.start[1], COLUMN_LIMIT) if sheet.start else []
        rows = (before + [_plain(cell) for cell in row[:COLUMN_LIMIT]] for row in sheet.iter_rows())
        count = 0
        for cells in _marked(rows, book.broken_cells(index)):
            _write(out, cells)
            count += 1
        _write(out, {"end": count})


def _stretches(sizes: list[int]) -> list[list[float]]:
    """Return the stretch of the whole file, from 0 to 1, that each sheet covers."""
    ends = [end / max(sum(sizes), 1) for end in accumulate(sizes, initial=0)]
    return [[before, after] for before, after in pairwise(ends)]


def _marked(rows: Iterable[list[object]], broken: Marks) -> Iterator[list[object]]:
    """Yield rows with their broken cells marked, also below and to the right of the sheet's end as the reader found it."""
    ahead = next(broken, None)
    index = -1
    for index, cells in enumerate(rows):
        while ahead is not None and ahead[0] <= index:
            if ahead[0] == index:
                _mark(cells, ahead[1])
            ahead = next(broken, None)
        yield cells
    while ahead is not None and ahead[0] < ROW_LIMIT:
        # A sheet with rows out of order may return to a row that is already written; such a row is skipped.
        if ahead[0] > index:
            yield from ([] for _ in range(index + 1, ahead[0]))
            index = ahead[0]
            cells = []
            _mark(cells, ahead[1])
            yield cells
        ahead = next(broken, None)


def _mark(cells: list[object], broken: dict[int, str]) -> None:
    cells.extend([None] * (max(broken) + 1 - len(cells)))
    for column, text in broken.items():
        cells[column] = {"broken": text}


def _plain(cell: Any) -> str | float | int | None:
    if isinstance(cell, str):
        return cell[:CELL_LIMIT] or None
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return cell if isinstance(cell, int) else None


# --- documents ------------------------------------------------------------------------------------------------------


def _copy_tables(tables: Iterable[Table], out: io.TextIOWrapper, if_none: str) -> None:
    count = 0
    for count, table in enumerate(tables, 1):
        name = table.name or (f"表{count}" if count > 1 else "")
        _write(out, {"sheet": name, "hidden": table.is_hidden, "merged": table.merged, "epoch1904": False,
                     "height": len(table.rows), "share": [0, 1], "hidden_rows": table.hidden_rows})  # fmt: skip
        for row in table.rows:
            _write(out, [cell[:CELL_LIMIT] if isinstance(cell, str) else cell for cell in row[:COLUMN_LIMIT]])
        _write(out, {"end": len(table.rows)})
    if not count:
        _write(out, {"error": if_none})


# --- web pages --------------------------------------------------------------------------------------------------


def _copy_page(raw: bytes, out: io.TextIOWrapper) -> None:
    from gridconsole.importing.html import read

    tables = []
    for table in read(raw.decode()):
        if table is None:
            _write(out, {"alive": True})
            out.flush()
        else:
            tables.append(table)
    for number, (table, share) in enumerate(zip(tables, _stretches([len(table.rows) for table in tables]), strict=True), 1):
        _write(out, {"sheet": table.caption or (f"表{number}" if number > 1 else ""), "hidden": False, "merged": table.merged,
                     "epoch1904": False, "height": len(table.rows), "share": share})  # fmt: skip
        for row in table.rows:
            _write(out, [cell and cell[:CELL_LIMIT] for cell in row])
        _write(out, {"end": len(table.rows)})
    if not tables:
        _write(out, {"error": "no_table"})


# --- features ---------------------------------------------------------------------------------------------------


def _copy_features(raw: bytes, out: io.TextIOWrapper) -> None:
    from gridconsole.importing.features import Collection, NoFeatures

    try:
        found = Collection(raw.decode("utf-8-sig"))
    except NoFeatures:
        _write(out, {"error": "no_features"})
        return
    height = found.count + 1
    _write(out, {"sheet": "", "hidden": False, "merged": [], "epoch1904": False, "height": height, "share": [0, 1]})
    for cells in found.rows():
        _write(out, cells)
    _write(out, {"end": height})


if __name__ == "__main__":
    main()
