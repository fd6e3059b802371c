"""Export of the registers to sheets that can be imported again unchanged: the same headings, the same words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole import files
from gridconsole.domain.errors import UnknownWord
from gridconsole.domain.roster import Half
from gridconsole.domain.text import csv_text, mask_id, mask_phone, printable
from gridconsole.files import Rules
from gridconsole.importing.geojson import FAULTY_GEOMETRY
from gridconsole.importing.kinds import KINDS, kind_named
from gridconsole.importing.kinds.catalogue import kind_word, limit_words
from gridconsole.importing.kinds.departments import duty_hours, duty_words, kind_name
from gridconsole.importing.kinds.leave import leave_name
from gridconsole.importing.kinds.teams import capacity_name
from gridconsole.importing.kinds.wardens import employment_name, kind_words
from gridconsole.importing.outputs import put_text, save_workbook
from gridconsole.importing.plan import Plan, masked_cell, read_extra
from gridconsole.importing.rows import Column, normal
from gridconsole.language import t
from gridconsole.services import privacy, rights
from gridconsole.services import teams as teams_service
from gridconsole.store import catalogue, places, registers, teams

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Record = dict[str, Any]


def write(office: Office, kind: str, target: Path, *, masked: bool = True, overwrite: bool = False) -> int:
    """Write a register; returns the number of rows.

    Args:
        target: ``.csv`` writes UTF-8 with a byte order mark, ``.xlsx`` a workbook.
        masked: hide the middle of phone and ID numbers; an import treats such a cell as blank.

    Raises:
        UnknownWord: the kind has no register.
        OutputRefused: the target exists already, has another ending, or cannot be written.
    """
    kind, rules = _checked(kind, target, overwrite=overwrite)
    with office.database.reading() as connection:
        records, others = _spread(KINDS[kind], WRITERS[kind](connection, office), masked=masked)
    columns = _columns(KINDS[kind], records, others)
    titles = [*(column.titles[0] for column in columns), *others]
    names = [*(column.name for column in columns), *map(_other, others)]
    rows = [[_text(record.get(name)) for name in names] for record in records]
    if target.suffix.lower() == ".csv":
        _csv(titles, rows, target, rules)
    else:
        _workbook(kind, titles, rows, target, rules)
    return len(rows)


def write_unmasked(office: Office, actor: Actor, kind: str, target: Path, reason: str, *, overwrite: bool = False) -> int:
    """Write a register without masks, as :func:`write` does; the ledger records the export before the file is written.

    Raises:
        NotPermitted: the operator's role may not see unmasked data.
        ReasonNeeded: no reason is given.
        UnknownWord, OutputRefused: as of :func:`write`.
    """
    kind, _ = _checked(kind, target, overwrite=overwrite)
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        privacy.record_export(connection, office, actor, {"kind": kind, "unmasked": True}, reason)
    return write(office, kind, target, masked=False, overwrite=overwrite)


def _checked(word: str, target: Path, *, overwrite: bool) -> tuple[str, Rules]:
    kind = kind_named(word)
    if kind not in WRITERS:
        raise UnknownWord(what="kind", word=word, choices=[f"{code}({t(f'kind.{code}')})" for code in WRITERS])
    rules = Rules((".xlsx", ".csv"), overwrite)
    files.check(target, rules)
    return kind, rules


def _spread(plan: type[Plan], found: Iterable[Record], *, masked: bool) -> tuple[list[Record], list[str]]:
    """Return the records with their cells kept by heading as fields, and the headings that belong to no column of the kind."""
    records = []
    others: dict[str, None] = {}
    for record in found:
        kept = read_extra(record["extra"])
        # Raw coordinates may be longer than a cell can hold.
        kept.pop(FAULTY_GEOMETRY, None)
        for name, heading in plan.passthrough.items():
            word = kept.pop(heading, "")
            record[name] = record[name] if record.get(name) not in (None, "") else word
        others |= dict.fromkeys(kept)
        if masked:
            kept = {heading: masked_cell(heading, value) for heading, value in kept.items()}
            for name, mask in _MASKS.items():
                if record.get(name):
                    record[name] = mask(record[name])
        records.append(record | {_other(heading): value for heading, value in kept.items()})
    return records, sorted(others)


_MASKS = {"phone": mask_phone, "id_number": mask_id}


def _other(heading: str) -> str:
    """Return the record key of a heading that belongs to no column; the prefix keeps it apart from column names."""
    return f"·{heading}"


def _columns(plan: type[Plan], records: Iterable[Record], others: Iterable[str]) -> list[Column]:
    """Return the columns to write: required ones, filled ones, and those whose title equals one of the other headings.

    Without the latter, an import would take such a heading for the column.
    """
    headings = {normal(heading) for heading in others}
    filled = {name for record in records for name, value in record.items() if value not in (None, "")}
    return [
        column
        for column in plan.columns
        if column.required or column.name in filled or not headings.isdisjoint(map(normal, column.titles))
    ]


def _text(value: object) -> str:
    return "" if value is None else printable(str(value))


def _quoted(text: str) -> str:
    """Return text that a spreadsheet does not take for a formula; a signed number stays as it is."""
    return text if _SIGNED_NUMBER.fullmatch(text) else csv_text(text)


_SIGNED_NUMBER = re.compile(r"[+-][0-9]+(\.[0-9]+)?")


def _csv(titles: list[str], rows: Iterable[list[str]], target: Path, rules: Rules) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_quoted(text) for text in row] for row in [titles, *rows])
    files.write(target, out.getvalue().encode("utf-8-sig"), rules)


def _workbook(kind: str, titles: list[str], rows: Iterable[list[str]], target: Path, rules: Rules) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=False)
    sheet = book.active
    sheet.title = t(f"kind.{kind}")
    sheet.freeze_panes = "A2"
    for number, row in enumerate([titles, *rows], 1):
        for position, text in enumerate(row, 1):
            if text:
                put_text(sheet.cell(number, position), text)
    save_workbook(book, target, rules)


def _areas(connection: Transaction, _: Office) -> Iterator[Record]:
    for row in registers.rows(connection, "areas"):
        # The parent code distinguishes a community whose code ends in zeros from a padded code.
        zeros = len(row["code"]) == 12 and row["code"].endswith("000")
        yield {**row, "level": "", "parent": row["code"][:9] if zeros else row["parent"]}


def _grids(connection: Transaction, _: Office) -> Iterator[Record]:
    for row in registers.rows(connection, "grids"):
        yield {**row, "kind": "专属网格" if row["kind"] == "dedicated" else "基础网格"}


def _departments(connection: Transaction, _: Office) -> Iterator[Record]:
    for row in registers.rows(connection, "departments"):
        duties = registers.duties_of(connection, row["id"])
        yield {**row, "kind": kind_name(row["kind"]), "areas": "、".join(registers.areas_of(connection, row["id"])),
               "primary": duty_words(duties, primary=True), "backup": duty_words(duties, primary=False),
               "duty_hours": duty_hours(1) if row["all_day"] else ""}  # fmt: skip


def _wardens(connection: Transaction, _: Office) -> Iterator[Record]:
    posts = registers.live_posts(connection)
    in_areas = registers.area_posts(connection)
    for row in registers.rows(connection, "wardens"):
        mine = posts.get(row["id"], [])
        ranks = {rank for _, rank in mine}
        yield {**row, "employment": employment_name(row["employment"]), "grids": "、".join(code for code, _ in mine),
               "kinds": kind_words(row["kinds"]), "areas": "、".join(in_areas.get(row["id"], ())),
               "rank": next(iter(ranks)) if len(ranks) == 1 else ""}  # fmt: skip


def _leave(connection: Transaction, _: Office) -> Iterator[Record]:
    for row in registers.rows(connection, "leave"):
        halves = (Half.read(row[name]) for name in ("first_half", "last_half"))
        first, last = (f"{half.day}{'下午' if half.is_afternoon else '上午'}" for half in halves)
        yield {**row, "kind": leave_name(row["kind"]), "first": first, "last": last}


def _teams(connection: Transaction, office: Office) -> Iterator[Record]:
    today = office.today()
    titles = {kind.code: kind.title for kind in teams_service.kinds(office)}
    grids = {choice.id: choice.code for choice in places.grid_choices(connection)}
    areas = {area.id: area.name for area in places.areas(connection)}
    for line in teams.lines(connection, today):
        base = {
            "id": line.id, "team": line.name, "kind": titles.get(line.kind, "其他"), "grid": grids.get(line.grid_id or 0, ""),
            "community": areas.get(line.area_id or 0, ""), "count": line.head_count, "contact": line.contact, "phone": line.phone,
            "extra": "",
        }  # fmt: skip
        people = teams.members(connection, line.id, today)
        for one in people:
            role = "队长" if one.person_id is not None and one.person_id == line.leader_id else ""
            yield {**base, "name": one.name, "number": one.code, "capacity": capacity_name(one.capacity), "role": role}
        if not people:
            yield {**base, "name": "", "number": "", "capacity": "", "role": ""}


def _catalogue(connection: Transaction, _: Office) -> Iterator[Record]:
    for row in registers.rows(connection, "catalogue"):
        limit = limit_words(catalogue.decode_milestones(row["milestones"]))
        yield {**row, "kind": kind_word(row["kind"]), "limit": limit}


def _components(connection: Transaction, _: Office) -> Iterator[Record]:
    yield from registers.rows(connection, "components")


WRITERS: dict[str, Callable[[Transaction, Office], Iterator[Record]]] = {
    "areas": _areas,
    "grids": _grids,
    "departments": _departments,
    "wardens": _wardens,
    "teams": _teams,
    "leave": _leave,
    "catalogue": _catalogue,
    "components": _components,
}
