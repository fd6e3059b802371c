"""Result sheets of departments and wardens: each row reports that a case was handled, and advances it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from gridconsole.domain.errors import Denied, GridConsoleError, Refused, UsageRefused
from gridconsole.domain.states import Role, State
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Plan, RowVerdict
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.language import word
from gridconsole.language.error_sentences import Surface, error_sentence
from gridconsole.services import arrivals, results, rights
from gridconsole.services.results import ResultFault
from gridconsole.store import ledger


class FeedbackPlan(Plan):
    """Plan of result sheets.

    The state table judges each row as if the operator had typed it; a refused row is rejected.
    """

    columns = (
        Column("number", ("案件号", "案件编号", "任务号", "工单编号", "编号"), values.code, True, True),
        Column(
            "result", ("处置结果", "办理结果", "处理结果", "办理情况", "处置情况", "反馈内容", "结果"), values.text, True, True
        ),
        Column("handler", ("处置单位", "承办单位", "责任单位", "处置人", "处置人员", "网格员"), values.line),
        Column("done_at", ("处置时间", "办结时间", "完成时间", "反馈时间"), values.moment),
    )
    may_import = frozenset(Role)
    """Any role may import; the state table checks the permission for each row."""
    example: ClassVar[Mapping[str, str]] = {
        "number": "2026112300001",
        "result": "已更换井盖",
        "handler": "市政设施管理所",
        "done_at": "2026-11-23 15:30",
    }
    rows_are_acts: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: dict[str, tuple[int, str]] = {}
        self._lines: list[arrivals.StagedResult] = []
        self._denials: list[ledger.NewEntry] = []

    def take(self, row: SheetRow) -> RowVerdict:
        if row.rejected:
            return RowVerdict.REJECTED
        number, result = row.values["number"], row.values["result"]
        first, said = self._seen.setdefault(number, (row.number, result))
        if first != row.number:
            if said == result:
                return RowVerdict.DUPLICATE
            row.reject("E402", "案件号", number, str(first))
            return RowVerdict.REJECTED
        return self._judge(
            row, results.ResultLine(number, result, row.values.get("handler") or "", row.values.get("done_at") or None)
        )

    def _judge(self, row: SheetRow, line: results.ResultLine) -> RowVerdict:
        context = self.context
        try:
            judged = results.judge(context.connection, context.office, context.actor, line)
        except (Refused, UsageRefused) as refusal:
            self._refuse(row, line, refusal)
            return RowVerdict.REJECTED
        if judged.fault is not None:
            self._reject(row, line, judged)
            return RowVerdict.REJECTED
        if judged.loaded is None:
            return RowVerdict.UNCHANGED
        self._lines.append(arrivals.StagedResult(line, row.sheet, row.number, row.by_heading()))
        context.note_difference(row, line.number, "状态", word(judged.loaded.case.state), word(State.TO_CHECK))
        return RowVerdict.UPDATED

    def _refuse(self, row: SheetRow, line: results.ResultLine, refusal: GridConsoleError) -> None:
        if isinstance(refusal, Denied):
            entry = rights.denial_of(self.context.connection, self.context.office, self.context.actor, line.number, refusal)
            self._denials.append(entry)
        row.reject("E501", "案件号", *error_sentence(refusal, Surface.SHEET))

    def _reject(self, row: SheetRow, line: results.ResultLine, judged: results.JudgedLine) -> None:
        if judged.fault is ResultFault.UNKNOWN_CASE:
            row.reject("E401", "案件号", line.number)
        elif judged.fault is ResultFault.DONE_BEFORE:
            row.reject("E503", "案件号", line.number)
        elif judged.fault is ResultFault.OTHER_HANDLER:
            row.reject("E502", "处置单位", line.handler, judged.handler)
        else:
            dispatched = "" if judged.dispatched_at is None else word(judged.dispatched_at)
            row.reject("E504", "处置时间", f"{line.done_at:%Y-%m-%d %H:%M}", dispatched)

    def conclude(self) -> None:
        """Pack the accepted lines."""
        for first in range(0, len(self._lines), arrivals.NOTES_SLICE):
            self.parts.append(arrivals.part_of_results(self._lines[first : first + arrivals.NOTES_SLICE]))
        self._lines = []

    def flush(self) -> None:
        """Record in the ledger the rows that were denied for lack of rights."""
        ledger.append(self.context.connection, self.context.office.id, self._denials)
        self._denials = []
