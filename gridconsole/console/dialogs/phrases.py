"""Words that a form offers for its reason: what somebody said about the case already, then the office's usual ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gridconsole.domain.actions import Action
from gridconsole.domain.codes import TaskKind
from gridconsole.domain.states import RequestKind, Result
from gridconsole.domain.text import mask_text
from gridconsole.language import clauses, has, t
from gridconsole.services.case_queries import CaseView


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words for a field."""

    words: str
    whose: str = ""
    """The person who said them about this case; empty for usual words."""


def phrases(view: CaseView, action: Action, result: Result | None = None) -> tuple[Phrase, ...]:
    """Return the words that are offered for an action, those that were said about this case first.

    Args:
        result: the result picked in the form, which decides which usual words fit.
    """
    said = SAID.get(action)
    found = said(view) if said is not None else None
    usual = f"phrases.{action}" if result is None else f"phrases.{action}.{result}"
    words = [one.strip() for one in t(usual).split("/")] if has(usual) else []
    return (*([found] if found is not None and found.words else []), *(Phrase(one) for one in words))


def _of_inspector(view: CaseView, kind: TaskKind) -> Phrase | None:
    task = next((one for one in reversed(view.tasks) if one.note and one.kind is kind), None)
    return Phrase(_line(task.note), task.assignee.name) if task is not None else None


def _of_handler(view: CaseView) -> Phrase | None:
    asked = next((one for one in reversed(view.requests) if one.kind is RequestKind.RETURN and one.reason), None)
    return Phrase(_line(asked.reason), asked.handler) if asked is not None else None


def _of_resident(view: CaseView) -> Phrase | None:
    call = next((one for one in reversed(view.calls) if one.reached and one.reason), None)
    return Phrase(_line(call.reason), t("phrases.resident")) if call is not None else None


def _line(words: str) -> str:
    """Return words on one line, without the numbers of people: they go from one place of the case into another."""
    return mask_text(" ".join(words.split()))


SAID: Mapping[Action, Callable[[CaseView], Phrase | None]] = {
    Action.VERIFY: partial(_of_inspector, kind=TaskKind.VERIFY),
    Action.CHECK: partial(_of_inspector, kind=TaskKind.CHECK),
    Action.REDISPATCH: _of_handler,
    Action.REOPEN: _of_resident,
    Action.KEEP_CLOSED: _of_resident,
}
"""Source of the words that an action is likely to repeat."""


class PhraseWheel:
    """The words offered to a field, one after another. What was typed before stays in front of them."""

    def __init__(self) -> None:
        self._before = self._filled = ""
        self._next = 0

    def next(self, value: str, offered: Sequence[Phrase]) -> str:
        """Return the field's next text.

        Args:
            value: its present text.
            offered: the words, at least one.
        """
        if not self._filled or value != self._filled:
            self._before, self._next = value.strip(), 0
        phrase = offered[self._next % len(offered)].words
        self._next += 1
        # Not a worded sentence: those are cut when they are long, and this is what the operator typed.
        self._filled = clauses((self._before, phrase)) if self._before else phrase
        return self._filled
