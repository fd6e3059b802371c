"""The fields of a form that an error is about: the cursor goes there after a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gridconsole.domain import errors
from gridconsole.domain.actions import Fill, Need
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.transitions import Guard

WORDS = "#words"
CANDIDATES = "#candidates"

OF_NEED: Mapping[StrEnum, tuple[str, ...]] = {
    Need.TEXT: ("#text", WORDS),
    Need.SOURCE: ("#source",),
    Need.NOTE: (WORDS,),
    Need.REASON: (WORDS,),
    Need.RESULT: ("#result",),
    Need.HANDLER: (CANDIDATES,),
    Need.GRID: ("#grid",),
    Need.CATEGORY: ("#category",),
    Need.RULE: ("#rules", "#category"),
    Need.UNTIL: ("#until",),
    Need.INTO: ("#into",),
    Need.CALL_BACK: ("#answered",),
    Need.ASSIGNEE: (CANDIDATES,),
    Need.SOLVED: ("#solved",),
    Need.SATISFACTION: ("#satisfaction",),
    Need.REPLY_BY: ("#reply_by",),
}
"""Selectors, the likeliest first."""

OF_FILL: Mapping[StrEnum, tuple[str, ...]] = {
    Fill.HANDLER: (CANDIDATES,),
    Fill.GRID: ("#grid",),
    Fill.CATEGORY: ("#category",),
    Fill.RULE: ("#rules",),
    Fill.GRADE: ("#grade",),
    Fill.OUTCOME: ("#outcome",),
    Fill.AMOUNT: ("#amount",),
    Fill.UNTIL: ("#until",),
    Fill.INTO: ("#into",),
    Fill.CALL_BACK: ("#answered",),
    Fill.ASSIGNEE: (CANDIDATES,),
    Fill.LOOK: ("#looked",),
    Fill.REPLY_BY: ("#reply_by",),
}

OF_GUARD: Mapping[StrEnum, tuple[str, ...]] = {
    Guard.OTHER_HANDLER: (CANDIDATES,),
    Guard.INTO_ANOTHER: ("#into",),
    Guard.INTO_LEADING: ("#into",),
    Guard.INTO_STANDING: ("#into",),
}

OF_ERROR: Mapping[type[GridConsoleError], tuple[str, ...]] = {
    errors.AnswerWithoutCall: ("#answered",),
    errors.PhotoRefused: ("#photos",),
    errors.LookOutOfReach: ("#looked",),
    errors.AskedTooMuch: ("#amount",),
    errors.DayOutOfReach: ("#until",),
    errors.ReplyByPast: ("#reply_by",),
    errors.ReasonNeeded: (WORDS,),
    errors.UnknownIncident: ("#into",),
    errors.UnknownCategory: ("#category",),
    errors.UnknownGrid: ("#grid",),
    errors.UnknownHandler: ("#helpers", CANDIDATES),
    errors.UnknownAssignee: (CANDIDATES,),
    errors.AssigneeExcluded: (CANDIDATES,),
    errors.PostExists: ("#grid",),
    errors.PostMissing: ("#grid",),
    errors.PasswordsDiffer: ("#again",),
    errors.PasswordWeak: ("#new",),
    errors.LoginFailed: ("#old",),
    errors.TakenOverFromSelf: ("#to",),
}


def fields_of(error: GridConsoleError) -> tuple[str, ...]:
    """Return selectors of the fields an error is about, the likeliest first; empty if it is about no field."""
    params = error.params
    if isinstance(error, errors.MissingField):
        return _of(OF_NEED, params.get("need"))
    if isinstance(error, errors.FieldNotTaken):
        return _of(OF_FILL, params.get("fill"))
    if isinstance(error, errors.GuardRefused):
        return _of(OF_GUARD, params.get("guard"))
    if isinstance(error, errors.HandlerExcluded):
        return (CANDIDATES,) if params.get("hard") else (WORDS, CANDIDATES)
    return next((found for kind, found in OF_ERROR.items() if isinstance(error, kind)), ())


def _of(fields: Mapping[StrEnum, tuple[str, ...]], key: object) -> tuple[str, ...]:
    return fields.get(key, ()) if isinstance(key, StrEnum) else ()
