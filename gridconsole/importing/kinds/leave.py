"""Leave lists (请假登记): who is away, from which half day to which, and who stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from gridconsole.domain.errors import Refused, StillHolds
from gridconsole.domain.roster import BookTable, Half, LeaveKind, Line
from gridconsole.domain.text import clean_line, fold_width, name_key
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Plan, RowVerdict
from gridconsole.importing.roster_writer import RosterWriter
from gridconsole.importing.rows import Column, SheetHeader, SheetRow, layouts
from gridconsole.importing.values import HalfSaid
from gridconsole.language import listed
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import absence
from gridconsole.services.absence import Absence
from gridconsole.services.lookup import near
from gridconsole.store import people
from gridconsole.store import roster as book

_KINDS: Mapping[str, LeaveKind] = {
    "年休": LeaveKind.ANNUAL, "年假": LeaveKind.ANNUAL, "休假": LeaveKind.ANNUAL, "病": LeaveKind.SICK, "产": LeaveKind.MATERNITY,
    "陪护": LeaveKind.MATERNITY, "公": LeaveKind.OFFICIAL, "出差": LeaveKind.OFFICIAL, "培训": LeaveKind.OFFICIAL,
    "学习": LeaveKind.OFFICIAL, "事": LeaveKind.PERSONAL,
}  # fmt: skip
"""Words of kinds of leave, as office lists write them; the first that a cell contains counts."""
CHOICES = ("年休", "病假", "事假", "产假", "公差")
"""Usual words for the kinds of leave, in the order of :class:`LeaveKind`."""
_LEAVE = re.compile("请假|休假|年休|病假|事假|产假|调休|销假|假条|离岗备案")
"""Words in the names of the file and the sheet, and in the title."""
_NUMBERED = re.compile(r"(?P<name>.*?)\s*[(（](?P<code>[^()（）]+)[)）]")


def leave_name(kind: str) -> str:
    """Return the usual word for a kind of leave."""
    return dict(zip(LeaveKind, CHOICES, strict=True))[LeaveKind(kind)]


def leave_kind(said: str) -> LeaveKind | None:
    """Return the kind of leave that some words mean; None if they say none."""
    words = fold_width(said)
    return next((kind for text, kind in _KINDS.items() if text in words), None)


class LeavePlan(Plan):
    """Plan of leave lists. Each row is judged as if a leader entered it, beside the rows above it."""

    columns = (
        Column("code", ("工号", "编号", "网格员编号", "人员编号"), values.code),
        Column("name", ("姓名", "请假人", "请假人姓名", "申请人", "休假人", "休假人员", "请假人员", "网格员", "网格员姓名"), values.line, True, True),
        Column("kind", ("请假类型", "假别", "请假类别", "假期类型", "请假种类", "休假类型", "休假类别", "假种", "请假性质"), values.line),
        Column(
            "first",
            ("开始日期", "开始时间", "起始日期", "起始时间", "请假开始", "请假开始时间", "请假开始日期", "休假开始日期", "休假开始时间", "起"),
            values.half,
            True,
            True,
        ),
        Column(
            "last",
            ("结束日期", "结束时间", "截止日期", "截止时间", "终止日期", "请假结束", "请假结束时间", "请假结束日期", "休假结束日期", "休假结束时间", "止"),
            values.half,
            True,
            True,
        ),
        Column("span", ("起止日期", "起止时间", "请假时间", "请假日期", "请假期间", "休假时间", "休假日期", "请假起止时间"), values.halves),
        Column("deputy", ("代理人", "代班人", "替班人", "代岗人", "顶岗人", "顶班人", "工作代理人", "工作交接人", "代理网格员", "临时代管人"), values.line),
        Column("reason", ("事由", "请假事由", "请假原因", "原因", "理由", "备注"), values.line),
    )  # fmt: skip
    variants = layouts(columns, [("name", "span")], left_out=("first", "last"))
    signs = frozenset({"first", "last", "span", "kind", "deputy"})
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": CHOICES}
    example: ClassVar[Mapping[str, str]] = {
        "code": "WG-001", "name": "李小明", "kind": "年休", "first": "2026-12-01", "last": "2026-12-05下午", "deputy": "王小红",
    }  # fmt: skip

    @classmethod
    def is_unlikely(cls, header: SheetHeader, titles: str) -> bool:
        """Return whether a list of people with days is no list of leave: contracts, training."""
        known = {column.name for column in header.columns.values()}
        said = (titles, *header.written.values())
        return not known & {"kind", "deputy"} and not any(map(_LEAVE.search, said))

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._people = {row.code: row for row in people.wardens(context.connection, context.office.today())}
        self._named: defaultdict[str, list[people.WardenRow]] = defaultdict(list)
        for row in self._people.values():
            self._named[name_key(row.name)].append(row)
        self._known: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for _, leave in book.present_rows(context.connection, BookTable.LEAVE):
            self._known[leave["person_id"]].append(leave)
        self._next = book.next_number(context.connection, BookTable.LEAVE)
        self._lines: list[tuple[Line, str]] = []
        """Leaves to write, with their remarks."""
        self._taken: dict[tuple[int, str, str], int] = {}
        """Row of each leave of this file."""

    def take(self, row: SheetRow) -> RowVerdict:
        if row.rejected:
            return RowVerdict.REJECTED
        person = self._person(row, row.values.get("code") or "", row.values["name"], "姓名")
        deputy = self._person(row, "", said, "代理人") if (said := row.values.get("deputy")) else None
        kind, halves = self._kind(row), self._halves(row)
        if person is None or kind is None or halves is None or row.rejected:
            return RowVerdict.REJECTED
        key = (person.id, str(halves[0]), str(halves[1]))
        if self._taken.setdefault(key, row.number) != row.number:
            return RowVerdict.DUPLICATE
        wanted = Absence(person.id, kind, *halves, deputy.id if deputy else None, row.values.get("reason") or "")
        if self._is_known(wanted):
            return RowVerdict.UNCHANGED
        try:
            lines = absence.checked(
                self.context.connection, self.context.office, wanted, approved_by=self.context.actor.id,
                number=self._next + len(self._lines), also=[line for line, _ in self._lines],
            )  # fmt: skip
        except StillHolds as refusal:
            row.reject("E243", "姓名", f"{person.name}({person.code})", error_sentence(refusal, Surface.SHEET)[0])
            return RowVerdict.REJECTED
        except Refused as refusal:
            row.reject("E242", "姓名", f"{person.name}({person.code})", error_sentence(refusal, Surface.SHEET)[0])
            return RowVerdict.REJECTED
        self._lines.append((lines[0], clean_line(wanted.remark, absence.REMARK_LENGTH)))
        return RowVerdict.INSERTED

    def _is_known(self, wanted: Absence) -> bool:
        said = (wanted.kind.value, str(wanted.first), str(wanted.last), wanted.deputy)
        known = self._known[wanted.person]
        return any((row["kind"], row["first_half"], row["last_half"], row["deputy_id"]) == said for row in known)

    def _person(self, row: SheetRow, code: str, name: str, column: str) -> people.WardenRow | None:
        """Return the person that a row names by number, by name or by both; None after rejecting it."""
        if not code and (both := _NUMBERED.fullmatch(name)) is not None:
            name, code = both["name"], fold_width(both["code"])
        if not code and name in self._people:
            return self._people[name]
        found = self._named.get(name_key(name), [])
        if code:
            holder = self._people.get(code)
            if holder is None:
                row.reject("E401", "工号", code, listed(f"{one.code}({one.name})" for one in found))
            elif holder not in found:
                row.reject("E244", "工号", code, holder.name)
                return None
            return holder
        if len(found) == 1:
            return found[0]
        if found:
            row.reject("E225", column, name, listed(f"{one.code}({one.name})" for one in found))
        else:
            row.reject("E401", column, name, listed(near(name, [one.name for one in self._people.values()])))
        return None

    def _kind(self, row: SheetRow) -> LeaveKind | None:
        said = row.values.get("kind") or ""
        kind = leave_kind(said or row.values.get("reason") or "")
        if kind is None and said:
            row.reject("E208", "请假类型", said, listed(CHOICES))
        elif kind is None:
            row.reject("E201", "请假类型")
        return kind

    def _halves(self, row: SheetRow) -> tuple[Half, Half] | None:
        said: tuple[HalfSaid | None, HalfSaid | None] = row.values.get("span") or (
            row.values.get("first"),
            row.values.get("last"),
        )
        first, last = said
        if first is None or last is None:
            row.reject("E201", "起止日期")
            return None
        # A day without a half is the whole day.
        return (Half(first.day, bool(first.is_afternoon or first.is_noon)), Half(last.day, last.is_afternoon is not False))

    def finish(self) -> None:
        """Write the leaves into the book: one entry each, as if they were entered by hand."""
        writer = RosterWriter(self.context)
        for line, remark in self._lines:
            writer.add_leave(line, remark)
        writer.write()
