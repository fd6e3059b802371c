"""Reads one workbook in a process of its own, under limits, and writes its sheets to standard output as JSON lines.

A 4.7 KB sheet that claims a cell at XFD1048576 makes the reader abort its whole process; here that costs nothing but this child.
The workbook arrives on standard input. Lines: ``{"sheet": name, "hidden": bool, "merged": [[r1, c1, r2, c2], …]}``, then one
array a row (numbers stay numbers, dates are ISO text), then ``{"end": n}``; a failure is ``{"error": code}``.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY_LIMIT = 1 << 30
"""Address space of the child, bytes."""
CPU_SECONDS = 60
CELL_LIMIT = 32_767
"""Longest text a workbook cell can hold; longer ones come from forged files and are cut."""


def main() -> None:
    """Read, write, stop."""
    _limit()
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", write_through=False)
    try:
        _copy(sys.stdin.buffer.read(), out)
    except MemoryError:
        out.write('{"error": "memory"}\n')
    except Exception as error:  # noqa: BLE001  the reader raises many kinds on damaged files; every one means the same here
        kind = "encrypted" if "assword" in type(error).__name__ + str(error) else "damaged"
        out.write(json.dumps({"error": kind}) + "\n")
    out.flush()


def _limit() -> None:
    with suppress(ImportError):  # Windows has no resource module; the parent's clock and the size checks remain
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _copy(raw: bytes, out: io.TextIOWrapper) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    for info in workbook.sheets_metadata:
        if info.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(info.name)
        merged = [[*start, *end] for start, end in (sheet.merged_cell_ranges or [])]
        head = {"sheet": info.name, "hidden": info.visible is not SheetVisibleEnum.Visible, "merged": merged}
        out.write(json.dumps(head, ensure_ascii=False) + "\n")
        count = 0
        for row in sheet.iter_rows():
            out.write(json.dumps([_plain(cell) for cell in row], ensure_ascii=False) + "\n")
            count += 1
        out.write(json.dumps({"end": count}) + "\n")


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


if __name__ == "__main__":
    main()
