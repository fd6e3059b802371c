"""The registers as sheets that come back unchanged: the same headings, the same words."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import OutputRefused, UnknownWord
from gridconsole.domain.text import mask_phone, printable
from gridconsole.importing.annotate import check_target, put_text
from gridconsole.importing.geojson import FAULTY_GEOMETRY
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.kinds.catalogue import kind_word, limit_words
from gridconsole.importing.kinds.departments import duty_hours, duty_words, kind_name
from gridconsole.importing.kinds.wardens import employment_name
from gridconsole.importing.plan import masked_cell, read_extra
from gridconsole.importing.values import FORMULA_MARKS
from gridconsole.language import t
from gridconsole.store import catalogue, registers

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction

Record = dict[str, Any]
MOST_HEADINGS = 200
"""Columns an export has besides those its kind knows."""


def write(desk: Desk, kind: str, target: Path, *, masked: bool = True) -> int:
    """Write a register; returns the number of rows.

    Args:
        target: ``.csv`` writes UTF-8 with a byte order mark, ``.xlsx`` a workbook.
        masked: phones and numbers of people with their middle hidden; such a cell says nothing when the sheet comes back.

    Raises:
        UnknownWord: the kind has no register.
        OutputRefused: the target exists already, or cannot be written.
    """
    if kind not in WRITERS:
        raise UnknownWord(what="kind", word=kind, choices=tuple(WRITERS))
    check_target(target, (".xlsx", ".csv"))
    with desk.database.reading() as connection:
        records = [_masked(record) if masked else record for record in WRITERS[kind](connection, desk)]
    columns = [column for column in KINDS[kind].columns if any(record.get(column.name) not in (None, "") for record in records)]
    columns = columns or [column for column in KINDS[kind].columns if column.required]
    kept = [read_extra(record.get("extra", "")) for record in records]
    # What is no boundary is evidence of a faulty file, not a column of a register.
    headings = [heading for heading in dict.fromkeys(chain.from_iterable(kept)) if heading != FAULTY_GEOMETRY][:MOST_HEADINGS]
    titles = [*(column.titles[0] for column in columns), *headings]
    rows = [
        [
            *(_text(record.get(column.name)) for column in columns),
            *(_text(_aside(heading, extra.get(heading, ""), masked)) for heading in headings),
        ]
        for record, extra in zip(records, kept, strict=True)
    ]
    try:
        if target.suffix.lower() == ".csv":
            with target.open("x", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([[_quoted(text) for text in row] for row in (titles, *rows)])
        else:
            _workbook(kind, titles, rows, target)
    except OSError as error:
        raise OutputRefused(file=str(target), why=error.strerror or "") from error
    return len(rows)


def _aside(heading: str, value: str, masked: bool) -> str:
    return masked_cell(heading, value) if masked else value


def _masked(record: Record) -> Record:
    return {**record, "phone": mask_phone(record["phone"])} if record.get("phone") else record


def _text(value: object) -> str:
    return "" if value is None else printable(str(value))


def _quoted(text: str) -> str:
    """No text is taken for a formula; a number that is negative stays one."""
    return f"'{text}" if text[:1] in FORMULA_MARKS and not text[1:].replace(".", "", 1).isdigit() else text


def _workbook(kind: str, titles: list[str], rows: Iterable[list[str]], target: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=False)
    sheet = book.active
    sheet.title = t(f"kind.{kind}")
    sheet.freeze_panes = "A2"
    for number, row in enumerate([titles, *rows], 1):
        for position, text in enumerate(row, 1):
            if text:
                put_text(sheet.cell(number, position), text)
    book.save(target)


def _areas(connection: Transaction, _: Desk) -> Iterator[Record]:
    for row in registers.rows(connection, "areas"):
        yield {**row, "level": ""}


def _grids(connection: Transaction, _: Desk) -> Iterator[Record]:
    for row in registers.rows(connection, "grids"):
        yield {**row, "kind": "专属网格" if row["kind"] == "dedicated" else "基础网格"}


def _departments(connection: Transaction, _: Desk) -> Iterator[Record]:
    for row in registers.rows(connection, "departments"):
        duties = registers.duties_of(connection, row["id"])
        yield {**row, "kind": kind_name(row["kind"]), "areas": "、".join(registers.areas_of(connection, row["id"])),
               "primary": duty_words(duties, primary=True), "backup": duty_words(duties, primary=False),
               "duty_hours": duty_hours(1) if row["all_day"] else ""}  # fmt: skip


def _wardens(connection: Transaction, _: Desk) -> Iterator[Record]:
    posts = registers.live_posts(connection)
    for row in registers.rows(connection, "wardens"):
        mine = posts.get(row["id"], [])
        ranks = {rank for _, rank in mine}
        yield {**row, "employment": employment_name(row["employment"]), "grids": "、".join(code for code, _ in mine),
               "rank": next(iter(ranks)) if len(ranks) == 1 else ""}  # fmt: skip


def _catalogue(connection: Transaction, _: Desk) -> Iterator[Record]:
    for row in registers.rows(connection, "catalogue"):
        limit = limit_words(catalogue.decode_milestones(row["milestones"]))
        yield {**row, "kind": kind_word(row["kind"]), "limit": limit}


def _components(connection: Transaction, _: Desk) -> Iterator[Record]:
    yield from registers.rows(connection, "components")


WRITERS: dict[str, Callable[[Transaction, Desk], Iterator[Record]]] = {
    "areas": _areas,
    "grids": _grids,
    "departments": _departments,
    "wardens": _wardens,
    "catalogue": _catalogue,
    "components": _components,
}
