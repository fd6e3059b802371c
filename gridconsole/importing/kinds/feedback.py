"""Result sheets of departments and wardens: each row tells that a case was dealt with, and moves it on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from gridconsole.domain.case import Act, Case
from gridconsole.domain.errors import Denied, Refused, UsageRefused
from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.workflow import Action, Role, State
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Plan, Verdict
from gridconsole.importing.rows import Column, Row
from gridconsole.language import word
from gridconsole.language.wording import Surface, error_sentence
from gridconsole.services import casework, repeats, rights
from gridconsole.store import incidents, ledger


class FeedbackPlan(Plan):
    """The table decides row by row, as if the operator had keyed each one in; what it refuses is a rejected row."""

    columns = (
        Column("number", ("案件号", "案件编号", "任务号", "工单编号", "编号"), values.code, True, True),
        Column(
            "result", ("处置结果", "办理结果", "处理结果", "办理情况", "处置情况", "反馈内容", "结果"), values.text, True, True
        ),
        Column("handler", ("处置单位", "承办单位", "责任单位", "处置人", "处置人员", "网格员"), values.line),
        Column("done_at", ("处置时间", "办结时间", "完成时间", "反馈时间"), values.moment),
    )
    may_import = frozenset(Role)
    """Row by row the case's own table says who may."""
    example: ClassVar[Mapping[str, str]] = {
        "number": "2026112300001",
        "result": "已更换井盖",
        "handler": "市政设施管理所",
        "done_at": "2026-11-23 15:30",
    }

    acts_at_once: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: dict[str, tuple[int, str]] = {}

    def take(self, row: Row) -> Verdict:
        if row.rejected:
            return Verdict.REJECTED
        number, result = row.values["number"], row.values["result"]
        first, said = self._seen.setdefault(number, (row.number, result))
        if first != row.number:
            if said == result:
                return Verdict.DUPLICATE
            row.reject("E402", "案件号", number, str(first))
            return Verdict.REJECTED
        return self._perform(row, number, result)

    def _perform(self, row: Row, number: str, result: str) -> Verdict:
        context = self.context
        loaded = incidents.load(context.connection, context.desk.office.id, number)
        if loaded is None:
            row.reject("E401", "案件号", number)
            return Verdict.REJECTED
        # One id for one row's content: the same sheet again does nothing again.
        request = (
            "feedback:" + hashlib.sha256(f"{number}\x1f{result}\x1f{row.values.get('done_at') or ''}".encode()).hexdigest()[:32]
        )
        if ledger.past_request(context.connection, request) is not None:
            if loaded.case.state is State.HANDLING:
                # Sent back since: the same words again may be an old sheet, or a new result.
                row.reject("E503", "案件号", number)
                return Verdict.REJECTED
            return Verdict.UNCHANGED
        given_fields, handler = row.values.get("handler") or "", loaded.case.handler
        if given_fields and handler is not None and loaded.case.state is State.HANDLING and given_fields != handler.name:
            row.reject("E502", "处置单位", given_fields, handler.name)
            return Verdict.REJECTED
        done_at = row.values.get("done_at")
        if done_at is not None and loaded.case.state is State.HANDLING and not self._may_be(row, done_at, loaded.case):
            return Verdict.REJECTED
        note = f"{result}（处置时间 {done_at:%Y-%m-%d %H:%M}）" if done_at else result
        act = Act(Action.FEEDBACK, note=note)
        try:
            casework.perform(
                context.connection,
                context.desk,
                context.actor,
                loaded,
                act,
                repeats.of_act(request, context.actor, loaded.id, act),
                origin=IMPORT_ORIGIN,
            )
        except (Refused, UsageRefused) as refusal:
            if isinstance(refusal, Denied):
                rights.record_denial_in(context.connection, context.desk, context.actor, number, refusal)
            row.reject("E501", "案件号", *error_sentence(refusal, Surface.SHEET))
            return Verdict.REJECTED
        context.note_difference(row, number, "状态", word(loaded.case.state), word(State.TO_CHECK))
        return Verdict.UPDATED

    def _may_be(self, row: Row, done_at: datetime, case: Case) -> bool:
        """Return whether a case can have been dealt with at a time; rejects the row if not. To the minute, or to the day if that is all."""
        zone = self.context.desk.calendar.zone
        handed = min((act.at for act in case.past if act.action is Action.DISPATCH), default=None)
        first = None if handed is None else handed.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
        if first is not None and not (done_at.hour or done_at.minute):
            first = first.replace(hour=0, minute=0)
        if (first is None or first <= done_at) and values.at_office(done_at, zone) <= self.context.desk.now():
            return True
        row.reject("E504", "处置时间", f"{done_at:%Y-%m-%d %H:%M}", "" if handed is None else word(handed))
        return False
