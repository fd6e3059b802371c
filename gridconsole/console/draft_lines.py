"""Drafts as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.language import t, word
from gridconsole.language.durations import local_text

if TYPE_CHECKING:
    from gridconsole.services.drafts import Draft
    from gridconsole.services.office import Office

HAND_OVER = "hand_over"
_ACTIONS = frozenset(action.value for action in Action)
TAIL = 5
"""Last digits of a case number, enough to recognise it within the office."""


def title_of(kind: str, case: str) -> str:
    """Return the action and the case of a form: ``派遣 00012``."""
    name = word(Action(kind)) if kind in _ACTIONS else t("console.handover.hand_over.short")
    if kind == Action.REPORT.value:
        name = t("console.new_report")
    return f"{name} {case[-TAIL:]}".rstrip()


def length_of(texts: str) -> str:
    """Return how much was typed, ``19 个字``; never the text itself."""
    return t("console.draft.length", count=sum(1 for char in texts if not char.isspace()))


def time_of(draft: Draft, office: Office) -> str:
    """Return the time at which the draft was typed."""
    return t("console.draft.at", at=local_text(draft.saved_at, office.calendar)[5:])


def restored_line(draft: Draft, version: int, office: Office) -> str:
    """Return the line that says that a form was filled in from a draft, and if its case has changed since."""
    said = t("console.draft.restored", at=local_text(draft.saved_at, office.calendar)[5:])
    if draft.version == version:
        return said
    return f"{said}  {t('console.draft.moved', old=draft.version, new=version)}"
