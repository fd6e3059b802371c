"""Reasons why an operator cannot take an action now, in a few words for a line of a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gridconsole.domain.errors import (
    ActionNotInState,
    ApproverAsked,
    AxisConflict,
    CaseRests,
    GridConsoleError,
    GuardRefused,
    HandlerMayNotJudge,
    RoleForbidden,
    TaskOfAnother,
)
from gridconsole.domain.transitions import Guard, states_of
from gridconsole.language import t, word
from gridconsole.language.error_sentences import Surface, error_sentence

_Params = Mapping[str, Any]

_WORDS: Mapping[type[GridConsoleError], Callable[[_Params], str]] = {
    ActionNotInState: lambda said: t("why_not.state", states=states_of(said["action"])),
    RoleForbidden: lambda said: t("why_not.role", roles=said["roles"]),
    CaseRests: lambda said: t("why_not.rests", number=str(said["other"])[8:]),
    AxisConflict: lambda said: t("why_not.axis", action=said["past_action"]),
    HandlerMayNotJudge: lambda _: word(Guard.NOT_HANDLER),
    ApproverAsked: lambda _: word(Guard.NOT_REQUESTER),
    TaskOfAnother: lambda said: t("why_not.task", name=said["name"]),
    GuardRefused: lambda said: word(said["guard"]),
}
"""Words by the refusal, the special ones first."""


def reason_words(error: GridConsoleError) -> str:
    """Return why an action is refused, in a few words."""
    found = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), None)
    return found(error.params) if found is not None else error_sentence(error, Surface.CONSOLE)[0]
