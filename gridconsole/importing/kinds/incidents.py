"""Reports that arrive as lists: 12345 work orders, online messages, a WPS ledger."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.case import HISTORY_DAYS, History
from gridconsole.domain.catalogue import FilingRule, strictest
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.erasure import case_digest, names_in, ref_digest, report_digests
from gridconsole.domain.errors import HistoryUnclear, OwnPaper
from gridconsole.domain.incident import archive, report
from gridconsole.domain.ledger import canonical
from gridconsole.domain.parties import Handler
from gridconsole.domain.person import Terms, name_terms, terms_kept, terms_of
from gridconsole.domain.spoken import at_office
from gridconsole.domain.states import Grade, Outcome, Role, Source
from gridconsole.domain.text import fold_width, mask_kept, mask_text, summary_of
from gridconsole.domain.views.reconciling import Mark
from gridconsole.importing import values
from gridconsole.importing.closed_grids import ClosedGrids
from gridconsole.importing.known_cases import BESIDE, Finding, Known, KnownCases, Sameness, changed_fields, merged
from gridconsole.importing.outer_deadlines import LimitUnclear, deadline
from gridconsole.importing.plan import Context, Mode, Plan, RowVerdict
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.importing.sections import BySections
from gridconsole.importing.sources import Cell
from gridconsole.language import listed, t
from gridconsole.services import aliases, arrivals
from gridconsole.services.casework import FROM_ROSTER
from gridconsole.services.lookup import categories_by_code, near
from gridconsole.store import catalogue, erasures, incidents, list_marks, people, places

_SOURCES = (
    ("12345", Source.HOTLINE_12345), ("12319", Source.HOTLINE_12319), ("110", Source.POLICE_110), ("网格员", Source.WARDEN),
    ("巡查", Source.INSPECTOR), ("监督员", Source.INSPECTOR), ("采集", Source.INSPECTOR), ("领导", Source.LEADER), ("视频", Source.VIDEO),
    ("媒体", Source.MEDIA), ("信访", Source.PETITION), ("微信", Source.ONLINE), ("网络", Source.ONLINE), ("网上", Source.ONLINE),
    ("留言", Source.ONLINE), ("APP", Source.ONLINE), ("公众", Source.PUBLIC), ("群众", Source.PUBLIC), ("市民", Source.PUBLIC),
    ("居民", Source.PUBLIC), ("来电", Source.HOTLINE_12345), ("热线", Source.HOTLINE_12345), ("电话", Source.HOTLINE_12345), ("WeChat", Source.ONLINE),
    ("hotline", Source.HOTLINE_12345), ("mailbox", Source.LEADER), ("Leader", Source.LEADER),
)  # fmt: skip
_GRADES = (("特急", Grade.URGENT), ("紧急", Grade.URGENT), ("急", Grade.URGENT), ("重大", Grade.MAJOR), ("重要", Grade.MAJOR),
           ("urgent", Grade.URGENT), ("major", Grade.MAJOR))  # fmt: skip
_NOT = re.compile("非(?!常)|[不无未]")
_OVER = re.compile("结案|办结|办理?完|完成|归档|关闭|答复|回复|已处[理置]|已解决|已办")
_NOT_OVER = re.compile("[未待不拟]|尚")
_ENDED = re.compile("退单|撤[单销回]|作废|取消|终止|中止|回访")
"""Words of a state that may be the end of a case, or a step of it: the clerk says which."""
_NOT_SOLVED = re.compile("[未没不否]|无法")
_PARTLY_SOLVED = re.compile("部分|基本")
_HAS_DIGIT = re.compile(r"\d")
_NO_MATTER = re.compile(r"(以上|本[日周月页表]|共\s*\d|注[:：]|备注|说明)|[\u4e00-\u9fff]{2,3}$")
"""Beginning of words about the list itself, or a text that is a name."""
_OF_REPORTS = ("reporter", "phone", "community", "grid", "category", "dispatched_at", "handled_at", "closed_at")
"""Fields of which a report has at least one."""
_ONLY_DATE_OR_NUMBER = re.compile(r"[\d\s年月日时分/.:：-]+")
_EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001  compared with the sheet's own local times


_STEPS = {"dispatched_at": "派遣时间", "handled_at": "处置时间", "closed_at": "结案时间"}
"""Times of the steps of a finished case, in their order, with their headings."""
_ASSUMED_BEGIN = "受理时间（推定）"
"""Heading under which a case keeps that its list gave no time of acceptance."""
_ASSUMED = "结案时间（推定）"
"""Heading under which a case keeps that its list gave no time of closing."""
_DAY_IN_TITLE = re.compile(r"(20\d\d)[年./-]?(\d{1,2})[月./-]?(\d{1,2})(?!\d)")


def _day_in(words: str) -> datetime | None:
    """Return the last day that a title or file name states; None if there is none."""
    for year, month, day in reversed(_DAY_IN_TITLE.findall(fold_width(words))):
        with suppress(ValueError):
            return datetime(int(year), int(month), int(day))  # noqa: DTZ001  the office's local day
    return None


_OWN_NUMBER = ("案件号", "Case")
"""Headings of the numbers that this office gives, as its reports and exports have them."""
_CASE_NUMBER = re.compile(r"20\d{11}")
_SURVEYOR = ("采集员", "监督员", "信息采集员", "采集员编号", "监督员编号", "上报网格员", "上报人员")
"""Headings of who reported for the office; like other columns that are no field of a case they are kept as they are."""
_WRITTEN = {"outer_due_at": "outer_due_written"}
"""Fields whose value is computed, with the one that keeps what the list says."""
_SAID_OF_NUMBERS = {Sameness.ANOTHER: "W920", Sameness.ALIKE: "W924"}
"""Warnings of a new case whose number another case has."""


def _without(cell: Cell, terms: Terms) -> Cell:
    """Return a cell without a person; a phone that is a number becomes a blank."""
    if isinstance(cell, str):
        return mask_text(terms.removed_from(cell))
    return None if cell is not None and terms.are_in(str(cell)) else cell


@lru_cache(256)
def _source_in(words: str) -> Source | None:
    """Return the source that the words name; a number counts only on its own (20261101 does not contain 110)."""
    for word, source in _SOURCES:
        if re.search(rf"(?<!\d){word}(?!\d)" if word.isdigit() else re.escape(word), words):
            return source
    return None


class IncidentsPlan(BySections, Plan):
    """Plan of reports: every row becomes a case with its ledger entries and an acceptance clock that starts now.

    A row marked as finished becomes a closed case, whose handling is judged by the row's own times.

    A category, grid, community or source that is not understood is reported and kept in the case's text fields; the row is not
    rejected for it. A row is recognised by its number in the source's list, or else by its content and how often that occurred.
    """

    columns = (
        Column("ref", ("工单编号", "12345工单编号", "案件编号", "留言编号", "任务号", "工单号", "受理编号", "热线编号", "编号"), values.code),
        Column("reported_at", ("受理时间", "上报时间", "留言时间", "来电时间", "采集时间", "发现时间", "登记时间", "诉求时间", "投诉时间", "投诉日期", "反映时间", "反映日期", "受理日期", "上报日期", "登记日期", "来电日期", "时间", "日期", "调查日期"), values.moment),
        Column("source", ("工单来源", "问题来源", "来源", "渠道来源", "信息来源"), values.line),
        Column("reporter", ("来电人", "反映人", "留言用户", "采集人员", "姓名", "上报人", "来电人姓名", "诉求人", "诉求人姓名", "反映人姓名", "投诉人", "投诉人姓名", "举报人", "求助人", "联系人", "报案人"), values.line),
        Column("phone", ("来电人电话", "来电人电话/账号", "联系电话", "电话", "反映人电话", "手机号码", "联络电话", "联系方式", "联系号码", "来电号码", "诉求人电话", "手机号", "手机", "投诉人电话", "联系人电话", "电话号码"), values.phone_or_words),
        Column("subdistrict", ("被反映街乡镇", "所属街道", "街道", "街道(镇)", "街镇"), values.line),
        Column("community", ("村/社区", "所属社区", "社区", "所在社区", "社区名称"), values.line),
        Column("grid", ("网格", "网格编码", "所属网格", "单元网格"), values.code),
        Column("address", ("诉求地址", "地址描述", "地址", "地点", "采集地点", "发生地点", "事发地点", "事发地", "事发地址", "详细地址", "位置"), values.line),
        Column("category", ("问题分类", "小类名称", "小类", "案件类型", "问题类型", "诉求类别", "诉求分类", "类别"), values.line),
        Column("title", ("标题", "留言主题", "主题", "诉求标题", "工单标题"), values.line),
        Column("text", ("主要内容", "问题描述", "留言详情", "内容描述", "内容", "事件简述", "诉求内容", "诉求描述", "反映内容", "投诉内容", "举报内容", "求助内容", "反映问题", "工单内容", "描述", "存在问题", "反映事项", "事件描述", "事件内容", "情况描述", "隐患描述", "问题内容", "具体内容", "主要诉求"), values.text, True),
        Column("grade", ("紧急程度", "紧急级别", "级别"), values.line),
        Column("state", ("办理状态", "案件状态", "工单状态", "状态", "当前状态"), values.line),
        Column("dispatched_at", ("派遣时间", "交办时间", "转办时间", "派单时间", "派发时间"), values.moment),
        Column("outer_due_at", ("截止时间", "办理截止时间", "截止日期", "到期时间", "到期日期", "应办结时间", "要求办结时间", "要求完成时间", "最晚办结时间", "办结期限", "应反馈时间"), values.moment),
        Column("outer_limit", ("办理时限", "办结时限", "处理时限", "承办时限", "时限", "处置时限"), values.line),
        Column("satisfaction", ("满意度", "群众满意度", "满意情况", "回访满意度", "评价"), values.line),
        Column("solved", ("是否解决", "解决情况"), values.line),
        Column("handled_at", ("处置时间", "处理时间", "反馈时间"), values.moment),
        Column("closed_at", ("结案时间", "办结时间", "结案日期", "办结日期", "完成时间", "答复时间", "回复时间", "办复时间"), values.moment),
        Column("handler", ("处置单位", "承办单位", "责任单位", "主办单位", "承办部门", "主办部门"), values.line),
        Column("result", ("处置结果", "办理结果", "处理结果", "处理情况", "办理情况"), values.text),
    )  # fmt: skip

    variants = (
        tuple(replace(column, required=column.name == "title") for column in columns),
        # A survey: only a category and an address are required.
        tuple(replace(column, required=column.name in ("category", "address")) for column in columns),
    )
    own_headings = frozenset(_OWN_NUMBER)
    may_import = Plan.may_import | {Role.ACCEPTOR}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"grade": ("一般", "重大", "紧急")}
    example: ClassVar[Mapping[str, str]] = {
        "ref": "12345-20261123-001", "reported_at": "2026-11-23 09:30", "source": "12345", "reporter": "李先生", "phone": "13900000000",
        "subdistrict": "幸福街道", "community": "东风社区", "address": "幸福路3号", "category": "上水井盖", "text": "路口井盖破损", "grade": "一般",
    }  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        connection, office = context.connection, context.office
        self._at = office.circumstances()
        areas = places.areas(connection)
        self._has_areas = bool(areas)
        self._last_rows: dict[str, int] = {}
        """Number of the last row of each sheet."""
        self._complete: set[str] = set()
        self._own: Counter[bool] = Counter()
        """Rows about cases of this office (True), and others."""
        """Sheets that have rows with number and time."""
        self._erased = erasures.erased_reports(connection)
        self._areas = AreaNames(areas)
        self._grids = GridNames(places.grid_choices(connection), self._areas)
        self._closed = ClosedGrids(connection, self._areas)
        self._catalogue = [choice.category for choice in catalogue.categories(connection)]
        self._categories: dict[str, list[int]] = {}
        for item in self._catalogue:
            self._categories.setdefault(fold_width(item.minor_name), []).append(item.id)
        self._coded: dict[str, list[int]] = {}
        self._aliases = aliases.in_force(office.settings)
        self._suggestions: dict[tuple[str, str], str] = {}
        self._rules: dict[int, FilingRule | None] = {}
        units = people.units(connection)
        self._handlers = {name: unit for unit in units for name in (unit.code, unit.name)}
        self._names = {"category": list(self._categories), "handler": [unit.name for unit in units]}
        self._cases = KnownCases(connection, office, context.source_list)
        self._seen: dict[str, tuple[str, int]] = {}
        self._default_source = Source.OTHER
        self._undated: set[tuple[str, str]] = set()
        """Sheets already reported for having no report times."""
        self._elsewhere: dict[tuple[int, str, str], bool] = {}
        self._pending: list[tuple[str, incidents.NewIncident]] = []
        """New cases, each with the day its number is taken from."""
        self._updates: list[arrivals.Note] = []
        self._marks: dict[str, Mark] = {}
        """Statements of the list, by the number of a known case or the import key of a new one."""
        self._marked: dict[str, str] = {}
        """The same name, by what a row was recognised by."""
        self._people: dict[tuple[str, int | None], int | None] = {}
        """Persons on the roster by the word for them and the grid."""
        self._lists: set[str] = set()
        self._newest: dict[str, str] = {}
        """Newest file of each list before this one."""
        self._outdated: set[str] = set()
        """Lists of which a newer file was imported before."""
        self._list_day: datetime | None = None
        """Day of the list by its title or name."""
        self._unclear: Counter[str] = Counter()
        """Rows that may be history or open, by the reason."""
        days = int(office.settings.get("history_days", HISTORY_DAYS))
        self._long_ago = self._at.now - timedelta(days=days)
        self._latest = (self._at.now + timedelta(days=1)).astimezone(office.calendar.zone).replace(tzinfo=None)

    def sheet(self, name: str, titles: str) -> None:
        words = name + titles + self.context.file_name
        super().sheet(name, titles)
        self._list_day = _day_in(titles) or _day_in(name) or _day_in(self.context.file_name)
        self._default_source = _source_in(words) or _source_in(self.context.source_list) or Source.OTHER

    def take(self, row: SheetRow) -> RowVerdict:
        row.values["text"] = row.values.get("text") or row.values.get("title") or self._words_for(row)
        if not row.values["text"]:
            row.reject("E201", "主要内容")
        elif self._is_no_report(row):
            row.reject("E233")
        self._read_deadline(row)
        self._leave_out_erased(row)
        self._own[self._refuse_own_case(row)] += 1
        if row.rejected:
            return RowVerdict.REJECTED
        finding = self._cases.find(row.values)
        ref = row.values.get("ref")
        recognised = self._cases.key_of(ref) if ref else finding.key
        first, line = self._seen.setdefault(recognised, (finding.said, row.number))
        if line != row.number:
            self._mark_again(recognised)
            if not any(changed_fields(first, finding.said)):
                return RowVerdict.DUPLICATE
            row.reject("E402", "编号", ref or "", str(line))
            return RowVerdict.REJECTED
        self._warn_of_number(row, finding)
        if finding.known is not None and finding.sameness in (Sameness.SAME, Sameness.CHANGED):
            self._mark(row, recognised, finding.known.number, is_over_here=finding.known.is_over)
            return self._again(row, finding, finding.known)
        if self.context.mode is Mode.UPDATE:
            row.reject("E405", "编号", row.values.get("ref") or "")
            return RowVerdict.REJECTED
        new = self._new(row, f"{finding.key}#{finding.said}")
        if new is None:
            return RowVerdict.REJECTED
        self._mark(row, recognised, new[1].import_key or "", is_over_here=self._is_over(row))
        self._pending.append(new)
        if len(self._pending) >= arrivals.SLICE:
            self._pack()
        return RowVerdict.INSERTED

    def _is_no_report(self, row: SheetRow) -> bool:
        """Return whether a row below complete ones is a signature, total or note, in whatever words.

        It has no number, time, caller or place, and it stands apart, or its text is no matter: a date, a figure, a name, or words about
        the list. What the shape of any sheet shows as a footer never comes here.
        """
        said, ref, text = row.values, row.values.get("ref") or "", row.values["text"]
        is_numbered, last = _HAS_DIGIT.search(ref) is not None, self._last_rows.get(row.sheet, row.number)
        self._last_rows[row.sheet] = row.number
        if is_numbered and said.get("reported_at") is not None:
            self._complete.add(row.sheet)
        has_address = _ONLY_DATE_OR_NUMBER.fullmatch(said.get("address") or "0") is None
        if row.sheet not in self._complete or is_numbered or has_address or any(said.get(name) for name in _OF_REPORTS):
            return False
        is_no_matter = _ONLY_DATE_OR_NUMBER.fullmatch(text) is not None or _NO_MATTER.match(text) is not None
        return is_no_matter or (said.get("reported_at") is None and (bool(ref) or row.number - last > 1))

    def _leave_out_erased(self, row: SheetRow) -> None:
        """Take the person out of a row whose report was erased by law: a corrected list does not bring them back."""
        if not self._erased:
            return
        ref, name, phone = row.values.get("ref") or "", row.values.get("reporter") or "", row.values.get("phone")
        people = (name, phone if isinstance(phone, str) else "")
        cases = [number for number in self._cases.cases_with(ref) if case_digest(number) <= self._erased] if ref else []
        reported = report_digests(people, (row.values.get("text") or "",))
        if not cases and (not ref or ref_digest(ref) not in self._erased) and reported.isdisjoint(self._erased):
            return
        texts = [str(value) for value in (*row.values.values(), *row.extra.values()) if isinstance(value, str)]
        names = {word for number in cases for text in texts for word in names_in(text, number, self._erased)}
        terms = sum(map(name_terms, names), terms_of(*people) + terms_kept(row.extra))
        for field in ("text", "title", "address", "result"):
            if said := row.values.get(field):
                row.values[field] = mask_text(terms.removed_from(said))
        row.extra = {heading: mask_kept(heading, terms.removed_from(value)) for heading, value in row.extra.items()}
        # The row as it is kept, if something else is wrong with it.
        row.cells = [cell if cell == ref else _without(cell, terms) for cell in row.cells]
        row.values["reporter"] = row.values["phone"] = ""
        row.warn("W938", "反映人")

    def _refuse_own_case(self, row: SheetRow) -> bool:
        """Refuse a row about a case of this office, from one of its own lists: it is no new report. Returns whether it is one."""
        connection, office = self.context.connection, self.context.office.id
        number = next((row.extra[heading] for heading in _OWN_NUMBER if heading in row.extra), "")
        if number and incidents.reported_as(connection, office, number) is not None:
            row.reject("E231", "案件号", number)
            return True
        ref = row.values.get("ref") or ""
        if _CASE_NUMBER.fullmatch(ref):
            # Other systems have numbers of this form too: it is this office's only if the text is.
            own = incidents.reported_as(connection, office, ref)
            if own is not None and own.text == row.values["text"]:
                row.reject("E231", "编号", ref)
                return True
        return False

    def _warn_of_number(self, row: SheetRow, finding: Finding) -> None:
        """Warn of a number that was used for another case, or that differs from another only in leading zeros or letter case."""
        ref = row.values.get("ref")
        if not ref:
            return
        if other := self._cases.number_alike(ref):
            row.warn("W921", "编号", ref, other)
        if finding.known is not None and (code := _SAID_OF_NUMBERS.get(finding.sameness)):
            row.warn(code, "编号", ref, finding.known.number)
        elif finding.known is not None and finding.is_doubtful:
            row.warn("W945", "编号", ref, finding.known.number)

    def _mark(self, row: SheetRow, recognised: str, name: str, *, is_over_here: bool) -> None:
        """Note what the list says of a case, unless it is over there and here."""
        if "state" not in row.values:
            return
        source_list = self.context.source_list or f"#{self.context.fingerprint}"
        if self._is_outdated(row, source_list):
            return
        self._lists.add(source_list)
        is_over = self._is_over(row)
        if is_over and is_over_here:
            return
        self._marked[recognised] = name
        self._marks[name] = Mark(
            source_list, self.context.batch, said=row.values.get("state") or "", is_over=is_over, result=row.values.get("result") or "",
            done_at=row.values.get("handled_at") or row.values.get("closed_at"), handler=row.values.get("handler") or "",
        )  # fmt: skip

    def _is_outdated(self, row: SheetRow, source_list: str) -> bool:
        """Return whether a newer list of this name was imported before, by the days in titles and file names; say so once."""
        if source_list not in self._newest:
            files = {name: file for name, file, _ in list_marks.lists(self.context.connection)}
            self._newest[source_list] = files.get(source_list, "")
            day = _day_in(self._newest[source_list])
            if day is not None and self._list_day is not None and self._list_day < day:
                self._outdated.add(source_list)
                row.warn("W948", "", self._newest[source_list])
        return source_list in self._outdated

    def _mark_again(self, recognised: str) -> None:
        """Note that the list has a case once more."""
        name = self._marked.get(recognised)
        if name is not None:
            self._marks[name] = replace(self._marks[name], times=self._marks[name].times + 1)

    def finish(self) -> None:
        """Store that this is the newest batch of its lists."""
        for source_list in sorted(self._lists):
            list_marks.saw(self.context.connection, source_list, self.context.batch)

    def _again(self, row: SheetRow, finding: Finding, known: Known) -> RowVerdict:
        """Handle a row of a known case: its changes become a note on the case, and the report is never rewritten."""
        if self._is_over(row) and not known.is_over:
            row.warn("W912", "编号", known.number)
        if self.context.mode is Mode.INSERT or finding.sameness is Sameness.SAME:
            return RowVerdict.UNCHANGED
        text_changed, *changed = changed_fields(known.said, finding.said)
        parts = [row.values.get(name) or "" for name in ("title", "address", "text")] if text_changed else []
        parts += [
            f"{heading}：{row.values.get(_WRITTEN.get(name, name)) or row.values[name]}"
            for (name, heading), differs in zip(BESIDE.items(), changed, strict=True)
            if differs
        ]
        if known.is_over:
            row.warn("W923", "编号", known.number)
        self._cases.remember(finding)
        new_key = f"{known.key}#{merged(known.said, finding.said)}"
        self._updates.append(
            arrivals.Note(
                known.number,
                f"{known.key}#{known.said}",
                new_key,
                "\n".join(part for part in parts if part),
                None if known.is_over else self._moment(row.values.get("outer_due_at")),
            )
        )
        return RowVerdict.UPDATED

    def _words_for(self, row: SheetRow) -> str:
        """Return a description for a survey row that has none: its other cells, each with its heading."""
        if "text" in row.values or not row.values.get("address"):
            return ""
        cells = {"问题分类": row.values.get("category") or "", "地址": row.values["address"], **row.extra}
        return values.text("；".join(f"{heading}：{value}" for heading, value in cells.items() if value))

    def _new(self, row: SheetRow, key: str) -> tuple[str, incidents.NewIncident] | None:
        zone, now = self.context.office.calendar.zone, self._at.now
        local: datetime | None = row.values.get("reported_at") or self._assumed_begin(row)
        if local is not None and not _EARLIEST <= local <= self._latest:
            row.reject("E211", "时间", local.isoformat(sep=" "))
            return None
        reported_at = at_office(local, zone) if local else now
        phone = row.values.get("phone")
        if isinstance(phone, values.Lost):
            row.warn("W916", "来电人电话", phone.raw)
        grid = self._grid(row)
        area = grid.area_id if grid else self._area(row)
        category = self._category(row)
        past = self._past(row, reported_at)
        if past is None and grid is not None:
            grid = self._grid_now(row, grid)
            area = grid.area_id if grid is not None else area
        if row.rejected:
            return None
        source = self._source(row)
        act = Act.of(Action.REPORT, text=row.values["text"], source=source, grade=self._grade(row),
                  grid_id=grid.id if grid else None, category_id=category, rule=self._rule_of(category) if past else None,
                  outer_due_at=self._moment(row.values.get("outer_due_at")),
                  reporter_id=self._reported_by(row, source, grid))  # fmt: skip
        title, extra = row.values.get("title") or "", self._extra(row)

        # The case number is taken when the case is written.
        return f"{reported_at.astimezone(zone):%Y%m%d}", incidents.NewIncident(
            decision=archive("", act, self._at, past) if past else report("", act, self._at),
            reported_at=reported_at,
            recorded_at=now,
            text=row.values["text"],
            summary=summary_of(title or row.values["text"]),
            address=row.values.get("address") or "",
            area_id=area,
            reporter_name=row.values.get("reporter") or "",
            reporter_phone=row.values.get("phone") or "",
            source_ref=row.values.get("ref") or "",
            import_key=key,
            extra=canonical(extra) if extra else "",
        )

    def _reported_by(self, row: SheetRow, source: Source, grid: places.GridChoice | None) -> int | None:
        """Return the person on the roster who reported: by the column for that, or by the reporter if the source is the roster."""
        said = next((row.extra[heading] for heading in _SURVEYOR if heading in row.extra), "")
        word = said or (row.values.get("reporter") if source in FROM_ROSTER else "") or ""
        key = fold_width(word), grid.id if grid is not None else None
        if key not in self._people:
            self._people[key] = people.person_called(self.context.connection, *key, self.context.office.today())
        return self._people[key]

    def _read_deadline(self, row: SheetRow) -> None:
        """Replace the row's deadline by the moment that it, or the row's limit, means."""
        written: datetime | None = row.values.get("outer_due_at")
        if written is not None:
            row.values["outer_due_written"] = f"{written:%Y-%m-%d}" if written.time() == time.min else f"{written:%Y-%m-%d %H:%M}"
        try:
            row.values["outer_due_at"] = deadline(row.values, self.context.office.calendar)
        except LimitUnclear:
            row.warn("W937", "办理时限", row.values["outer_limit"])
            row.values["outer_due_at"] = None

    def _moment(self, local: datetime | None) -> datetime | None:
        return None if local is None else at_office(local, self.context.office.calendar.zone)

    def _extra(self, row: SheetRow) -> dict[str, str]:
        extra = dict(row.extra)
        for name, heading in (
            ("title", "标题"),
            ("subdistrict", "街道"),
            ("community", "社区"),
            ("category", "问题分类"),
            ("grid", "网格"),
            ("source", "来源"),
            ("grade", "紧急程度"),
            ("state", "办理状态"),
            ("dispatched_at", "派遣时间"),
            ("handled_at", "处置时间"),
            ("closed_at", "结案时间"),
            ("handler", "处置单位"),
            ("result", "处置结果"),
            ("outer_limit", "办理时限"),
            ("outer_due_written", "截止时间"),
            ("satisfaction", "满意度"),
            ("solved", "是否解决"),
        ):
            if row.values.get(name):
                extra[heading] = str(row.values[name])
        if isinstance(phone := row.values.get("phone"), values.Lost):
            extra["来电人电话"] = phone.raw
        return extra

    def _is_over(self, row: SheetRow) -> bool:
        """Return whether a row describes a closed case: its state says so, or it has a closing time and no state.

        A closing time alone, without a time of acceptance or a result, may be that of a survey: the clerk says which.
        """
        state = row.values.get("state") or ""
        if not state:
            is_answered = bool(row.values.get("reported_at") or row.values.get("result"))
            return row.values.get("closed_at") is not None and is_answered
        return _OVER.search(state) is not None and _NOT_OVER.search(state) is None

    def _past(self, row: SheetRow, reported_at: datetime) -> History | None:
        """Return the course of a case that is over, None for an open one.

        A row with a result and no state, or reported long ago, may be either: the clerk says which (``history`` of the context).
        """
        if self._is_over(row):
            return self._history(row, reported_at)
        state = row.values.get("state") or ""
        has_ended = _ENDED.search(state) is not None and _NOT_OVER.search(state) is None
        has_result = has_ended or (not state and bool(row.values.get("result") or row.values.get("closed_at")))
        if not has_result and reported_at >= self._long_ago:
            return None
        if self.context.history:
            return self._history(row, reported_at)
        if self.context.history is None and not row.rejected:
            self._unclear["result" if has_result else "old"] += 1
        return None

    def _history(self, row: SheetRow, reported_at: datetime) -> History | None:
        """Return the course of a finished case; None if its times are impossible, for which the row is rejected."""
        times: dict[str, datetime] = {}
        for name, heading in _STEPS.items():
            local: datetime | None = row.values.get(name)
            if local is None:
                continue
            moment = at_office(local, self.context.office.calendar.zone)
            if not (local.hour or local.minute) and moment < reported_at < moment + timedelta(days=1):
                moment = reported_at  # only the day is known, and it is the day of the report
            if not reported_at <= moment <= self._at.now:
                row.reject("E217", heading, local.isoformat(sep=" "))
            times[name] = moment
        if not row.rejected:
            self._check_order(row, times)
        if row.rejected:
            return None
        closed = times.get("closed_at") or times.get("handled_at") or self._assumed_end(row, reported_at)
        return History(closed, times.get("dispatched_at"), times.get("handled_at"), self._handler(row), self._outcome(row))

    @staticmethod
    def _outcome(row: SheetRow) -> Outcome | None:
        """Return how a closed case ended: solved, unless the list says otherwise; None where it says that it is not solved."""
        said = row.values.get("solved") or ""
        if _PARTLY_SOLVED.search(said):
            return Outcome.PARTLY
        return None if _NOT_SOLVED.search(said) else Outcome.RESOLVED

    @staticmethod
    def _check_order(row: SheetRow, times: Mapping[str, datetime]) -> None:
        """Reject a row whose steps are in an impossible order; a time that is only a day may be any time of it."""
        order = [(_STEPS[name], times[name], row.values[name]) for name in _STEPS if name in times]
        for (earlier, first, _), (later, second, local) in pairwise(order):
            if second < first and (local.hour or local.minute or second.date() < first.date()):
                row.reject("E224", later, local.isoformat(sep=" "), earlier)

    def _assumed_begin(self, row: SheetRow) -> datetime | None:
        """Return the earliest time of a row without a time of acceptance; None if there is none. Said once a sheet."""
        # Of an open case, only the time at which the list sent it here is its beginning.
        names = tuple(_STEPS) if self._is_over(row) or self.context.history else ("dispatched_at",)
        earliest = min((local for name in names if (local := row.values.get(name)) is not None), default=None)
        code = "W918" if earliest is None else "W939"
        if (row.sheet, code) not in self._undated:
            self._undated.add((row.sheet, code))
            row.warn(code, "受理时间")
        if earliest is not None:
            row.extra[_ASSUMED_BEGIN] = f"{earliest:%Y-%m-%d %H:%M}"
        return earliest

    def _assumed_end(self, row: SheetRow, reported_at: datetime) -> datetime:
        """Return when a case was over whose list gives no time: on the day of the list; of an old case, when it was reported."""
        end = reported_at if reported_at < self._long_ago else self._at.now
        if self._list_day is not None:
            end = min(max(at_office(self._list_day, self.context.office.calendar.zone), reported_at), self._at.now)
        shown = f"{end.astimezone(self.context.office.calendar.zone):%Y-%m-%d %H:%M}"
        row.warn("W926", "结案时间", shown)
        row.extra[_ASSUMED] = shown
        return end

    def _handler(self, row: SheetRow) -> Handler | None:
        word = row.values.get("handler") or ""
        unit = self._handlers.get(word)
        if word and unit is None:
            row.warn("W911", "处置单位", word, self._suggest("handler", word))
        return None if unit is None else Handler(HandlerKind.UNIT, unit.id, unit.name)

    def _rule_of(self, category: int | None) -> FilingRule | None:
        """Return the rule for a finished case: lists name no condition, so the strictest rule of its category applies."""
        if category is not None and category not in self._rules:
            self._rules[category] = strictest(catalogue.rules(self.context.connection, category))
        return None if category is None else self._rules[category]

    def _source(self, row: SheetRow) -> Source:
        given_fields = row.values.get("source") or ""
        found = _source_in(given_fields)
        if given_fields and found is None:
            row.warn("W906", "来源", given_fields)
        return found or self._default_source

    def _grade(self, row: SheetRow) -> Grade:
        given_fields = row.values.get("grade") or ""
        if _NOT.search(given_fields):
            return Grade.ORDINARY
        return next((grade for word, grade in _GRADES if word in given_fields), Grade.ORDINARY)

    def _grid(self, row: SheetRow) -> places.GridChoice | None:
        word = row.values.get("grid") or ""
        named = {name: row.values.get(name) or "" for name in ("community", "subdistrict")}
        place = named if any(named.values()) else {**named, "community": self._sheet_community}
        found = self._grids.find(word, **place) if word else None
        if word and found is None:
            found = self._closed.find(word, **place)
        if word and found is None:
            row.warn("W907", "网格", word)
        if found is not None and (named["community"] or named["subdistrict"]):
            self._check_place(row, found, **named)
        return found

    def _grid_now(self, row: SheetRow, grid: places.GridChoice) -> places.GridChoice | None:
        """Return the grid in which an open case lies today, if its list names one that is no more."""
        if self._closed.find(grid.code) is None:
            return grid
        now = self._closed.landing(grid, row.values.get("address") or "")
        row.warn("W950", "网格", grid.name, now.name if now is not None else "")
        return now

    def _check_place(self, row: SheetRow, grid: places.GridChoice, community: str, subdistrict: str) -> None:
        """Warn if a grid lies outside the community or subdistrict its row names; the grid decides."""
        key = grid.area_id, community, subdistrict
        if key not in self._elsewhere:
            words = [word for word in (community, subdistrict) if word]
            self._elsewhere[key] = any(self._areas.contradicts(grid.area_id, word) for word in words)
        if self._elsewhere[key]:
            given_fields = " ".join(word for word in (subdistrict, community) if word)
            row.warn("W917", "网格", given_fields, t("word.grid_of", area=self._areas.name_of(grid.area_id), grid=grid.name))

    def _area(self, row: SheetRow) -> int | None:
        subdistrict, community = row.values.get("subdistrict") or "", row.values.get("community") or ""
        found = self._areas.find(community, upper=subdistrict) if community else None
        if found is None and subdistrict:
            found = self._areas.find(subdistrict)
            if found is not None and community:
                row.warn("W919", "社区", community, found.name)
        elif not community and self._sheet_community:
            found = self._areas.find(self._sheet_community)
        if found is not None:
            return found.id
        word = community or subdistrict
        above = self._areas.several(community, upper=subdistrict) if community else []
        if above:
            row.warn("W940", "社区", community, listed(above))
        elif word and self._has_areas:
            row.warn("W908", "社区", word, listed(self._areas.near(word, 2)))
        return None

    def _category(self, row: SheetRow) -> int | None:
        word = fold_width(row.values.get("category") or "")
        found = self._categories.get(word)
        if found is None:
            coded = self._coded.get(word)
            if coded is None:
                coded = self._coded[word] = [item.id for item in categories_by_code(word, self._catalogue)]
            found = coded
        if not found and word:
            # Categories of other systems go through the table that the office keeps.
            minors = self._aliases.get(word, ())
            found = [key for minor in minors for key in self._categories.get(minor, ())]
        if len(found) == 1:
            return found[0]
        if word and self._catalogue:
            row.warn("W909", "问题分类", word, self._suggest("category", word))
        return None

    def _suggest(self, what: str, word: str) -> str:
        if (what, word) not in self._suggestions:
            self._suggestions[what, word] = listed(near(word, self._names[what], 2))
        return self._suggestions[what, word]

    def conclude(self) -> None:
        """Pack the remaining cases and notes, and check that each day has enough case numbers left.

        Raises:
            HistoryUnclear: rows may be history or open, and nobody said which.
            OwnPaper: every row is about a case of this office.
        """
        if self._own[True] and not self._own[False]:
            raise OwnPaper(file=self.context.file_name)
        if self._unclear:
            days = (self._at.now - self._long_ago).days
            raise HistoryUnclear(
                file=self.context.file_name, count=self._unclear.total(), results=self._unclear["result"],
                old=self._unclear["old"], days=days,
            )  # fmt: skip
        self._pack()
        for first in range(0, len(self._updates), arrivals.NOTES_SLICE):
            self.parts.append(arrivals.part_of_notes(self._updates[first : first + arrivals.NOTES_SLICE]))
        self._updates = []
        marks = list(self._marks.items())
        for first in range(0, len(marks), arrivals.MARKS_SLICE):
            self.parts.append(arrivals.part_of_marks(marks[first : first + arrivals.MARKS_SLICE]))
        needed: Counter[str] = Counter()
        for part in self.parts:
            needed.update(part.days)
        incidents.check_numbers(self.context.connection, self.context.office.id, needed)

    def _pack(self) -> None:
        if self._pending:
            self.parts.append(arrivals.part_of_cases(self._pending))
            self._pending = []
