"""拆分, 合并, 划转: show where everything lands, do it in one transaction, and undo it while nobody has acted.

The rules are in :mod:`gridconsole.domain.grid_change`. Each open case whose grid changes gets an entry of its own; the change itself
is one entry with every line of the roster's book: versions, lineage and posts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gridconsole.domain import coverage
from gridconsole.domain import grid_change as rules
from gridconsole.domain import roster as book_rules
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import Level
from gridconsole.domain.errors import (
    GridChangeBuiltOn,
    GridChangeFlaw,
    GridChangeOver,
    GridChangeUnfit,
    GridNameTaken,
    GridSerialsUsedUp,
    GridWithoutPeople,
    UnknownGridChange,
)
from gridconsole.domain.grid_change import BaseData, Held, Lying, MovedKind, NewGrid, Part, Preview
from gridconsole.domain.roster import BookTable, GridChangeKind, Line
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.language import t
from gridconsole.language.pinyin import initials
from gridconsole.services import case_queries, casework, leaving, lookup, rights, roster
from gridconsole.services.given import given_line
from gridconsole.store import duties, grid_changes, grid_versions, misplaced, places, responsible, teams
from gridconsole.store import roster as book
from gridconsole.store.grid_changes import ChangeRow, Move

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MAY_CHANGE = frozenset({Role.SHIFT_LEADER})
"""Roles that change grids: open cases move with them."""
UNDO = "grid_undo"
"""Action of the entry by which a change is undone; a change itself is ``grid_split``, ``grid_merge`` or ``grid_transfer``."""
NAME_LENGTH, REASON_LENGTH, MOST_WORDS, NAMED = 60, 200, 50, 5
_NUMBERED = re.compile("(第?[0-9一二三四五六七八九十百]+号?)网格")
"""A name that says nothing but a number: it gets the community's name in front."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody wants."""

    kind: GridChangeKind
    grids: tuple[int, ...]
    """One grid, or those that merge; the first one's name and people come first."""
    parts: tuple[Part, ...] = ()
    """Parts of a split; the one part of a merge or transfer, if it gets another name."""
    area: int | None = None
    """Community to which a grid is transferred."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change that is decided, and not written."""

    preview: Preview
    old: tuple[dict[str, Any], ...]
    """Records of the grids that will be no more."""
    records: tuple[dict[str, Any], ...]
    """Records of the new ones."""
    held: tuple[Held, ...]
    components: tuple[tuple[Lying, int], ...]
    teams: tuple[tuple[int, str, int], ...]
    """Key, name and grid of the grids' own teams."""


def preview(office: Office, wish: Wish) -> Preview:
    """Return where everything would land.

    Raises:
        GridClosed: a grid is no more.
        GridChangeUnfit: the grids, parts or community do not fit.
        GridNameTaken, GridSerialsUsedUp: a part gets no name or no code.
        GridWithoutPeople: a part would be without anybody.
    """
    with office.database.reading() as connection:
        return _planned(connection, office, wish).preview


def change(office: Office, actor: Actor, wish: Wish, reason: str = "") -> Preview:
    """Carry out a change in one transaction; returns where everything landed, with the number of the change.

    Raises:
        NotPermitted: the operator is no shift leader.
        The errors of :func:`preview`.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, "grid_change", MAY_CHANGE)
        plan = _planned(connection, office, wish)
        number = grid_changes.next_change(connection)
        entry = _write(connection, office, actor, plan, number, clean_line(reason, REASON_LENGTH))
        moves = _moves(connection, office, actor, plan, number)
        grid_changes.put(
            connection, office.id, number, wish.kind, plan.preview.on, office.now(), (actor.id, actor.name), entry, moves
        )
        office.forget()
        return replace(plan.preview, number=number)


def listed(office: Office, most: int) -> tuple[ChangeRow, ...]:
    """Return the newest changes of grids, newest first."""
    with office.database.reading() as connection:
        return grid_changes.changes(connection, office.id, most)


def undo(office: Office, actor: Actor, number: int, reason: str = "") -> ChangeRow:
    """Undo a change in one transaction: everything lies and stands as before.

    Raises:
        NotPermitted: the operator is no shift leader.
        UnknownGridChange, GridChangeOver: there is no such change, or it was undone before.
        GridChangeBuiltOn: a case, a post or a grid that it brought has changed since, or there are new cases in the new grids.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, "grid_change", MAY_CHANGE)
        row = _known(connection, office, number)
        lines = book.said_by(connection, office.id, row.entry)
        moves = grid_changes.moves_of(connection, number)
        old, new = _grids_of(lines)
        _check_untouched(connection, office, row, lines, moves, new)
        back = [Line(line.table, line.number, book.replaced_by(connection, line.table, line.number, row.entry)) for line in lines]
        people = {(line.row or {})["person_id"] for line in (*lines, *back) if line.table is BookTable.POST and line.row}
        before = misplaced.posts_of(connection, people, row.entry)
        grid_changes.close_grids(connection, old, None)
        said = t("grid_change.undone", number=number)
        cases = [move for move in moves if move.kind is MovedKind.CASE]
        numbers = grid_changes.numbers_of(connection, [move.subject for move in cases])
        for move in cases:
            version = _move(connection, office, actor, numbers[move.subject], move.from_id, said, number)
            grid_changes.follow(connection, move, version)
        _carry(connection, {(one.kind, one.subject): one.from_id for one in moves})
        roster.record(
            connection, office, actor, UNDO, (roster.GRID, old[0]), back, {"change": number},
            {"reason": clean_line(reason, REASON_LENGTH)},
        )  # fmt: skip
        _check_restored(connection, row, people, before)
        grid_changes.drop_grids(connection, new)
        grid_changes.mark_undone(connection, number, office.now(), actor.name)
        office.forget()
        return _known_row(connection, office, number)


# --- deciding ---------------------------------------------------------------------------------------------------


def _planned(connection: Transaction, office: Office, wish: Wish) -> _Plan:
    records = grid_versions.records_of(connection, wish.grids)
    old = tuple(records[key] for key in wish.grids if key in records)
    for record in old:
        if record["ends_on"] is not None:
            raise lookup.grid_closed(connection, record["id"], record["name"], date.fromisoformat(record["ends_on"]))
    _check_wish(wish, old)
    area = _community(connection, wish, old)
    parts = _named_parts(connection, wish, old, area)
    today = office.today()
    new = _new_records(connection, wish, old, parts, area, today)
    held = tuple(
        Held(number, row, book.person_name(connection, row["person_id"]))
        for key in wish.grids
        for number, row in book.posts_on(connection, key)
        if book_rules.outlasts(row, today)
    )
    for part in parts:
        if part.people and not part.people <= {one.row["person_id"] for one in held}:
            raise GridChangeUnfit(grid=part.name, why=GridChangeFlaw.NOT_POSTED)
    landings = rules.post_landings(held, parts, duties.titles(connection))
    lines = rules.post_lines(
        held, landings, [record["id"] for record in new], today, book.next_number(connection, BookTable.POST)
    )
    _check_people(connection, old, new, lines, today)
    owned = teams.in_grids(connection, json.dumps(wish.grids), today)
    cases = [(one, rules.part_of(one.address, parts)) for one in grid_changes.cases_in(connection, wish.grids)]
    components = [(one, rules.part_of(one.address, parts)) for one in grid_changes.components_in(connection, wish.grids)]
    shown = Preview(
        wish.kind, today, tuple((record["code"], record["name"]) for record in old),
        tuple(
            NewGrid(record["code"], record["name"], part.words, place == rules.rest_of(parts))
            for place, (record, part) in enumerate(zip(new, parts, strict=True))
        ),
        tuple(cases), tuple(sum(place == at for _, place in components) for at in range(len(new))), landings,
        tuple(name for _, name, _ in owned), _BASE[wish.kind],
    )  # fmt: skip
    return _Plan(shown, old, tuple(new), held, tuple(components), tuple(owned))


_BASE = {
    GridChangeKind.SPLIT: BaseData.TO_COUNT,
    GridChangeKind.MERGE: BaseData.SUMMED,
    GridChangeKind.TRANSFER: BaseData.KEPT,
}
_FEWEST = 2


def _check_wish(wish: Wish, old: Sequence[Mapping[str, Any]]) -> None:
    name = old[0]["name"] if old else ""
    flaw = None
    if wish.kind is GridChangeKind.SPLIT and len(wish.parts) < _FEWEST:
        flaw = GridChangeFlaw.TOO_FEW_PARTS
    elif len(set(wish.grids)) < len(wish.grids):
        flaw = GridChangeFlaw.ITSELF
    elif wish.kind is GridChangeKind.MERGE and len(old) < _FEWEST:
        flaw = GridChangeFlaw.TOO_FEW_GRIDS
    elif len({record["area_id"] for record in old}) > 1:
        flaw = GridChangeFlaw.ACROSS
    elif wish.kind is GridChangeKind.TRANSFER and wish.area in (None, old[0]["area_id"]):
        flaw = GridChangeFlaw.ITSELF
    if flaw is not None:
        raise GridChangeUnfit(grid=name, why=flaw)


def _community(connection: Transaction, wish: Wish, old: Sequence[Mapping[str, Any]]) -> places.AreaRow:
    key = wish.area if wish.kind is GridChangeKind.TRANSFER else old[0]["area_id"]
    area = next((area for area in places.areas(connection) if area.id == key), None)
    if area is None or (wish.kind is GridChangeKind.TRANSFER and area.level is not Level.COMMUNITY):
        raise GridChangeUnfit(grid=old[0]["name"], why=GridChangeFlaw.NO_COMMUNITY)
    return area


def _named_parts(
    connection: Transaction, wish: Wish, old: Sequence[Mapping[str, Any]], area: places.AreaRow
) -> tuple[Part, ...]:  # fmt: skip
    """Return the parts with their whole names, each free in the community."""
    parts = wish.parts
    if wish.kind is not GridChangeKind.SPLIT:
        name = parts[0].name if parts else _name_there(connection, old[0], area)
        parts = (Part(name),)
    named = []
    gone = {record["id"] for record in old}
    for part in parts:
        name = given_line(part.name, NAME_LENGTH, "name")
        name = f"{area.name}{name}" if _NUMBERED.fullmatch(name) else name
        others = {key: code for key, code in grid_changes.grids_called(connection, area.id, name).items() if key not in gone}
        if others:
            raise GridNameTaken(name=name, grid=next(iter(others.values()), ""))
        words = tuple(dict.fromkeys(filter(None, (clean_line(word, NAME_LENGTH) for word in part.words))))[:MOST_WORDS]
        named.append(Part(name, words, part.people))
    if len({part.name for part in named}) < len(named):
        raise GridChangeUnfit(grid=old[0]["name"], why=GridChangeFlaw.SAME_NAME)
    return tuple(named)


def _name_there(connection: Transaction, record: Mapping[str, Any], area: places.AreaRow) -> str:
    """Return the name that a grid has in another community: with that one's name in front, if it had its own community's."""
    own = next((one.name for one in places.areas(connection) if one.id == record["area_id"]), "")
    name = str(record["name"])
    return f"{area.name}{name.removeprefix(own)}" if own and name.startswith(own) else name


def _new_records(
    connection: Transaction, wish: Wish, old: Sequence[dict[str, Any]], parts: Sequence[Part], area: places.AreaRow, today: date
) -> list[dict[str, Any]]:  # fmt: skip
    try:
        codes = rules.next_codes(area.code, grid_changes.codes_below(connection, area.code), len(parts))
    except ValueError:
        raise GridSerialsUsedUp(name=area.name) from None
    first = grid_versions.next_grid(connection)
    rest = rules.rest_of(parts)
    records = []
    for place, (code, part) in enumerate(zip(codes, parts, strict=True)):
        if wish.kind is GridChangeKind.SPLIT:
            base = rules.base_of_split(old[0], part, is_rest=place == rest)
        else:
            base = rules.base_of_merge(old) if wish.kind is GridChangeKind.MERGE else rules.base_of_transfer(old[0])
        records.append({
            "id": first + place, "code": code, "name": part.name, "area_id": area.id, **base, "starts_on": today.isoformat(),
            "ends_on": None, "initials": initials(part.name), "extra": "", "batch_id": None,
        })  # fmt: skip
    return records


def _check_people(
    connection: Transaction, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], lines: Sequence[Line], today: date
) -> None:  # fmt: skip
    """Refuse a change by which a part is without anybody on days on which every old grid has somebody."""
    before = responsible.rows_of_grids(connection, [record["id"] for record in old], today, today + leaving.AHEAD)
    days = [_bare_days(before, record["id"], today) for record in old]
    after = before.with_lines(lines)
    bare = [record["name"] for record in new if _bare_days(after, record["id"], today) - set().union(*days)]
    if bare:
        raise GridWithoutPeople(names=bare)


def _bare_days(rows: coverage.Rows, grid: int, today: date) -> set[int]:
    found = coverage.gaps(rows, [grid], today, today + leaving.AHEAD)
    return {day for gap in found for day in range(gap.first.toordinal(), gap.last.toordinal() + 1)}


# --- writing ----------------------------------------------------------------------------------------------------


def _write(connection: Transaction, office: Office, actor: Actor, plan: _Plan, number: int, reason: str) -> int:
    """Write grids, versions, lineage and posts; returns the number of the entry."""
    shown, today = plan.preview, plan.preview.on
    for record in plan.records:
        grid_changes.put_grid(connection, record)
    grid_versions.put_texts(connection, plan.records)
    grid_changes.close_grids(connection, [record["id"] for record in plan.old], today)
    lines = [*_version_lines(connection, plan), *_lineage_lines(connection, plan)]
    lines += rules.post_lines(
        plan.held, shown.posts, [record["id"] for record in plan.records], today, book.next_number(connection, BookTable.POST)
    )
    facts: dict[str, object] = {
        "change": number, "from": [code for code, _ in shown.old], "to": [one.code for one in shown.new],
        "cases": len(shown.cases), "components": sum(shown.components),
    }  # fmt: skip
    about = (roster.GRID, plan.old[0]["id"])
    return roster.record(connection, office, actor, f"grid_{shown.kind.value}", about, lines, facts, {"reason": reason})


def _version_lines(connection: Transaction, plan: _Plan) -> list[Line]:
    today, lines = plan.preview.on, []
    rows = grid_versions.rows_of(connection, [record["id"] for record in plan.old])
    for record in plan.old:
        place, row = rows[record["id"]][-1]
        # Registered and closed on one day: it was never there.
        is_new = row["starts_on"] == today.isoformat()
        lines.append(Line(BookTable.GRID, place, None if is_new else book_rules.ended(row, today)))
    number = book.next_number(connection, BookTable.GRID)
    for place, record in enumerate(plan.records):
        lines.append(Line(BookTable.GRID, number + place, book_rules.grid_row(record["id"], record, today)))
    return lines


def _lineage_lines(connection: Transaction, plan: _Plan) -> list[Line]:
    """Return the lines of the lineage; the part that keeps the rest comes first."""
    number = book.next_number(connection, BookTable.LINEAGE)
    rest = next(place for place, one in enumerate(plan.preview.new) if one.is_rest)
    into = [plan.records[rest], *(record for place, record in enumerate(plan.records) if place != rest)]
    pairs = [(old["id"], new["id"]) for old in plan.old for new in into]
    return [
        Line(BookTable.LINEAGE, number + place, book_rules.lineage_row(old, new, plan.preview.kind, plan.preview.on))
        for place, (old, new) in enumerate(pairs)
    ]


def _moves(connection: Transaction, office: Office, actor: Actor, plan: _Plan, number: int) -> list[Move]:
    """Move open cases and facilities; returns what was moved."""
    names = {record["id"]: record["name"] for record in plan.old}
    kind, moves = t(f"GridChangeKind.{plan.preview.kind.value}"), []
    for one, place in plan.preview.cases:
        target = plan.records[place]
        said = t("grid_change.reason", number=number, kind=kind, old=names[one.grid_id], new=target["name"])
        version = _move(connection, office, actor, one.number, target["id"], said, number)
        moves.append(Move(MovedKind.CASE, one.id, one.grid_id, target["id"], version))
    for one, place in plan.components:
        moves.append(Move(MovedKind.COMPONENT, one.id, one.grid_id, plan.records[place]["id"]))
    rest = next(place for place, one in enumerate(plan.preview.new) if one.is_rest)
    moves += [Move(MovedKind.TEAM, key, grid, plan.records[rest]["id"]) for key, _, grid in plan.teams]
    _carry(connection, {(one.kind, one.subject): one.to_id for one in moves})
    return moves


def _carry(connection: Transaction, into: Mapping[tuple[MovedKind, int], int]) -> None:
    """Put facilities and teams into their grids."""
    grid_changes.move_components(connection, [(key, grid) for (kind, key), grid in into.items() if kind is MovedKind.COMPONENT])
    teams.move(connection, [(key, grid) for (kind, key), grid in into.items() if kind is MovedKind.TEAM])


def _move(connection: Transaction, office: Office, actor: Actor, number: str, grid: int, reason: str, change: int) -> int:
    """Move a case to a grid; returns its version then."""
    loaded = case_queries.load_case(connection, office, number)
    act = Act.of(Action.MOVE_GRID, reason=reason, grid_id=grid, grid_change=change)
    return casework.perform(connection, office, actor=actor, loaded=loaded, act=act).version


# --- undoing ----------------------------------------------------------------------------------------------------


def _known(connection: Transaction, office: Office, number: int) -> ChangeRow:
    row = _known_row(connection, office, number)
    if row.undone_at is not None:
        raise GridChangeOver(number=number, operator=row.undone_by, at=row.undone_at)
    return row


def _known_row(connection: Transaction, office: Office, number: int) -> ChangeRow:
    row = grid_changes.change(connection, office.id, number)
    if row is None:
        raise UnknownGridChange(number=number)
    return row


def _grids_of(lines: Sequence[Line]) -> tuple[list[int], list[int]]:
    """Return the old and the new grids of a change, by its lineage."""
    rows = [line.row for line in lines if line.table is BookTable.LINEAGE and line.row is not None]
    return list(dict.fromkeys(row["from_id"] for row in rows)), list(dict.fromkeys(row["to_id"] for row in rows))


def _check_untouched(
    connection: Transaction, office: Office, row: ChangeRow, lines: Sequence[Line], moves: Sequence[Move], new: Collection[int]
) -> None:  # fmt: skip
    """Refuse to undo what somebody has acted on."""
    found: list[str] = []
    there = grid_changes.every_case_in(connection, new)
    moved = {move.subject: move for move in moves if move.kind is MovedKind.CASE}
    for key, number in there.items():
        if key not in moved or case_queries.load_case(connection, office, number).case.version != moved[key].version:
            found.append(number)
    found += grid_changes.numbers_of(connection, moved.keys() - there.keys()).values()
    for line in lines:
        if book.present(connection, line.table, line.number) != line.row:
            found.append(book.name_of_row(connection, line.table, line.number))
    found += _posted_since(connection, lines, new)
    of_change = {move.subject for move in moves if move.kind is MovedKind.COMPONENT}
    of_teams = {move.subject for move in moves if move.kind is MovedKind.TEAM}
    owned = {key for key, _, _ in teams.in_grids(connection, json.dumps(list(new)), office.today())}
    if (of_change, of_teams) != ({one.id for one in grid_changes.components_in(connection, new)}, owned) or not lines:
        found += places.names_of(connection, new)
    _refuse_to_undo(row, found)


def _posted_since(connection: Transaction, lines: Sequence[Line], new: Collection[int]) -> list[str]:
    """Return the people who got a post in a new grid after the change."""
    of_change = {line.number for line in lines if line.table is BookTable.POST}
    return [
        book.person_name(connection, post["person_id"])
        for grid in new
        for number, post in book.posts_on(connection, grid)
        if number not in of_change and post["ends_on"] != post["starts_on"]
    ]


def _check_restored(connection: Transaction, row: ChangeRow, people: Collection[int], before: misplaced.Misplaced) -> None:
    """Refuse to undo a change by which somebody has left, or whose post somebody else has, since."""
    wrong = sorted(misplaced.further(before, misplaced.posts_of(connection, people, row.entry)))
    _refuse_to_undo(row, [book.name_of_row(connection, BookTable.POST, number) for number in wrong])


def _refuse_to_undo(row: ChangeRow, names: Sequence[str]) -> None:
    found = list(dict.fromkeys(names))
    if found:
        raise GridChangeBuiltOn(number=row.number, count=len(found), names=found[:NAMED])
